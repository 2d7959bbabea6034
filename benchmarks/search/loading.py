"""Generated papers into a catalogue, past the outbox: what follows is `reindex`, as after a restored backup."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

from django.db import connection, transaction

from benchmarks.search.papers import Maker, Paper
from sohoa.storage.catalogue.records import Filing, PageText, Record
from sohoa.storage.catalogue.register import Dossier, Unit
from sohoa.storage.search import tables

_BATCH = 500  # papers in a transaction
_THEN = datetime(2026, 1, 1, tzinfo=UTC)


def load(maker: Maker, start: int, pages: int) -> int:
    """The number after the last paper."""
    with connection.cursor() as cursor:
        tables.drop_triggers(cursor, connection.vendor)
    papers = maker.papers(start, pages)
    last = start
    while some := list(islice(papers, _BATCH)):
        _enter(some)
        last = some[-1].number + 1
    tables.see_to_triggers(connection)
    return last


@transaction.atomic
def _enter(papers: list[Paper]) -> None:
    Unit.objects.bulk_create(
        [Unit(code=code, name=code, level="commune") for code in sorted({p.unit for p in papers})], ignore_conflicts=True
    )
    Record.objects.bulk_create([_record(paper) for paper in papers])
    Dossier.objects.bulk_create(
        [
            Dossier(
                code=p.dossier,
                procedure_code=p.procedure,
                procedure_name="",
                unit_id=p.unit,
                channel="direct",
                received_at=_THEN,
                yields_result=False,
            )
            for p in papers
        ]
    )
    Filing.objects.bulk_create([Filing(record_id=paper.id, dossier_code=paper.dossier) for paper in papers])
    PageText.objects.bulk_create(list(_pages(papers)))


def _pages(papers: list[Paper]) -> Iterator[PageText]:
    for paper in papers:
        for number, text in enumerate(paper.pages):
            yield PageText(record_id=paper.id, number=number, text=text)


def _record(paper: Paper) -> Record:
    return Record(
        id=paper.id, source_sha256=f"{paper.id:>064}", type_code=paper.kind, type_name=paper.kind, title=paper.pages[0].split("\n")[2][:200],
        issued_date=paper.issued, pages=len(paper.pages) - 1, confidence=0.9, unit=paper.unit, signed_on_arrival=False,
        signature_verdict=paper.verdict, archived_at=_THEN,
    )  # fmt: skip
