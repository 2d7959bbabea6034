"""Put a backup back into an empty store, and its catalogue into an empty database.

Objects come first, the older versions of a key before the newer; the store gives them new version ids, so the catalogue's are put
right afterwards. A run that was stopped is run again: what is there already is recognised by its bytes.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import datetime
from itertools import groupby
from pathlib import Path

from django.db import transaction

from sohoa.storage.audit import chain
from sohoa.storage.audit.models import AuditCheckpoint
from sohoa.storage.backup.dump import load_lines
from sohoa.storage.backup.model import LINES, BackupDamaged, Entry, NotEmpty
from sohoa.storage.backup.reading import Backup
from sohoa.storage.catalogue.records import Record, StoredFile
from sohoa.storage.objects.model import ObjectStore, StoredObject

Moved = Callable[[Entry, StoredObject], None]


def restore_objects(
    backup: Backup, store: ObjectStore, *, now: datetime, moves: Moves, counted: Callable[[int], None] = lambda _: None
) -> int:
    """Every object of the backup; gives how many versions. moves: remembers where each came to lie, and what is done already.

    Raises NotEmpty where the store holds a key that the backup has not, BackupDamaged, the store's errors.
    """
    count = 0
    with tempfile.TemporaryDirectory(prefix="sohoa-restore-") as folder:
        part = Path(folder) / "part"
        for entry in oldest_first(backup.entries()):
            if moves.became(entry.bucket, entry.key, entry.version_id) is None:
                put_back(backup, entry, store, part, now=now, moved=moves)
            count += 1
            counted(1)
    return count


def must_be_empty(backup: Backup, store: ObjectStore) -> None:
    """Raises NotEmpty where a bucket holds a key that is not of this backup: nothing is ever restored into another archive."""
    with closing(sqlite3.connect("")) as ours:
        ours.execute("CREATE TABLE entry (bucket TEXT, key TEXT, PRIMARY KEY (bucket, key)) WITHOUT ROWID")
        ours.executemany("INSERT OR IGNORE INTO entry VALUES (?, ?)", ((one.bucket, one.key) for one in backup.entries()))
        buckets = [bucket for (bucket,) in ours.execute("SELECT DISTINCT bucket FROM entry")]
        for bucket in buckets:
            for one in store.list(bucket):
                if ours.execute("SELECT 1 FROM entry WHERE bucket = ? AND key = ?", (bucket, one.key)).fetchone() is None:
                    raise NotEmpty


def put_back(backup: Backup, entry: Entry, store: ObjectStore, part: Path, *, now: datetime, moved: Moved) -> None:
    """One version of one object. A retention that is over is not asked for again."""
    if entry.wrong:
        return
    backup.bytes_of(entry, part)
    kept = entry.retention if entry.retention and entry.retention.until > now else None
    told = {"content_type": entry.content_type, "metadata": entry.metadata, "retention": kept}
    if store.exists(entry.bucket, entry.key):
        there = store.put_version(entry.bucket, entry.key, part.read_bytes(), **told)
    else:
        there = store.put_new(entry.bucket, entry.key, part, **told)
    if entry.legal_hold:
        store.hold(entry.bucket, entry.key, there.version_id, True)
    moved(entry, there)


def oldest_first(entries: Iterable[Entry]) -> Iterator[Entry]:
    """A listing has the versions of a key newest first."""
    for _, versions in groupby(entries, key=lambda one: (one.bucket, one.key)):
        yield from reversed(list(versions))


class Moves:
    """Which version became which. In a file, so that a restore that is stopped and run again knows all of them."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._database = sqlite3.connect(file, isolation_level=None)
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS move (bucket TEXT, key TEXT, was TEXT, became TEXT, PRIMARY KEY (bucket, key, was))"
        )

    def __call__(self, entry: Entry, there: StoredObject) -> None:
        row = (entry.bucket, entry.key, entry.version_id, there.version_id)
        self._database.execute("INSERT OR REPLACE INTO move VALUES (?, ?, ?, ?)", row)

    def became(self, bucket: str, key: str, was: str) -> str | None:
        question = "SELECT became FROM move WHERE bucket = ? AND key = ? AND was = ?"
        row = self._database.execute(question, (bucket, key, was)).fetchone()
        return row[0] if row else None

    def close(self) -> None:
        self._database.close()


def settle(moves: Moves, backup: str, *, now: datetime) -> int:
    """Let the catalogue name the versions as the store has them now, once, and log that it was restored; gives how many rows changed.

    A row that no restored object belongs to stays as it is: `sohoa verify` names it.
    """
    changed = 0
    with transaction.atomic():
        for row in StoredFile.objects.iterator(chunk_size=1000):
            became = moves.became(row.bucket, row.key, row.version_id)
            if became is not None and became != row.version_id:
                StoredFile.objects.filter(pk=row.pk).update(version_id=became)
                changed += 1
        for row in AuditCheckpoint.objects.exclude(version_id="").iterator(chunk_size=1000):
            became = moves.became("audit", f"checkpoints/{row.size:012}.json", row.version_id)
            if became is not None and became != row.version_id:
                AuditCheckpoint.objects.filter(pk=row.pk).update(version_id=became)
        chain.append("archive.restored", "archive", now=now, details={"backup": backup, "versions": changed})
    return changed


def put_catalogue(backup: Backup, file: Path) -> None:
    """SQLite's copy in its place, whole or not at all. Raises NotEmpty, BackupDamaged."""
    if file.exists():
        raise NotEmpty
    if not backup.catalogue_file.endswith(".sqlite3"):
        raise BackupDamaged(why="its catalogue is of another kind of database", why_vi="cơ sở dữ liệu trong đó thuộc loại khác")
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with backup.catalogue() as copy:
        beside = file.with_name(f".{file.name}.restored")
        beside.write_bytes(copy.read_bytes())
        beside.replace(file)


def load_catalogue(backup: Backup) -> None:
    """Rows into an empty PostgreSQL database. Raises NotEmpty, BackupDamaged."""
    if Record.objects.exists():
        raise NotEmpty
    if backup.catalogue_file != LINES:
        raise BackupDamaged(why="its catalogue is of another kind of database", why_vi="cơ sở dữ liệu trong đó thuộc loại khác")
    with backup.catalogue() as file:
        load_lines(file)
