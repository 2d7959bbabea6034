"""The plain way in the same database, as most archives have it: the server's own words, everything ranked by how often it occurs."""

from __future__ import annotations

from django.db import connection

from sohoa.kernel.text import tokens
from sohoa.storage.search.facts import Narrowed

_SQLITE = (
    "DROP TABLE IF EXISTS plain_index",
    "CREATE VIRTUAL TABLE plain_index USING fts5(text, content='catalogue_pagetext', content_rowid='id',"
    " tokenize='unicode61 remove_diacritics 2')",
    "INSERT INTO plain_index (plain_index) VALUES ('rebuild')",
)
_POSTGRESQL = (
    "DROP TABLE IF EXISTS plain_index",
    "CREATE UNLOGGED TABLE plain_index AS SELECT id, to_tsvector('simple', text) AS words FROM catalogue_pagetext",
    "CREATE INDEX plain_index_words ON plain_index USING gin (words)",
    "CREATE UNIQUE INDEX plain_index_id ON plain_index (id)",
    "ANALYZE plain_index",
)


def make() -> None:
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            cursor.execute("SET maintenance_work_mem = '256MB'")
        for statement in _SQLITE if connection.vendor == "sqlite" else _POSTGRESQL:
            cursor.execute(statement)


def find(query: str, narrowed: Narrowed, limit: int = 20) -> int:
    """How many hits of the first twenty; phrases as such, every other word by itself."""
    words = tokens(query)
    together = query.startswith('"')
    narrow, told = "", []
    if narrowed.unit:
        narrow, told = narrow + " AND r.unit = %s", [*told, narrowed.unit]
    if narrowed.type:
        narrow, told = narrow + " AND r.type_code = %s", [*told, narrowed.type]
    if narrowed.date_from:
        narrow, told = narrow + " AND r.issued_date BETWEEN %s AND %s", [*told, narrowed.date_from, narrowed.date_to]
    if connection.vendor == "sqlite":
        asked = '"' + " ".join(words) + '"' if together else " AND ".join(f'"{word}"' for word in words)
        if query.endswith("*"):
            asked += "*"
        statement = (
            "SELECT p.record_id, p.number, p.text, r.title, bm25(plain_index) AS rank FROM plain_index"
            " JOIN catalogue_pagetext p ON p.id = plain_index.rowid JOIN catalogue_record r ON r.id = p.record_id"
            f" WHERE plain_index MATCH %s {narrow} ORDER BY rank LIMIT %s"
        )
        given = [asked, *told, limit]
    else:
        asked = ("<->" if together else "&").join(f"'{word}'" for word in words) + (":*" if query.endswith("*") else "")
        statement = (
            "SELECT p.record_id, p.number, p.text, r.title, ts_rank(i.words, q) AS rank FROM plain_index i"
            " JOIN catalogue_pagetext p ON p.id = i.id JOIN catalogue_record r ON r.id = p.record_id, CAST(%s AS tsquery) q"
            f" WHERE i.words @@ q {narrow} ORDER BY rank DESC LIMIT %s"
        )
        given = [asked, *told, limit]
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return len(cursor.fetchall())
