"""Values that people of the same unit confirmed before: names of agencies and places, positions, signers, addressees.

    with_familiar(fields, {"signer_name": ("Nguyễn Thị Mẫu",)})

What was read just so, letter by letter, is more certain for it. What differs by a slip is left as it was read, and the familiar value
is offered beside it: people and offices with nearly the same name do exist.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rapidfuzz.distance import Levenshtein

from sohoa.kernel.text import fold, nfc
from sohoa.ocr.model import Alternative, Field
from sohoa.ocr.understanding.strips import in_capitals

FIELDS = ("issuing_agency", "parent_agency", "signer_name", "signer_position", "place", "addressee")
WITNESS = "unit"
# Of the doubt remains. Two slips that make one known value out of another are rare, but a value may be right and stand for another thing.
_SEEN_BEFORE = 0.4
LETTERS_PER_SLIP, MOST_SLIPS = 7, 2
OFFERED = 2

Familiar = Mapping[str, Sequence[str]]
"""By a field's name, what people confirmed in it."""


def with_familiar(fields: Mapping[str, Field], familiar: Familiar) -> dict[str, Field]:
    return {name: _beside(field, familiar[name]) if familiar.get(name) else field for name, field in fields.items()}


def _beside(field: Field, values: Sequence[str]) -> Field:
    read = _spoken(field.value)
    near = [value for value in values if _spoken(value) != read and _slips(value, field.value)]
    if not near and any(_spoken(value) == read for value in values):
        sure = 1 - (1 - field.confidence) * _SEEN_BEFORE
        return replace(field, confidence=round(sure, 4), witnesses=(*field.witnesses, WITNESS))
    near.sort(key=lambda value: (Levenshtein.distance(_spoken(value), read), value))
    offered = [_as_read(value, field.value) for value in near[:OFFERED]]
    new = [value for value in offered if value not in {other.value for other in field.alternatives}]
    if not new:
        return field
    others = tuple(Alternative(value, round((1 - field.confidence) / (len(new) + 1), 4)) for value in new)
    doubts = (*field.doubts, *(f"near_familiar:{value}" for value in new))
    return replace(field, alternatives=(*field.alternatives, *others), doubts=doubts)


def _spoken(value: str) -> str:
    return " ".join(nfc(value).casefold().split())


def _slips(value: str, read: str) -> bool:
    """Whether one may have been misread for the other: tones and marks do not count, and one letter in seven may differ."""
    one, other = fold(_spoken(value)), fold(_spoken(read))
    allowed = min(MOST_SLIPS, len(other) // LETTERS_PER_SLIP)
    return Levenshtein.distance(one, other, score_cutoff=allowed) <= allowed


def _as_read(value: str, read: str) -> str:
    return value.upper() if in_capitals(read) else value
