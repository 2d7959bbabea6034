"""Object Locks follow what is known: a class that was found later, or became longer, moves the end of a package's locks on, never back.

    for moved in apply(store, plan, mode="COMPLIANCE", now=now): ...

Package by package, oldest id first; what is done is noted in the catalogue, so a run that was stopped goes on where it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import transaction

from sohoa.config.retention import RetentionPlan
from sohoa.kernel.errors import SohoaError
from sohoa.storage.audit import chain
from sohoa.storage.catalogue.packages import KnownPackage
from sohoa.storage.catalogue.retention import PackageLock
from sohoa.storage.objects.errors import StoreRefused, StoreUnreachable
from sohoa.storage.objects.model import AUDIT, RECORDS, Described, ObjectStore, Retention
from sohoa.storage.packages.layout import INVENTORY, OBJECT_DECLARATION, root_of
from sohoa.storage.retention.terms import Term, furthest_lock, locked_until, terms

PAPERS = ("destructions/", "holds/")  # of the audit bucket: decisions, which are kept as long as anything is
Mode = Literal["COMPLIANCE", "GOVERNANCE"]


@dataclass(frozen=True, slots=True)
class ToLock:
    """A package whose locks should end later than is known of them. until: when."""

    term: Term
    until: datetime
    head: int


@dataclass(frozen=True, slots=True)
class Moved:
    """objects: versions whose lock was made longer. error: what stopped this package; the others go on."""

    package: str
    until: datetime
    objects: int
    error: SohoaError | None = None


def every_version(store: ObjectStore, package: str) -> Iterator[Described]:
    """Of everything under a package's root, by key. Raises the store's errors."""
    for listed in store.list(RECORDS, f"{root_of(package)}/"):
        yield store.head(RECORDS, listed.key, listed.version_id)


def kept_like(store: ObjectStore, package: str, *, now: datetime) -> Retention | None:
    """For what is added to a package: locked as long as what lies there, and no longer, so that it is never the last to go. None: nothing
    there is locked any more. Raises the store's errors."""
    found: list[Retention] = []
    for name in (OBJECT_DECLARATION, INVENTORY):
        key = f"{root_of(package)}/{name}"
        versions = [listed.version_id for listed in store.list(RECORDS, key) if listed.key == key]
        found += [kept for version in versions[:1] if (kept := store.head(RECORDS, key, version).retention)]
    return max((one for one in found if one.until > now), key=lambda one: one.until, default=None)


def keep_papers(store: ObjectStore, plan: RetentionPlan, *, mode: Mode, now: datetime) -> int:
    """Lock the decisions about holds and destructions further ahead, where years have passed; how many. Raises the store's errors."""
    wanted, moved = furthest_lock(plan, now=now), 0
    for prefix in PAPERS:
        for listed in store.list(AUDIT, prefix):
            had = store.head(AUDIT, listed.key, listed.version_id).retention
            if had is None or had.until < wanted:
                store.extend(AUDIT, listed.key, listed.version_id, Retention(had.mode if had else mode, wanted))
                moved += 1
    return moved


def to_lock(plan: RetentionPlan, *, now: datetime) -> Iterator[ToLock]:
    """What `apply` would look at, without asking the store."""
    for term in terms(plan):
        until = locked_until(plan, term, now=now)
        if until is None or until <= now:
            continue
        known = KnownPackage.objects.filter(pk=term.package).first()
        head = known.head if known else 0
        if not PackageLock.objects.filter(pk=term.package, head__gte=head, until__gte=until).exists():
            yield ToLock(term, until, head)


def apply(store: ObjectStore, plan: RetentionPlan, *, mode: Mode, now: datetime) -> Iterator[Moved]:
    """Make locks longer where they end before the term does. mode: for what has no lock yet; any other keeps its own.

    Raises StoreUnreachable and StoreRefused; what is wrong with one package is told by its Moved.
    """
    for one in to_lock(plan, now=now):
        try:
            yield Moved(one.term.package, one.until, _lock(store, one, mode, now))
        except (StoreUnreachable, StoreRefused):
            raise
        except SohoaError as failure:
            yield Moved(one.term.package, one.until, 0, failure)


def _lock(store: ObjectStore, one: ToLock, mode: Mode, now: datetime) -> int:
    moved = 0
    for about in every_version(store, one.term.package):
        had = about.retention
        if had is None or had.until < one.until:
            stored = about.stored
            store.extend(RECORDS, stored.key, stored.version_id, Retention(had.mode if had else mode, one.until))
            moved += 1
    with transaction.atomic():
        PackageLock.objects.update_or_create(pk=one.term.package, defaults={"head": one.head, "until": one.until})
        if moved:
            details: dict[str, object] = {"until": one.until.isoformat(), "objects": moved, "class": one.term.code}
            chain.append("package.lock_extended", one.term.package[:100], now=now, details=details)
    return moved
