"""`sohoa retention` as two people in an office meet it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.running import Answer
from tests.storage.retention.running import Runner, runner

LIST = ("propose", "--reason", "hết thời hạn", "--basis", "Biên bản 05/BB", "--by", "nv.lan", "--json")
Said = Callable[..., Answer]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    with runner(tmp_path_factory.mktemp("home")) as run:
        yield run


@pytest.fixture
def say(run: Runner) -> Said:
    def said(*arguments: str, typed: str = "") -> Answer:
        return Answer(*run(command=arguments, typed=typed)[1])

    return said


@pytest.fixture
def record(run: Runner, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    return run(archive=f"D-{request.node.name[-20:]}", to=str(tmp_path))[1]


def package_of(say: Said, record: str) -> dict[str, Any]:
    (told,) = [one for one in say("list", "--json").lines if record in one["records"]]
    return told


def test_how_long_a_dossier_is_kept_is_told_with_the_offices_word_for_it(say: Said, record: str) -> None:
    told = package_of(say, record)
    assert (told["class"], told["class_name"], told["until"], told["over"]) == ("06", "10 năm", "2025-12-31", True)
    assert told["sources"] == ["QĐ mẫu 01"] and told["holds"] == []
    shown = say("list", "--over")
    assert shown.code == 0 and told["package"] in shown.out and "10 năm" in shown.out


def test_what_is_due_says_to_whom_and_by_when(say: Said, record: str) -> None:
    assert say("due", "--by", "2014-12-31", "--json").out == ""
    assert "Không có gì." in say("due").err
    assert say("due", "--by", "tomorrow").code == 2


def test_a_result_is_revoked_with_a_decision_and_shown_so(say: Said, record: str) -> None:
    refused = say("state", record, "revoked", "--reason", "cấp sai", "--json")
    assert refused.code == 2 and refused.json["error"]["code"] == "storage.state_refused"
    told = say("state", record, "revoked", "--reason", "cấp sai", "--decision", "12/QĐ", "--by", "ld.hoa", "--json").json
    assert (told["state"], told["history"][0]["by"], told["destroyed"]) == ("revoked", "ld.hoa", False)
    assert "đã bị thu hồi" in say("state", record).out
    assert say("state", record, "gone").code == 2
    assert say("state", "0" * 20, "--json").json["error"]["code"] == "storage.no_such_record"


def test_what_is_held_is_not_proposed_until_it_is_released(say: Said, record: str) -> None:
    dry = say("hold", "record", record, "--reason", "thanh tra", "--dry-run", "--json")
    assert [one["package"] for one in dry.lines] == [package_of(say, record)["package"]] and not say(
        "list", "--holds", "--json"
    ).out
    placed = say("hold", "record", record, "--reason", "thanh tra", "--json").json
    assert placed["packages"] == 1 and placed["objects"] > 5 and not placed["failed"]
    barred = say("propose", package_of(say, record)["package"], "--dry-run", "--json")
    assert barred.code == 1 and barred.json["barred"][0]["reasons"] == [f"held:{placed['hold']}"]
    assert "đang bị giữ" in say("propose", package_of(say, record)["package"], "--dry-run").err
    assert say("release", placed["hold"], "--reason", "xong", "--json").json["released_by"]
    assert say("propose", package_of(say, record)["package"], "--dry-run").code == 0
    assert "gỡ ngày" in say("list", "--holds").out


def test_two_people_destroy_a_dossier_and_the_dry_runs_said_what_would_go(run: Runner, say: Said, record: str) -> None:
    package = package_of(say, record)["package"]
    dry = say("propose", package, "--dry-run", "--json").json
    assert dry["destruction"] is None and not say("list", "--destructions", "--json").out
    made = say(*LIST, package).json
    assert made["packages"] == dry["packages"] and [one["package"] for one in made["packages"]] == [package]
    destruction = made["destruction"]
    assert say("carry-out", destruction, "--yes", "--json").json["error"]["code"] == "storage.destruction_refused"
    same = say("approve", destruction, typed="NV.Lan\n")
    assert same.code == 2 and "khác người đề nghị" in same.err and "Biên bản 05/BB" in same.err
    assert say("approve", destruction, "--dry-run", "--json").json["unchanged"] is True
    assert say("approve", destruction, typed="ld.hoa\n").code == 0
    dry = say("carry-out", destruction, "--dry-run", "--json").json
    assert [one["package"] for one in dry["packages"]] == [package] and not dry["barred"]
    assert say("carry-out", destruction, typed="n\n").code == 1 and package_of(say, record)
    done = say("carry-out", destruction, "--yes", "--json").json
    assert (done["state"], done["error"]) == ("destroyed", None) and done["objects"] == made["packages"][0]["objects"]
    assert not [one for one in say("list", "--json").lines if record in one["records"]]
    listed = say("list", "--destructions", "--json").lines[0]
    assert (listed["proposed_by"], listed["approved_by"], listed["erased"], listed["begun"]) == ("nv.lan", "ld.hoa", 1, 0)
    assert say("state", record, "--json").json["destroyed"] is True
    assert run(look=package.removeprefix("urn:sohoa:dossier:"))[1][0] == 0


def test_locks_are_moved_on_once_and_the_dry_run_moves_none(run: Runner, say: Said, tmp_path: Path) -> None:
    run(forever="D-forever", to=str(tmp_path))
    planned = say("apply", "--dry-run", "--json").json
    assert planned["package"].endswith("D-forever") and planned["until"].endswith("-12-31T23:59:59+07:00")
    moved = [one for one in say("apply", "--json").lines if one["until"]]
    assert [one["package"] for one in moved] == [planned["package"]] and moved[0]["objects"] > 5
    assert say("apply", "--dry-run", "--json").out == ""


def test_an_office_that_wrote_nonsense_is_told_where(say: Said, run: Runner) -> None:
    answer = run(command=["list", "--json"], rules="[[rule]]\n")[1]
    assert answer[0] == 2 and json.loads(answer[1])["error"]["code"] == "config.retention_refused"
