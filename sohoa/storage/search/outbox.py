"""From the catalogue to the index. Triggers of the database write down, in the transaction of the change, what must be indexed
again; `drain` does it. Killed anywhere, it has done a batch or has not, and doing it twice changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection, transaction

from sohoa.storage.search import state
from sohoa.storage.search.entering import enter, forget_known, holes, wanted
from sohoa.storage.search.generations import generation

BATCH = 200  # pages in one transaction: a quarter of a second in which no other process can write to SQLite
SPELT_OUT = 5000  # dossiers or records in one statement


@dataclass(frozen=True, slots=True)
class Drained:
    """indexed: pages that the index had otherwise. waiting: changes that it does not know yet."""

    indexed: int
    waiting: int


def waiting(*, most: int = 1_000_000) -> int:
    """How many changes the index does not know yet, counted up to `most`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM (SELECT 1 FROM index_outbox LIMIT %s) AS counted", [most])
        return cursor.fetchone()[0]


def drain(*, most: int | None = None) -> Drained:
    """Index what waits, batch by batch, or only `most` changes. Several processes may: who finds another at it leaves it to that one."""
    forget_known()
    done, left = 0, most
    while (left is None or left > 0) and waiting(most=1):
        took, indexed = _batch(BATCH if left is None else min(BATCH, left))
        done += indexed
        if took == 0:
            break
        left = None if left is None else left - took
    return Drained(done, waiting())


@transaction.atomic
def _batch(most: int) -> tuple[int, int]:
    """Changes taken out of the outbox, pages indexed."""
    now = state.held_if_free()
    if now is None:
        return 0, 0
    _spell_out()
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, page_id, was FROM index_outbox WHERE page_id IS NOT NULL ORDER BY id LIMIT %s", [most])
        rows = cursor.fetchall()
    texts_before: dict[int, list[str]] = {}
    for _, page_id, was in rows:
        texts_before.setdefault(page_id, []).extend([was] if was is not None else [])
    page_ids = list(texts_before)
    pages = wanted(page_ids)
    indexed = enter(generation(now.active), page_ids, pages, texts_before)
    if now.building:
        enter(generation(now.building), [page_id for page_id in page_ids if page_id <= now.reached], pages, texts_before)
    with connection.cursor() as cursor:
        cursor.executemany("DELETE FROM index_outbox WHERE id = %s", [(row[0],) for row in rows])
    return len(rows), indexed


def _spell_out() -> None:
    """Dossiers become their records, records their pages: a record of a thousand pages is no longer a step than another."""
    of_dossiers = (
        "INSERT INTO index_outbox (record_id) SELECT DISTINCT record_id FROM catalogue_filing WHERE dossier_code IN ({holes})"
    )
    of_records = "INSERT INTO index_outbox (page_id) SELECT id FROM catalogue_pagetext WHERE record_id IN ({holes})"
    with connection.cursor() as cursor:
        for column, theirs in (("dossier", of_dossiers), ("record_id", of_records)):
            while True:
                # Taken out before they are followed: what another transaction adds meanwhile stays for the next time.
                some = f"SELECT id FROM index_outbox WHERE {column} IS NOT NULL LIMIT {SPELT_OUT}"
                cursor.execute(f"DELETE FROM index_outbox WHERE id IN ({some}) RETURNING {column}")
                codes = sorted({code for (code,) in cursor.fetchall()})
                if not codes:
                    break
                cursor.execute(theirs.format(holes=holes(codes)), codes)
