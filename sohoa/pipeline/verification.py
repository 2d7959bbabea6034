"""Is what was archived still there, unchanged, and still signed? Fixity from the store, signatures from the files, the log from itself."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sohoa.kernel.errors import SohoaError
from sohoa.kernel.verdicts import Outcome, Verdict
from sohoa.signing.validation.validate import validate_pdf
from sohoa.storage.audit import chain
from sohoa.storage.catalogue.records import Record, StoredFile
from sohoa.storage.objects.errors import ObjectMissing, ObjectUnreadable, StoreUnreachable
from sohoa.storage.objects.model import ObjectStore


@dataclass(frozen=True, slots=True)
class Failure:
    """what: fixity | signature | package | audit."""

    id: str
    what: str
    reason: str


@dataclass(slots=True)
class Report:
    checked: int = 0
    ok: int = 0
    failed: int = 0
    undetermined: int = 0
    failures: list[Failure] = field(default_factory=list)

    @property
    def all_ok(self) -> bool:
        return not self.failures and self.ok == self.checked

    def as_dict(self) -> dict[str, object]:
        failures = [{"id": f.id, "what": f.what, "reason": f.reason} for f in self.failures]
        return {
            "checked": self.checked,
            "ok": self.ok,
            "failed": self.failed,
            "undetermined": self.undetermined,
            "failures": failures,
        }


def verify_records(records: Iterable[Record], store: ObjectStore, *, trust: list[Path], now: datetime) -> Report:
    """Check each record's every object and signature, then the log. Raises StoreUnreachable: a store that is away proves nothing."""
    report = Report()
    for record in records:
        verdict = verify_record(record, store, trust=trust, now=now)
        report.checked += 1
        setattr(report, verdict.outcome, getattr(report, verdict.outcome) + 1)
        if not verdict.ok:
            report.failures.append(Failure(record.pk, verdict.evidence["what"], verdict.reason))
    for broken in chain.breaks():
        report.failures.append(Failure(str(broken.sequence), "audit", broken.reason))
    return report


def verify_record(record: Record, store: ObjectStore, *, trust: list[Path], now: datetime) -> Verdict:
    """One record: each object's bytes against its hash, then its signature. The first thing found wrong is the reason."""
    with tempfile.TemporaryDirectory(prefix="sohoa-verify-") as scratch:
        signed = Path(scratch) / "signed.pdf"
        for file in record.files.all():
            holds_signature = bool(record.signature_verdict) and file.role == ("original" if record.signed_on_arrival else "record")
            reason = _fixity(file, store, into=signed if holds_signature else None)
            if reason:
                return Verdict(Outcome.FAILED, reason, {"what": "fixity", "role": file.role})
        return _signature(record, signed, trust, now) if signed.exists() else Verdict(Outcome.OK)


def _fixity(file: StoredFile, store: ObjectStore, *, into: Path | None) -> str:
    """Why the object is not what was archived; "" when it is."""
    try:
        if into:
            found = store.download(file.bucket, file.key, file.version_id, into)
        else:
            found = store.sha256_of(file.bucket, file.key, file.version_id)
    except StoreUnreachable:
        raise
    except ObjectMissing:
        return f"{file.role}: missing"
    except ObjectUnreadable:
        return f"{file.role}: unreadable"
    return "" if found == file.sha256 else f"{file.role}: sha256_differs"


def _signature(record: Record, signed: Path, trust: list[Path], now: datetime) -> Verdict:
    """Our signature must be ok; a foreign one must be worth what it was on arrival (its root may be unknown to us then and now)."""
    try:
        outcome = validate_pdf(signed, trust=trust, now=now).verdict
    except SohoaError as error:
        return Verdict(Outcome.FAILED, error.code, {"what": "signature"})
    if outcome is Outcome.OK or outcome == record.signature_verdict:
        return Verdict(Outcome.OK)
    return Verdict(outcome, f"was {record.signature_verdict}, is {outcome}", {"what": "signature"})
