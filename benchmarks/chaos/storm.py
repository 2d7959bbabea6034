"""The storm: papers come in and are worked on while parts are killed at random; then calm, until nothing waits any more."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg

from benchmarks.chaos.judging import Verdicts, judged
from benchmarks.chaos.papers import write_papers
from benchmarks.chaos.parts import BrokerPart, Command, FullDisk, Part, Postgres, Store
from benchmarks.watching import RunFailed

LOOK = 0.1  # seconds
AWAY = (0.3, 2.0)  # seconds a killed part stays away
SMALL_DISK = 400 << 20  # bytes; a paper in work needs a few
OPEN = "SELECT count(*) FROM pipeline_item WHERE state NOT IN ('archived', 'quarantined', 'excluded')"


@dataclass(frozen=True, slots=True)
class Told:
    """What a storm came to. killed: how often each part was. calm_seconds: from the last kill to the last paper's end."""

    papers: int
    seed: int
    broker: str
    seconds: float
    calm_seconds: float
    killed: dict[str, int]
    verdicts: Verdicts

    def as_dict(self) -> dict[str, object]:
        return {**asdict(self), "faults": self.verdicts.faults}


def rage(
    papers: int, *, seed: int, broker: str, every: float, kills: int, patience: float, told: Callable[[str], None] = lambda _: None
) -> Told:
    """every: seconds between two kills, on average. kills: how many, while papers are open. patience: seconds for all of it.

    Raises RunFailed where papers are still open after that, or a part does not come back.
    """
    chance = random.Random(seed)
    folder = Path(tempfile.mkdtemp(prefix="sohoa-chaos-", dir="/tmp"))
    folder.chmod(0o755)
    begun = time.monotonic()
    with _office(folder, broker) as (home, services, parts):
        given = write_papers(folder / "inbox", papers, seed=seed)
        told(f"{papers} papers written; the office opens")
        intake = Command(("digitize", str(given.inbox), "--json"), services, folder / "intake.log")
        parts |= {"intake": intake}
        for name in ("beat", "worker-1", "worker-2"):
            parts[name] = Command(
                (name.partition("-")[0], *(("--jobs", "1") if name != "beat" else ())), services, folder / f"{name}.log"
            )
        commands = [part for part in parts.values() if isinstance(part, Command)]
        for command in commands:
            command.start()
        try:
            killed = _storm(parts, chance, every, kills, services["SOHOA_DATABASE_URL"], len(given.fates), begun + patience, told)
            last = time.monotonic()
            told(f"killed {sum(killed.values())} times: {dict(killed)}; waiting for the rest")
            _calm(parts, services["SOHOA_DATABASE_URL"], len(given.fates), begun + patience, folder)
            calm = time.monotonic() - last
            for command in commands:
                command.stop()
            told("all papers have ended; judging")
            verdicts = judged(given, home, services)
        finally:
            for command in commands:
                command.kill()
        found = Told(papers, seed, broker, round(time.monotonic() - begun, 1), round(calm, 1), dict(killed), verdicts)
    if not verdicts.faults:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        told(f"kept for a look: {folder}")
    return found


@contextmanager
def _office(folder: Path, broker: str) -> Iterator[tuple[Path, dict[str, str], dict[str, Part]]]:
    home = folder / "home"
    (home / "claims").mkdir(parents=True)
    (folder / "postgres").mkdir()
    database, rings = Postgres(folder / "postgres"), BrokerPart(broker, folder / broker)
    parts: dict[str, Part] = {"database": database, "broker": rings, "store": Store(home)}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SOHOA_", "PYTEST", "COV"))}
    services = {
        **kept,
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "SOHOA_HOME": str(home),
        "SOHOA_READING": "fast",
        "SOHOA_DATABASE_URL": database.url,
        "SOHOA_BROKER_URL": rings.url,
    }
    mounted = False
    try:
        database.make()
        rings.start()
        if os.geteuid() == 0:  # others may not mount a disk; for them the disk is not filled
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "small-disk", home / "claims"], check=True)
            mounted = True
            parts["disk"] = FullDisk(home / "claims")
        yield home, services, parts
    finally:
        Store(home).kill()
        rings.kill()
        database.kill()
        if mounted:
            subprocess.run(["umount", "--lazy", home / "claims"], check=False)


def _storm(
    parts: dict[str, Part],
    chance: random.Random,
    every: float,
    kills: int,
    database: str,
    papers: int,
    deadline: float,
    told: Callable[[str], None],
) -> Counter[str]:
    """Every part once, in an order that the seed gives, the intake before the others, since it ends by itself; then any, until there were
    enough or no paper is open."""
    killed: Counter[str] = Counter()
    first = sorted(chance.sample(sorted(parts), len(parts)), key=lambda name: name != "intake")
    back: dict[str, float] = {}
    strike = time.monotonic() + chance.expovariate(1 / every)
    while sum(killed.values()) < kills and time.monotonic() < deadline:
        for name in [name for name, at in back.items() if time.monotonic() >= at]:
            del back[name]
            parts[name].start()
        _all_up(parts, back)
        if time.monotonic() >= strike:
            if not first and _open(database, papers) == 0:
                break
            victim = first[0] if first else chance.choice(sorted(parts))
            first = [*first[1:], *first[:1]]  # one that is not there to be killed has its turn again after the others
            if victim not in back and _kill(parts[victim], chance):
                killed[victim] += 1
                back[victim] = time.monotonic() + chance.uniform(*AWAY)
                told(f"{victim} killed")
                first = [name for name in first if name != victim]
            strike = time.monotonic() + chance.expovariate(1 / every)
        time.sleep(LOOK)
    for name in back:
        parts[name].start()
    return killed


def _kill(part: Part, chance: random.Random) -> bool:
    if isinstance(part, Command) and part.arguments[0] == "worker" and chance.random() < 0.5:
        return part.kill_child(chance.choice)
    return part.kill()


def _all_up(parts: dict[str, Part], away: dict[str, float]) -> None:
    """As a service manager would: who ended is started again; the intake only until it took all in and saw all end."""
    for name, part in parts.items():
        if name not in away and not part.alive and not (name == "intake" and isinstance(part, Command) and part.status in (0, 1)):
            part.start()


def _calm(parts: dict[str, Part], database: str, papers: int, deadline: float, folder: Path) -> None:
    intake = parts["intake"]
    while _open(database, papers) or intake.alive:
        if time.monotonic() > deadline:
            raise RunFailed(f"{_open(database, papers)} papers are still open; see {folder}")
        _all_up(parts, {})
        time.sleep(LOOK)


def _open(database: str, papers: int) -> int | None:
    """How many papers have not ended yet, those that were not taken in included; None while the database is away."""
    try:
        with psycopg.connect(database, connect_timeout=2) as line:
            ((still,),) = line.execute(OPEN).fetchall()
            ((known,),) = line.execute("SELECT count(*) FROM pipeline_item").fetchall()
    except psycopg.Error:
        return None
    return still + max(0, papers - known)
