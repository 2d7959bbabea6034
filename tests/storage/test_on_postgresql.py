"""The part of the suite that stands on the database, once more with PostgreSQL in SQLite's place."""

from __future__ import annotations

from tests.fixtures_postgres import PostgresServer, on_postgresql

pytest_plugins = ["tests.fixtures_postgres"]

# The search and the log have their own files on both databases; what is here stands on the tables by way of Django.
STORAGE = ("belonging", "familiar", "given_numbers", "indicators", "refiling", "register_import", "renewals", "review")
FILES = [*(f"tests/storage/test_{name}.py" for name in STORAGE), "tests/pipeline/test_dossiers.py"]


def test_what_is_tested_on_sqlite_holds_on_postgresql(postgres_server: PostgresServer) -> None:
    # The one test that reads SQLite's plan of a query in SQLite's words has its like in only_on_postgresql.py.
    left_out = "--deselect=tests/storage/test_review.py::test_the_list_finds_those_that_wait_without_looking_at_the_others"
    ran = on_postgresql([*FILES, left_out], postgres_server.url_with_password(postgres_server.new_database()))
    # How many is said so that a run that found nothing to do is no success.
    assert ran.code == 0 and ran.passed > 130, ran.out


def test_what_only_postgresql_can_get_wrong(postgres_server: PostgresServer) -> None:
    ran = on_postgresql(["tests/storage/only_on_postgresql.py"], postgres_server.url(postgres_server.new_database()))
    assert (ran.code, ran.passed) == (0, 19), ran.out
