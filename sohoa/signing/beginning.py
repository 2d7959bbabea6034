"""Hashes of files that share a long beginning: what never changes is read once.

A signed file only grows at its end, and is hashed again and again: for each signature and timestamp, and for what is written down
about it.
"""

from __future__ import annotations

import hashlib
import os
from typing import BinaryIO

BUFFER = 1 << 18  # bytes; small enough to stay in the processor's cache between being read and being hashed


class Beginning:
    """The first `length` bytes of `document`, which stay as they are from now on."""

    def __init__(self, document: BinaryIO, length: int, algorithm: str = "sha256") -> None:
        self._document, self._length = document, length
        self._state = hashlib.new(algorithm)
        self._feed(self._state, 0, length)

    def followed_by(self, *spans: tuple[int, int]) -> hashlib._Hash:  # pyright: ignore[reportPrivateUsage]
        """The hash, fed with the beginning and then with each span of the document (first byte, last + 1)."""
        state = self._state.copy()
        for start, end in spans:
            self._feed(state, start, end)
        return state

    def to(self, end: int | None = None) -> hashlib._Hash:  # pyright: ignore[reportPrivateUsage]
        """Fed with the document up to `end` (None: all of it), which must not lie within the beginning."""
        return self.followed_by((self._length, self._document.seek(0, os.SEEK_END) if end is None else end))

    def _feed(self, state: hashlib._Hash, start: int, end: int) -> None:  # pyright: ignore[reportPrivateUsage]
        self._document.seek(start)
        left = end - start
        while left > 0 and (chunk := self._document.read(min(BUFFER, left))):
            state.update(chunk)
            left -= len(chunk)
