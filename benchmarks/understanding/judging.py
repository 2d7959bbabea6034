"""What the product said about a paper against what the paper says: one verdict a field."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rapidfuzz.distance import Levenshtein

from benchmarks.reading.scoring import unified
from benchmarks.understanding.papers import KnownPaper
from sohoa.ocr.model import Understanding

TYPE = "type"
FIELDS = (
    "code_number",
    "code_notation",
    "issued_date",
    "issuing_agency",
    "subject",
    "signer_name",
    "signer_position",
    "place",
)
"""Those whose truth the generated papers tell; what else the product finds is not judged here."""
JUDGED = (TYPE, *FIELDS)
# A subject runs over lines, and one letter in a hundred leads nobody to another paper; every letter counts in its CER.
SUBJECT_SLIPS = 0.02

Outcome = Literal["right", "wrong", "invented", "missing", "rightly absent"]


@dataclass(frozen=True, slots=True)
class Judged:
    """One field of one paper. truth: "" where the paper does not say it; value: "" where the product did not (then confidence is 0).

    in_review: a person was asked to look at it. written: a pen wrote it. cer: of a subject, letters wrong by letters printed.
    among_three: the truth is among the first three that a person may choose from.
    """

    paper: str
    group: str
    kind: str
    field: str
    truth: str
    value: str
    confidence: float
    outcome: Outcome
    in_review: bool
    written: bool = False
    cer: float | None = None
    among_three: bool = False

    @property
    def given(self) -> bool:
        """A value that can be right or wrong."""
        return self.outcome in ("right", "wrong", "invented")

    @property
    def lacking(self) -> bool:
        """The product itself says that the paper needs it, and did not find it."""
        return self.outcome == "missing" and self.in_review

    @property
    def false(self) -> bool:
        return self.outcome in ("wrong", "invented")

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class JudgedPaper:
    """certainty: the product's own, 0 to 1: the least sure of its type and its judged fields; 0 where something it needs was not found.

    straight: nothing of it goes to a person. agreement: what the verdict on its type says of its witnesses.
    """

    name: str
    group: str
    kind: str
    verdict: str
    agreement: str
    needs_review: tuple[str, ...]
    certainty: float
    fields: tuple[Judged, ...]

    @property
    def straight(self) -> bool:
        return not self.needs_review

    @property
    def written(self) -> bool:
        return any(field.written for field in self.fields)

    def of(self, field: str) -> Judged | None:
        return next((judged for judged in self.fields if judged.field == field), None)


def judged(paper: KnownPaper, told: Understanding) -> JudgedPaper:
    fields = tuple(_fields(paper, told))
    lacking = not told.type.code or any(name != TYPE and name not in told.fields for name in told.needs_review)
    least = min((field.confidence for field in fields if field.given), default=0.0)
    return JudgedPaper(
        name=paper.name,
        group=paper.group,
        kind=paper.kind,
        verdict=told.type.code,
        agreement=told.type.agreement,
        needs_review=told.needs_review,
        certainty=0.0 if lacking else least,
        fields=fields,
    )


def _fields(paper: KnownPaper, told: Understanding) -> Iterator[Judged]:
    verdict = told.type
    right: Outcome = "right" if verdict.code == paper.kind else "wrong" if verdict.code else "missing"
    yield Judged(
        paper.name, paper.group, paper.kind, TYPE, paper.kind, verdict.code, verdict.confidence, right, TYPE in told.needs_review
    )
    for name in FIELDS:
        if name in paper.unasked:
            continue
        found = told.fields.get(name)
        alternatives = found.alternatives[:3] if found else ()
        truth, value = paper.truth.get(name, ""), found.value if found else ""
        outcome = outcome_of(name, truth, value, tolerated=paper.tolerated.get(name, ()))
        if outcome == "rightly absent" and name not in told.needs_review:
            continue
        yield Judged(
            paper=paper.name,
            group=paper.group,
            kind=paper.kind,
            field=name,
            truth=truth,
            value=value,
            confidence=found.confidence if found else 0.0,
            outcome=outcome,
            in_review=name in told.needs_review,
            written=name in paper.written,
            cer=error_rate(truth, value) if name == "subject" and truth else None,
            among_three=bool(truth) and any(same(name, truth, other.value) for other in alternatives),
        )


def outcome_of(name: str, truth: str, value: str, *, tolerated: Sequence[str] = ()) -> Outcome:
    if not value:
        return "missing" if truth else "rightly absent"
    if not truth:
        return "right" if any(same(name, text, value) for text in tolerated if text) else "invented"
    return "right" if same(name, truth, value) else "wrong"


def same(name: str, truth: str, value: str) -> bool:
    """Letter by letter where a letter matters. Agencies and people are printed in capitals or not, whatever the truth writes; ủy is
    uỷ; a subject may have one letter in fifty wrong.
    """
    if name == "subject":
        return error_rate(truth, value) <= SUBJECT_SLIPS
    compared = _COMPARED.get(name, _exact)
    return compared(truth) == compared(value)


def error_rate(truth: str, value: str) -> float:
    """Of a subject: edits by letters of the truth. `V/v` and `Về việc` belong to the form, not to the subject."""
    true, read = _subject(truth), _subject(value)
    return Levenshtein.distance(true, read) / len(true)


def _subject(text: str) -> str:
    plain = unified(text)
    for opening in ("v/v:", "v/v", "về việc:", "về việc"):
        if plain.casefold().startswith(f"{opening} "):
            plain = plain[len(opening) :].lstrip()
            break
    return plain[:1].lower() + plain[1:]


def _exact(text: str) -> str:
    return unified(text)


def _named(text: str) -> str:
    words = [_tone_last(word) for word in unified(text).casefold().split()]
    return " ".join(words).replace("ubnd", _tone_last("ủy") + " ban nhân dân").replace("hđnd", "hội đồng nhân dân")


_TONES = "\u0300\u0301\u0303\u0309\u0323"


def _tone_last(word: str) -> str:
    """`uỷ` and `ủy`, `hoà` and `hòa` are one word: the tone goes to its end."""
    taken_apart = unicodedata.normalize("NFD", word)
    bare = unicodedata.normalize("NFC", "".join(letter for letter in taken_apart if letter not in _TONES))
    return bare + "".join(letter for letter in taken_apart if letter in _TONES)


_COMPARED: dict[str, Callable[[str], str]] = {
    "issuing_agency": _named,
    "signer_name": _named,
    "signer_position": _named,
    "place": _named,
}
