"""Papers out of files and folders, in a stable order; what must not be followed or cannot be read is said, not skipped."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sohoa.kernel.errors import SohoaError
from sohoa.kernel.text import nfc
from sohoa.pipeline.errors import LinkLeavesFolder, SourceMissing, SourceNotReadable

# What scanners, editors and file shares leave beside papers.
NOT_PAPERS = (".tmp", ".part", ".partial", ".crdownload", ".lock", ".db", ".ini")


class Keeper(Protocol):
    """Whoever has the file in hand until its paper has ended, and can find it again."""

    def will_offer_again(self, found: Found, problem: SohoaError) -> bool:
        """Whether `problem` is of the moment: the file is then left for later and nothing is said about it."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """A file to take in. folder_name: the folder it lies in (NFC), which may be its dossier's code. problem: why it cannot be.

    came_from: where people know it to be, when that is not where it lies now. fresh: certainly met for the first time, so content that
    is known already is a copy, even from the same place.
    """

    path: Path
    folder_name: str
    problem: SohoaError | None = None
    came_from: Path | None = None
    keeper: Keeper | None = None
    fresh: bool = False

    @property
    def origin(self) -> Path:
        return self.came_from or self.path

    @property
    def name(self) -> str:
        return nfc(self.path.name)


def is_paper(name: str) -> bool:
    """Whether a file of this name may be one: not what scanners, editors and file shares leave beside papers."""
    return not name.startswith((".", "~")) and not name.endswith("~") and not name.lower().endswith(NOT_PAPERS)


class Given:
    """A list of papers that is given once; the run ends with it. See dispatch.local.Source."""

    lasting = False

    def __init__(self, papers: Iterable[Found]) -> None:
        self._left = iter(papers)
        self._held: Found | None = None
        self.over = False

    def ready(self) -> Iterator[Found]:
        while self._held or (following := next(self._left, None)):
            self._held = self._held or following
            yield self._held
        self.over = True

    def taken(self, found: Found) -> None:
        self._held = None

    def ended(self, claim: object, item: object) -> None:
        """The file stays where it is."""

    def waits_out(self, problem: SohoaError) -> bool:
        self.over = True
        return False


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
        if not is_paper(entry.name):
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
