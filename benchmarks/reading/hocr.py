"""The words that a reader found, with their places, out of its hOCR: the one form in which every candidate tells them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

from benchmarks.reading.scoring import ReadWord
from benchmarks.watching import RunFailed

_BOX = re.compile(r"\bbbox (-?\d+) (-?\d+) (-?\d+) (-?\d+)")


def words_of(files: Iterable[Path], sizes: Sequence[tuple[int, int]]) -> list[list[ReadWord]]:
    """The words of each page; the pages may lie in one file or in several.

    sizes: (width, height) in pixels of the truth's pages, onto which the reader's pages are laid.
    Raises RunFailed where there are not just these pages.
    """
    pages = [page for file in files for page in ElementTree.parse(file).iter() if page.get("class") == "ocr_page"]
    if len(pages) != len(sizes):
        raise RunFailed(f"{len(pages)} pages were read, not {len(sizes)}")
    return [list(_words(page, *size)) for page, size in zip(pages, sizes, strict=True)]


def _words(page: ElementTree.Element, width: int, height: int) -> Iterator[ReadWord]:
    _, _, right, bottom = _box(page)
    for element in page.iter():
        text = " ".join("".join(element.itertext()).split())
        if element.get("class") == "ocrx_word" and text:
            x0, y0, x1, y1 = _box(element)
            yield ReadWord(text, (x0 + x1) / 2 * width / right, (y0 + y1) / 2 * height / bottom)


def _box(element: ElementTree.Element) -> tuple[int, int, int, int]:
    found = _BOX.search(element.get("title", ""))
    if found is None:
        raise RunFailed("an hOCR element without its box")
    x0, y0, x1, y1 = (int(number) for number in found.groups())
    return x0, y0, x1, y1
