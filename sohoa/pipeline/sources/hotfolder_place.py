"""What is ours in a watched folder: `.sohoa/` with its mark, its owner, what is claimed, done and put aside.

The mark (`folder.json`) tells the folder from the empty directory that stays behind when its mount is gone. Our home remembers the mark
of each folder it ever watched, so that even a first look after a restart can tell "not mounted" from "new".
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sohoa.kernel.clock import iso_vietnam
from sohoa.pipeline.errors import SourceMissing
from sohoa.pipeline.sources.hotfolder_errors import FolderNotWritable

OURS = ".sohoa"
# Whose writers all run under this kernel. Anything else may be written to by another machine: no leases, and a calmer pace.
LOCAL = frozenset(
    {
        "ext2",
        "ext3",
        "ext4",
        "xfs",
        "btrfs",
        "zfs",
        "f2fs",
        "tmpfs",
        "ramfs",
        "overlay",
        "vfat",
        "exfat",
        "ntfs3",
        "jfs",
        "reiserfs",
    }
)


@dataclass(frozen=True, slots=True)
class Place:
    """root: absolute."""

    root: Path

    @property
    def ours(self) -> Path:
        return self.root / OURS

    @property
    def mark(self) -> Path:
        return self.ours / "folder.json"

    @property
    def owner(self) -> Path:
        return self.ours / "owner.json"

    @property
    def claimed(self) -> Path:
        return self.ours / "claimed"

    @property
    def done(self) -> Path:
        return self.ours / "done"

    @property
    def quarantined(self) -> Path:
        return self.ours / "quarantined"

    def marked(self) -> str:
        """The id in the mark; "" when there is none to be read."""
        return _id_in(self.mark)


def settle(place: Place, home: Path, *, accept_new: bool, now: datetime) -> str:
    """The id by which the folder is known from now on; a folder never met before gets its mark.

    accept_new: whatever lies there now is the folder. Raises SourceMissing, FolderNotWritable. A folder that is known but away is no
    error here.
    """
    kept = home / "watch" / f"{hashlib.sha256(os.fsencode(place.root)).hexdigest()[:16]}.json"
    known = "" if accept_new else _id_in(kept)
    if known:
        return known
    if not place.root.is_dir():
        raise SourceMissing()
    try:
        for folder in (place.ours, place.claimed, place.done, place.quarantined):
            folder.mkdir(exist_ok=True)
        if not place.marked():
            told = {
                "id": secrets.token_hex(8),
                "made_at": iso_vietnam(now),
                "note": "Thư mục theo dõi của sohoa; đừng xóa tệp này.",
            }
            put(place.mark, told)
    except OSError as refused:
        raise FolderNotWritable() from refused
    kept.parent.mkdir(parents=True, exist_ok=True)
    put(kept, {"id": place.marked()})
    return place.marked()


def put(path: Path, told: dict[str, Any]) -> None:
    write(path, json.dumps(told, ensure_ascii=False, indent=1).encode())


def write(path: Path, content: bytes) -> None:
    """Whole or not at all. Unlike kernel.durable it does not flush the folder: some file servers refuse that."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with beside.open("xb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        os.replace(beside, path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def _id_in(path: Path) -> str:
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return ""
    return str(told.get("id", "")) if isinstance(told, dict) else ""


def is_local(path: Path, mountinfo: str | None = None) -> bool:
    """Whether nobody but this machine's processes writes there. mountinfo: the text of /proc/self/mountinfo (proc(5)); None: now."""
    table = Path("/proc/self/mountinfo").read_text() if mountinfo is None else mountinfo
    best, kind = -1, ""
    for line in table.splitlines():
        before, _, after = line.partition(" - ")
        point = before.split(" ")[4].encode().decode("unicode_escape").encode("latin-1").decode("utf-8", "replace")
        if (path == Path(point) or Path(point) in path.parents) and len(point) >= best:
            best, kind = len(point), after.split(" ")[0]
    return kind in LOCAL
