"""A receipt: a file that proves, away from here and without us, that an event is in the log, and since when.

    receipt = prove("3f2a90c1d4e5f6a7b8c9", store, only="")     # or an entry's number
    path.write_bytes(receipt.written)

Canonical JSON (see canonical.py) and a line end:

    {"format": "sohoa-receipt/1", "about": "…",
     "events": [{"event": {"sequence": …, "at": …, …}, "index": 4, "path": [hex …]}],
     "checkpoint": {"body": {…}, "signature": base64, "token": base64 or null},
     "digest": SHA-256 of the canonical bytes of all of this without the digest}

The leaf of an event is the line that its hash is over; `path` leads from it to the checkpoint's root (RFC 9162). docs/check_receipt.py
checks all of it with nothing but Python and openssl. The earliest stamped checkpoint that covers the events is taken, as it proves most; else the earliest.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from sohoa.storage.audit.bucket import noted_checkpoint
from sohoa.storage.audit.canonical import NAMES, Event, canonical, line_of
from sohoa.storage.audit.checkpoint import Checkpoint
from sohoa.storage.audit.errors import CheckpointLost, NothingToProve, ProofFails
from sohoa.storage.audit.merkle import Subtree, inclusion_path, leaf_hash, verify_inclusion
from sohoa.storage.audit.models import AuditCheckpoint, AuditEvent
from sohoa.storage.audit.nodes import remember, subtree_in_catalogue
from sohoa.storage.objects.model import ObjectStore

FORMAT = "sohoa-receipt/1"
MOST_EVENTS = 5000  # in one receipt


@dataclass(frozen=True, slots=True)
class Proven:
    """path: from the leaf up, each 32 bytes."""

    event: Event
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    about: str
    events: tuple[Proven, ...]
    checkpoint: Checkpoint

    @property
    def written(self) -> bytes:
        told: dict[str, object] = {
            "format": FORMAT,
            "about": self.about,
            "events": [
                {"event": one.event.as_dict(), "index": one.event.sequence - 1, "path": [step.hex() for step in one.path]}
                for one in self.events
            ],
            "checkpoint": {
                "body": self.checkpoint.body.as_dict(),
                "signature": base64.b64encode(self.checkpoint.signature).decode(),
                "token": base64.b64encode(self.checkpoint.stamp.token).decode() if self.checkpoint.stamp else None,
            },
        }
        digest = hashlib.sha256(canonical(told)).hexdigest()
        return canonical({**told, "digest": digest}) + b"\n"


def last_event(about: str, *, only: str = "") -> int:
    """Number of the newest event that a receipt would be about; a checkpoint has to cover it first. Raises NothingToProve."""
    return _asked(about, only)[-1].sequence


def prove(about: str, store: ObjectStore, *, only: str = "", newest: bool = False) -> Receipt:
    """about: an entry's number, or a record's id: all its events, or those of the action `only`. newest: by the last checkpoint, whose
    time stamp can be checked longest, not by the first, which proves the earliest day.

    Raises NothingToProve, ProofFails where the catalogue does not lead to the checkpoint, CheckpointLost (also when there is none yet
    that covers the newest event) and the store's errors.
    """
    rows = _asked(about, only)
    checkpoint = _covering(store, rows[-1].sequence, newest=newest)
    events = [Event(**{name: getattr(row, name) for name in NAMES}) for row in rows]
    for afresh in (False, True):
        if afresh:
            remember(checkpoint.body.size)
        subtree = subtree_in_catalogue()
        proven = [_proven(event, checkpoint, subtree) for event in events]
        if all(proven):
            return Receipt(about, tuple(one for one in proven if one), checkpoint)
    raise ProofFails()


def _asked(about: str, only: str) -> list[AuditEvent]:
    found = AuditEvent.objects.filter(sequence=int(about)) if _is_number(about) else AuditEvent.objects.none()
    if not found.exists():
        found = AuditEvent.objects.filter(subject=about)
    if only:
        found = found.filter(action=only)
    rows = list(found.order_by("sequence")[:MOST_EVENTS])
    if not rows:
        raise NothingToProve()
    return rows


def _is_number(about: str) -> bool:
    return about.isascii() and about.isdecimal() and len(about) < 16  # ids are 20 characters, some of them all digits


def _covering(store: ObjectStore, sequence: int, *, newest: bool) -> Checkpoint:
    rows = AuditCheckpoint.objects.filter(size__gte=sequence).exclude(sha256="").order_by("-size" if newest else "size")
    row = rows.filter(stamped=True).first() or rows.first()
    if row is None:
        raise CheckpointLost(size=sequence, why="no checkpoint covers it")
    return noted_checkpoint(store, row)


def _proven(event: Event, checkpoint: Checkpoint, subtree: Subtree) -> Proven | None:
    """None: what is remembered, or the catalogue, does not lead to the root."""
    body, index = checkpoint.body, event.sequence - 1
    path = inclusion_path(index, body.size, subtree)
    whole = verify_inclusion(leaf_hash(line_of(event)), index, body.size, path, bytes.fromhex(body.root))
    return Proven(event, tuple(path)) if whole else None
