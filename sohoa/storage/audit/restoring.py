"""The log again from the audit bucket alone, for `sohoa rebuild`: its events, and what the catalogue remembers of checkpoints.

    restored = restore(store, keys=known_keys(home / "keys"))

Every bundle is checked against its checkpoint before its events are entered, so that a restore never brings in what was not fixed.
Harmless to repeat; a log that is there already and differs is refused.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from django.db import transaction

from sohoa.storage.audit import bucket, chain
from sohoa.storage.audit.checkpoint import Checkpoint, bundle_key_of
from sohoa.storage.audit.errors import CheckpointUnreadable, ReplayRefused
from sohoa.storage.audit.merkle import Tree, leaf_hash
from sohoa.storage.audit.models import AuditCheckpoint
from sohoa.storage.audit.nodes import Remembered
from sohoa.storage.objects.errors import ObjectMissing, ObjectUnreadable
from sohoa.storage.objects.model import ObjectStore


@dataclass(frozen=True, slots=True)
class Restored:
    """events: entered now. size: how many the log has. head: hash of the last one, "" for none. checkpoints: remembered now."""

    events: int
    size: int
    head: str
    checkpoints: int


def restore(store: ObjectStore, *, keys: frozenset[bytes]) -> Restored:
    """keys: as in verify(). A bundle after the last checkpoint, left by a crash, is entered too: its chain says that it belongs.

    Raises ReplayRefused (what came before it stays) and the store's errors.
    """
    events = checkpoints = 0
    before: Checkpoint | None = None
    with tempfile.TemporaryDirectory(prefix="sohoa-log-") as room:
        place = Path(room) / "bundle.jsonl"
        numbered = [kept for kept in bucket.checkpoints(store) if kept.last]
        for kept, after in zip_longest(numbered, numbered[1:]):
            found, version = _trusted(store, kept, after, before, keys)
            _fetch(store, found, place)
            events += _entered(found, place, before, version)
            before, checkpoints = found, checkpoints + 1
        events += _unfinished(store, place, before.body.size if before else 0)
    last = chain.AuditEvent.objects.order_by("-sequence").first()
    return Restored(events, last.sequence if last else 0, last.hash if last else "", checkpoints)


def _trusted(
    store: ObjectStore, kept: bucket.Kept, after: bucket.Kept | None, before: Checkpoint | None, keys: frozenset[bytes]
) -> tuple[Checkpoint, str]:
    """Of its versions the first that is signed and follows from the one before.

    Of several it is the one that the next checkpoint follows from: what a killed server had of a write that nobody acknowledged may
    show below what somebody did (see packages/ocfl.py).
    """
    wanted = (before.sha256, before.body.size) if before else ("", 0)
    signed = [(found, version) for found, version in _signed(store, kept, keys) if found.body.size == kept.last]
    following = [one for one in signed if (one[0].body.previous, one[0].body.previous_size) == wanted]
    if not following:
        raise ReplayRefused(sequence=wanted[1] + 1, reason="previous_differs" if signed else "signature_wrong")
    if len(following) > 1 and after:
        named = {found.body.previous for found, _ in _signed(store, after, keys)}
        following = [one for one in following if one[0].sha256 in named] or following
    return following[0]


def _signed(store: ObjectStore, kept: bucket.Kept, keys: frozenset[bytes]) -> Iterator[tuple[Checkpoint, str]]:
    for version in kept.versions:
        with suppress(CheckpointUnreadable, ObjectMissing, ObjectUnreadable):
            found = bucket.checkpoint_at(store, kept.key, version)
            if found.is_signed() and found.body.key in keys:
                yield found, version


def _fetch(store: ObjectStore, found: Checkpoint, place: Path) -> None:
    body = found.body
    for kept in bucket.one(store, bundle_key_of(body.first, body.size)):
        for version in kept.versions:
            if bucket.fetched(store, kept.key, version, place) == body.bundle_sha256:
                return
    raise ReplayRefused(sequence=body.first, reason="bundle_missing")


def _entered(found: Checkpoint, place: Path, before: Checkpoint | None, version: str) -> int:
    remembered, body = Remembered(), found.body
    grown = before.body.tree() if before else Tree()
    tree = Tree(grown.size, grown.peaks, ended=remembered.ended)
    for line in bucket.lines_of(place):
        tree.add(leaf_hash(line))
    if (tree.size, tree.root.hex()) != (body.size, body.root):
        raise ReplayRefused(sequence=body.first, reason="root_differs")
    events = chain.replay(bucket.lines_of(place))
    with transaction.atomic():
        remembered.save()
        told = {"version_id": version, "sha256": found.sha256, "stamped": found.stamp is not None}
        AuditCheckpoint.objects.update_or_create(size=body.size, defaults={"first": body.first, "at": body.at, **told})
    return events


def _unfinished(store: ObjectStore, place: Path, end: int) -> int:
    for kept in bucket.bundles(store):
        if kept.first == end + 1 and bucket.fetched(store, kept.key, kept.versions[0], place) is not None:
            events = chain.replay(bucket.lines_of(place))
            at = chain.AuditEvent.objects.get(sequence=kept.last).at
            # The mark that a checkpoint was begun here: the next run makes it.
            AuditCheckpoint.objects.get_or_create(size=kept.last, defaults={"first": kept.first, "at": at})
            return events
    return 0
