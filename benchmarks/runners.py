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
class Candidate:
    """command: from the scan and the place of the result to the program's arguments."""

    name: str
    command: Callable[[Path, Path], list[str | Path]]

    def run(self, scan: Path, target: Path) -> Watched:
        """Raises RunFailed."""
        return watch(self.command(scan, target), folder=scan.parent)


def candidates() -> tuple[Candidate, ...]:
    """Ours first, then the peers that it is compared with. Everybody may use every core. Raises ProgramAbsent."""
    sohoa, ocrmypdf, jobs = beside_python("sohoa"), beside_python("ocrmypdf"), str(cores())
    asked = [ocrmypdf, "-l", "vie", "--jobs", jobs, "--output-type", "pdfa", "--quiet"]
    return (
        Candidate(OURS, lambda scan, target: [sohoa, "ocr", scan, "--format", "pdf", "-o", target]),
        Candidate("OCRmyPDF", lambda scan, target: [*asked, scan, target]),
        Candidate("OCRmyPDF, Sauvola", lambda scan, target: [*asked, "--tesseract-thresholding", "sauvola", scan, target]),
    )


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
