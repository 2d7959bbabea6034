"""Show 3: several writers archive into the same dossiers while they, the store, or both are killed; then everything is judged.

`archived_under_kills` is what the test and the benchmark share. A kill is SIGKILL, at a moment that the seed chooses; whoever was
killed is started again at once, as an office would, until every paper's deposit has returned.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.archive.child import told_by
from benchmarks.console import people_told
from benchmarks.watching import RunFailed
from sohoa.kernel.errors import SohoaError
from sohoa.storage.objects import weed
from sohoa.storage.objects.place import Place
from sohoa.storage.objects.seaweed import embedded_store, ensure_running

CHECKOUT = Path(__file__).parents[2]
WRITERS = 3
VICTIMS = ("us", "store", "us", "both")  # all of them are had before one comes again
LOOKS_EVERY = 0.05  # seconds, of whoever starts the store again


@dataclass
class Killed:
    """kills: by victim. acknowledged: document ids by the paper's number. seconds: from the first paper to the last."""

    kills: Counter[str] = field(default_factory=Counter[str])
    acknowledged: dict[int, str] = field(default_factory=dict[int, str])
    seconds: float = 0.0

    @property
    def hits(self) -> int:
        return sum(self.kills.values()) - self.kills["missed"]


class Writer(threading.Thread):
    """A process with everything loaded, whose children archive their share; one that was killed is followed by the next."""

    def __init__(self, home: Path, wish: dict[str, Any], *, log: Path) -> None:
        super().__init__(daemon=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SOHOA_")}
        self._loaded = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.archive_run"],
            cwd=CHECKOUT,
            env={**kept, "SOHOA_HOME": str(home), "DJANGO_SETTINGS_MODULE": "sohoa.config.django", "TMPDIR": str(log.parent)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.log, self._wish = log, {**wish, "log": str(log)}
        self.failed = 0

    def asks(self, wish: Mapping[str, Any]) -> int:
        """The exit status of a child that does it. Raises RunFailed when the process that forks is gone."""
        assert self._loaded.stdin and self._loaded.stdout
        self._loaded.stdin.write(json.dumps(wish) + "\n")
        self._loaded.stdin.flush()
        line = self._loaded.stdout.readline()
        if not line:
            raise RunFailed(f"a writer ended with {self._loaded.wait()}")
        return json.loads(line)[0]

    def run(self) -> None:
        try:
            while (status := self.asks(self._wish)) == -signal.SIGKILL:
                pass
            self.failed = status
        except RunFailed:
            self.failed = 1

    def end(self) -> None:
        assert self._loaded.stdin
        self._loaded.stdin.close()
        self._loaded.wait(timeout=60)

    def kill(self) -> bool:
        """End the child that is at work now, if there is one."""
        started = [int(line.split()[1]) for line in self.lines() if line.startswith("start ")]
        if not started or _parent_of(started[-1]) != self._loaded.pid:
            return False
        with suppress(ProcessLookupError):  # it ended in this very moment
            os.kill(started[-1], signal.SIGKILL)
            return True
        return False

    def lines(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    def acknowledged(self) -> dict[int, str]:
        told = [line.split() for line in self.lines()]
        return {int(words[1]): words[2] for words in told if len(words) == 3}


def archived_under_kills(
    room: Path,
    *,
    records: int,
    seed: int,
    pause: tuple[float, float],
    most: int | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Killed:
    """room: gets `home`, with the archive. pause: seconds between two kills, from and to. most: kills, after which they work in peace.

    Raises RunFailed when a writer ends with an error of its own.
    """
    home, chance, done = room / "home", random.Random(seed), Killed()
    told = {"records": records, "seed": seed}
    with ExitStack() as stack:
        stack.enter_context(embedded_store(home))
        writers = [
            Writer(home, {**told, "numbers": list(range(place, records, WRITERS))}, log=room / f"writer-{place}.log")
            for place in range(WRITERS)
        ]
        for writer in writers:
            stack.callback(writer.end)
        if writers[0].asks(told):
            raise RunFailed("the catalogue could not be made")
        stack.enter_context(_Mending(home))
        begun = time.monotonic()
        for writer in writers:
            writer.start()
        _kill_until_done(home, writers, chance, pause, most, done, say)
        done.seconds = time.monotonic() - begun
    if any(writer.failed for writer in writers):
        raise RunFailed(f"writers ended with {[writer.failed for writer in writers]}")
    return done


def _kill_until_done(
    home: Path,
    writers: list[Writer],
    chance: random.Random,
    pause: tuple[float, float],
    most: int | None,
    done: Killed,
    say: Callable[[str], None],
) -> None:
    next_ones: list[str] = []
    told = 0
    while any(writer.is_alive() for writer in writers):
        time.sleep(chance.uniform(*pause))
        if most is not None and done.hits >= most:
            continue
        next_ones = next_ones or chance.sample(VICTIMS, len(VICTIMS))
        victim = next_ones.pop()
        at_work = [writer for writer in writers if writer.is_alive()]
        store = victim != "us" and at_work and _kill_store(home)
        us = victim != "store" and any(
            writer.kill() for writer in (at_work if victim == "both" else chance.sample(at_work, len(at_work)))
        )
        hit = {"us": us, "store": store, "both": us and store}[victim]
        done.kills[victim if hit else "missed"] += 1
        done.acknowledged = {number: record for writer in writers for number, record in writer.acknowledged().items()}
        if len(done.acknowledged) >= told + 100:
            told = len(done.acknowledged)
            say(f"{told} acknowledged, {done.hits} kills")
    done.acknowledged = {number: record for writer in writers for number, record in writer.acknowledged().items()}


def _kill_store(home: Path) -> bool:
    server = weed.find(Place(home))
    if server is None:
        return False
    with suppress(ProcessLookupError):
        os.kill(server.pid, signal.SIGKILL)
        return True
    return False


class _Mending:
    """Starts a killed store again, as the product's runner does, until it is left."""

    def __init__(self, home: Path) -> None:
        self._home, self._over = home, threading.Event()
        self._thread = threading.Thread(target=self._mend, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _mend(self) -> None:
        while not self._over.wait(LOOKS_EVERY):
            if weed.find(Place(self._home)) is None:
                with suppress(SohoaError):  # it was killed while it started: the next look starts another
                    ensure_running(self._home)


def _parent_of(pid: int) -> int:
    try:
        told = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    return int(told[told.rindex(")") + 2 :].split()[1])


def judged(room: Path, done: Killed, *, records: int, seed: int) -> dict[str, Any]:
    """What is wrong with the archive that was made, as `findings`, none when all is well, and what was looked at. See judging.py."""
    first, second = {"SOHOA_HOME": str(room / "home")}, {"SOHOA_HOME": str(room / "after")}
    told = {"records": records, "seed": seed, "folder": str(room / "laid-out"), "acknowledged": done.acknowledged}
    with embedded_store(room / "home") as connection:
        found = told_by("judge", told, first)
        access = {"SOHOA_S3_URL": connection.url, "SOHOA_S3_ACCESS_KEY": connection.access_key}
        second |= {**access, "SOHOA_S3_SECRET_KEY": connection.secret_key}
        rebuilt = told_by("rebuild", told, second)
        compared = told_by("compare", {"place": str(room / "home" / "catalogue.sqlite3")}, second)
    if rebuilt["lost"] or compared["differ"]:
        found["findings"].append(f"a rebuild has {compared['differ']} other rows and {rebuilt['lost']} lost: {compared['shown']}")
    return {**found, "rows": compared["rows"]}


def shown(records: int, *, seed: int, every: float, keep: Path | None = None) -> dict[str, Any]:
    """keep: an empty folder for the archive, to be looked at afterwards. Raises RunFailed."""
    with nullcontext(keep) if keep else tempfile.TemporaryDirectory(prefix="sohoa-kills-") as scratch:
        people_told(f"archiving {records} papers with {WRITERS} writers, killed about every {every:g} s (seed {seed})")
        pause = (0.0, 2 * every)
        done = archived_under_kills(Path(scratch), records=records, seed=seed, pause=pause, say=people_told)
        people_told("judging what there is")
        told = judged(Path(scratch), done, records=records, seed=seed)
    return {"records": records, "seed": seed, "seconds": done.seconds, "kills": dict(done.kills), **told}


def show(told: Mapping[str, Any], console: Console) -> None:
    kills = ", ".join(f"{victim} {count}" for victim, count in sorted(told["kills"].items()) if victim != "missed")
    console.print(f"{told['records']:,} papers in {told['seconds']:.0f} s, seed {told['seed']}. Kills: {kills}.")
    console.print(
        f"Looked at: {told['acknowledged']:,} acknowledged records with {told['files']:,} files, {told['packages']:,} OCFL objects with "
        f"{told['leftovers']:,} files left over from kills, {told['events']:,} events in {told['checkpoints']} checkpoints, "
        f"{told['rows']:,} rows against a rebuild."
    )
    for finding in told["findings"]:
        console.print(f"✗ {finding}", style="red", markup=False)
    if not told["findings"]:
        console.print("Every acknowledged record is intact, none is there twice, every object is valid, the log is whole.")
