"""The Merkle tree of RFC 9162 (2.1) over SHA-256: roots, proofs that an entry is in it, proofs that it only grew.

    tree = Tree()                       # or Tree(size, peaks) to go on where a checkpoint stopped
    tree.add(leaf_hash(line)); tree.root, tree.peaks
    path = inclusion_path(index, size, subtree)          # verify_inclusion(leaf, index, size, path, root)
    path = consistency_path(old, new, subtree)           # verify_consistency(old, old_root, new, new_root, path)

Leaves and inner nodes are hashed with different first bytes, so none can be passed off as the other. `subtree(start, end)` gives the
root over the leaves [start, end); where it takes that from (a list, a table of known nodes) is the caller's affair.
Written here because no library with proofs of this RFC is under a licence we may use and kept up; vectors in the tests.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

Subtree = Callable[[int, int], bytes]

OF_NOTHING = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that only grows, kept as the roots of its full parts ("peaks"), the largest first: one for each 1 in the binary size.

    ended: is told of every full part as it closes: its level (0: a leaf), its place on that level from 0, its root.
    Raises ValueError when the number of peaks is not that of the size.
    """

    def __init__(
        self, size: int = 0, peaks: Iterable[bytes] = (), *, ended: Callable[[int, int, bytes], None] = lambda *_: None
    ) -> None:
        self.size, self._peaks, self._ended = size, list(peaks), ended
        if size < 0 or len(self._peaks) != size.bit_count() or any(len(peak) != 32 for peak in self._peaks):
            raise ValueError("peaks do not fit the size")

    def add(self, leaf: bytes) -> None:
        level, place, node = 0, self.size, leaf
        self._ended(level, place, node)
        while place & 1:
            node = node_hash(self._peaks.pop(), node)
            level, place = level + 1, place >> 1
            self._ended(level, place, node)
        self._peaks.append(node)
        self.size += 1

    @property
    def peaks(self) -> tuple[bytes, ...]:
        return tuple(self._peaks)

    @property
    def root(self) -> bytes:
        if not self._peaks:
            return OF_NOTHING
        *others, root = self._peaks
        for peak in reversed(others):
            root = node_hash(peak, root)
        return root


def subtree_of(leaves: Sequence[bytes]) -> Subtree:
    """Over leaf hashes that are at hand."""

    def subtree(start: int, end: int) -> bytes:
        tree = Tree()
        for leaf in leaves[start:end]:
            tree.add(leaf)
        return tree.root

    return subtree


def split(size: int) -> int:
    """The largest power of two below `size` (from 2): so many leaves are on the left."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_path(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """What is needed beside leaf `index`, from 0, to come to the root over `size` leaves (RFC 9162, 2.1.3.1).

    Raises ValueError for an index outside the tree.
    """
    if not 0 <= index < size:
        raise ValueError("no such leaf")
    start, end, path = 0, size, list[bytes]()
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162, 2.1.3.2."""
    if not 0 <= index < size:
        return False
    place, last, node = index, size - 1, leaf
    for beside in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            node = node_hash(beside, node)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = node_hash(node, beside)
        place, last = place >> 1, last >> 1
    return last == 0 and node == root


def consistency_path(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """What shows that the first `old` of `new` leaves are the tree of old (RFC 9162, 2.1.4.1); nothing where they are the same.

    Raises ValueError unless 0 < old <= new.
    """
    if not 0 < old <= new:
        raise ValueError("the old tree is not within the new one")
    start, end, whole, path = 0, new, True, list[bytes]()
    while old < end:
        middle = start + split(end - start)
        if old <= middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start, whole = middle, False
    if not whole:
        path.append(subtree(start, end))
    return path[::-1]


def verify_consistency(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """RFC 9162, 2.1.4.2."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    steps = list(path)
    if old & (old - 1) == 0:  # a full tree: its root is the first step, and everybody knows it
        steps.insert(0, old_root)
    if not steps:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    was = is_now = steps[0]
    for beside in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            was, is_now = node_hash(beside, was), node_hash(beside, is_now)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            is_now = node_hash(is_now, beside)
        place, last = place >> 1, last >> 1
    return last == 0 and was == old_root and is_now == new_root
