"""Legal holds: nothing of what is held may be destroyed, however long ago its term ended, until a person releases it with a reason.

A hold is the object `holds/{id}.json` of the audit bucket, its release `holds/{id}-released.json`; the rows and the events follow. The
bytes of both are also put into every package that the hold is about, as `holds/{id}.json` and `holds/{id}-released.json`, so that a
package says so wherever it travels; and the store's own legal hold is put on each of its objects. That takes long for a procedure, may
be stopped at any moment, and `enforce` goes on with it. Until then the row already forbids destruction: it is asked first.

What is archived into a held dossier later is held too: `enforce` finds what lies there without a hold of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from sohoa.kernel.errors import SohoaError
from sohoa.storage.audit import chain
from sohoa.storage.catalogue.matching import PROCEDURE
from sohoa.storage.catalogue.packages import follow
from sohoa.storage.catalogue.records import Filing
from sohoa.storage.catalogue.register import Dossier
from sohoa.storage.catalogue.retention import Hold
from sohoa.storage.objects.errors import ObjectAlreadyThere, StoreRefused, StoreUnreachable
from sohoa.storage.objects.model import RECORDS, ObjectStore, Retention
from sohoa.storage.packages import ocfl
from sohoa.storage.packages.model import Addition, package_of
from sohoa.storage.retention.errors import HoldRefused
from sohoa.storage.retention.locking import every_version, kept_like
from sohoa.storage.retention.papers import Paper, encoded, find, named, put, said
from sohoa.storage.retention.terms import Term, living

FORMAT, RELEASED = "sohoa-hold/1", "sohoa-hold-release/1"
SCOPES = ("record", "dossier", "procedure")


@dataclass(frozen=True, slots=True)
class Enforced:
    """objects: versions whose hold was put on or lifted. error: what stopped this package; the others go on."""

    hold: str
    package: str
    objects: int
    error: SohoaError | None = None


def key_of(hold: str) -> str:
    return f"holds/{hold}.json"


def release_key_of(hold: str) -> str:
    return f"holds/{hold}-released.json"


def hold(scope: str, subject: str, reason: str, store: ObjectStore, *, by: str, now: datetime, retention: Retention | None) -> Hold:
    """Decide on a hold; from then on nothing of it can be destroyed. `enforce` brings it to the objects.

    scope: one of SCOPES. subject: a document id, a dossier's or a procedure's code. Raises HoldRefused and the store's errors.
    """
    subject, reason, by = said(subject), said(reason), said(by)
    if scope not in SCOPES:
        raise _refused("chỉ giữ bản ghi, hồ sơ hoặc thủ tục", "a hold is on a record, a dossier or a procedure")
    if not reason or not by:
        raise _refused("phải nêu lý do và người quyết định", "a reason and a person must be given")
    if len(by) > 100 or len(subject) > 60:
        raise _refused("tên hoặc mã quá dài", "the name or the code is too long")
    if scope != "procedure" and not packages_of(scope, subject):
        raise _refused("kho không có bản ghi hoặc hồ sơ ấy", "the archive holds no such record or dossier")
    told = {"format": FORMAT, "id": named(now, scope, subject, by), "scope": scope, "subject": subject, "reason": reason}
    told |= {"by": by, "at": now.isoformat()}
    return _enter(put(store, key_of(told["id"]), told, retention))


def release(hold_id: str, reason: str, store: ObjectStore, *, by: str, now: datetime, retention: Retention | None) -> Hold:
    """Raises HoldRefused and the store's errors."""
    placed = Hold.objects.filter(pk=hold_id).first()
    reason, by = said(reason), said(by)
    if placed is None:
        raise _refused("không có lệnh giữ mang mã này", "there is no such hold")
    if placed.released_at:
        raise _refused("lệnh giữ này đã được gỡ", "it is released already")
    if not reason or not by or len(by) > 100:
        raise _refused("phải nêu lý do và người quyết định", "a reason and a person must be given")
    told = {"format": RELEASED, "id": hold_id, "hold": placed.sha256, "reason": reason, "by": by, "at": now.isoformat()}
    try:
        paper = put(store, release_key_of(hold_id), told, retention)
    except ObjectAlreadyThere:
        catch_up(store, hold_id)
        raise _refused("trong lúc đó người khác đã gỡ", "somebody else released it meanwhile") from None
    return _enter_release(paper)


def catch_up(store: ObjectStore, hold_id: str) -> Hold | None:
    """Enter what the bucket says of a hold and the catalogue does not know yet. Raises DestructionBroken and the store's errors."""
    paper = find(store, key_of(hold_id), FORMAT, "id", "scope", "subject", "reason")
    if paper is None:
        return None
    placed = _enter(paper)
    released = find(store, release_key_of(hold_id), RELEASED, "id", "hold", "reason")
    return _enter_release(released) if released else placed


def standing() -> QuerySet[Hold]:
    return Hold.objects.filter(released_at=None).order_by("at", "pk")


def holding(term: Term) -> list[str]:
    """Ids of the holds that forbid destroying this package."""
    about = Q(scope="record", subject__in=term.records) | Q(scope="procedure", subject__in=term.procedures)
    about |= Q(scope="dossier", subject__in=[*term.dossiers, *filter(None, [term.dossier])])
    return list(standing().filter(about).values_list("pk", flat=True))


def packages_of(scope: str, subject: str) -> list[str]:
    """Every package in which something lies that a hold on this subject is about."""
    if scope == "record":
        records = living().filter(pk=subject)
    elif scope == "dossier":
        lying = Filing.objects.filter(dossier_code=subject).values("record")
        records = living().filter(Q(pk__in=lying) | Q(package=package_of("", subject)))
    else:
        codes = Dossier.objects.filter(procedure_code=subject).values("code")
        lying = Filing.objects.filter(dossier_code__in=codes).values("record")
        records = living().filter(Q(pk__in=lying) | Q(**{f"fields__{PROCEDURE}__value": subject}))
    return list(records.order_by("package").values_list("package", flat=True).distinct())


def enforce(store: ObjectStore, *, now: datetime, only: str = "") -> Iterator[Enforced]:
    """Bring holds and releases to the packages and objects they are about. only: the id of one hold.

    Raises StoreUnreachable and StoreRefused; what is wrong with one package is told.
    """
    failed: set[str] = set()
    touched = [
        one for one in (*Hold.objects.filter(enforced=False, released_at__isnull=False), *standing()) if only in ("", one.pk)
    ]
    for one in touched:
        for package in packages_of(one.scope, one.subject):
            try:
                objects = _enforce(store, one, package, now)
            except (StoreUnreachable, StoreRefused):
                raise
            except SohoaError as failure:
                failed.add(one.pk)
                yield Enforced(one.pk, package, 0, failure)
                continue
            if objects:
                yield Enforced(one.pk, package, objects)
        if one.pk not in failed:
            Hold.objects.filter(pk=one.pk, released_at=one.released_at).update(enforced=True)


def _enforce(store: ObjectStore, one: Hold, package: str, now: datetime) -> int:
    there = ocfl.opened(store, package)
    if there is None:
        return 0
    key = release_key_of(one.pk) if one.released_at else key_of(one.pk)
    form = RELEASED if one.released_at else FORMAT
    if key not in there.files and (paper := find(store, key, form)):
        note = Addition(key, encoded(paper.told), "application/json")
        message = "released a hold" if one.released_at else "placed a hold"
        retention = kept_like(store, package, now=now)
        follow(ocfl.add(store, package, [note], message=message, by=paper.told["by"], now=now, retention=retention))
    on = one.released_at is None or any(package in packages_of(other.scope, other.subject) for other in standing())
    changed = 0
    for about in every_version(store, package):
        if about.legal_hold != on:
            store.hold(RECORDS, about.stored.key, about.stored.version_id, on)
            changed += 1
    return changed


@transaction.atomic
def _enter(paper: Paper) -> Hold:
    told = paper.told
    columns = {name: told[name] for name in ("scope", "subject", "reason", "by")}
    placed, created = Hold.objects.get_or_create(pk=told["id"], defaults={**columns, "at": paper.moment(), "sha256": paper.sha256})
    if created:
        # Which paper and whose hand; the reason stays in the object, as people's names stand in reasons.
        details: dict[str, object] = {"scope": placed.scope, "subject": placed.subject, "sha256": paper.sha256}
        chain.append("hold.placed", placed.pk, now=placed.at, details=details, actor=placed.by)
    return placed


@transaction.atomic
def _enter_release(paper: Paper) -> Hold:
    told = paper.told
    columns = {"released_by": told["by"], "release_reason": told["reason"], "release_sha256": paper.sha256}
    fresh = Hold.objects.filter(pk=told["id"], released_at=None)
    if fresh.update(**columns, released_at=paper.moment(), enforced=False):
        chain.append("hold.released", told["id"], now=paper.moment(), details={"sha256": paper.sha256}, actor=told["by"])
    return Hold.objects.get(pk=told["id"])


def _refused(why_vi: str, why: str) -> HoldRefused:
    return HoldRefused(why_vi=why_vi, why=why)
