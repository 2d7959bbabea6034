"""Is what was archived still there, unchanged, and still signed? Fixity from the store, signatures from the files, the log from itself."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sohoa.kernel.durable import CHUNK
from sohoa.kernel.errors import SohoaError
from sohoa.kernel.verdicts import Outcome, Verdict, worst
from sohoa.pipeline.signing.evidence import Coverage, verify_evidence
from sohoa.signing.validation.validate import validate_pdf
from sohoa.storage.audit import chain
from sohoa.storage.catalogue.records import Record, StoredFile
from sohoa.storage.objects.errors import ObjectMissing, ObjectUnreadable, StoreUnreachable
from sohoa.storage.objects.model import ObjectStore
from sohoa.storage.renewals import signed_file, versions


@dataclass(frozen=True, slots=True)
class Failure:
    """what: fixity | signature | evidence | package | audit."""

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
    evidence: Coverage = field(default_factory=Coverage)

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
            "evidence": self.evidence.as_dict(),
        }


def verify_records(records: Iterable[Record], store: ObjectStore, *, trust: list[Path], now: datetime) -> Report:
    """Check each record's every object, its signature and its evidence, then the log.

    Raises StoreUnreachable: a store that is away proves nothing.
    """
    report = Report()
    for record in records:
        verdict = verify_record(record, store, trust=trust, now=now)
        # What differs from the catalogue may still be what was stamped; then the catalogue is wrong.
        proven = verify_evidence(record, store, trust=trust, now=now, afresh=not verdict.ok)
        outcome = worst((verdict.outcome, proven.outcome))
        report.checked += 1
        setattr(report, outcome, getattr(report, outcome) + 1)
        report.evidence.count(record)
        report.failures += [Failure(record.pk, one.evidence["what"], one.reason) for one in (verdict, proven) if not one.ok]
    for broken in chain.breaks():
        report.failures.append(Failure(str(broken.sequence), "audit", broken.reason))
    return report


def verify_record(record: Record, store: ObjectStore, *, trust: list[Path], now: datetime) -> Verdict:
    """One record: each object's bytes against its hash, then the signature of the newest version. The first thing found wrong is
    the reason."""
    newest = signed_file(record)
    with tempfile.TemporaryDirectory(prefix="sohoa-verify-") as scratch:
        signed = Path(scratch) / "signed.pdf"
        for file in record.files.all():
            reason = _fixity(file, store, into=signed if newest and file.role == newest.role else None)
            if reason:
                return Verdict(Outcome.FAILED, reason, {"what": "fixity", "role": file.role})
        if newest is None:
            return Verdict(Outcome.OK)
        if not all(_begins_with(signed, older) for older in versions(record) if older.role != newest.role):
            return Verdict(Outcome.FAILED, f"{newest.role}: does_not_continue", {"what": "fixity", "role": newest.role})
        return _signature(record, signed, trust, now)


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


def _begins_with(newest: Path, older: StoredFile) -> bool:
    """A renewal only adds at the end, so every version lies at the beginning of the ones after it."""
    digest, left = hashlib.sha256(), older.size
    with newest.open("rb") as stream:
        while left and (chunk := stream.read(min(CHUNK, left))):
            digest.update(chunk)
            left -= len(chunk)
    return digest.hexdigest() == older.sha256


def _signature(record: Record, signed: Path, trust: list[Path], now: datetime) -> Verdict:
    """Our signature must be ok; a foreign one must be worth what it was on arrival (its root may be unknown to us then and now)."""
    try:
        outcome = validate_pdf(signed, trust=trust, now=now).verdict
    except SohoaError as error:
        return Verdict(Outcome.FAILED, error.code, {"what": "signature"})
    if outcome is Outcome.OK or outcome == record.signature_verdict:
        return Verdict(Outcome.OK)
    return Verdict(outcome, f"was {record.signature_verdict}, is {outcome}", {"what": "signature"})
