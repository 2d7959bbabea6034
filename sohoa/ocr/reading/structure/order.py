"""The whole page from the top, where it has but one column between head and foot."""

from __future__ import annotations

from collections.abc import Sequence

from sohoa.ocr.reading.structure import zones
from sohoa.ocr.reading.structure.pieces import Piece, Sheet

SAME_ROW = 0.5  # letter heights
_HEAD = frozenset({zones.AGENCY, zones.NATIONAL_HEADER, zones.CODE_NUMBER, zones.PLACE_DATE})
_FOOT = frozenset({zones.RECIPIENTS, zones.SIGNATURE})


def downwards(pieces: Sequence[Piece], sheet: Sheet) -> list[Piece]:
    """Readers that find blocks of text sometimes read one too late. Where no two lines stand side by side there is only one order;
    other pages stay as they are. Head, foot and tables move as wholes and count with their highest line.
    """
    groups: list[list[Piece]] = []
    kind = ""
    for piece in pieces:
        before, kind = kind, _kind(piece, kind)
        if kind and kind == before:
            groups[-1].append(piece)
        else:
            groups.append([piece])
    single = [group[0] for group in groups if not _kind(group[0], "") and group[0].zone != zones.STAMP_TEXT]
    if any(_beside(one, two, sheet) for number, one in enumerate(single) for two in single[number + 1 :]):
        return list(pieces)
    groups.sort(key=lambda group: min(piece.middle for piece in group))
    return [piece for group in groups for piece in group]


def _kind(piece: Piece, before: str) -> str:
    if piece.fixed:
        return "table"
    if piece.zone in _HEAD or (piece.zone == zones.SUBJECT and before == "head"):
        return "head"
    return "foot" if piece.zone in _FOOT else ""


def _beside(one: Piece, two: Piece, sheet: Sheet) -> bool:
    apart = one.x1 <= two.x0 or two.x1 <= one.x0
    return apart and abs(one.middle - two.middle) < SAME_ROW * sheet.unit
