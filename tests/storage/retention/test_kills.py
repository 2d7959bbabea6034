"""A destruction that is killed after any durable step is completed by running it again: whole, once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.storage.retention.running import Runner, runner

MOST_STEPS = 60  # a carrying out of one small package has not so many
DONE = [["package.erased", 1], ["record.destroyed", 1]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    with runner(tmp_path_factory.mktemp("home")) as run:
        yield run


def test_a_kill_after_any_durable_step_is_completed_by_running_it_again(run, tmp_path) -> None:
    stood: list[list[Any]] = []
    for step in range(1, MOST_STEPS):
        code = f"D{step}"
        made = run(approved=code, to=str(tmp_path))[1]
        killed = run(carry=made, kill=step)[0] != 0
        stood.append(run(look=code)[1])
        assert run(carry=made, look=code)[1] == [0, [True], 0, 1, DONE], step
        if not killed:
            break
    else:
        pytest.fail("it never came to its end")
    whole = stood[0][0]
    seen = [objects for objects, *_ in stood]
    # The trial of the keys, its end, the tombstone: untouched so far. Then every object one by one, and nobody is shown a half.
    assert seen[:4] == [whole] * 4 and sorted(set(seen), reverse=True) == list(range(whole, -1, -1))
    assert all((pages, gone) == (0, 1) for objects, _, pages, gone, _ in stood if objects < whole)
    assert all((pages, gone) in ((1, 0), (0, 1)) for _, _, pages, gone, _ in stood)
