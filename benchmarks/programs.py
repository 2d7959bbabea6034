"""The programs that benchmarks start: where they are, and which versions were compared."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any


class ProgramAbsent(RuntimeError):
    """A program that the comparison needs is not installed."""


def beside_python(program: str) -> Path:
    """The console script of the environment we run in, else the one on the path. Raises ProgramAbsent."""
    own = Path(sys.executable).with_name(program)
    return own if own.exists() else on_path(program)


def on_path(program: str) -> Path:
    """Raises ProgramAbsent."""
    found = shutil.which(program)
    if found is None:
        raise ProgramAbsent(f"{program} is not installed: run `make setup`")
    return Path(found)


def cores() -> int:
    """Those that we may use, which a container may have made fewer than the machine has."""
    return len(os.sched_getaffinity(0))


def machine() -> dict[str, Any]:
    """What it ran on, and how busy that was before the first run."""
    return {"kind": _processor(), "cores": cores(), "load_before": round(os.getloadavg()[0], 1)}


def versions(*, peers: bool = True) -> dict[str, str]:
    """For the foot of a table. Ghostscript is told because OCRmyPDF falls back on it where it is there. Raises ProgramAbsent."""
    told = {
        "sohoa": _first_line(beside_python("sohoa"), "--version").removeprefix("sohoa "),
        "tesseract": _first_line(on_path("tesseract"), "--version").removeprefix("tesseract "),
    }
    if peers:
        told["ocrmypdf"] = _first_line(beside_python("ocrmypdf"), "--version")
        told["ghostscript"] = _first_line(Path("gs"), "--version") if shutil.which("gs") else "absent"
    return told


def _first_line(program: Path, *arguments: str) -> str:
    told = subprocess.run([str(program), *arguments], capture_output=True, text=True, check=False)
    return (told.stdout or told.stderr).split("\n", 1)[0].strip()


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
