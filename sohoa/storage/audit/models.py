"""The log: each event carries the hash of the one before it, so that nobody changes or removes one unseen."""

from __future__ import annotations

from django.db import models


class AuditEvent(models.Model):
    """`details` is the canonical JSON that was hashed, kept letter for letter."""

    sequence = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=100)
    action = models.CharField(max_length=60, db_index=True)
    subject = models.CharField(max_length=100, db_index=True)
    details = models.TextField()
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)
