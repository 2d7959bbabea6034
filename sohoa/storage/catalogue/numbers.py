"""Numbers of papers that are known without their ink: those a unit gave before, and what the register says of a dossier's papers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sohoa.kernel.text import nfc
from sohoa.storage.catalogue.records import Record
from sohoa.storage.catalogue.register import Component, Paper, Result


def given_numbers(notation: str, year: int, *, unit: str) -> tuple[tuple[int, date], ...]:
    """Number and date of the archived papers of this notation and year, of which nothing waits for a person; oldest first."""
    settled = Record.objects.filter(unit=unit, code_notation=notation, issued_date__year=year, waits=False)
    rows = settled.order_by("issued_date", "pk").values_list("code_number", "issued_date")
    return tuple((int(number), issued) for number, issued in rows if number.isdecimal())


@dataclass(frozen=True, slots=True)
class Registered:
    """number: digits, "" where the register names none. issued: None where it names no day."""

    number: str
    issued: date | None


def registered_paper(dossier: str, type_code: str, notation: str = "") -> Registered | None:
    """What the register says of the one paper of this type in the dossier; None where it says nothing or may mean another paper.

    notation: as printed, "" where it is not sure. Asked without the number, so that the answer may confirm it.
    """
    papers: list[Paper] = [
        *Component.objects.filter(dossier=dossier, document_type=type_code),
        *Result.objects.filter(dossier=dossier, document_type=type_code),
    ]
    fitting = [paper for paper in papers if not notation or not paper.code_notation or _same(paper.code_notation, notation)]
    named = [paper for paper in fitting if notation and paper.code_notation]
    (paper,) = named if len(named) == 1 else fitting if len(fitting) == 1 else (None,)
    if paper is None:
        return None
    number = paper.code_number if paper.code_number.isascii() and paper.code_number.isdigit() else ""
    return Registered(number, paper.issued_date) if number or paper.issued_date else None


def _same(one: str, other: str) -> bool:
    return nfc(one).casefold() == nfc(other).casefold()
