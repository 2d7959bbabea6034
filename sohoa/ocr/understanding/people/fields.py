"""Who a paper is about and which dossier it belongs to: all fields of this package, by one call.

    people_fields(layouts, codes, kind_code) -> {"owner_name": Field, …}

layouts: `layout_of` each page. codes: `read_codes` of the same pages. kind_code: what `judge` took the paper for; only kinds in
`owned` are asked for an owner (a decision names many people and belongs to none of them), every kind for its dossier.
Whatever is doubtful or breaks a rule has a confidence of at most 0.60, with what else it may be in `alternatives`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date

from sohoa.kernel.clock import VIETNAM, now
from sohoa.ocr.model import Alternative, Code, Field
from sohoa.ocr.understanding.codes.card import CardSays
from sohoa.ocr.understanding.codes.paper import PaperSays
from sohoa.ocr.understanding.codes.saying import what_it_says
from sohoa.ocr.understanding.header import Layout
from sohoa.ocr.understanding.people.cards import CODE_AND_TEXT, card_fields, looks_like_card
from sohoa.ocr.understanding.people.case import case_fields
from sohoa.ocr.understanding.people.dossiers import DOSSIER_CODES
from sohoa.ocr.understanding.people.labels import labelled
from sohoa.ocr.understanding.people.owners import CONFLICT, owner_fields
from sohoa.ocr.understanding.strips import strips_of

CARDS = frozenset({"CC", "CCCD", "CMND"})
OWNED = frozenset({"DON", "TK", "GPXD", "GP", "GCNHKD", "GCN", "GCNQSDĐ", "TLKS", "GKS", "TL", "KHAC", ""})


def people_fields(
    layouts: Sequence[Layout],
    codes: Sequence[Code],
    kind_code: str,
    *,
    today: date | None = None,
    owned: Collection[str] = OWNED,
    patterns: Sequence[re.Pattern[str]] = DOSSIER_CODES,
) -> dict[str, Field]:
    """By the names of the command-line contract; only what was found. Never raises on any text or code.

    today: nobody is born after it. patterns: the forms of dossier codes.
    On a card also issued_date, valid_to and issuing_agency, which are to be taken before those of the page's grammar.
    """
    # Whole lines: the cut between the head's columns also falls into wide lines of a short letter's body.
    layouts = [replace(layout, strips=strips_of(layout.page)) for layout in layouts]
    day = today or now().astimezone(VIETNAM).date()
    said = [(code, what_it_says(code)) for code in codes]
    cards = [(code, saying) for code, saying in said if isinstance(saying, CardSays)]
    papers = [(code, saying) for code, saying in said if isinstance(saying, PaperSays)]
    fields = case_fields(layouts, papers, patterns=patterns)
    if kind_code in CARDS or (not kind_code and (cards or looks_like_card(layouts))):
        return fields | card_fields(labelled(layouts), layouts, cards, today=day)
    if kind_code in owned:
        owner = owner_fields(labelled(layouts), layouts, today=day)
        return fields | _with_card_beside(owner, cards) | _applicant(owner, papers)
    return fields


def _with_card_beside(owner: dict[str, Field], cards: Sequence[tuple[Code, CardSays]]) -> dict[str, Field]:
    """A card copied onto a form's page is a witness for the owner where it is the owner's; anybody else's says nothing."""
    number = owner.get("owner_identifier")
    card = next((card for _, card in cards if number is not None and card.identifier == number.value), None)
    if card is None:
        return owner
    said = {
        "owner_identifier": card.identifier,
        "owner_name": card.name,
        "owner_birth_date": card.born.isoformat() if card.born else "",
    }
    witnessed = {
        name: replace(field, confidence=max(field.confidence, CODE_AND_TEXT), witnesses=(*field.witnesses, "qr"))
        for name, field in owner.items()
        if said.get(name) and field.value.casefold() == said[name].casefold()
    }
    return owner | witnessed


def _applicant(owner: dict[str, Field], papers: Sequence[tuple[Code, PaperSays]]) -> dict[str, Field]:
    """The number of the applicant in a receipt's code: a witness, or all that is known of the owner."""
    told = next(((code, paper.applicant) for code, paper in papers if paper.applicant), None)
    if told is None:
        return {}
    code, number = told
    printed = owner.get("owner_identifier")
    if printed is None:
        return {"owner_identifier": Field(number, 0.97, code.page, code.bbox, source="qr")}
    if printed.value == number:
        return {
            "owner_identifier": replace(
                printed, confidence=max(printed.confidence, CODE_AND_TEXT), witnesses=(*printed.witnesses, "qr")
            )
        }
    # Who hands a dossier in need not be its owner, but somebody has to say so.
    other = Alternative(number, round(1 - CONFLICT, 4))
    doubted = replace(printed, confidence=min(printed.confidence, CONFLICT), alternatives=(*printed.alternatives, other))
    return {"owner_identifier": doubted}
