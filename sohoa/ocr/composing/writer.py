"""A PDF written from front to back: what is written is let go of, so memory does not grow with pages."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import BinaryIO


class PdfWriter:
    """Numbers may be reserved and written later, in any order; `finish` writes the table of where each object stands."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._at = 0
        self._places: list[int] = [0]  # by object number; 0 is the head of the list of free ones
        # The second line holds four bytes above 127, so that no mail gateway takes the file for text (ISO 19005-2, 6.1.2).
        self._put(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def _put(self, data: bytes) -> None:
        self._out.write(data)
        self._at += len(data)

    def reserve(self) -> int:
        self._places.append(0)
        return len(self._places) - 1

    def add(self, body: str, number: int | None = None) -> int:
        """Write an object (`body` in PDF's own words, ASCII) and give its number."""
        number = self.reserve() if number is None else number
        self._places[number] = self._at
        self._put(f"{number} 0 obj\n{body}\nendobj\n".encode("ascii"))
        return number

    def add_stream(self, entries: str, chunks: Iterable[bytes], length: int) -> int:
        """Write a stream of exactly `length` bytes; `entries` are its dictionary's without /Length."""
        number = self.reserve()
        self._places[number] = self._at
        self._put(f"{number} 0 obj\n<< {entries} /Length {length} >>\nstream\n".encode("ascii"))
        before = self._at
        for chunk in chunks:
            self._put(chunk)
        if self._at - before != length:
            raise ValueError("a stream is not as long as announced")
        self._put(b"\nendstream\nendobj\n")
        return number

    def add_deflated(self, data: bytes, entries: str = "") -> int:
        packed = zlib.compress(data, 9)
        return self.add_stream(f"{entries} /Filter /FlateDecode", (packed,), len(packed))

    def finish(self, *, root: int, info: int, identity: bytes) -> None:
        """identity: 16 bytes."""
        start = self._at
        lines = [f"xref\n0 {len(self._places)}\n0000000000 65535 f \n"]
        lines += [f"{place:010d} 00000 n \n" for place in self._places[1:]]
        mark = identity.hex().upper()
        trailer = f"<< /Size {len(self._places)} /Root {root} 0 R /Info {info} 0 R /ID [<{mark}> <{mark}>] >>"
        self._put("".join(lines).encode("ascii"))
        self._put(f"trailer\n{trailer}\nstartxref\n{start}\n%%EOF\n".encode("ascii"))


def text_string(text: str) -> str:
    """A PDF text string of any letters, written in ASCII."""
    return f"<FEFF{text.encode('utf-16-be').hex().upper()}>"
