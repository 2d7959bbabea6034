"""The first and last step of a signature: a PDF with a hole in it and the bytes to sign; later, the hole filled.

Between the two may lie a second or a day (a token asked for its PIN, a remote service that waits for a telephone), so what is
carried over is plain bytes and numbers. Preparing again would make other bytes, that is, a second legal signature.
"""
# asn1crypto carries no types and half of pyHanko none; what leaves this module has them.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, cast

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import ExternalSigner, PdfSignatureMetadata, PdfSigner
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1
from pyhanko.stamp import BaseStampStyle

from sohoa.kernel.clock import VIETNAM
from sohoa.kernel.errors import SohoaError
from sohoa.signing.names import from_der
from sohoa.signing.opening import filled_signature_fields
from sohoa.signing.pades.cms import envelope_of
from sohoa.signing.signers.holder import DIGEST, Identity

COPY_CHUNK = 1 << 20


class FieldFilled(SohoaError):
    code = "signing.field_filled"
    vi = "Ô chữ ký này đã có chữ ký. Không ký lần nữa."
    en = "This signature field is already signed. It is not signed again."
    remedy = "Dùng bản đã ký; nếu cần chữ ký khác, chọn tên ô chữ ký khác."
    remedy_en = "Use the signed file; if another signature is wanted, choose another field name."


class PdfNotSignable(SohoaError):
    code = "signing.pdf_not_signable"
    vi = "Tệp PDF này không ký được như hiện có."
    en = "This PDF cannot be signed as it is ({why})."
    remedy = "Chuyển tệp sang PDF/A (lệnh «sohoa digitize» hoặc «sohoa ocr --format pdf»), rồi ký."
    remedy_en = "Turn it into PDF/A first (`sohoa digitize`, or `sohoa ocr --format pdf`), then sign."


class HoleTooSmall(SohoaError):
    code = "signing.hole_too_small"
    vi = "Chỗ dành cho chữ ký trong tệp nhỏ hơn chữ ký nhận được."
    en = "The signature with its time stamp needs {needed} bytes; the file has room for {room}."
    remedy = "Ký lại với dịch vụ dấu thời gian khác, hoặc ký ở mức B-B rồi nâng mức bằng «sohoa renew»."
    remedy_en = "Sign with another time-stamping service, or at level B-B and raise the level later with `sohoa renew`."


@dataclass(frozen=True, slots=True)
class Placed:
    """Where and how a signature shows. page: from 0. box: points of the page as it is stored, (x0, y0, x1, y1); None: it does
    not show. style: draws it. existing: the field is on the paper, and its own box holds."""

    page: int = 0
    box: tuple[float, float, float, float] | None = None
    style: BaseStampStyle | None = None
    existing: bool = False


INVISIBLE = Placed()


@dataclass(frozen=True, slots=True)
class Prepared:
    """What must be kept, beside the prepared document, until the signature arrives.

    attributes: DER of the signed attributes; exactly these bytes are signed. digest: SHA-256 of the document around the hole.
    hole: first and last+1 byte, the angle brackets included. size: bytes of the prepared document; what is longer was added later.
    """

    attributes: bytes
    digest: bytes
    hole: tuple[int, int]
    size: int

    @property
    def room(self) -> int:
        """Bytes of the largest CMS that fits."""
        return (self.hole[1] - self.hole[0] - 2) // 2


class UntouchedMetadata(IncrementalPdfFileWriter):
    """Adds the signature and nothing else. pyHanko would also set the modification date and producer, from the machine's clock,
    and give up over XMP that it cannot parse; the metadata was settled, and checked as PDF/A, before signing."""

    IO_CHUNK_SIZE = COPY_CHUNK

    def _update_meta(self) -> None:
        pass


class _SameVersion(PdfSigner):
    """pyHanko raises the file to PDF 2.0 for an elliptic curve, which takes it out of PDF/A-2; readers know P-256 without that."""

    def register_extensions(self, pdf_out: BasePdfFileWriter, *, md_algorithm: str) -> None:
        pdf_out.ensure_output_version((1, 7))
        pdf_out.register_extension(ESIC_EXTENSION_1)


def prepare(
    reader: PdfFileReader,
    document: BinaryIO,
    *,
    identity: Identity,
    field_name: str,
    reason: str | None,
    location: str | None,
    when: datetime,
    placed: Placed = INVISIBLE,
    timestamp_size: int = 0,
) -> Prepared:
    """Write `reader`'s PDF with an empty PAdES signature into `document` (empty, readable and writable, seekable).

    An approval: others may sign after it. timestamp_size: bytes to keep for a time stamp within the signature; 0: there will be none.
    Call it outside any running event loop. Raises FieldFilled, PdfNotSignable, KeyNotSupported.
    """
    if field_name in filled_signature_fields(reader):
        raise FieldFilled()
    if reader.xrefs.hybrid_xrefs_present:
        # Old readers see another document than new ones do; nobody should sign both at once.
        raise PdfNotSignable(why="hybrid cross-references")
    envelope = envelope_of(identity)
    writer = UntouchedMetadata.from_reader(reader)
    signer = ExternalSigner(from_der(identity.certificate), None, signature_value=identity.signature_size)
    metadata = PdfSignatureMetadata(
        field_name=field_name, md_algorithm=DIGEST, subfilter=SigSeedSubFilter.PADES, reason=reason, location=location
    )
    box = cast(Any, placed.box)  # pyHanko says whole numbers, and takes any
    spec = None if placed.existing else SigFieldSpec(field_name, on_page=placed.page, box=box)
    try:
        session = _SameVersion(metadata, signer, stamp_style=placed.style, new_field_spec=spec).init_signing_session(writer)
        session.system_time = when.astimezone(VIETNAM)
        room = 2 * envelope.largest(timestamp=timestamp_size)
        to_be_signed = session.prepare_tbs_document(validation_info=None, bytes_reserved=room)
    except SigningError as refused:
        raise PdfNotSignable(why="the file or an earlier signature forbids it") from refused
    made, _ = to_be_signed.digest_tbs_document(output=document, chunk_size=COPY_CHUNK)
    hole = (made.reserved_region_start, made.reserved_region_end)
    return Prepared(envelope.attributes(made.document_digest), made.document_digest, hole, document.seek(0, os.SEEK_END))


def fill(document: BinaryIO, prepared: Prepared, packed: bytes) -> None:
    """Put the CMS into the hole of `document`; harmless to repeat. Raises HoleTooSmall, and then nothing was written."""
    if len(packed) > prepared.room:
        raise HoleTooSmall(needed=len(packed), room=prepared.room)
    document.seek(prepared.hole[0] + 1)
    document.write(packed.hex().encode("ascii").ljust(2 * prepared.room, b"0"))
