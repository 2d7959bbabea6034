"""`sohoa audit`, as it is typed."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sohoa.storage.objects.seaweed import embedded_store
from tests.running import Office

EVENTS = """
import django, sys
django.setup()
from sohoa.config.settings import settings
from sohoa.kernel.clock import now
from sohoa.storage.audit import chain
from sohoa.storage.catalogue import database
database.ready(settings().home)
for number in range(int(sys.argv[1])):
    chain.append("record.read", f"{number:020}", now=now(), actor="thử")
"""


def write(office: Office, count: int) -> None:
    environment = office.environment(DJANGO_SETTINGS_MODULE="sohoa.config.django")
    subprocess.run([sys.executable, "-c", EVENTS, str(count)], env=environment, check=True, timeout=60)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Its store is left running, so that each command finds it."""
    office = Office(tmp_path_factory.mktemp("audit") / "home")
    write(office, 5)
    with embedded_store(office.home):
        yield office


def test_what_is_asked_wrongly_is_answered_with_a_sentence(desk: Office, tmp_path: Path) -> None:
    (tmp_path / "khac.json").write_text("{}")
    for asked, code, told in (
        (("prove", "khong-co"), 2, "storage.audit_nothing_to_prove"),
        (("verify", "--witness", tmp_path / "khac.json"), 2, "storage.audit_checkpoint_unreadable"),
    ):
        answer = desk("audit", *asked)
        assert answer.code == code and told in answer.err


def test_the_log_is_fixed_verified_and_proven_from_the_terminal(desk: Office, tmp_path: Path) -> None:
    made = desk("audit", "checkpoint", "-o", tmp_path / "moc.json", "--json")
    assert made.code == 0 and made.json["new"] == 5 and made.json["unstamped"] == "no_service"
    verified = desk("audit", "verify", "--witness", tmp_path / "moc.json", "--json")
    assert verified.code == 0, verified.out
    assert {name: verified.json[name] for name in ("verdict", "events", "fixed", "findings")} == {
        "verdict": "ok", "events": 5, "fixed": 5, "findings": [],
    }  # fmt: skip
    key = desk("audit", "key", "-o", tmp_path / "key.pem", "--json")
    assert key.code == 0 and key.json["fingerprint"] == verified.json["key"]
    proven = desk("audit", "prove", "3", "-o", tmp_path / "bien-nhan.json")
    assert proven.code == 0 and "không có dấu thời gian" in proven.err
    assert json.loads((tmp_path / "bien-nhan.json").read_bytes())["events"][0]["event"]["sequence"] == 3
    with sqlite3.connect(desk.home / "catalogue.sqlite3") as database:
        database.execute("UPDATE audit_auditevent SET actor = 'ai đó khác' WHERE sequence = 2")
    spoilt = desk("audit", "verify")
    assert spoilt.code == 1 and "mục 2 đã bị sửa sau khi được chốt (event_edited)" in spoilt.out
