"""Which component or result of a dossier a record fills, decided by type from what is there, in a stable order."""

from __future__ import annotations

from django.db import transaction

from sohoa.storage.catalogue.records import Filing, Record
from sohoa.storage.catalogue.register import Component, Dossier, Result


def file_record(record: Record, dossier_code: str) -> Filing:
    """Lay a record into a dossier, once. The register may not know the dossier yet; `match` fills it in when it does."""
    filing, _ = Filing.objects.get_or_create(record=record, dossier_code=dossier_code)
    match(dossier_code)
    filing.refresh_from_db()
    return filing


@transaction.atomic
def move(record: Record, before: str, after: str) -> None:
    """Out of the dossier `before` and into `after`, "" for none; what waited for its place there gets it."""
    if before == after:
        return
    _alone_in(before, after)
    if Filing.objects.filter(record=record, dossier_code=before).delete()[0]:
        match(before)
    if after:
        file_record(record, after)


@transaction.atomic
def refile(record: Record) -> None:
    """Take a record whose type was corrected out of places that want another type, and give it and its neighbours theirs."""
    for filing in record.filings.select_related("component", "result"):
        place = filing.component or filing.result
        if place and place.document_type != record.type_code:
            filing.component = filing.result = None
            filing.save()
        match(filing.dossier_code)


def _alone_in(*dossier_codes: str) -> list[Dossier]:
    """Those the register knows, to be filed into by nobody else until this transaction ends.

    Two would both see the same place empty. SQLite lets in one writer anyhow; two rows are taken in one order, or two moves in
    opposite directions would wait for each other.
    """
    return list(Dossier.objects.select_for_update(no_key=True).filter(pk__in=dossier_codes).order_by("pk"))


@transaction.atomic
def match(dossier_code: str) -> None:
    """Give each unplaced record of the dossier the first empty component, or else result, of its type.

    A record whose type no empty place wants stays in the dossier without a place: it counts for nothing, and a person sees it.
    """
    if not _alone_in(dossier_code):
        return
    unplaced = Filing.objects.filter(dossier_code=dossier_code, component=None, result=None).select_related("record").order_by("pk")
    for filing in unplaced:
        wanted = {"dossier_id": dossier_code, "document_type": filing.record.type_code, "filings": None}
        filing.component = Component.objects.filter(**wanted).order_by("ordinal").first()
        if filing.component is None:
            filing.result = Result.objects.filter(**wanted).order_by("ordinal").first()
        if filing.component or filing.result:
            filing.save()
