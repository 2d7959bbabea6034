"""The broker is a doorbell: as many rings as papers wait, again after it lost them, and a sentence when it is away."""

from __future__ import annotations

import pytest

from sohoa.kernel.errors import Exit
from sohoa.pipeline.dispatch.celery import BrokerUnreachable, app_for, rings
from sohoa.pipeline.dispatch.lanes import ALL
from tests.fixtures_broker import Broker

LANE = ALL[0]


def test_rings_are_added_only_up_to_what_waits_and_again_after_the_broker_lost_them(redis: Broker) -> None:
    app = app_for(redis.url)
    with rings(app) as bell:
        assert [bell.top_up(LANE, wanted) for wanted in (3, 5, 2)] == [3, 2, 0]
        assert bell.top_up(ALL[1], 1) == 1
    redis.kill()
    for kept in redis.folder.glob("appendonlydir/*"):
        kept.unlink()
    redis.start()
    with rings(app) as bell:
        assert bell.top_up(LANE, 3) == 3


def test_a_broker_that_goes_away_in_the_middle_is_told_as_ours(redis: Broker) -> None:
    with pytest.raises(BrokerUnreachable) as away, rings(app_for(redis.url)) as bell:
        assert bell.top_up(LANE, 1) == 1
        redis.kill()
        bell.top_up(LANE, 2)
    assert away.value.exit_code is Exit.UNREACHABLE


@pytest.mark.parametrize("url", ["redis://127.0.0.1:9/0", "amqp://guest:guest@127.0.0.1:9//"], ids=["redis", "rabbitmq"])
def test_a_broker_that_is_not_there_is_said_soon(url: str) -> None:
    with pytest.raises(BrokerUnreachable) as away, rings(app_for(url)):
        pass
    assert away.value.exit_code is Exit.UNREACHABLE and "127.0.0.1" not in str(away.value)
