"""Pages with exact truth, to fit and to measure the arbiter with.

A folder holds for each page NAME.png, the picture that readers get, and NAME.json, in its pixels:
    {"kind": "law", "held": 0, "dpi": 225, "words": [["Điều", x0, y0, x1, y1], …]}
`held` pages are measured and never fitted on. More may stand behind the five values of a word. `reread` adds for each reader
NAME.READER.hocr, and NAME.READER.column.json where what it read is not the page but a column of its lines: [[box, [dx, dy]], …].
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sohoa.ocr.reading.arbiter.places import Place
from sohoa.ocr.reading.column import Column, joined
from sohoa.ocr.reading.engines.choices import parse_hocr
from sohoa.ocr.reading.recogniser import Reading

_UNIFIED = str.maketrans(
    {**dict.fromkeys("“”„‟«»″", '"'), **dict.fromkeys("‘’‚‛′`´", "'"), **dict.fromkeys("‐‑‒–—―−", "-"), "…": "..."}
)
# Boxes of words end at their ink; the centre of a true word may lie this share of its height above or below.
SLACK = 0.3


@dataclass(frozen=True, slots=True)
class Truth:
    """box: (x0, y0, x1, y1), as high as its letters or as the font."""

    text: str
    box: tuple[float, float, float, float]

    @property
    def x(self) -> float:
        return (self.box[0] + self.box[2]) / 2

    @property
    def y(self) -> float:
        return (self.box[1] + self.box[3]) / 2


@dataclass(frozen=True, slots=True)
class Example:
    name: str
    kind: str
    held: bool
    readings: tuple[Reading, ...]
    truth: tuple[Truth, ...]


def examples(folder: Path, readers: Sequence[str]) -> Iterator[Example]:
    """Pages that all these readers have read, by name. Raises OSError, ValueError, ElementTree.ParseError."""
    for told in sorted(folder.rglob("*.json")):
        read = [told.with_name(f"{told.stem}.{reader}.hocr") for reader in readers]
        if not all(path.exists() for path in read):
            continue
        page: dict[str, Any] = json.loads(told.read_bytes())
        yield Example(
            name=told.stem,
            kind=page["kind"],
            held=bool(page["held"]),
            readings=tuple(_reading(path, reader) for path, reader in zip(read, readers, strict=True)),
            truth=tuple(Truth(text, (x0, y0, x1, y1)) for text, x0, y0, x1, y1, *_ in page["words"]),
        )


def _reading(hocr: Path, reader: str) -> Reading:
    read = parse_hocr(hocr.read_bytes(), reader=reader)
    column = hocr.with_suffix(".column.json")
    if not column.exists():
        return read
    places = tuple((tuple(box), tuple(by)) for box, by in json.loads(column.read_bytes()))
    return joined(read, Column(np.empty((0, 0), np.uint8), places).back(read))


def expected(places: Sequence[Place], truth: Sequence[Truth]) -> list[str]:
    """For each place the true words whose centres lie in it, from left to right; each true word in one place at most."""
    if not truth or not places:
        return [""] * len(places)
    boxes = np.array([_box(place) for place in places], np.float64)
    slack = SLACK * (boxes[:, 3] - boxes[:, 1])
    level = (boxes[:, 1] + boxes[:, 3]) / 2
    found: list[list[Truth]] = [[] for _ in places]
    for word in truth:
        inside = (boxes[:, 0] <= word.x) & (word.x <= boxes[:, 2])
        # A dash's box is a thin strip anywhere in the height of its line.
        around = (boxes[:, 1] - slack <= word.y) & (word.y <= boxes[:, 3] + slack)
        inside &= around | ((word.box[1] <= level) & (level <= word.box[3]))
        if inside.any():
            off = np.abs(level - word.y) + 0.2 * np.abs((boxes[:, 0] + boxes[:, 2]) / 2 - word.x)
            found[int(np.argmin(np.where(inside, off, np.inf)))].append(word)
    return [" ".join(word.text for word in sorted(words, key=lambda word: word.x)) for words in found]


def same(read: str, true: str) -> bool:
    """Quotes, dashes and ellipses of any make are one; case and marks count."""
    return unified(read) == unified(true)


def unified(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).translate(_UNIFIED).split())


def _box(place: Place) -> tuple[int, int, int, int]:
    boxes = [word.bbox for words in place.slot.read for word in words or ()]
    first = [word.bbox for word in place.slot.first] or boxes
    return (min(b[0] for b in first), min(b[1] for b in first), max(b[2] for b in first), max(b[3] for b in first))
