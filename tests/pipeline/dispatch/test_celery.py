"""The same papers by the local runner on SQLite, and by Celery workers on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures_broker import Broker
from tests.fixtures_postgres import PostgresServer
from tests.papers import pdf, write_papers
from tests.pipeline.dispatch.at_work import AtWork, at_work
from tests.running import Office


@pytest.fixture
def working(redis: Broker, office: Office, postgres_server: PostgresServer) -> Iterator[AtWork]:
    """An office on Redis, PostgreSQL and SeaweedFS."""
    name = postgres_server.new_database()
    with at_work(office, SOHOA_BROKER_URL=redis.url, SOHOA_DATABASE_URL=postgres_server.url(name)) as working:
        yield working
    postgres_server.drop(name)


def test_papers_carried_by_celery_give_the_records_that_the_local_runner_gives(
    working: AtWork, tmp_path: Path, inbox: Path
) -> None:
    write_papers(inbox, 2)
    (inbox / "rỗng.pdf").touch()
    alone = Office(tmp_path / "alone").digitize(inbox, SOHOA_JOBS="1")
    working.type("register", "import", inbox / "none.csv")  # the home and the tables are made
    working.start("beat", "beat")
    working.start("worker", "worker", "--jobs", "1")
    together = working.digitize(inbox)
    assert {name: told["state"] for name, told in together.items()} == {
        "giay-001.pdf": "archived",
        "giay-002.pdf": "archived",
        "rỗng.pdf": "quarantined",
    }
    assert {name: _lasting(told) for name, told in together.items()} == {name: _lasting(told) for name, told in alone.items()}
    assert working.rows("SELECT count(*) FROM audit_auditevent WHERE origin LIKE 'worker@%' AND action = 'record.archived'") == [
        (2,)
    ]
    _drains_when_asked_to_stop(working, inbox)


def _drains_when_asked_to_stop(working: AtWork, inbox: Path) -> None:
    """A worker in the middle of a paper so long that it was shared out: the page in hand is finished, what is left is given back."""
    (inbox / "dài.pdf").write_bytes(pdf(*((f"Trang thứ {number}",) for number in range(40))))
    working.start("intake", "digitize", str(inbox / "dài.pdf"))
    read = "SELECT pages_read FROM pipeline_item WHERE pages = 40 AND pages_read > 0"
    while not working.rows(read):
        assert working.started["worker"].poll() is None
    assert [working.ends(name)[0] for name in ("worker", "beat")] == [0, 0]
    ((pages_read,),) = working.rows(read)
    assert 0 < pages_read < 40
    assert working.rows("SELECT state, waiting_for, lease_holder FROM pipeline_item WHERE pages = 40") == [
        ("captured", "pages", "")
    ]
    assert working.rows("SELECT first, last, done, lease_holder FROM pipeline_chunk ORDER BY first") == [
        (1, 16, False, ""),
        (17, 32, False, ""),
        (33, 40, False, ""),
    ]
    assert working.rows("SELECT count(*) FROM pipeline_presence") == [(0,)]


def _lasting(told: dict[str, Any]) -> dict[str, Any]:
    """What does not depend on when and by whom it was done: signatures carry their time, and with it hashes."""
    kept = {name: value for name, value in told.items() if name not in ("seconds", "object")}
    return {**kept, "kept": told["object"] and told["object"]["bucket"]}
