"""What ours tells of its reading beyond hOCR: its JSON, with what the first reader read before the arbiter chose otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.reading.scoring import ReadWord
from benchmarks.watching import RunFailed


@dataclass(frozen=True, slots=True)
class Answer:
    """word: as told. first: as the first reader read it, None where it read nothing there. confidence: 0 to 1."""

    word: ReadWord
    first: ReadWord | None
    confidence: float
    doubtful: bool


def answers_of(file: Path, sizes: Mapping[int, tuple[int, int]]) -> dict[int, list[Answer]]:
    """Of the pages named in `sizes`, in the order of the reading. Boxes are laid on pages of these sizes (width, height).

    Raises RunFailed where a page is missing.
    """
    pages: dict[int, dict[str, Any]] = {page["number"]: page for page in json.loads(file.read_bytes())["pages"]}
    if not sizes.keys() <= pages.keys():
        raise RunFailed(f"{len(pages)} pages were read; some that were asked for are not among them")
    return {number: list(_answers(pages[number], size)) for number, size in sizes.items()}


def page_count(file: Path) -> int:
    return len(json.loads(file.read_bytes())["pages"])


def _answers(page: dict[str, Any], size: tuple[int, int]) -> Iterator[Answer]:
    across, down = size[0] / page["width"], size[1] / page["height"]
    for line in page["lines"]:
        for word in line["words"]:
            x0, y0, x1, y1 = word["bbox"]
            told = ReadWord(word["text"], (x0 + x1) / 2 * across, (y0 + y1) / 2 * down)
            first = told if not word.get("reason") else ReadWord(word.get("first_reading", ""), told.x, told.y)
            yield Answer(told, first if first.text else None, word["confidence"], bool(word.get("doubtful", False)))
