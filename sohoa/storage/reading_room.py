"""Open one record with everything known about it; opening is itself an event of the log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sohoa.kernel.clock import VIETNAM, iso_vietnam
from sohoa.kernel.errors import SohoaError
from sohoa.storage import evidence
from sohoa.storage.audit import chain
from sohoa.storage.audit.models import AuditEvent
from sohoa.storage.catalogue.fields import FieldRevision
from sohoa.storage.catalogue.records import Filing, Record
from sohoa.storage.catalogue.retention import DestroyedRecord
from sohoa.storage.completeness import completeness
from sohoa.storage.renewals import signed_file
from sohoa.storage.retention.states import state_of


class NoSuchRecord(SohoaError):
    code = "storage.no_such_record"
    vi = "Không tìm thấy bản ghi này trong kho."
    en = "There is no such record in the archive."
    remedy = "Tìm mã bản ghi bằng «sohoa search», rồi mở lại."
    remedy_en = "Find the record's id with `sohoa search`, then open it again."


def opened(document_id: str, *, now: datetime) -> dict[str, Any]:
    """The record as `sohoa show --json` prints it. Raises NoSuchRecord."""
    record = Record.objects.filter(pk=document_id).prefetch_related("files", "filings").first()
    if record is None:
        raise NoSuchRecord()
    chain.append("record.read", record.pk, now=now)
    signed = signed_file(record)
    files = [
        {name: getattr(file, name) for name in ("role", "bucket", "key", "version_id", "sha256", "size")}
        for file in record.files.all()
    ]
    return {
        "document_id": record.pk,
        "source_sha256": record.source_sha256,
        "type": {"code": record.type_code, "name": record.type_name, "agreement": record.type_agreement},
        "title": record.title,
        "fields": record.fields,
        "needs_review": record.needs_review,
        "completeness": completeness(record).as_dict(),
        "revisions": [_told(revision) for revision in record.revisions.order_by("number")],
        "flags": record.flags,
        "pages": record.pages,
        "confidence": record.confidence,
        "unit": record.unit,
        "signed_on_arrival": record.signed_on_arrival,
        "signature": {
            "level": record.signature_level,
            "verdict": record.signature_verdict,
            "file": signed.role if signed else None,
            "renew_by": iso_vietnam(record.renew_by) if record.renew_by else None,
        },
        "evidence": evidence.as_told(record),
        "archived_at": iso_vietnam(record.archived_at),
        "state": _standing(record, now),
        "filings": [{"dossier": filing.dossier_code, "place": _place(filing)} for filing in record.filings.all()],
        "files": files,
        "history": [
            {"sequence": event.sequence, "at": iso_vietnam(event.at), "actor": event.actor, "action": event.action}
            for event in AuditEvent.objects.filter(subject=record.pk).order_by("sequence")
        ],
    }


def _standing(record: Record, now: datetime) -> dict[str, Any]:
    """state: valid | expired | replaced | revoked | destroyed."""
    gone = DestroyedRecord.objects.filter(pk=record.pk).select_related("tombstone").first()
    if gone:
        return {"state": "destroyed", "since": iso_vietnam(gone.tombstone.at), "valid_until": None, "replaced_by": ""}
    standing = state_of(record, now.astimezone(VIETNAM).date())
    until = standing.valid_until.isoformat() if standing.valid_until else None
    return {"state": standing.state, "since": None, "valid_until": until, "replaced_by": standing.replaced_by}


def _place(filing: Filing) -> str:
    if filing.component:
        return f"thành phần {filing.component.ordinal}: {filing.component.name}"
    if filing.result:
        return f"kết quả {filing.result.code}: {filing.result.name}"
    return ""


def _told(revision: FieldRevision) -> dict[str, Any]:
    told = {name: getattr(revision, name) for name in ("number", "field", "reason", "undoes", "old", "new", "by")}
    return {**told, "at": iso_vietnam(revision.at)}
