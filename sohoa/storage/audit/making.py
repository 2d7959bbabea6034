"""Make a checkpoint: fix the events since the last one in the locked bucket, then what the whole log comes to.

    made = checkpoint(store, now=now(), sign=open_key(keys), stamp=..., retention=lock.retention(now()))
    due(now())          # whether it is time

First the bundle `log/{first}-{last}.jsonl` (see canonical.py), then the checkpoint; both only if absent. What a checkpoint covers is
decided by one row with a unique `first`, so that two processes never begin different ones at the same place. A crash in between leaves
the row, and the next run stores what is missing: the bundle's bytes follow from the events, and of two checkpoints over the same events
the first that is stored counts.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction

from sohoa.kernel.errors import SohoaError
from sohoa.storage.audit import chain
from sohoa.storage.audit.bucket import checkpoint_at, newest, noted_checkpoint
from sohoa.storage.audit.canonical import line_of
from sohoa.storage.audit.checkpoint import NO_SERVICE, Body, Checkpoint, Stamp, TimeStamp, bundle_key_of, key_of
from sohoa.storage.audit.errors import CheckpointLost, CheckpointUnreadable, LogBehind, LogBroken
from sohoa.storage.audit.keys import LogKey
from sohoa.storage.audit.merkle import Tree, leaf_hash
from sohoa.storage.audit.models import AuditCheckpoint, AuditEvent
from sohoa.storage.audit.nodes import Remembered
from sohoa.storage.objects.errors import ObjectAlreadyThere
from sohoa.storage.objects.model import AUDIT, ObjectStore, Retention
from sohoa.storage.objects.read_back import read_back

EVERY = timedelta(hours=1)
MOST_EVENTS = 50_000  # in one bundle, about 20 MB: what a verifier holds on disk at a time
LINES, JSON = "application/jsonl", "application/json"


@dataclass(frozen=True, slots=True)
class Made:
    """The newest checkpoint. new: how many events were fixed by this call. by_another: another process stored it first."""

    checkpoint: Checkpoint
    new: int
    by_another: bool = False


def due(now: datetime, every: timedelta = EVERY) -> bool:
    """Events wait that no checkpoint covers, and the last one is older than `every`; or one was begun and not stored."""
    last = AuditCheckpoint.objects.order_by("-size").first()
    if last is None or not last.sha256:
        return last is not None or AuditEvent.objects.exists()
    return last.at + every <= now and AuditEvent.objects.filter(sequence__gt=last.size).exists()


def checkpoint(store: ObjectStore, *, now: datetime, sign: LogKey, stamp: Stamp | None, retention: Retention | None) -> Made | None:
    """Cover all events that are there; None for an empty log. Nothing new: the last checkpoint, and `new` 0.

    stamp: None: no service is named. One that raises a SohoaError leaves a checkpoint that says so.
    Raises LogBroken, LogBehind, CheckpointLost, ReadBackDiffers and the store's errors.
    """
    made: Made | None = None
    new = 0
    while plan := _planned(now):
        _bucket_must_agree(store, plan)
        before = _before(store, plan)
        fixed = _fix(store, plan, before, now, sign, stamp, retention)
        made, new = fixed, new + fixed.new
    if made:
        return Made(made.checkpoint, new, made.by_another)
    last = AuditCheckpoint.objects.order_by("-size").first()
    return Made(noted_checkpoint(store, last), 0) if last else None


@transaction.atomic
def _planned(now: datetime) -> AuditCheckpoint | None:
    """What is to be covered next, agreed with whoever else asks."""
    chain.alone()
    last = AuditCheckpoint.objects.order_by("-size").first()
    if last and not last.sha256:
        return last
    covered = last.size if last else 0
    end = AuditEvent.objects.order_by("-sequence").values_list("sequence", flat=True).first() or 0
    if end <= covered:
        return None
    return AuditCheckpoint.objects.create(size=min(end, covered + MOST_EVENTS), first=covered + 1, at=now)


def _bucket_must_agree(store: ObjectStore, plan: AuditCheckpoint) -> None:
    """A bucket that is ahead means a catalogue of yesterday; to go on would write a second history beside the first."""
    there = newest(store)
    if there > plan.first - 1 and there != plan.size:
        AuditCheckpoint.objects.filter(size=plan.size, sha256="").delete()
        raise LogBehind(bucket=there, known=plan.first - 1)


def _before(store: ObjectStore, plan: AuditCheckpoint) -> Checkpoint | None:
    row = AuditCheckpoint.objects.filter(size=plan.first - 1).first()
    return noted_checkpoint(store, row) if row else None


def _fix(
    store: ObjectStore,
    plan: AuditCheckpoint,
    before: Checkpoint | None,
    now: datetime,
    sign: LogKey,
    stamp: Stamp | None,
    retention: Retention | None,
) -> Made:
    remembered = Remembered()
    grown = before.body.tree() if before else Tree()
    tree = Tree(grown.size, grown.peaks, ended=remembered.ended)
    with tempfile.TemporaryDirectory(prefix="sohoa-log-") as room:
        bundle = Path(room) / "bundle.jsonl"
        digest = _write_bundle(bundle, plan, tree)
        key = bundle_key_of(plan.first, plan.size)
        try:
            read_back(store, store.put_new(AUDIT, key, bundle, content_type=LINES, retention=retention))
        except ObjectAlreadyThere as other:
            raise LogBroken(sequence=plan.first, reason="bundle_differs") from other
    body = Body(
        origin=before.body.origin if before else _origin(),
        size=plan.size,
        first=plan.first,
        root=tree.root.hex(),
        peaks=tuple(peak.hex() for peak in tree.peaks),
        at=now,
        previous=before.sha256 if before else "",
        previous_size=plan.first - 1,
        bundle_sha256=digest,
        key=sign.public,
    )
    time_stamp, why = _stamped(body.signed, stamp)
    wanted = Checkpoint(body, sign.sign(body.signed), time_stamp, why)
    by_another = False
    try:
        stored = store.put_new(AUDIT, key_of(plan.size), wanted.written, content_type=JSON, retention=retention)
    except ObjectAlreadyThere:
        stored = store.head(AUDIT, key_of(plan.size)).stored
        wanted, by_another = _anothers(store, plan, wanted), True
    read_back(store, stored)
    with transaction.atomic():
        remembered.save()
        AuditCheckpoint.objects.filter(size=plan.size, sha256="").update(
            at=wanted.body.at, version_id=stored.version_id, sha256=wanted.sha256, stamped=wanted.stamp is not None
        )
    return Made(wanted, plan.size - plan.first + 1, by_another)


def _write_bundle(bundle: Path, plan: AuditCheckpoint, tree: Tree) -> str:
    """Gives its SHA-256; `tree` has grown by its events. Raises LogBroken before anything is fixed that does not hold."""
    before = AuditEvent.objects.filter(sequence=plan.first - 1).values_list("hash", flat=True).first()
    walk, digest = chain.Walk(plan.first - 1, before or chain.BEFORE_THE_FIRST), hashlib.sha256()
    with bundle.open("wb") as out:
        for event in chain.events(plan.first - 1, up_to=plan.size):
            line = line_of(event)
            for broken in walk.step(event, line):
                raise LogBroken(sequence=broken.sequence, reason=broken.reason)
            tree.add(leaf_hash(line))
            digest.update(line + b"\n")
            out.write(line + b"\n")
    if tree.size != plan.size:
        raise LogBroken(sequence=tree.size + 1, reason="sequence_gap")
    return digest.hexdigest()


def _stamped(body: bytes, stamp: Stamp | None) -> tuple[TimeStamp | None, str]:
    if stamp is None:
        return None, NO_SERVICE
    try:
        return stamp(body), ""
    except SohoaError as without:
        # The log must be fixed on time even so; the stamp of a later checkpoint covers this one.
        return None, without.code


def _anothers(store: ObjectStore, plan: AuditCheckpoint, ours: Checkpoint) -> Checkpoint:
    """What another process stored at this place; it must say of the log what we would have said."""
    try:
        there = checkpoint_at(store, key_of(plan.size))
    except CheckpointUnreadable as broken:
        raise CheckpointLost(size=plan.size, why=broken.code) from broken
    same = (there.body.root, there.body.previous, there.body.bundle_sha256, there.body.origin)
    if same != (ours.body.root, ours.body.previous, ours.body.bundle_sha256, ours.body.origin) or not there.is_signed():
        raise CheckpointLost(size=plan.size, why="another checkpoint is there")
    return there


def _origin() -> str:
    """A log is known by its first event, which carries the moment at which it was begun."""
    first = AuditEvent.objects.order_by("sequence").values_list("hash", flat=True).first() or ""
    return f"urn:sohoa:log:{first[:32]}"
