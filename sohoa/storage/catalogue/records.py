"""Archived records: one row a paper, one row an object, one row a page's text. All of it can be made again from the bucket."""

from __future__ import annotations

from django.db import models

from sohoa.storage.catalogue.register import Component, Result
from sohoa.storage.objects.model import RECORDS
from sohoa.storage.packages.model import Held


class Record(models.Model):
    """An archived paper. Its id comes from the SHA-256 of what was scanned, so the same paper cannot become two records."""

    id = models.CharField(primary_key=True, max_length=20)
    source_sha256 = models.CharField(max_length=64, unique=True)
    package = models.CharField(max_length=200, db_index=True)  # id of the OCFL object that holds it, see storage/packages/model.py
    type_code = models.CharField(max_length=20, blank=True)
    type_name = models.CharField(max_length=100, blank=True)
    type_agreement = models.CharField(max_length=20, blank=True)  # of the witnesses; "verified" once a person said so
    type_witnesses = models.JSONField(default=dict)  # what each took the paper for: {"title": "QĐ", "notation": "TB"}
    title = models.CharField(max_length=500, blank=True)
    code_number = models.CharField(max_length=11, blank=True)
    code_notation = models.CharField(max_length=30, blank=True)
    issued_date = models.DateField(null=True)
    fields = models.JSONField(default=dict)
    needs_review = models.JSONField(default=list)
    waits = models.BooleanField(default=False)  # needs_review is not empty
    flags = models.JSONField(default=list)  # what an auditor should know: javascript, embedded_file, extension_differs, …
    pages = models.PositiveIntegerField()
    confidence = models.FloatField()
    unit = models.CharField(max_length=40, blank=True)
    signed_on_arrival = models.BooleanField()
    signature_level = models.CharField(max_length=20, blank=True)
    signature_verdict = models.CharField(max_length=12, blank=True)  # ok | failed | undetermined; empty: not signed
    renew_by = models.DateTimeField(null=True, db_index=True)  # when what proves its signature ends; null: not looked up yet
    archived_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["type_code"]),
            models.Index(fields=["issued_date"]),
            models.Index(fields=["archived_at", "id"], condition=models.Q(waits=True), name="waits_for_a_person"),
        ]


class StoredFile(models.Model):
    """One object of a record, found again by bucket, key and version id, and known by its hash."""

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="files")
    # original | record | text | validation | premis | manifest (metadata.json) | revision-000001, record-000001, evidence-000001 …
    role = models.CharField(max_length=20)
    bucket = models.CharField(max_length=63)
    key = models.CharField(max_length=300)
    version_id = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "role"], name="one_file_per_role")]

    @classmethod
    def holding(cls, record: Record, role: str, held: Held) -> StoredFile:
        """The row, not saved yet, of what a package holds for a record."""
        told = {"key": held.key, "version_id": held.version_id, "sha256": held.sha256, "size": held.size}
        return cls(record=record, role=role, bucket=RECORDS, **told)


class PageText(models.Model):
    """A page's text as read; number 0 holds what the record says about itself (title, number, dossier), so that it is found too."""

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="texts")
    number = models.PositiveIntegerField()
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "number"], name="one_text_per_page")]


class Filing(models.Model):
    """That a record lies in a dossier, and as which component or result. A record may lie in several dossiers."""

    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="filings")
    dossier_code = models.CharField(
        max_length=60, db_index=True
    )  # not a key: papers may come before the register names the dossier
    component = models.ForeignKey(Component, null=True, on_delete=models.SET_NULL, related_name="filings")
    result = models.ForeignKey(Result, null=True, on_delete=models.SET_NULL, related_name="filings")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "dossier_code"], name="filed_once_per_dossier")]
