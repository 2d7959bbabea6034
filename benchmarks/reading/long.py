"""A long scan from its first page to its last: does memory stay level, and do all cores have work all the time?

The clock is the readers themselves: when a tenth of all readings has begun, a tenth of the pages is taken for read. So nothing in the
product has to tell where it is.
"""

from __future__ import annotations

import io
import itertools
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.programs import cores, machine
from benchmarks.reading.candidates import our_command, watched
from benchmarks.reading.comparison import MEBIBYTE, MEGABYTE, Tell
from benchmarks.reading.overhead import READER
from benchmarks.reading.pages import UNSEEN, all_pages, write_scan
from benchmarks.watching import SETTLED, Member, RunFailed, Watched
from sohoa.pipeline.sources.sampleoffice import SamplePage

PAGES = 1000
WINDOW = 100  # pages at the start and at the end that are compared; a quarter of a shorter scan
LIMIT = 450 * MEBIBYTE  # of resident memory, for the largest process
FLAT = 1.1  # the last window's peak over the first one's
BUSY = 0.9  # of all cores' time
EVERY = 0.1
INK = 150  # of 255: a feeder's own threshold for black


@dataclass(frozen=True, slots=True)
class Moment:
    """at: seconds since the start. begun: readings so far. resident: bytes, all processes. largest: bytes, by program's name.
    spent: processor seconds of the family so far. idle: seconds that the machine's cores had nothing to do, since it started.
    """

    at: float
    begun: int
    resident: int
    largest: dict[str, int]
    spent: float
    idle: float


@dataclass(frozen=True, slots=True)
class LongRun:
    pages: int
    mode: str
    scan: int  # bytes
    took: Watched
    moments: tuple[Moment, ...]
    cores: int = field(default_factory=cores)

    @property
    def readings(self) -> int:
        return self.moments[-1].begun

    @property
    def while_reading(self) -> list[Moment]:
        """From the first reader to the last one; before and after are start-up and the writing of the file."""
        with_reader = [place for place, moment in enumerate(self.moments) if READER in moment.largest]
        return list(self.moments[with_reader[0] : with_reader[-1] + 1])

    @property
    def window(self) -> int:
        """Pages at the start and at the end that are compared."""
        return min(WINDOW, max(1, self.pages // 4))

    def first(self) -> list[Moment]:
        until = self.readings * self.window / self.pages
        return [moment for moment in self.while_reading if moment.begun <= max(1, until)]

    def last(self) -> list[Moment]:
        since = self.readings * (1 - self.window / self.pages)
        return [moment for moment in self.while_reading if moment.begun >= since]

    @property
    def busy(self) -> float:
        """Share of the cores' time that was used while pages were read, by anybody on this machine."""
        begin, *_, end = self.while_reading
        return 1 - (end.idle - begin.idle) / ((end.at - begin.at) * self.cores)

    @property
    def busy_with_us(self) -> float:
        """As `busy`, what was seen of our own processes; the moments after the last look at each are missing."""
        begin, *_, end = self.while_reading
        return (end.spent - begin.spent) / ((end.at - begin.at) * self.cores)

    def programs(self) -> list[str]:
        """By their peak, the largest first."""
        names = {name for moment in self.moments for name in moment.largest}
        return sorted(names, key=lambda name: -largest(self.moments, name))

    def as_dict(self) -> dict[str, Any]:
        return {
            "pages": self.pages,
            "mode": self.mode,
            "scan_bytes": self.scan,
            "seconds": self.took.seconds,
            "cpu_seconds": self.took.cpu,
            "readings": self.readings,
            "window_pages": self.window,
            "peak_bytes": {"tree": self.took.peak, "process": self.took.largest},
            "tree_bytes": {"first": resident(self.first()), "last": resident(self.last())},
            "process_bytes": {
                name: {
                    "first": largest(self.first(), name),
                    "last": largest(self.last(), name),
                    "peak": largest(self.moments, name),
                }
                for name in self.programs()
            },
            "busy": self.busy,
            "busy_with_us": self.busy_with_us,
            "goals": {"process_bytes": LIMIT, "last_over_first": FLAT, "busy": BUSY},
        }


def resident(moments: Iterable[Moment]) -> int:
    return max((moment.resident for moment in moments), default=0)


def largest(moments: Iterable[Moment], name: str) -> int:
    return max((moment.largest.get(name, 0) for moment in moments), default=0)


def measure(pages: int, mode: str, seed: int, *, tell: Tell) -> LongRun:
    """`sohoa ocr --format pdf` over a scan of so many pages. Raises RunFailed, ProgramAbsent."""
    with tempfile.TemporaryDirectory(prefix="sohoa-long-") as scratch:
        folder = Path(scratch)
        tell(f"making {pages} pages (seed {seed})")
        scan = folder / "long.pdf"
        write_long_scan(scan, pages, all_pages(seed))
        timeline = Timeline(pages, tell)
        took = watched(our_command(scan, mode, "pdf", folder / "out.pdf"), folder / "scratch", every=EVERY, look=timeline.look)
        if len(timeline.moments) < 2 or not timeline.moments[-1].begun:
            raise RunFailed(f"no {READER} was seen at work")
        return LongRun(pages, mode, scan.stat().st_size, took, tuple(timeline.moments))


class Timeline:
    """Looks at the family again and again, and notes what there is to see."""

    def __init__(self, pages: int, tell: Tell) -> None:
        self.moments: list[Moment] = []
        self._pages, self._tell, self._told = pages, tell, 0
        self._first_seen: dict[tuple[int, int], float] = {}
        self._spent: dict[tuple[int, int], float] = {}
        self._readers: set[tuple[int, int]] = set()

    def look(self, at: float, members: Sequence[Member]) -> None:
        sizes: dict[str, int] = {}
        resident = 0
        for member in members:
            key = (member.pid, member.born)
            self._spent[key] = member.cpu
            if member.name == READER:
                self._readers.add(key)
            if at - self._first_seen.setdefault(key, at) >= SETTLED / 2:
                sizes[member.name] = max(sizes.get(member.name, 0), member.resident)
                resident += member.resident
        self.moments.append(Moment(at, len(self._readers), resident, sizes, sum(self._spent.values()), idle_seconds()))
        if len(self._readers) >= self._told + 100:
            self._told = len(self._readers)
            self._tell(f"{self._told} readings begun, {at:.0f} s, {resident / MEBIBYTE:.0f} MiB")


def idle_seconds() -> float:
    """Of all cores together, since the machine started."""
    return float(Path("/proc/uptime").read_text().split()[1])


def write_long_scan(target: Path, pages: int, made: Mapping[str, Sequence[SamplePage]]) -> None:
    """24 pages over and over: eight clean ones as a feeder in black and white delivers them (G4), sixteen as JPEG.

    made: pages by strength, as `all_pages` gives them.
    """
    trios = zip(made["clean"], made["medium"], made[UNSEEN], strict=True)
    cycle = [picture for clean, medium, unseen in trios for picture in (black_and_white(clean), medium.jpeg, unseen.jpeg)]
    write_scan(list(itertools.islice(itertools.cycle(cycle), pages)), target)


def black_and_white(page: SamplePage) -> bytes:
    out = io.BytesIO()
    bilevel = page.image.convert("L").point(lambda level: 255 if level > INK else 0, mode="1")
    bilevel.save(out, "TIFF", compression="group4", dpi=(page.dpi, page.dpi))
    return out.getvalue()


def show(run: LongRun, console: Console) -> None:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("resident memory, MiB")
    for head in (f"first {run.window} pages", f"last {run.window} pages", "ratio", "peak of the whole run"):
        table.add_column(head, justify="right")
    first, last = run.first(), run.last()
    for name in run.programs():
        table.add_row(f"largest {name}", *_row(largest(first, name), largest(last, name), largest(run.moments, name)))
    table.add_row("all processes", *_row(resident(first), resident(last), run.took.peak), style="bold")
    console.print(table)
    ran_on = machine()
    console.print(
        f"{run.pages} pages, {run.scan / MEGABYTE:.0f} MB, --mode {run.mode}: {run.took.seconds:.0f} s, "
        f"{60 * run.pages / run.took.seconds:.1f} pages a minute, {run.took.cpu / run.pages:.2f} processor seconds a page.\n"
        f"While pages were read the {run.cores} cores were busy {100 * run.busy:.1f} % of the time, "
        f"at least {100 * run.busy_with_us:.1f} % with us (goal: {100 * BUSY:.0f} %).\n"
        f"Goals: no process above {LIMIT // MEBIBYTE} MiB, the last pages at most {FLAT} times the first. "
        f"{ran_on['cores']} × {ran_on['kind']}.",
        style="dim",
    )


def _row(first: int, last: int, peak: int) -> tuple[str, str, str, str]:
    ratio = f"{last / first:.2f}" if first else "—"
    return f"{first / MEBIBYTE:.0f}", f"{last / MEBIBYTE:.0f}", ratio, f"{peak / MEBIBYTE:.0f}"
