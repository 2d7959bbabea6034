"""The candidates: each one a whole command, from the scanned PDF to a searchable one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.watching import Watched, watch

OURS = "sohoa"


class ProgramAbsent(RuntimeError):
    """A program that the comparison needs is not installed."""


@dataclass(frozen=True, slots=True)
class Places:
    """scan: the PDF to be read. pdf: the searchable PDF to be made. scratch: the run's folder for temporary files, empty before."""

    scan: Path
    pdf: Path
    scratch: Path


@dataclass(frozen=True, slots=True)
class Candidate:
    """command: the program with its arguments. hocr: what it read, page by page, asked after a run and not timed."""

    name: str
    command: Callable[[Places], list[str | Path]]
    hocr: Callable[[Places], list[Path]]

    def run(self, places: Places) -> Watched:
        """Raises RunFailed."""
        return _watched(self.command(places), places)


def candidates() -> tuple[Candidate, ...]:
    """Ours first, then the peers that it is compared with. Everybody may use every core. Raises ProgramAbsent."""
    sohoa, ocrmypdf = beside_python("sohoa"), beside_python("ocrmypdf")

    def ours_as(form: str, places: Places, target: Path) -> list[str | Path]:
        return [sohoa, "ocr", places.scan, "--format", form, "-o", target]

    def our_hocr(places: Places) -> list[Path]:
        target = places.pdf.with_suffix(".hocr")
        _watched(ours_as("hocr", places, target), places)
        return [target]

    def peer(name: str, *more: str) -> Candidate:
        # `auto` is its own default: PDF/A, and Ghostscript only where it cannot make one itself; `pdfa` refuses to start without
        # Ghostscript. Its temporary files are kept for their hOCR, which is the very text that went into the PDF.
        asked = [ocrmypdf, "-l", "vie", "--jobs", str(cores()), "--output-type", "auto", "--quiet", "--keep-temporary-files", *more]
        return Candidate(name, lambda places: [*asked, places.scan, places.pdf], _kept_hocr)

    ours = Candidate(OURS, lambda places: ours_as("pdf", places, places.pdf), our_hocr)
    return (ours, peer("OCRmyPDF"), peer("OCRmyPDF, Sauvola", "--tesseract-thresholding", "sauvola"))


def _kept_hocr(places: Places) -> list[Path]:
    return sorted(places.scratch.glob("*/*_ocr_hocr.hocr"))


def _watched(command: list[str | Path], places: Places) -> Watched:
    shutil.rmtree(places.scratch, ignore_errors=True)
    places.scratch.mkdir()
    environment = {"TMPDIR": str(places.scratch), "SOHOA_HOME": str(places.scratch / "home")}
    return watch(command, folder=places.scratch, environment=environment)


def cores() -> int:
    return os.cpu_count() or 1


def beside_python(program: str) -> Path:
    """The console script of the environment we run in, else the one on the path. Raises ProgramAbsent."""
    own = Path(sys.executable).with_name(program)
    found = own if own.exists() else shutil.which(program)
    if found is None:
        raise ProgramAbsent(f"{program} is not installed: run `make setup`")
    return Path(found)


def versions() -> dict[str, str]:
    """What was compared, for the foot of the table. Ghostscript is told because OCRmyPDF falls back on it where it is there."""
    return {
        "sohoa": _first_line(beside_python("sohoa"), "--version").removeprefix("sohoa "),
        "ocrmypdf": _first_line(beside_python("ocrmypdf"), "--version"),
        "tesseract": _first_line(Path("tesseract"), "--version").removeprefix("tesseract "),
        "ghostscript": _first_line(Path("gs"), "--version") if shutil.which("gs") else "absent",
    }


def _first_line(program: Path, *arguments: str) -> str:
    told = subprocess.run([str(program), *arguments], capture_output=True, text=True, check=False)
    return (told.stdout or told.stderr).split("\n", 1)[0].strip()
