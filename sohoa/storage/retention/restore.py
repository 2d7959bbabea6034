"""Holds, destructions and tombstones again from the audit bucket alone; the standing of results comes back with each record.

For `sohoa rebuild`, with the log muted:

    gone = destroyed(store)              # before anything is entered: record id → facts
    skip = half_erased(store)            # packages in which what still lies is no longer a record
    tombstones.remember(gone[id])        # instead of entering that record as archived; its other deeds are passed over
    restore(store)                       # at the end

Harmless to repeat: it also brings a catalogue up to date that a crash left behind, or that was put back from a backup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sohoa.storage.objects.model import AUDIT, ObjectStore
from sohoa.storage.retention import holds, tombstones
from sohoa.storage.retention.destruction import approval, enter_approval, enter_proposal, proposal
from sohoa.storage.retention.errors import DestructionBroken
from sohoa.storage.retention.papers import Paper, find

_HOLD = re.compile(r"holds/([0-9a-z-]+)\.json")
_PROPOSAL = re.compile(r"destructions/([0-9a-z-]+)\.json")
_TOMBSTONE = re.compile(r"destructions/([0-9a-z-]+)/tombstones/[0-9a-f]{32}\.json")


@dataclass(frozen=True, slots=True)
class Restored:
    """How many the bucket has."""

    holds: int
    destructions: int
    tombstones: int


def restore(store: ObjectStore) -> Restored:
    """Enter everything that the audit bucket says and the catalogue does not know. Raises DestructionBroken and the store's errors."""
    held = [found[1] for found in _keys(store, "holds/", _HOLD) if not found[1].endswith("-released")]
    for hold in held:
        holds.catch_up(store, hold)
    listed = [found[1] for found in _keys(store, "destructions/", _PROPOSAL)]
    for destruction in listed:
        enter_proposal(proposal(destruction, store))
        if approved := approval(destruction, store):
            enter_approval(approved)
    count = 0
    for destruction, paper in _tombstones(store):
        if approval(destruction, store) is None:
            raise DestructionBroken()
        tombstones.enter(paper)
        if done := _erased(store, paper):
            tombstones.enter_erased(done)
        count += 1
    return Restored(len(held), len(listed), count)


def destroyed(store: ObjectStore) -> dict[str, Mapping[str, Any]]:
    """Every destroyed record, by its id, as `tombstones.remember` takes it. Raises DestructionBroken and the store's errors."""
    return {facts["document_id"]: facts for _, paper in _tombstones(store) for facts in paper.told["records"]}


def half_erased(store: ObjectStore) -> set[str]:
    """Packages that are being destroyed: a tombstone stands, and not all of it is known to be gone. Raises DestructionBroken and the
    store's errors."""
    return {paper.told["package"] for _, paper in _tombstones(store) if not _erased(store, paper)}


def _tombstones(store: ObjectStore) -> Iterator[tuple[str, Paper]]:
    for found in _keys(store, "destructions/", _TOMBSTONE):
        paper = find(store, found[0], tombstones.FORMAT, "id", "package")
        if paper is None or found[0] != tombstones.key_of(found[1], paper.told["package"]) or paper.told["id"] != found[1]:
            raise DestructionBroken()
        yield found[1], paper


def _erased(store: ObjectStore, paper: Paper) -> Paper | None:
    key = tombstones.erased_key_of(paper.told["id"], paper.told["package"])
    return find(store, key, tombstones.ERASED, "id", "package")


def _keys(store: ObjectStore, prefix: str, form: re.Pattern[str]) -> list[re.Match[str]]:
    """Of the keys under a prefix, those of this form, each once."""
    keys = dict.fromkeys(listed.key for listed in store.list(AUDIT, prefix))
    return [found for key in keys if (found := form.fullmatch(key))]
