"""An index on SQLite: FTS5 walks the rows of a question in the order of places, and stops when it has enough."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

from django.db import connection

from sohoa.storage.search.expressions import Expression, in_fts5
from sohoa.storage.search.model import Entry, Match
from sohoa.storage.search.places import Span, record_bits
from sohoa.storage.search.tables import add_entries


class OnSqlite:
    def __init__(self, name: str) -> None:
        self.name = name

    def add(self, entries: Sequence[Entry]) -> None:
        with connection.cursor() as cursor:
            add_entries(cursor, self.name, entries)
            cursor.executemany(
                f"INSERT INTO page_index_{self.name} (rowid, words) VALUES (%s, %s)",
                [(entry.place, " ".join(entry.lexemes)) for entry in entries],
            )

    def remove(self, place: int, lexemes: Sequence[str]) -> None:
        """lexemes: word for word those it was put in with, since the index keeps no text to look them up in."""
        with connection.cursor() as cursor:
            table = f"page_index_{self.name}"
            cursor.execute(f"INSERT INTO {table} ({table}, rowid, words) VALUES ('delete', %s, %s)", [place, " ".join(lexemes)])

    def reading(self) -> AbstractContextManager[None]:
        # No transaction: ours begin by waiting for whoever writes.
        return nullcontext()

    def matches(self, asked: Expression, span: Span, *, most: int, few: bool = False) -> list[Match]:
        # CROSS JOIN fixes the order: FTS5 walks its rows by rowid, and stops at LIMIT.
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT i.rowid, e.page_id, e.record_id, e.base FROM page_index_{self.name} i CROSS JOIN page_entry_{self.name} e"
                f" ON e.place = i.rowid WHERE page_index_{self.name} MATCH %s AND i.rowid >= %s AND i.rowid < %s"
                " AND e.page_id IS NOT NULL ORDER BY i.rowid LIMIT %s",
                [in_fts5(asked), span.start, span.end, most],
            )
            return [Match(*row) for row in cursor.fetchall()]

    def count(self, asked: Expression, spans: Sequence[Span], *, most: int) -> int:
        """Records with a page that matches, as their places tell them apart, counted up to `most`."""
        one = (
            f"SELECT {record_bits('rowid')} AS record FROM page_index_{self.name}"
            f" WHERE page_index_{self.name} MATCH %s AND rowid >= %s AND rowid < %s"
        )
        given = [value for span in spans for value in (in_fts5(asked), span.start, span.end)]
        with connection.cursor() as cursor:
            every = " UNION ALL ".join([one] * len(spans))
            cursor.execute(f"SELECT count(*) FROM (SELECT DISTINCT record FROM ({every}) LIMIT %s)", [*given, most])
            return cursor.fetchone()[0]

    def clear(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO page_index_{self.name} (page_index_{self.name}) VALUES ('delete-all')")
            cursor.execute(f"DELETE FROM page_entry_{self.name}")

    def bulk(self) -> None:
        """Nothing to prepare: an index that grows page by page is as good as one made at once."""

    def finish(self) -> None:
        """Nothing to finish."""
