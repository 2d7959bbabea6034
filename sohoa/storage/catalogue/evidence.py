"""What the catalogue knows about evidence records: one row for each object, in the order of the objects."""

from __future__ import annotations

from django.db import models

from sohoa.storage.catalogue.records import Record


class Evidence(models.Model):
    """One evidence record about a record's objects. Rows are only added; the object `sha256` and its metadata say the same.

    number: from 1 within the record. continues: the number of the one that this renews; 0: it is the first about these objects.
    covers: what it is about, see storage/evidence.py; objects_covered: how many those were. since: they are proven from then on.
    renew_by: when it will be too late to renew it.
    """

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="evidence")
    number = models.PositiveIntegerField()
    continues = models.PositiveIntegerField()
    covers = models.TextField()
    objects_covered = models.PositiveIntegerField()
    since = models.DateTimeField()
    renew_by = models.DateTimeField(db_index=True)
    by = models.CharField(max_length=100)
    at = models.DateTimeField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "number"], name="one_evidence_per_number")]
