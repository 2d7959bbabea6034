"""What the whole job costs beyond its reader: processor time of `sohoa ocr` against bare Tesseract on the same prepared pictures.

First the job runs once while we listen: whenever one of its children is a `tesseract`, we copy the picture that it was given and
note its arguments. So the pictures are the very ones that the product prepares, and nothing in the product has to be told that
it is being measured. Then, in interleaved rounds, the job runs again, and Tesseract alone is run on each picture that was
kept, one process a picture and one thread: once as the product runs it (libtesseract in a child), once as the `tesseract` program
of the system with the same model and layout. All sides are watched by the same means.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.programs import machine, on_path, versions
from benchmarks.reading.candidates import MODES, our_command, watched
from benchmarks.reading.comparison import Tell
from benchmarks.reading.pages import all_pages, write_scan
from benchmarks.watching import Member, RunFailed, watch

READER = "tesseract"
# A reading lives a second and more; looking this often finds it while its picture is still there.
EVERY = 0.05
GOAL = 1.15  # at most so many times the bare reader's processor time


@dataclass(frozen=True, slots=True)
class Heard:
    """One reading that the product ordered. picture: our copy. child: what it ran, up to the picture."""

    picture: Path
    child: tuple[str, ...]
    language: str
    dpi: str
    layout: str

    def as_ordered(self, leaving: Path) -> list[str | Path]:
        return [*self.child, self.picture, leaving, self.language, self.dpi, self.layout]

    def by_program(self, leaving: Path) -> list[str | Path]:
        """Raises ProgramAbsent."""
        asked = ("-l", self.language, "--oem", "1", "--psm", self.layout, "--dpi", self.dpi, "-c", "lstm_choice_mode=2", "hocr")
        return [on_path(READER), self.picture, leaving, *asked]


@dataclass(frozen=True, slots=True)
class Overhead:
    """job, bare, program: processor seconds of the whole job, its readings alone, and the same by the system's program, one of each
    a round. readings: how many by language."""

    mode: str
    pages: int
    readings: dict[str, int]
    job: tuple[float, ...]
    bare: tuple[float, ...]
    program: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """Median over the rounds of the job's time over the readers'."""
        return median(job / bare for job, bare in zip(self.job, self.bare, strict=True))

    @property
    def to_program(self) -> float:
        return median(job / program for job, program in zip(self.job, self.program, strict=True))

    def as_dict(self) -> dict[str, Any]:
        return {
            "mode": self.mode,
            "pages": self.pages,
            "readings": self.readings,
            "job_cpu_seconds": list(self.job),
            "bare_cpu_seconds": list(self.bare),
            "program_cpu_seconds": list(self.program),
            "ratio": self.ratio,
            "ratio_to_program": self.to_program,
            "goal": GOAL,
        }


def measure(seed: int, rounds: int, *, tell: Tell, pages: int | None = None) -> list[Overhead]:
    """pages: so many only, spread over all strengths. Raises RunFailed, ProgramAbsent."""
    with tempfile.TemporaryDirectory(prefix="sohoa-overhead-") as scratch:
        folder = Path(scratch)
        tell(f"making the pages (seed {seed})")
        jpegs = spread([page.jpeg for pages in all_pages(seed).values() for page in pages], pages)
        scan = folder / "pages.pdf"
        write_scan(jpegs, scan)
        return [_measure(mode, scan, len(jpegs), folder, rounds, tell) for mode in MODES]


def spread(pages: Sequence[bytes], count: int | None) -> list[bytes]:
    """`count` of them at even distances; all when None."""
    count = len(pages) if count is None else min(count, len(pages))
    return [pages[place * len(pages) // count] for place in range(count)]


def _measure(mode: str, scan: Path, pages: int, folder: Path, rounds: int, tell: Tell) -> Overhead:
    command, scratch = our_command(scan, mode, "pdf", folder / f"{mode}.pdf"), folder / "scratch"
    tell(f"{mode}: listening for the pictures")
    heard = listen(command, scratch, folder / f"{mode}-pictures")
    job: list[float] = []
    bare: list[float] = []
    program: list[float] = []
    for number in range(1, rounds + 1):
        tell(f"{mode}, round {number} of {rounds}: the whole job")
        job.append(watched(command, scratch, every=EVERY).cpu)
        tell(f"{mode}, round {number} of {rounds}: {len(heard)} readings alone")
        bare.append(sum(_spent(reading.as_ordered(_out(folder)), folder) for reading in heard))
        program.append(sum(_spent(reading.by_program(_out(folder)), folder) for reading in heard))
    readings = dict(Counter(reading.language for reading in heard))
    return Overhead(mode, pages, readings, tuple(job), tuple(bare), tuple(program))


def listen(command: list[str | Path], scratch: Path, kept: Path) -> list[Heard]:
    """Run a command and gather the readings that it orders. Raises RunFailed, also where no reader was seen or a picture was gone."""
    kept.mkdir(parents=True)
    heard: dict[tuple[int, int], Heard] = {}

    def look(_: float, members: Sequence[Member]) -> None:
        for member in members:
            key = (member.pid, member.born)
            if member.name == READER and key not in heard:
                reading = _overheard(member.pid, kept / str(len(heard)))
                if reading is not None:
                    heard[key] = reading

    watched(command, scratch, every=EVERY / 5, look=look)
    if not heard:
        raise RunFailed(f"no {READER} was seen at work, so there is nothing to compare with")
    return list(heard.values())


def _overheard(pid: int, copy: Path) -> Heard | None:
    """None while the process is not yet, or no longer, a reader with a picture."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").decode().split("\0")
        *child, picture, _, language, dpi, layout = command
        copy = copy.with_suffix(Path(picture).suffix)
        # Through the process's own root: a reader in a box may know its files by other names than we do.
        shutil.copyfile(Path(f"/proc/{pid}/root") / picture.lstrip("/"), copy)
    except (OSError, ValueError):
        return None
    return Heard(copy, tuple(child), language, dpi, layout)


def _out(folder: Path) -> Path:
    return folder / f"bare-{time.monotonic_ns()}"


def _spent(command: list[str | Path], folder: Path) -> float:
    return watch(command, folder=folder, environment={"OMP_THREAD_LIMIT": "1"}, every=EVERY).cpu


def show(measured: Sequence[Overhead], console: Console) -> None:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for head in ("processor seconds a page", "whole job", "readings alone", "ratio", "by the program", "ratio", "readings a page"):
        table.add_column(head, justify="left" if head == "processor seconds a page" else "right")
    for of in measured:
        each = ", ".join(f"{language} {count / of.pages:.2f}" for language, count in sorted(of.readings.items()))
        table.add_row(
            f"sohoa ocr --mode {of.mode} --format pdf",
            f"{median(of.job) / of.pages:.2f}",
            f"{median(of.bare) / of.pages:.2f}",
            f"{of.ratio:.3f}",
            f"{median(of.program) / of.pages:.2f}",
            f"{of.to_program:.3f}",
            each,
        )
    console.print(table)
    ran_on, of = machine(), versions(peers=False)
    console.print(
        f"{measured[0].pages} pages, {len(measured[0].job)} round(s); goal: {GOAL} or less. the program: Tesseract {of['tesseract']}, "
        f"{ran_on['cores']} × {ran_on['kind']}.",
        style="dim",
    )
