"""The whole audit log, as findings of `sohoa verify`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sohoa.pipeline.auditing import checked
from sohoa.pipeline.signing.office import SigningOffice
from sohoa.storage.fixity.model import AUDIT, Finding
from sohoa.storage.objects.model import ObjectStore


def log_findings(office: SigningOffice, store: ObjectStore, now: datetime) -> Iterator[Finding]:
    """The chain in the catalogue, the bundles and checkpoints in the bucket, each against the others; ids are entries of the log."""
    for found in checked(office, store, now=now).findings:
        where = f"{found.sequence}-{found.last}" if found.last else str(found.sequence)
        yield Finding(where, AUDIT, found.reason, found.outcome)
