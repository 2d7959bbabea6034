"""As what somebody signs. `KT. CHỦ TỊCH` and the line below it must say the same of each other: a deputy's position is his chief's with PHÓ.

A seal lies on these lines more than on any other. A line whose PHÓ it took stands too far to the right, for the block is set to one middle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sohoa.kernel.text import fold
from sohoa.ocr.model import Field
from sohoa.ocr.understanding.capacity import capacity_of, is_known_position, is_role, position_of
from sohoa.ocr.understanding.foot import white_between
from sohoa.ocr.understanding.lexicon import Lexicon
from sohoa.ocr.understanding.strips import Strip, field_of, in_capitals

_MENDED = 0.85
_DEPUTY_LOST = 0.6  # PHÓ itself was not read; the capacity and the line's place say that it stands there
_AN_ENTRY = 0.4  # of the doubt remains when the line is one of the few dozen positions, letter by letter
_UNFITTING = 0.1  # of its confidence is left to a position that is not a deputy's of the one signed for
_DISPLACED = 0.4  # of its confidence is left to a chief's position that stands where a deputy's would
SHIFT = 0.8  # letter heights from the block's middle; half of PHÓ with its space is one and a half
NEXT_LINE = 2.5  # letter heights down to what is left of a position
FEWEST = 5  # letters of a position by which what is left of it is known
_OTHER_DEPUTIES = ("thu truong", "pho thu truong")  # of a minister


@dataclass(frozen=True, slots=True)
class _Read:
    """printed: what was read. moved: letter heights that the line stands right of its block's middle; 0 where nothing tells."""

    value: str
    printed: str
    strip: Strip
    mended: bool
    moved: float


def position_in(lines: Sequence[Strip], below: Sequence[Strip], unit: float, lexicon: Lexicon) -> Field | None:
    """lines: capacity and position over a signature, top to bottom. below: what stands under them. unit: letter height in pixels.

    Witness: "signing_capacity", where `KT.` names the chief of just this deputy. None where no position was read, or only the chief's.
    """
    lowest = lines[-1]
    if is_role(lowest.text):
        return None
    chief = _signed_for(lines, lexicon)
    if capacity_of(lowest.text, lexicon):
        # `KT. CHỦ TỊCH` says for whom; the signer's own position stands below, and a seal may have left little of it.
        return _left_of_a_deputy(chief, below, lowest, unit)
    read = _read(lines, below, unit, lexicon)
    own = fold(read.value)
    if chief is None:
        return _of_a_chief(read, lines, below, unit)
    if own == f"pho {fold(chief)}":
        return replace(_field(read), witnesses=("signing_capacity",))
    if own == fold(chief):
        return _deputy(read) if read.moved > SHIFT else None
    field = _field(read)
    fits = own.startswith(_OTHER_DEPUTIES)
    if fits:
        return field
    return replace(field, confidence=round(field.confidence * _UNFITTING, 4)) if own.startswith("pho ") else None


def _signed_for(lines: Sequence[Strip], lexicon: Lexicon) -> str | None:
    """The position behind `KT.`."""
    said = [capacity for line in lines if (capacity := capacity_of(line.text, lexicon)) and capacity.sign == "KT"]
    return said[-1].value.removeprefix("KT").strip(" .") or None if said else None


def _read(lines: Sequence[Strip], below: Sequence[Strip], unit: float, lexicon: Lexicon) -> _Read:
    lowest = lines[-1]
    text, words = lowest.text, lowest
    runs_on = _runs_on(lowest, below, lexicon)
    if runs_on:
        text = f"{text} {runs_on.text}"
        words = replace(lowest, words=(*lowest.words, *runs_on.words))
    value, mended = position_of(text, lexicon)
    return _Read(value, text, words, mended, _moved(lines, unit))


def _moved(lines: Sequence[Strip], unit: float) -> float:
    return (lines[-1].centre - lines[-2].centre) / unit if len(lines) > 1 else 0.0


def _field(read: _Read) -> Field:
    field = field_of(read.value, read.strip.words, read.strip.page, doubt=_MENDED if read.mended else 1.0)
    left = _AN_ENTRY if is_known_position(read.printed) else 1.0
    return replace(field, raw=read.printed if read.mended else "", confidence=round(1 - (1 - field.confidence) * left, 4))


def _deputy(read: _Read) -> Field:
    field = field_of(f"PHÓ {read.value}", read.strip.words, read.strip.page, doubt=_DEPUTY_LOST)
    return replace(field, raw=read.printed, witnesses=("signing_capacity",))


def _of_a_chief(read: _Read, lines: Sequence[Strip], below: Sequence[Strip], unit: float) -> Field:
    """A chief's own signature, unless the line above says the same once more or the line below begins with PHÓ: then KT. was not read."""
    field = _field(read)
    own = fold(read.value)
    twice = len(lines) > 1 and fold(lines[-2].text.strip(" .,:;-_|")) == own
    deputy = _left_of_a_deputy(read.value, below, lines[-1], unit)
    if deputy and not own.startswith("pho "):
        return replace(deputy, witnesses=())
    if twice:
        return replace(_deputy(read), confidence=round(field.confidence * _DISPLACED, 4), witnesses=())
    return replace(field, confidence=round(field.confidence * _DISPLACED, 4)) if read.moved > SHIFT else field


def _left_of_a_deputy(chief: str | None, below: Sequence[Strip], lowest: Strip, unit: float) -> Field | None:
    """`PHÓ GIÁ` under `KT. GIÁM ĐỐC`: its first letters, or its letters with some lost between them."""
    if chief is None:
        return None
    whole = _letters(f"PHÓ {chief}")
    for piece in below[:2]:
        left = _letters(piece.text)
        near = white_between(lowest, piece) < NEXT_LINE * unit
        if near and len(left) >= FEWEST and left.startswith("pho") and _is_left_of(left, whole):
            field = field_of(f"PHÓ {chief}", piece.words, piece.page, doubt=_DEPUTY_LOST)
            return replace(field, raw=piece.text, witnesses=("signing_capacity",))
    return None


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, fold(text)))


def _is_left_of(left: str, whole: str) -> bool:
    letters = iter(whole)
    return all(letter in letters for letter in left)


def _runs_on(lowest: Strip, below: Sequence[Strip], lexicon: Lexicon) -> Strip | None:
    """The second line of `CỤC TRƯỞNG CỤC / CHUYỂN ĐỔI SỐ QUỐC GIA`: only where it completes a body that is known."""
    following = next(iter(below), None)
    if following is None or not in_capitals(following.text) or white_between(lowest, following) > lowest.height:
        return None
    begun = lowest.text.split()[-1]
    return following if lexicon.known_agency(f"{begun} {following.text}").known else None
