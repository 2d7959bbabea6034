"""Notation, title and agency say the same thing three times: `BC-STP`, BÁO CÁO, SỞ TƯ PHÁP. What they agree on is sure, and a letter that
one of them lost is put right where the other two agree on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz.distance import Levenshtein

from sohoa.kernel.text import fold
from sohoa.ocr.model import Field
from sohoa.ocr.understanding.agencies import NOTHING_KNOWN
from sohoa.ocr.understanding.header import Layout
from sohoa.ocr.understanding.initials import EVERYWHERE, explains, initials_of
from sohoa.ocr.understanding.lexicon import Lexicon
from sohoa.ocr.understanding.notation import CUT_OFF, DOUBTFUL, MENDED, Notation
from sohoa.ocr.understanding.parents import named_in_text
from sohoa.ocr.understanding.strips import field_of
from sohoa.ocr.understanding.titles import TitleMatch

UNEXPLAINED = 0.1  # of its confidence is left to an agency, and to a notation, whose letters do not fit each other
# Capitals that a bad scan takes for one another.
_ALIKE = tuple({*pair} for pair in ("OQ", "DĐ", "IT", "IL", "LT", "CG", "CO", "DO", "EF", "PF", "PR", "BR", "BS", "VY", "MN", "HN"))
PLACE_READ = 0.5  # UBND confirms a committee, not the name of its place where that is less sure
LEAST = 3  # letters of a group in which one may be put right
LIKE = 0.4  # of the letters of what must stand there may have been misread, where nothing of a notation's shape was read
GUESSED = 0.005  # an agency less sure than this tells nothing of a notation
TOLD = 0.3  # of the agency's confidence: what must stand there, not what was seen


def confirmed(
    notation: Notation,
    title: TitleMatch | None,
    agency: Field | None,
    layouts: Sequence[Layout] = (),
    lexicon: Lexicon = NOTHING_KNOWN,
) -> dict[str, Field | None]:
    """code_notation and issuing_agency, with those who say the same as witnesses.

    Where the initials are others', one of the two was misread, or the agency's own line was not read and its parent taken for it.
    Then the body is looked for in the text of `layouts`.
    """
    said = notation.notation
    if said is None:
        return {"code_notation": _told(notation, title, agency)}
    groups = said.value.split("/")[-1].split("-")
    titled = title is not None and not notation.letter and groups[0].startswith(title.kind.abbreviations)
    said = replace(said, witnesses=("title",) if titled else ())
    if titled and title and title.kind.nd30 and len(groups) == 1 and "/" not in said.value:
        # `TTrSNNMT`: its dash was not read, or the other half of it.
        return {"code_notation": _completed(said, groups[0], title, agency) or replace(_doubted(said), witnesses=())}
    own = groups[:1] if notation.letter else groups[1:]
    if agency is None or not own:
        return {"code_notation": said}
    name = agency.raw or agency.value
    if not explains(name, own[0]):
        right = _mended(own[0], name) if said.confidence < DOUBTFUL and (titled or notation.letter) else None
        if right:
            value = said.value.replace(own[0], right, 1)
            raw = said.raw or said.value
            return {"code_notation": replace(said, value=value, raw=raw, confidence=round(said.confidence * MENDED, 4))}
        # Certificates and extracts end in other letters than an agency's (TLKS-BS: bản sao).
        usual = title is None or title.kind.nd30
        doubted: dict[str, Field | None] = {
            "code_notation": replace(_doubted(said), witnesses=()),
            "issuing_agency": named_in_text(own[0], layouts, lexicon, instead_of=agency) or _doubted(agency),
        }
        return doubted if usual else {"code_notation": said}
    said = replace(said, value=said.value.replace(own[0], own[0].upper()))  # a capital read as a small letter of its shape
    if len(groups) == 2 and not notation.letter:  # the drafting unit of a letter stands nowhere else
        said = replace(said, witnesses=(*said.witnesses, "issuing_agency"))
    if own[0].upper() in EVERYWHERE and agency.confidence < PLACE_READ:
        return {"code_notation": said}
    return {"code_notation": said, "issuing_agency": replace(agency, witnesses=(*agency.witnesses, "code_notation"))}


def _doubted(one: Field) -> Field:
    return replace(one, confidence=round(one.confidence * UNEXPLAINED, 4))


def _mended(group: str, name: str) -> str | None:
    """The initials that a group with one misread letter stands for (BOLDA: BQLDA; UBNĐ: UBND); None where none or several fit.

    Only letters of one shape are changed and none is added: schools and boards have notations that are no initials (THPTNK).
    """
    if len(group) < LEAST:
        return None
    fits = {letters[: len(group)] for letters in initials_of(name) if _one_slip(letters[: len(group)], group.upper())}
    return fits.pop() if len(fits) == 1 else None


def _one_slip(letters: str, group: str) -> bool:
    other = [{one, another} for one, another in zip(letters, group, strict=False) if one != another]
    return len(letters) == len(group) and len(other) == 1 and other[0] in _ALIKE


def _completed(said: Field, group: str, title: TitleMatch, agency: Field | None) -> Field | None:
    """`TTr-` whose second line was not read, or whose dash was not: TTr-TTPTQĐ under TRUNG TÂM PHÁT TRIỂN QUỸ ĐẤT. For a person to see."""
    abbreviation = title.kind.abbreviations[0]
    own = _letters_of(agency)
    if not own or group not in (abbreviation, abbreviation + own):
        return None
    raw = said.raw or said.value
    return replace(said, value=f"{abbreviation}-{own}", raw=raw, confidence=min(said.confidence, CUT_OFF), witnesses=())


def _told(notation: Notation, title: TitleMatch | None, agency: Field | None) -> Field | None:
    """What title and agency say, where something like it was read behind the number's slash: `17/nc-sTp`. For a person to see."""
    own = _letters_of(agency)
    _, slash, read = notation.strip.text.partition("/")
    if not (slash and own and agency and title and title.kind.nd30 and title.kind.abbreviations):
        return None
    value = f"{title.kind.abbreviations[0]}-{own}"
    if Levenshtein.distance(fold(read).replace(" ", ""), fold(value)) > LIKE * len(value):
        return None
    return replace(field_of(value, notation.strip.words[-1:], notation.strip.page), confidence=round(TOLD * agency.confidence, 4))


def _letters_of(agency: Field | None) -> str:
    """A body's letters as a notation has them; "" for a name that is not sure enough to tell them."""
    letters = initials_of(agency.raw or agency.value) if agency and agency.confidence >= GUESSED else ()
    return letters[-1] if letters else ""
