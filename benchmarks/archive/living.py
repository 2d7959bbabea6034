"""What happens in the generated office, through the product's own doors: archiving, imports of the register, and what people do later."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from benchmarks.archive.office import TOGETHER, Office, Paper
from sohoa.storage import evidence, renewals
from sohoa.storage.archive import Content, Deposit, Lock, deposit, document_id_of
from sohoa.storage.audit import chain
from sohoa.storage.audit.keys import open_key
from sohoa.storage.audit.making import checkpoint
from sohoa.storage.catalogue.records import Record
from sohoa.storage.objects.model import ObjectStore
from sohoa.storage.register_keeping import import_register
from sohoa.storage.settling import Hand, correct

LOCK = Lock("COMPLIANCE", 3653)
IMPORTS = 8  # of the register, over the whole run
CHECKPOINTS = 5


def deposit_of(paper: Paper, folder: Path) -> Deposit:
    """The paper's files are written into a folder of its own below `folder`."""
    place = folder / f"{paper.number:07}"
    place.mkdir(parents=True)
    contents: list[Content] = []
    for file in paper.files:
        path = place / f"{file.role}{file.extension}"
        path.write_bytes(file.content)
        contents.append(Content(file.role, path, file.extension, file.media_type))
    day = f"2026-{paper.number % 12 + 1:02}-{paper.number % 28 + 1:02}"
    told = {
        "subject": paper.subject,
        "code_number": str(paper.number),
        "code_notation": "QĐ-UBND",
        "issued_date": day,
        "issuing_agency": "UBND",
    }
    return Deposit(
        source_sha256=paper.sha256,
        source_name=f"scan-{paper.number}.jpg",
        contents=contents,
        type={"code": paper.kind[0], "name": paper.kind[1], "confidence": 0.98, "agreement": "title+notation", "witnesses": {}},
        fields={name: {"value": value, "confidence": 0.97, "page": 1} for name, value in told.items()},
        needs_review=("subject",) if paper.number % 10 == 1 else (),
        flags=(),
        pages=len(paper.pages),
        confidence=0.96,
        signed_on_arrival=False,
        signature={"level": "PAdES-B-B", "verdict": paper.verdict} if paper.verdict else {},
        dossier=paper.dossier,
        unit=paper.unit,
    )


def archive(office: Office, number: int, store: ObjectStore, folder: Path, *, at: datetime) -> Record:
    paper = deposit_of(office.paper(number), folder)
    try:
        return deposit(paper, store, LOCK, now=at)
    finally:
        shutil.rmtree(paper.contents[0].path.parent)


def live(office: Office, store: ObjectStore, *, home: Path, folder: Path, progress: Callable[[int], None]) -> None:
    """A whole year of it, checkpoints included; the last thing is a checkpoint. progress: papers archived so far."""
    key = open_key(home / "keys")
    parts = _shares(office.dossiers, IMPORTS)
    fix_after = {last for _, last in _shares(office.records, CHECKPOINTS)[:-1]}
    for number in range(office.records):
        at = office.at(number)
        dossier = number // 4
        for first, last in parts:
            if first == dossier and number % 4 == 0:
                _import(office, first, last, store, folder, at=at, ended=False)
        archive(office, number, store, folder, at=at)
        if number % TOGETHER == TOGETHER - 1:
            _afterwards(office, range(number - TOGETHER + 1, number + 1), store, folder, at=at)
        if number + 1 in fix_after:
            checkpoint(store, now=at, sign=key, stamp=None, retention=LOCK.retention(at))
        progress(number + 1)
    end = office.at(office.records)
    for place, (first, last) in enumerate(parts):
        _import(office, first, last, store, folder, at=end + timedelta(minutes=place), ended=True)
    checkpoint(store, now=end + timedelta(hours=1), sign=key, stamp=None, retention=LOCK.retention(end))


def _shares(whole: int, parts: int) -> list[tuple[int, int]]:
    edges = [whole * part // parts for part in range(parts + 1)]
    return [(first, last) for first, last in pairwise(edges) if first < last]


def _import(office: Office, first: int, last: int, store: ObjectStore, folder: Path, *, at: datetime, ended: bool) -> None:
    told = office.register(folder / "register.csv", first, last, ended=ended)
    import_register(told, store, retention=LOCK.retention(at), now=at)


def _afterwards(office: Office, numbers: Sequence[int], store: ObjectStore, folder: Path, *, at: datetime) -> None:
    """Of forty papers: two corrected, one of another type, one filed elsewhere, one renewed, one proven, ten read."""
    ids = [document_id_of(office.paper(number).sha256) for number in numbers]
    hand = Hand("người soát 1", at + timedelta(minutes=1), LOCK.retention(at))
    correct(ids[1], "subject", "Về việc đã được soát lại", store, hand)
    correct(ids[11], "subject", "Về việc đã được soát lại lần nữa", store, hand)
    correct(ids[4], "type", "TB", store, hand)
    elsewhere = office.code(office.place(numbers[0])[0] + 2)
    correct(ids[20], "dossier_code", elsewhere, store, Hand(hand.by, hand.now, hand.retention, unregistered=True))
    _renew(ids[6], store, folder, at=at + timedelta(minutes=2))
    _prove(ids[12], store, at=at + timedelta(minutes=3))
    chain.append_all([chain.Entry("record.read", one) for one in ids[::4]], now=at + timedelta(minutes=4), actor="kiểm toán 1")


def _renew(record_id: str, store: ObjectStore, folder: Path, *, at: datetime) -> None:
    record = Record.objects.get(pk=record_id)
    signed = renewals.signed_file(record)
    if signed is None:
        return
    grown = folder / "grown.pdf"
    store.download(signed.bucket, signed.key, signed.version_id, grown)
    with grown.open("ab") as more:
        more.write(b"proofs of time\n" * 400)
    renewal = renewals.Renewal("PAdES-B-LTA", "ok", at + timedelta(days=900), "level_owed", "máy-đêm", at)
    renewals.add(record, signed, grown, renewal, store, retention=LOCK.retention(at))


def _prove(record_id: str, store: ObjectStore, *, at: datetime) -> None:
    record = Record.objects.get(pk=record_id)
    covers = [file.role for file in evidence.provable(record)]
    proof = evidence.Proof(covers, at, at + timedelta(days=900), "máy-đêm", at)
    evidence.add(record, b"\x30\x82" + bytes(3000), proof, store, retention=LOCK.retention(at))
