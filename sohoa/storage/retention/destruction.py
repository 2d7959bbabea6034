"""A list of what is to be destroyed: proposed by one person, approved by another, on the same bytes.

The proposal is the object `destructions/{id}.json` of the audit bucket: the packages with everything that decides about them (class, end
of the work, last day of keeping, the version they are at), the reason, and the legal basis in the proposer's own words. The approval is
`destructions/{id}/approval.json`; it names the hash of the list. Approving looks at every package again, and refuses the whole list
when one of them is not as it was proposed.

What may be proposed: a package whose class is known, whose term is over, on which there is no hold, and none of whose objects is
locked any more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from sohoa.config.retention import RetentionPlan
from sohoa.kernel.errors import SohoaError
from sohoa.storage.audit import chain
from sohoa.storage.catalogue.records import Record
from sohoa.storage.catalogue.retention import Destruction
from sohoa.storage.objects.errors import ObjectAlreadyThere, StoreRefused, StoreUnreachable
from sohoa.storage.objects.locks import is_kept
from sohoa.storage.objects.model import Described, ObjectStore, Retention
from sohoa.storage.packages import ocfl
from sohoa.storage.retention.errors import DestructionBroken, DestructionRefused, ListChanged, NothingToDestroy, SamePerson
from sohoa.storage.retention.holds import holding
from sohoa.storage.retention.locking import every_version
from sohoa.storage.retention.papers import Paper, encoded, find, named, put, said
from sohoa.storage.retention.terms import CLASS_UNKNOWN, NOT_ENDED, Term, day_of, term_of, terms

PROPOSAL, APPROVAL = "sohoa-destruction/1", "sohoa-destruction-approval/1"
PERMANENT, NOT_OVER, HELD, LOCKED, UNREADABLE, ABSENT = "permanent", "not_over", "held", "locked", "unreadable", "absent"
CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A package that may go. objects: all that lies there now, every version."""

    term: Term
    head: int
    inventory_sha512: str
    objects: tuple[Described, ...]

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(about.stored.size for about in self.objects)

    def listed(self) -> dict[str, Any]:
        """As the list has it: what the two people decide on. Nothing personal."""
        term = self.term
        records = Record.objects.filter(pk__in=term.records).order_by("pk")
        return {
            **term.as_dict(),
            "sources": list(term.sources),
            "records": [{"document_id": one.pk, "type": one.type_code, "sha256": one.source_sha256} for one in records],
            "version": self.head,
            "inventory_sha512": self.inventory_sha512,
            "objects": len(self.objects),
            "bytes": self.size,
        }


@dataclass(frozen=True, slots=True)
class Barred:
    """A package that may not go. reasons: codes, most of them named above or flags of its term; `held` has the holds' ids behind it."""

    package: str
    reasons: tuple[str, ...]
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Examined:
    candidates: tuple[Candidate, ...]
    barred: tuple[Barred, ...]

    def as_listed(self, packages: Sequence[Any]) -> Examined:
        """Of the candidates only those that are as a list has them; the others are barred as changed."""
        same, changed = list[Candidate](), list[Barred]()
        for one in self.candidates:
            if one.listed() in packages:
                same.append(one)
            else:
                changed.append(Barred(one.term.package, (CHANGED,), one.term.until))
        return Examined(tuple(same), (*self.barred, *changed))


def key_of(destruction: str) -> str:
    return f"destructions/{destruction}.json"


def approval_key_of(destruction: str) -> str:
    return f"destructions/{destruction}/approval.json"


def list_hash(packages: Sequence[Any]) -> str:
    return hashlib.sha256(encoded({"packages": list(packages)})).hexdigest()


def judge(plan: RetentionPlan, package: str, store: ObjectStore, *, now: datetime) -> Candidate | Barred:
    """Whether a package may be destroyed now. Raises StoreUnreachable and StoreRefused."""
    term = term_of(plan, package)
    if term is None:
        return Barred(package, (ABSENT,))
    reasons = _barring(term, day_of(now))
    if reasons:
        return Barred(package, reasons, term.until)
    try:
        there = ocfl.opened(store, package)
        objects = tuple(every_version(store, package)) if there else ()
    except (StoreUnreachable, StoreRefused):
        raise
    except SohoaError:
        return Barred(package, (UNREADABLE,), term.until)
    if there is None:
        return Barred(package, (ABSENT,), term.until)
    if any(is_kept(about, now) for about in objects):
        return Barred(package, (LOCKED,), term.until)
    return Candidate(term, there.head, there.inventory_sha512, objects)


def examine(
    plan: RetentionPlan, store: ObjectStore, packages: Sequence[str] = (), *, now: datetime, most: int | None = None
) -> Examined:
    """Those named, or else every package whose term is over. most: stop after so many that may go."""
    wanted: Iterable[str] = packages or _over(plan, day_of(now))
    candidates: list[Candidate] = []
    barred: list[Barred] = []
    for package in wanted:
        found = judge(plan, package, store, now=now)
        if isinstance(found, Barred):
            barred.append(found)
        else:
            candidates.append(found)
        if len(candidates) == most:
            break
    return Examined(tuple(candidates), tuple(barred))


def propose(
    found: Examined, store: ObjectStore, *, reason: str, basis: str, by: str, now: datetime, retention: Retention | None
) -> Destruction:
    """Write the candidates down as a list for destruction. basis: the legal ground, in the proposer's words.

    Raises NothingToDestroy, DestructionRefused and the store's errors.
    """
    reason, basis, by = said(reason), said(basis), said(by)
    if not found.candidates:
        raise NothingToDestroy()
    if not (reason and basis and by) or len(by) > 100:
        raise _refused("phải nêu lý do, căn cứ và người đề nghị", "a reason, a legal basis and a person must be given")
    packages = [one.listed() for one in found.candidates]
    digest = list_hash(packages)
    told = {
        "format": PROPOSAL,
        "id": named(now, digest, by),
        "list_sha256": digest,
        "packages": packages,
        "reason": reason,
        "basis": basis,
        "by": by,
        "account": chain.account(),
        "at": now.isoformat(),
    }
    return enter_proposal(put(store, key_of(told["id"]), told, retention))


def proposal(destruction: str, store: ObjectStore) -> Paper:
    """Raises DestructionRefused where there is none, DestructionBroken, and the store's errors."""
    paper = find(store, key_of(destruction), PROPOSAL, "id", "list_sha256", "reason", "basis")
    if paper is None:
        raise _refused("không có danh sách mang mã này", "there is no such list")
    packages = paper.told.get("packages")
    if paper.told["id"] != destruction or not isinstance(packages, list) or list_hash(packages) != paper.told["list_sha256"]:
        raise DestructionBroken()
    return paper


def approval(destruction: str, store: ObjectStore) -> Paper | None:
    """Raises DestructionBroken where it is not about this proposal, and the store's errors."""
    paper = find(store, approval_key_of(destruction), APPROVAL, "id", "list_sha256", "proposal")
    if paper is None:
        return None
    proposed = proposal(destruction, store)
    if (paper.told["id"], paper.told["proposal"]) != (destruction, proposed.sha256) or _same(paper.told["by"], proposed.told["by"]):
        raise DestructionBroken()
    if paper.told["list_sha256"] != proposed.told["list_sha256"]:
        raise DestructionBroken()
    return paper


def approve(
    destruction: str, store: ObjectStore, plan: RetentionPlan, *, by: str, now: datetime, retention: Retention | None
) -> Destruction:
    """Raises SamePerson, ListChanged, DestructionRefused, DestructionBroken and the store's errors."""
    proposed, by = proposal(destruction, store), said(by)
    if not by or len(by) > 100:
        raise _refused("phải nêu người phê duyệt", "who approves must be named")
    if _same(by, proposed.told["by"]):
        raise SamePerson()
    enter_proposal(proposed)
    if there := approval(destruction, store):
        enter_approval(there)
        raise _refused("danh sách này đã được phê duyệt", "it is approved already")
    changed = sum(not unchanged(plan, listed, store, now=now) for listed in proposed.told["packages"])
    if changed:
        raise ListChanged(count=changed)
    told = {
        "format": APPROVAL,
        "id": destruction,
        "list_sha256": proposed.told["list_sha256"],
        "proposal": proposed.sha256,
        "by": by,
        "account": chain.account(),
        "at": now.isoformat(),
    }
    try:
        return enter_approval(put(store, approval_key_of(destruction), told, retention))
    except ObjectAlreadyThere:
        raise _refused("danh sách này vừa được người khác phê duyệt", "somebody else has just approved it") from None


def unchanged(plan: RetentionPlan, listed: Any, store: ObjectStore, *, now: datetime) -> Candidate | None:
    """The package as it is now, if it may still be destroyed and is as the list has it."""
    found = judge(plan, listed["package"], store, now=now)
    return found if isinstance(found, Candidate) and found.listed() == listed else None


@transaction.atomic
def enter_proposal(paper: Paper) -> Destruction:
    """The row and the event, once."""
    told = paper.told
    row, created = Destruction.objects.get_or_create(
        pk=told["id"],
        defaults={
            "list_sha256": told["list_sha256"],
            "packages": len(told["packages"]),
            "proposed_by": told["by"],
            "proposed_at": paper.moment(),
            "sha256": paper.sha256,
        },
    )
    if created:
        details: dict[str, object] = {"packages": row.packages, "list_sha256": row.list_sha256, "sha256": paper.sha256}
        chain.append("destruction.proposed", row.pk, now=row.proposed_at, details=details, actor=row.proposed_by)
    return row


@transaction.atomic
def enter_approval(paper: Paper) -> Destruction:
    told = paper.told
    columns = {"approved_by": told["by"], "approved_at": paper.moment(), "approval_sha256": paper.sha256}
    if Destruction.objects.filter(pk=told["id"], approved_at=None).update(**columns):
        details: dict[str, object] = {"list_sha256": told["list_sha256"], "sha256": paper.sha256}
        chain.append("destruction.approved", told["id"], now=paper.moment(), details=details, actor=told["by"])
    return Destruction.objects.get(pk=told["id"])


def _barring(term: Term, today: date) -> tuple[str, ...]:
    reasons = [flag for flag in (CLASS_UNKNOWN, NOT_ENDED) if flag in term.flags]
    if term.permanent:
        reasons.append(PERMANENT)
    elif not reasons and not term.over(today):
        reasons.append(NOT_OVER)
    return (*reasons, *(f"{HELD}:{hold}" for hold in holding(term)))


def _over(plan: RetentionPlan, today: date) -> Iterator[str]:
    return (term.package for term in terms(plan) if term.over(today))


def _same(one: str, other: str) -> bool:
    """Spaces and capitals do not make another person of anybody; a tone mark does."""
    return "".join(said(one).casefold().split()) == "".join(said(other).casefold().split())


def _refused(why_vi: str, why: str) -> DestructionRefused:
    return DestructionRefused(why_vi=why_vi, why=why)
