"""Newer versions of a record's signed file: the same bytes with proofs of time added at the end, each a file of its own.

What is archived is locked, so nothing is renewed in place. Renewal n of a record is `{document_id}/renewals/{n:06}.pdf` in its package,
and beside it, in the same version of the package, what is to be known about it, `{n:06}.json`; that includes the hash of the version
before it (the first names that of the record as it was archived). Of two processes that renew the same record, the second is told.
The rows follow in one transaction; when they never came, because of a crash, `catch_up` makes up for it from the package alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from sohoa.kernel.errors import SohoaError
from sohoa.storage.audit import chain
from sohoa.storage.catalogue.packages import follow
from sohoa.storage.catalogue.records import Record, StoredFile
from sohoa.storage.objects.model import ObjectStore, Retention
from sohoa.storage.packages import ocfl
from sohoa.storage.packages.model import Addition, Held, Package, PathTaken

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


def path_of(document_id: str, number: int) -> str:
    return f"{document_id}/renewals/{number:06}.pdf"


def about_path_of(document_id: str, number: int) -> str:
    return f"{document_id}/renewals/{number:06}.json"


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
        "document_id": record.pk,
        "number": number,
        "previous": before.sha256,
        "level": renewal.level,
        "verdict": renewal.verdict,
        "reason": renewal.reason,
        "renew_by": renewal.renew_by.isoformat() if renewal.renew_by else "",
        "by": renewal.by,
        "at": renewal.at.isoformat(),
    }
    about = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True).encode()
    additions = [
        Addition(path_of(record.pk, number), renewed, "application/pdf"),
        Addition(about_path_of(record.pk, number), about, "application/json"),
    ]
    message = f"renewed the signature of {record.pk}"
    try:
        package = ocfl.add(store, record.package, additions, message=message, by=renewal.by, now=renewal.at, retention=retention)
    except PathTaken as taken:
        raise RenewedMeanwhile() from taken
    return _enter(record, told, package.files[path_of(record.pk, number)], package, before)


def catch_up(record: Record, store: ObjectStore, package: Package | None = None, *, until: int | None = None) -> StoredFile | None:
    """Enter the renewals that the store holds and the catalogue does not know yet; `record` is brought up to date.

    package: the record's, where the caller has just opened it. until: enter none after this one.
    Gives the newest version, None where we signed nothing. Raises RenewalBroken and the store's own errors.
    """
    newest = versions(record).last()
    if newest is None:
        return None
    package = package or ocfl.opened(store, record.package)
    files = package.files if package else {}
    while (held := files.get(path_of(record.pk, number := _number(newest) + 1))) and (until is None or number <= until):
        newest = _enter(record, _told(package, record, number, store), held, package, newest)
    return newest


def told_in(package: Package, record: Record, store: ObjectStore) -> list[tuple[dict[str, Any], Held]]:
    """Every renewal of the record as the package has it, first to last; that each continues the one before is not looked at.

    Raises RenewalBroken and the store's errors."""
    found: list[tuple[dict[str, Any], Held]] = []
    while held := package.files.get(path_of(record.pk, len(found) + 1)):
        found.append((_told(package, record, len(found) + 1, store), held))
    return found


def _told(package: Package, record: Record, number: int, store: ObjectStore) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(ocfl.read(store, package.files[about_path_of(record.pk, number)]))
        if (told["format"], told["document_id"], told["number"]) != (FORMAT, record.pk, number):
            raise ValueError
    except (ValueError, KeyError, TypeError) as failure:
        raise RenewalBroken(number=number) from failure
    return told


def retention_of(record: Record, store: ObjectStore, *, otherwise: Retention, now: datetime) -> Retention:
    """How long the next version is to be kept: no shorter than what it continues, and no longer, so that it is never the last to
    go. otherwise: where the store tells no end that is still to come. Raises the store's errors."""
    kept = [store.head(file.bucket, file.key, file.version_id).retention for file in versions(record)]
    longest = max((one for one in kept if one), key=lambda one: one.until, default=None)
    return longest if longest and longest.until > now else otherwise


def _number(version: StoredFile) -> int:
    return int(version.role.removeprefix(RECORD).lstrip("-") or 0)


def apply(record: Record, told: dict[str, Any]) -> None:
    """What a renewal makes of the record's columns; nothing is saved. Raises RenewalBroken."""
    try:
        record.signature_level, record.signature_verdict = told["level"], told["verdict"]
        record.renew_by = datetime.fromisoformat(told["renew_by"]) if told["renew_by"] else None
    except (KeyError, ValueError, TypeError) as failure:
        raise RenewalBroken(number=told["number"]) from failure


@transaction.atomic
def _enter(record: Record, told: dict[str, Any], held: Held, package: Package, before: StoredFile) -> StoredFile:
    """Row, columns and log, once: of two processes that enter the same renewal, one finds it done."""
    number = _number(before) + 1
    if told.get("previous") != before.sha256:
        raise RenewalBroken(number=number)
    role = role_of(number)
    known = record.files.filter(role=role).first()
    if known:
        record.refresh_from_db()
        return known
    level_before = record.signature_level
    apply(record, told)
    try:
        at, reason, by = datetime.fromisoformat(told["at"]), told["reason"], told["by"]
    except (KeyError, ValueError, TypeError) as failure:
        raise RenewalBroken(number=number) from failure
    version = StoredFile.holding(record, role, held)
    version.save()
    details: dict[str, object] = {
        "number": number,
        "reason": reason,
        "from": level_before,
        "to": record.signature_level,
        "verdict": record.signature_verdict,
        "previous": before.sha256,
        "sha256": held.sha256,
    }
    record.save(update_fields=["signature_level", "signature_verdict", "renew_by"])
    chain.append("record.signature_renewed", record.pk, now=at, details=details, actor=by)
    follow(package)
    return version


def role_of(number: int) -> str:
    return f"{RECORD}-{number:06}"
