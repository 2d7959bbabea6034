"""Lists of a paper, one thing an item: with or without their dashes, items that run over two lines, `;` read as `:`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sohoa.ocr.model import Field, Word, around
from sohoa.ocr.understanding.strips import Strip, field_of

_DASH = re.compile(r"^\W*[-–—~_•*+=]\s*|^\W+(?=\w)")
_ENDS = (";", ".", ":", ",.")
_EDGES = " .,:;-–—_|*~•"


def items_of(lines: Sequence[Strip]) -> list[list[Strip]]:
    """The lines of each item. A line begins one when it has a dash, or when the line above ended one and no line has a dash."""
    dashed = sum(has_dash(line) for line in lines) * 2 > len(lines)
    items: list[list[Strip]] = []
    for line in lines:
        ended = not items or items[-1][-1].text.endswith(_ENDS)
        if has_dash(line) or (ended and (not dashed or _outside(line, items))):
            items.append([line])
        else:
            items[-1].append(line)
    return items


def _outside(line: Strip, items: Sequence[Sequence[Strip]]) -> bool:
    """As far left as the dash of the first item: its own dash was not read."""
    return not items or line.bbox[0] <= items[0][0].bbox[0] + 2 * line.height


def has_dash(line: Strip) -> bool:
    return bool(re.match(r"^\W*[-–—~_•*+=]", line.text))


def item_text(item: Sequence[Strip]) -> str:
    """One line, without its dash and the sign that ends it."""
    whole = " ".join(line.text for line in item)
    return _DASH.sub("", whole, count=1).rstrip(_EDGES).strip()


def list_field(items: Sequence[tuple[str, Sequence[Word]]], page: int, *, longest: int, doubt: float = 1.0) -> Field | None:
    """One item a line, with the confidence of the weakest one: a list is right only where every item is.

    page: what lies on later pages is in the value and not in the box.
    """
    if not items:
        return None
    sure = min(field_of(text, words, page).confidence for text, words in items)
    boxes = [word.bbox for _, words in items for word in words]
    return Field("\n".join(text for text, _ in items)[:longest], round(sure * doubt, 4), page, around(boxes) if boxes else None)


def named_items(lines: Sequence[Strip]) -> list[tuple[str, list[Word]]]:
    """The text of each item that has letters in it, and its words."""
    named = [(item_text(item), [word for line in item for word in line.words]) for item in items_of(lines)]
    return [(text, words) for text, words in named if any(map(str.isalnum, text))]
