"""The owner of a dossier, from the labels of an application or a licence.

A form speaks of several people. The owner's lines begin with the first name that is not said to be somebody else's, and end where
the next person's name, or a heading over other people, begins.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sohoa.kernel.text import fold
from sohoa.ocr.model import Alternative, Field
from sohoa.ocr.understanding.header import Layout
from sohoa.ocr.understanding.people.identifiers import Sex, identifier_verdict
from sohoa.ocr.understanding.people.labels import Kind, Labelled
from sohoa.ocr.understanding.people.values import (
    address_field,
    cased,
    day_field,
    identifier_field,
    name_field,
    phone_field,
    sex_of,
    tax_field,
)
from sohoa.ocr.understanding.strips import field_of

_OTHERS = re.compile(
    r"\b(?:me|cha|bo|con|vo|chong|duoc|chet|dai dien|uy quyen|giam ho|can bo|tiep nhan|nguoi nhan|cong chuc|thua ke|nguoi ky|ben [ab])\b"
)
_OWNERS = re.compile(r"\b(?:yeu cau|de nghi|nop|khai|lam don|chu ho|chu dau tu|dang ky)\b")
CONFLICT = 0.50  # two readings of one thing that contradict each other
TWICE = 0.97  # one name read alike at two places of the paper; what is left are slips that both places share
TONES = 0.60

_FIELDS: dict[Kind, str] = {
    "identifier": "owner_identifier",
    "birth": "owner_birth_date",
    "address": "owner_address",
    "phone": "owner_phone",
    "tax": "tax_code",
}


def owners_lines(labels: Sequence[Labelled]) -> tuple[Labelled, ...]:
    """Of all labels, those that speak of the owner."""
    kept: list[Labelled] = []
    named = owner = False
    for label in labels:
        if label.kind == "break":
            owner = False
        elif label.kind == "name":
            others = bool(_OTHERS.search(label.qualifier)) and not _OWNERS.search(label.qualifier)
            owner = not others and not named and bool(name_field(label))
            named = named or owner
            if owner:
                kept.append(label)
        elif owner or not named:
            kept.append(label)
    return tuple(kept)


def owner_fields(labels: Sequence[Labelled], layouts: Sequence[Layout], *, today: date) -> dict[str, Field]:
    """owner_name, owner_identifier, owner_birth_date, owner_address, owner_phone, tax_code: those that were found."""
    found: dict[str, Field] = {}
    sex: Sex = ""
    for label in owners_lines(labels):
        if label.kind == "sex":
            sex = sex or sex_of(label)
        name = "owner_name" if label.kind == "name" else _FIELDS.get(label.kind)
        if name is None or name in found:
            continue
        field = _field(label, today)
        if field is not None:
            found[name] = field
    if "owner_name" in found:
        found["owner_name"] = confirmed_by_signature(found["owner_name"], layouts)
    return checked(found, sex=sex)


def _field(label: Labelled, today: date) -> Field | None:
    match label.kind:
        case "name":
            return name_field(label)
        case "identifier":
            return identifier_field(label, today=today)
        case "birth":
            return day_field(label, latest=today)
        case "address":
            return address_field(label)
        case "phone":
            return phone_field(label)
        case _:
            return tax_field(label)


def checked(fields: dict[str, Field], *, sex: Sex = "") -> dict[str, Field]:
    """With doubt where a person's number contradicts the day of birth or the sex that stand beside it.

    A number that says the same year as the day of birth is a witness of that day's year only, so nothing is made surer by it.
    """
    number, born = fields.get("owner_identifier"), fields.get("owner_birth_date")
    if number is None or len(number.value) != 12:
        return fields
    verdict = identifier_verdict(number.value, born=date.fromisoformat(born.value) if born else None, sex=sex)
    if verdict.reason not in ("identifier.birth_differs", "identifier.sex_differs"):
        return fields
    doubted = {"owner_identifier": in_conflict(number)}
    if born and verdict.reason == "identifier.birth_differs":
        doubted["owner_birth_date"] = in_conflict(born)
    return fields | doubted


def in_conflict(field: Field) -> Field:
    """The field as sure as one can be that another place on the paper contradicts."""
    return replace(field, confidence=min(field.confidence, CONFLICT))


def confirmed_by_signature(name: Field, layouts: Sequence[Layout]) -> Field:
    """Who hands in a form writes the name again under the signature: two readings that agree, or another one to choose from."""
    wanted = name.value.casefold()
    for layout in layouts:
        for strip in layout.strips:
            again = strip.text.strip(" .,*|'\"/")
            if (strip.page == name.page and strip.bbox == _row(name, layout)) or fold(again) != fold(wanted):
                continue
            if any(word.handwritten for word in strip.words):
                continue
            sure = field_of(again, strip.words, strip.page).confidence
            if again.casefold() == wanted:
                together = 1 - (1 - name.confidence) * (1 - sure)
                return replace(
                    name,
                    confidence=round(max(name.confidence, min(TWICE, together)), 4),
                    witnesses=(*name.witnesses, "signature"),
                )
            other = Alternative(cased(again), round(min(sure, TONES), 4))
            return replace(name, confidence=min(name.confidence, TONES), alternatives=(other,))
    return name


def _row(name: Field, layout: Layout) -> tuple[int, int, int, int] | None:
    """The strip in which the name itself stands, so that it is not its own witness."""
    if name.bbox is None:
        return None
    x0, y0, x1, y1 = name.bbox
    inside = (s.bbox for s in layout.strips if s.bbox[0] <= x0 and s.bbox[1] <= y0 and s.bbox[2] >= x1 and s.bbox[3] >= y1)
    return next(inside, None)
