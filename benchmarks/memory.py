"""Does a long scan need more memory than a short one? The same kind of page, ten times and three hundred times.

`python -m benchmarks.memory`
"""

from __future__ import annotations

import argparse
import functools
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.console import answered, people_told, screen, whole
from benchmarks.programs import beside_python
from benchmarks.reading.pages import write_scan
from benchmarks.watching import Watched, watch

FEW, MANY = 10, 300
GOAL = 1.3  # at most so many times the memory for MANY pages as for FEW
# A reader of one line lives a fifth of a second. Looking seldom, or at ten pages only once, misses the moment when all workers are
# at their largest, which three hundred pages surely hit; then the short scan would look smaller than it is.
EVERY, SHORT_RUNS = 0.02, 3
A5_AT_200_DPI = (1654, 1169)  # rows, columns
DPI = 200


@dataclass(frozen=True, slots=True)
class Growth:
    """few: the run with the highest peak of SHORT_RUNS. many: one run."""

    name: str
    few_pages: int
    many_pages: int
    few: Watched
    many: Watched
    few_bytes: int
    many_bytes: int

    @property
    def ratio(self) -> float:
        return self.many.peak / self.few.peak

    def as_dict(self) -> dict[str, Any]:
        return {
            "command": self.name,
            "pages": [self.few_pages, self.many_pages],
            "scan_bytes": [self.few_bytes, self.many_bytes],
            "peak_bytes": [self.few.peak, self.many.peak],
            "largest_process_bytes": [self.few.largest, self.many.largest],
            "seconds": [self.few.seconds, self.many.seconds],
            "ratio": self.ratio,
            "largest_process_ratio": self.many.largest / self.few.largest,
            "goal": GOAL,
        }


def ocr_growth(few: int = FEW, many: int = MANY) -> Growth:
    """`sohoa ocr --format pdf` over both scans. Raises RunFailed."""
    sohoa = beside_python("sohoa")

    def read(scan: Path) -> Watched:
        return watch(
            [sohoa, "ocr", scan, "--mode", "fast", "--format", "pdf", "-o", scan.with_suffix(".out.pdf")],
            folder=scan.parent,
            every=EVERY,
        )

    return _growth("sohoa ocr", read, few, many)


def digitize_growth(few: int = FEW, many: int = MANY) -> Growth:
    """`sohoa digitize` over both scans, each into a home of its own; the embedded object store is one of the children counted.

    Raises RunFailed.
    """
    sohoa = beside_python("sohoa")

    def digitize(scan: Path) -> Watched:
        home = scan.with_suffix(".home")
        shutil.rmtree(home, ignore_errors=True)  # what is archived already would not be read again
        environment = {"SOHOA_HOME": str(home), "SOHOA_READING": "fast"}
        return watch([sohoa, "digitize", scan], folder=scan.parent, environment=environment, every=EVERY)

    return _growth("sohoa digitize", digitize, few, many)


def _growth(name: str, run: Callable[[Path], Watched], few: int, many: int) -> Growth:
    with tempfile.TemporaryDirectory(prefix="sohoa-memory-") as scratch:
        short, long = Path(scratch, "short.pdf"), Path(scratch, "long.pdf")
        light_scan(short, few)
        light_scan(long, many)
        highest = max((run(short) for _ in range(SHORT_RUNS)), key=lambda watched: watched.peak)
        return Growth(name, few, many, highest, run(long), short.stat().st_size, long.stat().st_size)


def light_scan(target: Path, pages: int) -> None:
    """A scan whose pages are quick to read and as heavy as real ones: A5, one numbered line each, on paper with a grain."""
    write_scan(list(_light_pages(pages)), target)


def _light_pages(pages: int) -> Iterator[bytes]:
    for number in range(1, pages + 1):
        sheet = _paper().copy()
        cv2.putText(sheet, f"TRANG {number} / {pages}", (150, 400), cv2.FONT_HERSHEY_COMPLEX, 2.0, 20, 4)
        jpeg = cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()
        # JFIF density, which OpenCV leaves at "unknown": img2pdf sizes the page by it.
        yield jpeg[:13] + b"\x01" + DPI.to_bytes(2, "big") * 2 + jpeg[18:]


@functools.cache
def _paper() -> NDArray[np.uint8]:
    """Paper is never flat, and flat JPEG pages would be too small to show who holds a whole file in memory."""
    grain = np.random.default_rng(200).normal(247, 4, A5_AT_200_DPI)
    return np.clip(grain, 0, 255).astype(np.uint8)


def main(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--pages", type=whole, default=MANY, help=f"of the long scan (default: {MANY})")
    parser.add_argument("--json", action="store_true", help="a JSON list instead of the table")
    asked = parser.parse_args(given)
    return answered(lambda: _measure(asked))


def _measure(asked: argparse.Namespace) -> None:
    people_told(f"sohoa ocr: {FEW} and {asked.pages} pages")
    growths = [ocr_growth(many=asked.pages)]
    people_told(f"sohoa digitize: {FEW} and {asked.pages} pages")
    growths.append(digitize_growth(many=asked.pages))
    if asked.json:
        print(json.dumps([growth.as_dict() for growth in growths], ensure_ascii=False))
    else:
        show(growths, screen())


def show(growths: Sequence[Growth], console: Console) -> None:
    few, many = growths[0].few_pages, growths[0].many_pages
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    table.add_column("peak memory, MiB")
    for head in (f"{few} pages", f"{many} pages", "ratio", f"{many} pages, seconds"):
        table.add_column(head, justify="right")
    for growth in growths:
        table.add_row(f"{growth.name}: with all children", *_pair(growth.few.peak, growth.many.peak), f"{growth.many.seconds:.0f}")
        table.add_row(f"{growth.name}: largest process", *_pair(growth.few.largest, growth.many.largest), "")
    console.print(table)
    megabytes = [size / 1_000_000 for size in (growths[0].few_bytes, growths[0].many_bytes)]
    console.print(f"The scans: {megabytes[0]:.1f} and {megabytes[1]:.1f} MB. Goal: {GOAL:.2f} or less.", style="dim")


def _pair(few: int, many: int) -> tuple[str, str, str]:
    return f"{few / (1 << 20):.0f}", f"{many / (1 << 20):.0f}", f"{many / few:.2f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
