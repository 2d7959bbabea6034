"""`sohoa storage check|policy` as its user meets it: what it prints, what it concludes, how it ends."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from sohoa.cli.storage import add_to
from sohoa.cli.storage_words import REASONS, TRIES
from sohoa.config.settings import settings
from sohoa.storage.objects import acceptance, lock_check, tries
from sohoa.storage.objects.policies import ROLES, policy
from sohoa.storage.objects.raw import Keys
from sohoa.storage.objects.seaweed import Connection
from tests.faults.lockless_proxy import Fault, lockless_proxy

LONG = "300"  # seconds: longer than the command waits, so it ends at once and says what stays


@pytest.fixture
def at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Environment of an office whose store is elsewhere; gives a way to change it."""

    def set_up(**environment: str) -> None:
        for name, value in {"SOHOA_HOME": str(tmp_path), **environment}.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()

    yield set_up
    monkeypatch.undo()
    settings.cache_clear()


def sohoa(*typed: str) -> Result:
    app = typer.Typer()
    app.callback()(lambda: None)
    add_to(app)
    return CliRunner().invoke(app, typed, catch_exceptions=False)


def elsewhere(url: str, keys: Keys) -> dict[str, str]:
    return {"SOHOA_S3_URL": url, "SOHOA_S3_ACCESS_KEY": keys.access, "SOHOA_S3_SECRET_KEY": keys.secret}


def admin_of(connection: Connection) -> Keys:
    assert connection.admin is not None
    return Keys(*connection.admin)


def test_the_embedded_store_passes_and_its_limit_is_said(at_home, store_home: Path) -> None:
    at_home(SOHOA_HOME=str(store_home))
    answer = sohoa("storage", "check", "--json", "--seconds", "3")
    told = json.loads(answer.stdout)
    assert (answer.exit_code, told["worm"], told["conclusion"], told["against"], told["left"]) == (0, True, "WORM", [], 0)
    assert {one["bucket"] for one in told["findings"]} == {"records", "audit"}
    assert {one["who"] for one in told["findings"] if one["code"] == "delete_version"} == {"daily", "admin"}
    assert "S3" in told["notes"][0]["vi"]
    keys = json.loads((store_home / "keys" / "store.json").read_text())
    assert not [name for name, secret in keys.items() if secret in answer.output]


@pytest.mark.parametrize(
    ("fault", "conclusion", "named"),
    [("no_lock", "versions only", "records/daily/delete_version"), ("no_versions", "unfit", "records/daily/versions")],
)
def test_a_store_with_its_lock_removed_fails_and_what_succeeded_is_named(
    at_home, store_connection: Connection, fault: Fault, conclusion: str, named: str
) -> None:
    keys = admin_of(store_connection)
    with lockless_proxy(store_connection.url, [keys], fault) as proxy:
        at_home(**elsewhere(proxy.url, keys))
        answer = sohoa("storage", "check", "--json", "--seconds", LONG)
    told = json.loads(answer.stdout)
    assert (answer.exit_code, told["worm"], told["conclusion"]) == (1, False, conclusion)
    assert named in told["against"]


def test_people_read_each_try_in_vietnamese_and_a_conclusion(at_home, store_connection: Connection) -> None:
    keys = admin_of(store_connection)
    with lockless_proxy(store_connection.url, [keys], "says_yes") as proxy:
        at_home(**elsewhere(proxy.url, keys))
        answer = sohoa("storage", "check", "--seconds", LONG)
    said = " ".join(answer.stderr.split())
    assert answer.exit_code == 1
    assert answer.stdout == ""
    assert "✗ records · khóa hằng ngày: xóa một bản đang khóa – kho đã cho phép" in said
    assert "Kho chỉ giữ phiên bản" in said
    assert "sohoa storage policy" in said
    assert "vật thử nhỏ, bị khóa tới" in said


@pytest.mark.parametrize("role", ROLES)
def test_a_policy_is_plain_json_for_the_stores_administrator(role: str) -> None:
    answer = sohoa("storage", "policy", "--role", role)
    assert (answer.exit_code, json.loads(answer.stdout)) == (0, policy(role))  # pyright: ignore[reportArgumentType]


def test_a_role_that_nobody_has_is_a_usage_error() -> None:
    assert sohoa("storage", "policy", "--role", "root").exit_code == 2


def test_every_reason_that_a_try_can_give_has_its_words() -> None:
    sources = "".join(inspect.getsource(module) for module in (tries, acceptance, lock_check))
    given = set(re.findall(r'(?:good|bad)\("(\w+)"|Verdict\([^"\n]*"(\w+)"', sources))
    reasons = {word for pair in given for word in pair if word}
    assert {"refused", "altered", "no_versions", "not_tried", "no_lock"} <= reasons
    assert reasons <= set(REASONS)
    assert {*tries.ATTEMPTS, *tries.HARMLESS} <= set(TRIES)
