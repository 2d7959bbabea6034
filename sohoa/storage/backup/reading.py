"""Read a backup, trusting nothing in it that its own head does not vouch for."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sohoa.kernel.verdicts import Outcome, Verdict
from sohoa.storage.audit.keys import is_signed
from sohoa.storage.backup.model import FORMAT, HEAD, OBJECTS, SIGNATURE, BackupDamaged, Entry, NotABackup, blob_of, entry_of
from sohoa.storage.backup.shelf import Shelf, fetch, lines, whole


class Backup:
    """One run's backup. Raises BackupDamaged from every call that finds it so."""

    def __init__(self, shelf: Shelf, name: str) -> None:
        self.shelf, self.name = shelf, name
        self.encoded = whole(shelf, f"backups/{name}/{HEAD}")
        try:
            self.told: dict[str, Any] = json.loads(self.encoded)
            if self.told["format"] != FORMAT:
                raise ValueError
            self.count: int = self.told["objects"]["count"] + self.told["objects"]["wrong"]
            self.catalogue_file: str = self.told["catalogue"]["file"]
        except (ValueError, KeyError, TypeError, RecursionError) as failure:
            raise BackupDamaged(why="its head cannot be read", why_vi="tệp backup.json không đọc được") from failure

    def signed_by(self, keys: frozenset[bytes]) -> Verdict:
        """keys: public ones (DER). Undetermined where none is known: then nobody says that the backup is ours."""
        try:
            signature = whole(self.shelf, f"backups/{self.name}/{SIGNATURE}")
        except BackupDamaged:
            return Verdict(Outcome.FAILED, "signature_missing")
        if not keys:
            return Verdict(Outcome.UNDETERMINED, "key_unknown")
        return (
            Verdict(Outcome.OK)
            if any(is_signed(self.encoded, signature, key) for key in keys)
            else Verdict(Outcome.FAILED, "signature_wrong")
        )

    def entries(self) -> Iterator[Entry]:
        """In the order of the store's listing: the versions of a key newest first. The last one comes only if all were as signed."""
        digest, held = hashlib.sha256(), None
        for line in lines(self.shelf, f"backups/{self.name}/{OBJECTS}"):
            digest.update(line + b"\n")
            if held is not None:
                yield entry_of(held)
            held = line
        if digest.hexdigest() != self.told["objects"]["sha256"]:
            raise BackupDamaged(
                why="its list of objects is not the one that was signed", why_vi="danh sách tệp không phải bản đã ký"
            )
        if held is not None:
            yield entry_of(held)

    @contextmanager
    def catalogue(self) -> Iterator[Path]:
        """The dump, in a file of its own for as long as it is looked at."""
        with tempfile.TemporaryDirectory(prefix="sohoa-backup-") as folder:
            path = Path(folder) / Path(self.catalogue_file).name
            if fetch(self.shelf, f"backups/{self.name}/{path.name}", path) != self.told["catalogue"]["sha256"]:
                raise BackupDamaged(why="the catalogue in it was changed", why_vi="cơ sở dữ liệu trong đó đã bị thay đổi")
            yield path

    def bytes_of(self, entry: Entry, into: Path) -> None:
        """Raises BackupDamaged where they are not what the list says."""
        if entry.wrong or fetch(self.shelf, blob_of(entry.sha256), into) != entry.sha256:
            raise BackupDamaged(why="an object in it has other bytes", why_vi="nội dung một tệp trong đó đã khác")

    def file(self, name: str, sha256: str) -> bytes:
        found = whole(self.shelf, f"backups/{self.name}/{name}")
        if hashlib.sha256(found).hexdigest() != sha256:
            raise BackupDamaged(why="a file of it was changed", why_vi="một tệp trong đó đã bị thay đổi")
        return found


def newest(shelf: Shelf) -> Backup:
    """Raises NotABackup where no run ended."""
    runs = shelf.runs()
    if not runs:
        raise NotABackup(why="no run has ended here", why_vi="chưa có lần sao lưu nào hoàn tất")
    return Backup(shelf, runs[-1])
