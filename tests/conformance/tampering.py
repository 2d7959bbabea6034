"""A signed PDF taken apart and spoilt, by its bytes: what a judge must notice."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

from pyhanko.pdf_utils.generic import NameObject, StreamObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")
_PREVIOUS = re.compile(rb"/Prev (\d+)")
_END = b"%%EOF\n"


def first_revision(record: bytes) -> bytes:
    """The file as it was before the signature was appended."""
    previous = int(_PREVIOUS.findall(record)[-1])
    return record[: record.index(_END, previous) + len(_END)]


def _flipped(record: bytes, place: int) -> bytes:
    return record[:place] + bytes([record[place] ^ 1]) + record[place + 1 :]


def _flip_after(mark: bytes, further: int) -> Callable[[bytes], bytes]:
    return lambda record: _flipped(record, record.index(mark) + len(mark) + further)


def _in_the_signature(record: bytes) -> bytes:
    """One bit of the signature's own value, which is what the DER ends with."""
    _, second_start = (int(_RANGE.findall(record)[0][index]) for index in (1, 2))
    digits_end = record.rindex(b">", 0, second_start)
    content = record[:digits_end].rstrip(b"0")
    place = len(content) - 20
    other = b"1" if record[place : place + 1] != b"1" else b"2"
    return record[:place] + other + record[place + 1 :]


def _drawn_over(record: bytes) -> bytes:
    """A later revision puts a black bar over the first page; the signed bytes stay as they were."""
    writer = IncrementalPdfFileWriter(BytesIO(record))
    page = writer.root["/Pages"]["/Kids"][0]
    covered = page["/Contents"].data + b"\nq 0 g 50 300 300 40 re f Q"
    page[NameObject("/Contents")] = writer.add_object(StreamObject(stream_data=covered))
    writer.update_container(page)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


TAMPERINGS: dict[str, Callable[[bytes], bytes]] = {
    "picture": _flip_after(b"/DCTDecode", 400),
    "metadata": _flip_after(b"<pdfaid:part>", 0),
    "signature": _in_the_signature,
    "later-revision": _drawn_over,
}
