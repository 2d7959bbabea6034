"""What is left of a destroyed package: ids, hashes, classes, who and when; no content, no personal data.

A tombstone is the object `destructions/{id}/tombstones/{name}.json` of the audit bucket, put there before anything is erased: it names every
object that goes, by key, version and hash, and nothing else is ever erased in its name. `{name}-erased.json` beside it says that nothing
of them was left.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from sohoa.storage.audit import chain
from sohoa.storage.catalogue.evidence import Evidence
from sohoa.storage.catalogue.fields import FieldRevision
from sohoa.storage.catalogue.packages import KnownPackage
from sohoa.storage.catalogue.records import Filing, PageText, Record, StoredFile
from sohoa.storage.catalogue.register import Component, Result
from sohoa.storage.catalogue.retention import DestroyedRecord, Destruction, PackageLock, ResultState, Tombstone
from sohoa.storage.objects.model import Described
from sohoa.storage.retention.errors import DestructionBroken, RecordDestroyed
from sohoa.storage.retention.papers import Paper
from sohoa.storage.retention.terms import Term

FORMAT, ERASED = "sohoa-tombstone/1", "sohoa-erased/1"
# What figures of the past are counted from; everything else of a record is emptied.
_KEPT = ("source_sha256", "type_code", "type_name", "pages", "unit", "signed_on_arrival", "signature_level", "signature_verdict")


def key_of(destruction: str, package: str) -> str:
    return f"destructions/{destruction}/tombstones/{_name(package)}.json"


def erased_key_of(destruction: str, package: str) -> str:
    return f"destructions/{destruction}/tombstones/{_name(package)}-erased.json"


def refuse_destroyed(package: str, document_id: str) -> None:
    """Raises RecordDestroyed for what was destroyed: a paper that is sent in again must not vanish into a row without content."""
    if DestroyedRecord.objects.filter(pk=document_id).exists() or Tombstone.objects.filter(package=package).exists():
        raise RecordDestroyed()


def written(destruction: str, term: Term, objects: Sequence[Described], **more: Any) -> dict[str, Any]:
    """The tombstone of a package that is still whole, as the catalogue and the store have it."""
    records = Record.objects.filter(pk__in=term.records).order_by("pk").prefetch_related("filings__component", "filings__result")
    return {
        "format": FORMAT,
        "id": destruction,
        **term.as_dict(),
        "records": [_record(record) for record in records],
        "objects": [_object(about) for about in objects],
        **more,
    }


@transaction.atomic
def enter(paper: Paper) -> Tombstone:
    """Empty the rows of what was destroyed, or make them where there are none; once. The destruction's own row must be there.

    Raises DestructionBroken.
    """
    told = paper.told
    known = Tombstone.objects.filter(destruction=told["id"], package=told["package"]).first()
    if known:
        return known
    at = paper.moment()
    try:
        tombstone = Tombstone.objects.create(
            package=told["package"], destruction=Destruction.objects.get(pk=told["id"]), at=at, by=told["by"], sha256=paper.sha256
        )
        for facts in told["records"]:
            record = remember(facts)
            DestroyedRecord.objects.create(record=record, tombstone=tombstone)
            details: dict[str, object] = {"destruction": told["id"], "tombstone": paper.sha256}
            chain.append("record.destroyed", record.pk, now=at, details=details, actor=told["by"])
    except (KeyError, TypeError, ValueError, Destruction.DoesNotExist) as failure:
        raise DestructionBroken() from failure
    KnownPackage.objects.filter(pk=told["package"]).delete()
    PackageLock.objects.filter(pk=told["package"]).delete()
    return tombstone


@transaction.atomic
def enter_erased(paper: Paper) -> None:
    told = paper.told
    fresh = Tombstone.objects.filter(destruction=told["id"], package=told["package"], erased_at=None)
    if fresh.update(erased_at=paper.moment()):
        details: dict[str, object] = {"destruction": told["id"], "objects": told["objects"], "bytes": told["bytes"]}
        chain.append("package.erased", told["package"][:100], now=paper.moment(), details=details, actor=told["by"])


@transaction.atomic
def remember(facts: Mapping[str, Any]) -> Record:
    """The row of a destroyed record, with nothing in it but what a tombstone tells; its pages leave the search with their rows."""
    record_id = facts["document_id"]
    for table in (PageText, FieldRevision, Evidence, StoredFile, ResultState):
        table.objects.filter(record=record_id).delete()
    columns = {
        **{name: facts[name] for name in _KEPT},
        **dict.fromkeys(("type_agreement", "title", "code_number", "code_notation"), ""),
        **{"type_witnesses": {}, "fields": {}, "needs_review": [], "flags": []},
        **{"waits": False, "issued_date": None, "renew_by": None, "confidence": 0.0},
        "package": facts["package"],
        "archived_at": datetime.fromisoformat(facts["archived_at"]),
    }
    record, _ = Record.objects.update_or_create(pk=record_id, defaults=columns)
    if state := facts["state"]:
        told = {name: state[name] for name in ("number", "state", "sha256")}
        ResultState.objects.create(record=record, **told, at=datetime.fromisoformat(state["at"]))
    for filed in facts["filings"]:
        places = {"component": _place(Component, filed, "component"), "result": _place(Result, filed, "result")}
        Filing.objects.update_or_create(record=record, dossier_code=filed["dossier"], defaults=places)
    return record


def _place(kind: type[Component] | type[Result], filed: Mapping[str, Any], name: str) -> Component | Result | None:
    """The register may come after us; then it finds the record by its type, as it finds any other."""
    return kind.objects.filter(dossier=filed["dossier"], ordinal=filed[name]).first() if filed[name] else None


def _record(record: Record) -> dict[str, Any]:
    last = record.states.order_by("-number").first()
    return {
        "document_id": record.pk,
        "package": record.package,
        **{name: getattr(record, name) for name in _KEPT},
        "archived_at": record.archived_at.isoformat(),
        "state": {"number": last.number, "state": last.state, "at": last.at.isoformat(), "sha256": last.sha256} if last else None,
        "filings": [
            {
                "dossier": filing.dossier_code,
                "component": filing.component.ordinal if filing.component else None,
                "result": filing.result.ordinal if filing.result else None,
            }
            for filing in record.filings.order_by("dossier_code")
        ],
    }


def _object(about: Described) -> dict[str, Any]:
    stored = about.stored
    return {"key": stored.key, "version_id": stored.version_id, "sha256": stored.sha256, "size": stored.size}


def _name(package: str) -> str:
    return hashlib.sha256(package.encode()).hexdigest()[:32]
