"""What people settle about a record after it was archived: each change a file more in the record's package, then a row.

What is archived is locked for years, so nothing is corrected in place. Revision n of a record is `{document_id}/revisions/{n:06}.json`
in its package, which takes no second file of that name: whoever comes second with the same number is told, which makes the bucket
the one judge between two people. Each names the hash of the one before it (the first names the metadata's). The row, the record's
columns, its filing, the search and the log follow in one transaction; when that never came, because of a crash, `catch_up` makes up
for it from the package alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from sohoa.kernel.errors import SohoaError
from sohoa.storage.audit import chain
from sohoa.storage.catalogue.fields import FieldRevision
from sohoa.storage.catalogue.filing import move, refile
from sohoa.storage.catalogue.headlines import columns_from, page_zero
from sohoa.storage.catalogue.matching import DOSSIER
from sohoa.storage.catalogue.packages import follow
from sohoa.storage.catalogue.records import PageText, Record, StoredFile
from sohoa.storage.field_values import TYPE, in_order_of_asking, must_carry
from sohoa.storage.objects.model import ObjectStore, Retention
from sohoa.storage.packages import ocfl
from sohoa.storage.packages.model import Addition, Held, Package, PathTaken
from sohoa.storage.packages.numbered import Numbered
from sohoa.storage.refiling import Lying, flags_with

FORMAT = "sohoa-revision/1"
CORRECTED, CONFIRMED, UNDONE = "corrected", "confirmed", "undone"
# Every lost race is won by somebody, so this many losses in a row mean something other than colleagues.
ATTEMPTS = 50


class RevisionBroken(SohoaError):
    code = "storage.revision_broken"
    vi = "Bản sửa số {number} của bản ghi này trong kho không nối tiếp bản trước nó."
    en = "Revision {number} of this record in the store does not continue the one before it."
    remedy = "Không sửa bản ghi này nữa; chạy «sohoa verify» cho bản ghi và báo người quản trị."
    remedy_en = "Change this record no further; run `sohoa verify` on it and tell the administrator."


class ChangedMeanwhile(SohoaError):
    code = "storage.changed_meanwhile"
    vi = "Trong lúc đó người khác đã sửa hoặc xác nhận trường này; giá trị của bạn chưa được ghi."
    en = "Somebody else settled this field in the meantime; your value was not written."
    remedy = "Xem lại bằng «sohoa review show», rồi sửa tiếp nếu vẫn cần."
    remedy_en = "Look again with `sohoa review show`, then change it if that is still needed."


REVISIONS = Numbered("revisions", FORMAT, lambda number: RevisionBroken(number=number))


@dataclass(frozen=True, slots=True)
class Change:
    """A decision about one field, before it has a number. old, new, filed: see FieldRevision; new None takes the field away."""

    field: str
    reason: str
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None
    waited: bool
    undoes: int | None = None
    filed: Mapping[str, Any] | None = None


def append(
    document_id: str,
    store: ObjectStore,
    decide: Callable[[Record, int], Change | None],
    *,
    by: str,
    now: datetime,
    retention: Retention,
) -> Record:
    """Store and enter what `decide` makes of the record as it is now and the number of its last revision (0: none yet).

    `decide` is asked again whenever somebody else was quicker, and raises when that makes it moot; None changes nothing.
    Gives the record as it then is. Raises what `decide` raises, RevisionBroken, ReadBackDiffers and the store's own errors.
    """
    for _ in range(ATTEMPTS):
        record = Record.objects.get(pk=document_id)
        last, previous = catch_up(record, store)
        change = decide(record, last)
        if change is None:
            return record
        told = {
            "format": FORMAT,
            "document_id": document_id,
            "number": last + 1,
            "previous": previous,
            "at": now.isoformat(),
            "by": by,
            **asdict(change),
        }
        encoded = json.dumps(told, ensure_ascii=False, indent=1).encode()
        addition = Addition(path_of(document_id, last + 1), encoded, "application/json")
        message = f"{change.reason} {change.field} of {document_id}"
        try:
            package = ocfl.add(store, record.package, [addition], message=message, by=by, now=now, retention=retention)
        except PathTaken:
            continue
        _enter(record, told, package.files[addition.path], package)
        return record
    raise ChangedMeanwhile()


def path_of(document_id: str, number: int) -> str:
    return REVISIONS.path(document_id, number)


def catch_up(record: Record, store: ObjectStore, package: Package | None = None, *, until: int | None = None) -> tuple[int, str]:
    """Enter the revisions that the store holds and the catalogue does not know yet; `record` is brought up to date.

    package: the record's, where the caller has just opened it. until: enter none after this one.
    Gives the number and the hash of the last one (0 and the metadata's hash: none). Raises RevisionBroken and the store's errors.
    """
    number, previous = _last(record)
    package = package or ocfl.opened(store, record.package)
    for told, held in REVISIONS.after(number, previous, record.pk, package, store, until=until):
        _enter(record, told, held, package)
        number, previous = told["number"], held.sha256
    return number, previous


def told_in(package: Package, record: Record, metadata: Held, store: ObjectStore) -> list[tuple[dict[str, Any], Held]]:
    """Every revision of the record as the package has it, first to last. Raises RevisionBroken and the store's errors."""
    return list(REVISIONS.after(0, metadata.sha256, record.pk, package, store))


def _last(record: Record) -> tuple[int, str]:
    last = record.revisions.order_by("-number").first()
    if last:
        return last.number, last.sha256
    manifest = record.files.filter(role="manifest").first()
    return 0, manifest.sha256 if manifest else ""


@transaction.atomic
def _enter(record: Record, told: dict[str, Any], held: Held, package: Package) -> None:
    """Rows, columns, filing, search and log, once: of two processes that enter the same revision, one finds it done."""
    record.refresh_from_db()
    number, name = told["number"], told["field"]
    if FieldRevision.objects.filter(record=record, number=number).exists():
        return
    moment = datetime.fromisoformat(told["at"])
    row_of(record, told, held).save()
    StoredFile.holding(record, role_of(number), held).save()
    undone = told["undoes"] is not None and record.revisions.get(number=told["undoes"]).waited
    apply(record, told, undone_waited=undone)
    record.save()
    before, after = _places(told)
    if name == TYPE:
        refile(record)
    if before and after:
        move(record, before.dossier, after.dossier)
    filed = record.filings.order_by("pk").first()
    about = PageText.objects.filter(record=record, number=0).first()
    if about:
        about.text = page_zero(record, filed.dossier_code if filed else "")
        about.save()
    # Which field and whose hand, never what was written: values are personal data.
    details = {"field": name, "reason": told["reason"], "revision": number, "sha256": held.sha256}
    chain.append("record.reviewed", record.pk, now=moment, details=details, actor=told["by"])
    if before and after and before.dossier != after.dossier:
        details = {"from": before.dossier, "to": after.dossier, "revision": number}
        chain.append("record.refiled", record.pk, now=moment, details=details, actor=told["by"])
    follow(package)


def role_of(number: int) -> str:
    return f"revision-{number:06}"


def row_of(record: Record, told: Mapping[str, Any], held: Held) -> FieldRevision:
    return FieldRevision(
        record=record,
        **{column: told[column] for column in ("number", "field", "reason", "undoes", "old", "new", "waited", "by")},
        filed=told.get("filed"),  # revisions of earlier releases say nothing of dossiers
        at=datetime.fromisoformat(told["at"]),
        sha256=held.sha256,
    )


def apply(record: Record, told: Mapping[str, Any], *, undone_waited: bool) -> None:
    """What a revision makes of the record's columns; nothing is saved. undone_waited: what it takes back had waited for a person."""
    name, new = told["field"], told["new"]
    carried = must_carry(record.type_code)
    if name == TYPE:
        record.type_code, record.type_name, record.type_agreement = new["value"], new["name"], new["agreement"]
    elif new is None:
        record.fields.pop(name, None)
    else:
        record.fields[name] = new
    _, after = _places(told)
    if after:
        record.flags = flags_with(record, after)
    record.needs_review = _waiting(record, name, carried, after, undone_waited=undone_waited)
    record.waits = bool(record.needs_review)
    for column, value in columns_from(record.fields).items():
        setattr(record, column, value)


def _places(told: Mapping[str, Any]) -> tuple[Lying, Lying] | tuple[None, None]:
    filed = told.get("filed")
    return (Lying.of(filed["before"]), Lying.of(filed["after"])) if filed else (None, None)


def _waiting(record: Record, field: str, carried_before: tuple[str, ...], after: Lying | None, *, undone_waited: bool) -> list[str]:
    """What waits for a person after a change. carried_before: what the type before it had to carry. after: where it lies now."""
    names = set(record.needs_review)
    names.discard(field)
    if undone_waited:
        names.add(field)
    if after and field != DOSSIER:
        names = names | {DOSSIER} if after.waits else names - {DOSSIER}
    carried = must_carry(record.type_code)
    unfound = {name for name in carried_before if name not in record.fields}
    names = names - unfound | {name for name in carried if name not in record.fields}
    return in_order_of_asking(names)
