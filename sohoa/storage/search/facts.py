"""What a search can be narrowed by, as lexemes on every page of a record: a filter costs what a word costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from sohoa.storage.catalogue.records import Filing, Record
from sohoa.storage.catalogue.register import Dossier
from sohoa.storage.search.expressions import Expression, Lexeme, any_of
from sohoa.storage.search.forms import fact_lexeme

TYPE, UNIT, DOSSIER, PROCEDURE, SIGNATURE = "t", "u", "d", "p", "s"
UNSIGNED = "none"


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Filters of a search; empty means any. type, unit, dossier, procedure: codes. date_from and date_to: of the paper's own date,
    inclusive. signature: ok | failed | undetermined | none."""

    type: str = ""
    unit: str = ""
    date_from: date | None = None
    date_to: date | None = None
    dossier: str = ""
    procedure: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """What the index knows of a record besides its text."""

    issued: date | None
    lexemes: tuple[str, ...]


def about(record_ids: Iterable[str]) -> Mapping[str, About]:
    """Three statements for any number of records. A record belongs to its own unit and to that of every dossier it lies in."""
    ids = list(record_ids)
    filings: dict[str, list[str]] = {}
    for record_id, dossier in Filing.objects.filter(record__in=ids).values_list("record_id", "dossier_code"):
        filings.setdefault(record_id, []).append(dossier)
    codes = {code for some in filings.values() for code in some}
    known = {code: (unit, procedure) for code, unit, procedure in
             Dossier.objects.filter(pk__in=codes).values_list("code", "unit_id", "procedure_code")}  # fmt: skip
    told: dict[str, About] = {}
    columns = ("id", "type_code", "unit", "signature_verdict", "issued_date")
    for record_id, kind, unit, verdict, issued in Record.objects.filter(pk__in=ids).values_list(*columns):
        facts = {(TYPE, kind), (UNIT, unit), (SIGNATURE, verdict or UNSIGNED)}
        for code in filings.get(record_id, []):
            of_unit, of_procedure = known.get(code, ("", ""))
            facts |= {(DOSSIER, code), (UNIT, of_unit), (PROCEDURE, of_procedure)}
        told[record_id] = About(issued, tuple(sorted(fact_lexeme(kind, value) for kind, value in facts if value)))
    return told


def filters(narrowed: Narrowed, allowed: QuerySet | None) -> list[Expression] | None:
    """What every page found must have besides its words; None where nothing can be found, because no unit is allowed.

    allowed: a query for codes of units (one column), asked once; None lets everything through.
    """
    wanted: list[Expression] = [
        Lexeme(fact_lexeme(kind, value))
        for kind, value in (
            (TYPE, narrowed.type),
            (UNIT, narrowed.unit),
            (DOSSIER, narrowed.dossier),
            (PROCEDURE, narrowed.procedure),
            (SIGNATURE, narrowed.signature),
        )
        if value
    ]
    if allowed is None:
        return wanted
    units = sorted({str(code) for (code,) in allowed.values_list("pk") if code})
    return [*wanted, any_of([Lexeme(fact_lexeme(UNIT, code)) for code in units])] if units else None
