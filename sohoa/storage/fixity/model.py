"""What is found when stored bytes are looked at again. Values only.

A reason is `{what it is about}: {code}`, the first the role of a record's file (`record`, `revision-000001`) or a path of the package.
Codes name the hash algorithm where one differs: `sha256_differs`, `sha512_differs`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sohoa.kernel.verdicts import Outcome
from sohoa.storage.objects.model import Listed

FIXITY, PACKAGE, CATALOGUE, SIGNATURE, EVIDENCE, AUDIT = "fixity", "package", "catalogue", "signature", "evidence", "audit"
ALGORITHMS = ("sha256", "sha512")

_DOCUMENT = re.compile(r"[0-9a-f]{20}")
_NUMBERED = {
    "revisions": ("revision", ".json"),
    "renewals": ("record", ".pdf"),
    "evidence": ("evidence", ".ers"),
    "states": ("state", ".json"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be. id: of the record, the package, or the key that belongs to none.

    passing: a writer at work looks like this too, so it counts only when it is still there in that package's turn.
    """

    id: str
    what: str
    reason: str
    outcome: Outcome = Outcome.FAILED
    passing: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """An object's bytes as the store gave them back just now. trouble: "" | missing | unreadable | refused; then nothing else is known."""

    sha256: str = ""
    sha512: str = ""
    size: int = 0
    trouble: str = ""

    @property
    def doubt(self) -> Outcome:
        """What a trouble amounts to: who may not look knows nothing; what is gone or damaged is gone or damaged."""
        return Outcome.UNDETERMINED if self.trouble == "refused" else Outcome.FAILED


@dataclass(frozen=True, slots=True)
class Lying:
    """What the bucket holds under one package's root: by the key's rest, the versions that the store has of it, newest first."""

    root: str
    keys: Mapping[str, Sequence[Listed]]

    @property
    def documents(self) -> set[str]:
        """Ids of the records that have contents here; nothing had to be read to know them."""
        found = (path.split("/", 3) for path in self.keys)
        return {told[2] for told in found if len(told) == 4 and told[1] == "content" and is_document(told[2])}


@dataclass(frozen=True, slots=True)
class File:
    """One file that the newest version of a package names. key, version_id: of its object. sha256: as the inventory has it."""

    path: str
    key: str
    version_id: str
    sha256: str
    size: int
    seen: Seen | None

    @property
    def role(self) -> str:
        return role_of(self.path)

    @property
    def document(self) -> str:
        return document_of(self.path)


@dataclass(frozen=True, slots=True)
class Looked:
    """A package as it was found. id: "" where no inventory of it could be read. created: of the newest version, as its inventory says.

    files: by path; seen is None for those that nobody asked for. findings: about its records and itself, in the order found.
    """

    root: str
    id: str = ""
    head: int = 0
    inventory_sha512: str = ""
    created: str = ""
    files: Mapping[str, File] = field(default_factory=dict[str, File])
    findings: Sequence[Finding] = ()

    def of(self, document: str) -> dict[str, File]:
        """A record's files, by role."""
        return {file.role: file for file in self.files.values() if file.document == document}

    @property
    def documents(self) -> set[str]:
        return {file.document for file in self.files.values()} - {""}


def is_document(name: str) -> bool:
    return _DOCUMENT.fullmatch(name) is not None


def document_of(path: str) -> str:
    """The record whose file this is; "" for what belongs to none (the register's imports, what a crash left over)."""
    first = path.partition("/")[0]
    return first if is_document(first) else ""


def role_of(path: str) -> str:
    """`{id}/renewals/000002.pdf` → `record-000002`, as the catalogue calls it; a path that has no such name is its own."""
    document = document_of(path)
    if not document:
        return path
    rest = path.removeprefix(f"{document}/")
    folder, slash, name = rest.partition("/")
    if not slash:
        stem = rest.partition(".")[0]
        return "manifest" if rest == "metadata.json" else stem
    named, suffix = _NUMBERED.get(folder, ("", ""))
    return f"{named}-{name.removesuffix(suffix)}" if named and name.endswith(suffix) else rest
