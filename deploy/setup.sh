#!/usr/bin/env bash
# deploy/setup.sh PYTHON VENV: everything sohoa needs on Debian 12 or later: the packages of deploy/apt.txt, then the pinned
# Python packages into VENV. Harmless to run again; installs only what is missing.
set -euo pipefail
python=$1 venv=$2
cd "$(dirname "$0")/.."
say() { printf '\033[36m▸ %s\033[0m\n' "$*" >&2; }

missing=()
for package in $(grep -vE '^(#|$)' deploy/apt.txt); do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  say "Cài gói hệ thống (${#missing[@]}) · installing Debian packages: ${missing[*]}"
  as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "Cần quyền root để cài: apt-get install ${missing[*]}" >&2; exit 2; }
    as_root=(sudo)
  fi
  log=$(mktemp)
  if ! { "${as_root[@]}" apt-get update -q && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -20 "$log" >&2; rm -f "$log"; echo "Không cài được gói hệ thống; xem lý do ở trên." >&2; exit 3
  fi
  rm -f "$log"
fi

command -v "$python" >/dev/null || python=/usr/bin/python3
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
say "Cài gói Python đã ghim · installing pinned Python packages (requirements.lock)"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
