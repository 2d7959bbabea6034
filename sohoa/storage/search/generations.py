"""One index in either database, behind one face: put pages in, take them out, walk what matches in the order of places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import connection, transaction

from sohoa.storage.search.expressions import All, Any_, Expression, Lexeme, in_fts5, in_tsquery
from sohoa.storage.search.places import Span, record_bits
from sohoa.storage.search.shelves import Shelves

# How many pages are looked at before all that are left are: after these, what was not found often is rare.
PORTIONS = (4_000, 64_000)
# Past so many shelves naming them costs more than looking everywhere.
MOST_SHELVES = 200


@dataclass(frozen=True, slots=True)
class Match:
    """base: the place that the page wanted, by which matches are put in order; see places.place_of."""

    place: int
    page_id: int
    record_id: str
    base: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A page on its way in. about: its facts. digest: of its text."""

    place: int
    page_id: int
    record_id: str
    base: int
    about: str
    digest: int
    lexemes: Sequence[str]


class Generation(Protocol):
    """`matches` and `count` only within `reading()`. few: all that match are few, so where they stand need not be guessed."""

    name: str

    def reading(self) -> AbstractContextManager[None]: ...

    def matches(self, asked: Expression, span: Span, *, most: int, few: bool = False) -> list[Match]: ...

    def count(self, asked: Expression, spans: Sequence[Span], *, most: int) -> int: ...

    def add(self, entries: Sequence[Entry]) -> None: ...

    def remove(self, place: int, lexemes: Sequence[str]) -> None: ...

    def clear(self) -> None: ...

    def bulk(self) -> None: ...

    def finish(self) -> None: ...


def generation(name: str) -> Generation:
    return OnSqlite(name) if connection.vendor == "sqlite" else OnPostgresql(name)


class OnSqlite:
    def __init__(self, name: str) -> None:
        self.name = name

    def add(self, entries: Sequence[Entry]) -> None:
        with connection.cursor() as cursor:
            _add_entries(cursor, self.name, entries)
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


class OnPostgresql:
    def __init__(self, name: str) -> None:
        self.name = name
        self._read: Shelves | None = None

    def add(self, entries: Sequence[Entry]) -> None:
        shelves = self._shelves()
        with connection.cursor() as cursor:
            _add_entries(cursor, self.name, entries)
            rows = [(entry.place, " ".join([*entry.lexemes, shelves.put(entry.place)])) for entry in entries]
            cursor.executemany(f"INSERT INTO page_index_{self.name} (place, words) VALUES (%s, %s::tsvector)", rows)
            cursor.executemany(
                f"INSERT INTO page_shelf_{self.name} (depth, start, pages) VALUES (%s, %s, %s)"
                " ON CONFLICT (depth, start) DO UPDATE SET pages = excluded.pages",
                [(*shelf, shelves.pages[shelf]) for shelf in sorted(shelves.touched)],
            )

    def remove(self, place: int, lexemes: Sequence[str]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM page_index_{self.name} WHERE place = %s", [place])

    @contextmanager
    def reading(self) -> Iterator[None]:
        # Where a word is everywhere the planner would read the whole table, and unpack the words of each row.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL jit = off")
            self._read = self._shelves()
            yield
            cursor.execute("SET LOCAL enable_seqscan = on")

    def matches(self, asked: Expression, span: Span, *, most: int, few: bool = False) -> list[Match]:
        found: list[Match] = []
        for part, within in self._parts(asked, span, few):
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
            for part, within in self._parts(asked, span, few=False):
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

    def _parts(self, asked: Expression, span: Span, few: bool) -> Iterator[tuple[Span, Expression]]:
        if few or self._read is None:
            yield span, asked
            return
        for part, lexemes in self._read.walk(span, PORTIONS):
            if lexemes:
                named = Any_(tuple(Lexeme(one) for one in lexemes))
                yield part, asked if len(lexemes) > MOST_SHELVES else All((asked, named))

    def _shelves(self) -> Shelves:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT depth, start, pages FROM page_shelf_{self.name}")
            return Shelves({(depth, start): pages for depth, start, pages in cursor.fetchall()})

    def clear(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE page_index_{self.name}, page_entry_{self.name}, page_shelf_{self.name}")

    def bulk(self) -> None:
        """Many rows go in faster when nothing looks for their words yet."""
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX IF EXISTS page_index_{self.name}_words")

    def finish(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
            cursor.execute(f"CREATE INDEX IF NOT EXISTS page_index_{self.name}_words ON page_index_{self.name} USING gin (words)")


def _add_entries(cursor: Any, name: str, entries: Iterable[Entry]) -> None:
    cursor.executemany(
        f"INSERT INTO page_entry_{name} (place, page_id, record_id, base, about, digest) VALUES (%s, %s, %s, %s, %s, %s)",
        [(entry.place, entry.page_id, entry.record_id, entry.base, entry.about, entry.digest) for entry in entries],
    )
