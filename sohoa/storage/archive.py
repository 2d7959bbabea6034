"""The one door through which a record goes in: objects stored and read back, then one transaction for everything else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

import sohoa
from sohoa.kernel.durable import sha256_of
from sohoa.storage import evidence, renewals
from sohoa.storage.audit import chain
from sohoa.storage.catalogue.filing import file_record
from sohoa.storage.catalogue.headlines import columns_from, page_zero
from sohoa.storage.catalogue.records import PageText, Record, StoredFile
from sohoa.storage.objects.model import RECORDS, ObjectStore, Retention, StoredObject
from sohoa.storage.objects.read_back import read_back
from sohoa.storage.revisions import catch_up
from sohoa.storage.search.index import add_page

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Content:
    """One file of a record on its way in. role: original | record | text | validation."""

    role: str
    path: Path
    extension: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Deposit:
    """Everything the archive must know about one paper. texts: (page number from 1, text as read)."""

    source_sha256: str
    source_name: str
    contents: Sequence[Content]
    texts: Sequence[tuple[int, str]]
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


@dataclass(frozen=True, slots=True)
class Lock:
    mode: str
    days: int

    def retention(self, now: datetime) -> Retention:
        return Retention(mode="GOVERNANCE" if self.mode == "GOVERNANCE" else "COMPLIANCE", until=now + timedelta(days=self.days))


def document_id_of(source_sha256: str) -> str:
    """A record's id: 80 bits of its source's hash, so a paper has the same id however often it is sent in."""
    return source_sha256[:20]


def deposit(paper: Deposit, store: ObjectStore, lock: Lock, *, now: datetime) -> Record:
    """Archive a paper; doing it again (after a crash, at any line) gives the same record.

    Objects go in first, named by their content, each read back and compared. The manifest, created only if absent, is the
    moment of archiving: what it names is the record, and the bucket needs nothing else to say what it holds. Then the
    catalogue, the search index, the filing and the audit event follow in one transaction.
    Raises ReadBackDiffers and the store's own errors.
    """
    record_id = document_id_of(paper.source_sha256)
    manifest = _existing_manifest(store, record_id) or _store_objects(paper, record_id, store, lock, now)
    return enter(manifest, store, texts=paper.texts)


def _existing_manifest(store: ObjectStore, record_id: str) -> dict[str, Any] | None:
    key = f"{record_id}/{MANIFEST}"
    return _read_manifest(store, store.head(RECORDS, key).stored) if store.exists(RECORDS, key) else None


def _read_manifest(store: ObjectStore, there: StoredObject) -> dict[str, Any]:
    with store.open(there.bucket, there.key, there.version_id) as stream:
        manifest: dict[str, Any] = json.loads(b"".join(stream))
    return manifest


def _store_objects(paper: Deposit, record_id: str, store: ObjectStore, lock: Lock, now: datetime) -> dict[str, Any]:
    retention = lock.retention(now)
    files: dict[str, dict[str, Any]] = {}
    for content in paper.contents:
        stored = store.put_new(
            RECORDS,
            f"{record_id}/{content.role}-{sha256_of(content.path)[:16]}{content.extension}",
            content.path,
            content_type=content.media_type,
            retention=retention,
        )
        read_back(store, stored)
        files[content.role] = {
            "key": stored.key,
            "version_id": stored.version_id,
            "sha256": stored.sha256,
            "size": stored.size,
            "media_type": content.media_type,
        }
    manifest = _manifest(paper, record_id, files, now)
    encoded = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()
    stored = store.put_new(RECORDS, f"{record_id}/{MANIFEST}", encoded, content_type="application/json", retention=retention)
    read_back(store, stored)
    return manifest


def _manifest(paper: Deposit, record_id: str, files: dict[str, dict[str, Any]], now: datetime) -> dict[str, Any]:
    return {
        "format": "sohoa-record/1",
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
        "confidence": round(paper.confidence, 4),
        "signed_on_arrival": paper.signed_on_arrival,
        "signature": paper.signature,
        "files": files,
    }


@transaction.atomic
def enter(manifest: dict[str, Any], store: ObjectStore, *, texts: Sequence[tuple[int, str]]) -> Record:
    """Write a stored record into the catalogue, once; the bucket is the only source, so a rebuild can use this too.

    That is the manifest, and after it what people have settled since (revisions.py), how its signature was kept
    (renewals.py), and since when all of it is proven to exist (evidence.py).
    """
    record_id = manifest["document_id"]
    known = Record.objects.filter(pk=record_id).first()
    if known:
        return known
    archived_at = datetime.fromisoformat(manifest["archived_at"])
    record = Record.objects.create(**_columns(manifest), archived_at=archived_at)
    there = store.head(RECORDS, f"{record_id}/{MANIFEST}").stored
    StoredFile.objects.bulk_create(
        [
            StoredFile(record=record, role=role, bucket=RECORDS, **{k: v for k, v in told.items() if k != "media_type"})
            for role, told in manifest["files"].items()
        ]
        + [
            StoredFile(
                record=record,
                role="manifest",
                bucket=RECORDS,
                key=there.key,
                version_id=there.version_id,
                sha256=there.sha256,
                size=there.size,
            )
        ]
    )
    for number, text in [(0, page_zero(record, manifest["dossier"])), *texts]:
        add_page(PageText.objects.create(record=record, number=number, text=text))
    if manifest["dossier"]:
        file_record(record, manifest["dossier"])
    chain.append("record.archived", record_id, now=archived_at, details={"sha256": record.source_sha256, "manifest": there.sha256})
    catch_up(record, store)
    renewals.catch_up(record, store)
    evidence.catch_up(record, store)
    return record


def _columns(manifest: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, dict[str, Any]] = manifest["fields"]
    return {
        "id": manifest["document_id"],
        "source_sha256": manifest["source"]["sha256"],
        "type_code": manifest["type"]["code"],
        "type_name": manifest["type"]["name"],
        "type_agreement": manifest["type"]["agreement"],
        "type_witnesses": manifest["type"].get("witnesses", {}),
        **columns_from(fields),
        "fields": fields,
        "needs_review": manifest["needs_review"],
        "waits": bool(manifest["needs_review"]),
        "flags": manifest["flags"],
        "pages": manifest["pages"],
        "confidence": manifest["confidence"],
        "unit": manifest["unit"],
        "signed_on_arrival": manifest["signed_on_arrival"],
        "signature_level": manifest["signature"].get("level", ""),
        "signature_verdict": manifest["signature"].get("verdict", ""),
    }
