"""The foot of a paper: `Nơi nhận` on the left and who signs on the right, or two who sign side by side.

Source: NĐ 30/2020/NĐ-CP, Phụ lục I, zones 7 and 9b. Read as it is written: the left column down to its end, then the right one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sohoa.ocr.reading.structure import phrases, zones
from sohoa.ocr.reading.structure.pieces import Piece, Sheet, cut_at, gaps, joined

# In letter heights: white between two columns that a reader joined; how far above `Nơi nhận` the signer's block may begin; how far
# below the last line of a signer's block his name may stand (the signature is between them).
APART, RISE, SIGNED = 1.5, 4.5, 16.0
# Of the page's width: a right column begins right of the first, and its headings are centred right of the second; what reaches over
# both of the last two is no column.
RIGHT, CENTRED, LEFT_END, RIGHT_END = 0.36, 0.55, 0.3, 0.66
LISTED = 2  # lines that begin with a dash make a list of recipients
UPPER = 0.04  # of the page's height: above it stand only page numbers and stamps


@dataclass(frozen=True, slots=True)
class _Foot:
    """top: where it begins. left: where `Nơi nhận` begins, None without recipients."""

    top: float
    left: float | None


def with_foot(pieces: Sequence[Piece], sheet: Sheet) -> list[Piece]:
    """The pieces with those of the foot cut, named and in order, where the first of them stood. Without a foot as they are."""
    foot = _foot_of(pieces, sheet)
    if foot is None:
        return list(pieces)
    end = _end(pieces, foot, sheet)
    mine = [number for number, piece in enumerate(pieces) if _free(piece) and foot.top <= piece.middle < end]
    left: list[Piece] = []
    right: list[Piece] = []
    for number in mine:
        for cut in _columns(pieces[number], sheet):
            column, zone = _place(cut, foot, sheet)
            (left if column == "left" else right).append(replace(cut, zone=zone))
    right = _with_whole_date(right, sheet)
    if sum(piece.text.startswith("-") for piece in left) >= LISTED:  # the words `Nơi nhận` themselves were not read
        left = [replace(piece, zone=zones.RECIPIENTS) for piece in left]
    ordered = [*_down(left), *_down(right)]
    ahead = [piece for number, piece in enumerate(pieces) if number not in mine and number < mine[0]]
    return [*ahead, *ordered, *(piece for number, piece in enumerate(pieces) if number not in mine and number > mine[0])]


def _free(piece: Piece) -> bool:
    return not piece.zone and not piece.fixed


def _foot_of(pieces: Sequence[Piece], sheet: Sheet) -> _Foot | None:
    free = [piece for piece in pieces if _free(piece) and piece.middle > UPPER * sheet.height]
    recipients = next((piece for piece in free if _begins_recipients(piece, sheet)), None)
    headings = sorted(
        piece.middle for piece in free for cut in _columns(piece, sheet) if _heads(cut, sheet) and _is_signed(cut, free, sheet)
    )
    slack = sheet.unit / 2
    if recipients is not None:
        near = [y for y in headings if recipients.middle - RISE * sheet.unit < y < recipients.middle]
        return _Foot(min([recipients.middle, *near]) - slack, float(recipients.x0))
    if not headings:
        return None
    # A citizen writes place and date above his name; an agency has them in its head.
    dated = [piece.middle for piece in free if _dates(piece, sheet) and 0 < headings[0] - piece.middle < RISE * sheet.unit]
    return _Foot(min([headings[0], *dated]) - slack, None)


def _with_whole_date(right: Sequence[Piece], sheet: Sheet) -> list[Piece]:
    """A place that a reader took from its date belongs to it."""
    rows = [piece.middle for piece in right if piece.zone == zones.PLACE_DATE]
    return [replace(p, zone=zones.PLACE_DATE) if any(abs(p.middle - y) < sheet.unit / 2 for y in rows) else p for p in right]


def _dates(piece: Piece, sheet: Sheet) -> bool:
    return piece.x0 > RIGHT * sheet.width and bool(phrases.DATE.search(piece.folded))


def _begins_recipients(piece: Piece, sheet: Sheet) -> bool:
    return piece.x0 < LEFT_END * sheet.width and bool(phrases.RECIPIENTS.search(piece.folded))


def _heads(piece: Piece, sheet: Sheet) -> bool:
    """`KT. CHỦ TỊCH`, `NGƯỜI LÀM ĐƠN`: right of the middle, in capitals, and narrower than its half of the page."""
    if piece.centre < CENTRED * sheet.width or piece.x0 < RIGHT * sheet.width or not phrases.in_capitals(piece.text):
        return False
    return bool(phrases.CAPACITY.search(piece.folded) or phrases.POSITION.search(piece.folded))


def _is_signed(heading: Piece, pieces: Sequence[Piece], sheet: Sheet) -> bool:
    """Below it no line runs over the page before there was room for a signature."""
    return not any(
        0.5 * sheet.unit < piece.middle - heading.middle < SIGNED / 4 * sheet.unit and _runs_over(piece, sheet) for piece in pieces
    )


def _runs_over(piece: Piece, sheet: Sheet) -> bool:
    if piece.x0 > LEFT_END * sheet.width or piece.x1 < RIGHT_END * sheet.width:
        return False
    return len(_columns(piece, sheet)) == 1


def _end(pieces: Sequence[Piece], foot: _Foot, sheet: Sheet) -> float:
    """The next line that runs over the page, or a table, ends the foot."""
    below = (piece for piece in pieces if piece.middle > foot.top + sheet.unit and not piece.zone)
    return min((piece.middle for piece in below if piece.fixed or _runs_over(piece, sheet)), default=float("inf"))


def _columns(piece: Piece, sheet: Sheet) -> tuple[Piece, ...]:
    """Cut at the widest white between a left and a right column."""
    wide = [gap for gap in gaps(piece) if gap[0] >= APART * sheet.unit and piece.boxes[gap[2]][0] > RIGHT * sheet.width]
    return cut_at(piece, max(wide)[2]) if wide and piece.x0 < RIGHT * sheet.width else (piece,)


def _place(piece: Piece, foot: _Foot, sheet: Sheet) -> tuple[str, str]:
    """Its column and zone."""
    on_left = piece.x0 < RIGHT * sheet.width and piece.centre < CENTRED * sheet.width
    if on_left and foot.left is not None:
        return "left", zones.RECIPIENTS
    dated = foot.left is None and _dates(piece, sheet) and piece.middle < foot.top + 1.5 * sheet.unit
    return ("left" if on_left else "right"), zones.PLACE_DATE if dated else zones.SIGNATURE


def _down(column: Sequence[Piece]) -> list[Piece]:
    return sorted(joined(column), key=lambda piece: piece.middle)
