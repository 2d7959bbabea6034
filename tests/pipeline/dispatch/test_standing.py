"""`sohoa worker` without a broker: one command that works and tends by itself."""

from __future__ import annotations

from pathlib import Path

from tests.papers import write_papers
from tests.pipeline.dispatch.at_work import at_work
from tests.running import Office


def test_a_worker_without_a_broker_finds_what_waits_and_ends_when_asked(office: Office, inbox: Path) -> None:
    write_papers(inbox, 1)
    assert office("status", "--json").json["processes"] == []
    with at_work(office) as working:
        working.start("worker", "worker", "--jobs", "1")
        # Whoever names a broker leaves the work to others; nobody rings here, and nobody need.
        found = office.digitize(inbox, SOHOA_BROKER_URL="redis://127.0.0.1:9/0")
        assert found["giay-001.pdf"]["state"] == "archived"
        kinds = {one["kind"] for one in office("status", "--json").json["processes"]}
        assert kinds == {"worker", "beat"}
        status, said = working.ends("worker")
    assert status == 0 and "Traceback" not in said
    assert office("status", "--json").json["processes"] == []
