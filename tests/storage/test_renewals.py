"""Newer versions of a signed file: in the bucket first, once, by whoever came first; the rows can always be made again from it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from sohoa.pipeline.verification import verify_record
from sohoa.storage.archive import Content, Deposit, Lock, deposit
from sohoa.storage.audit import chain
from sohoa.storage.audit.models import AuditEvent
from sohoa.storage.catalogue.records import PageText, Record, StoredFile
from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.objects.model import Retention
from sohoa.storage.reading_room import opened
from sohoa.storage.renewals import (
    Renewal,
    RenewalBroken,
    RenewedMeanwhile,
    about_path_of,
    add,
    catch_up,
    path_of,
    retention_of,
    signed_file,
    versions,
)
from tests.made import entered_again, put_beside

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
LATER = NOON + timedelta(days=400)
LOCK = Lock("GOVERNANCE", 1000)
KEPT = LOCK.retention(NOON)
RENEWAL = Renewal("PAdES-B-LTA", "ok", NOON + timedelta(days=1800), "level_owed", "máy-đêm", LATER)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    store = FolderStore(tmp_path / "store")
    store.prepare()
    return store


@pytest.fixture
def record(store: FolderStore, tmp_path: Path) -> Record:
    return archived(store, tmp_path)


def archived(store: FolderStore, tmp_path: Path, **more: Any) -> Record:
    paper = tmp_path / "record.pdf"
    paper.write_bytes(b"as archived")
    told: dict[str, Any] = {
        "source_sha256": "ab" * 32,
        "source_name": "giay.pdf",
        "contents": [Content("record", paper, ".pdf", "application/pdf")],
        "type": {"code": "QĐ", "name": "Quyết định", "confidence": 0.98, "agreement": "title", "witnesses": {}},
        "fields": {},
        "needs_review": (),
        "flags": (),
        "pages": 1,
        "confidence": 0.9,
        "signed_on_arrival": False,
        "signature": {"level": "PAdES-B-B", "verdict": "undetermined"},
    }
    return deposit(Deposit(**{**told, **more}), store, LOCK, now=NOON)


def grown(tmp_path: Path, *additions: bytes) -> Path:
    path = tmp_path / "renewed.pdf"
    path.write_bytes(b"as archived" + b"".join(additions))
    return path


def facts() -> list[Any]:
    columns = ("signature_level", "signature_verdict", "renew_by")
    events = AuditEvent.objects.order_by("sequence").values_list("at", "actor", "action", "subject", "details")
    files = StoredFile.objects.order_by("role").values_list("role", "key", "version_id", "sha256", "size")
    return [list(Record.objects.values_list(*columns)), list(files), list(events)]


def test_a_renewal_becomes_the_version_that_speaks_for_the_record_and_the_older_stay(store, record, tmp_path) -> None:
    first = signed_file(record)
    second = add(record, first, grown(tmp_path, b" 1"), RENEWAL, store, retention=KEPT)
    third = add(record, second, grown(tmp_path, b" 1", b" 2"), RENEWAL, store, retention=KEPT)
    assert [one.role for one in versions(record)] == ["record", "record-000001", "record-000002"]
    assert signed_file(record) == third
    record.refresh_from_db()
    assert (record.signature_level, record.signature_verdict, record.renew_by) == ("PAdES-B-LTA", "ok", RENEWAL.renew_by)
    shown = opened(record.pk, now=LATER)
    assert shown["signature"]["file"] == "record-000002" and shown["signature"]["renew_by"].startswith("2031")
    assert [event["actor"] for event in shown["history"] if event["action"] == "record.signature_renewed"] == ["máy-đêm"] * 2
    assert not list(chain.breaks())


def test_whoever_comes_second_is_told_and_changes_nothing(store, record, tmp_path) -> None:
    first = signed_file(record)
    add(record, first, grown(tmp_path, b" 1"), RENEWAL, store, retention=KEPT)
    before = facts()
    with pytest.raises(RenewedMeanwhile):
        add(record, first, grown(tmp_path, b" other"), RENEWAL, store, retention=KEPT)
    assert facts() == before


def test_a_renewal_whose_rows_never_came_is_entered_from_the_bucket_once(store, record, tmp_path) -> None:
    first = signed_file(record)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        add(record, first, grown(tmp_path, b" 1"), RENEWAL, store, retention=KEPT)
        raise KeyboardInterrupt  # what a lost power does to rows that were not yet committed
    record = Record.objects.get()
    assert versions(record).count() == 1 and record.signature_level == "PAdES-B-B"
    for _ in range(2):
        newest = catch_up(record, store)
        assert newest is not None and newest.role == "record-000001"
    assert record.signature_level == "PAdES-B-LTA"
    assert AuditEvent.objects.filter(action="record.signature_renewed").count() == 1


def test_a_catalogue_made_again_from_the_bucket_knows_every_renewal(store, record, tmp_path) -> None:
    second = add(record, signed_file(record), grown(tmp_path, b" 1"), RENEWAL, store, retention=KEPT)
    add(record, second, grown(tmp_path, b" 1", b" 2"), RENEWAL, store, retention=KEPT)
    before = facts()
    for table in (PageText, StoredFile, AuditEvent, Record):
        table.objects.all().delete()
    entered_again(record, store)
    assert facts() == before


@pytest.mark.parametrize(
    "wrong", [{"previous": "00" * 32}, {"number": 2}, {"format": "other"}, {"at": "hôm qua"}, {"renew_by": "?"}]
)
def test_an_object_that_does_not_continue_the_version_before_it_is_refused(store, record, tmp_path, wrong) -> None:
    told = {
        "format": "sohoa-renewal/1",
        "document_id": record.pk,
        "number": 1,
        "previous": signed_file(record).sha256,
        "level": "PAdES-B-LTA",
        "verdict": "ok",
        "reason": "level_owed",
        "renew_by": "",
        "by": "mau",
        "at": LATER.isoformat(),
    }
    about = json.dumps({**told, **wrong}).encode()
    put_beside(record, store, {path_of(record.pk, 1): b"as archived 1", about_path_of(record.pk, 1): about})
    before = facts()
    with pytest.raises(RenewalBroken):
        catch_up(record, store)
    assert facts() == before


def test_verify_looks_at_every_version_and_finds_one_that_is_no_continuation(store, record, tmp_path) -> None:
    path = tmp_path / "renewed.pdf"
    path.write_bytes(b"something else, signed well")
    add(record, signed_file(record), path, RENEWAL, store, retention=KEPT)
    verdict = verify_record(record, store, trust=[], now=LATER)
    assert (verdict.outcome, verdict.reason) == ("failed", "record-000001: does_not_continue")


@pytest.mark.parametrize("spoilt", ["record", "record-000001"])
def test_verify_names_the_version_whose_bytes_are_no_longer_what_was_archived(store, record, tmp_path, spoilt) -> None:
    add(record, signed_file(record), grown(tmp_path, b" 1"), RENEWAL, store, retention=KEPT)
    (tmp_path / "store" / "records" / versions(record).get(role=spoilt).key).write_bytes(b"as archived, spoilt")
    verdict = verify_record(record, store, trust=[], now=LATER)
    assert verdict.reason == f"{spoilt}: sha256_differs"


def test_the_next_version_is_kept_as_long_as_the_record_and_by_the_rule_where_that_is_over(store, record) -> None:
    rule = Retention("COMPLIANCE", LATER + timedelta(days=3650))
    assert retention_of(record, store, otherwise=rule, now=LATER) == KEPT
    assert retention_of(record, store, otherwise=rule, now=KEPT.until + timedelta(days=1)) == rule


def test_a_paper_that_arrived_signed_speaks_for_itself_and_has_no_versions(store, tmp_path) -> None:
    paper = tmp_path / "arrived.pdf"
    paper.write_bytes(b"as it came")
    record = archived(store, tmp_path, contents=[Content("original", paper, ".pdf", "application/pdf")], signed_on_arrival=True)
    assert signed_file(record).role == "original"
    assert catch_up(record, store) is None and not versions(record)
