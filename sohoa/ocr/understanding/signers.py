"""Zone 7: who signed, as what, and for whom. Right of the middle on the last page that has a signature block.

    found = signature(layouts, lexicon)      # Signature(name, position, capacity), each a Field or None
    found.capacity.value                     # "TM. ỦY BAN NHÂN DÂN\nKT. CHỦ TỊCH"
    position_sentence("PHÓ CHỦ TỊCH", lexicon)   # "Phó Chủ tịch" (capacity.py)

Of two blocks side by side (Người lập – Thủ trưởng) the right one is the signer's. Where both are of one rank nobody is certain.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sohoa.kernel.text import fold
from sohoa.ocr.model import Alternative, Field, Word
from sohoa.ocr.understanding.agencies import NOTHING_KNOWN
from sohoa.ocr.understanding.capacity import Capacity, capacity_of, is_position, is_role, position_of
from sohoa.ocr.understanding.foot import pieces_of, white_between
from sohoa.ocr.understanding.header import Layout
from sohoa.ocr.understanding.lexicon import Lexicon, tone_free_order, words_said
from sohoa.ocr.understanding.persons import name_in
from sohoa.ocr.understanding.positions import position_in
from sohoa.ocr.understanding.recipients import recipients_list
from sohoa.ocr.understanding.strips import Strip, field_of, strip_of

# Of the page's width: the block is centred near 0.72. An authority named in capitals under the title is centred near 0.53.
RIGHT_PART = 0.58
NEXT_LINE = 2.5  # letter heights between the lines above one signature; scraps of a seal may stand between
RIGHT_ABOVE = 1.3  # letter heights: a title this near above the name is the signer's other office, not what the paper is signed as
ONE_BLOCK = 16.0  # letter heights from the position down to the name
_MENDED = 0.85
_SCRAP = 0.12
_EQUAL = 0.5  # two signers of one rank
_SAID_AGAIN = 0.4  # of the doubt remains when the paper writes the same name, tones included, once more
_OTHER_TONES = 0.7
_NO_HEAD = 0.8  # nothing above the name says as what it was signed
_STAMP_ONLY = 0.7  # only the text of an electronic signature's stamp says the name
_STAMP = re.compile(r"^\W{0,3}(?:nguoi ky|ky boi|ky so boi|duoc ky boi|signed by|signer)\s*[:.]\s*(?=\w)")


@dataclass(frozen=True, slots=True)
class Signature:
    """capacity: TM., KT., TL., TUQ., Q. lines, one a line."""

    name: Field | None
    position: Field | None
    capacity: Field | None


@dataclass(frozen=True, slots=True)
class _Block:
    """lines: capacity and position, top to bottom. below: what stands under them in their column."""

    lines: tuple[Strip, ...]
    below: tuple[Strip, ...]


NOBODY = Signature(None, None, None)


def signature(layouts: Sequence[Layout], lexicon: Lexicon = NOTHING_KNOWN) -> Signature:
    """A position under `KT.` that is not a deputy's was misread (the line lost its PHÓ) and is left out."""
    for layout in reversed(layouts):
        pieces = pieces_of(layout)
        block = _block(pieces, layout, lexicon)
        if block is None:
            name = _beside_the_recipients(pieces, layout)
            if name:
                return Signature(name, None, None)
            continue
        name = _name(block, layout)
        name = _compared(name, layouts) if name else None
        other = _equal(block, pieces, layout, lexicon)
        if name and other and other != name.value:
            name = replace(name, confidence=round(name.confidence * _EQUAL, 4), alternatives=(Alternative(other, 0.4),))
        position = position_in(block.lines, block.below, layout.unit, lexicon)
        return Signature(name, position, _capacity(block, lexicon))
    return NOBODY


def _block(pieces: Sequence[Strip], layout: Layout, lexicon: Lexicon) -> _Block | None:
    right = [_without_scraps(piece) for piece in pieces if piece.centre > RIGHT_PART * layout.page.width]
    heads = [at for at, piece in enumerate(right) if _is_head(piece, lexicon)]
    if not heads:
        return None
    groups: list[list[int]] = []
    for at in heads:
        if groups and white_between(right[groups[-1][-1]], right[at]) <= NEXT_LINE * layout.unit:
            groups[-1].append(at)
        else:
            groups.append([at])
    chosen = groups[-1]
    if len(groups) > 1 and _second_office(right, groups, layout.unit):
        chosen = groups[-2]
    return _Block(tuple(right[at] for at in chosen), tuple(right[chosen[-1] + 1 :]))


def _without_scraps(piece: Strip) -> Strip:
    """A seal's rim is read as words before and behind a position; they are hardly believed by their reader."""
    words = [word for word in piece.words if word.confidence >= _SCRAP]
    return strip_of(words, piece.page) if words and len(words) < len(piece.words) else piece


def _second_office(right: Sequence[Strip], groups: Sequence[Sequence[int]], unit: float) -> bool:
    """`TRƯỞNG BAN … CHỦ TỊCH UBND TỈNH / Nguyễn Văn A`: the lower title belongs to the name, the upper one to the paper."""
    low, high = right[groups[-1][-1]], right[groups[-2][-1]]
    name = next((piece for piece in right[groups[-1][-1] + 1 :] if name_in(piece.text)), None)
    return name is not None and white_between(low, name) < RIGHT_ABOVE * unit and white_between(high, low) < ONE_BLOCK * unit


def _is_head(piece: Strip, lexicon: Lexicon) -> bool:
    return is_position(piece.text) or is_role(piece.text) or capacity_of(piece.text, lexicon) is not None


def _name(block: _Block, layout: Layout) -> Field | None:
    stamped = _stamped(layout)
    near = [piece for piece in block.below if white_between(block.lines[-1], piece) < ONE_BLOCK * layout.unit]
    for damaged in (False, True):
        for piece in near:
            named = not _STAMP.match(piece.folded) and not is_position(piece.text) and not is_role(piece.text)
            found = name_in(piece.text, damaged=damaged) if named else None
            if found:
                name, trust = found
                field = field_of(name, piece.words, piece.page, doubt=trust)
                raw = piece.text if name not in piece.text else ""
                said = stamped is not None and tone_free_order(stamped.value) == tone_free_order(name)
                return replace(field, raw=raw, witnesses=("stamp",) if said else ())
    return stamped


def _compared(name: Field, layouts: Sequence[Layout]) -> Field:
    """The name against the rest of the paper: `Tôi tên là: CAO NGỌC QUYỀN`. Other tones there are another way to read it."""
    other = [strip for layout in layouts for strip in layout.strips if not _STAMP.match(strip.folded) and not _holds(strip, name)]
    text = " ".join(strip.text for strip in other)
    wanted, folded = words_said(name.value), fold(words_said(name.value))
    said = words_said(text)
    if wanted in said:
        sure = 1 - (1 - name.confidence) * _SAID_AGAIN
        return replace(name, confidence=round(sure, 4), witnesses=(*name.witnesses, "text"))
    at = fold(text).find(folded.strip())
    if at < 0:
        return name
    spelt = " ".join(text[at : at + len(folded.strip())].title().split())
    return replace(name, confidence=round(name.confidence * _OTHER_TONES, 4), alternatives=(Alternative(spelt, 0.5),))


def _holds(strip: Strip, field: Field) -> bool:
    if field.bbox is None or strip.page != field.page:
        return False
    (x0, y0, x1, y1), (left, top, right, bottom) = field.bbox, strip.bbox
    return left <= x0 and top <= y0 and x1 <= right and y1 <= bottom


def _beside_the_recipients(pieces: Sequence[Strip], layout: Layout) -> Field | None:
    """The name under a position that could not be read for the seal: right of the list of recipients there is nothing else."""
    listed = recipients_list(pieces, layout)
    if listed is None:
        return None
    right = [piece for piece in pieces if piece.centre > RIGHT_PART * layout.page.width and piece.bbox[1] > listed.top]
    found = [(piece, name) for piece in right if (name := name_in(piece.text, damaged=True))]
    return field_of(found[0][1][0], found[0][0].words, layout.page.number, doubt=_NO_HEAD * found[0][1][1]) if found else None


def _stamped(layout: Layout) -> Field | None:
    """`Người ký: Nguyễn Văn A` in the picture of an electronic signature; an agency's name there is not a signer's."""
    for strip in layout.strips:
        begins = _STAMP.match(strip.folded)
        found = name_in(strip.text[begins.end() :]) if begins else None
        if begins and found:
            words = strip.words_at(begins.end(), len(strip.text))
            return replace(field_of(found[0], words, strip.page, doubt=_STAMP_ONLY * found[1]), witnesses=())
    return None


def _capacity(block: _Block, lexicon: Lexicon) -> Field | None:
    found: list[tuple[Strip, Capacity]] = []
    for strip in block.lines:
        said = capacity_of(strip.text, lexicon)
        if said:
            found.append((strip, said))
    if not found:
        return None
    words = [word for strip, _ in found for word in strip.words]
    value = "\n".join(said.value for _, said in found)
    printed = "\n".join(strip.text for strip, _ in found)
    return _field(value, printed, words, found[0][0].page, mended=any(said.mended for _, said in found))


def _field(value: str, printed: str, words: Sequence[Word], page: int, *, mended: bool) -> Field:
    field = field_of(value, words, page, doubt=_MENDED if mended else 1.0)
    return replace(field, raw=printed if mended else "")


def _equal(block: _Block, pieces: Sequence[Strip], layout: Layout, lexicon: Lexicon) -> str | None:
    """Who signed left of the block under the very same position, so that neither is the paper's one signer."""
    lowest = block.lines[-1]
    left = [piece for piece in pieces if piece.centre < (1 - RIGHT_PART) * layout.page.width]
    beside = [p for p in left if abs(p.bbox[1] - lowest.bbox[1]) < layout.unit and is_position(p.text)]
    if not beside or position_of(beside[0].text, lexicon)[0] != position_of(lowest.text, lexicon)[0]:
        return None
    under = (name_in(p.text) for p in left if 0 < white_between(beside[0], p) < ONE_BLOCK * layout.unit)
    return next((found[0] for found in under if found), None)
