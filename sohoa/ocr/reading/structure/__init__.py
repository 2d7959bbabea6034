"""The structure of a page that was read: what each line is, in which order a person reads them, what a pen wrote.

`structured(page, pixels)` gives back the same words. Lines that a reader ran over both columns of a head or a foot are cut there,
parts of one number or date that it took apart are one line again, head and foot stand in the order of their zones, and every line
bears its zone (names in zones.py). Ordinary prose, columns of a text and tables stay in the order in which they were read.
`signatures(page, pixels)` says where a pen signed a page that is structured.
"""

from __future__ import annotations

from dataclasses import replace

from sohoa.ocr.imaging.preparing.pixels import Colour, Grey
from sohoa.ocr.model import PageText, Table
from sohoa.ocr.reading.structure.foot import with_foot
from sohoa.ocr.reading.structure.head import with_head
from sohoa.ocr.reading.structure.middle import with_margins, with_middle
from sohoa.ocr.reading.structure.order import downwards
from sohoa.ocr.reading.structure.pens import with_pens, with_strokes
from sohoa.ocr.reading.structure.pieces import Piece, mended, pieces_of
from sohoa.ocr.reading.structure.signatures import signatures

__all__ = ["signatures", "structured"]


def structured(page: PageText, *, pixels: Grey | Colour | None = None) -> PageText:
    """`page` with zones, its lines cut and ordered; `tables` point to the same lines as before, by their new numbers.

    pixels: of the upright page, as large as the page; without them no word is marked as handwritten.
    """
    pieces, sheet = pieces_of(page)
    if not pieces:
        return page
    pieces = with_margins(with_head(pieces, sheet), sheet, page.seals)
    pieces = mended(with_foot(pieces, sheet), sheet)
    pieces = downwards(with_middle(pieces, sheet), sheet)
    made = replace(page, lines=tuple(piece.line() for piece in pieces), tables=_renumbered(page, pieces))
    if pixels is None:
        return made
    signed = signatures(made, pixels)
    return replace(made, lines=tuple(with_strokes(with_pens(line, pixels), signed) for line in made.lines), signatures=signed)


def _renumbered(page: PageText, pieces: list[Piece]) -> tuple[Table, ...]:
    now = {piece.number: place for place, piece in enumerate(pieces) if piece.fixed}
    return tuple(
        replace(
            table, cells=tuple(replace(cell, lines=tuple(now[line] for line in cell.lines if line in now)) for cell in table.cells)
        )
        for table in page.tables
    )
