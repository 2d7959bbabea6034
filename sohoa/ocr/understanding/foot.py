"""Lines as they were set: the two columns of a foot apart, the parts of one line together. Readers join and part them otherwise.

Source: NĐ 30/2020/NĐ-CP, Phụ lục I, zones 7 and 9b.
"""

from __future__ import annotations

from sohoa.ocr.understanding.header import Layout
from sohoa.ocr.understanding.strips import APART, Strip, parted, strip_of

_LEFT_OUT = frozenset({"stamp_text", "page_number", "footer"})


def pieces_of(layout: Layout) -> tuple[Strip, ...]:
    """Every strip of the page, cut where there is more white than between words; top to bottom, left before right.

    Page numbers, footers and the words of stamps, where the reader told us of them, are left out.
    """
    out = {word.bbox for line in layout.page.lines if line.zone in _LEFT_OUT for word in line.words}
    cut = [piece for strip in layout.strips for piece in parted(strip, layout.unit)]
    kept = [piece for piece in cut if not all(word.bbox in out for word in piece.words)]
    return tuple(sorted(kept, key=lambda piece: (piece.bbox[1], piece.bbox[0])))


def lines_of(layout: Layout) -> tuple[Strip, ...]:
    """As `pieces_of`, and parts of one line that the reader took apart are together again.

    Not for the foot: there the scraps of a seal would join what stands beside it.
    """
    return tuple(piece for row in _rows(list(pieces_of(layout))) for piece in _mended(row, layout.unit))


def _rows(pieces: list[Strip]) -> list[list[Strip]]:
    """Pieces that stand beside one another, each row from left to right."""
    rows: list[list[Strip]] = []
    for piece in sorted(pieces, key=lambda piece: (piece.bbox[1] + piece.bbox[3], piece.bbox[0])):
        last = rows[-1][-1] if rows else None
        if last is not None and _beside(last, piece):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda piece: piece.bbox[0]) for row in rows]


def _beside(one: Strip, other: Strip) -> bool:
    shared = min(one.bbox[3], other.bbox[3]) - max(one.bbox[1], other.bbox[1])
    across = one.bbox[2] <= other.bbox[0] or other.bbox[2] <= one.bbox[0]
    return across and shared > 0.6 * min(one.height, other.height)


def _mended(row: list[Strip], unit: float) -> list[Strip]:
    made: list[Strip] = []
    for piece in row:
        if made and 0 <= piece.bbox[0] - made[-1].bbox[2] <= APART * unit:
            made[-1] = strip_of([*made[-1].words, *piece.words], piece.page)
        else:
            made.append(piece)
    return made


def white_between(above: Strip, below: Strip) -> int:
    """Pixels; below 0 where they overlap."""
    return below.bbox[1] - above.bbox[3]
