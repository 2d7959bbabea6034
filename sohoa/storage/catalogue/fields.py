"""The history of a record's fields: one row a change, in the order of the objects that hold the same changes in the bucket."""

from __future__ import annotations

from django.db import models

from sohoa.storage.catalogue.records import Record


class FieldRevision(models.Model):
    """One thing that a person settled about a record. Rows are only added; the object `sha256` says the same and outlives them.

    number: from 1 within the record. old, new: the field before and after (None: the record had none), in the shape of
    Record.fields, or {"value", "name", "agreement"} for the type. waited: the field was among those that waited for a person.
    undoes: the number of the revision that this one takes back. filed: where the record lay before and lies after, see
    storage/refiling.py; None where that was not touched.
    """

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    field = models.CharField(max_length=40)
    reason = models.CharField(max_length=10)  # corrected | confirmed | undone
    undoes = models.PositiveIntegerField(null=True)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    waited = models.BooleanField()
    filed = models.JSONField(null=True)
    by = models.CharField(max_length=100)
    at = models.DateTimeField(db_index=True)
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "number"], name="one_revision_per_number")]
