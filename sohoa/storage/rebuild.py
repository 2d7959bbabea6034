"""Catalogue, search and indicators again from the bucket alone.

The log says in which order things were done, so it is restored first (audit/restoring.py) and its deeds are done once more, in
silence, from the packages. That gives every table the same rows, the places of papers in their dossiers included, which depend on what
was there before them. What the bucket holds and the log does not know, because it was archived after the last checkpoint, is
entered at the end, and logged then.
"""

from __future__ import annotations

import json
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from django.db import transaction

from sohoa.storage import archive, evidence, register_keeping, renewals, revisions
from sohoa.storage.alto import TextUnreadable
from sohoa.storage.audit import chain
from sohoa.storage.audit.models import AuditEvent
from sohoa.storage.catalogue.packages import follow
from sohoa.storage.catalogue.records import Record
from sohoa.storage.objects.errors import ObjectMissing, ObjectUnreadable
from sohoa.storage.objects.model import ObjectStore
from sohoa.storage.packages import ocfl
from sohoa.storage.packages.model import REGISTER, Package, PackageBroken
from sohoa.storage.reading_ahead import ReadingAhead
from sohoa.storage.retention import states
from sohoa.storage.retention.errors import StateBroken
from sohoa.storage.retention.restore import destroyed, half_erased, restore
from sohoa.storage.retention.tombstones import remember

T = TypeVar("T")
TOGETHER = 200  # deeds in one transaction
# What is wrong with one record or package alone.
ABOUT_ONE = (
    ObjectMissing,
    ObjectUnreadable,
    PackageBroken,
    TextUnreadable,
    revisions.RevisionBroken,
    renewals.RenewalBroken,
    evidence.EvidenceBroken,
    StateBroken,
    register_keeping.ImportBroken,
)
KEPT_OPEN = 1000  # packages; papers of one dossier mostly come together


@dataclass(frozen=True, slots=True)
class Lost:
    """A deed of the log whose object the bucket does not give back. code: of the error that said so."""

    sequence: int
    subject: str
    action: str
    code: str


@dataclass(slots=True)
class Rebuilt:
    """replayed: deeds of the log done again. entered: packages with something that the log did not know."""

    replayed: int = 0
    entered: int = 0
    lost: list[Lost] = field(default_factory=list[Lost])


def rebuild(store: ObjectStore, *, progress: Callable[[int, int], None] = lambda done, of: None) -> Rebuilt:
    """Fill a catalogue whose log is restored and whose other tables are empty; after a crash, at any line, run it again.

    progress: deeds done and deeds in all. Raises the store's errors; what concerns one record alone is told as lost.
    """
    of, deeds = AuditEvent.objects.filter(action__in=_DEEDS).count(), _deeds()
    with ReadingAhead(store) as ahead:
        again, coming = _Again(ahead), list(islice(deeds, TOGETHER))
        again.expect(coming)
        while some := coming:
            coming = list(islice(deeds, TOGETHER))
            again.expect(coming)
            with transaction.atomic(), chain.muted():
                for event in some:
                    again.replay(event)
            progress(again.done.replayed + len(again.done.lost), of)
        for package_id, head in ocfl.heads(store):
            again.complete(package_id, head)
    with chain.muted():
        restore(store)
    return again.done


def _deeds() -> Iterator[AuditEvent]:
    return (event for event in chain.events() if event.action in _DEEDS)


class _Again:
    def __init__(self, store: ReadingAhead) -> None:
        self.done = Rebuilt()
        self._store = store
        self._open: OrderedDict[str, Package | None] = OrderedDict()
        self._deeds: Counter[str] = Counter()
        # What was destroyed is not looked for, and what is left of a package half destroyed is no record any more.
        self._gone, self._half_erased = destroyed(store), half_erased(store)

    def expect(self, events: list[AuditEvent]) -> None:
        """What these deeds will read is fetched meanwhile, as far as papers that come in are concerned."""
        wanted: defaultdict[str, list[str]] = defaultdict(list)
        for event in events:
            if event.action == "record.archived" and event.subject not in self._gone:
                paths = (f"{event.subject}/{archive.METADATA}", f"{event.subject}/{archive.TEXT}.xml")
                wanted[json.loads(event.details)["package"]] += paths
        self._store.expect(wanted, self._open)

    def replay(self, event: AuditEvent) -> None:
        try:
            with transaction.atomic():
                package_id = self._done_again(event)
        except ABOUT_ONE as error:
            self.done.lost.append(Lost(event.sequence, event.subject, event.action, error.code))
        else:
            self.done.replayed += 1
            self._deeds[package_id] += 1

    def complete(self, package_id: str, head: int) -> None:
        """What a package holds beyond what was entered so far. One that is broken is told, and stops no other."""
        if self._deeds[package_id] == head or package_id in self._half_erased:  # each version of a package was one deed
            return
        try:
            package = _there(self._package(package_id))
            with transaction.atomic():
                if package_id == REGISTER:
                    register_keeping.catch_up(self._store, package)
                for record_id in archive.records_in(package):
                    archive.enter(package, record_id, self._store)
                follow(package)
        except ABOUT_ONE as error:
            self.done.lost.append(Lost(0, package_id, "package", error.code))
        else:
            self.done.entered += 1

    def _done_again(self, event: AuditEvent) -> str:
        """The package that it changed; "" for none."""
        if event.subject in self._gone:
            if event.action == "record.archived":
                remember(self._gone[event.subject])
            return ""
        return _DEEDS[event.action](self, event.subject, json.loads(event.details))

    def archived(self, record_id: str, told: dict[str, Any]) -> str:
        package = _there(self._package(told["package"]))
        archive.enter_as_archived(package, record_id, self._store)
        return package.id

    def revised(self, record_id: str, told: dict[str, Any]) -> str:
        record, package = self._known(record_id)
        revisions.catch_up(record, self._store, package, until=told["revision"])
        return package.id

    def renewed(self, record_id: str, told: dict[str, Any]) -> str:
        record, package = self._known(record_id)
        renewals.catch_up(record, self._store, package, until=told["number"])
        return package.id

    def proven(self, record_id: str, told: dict[str, Any]) -> str:
        record, package = self._known(record_id)
        evidence.catch_up(record, self._store, package, until=told["number"])
        return package.id

    def judged(self, record_id: str, told: dict[str, Any]) -> str:
        record, package = self._known(record_id)
        states.catch_up(record, self._store, package, until=told["number"])
        return package.id

    def imported(self, _: str, told: dict[str, Any]) -> str:
        if "number" not in told:  # nothing in it was new
            return ""
        register_keeping.catch_up(self._store, _there(self._package(REGISTER)), until=told["number"])
        return REGISTER

    def _known(self, record_id: str) -> tuple[Record, Package]:
        record = Record.objects.filter(pk=record_id).first()
        return _there(record), _there(self._package(record.package) if record else None)

    def _package(self, package_id: str) -> Package | None:
        self._open[package_id] = self._store.package(package_id, self._open.get(package_id))
        self._open.move_to_end(package_id)
        if len(self._open) > KEPT_OPEN:
            self._open.popitem(last=False)
        return self._open[package_id]


def _there(found: T | None) -> T:
    if found is None:
        raise ObjectMissing
    return found


_DEEDS: dict[str, Callable[[_Again, str, dict[str, Any]], str]] = {
    "record.archived": _Again.archived,
    "record.reviewed": _Again.revised,
    "record.signature_renewed": _Again.renewed,
    "record.evidence_made": _Again.proven,
    "record.evidence_renewed": _Again.proven,
    "record.state_changed": _Again.judged,
    "register.imported": _Again.imported,
}
