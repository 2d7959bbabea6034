"""What a paper is and what it says about itself, from its words and where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sohoa.kernel.clock import VIETNAM, now
from sohoa.ocr.model import Field, PageText, TypeVerdict, Understanding
from sohoa.ocr.understanding.agencies import issuing_agency
from sohoa.ocr.understanding.dates import find_date
from sohoa.ocr.understanding.header import layout_of
from sohoa.ocr.understanding.notation import Notation, find_notation, mended_by
from sohoa.ocr.understanding.signers import signer
from sohoa.ocr.understanding.subjects import addressed, subject_of_letter, subject_under_title
from sohoa.ocr.understanding.titles import TitleMatch, title_matches
from sohoa.ocr.understanding.types import DocumentType

# Below this a person looks. Not calibrated: the reader's own figures and our guesses, to be fitted when there is marked truth.
TRUSTED = 0.80
LETTER = "CV"


def understand(pages: Sequence[PageText], types: Sequence[DocumentType], *, today: date | None = None) -> Understanding:
    """Type and fields of one paper. Never raises on any text. today: dates after next year are not believed.

    The type has two witnesses, title line and notation; where they contradict each other the title's is given with a
    confidence of 0.4. `needs_review` names what the type must carry but was not found, what was read doubtfully, and `type`.
    """
    latest = (today or now().astimezone(VIETNAM).date()).year + 1
    layouts = tuple(layout_of(page) for page in pages if page.words)
    if not layouts:
        return Understanding(TypeVerdict("", "", 0.0, "none"), {}, ("type",))
    first = layouts[0]
    titles = title_matches(first, types)
    notation = find_notation(first, types)
    if titles and notation:
        notation = mended_by(notation, titles[0].kind) or notation
    letter_subject, about = subject_of_letter(first)
    verdict, title = judge(titles, notation, types, about=about, addressed=addressed(first))
    fields: dict[str, Field | None] = {"issuing_agency": issuing_agency(first, notation.strip if notation else None)}
    if notation and (notation.notation or _bears_bare_number(verdict, types)):
        fields |= {"code_number": notation.number, "code_notation": notation.notation}
    dated = find_date(layouts, latest=latest)
    if dated:
        fields |= {"issued_date": dated.issued, "place": dated.place}
    fields["subject"] = subject_under_title(first, title.last) if title else letter_subject
    fields["signer_name"], fields["signer_position"] = signer(layouts)
    found = {name: field for name, field in fields.items() if field is not None}
    return Understanding(verdict, found, _doubtful(verdict, found, types))


def judge(
    titles: Sequence[TitleMatch], notation: Notation | None, types: Sequence[DocumentType], *, about: bool, addressed: bool
) -> tuple[TypeVerdict, TitleMatch | None]:
    """Weigh the witnesses. about: the page says `V/v`; addressed: it says `Kính gửi`. Also gives the title that was believed."""
    kinds = notation.kinds if notation else ()
    if titles:
        # Titles that differ by one letter (THÔNG BÁO, THÔNG CÁO) may both fit a bad scan; then the notation chooses.
        close = [match for match in titles if match.score >= titles[0].score - 0.05] or list(titles[:1])
        agreed = next((match for match in close if match.kind in kinds), None)
        if agreed:
            return _verdict(agreed.kind, 0.99 * agreed.score**0.5, "title+notation"), agreed
        best = titles[0]
        if kinds or (notation and notation.letter and best.kind.nd30):
            return _verdict(best.kind, 0.40, "disagree"), best
        ambiguous = len(close) > 1 and close[1].score == best.score and len(close[1].title) == len(best.title)
        return _verdict(best.kind, 0.5 if ambiguous else 0.92 * best.score, "title"), best
    letter = next((kind for kind in types if kind.code == LETTER), None)
    if notation and kinds:
        return _verdict(kinds[0], 0.75 if notation.sure else 0.5, "notation"), None
    if letter and notation and notation.letter:
        if about:
            return _verdict(letter, 0.97, "title+notation"), None
        return _verdict(letter, 0.85 if addressed else 0.6, "title+notation" if addressed else "notation"), None
    if letter and about:
        return _verdict(letter, 0.75 if addressed else 0.6, "title"), None
    return TypeVerdict("", "", 0.0, "none"), None


def _verdict(kind: DocumentType, confidence: float, agreement: str) -> TypeVerdict:
    return TypeVerdict(kind.code, kind.name, round(confidence, 4), agreement)


def _bears_bare_number(verdict: TypeVerdict, types: Sequence[DocumentType]) -> bool:
    """Certificates may have a number without notation; on an identity card that would be the person's own number."""
    return any(kind.code == verdict.code and not kind.nd30 and "code_number" in kind.must_carry for kind in types)


def _doubtful(verdict: TypeVerdict, found: dict[str, Field], types: Sequence[DocumentType]) -> tuple[str, ...]:
    kind = next((kind for kind in types if kind.code == verdict.code), None)
    must = kind.must_carry if kind else ()
    doubted = [] if verdict.confidence >= 0.7 else ["type"]
    doubted += [name for name in must if name not in found]
    doubted += [name for name, field in found.items() if field.confidence < TRUSTED]
    return tuple(doubted)
