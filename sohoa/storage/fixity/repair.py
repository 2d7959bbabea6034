"""Put a record's damaged or lost objects back from a verified copy; by command, one record at a time, never by itself.

Nothing is taken away: the good bytes become a new version of the object's key, above what is there, and the log says which version counts
from now on (`record.repaired`). The damaged version stays for whoever wants to know what happened.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from sohoa.storage.audit import chain
from sohoa.storage.backup.model import BackupDamaged, Entry
from sohoa.storage.backup.reading import Backup
from sohoa.storage.catalogue.records import Record, StoredFile
from sohoa.storage.fixity.reading import Reader
from sohoa.storage.objects.errors import ObjectMissing, ObjectUnreadable
from sohoa.storage.objects.model import Listed, ObjectStore, Retention, StoredObject
from sohoa.storage.objects.read_back import ReadBackDiffers, read_back

REPAIRED = "record.repaired"


@dataclass(frozen=True, slots=True)
class Repaired:
    """reason: why nothing could be done; "" when it was. no_copy: the backup has no such bytes; copy_damaged: it has, and they are not
    what they were; not_what_was_archived: the catalogue's hash is not the one that the log has."""

    record: str
    role: str
    reason: str = ""

    @property
    def done(self) -> bool:
        return not self.reason

    def as_dict(self) -> dict[str, object]:
        return {**asdict(self), "repaired": self.done}


def repair(record: Record, backup: Backup, store: ObjectStore, *, archived: dict[str, str], now: datetime) -> list[Repaired]:
    """Each of the record's objects that is not what was archived, and what became of it; nothing for a record that is well.

    archived: SHA-256 by role, as the log has them. Raises BackupDamaged for a list that is not as it was signed, and the store's errors.
    """
    reader, done = Reader(store), list[Repaired]()
    wrong = [row for row in record.files.order_by("role") if not _is_well(row, reader)]
    if not wrong:
        return done
    copies = {(one.key, one.sha256): one for one in _of_these(backup, {row.key for row in wrong}) if not one.wrong}
    with tempfile.TemporaryDirectory(prefix="sohoa-repair-") as folder:
        for row in wrong:
            copy = copies.get((row.key, row.sha256))
            if row.role in archived and archived[row.role] != row.sha256:
                done.append(Repaired(record.pk, row.role, "not_what_was_archived"))
            elif copy is None:
                done.append(Repaired(record.pk, row.role, "no_copy"))
            else:
                done.append(_repaired(record, row, copy, backup, store, Path(folder) / "part", now))
    return done


def _is_well(row: StoredFile, reader: Reader) -> bool:
    seen = reader.look(Listed(row.bucket, row.key, row.version_id, row.size, latest=True))
    return not seen.trouble and seen.sha256 == row.sha256


def _of_these(backup: Backup, keys: set[str]) -> Iterator[Entry]:
    """Read to its end, so that the whole list is known to be as signed."""
    return iter([one for one in backup.entries() if one.key in keys])


def _repaired(
    record: Record, row: StoredFile, copy: Entry, backup: Backup, store: ObjectStore, part: Path, now: datetime
) -> Repaired:
    try:
        backup.bytes_of(copy, part)
    except BackupDamaged:
        return Repaired(record.pk, row.role, "copy_damaged")
    kept = copy.retention if copy.retention and copy.retention.until > now else None
    with suppress(ObjectMissing, ObjectUnreadable):
        kept = store.head(row.bucket, row.key, row.version_id).retention or kept
    there = _new_version(store, row, copy, part.read_bytes(), kept if kept and kept.until > now else None, now)
    with transaction.atomic():
        StoredFile.objects.filter(pk=row.pk).update(version_id=there.version_id)
        details = {
            "role": row.role,
            "sha256": row.sha256,
            "version": there.version_id,
            "instead_of": row.version_id,
            "from": backup.name,
        }
        chain.append(REPAIRED, record.pk, now=now, details=details)
    return Repaired(record.pk, row.role)


def _new_version(
    store: ObjectStore, row: StoredFile, copy: Entry, content: bytes, kept: Retention | None, now: datetime
) -> StoredObject:
    """A store takes the same bytes for its own earlier write, and it knows only the hash it was told then, not that they are damaged: so a
    short note about the repair comes between."""
    told = {"content_type": copy.content_type, "metadata": copy.metadata, "retention": kept}
    if any(one.key == row.key for one in store.list(row.bucket, row.key)):
        note = {"repaired": now.isoformat(), "instead_of": row.version_id, "sha256": hashlib.sha256(content).hexdigest()}
        note_bytes = json.dumps(note).encode()
        store.put_version(row.bucket, row.key, note_bytes, content_type="application/json", retention=kept)
    there = store.put_version(row.bucket, row.key, content, **told)
    read_back(store, there)
    if there.sha256 != row.sha256:
        raise ReadBackDiffers
    return there
