"""Zone 9a: `Kính gửi`, with one name on its line or several below it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sohoa.ocr.model import Field
from sohoa.ocr.understanding.foot import lines_of, white_between
from sohoa.ocr.understanding.header import Layout
from sohoa.ocr.understanding.listing import has_dash, list_field, named_items
from sohoa.ocr.understanding.strips import Strip

UPPER_PART = 0.6  # of the page's height
NEXT_LINE = 0.9  # letter heights of white inside the list; before the text below there is more
LONGEST = 1000
MOST_LINES = 40
_BEGINS = re.compile(r"^\W*k[ií]?nh\s?g[uư][iỉ]\b\s*[:;.,]*\s*")


def addressee(layout: Layout) -> Field | None:
    """To whom a paper is written, one a line."""
    pieces = lines_of(layout)
    for at, piece in enumerate(pieces):
        begins = _BEGINS.match(piece.folded)
        if not begins or piece.bbox[1] > UPPER_PART * layout.page.height:
            continue
        rest = piece.text[begins.end() :].strip()
        column = [p for p in pieces[at + 1 : at + 1 + MOST_LINES] if p.bbox[2] > piece.bbox[0]]
        if any(map(str.isalnum, rest)):
            return _one(piece, begins.end(), column, layout)
        return _several(piece, column, layout)
    return None


def _one(first: Strip, start: int, below: Sequence[Strip], layout: Layout) -> Field | None:
    """One name, which may run on: its further lines stand as far right as the name itself does."""
    own = first.words_at(start, len(first.text))
    lines: list[Strip] = []
    above = first
    for piece in below:
        if white_between(above, piece) > NEXT_LINE * layout.unit or above.text.endswith((".", ";")):
            break
        if has_dash(piece) or piece.bbox[0] < own[0].bbox[0] - layout.unit:
            break
        lines.append(piece)
        above = piece
    listed = _with_dashes(below[len(lines) :], above, layout)
    value = " ".join([first.text[start:], *(line.text for line in lines)]).strip(" .,:;-–_|")
    words = [*own, *(word for line in lines for word in line.words)]
    return list_field([(value, words), *named_items(listed)], first.page, longest=LONGEST) if value else None


def _with_dashes(below: Sequence[Strip], above: Strip, layout: Layout) -> list[Strip]:
    """`Kính gửi: - Sở A;` with the others below, each with its dash."""
    listed: list[Strip] = []
    for piece in below:
        if white_between(above, piece) > NEXT_LINE * layout.unit or (not has_dash(piece) and not listed):
            break
        listed.append(piece)
        above = piece
        if piece.text.endswith("."):
            break
    return listed


def _several(heading: Strip, below: Sequence[Strip], layout: Layout) -> Field | None:
    lines: list[Strip] = []
    above = heading
    for piece in below:
        # A gap in front of the first name only says that the heading stands apart.
        allowed = NEXT_LINE if lines else 2 * NEXT_LINE
        if white_between(above, piece) > allowed * layout.unit or piece.bbox[0] < heading.bbox[0] - layout.unit:
            break
        lines.append(piece)
        above = piece
        if piece.text.endswith((".", "./.")) and not piece.text.endswith(("TP.", "Tp.")):
            break
    return list_field(named_items(lines), heading.page, longest=LONGEST)
