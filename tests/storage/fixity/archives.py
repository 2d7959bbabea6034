"""A small archive with every kind of object in it: two papers in a dossier, one without, a revision, a renewal, evidence, a changed
standing, an import of the register, two checkpoints of the log. The PDFs are no PDFs: signatures are other tests' matter."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import transaction

from sohoa.pipeline.signing.office import open_office
from sohoa.pipeline.verification import Looking, verify_archive
from sohoa.pipeline.verification_log import log_findings
from sohoa.pipeline.verification_report import Report
from sohoa.storage import evidence, renewals
from sohoa.storage.archive import Content, Deposit, Lock, deposit
from sohoa.storage.audit.keys import open_key
from sohoa.storage.audit.making import checkpoint
from sohoa.storage.catalogue.records import Record
from sohoa.storage.fixity.choice import Choice
from sohoa.storage.fixity.ledger import Ledger
from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.objects.model import ObjectStore
from sohoa.storage.register_keeping import import_register
from sohoa.storage.retention.states import State, StateChange, change
from sohoa.storage.settling import Hand, correct
from tests.made import register_csv, text_content

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
LATER = NOON + timedelta(days=30)
LOCK = Lock("GOVERNANCE", 1000)
KEPT = LOCK.retention(NOON)
DOSSIER = "H99.12-260105-0001"


@dataclass(frozen=True, slots=True)
class Small:
    """home: of the log's key. folder: of the store, where it is one."""

    home: Path
    store: ObjectStore
    folder: Path | None = None

    def looking(self, **more: object) -> Looking:
        office = open_office(self.home)
        told = {"signatures": False, "whole_log": lambda: log_findings(office, self.store, LATER), **more}
        return Looking([], LATER, **told)  # pyright: ignore[reportArgumentType]

    def verified(
        self, *, choice: Choice | None = None, ledger: Ledger | None = None, resume: bool = False, **more: object
    ) -> Report:
        return verify_archive(self.store, self.looking(**more), ledger=ledger, choice=choice, resume=resume)

    def key(self, part: str) -> str:
        """The one key of the store that holds this."""
        (found,) = {one.key for bucket in ("records", "audit") for one in self.store.list(bucket) if part in one.key}
        return found

    def file(self, part: str) -> Path:
        """The bytes of the newest version of that key, on the disk."""
        assert self.folder is not None
        found = self.key(part)
        (path,) = [place for bucket in ("records", "audit") if (place := self.folder / bucket / found).is_file()]
        return path

    def copied(self, to: Path) -> Small:
        """The same behind whose back anything may be done."""
        assert self.folder is not None
        shutil.copytree(self.folder, to)
        return replace(self, store=FolderStore(to), folder=to)


def paper(folder: Path, store: ObjectStore, name: str, *, dossier: str = "", now: datetime = NOON, signed: str = "") -> Record:
    original, record = folder / f"{name}.jpg", folder / f"{name}.pdf"
    validation = folder / f"{name}.json"
    for path in (original, record, validation):
        path.write_bytes(f"{path.suffix} of {name}\n".encode() * 40)
    files = (
        Content("original", original, ".jpg", "image/jpeg"),
        Content("record", record, ".pdf", "application/pdf"),
        text_content(folder, f"Đơn đề nghị {name}", "trang hai"),
        Content("validation", validation, ".json", "application/json"),
    )
    told = Deposit(
        source_sha256=hashlib.sha256(original.read_bytes()).hexdigest(),
        source_name="giay.jpg",
        contents=files,
        type={"code": "DON", "name": "Đơn", "confidence": 0.98, "agreement": "title", "witnesses": {}},
        fields={"subject": {"value": f"Đề nghị {name}", "confidence": 0.99}},
        needs_review=(),
        flags=(),
        pages=2,
        confidence=0.9,
        signed_on_arrival=False,
        signature={"level": "PAdES-B-B", "verdict": signed} if signed else {},
        dossier=dossier,
    )
    return deposit(told, store, LOCK, now=now)


def small_archive(folder: Path, store: ObjectStore, home: Path, *, signed: bool = True) -> list[Record]:
    """Its records, in the order of archiving: two of the dossier, the second with a later life, and one alone.

    signed: the second says that it is, and was renewed."""
    import_register(register_csv(folder, DOSSIER), store, retention=KEPT, now=NOON)
    first = paper(folder, store, "một", dossier=DOSSIER)
    second = paper(folder, store, "hai", dossier=DOSSIER, now=NOON + timedelta(hours=1), signed="undetermined" if signed else "")
    fix(store, home, NOON + timedelta(hours=2))
    correct(second.pk, "subject", "Đề nghị đã sửa", store, Hand("mau-1", NOON + timedelta(days=1), KEPT))
    second.refresh_from_db()
    if signed:
        _renew(second, folder, store)
    roles = [file.role for file in evidence.provable(second)]
    proof = evidence.Proof(roles, NOON, LATER + timedelta(days=900), "may-dem", NOON + timedelta(days=3))
    evidence.add(second, b"0\x03\x02\x01\x01", proof, store, retention=KEPT)
    change(first.pk, StateChange(State.REVOKED, "in sai", decision="12/QĐ"), store, by="mau-1", now=NOON + timedelta(days=4))
    alone = paper(folder, store, "ba", now=NOON + timedelta(days=5))
    fix(store, home, NOON + timedelta(days=6))
    return [Record.objects.get(pk=one.pk) for one in (first, second, alone)]


def _renew(record: Record, folder: Path, store: ObjectStore) -> None:
    renewed = folder / "renewed.pdf"
    renewed.write_bytes((folder / "hai.pdf").read_bytes() + b"% proof of time\n")
    before = renewals.signed_file(record)
    assert before is not None
    renewal = renewals.Renewal("PAdES-B-LTA", "undetermined", LATER, "level_owed", "may-dem", NOON + timedelta(days=2))
    renewals.add(record, before, renewed, renewal, store, retention=KEPT)


def fix(store: ObjectStore, home: Path, now: datetime) -> None:
    checkpoint(store, now=now, sign=open_key(home / "keys"), stamp=None, retention=KEPT)


@contextmanager
def undone() -> Iterator[None]:
    """What is done to the catalogue meanwhile is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def one_archive(folder: Path, *, signed: bool = True) -> Iterator[tuple[Small, list[Record]]]:
    """For all tests of a module; whoever changes it works on a copy, and within `undone`."""
    store = FolderStore(folder / "store")
    store.prepare()
    with undone():
        records = small_archive(folder, store, folder / "home", signed=signed)
        yield Small(folder / "home", store, folder / "store"), records
