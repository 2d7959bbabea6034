"""The first and last step of a signature: a PDF with a hole in it and the bytes to sign; later, the hole filled.

Between the two may lie a second or a day (a token asked for its PIN, a remote service that waits for a telephone), so what is
carried over is plain bytes and numbers. Preparing again would make other bytes, that is, a second legal signature.
"""
# asn1crypto carries no types and half of pyHanko none; what leaves this module has them.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from asn1crypto import cms
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import ExternalSigner, PdfSignatureMetadata, PdfSigner
from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest
from pyhanko_certvalidator.registry import SimpleCertificateStore

from sohoa.kernel.clock import VIETNAM
from sohoa.kernel.errors import SohoaError
from sohoa.signing.names import from_der
from sohoa.signing.opening import filled_signature_fields

DIGEST = "sha256"
SPARE = 64  # bytes beyond what the same signature with a blank value takes; DER lengths are the same, this is for nothing known
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


@dataclass(frozen=True, slots=True)
class Holder:
    """Who will sign: certificate and those above it, DER. signature_size: bytes of one raw signature."""

    certificate: bytes
    chain: tuple[bytes, ...]
    signature_size: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """What must be kept, beside the prepared document, until the signature arrives.

    attributes: DER of the signed attributes; signing means an RSA PKCS#1 v1.5 signature with SHA-256 over exactly these bytes.
    digest: SHA-256 of the document around the hole. hole: first and last+1 byte, the angle brackets included.
    """

    holder: Holder
    attributes: bytes
    digest: bytes
    hole: tuple[int, int]


class _UntouchedMetadata(IncrementalPdfFileWriter):
    """Adds the signature and nothing else. pyHanko would also set the modification date and producer, from the machine's clock,
    and give up over XMP that it cannot parse; the metadata was settled, and checked as PDF/A, before signing."""

    IO_CHUNK_SIZE = COPY_CHUNK

    def _update_meta(self) -> None:
        pass


def prepare(
    reader: PdfFileReader, document: BinaryIO, *, holder: Holder, field_name: str, reason: str, location: str | None, when: datetime
) -> Prepared:
    """Write `reader`'s PDF with an empty PAdES signature into `document` (empty, readable and writable, seekable).

    The signature is invisible, and an approval: others may sign after it. Raises FieldFilled, PdfNotSignable.
    """
    if field_name in filled_signature_fields(reader):
        raise FieldFilled()
    if reader.xrefs.hybrid_xrefs_present:
        # Old readers see another document than new ones do; nobody should sign both at once.
        raise PdfNotSignable(why="hybrid cross-references")
    try:
        return asyncio.run(_prepare(reader, document, holder, field_name, reason, location, when))
    except SigningError as refused:
        raise PdfNotSignable(why="the file or an earlier signature forbids it") from refused


async def _prepare(
    reader: PdfFileReader, document: BinaryIO, holder: Holder, field_name: str, reason: str, location: str | None, when: datetime
) -> Prepared:
    writer = _UntouchedMetadata.from_reader(reader)
    signer = _signer(holder, bytes(holder.signature_size))
    metadata = PdfSignatureMetadata(
        field_name=field_name, md_algorithm=DIGEST, subfilter=SigSeedSubFilter.PADES, reason=reason, location=location
    )
    session = PdfSigner(metadata, signer, new_field_spec=SigFieldSpec(field_name)).init_signing_session(writer)
    session.system_time = when.astimezone(VIETNAM)
    blank = await signer.async_sign(bytes(32), DIGEST, use_pades=True)
    to_be_signed = session.prepare_tbs_document(validation_info=None, bytes_reserved=2 * (len(blank.dump()) + SPARE))
    prepared, _ = to_be_signed.digest_tbs_document(output=document, chunk_size=COPY_CHUNK)
    attributes = await signer.signed_attrs(prepared.document_digest, DIGEST, use_pades=True)
    return Prepared(
        holder, attributes.dump(), prepared.document_digest, (prepared.reserved_region_start, prepared.reserved_region_end)
    )


def finish(prepared: Prepared, document: BinaryIO, signature: bytes) -> None:
    """Put the raw signature over `prepared.attributes`, with the certificates, into the hole of `document`."""
    attributes = cms.CMSAttributes.load(prepared.attributes)
    signer = _signer(prepared.holder, signature)
    packed = asyncio.run(signer.async_sign_prescribed_attributes(DIGEST, attributes))
    PreparedByteRangeDigest(prepared.digest, *prepared.hole).fill_with_cms(document, packed)


def _signer(holder: Holder, signature: bytes) -> ExternalSigner:
    store = SimpleCertificateStore()
    store.register_multiple(from_der(one) for one in holder.chain)
    certificate = from_der(holder.certificate)
    return ExternalSigner(signing_cert=certificate, cert_registry=store, signature_value=signature, embed_roots=False)
