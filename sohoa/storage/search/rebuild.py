"""The index made anew while the old one is searched and written to: beside it, batch by batch, then one row says which is which.

Killed half way, the next `reindex` goes on where it stood; of two at once each takes batches, and both see the end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.db import transaction

from sohoa.storage.catalogue.records import PageText
from sohoa.storage.search import state
from sohoa.storage.search.entering import enter, forget_known, wanted
from sohoa.storage.search.forms import FORM
from sohoa.storage.search.generations import generation
from sohoa.storage.search.outbox import BATCH, Drained, drain


@dataclass(frozen=True, slots=True)
class Reindexed:
    """pages: that this call put in. resumed: it went on with a rebuild that had stopped."""

    pages: int
    resumed: bool
    drained: Drained


def reindex(progress: Callable[[int, int], None] | None = None) -> Reindexed:
    """Make the index anew from the pages' texts, and use it from then on. progress: told (pages behind us, pages in all).

    Raises the database's errors; whatever happened, the index that was searched before still is.
    """
    forget_known()
    resumed = _begin()
    # Counted once: on a million pages counting takes as long as a batch.
    of, behind = PageText.objects.count(), PageText.objects.filter(pk__lte=state.seen().reached).count()
    pages = 0
    while took := _batch():
        pages += took
        if progress:
            progress(min(behind + pages, of), of)
    _switch()
    _clear_old()
    return Reindexed(pages, resumed, drain())


@transaction.atomic
def _begin() -> bool:
    now = state.held()
    if now.building and now.form == FORM:
        return True
    # Nothing but a whole text tells what a page was indexed with, so a rebuild begun with other lexemes is begun again.
    beside = _other(now.active)
    generation(beside).clear()
    generation(beside).bulk()
    state.keep(replace(now, building=beside, form=FORM, reached=0))
    return False


@transaction.atomic
def _batch() -> int:
    """Pages taken; 0 at the end, or where another process has finished."""
    now = state.held()
    if now.building is None:
        return 0
    ids = list(PageText.objects.filter(pk__gt=now.reached).order_by("pk").values_list("pk", flat=True)[:BATCH])
    if ids:
        enter(generation(now.building), ids, wanted(ids), {})
        state.keep(replace(now, reached=ids[-1]))
    return len(ids)


@transaction.atomic
def _switch() -> None:
    now = state.held()
    if now.building:
        generation(now.building).finish()
        state.keep(state.State(active=now.building, building=None, form=None, reached=0))


@transaction.atomic
def _clear_old() -> None:
    """Give back the room. A search that was under way in it notices that the index was switched, and asks again."""
    now = state.held()
    if now.building is None:
        generation(_other(now.active)).clear()


def _other(name: str) -> str:
    return "b" if name == "a" else "a"


@transaction.atomic
def forget_everything() -> None:
    """An empty index, for a catalogue that was emptied."""
    now = state.held()
    for name in ("a", "b"):
        generation(name).clear()
        generation(name).finish()
    state.keep(replace(now, building=None, form=None, reached=0))
