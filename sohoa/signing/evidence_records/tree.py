"""A Merkle tree over many hashes (RFC 4998, 4.2 and 4.3).

Leaves are sorted, so the root does not depend on the order in which records came, and hashes that occur twice are one leaf. Two
neighbours have one father; one that is left over moves up as it is. A record is its files' hashes as a first list by themselves,
then one neighbour a list. RFC 4998 could also put neighbours into the first list, but then nobody could tell them from further files
of the same record; a list of one hash is that hash (RFC 6283, 3.2.1 says so; RFC 4998 is read so by DSS and BouncyCastle).

RFC 4998 hashes leaves and inner nodes alike. Of every inner node a preimage is known, the hashes below it joined, and a record
made for it by cutting ours short would verify. That is no lie about time, as those bytes did exist, and no record that we hand out
does it: its first list is what it is about.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence


def joined(hashes: Iterable[bytes], digest: str) -> bytes:
    """The hash over hashes in ascending order; of one hash, that hash."""
    ordered = sorted(hashes)
    return ordered[0] if len(ordered) == 1 else hashlib.new(digest, b"".join(ordered)).digest()


def root_of(lists: Iterable[Sequence[bytes]], digest: str) -> bytes:
    """Where a reduced hash tree leads: each list together with what came out of the one before. lists: none of them empty."""
    found = b""
    for one in lists:
        found = joined((*one, found) if found else one, digest)
    return found


class Tree:
    """Of hashes of equal length, at least one. Takes twice their bytes."""

    def __init__(self, leaves: Iterable[bytes], digest: str) -> None:
        ordered = sorted(set(leaves))
        self._at = {leaf: number for number, leaf in enumerate(ordered)}
        self._size = len(ordered[0])
        self._levels = [b"".join(ordered)]
        while len(self._levels[-1]) > self._size:
            self._levels.append(self._above(self._levels[-1], digest))

    @property
    def root(self) -> bytes:
        return self._levels[-1]

    def way(self, leaf: bytes) -> Iterator[bytes]:
        """The neighbours to be met on the way from a leaf to the root. Raises KeyError for what is not a leaf."""
        number, size = self._at[leaf], self._size
        for level in self._levels[:-1]:
            neighbour = (number ^ 1) * size
            if neighbour < len(level):
                yield level[neighbour : neighbour + size]
            number >>= 1

    def _above(self, level: bytes, digest: str) -> bytes:
        size, made = self._size, bytearray()
        new = getattr(hashlib, digest)
        for at in range(0, len(level), 2 * size):
            left, right = level[at : at + size], level[at + size : at + 2 * size]
            if right:
                made += new(left + right if left < right else right + left).digest()
            else:
                made += left
        return bytes(made)
