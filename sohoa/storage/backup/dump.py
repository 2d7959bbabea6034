"""The catalogue as it was at one moment, in a file: SQLite's own copy, or one JSON line a row from PostgreSQL."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from django.apps import apps
from django.core import serializers
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Model

from sohoa.storage.backup.model import LINES, SQLITE, BackupDamaged


def dump(into: Path) -> tuple[str, dict[str, int]]:
    """Gives which kind of file it is (its name in a backup) and how many rows each table has. Others may write meanwhile."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        if connection.in_atomic_block:
            # The backup interface would wait for the transaction that waits for it; this one takes what the transaction sees.
            into.write_bytes(connection.connection.serialize())
        else:
            with closing(sqlite3.connect(into)) as copy:
                connection.connection.backup(copy)
        with closing(sqlite3.connect(into)) as copy:
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it whoever opens it
        return SQLITE, rows_of(into)
    counts: dict[str, int] = {}
    with transaction.atomic(), into.open("w", encoding="utf-8") as out:
        if connection.get_autocommit() is False and not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for model in _models():
            rows = model._default_manager.order_by("pk").iterator(chunk_size=1000)
            serializers.serialize("jsonl", _counted(rows, model._meta.db_table, counts), stream=out)
    return LINES, counts


def _models() -> list[type[Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("sohoa.") and model._meta.managed]


def _counted(rows, table: str, counts: dict[str, int]):
    counts[table] = 0
    for row in rows:
        counts[table] += 1
        yield row


def rows_of(file: Path) -> dict[str, int]:
    """Of our tables. Raises BackupDamaged for what is no sound SQLite file."""
    try:
        with closing(sqlite3.connect(f"file:{file}?immutable=1", uri=True)) as database:
            if database.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise sqlite3.DatabaseError
            tables = {model._meta.db_table for model in _models()}
            there = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            return {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in sorted(tables & there)}
    except sqlite3.Error as failure:
        raise BackupDamaged(why="the catalogue in it is no sound database", why_vi="cơ sở dữ liệu trong đó hỏng") from failure


def load_lines(file: Path) -> None:
    """Fill empty tables from the rows of LINES. Raises BackupDamaged."""
    try:
        with transaction.atomic(), file.open(encoding="utf-8") as told:
            for row in serializers.deserialize("jsonl", told):
                row.save()
            # Rows came with their numbers; the next new one must not be given a number that is taken.
            with connection.cursor() as cursor:
                for statement in connection.ops.sequence_reset_sql(no_style(), _models()):
                    cursor.execute(statement)
    except (serializers.base.DeserializationError, ValueError) as failure:
        raise BackupDamaged(why="its rows cannot be read", why_vi="các dòng của cơ sở dữ liệu không đọc được") from failure
