"""An index on PostgreSQL: lexemes of ours in a tsvector, and shelves that say where to look first (shelves.py)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from sohoa.storage.search.expressions import All, Any_, Expression, Lexeme, in_tsquery
from sohoa.storage.search.model import Entry, Match
from sohoa.storage.search.places import Span, record_bits
from sohoa.storage.search.shelves import Filling, Shelf, Shelves
from sohoa.storage.search.tables import add_entries

# How many pages are looked at before all that are left are: after these, what was not found often is rare. A word of every page gives a
# screen of hits within the first, and a thousand records to count within the first of the others.
TO_FIND = (2_000, 16_000, 128_000)
TO_COUNT = (8_000, 64_000)
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
            with cursor.copy(f"COPY page_index_{self.name} (place, words) FROM STDIN") as rows:
                for entry in entries:
                    rows.write_row((entry.place, " ".join([*entry.lexemes, shelves.put(entry.place)])))
            cursor.executemany(
                f"INSERT INTO page_shelf_{self.name} (depth, start, pages) VALUES (%s, %s, %s)"
                " ON CONFLICT (depth, start) DO UPDATE SET pages = excluded.pages",
                [(*shelf, shelves.pages[shelf]) for shelf in sorted(shelves.touched)],
            )
            cursor.execute(_OTHER_SHELVES)

    def remove(self, place: int, lexemes: Sequence[str]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM page_index_{self.name} WHERE place = %s", [place])

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
        for part, within in self._parts(asked, span, () if few else TO_FIND):
            with connection.cursor() as cursor:
                # MATERIALIZED: the planner would else walk all places in order until it has enough.
                cursor.execute(
                    f"WITH found AS MATERIALIZED (SELECT place FROM page_index_{self.name} WHERE words @@ %s::tsquery),"
                    " first AS MATERIALIZED (SELECT place FROM found WHERE place >= %s AND place < %s ORDER BY place LIMIT %s)"
                    f" SELECT e.place, e.page_id, e.record_id, e.base FROM first JOIN page_entry_{self.name} e USING (place)"
                    " WHERE e.page_id IS NOT NULL ORDER BY e.place",
                    [in_tsquery(within), part.start, part.end, most - len(found)],
                )
                found += [Match(*row) for row in cursor.fetchall()]
            if len(found) >= most:
                break
        return found

    def count(self, asked: Expression, spans: Sequence[Span], *, most: int) -> int:
        """Records with a page that matches, as their places tell them apart, counted up to `most`."""
        records: set[int] = set()
        for span in spans:
            for part, within in self._parts(asked, span, TO_COUNT):
                with connection.cursor() as cursor:
                    cursor.execute(
                        f"WITH found AS MATERIALIZED (SELECT place FROM page_index_{self.name} WHERE words @@ %s::tsquery)"
                        f" SELECT DISTINCT {record_bits('place')} FROM found WHERE place >= %s AND place < %s LIMIT %s",
                        [in_tsquery(within), part.start, part.end, most],
                    )
                    records.update(record for (record,) in cursor.fetchall())
                if len(records) >= most:
                    return most
        return len(records)

    def _parts(self, asked: Expression, span: Span, portions: tuple[int, ...]) -> Iterator[tuple[Span, Expression]]:
        if not portions or self._read is None:
            yield span, asked
            return
        for part, lexemes in self._read.walk(span, portions):
            if lexemes:
                named = Any_(tuple(Lexeme(one) for one in lexemes))
                yield part, asked if len(lexemes) > MOST_SHELVES else All((asked, named))

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
            cursor.execute(f"TRUNCATE page_index_{self.name}, page_entry_{self.name}, page_shelf_{self.name}")
            cursor.execute(_OTHER_SHELVES)

    def bulk(self) -> None:
        """Many rows go in faster when nothing looks for their words yet."""
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX IF EXISTS page_index_{self.name}_words")

    def finish(self) -> None:
        with connection.cursor() as cursor:
            # A new server allows 64 MB, and then writes the same blocks again and again; 2 GB made it slower, not quicker.
            cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
            cursor.execute(f"CREATE INDEX IF NOT EXISTS page_index_{self.name}_words ON page_index_{self.name} USING gin (words)")
