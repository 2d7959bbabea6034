"""A citizen's card: what its QR code, its print and its machine zone say, held against one another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from rapidfuzz import fuzz

from sohoa.kernel.text import fold
from sohoa.ocr.model import Alternative, Code, Field
from sohoa.ocr.understanding.codes.card import CardSays
from sohoa.ocr.understanding.header import Layout
from sohoa.ocr.understanding.people.identifiers import Sex, identifier_verdict
from sohoa.ocr.understanding.people.labels import Labelled
from sohoa.ocr.understanding.people.machine_zone import MachineZone, machine_zone
from sohoa.ocr.understanding.people.owners import CONFLICT, checked, in_conflict
from sohoa.ocr.understanding.people.values import address_field, day_field, identifier_field, name_field, sex_of
from sohoa.ocr.understanding.strips import Strip, field_of

# A code is read whole or not at all; what is left is a card whose code and print were made of different data.
CODE_ALONE, CODE_AND_TEXT = 0.97, 0.995
# Print that contradicts the code is believed to do so from here on; below, it is the reader's slip.
READ_WELL = 0.80
# A card's letters are 2 mm high on a coloured ground: of 24 names and addresses read without their code 11 had a wrong tone.
SMALL_PRINT = 0.60
_TONED = ("owner_name", "owner_address")
_ALIKE = 88  # of 100, letters of an address
MACHINE_READ = 0.97  # what a check digit confirms; readers err on more than one digit of a line
ZONE_ALONE = 0.60  # the number: its first three digits have no check of their own
_CARD_WORDS = re.compile(r"\b(?:can cuoc|identity card|chung minh nhan dan|citizen identity)\b")
_ISSUERS = (
    "Bộ Công an",
    "Cục Cảnh sát quản lý hành chính về trật tự xã hội",
    "Cục Cảnh sát đăng ký quản lý cư trú và dữ liệu quốc gia về dân cư",
)


def looks_like_card(layouts: Sequence[Layout]) -> bool:
    """Whether a page says in its own words that it is a card, rather than naming one."""
    return any(len(strip.words) <= 6 and _CARD_WORDS.search(strip.folded) for layout in layouts for strip in layout.strips)


def card_fields(
    labels: Sequence[Labelled], layouts: Sequence[Layout], cards: Sequence[tuple[Code, CardSays]], *, today: date
) -> dict[str, Field]:
    """owner_name, owner_identifier, owner_birth_date, owner_address, issued_date, valid_to, issuing_agency.

    cards: what QR codes on these pages say. Codes of several people leave all in doubt.
    """
    printed = _printed(labels, today)
    zone = machine_zone([strip.text for layout in layouts for strip in layout.strips], today=today)
    sexes: list[Sex] = [told for label in labels if label.kind == "sex" and (told := sex_of(label))]
    sex: Sex = sexes[0] if sexes else ""
    if cards:
        # A bar code of the number alone says less than the QR code beside it.
        code, card = max(cards, key=lambda pair: len(pair[1].name))
        several = len({said.identifier for _, said in cards}) > 1
        fields = _of_code(code, card, printed, layouts)
        if several:
            fields = {name: in_conflict(field) for name, field in fields.items()}
        sex = card.sex or sex
    else:
        fields = {
            name: replace(field, confidence=min(field.confidence, SMALL_PRINT)) for name, field in printed.items() if name in _TONED
        }
        fields = printed | fields
    fields = _with_zone(fields, zone)
    issuer = _issuer(layouts)
    return checked(fields | ({"issuing_agency": issuer} if issuer else {}), sex=sex)


def _printed(labels: Sequence[Labelled], today: date) -> dict[str, Field]:
    found: dict[str, Field | None] = {}
    for label in labels:
        match label.kind:
            case "name":
                name, field = "owner_name", name_field(label)
            case "identifier":
                name, field = "owner_identifier", identifier_field(label, today=today)
            case "birth":
                name, field = "owner_birth_date", day_field(label, latest=today)
            case "address":
                name, field = "owner_address", address_field(label)
            case "issued":
                name, field = "issued_date", day_field(label, latest=today)
            case "expires":
                name, field = "valid_to", day_field(label)
            case _:
                continue
        if found.get(name) is None:
            found[name] = field
    return {name: field for name, field in found.items() if field is not None}


def _of_code(code: Code, card: CardSays, printed: dict[str, Field], layouts: Sequence[Layout]) -> dict[str, Field]:
    said = {
        "owner_identifier": card.identifier,
        "owner_name": card.name,
        "owner_birth_date": card.born.isoformat() if card.born else "",
        "owner_address": card.address,
        "issued_date": card.issued.isoformat() if card.issued else "",
    }
    strips = [strip for layout in layouts for strip in layout.strips]
    fields = {name: field for name, field in printed.items() if not said.get(name)}
    for name, value in said.items():
        if value:
            fields[name] = _held(name, value, code, printed.get(name), strips)
    if identifier_verdict(card.identifier, born=card.born, sex=card.sex).reason.endswith("_differs"):
        fields["owner_identifier"] = in_conflict(fields["owner_identifier"])
    return fields


def _held(name: str, value: str, code: Code, printed: Field | None, strips: Sequence[Strip]) -> Field:
    """The code's value, with the print as a witness where it says the same and as an alternative where it does not."""
    field = Field(value, CODE_ALONE, code.page, code.bbox, raw="", source="qr")
    if _stands(name, value, strips) or (printed is not None and _same(name, value, printed.value)):
        return replace(field, confidence=CODE_AND_TEXT, witnesses=("text",))
    if printed is None or printed.confidence < READ_WELL:
        return field
    other = Alternative(printed.value, round(1 - CONFLICT, 4))
    return replace(field, confidence=CONFLICT, alternatives=(other,))


def _stands(name: str, value: str, strips: Sequence[Strip]) -> bool:
    """Whether the print says this anywhere: no label has to be read for that."""
    if name == "owner_name":
        return any(strip.folded.strip(" .,'|") == fold(value) for strip in strips)
    if name == "owner_identifier":
        return any(value in _digits(strip.text) for strip in strips)
    return False


def _digits(text: str) -> str:
    """Digits that stand alone; those of the machine zone are a copy of their own and no print."""
    return "" if "<" in text else re.sub(r"[\s.]", "", text)


def _same(name: str, value: str, printed: str) -> bool:
    if name == "owner_address":
        # Cards set the same parts on one or two lines, and a sign more or less is no other place; house numbers are.
        numbers = re.findall(r"\d+", value) == re.findall(r"\d+", printed)
        return numbers and fuzz.ratio(_letters(value), _letters(printed)) >= _ALIKE
    return _letters(value) == _letters(printed) if name == "owner_name" else value == printed


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, fold(text)))


def _with_zone(fields: dict[str, Field], zone: MachineZone | None) -> dict[str, Field]:
    """Where the machine zone passed its own check digits it confirms, contradicts, or gives what nothing else gave."""
    if zone is None:
        return fields
    said = {
        "owner_identifier": zone.identifier,
        "owner_birth_date": zone.born.isoformat() if zone.born else "",
        "valid_to": zone.expires.isoformat() if zone.expires else "",
    }
    result = dict(fields)
    for name, value in said.items():
        if not value:
            continue
        had = fields.get(name)
        if had is None:
            result[name] = Field(value, ZONE_ALONE if name == "owner_identifier" else MACHINE_READ)
        elif had.value == value or (name == "owner_identifier" and had.value[3:] == value[3:]):
            # The zone's check digit and its copy confirm nine of the twelve digits; the three of the place stand there once.
            result[name] = replace(had, confidence=max(had.confidence, MACHINE_READ), witnesses=(*had.witnesses, "machine_zone"))
        elif had.source == "ocr" and had.confidence < READ_WELL:
            result[name] = Field(value, CODE_ALONE, had.page, had.bbox, had.raw or had.value, witnesses=("machine_zone",))
        else:
            other = Alternative(value, round(1 - CONFLICT, 4))
            result[name] = replace(in_conflict(had), alternatives=(*had.alternatives, other))
    name = fields.get("owner_name")
    if name is not None and zone.name and _letters(zone.name) == _letters(name.value):
        result["owner_name"] = replace(name, witnesses=(*name.witnesses, "machine_zone"))
    return result


def _issuer(layouts: Sequence[Layout]) -> Field | None:
    """Who issued the card, in the writing of the register. A card has one of three."""
    for layout in layouts:
        for strip in layout.strips:
            for name in _ISSUERS:
                at = strip.folded.find(fold(name))
                if at >= 0:
                    words = strip.words_at(at, at + len(name))
                    raw = strip.text[at : at + len(name)]
                    return replace(field_of(name, words, strip.page), raw=raw)
    return None
