"""What a file is, by its content and never by its name, read to its end but not yet decoded."""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sohoa.ocr.imaging.errors import EmptyFile, NotADocument, UnreadablePermissions
from sohoa.ocr.imaging.pdf_structure import read_pdf
from sohoa.ocr.imaging.picture_structure import count_heic, count_jpeg, count_png, count_webp
from sohoa.ocr.imaging.tiff_structure import count_tiff

Kind = Literal["pdf", "tiff", "jpeg", "png", "webp", "heic"]

_MEDIA_TYPES: dict[Kind, str] = {
    "pdf": "application/pdf",
    "tiff": "image/tiff",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "heic": "image/heic",
}
_EXTENSIONS: dict[Kind, tuple[str, ...]] = {
    "pdf": (".pdf",),
    "tiff": (".tif", ".tiff"),
    "jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "png": (".png",),
    "webp": (".webp",),
    "heic": (".heic", ".heif"),
}
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
# Readers have always looked for the PDF mark within the first 1,024 bytes: mail gateways put lines in front.
_PDF_MARK_WITHIN = 1024


@dataclass(frozen=True, slots=True)
class Intake:
    """A file that can be taken in.

    extension: the true one by content, with its dot. signed: a PDF with at least one filled signature field.
    hazards, sorted: "javascript", "launch_action", "embedded_file", "form_submission", "remote_action", "rich_media",
    "xfa_form", and "encrypted_without_password" (opens without one; the original stays as it is).
    extension_differs: the name claims another format than the content is.
    """

    kind: Kind
    media_type: str
    extension: str
    page_count: int
    signed: bool = False
    hazards: tuple[str, ...] = ()
    extension_differs: bool = False


def inspect(path: Path) -> Intake:
    """Look at `path` from its first byte to its last without decoding a pixel.

    Raises EmptyFile, NotADocument, UnreadablePermissions, TruncatedPdf, EncryptedPdf, PdfWithoutPages, DamagedImage,
    TooManyPixels. A missing file is the caller's FileNotFoundError.
    """
    try:
        if path.stat().st_size == 0:
            raise EmptyFile()
        with path.open("rb") as source, mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _inspected(path, data)
    except PermissionError as refused:
        raise UnreadablePermissions() from refused


def _inspected(path: Path, data: mmap.mmap) -> Intake:
    kind = kind_of(data[:_PDF_MARK_WITHIN])
    if kind == "pdf":
        pdf = read_pdf(path, data)
        return _intake(path, kind, pdf.page_count, signed=pdf.signed, hazards=pdf.hazards)
    if kind == "tiff":
        return _intake(path, kind, count_tiff(data))
    if kind == "jpeg":
        return _intake(path, kind, count_jpeg(data))
    if kind == "png":
        return _intake(path, kind, count_png(data))
    if kind == "webp":
        return _intake(path, kind, count_webp(data))
    if kind == "heic":
        return _intake(path, kind, count_heic(path, data))
    raise NotADocument()


def _intake(path: Path, kind: Kind, pages: int, *, signed: bool = False, hazards: tuple[str, ...] = ()) -> Intake:
    known = _EXTENSIONS[kind]
    differs = path.suffix.lower() not in known
    return Intake(kind, _MEDIA_TYPES[kind], known[0], pages, signed, hazards, differs)


def kind_of(head: bytes) -> Kind | None:
    """The format that the first 1,024 bytes announce, or None."""
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "tiff"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return "heic"
    if b"%PDF-" in head:
        return "pdf"
    return None
