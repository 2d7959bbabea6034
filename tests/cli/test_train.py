"""`sohoa train` as a person runs it, on an archive whose records were written straight into its catalogue."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tomllib

import pytest

from sohoa.ocr.understanding.textmodel import TextModel
from sohoa.ocr.understanding.textmodel.inventing import invented, shared_from, wordings_from
from sohoa.pipeline import modelfolder
from tests.ocr.understanding.written import CATALOGUE
from tests.running import Office

WORDING = tomllib.loads(CATALOGUE.with_name("type_wording.toml").read_text("utf-8"))
# What this office calls a notice of dues is a kind that the release's model has never heard of as such.
DUES = "Kính báo các hộ gia đình số tiền vệ sinh môi trường quý này; nộp tại nhà sinh hoạt cộng đồng trước ngày 00. Tổ trưởng tổ dân phố {n}."

FILL = """
import json, os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "sohoa.config.django"
import django; django.setup()
from sohoa.config.settings import settings
from sohoa.kernel.clock import now
from sohoa.storage.catalogue import database
from sohoa.storage.catalogue.records import PageText, Record
database.ready(settings().home)
for sha256, code, agreement, text in json.load(sys.stdin):
    record = Record.objects.create(id=sha256[:20], source_sha256=sha256, type_code=code, type_agreement=agreement, pages=1,
                                   confidence=1.0, signed_on_arrival=False, archived_at=now())
    PageText.objects.create(record=record, number=1, text=text)
"""


def fill(office: Office, papers: list[tuple[str, str, str]]) -> None:
    """papers: type, agreement, text."""
    rows = [(hashlib.sha256(f"{at} {paper}".encode()).hexdigest(), *paper) for at, paper in enumerate(papers)]
    command = [sys.executable, "-c", FILL]
    subprocess.run(command, input=json.dumps(rows), text=True, env=office.environment(), check=True, timeout=120)


def papers(each: int) -> list[tuple[str, str, str]]:
    """Papers of two usual types and of one that this office writes in its own way."""
    wordings = [wording for wording in wordings_from(WORDING["wording"]) if wording.code in ("QĐ", "HĐ")]
    usual = [
        (made.code, "title+notation", made.text)
        for made in invented(wordings, shared_from(WORDING["shared"][0]), each=each, seed=9)
    ]
    return [*usual, *(("PB", "verified", f"PHIẾU BÁO\n{DUES.format(n=number)}\n" * 2) for number in range(each))]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Office, dict]:
    """One archive, trained once; the tests below look at it in their order."""
    office = Office(tmp_path_factory.mktemp("train") / "home")
    fill(office, papers(16))
    answer = office("train", "--json")
    assert answer.code == 0, answer.err
    return office, answer.json


def test_training_learns_from_verified_and_agreeing_records_and_puts_the_model_to_use(trained) -> None:
    office, told = trained
    assert set(told["learned"]) == {"QĐ", "HĐ", "PB"}
    assert sum(told["learned"].values()) + told["held_back"] == 48
    assert told["after"]["right"] >= told["before"]["right"]
    assert told["after"]["papers"] == told["held_back"]
    used = modelfolder.model_in_use(office.home / "models")
    assert used.version is not None
    assert {"file": used.version.file, "sha256": used.version.sha256} == told["put_to_use"]


def test_the_trained_model_knows_what_the_shipped_one_did_not(trained) -> None:
    office, told = trained
    notice = DUES.format(n=99)
    used = modelfolder.model_in_use(office.home / "models").model
    assert used is not None
    assert used.judge(notice)[0].value == "PB"
    assert [change for change in told["changes"] if change["now"] == change["type"] == "PB"]


def test_putting_a_model_to_use_is_an_event_of_the_log(trained) -> None:
    office, told = trained
    details = office.rows("SELECT details FROM audit_auditevent WHERE action = 'model.put_to_use'")
    assert [json.loads(row[0])["sha256"] for row in details] == [told["put_to_use"]["sha256"]]


def test_undo_brings_the_model_of_the_release_back_and_only_once(trained) -> None:
    office, told = trained
    first, second = office("train", "--undo", "--json"), office("train", "--undo")
    assert (first.code, first.json["in_use"]) == (0, None)
    assert modelfolder.model_in_use(office.home / "models").model is TextModel.shipped()
    assert (office.home / "models" / told["put_to_use"]["file"]).exists()
    assert second.code == 1
    assert "pipeline.no_former_model" in second.err


def test_an_archive_with_few_records_of_a_known_type_says_how_many_are_wanted(office: Office) -> None:
    fill(office, [("QĐ", "title+notation", "Quyết định này có hiệu lực")] * 3 + [("QĐ", "title", "Quyết định này")] * 50)
    answer = office("train", "--json")
    assert answer.code == 1
    assert answer.json["error"]["code"] == "pipeline.too_few_records"
    assert "3 bản ghi" in answer.err
    assert "40" in answer.err
    assert not (office.home / "models").exists()
