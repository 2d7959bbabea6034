"""One record by itself: its objects as the catalogue names them, and what its signatures are worth now."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from sohoa.kernel.durable import CHUNK
from sohoa.kernel.errors import SohoaError
from sohoa.kernel.verdicts import Outcome, Verdict
from sohoa.signing.validation.validate import validate_pdf
from sohoa.storage.catalogue.records import Record, StoredFile
from sohoa.storage.fixity.model import FIXITY, SIGNATURE
from sohoa.storage.objects.errors import ObjectMissing, ObjectUnreadable, StoreUnreachable
from sohoa.storage.objects.model import ObjectStore
from sohoa.storage.renewals import signed_file, versions


def verify_record(record: Record, store: ObjectStore, *, trust: Sequence[Path], now: datetime) -> Verdict:
    """One record without its package: each object that the catalogue names against its hash, then the signature of the newest version.
    The first thing found wrong is the reason. Raises StoreUnreachable."""
    newest = signed_file(record)
    with tempfile.TemporaryDirectory(prefix="sohoa-verify-") as scratch:
        signed = Path(scratch) / "signed.pdf"
        for file in record.files.all():
            reason = _fixity(file, store, into=signed if newest and file.role == newest.role else None)
            if reason:
                return Verdict(Outcome.FAILED, reason, {"what": FIXITY, "role": file.role})
        if newest is None:
            return Verdict(Outcome.OK)
        older = [one for one in versions(record) if one.role != newest.role]
        return continued(signed, newest, older) or signature(record, signed, trust, now)


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


def continued(signed: Path, newest: StoredFile, older: Iterable[StoredFile]) -> Verdict | None:
    """A renewal only adds at the end, so every version lies at the beginning of the ones after it; None when it does."""
    if all(_begins_with(signed, one) for one in older):
        return None
    return Verdict(Outcome.FAILED, f"{newest.role}: does_not_continue", {"what": FIXITY, "role": newest.role})


def _begins_with(newest: Path, older: StoredFile) -> bool:
    digest, left = hashlib.sha256(), older.size
    with newest.open("rb") as stream:
        while left and (chunk := stream.read(min(CHUNK, left))):
            digest.update(chunk)
            left -= len(chunk)
    return digest.hexdigest() == older.sha256


def signature(record: Record, signed: Path, trust: Sequence[Path], now: datetime) -> Verdict:
    """Our signature must be ok; a foreign one must be worth what it was on arrival (its root may be unknown to us then and now)."""
    try:
        outcome = validate_pdf(signed, trust=list(trust), now=now).verdict
    except SohoaError as error:
        return Verdict(Outcome.FAILED, error.code, {"what": SIGNATURE})
    if outcome is Outcome.OK or outcome == record.signature_verdict:
        return Verdict(Outcome.OK)
    return Verdict(outcome, f"was {record.signature_verdict}, is {outcome}", {"what": SIGNATURE})
