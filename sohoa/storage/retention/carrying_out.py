"""Carry out an approved destruction, package by package. Stopped at any line, running it again completes it.

For each package, in its turn (nobody writes to it meanwhile):

1. it is looked at once more; one that changed since the list was made, is held, or still has a locked object stops here, untouched, and
   the others go on;
2. its tombstone goes into the audit bucket: from now on there is no way back, and every run after a crash goes on from here;
3. its rows are emptied in one transaction, so that nobody is shown half a package;
4. every object that the tombstone names is erased: contents first, what says that there is a package at all last;
5. when none of them is left, that is written down beside the tombstone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sohoa.config.retention import RetentionPlan
from sohoa.kernel.errors import SohoaError
from sohoa.storage.audit import chain
from sohoa.storage.objects.errors import ObjectLockRefused, StoreRefused, StoreUnreachable
from sohoa.storage.objects.model import AUDIT, RECORDS, ObjectStore, Retention
from sohoa.storage.packages.layout import root_of
from sohoa.storage.packages.turns import turn
from sohoa.storage.retention import tombstones
from sohoa.storage.retention.destruction import (
    CHANGED,
    LOCKED,
    Barred,
    approval,
    enter_approval,
    enter_proposal,
    judge,
    proposal,
)
from sohoa.storage.retention.errors import DestructionRefused
from sohoa.storage.retention.papers import Paper, find, put, said
from sohoa.storage.search.index import drain

_IN_VERSION = re.compile(r"v[1-9]\d*/")


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of one package. reasons: why it stopped, codes as Barred has them or `changed`. objects, bytes: erased in this run."""

    package: str
    state: Literal["destroyed", "done_before", "stopped"]
    objects: int = 0
    bytes: int = 0
    reasons: tuple[str, ...] = ()
    error: SohoaError | None = None


def carry_out(
    destruction: str, store: ObjectStore, plan: RetentionPlan, *, by: str, now: datetime, retention: Retention | None
) -> Iterator[Carried]:
    """retention: of the tombstones. Raises DestructionRefused where nobody approved, DestructionBroken, StoreUnreachable and
    StoreRefused; what is wrong with one package is told by its Carried."""
    proposed, approved = proposal(destruction, store), approval(destruction, store)
    enter_proposal(proposed)
    if approved is None:
        raise DestructionRefused(why_vi="chưa được người thứ hai phê duyệt", why="no second person has approved it")
    enter_approval(approved)
    _must_be_allowed(store, destruction, now)
    run = _Run(store, plan, proposed, approved, said(by) or chain.account(), now, retention)
    for listed in proposed.told["packages"]:
        try:
            with turn(listed["package"]):
                carried = run.package(listed)
        except (StoreUnreachable, StoreRefused):
            raise
        except SohoaError as failure:
            reasons = (LOCKED,) if isinstance(failure, ObjectLockRefused) else ()
            carried = Carried(listed["package"], "stopped", reasons=reasons, error=failure)
        yield carried


def _must_be_allowed(store: ObjectStore, destruction: str, now: datetime) -> None:
    """Raises StoreRefused: keys that may not erase would be found out only after the first tombstone."""
    trial = store.put_new(AUDIT, f"destructions/{destruction}/trial-{now:%Y%m%d%H%M%S%f}", b"", content_type="text/plain")
    # Where the bucket locks by itself, what lies there cannot tell what the keys may do elsewhere.
    with suppress(ObjectLockRefused):
        store.erase(AUDIT, trial.key, trial.version_id)


@dataclass(frozen=True, slots=True)
class _Run:
    store: ObjectStore
    plan: RetentionPlan
    proposed: Paper
    approved: Paper
    by: str
    now: datetime
    retention: Retention | None

    def package(self, listed: Any) -> Carried:
        destruction, package = self.proposed.told["id"], listed["package"]
        paper = find(self.store, tombstones.key_of(destruction, package), tombstones.FORMAT, "id", "package")
        if paper is None:
            found = judge(self.plan, package, self.store, now=self.now)
            if isinstance(found, Barred):
                return Carried(package, "stopped", reasons=found.reasons)
            if found.listed() != listed:
                return Carried(package, "stopped", reasons=(CHANGED,))
            told = tombstones.written(
                destruction,
                found.term,
                found.objects,
                proposal=self.proposed.sha256,
                approval=self.approved.sha256,
                by=self.by,
                at=self.now.isoformat(),
            )
            paper = put(self.store, tombstones.key_of(destruction, package), told, self.retention)
        tombstones.enter(paper)
        drain()  # what waits to be taken out of the search index still has its words
        done = find(self.store, tombstones.erased_key_of(destruction, package), tombstones.ERASED, "id", "package")
        if done:
            tombstones.enter_erased(done)
            return Carried(package, "done_before")
        objects, size = self._erase(paper)
        told = {
            "format": tombstones.ERASED,
            "id": destruction,
            "package": package,
            "tombstone": paper.sha256,
            "objects": len(paper.told["objects"]),
            "bytes": sum(one["size"] for one in paper.told["objects"]),
            "by": self.by,
            "at": self.now.isoformat(),
        }
        tombstones.enter_erased(put(self.store, tombstones.erased_key_of(destruction, package), told, self.retention))
        return Carried(package, "destroyed", objects, size)

    def _erase(self, paper: Paper) -> tuple[int, int]:
        """Only what the tombstone names: whatever came there since is none of its business."""
        root = f"{root_of(paper.told['package'])}/"
        named = {(one["key"], one["version_id"]): one["size"] for one in paper.told["objects"]}
        there = {(one.key, one.version_id) for one in self.store.list(RECORDS, root)}
        left = sorted((one for one in named if one in there), key=lambda one: _turn(one[0].removeprefix(root), one[1]))
        for key, version in left:
            self.store.erase(RECORDS, key, version)
        return len(left), sum(named[one] for one in left)


def _turn(path: str, version: str) -> Sequence[Any]:
    """Contents, then the inventories of versions, then the root's, the declaration last of all."""
    return ("/content/" not in path, not _IN_VERSION.match(path), path.startswith("0="), path, version)
