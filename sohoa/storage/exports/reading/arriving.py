"""A package's files within reach, without doing what a hostile one wants: no link followed, nothing written outside, no bomb unpacked."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sohoa.kernel.durable import CHUNK
from sohoa.kernel.text import nfc
from sohoa.storage.exports.errors import PackageUnreadable

GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Bounds:
    """entries: files and folders. size: bytes unpacked. ratio: unpacked to packed; small packages may pack as well as they like."""

    entries: int = 200_000
    size: int = 256 * GIB
    ratio: int = 100
    small: int = 64 << 20


BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class Arrived:
    """name: of the package's top folder. files: path within the package to size in bytes. unsafe: paths that nobody should open."""

    root: Path
    name: str
    files: Mapping[str, int]
    unsafe: tuple[str, ...] = ()

    def path(self, name: str) -> Path:
        return self.root / name

    def read(self, name: str, *, at_most: int) -> bytes:
        """Raises PackageUnreadable for a file that is larger."""
        if self.files[name] > at_most:
            raise PackageUnreadable(why_vi="một tệp mô tả lớn quá mức", why="a file of metadata is too large")
        return self.path(name).read_bytes()


@contextmanager
def arrive(package: Path, *, bounds: Bounds = BOUNDS, scratch: Path | None = None) -> Iterator[Arrived]:
    """A folder as it lies, or a zip unpacked in a folder of `scratch` that goes away afterwards. Raises PackageUnreadable."""
    if package.is_dir():
        yield _walked(package.resolve(), bounds)
        return
    with tempfile.TemporaryDirectory(prefix="sohoa-import-", dir=scratch) as aside:
        yield _unpacked(package, Path(aside), bounds)


def _walked(root: Path, bounds: Bounds) -> Arrived:
    files: dict[str, int] = {}
    unsafe: list[str] = []
    seen = 0
    for folder, folders, names in os.walk(root, followlinks=False):
        for name in [*folders, *names]:
            seen += 1
            path = Path(folder) / name
            inside = path.relative_to(root).as_posix()
            told = path.lstat()
            if stat.S_ISREG(told.st_mode) and not _odd(inside):
                files[inside] = told.st_size
            elif not stat.S_ISDIR(told.st_mode):
                unsafe.append(inside.encode(errors="replace").decode())
        if seen > bounds.entries:
            raise _too_big()
    return Arrived(root, root.name, dict(sorted(files.items())), (*unsafe, *_same_to_some(files)))


def _unpacked(package: Path, into: Path, bounds: Bounds) -> Arrived:
    try:
        with zipfile.ZipFile(package) as packed:
            entries = packed.infolist()
            unsafe = _unsafe_in(entries)
            _within(entries, package.stat().st_size, bounds)
            if unsafe:  # nothing of such a package is unpacked
                return Arrived(into, package.stem, {}, tuple(unsafe))
            for entry in entries:
                if not entry.is_dir():
                    _unpack(packed, entry, into)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as failure:
        raise PackageUnreadable(why_vi="tệp zip hỏng hoặc không đọc được", why="the zip is damaged or unreadable") from failure
    except FileNotFoundError as failure:
        raise PackageUnreadable(why_vi="không thấy tệp hay thư mục", why="there is no such file or folder") from failure
    except OSError as failure:
        raise PackageUnreadable(why_vi="không đọc hoặc không giải nén được", why=type(failure).__name__) from failure
    tops = list(into.iterdir())
    root = tops[0] if len(tops) == 1 and tops[0].is_dir() else into
    name = root.name if root is not into else package.stem
    walked = _walked(root, bounds)
    return Arrived(root, name, walked.files, walked.unsafe)


def _unsafe_in(entries: list[zipfile.ZipInfo]) -> list[str]:
    found = []
    for entry in entries:
        mode = entry.external_attr >> 16
        special = mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR)
        if special or entry.flag_bits & 1 or _odd(entry.filename.rstrip("/")):
            found.append(entry.filename)
    return [*found, *_same_to_some([entry.filename for entry in entries])]


def _odd(path: str) -> bool:
    """A path that leaves the package, or means different things on different systems."""
    parts = PurePosixPath(path).parts
    plain = path and not path.startswith("/") and "\\" not in path and path == "/".join(parts)
    return (
        not plain or ".." in parts or any(ord(letter) < 32 or 0xD800 <= ord(letter) < 0xE000 for letter in path) or path[1:2] == ":"
    )


def _same_to_some(paths: list[str] | dict[str, int]) -> list[str]:
    """Names that a system which does not tell case or composed letters apart would take for one file."""
    seen: set[str] = set()
    twice = []
    for path in paths:
        key = nfc(path).casefold().rstrip("/")
        if key in seen:
            twice.append(path)
        seen.add(key)
    return twice


def _within(entries: list[zipfile.ZipInfo], packed: int, bounds: Bounds) -> None:
    size = sum(entry.file_size for entry in entries)
    if len(entries) > bounds.entries or size > bounds.size or (size > bounds.small and size > packed * bounds.ratio):
        raise _too_big()


def _too_big() -> PackageUnreadable:
    return PackageUnreadable(
        why_vi="gói phình quá mức khi giải nén hoặc có quá nhiều tệp", why="it unpacks to more than is believable"
    )


def _unpack(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, into: Path) -> None:
    target = into / entry.filename
    target.parent.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(into).free < entry.file_size + CHUNK:
        raise PackageUnreadable(why_vi="ổ đĩa không đủ chỗ để giải nén", why="the disk has no room to unpack it")
    left = entry.file_size
    with packed.open(entry) as inside, target.open("xb") as out:
        while chunk := inside.read(CHUNK):
            left -= len(chunk)
            if left < 0:  # it said less than it holds
                raise _too_big()
            out.write(chunk)
