"""PREMIS of an export: its files, and the events of the audit log that made them what they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sohoa
from sohoa.storage.exports.holdings import Document, Happening
from sohoa.storage.exports.parcel import Written
from sohoa.storage.packages.premis import AgentType, EventType, Preserved, PreservedAgent, PreservedEvent, PreservedObject

ACCOUNT = "account:"
SOFTWARE = PreservedAgent("sohoa", "sohoa", AgentType.SOFTWARE, sohoa.__version__)
_TYPES = {
    "record.archived": EventType.INGESTION_END,
    "record.reviewed": EventType.METADATA_MODIFICATION,
    "record.state_changed": EventType.METADATA_MODIFICATION,
    "record.refiled": EventType.METADATA_MODIFICATION,
    "record.signature_renewed": EventType.DIGITAL_SIGNATURE_GENERATION,
    "record.evidence_made": EventType.MESSAGE_DIGEST_CALCULATION,
    "record.evidence_renewed": EventType.MESSAGE_DIGEST_CALCULATION,
}


def of_document(document: Document, files: Sequence[tuple[str, str, Written]]) -> Preserved:
    """files: role, name and measures of each file of the document that is in the package."""
    events = [_event(document.id, one) for one in document.history]
    accounts = {event.agent for event in events}
    return Preserved(
        document_id=document.id,
        objects=[_object(role, name, written) for role, name, written in files],
        events=events,
        agents=[PreservedAgent(one, one.removeprefix(ACCOUNT), AgentType.PERSON) for one in sorted(accounts)],
    )


def of_package(urn: str, files: Sequence[tuple[str, str, Written]], *, at: datetime, package: str) -> Preserved:
    """The package as a whole: its metadata and representations. package: `AIP_hoso` and the like."""
    made = PreservedEvent("package-1", EventType.CREATION, at, "ok", f"information package {package}", SOFTWARE.id)
    return Preserved("", [_object(role, name, written) for role, name, written in files], [made], [SOFTWARE], urn)


def _object(role: str, name: str, written: Written) -> PreservedObject:
    return PreservedObject(role, name, written.media_type, written.size, written.sha256, written.sha512)


def _event(document_id: str, one: Happening) -> PreservedEvent:
    return PreservedEvent(
        id=f"{document_id}-{one.sequence}",
        type=_TYPES.get(one.action, EventType.MODIFICATION),
        at=one.at,
        outcome="ok",
        detail=one.action,
        agent=ACCOUNT + one.actor,
    )
