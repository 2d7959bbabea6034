"""Kill the writers of the archive, its store, and both: what was acknowledged is there, once, and the archive is valid."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks.archive.kills import archived_under_kills, judged

RECORDS = 60
KILLS = 8  # of each kind two, of us four: each kill of the store costs 3 to 4 s
PAUSE = (0.1, 2.0)  # seconds between two kills


@pytest.mark.timeout(420)
def test_every_acknowledged_record_survives_kills_of_the_writers_the_store_and_both_and_none_is_there_twice(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"the same moments again: python -m benchmarks.archive kills --records {RECORDS} --seed {seed}")
    done = archived_under_kills(tmp_path, records=RECORDS, seed=seed, pause=PAUSE, most=KILLS)
    told = judged(tmp_path, done, records=RECORDS, seed=seed)
    assert told["findings"] == []
    assert told["acknowledged"] == RECORDS
    assert done.kills["us"] and done.kills["store"] and done.kills["both"], done.kills
