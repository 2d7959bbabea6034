"""The citizen's QR code before signing: the same one however often the command is run, and nothing in it that was not let in."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import zxingcpp

from sohoa.config.signing import QR_FIELDS, QrPlan
from sohoa.kernel.durable import sha256_of
from sohoa.ocr.understanding.codes.paper import paper_says
from sohoa.pipeline.signing.citizens_code import CitizensCode, Printed, QrFieldNotAllowed
from sohoa.signing.flow.journal import JobDamaged, Journal
from sohoa.signing.opening import FileUnreadable
from sohoa.signing.profiles.qr import QrPayload
from tests.signing.profiles.papers import decision, scanned, seen

NOW = datetime(2026, 3, 5, 2, 30, tzinfo=UTC)
TOLD = QrPayload("H99.01-260305-0012", "1.004194")


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    return scanned(tmp_path / "p.pdf", decision())


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "signing")


def said(printed: Printed) -> str:
    (code,) = zxingcpp.read_barcodes(seen(printed.path, dpi=200).pixels)
    return code.text


def test_printed_again_hours_later_it_says_the_same_and_is_signed_as_the_same(paper: Path, journal: Journal) -> None:
    code = CitizensCode(TOLD, QrPlan(), journal)
    first = code.on(paper, now=NOW)
    code.put_away(first, begun=True)
    assert not first.path.exists()
    again = CitizensCode(TOLD, QrPlan(), Journal(journal.root)).on(paper, now=NOW + timedelta(hours=9))
    assert again == first
    read = paper_says(said(again))
    assert read and read.dossier_code == TOLD.dossier_code and "2026-03-05T09:30:00+07:00" in said(again)


def test_what_a_killed_run_had_printed_is_taken_up_as_it_is(paper: Path, journal: Journal) -> None:
    first = CitizensCode(TOLD, QrPlan(), journal).on(paper, now=NOW)
    printed = first.path.stat()
    again = CitizensCode(TOLD, QrPlan(), Journal(journal.root)).on(paper, now=NOW + timedelta(hours=9))
    assert again == first and again.path.stat().st_ino == printed.st_ino and sha256_of(again.path) == first.sha256


def test_where_nothing_was_signed_the_next_attempt_prints_its_own_time(paper: Path, journal: Journal) -> None:
    code = CitizensCode(TOLD, QrPlan(), journal)
    code.put_away(code.on(paper, now=NOW), begun=False)
    assert "2026-03-07T09:30:00+07:00" in said(code.on(paper, now=NOW + timedelta(days=2)))


def test_another_dossier_and_another_paper_have_codes_of_their_own(tmp_path: Path, paper: Path, journal: Journal) -> None:
    one = CitizensCode(TOLD, QrPlan(), journal).on(paper, now=NOW)
    other = CitizensCode(QrPayload("H99.01-260305-0013", "1.004194"), QrPlan(), journal).on(paper, now=NOW)
    third = CitizensCode(TOLD, QrPlan(), journal).on(scanned(tmp_path / "q.pdf", decision(tint=240)), now=NOW)
    assert len({one, other, third}) == 3 and said(other) != said(one) == said(third)


def test_only_what_the_office_lets_in_is_printed(paper: Path, journal: Journal) -> None:
    plan = QrPlan(("dossier_code", "system", "applicant"), "Hệ thống thử nghiệm")
    printed = CitizensCode(QrPayload(TOLD.dossier_code, applicant="022123451234"), plan, journal).on(paper, now=NOW)
    assert said(printed) == "SOHOA-HS1|H=H99.01-260305-0012|D=022123451234|S=Hệ thống thử nghiệm"


def test_what_the_office_does_not_let_in_is_refused_not_dropped_in_silence(journal: Journal) -> None:
    with pytest.raises(QrFieldNotAllowed) as refused:
        CitizensCode(QrPayload(TOLD.dossier_code, applicant="022123451234"), QrPlan(), journal)
    told = refused.value.as_dict()
    assert "số định danh" in told["vi"] and "applicant" in told["remedy"] and "022123451234" not in str(told)
    usual = QrPayload(TOLD.dossier_code, valid_from=date(2026, 3, 5), valid_to=date(2027, 3, 5))
    assert CitizensCode(usual, QrPlan(), journal).told == usual


def test_the_names_in_the_settings_are_those_of_the_code() -> None:
    assert tuple(one.name for one in fields(QrPayload)) == QR_FIELDS


def test_a_note_that_was_spoilt_is_told_instead_of_printing_another_time(paper: Path, journal: Journal) -> None:
    code = CitizensCode(TOLD, QrPlan(), journal)
    code.on(paper, now=NOW).path.with_suffix(".json").write_text('{"issued": "hôm nay"}')
    with pytest.raises(JobDamaged):
        code.on(paper, now=NOW)


def test_a_paper_that_is_gone_is_told(tmp_path: Path, journal: Journal) -> None:
    with pytest.raises(FileUnreadable):
        CitizensCode(TOLD, QrPlan(), journal).on(tmp_path / "mất.pdf", now=NOW)
