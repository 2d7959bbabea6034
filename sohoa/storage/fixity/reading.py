"""Read an object once, and have both of its hashes, its size and, where a signature is to be looked at, a copy."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from sohoa.storage.fixity.model import Seen
from sohoa.storage.fixity.throttle import Throttle
from sohoa.storage.objects.errors import BucketMissing, ObjectMissing, ObjectUnreadable, StoreRefused
from sohoa.storage.objects.model import RECORDS, Listed, ObjectStore

MOST = 256 << 20  # bytes of an inventory; above it none of ours, and it must not fill the memory


class Reader:
    """May be shared by threads. bytes: read since taken() was asked last; objects: read so far.

    Every call raises StoreUnreachable: a store that is away says nothing about what it holds.
    """

    def __init__(self, store: ObjectStore, throttle: Throttle | None = None) -> None:
        self.store = store
        self._throttle = throttle or Throttle()
        self._lock = threading.Lock()
        self.bytes = self.objects = 0

    def look(self, one: Listed, into: Path | None = None) -> Seen:
        """The bytes of this version, hashed; also written to `into`."""
        with ExitStack() as open_too:
            copy = open_too.enter_context(into.open("wb")) if into else None
            return self._read(one, copy.write if copy else None)

    def whole(self, one: Listed, *, most: int = MOST) -> tuple[bytes, Seen]:
        """A small object's bytes too; one that is larger than `most` counts as unreadable."""
        if one.size > most:
            return b"", Seen(trouble="unreadable")
        chunks: list[bytes] = []
        seen = self._read(one, chunks.append)
        return (b"" if seen.trouble else b"".join(chunks)), seen

    def taken(self) -> int:
        """Bytes read since this was asked last."""
        with self._lock:
            read, self.bytes = self.bytes, 0
        return read

    def _read(self, one: Listed, keep: Callable[[bytes], object] | None) -> Seen:
        sha256, sha512, size = hashlib.sha256(), hashlib.sha512(), 0
        try:
            with self.store.open(one.bucket, one.key, one.version_id) as stream:
                for chunk in stream:
                    self._throttle.spend(len(chunk))
                    sha256.update(chunk)
                    sha512.update(chunk)
                    size += len(chunk)
                    if keep:
                        keep(chunk)
        except (ObjectMissing, BucketMissing):
            return Seen(trouble="missing")
        except ObjectUnreadable:
            return Seen(trouble="unreadable")
        except StoreRefused:
            return Seen(trouble="refused")
        with self._lock:
            self.bytes += size
            self.objects += 1
        return Seen(sha256.hexdigest(), sha512.hexdigest(), size)


def listed(store: ObjectStore, root: str) -> dict[str, list[Listed]]:
    """What lies under a root now, by the key's rest; every version, newest first."""
    found: dict[str, list[Listed]] = {}
    for one in store.list(RECORDS, f"{root}/"):
        found.setdefault(one.key.removeprefix(f"{root}/"), []).append(one)
    return found
