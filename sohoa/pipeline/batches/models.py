"""What is kept of a batch: the stack, every page that ever came in for it, every run of a device, and who did what."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class BatchState(models.TextChoices):
    OPEN = "open"  # pages may come in
    PAUSED = "paused"  # put aside; nothing comes in until somebody goes on with it
    CLOSING = "closing"  # decided; its papers are being made and claimed
    CLOSED = "closed"
    CANCELLED = "cancelled"  # its pages are kept, and become nothing


class Variant(models.TextChoices):
    """A page with a note attached is scanned twice (TT 01/2023/TT-VPCP, Điều 8): as it lies, and without the note."""

    PLAIN = "plain"
    WITH_NOTE = "with_note"


class Side(models.TextChoices):
    FRONT = "front"
    BACK = "back"


class Batch(models.Model):
    """expected: sheets of paper counted by hand, separator sheets not among them; null: nobody has counted.

    reason: why it was closed although the counts differ, or cancelled.
    """

    code = models.CharField(max_length=60, unique=True)
    dossier = models.CharField(max_length=60, blank=True)
    procedure = models.CharField(max_length=40, blank=True)
    unit = models.CharField(max_length=40, blank=True)
    document_type = models.CharField(max_length=20, blank=True)  # where the whole stack is of one kind
    sign = models.BooleanField(default=True)
    state = models.CharField(max_length=10, choices=BatchState.choices, default=BatchState.OPEN, db_index=True)
    expected = models.PositiveIntegerField(null=True)
    expected_from = models.CharField(max_length=10, blank=True)  # typed | printed
    device = models.CharField(max_length=200, blank=True)  # the last one that fed it
    opened_by = models.CharField(max_length=100)
    opened_at = models.DateTimeField()
    ended_by = models.CharField(max_length=100, blank=True)
    ended_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    @property
    def folder(self) -> str:
        """The name of its folder: a number, because a code may hold letters that no file name may."""
        return f"{self.pk:08d}"


class ScanRun(models.Model):
    """One run of a device. start: where its first page goes. ended_as: "" while it runs, "done", or the code of the error that ended it.

    arrived: pages it handed over. expected_pages: how many were asked for; null: until the feeder is empty.
    """

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="runs")
    device = models.CharField(max_length=200)
    dpi = models.PositiveIntegerField()
    mode = models.CharField(max_length=10)  # color | gray
    duplex = models.BooleanField()
    start = models.PositiveIntegerField()
    variant = models.CharField(max_length=10, choices=Variant.choices, default=Variant.PLAIN)
    expected_pages = models.PositiveIntegerField(null=True)
    by = models.CharField(max_length=100)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_as = models.CharField(max_length=60, blank=True)
    arrived = models.PositiveIntegerField(default=0)


class BatchPage(models.Model):
    """A page that came in, for ever. position: in the stack, from 1. sheet: of paper, from 1. content: SHA-256 of the file that is kept.

    current: what stands at its place now; a page scanned again is kept, with `replaced_by`; one taken out has neither. run, number: where
    it came from, so that taking it in again after a crash finds it. findings: as quality.Finding.as_dict tells them. separator: it is a
    printed sheet, which no count of paper includes.
    """

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="pages")
    run = models.ForeignKey(ScanRun, on_delete=models.PROTECT, related_name="pages")
    number = models.PositiveIntegerField()
    position = models.PositiveIntegerField()
    variant = models.CharField(max_length=10, choices=Variant.choices, default=Variant.PLAIN)
    sheet = models.PositiveIntegerField()
    side = models.CharField(max_length=5, choices=Side.choices, default=Side.FRONT)
    content = models.CharField(max_length=64)
    suffix = models.CharField(max_length=5)
    size = models.PositiveBigIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    dpi = models.PositiveIntegerField()
    readable = models.BooleanField(default=True)
    blank = models.BooleanField(default=False)
    separator = models.BooleanField(default=False)
    note = models.BooleanField(default=False)  # a note is attached to the sheet: the other variant must be there too
    facts = models.JSONField(default=dict)  # what was measured, for the pages that follow to be held against
    findings = models.JSONField(default=list)
    current = models.BooleanField(default=True)
    replaced_by = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="replaces")
    by = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="page_taken_in_once"),
            models.UniqueConstraint(fields=["batch", "position", "variant"], condition=Q(current=True), name="one_page_at_a_place"),
        ]

    @property
    def file_name(self) -> str:
        return self.content + self.suffix


class BatchPaper(models.Model):
    """A paper that the batch became. pages: their places in the stack."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="papers")
    # A file that could not be claimed has a row of its own until it can; this one is then made again.
    item = models.ForeignKey("pipeline.Item", on_delete=models.CASCADE, related_name="batch_papers")
    ordinal = models.PositiveIntegerField()
    pages = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "ordinal"], name="batch_paper_once")]


class BatchEvent(models.Model):
    """The journal: who did what. Events that decide something stand in the audit log, too."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    by = models.CharField(max_length=100)
    what = models.CharField(max_length=40)
    details = models.JSONField(default=dict)


class ComponentDecision(models.Model):
    """What a person here said of a component before scanning, where it is not what the register says."""

    dossier = models.CharField(max_length=60)
    ordinal = models.PositiveIntegerField()
    decision = models.CharField(max_length=30)
    reason = models.TextField()
    by = models.CharField(max_length=100)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dossier", "ordinal"], name="component_decided_once")]
