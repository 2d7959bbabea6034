"""The words of a searchable PDF with their places, taken out of every candidate's PDF by the same program."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from benchmarks.scoring import ReadWord

_NO_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # pdftotext passes on control characters that XML does not know


def words_of(pdf: Path, sizes: Sequence[tuple[int, int]]) -> list[list[ReadWord]]:
    """The words of each page. sizes: (width, height) in pixels of the truth's pages, onto which the PDF's pages are laid.

    Raises ValueError where the PDF has not just these pages, CalledProcessError where poppler cannot read it.
    """
    told = subprocess.run(["pdftotext", "-bbox", str(pdf), "-"], capture_output=True, check=True).stdout
    pages = [element for element in ElementTree.fromstring(_NO_XML.sub(b" ", told)).iter() if element.tag.endswith("}page")]
    if len(pages) != len(sizes):
        raise ValueError(f"{pdf.name} has {len(pages)} pages, not {len(sizes)}")
    return [_words(page, *size) for page, size in zip(pages, sizes, strict=True)]


def _words(page: ElementTree.Element, width: int, height: int) -> list[ReadWord]:
    across, down = width / float(page.get("width", 0)), height / float(page.get("height", 0))
    return [_word(element, across, down) for element in page if (element.text or "").strip()]


def _word(element: ElementTree.Element, across: float, down: float) -> ReadWord:
    x0, y0, x1, y1 = (float(element.get(side, 0)) for side in ("xMin", "yMin", "xMax", "yMax"))
    return ReadWord((element.text or "").strip(), (x0 + x1) / 2 * across, (y0 + y1) / 2 * down)
