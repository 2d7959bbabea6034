"""What the rest of the house knows about packages: what they are called, what lies in them, what may be added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sohoa.kernel.errors import SohoaError
from sohoa.storage.objects.model import RECORDS, StoredObject

REGISTER = "urn:sohoa:register"
_DOSSIER, _RECORD = "urn:sohoa:dossier:", "urn:sohoa:record:"


def package_of(document_id: str, dossier: str) -> str:
    """The id of the package into which a paper is archived: its dossier's, or one of its own where none is known.

    It stays there for good: a paper that is filed elsewhere later is told so by a revision, its bytes do not move.
    """
    return f"{_DOSSIER}{dossier}" if dossier else f"{_RECORD}{document_id}"


def dossier_of(package_id: str) -> str:
    """The dossier whose package this is; "" for any other."""
    return package_id.removeprefix(_DOSSIER) if package_id.startswith(_DOSSIER) else ""


@dataclass(frozen=True, slots=True)
class Held:
    """One file of a package. path: within the package, as its newest version names it. key, version_id: of its object."""

    path: str
    key: str
    version_id: str
    sha256: str
    sha512: str
    size: int

    @property
    def stored(self) -> StoredObject:
        return StoredObject(RECORDS, self.key, self.version_id, self.sha256, self.size)


@dataclass(frozen=True, slots=True)
class Addition:
    """A file on its way in."""

    path: str
    source: Path | bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Package:
    """An OCFL object as it stands. root: its key prefix, without a slash at the end. head: the number of its newest version.

    inventory_sha512: of that version's inventory. files: what that version names, by path.
    """

    id: str
    root: str
    head: int
    inventory_sha512: str
    files: Mapping[str, Held] = field(default_factory=dict[str, Held])

    def under(self, folder: str) -> list[Held]:
        """The files whose path begins with `folder/`, by path."""
        return [self.files[path] for path in sorted(self.files) if path.startswith(f"{folder}/")]


class PackageBroken(SohoaError):
    code = "storage.package_broken"
    vi = "Gói lưu trữ trong kho không đúng chuẩn OCFL: {why_vi}."
    en = "A package in the store is not a valid OCFL object: {why}."
    remedy = "Không ghi thêm vào gói này; chạy «sohoa verify --all» và báo người quản trị."
    remedy_en = "Add nothing to this package; run `sohoa verify --all` and tell the administrator."


class PathTaken(SohoaError):
    """Somebody else added other bytes under this path first; callers that number their files look again."""

    code = "storage.path_taken"
    vi = "Trong gói lưu trữ đã có tệp khác mang tên này; không ghi đè."
    en = "The package already holds other bytes under this path; nothing is overwritten."
    remedy = "Chạy lại lệnh; nếu vẫn vậy, chạy «sohoa verify --all» và báo người quản trị."
    remedy_en = "Run the command again; if it persists, run `sohoa verify --all` and tell the administrator."
