"""SHA-256 over files that share a long beginning: what never changes is read once.

A signed file only grows at its end, and is hashed again and again: for each timestamp, and for what is written down about it.
"""

from __future__ import annotations

import hashlib
import os
from typing import BinaryIO

from sohoa.kernel.durable import CHUNK


class Beginning:
    """The first `length` bytes of `document`, which stay as they are from now on."""

    def __init__(self, document: BinaryIO, length: int) -> None:
        self._document, self._length = document, length
        self._state = hashlib.sha256()
        _feed(self._state, document, 0, length)

    def hash_to(self, end: int | None = None) -> hashlib._Hash:  # pyright: ignore[reportPrivateUsage]
        """Fed with the document up to `end` (None: all of it), which must not lie within the beginning."""
        state = self._state.copy()
        _feed(state, self._document, self._length, self._document.seek(0, os.SEEK_END) if end is None else end)
        return state


def _feed(state: hashlib._Hash, document: BinaryIO, start: int, end: int) -> None:  # pyright: ignore[reportPrivateUsage]
    document.seek(start)
    left = end - start
    while left > 0 and (chunk := document.read(min(CHUNK, left))):
        state.update(chunk)
        left -= len(chunk)
