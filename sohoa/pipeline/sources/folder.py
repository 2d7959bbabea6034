"""Papers out of files and folders, in a stable order; what must not be followed or cannot be read is said, not skipped."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sohoa.kernel.errors import SohoaError
from sohoa.kernel.text import nfc
from sohoa.pipeline.errors import LinkLeavesFolder, SourceMissing, SourceNotReadable

# What scanners, editors and file shares leave beside papers.
NOT_PAPERS = (".tmp", ".part", ".partial", ".crdownload", ".lock", ".db", ".ini")


@dataclass(frozen=True, slots=True)
class Found:
    """A file to take in. folder_name: the folder it lies in (NFC), which may be its dossier's code. problem: why it cannot be.

    known_as: where people would look for it, when `path` is only where it was unpacked.
    """

    path: Path
    folder_name: str
    problem: SohoaError | None = None
    known_as: Path | None = None

    @property
    def name(self) -> str:
        return nfc(self.path.name)

    @property
    def origin(self) -> Path:
        return self.known_as or self.path


def papers(paths: Iterable[Path]) -> Iterator[Found]:
    """Every file below `paths`. Raises SourceMissing before anything is yielded when a path is not there."""
    given = list(paths)
    for path in given:
        if not os.path.lexists(path):
            raise SourceMissing()
    for path in given:
        if path.is_dir():
            yield from _below(path, root=path.resolve())
        else:
            yield _found(path)


def _below(folder: Path, root: Path) -> Iterator[Found]:
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: nfc(entry.name))
    except PermissionError:
        yield Found(folder, nfc(folder.name), SourceNotReadable())
        return
    for entry in entries:
        if entry.name.startswith((".", "~")) or entry.name.lower().endswith(NOT_PAPERS):
            continue
        if entry.is_symlink():
            yield from _linked(entry, root)
        elif entry.is_dir():
            yield from _below(entry, root)
        else:
            yield _found(entry)


def _linked(entry: Path, root: Path) -> Iterator[Found]:
    target = entry.resolve()
    if not target.is_relative_to(root):
        yield Found(entry, nfc(entry.parent.name), LinkLeavesFolder())
    # A link to another place in the same folder is that other paper, and is met there.


def _found(path: Path) -> Found:
    problem = None if path.is_file() and os.access(path, os.R_OK) else SourceNotReadable()
    return Found(path, nfc(path.absolute().parent.name), problem)
