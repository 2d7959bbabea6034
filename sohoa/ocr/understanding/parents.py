"""Whether the body in the head is only the parent of the one that issues, whose own line was not read.

Three places tell: who signs (no GIÁM ĐỐC signs for a people's committee), the white above the number, and the letters of the notation.
The body itself is then looked for where the paper names it: `… 138/BC-STP`, and in its text `Sở Tư pháp báo cáo`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sohoa.kernel.text import fold
from sohoa.ocr.model import Field
from sohoa.ocr.understanding.header import Layout
from sohoa.ocr.understanding.initials import EVERYWHERE, initials_of
from sohoa.ocr.understanding.lexicon import Lexicon, words_said
from sohoa.ocr.understanding.strips import Strip

PARENT_ALONE = 0.03  # of the confidence is left; of papers whose own line was taken out, none passes
GAP = 1.95  # letter heights from a head's last line to its number: 1.9 at most where nothing is lost, 2.0 at least without a line
NAMED = 0.1  # a body that the notation's letters and the text agree on; a person looks all the same
_COMMITTEES = ("ubnd ", "uy ban nhan dan ")
_SHORT = "ubnd "  # a committee's own name is printed in full above its papers, a parent's mostly so
_OF_A_COMMITTEE = ("chu tich", "uy ban", "ubnd")


def parent_doubted(agency: Field, layout: Layout, number: Strip | None, *, signed: Sequence[Field | None]) -> Field:
    """signed: the signing capacity and the signer's position."""
    printed = fold(agency.raw or agency.value)
    if not printed.startswith(_COMMITTEES):
        return agency
    by = fold("\n".join(field.value for field in signed if field))
    # Some officials of a committee's office sign for it, `TL. CHỦ TỊCH`; then the capacity names the chairman.
    of_another = bool(by) and not any(word in by for word in _OF_A_COMMITTEE)
    if not of_another and not (printed.startswith(_SHORT) and _far_above(agency, layout, number)):
        return agency
    return replace(agency, confidence=round(agency.confidence * PARENT_ALONE, 4), witnesses=())


def _far_above(agency: Field, layout: Layout, number: Strip | None) -> bool:
    if number is None or agency.bbox is None or not layout.in_left(number):
        return False
    return number.bbox[1] - agency.bbox[3] > GAP * layout.unit


def named_in_text(group: str, layouts: Sequence[Layout], lexicon: Lexicon, *, instead_of: Field) -> Field | None:
    """The one body that the paper's text names and whose initials are `group`; None where it names none or several."""
    said = words_said(" ".join(strip.text for layout in layouts for strip in layout.strips))
    if group in EVERYWHERE:
        return None  # whose committee it is, its letters do not say
    names = {name for alike in lexicon.agencies.folded.values() for name in alike if group in initials_of(name)}
    found = [name for name in sorted(names) if words_said(name) in said]
    if len(found) != 1:
        return None
    return replace(instead_of, value=found[0], raw=instead_of.raw or instead_of.value, confidence=NAMED, witnesses=())
