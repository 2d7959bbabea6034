"""A PDF taken apart and put together by hand: what an attacker does with an editor."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from asn1crypto import cms
from asn1crypto import crl as asn1_crl
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.dss import DocumentSecurityStore

from tests.signing.pki import Held

FIELD = "NguoiKy"
WHITE_SHEET = b"1 g 60 400 480 340 re f"
OTHER_TEXT = b"1 0 0 rg 72 500 400 40 re f"
CONTENTS, RANGE = rb"/Contents <[0-9a-fA-F]*>", rb"/ByteRange ?\[[^]]*\]"
Writer = IncrementalPdfFileWriter


def hole(data: bytes, number: int = 0) -> tuple[int, int]:
    """Where the value of the signature lies, angle brackets included; `number` counts signatures by their place in the file."""
    start = [found.start() for found in re.finditer(rb"/Contents <30", data)][number] + len(b"/Contents ")
    return start, data.index(b">", start) + 1


def byte_range(data: bytes, number: int = 0) -> tuple[int, int]:
    """Where the numbers of /ByteRange lie, with their brackets and the padding after them."""
    start = [found.end() for found in re.finditer(rb"/ByteRange ?(?=\[)", data)][number]
    end = data.index(b"]", start) + 1
    while data[end : end + 1] == b" ":
        end += 1
    return start, end


def with_numbers(data: bytes, numbers: bytes, which: int = 0) -> bytes:
    """Write other numbers over a /ByteRange; nothing else moves."""
    start, end = byte_range(data, which)
    if len(numbers) > end - start:
        raise ValueError("no room for these numbers")
    return data[:start] + numbers.ljust(end - start) + data[end:]


def sealed_again(data: bytes, held: Held, covered: bytes) -> bytes:
    """Put a new signature of `held` over the bytes `covered` into the hole: a signer whose program was made to do odd things."""
    digest = hashlib.sha256(covered).digest()
    made = asyncio.run(held.simple_signer.async_sign(digest, "sha256", use_pades=True))
    return with_value(data, made.dump())


def with_value(data: bytes, value: bytes, which: int = 0) -> bytes:
    start, end = hole(data, which)
    return data[: start + 1] + value.hex().encode().ljust(end - start - 2, b"0") + data[end - 1 :]


def value_of(data: bytes, which: int = 0) -> bytes:
    start, end = hole(data, which)
    return bytes.fromhex(data[start + 1 : end - 1].decode())


def around(data: bytes, which: int = 0) -> bytes:
    start, end = hole(data, which)
    return data[:start] + data[end:]


def with_cms(data: bytes, change: Callable[[cms.SignedData], cms.SignedData | None]) -> bytes:
    """Take the value apart, change what nobody signed of it, and put it back."""
    packed = cms.ContentInfo.load(value_of(data))
    return with_value(data, cms.ContentInfo({"content_type": "signed_data", "content": change(packed["content"].copy())}).dump())


def with_store(source: Path, target: Path, *lists: bytes) -> Path:
    with source.open("rb") as handle, target.open("wb") as out:
        writer = Writer(handle, strict=False)
        DocumentSecurityStore.supply_dss_in_writer(writer, None, crls=[asn1_crl.CertificateList.load(one) for one in lists])
        writer.write(out)
    return target


def revised(data: bytes, objects: dict[int, bytes], *, root: int | None = None) -> bytes:
    """Append a revision by hand: bodies by object number, taking the place of what had the number before."""
    before = int(data.rsplit(b"startxref", 1)[1].split()[0])
    reader = PdfFileReader(BytesIO(data), strict=False)
    top = root or reader.trailer.raw_get("/Root").idnum
    size = max(int(reader.trailer["/Size"]), *(number + 1 for number in objects), 0)
    out, places = data + (b"" if data.endswith(b"\n") else b"\n"), {}
    for number, body in sorted(objects.items()):
        places[number] = len(out)
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"".join(b"%d 1\n%010d 00000 n \n" % (number, place) for number, place in places.items())
    return _with_table(out, table, size, top, before, reader)


def _with_table(out: bytes, table: bytes, size: int, top: int, before: int, reader: PdfFileReader) -> bytes:
    identity = b"".join(b"<%s>" % one.original_bytes.hex().encode() for one in reader.trailer["/ID"])
    place = len(out)
    trailer = b"trailer\n<< /Size %d /Root %d 0 R /Prev %d /ID [%s] >>\n" % (size, top, before, identity)
    return out + b"xref\n" + (table or b"0 0\n") + trailer + b"startxref\n%d\n%%%%EOF\n" % place


def pointing(data: bytes, places: dict[int, int], *, root: int | None = None) -> bytes:
    """Append a revision that brings no object and says that old numbers lie at other places in the signed bytes."""
    before = int(data.rsplit(b"startxref", 1)[1].split()[0])
    reader = PdfFileReader(BytesIO(data), strict=False)
    table = b"".join(b"%d 1\n%010d 00000 n \n" % (number, place) for number, place in sorted(places.items()))
    top = root or reader.trailer.raw_get("/Root").idnum
    return _with_table(data, table, int(reader.trailer["/Size"]), top, before, reader)


@dataclass(frozen=True)
class Seen:
    """Numbers of objects in a file, as a person with an editor would find them. dictionary: the signature's, `<<` to `>>`."""

    root: int
    contents: int
    signature: int
    hidden_contents: int
    dictionary: bytes
    size: int


def look(data: bytes, *, signed: bool = True) -> Seen:
    reader = PdfFileReader(BytesIO(data), strict=False)
    page = reader.root["/Pages"]["/Kids"].raw_get(0)
    contents = page.get_object().raw_get("/Contents")
    first = contents if isinstance(contents, generic.IndirectObject) else contents.raw_get(0)
    signature = 0
    if signed:
        field = next(one.get_object() for one in reader.root["/AcroForm"]["/Fields"] if one.get_object()["/T"] == FIELD)
        signature = field.raw_get("/V").idnum
    return Seen(
        root=reader.trailer.raw_get("/Root").idnum,
        contents=first.idnum,
        signature=signature,
        hidden_contents=reader.root["/PieceInfo"]["/An"]["/Private"].raw_get(0).idnum,
        dictionary=body_of(data, signature) if signed else b"",
        size=int(reader.trailer["/Size"]),
    )


def place_of(data: bytes, number: int, which: int = -1) -> int:
    """Where the object lies; of several with the number, the last in the file."""
    return [found.start(1) for found in re.finditer(rb"(?:^|\n)(%d 0 obj)" % number, data)][which]


def body_of(data: bytes, number: int) -> bytes:
    start = place_of(data, number)
    return data[data.index(b"obj", start) + 3 : data.index(b"endobj", start)].strip()


def stream_of(data: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(data), data)


def page_of(writer: Writer) -> generic.DictionaryObject:
    return writer.root["/Pages"]["/Kids"][0].get_object()


def dictionary(**entries: object) -> generic.DictionaryObject:
    return generic.DictionaryObject({pdf_name(f"/{key}"): value for key, value in entries.items()})


def numbers(*values: int) -> generic.ArrayObject:
    return generic.ArrayObject(map(generic.NumberObject, values))


def fill(writer: Writer) -> None:
    fields = [one.get_object() for one in writer.root["/AcroForm"]["/Fields"]]
    field = next(one for one in fields if one["/T"] == "so_tien")
    field[pdf_name("/V")] = pdf_string("50.000.000")
    writer.update_container(field)
