"""Zone 9b: `Nơi nhận`, bottom left beside the signature; it may go on over the next page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import Levenshtein

from sohoa.ocr.model import Field, around
from sohoa.ocr.understanding.foot import pieces_of, white_between
from sohoa.ocr.understanding.header import Layout
from sohoa.ocr.understanding.listing import has_dash, list_field, named_items
from sohoa.ocr.understanding.strips import Strip

NEXT_ITEM = 2.2  # letter heights of white within the list; its type is smaller than the page's
COLUMN = 4.0  # letter heights that a line may begin left of the heading or of its dashes
LEFT_PART = 0.58  # of the page's width: where the list's lines begin and are centred
NO_HEADING = 0.8  # the heading was not read; dashes down to `Lưu: VT` tell the list
LONGEST = 2000
_LAST = re.compile(r"^\W*l[uư]u\s*[:;.,]?\s*(?:v[ti1l]|v\.t|van thu|hs|ho so|vp)\b|^\W*l[uư]u\s*[:;]")
_NAMES_SOMETHING = re.compile(r"[^\W_]")
# The clerk's office is always VT (văn thư); worn print makes VI of it.
_OFFICE = re.compile(r"^(Lưu\s*:\s*)V[IÍÌl1]\b")


@dataclass(frozen=True, slots=True)
class Listed:
    """top: y of the heading, or of the first line where it was not read. lines: without the heading. headed: it was read."""

    top: int
    lines: tuple[Strip, ...]
    headed: bool
    ended: bool


def recipients(layouts: Sequence[Layout]) -> Field | None:
    """Every recipient, one a line, `Lưu: VT, NC` among them. The last page that has the list."""
    for at in range(len(layouts) - 1, -1, -1):
        listed = recipients_list(pieces_of(layouts[at]), layouts[at])
        if listed is None:
            continue
        here = named_items(listed.lines)
        if not here:
            continue
        further = [] if listed.ended else named_items([*listed.lines, *_carried_on(layouts[at + 1 : at + 2])])
        # An item may go on over the page; its box is told from this page's lines only.
        names = [_OFFICE.sub(r"\1VT", text) for text, _ in further or here]
        field = list_field(further or here, layouts[at].page.number, longest=LONGEST, doubt=1.0 if listed.headed else NO_HEADING)
        boxes = [word.bbox for line in listed.lines for word in line.words]
        return replace(field, value="\n".join(names)[:LONGEST], bbox=around(boxes)) if field else None
    return None


def recipients_list(pieces: Sequence[Strip], layout: Layout) -> Listed | None:
    """The list on this page. pieces: of `pieces_of`."""
    left = [piece for piece in pieces if piece.bbox[0] < 0.5 * layout.page.width and piece.centre < LEFT_PART * layout.page.width]
    for at, piece in enumerate(left):
        if _is_heading(piece):
            lines = _below(piece, left[at + 1 :], layout.unit)
            return Listed(piece.bbox[1], tuple(lines), True, _has_end(lines))
    return _without_heading(left, layout)


def _is_heading(piece: Strip) -> bool:
    letters = "".join(filter(str.isalpha, piece.folded))
    return len(letters) <= 10 and Levenshtein.distance(letters[:8], "noinhan") <= 1


def _below(heading: Strip, left: Sequence[Strip], unit: float) -> list[Strip]:
    lines: list[Strip] = []
    above = heading
    for piece in left:
        if white_between(above, piece) > NEXT_ITEM * unit:
            break
        if piece.bbox[0] < heading.bbox[0] - COLUMN * unit or not _NAMES_SOMETHING.search(piece.text):
            continue
        lines.append(piece)
        above = piece
        if _LAST.match(piece.folded):
            break
    return lines


def _has_end(lines: Sequence[Strip]) -> bool:
    return any(_LAST.match(line.folded) for line in lines)


def _without_heading(left: Sequence[Strip], layout: Layout) -> Listed | None:
    end = next((at for at, piece in enumerate(left) if _LAST.match(piece.folded) and _low(piece, layout)), None)
    if end is None:
        return None
    start = end
    while start and has_dash(left[start - 1]) and white_between(left[start - 1], left[start]) < NEXT_ITEM * layout.unit:
        start -= 1
    return Listed(left[start].bbox[1], tuple(left[start : end + 1]), False, True) if end > start else None


def _low(piece: Strip, layout: Layout) -> bool:
    return piece.bbox[1] > 0.1 * layout.page.height


def _carried_on(following: Sequence[Layout]) -> list[Strip]:
    """The end of the list at the top of the next page, where it ends with `Lưu`."""
    for layout in following:
        left = [piece for piece in pieces_of(layout) if piece.bbox[0] < 0.5 * layout.page.width]
        end = next((at for at, piece in enumerate(left) if _LAST.match(piece.folded)), None)
        if end is not None and left[end].bbox[1] < 0.5 * layout.page.height:
            return left[: end + 1]
    return []
