"""`python -m benchmarks.hotfolder`: papers dropped by slow writers into a folder with two watchers, one of which is killed; the mount goes
and comes back. Prints what became of them; exit 1 when any is lost, doubled, or put aside. As root the mount is a real one (a bind of
the disk that the writers write to), else the folder is renamed away and back."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

COMMAND = [sys.executable, "-c", "from sohoa.cli.main import run; run()"]


class Share:
    """disk: what the writers write to. folder: where the watchers see it while it is mounted."""

    def __init__(self, top: Path) -> None:
        self.disk, self.folder = top / "disk", top / "share"
        self.disk.mkdir()
        self._real = os.geteuid() == 0
        if self._real:
            self.folder.mkdir()
        self.mount()

    def mount(self) -> None:
        if self._real:
            subprocess.run(["mount", "--bind", self.disk, self.folder], check=True)
        else:
            self.folder.symlink_to(self.disk)

    def unmount(self) -> list[str]:
        """What lies in the place of the mount while it is away: nothing must."""
        if self._real:
            subprocess.run(["umount", "--lazy", self.folder], check=True)
            return [entry.name for entry in self.folder.iterdir()]
        self.folder.unlink()
        return []


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=int, default=500)
    parser.add_argument("--writers", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--patience", type=int, default=1800, help="seconds after which a run is given up")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))  # so that what was started is ended and the mount undone
    print(f"seed {asked.seed}", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="sohoa-hotfolder-") as top:
        share = Share(Path(top))
        started: list[subprocess.Popen[bytes]] = []
        try:
            told = run(share, Path(top), asked, started)
        finally:
            for watcher in started:
                watcher.terminate()
                watcher.wait(timeout=120)
            share.unmount()
    print(json.dumps(told, ensure_ascii=False))
    return 0 if told["exactly_once"] else 1


def run(share: Share, top: Path, asked: argparse.Namespace, watchers: list[subprocess.Popen[bytes]]) -> dict[str, object]:
    """watchers: gets what is started here."""
    home, begun = top / "home", time.monotonic()
    environment = {**os.environ, "SOHOA_HOME": str(home), "SOHOA_READING": "fast"}
    typed = [*COMMAND, "watch", str(share.folder), "--settle", "0.5", "--every", "0.2", "--jobs", str(asked.jobs), "--json"]
    log = (top / "watchers.log").open("wb")
    watchers.append(subprocess.Popen(typed, env=environment, stdout=log, stderr=log))
    while not (share.disk / ".sohoa" / "owner.json").exists():
        _alive(watchers[0], top)
        time.sleep(0.1)
    watchers.append(subprocess.Popen(typed, env=environment, stdout=log, stderr=log))
    each = -(-asked.papers // asked.writers)
    writers = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "benchmarks.hotfolder.writers", str(share.disk), str(number * each)),
                *(str(min(each, asked.papers - number * each)), str(asked.seed + number)),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(asked.writers)
    ]

    def writing() -> bool:
        """Raises when a writer broke down."""
        if any(writer.poll() for writer in writers):
            raise SystemExit("a writer ended with an error")
        return True

    _until(lambda: writing() and _taken(home) >= asked.papers // 5, watchers[0], top, asked.patience)
    under_the_mount = share.unmount()
    time.sleep(3)
    under_the_mount += [entry.name for entry in share.folder.iterdir()] if share.folder.exists() else []
    share.mount()
    _until(lambda: writing() and _taken(home) >= 3 * asked.papers // 5, watchers[0], top, asked.patience)
    watchers[0].send_signal(signal.SIGKILL)
    watchers[0].wait()
    dropped = [line for writer in writers for line in (writer.communicate()[0] or "").split()]
    _until(lambda: len(_files(share, "done")) >= asked.papers, watchers[1], top, asked.patience)
    watchers[1].send_signal(signal.SIGTERM)
    ended = watchers[1].wait(timeout=120)
    log.close()
    kept = sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in _files(share, "done"))
    told: dict[str, object] = {
        "papers": len(dropped),
        "kept_in_done": len(kept),
        "archived": _ask(home, "SELECT count(*) FROM catalogue_record"),
        "archived_contents": _ask(home, "SELECT count(DISTINCT source_sha256) FROM catalogue_record"),
        "archived_events": _ask(home, "SELECT count(*) FROM audit_auditevent WHERE action = 'record.archived'"),
        "quarantined": _ask(home, "SELECT count(*) FROM pipeline_item WHERE state = 'quarantined'"),
        "left_claimed": len(_files(share, "claimed")),
        "left_in_folder": len([path for path in share.disk.rglob("*.pdf") if ".sohoa" not in path.parts]),
        "written_under_the_mount": under_the_mount,
        "second_watcher_ended_with": ended,
        "seed": asked.seed,
        "seconds": round(time.monotonic() - begun, 1),
    }
    counts = {told[name] for name in ("papers", "kept_in_done", "archived", "archived_contents", "archived_events")}
    none = ("quarantined", "left_claimed", "left_in_folder", "second_watcher_ended_with")
    archived = {row[0] for row in _rows(home, "SELECT source_sha256 FROM catalogue_record")}
    told["exactly_once"] = (
        counts == {asked.papers}
        and kept == sorted(dropped)
        and archived == set(dropped)
        and not any(told[name] for name in none)
        and not under_the_mount
    )
    return told


def _until(done: Callable[[], bool], watcher: subprocess.Popen[bytes], top: Path, patience: int) -> None:
    begun = time.monotonic()
    while not done():
        _alive(watcher, top)
        if time.monotonic() - begun > patience:
            raise SystemExit(f"given up after {patience} s\n{_as_it_stands(top)}")
        time.sleep(0.2)


def _alive(watcher: subprocess.Popen[bytes], top: Path) -> None:
    if watcher.poll() is not None:
        raise SystemExit(f"a watcher ended with {watcher.returncode}\n{_as_it_stands(top)}")


def _as_it_stands(top: Path) -> str:
    lying = Counter(
        next(iter({"claimed", "done", "quarantined"} & set(path.parts)), "folder") for path in top.glob("disk/**/*.pdf")
    )
    said = [line for line in (top / "watchers.log").read_text().splitlines() if not line.startswith("{")]
    states = _rows(top / "home", "SELECT state, waiting_for, lease_holder, count(*) FROM pipeline_item GROUP BY 1, 2, 3")
    return "\n".join([str(dict(lying)), str(states), *said[-40:]])


def _files(share: Share, where: str) -> list[Path]:
    return [path for path in (share.disk / ".sohoa" / where).rglob("*") if path.is_file()]


def _taken(home: Path) -> int:
    try:
        return int(str(_ask(home, "SELECT count(*) FROM pipeline_item")))
    except sqlite3.OperationalError:  # the tables are just being made
        return 0


def _ask(home: Path, question: str) -> object:
    return _rows(home, question)[0][0]


def _rows(home: Path, question: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(home / "catalogue.sqlite3", timeout=30) as database:
        return database.execute(question).fetchall()


if __name__ == "__main__":
    sys.exit(main())
