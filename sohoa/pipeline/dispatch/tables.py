"""The tables of dispatch beside the papers themselves: who works, whose turn it is, and parts of long papers."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, models, transaction
from django.db.models import F, Q

from sohoa.pipeline.dispatch.holder import is_gone


class Presence(models.Model):
    """A process at work, as its heartbeat last said. Only shown: no lease hangs on it."""

    WORKER, BEAT = "worker", "beat"

    holder = models.CharField(max_length=100, primary_key=True)
    kind = models.CharField(max_length=10)
    since = models.DateTimeField()
    seen = models.DateTimeField()
    papers = models.PositiveIntegerField(default=0)  # ended by it

    class Meta:
        app_label = "pipeline"

    @classmethod
    def note(cls, holder: str, kind: str, *, now: datetime, papers: int = 0) -> None:
        told = {"seen": now, "papers": papers}
        cls.objects.update_or_create(holder=holder, defaults=told, create_defaults={**told, "kind": kind, "since": now})


class Turn(models.Model):
    """What one process at a time may do, on however many machines: a lease by name."""

    name = models.CharField(max_length=20, primary_key=True)
    holder = models.CharField(max_length=100)
    until = models.DateTimeField()

    class Meta:
        app_label = "pipeline"

    @classmethod
    def take(cls, name: str, holder: str, *, now: datetime, length: timedelta) -> bool:
        """Begin or go on; False while another has it."""
        taken = {"holder": holder, "until": now + length}
        mine = cls.objects.filter(name=name)
        if mine.filter(Q(holder=holder) | Q(until__lt=now)).update(**taken):
            return True
        other = mine.values_list("holder", flat=True).first()
        if other is not None:
            return is_gone(other) and bool(mine.filter(holder=other).update(**taken))
        try:
            with transaction.atomic():
                cls.objects.create(name=name, **taken)
        except IntegrityError:  # another was first
            return False
        return True

    @classmethod
    def give_back(cls, name: str, holder: str) -> None:
        cls.objects.filter(name=name, holder=holder).delete()


class Chunk(models.Model):
    """Some pages of a long paper, read by one worker while others read the rest. Gone with its paper's reading."""

    item = models.ForeignKey("pipeline.Item", on_delete=models.CASCADE, related_name="chunks")
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    done = models.BooleanField(default=False)
    lease_holder = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)

    class Meta:
        app_label = "pipeline"
        constraints = [models.UniqueConstraint(fields=["item", "first"], name="one_chunk_per_place")]
        indexes = [models.Index(fields=["item"], condition=Q(done=False, lease_until=None), name="pipeline_free_chunks")]

    @classmethod
    def lease(cls, holder: str, *, now: datetime, length: timedelta, priority: int) -> Chunk | None:
        """The part that comes first of papers of this priority: of the oldest."""
        free = cls.objects.filter(done=False, lease_until=None)
        for pk in free.filter(item__priority=priority).order_by("item__claimed_at", "first").values_list("pk", flat=True)[:10]:
            if free.filter(pk=pk).update(lease_holder=holder, lease_until=now + length, attempts=F("attempts") + 1):
                return cls.objects.select_related("item").get(pk=pk)
        return None

    def held(self) -> models.QuerySet[Chunk]:
        return Chunk.objects.filter(pk=self.pk, lease_holder=self.lease_holder)

    def renew(self, *, now: datetime, length: timedelta) -> bool:
        return bool(self.held().update(lease_until=now + length))
