"""One revision added to the end of a signed file: validation data (DSS), a document timestamp, or both at once.

Nothing before it changes, and it is put together beside the file and appended in one write: where a service fails, or says
something odd, the file stays what it was. Source: EN 319 142-1, 5.4 and 5.5; ISO 32000-2, 12.8.4 and 12.8.5.
"""
# asn1crypto carries no types and half of pyHanko none; what leaves this module has them.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportPrivateUsage=false

from __future__ import annotations

import io
import os
from typing import BinaryIO, cast

from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject, pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigObjSetup
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1
from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp

from sohoa.signing.beginning import Beginning
from sohoa.signing.pades.prepare import UntouchedMetadata
from sohoa.signing.trustservices.revocation import ValidationData
from sohoa.signing.trustservices.tsa import Stamped, TimestampAuthority

FIELD = "DauThoiGian"  # and a number: one for each document timestamp
_LISTS = (
    ("/Certs", "/Cert", "certificates", DecodePurpose.CERTIFICATE),
    ("/OCSPs", "/OCSP", "ocsps", DecodePurpose.OCSP_RESPONSE),
    ("/CRLs", "/CRL", "crls", DecodePurpose.CRL),
)


def append(
    reader: PdfFileReader,
    document: BinaryIO,
    *,
    data: ValidationData | None,
    authority: TimestampAuthority | None,
    fields: frozenset[str] = frozenset(),
    unnamed: tuple[str, ...] = (),
    beginning: Beginning | None = None,
) -> Stamped | None:
    """Append to `document`, which `reader` reads, `data` as far as it is not there yet, and a timestamp over all when there is an
    authority. fields: names that are taken. unnamed: keys of signatures that the data is about and that came after it, when it is there
    already: a second signature by the same certificate. beginning: of `document`, where its hash is known already.

    Gives the timestamp. `reader` is used up: it has been changed in memory. Raises TimestampUnavailable, TimestampRefused; then
    nothing was written.
    """
    size = document.seek(0, os.SEEK_END)
    beginning = beginning or Beginning(document, 0)
    room = authority.size_of_token() if authority else 0
    while True:
        writer = UntouchedMetadata.from_reader(reader)
        if data is not None:
            _add_data(writer, data, unnamed)
        if authority is None:
            if writer.objects:
                tail = _Tail(size)
                writer._write_updated_section(tail)
                _put(document, size, tail.getvalue())
            return None
        hole = _add_hole(writer, room, fields)
        tail = _Tail(size)
        writer._write_updated_section(tail)
        start, end = hole.contents.offsets
        hole.byte_range.fill_offsets(tail, start, end, size + len(tail.getvalue()))
        written = tail.getvalue()
        stamped = authority.stamped(_hash(beginning, size, written, start - size, end - size))
        if len(stamped.token) <= room:
            break
        room = authority.size_of_token()  # which has now seen one of these
        reader = PdfFileReader(document, strict=False)
    filled = stamped.token.hex().encode("ascii").ljust(2 * room, b"0")
    _put(document, size, written[: start - size + 1] + filled + written[end - size - 1 :])
    return stamped


class _Tail(io.BytesIO):
    """What follows the first `before` bytes of a file; positions are the file's."""

    def __init__(self, before: int) -> None:
        super().__init__()
        self._before = before

    def tell(self) -> int:
        return self._before + super().tell()

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return self._before + super().seek(offset - self._before if whence == os.SEEK_SET else offset, whence)


def _put(document: BinaryIO, size: int, revision: bytes) -> None:
    document.seek(size)
    try:
        document.write(revision)
        document.flush()
    except OSError:  # a full disk: better the level it had than half a revision
        document.truncate(size)
        raise


def _hash(beginning: Beginning, size: int, written: bytes, start: int, end: int) -> bytes:
    """SHA-256 of the file and its new revision without the hole."""
    digest = beginning.to(size)
    digest.update(memoryview(written)[:start])
    digest.update(memoryview(written)[end:])
    return digest.digest()


def _add_hole(writer: IncrementalPdfFileWriter, room: int, fields: frozenset[str]) -> DocumentTimestamp:
    name = next(name for name in (f"{FIELD}{number}" for number in range(1, len(fields) + 2)) if name not in fields)
    hole = DocumentTimestamp(bytes_reserved=2 * room)
    writer.register_extension(ESIC_EXTENSION_1)
    writer.digest_aware_write = True
    steps = PdfCMSEmbedder(new_field_spec=SigFieldSpec(name)).write_cms(name, writer)
    next(steps)
    steps.send(SigObjSetup(sig_placeholder=hole))
    return hole


def _add_data(writer: IncrementalPdfFileWriter, data: ValidationData, unnamed: tuple[str, ...]) -> None:
    new = "/DSS" not in writer.root
    store = cast(DictionaryObject, DictionaryObject({pdf_name("/Type"): pdf_name("/DSS")}) if new else writer.root["/DSS"])
    changed = False
    about = DictionaryObject()
    for key, one_key, name, purpose in _LISTS:
        wanted = cast(tuple[bytes, ...], getattr(data, name))
        listed = (
            list(cast("list[IndirectObject]", store[key])) if key in store else []
        )  # a list gives references, not what they name
        held = {bytes(cast(StreamObject, one.get_object()).read_data(purpose)): one for one in listed} if wanted else {}
        missing = [one for one in wanted if one not in held]
        if wanted:
            about[pdf_name(one_key)] = ArrayObject(held[one] for one in wanted if one in held)
        if not missing:
            continue
        changed = True
        references: list[IndirectObject] = [writer.add_object(StreamObject(stream_data=one)) for one in missing]
        store[pdf_name(key)] = ArrayObject([*listed, *references])
    if changed and new:
        writer.root[pdf_name("/DSS")] = writer.add_object(store)
        writer.update_root()
    elif changed:
        writer.update_container(store)
    elif unnamed and about:
        # Validators count data for a signature when the store changed after it; naming the signature is such a change (EN 319 142-1, 5.4.2.3).
        names = cast(DictionaryObject, store["/VRI"] if "/VRI" in store else DictionaryObject())
        for signature in unnamed:
            names[pdf_name(f"/{signature}")] = writer.add_object(about)
        store[pdf_name("/VRI")] = names
        writer.update_container(store)
