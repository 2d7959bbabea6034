"""`sohoa verify --repair-from`: which backup, which record, and what the log says of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sohoa.kernel.verdicts import Outcome
from sohoa.storage.backup.model import BackupDamaged
from sohoa.storage.backup.reading import newest
from sohoa.storage.backup.shelf import FolderShelf
from sohoa.storage.catalogue.records import Record
from sohoa.storage.fixity import log
from sohoa.storage.fixity.repair import Repaired, repair
from sohoa.storage.objects.model import ObjectStore

__all__ = ["Repaired", "repair_from"]


def repair_from(place: Path, ids: Iterable[str], store: ObjectStore, *, keys: frozenset[bytes], now: datetime) -> list[Repaired]:
    """keys: public ones of the log; a backup that was signed by another key is not believed.

    Raises NotABackup, BackupDamaged, Record.DoesNotExist and the store's errors.
    """
    backup = newest(FolderShelf(place))
    if backup.signed_by(keys).outcome is Outcome.FAILED:
        raise BackupDamaged(
            why="its signature is not of this archive's log key", why_vi="chữ ký không phải của khóa nhật ký kho này"
        )
    done: list[Repaired] = []
    for pk in ids:
        told = log.told_of([pk])
        done += repair(Record.objects.get(pk=pk), backup, store, archived=told.get(pk, {}), now=now)
    return done
