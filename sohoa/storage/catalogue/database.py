"""The catalogue's database, ready to use: looked at, made and brought up to date when a command starts."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.core.management import call_command
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from sohoa.kernel.errors import Exit, SohoaError

# Of PostgreSQL's two-part advisory locks: ours, and among them the one for changing tables (storage/packages/turns.py has its own).
_SPACE, _TABLES = 0x736F686F, 0


class DatabaseUnreachable(SohoaError):
    code, exit_code = "storage.database_unreachable", Exit.UNREACHABLE
    vi = "Cơ sở dữ liệu không trả lời hoặc không cho vào."
    en = "The database does not answer or does not let us in."
    remedy = "Kiểm tra máy chủ cơ sở dữ liệu và SOHOA_DATABASE_URL (thử cùng địa chỉ ấy bằng psql), rồi chạy lại; việc đã làm được giữ nguyên."
    remedy_en = "Check the database server and SOHOA_DATABASE_URL (try the same address with psql), then run again; the work so far is kept."


class DatabaseBusy(SohoaError):
    code, exit_code = "storage.database_busy", Exit.UNREACHABLE
    vi = "Cơ sở dữ liệu bận quá lâu nên việc này chưa làm được."
    en = "The database was busy for too long; this was not done."
    remedy = "Chạy lại sau ít phút; nếu vẫn vậy, xem tiến trình nào đang giữ khóa trong cơ sở dữ liệu."
    remedy_en = "Run again in a few minutes; if it stays so, see which process holds locks in the database."


class DatabaseFull(SohoaError):
    code, exit_code = "storage.database_full", Exit.UNREACHABLE
    vi = "Máy chủ cơ sở dữ liệu hết chỗ trên ổ đĩa."
    en = "The database server has no space left on its disk."
    remedy = "Giải phóng chỗ trên máy chủ cơ sở dữ liệu, rồi chạy lại đúng lệnh này; việc đã làm được giữ nguyên."
    remedy_en = "Free space on the database server, then run the same command again; the work so far is kept."


class DatabaseUnsuitable(SohoaError):
    code, exit_code = "storage.database_unsuitable", Exit.USAGE
    vi = "Cơ sở dữ liệu này được tạo với bảng mã hoặc thứ tự chữ không phù hợp ({found})."
    en = "This database was made with an encoding or an order of letters that does not fit ({found})."
    remedy = "Tạo lại: CREATE DATABASE … ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8' TEMPLATE template0."
    remedy_en = "Make it anew: CREATE DATABASE … ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8' TEMPLATE template0."


def ready(home: Path) -> None:
    """Set Django up and apply migrations, one process at a time: two commands may start together on a new home.

    Raises DatabaseUnreachable, DatabaseBusy, DatabaseFull, DatabaseUnsuitable.
    """
    home.mkdir(parents=True, exist_ok=True)
    django.setup()
    # What follows the last migration (the triggers of the search index) leaves no mark in the database; a kill before it leaves this.
    begun = home / "migrate.begun"
    with _alone_on_this_machine(home), told():
        _must_suit()
        if begun.exists() or _behind():
            begun.touch()
            with _alone_everywhere():
                call_command("migrate", verbosity=0, interactive=False)
            begun.unlink()


def kind_and_version() -> str:
    """Such as `SQLite 3.40.1` or `PostgreSQL 15.18`. Raises DatabaseUnreachable."""
    if connection.vendor != "postgresql":
        return f"SQLite {sqlite3.sqlite_version}"
    with told():
        return f"PostgreSQL {_answer('SHOW server_version').partition(' ')[0]}"


@contextmanager
def told() -> Iterator[None]:
    """Say what a database that failed us means for a person: `with told(): …` raises what `meaning_of` makes of it.

    What SQLite finds wrong with its file, and statements that are wrong in themselves, pass through as they are.
    """
    try:
        yield
    except (DatabaseError, InterfaceError) as failure:
        meant = meaning_of(failure)
        if meant is None:
            raise
        raise meant from failure


# What PostgreSQL calls a wait that was ended: deadlock_detected, serialization_failure, lock_not_available, query_canceled,
# idle_in_transaction_session_timeout. And disk_full.
_WAITED, _FULL = ("40P01", "40001", "55P03", "57014", "25P03"), "53100"


def meaning_of(failure: Exception) -> SohoaError | None:
    """DatabaseBusy where the same again may well succeed, DatabaseFull, DatabaseUnreachable where line or server is gone; else None.

    A deadlock and a lock waited for in vain are nobody's paper's fault: what was begun was undone, and can be done again.
    """
    if connection.vendor != "postgresql" or not isinstance(failure, DatabaseError | InterfaceError):
        return None
    state = getattr(failure.__cause__, "sqlstate", None)
    if state in _WAITED:
        return DatabaseBusy()
    if state == _FULL:
        return DatabaseFull()
    return DatabaseUnreachable() if isinstance(failure, OperationalError | InterfaceError) else None


@contextmanager
def _alone_on_this_machine(home: Path) -> Iterator[None]:
    descriptor = os.open(home / "migrate.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _alone_everywhere() -> Iterator[None]:
    """Other machines may start on the same new database; the lock ends with the connection, so a crash leaves none behind."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        # An index over a million pages takes longer to make than a writer is otherwise ready to wait.
        cursor.execute("SET lock_timeout = 0")
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [_SPACE, _TABLES])
        try:
            yield
        finally:
            connection.close()  # gives back the lock and the patience


def _behind() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _must_suit() -> None:
    """Letters in the order of their numbers, as on SQLite: indexes that follow a country's order break when its C library is renewed."""
    if connection.vendor != "postgresql":
        return
    encoding = _answer("SHOW server_encoding")
    if encoding != "UTF8":
        raise DatabaseUnsuitable(found=encoding)
    if not _answer("SELECT 'B' < 'a' AND 'z' < 'Đ' AND 'a-b' < 'a0'"):
        raise DatabaseUnsuitable(found=_answer("SELECT datcollate FROM pg_database WHERE datname = current_database()"))


def _answer(question: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]
