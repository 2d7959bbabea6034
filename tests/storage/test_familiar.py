"""The unit's own words: what people confirmed more than once, and nothing that was taken back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sohoa.storage.archive import Content, Deposit, Lock, deposit
from sohoa.storage.catalogue.records import Record
from sohoa.storage.familiar import KEPT, familiar_values
from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.settling import Hand, confirm, correct, say_absent, undo
from tests.made import text_content

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
LOCK = Lock("GOVERNANCE", 1)
HAND = Hand("mau-1", NOON, LOCK.retention(NOON))
FIELDS = ("signer_name", "issuing_agency")
MAU = "Nguyễn Thị Mẫu"


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    store = FolderStore(tmp_path / "store")
    store.prepare()
    return store


@pytest.fixture
def archived(store: FolderStore, tmp_path: Path):
    def archived(name: str, *, unit: str = "H99.12", signer: str = "Nguyễn Thi Mẫu") -> Record:
        original = tmp_path / f"{name}.pdf"
        original.write_bytes(name.encode())
        field: dict[str, Any] = {"value": signer, "confidence": 0.8, "page": 1, "bbox": None, "raw": "", "source": "ocr"}
        told: dict[str, Any] = {
            "source_sha256": (name.encode().hex() * 64)[:64],
            "source_name": "giay.pdf",
            "contents": [Content("original", original, ".pdf", "application/pdf"), text_content(tmp_path, "chữ")],
            "type": {"code": "KHAC", "name": "Khác", "confidence": 0.9, "agreement": "title"},
            "fields": {"signer_name": {**field, "alternatives": [], "witnesses": []}},
            "needs_review": ("signer_name",),
            "flags": (),
            "pages": 1,
            "confidence": 0.9,
            "signed_on_arrival": False,
            "unit": unit,
        }
        return deposit(Deposit(**told), store, LOCK, now=NOON)

    return archived


def test_a_value_counts_once_people_confirmed_it_on_two_papers_of_the_unit(store, archived) -> None:
    first, second, other = archived("a"), archived("b", signer=MAU), archived("c", unit="H99.13")
    correct(first.pk, "signer_name", MAU, store, HAND)
    correct(other.pk, "signer_name", MAU, store, HAND)
    assert familiar_values("H99.12", FIELDS) == {}
    confirm(second.pk, "signer_name", store, HAND)
    assert familiar_values("H99.12", FIELDS) == {"signer_name": (MAU,)}
    assert familiar_values("H99.13", FIELDS) == {}


def test_two_corrections_of_one_paper_are_one_word(store, archived) -> None:
    record = archived("a")
    correct(record.pk, "signer_name", "Trần Văn Thử", store, HAND)
    correct(record.pk, "signer_name", MAU, store, HAND)
    assert familiar_values("H99.12", FIELDS) == {}


def test_what_was_taken_back_or_is_not_on_the_paper_is_gone_from_it(store, archived) -> None:
    records = [archived(name) for name in "abc"]
    for record in records:
        correct(record.pk, "signer_name", MAU, store, HAND)
    undo(records[0].pk, "signer_name", store, HAND)
    assert familiar_values("H99.12", FIELDS) == {"signer_name": (MAU,)}
    say_absent(records[1].pk, "signer_name", store, HAND)
    assert familiar_values("H99.12", FIELDS) == {}


def test_only_so_many_are_kept_and_the_most_frequent_first(store, archived) -> None:
    for number in range(3):
        correct(archived(f"m{number}").pk, "signer_name", MAU, store, HAND)
    for number in range(2):
        correct(archived(f"t{number}").pk, "signer_name", "Trần Văn Thử", store, HAND)
    assert familiar_values("H99.12", FIELDS)["signer_name"] == (MAU, "Trần Văn Thử") and KEPT >= 2
