"""The tree over the catalogue's own events: parts of it are remembered, so that a proof out of a million reads a few hundred.

What is remembered may be wrong, like any row: whoever uses a path from here checks it against the root of a checkpoint first.
"""

from __future__ import annotations

import functools
import re

from sohoa.storage.audit import chain
from sohoa.storage.audit.canonical import line_of
from sohoa.storage.audit.merkle import Subtree, Tree, leaf_hash, node_hash, split, subtree_of
from sohoa.storage.audit.models import AuditNode

LEVEL = 8  # parts of 256 events and more are remembered: eight rows for each thousand events
_HASH = re.compile(r"[0-9a-f]{64}")


class Remembered:
    """Collects the full parts of a growing tree that are large enough: Tree(ended=remembered.ended), then save()."""

    def __init__(self) -> None:
        self._nodes: list[AuditNode] = []

    def ended(self, level: int, place: int, node: bytes) -> None:
        if level >= LEVEL:
            self._nodes.append(AuditNode(level=level, place=place, hash=node.hex()))

    def save(self) -> None:
        AuditNode.objects.bulk_create(
            self._nodes, batch_size=1000, update_conflicts=True, unique_fields=["level", "place"], update_fields=["hash"]
        )
        self._nodes.clear()


def subtree_in_catalogue() -> Subtree:
    """Over events as they are in the catalogue now, and as far as it can be by what was remembered.

    Where events are missing the roots are simply wrong.
    """
    rows = AuditNode.objects.values_list("level", "place", "hash")
    remembered = {(level, place): bytes.fromhex(told) for level, place, told in rows.iterator() if _HASH.fullmatch(told)}

    @functools.lru_cache(maxsize=4)
    def block(number: int) -> list[bytes]:
        start = number << LEVEL
        return [leaf_hash(line_of(event)) for event in chain.events(start, up_to=start + (1 << LEVEL))]

    def subtree(start: int, end: int) -> bytes:
        size = end - start
        level = size.bit_length() - 1
        if known := remembered.get((level, start >> level)) if size == 1 << level else None:
            return known
        if size > 1 << LEVEL:
            middle = start + split(size)
            return node_hash(subtree(start, middle), subtree(middle, end))
        from_here = start - (start >> LEVEL << LEVEL)
        return subtree_of(block(start >> LEVEL))(from_here, from_here + size)

    return subtree


def remember(size: int) -> None:
    """Build what is remembered again, for the events 1 to `size`."""
    AuditNode.objects.all().delete()
    kept = Remembered()
    tree = Tree(ended=kept.ended)
    for event in chain.events(up_to=size):
        tree.add(leaf_hash(line_of(event)))
        if not tree.size % 100_000:
            kept.save()
    kept.save()
