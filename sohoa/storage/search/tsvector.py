"""An index on PostgreSQL: lexemes of ours in a tsvector, and shelves that say where to look first (shelves.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from sohoa.storage.search.expressions import All, Any_, Expression, Lexeme, in_tsquery
from sohoa.storage.search.model import Entry, Match
from sohoa.storage.search.places import TEXTS, Span, day, record_bits
from sohoa.storage.search.shelves import Filling, Shelf, Shelves, planned
from sohoa.storage.search.tables import add_entries

# What records say about themselves has an index of its own: a word that is common in texts is rare there, and so is looked for among few.
TABLES = ("page_about", "page_index")
# How many pages are looked at before all that are left are: after these, what was not found often is rare. A word of every page gives a
# screen of hits within the first, and a thousand records to count within the first of the others.
TO_FIND = (2_000, 16_000, 128_000)
TO_COUNT = (8_000, 64_000)
# What one page of so many has is rare enough to be asked for everywhere at once: of a million pages 2,500 have it.
RARE = 400
# Past so many shelves naming them costs more than looking everywhere.
MOST_SHELVES = 200

_OTHER_SHELVES = "UPDATE index_state SET shelves = shelves + 1 WHERE id = 1"
# By database, generation and index_state.shelves; one at a time.
_read_shelves: dict[tuple[str, str, int], Shelves] = {}


class OnPostgresql:
    def __init__(self, name: str) -> None:
        self.name = name
        self._read: Shelves | None = None

    def add(self, entries: Sequence[Entry]) -> None:
        with connection.cursor() as cursor:
            shelves = Filling(self._pages_by_shelf(cursor))
            add_entries(cursor, self.name, entries)
            for table in TABLES:
                with cursor.copy(f"COPY {table}_{self.name} (place, words) FROM STDIN") as rows:
                    for entry in entries:
                        if _table(entry.place) == table:
                            rows.write_row((entry.place, " ".join([*entry.lexemes, shelves.put(entry.place)])))
            cursor.executemany(
                f"INSERT INTO page_shelf_{self.name} (depth, start, pages) VALUES (%s, %s, %s)"
                " ON CONFLICT (depth, start) DO UPDATE SET pages = excluded.pages",
                [(*shelf, shelves.pages[shelf]) for shelf in sorted(shelves.touched)],
            )
            cursor.execute(_OTHER_SHELVES)

    def remove(self, place: int, lexemes: Sequence[str]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {_table(place)}_{self.name} WHERE place = %s", [place])

    @contextmanager
    def reading(self) -> Iterator[None]:
        # Where a word is everywhere the planner would read the whole table, and unpack the words of each row.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL jit = off")
            self._read = self._shelves(cursor)
            yield
            cursor.execute("SET LOCAL enable_seqscan = on")

    def matches(self, asked: Expression, span: Span, *, most: int, few: bool = False) -> list[Match]:
        found: list[Match] = []

        def ask(part: Span, within: Expression) -> int:
            # MATERIALIZED: the planner would else walk all places in order until it has enough.
            rows = self._rows(
                within,
                part,
                " first AS MATERIALIZED (SELECT place FROM found WHERE place >= %s AND place < %s ORDER BY place LIMIT %s)"
                f" SELECT e.place, e.page_id, e.record_id, e.base FROM first JOIN page_entry_{self.name} e USING (place)"
                " WHERE e.page_id IS NOT NULL ORDER BY e.place",
                most - len(found),
            )
            found.extend(Match(*row) for row in rows)
            return len(rows)

        self._until(lambda: len(found) >= most, ask, asked, (span,), () if few else TO_FIND)
        return found

    def count(self, asked: Expression, spans: Sequence[Span], *, most: int) -> int:
        """Records with a page that matches, as their places tell them apart, counted up to `most`."""
        records: set[int] = set()

        def ask(part: Span, within: Expression) -> int:
            of_these = (
                " within AS (SELECT place FROM found WHERE place >= %s AND place < %s)"
                f" SELECT DISTINCT {record_bits('place')} FROM within LIMIT %s"
            )
            rows = self._rows(within, part, of_these, most)
            records.update(record for (record,) in rows)
            return len(rows)

        self._until(lambda: len(records) >= most, ask, asked, spans, TO_COUNT)
        return min(len(records), most)

    def _rows(self, asked: Expression, part: Span, then: str, most: int) -> list[tuple[Any, ...]]:
        """then: more of the statement, with holes for the part's start and end and for `most`."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH found AS MATERIALIZED (SELECT place FROM {_table(part.start)}_{self.name} WHERE words @@ %s::tsquery),{then}",
                [in_tsquery(asked), part.start, part.end, most],
            )
            return cursor.fetchall()

    def _until(
        self,
        enough: Callable[[], bool],
        ask: Callable[[Span, Expression], int],
        asked: Expression,
        spans: Sequence[Span],
        portions: Sequence[int],
    ) -> None:
        """Ask part by part, as long as what is asked for seems common; then, or without portions, for all that is left at once."""
        halves = [half for span in spans for half in _halves(span)]
        for half in halves:
            for portion in portions:
                if half.start >= half.end or enough() or self._read is None:
                    break
                part, lexemes = self._read.first(half, portion)
                named = Any_(tuple(Lexeme(one) for one in lexemes))
                matched = ask(part, asked if len(lexemes) > MOST_SHELVES else All((asked, named))) if lexemes else 0
                half = Span(part.end, half.end)
                if matched * RARE < portion:
                    break
            if half.start < half.end and not enough():
                ask(half, asked)

    def _shelves(self, cursor: Any) -> Shelves:
        """From memory, as long as nobody has put a page in since."""
        cursor.execute("SELECT shelves FROM index_state WHERE id = 1")
        wanted = (connection.settings_dict["NAME"], self.name, cursor.fetchone()[0])
        if wanted not in _read_shelves:
            _read_shelves.clear()
            _read_shelves[wanted] = Shelves(self._pages_by_shelf(cursor))
        return _read_shelves[wanted]

    def _pages_by_shelf(self, cursor: Any) -> dict[Shelf, int]:
        cursor.execute(f"SELECT depth, start, pages FROM page_shelf_{self.name}")
        return {(depth, start): pages for depth, start, pages in cursor.fetchall()}

    def clear(self) -> None:
        with connection.cursor() as cursor:
            for table in (*TABLES, "page_entry", "page_shelf"):
                cursor.execute(f"TRUNCATE {table}_{self.name}")
            cursor.execute(_OTHER_SHELVES)

    def bulk(self) -> None:
        """Many rows go in faster when nothing looks for their words yet, and into shelves that are there already."""
        with connection.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"DROP INDEX IF EXISTS {table}_{self.name}_words")
            cursor.execute(
                "SELECT CASE WHEN p.number = 0 THEN 0 ELSE 1 END, r.issued_date, count(*) FROM catalogue_pagetext p"
                " JOIN catalogue_record r ON r.id = p.record_id GROUP BY 1, 2"
            )
            shelves = planned((day(number, issued), pages) for number, issued, pages in cursor.fetchall())
            cursor.executemany(
                f"INSERT INTO page_shelf_{self.name} (depth, start, pages) VALUES (%s, %s, %s)",
                [(*shelf, pages) for shelf, pages in sorted(shelves.items())],
            )
            cursor.execute(_OTHER_SHELVES)

    def finish(self) -> None:
        with connection.cursor() as cursor:
            # A new server allows 64 MB, and then writes the same blocks again and again; 2 GB made it slower, not quicker.
            cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
            for table in TABLES:
                cursor.execute(f"CREATE INDEX IF NOT EXISTS {table}_{self.name}_words ON {table}_{self.name} USING gin (words)")


def _halves(span: Span) -> list[Span]:
    halves = (Span(span.start, min(span.end, TEXTS)), Span(max(span.start, TEXTS), span.end))
    return [half for half in halves if half.start < half.end]


def _table(place: int) -> str:
    return TABLES[place >= TEXTS]
