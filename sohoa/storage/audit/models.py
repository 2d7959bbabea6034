"""The log: each event carries the hash of the one before it, so that nobody changes or removes one unseen.

The other two tables only remember what the audit bucket says; `sohoa rebuild` fills them again.
"""

from __future__ import annotations

from django.db import models


class AuditEvent(models.Model):
    """`details` is the canonical JSON that was hashed, kept letter for letter. origin: from where; "" in events of old releases."""

    sequence = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=100)
    action = models.CharField(max_length=60, db_index=True)
    subject = models.CharField(max_length=100, db_index=True)
    details = models.TextField()
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)
    origin = models.CharField(max_length=200, default="")
    why = models.TextField(default="")


class AuditCheckpoint(models.Model):
    """A checkpoint over the events 1 to `size`; its bundle holds `first` to `size`. sha256 "": decided on, not yet stored."""

    size = models.BigIntegerField(primary_key=True)
    first = models.BigIntegerField(unique=True)  # decides between two processes that begin one
    at = models.DateTimeField()
    version_id = models.CharField(max_length=200, default="")
    sha256 = models.CharField(max_length=64, default="")
    stamped = models.BooleanField(default=False)


class AuditNode(models.Model):
    """The root of a full part of the tree: 2**level leaves, the place-th of its level. What a proof is made from, never what it is
    checked against."""

    level = models.SmallIntegerField()
    place = models.BigIntegerField()
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "place"], name="one_audit_node_per_place")]
