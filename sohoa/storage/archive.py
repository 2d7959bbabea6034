"""The one door through which a record goes in: a version of its package first, then one transaction for everything else."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from django.db import transaction

import sohoa
from sohoa.config.retention import RetentionPlan
from sohoa.kernel.durable import sha256_of
from sohoa.storage import evidence, renewals, revisions
from sohoa.storage.alto import page_texts
from sohoa.storage.audit import chain
from sohoa.storage.catalogue.filing import file_record
from sohoa.storage.catalogue.headlines import columns_from, page_zero
from sohoa.storage.catalogue.packages import follow
from sohoa.storage.catalogue.records import PageText, Record, StoredFile
from sohoa.storage.objects.at_hand import AtHand
from sohoa.storage.objects.model import RECORDS, ObjectStore, Retention
from sohoa.storage.packages import ocfl
from sohoa.storage.packages.model import Addition, Held, Package, PackageBroken, package_of
from sohoa.storage.preservation import premis_file
from sohoa.storage.retention import states
from sohoa.storage.retention.terms import lock_until
from sohoa.storage.retention.tombstones import refuse_destroyed

METADATA = "metadata.json"
FORMAT = "sohoa-record/2"
TEXT, PREMIS = "text", "premis"


@dataclass(frozen=True, slots=True)
class Content:
    """One file of a record on its way in. role: original | record | text (ALTO) | validation."""

    role: str
    path: Path
    extension: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Deposit:
    """Everything the archive must know about one paper. rotations: of pages that were turned, degrees by number."""

    source_sha256: str
    source_name: str
    contents: Sequence[Content]
    type: dict[str, Any]
    fields: dict[str, dict[str, Any]]
    needs_review: Sequence[str]
    flags: Sequence[str]
    pages: int
    confidence: float
    signed_on_arrival: bool
    signature: dict[str, str] = field(default_factory=dict[str, str])
    dossier: str = ""
    procedure: str = ""
    unit: str = ""
    rotations: Mapping[int, int] = field(default_factory=dict[int, int])


@dataclass(frozen=True, slots=True)
class Lock:
    """mode: COMPLIANCE, GOVERNANCE, or NONE where the store locks nothing; then the end is only noted where the store notes one."""

    mode: str
    days: int

    def retention(self, now: datetime) -> Retention:
        return Retention(mode="COMPLIANCE" if self.mode == "COMPLIANCE" else "GOVERNANCE", until=now + timedelta(days=self.days))


def document_id_of(source_sha256: str) -> str:
    """A record's id: 80 bits of its source's hash, so a paper has the same id however often it is sent in."""
    return source_sha256[:20]


def deposit(paper: Deposit, store: ObjectStore, lock: Lock, *, now: datetime, plan: RetentionPlan | None = None) -> Record:
    """Archive a paper; doing it again (after a crash, at any line) gives the same record.

    Its files are one new version of its dossier's package. That version's inventory, created only if absent after everything it names
    was read back and compared, is the moment of archiving; the bucket needs nothing else to say what it holds. Then the catalogue,
    the search index, the filing and the audit event follow in one transaction.
    plan: how long what is kept; None: as `lock` says. Raises RecordDestroyed, ReadBackDiffers, PackageBroken and the store's own errors.
    """
    record_id = document_id_of(paper.source_sha256)
    refuse_destroyed(package_of(record_id, paper.dossier), record_id)
    known = Record.objects.filter(pk=record_id).first()
    if known:
        return known
    additions = _additions(paper, record_id, now)
    package = ocfl.add(
        store,
        package_of(record_id, paper.dossier),
        additions,
        unless=f"{record_id}/{METADATA}",
        message=f"archived {record_id}",
        by=chain.account(),
        now=now,
        retention=_kept_until(paper, lock.retention(now), plan, now),
    )
    return enter(package, record_id, AtHand(store, _at_hand(package, additions)))


def _at_hand(package: Package, additions: Sequence[Addition]) -> dict[tuple[str, str], Path | bytes]:
    """Of what `enter` reads the bytes that were read back a moment ago. An earlier try may have left other metadata, which then counts."""
    found: dict[tuple[str, str], Path | bytes] = {}
    for addition in additions:
        if PurePosixPath(addition.path).stem not in (TEXT, PurePosixPath(METADATA).stem):
            continue  # the large ones: nobody asks for them, and to tell them by their hash would read them once more
        held, source = package.files.get(addition.path), addition.source
        if held and held.sha256 == (hashlib.sha256(source).hexdigest() if isinstance(source, bytes) else sha256_of(source)):
            found[held.key, held.version_id] = source
    return found


def _kept_until(paper: Deposit, otherwise: Retention, plan: RetentionPlan | None, now: datetime) -> Retention:
    if plan is None:
        return otherwise
    type_code = str(paper.type["code"])
    return lock_until(plan, dossier=paper.dossier, procedure=paper.procedure, type_code=type_code, otherwise=otherwise, now=now)


def _additions(paper: Deposit, record_id: str, now: datetime) -> list[Addition]:
    files: dict[str, dict[str, Any]] = {
        content.role: {
            "path": f"{record_id}/{content.role}{content.extension}",
            "sha256": sha256_of(content.path),
            "size": content.path.stat().st_size,
            "media_type": content.media_type,
        }
        for content in paper.contents
    }
    premis = premis_file(
        record_id,
        files,
        {content.role: content.path for content in paper.contents},
        signature=paper.signature,
        signed_on_arrival=paper.signed_on_arrival,
        now=now,
    )
    files[PREMIS] = {
        "path": f"{record_id}/premis.xml",
        "sha256": hashlib.sha256(premis).hexdigest(),
        "size": len(premis),
        "media_type": "application/xml",
    }
    metadata = {
        "format": FORMAT,
        "made_by": f"sohoa {sohoa.__version__}",
        "document_id": record_id,
        "archived_at": now.isoformat(),
        "source": {"name": paper.source_name, "sha256": paper.source_sha256},
        "dossier": paper.dossier,
        "procedure": paper.procedure,
        "unit": paper.unit,
        "type": paper.type,
        "fields": paper.fields,
        "needs_review": list(paper.needs_review),
        "flags": list(paper.flags),
        "pages": paper.pages,
        "rotations": {str(number): degrees for number, degrees in sorted(paper.rotations.items()) if degrees},
        "confidence": round(paper.confidence, 4),
        "signed_on_arrival": paper.signed_on_arrival,
        "signature": paper.signature,
        "files": files,
    }
    encoded = json.dumps(metadata, ensure_ascii=False, indent=1).encode()
    return [
        *(Addition(files[content.role]["path"], content.path, content.media_type) for content in paper.contents),
        Addition(files[PREMIS]["path"], premis, "application/xml"),
        Addition(f"{record_id}/{METADATA}", encoded, "application/json"),
    ]


def enter(package: Package, record_id: str, store: ObjectStore) -> Record:
    """Write an archived record into the catalogue, once; the bucket is the only source, so a rebuild uses this too.

    That is the metadata and the text, and after them what people have settled since (revisions.py), whether it still holds
    (retention/states.py), how its signature was kept (renewals.py), and since when all of it is proven to exist (evidence.py).
    """
    record = enter_as_archived(package, record_id, store)
    for later in (revisions, states, renewals, evidence):
        # A paper that just came in has nothing of these, nor need the catalogue be asked.
        if later.path_of(record_id, 1) in package.files:
            later.catch_up(record, store, package)
    return record


def enter_as_archived(package: Package, record_id: str, store: ObjectStore) -> Record:
    """The same without what came after it was archived."""
    known = Record.objects.filter(pk=record_id).first()
    if known:
        return known
    # The store is read first: whoever else writes to the catalogue should not wait for it.
    metadata = metadata_of(package, record_id, store)
    files = files_of(package, metadata)
    return _entered(package, metadata, files, texts_of(files, store))


@transaction.atomic
def _entered(package: Package, metadata: dict[str, Any], files: Mapping[str, Held], texts: list[tuple[int, str]]) -> Record:
    record_id, archived_at = metadata["document_id"], datetime.fromisoformat(metadata["archived_at"])
    known = Record.objects.filter(pk=record_id).first()
    if known:
        return known
    record = Record.objects.create(**columns_of(metadata), package=package.id, archived_at=archived_at)
    StoredFile.objects.bulk_create([StoredFile.holding(record, role, held) for role, held in files.items()])
    about = page_zero(record, metadata["dossier"])
    PageText.objects.bulk_create([PageText(record=record, number=number, text=text) for number, text in [(0, about), *texts]])
    if metadata["dossier"]:
        file_record(record, metadata["dossier"])
    told = {"sha256": record.source_sha256, "package": package.id, "files": {role: held.sha256 for role, held in files.items()}}
    chain.append("record.archived", record_id, now=archived_at, details=told)
    follow(package)
    return record


def records_in(package: Package) -> list[str]:
    """The ids of the records that were archived in the package."""
    return sorted(path.removesuffix(f"/{METADATA}") for path in package.files if re.fullmatch(rf"[0-9a-f]{{20}}/{METADATA}", path))


def metadata_of(package: Package, record_id: str, store: ObjectStore) -> dict[str, Any]:
    """Raises PackageBroken where it is missing or not this record's, and the store's errors."""
    try:
        told: dict[str, Any] = json.loads(ocfl.read(store, package.files[f"{record_id}/{METADATA}"]))
        if told["document_id"] != record_id or told["format"] != FORMAT:
            raise ValueError
    except (ValueError, KeyError, TypeError) as failure:
        raise PackageBroken(why="a record's metadata is missing or another's", why_vi="thiếu hoặc sai tệp metadata") from failure
    return told


def files_of(package: Package, metadata: Mapping[str, Any]) -> dict[str, Held]:
    """What was archived together, by role; `manifest` is the metadata itself. Raises PackageBroken."""
    try:
        files = {role: package.files[told["path"]] for role, told in metadata["files"].items()}
    except KeyError as failure:
        raise PackageBroken(why="a file of a record is missing", why_vi="thiếu tệp của bản ghi") from failure
    if any(held.sha256 != metadata["files"][role]["sha256"] for role, held in files.items()):
        raise PackageBroken(why="a file of a record is another than was archived", why_vi="tệp của bản ghi bị thay")
    return {**files, "manifest": package.files[f"{metadata['document_id']}/{METADATA}"]}


def texts_of(files: Mapping[str, Held], store: ObjectStore) -> list[tuple[int, str]]:
    """Number and text of each page as it was read; nothing of a record without text. Raises TextUnreadable and the store's errors."""
    held = files.get(TEXT)
    if held is None:
        return []
    with store.open(RECORDS, held.key, held.version_id) as stream:
        return list(page_texts(stream))


def columns_of(metadata: Mapping[str, Any]) -> dict[str, Any]:
    fields: dict[str, dict[str, Any]] = metadata["fields"]
    return {
        "id": metadata["document_id"],
        "source_sha256": metadata["source"]["sha256"],
        "type_code": metadata["type"]["code"],
        "type_name": metadata["type"]["name"],
        "type_agreement": metadata["type"]["agreement"],
        "type_witnesses": metadata["type"].get("witnesses", {}),
        **columns_from(fields),
        "fields": fields,
        "needs_review": metadata["needs_review"],
        "waits": bool(metadata["needs_review"]),
        "flags": metadata["flags"],
        "pages": metadata["pages"],
        "confidence": metadata["confidence"],
        "unit": metadata["unit"],
        "signed_on_arrival": metadata["signed_on_arrival"],
        "signature_level": metadata["signature"].get("level", ""),
        "signature_verdict": metadata["signature"].get("verdict", ""),
    }
