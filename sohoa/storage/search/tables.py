"""The index's own tables. The catalogue's migration 0008 makes them, `post_migrate` sees to the triggers.

    index_outbox    what changed in the catalogue and waits to be indexed: a page (and its text before), a record, or a dossier
    index_state     one row: which of the two generations is searched, which is being built and how far; shelves: changes with them
    index_word      every exact and folded lexeme ever indexed, to know what a prefix may go on to
    page_entry_a/b  a page's place, the place it wanted (base) and what it was indexed with; page_id NULL: the page is gone, its place stays taken
    page_index_a/b  the words: FTS5 on SQLite, whose rowid is the place; a tsvector column on PostgreSQL
    page_about_a/b  PostgreSQL only: the words of pages 0, which page_index there does not have
    page_shelf_a/b  PostgreSQL only: how the places are cut into shelves (shelves.py)

None is a Django model: all of it is made again from the pages by `reindex`. Whoever changes a table here writes a migration that calls
`drop` and `make`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from sohoa.storage.search.model import Entry

GENERATIONS = ("a", "b")

_BOTH = (
    "CREATE TABLE index_state (id integer PRIMARY KEY, active varchar(1) NOT NULL, building varchar(1), form integer, reached bigint,"
    " shelves bigint NOT NULL)",
    # From anywhere, so that a process that outlives its database does not take the shelves of one for those of the next.
    "INSERT INTO index_state (id, active, shelves) VALUES (1, 'a', {number})",
)
_SQLITE = (
    *_BOTH,
    "CREATE TABLE index_outbox (id integer PRIMARY KEY AUTOINCREMENT, page_id bigint, was text, record_id text, dossier text)",
    "CREATE TABLE index_word (lexeme text PRIMARY KEY) WITHOUT ROWID",
)
_SQLITE_EACH = (
    "CREATE TABLE page_entry_{g} (place integer PRIMARY KEY, page_id bigint UNIQUE, record_id text NOT NULL, base bigint NOT NULL, about text NOT NULL,"
    " digest bigint NOT NULL)",
    # Contentless, without positions and sizes: what they would tell is in the pairs, and ranks need none (places.py).
    # The ascii tokeniser takes every other letter as it is, so it cannot disagree with ours about what a word is.
    "CREATE VIRTUAL TABLE page_index_{g} USING fts5(words, content='', detail=none, columnsize=0,"
    " tokenize=\"ascii tokenchars '_'\")",
)
_POSTGRESQL = (
    *_BOTH,
    "CREATE TABLE index_outbox (id bigserial PRIMARY KEY, page_id bigint, was text, record_id text, dossier text)",
    # "C": a prefix is a range of bytes, whatever the database's language sorts by.
    'CREATE TABLE index_word (lexeme text COLLATE "C" PRIMARY KEY)',
)
_POSTGRESQL_EACH = (
    "CREATE TABLE page_entry_{g} (place bigint PRIMARY KEY, page_id bigint UNIQUE, record_id text NOT NULL, base bigint NOT NULL, about text NOT NULL,"
    " digest bigint NOT NULL)",
    "CREATE TABLE page_shelf_{g} (depth smallint, start bigint, pages integer NOT NULL, PRIMARY KEY (depth, start))",
    *(
        statement.replace("{t}", table)
        for table in ("page_about", "page_index")
        for statement in (
            # Nobody reads the words back, so they lie aside: what a search reads of a row is 40 bytes.
            "CREATE TABLE {t}_{g} (place bigint NOT NULL, words tsvector NOT NULL) WITH (toast_tuple_target = 128)",
            "CREATE INDEX {t}_{g}_place ON {t}_{g} (place)",
            "CREATE INDEX {t}_{g}_words ON {t}_{g} USING gin (words)",
        )
    ),
)

# Each event of the catalogue that changes what a page is found by. Bodies name no table but the outbox: SQLite refuses to remake
# a table that a trigger elsewhere speaks of.
_EVENTS = (
    ("page_new", "catalogue_pagetext", "INSERT", "", "", "page_id", "NEW.id"),
    ("page_changed", "catalogue_pagetext", "UPDATE", "OF text, number, record_id", "", "page_id, was", "NEW.id, OLD.text"),
    ("page_gone", "catalogue_pagetext", "DELETE", "", "", "page_id, was", "OLD.id, OLD.text"),
    (
        "record_changed",
        "catalogue_record",
        "UPDATE",
        "OF type_code, unit, issued_date, signature_verdict",
        "OLD.type_code <> NEW.type_code OR OLD.unit <> NEW.unit OR OLD.signature_verdict <> NEW.signature_verdict"
        " OR COALESCE(CAST(OLD.issued_date AS text), '') <> COALESCE(CAST(NEW.issued_date AS text), '')",
        "record_id",
        "NEW.id",
    ),
    ("filing_new", "catalogue_filing", "INSERT", "", "", "record_id", "NEW.record_id"),
    ("filing_changed", "catalogue_filing", "UPDATE", "OF dossier_code, record_id", "", "record_id", "NEW.record_id"),
    ("filing_gone", "catalogue_filing", "DELETE", "", "", "record_id", "OLD.record_id"),
    ("dossier_new", "catalogue_dossier", "INSERT", "", "", "dossier", "NEW.code"),
    (
        "dossier_changed",
        "catalogue_dossier",
        "UPDATE",
        "OF unit_id, procedure_code",
        "OLD.unit_id <> NEW.unit_id OR OLD.procedure_code <> NEW.procedure_code",
        "dossier",
        "NEW.code",
    ),
)


def make(connection: BaseDatabaseWrapper) -> None:
    """Empty tables, and every page there is in the outbox. Raises the database's own errors if they are there."""
    once, each = (_SQLITE, _SQLITE_EACH) if connection.vendor == "sqlite" else (_POSTGRESQL, _POSTGRESQL_EACH)
    with connection.cursor() as cursor:
        number = secrets.randbelow(1 << 40)
        for statement in once:
            cursor.execute(statement.format(number=number))
        for generation in GENERATIONS:
            for statement in each:
                cursor.execute(statement.format(g=generation))
        cursor.execute("INSERT INTO index_outbox (page_id) SELECT id FROM catalogue_pagetext")


def drop(connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        drop_triggers(cursor, connection.vendor)
        if connection.vendor != "sqlite":
            for name, *_ in _EVENTS:
                cursor.execute(f"DROP FUNCTION IF EXISTS index_{name}()")
        for generation in GENERATIONS:
            for table in ("page_index", "page_about", "page_entry", "page_shelf"):
                cursor.execute(f"DROP TABLE IF EXISTS {table}_{generation}")
        for table in ("index_outbox", "index_state", "index_word"):
            cursor.execute(f"DROP TABLE IF EXISTS {table}")


def see_to_triggers(connection: BaseDatabaseWrapper) -> None:
    """The triggers that fill the outbox, whatever was there. After every migration: SQLite remakes tables without their triggers."""
    with connection.cursor() as cursor:
        if "index_outbox" not in connection.introspection.table_names(cursor):
            return
        drop_triggers(cursor, connection.vendor)
        for name, table, event, columns, when, into, values in _EVENTS:
            filled = f"INSERT INTO index_outbox ({into}) VALUES ({values});"
            told = f"CREATE TRIGGER index_{name} AFTER {event} {columns} ON {table} FOR EACH ROW {f'WHEN ({when})' if when else ''}"
            if connection.vendor == "sqlite":
                cursor.execute(f"{told} BEGIN {filled} END")
            else:
                cursor.execute(
                    f"CREATE OR REPLACE FUNCTION index_{name}() RETURNS trigger LANGUAGE plpgsql AS"
                    f" $$ BEGIN {filled} RETURN NULL; END $$"
                )
                cursor.execute(f"{told} EXECUTE FUNCTION index_{name}()")


def drop_triggers(cursor: Any, vendor: str) -> None:
    for name, table, *_ in _EVENTS:
        cursor.execute(f"DROP TRIGGER IF EXISTS index_{name}" + ("" if vendor == "sqlite" else f" ON {table}"))


def add_entries(cursor: Any, name: str, entries: Iterable[Entry]) -> None:
    cursor.executemany(
        f"INSERT INTO page_entry_{name} (place, page_id, record_id, base, about, digest) VALUES (%s, %s, %s, %s, %s, %s)",
        [(entry.place, entry.page_id, entry.record_id, entry.base, entry.about, entry.digest) for entry in entries],
    )
