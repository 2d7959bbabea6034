"""Where every paper is: one row each, with its state and its lease. The table is the truth; nothing is only in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q

from sohoa.pipeline.dispatch.tables import Chunk, Presence, Turn

__all__ = ["Chunk", "Item", "Presence", "Priority", "Sighting", "State", "Turn"]


class State(models.TextChoices):
    """The states of an item, in the order a paper passes through them."""

    CLAIMED = "claimed"  # copied under our roof, hash known
    CAPTURED = "captured"  # what it is and how many pages it has is known
    RECOGNISED = "recognised"  # every page read
    CLASSIFIED = "classified"  # type and fields said, with their doubts
    REVIEW = "review"  # waits for a person
    COMPOSED = "composed"  # searchable PDF/A made (or the signed original kept as it is)
    SIGNED = "signed"  # signed by us, or its own signatures validated
    ARCHIVED = "archived"
    QUARANTINED = "quarantined"
    EXCLUDED = "excluded"

    @classmethod
    def workable(cls) -> tuple[State, ...]:
        return (cls.CLAIMED, cls.CAPTURED, cls.RECOGNISED, cls.CLASSIFIED, cls.COMPOSED, cls.SIGNED)

    @classmethod
    def final(cls) -> tuple[State, ...]:
        return (cls.ARCHIVED, cls.QUARANTINED, cls.EXCLUDED)


class Priority(models.IntegerChoices):
    """Who waits for the paper. All of the lower number goes before any of the higher; within one, the oldest first."""

    COUNTER = 0, "counter"  # a citizen stands there
    BACKLOG = 10, "backlog"  # a stack


# What a paper waits for where it is no error's code.
DISK = "disk_space"
PAGES = "pages"  # its own, which several workers read at once (dispatch/chunks.py)
# A paper whose lease is given back, whoever gives it back.
FREED = {"lease_holder": "", "lease_until": None}
_ENDED = tuple(state for state in State if state not in State.workable())
# What may be leased, letter for letter as the condition of the index below: SQLite takes a partial index only for the words it was made
# with, and of all states by what they are not, or it would rather look them up in another index and sort.
_FREE = "lease_until IS NULL AND waiting_for = '' AND NOT (state IN ({}))".format(", ".join(f"'{state}'" for state in _ENDED))


class Item(models.Model):
    """A paper on its way. `content` is the SHA-256 of the file, or `at:` and the hash of its path where it could not be read."""

    content = models.CharField(max_length=70, unique=True)
    source = models.TextField()  # where it came from; personal names live in file names, so this never goes to a log
    dossier = models.CharField(max_length=60, blank=True)
    procedure = models.CharField(max_length=40, blank=True)
    unit = models.CharField(max_length=40, blank=True)
    sign = models.BooleanField(default=True)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices, default=Priority.BACKLOG)
    state = models.CharField(max_length=12, choices=State.choices, default=State.CLAIMED, db_index=True)
    reason = models.JSONField(null=True)  # of quarantine or exclusion: the error as SohoaError.as_dict tells it
    last_error = models.JSONField(null=True)  # of the last try, when it will be tried again
    document_id = models.CharField(max_length=20, blank=True)
    pages = models.PositiveIntegerField(default=0)
    pages_read = models.PositiveIntegerField(default=0)
    lease_holder = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)  # tries since the last step forward
    waiting_for = models.CharField(max_length=40, blank=True)
    waiting_since = models.DateTimeField()
    seconds = models.FloatField(default=0)
    claimed_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["state", "lease_until", "waiting_since"]),
            # The queue itself: as long as what waits, not as long as all that ever came.
            models.Index(
                fields=["priority", "waiting_since", "id"],
                condition=Q(lease_until=None, waiting_for="") & ~Q(state__in=_ENDED),
                name="pipeline_free_first",
            ),
            models.Index(fields=["waiting_for", "waiting_since"], condition=~Q(waiting_for=""), name="pipeline_waits_for"),
        ]

    @classmethod
    def free(cls) -> models.QuerySet[Item]:
        """What may be leased."""
        return cls.objects.extra(where=[_FREE])

    @classmethod
    def lease(
        cls, holder: str, *, now: datetime, length: timedelta, states: Sequence[str] = (), priorities: Sequence[int] = ()
    ) -> Item | None:
        """Take the item that comes first, or None. One conditional UPDATE decides between two who want the same.

        states, priorities: only of these; empty: of all.
        """
        wanted = ~Q(state__in=[state for state in State.workable() if state not in states]) if states else Q()
        if priorities:
            wanted &= Q(priority__in=priorities)
        first = cls.free().filter(wanted).order_by("priority", "waiting_since", "pk").values_list("pk", flat=True)[:10]
        for pk in first:
            still_free = cls.objects.filter(pk=pk, lease_until=None, waiting_for="", state__in=states or State.workable())
            # Counted before the work, not after: a paper that kills its worker would otherwise be tried for ever.
            if still_free.update(lease_holder=holder, lease_until=now + length, attempts=F("attempts") + 1):
                return cls.objects.get(pk=pk)
        return None

    @classmethod
    def waiting_for_things(cls) -> models.QuerySet[Item]:
        """What waits for room on a disk, a service, a program: machines, which may be back by themselves. Not what waits for people, or
        for its own pages."""
        return cls.objects.filter(Q(waiting_for__contains=".") | Q(waiting_for=DISK))

    def held(self) -> models.QuerySet[Item]:
        """This item while we still hold it: a worker that overslept its lease finds nothing to write to."""
        return Item.objects.filter(pk=self.pk, lease_holder=self.lease_holder)

    def advance(self, state: State, *, now: datetime, length: timedelta, **columns: object) -> bool:
        """A step forward, and the lease renewed (given back after the last step); False when the lease is no longer ours."""
        lease = FREED if state in State.final() else {"lease_until": now + length}
        moved = self.held().update(state=state, attempts=0, last_error=None, waiting_since=now, **lease, **columns)
        if moved:
            self.refresh_from_db()
        return bool(moved)

    def page_done(self, *, now: datetime, length: timedelta) -> bool:
        return bool(self.held().update(pages_read=F("pages_read") + 1, attempts=0, lease_until=now + length))

    def renew(self, *, now: datetime, length: timedelta) -> bool:
        """False: the lease is another's, and what we do must not be kept."""
        return bool(self.held().update(lease_until=now + length))

    def release(self, *, now: datetime, **columns: object) -> None:
        self.held().update(**FREED, waiting_since=now, **columns)


class Sighting(models.Model):
    """Each place where an item's content was found; the first is the paper, the others are copies of the same file."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="sightings")
    source = models.TextField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "source"], name="seen_once_per_place")]


# Tables of a wing of this room: Django looks for them here.
from sohoa.pipeline.batches.models import Batch, BatchEvent, BatchPage, BatchPaper, ComponentDecision, ScanRun  # noqa: E402, F401
