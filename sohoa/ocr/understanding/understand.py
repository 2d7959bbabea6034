"""What a paper is and what it says about itself, from its words, where they stand, its codes and its ink."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sohoa.kernel.clock import VIETNAM, now
from sohoa.ocr.model import Code, Field, PageText, TypeVerdict, Understanding
from sohoa.ocr.understanding.agencies import NOTHING_KNOWN
from sohoa.ocr.understanding.certainty import TRUSTED, Curves, certain, shipped
from sohoa.ocr.understanding.codes.reading import read_codes
from sohoa.ocr.understanding.confirming import confirmed
from sohoa.ocr.understanding.dates import find_date
from sohoa.ocr.understanding.familiar import Familiar, with_familiar
from sohoa.ocr.understanding.grammar import page_fields
from sohoa.ocr.understanding.handwriting.blanks import Blanks
from sohoa.ocr.understanding.handwriting.weighing import Evidence, Told
from sohoa.ocr.understanding.handwriting.written import NOTHING, Pictures, in_ink, looked_at, written_fields
from sohoa.ocr.understanding.header import layout_of
from sohoa.ocr.understanding.lexicon import Lexicon
from sohoa.ocr.understanding.notation import Notation, find_notation, mended_by
from sohoa.ocr.understanding.people.fields import CARDS, people_fields
from sohoa.ocr.understanding.subjects import addressed, subject_of_letter, subject_under_title
from sohoa.ocr.understanding.textmodel import TextModel, own_words, weigh
from sohoa.ocr.understanding.titles import TitleMatch, title_matches
from sohoa.ocr.understanding.types import DocumentType

LETTER = "CV"
TYPE_TRUSTED = 0.8
Numbers = Callable[[str, int], tuple[tuple[int, date], ...]]
"""Number and date of the verified papers of one notation and year that the same unit issued; see Evidence.known."""
Register = Callable[[Understanding], tuple[Told, ...]]
"""What the register says of a paper's number and date, asked with all that was understood of it without a pen's ink."""
# A person is asked about these wherever they stand on a paper, whether its type must carry them or not (TT 01/2023/TT-VPCP, Điều 9).
ASKED = frozenset({"code_number", "code_notation", "issued_date", "issuing_agency", "subject", "owner_identifier", "dossier_code"})


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the pages. lexicon: of units and agencies. text_model: the learned witness of the type; never required.

    evidence: what is known about number and date. numbers: asked once the notation is sure. register: asked where a pen may have
    written. familiar: what people confirmed on other papers of the unit. today: no paper is dated after next year. curves: how sure
    fields are. trusted: how sure a field must be for nobody to look at it.
    """

    types: tuple[DocumentType, ...]
    lexicon: Lexicon = NOTHING_KNOWN
    text_model: TextModel | None = None
    evidence: Evidence = NOTHING
    today: date | None = None
    numbers: Numbers = lambda notation, year: ()
    register: Register = lambda understood: ()
    familiar: Familiar = field(default_factory=dict[str, Sequence[str]])
    curves: Curves = field(default_factory=shipped)
    trusted: float = TRUSTED


def understand(pages: Sequence[PageText], known: Known, pictures: Pictures | None = None) -> Understanding:
    """Type and fields of one paper. Never raises on any text.

    pictures: the upright pixels of a page, by its number, in the system of its boxes; without them no codes are read and nothing
    a pen wrote. Title line, notation and text are witnesses of the type; where they contradict each other the title's is given with a
    confidence of 0.4. `needs_review` names what the type must carry but was not found, what is doubtful, and `type`.
    Raises what `pictures` raises.
    """
    day = known.today or now().astimezone(VIETNAM).date()
    layouts = tuple(layout_of(page) for page in pages if page.words)
    # The first page is looked at before its codes are read and those of the others: each page is decoded once.
    blanks = looked_at(layouts, pictures) if pictures else Blanks()
    codes = _codes(pages, pictures)
    if not layouts:
        return Understanding(TypeVerdict("", "", 0.0, "none"), {}, ("type",), codes)
    first = layouts[0]
    notation = find_notation(first, known.types)
    titles = title_matches(first, known.types, notation.strip if notation else None)
    if titles and notation:
        notation = mended_by(notation, titles[0].kind) or notation
    letter_subject, about = subject_of_letter(first, notation.strip if notation else None)
    verdict, title = judge(titles, notation, known.types, about=about, addressed=addressed(first))
    if known.text_model:
        verdict = weigh(verdict, known.text_model.judge(own_words(first.page.text, known.types)), known.types)
    dated = find_date(layouts, latest=day.year + 1)
    fields: dict[str, Field | None] = {}
    if dated:
        fields |= {"issued_date": dated.issued, "place": dated.place}
    fields |= page_fields(
        layouts, known.lexicon, number=notation.strip if notation else None, issued=dated.issued if dated else None
    )
    if notation:
        borne = notation.notation or _bears_bare_number(verdict, known.types)
        fields |= {"code_number": notation.number if borne else None}
        fields |= confirmed(notation, title, fields.get("issuing_agency"), layouts, known.lexicon)
    if verdict.code not in CARDS:
        fields["subject"] = subject_under_title(first, title.body, title.last) if title else letter_subject
    for name in ("code_number", "issued_date"):
        read = fields.get(name)
        fields[name] = in_ink(blanks, name, read) if read else None
    printed = {name: certain(name, found, known.curves) for name, found in fields.items() if found is not None}
    people = people_fields(layouts, codes, verdict.code, today=day)
    # A card's own fields, from its code and its labels, before what the grammar of an office's page makes of them.
    found = printed | people if verdict.code in CARDS else people | printed
    if pictures:
        row = _row(found.get("code_notation"), blanks, known)
        registered = known.register(Understanding(verdict, found, (), codes))
        found |= written_fields(
            layouts, blanks, pictures, replace(known.evidence, known=row, told=(*known.evidence.told, *registered), today=day)
        )
    found = with_familiar(found, known.familiar)
    must = next((kind.must_carry for kind in known.types if kind.code == verdict.code), ())
    # What nobody asks for is told only where it is sure: a person is not sent to look for it, and a wrong one helps nobody.
    told = {name: one for name, one in found.items() if name in must or name in ASKED or one.confidence >= known.trusted}
    return Understanding(verdict, told, _doubtful(verdict, told, must, known.trusted), codes)


def _row(notation: Field | None, blanks: Blanks, known: Known) -> tuple[tuple[int, date], ...]:
    """The row of numbers that this paper's stands in; none where notation or year are not sure."""
    signed = {str(when.year) for when in known.evidence.signature_dates}
    year_sure = blanks.year.isdigit() and (blanks.year_read >= known.trusted or blanks.year in signed)
    if notation is None or notation.confidence < known.trusted or not year_sure:
        return known.evidence.known
    return (*known.evidence.known, *known.numbers(notation.value, int(blanks.year)))


def _codes(pages: Sequence[PageText], pictures: Pictures | None) -> tuple[Code, ...]:
    """A blank page may bear a code all the same: the back of a card has little else."""
    return tuple(code for page in pages for code in read_codes(pictures(page.number), page.number)) if pictures else ()


def judge(
    titles: Sequence[TitleMatch], notation: Notation | None, types: Sequence[DocumentType], *, about: bool, addressed: bool
) -> tuple[TypeVerdict, TitleMatch | None]:
    """Weigh the witnesses. about: the page says `V/v`; addressed: it says `Kính gửi`. Also gives the title that was believed."""
    kinds = notation.kinds if notation else ()
    letter = next((kind for kind in types if kind.code == LETTER), None)
    if titles:
        # Titles that differ by one letter (THÔNG BÁO, THÔNG CÁO) may both fit a bad scan; then the notation chooses.
        close = [match for match in titles if match.score >= titles[0].score - 0.05] or list(titles[:1])
        agreed = next((match for match in close if match.kind in kinds), None)
        if agreed:
            return _verdict(agreed.kind, 0.99 * agreed.score**0.5, title=agreed.kind, notation=agreed.kind), agreed
        best = titles[0]
        if kinds or (notation and notation.letter and best.kind.nd30):
            return _verdict(best.kind, 0.40, title=best.kind, notation=kinds[0] if kinds else letter), best
        ambiguous = len(close) > 1 and close[1].score == best.score and len(close[1].title) == len(best.title)
        return _verdict(best.kind, 0.5 if ambiguous else 0.92 * best.score, title=best.kind), best
    if notation and kinds:
        return _verdict(kinds[0], 0.75 if notation.sure else 0.5, notation=kinds[0]), None
    if letter and notation and notation.letter:
        if about or addressed:
            return _verdict(letter, 0.97 if about else 0.85, title=letter, notation=letter), None
        return _verdict(letter, 0.6, notation=letter), None
    if letter and about:
        return _verdict(letter, 0.75 if addressed else 0.6, title=letter), None
    return TypeVerdict("", "", 0.0, "none"), None


def _verdict(kind: DocumentType, confidence: float, **said: DocumentType | None) -> TypeVerdict:
    """said: by witness. A letter has no title; `V/v` or `Kính gửi` stand for it."""
    witnesses = {witness: other.code for witness, other in said.items() if other}
    agreement = "+".join(witnesses) if set(witnesses.values()) == {kind.code} else "disagree"
    return TypeVerdict(kind.code, kind.name, round(confidence, 4), agreement, witnesses)


def _bears_bare_number(verdict: TypeVerdict, types: Sequence[DocumentType]) -> bool:
    """Certificates may have a number without notation; on an identity card that would be the person's own number."""
    return any(kind.code == verdict.code and not kind.nd30 and "code_number" in kind.must_carry for kind in types)


def _doubtful(verdict: TypeVerdict, told: dict[str, Field], must: Sequence[str], trusted: float) -> tuple[str, ...]:
    """What the type must carry and was not found, and what is there but not sure enough."""
    doubted = [] if verdict.confidence >= TYPE_TRUSTED else ["type"]
    doubted += [name for name in must if name not in told]
    doubted += [name for name, one in told.items() if one.confidence < trusted]
    return tuple(doubted)
