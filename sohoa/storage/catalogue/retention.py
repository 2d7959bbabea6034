"""What the catalogue knows of keeping and of destroying. Every row says what an object in the bucket says, and can be made from it."""

from __future__ import annotations

from django.db import models

from sohoa.storage.catalogue.records import Record


class ResultState(models.Model):
    """One change of a record's standing; the file `sha256` of its package says the same. number: from 1 within the record.

    valid_until: the last day on which it is valid, None for no end. replaced_by: the record that takes its place, "" for none.
    Of a destroyed record only the last stays, without words.
    """

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="states")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10)  # valid | expired | replaced | revoked
    valid_until = models.DateField(null=True, db_index=True)
    replaced_by = models.CharField(max_length=20, blank=True)
    reason = models.TextField(blank=True)
    decision = models.CharField(max_length=100, blank=True)
    by = models.CharField(max_length=100, blank=True)
    at = models.DateTimeField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "number"], name="one_state_per_number")]


class Hold(models.Model):
    """That nothing of `subject` may be destroyed until it is released. sha256: of the objects that say so.

    enforced: the last word about it, placed or released, has reached every object it is about.
    """

    id = models.CharField(primary_key=True, max_length=40)
    scope = models.CharField(max_length=10)  # record | dossier | procedure
    subject = models.CharField(max_length=60)
    reason = models.TextField()
    by = models.CharField(max_length=100)
    at = models.DateTimeField()
    sha256 = models.CharField(max_length=64)
    released_at = models.DateTimeField(null=True)
    released_by = models.CharField(max_length=100, blank=True)
    release_reason = models.TextField(blank=True)
    release_sha256 = models.CharField(max_length=64, blank=True)
    enforced = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["scope", "subject"], name="hold_by_subject")]


class PackageLock(models.Model):
    """That every object of a package's versions up to `head` is locked until then at least. Only spares looking: the locks themselves
    are in the store, and a missing row is made again by looking at them."""

    package = models.CharField(primary_key=True, max_length=200)
    head = models.PositiveIntegerField()
    until = models.DateTimeField()


class Destruction(models.Model):
    """A list of packages that somebody proposed to destroy. list_sha256: of the list as it was proposed, and approved."""

    id = models.CharField(primary_key=True, max_length=40)
    list_sha256 = models.CharField(max_length=64)
    packages = models.PositiveIntegerField()
    proposed_by = models.CharField(max_length=100)
    proposed_at = models.DateTimeField()
    sha256 = models.CharField(max_length=64)
    approved_by = models.CharField(max_length=100, blank=True)
    approved_at = models.DateTimeField(null=True)
    approval_sha256 = models.CharField(max_length=64, blank=True)


class Tombstone(models.Model):
    """A destroyed package. at: from then on nothing of it is shown. erased_at: nothing of it was left; None: not known to be so.

    sha256: of the object that tells what existed.
    """

    package = models.CharField(max_length=200, db_index=True)
    destruction = models.ForeignKey(Destruction, on_delete=models.PROTECT, related_name="tombstones")
    at = models.DateTimeField()
    by = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["destruction", "package"], name="one_tombstone_per_package")]


class DestroyedRecord(models.Model):
    """That of this record only the row is left, without content and without personal data: figures of the past still count it."""

    record = models.OneToOneField(Record, primary_key=True, on_delete=models.PROTECT, related_name="destroyed")
    tombstone = models.ForeignKey(Tombstone, on_delete=models.PROTECT, related_name="records")
