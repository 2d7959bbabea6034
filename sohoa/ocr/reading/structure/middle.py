"""What stands between head and foot, and around all: title, subject, addressee, body, page numbers, stamps.

Source: NĐ 30/2020/NĐ-CP, Phụ lục I, zones 5a, 6 and 9a.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from sohoa.ocr.model import Box, around
from sohoa.ocr.reading.structure import phrases, zones
from sohoa.ocr.reading.structure.pieces import Piece, Sheet

# Of the page's height: page numbers stand above the first or below the second; what else stands below the third is a footer; a title
# stands above the last.
NUMBER_ABOVE, NUMBER_BELOW, FOOTER_BELOW, TITLE_ABOVE = 0.09, 0.9, 0.945, 0.62
OFF_CENTRE = 0.1  # of the page's width
# White (letter heights) between the lines of a title, of a subject, of an addressee; above a number that stands below the title.
NEXT_LINE, NUMBER_LINE = 1.0, 2.5
MOST_LINES = 8
UNSURE = 0.8
# A citizen's place and date stand at the foot, so they do not tell where the head ends.
HEAD = (zones.NATIONAL_HEADER, zones.AGENCY, zones.CODE_NUMBER)
_PAGE_NUMBER = re.compile(r"^\W*(?:trang )?\d{1,3}\W*(?:/\W*\d{1,3})?\W*$")


def with_margins(pieces: Sequence[Piece], sheet: Sheet, seals: Sequence[Box]) -> list[Piece]:
    """Page numbers, footers and the text of stamps named. To be called before the foot is looked for, after the head."""
    tops = [piece.middle for piece in pieces if piece.zone]
    top = min(tops, default=0.0)
    return [
        replace(piece, zone=_margin(piece, sheet, top, seals)) if not piece.zone and not piece.fixed else piece for piece in pieces
    ]


def _margin(piece: Piece, sheet: Sheet, top: float, seals: Sequence[Box]) -> str:
    y = piece.middle / sheet.height
    if (y < NUMBER_ABOVE or y > NUMBER_BELOW) and _PAGE_NUMBER.match(piece.folded):
        return zones.PAGE_NUMBER
    if y > FOOTER_BELOW:
        return zones.FOOTER
    if phrases.SIGNED_BY.search(piece.folded) and piece.x0 > 0.35 * sheet.width and y < 0.25:
        return zones.STAMP_TEXT
    # Above the head there is nothing but stamps: of the digital signature, of the gazette, of the arrival.
    if piece.middle < top - 1.2 * sheet.unit:
        return zones.STAMP_TEXT
    return zones.STAMP_TEXT if _within_a_seal(piece, seals) else ""


def _within_a_seal(piece: Piece, seals: Sequence[Box]) -> bool:
    """Letters of the seal itself: small and short, wholly inside. A signer's position is as near, but read surely."""
    x0, y0, x1, y1 = around(word.bbox for word in piece.words)
    inside = any(seal[0] <= x0 and x1 <= seal[2] and seal[1] <= y0 and y1 <= seal[3] for seal in seals)
    return inside and all(word.confidence < UNSURE for word in piece.words)


def with_middle(pieces: Sequence[Piece], sheet: Sheet) -> list[Piece]:
    """Title, subject and addressee named below a head; all the rest is body."""
    named = {number: piece.zone for number, piece in enumerate(pieces) if piece.zone}
    named |= dict.fromkeys((number for number, piece in enumerate(pieces) if piece.fixed), zones.TABLE)
    bottom = max((piece.middle for piece in pieces if piece.zone in HEAD), default=None)
    open_ = sorted((number for number in range(len(pieces)) if number not in named), key=lambda number: pieces[number].middle)
    annex = next((number for number in open_ if _is_annex(pieces[number], sheet)), None)
    if annex is not None and bottom is None:
        named |= _title([number for number in open_ if pieces[number].middle >= pieces[annex].middle], pieces, sheet)
    if bottom is not None:
        open_ = [number for number in open_ if pieces[number].middle > bottom - sheet.unit / 2]
        named |= _title(open_, pieces, sheet)
        named |= _addressee([number for number in open_ if number not in named], pieces, sheet)
    return [replace(piece, zone=named.get(number, zones.BODY)) for number, piece in enumerate(pieces)]


def _title(below: Sequence[int], pieces: Sequence[Piece], sheet: Sheet) -> dict[int, str]:
    """The first lines under the head, in capitals and centred, and what is centred right below them."""
    found: dict[int, str] = {}
    last: Piece | None = None
    for number in below:
        piece = pieces[number]
        if piece.middle > TITLE_ABOVE * sheet.height or (last is None and phrases.DEAR.search(piece.folded)):
            break
        if last is None:
            if phrases.in_capitals(piece.text) and _centred(piece, sheet.width / 2, sheet):
                found[number] = zones.TITLE
                last = piece
            elif _full(piece, sheet):
                break
            continue
        if phrases.NUMBER.search(piece.folded) and _white(last, piece) < NUMBER_LINE * sheet.unit:
            found[number] = zones.CODE_NUMBER
            break
        if _white(last, piece) > NEXT_LINE * sheet.unit or len(found) > MOST_LINES or phrases.DEAR.search(piece.folded):
            break
        in_title = zones.SUBJECT not in found.values() and phrases.in_capitals(piece.text)
        if phrases.GROUNDS.search(piece.folded) or not _centred(piece, last.centre, sheet):
            break
        found[number] = zones.TITLE if in_title else zones.SUBJECT
        last = piece
    return found


def _is_annex(piece: Piece, sheet: Sheet) -> bool:
    centred = _centred(piece, sheet.width / 2, sheet)
    return centred and phrases.in_capitals(piece.text) and bool(phrases.ANNEX.search(piece.folded))


def _addressee(below: Sequence[int], pieces: Sequence[Piece], sheet: Sheet) -> dict[int, str]:
    """`Kính gửi` and the lines set in under it."""
    found: dict[int, str] = {}
    last: Piece | None = None
    for number in below:
        piece = pieces[number]
        if last is None:
            if piece.middle > TITLE_ABOVE * sheet.height:
                break
            if not phrases.DEAR.search(piece.folded):
                continue
        elif (
            _white(last, piece) > NEXT_LINE * sheet.unit
            or piece.x0 < sheet.left + 1.5 * sheet.unit
            or last.text.endswith(".")
            or phrases.GROUNDS.search(piece.folded)
        ):
            break
        found[number] = zones.ADDRESSEE
        last = piece
    return found


def _white(above: Piece, below: Piece) -> float:
    return min(box[1] for box in below.boxes) - max(box[3] for box in above.boxes)


def _centred(piece: Piece, at: float, sheet: Sheet) -> bool:
    return abs(piece.centre - at) <= OFF_CENTRE * sheet.width


def _full(piece: Piece, sheet: Sheet) -> bool:
    return piece.x1 - piece.x0 > 0.6 * sheet.width
