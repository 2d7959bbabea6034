"""One key in a folder that serves as object store: its versions, and the name under which the latest is seen.

A shelf is a folder `.sohoa/<bucket>/<hh>/<hash of the key>`, beside the folders that people and other tools look into:

    1.content  1.json      a version's bytes and what was said about them; the .json is written last and makes it count
    2.content  2.json      ...
    3.erased               a version that was destroyed; numbers are never used twice
    changing               somebody was at work here: whoever comes next puts the visible name right again

The latest version has a second name, `<bucket>/<key>`: a hard link, so nothing is stored twice and another tool (one that
reads OCFL, say) sees exactly the bytes that we read. A key that cannot be a path here (too long, `..`, control characters,
differing only in case on a disk that does not care) has no such name; a mark in `.sohoa/<bucket>/odd` says so.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from secrets import token_hex

from sohoa.kernel.durable import sync_folder, write_durably
from sohoa.storage.objects.errors import ObjectMissing, ObjectUnreadable
from sohoa.storage.objects.model import Described, Retention, StoredObject

NAME_BYTES = 255  # of one part of a path, on every file system we know
KEY_BYTES = 1024  # the limit of S3; what is longer has no visible name


@dataclass(frozen=True, slots=True)
class Shelf:
    """root: the folder that holds the buckets and `.sohoa`."""

    root: Path
    bucket: str
    key: str

    # -- places -------------------------------------------------------------------------------------------------------

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.key.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def folder(self) -> Path:
        return self.root / ".sohoa" / self.bucket / self.hash[:2] / self.hash

    @property
    def seen(self) -> Path | None:
        """Where the latest version is seen, or would be."""
        path = path_of(self.key)
        return None if path is None else self.root / self.bucket / path

    def content(self, number: int) -> Path:
        return self.folder / f"{number}.content"

    @property
    def _odd(self) -> Path:
        return self.root / ".sohoa" / self.bucket / "odd" / self.hash

    @property
    def _changing(self) -> Path:
        return self.folder / "changing"

    # -- taking turns -------------------------------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Generator[None]:
        """Nobody changes the shelf meanwhile. Raises ObjectMissing when there is none."""
        with self._locked(fcntl.LOCK_SH):
            left_open = self._changing.exists()
            if not left_open:
                yield
        if left_open:
            with self.changing():
                yield

    @contextmanager
    def changing(self) -> Generator[None]:
        with self._locked(fcntl.LOCK_EX):
            if self._changing.exists():
                self._put_right()
            yield

    @contextmanager
    def _locked(self, how: int) -> Generator[None]:
        try:
            descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        except (FileNotFoundError, NotADirectoryError) as nothing:
            raise ObjectMissing from nothing
        try:
            fcntl.flock(descriptor, how)
            yield
        finally:
            os.close(descriptor)

    # -- looking; inside reading() or changing() ------------------------------------------------------------------------

    def numbers(self) -> list[int]:
        """Versions that count, oldest first."""
        there, erased = self._marked(".json"), self._marked(".erased")
        return sorted(there - erased)

    def describe(self, number: int) -> Described:
        try:
            told = json.loads((self.folder / f"{number}.json").read_bytes())
            kept = told["retention"]
            retention = Retention(kept["mode"], datetime.fromisoformat(kept["until"])) if kept else None
            stored = StoredObject(self.bucket, told["key"], str(number), told["sha256"], told["size"])
            return Described(stored, told["content_type"], told["metadata"], retention, told["legal_hold"])
        except (OSError, ValueError, KeyError, TypeError) as failure:
            raise ObjectUnreadable(why=type(failure).__name__) from failure

    def file(self, number: int) -> Path:
        """Where the bytes of a version are read. Raises ObjectMissing when somebody took the visible file away."""
        seen = self.seen
        if number != self.numbers()[-1] or seen is None or self._odd.exists():
            return self.content(number)
        if not seen.is_file():
            raise ObjectMissing
        return seen

    # -- changing; inside changing() ------------------------------------------------------------------------------------

    def add(self, part: Path, about: Described) -> int:
        """Make `part`, a file on this disk that is synced, the latest version."""
        number = max((0, *self._marked(".json"), *self._marked(".erased"))) + 1
        first = not self.numbers()
        with self._visibly():
            part.rename(self.content(number))
            sync_folder(self.folder)  # the mark must be on the disk before the visible name is
            if not (self._show_first(number) if first else self._show_next(number)):
                make_folder(self._odd.parent)
                write_durably(self._odd, b"")
            self._tell(number, about)
        return number

    def tell(self, number: int, about: Described) -> None:
        """Say something new about a version."""
        self._tell(number, about)

    def take_away(self, number: int) -> None:
        left = [other for other in self.numbers() if other != number]
        with self._visibly():
            sync_folder(self.folder)
            if not left:
                self._hide()
            elif number > left[-1]:
                self._show_next(left[-1])
            write_durably(self.folder / f"{number}.erased", b"")
            self._sweep()

    @contextmanager
    def _visibly(self) -> Generator[None]:
        self._changing.touch()
        yield  # after an exception the mark stays: the next one at this shelf puts it right
        self._changing.unlink()

    def _show_first(self, number: int) -> bool:
        seen = self.seen
        if seen is None or self._odd.exists():
            return False
        for _ in range(5):  # somebody may be tidying the empty folder away in this moment
            try:
                make_folder(seen.parent)
                if not seen.parent.resolve().is_relative_to((self.root / self.bucket).resolve()):
                    return False  # a link leads out of the bucket
                os.link(self.content(number), seen)
                sync_folder(seen.parent)
                return True
            except FileNotFoundError:
                continue
            except OSError:
                return False  # taken by another key on this disk, or a disk that knows no links
        return False

    def _show_next(self, number: int) -> bool:
        seen = self.seen
        if seen is None or self._odd.exists():
            return False
        beside = self.root / ".sohoa" / "parts" / f"{token_hex(8)}.link"
        os.link(self.content(number), beside)
        try:
            make_folder(seen.parent)
            os.replace(beside, seen)
        finally:
            beside.unlink(missing_ok=True)
        sync_folder(seen.parent)
        return True

    def _hide(self) -> None:
        seen = self.seen
        if seen is None or self._odd.exists():
            return
        seen.unlink(missing_ok=True)
        folder, top = seen.parent, self.root / self.bucket
        with suppress(OSError):  # no longer empty: done
            while folder != top:
                folder.rmdir()
                folder = folder.parent
        if folder.is_dir():
            sync_folder(folder)

    def _put_right(self) -> None:
        """After a crash: the visible name shows the latest version that counts, and what never counted is gone."""
        seen, numbers = self.seen, self.numbers()
        if seen is not None and not self._odd.exists():
            ours = [number for number in self._marked(".content") if _same_file(self.content(number), seen)]
            if numbers and (ours or not seen.exists()) and ours != [numbers[-1]]:
                self._show_next(numbers[-1])
            elif not numbers and ours:
                self._hide()
        self._sweep()
        self._changing.unlink()

    def _sweep(self) -> None:
        keep = set(self.numbers())
        for number in (self._marked(".content") | self._marked(".json")) - keep:
            self.content(number).unlink(missing_ok=True)
            (self.folder / f"{number}.json").unlink(missing_ok=True)
        sync_folder(self.folder)

    def _tell(self, number: int, about: Described) -> None:
        stored, retention = about.stored, about.retention
        told = {
            "key": stored.key,
            "sha256": stored.sha256,
            "size": stored.size,
            "content_type": about.content_type,
            "metadata": about.metadata,
            "retention": {"mode": retention.mode, "until": retention.until.isoformat(timespec="seconds")} if retention else None,
            "legal_hold": about.legal_hold,
        }
        write_durably(self.folder / f"{number}.json", json.dumps(told, indent=1).encode(), mode=0o600)

    def _marked(self, ending: str) -> set[int]:
        names = (name.removesuffix(ending) for name in os.listdir(self.folder) if name.endswith(ending))
        return {int(name) for name in names if name.isascii() and name.isdecimal()}


def path_of(key: str) -> Path | None:
    """The key as a path below its bucket; None when no file could have that name."""
    parts = key.split("/")
    try:
        sizes = [len(part.encode()) for part in parts]
    except UnicodeEncodeError:
        return None
    strange = any(ord(letter) < 0x20 or ord(letter) == 0x7F for letter in key)
    if strange or {"", ".", ".."} & set(parts) or max(sizes) > NAME_BYTES or sum(sizes) + len(parts) > KEY_BYTES:
        return None
    return Path(*parts)


def shelves(root: Path, bucket: str, prefix: str) -> Iterator[Shelf]:
    """Every shelf whose key begins with `prefix`, in no order. Raises ObjectUnreadable for an odd one that is damaged."""
    top = root / bucket
    above = path_of(prefix.rpartition("/")[0]) if "/" in prefix else Path()
    begin = top / above if above is not None else None
    for folder, _, files in os.walk(begin) if begin is not None else ():
        inside = Path(folder).relative_to(top)
        for name in files:
            shelf = Shelf(root, bucket, (inside / name).as_posix())
            if shelf.key.startswith(prefix) and shelf.folder.is_dir():
                yield shelf
    odd = root / ".sohoa" / bucket / "odd"
    for mark in os.listdir(odd) if odd.is_dir() else ():
        found = root / ".sohoa" / bucket / mark[:2] / mark
        told = next(iter(found.glob("*.json")), None)
        if told is not None:
            try:
                key = str(json.loads(told.read_bytes())["key"])
            except (OSError, ValueError, KeyError, TypeError) as failure:
                raise ObjectUnreadable(why=type(failure).__name__) from failure
            if key.startswith(prefix):
                yield Shelf(root, bucket, key)


def make_folder(folder: Path) -> None:
    """With its parents, each on the disk before the next."""
    if not folder.is_dir():
        make_folder(folder.parent)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            sync_folder(folder.parent)


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
