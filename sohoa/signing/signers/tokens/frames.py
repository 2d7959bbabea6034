"""What the desk and a token server say to each other: four bytes of length, then one JSON object; bytes within are hex."""

from __future__ import annotations

import io
import json
import struct
from typing import Any, cast

LARGEST_FRAME = 8 << 20  # bytes; a token full of certificates has some ten thousand

Frame = dict[str, Any]


def read_frame(source: io.RawIOBase) -> Frame | None:
    """None at the end of the stream. Raises ValueError for what is not a frame, OSError."""
    head = _exactly(source, 4)
    if head is None:
        return None
    (length,) = struct.unpack(">I", head)
    if length > LARGEST_FRAME:
        raise ValueError("frame too large")
    body = _exactly(source, length)
    if body is None:
        return None
    frame: object = json.loads(body)
    if not isinstance(frame, dict):
        raise ValueError("not an object")
    return cast(Frame, frame)


def write_frame(target: io.RawIOBase, frame: Frame) -> None:
    """Raises OSError when nobody reads any more."""
    body = json.dumps(frame).encode()
    left = memoryview(struct.pack(">I", len(body)) + body)
    while left:
        left = left[target.write(left) or 0 :]


def _exactly(source: io.RawIOBase, length: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < length:
        part = source.read(length - len(parts))
        if not part:
            return None
        parts += part
    return bytes(parts)
