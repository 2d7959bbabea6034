"""The candidates: each one a whole command, from the scanned PDF to a searchable PDF/A."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.programs import beside_python, cores
from benchmarks.reading.answers import answers_of
from benchmarks.reading.hocr import words_of
from benchmarks.reading.scoring import ReadWord
from benchmarks.watching import Look, Watched, watch

MODES = ("fast", "accurate")


@dataclass(frozen=True, slots=True)
class Places:
    """scan: the PDF to be read. pdf: the searchable PDF to be made. scratch: the run's folder for temporary files, empty before."""

    scan: Path
    pdf: Path
    scratch: Path


@dataclass(frozen=True, slots=True)
class ReadPage:
    """words: in the order of the reading. first: as its first reader alone read the page; None where nothing tells."""

    words: list[ReadWord]
    first: list[ReadWord] | None = None


Sizes = Sequence[tuple[int, int]]
"""(width, height) of the truth's pages, in pixels."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """command: the program with its arguments. read: what it found on each page, asked after a run and not timed."""

    name: str
    ours: bool
    command: Callable[[Places], list[str | Path]]
    read: Callable[[Places, Sizes], list[ReadPage]]

    def run(self, places: Places) -> Watched:
        """Raises RunFailed."""
        return watched(self.command(places), places.scratch)


def candidates() -> tuple[Candidate, ...]:
    """Ours in both modes, then the peers. Everybody may use every core. Raises ProgramAbsent."""
    return (*(_ours(mode) for mode in MODES), _peer("OCRmyPDF"), _peer("OCRmyPDF, Sauvola", "--tesseract-thresholding", "sauvola"))


def our_command(scan: Path, mode: str, form: str, target: Path) -> list[str | Path]:
    """Raises ProgramAbsent."""
    return [beside_python("sohoa"), "ocr", scan, "--mode", mode, "--format", form, "-o", target]


def watched(command: list[str | Path], scratch: Path, *, every: float | None = None, look: Look | None = None) -> Watched:
    """Run in a scratch folder that is emptied before, with all temporary files and sohoa's own state in it. Raises RunFailed."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    environment = {"TMPDIR": str(scratch), "SOHOA_HOME": str(scratch / "home")}
    more = {} if every is None else {"every": every}
    return watch(command, folder=scratch, environment=environment, look=look, **more)


def _ours(mode: str) -> Candidate:
    def read(places: Places, sizes: Sizes) -> list[ReadPage]:
        target = places.pdf.with_suffix(".json")
        watched(our_command(places.scan, mode, "json", target), places.scratch)
        pages = answers_of(target, dict(enumerate(sizes, 1)))
        return [
            ReadPage([told.word for told in answers], [told.first for told in answers if told.first]) for answers in pages.values()
        ]

    return Candidate(f"sohoa {mode}", True, lambda places: our_command(places.scan, mode, "pdf", places.pdf), read)


def _peer(name: str, *more: str) -> Candidate:
    # `auto` is its own default: PDF/A, and Ghostscript only where it cannot make one itself; `pdfa` refuses to start without
    # Ghostscript. Its temporary files are kept for their hOCR, which is the very text that went into the PDF.
    program = beside_python("ocrmypdf")
    asked = [program, "-l", "vie", "--jobs", str(cores()), "--output-type", "auto", "--quiet", "--keep-temporary-files", *more]

    def read(places: Places, sizes: Sizes) -> list[ReadPage]:
        return [ReadPage(words) for words in words_of(sorted(places.scratch.glob("*/*_ocr_hocr.hocr")), sizes)]

    return Candidate(name, False, lambda places: [*asked, places.scan, places.pdf], read)
