"""The head of a paper: two columns that share their heights, or the national name alone over the whole width.

Source: NĐ 30/2020/NĐ-CP, Phụ lục I, zones 1 to 4 and 5b. Word processors hold it in a table of two rows, names above, number and
date below, and so it is read: agency, national name, number, subject of a letter, place and date.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sohoa.kernel.text import fold
from sohoa.ocr.reading.structure import phrases, zones
from sohoa.ocr.reading.structure.pieces import Piece, Sheet, cut_at, gaps, joined, part

# All in letter heights. What stands this far above the national name is no agency but a stamp; how far below the motto number and
# date may stand; the agency where no number is read ends so near the motto.
ABOVE, BELOW, AGENCY = 2.5, 14.0, 3.0
# White between two columns that a reader joined; and between the lines of one paragraph in the left column.
APART, NEXT_LINE = 1.2, 0.9
SAME_ROW = 0.6
PLACE = 5  # words before `ngày`: `Bà Rịa - Vũng Tàu,`
UPPER_PART = 0.5  # of the page's height
# Of the page's width. Centred on the page, the national name has no column beside it; a left column's lines are centred left of the
# second figure; a date begins right of the third.
RIGHT_COLUMN, LEFT_COLUMN, DATE_FROM = 0.57, 0.43, 0.33
ORDER = (zones.AGENCY, zones.NATIONAL_HEADER, zones.CODE_NUMBER, zones.SUBJECT, zones.PLACE_DATE)


@dataclass(frozen=True, slots=True)
class _Anchor:
    """Where national name and motto stand. column: where they begin; the left column ends before it."""

    column: float
    top: float
    bottom: float
    two_columns: bool


def with_head(pieces: Sequence[Piece], sheet: Sheet) -> list[Piece]:
    """The pieces with those of the head cut, named and in order, where the first of them stood. Without a head as they are."""
    anchor = _anchor(pieces, sheet)
    if anchor is None:
        return list(pieces)
    parts = [(number, cut) for number, piece in enumerate(pieces) for cut in _columns(piece, anchor, sheet)]
    named = _named([cut for _, cut in parts], anchor, sheet)
    lines_cut = {number for place, (number, _) in enumerate(parts) if place in named}
    if not lines_cut:
        return list(pieces)
    head = joined([replace(cut, zone=named[place]) for place, (_, cut) in enumerate(parts) if place in named])
    head.sort(key=lambda piece: (ORDER.index(piece.zone), piece.middle))
    ahead = list(pieces[: min(lines_cut)])
    for place, (number, cut) in enumerate(parts):
        if number in lines_cut and place not in named:
            head.append(cut)
    return [*ahead, *head, *(piece for number, piece in enumerate(pieces) if number >= len(ahead) and number not in lines_cut)]


def _anchor(pieces: Sequence[Piece], sheet: Sheet) -> _Anchor | None:
    nation = _found(pieces, sheet, phrases.NATION)
    motto = _found(pieces, sheet, phrases.MOTTO)
    if nation is not None and motto is not None and not 0 < motto.middle - nation.middle < 8 * sheet.unit:
        motto = None
    found = [piece for piece in (nation, motto) if piece is not None]
    if not found:
        return None
    x0, x1 = min(piece.x0 for piece in found), max(piece.x1 for piece in found)
    beside = (x0 + x1) / 2 > RIGHT_COLUMN * sheet.width
    return _Anchor(x0 - 0.3 * sheet.unit, found[0].middle - sheet.unit / 2, found[-1].middle + sheet.unit / 2, beside)


def _found(pieces: Sequence[Piece], sheet: Sheet, said: tuple[str, ...]) -> Piece | None:
    """The words that say it, from the first line of the upper part that does."""
    for piece in sorted(pieces, key=lambda piece: piece.middle):
        if piece.fixed or piece.middle > sheet.height * UPPER_PART:
            continue
        span = phrases.span_of(piece, said)
        if span is not None:
            return part(piece, span[0], span[1] + 1)
    return None


def _columns(piece: Piece, anchor: _Anchor, sheet: Sheet) -> tuple[Piece, ...]:
    """A line of the head cut between its columns; any other as it is."""
    if not anchor.two_columns or not _in_band(piece, anchor, sheet):
        return (piece,)
    for said in (phrases.NATION, phrases.MOTTO):
        span = phrases.span_of(piece, said)
        if span is not None:
            return tuple(cut for cut in (part(piece, 0, span[0]), part(piece, span[0], len(piece.words))) if cut)
    number = _date_begins(piece)
    if number:
        return cut_at(piece, number)
    between = LEFT_COLUMN / 2 * sheet.width, anchor.column + 2 * sheet.unit
    widest = max((gap for gap in gaps(piece) if between[0] < gap[1] + gap[0] / 2 < between[1]), default=None)
    if widest is None or widest[0] < APART * sheet.unit:
        return (piece,)
    return cut_at(piece, widest[2])


def _date_begins(piece: Piece) -> int:
    """The word with which `Hòa An, ngày …` begins behind a number or a subject; 0 where nothing stands before it, or no date.

    The widest white before them is the one between the columns.
    """
    day = next((at for at, word in enumerate(piece.words) if at and fold(word.text).startswith("ngay")), 0)
    if not day or not phrases.DATE.search(piece.folded):
        return 0
    if not (phrases.NUMBER.search(piece.folded) or phrases.ABOUT.search(piece.folded)):
        return 0
    return max(gap for gap in gaps(piece) if day - PLACE <= gap[2] < day)[2] if day > 1 else 0


def _in_band(piece: Piece, anchor: _Anchor, sheet: Sheet) -> bool:
    return not piece.fixed and anchor.top - ABOVE * sheet.unit <= piece.middle <= anchor.bottom + BELOW * sheet.unit


def _named(parts: Sequence[Piece], anchor: _Anchor, sheet: Sheet) -> dict[int, str]:
    """Zones of the head's parts by their places."""
    band = sorted((place for place, piece in enumerate(parts) if _in_band(piece, anchor, sheet)), key=lambda at: parts[at].middle)
    zone: dict[int, str] = {}
    for at in band:
        if parts[at].middle < anchor.bottom + sheet.unit and _says_the_nation(parts[at]):
            zone[at] = zones.NATIONAL_HEADER
    if not anchor.two_columns:
        return zone
    lowest = max((parts[at].middle for at in zone), default=0.0)
    for at in band:  # the national name over two lines
        if at not in zone and parts[at].x0 >= anchor.column and parts[at].middle < lowest and anchor.top < parts[at].middle:
            zone[at] = zones.NATIONAL_HEADER
    left = [at for at in band if at not in zone and _in_left(parts[at], anchor, sheet)]
    right = [at for at in band if at not in zone and at not in left]
    number = next((at for at in left if phrases.NUMBER.search(parts[at].folded)), None)
    dated = next((at for at in right if _dates(parts[at], anchor, sheet)), None)
    row = parts[number].middle if number is not None else parts[dated].middle if dated is not None else None
    limit = row - SAME_ROW * sheet.unit if row is not None else anchor.bottom + AGENCY * sheet.unit
    for first, column, name in ((number, left, zones.CODE_NUMBER), (dated, right, zones.PLACE_DATE)):
        if first is not None:
            zone |= dict.fromkeys(_same_row(first, column, parts, sheet), name)
    zone |= dict.fromkeys(
        (at for at in left if parts[at].middle < min(limit, anchor.bottom + BELOW / 2 * sheet.unit)), zones.AGENCY
    )
    below = [at for at in left if at not in zone and parts[at].middle > limit]
    return zone | dict.fromkeys(_subject(below, parts, sheet), zones.SUBJECT)


def _says_the_nation(piece: Piece) -> bool:
    return any(phrases.span_of(piece, said) for said in (phrases.NATION, phrases.MOTTO))


def _in_left(piece: Piece, anchor: _Anchor, sheet: Sheet) -> bool:
    # Rules under the columns are read as dots and dashes.
    said = [box for word, box in zip(piece.words, piece.boxes, strict=True) if any(map(str.isalnum, word.text))] or piece.boxes
    x0, x1 = min(box[0] for box in said), max(box[2] for box in said)
    return x1 <= anchor.column + 2 * sheet.unit and (x0 + x1) / 2 < LEFT_COLUMN * sheet.width


def _dates(piece: Piece, anchor: _Anchor, sheet: Sheet) -> bool:
    below = piece.middle > anchor.bottom - sheet.unit
    return below and piece.x0 > DATE_FROM * sheet.width and bool(phrases.DATE.search(piece.folded))


def _same_row(first: int, column: Iterable[int], parts: Sequence[Piece], sheet: Sheet) -> list[int]:
    """A number or a date, and what else of it a reader made a line of its own."""
    return [at for at in column if at == first or abs(parts[at].middle - parts[first].middle) < SAME_ROW * sheet.unit]


def _subject(below: Sequence[int], parts: Sequence[Piece], sheet: Sheet) -> list[int]:
    """`V/v …` and the lines close under it."""
    chosen: list[int] = []
    for at in below:
        if not chosen and not phrases.ABOUT.search(parts[at].folded):
            continue
        if chosen and (
            parts[at].middle - parts[chosen[-1]].middle > (1 + NEXT_LINE) * sheet.unit or phrases.DEAR.search(parts[at].folded)
        ):
            break
        chosen.append(at)
    return chosen
