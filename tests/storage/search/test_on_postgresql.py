"""The same behaviour on the other database: the search's tests once more, in a process of their own."""

from __future__ import annotations

from pathlib import Path

from tests.fixtures_postgres import on_postgresql

HERE = Path(__file__).parent


def test_the_search_behaves_alike_on_postgresql(postgres: str) -> None:
    ours = [path for path in (HERE.parent / "test_search.py", *HERE.glob("test_*.py")) if path != Path(__file__)]
    suite = on_postgresql([str(path) for path in sorted(ours)], postgres)
    assert suite.code == 0, suite.out
    assert suite.passed > 20, suite.out
