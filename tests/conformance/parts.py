"""The signatures of a PDF taken out of it by their bytes, for judges that know nothing of PDF."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asn1crypto import cms

_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")


@dataclass(frozen=True, slots=True)
class Part:
    """covered: the bytes that the signature speaks for. der: the CMS, with whatever fills up its place."""

    covered: bytes
    der: bytes

    @property
    def is_timestamp(self) -> bool:
        """Of the document: what it signs is a statement of the time."""
        return self._signed["encap_content_info"]["content_type"].native == "tst_info"

    @property
    def value(self) -> bytes:
        """The raw signature, which is what a time stamp within it is about."""
        return self._signed["signer_infos"][0]["signature"].native

    @property
    def stamps(self) -> list[bytes]:
        """Time stamps within it, DER."""
        unsigned = self._signed["signer_infos"][0]["unsigned_attrs"]
        tokens = (one for one in unsigned or () if one["type"].native == "signature_time_stamp_token")
        return [token.dump() for one in tokens for token in one["values"]]

    @property
    def _signed(self) -> Any:
        return cms.ContentInfo.load(self.der)["content"]


def parts_of(record: bytes) -> list[Part]:
    """In the order in which they stand in the file."""
    found = (map(int, one) for one in _RANGE.findall(record))
    return [_part(record, *numbers) for numbers in found]


def the_part(path: Path) -> Part:
    (part,) = parts_of(path.read_bytes())
    return part


def _part(record: bytes, first: int, first_size: int, second: int, second_size: int) -> Part:
    hole = record[first + first_size : second]
    covered = record[first : first + first_size] + record[second : second + second_size]
    return Part(covered, bytes.fromhex(hole.strip(b"<>").decode()))
