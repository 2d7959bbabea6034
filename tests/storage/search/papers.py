"""Records with pages, small enough to see what a search must make of them."""

from __future__ import annotations

from datetime import date

from sohoa.kernel.clock import now
from sohoa.storage.catalogue.models import Dossier, Filing, PageText, Record, Unit


def record(
    number: int, *pages: str, about: str = "", kind: str = "QĐ", issued: date | None = None, unit: str = "", verdict: str = ""
) -> Record:
    """A record with these pages from 1 on; with `about`, a page 0 too. Its id ends in `number`."""
    made = Record.objects.create(
        id=f"{number:020}", source_sha256=f"{number:064}", type_code=kind, type_name="Quyết định", pages=len(pages), confidence=0.9,
        issued_date=issued, unit=unit, signed_on_arrival=False, signature_verdict=verdict, archived_at=now(), package=f"p{number}",
    )  # fmt: skip
    texts = ([(0, about)] if about else []) + list(enumerate(pages, 1))
    PageText.objects.bulk_create([PageText(record=made, number=page, text=text) for page, text in texts])
    return made


def dossier(code: str, *, unit: str, procedure: str = "1.000", holding: Record | None = None) -> Dossier:
    Unit.objects.get_or_create(code=unit, defaults={"name": unit, "level": "commune"})
    made = Dossier.objects.create(
        code=code, unit_id=unit, procedure_code=procedure, channel="direct", received_at=now(), yields_result=True
    )
    if holding:
        Filing.objects.create(record=holding, dossier_code=code)
    return made
