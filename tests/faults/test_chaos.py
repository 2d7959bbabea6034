"""Everything an office stands on is killed while it works: each paper is archived exactly once, or put aside with its true reason."""

from __future__ import annotations

import pytest

from benchmarks.chaos.storm import rage


@pytest.mark.timeout(280)
def test_papers_survive_kills_of_every_part_of_an_office_on_a_broker_and_a_database_server() -> None:
    found = rage(8, seed=20260107, broker="rabbitmq", every=0.7, kills=8, patience=240)
    assert found.verdicts.faults == ()
    assert (found.verdicts.archived, found.verdicts.quarantined) == (7, 1)
    parts = {"beat", "broker", "database", "intake", "store", "worker-1", "worker-2"}
    assert parts <= set(found.killed), found.killed
