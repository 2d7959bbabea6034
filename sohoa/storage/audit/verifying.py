"""Does the log hold? The chain in the catalogue, the bundles and checkpoints in the bucket, and each against the others.

    report = verify(store, keys=known_keys(home / "keys"), judge=..., witness=...)
    report.ok; report.findings; report.as_dict()

What is proven of each checkpoint: that it is written as it was (the next one and the catalogue know its hash), signed by the log's key,
stamped, and that the bundles, leaf after leaf, come to its root. As the tree grows from one checkpoint to the next by these leaves alone,
that is also the consistency of every two of them. Then the catalogue's events are compared with the bundles' one by one.
Everything is read once, in order; memory does not grow with the log. Others may append and make checkpoints meanwhile.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Generic, TypeVar

from sohoa.kernel.clock import iso_vietnam
from sohoa.kernel.verdicts import Outcome, worst
from sohoa.storage.audit import bucket
from sohoa.storage.audit.bucket import Kept
from sohoa.storage.audit.checkpoint import Body, Checkpoint, TimeStamp, bundle_key_of
from sohoa.storage.audit.comparing import Comparison
from sohoa.storage.audit.errors import CheckpointUnreadable
from sohoa.storage.audit.findings import Finding, Findings
from sohoa.storage.audit.keys import fingerprint
from sohoa.storage.audit.merkle import Tree, leaf_hash
from sohoa.storage.audit.models import AuditCheckpoint
from sohoa.storage.objects.errors import ObjectMissing, ObjectUnreadable
from sohoa.storage.objects.model import ObjectStore

T = TypeVar("T")


class StampJudge:
    """Whether time stamps can be believed. This one believes none; `pipeline/auditing.py` has the one that can judge."""

    def look(self, size: int, body: bytes, stamp: TimeStamp) -> tuple[datetime | None, str]:
        """Asked about each checkpoint's stamp, in their order: its time, and why it is wrong ("" when it is not)."""
        return None, ""

    def close(self) -> Iterator[tuple[int, str]]:
        """Asked at the end: checkpoints whose stamps are in doubt, with the reason."""
        return iter(())


@dataclass(slots=True)
class LogReport:
    """events: in the catalogue. fixed: the last entry that a checkpoint covers. since: time of the newest good stamp."""

    events: int = 0
    fixed: int = 0
    checkpoints: int = 0
    stamped: int = 0
    since: datetime | None = None
    key: str = ""
    findings: list[Finding] = field(default_factory=list[Finding])
    more: int = 0

    @property
    def outcome(self) -> Outcome:
        return worst(one.outcome for one in self.findings)

    @property
    def ok(self) -> bool:
        return not self.findings

    def as_dict(self) -> dict[str, object]:
        return {
            "verdict": self.outcome,
            "events": self.events,
            "fixed": self.fixed,
            "checkpoints": self.checkpoints,
            "stamped": self.stamped,
            "stamped_at": iso_vietnam(self.since) if self.since else None,
            "key": self.key or None,
            "findings": [one.as_dict() for one in self.findings],
            "more": self.more,
        }


def verify(
    store: ObjectStore,
    *,
    keys: frozenset[bytes],
    judge: StampJudge | None = None,
    witness: Checkpoint | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> LogReport:
    """keys: public ones (DER) whose signatures count. progress: is told of each entry reached, now and then.

    Raises the store's errors: a bucket that does not answer proves nothing. A single object that it cannot read is a finding.
    """
    with tempfile.TemporaryDirectory(prefix="sohoa-log-") as room:
        return _Verifying(store, keys, judge or StampJudge(), witness, Path(room), progress).run()


class _Verifying:
    def __init__(
        self,
        store: ObjectStore,
        keys: frozenset[bytes],
        judge: StampJudge,
        witness: Checkpoint | None,
        room: Path,
        progress: Callable[[int], None],
    ) -> None:
        self.store, self.keys, self.judge, self.witness, self.room, self.progress = store, keys, judge, witness, room, progress
        self.report, self.findings, self.comparison = LogReport(), Findings(), Comparison()
        self.tree: Tree | None = Tree()  # grown from the bundles; None: not known since a bundle could not be used
        self.hashes: frozenset[str] = frozenset({""})  # of the last checkpoint; several where the bucket has several versions
        self.origin = ""
        self.witness_seen = False
        self.bundles = _Ahead(bucket.bundles(store))

    def run(self) -> LogReport:
        for size, row, kept in self._in_order():
            if kept is None:
                self.findings.add("checkpoint_missing", size)
                self.hashes = frozenset({row})
            else:
                self._checkpoint(kept, row)
        self._after_the_last()
        self._about_witness()
        self.comparison.finish(self.findings)
        for size, why in self.judge.close():
            self.findings.add("stamp_doubtful", size, why=why)
        self.report.events = self.comparison.catalogue.read
        self.report.findings, self.report.more = self.findings.named, self.findings.more
        return self.report

    def _in_order(self) -> Iterator[tuple[int, str, Kept | None]]:
        """(size, SHA-256 as the catalogue remembers it or "", what the bucket has): all checkpoints of either, by size."""
        # Asked before the bucket is listed: what another process makes now is in neither, or in the bucket alone.
        end = AuditCheckpoint.objects.exclude(sha256="").order_by("-size").values_list("size", flat=True).first() or 0
        rows = _Ahead(_remembered(end))
        for kept in bucket.checkpoints(self.store):
            if not kept.last:
                self.findings.add("object_unexpected", 0)
                continue
            while (row := rows.first) and row[0] < kept.last:
                rows.pop()
                yield row[0], row[1], None
            known = ""
            if (row := rows.first) and row[0] == kept.last:
                known = rows.pop()[1]
            yield kept.last, known, kept
        while row := rows.first:
            rows.pop()
            yield row[0], row[1], None

    # -- one checkpoint -----------------------------------------------------------------------------------------------

    def _checkpoint(self, kept: Kept, known: str) -> None:
        size = kept.last
        self.report.checkpoints += 1
        if kept.hidden:
            self.findings.add("checkpoint_hidden", size)
        if len(kept.versions) > 1:
            self.findings.add("checkpoint_superseded", size)
        read = [one for version in kept.versions if (one := self._read(kept, version))]
        if not read:
            self.findings.add("checkpoint_unreadable", size)
            self.hashes, self.tree = frozenset(), None
            return
        checkpoint = next((one for one in read if one.sha256 == known), read[0])
        body = checkpoint.body
        if (known and checkpoint.sha256 != known) or (self.hashes and body.previous not in self.hashes):
            self._differs(checkpoint, known)
        self.hashes = frozenset([*(one.sha256 for one in read), *([known] if known else [])])
        self._signature(checkpoint)
        self._bundle(checkpoint)
        self.report.fixed = size
        self.progress(size)

    def _read(self, kept: Kept, version: str) -> Checkpoint | None:
        try:
            found = bucket.checkpoint_at(self.store, kept.key, version)
        except (CheckpointUnreadable, ObjectMissing, ObjectUnreadable):
            return None
        return found if found.body.size == kept.last else None

    def _differs(self, checkpoint: Checkpoint, known: str) -> None:
        body = checkpoint.body
        if known and checkpoint.sha256 != known:
            self.findings.add("checkpoint_differs", body.size)
        elif body.previous_size > self.report.fixed:
            # It names one that the bucket has not and the catalogue does not remember.
            self.findings.add("checkpoint_missing", body.previous_size)
        elif body.previous_size == self.report.fixed:
            self.findings.add("checkpoint_differs", body.previous_size, why="the next one knew other bytes")
        else:
            self.findings.add("checkpoint_differs", body.size, why="it goes back before the one before it")

    def _signature(self, checkpoint: Checkpoint) -> None:
        body = checkpoint.body
        self.report.key = fingerprint(body.key)
        if not checkpoint.is_signed():
            self.findings.add("signature_wrong", body.size)
        elif body.key not in self.keys:
            self.findings.add("key_unknown", body.size, why=self.report.key)
        self.origin = self.origin or body.origin
        if body.origin != self.origin:
            self.findings.add("origin_differs", body.size)
        if checkpoint.stamp:
            self.report.stamped += 1
            time, wrong = self.judge.look(body.size, body.signed, checkpoint.stamp)
            if wrong:
                self.findings.add("stamp_wrong", body.size, why=wrong)
            elif time:
                self.report.since = time

    # -- its bundle ---------------------------------------------------------------------------------------------------

    def _bundle(self, checkpoint: Checkpoint) -> None:
        body, place = checkpoint.body, self.room / "bundle.jsonl"
        kept = self._bundle_kept(bundle_key_of(body.first, body.size), body.first)
        if kept is None:
            self.findings.add("bundle_missing", body.first, body.size)
            self._without_bundle(checkpoint)
            return
        if kept.hidden:
            self.findings.add("bundle_hidden", body.first, body.size)
        if len(kept.versions) > 1:
            self.findings.add("bundle_superseded", body.first, body.size)
        right = any(bucket.fetched(self.store, kept.key, version, place) == body.bundle_sha256 for version in kept.versions)
        if not right:
            self.findings.add("bundle_differs", body.first, body.size)
            self._without_bundle(checkpoint)
            return
        if self.tree is not None and self.tree.size == body.first - 1:  # else one before is gone; the peaks say where to go on
            self._grow(self.tree, place)
            if (self.tree.size, self.tree.root.hex()) != (body.size, body.root):
                self.findings.add("root_differs", body.size)
        self.comparison.against(enumerate(bucket.lines_of(place), body.first))
        self._take_over(body)

    def _grow(self, tree: Tree, bundle: Path) -> None:
        for line in bucket.lines_of(bundle):
            tree.add(leaf_hash(line))
            if self.witness and tree.size == self.witness.body.size:
                self._look_at_witness(tree.root.hex())

    def _take_over(self, body: Body) -> None:
        self.tree = body.tree()
        if self.witness and body.size == self.witness.body.size:
            self._look_at_witness(body.root)

    def _bundle_kept(self, key: str, first: int) -> Kept | None:
        while (kept := self.bundles.first) and kept.key < key:
            self.bundles.pop()
            if self.tree is not None and kept.first == self.tree.size + 1 and kept.last < first:
                self._of_a_missing(kept, self.tree)
            else:
                self._unexpected(kept)
        if kept and kept.key == key:
            return self.bundles.pop()
        # It may have been stored after this page of the listing was.
        return next(bucket.one(self.store, key), None)

    def _of_a_missing(self, kept: Kept, tree: Tree) -> None:
        """Its checkpoint is gone; the next one's root says whether the bundle is right."""
        place = self.room / "bundle.jsonl"
        if bucket.fetched(self.store, kept.key, kept.versions[0], place) is not None:
            self._grow(tree, place)
            self.comparison.against(enumerate(bucket.lines_of(place), kept.first))

    def _unexpected(self, kept: Kept) -> None:
        if kept.last:
            self.findings.add("bundle_unexpected", kept.first, kept.last)
        else:
            self.findings.add("object_unexpected", 0)

    def _without_bundle(self, checkpoint: Checkpoint) -> None:
        """The catalogue may still hold what was fixed: then the bundle can be written again from it."""
        body, tree = checkpoint.body, self.tree
        if tree is not None and tree.size == body.first - 1:
            for line in self.comparison.over(body.size):
                tree.add(leaf_hash(line))
            if (tree.size, tree.root.hex()) != (body.size, body.root):
                self.findings.add("range_differs", body.first, body.size)
        else:
            for _ in self.comparison.over(body.size):
                pass
        self._take_over(body)

    def _after_the_last(self) -> None:
        """Bundles of which no checkpoint speaks yet: somebody is making one now, or was killed over it."""
        place, end = self.room / "bundle.jsonl", self.report.fixed
        while kept := self.bundles.first:
            self.bundles.pop()
            if kept.first != end + 1:
                self._unexpected(kept)
                continue
            if kept.versions and bucket.fetched(self.store, kept.key, kept.versions[0], place) is not None:
                self.comparison.against(enumerate(bucket.lines_of(place), kept.first))
                end = kept.last

    # -- somebody else's word -----------------------------------------------------------------------------------------

    def _look_at_witness(self, root: str) -> None:
        """root: of the log as it is in the bucket, at the witness's size."""
        assert self.witness is not None
        self.witness_seen = True
        if root != self.witness.body.root:
            self.findings.add("witness_differs", self.witness.body.size)

    def _about_witness(self) -> None:
        if self.witness is None:
            return
        body = self.witness.body
        if not self.witness.is_signed() or body.key not in self.keys:
            self.findings.add("witness_doubtful", body.size, why=fingerprint(body.key))
        if body.size > self.report.fixed:
            self.findings.add("witness_ahead", body.size, self.report.fixed)
        elif not self.witness_seen:
            self.findings.add("witness_doubtful", body.size, why="the bundles up to it cannot be used")


class _Ahead(Generic[T]):
    """An iterator whose next one can be looked at."""

    def __init__(self, source: Iterator[T]) -> None:
        self._source = source
        self.first: T | None = next(source, None)

    def pop(self) -> T:
        first = self.first
        assert first is not None
        self.first = next(self._source, None)
        return first


def _remembered(end: int) -> Iterator[tuple[int, str]]:
    after = 0
    while page := list(
        AuditCheckpoint.objects.filter(size__gt=after, size__lte=end)
        .exclude(sha256="")
        .order_by("size")
        .values_list("size", "sha256")[:1000]
    ):
        yield from page
        after = page[-1][0]
