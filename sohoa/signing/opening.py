"""A PDF opened for its signatures, and what can be wrong with a file before any signature is looked at."""

from __future__ import annotations

import mmap
import zlib
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from pyhanko.pdf_utils.crypt import AuthStatus
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields

from sohoa.kernel.errors import SohoaError

# What pyHanko and asn1crypto let out when bytes are not what the format says. Narrower than Exception: a full disk, a missing
# module or Ctrl-C are not the file's fault.
UNREADABLE = (
    *(PdfError, ValueError, LookupError, TypeError, AttributeError, AssertionError, NotImplementedError),
    *(ArithmeticError, RecursionError, EOFError, zlib.error),
)
HEADER_WITHIN = 1024  # bytes; readers accept rubbish of this length before the header


class FileUnreadable(SohoaError):
    code = "signing.file_unreadable"
    vi = "Không mở được tệp: tệp không còn ở đó, hoặc không có quyền đọc."
    en = "The file could not be opened: it is gone, or may not be read."
    remedy = "Kiểm tra đường dẫn và quyền đọc tệp, rồi chạy lại."
    remedy_en = "Check the path and the permissions, then run again."


class NotAPdf(SohoaError):
    code = "signing.not_a_pdf"
    vi = "Tệp này không phải PDF."
    en = "This file is not a PDF."
    remedy = "Chọn đúng tệp PDF rồi chạy lại."
    remedy_en = "Choose a PDF file, then run again."


class PdfDamaged(SohoaError):
    code = "signing.pdf_damaged"
    vi = "Tệp PDF bị hỏng hoặc bị cắt cụt, nên không đọc được chữ ký."
    en = "The PDF is damaged or cut short; its signatures cannot be read ({why})."
    remedy = "Xin lại bản gốc của tệp, hoặc chép lại từ nơi lưu."
    remedy_en = "Ask for the original file, or copy it again from where it is kept."


class PdfEncrypted(SohoaError):
    code = "signing.pdf_encrypted"
    vi = "Tệp PDF có mật khẩu."
    en = "The PDF is encrypted."
    remedy = "Xin bản không đặt mật khẩu của tệp này, rồi chạy lại."
    remedy_en = "Ask for a copy without a password, then run again."


@contextmanager
def opened(path: Path, *, encrypted: bool = False) -> Generator[PdfFileReader]:
    """The file as pyHanko reads it, without loading it whole; hybrid and slightly broken files are let in.

    encrypted: also let in files that open without a password (their owner only forbade printing or the like).
    What goes wrong inside the block because of the file's bytes comes out as PdfDamaged too.
    Raises FileUnreadable, NotAPdf, PdfEncrypted, PdfDamaged.
    """
    try:
        handle = path.open("rb")
    except OSError as refused:
        raise FileUnreadable() from refused
    with handle:
        if b"%PDF-" not in handle.read(HEADER_WITHIN):
            raise NotAPdf()
        try:
            reader = PdfFileReader(handle, strict=False)
            if reader.encrypted and not (encrypted and reader.decrypt("").status is not AuthStatus.FAILED):
                raise PdfEncrypted()
            yield reader
        except UNREADABLE as broken:
            raise PdfDamaged(why=type(broken).__name__) from broken


def filled_signature_fields(reader: PdfFileReader) -> list[str]:
    """Names of the signature fields that hold something."""
    return [str(name) for name, *_ in cast(Iterable[tuple[object, ...]], enumerate_sig_fields(reader, filled_status=True))]


def has_signatures(path: Path) -> bool:
    """Whether the file carries a filled signature field. Cheap: most unsigned files are told apart by one search for bytes.

    A file that looks signed but cannot be read counts as signed: nothing may rewrite it. Raises FileUnreadable.
    """
    if not _mentions_byte_range(path):
        return False
    try:
        with opened(path, encrypted=True) as reader:
            return bool(filled_signature_fields(reader))
    except (PdfDamaged, PdfEncrypted, NotAPdf):
        return True


def _mentions_byte_range(path: Path) -> bool:
    # A signature dictionary lies in the file uncompressed: the bytes it leaves out must have a place in the file.
    try:
        with path.open("rb") as handle:
            if path.stat().st_size == 0:
                return False
            with mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as seen:
                return seen.find(b"/ByteRange") >= 0
    except OSError as refused:
        raise FileUnreadable() from refused
