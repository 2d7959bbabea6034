"""The log with PostgreSQL under it: one chain from many writers, one checkpoint from many makers, the same letters back."""

from __future__ import annotations

from tests.fixtures_postgres import on_postgresql

pytest_plugins = ["tests.fixtures_postgres"]
HERE = "tests/storage/audit"


def test_the_log_behaves_alike_on_postgresql(postgres: str) -> None:
    files = ["tests/storage/test_audit_chain.py", f"{HERE}/test_writing.py", f"{HERE}/test_restoring.py"]
    one = "test_of_two_processes_one_makes_it_and_the_other_is_content"
    suite = on_postgresql([*files, f"{HERE}/test_checkpoints.py::{one}"], postgres)
    assert suite.code == 0 and suite.passed >= 33, suite.out
