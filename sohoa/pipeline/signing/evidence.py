"""Evidence for the archive: one time stamp over all records that have none yet; renewed before it ends; looked at by `sohoa verify`.

    proving = Proving(office, store, lock, clock=now, by="account")
    for made in proving.cover(uncovered()): ...                 # sohoa evidence archive
    for item in proving.renew(margin=timedelta(days=365)): ...  # for sohoa renew

What is to be done is found from what is stored, so a run may be killed at any line and the next one does what is left, once.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import overload

from sohoa.kernel.errors import SohoaError
from sohoa.kernel.verdicts import Outcome, Verdict, worst
from sohoa.pipeline.signing.evidence_services import EvidenceGainsNothing, EvidenceUnsound, Judge, stamping
from sohoa.pipeline.signing.office import SigningOffice
from sohoa.pipeline.signing.renewing import STOPS, Became, Item
from sohoa.signing.evidence_records.asn1 import read_record
from sohoa.signing.evidence_records.create import create
from sohoa.signing.evidence_records.due import evidence_due
from sohoa.signing.evidence_records.model import DIGESTS, EvidenceUnreadable
from sohoa.signing.evidence_records.renew import renew_timestamps, renew_trees
from sohoa.signing.evidence_records.verify import verify
from sohoa.signing.pades.renewal import UNLIMITED, Strength
from sohoa.storage import evidence as kept
from sohoa.storage.archive import Lock
from sohoa.storage.catalogue.evidence import Evidence
from sohoa.storage.catalogue.records import Record, StoredFile
from sohoa.storage.evidence import EvidenceMadeMeanwhile, Proof
from sohoa.storage.objects.errors import ObjectMissing, ObjectUnreadable
from sohoa.storage.objects.model import ObjectStore

DIGEST, NEXT_DIGEST = "sha256", "sha512"  # of the catalogue's hashes; of a tree that is made anew when that one weakens

Hashes = Mapping[str, Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class Covered:
    """What became of a record that had an object without evidence. evidence: its newest; None: `error` says why it has none.
    again: it was there already, made by a run that was interrupted, or by another one."""

    id: str
    evidence: Evidence | None
    again: bool = False
    error: SohoaError | None = None


@dataclass(frozen=True, slots=True)
class Proving:
    """by: who does it, for the log. strength: until when algorithms are good. dry_run: only tell what would be renewed."""

    office: SigningOffice
    store: ObjectStore
    lock: Lock
    clock: Callable[[], datetime]
    by: str
    dry_run: bool = False
    strength: Strength = UNLIMITED

    def cover(self, records: Sequence[str]) -> Iterator[Covered]:
        """Evidence for each, all from one time stamp; none is asked for when nothing is left to do.

        records: ids, as of storage.evidence.uncovered. Of each only the hashes stay in memory; nothing is fetched but what is read
        back. One record that cannot be helped does not stop the others. Raises EvidenceWithoutService, TimestampUnavailable,
        TimestampRefused, RevocationUnavailable and EvidenceUnsound before anything is stored; what is wrong with the whole store.
        """
        groups: list[_Group] = []
        for record in _each(records):
            try:
                done = kept.catch_up(record, self.store) and not kept.uncovered([record.pk]).exists()
            except STOPS:
                raise
            except SohoaError as refused:
                yield Covered(record.pk, None, error=refused)
                continue
            if done:
                yield Covered(record.pk, kept.standing(record).last(), again=True)
            else:
                groups.append(_group_of(record))
        if groups:
            made = create([group.hashes for group in groups], stamping(self.office, self.clock).stamp, digest=DIGEST)
            judge = self._judge()
            yield from (self._covered(group, der, judge) for group, der in zip(groups, made, strict=True))

    def _covered(self, group: _Group, der: bytes, judge: Judge) -> Covered:
        # What is wrong with the first is wrong with the time stamp of all, so nothing bad is ever stored.
        since = judge.sound(der, {DIGEST: group.hashes}).since or judge.now
        record = Record.objects.get(pk=group.id)
        proof = Proof(group.roles, since, judge.end(der), self.by, judge.now, after=group.after)
        try:
            return Covered(group.id, self._add(record, der, proof))
        except EvidenceMadeMeanwhile:
            return self._overtaken(record)
        except STOPS:
            raise
        except SohoaError as refused:
            return Covered(group.id, None, error=refused)

    def _overtaken(self, record: Record) -> Covered:
        try:
            kept.catch_up(record, self.store)
        except STOPS:
            raise
        except SohoaError as refused:
            return Covered(record.pk, None, error=refused)
        return Covered(record.pk, kept.standing(record).last(), again=True)

    def _judge(self) -> Judge:
        return Judge(self.office.trust, self.clock(), self.strength)

    def _add(self, record: Record, der: bytes, proof: Proof) -> Evidence:
        return kept.add(record, der, proof, self.store, retention=self.lock.retention(proof.at))

    def renew(self, *, margin: timedelta) -> Iterator[Item]:
        """What became of each evidence record that ends within `margin`, or whose algorithms do; all share one time stamp (two where
        some need new hashes). Each is verified first: what is no good is not renewed. Items are of kind `evidence`, id the record's.

        Raises as `cover` does, but for EvidenceUnsound, which is an item's error.
        """
        judge = self._judge()
        dues: list[_Due] = []
        # Where algorithms end, the catalogue's dates say too little.
        by = judge.now + margin if self.strength == UNLIMITED else datetime.max.replace(tzinfo=UTC)
        for pk in list(kept.ending(by).values_list("pk", flat=True)):
            row = Evidence.objects.select_related("record").get(pk=pk)
            try:
                due = self._due(row, judge, margin)
            except STOPS:
                raise
            except SohoaError as refused:
                yield _item(row, Became.FAILED, row.renew_by, error=refused)
                continue
            if due is not None and self.dry_run:
                yield _item(row, Became.DUE, due.by, due.reason)
            elif due is not None:
                dues.append(due)
        if dues:
            yield from self._renewed(dues)

    def _due(self, row: Evidence, judge: Judge, margin: timedelta) -> _Due | None:
        if not self.dry_run:
            kept.catch_up(row.record, self.store)
        if not kept.standing(row.record).filter(pk=row.pk).exists():
            return None  # a run that was interrupted had renewed it
        der, files = _read(self.store, kept.file_of(row)), kept.covered(row)
        found = evidence_due(der, now=judge.now, margin=margin, strength=self.strength)
        if found is None:
            return None
        new = {NEXT_DIGEST} if found.how == "tree" else set[str]()
        data = _hashes(self.store, files, _digests(der) | new)
        judge.sound(der, data)
        return _Due(row, files, data, found.how == "tree", found.by, "algorithm_weakens" if new else "certificate_ends")

    def _renewed(self, dues: Sequence[_Due]) -> Iterator[Item]:
        services = stamping(self.office, self.clock)
        stamps, trees = [due for due in dues if not due.tree], [due for due in dues if due.tree]
        made = renew_timestamps(_Former(self.store, stamps), services.stamp, complete=services.complete)
        judge = self._judge()
        yield from (self._continued(due, der, judge) for due, der in zip(stamps, made, strict=True))
        hashes = [due.data[NEXT_DIGEST] for due in trees]
        made = renew_trees(_Former(self.store, trees), hashes, services.stamp, digest=NEXT_DIGEST, complete=services.complete)
        judge = self._judge()
        yield from (self._continued(due, der, judge) for due, der in zip(trees, made, strict=True))

    def _continued(self, due: _Due, der: bytes, judge: Judge) -> Item:
        row, roles = due.row, [file.role for file in due.files]
        try:
            report, end = judge.sound(der, due.data), judge.end(der)
            if end <= due.by:
                return _item(row, Became.WAITS, due.by, due.reason, error=EvidenceGainsNothing())
            self._add(row.record, der, Proof(roles, report.since or row.since, end, self.by, judge.now, continues=row.number))
        except EvidenceMadeMeanwhile:
            return _item(row, Became.LEFT, due.by, due.reason)  # by another run
        except STOPS:
            raise
        except SohoaError as refused:
            return _item(row, Became.FAILED, due.by, due.reason, error=refused)
        return _item(row, Became.RENEWED, end, due.reason)


@dataclass(slots=True)
class Coverage:
    """How many records have evidence about all their objects, about some (told which not, by id), and none."""

    whole: int = 0
    none: int = 0
    partly: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def count(self, record: Record) -> None:
        told = kept.as_told(record)
        if not told["proofs"]:
            self.none += 1
        elif told["not_covered"]:
            self.partly[record.pk] = told["not_covered"]
        else:
            self.whole += 1

    def as_dict(self) -> dict[str, object]:
        partly = [{"id": record, "not_covered": roles} for record, roles in self.partly.items()]
        return {"whole": self.whole, "partly": partly, "none": self.none}


def verify_evidence(record: Record, store: ObjectStore, *, trust: Sequence[Path], now: datetime, afresh: bool = False) -> Verdict:
    """Whether each evidence record that counts proves what it is about; ok where there is none. The reason begins with its role.

    afresh: take the hashes of the objects as the store gives them back now; else those of the catalogue, for when these were just
    compared. Raises StoreUnreachable: a store that is away proves nothing.
    """
    found: list[Verdict] = []
    for row in kept.standing(record):
        role = kept.role_of(row.number)
        try:
            der = _read(store, kept.file_of(row))
        except (ObjectMissing, ObjectUnreadable, StoredFile.DoesNotExist):
            found.append(Verdict(Outcome.FAILED, f"{role}: missing", {"what": "evidence", "role": role}))
            continue
        digests = _digests(der)
        data = _hashes(store, kept.covered(row), digests, afresh=afresh or not digests <= {DIGEST})
        verdict = verify(der, data, trust=trust, now=now).verdict
        found.append(Verdict(verdict.outcome, f"{role}: {verdict.reason}", {"what": "evidence", "role": role}))
    outcome = worst(one.outcome for one in found)
    return next((one for one in found if one.outcome is outcome and not one.ok), Verdict(Outcome.OK))


@dataclass(frozen=True, slots=True)
class _Group:
    id: str
    hashes: list[bytes]
    roles: list[str]
    after: int


@dataclass(frozen=True, slots=True)
class _Due:
    row: Evidence
    files: list[StoredFile]
    data: Hashes
    tree: bool
    by: datetime
    reason: str


class _Former(Sequence[bytes]):
    """Evidence to be renewed, each read when it is asked for: a whole archive's would not fit into memory."""

    def __init__(self, store: ObjectStore, dues: Sequence[_Due]) -> None:
        self._store, self._dues = store, dues

    def __len__(self) -> int:
        return len(self._dues)

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | Sequence[bytes]:
        if isinstance(index, slice):
            return _Former(self._store, self._dues[index])
        return _read(self._store, kept.file_of(self._dues[index].row))


def _each(records: Sequence[str]) -> Iterator[Record]:
    """Rows that go in and out meanwhile do not disturb a list of ids."""
    for record_id in records:
        yield Record.objects.only("pk").get(pk=record_id)


def _group_of(record: Record) -> _Group:
    files = kept.provable(record)  # asked for once, so hashes and roles are of the same moment
    return _Group(
        record.pk, [bytes.fromhex(file.sha256) for file in files], [sys.intern(file.role) for file in files], kept.count(record)
    )


def _digests(der: bytes) -> set[str]:
    """With which the files of an archived record have to be hashed to follow its evidence."""
    try:
        return {chain[0].digest for chain in read_record(der).chains} & DIGESTS.keys()
    except EvidenceUnreadable:
        return set()


def _hashes(store: ObjectStore, files: Sequence[StoredFile], digests: Iterable[str], *, afresh: bool = False) -> Hashes:
    """Of the catalogue, as far as it has them; an object that is gone has none.

    Raises EvidenceUnsound for an object that is not what the catalogue says, unless `afresh`.
    """
    known = set() if afresh else {DIGEST}
    wanted = sorted(set(digests) - known)
    found: dict[str, list[bytes]] = {DIGEST: [bytes.fromhex(file.sha256) for file in files]} if known else {}
    for file in files if wanted else ():
        try:
            told = _hashes_of(store, file, (DIGEST, *wanted))
        except (ObjectMissing, ObjectUnreadable):
            continue
        if not afresh and told[DIGEST].hex() != file.sha256:
            raise EvidenceUnsound(reason="DATA_NOT_COVERED")
        for digest in wanted:
            found.setdefault(digest, []).append(told[digest])
    return found


def _hashes_of(store: ObjectStore, file: StoredFile, digests: Iterable[str]) -> dict[str, bytes]:
    made = {digest: hashlib.new(digest) for digest in digests}
    with store.open(file.bucket, file.key, file.version_id) as stream:
        for chunk in stream:
            for one in made.values():
                one.update(chunk)
    return {digest: one.digest() for digest, one in made.items()}


def _read(store: ObjectStore, file: StoredFile) -> bytes:
    with store.open(file.bucket, file.key, file.version_id) as stream:
        return b"".join(stream)


def _item(row: Evidence, became: Became, by: datetime, reason: str = "", *, error: SohoaError | None = None) -> Item:
    return Item("evidence", row.record_id, became, reason, by=by, error=error)
