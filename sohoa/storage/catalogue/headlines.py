"""What the catalogue shows of a record at a glance, drawn from its fields: columns to filter by, and page 0 of the search."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sohoa.storage.catalogue.records import Record


def columns_from(fields: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """title, code_number, code_notation and issued_date, as long as their columns take them."""

    def said(name: str, longest: int) -> str:
        return str(fields.get(name, {}).get("value", ""))[:longest]

    issued = said("issued_date", 10)
    return {
        "title": said("subject", 500),
        "code_number": said("code_number", 11),
        "code_notation": said("code_notation", 30),
        "issued_date": date.fromisoformat(issued) if issued else None,
    }


def page_zero(record: Record, dossier: str) -> str:
    """What a record says about itself, one a line, so that it is found by it. dossier: its code, "" for none."""
    number = "/".join(part for part in (record.code_number, record.code_notation) if part)
    told = (record.type_name, number, record.title, record.fields.get("issuing_agency", {}).get("value", ""), dossier, record.pk)
    return "\n".join(part for part in told if part)
