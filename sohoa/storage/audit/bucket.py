"""The audit bucket as it is found: each key with all its versions, in the order of their numbers, a page in memory at a time.

A store that we did not write to may hold several versions of a key, a delete marker over it, or names that are not ours; all of that
is told here and judged elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from sohoa.storage.audit.checkpoint import MOST_BYTES, Checkpoint, key_of, read_checkpoint
from sohoa.storage.audit.errors import CheckpointLost, CheckpointUnreadable
from sohoa.storage.audit.models import AuditCheckpoint
from sohoa.storage.objects.errors import ObjectMissing, ObjectUnreadable
from sohoa.storage.objects.model import AUDIT, Listed, ObjectStore

CHECKPOINTS, BUNDLES = "checkpoints/", "log/"
_CHECKPOINT = re.compile(r"checkpoints/(\d{12})\.json")
_BUNDLE = re.compile(r"log/(\d{12})-(\d{12})\.jsonl")


@dataclass(frozen=True, slots=True)
class Kept:
    """One key. first, last: from its name; both 0 where it is no name of ours; first 0 of a checkpoint. versions: oldest first.

    hidden: a reader who names no version would find nothing.
    """

    key: str
    first: int
    last: int
    versions: tuple[str, ...]
    hidden: bool


def checkpoints(store: ObjectStore) -> Iterator[Kept]:
    """By size. Raises the store's errors."""
    return _kept(store, CHECKPOINTS, _CHECKPOINT)


def bundles(store: ObjectStore) -> Iterator[Kept]:
    """By their first event."""
    return _kept(store, BUNDLES, _BUNDLE)


def one(store: ObjectStore, bundle: str) -> Iterator[Kept]:
    """The bundle of this key, if it is there."""
    return (kept for kept in _kept(store, bundle, _BUNDLE) if kept.key == bundle)


def newest(store: ObjectStore) -> int:
    """Size of the last checkpoint in the bucket, 0 for none."""
    return max((kept.last for kept in checkpoints(store)), default=0)


def checkpoint_at(store: ObjectStore, key: str, version_id: str = "") -> Checkpoint:
    """Raises CheckpointUnreadable, ObjectMissing, ObjectUnreadable and the store's errors."""
    data = bytearray()
    with store.open(AUDIT, key, version_id) as stream:
        while part := stream.read():
            data += part
            if len(data) > MOST_BYTES:
                raise CheckpointUnreadable(why="too large")
    return read_checkpoint(bytes(data))


def noted_checkpoint(store: ObjectStore, row: AuditCheckpoint) -> Checkpoint:
    """The one that the catalogue has noted. Raises CheckpointLost where the bucket has another or none, and the store's errors."""
    try:
        found = checkpoint_at(store, key_of(row.size), row.version_id)
    except (ObjectMissing, ObjectUnreadable, CheckpointUnreadable) as gone:
        raise CheckpointLost(size=row.size, why=gone.code) from gone
    if found.sha256 != row.sha256:
        raise CheckpointLost(size=row.size, why="other bytes")
    return found


def fetched(store: ObjectStore, key: str, version_id: str, into: Path) -> str | None:
    """SHA-256 of the object, now in `into`; None where the store has it not, or cannot read it."""
    try:
        return store.download(AUDIT, key, version_id, into)
    except (ObjectMissing, ObjectUnreadable):
        return None


def lines_of(bundle: Path) -> Iterator[bytes]:
    """Without their ends. A line may be cut at 1 MiB: no event is as long, so it is found to differ."""
    with bundle.open("rb") as stream:
        while line := stream.readline(1 << 20):
            yield line.removesuffix(b"\n")


def _kept(store: ObjectStore, prefix: str, name: re.Pattern[str]) -> Iterator[Kept]:
    for key, listed in groupby(store.list(AUDIT, prefix), key=lambda one: one.key):
        versions: list[Listed] = list(listed)
        numbers = [int(one) for one in found.groups()] if (found := name.fullmatch(key)) else [0]
        # Stores list a key's versions newest first.
        identities = tuple(one.version_id for one in reversed(versions))
        yield Kept(key, numbers[0] if len(numbers) > 1 else 0, numbers[-1], identities, not any(one.latest for one in versions))
