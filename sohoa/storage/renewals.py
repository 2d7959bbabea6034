"""Newer versions of a record's signed file: the same bytes with proofs of time added at the end, each an object of its own.

What is archived is locked, so nothing is renewed in place. Renewal n of a record is the object `{document_id}/renewals/{n:06}.pdf`,
created only if absent: of two processes that renew the same record, the second is told. One create is all there is to it, so a
crash leaves either nothing or the whole renewal. What is to be known about it is in the object's metadata, and that includes the
hash of the version before it (the first names that of the record as it was archived). The rows follow in one transaction; when
they never came, because of a crash, `catch_up` makes up for it from the object alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet

from sohoa.kernel.errors import SohoaError
from sohoa.storage.audit import chain
from sohoa.storage.catalogue.records import Record, StoredFile
from sohoa.storage.objects.errors import ObjectAlreadyThere
from sohoa.storage.objects.model import RECORDS, Described, ObjectStore, Retention
from sohoa.storage.objects.read_back import read_back

FORMAT = "sohoa-renewal/1"
RECORD, ORIGINAL = "record", "original"


class RenewalBroken(SohoaError):
    code = "storage.renewal_broken"
    vi = "Bản gia hạn chữ ký số {number} của bản ghi này trong kho không nối tiếp bản trước nó."
    en = "Renewal {number} of this record's signature in the store does not continue the version before it."
    remedy = "Không gia hạn bản ghi này nữa; chạy «sohoa verify» cho bản ghi và báo người quản trị."
    remedy_en = "Renew this record no further; run `sohoa verify` on it and tell the administrator."


class RenewedMeanwhile(SohoaError):
    code = "storage.renewed_meanwhile"
    vi = "Trong lúc đó một lượt chạy khác đã gia hạn chữ ký của bản ghi này."
    en = "Another run renewed this record's signature in the meantime."
    remedy = "Không cần làm gì; chạy lại «sohoa renew» nếu muốn xem còn việc không."
    remedy_en = "Nothing needs to be done; run `sohoa renew` again to see whether anything is left."


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a newer version is worth. level: `PAdES-B-LTA`. verdict: ok | undetermined. renew_by: when it will be too late to renew it
    in turn. reason: why it was made, level_owed | certificate_ends | algorithm_weakens. by, at: who made it, and when."""

    level: str
    verdict: str
    renew_by: datetime | None
    reason: str
    by: str
    at: datetime


def key_of(document_id: str, number: int) -> str:
    return f"{document_id}/renewals/{number:06}.pdf"


def versions(record: Record) -> QuerySet[StoredFile]:
    """Of the file that we made, in the order in which they were made: `record`, `record-000001` …; none of a paper that arrived
    signed. Each lies at the beginning of the one after it."""
    return record.files.none() if record.signed_on_arrival else record.files.filter(role__startswith=RECORD).order_by("role")


def signed_file(record: Record) -> StoredFile | None:
    """The version that holds the record's signatures as they are now; None: nothing of it is signed.

    A paper that arrived signed is kept as it came and is never renewed.
    """
    if not record.signature_verdict:
        return None
    if record.signed_on_arrival:
        return record.files.filter(role=ORIGINAL).first()
    return versions(record).last()


def add(
    record: Record, before: StoredFile, renewed: Path, renewal: Renewal, store: ObjectStore, *, retention: Retention
) -> StoredFile:
    """Archive `renewed` as the version after `before`, which the caller took for the newest; `record` is brought up to date.

    Raises RenewedMeanwhile when that is no longer so, ReadBackDiffers and the store's own errors.
    """
    number = _number(before) + 1
    told = {
        "format": FORMAT,
        "document-id": record.pk,
        "number": str(number),
        "previous": before.sha256,
        "level": renewal.level,
        "verdict": renewal.verdict,
        "reason": renewal.reason,
        "renew-by": renewal.renew_by.isoformat() if renewal.renew_by else "",
        "by": renewal.by,
        "at": renewal.at.isoformat(),
    }
    key = key_of(record.pk, number)
    try:
        stored = store.put_new(RECORDS, key, renewed, content_type="application/pdf", metadata=told, retention=retention)
    except ObjectAlreadyThere as taken:
        raise RenewedMeanwhile() from taken
    read_back(store, stored)
    return _enter(record, Described(stored, "application/pdf", told), before)


def catch_up(record: Record, store: ObjectStore) -> StoredFile | None:
    """Enter the renewals that the store holds and the catalogue does not know yet; `record` is brought up to date.

    Gives the newest version, None where we signed nothing. Raises RenewalBroken, ReadBackDiffers and the store's own errors.
    """
    newest = versions(record).last()
    if newest is None:
        return None
    while store.exists(RECORDS, key := key_of(record.pk, _number(newest) + 1)):
        there = store.head(RECORDS, key)
        read_back(store, there.stored)
        newest = _enter(record, there, newest)
    return newest


def retention_of(record: Record, store: ObjectStore, *, otherwise: Retention, now: datetime) -> Retention:
    """How long the next version is to be kept: no shorter than what it continues, and no longer, so that it is never the last to
    go. otherwise: where the store tells no end that is still to come. Raises the store's errors."""
    kept = [store.head(file.bucket, file.key, file.version_id).retention for file in versions(record)]
    longest = max((one for one in kept if one), key=lambda one: one.until, default=None)
    return longest if longest and longest.until > now else otherwise


def _number(version: StoredFile) -> int:
    return int(version.role.removeprefix(RECORD).lstrip("-") or 0)


@transaction.atomic
def _enter(record: Record, there: Described, before: StoredFile) -> StoredFile:
    """Row, columns and log, once: of two processes that enter the same renewal, one finds it done."""
    number, stored, told = _number(before) + 1, there.stored, there.metadata
    claimed = tuple(told.get(name) for name in ("format", "document-id", "number", "previous"))
    if claimed != (FORMAT, record.pk, str(number), before.sha256):
        raise RenewalBroken(number=number)
    try:
        at = datetime.fromisoformat(told["at"])
        renew_by = datetime.fromisoformat(told["renew-by"]) if told["renew-by"] else None
        level, verdict, reason, by = (told[name] for name in ("level", "verdict", "reason", "by"))
    except (KeyError, ValueError) as failure:
        raise RenewalBroken(number=number) from failure
    role = f"{RECORD}-{number:06}"
    known = record.files.filter(role=role).first()
    if known:
        record.refresh_from_db()
        return known
    version = StoredFile.objects.create(
        record=record,
        role=role,
        bucket=stored.bucket,
        key=stored.key,
        version_id=stored.version_id,
        sha256=stored.sha256,
        size=stored.size,
    )
    details: dict[str, object] = {
        "number": number,
        "reason": reason,
        "from": record.signature_level,
        "to": level,
        "verdict": verdict,
        "previous": before.sha256,
        "sha256": stored.sha256,
    }
    record.signature_level, record.signature_verdict, record.renew_by = level, verdict, renew_by
    record.save(update_fields=["signature_level", "signature_verdict", "renew_by"])
    chain.append("record.signature_renewed", record.pk, now=at, details=details, actor=by)
    return version
