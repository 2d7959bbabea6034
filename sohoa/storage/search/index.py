"""The door of the search: what other rooms may call.

    find(query, narrowed, allowed=…, limit=…) -> Found      hits with their total
    search(query, narrowed, limit=…) -> list[Hit]           the hits alone
    drain() -> Drained                                      index what waits; a search does a little of it by itself
    reindex(progress) -> Reindexed                          the index made anew while it serves
    forget_everything()                                     for a catalogue that was emptied
    boxes(record, page, query, match, store) -> Boxes       where on the page's picture a hit's words stand

Whoever saves, changes or deletes a page, a record, a filing or a dossier need not tell the index: triggers of the database write it
into the outbox in the same transaction (tables.py).
"""

from __future__ import annotations

from sohoa.storage.search.boxes import Boxes, boxes
from sohoa.storage.search.facts import Narrowed
from sohoa.storage.search.finding import ANY, Found, Hit, find
from sohoa.storage.search.outbox import Drained, drain, waiting
from sohoa.storage.search.rebuild import Reindexed, forget_everything, reindex

__all__ = [
    "Boxes",
    "Drained",
    "Found",
    "Hit",
    "Narrowed",
    "Reindexed",
    "boxes",
    "drain",
    "find",
    "forget_everything",
    "reindex",
    "search",
    "waiting",
]


def search(query: str, narrowed: Narrowed = ANY, *, limit: int = 20) -> list[Hit]:
    """The best page of each record, exact tones first; an empty list when nothing is asked or found."""
    return list(find(query, narrowed, limit=limit).hits)
