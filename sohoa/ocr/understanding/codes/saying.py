"""What the text of a code says: a card, a receipt or result, a dossier's code, a taxpayer's number, or nothing we know."""

from __future__ import annotations

from dataclasses import dataclass

from sohoa.kernel.verdicts import Outcome
from sohoa.ocr.model import Code
from sohoa.ocr.understanding.codes.card import CardSays, card_says
from sohoa.ocr.understanding.codes.paper import PaperSays, paper_says
from sohoa.ocr.understanding.people.identifiers import identifier_verdict, tax_code_verdict, tax_code_written

__all__ = ["CardSays", "PaperSays", "Saying", "TaxCodeSays", "UnknownSays", "what_it_says"]


@dataclass(frozen=True, slots=True)
class TaxCodeSays:
    """A taxpayer's number alone, its check digit right."""

    tax_code: str


@dataclass(frozen=True, slots=True)
class UnknownSays:
    """Read well, but nothing that we know."""

    text: str


Saying = CardSays | PaperSays | TaxCodeSays | UnknownSays


def what_it_says(code: Code) -> Saying:
    """Never raises. What breaks a rule (a day that no calendar has, eleven digits for twelve) is left out of the answer."""
    text = code.text.strip()
    digits = text.replace(" ", "")
    if len(digits) == 12 and identifier_verdict(digits).outcome is Outcome.OK:
        return CardSays(digits)
    if len(digits.replace("-", "")) in (10, 13) and tax_code_verdict(digits).ok:
        return TaxCodeSays(tax_code_written(digits.replace("-", "")))
    return card_says(text) or paper_says(text) or UnknownSays(code.text)
