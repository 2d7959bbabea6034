"""What the audit log says was archived, against what lies there: the hashes of a record's files stand in its events too."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from sohoa.storage.audit.models import AuditEvent
from sohoa.storage.fixity.model import AUDIT, File, Finding

ARCHIVED = "record.archived"
# Events that name one numbered object, and under which role.
_NUMBERED = {
    "record.reviewed": ("revision", "revision"),
    "record.signature_renewed": ("record", "number"),
    "record.evidence_made": ("evidence", "number"),
    "record.evidence_renewed": ("evidence", "number"),
}

Told = dict[str, dict[str, str]]


def told_of(documents: Iterable[str]) -> Told:
    """For each record that the log says was archived: the SHA-256 of its files, by role."""
    told: Told = {}
    numbered: defaultdict[str, dict[str, str]] = defaultdict(dict)
    events = AuditEvent.objects.filter(subject__in=list(documents), action__in=[ARCHIVED, *_NUMBERED])
    for event in events.order_by("sequence").values_list("subject", "action", "details"):
        subject, action, details = event
        about = _read(details)
        if action == ARCHIVED:
            told.setdefault(subject, {}).update({role: sha for role, sha in about.get("files", {}).items() if isinstance(sha, str)})
        elif isinstance(about.get("sha256"), str):
            kind, column = _NUMBERED[action]
            number = about.get(column)
            if isinstance(number, int):
                numbered[subject][f"{kind}-{number:06}"] = about["sha256"]
    for subject, more in numbered.items():
        told.setdefault(subject, {}).update(more)
    return told


def _read(details: str) -> dict[str, Any]:
    try:
        about = json.loads(details)
    except (ValueError, RecursionError):
        return {}
    return about if isinstance(about, dict) and isinstance(about.get("files", {}), dict) else {}


def repaired(documents: Iterable[str]) -> dict[str, dict[str, str]]:
    """For each record that was repaired: the version that counts since, by role."""
    told: defaultdict[str, dict[str, str]] = defaultdict(dict)
    events = AuditEvent.objects.filter(subject__in=list(documents), action="record.repaired").order_by("sequence")
    for subject, details in events.values_list("subject", "details"):
        about = _read(details)
        if isinstance(about.get("role"), str) and isinstance(about.get("version"), str):
            told[subject][about["role"]] = about["version"]
    return dict(told)


def differences(document: str, there: dict[str, File], told: Told) -> Iterator[Finding]:
    """there: the record's files by role."""
    if document not in told:
        yield Finding(document, AUDIT, "record.archived: missing", passing=True)
        return
    for role, sha256 in sorted(told[document].items()):
        file = there.get(role)
        if file is None:
            yield Finding(document, AUDIT, f"{role}: missing", passing=True)
        elif file.seen and not file.seen.trouble and file.seen.sha256 != sha256:
            yield Finding(document, AUDIT, f"{role}: sha256_differs")


def archived_without_row() -> Iterator[str]:
    """Records that the log says were archived and the catalogue does not know."""
    from django.db.models import Exists, OuterRef

    from sohoa.storage.catalogue.records import Record

    known = Record.objects.filter(pk=OuterRef("subject"))
    events = AuditEvent.objects.filter(~Exists(known), action=ARCHIVED)
    yield from events.values_list("subject", flat=True).order_by("subject").distinct().iterator(chunk_size=1000)
