"""Second witness of a paper's type: number and notation, `Số: 05/QĐ-UBND`. Also where both fields come from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import Levenshtein

from sohoa.kernel.text import fold
from sohoa.ocr.model import Field, Word
from sohoa.ocr.understanding.header import Layout
from sohoa.ocr.understanding.strips import Strip, field_of, strip_of
from sohoa.ocr.understanding.types import DocumentType

# A number that stands apart from the slash was written by hand into a blank. A reader of print gets 2 of 33 of those right.
BY_PEN = 0.1
MENDED = 0.75  # doubt after a letter was put right
SLASH_LOST = 0.01  # what was read for it may be one of the letters behind it
CUT_OFF = 0.02  # a notation that ends in its dash goes on where nothing was read
DOUBTFUL = 0.80  # below this a notation may have a letter too many or too few

_NUMBER_WORD = re.compile(r"^[\W_]{0,3}(?:ma )?(?:s[o06e]\b|s[o06e](?=\d))\s*[:;.,]?\s*")
# `SỞ TƯ PHÁP`: without its marks it begins as a number does, but letters follow and no digit.
_A_BODY = re.compile(r"^[\W_]*s\w\s+[^\W\d_][^-–/⁄∕:\d]+$")
# `… số 1667/QĐ-UBND` broken over two lines of the text: another paper's number.
_CITED = re.compile(r"\W{0,3}số\s+\d")
_SLASHES = re.compile(r"\s*[/⁄∕](?:\s*[/⁄∕])*\s*")
# Certificates bear up to eleven digits, or `41X8001234`; the twelve of a person's own number are never a paper's.
_NUMBER = re.compile(r"\d{1,11}[a-e]?|\d{2}[A-Z]\d{7}")
_YEAR = re.compile(r"(?:19|20)\d{2}")
# One of the number's digits at least was read as such; a pen's may be letters.
_PARTY = re.compile(r"((?=\S{0,5}\d)[^\s/⁄∕-]{1,6})\s*[-–]\s*([A-ZĐÐ][A-Za-zĐÐđ]{0,4})")
_GLUED_YEAR = re.compile(r"((?:19|20)\d{2})([A-ZĐ].*)")  # `20/2026HĐTN`: the slash behind the year was not read
_GLUED = re.compile(r"(\d{1,6})\s*[|lI\\]?\s*((?:[A-ZĐÐ][A-Za-zĐÐđ]{0,3})\s?[-–].+)")
_NOTATION = re.compile(r"[^\W_][\w]*(?:\s*[-–—.&/]\s*[^\W_]\w*)*")
_BROKEN = re.compile(r"[/⁄∕].*[-–]\s*$")
_AGENCY_GROUP = re.compile(r"[A-ZĐƯƠÔÂĂÊ][A-ZĐƯƠÔÂĂÊa-zđ]*\d{0,3}")
_CAPITALS = re.compile(r"[A-ZĐƯƠÔÂĂÊ]")


@dataclass(frozen=True, slots=True)
class Notation:
    """number, notation: None where nothing of their shape was read. group: the first group of the notation, mended.

    kinds: the types that abbreviation stands for. sure: it was read as printed and stands for one type only.
    letter: no type's abbreviation, but the shape of a công văn's notation (agency and unit).
    """

    number: Field | None
    notation: Field | None
    group: str
    kinds: tuple[DocumentType, ...]
    sure: bool
    letter: bool
    strip: Strip


def find_notation(layout: Layout, types: Sequence[DocumentType]) -> Notation | None:
    """The topmost line that begins with `Số`, the left column first; None when the upper part of the page has none."""
    upper = [strip for strip in layout.strips if strip.bbox[1] < 0.5 * layout.page.height]
    places = [strip for strip in upper if layout.in_left(strip)] + [strip for strip in upper if not layout.in_left(strip)]
    fallback: Notation | None = None
    for strip in places:
        begins = _NUMBER_WORD.match(strip.folded)
        if not begins or (_CITED.match(strip.text) and not layout.in_left(strip)) or _A_BODY.match(strip.folded):
            continue
        read = _parsed(_with_rest(strip, places, layout.unit), begins.end(), types)
        if read.notation is not None:
            return read
        fallback = fallback or read
    return fallback


def _with_rest(strip: Strip, places: Sequence[Strip], unit: float) -> Strip:
    """A notation broken after its dash goes on in the next line of the column, in one word of capitals."""
    if not _BROKEN.search(strip.text):
        return strip
    for below in places:
        near = (
            -0.5 * unit < below.bbox[1] - strip.bbox[3] < unit and below.bbox[0] < strip.bbox[2] and strip.bbox[0] < below.bbox[2]
        )
        if near and len(below.words) == 1 and _AGENCY_GROUP.match(below.text):
            last = strip.words[-1]
            whole = replace(last, text=last.text + below.text, confidence=min(last.confidence, below.words[0].confidence))
            return strip_of((*strip.words[:-1], whole), strip.page)
    return strip


def mended_by(notation: Notation, kind: DocumentType) -> Notation | None:
    """The notation as a paper of this kind would write it, when what was read is one slip away (`QĐĐ-UBND` on a QUYẾT ĐỊNH).

    Only for what was read badly and stands for no other type: two witnesses must stay able to contradict each other.
    """
    field = notation.notation
    if notation.kinds or field is None or field.confidence >= DOUBTFUL:
        return None
    for abbreviation in kind.abbreviations:
        if len(abbreviation) > 1 and Levenshtein.distance(_skeleton(notation.group), _skeleton(abbreviation)) <= 1:
            value = field.value.replace(notation.group, abbreviation, 1)
            mended = replace(field, value=value, confidence=round(field.confidence * MENDED, 4))
            return replace(notation, notation=mended, group=abbreviation, kinds=(kind,), sure=False, letter=False)
    return None


def _parsed(strip: Strip, start: int, types: Sequence[DocumentType]) -> Notation:
    rest = strip.text[start:]
    number_text, at, year = _cut(rest)
    if at is None:
        number = _stated(number_text.strip(), strip, start, start + len(rest), apart=False)
        return Notation(number, None, "", (), False, False, strip)
    shape = _NOTATION.match(rest, at)
    words = strip.words_at(start + at, start + (shape.end() if shape else len(rest)))
    digits = number_text.strip()
    number = _stated(digits, strip, start, start + len(number_text), apart=_apart(rest, number_text))
    if shape is None or not words:
        return Notation(number, None, "", (), False, False, strip)
    clean = re.sub(r"\s*[-–—]\s*", "-", shape[0]).replace("Ð", "Đ").replace(" ", "").rstrip("_")
    glued = None if year else _GLUED_YEAR.match(clean)
    if glued:
        year, clean = f"{glued[1]}/", glued[2]
    group = re.split(r"[-.&/]", clean, maxsplit=1)[0]
    mended, kinds, sure = _kinds_of(group, types)
    if not kinds and len(_CAPITALS.findall(group)) < 2:  # `Số / No.: …` of a bilingual card
        return Notation(number, None, "", (), False, False, strip)
    value = year + mended + clean[len(group) :]
    letter = not kinds and not year and _is_letter(clean)
    doubt = (1.0 if mended == group else MENDED) * (SLASH_LOST if glued else 1.0) * (CUT_OFF if _BROKEN.search(strip.text) else 1.0)
    return Notation(number, field_of(value[:30], words, strip.page, doubt=doubt), mended, kinds, sure, letter, strip)


def _cut(rest: str) -> tuple[str, int | None, str]:
    """The number's text, where the notation begins (None: nowhere), and `2020/` of a legal text's notation."""
    slashes = list(_SLASHES.finditer(rest))
    if slashes:
        party = _PARTY.match(rest[: slashes[0].start()])
        if party:
            return party[1], party.start(2), ""
        if len(slashes) > 1 and _YEAR.fullmatch(rest[slashes[0].end() : slashes[1].start()]):
            return rest[: slashes[0].start()], slashes[1].end(), rest[slashes[0].end() : slashes[1].start()] + "/"
        return rest[: slashes[0].start()], slashes[0].end(), ""
    glued = _GLUED.match(rest)
    if glued:
        return glued[1], glued.start(2), ""
    return rest, None, ""


def _apart(rest: str, number_text: str) -> bool:
    """A space between the number and what follows: forms are printed with a blank that is filled in by hand."""
    return rest[len(number_text) : len(number_text) + 1].isspace() or number_text != number_text.rstrip()


def _stated(digits: str, strip: Strip, start: int, end: int, *, apart: bool) -> Field | None:
    if not _NUMBER.fullmatch(digits):
        return None
    words = _with_digits(strip.words_at(start, end))
    if not words:
        return None
    by_pen = apart or any(word.handwritten for word in words)
    return field_of(digits, words, strip.page, doubt=BY_PEN if by_pen else 1.0)


def _with_digits(words: tuple[Word, ...]) -> tuple[Word, ...]:
    return tuple(word for word in words if any(map(str.isdigit, word.text)))


def _kinds_of(group: str, types: Sequence[DocumentType]) -> tuple[str, tuple[DocumentType, ...], bool]:
    """The group as it should be written, the types it may stand for, and whether that is sure."""
    printed = {abbreviation: kind for kind in reversed(types) for abbreviation in kind.abbreviations}
    alike = [abbreviation for abbreviation in printed if _alike(abbreviation, group)]
    mended = alike[0] if group not in printed and len(alike) == 1 else group
    # `ĐA` and `DA` differ by one stroke that scans lose; both are named, and the title has to choose.
    near = [mended] if mended in printed and len(alike) <= 1 else sorted(alike, key=lambda other: other != group)
    owners = [kind for abbreviation in near for kind in types if abbreviation in kind.abbreviations]
    owners.sort(key=lambda kind: kind.abbreviations[0] not in near)
    return mended, tuple(dict.fromkeys(owners)), group in printed and len(alike) == 1


def _alike(one: str, other: str) -> bool:
    """Small letters stay small in the worst scan: the `No` of a bilingual card is not NQ."""
    return _skeleton(one) == _skeleton(other) and [letter.islower() for letter in one] == [letter.islower() for letter in other]


def _skeleton(group: str) -> str:
    """What survives a bad scan: no strokes, no hats, no case, and Q, O, 0 are one round letter."""
    return fold(group.replace("Ð", "Đ")).replace("0", "o").replace("q", "o")


def _is_letter(notation: str) -> bool:
    groups = notation.split("-")
    return (
        len(groups) > 1 and all(_AGENCY_GROUP.match(group) and _CAPITALS.search(group) for group in groups) and len(groups[0]) > 1
    )
