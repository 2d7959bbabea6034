"""Make a backup: the catalogue first, then every object that is not there yet, each read back as it is copied.

What the catalogue of a backup names is therefore in it; what was archived meanwhile is in the bucket's copy alone and is entered by
`sohoa rebuild`. A run that was stopped has left whole objects; the next one goes on from there.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import sohoa
from sohoa.kernel.durable import sha256_of
from sohoa.storage.audit.keys import LogKey
from sohoa.storage.backup.dump import dump
from sohoa.storage.backup.keeping_keys import sealed
from sohoa.storage.backup.model import BUCKETS, FORMAT, HEAD, KEYS, MARK, NOT_INCLUDED, OBJECTS, SIGNATURE, Entry, blob_of, entry_of
from sohoa.storage.backup.reading import Backup
from sohoa.storage.backup.shelf import Shelf
from sohoa.storage.objects.errors import BucketMissing, ObjectMissing, ObjectUnreadable
from sohoa.storage.objects.model import Listed, ObjectStore

AT_ONCE = 4  # copies in flight: each waits for the store, then for the disk


@dataclass(slots=True)
class Made:
    """copied, bytes: what was new. objects, all_bytes: what the backup holds. wrong: versions whose bytes are not what the store said
    they were, and why; they are named and not copied."""

    name: str
    objects: int = 0
    all_bytes: int = 0
    copied: int = 0
    bytes: int = 0
    rows: dict[str, int] = field(default_factory=dict[str, int])
    wrong: list[Entry] = field(default_factory=list[Entry])

    def as_dict(self) -> dict[str, object]:
        wrong = [{"bucket": one.bucket, "key": one.key, "version_id": one.version_id, "reason": one.wrong} for one in self.wrong]
        return {
            "name": self.name,
            "objects": self.objects,
            "bytes": self.all_bytes,
            "copied": {"objects": self.copied, "bytes": self.bytes},
            "rows": self.rows,
            "wrong": wrong,
            "not_included": sorted(NOT_INCLUDED),
        }


def make(
    store: ObjectStore,
    shelf: Shelf,
    *,
    now: datetime,
    key: LogKey,
    keys: tuple[Path, str] | None = None,
    counted: Callable[[int], None] = lambda _: None,
) -> Made:
    """key: signs what the backup says of itself. keys: the folder of keys and the passphrase under which to take it along.

    Raises the errors of the store; OSError where the place of the backup cannot be written to.
    """
    _declare(shelf)
    made = Made(f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    place = f"backups/{made.name}"
    told: dict[str, object] = {"format": FORMAT, "made_by": f"sohoa {sohoa.__version__}", "at": now.isoformat()}
    with shelf.part() as part:
        part.unlink(missing_ok=True)
        kind, made.rows = dump(part)
        told["catalogue"] = {"file": kind, "sha256": sha256_of(part), "size": part.stat().st_size, "rows": made.rows}
        shelf.keep(part, f"{place}/{kind}")
    with shelf.part() as part, closing(_before(shelf)) as before, part.open("wb") as out:
        digest = hashlib.sha256()
        for entry in _copied(store, shelf, before, made):
            line = entry.line()
            out.write(line)
            digest.update(line)
            counted(1)
        out.flush()
        shelf.keep(part, f"{place}/{OBJECTS}")
    told["objects"] = {"sha256": digest.hexdigest(), "count": made.objects, "bytes": made.all_bytes, "wrong": len(made.wrong)}
    left_out = {name: en for name, (_, en) in NOT_INCLUDED.items() if not (keys and name == "keys")}
    told["not_included"] = left_out
    if keys:
        secret = sealed(*keys)
        told["keys"] = {"file": KEYS, "sha256": hashlib.sha256(secret).hexdigest()}
        _write(shelf, f"{place}/{KEYS}", secret)
    told["key"] = key.fingerprint
    encoded = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
    _write(shelf, f"{place}/{SIGNATURE}", key.sign(encoded))
    _write(shelf, f"{place}/{HEAD}", encoded)
    return made


def _declare(shelf: Shelf) -> None:
    if not shelf.has(MARK):
        _write(shelf, MARK, f"{FORMAT}\n".encode())


def _write(shelf: Shelf, name: str, content: bytes) -> None:
    with shelf.part() as part:
        part.write_bytes(content)
        shelf.keep(part, name)


def _before(shelf: Shelf) -> sqlite3.Connection:
    """The entries of the newest run that ended, in a database on the disk's temporary space: an archive's would fill the memory."""
    database = sqlite3.connect("", isolation_level=None)
    database.execute(
        "CREATE TABLE entry (bucket TEXT, key TEXT, version TEXT, line BLOB, PRIMARY KEY (bucket, key, version)) WITHOUT ROWID"
    )
    runs = shelf.runs()
    if runs:
        known = ((one.bucket, one.key, one.version_id, one.line()) for one in Backup(shelf, runs[-1]).entries() if not one.wrong)
        database.execute("BEGIN")
        database.executemany("INSERT OR IGNORE INTO entry VALUES (?, ?, ?, ?)", known)
        database.execute("COMMIT")
    return database


def _copied(store: ObjectStore, shelf: Shelf, before: sqlite3.Connection, made: Made) -> Iterator[Entry]:
    waiting: deque[Future[tuple[Entry, bool]]] = deque()
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="backup") as pool:
        for one in _listed(store):
            question = "SELECT line FROM entry WHERE bucket = ? AND key = ? AND version = ?"
            known = before.execute(question, (one.bucket, one.key, one.version_id)).fetchone()
            waiting.append(pool.submit(_copy, store, shelf, one, known[0] if known else None))
            while len(waiting) > 2 * AT_ONCE:
                yield _counted(waiting.popleft().result(), made)
        while waiting:
            yield _counted(waiting.popleft().result(), made)


def _counted(done: tuple[Entry, bool], made: Made) -> Entry:
    entry, new = done
    if entry.wrong:
        made.wrong.append(entry)
        return entry
    made.objects += 1
    made.all_bytes += entry.size
    if new:
        made.copied += 1
        made.bytes += entry.size
    return entry


def _listed(store: ObjectStore) -> Iterator[Listed]:
    for bucket in BUCKETS:
        try:
            yield from store.list(bucket)
        except BucketMissing:
            continue  # a store from before there was an audit bucket


def _copy(store: ObjectStore, shelf: Shelf, one: Listed, known: bytes | None) -> tuple[Entry, bool]:
    """The entry, and whether its bytes had to be copied. A version never changes, so what a former run has of it is not asked again,
    but for how long it is to be kept."""
    if known and shelf.has(blob_of((entry := entry_of(known)).sha256)):
        return entry, False
    try:
        entry = Entry.of(store.head(one.bucket, one.key, one.version_id))
        if shelf.has(blob_of(entry.sha256)):
            return entry, False
        with shelf.part() as part:
            digest = hashlib.sha256()
            with store.open(one.bucket, one.key, one.version_id) as stream, part.open("wb") as out:
                for chunk in stream:
                    digest.update(chunk)
                    out.write(chunk)
            if digest.hexdigest() != entry.sha256 or part.stat().st_size != one.size:
                return replace(entry, wrong="sha256_differs"), False
            shelf.keep(part, blob_of(entry.sha256))
            return entry, True
    except ObjectMissing:
        return Entry(one.bucket, one.key, one.version_id, "", one.size, wrong="missing"), False
    except ObjectUnreadable:
        return Entry(one.bucket, one.key, one.version_id, "", one.size, wrong="unreadable"), False
