#!/usr/bin/env bash
# Everything sohoa needs on Debian 12 or later. Harmless to run again; installs only what is missing.
#   deploy/setup.sh PYTHON VENV          the packages of deploy/apt.txt, then the pinned Python packages into VENV
#   deploy/setup.sh packages LIST        only the Debian packages named in LIST
set -euo pipefail
cd "$(dirname "$0")/.."
say() { printf '\033[36m▸ %s\033[0m\n' "$*" >&2; }

packages() {
  local missing=() as_root=() log
  for package in $(grep -vE '^(#|$)' "$1"); do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "Cài gói hệ thống (${#missing[@]}) · installing Debian packages: ${missing[*]}"
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "Cần quyền root để cài: apt-get install ${missing[*]}" >&2; exit 2; }
    as_root=(sudo)
  fi
  log=$(mktemp)
  if ! { "${as_root[@]}" apt-get update -q && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -20 "$log" >&2; rm -f "$log"; echo "Không cài được gói hệ thống; xem lý do ở trên." >&2; exit 3
  fi
  rm -f "$log"
}

if [ "$1" = packages ]; then
  packages "$2"
  exit 0
fi
python=$1 venv=$2
packages deploy/apt.txt

command -v "$python" >/dev/null || python=/usr/bin/python3
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
say "Cài gói Python đã ghim · installing pinned Python packages (requirements.lock)"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
