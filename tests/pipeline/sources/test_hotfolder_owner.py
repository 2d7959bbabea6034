"""One watcher owns a folder; who waits knows for whom, and takes over when that one is gone."""

from __future__ import annotations

import multiprocessing
import os
import socket
import subprocess
from pathlib import Path

from sohoa.pipeline.dispatch.holder import this_process
from sohoa.pipeline.sources.hotfolder_owner import BEAT, GONE_AFTER, Ownership
from tests.pipeline.sources.watched import NOON


def held_by(file: Path, holder: str, *moments: float) -> list[str | None]:
    asked = Ownership(file, holder)
    return [told.holder if (told := asked.hold(at=at, now=NOON)) else None for at in moments]


def test_the_second_waits_as_long_as_the_first_lives(tmp_path: Path) -> None:
    first, second = Ownership(tmp_path / "owner.json", "a:1:1"), Ownership(tmp_path / "owner.json", "b:2:2")
    for at in range(0, 200, int(BEAT)):
        assert first.hold(at=at, now=NOON) is None
        told = second.hold(at=1_000_000 + at, now=NOON)  # clocks of two machines need not agree
        assert told and (told.host, told.pid) == ("a", "1")


def test_the_second_takes_over_when_the_first_no_longer_beats_and_the_first_then_knows_it(tmp_path: Path) -> None:
    first, second = Ownership(tmp_path / "owner.json", "a:1:1"), Ownership(tmp_path / "owner.json", "b:2:2")
    first.hold(at=0, now=NOON)
    assert second.hold(at=0, now=NOON) and second.hold(at=GONE_AFTER - 1, now=NOON)
    assert second.hold(at=GONE_AFTER, now=NOON) is None
    told = first.hold(at=GONE_AFTER + BEAT, now=NOON)
    assert told and told.holder == "b:2:2"
    assert [entry.name for entry in tmp_path.iterdir()] == ["owner.json"]


def test_a_process_of_this_machine_that_is_gone_is_not_waited_for(tmp_path: Path) -> None:
    ended = subprocess.Popen(["/usr/bin/true"])
    ended.wait()
    assert held_by(tmp_path / "owner.json", f"{socket.gethostname()}:{ended.pid}:12345", 0) == [None]
    assert held_by(tmp_path / "owner.json", this_process(), 0) == [None]
    told = held_by(tmp_path / "owner.json", "elsewhere:1:1", 0)
    assert told == [this_process()], "one that lives is"


def test_an_owner_that_leaves_makes_way_at_once(tmp_path: Path) -> None:
    first = Ownership(tmp_path / "owner.json", "a:1:1")
    first.hold(at=0, now=NOON)
    first.release()
    assert held_by(tmp_path / "owner.json", "b:2:2", 0) == [None]
    first.release()
    assert held_by(tmp_path / "owner.json", "c:3:3", 0) == ["b:2:2"], "only the owner may leave"


def test_of_many_that_take_over_at_once_one_gets_it(tmp_path: Path) -> None:
    Ownership(tmp_path / "owner.json", "dead:1:1").hold(at=0, now=NOON)
    waiting = [Ownership(tmp_path / "owner.json", f"w{number}:1:1") for number in range(6)]
    all_tried = multiprocessing.get_context("fork").Barrier(len(waiting))
    for asked in waiting:
        asked.hold(at=0, now=NOON)
    children = []
    for asked in waiting:
        child = os.fork()
        if child == 0:
            asked.hold(at=GONE_AFTER, now=NOON)
            all_tried.wait()
            os._exit(0 if asked.hold(at=GONE_AFTER, now=NOON) is None else 1)
        children.append(child)
    statuses = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert sorted(statuses) == [0, 1, 1, 1, 1, 1]


def test_a_file_that_somebody_spoilt_is_waited_for_like_an_owner_and_then_replaced(tmp_path: Path) -> None:
    (tmp_path / "owner.json").write_bytes(b"{not json")
    assert held_by(tmp_path / "owner.json", "a:1:1", 0, GONE_AFTER - 1, GONE_AFTER, GONE_AFTER + 1) == [
        "?:0:0",
        "?:0:0",
        None,
        None,
    ]
