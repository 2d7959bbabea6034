"""Leases that ran out, or whose holder is gone, go back to the queue."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from sohoa.pipeline.dispatch.holder import is_gone
from sohoa.pipeline.dispatch.tables import Chunk
from sohoa.pipeline.models import FREED, Item


def sweep(*, now: datetime, whole_run_ended: bool = False) -> int:
    """Free what nobody works on any more; how many. Two sweepers are harmless: each row is freed by one conditional UPDATE.

    whole_run_ended: said at the start of a run. A paper whose run was killed around it (power cut, kill -9) is not to blame,
    so that try does not count; when only the worker died under a living run, it does.
    """
    freed = Item.objects.filter(lease_until__lt=now).update(**FREED) + _sweep_chunks(now)
    for holder in Item.objects.exclude(lease_holder="").values_list("lease_holder", flat=True).distinct():
        if is_gone(holder):
            mine = Item.objects.filter(lease_holder=holder)
            uncounted = {"attempts": F("attempts") - 1} if whole_run_ended else {}
            freed += mine.filter(attempts__gt=0).update(**FREED, **uncounted)
            freed += mine.update(**FREED)
    return freed


def _sweep_chunks(now: datetime) -> int:
    freed = Chunk.objects.filter(lease_until__lt=now).update(**FREED)
    for holder in Chunk.objects.exclude(lease_holder="").values_list("lease_holder", flat=True).distinct():
        if is_gone(holder):
            freed += Chunk.objects.filter(lease_holder=holder).update(**FREED)
    return freed
