"""One document through one reader: raw Tesseract on the page as scanned, or ours in one of its modes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.programs import on_path
from benchmarks.reading.answers import answers_of, page_count
from benchmarks.reading.candidates import MODES, our_command, watched
from benchmarks.reading.hocr import words_of
from benchmarks.reading.matching import Seen
from benchmarks.watching import RunFailed

RAW_DPI = 300
RAW_LANGUAGES = ("vie", "Vietnamese")


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """words: of each page that was asked for, in the order of the reading. cpu: processor seconds a page, over all pages read."""

    words: dict[int, list[Seen]]
    cpu: float


@dataclass(frozen=True, slots=True)
class Reader:
    """read: a PDF, {page number: (width, height) of the truth, onto which boxes are laid}, an empty folder."""

    name: str
    ours: bool
    read: Callable[[Path, dict[int, tuple[int, int]], Path], ReadDocument]


def readers() -> tuple[Reader, ...]:
    """The raw ones first: they are the yardstick."""
    return (*(_raw(language) for language in RAW_LANGUAGES), *(_ours(mode) for mode in MODES))


def _raw(language: str) -> Reader:
    def read(pdf: Path, sizes: dict[int, tuple[int, int]], folder: Path) -> ReadDocument:
        words: dict[int, list[Seen]] = {}
        spent = 0.0
        for number, size in sizes.items():
            picture = rendered(pdf, number, folder)
            target = folder / f"page-{number}"
            spent += _spent([on_path("tesseract"), picture, target, "-l", language, "--psm", "3", "--dpi", str(RAW_DPI), "hocr"])
            (found,) = words_of([target.with_suffix(".hocr")], [size])
            words[number] = [Seen(word.text, word.x, word.y) for word in found]
            picture.unlink()
        return ReadDocument(words, spent / len(sizes))

    return Reader(f"raw {language}", False, read)


def rendered(pdf: Path, number: int, folder: Path) -> Path:
    """The page as it is, in colour: nothing prepared, nothing shrunk. Raises RunFailed."""
    target = folder / f"raw-{number}"
    page = str(number)
    asked = [on_path("pdftoppm"), "-r", str(RAW_DPI), "-png", "-f", page, "-l", page, "-singlefile", pdf, target]
    if subprocess.run(asked, capture_output=True, check=False).returncode:
        raise RunFailed(f"pdftoppm could not render page {number} of {pdf.name}")
    return target.with_suffix(".png")


def _spent(command: Sequence[str | Path]) -> float:
    """Processor seconds of one program with one thread, as the system counts them. Raises RunFailed."""
    child = subprocess.Popen(
        [str(part) for part in command],
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RunFailed(f"{Path(command[0]).name} ended with {child.returncode}")
    return used.ru_utime + used.ru_stime


def _ours(mode: str) -> Reader:
    def read(pdf: Path, sizes: dict[int, tuple[int, int]], folder: Path) -> ReadDocument:
        target = folder / "read.json"
        took = watched(our_command(pdf.resolve(), mode, "json", target), folder / "scratch", every=0.05)
        found = {
            number: [Seen(told.word.text, told.word.x, told.word.y, told.confidence, told.doubtful) for told in answers]
            for number, answers in answers_of(target, sizes).items()
        }
        return ReadDocument(found, took.cpu / page_count(target))

    return Reader(f"sohoa {mode}", True, read)
