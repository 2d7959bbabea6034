"""A checkpoint: what the log was at a moment, signed by the log's key and stamped by a time-stamping authority.

In the bucket it is `checkpoints/{size:012}.json`, canonical JSON (see canonical.py):

    {"body": {...}, "signature": base64, "timestamp": {"token": base64, "certificates": [...], "crls": [...], "ocsps": [...]}}

signature: ECDSA P-256, DER, over the canonical bytes of `body`. token: RFC 3161 over SHA-256 of the same bytes; the lists are what a
validator will want to know about its authority. Without a stamp there is `"unstamped": reason` in its place. The next checkpoint
carries the SHA-256 of all these bytes as `previous`.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sohoa.storage.audit.canonical import canonical
from sohoa.storage.audit.errors import CheckpointUnreadable
from sohoa.storage.audit.keys import is_signed
from sohoa.storage.audit.merkle import Tree

FORMAT = "sohoa-checkpoint/1"
NO_SERVICE = "no_service"
MOST_BYTES = 1 << 20  # of a checkpoint; ours are 1 to 100 KB
_NAMES = {"format", "origin", "size", "root", "frontier", "at", "previous", "bundle", "key"}


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """token: RFC 3161, DER. The rest: what is to be known about the authority later on, DER; may be empty."""

    token: bytes
    certificates: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()


Stamp = Callable[[bytes], TimeStamp]
"""A time stamp over the SHA-256 of these bytes. Raises a SohoaError when there is none to be had now."""


@dataclass(frozen=True, slots=True)
class Body:
    """What is signed. origin: which log this is. first, bundle_sha256: of the bundle with the events `first` to `size`.

    root, peaks (largest first), previous (of the checkpoint at previous_size; "" and 0: none), bundle_sha256: hex. key: DER.
    """

    origin: str
    size: int
    first: int
    root: str
    peaks: tuple[str, ...]
    at: datetime
    previous: str
    previous_size: int
    bundle_sha256: str
    key: bytes

    def as_dict(self) -> dict[str, object]:
        return {
            "format": FORMAT,
            "origin": self.origin,
            "size": self.size,
            "root": self.root,
            "frontier": list(self.peaks),
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "previous": {"size": self.previous_size, "sha256": self.previous},
            "bundle": {"first": self.first, "last": self.size, "sha256": self.bundle_sha256},
            "key": base64.b64encode(self.key).decode(),
        }

    @property
    def signed(self) -> bytes:
        return canonical(self.as_dict())

    def tree(self) -> Tree:
        """Grown to this checkpoint. Raises ValueError when the peaks are none."""
        return Tree(self.size, [bytes.fromhex(peak) for peak in self.peaks])


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """unstamped: why there is no stamp, `no_service` or an error's code."""

    body: Body
    signature: bytes
    stamp: TimeStamp | None
    unstamped: str = ""

    def as_dict(self) -> dict[str, object]:
        told: dict[str, object] = {"body": self.body.as_dict(), "signature": _text(self.signature)}
        if self.stamp is None:
            return {**told, "unstamped": self.unstamped}
        lists = {name: [_text(one) for one in getattr(self.stamp, name)] for name in ("certificates", "ocsps", "crls")}
        return {**told, "timestamp": {"token": _text(self.stamp.token), **lists}}

    @property
    def written(self) -> bytes:
        return canonical(self.as_dict())

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.written).hexdigest()

    def is_signed(self) -> bool:
        """By the key that it names; whether that is ours is another question."""
        return is_signed(self.body.signed, self.signature, self.body.key)


def key_of(size: int) -> str:
    return f"checkpoints/{size:012}.json"


def bundle_key_of(first: int, last: int) -> str:
    return f"log/{first:012}-{last:012}.jsonl"


def read_checkpoint(data: bytes) -> Checkpoint:
    """Raises CheckpointUnreadable, also for what says the same in other bytes."""
    if len(data) > MOST_BYTES:
        raise CheckpointUnreadable(why="too large")
    try:
        found = _read(json.loads(data))
        if found.written == data:
            return found
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as broken:
        raise CheckpointUnreadable(why=type(broken).__name__) from broken
    raise CheckpointUnreadable(why="not written as we write")


def _read(told: Any) -> Checkpoint:
    body = told["body"]
    if body["format"] != FORMAT or set(body) != _NAMES:
        raise ValueError("format")
    read = Body(
        origin=_str(body["origin"]),
        size=_int(body["size"]),
        first=_int(body["bundle"]["first"]),
        root=_hex(body["root"]),
        peaks=tuple(_hex(peak) for peak in body["frontier"]),
        at=datetime.fromisoformat(body["at"]),
        previous=_hex(body["previous"]["sha256"]) if body["previous"]["sha256"] else "",
        previous_size=_int(body["previous"]["size"]),
        bundle_sha256=_hex(body["bundle"]["sha256"]),
        key=base64.b64decode(body["key"], validate=True),
    )
    if body["bundle"]["last"] != read.size or not 0 <= read.previous_size < read.size or read.first != read.previous_size + 1:
        raise ValueError("numbers")
    if read.tree().root.hex() != read.root:
        raise ValueError("frontier")
    signature = base64.b64decode(told["signature"], validate=True)
    if "timestamp" not in told:
        return Checkpoint(read, signature, None, _str(told["unstamped"]))
    stamp = told["timestamp"]
    lists = [tuple(base64.b64decode(one, validate=True) for one in stamp[name]) for name in ("certificates", "ocsps", "crls")]
    return Checkpoint(read, signature, TimeStamp(base64.b64decode(stamp["token"], validate=True), *lists))


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _str(told: object) -> str:
    if not isinstance(told, str):
        raise ValueError("not text")
    return told


def _int(told: object) -> int:
    if type(told) is not int:
        raise ValueError("not a number")
    return cast(int, told)


def _hex(told: object) -> str:
    if not isinstance(told, str) or len(bytes.fromhex(told)) != 32:
        raise ValueError("not a hash")
    return told
