"""Ours beside stock pyHanko, in one run: the test authority with its time stamps and OCSP is a process of its own on the other core.

Rounds are interleaved and figures are medians over the rounds; what counts is the ratio, since machines differ and this one is
shared. Ours is the flow of the product, kept at each step and delivered; `judged` is the same with our own validation of every file,
which stock pyHanko leaves to others.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import pikepdf
from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.console import answered, people_told, screen, whole
from benchmarks.signing.work import Services, Spent, Task
from benchmarks.watching import RunFailed
from tests.signing.pki import write_paper

SIDES = {
    "stock": ("benchmarks.signing.stock",),
    "ours": ("benchmarks.signing.ours", "unjudged"),
    "judged": ("benchmarks.signing.ours",),
}
KEY = "rsa3072"
BIG = 10 << 20  # bytes
GOALS = {"rate": 6.0, "lta_cpu_ms": 90.0, "big": 1.5, "memory": 1.1}


@dataclass
class Measured:
    """spent[level][side]: one Spent a round. big: of our side, level lta: with the small and the large file. growth: resident bytes
    of our side after each hundred papers of the long run. asked: requests to the services and connections for them in it."""

    spent: dict[str, dict[str, list[Spent]]]
    count: dict[str, int]
    big: list[tuple[Spent, Spent]] = field(default_factory=list)
    growth: list[int] = field(default_factory=list)
    long_seconds: float = 0.0
    long_cpu: float = 0.0
    asked: dict[str, int] = field(default_factory=dict[str, int])


class Side:
    def __init__(self, name: str, by: Services) -> None:
        self.name = name
        module, *more = SIDES[name]
        command = [sys.executable, "-m", module, json.dumps(asdict(by)), *more]
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def does(self, task: Task) -> Spent:
        """Raises RunFailed."""
        assert self._child.stdin and self._child.stdout
        self._child.stdin.write(json.dumps(asdict(task)) + "\n")
        self._child.stdin.flush()
        line = self._child.stdout.readline()
        if not line:
            raise RunFailed(f"{self.name} ended with {self._child.wait()}")
        return Spent(**json.loads(line))

    def end(self) -> None:
        assert self._child.stdin
        self._child.stdin.close()
        self._child.wait(timeout=60)


@dataclass(frozen=True, slots=True)
class Running:
    """The test authority in its process. counts(): requests and connections since the last time they were asked for."""

    services: Services
    counts: Callable[[], dict[str, int]]


@contextmanager
def running_services(folder: Path) -> Iterator[Running]:
    command = [sys.executable, "-m", "tests.signing.authority", "--folder", folder]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin and child.stdout
    try:
        line = child.stdout.readline()
        if not line:
            raise RunFailed(f"the test authority ended with {child.wait()}")
        told = json.loads(line)
        asked, answers = child.stdin, child.stdout

        def counts() -> dict[str, int]:
            asked.write("\n")
            asked.flush()
            return json.loads(answers.readline())

        yield Running(Services(told["root_pem"], told["tsa_url"], told["signers"][KEY], told["passphrase"]), counts)
    finally:
        child.stdin.close()
        child.wait(timeout=60)


def main(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.signing", description=__doc__)
    parser.add_argument("--rounds", type=whole, default=5)
    parser.add_argument("--papers", type=whole, default=20, help="signed in each round (default: 20)")
    parser.add_argument("--long", type=whole, default=1000, help="papers of the long run at B-LTA (default: 1000)")
    parser.add_argument("--json", action="store_true", help="a JSON object instead of the table")
    asked = parser.parse_args(given)
    return answered(lambda: _measure(asked))


def _measure(asked: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="sohoa-signing-") as scratch:
        room = Path(scratch)
        small, big = write_paper(room / "small.pdf"), _large(room / "big.pdf")
        (room / "pki").mkdir()
        with running_services(room / "pki") as running:
            sides = {name: Side(name, running.services) for name in SIDES}
            try:
                measured = _rounds(sides, room, small, big, asked)
                running.counts()
                _long(sides["judged"], room, small, asked.long, measured)
                measured.asked = running.counts()
            finally:
                for side in sides.values():
                    side.end()
    if asked.json:
        print(json.dumps(_told(measured)))
    else:
        _show(measured, screen())


def _rounds(sides: dict[str, Side], room: Path, small: Path, big: Path, asked: argparse.Namespace) -> Measured:
    measured = Measured({level: {name: [] for name in SIDES} for level in ("b", "lta")}, {"b": asked.papers, "lta": asked.papers})
    for number in range(asked.rounds + 1):
        people_told("warming up" if number == 0 else f"round {number} of {asked.rounds}")
        for level, by_side in measured.spent.items():
            # The order changes, so that no side always follows the other's heat.
            for name in sorted(by_side, reverse=bool(number % 2)):
                spent = _one(sides[name], room, small, level, asked.papers)
                if number:
                    by_side[name].append(spent)
        pair = _one(sides["judged"], room, small, "lta", 5), _one(sides["judged"], room, big, "lta", 5)
        if number:
            measured.big.append(pair)
    return measured


def _long(ours: Side, room: Path, small: Path, papers: int, measured: Measured) -> None:
    done = 0
    while done < papers:
        count = min(100, papers - done)
        spent = _one(ours, room, small, "lta", count)
        done += count
        measured.growth.append(spent.resident)
        measured.long_seconds += spent.seconds
        measured.long_cpu += spent.cpu
        people_told(f"{done} of {papers}: {count / spent.seconds:.1f} a second")
    measured.count["long"] = papers


def _one(side: Side, room: Path, source: Path, level: str, count: int) -> Spent:
    folder = room / "out"
    shutil.rmtree(folder, ignore_errors=True)
    return side.does(Task(str(source), str(folder), level, count))


def _large(path: Path) -> Path:
    """The small paper with ten megabytes of picture in it."""
    write_paper(path)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        noise = bytes((number * 7919 + number // 251) & 0xFF for number in range(BIG))
        picture = pdf.make_stream(noise, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=4096, Height=BIG // 4096)
        picture.ColorSpace, picture.BitsPerComponent = pikepdf.Name.DeviceGray, 8
        pdf.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=picture))
        pdf.save(path, compress_streams=False)
    return path


def _told(measured: Measured) -> dict[str, Any]:
    rates: dict[str, Any] = {}
    for level, by_side in measured.spent.items():
        count = measured.count[level]
        per = {
            name: {
                "per_second": median(count / one.seconds for one in spent),
                "cpu_ms": median(one.cpu / count * 1000 for one in spent),
            }
            for name, spent in by_side.items()
        }
        for name in ("ours", "judged"):
            pairs = list(zip(by_side["stock"], by_side[name], strict=True))
            per[name]["times_per_second"] = median(stock.seconds / ours.seconds for stock, ours in pairs)
            per[name]["times_cpu"] = median(stock.cpu / ours.cpu for stock, ours in pairs)
        rates[level] = per
    settled = measured.growth[1:] or measured.growth
    return {
        "levels": rates,
        "big_file_cpu_ratio": median(big.cpu / small.cpu for small, big in measured.big),
        "big_file_time_ratio": median(big.seconds / small.seconds for small, big in measured.big),
        "long": {
            "papers": measured.count["long"],
            "per_second": measured.count["long"] / measured.long_seconds,
            "cpu_ms": measured.long_cpu / measured.count["long"] * 1000,
            "resident_mib": [size / (1 << 20) for size in measured.growth],
            "growth": settled[-1] / settled[0],
            **measured.asked,
        },
        "goals": GOALS,
    }


def _show(measured: Measured, console: Console) -> None:
    told = _told(measured)
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    table.add_column("RSA-3072")
    for head in ("pyHanko a second", "ours a second", "ratio", "pyHanko CPU ms", "ours CPU ms", "ratio"):
        table.add_column(head, justify="right")
    for level, per in told["levels"].items():
        stock = per["stock"]
        for name, words in (("ours", ""), ("judged", ", validated too")):
            ours = per[name]
            table.add_row(
                f"B-{'B' if level == 'b' else 'LTA'}{words}",
                *(f"{stock['per_second']:.1f}", f"{ours['per_second']:.1f}", f"{ours['times_per_second']:.1f}"),
                *(f"{stock['cpu_ms']:.0f}", f"{ours['cpu_ms']:.1f}", f"{ours['times_cpu']:.1f}"),
            )
    console.print(table)
    long = told["long"]
    console.print(
        f"{long['papers']} papers at B-LTA, validated: {long['per_second']:.1f} a second, {long['cpu_ms']:.0f} ms CPU each; "
        f"memory {long['resident_mib'][0]:.0f} MiB after the first hundred, {long['resident_mib'][-1]:.0f} at the end."
    )
    console.print(f"The services were asked {long['requests']} times over {long['connections']} connections.")
    console.print(
        f"A file of 10 MB against a small one, validated: CPU {told['big_file_cpu_ratio']:.2f}, time {told['big_file_time_ratio']:.2f} times."
    )
    console.print(
        f"Goals: B-B {GOALS['rate']:.0f} times as many a second; B-LTA {GOALS['lta_cpu_ms']:.0f} ms CPU; 10 MB {GOALS['big']} times.",
        style="dim",
    )
