"""The bucket alone is enough: an empty database becomes the one that was lost, row by row, and what cannot be had again is named."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import models, transaction

from sohoa.storage.archive import Content, Deposit, Lock, deposit
from sohoa.storage.audit import chain
from sohoa.storage.audit.models import AuditEvent
from sohoa.storage.catalogue.models import Filing, Record
from sohoa.storage.indicators.count import count
from sohoa.storage.indicators.period import Period
from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.objects.model import RECORDS
from sohoa.storage.rebuild import rebuild
from sohoa.storage.register_keeping import import_register
from sohoa.storage.renewals import Renewal, signed_file
from sohoa.storage.renewals import add as renew
from sohoa.storage.search.index import forget_everything, search
from sohoa.storage.settling import Hand, correct, undo
from tests.made import register_csv, text_content

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
LOCK = Lock("GOVERNANCE", 1000)
KEPT = LOCK.retention(NOON)
HAND = Hand("mau-1", NOON, KEPT)
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31), "civil")


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    store = FolderStore(tmp_path / "store")
    store.prepare()
    return store


def paper(store: FolderStore, tmp_path: Path, name: str, *, dossier: str = "", type_: str = "DON", minutes: int = 0) -> Record:
    original, record = tmp_path / f"{name}.jpg", tmp_path / f"{name}.pdf"
    original.write_bytes(f"ảnh {name}".encode())
    record.write_bytes(f"pdf {name}".encode())
    told: dict[str, Any] = {
        "source_sha256": (name.encode().hex() * 64)[:64],
        "source_name": "giay.jpg",
        "contents": [
            Content("original", original, ".jpg", "image/jpeg"),
            Content("record", record, ".pdf", "application/pdf"),
            text_content(tmp_path, f"đơn đề nghị {name}", "trang hai"),
        ],
        "type": {"code": type_, "name": "Đơn", "confidence": 0.98, "agreement": "title", "witnesses": {}},
        "fields": {},
        "needs_review": ("subject",),
        "flags": (),
        "pages": 2,
        "confidence": 0.9,
        "signed_on_arrival": False,
        "signature": {"level": "PAdES-B-B", "verdict": "ok"},
        "dossier": dossier,
        "unit": "H99.1",
    }
    return deposit(Deposit(**told), store, LOCK, now=NOON + timedelta(minutes=minutes))


def lived(store: FolderStore, tmp_path: Path) -> None:
    """A small archive in which the order of things matters."""
    first = paper(store, tmp_path, "a", dossier="H99-1")
    import_register(register_csv(tmp_path, "H99-1", "H99-2"), store, retention=KEPT, now=NOON + timedelta(minutes=1))
    second = paper(store, tmp_path, "b", dossier="H99-1", minutes=2)
    paper(store, tmp_path, "c", minutes=3)
    correct(second.pk, "type", "TB", store, HAND)
    correct(first.pk, "subject", "Về việc mẫu", store, HAND)
    undo(first.pk, "subject", store, HAND)
    correct(second.pk, "dossier_code", "H99-2", store, HAND)
    grown = tmp_path / "grown.pdf"
    grown.write_bytes(b"pdf a" + b" renewed")
    renewal = Renewal("PAdES-B-LTA", "ok", NOON + timedelta(days=900), "level_owed", "máy-đêm", NOON + timedelta(days=1))
    renew(first, signed_file(first), grown, renewal, store, retention=KEPT)
    import_register(register_csv(tmp_path, "H99-3", resolved=True), store, retention=KEPT, now=NOON + timedelta(days=2))


def everything() -> dict[str, list[Any]]:
    """Each table of the catalogue without its surrogate keys, and the log."""
    tables = [*apps.get_app_config("catalogue").get_models(), AuditEvent]
    return {table.__name__: sorted(map(repr, _rows(table))) for table in tables}


def _rows(table: type[models.Model]) -> list[dict[str, Any]]:
    surrogate = isinstance(table._meta.pk, models.BigAutoField)
    names = [field.attname for field in table._meta.concrete_fields if not (surrogate and field.primary_key)]
    rows = list(table.objects.values(*names))
    if table is Filing:
        filings = Filing.objects.select_related("component", "result")
        rows = [
            {
                "record": one.record_id,
                "dossier": one.dossier_code,
                "place": (one.component or one.result) and (one.component or one.result).ordinal,
            }
            for one in filings
        ]
    return rows


def asked() -> Any:
    figures = [figure.as_dict() for figure in count(YEAR)]
    return figures, [search(query) for query in ("đơn đề nghị", "trang", "de nghi a", "H99-2")]


def emptied(*, log: bool = False) -> None:
    for table in reversed(list(apps.get_app_config("catalogue").get_models())):
        table.objects.all().delete()
    if log:
        AuditEvent.objects.all().delete()
    forget_everything()


def test_an_emptied_catalogue_becomes_what_it_was(store, tmp_path) -> None:
    lived(store, tmp_path)
    before, answers = everything(), asked()
    emptied()
    done = rebuild(store)
    assert (done.lost, done.entered) == ([], 0)
    assert everything() == before and asked() == answers
    assert rebuild(store).lost == [] and everything() == before, "done twice it is done once"


def test_without_the_log_everything_comes_back_and_is_logged_anew(store, tmp_path) -> None:
    lived(store, tmp_path)
    before = everything()
    emptied(log=True)
    done = rebuild(store)
    assert done.lost == [] and done.replayed == 0 and done.entered
    after = everything()
    for table in ("Record", "StoredFile", "PageText", "FieldRevision", "KnownPackage", "Dossier", "RegisterImport"):
        assert after[table] == before[table], table
    assert AuditEvent.objects.filter(action="record.archived").count() == 3 and not list(chain.breaks())


def test_what_was_done_after_the_last_checkpoint_is_entered_from_the_packages(store, tmp_path) -> None:
    lived(store, tmp_path)
    before = everything()
    lost = AuditEvent.objects.order_by("-sequence")[2]
    emptied()
    AuditEvent.objects.filter(sequence__gte=lost.sequence).delete()
    done = rebuild(store)
    assert done.lost == [] and done.entered
    after = everything()
    assert {name: rows for name, rows in after.items() if name != "AuditEvent"} == {
        name: rows for name, rows in before.items() if name != "AuditEvent"
    }
    assert not list(chain.breaks())


def test_a_rebuild_that_was_interrupted_goes_on_where_it_was(store, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    lived(store, tmp_path)
    before = everything()
    emptied()
    monkeypatch.setattr("sohoa.storage.rebuild.TOGETHER", 2)

    def stop(done: int, of: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), transaction.atomic(durable=False):
        rebuild(store, progress=stop)
    assert rebuild(store).lost == [] and everything() == before


def test_a_record_that_the_bucket_has_lost_is_named_and_the_others_come_back(store, tmp_path) -> None:
    lived(store, tmp_path)
    victim = Record.objects.get(files__role="record-000001")
    path = tmp_path / "store" / RECORDS / victim.files.get(role="manifest").key
    path.write_bytes(b"{}")
    emptied()
    done = rebuild(store)
    assert {one.subject for one in done.lost} >= {victim.pk} and {one.code for one in done.lost} >= {"storage.package_broken"}
    assert Record.objects.count() == 2
    assert json.loads(AuditEvent.objects.first().details)["sha256"]
