"""PREMIS 3.0: what an archived paper's files are, what happened to them, and who or what did it. Values in, XML out.

`premis_of(paper)` gives the bytes of the `premis.xml` that lies beside an archived paper; `premis_together(papers)` puts several
papers into one document, as an export wants it. The same values give the same bytes. Nothing of a paper's content is in it: names are
those of files in the package, never those that a sender gave.

Source: PREMIS Data Dictionary 3.0 and its XML schema of 18 January 2016 (Library of Congress); terms from its vocabularies.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement

from sohoa.storage.packages.xml_writing import encoded, writable

NAMESPACE = "http://www.loc.gov/premis/v3"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_VOCABULARY = "http://id.loc.gov/vocabulary/preservation/"


class EventType(enum.StrEnum):
    """Terms of the Library of Congress' vocabulary of preservation events that this house uses."""

    CAPTURE = "capture"
    CREATION = "creation"
    MESSAGE_DIGEST_CALCULATION = "message digest calculation"
    FORMAT_IDENTIFICATION = "format identification"
    VALIDATION = "validation"
    MIGRATION = "migration"
    NORMALIZATION = "normalization"
    METADATA_EXTRACTION = "metadata extraction"
    METADATA_MODIFICATION = "metadata modification"
    DIGITAL_SIGNATURE_GENERATION = "digital signature generation"
    DIGITAL_SIGNATURE_VALIDATION = "digital signature validation"
    FIXITY_CHECK = "fixity check"
    REPLICATION = "replication"
    MODIFICATION = "modification"
    INGESTION_START = "ingestion start"
    INGESTION_END = "ingestion end"
    DISSEMINATION = "dissemination"
    DELETION = "deletion"


class AgentType(enum.StrEnum):
    SOFTWARE = "software"
    HARDWARE = "hardware"
    PERSON = "person"
    ORGANIZATION = "organization"


@dataclass(frozen=True, slots=True)
class PreservedObject:
    """One file. role: `original`, `record`, `text` …; unique within the paper. name: its logical path, unique within the document.

    media_type: `application/pdf`. size: bytes. sha256, sha512: lower-case hex; sha512 may be "". created_by: the program that made it,
    "" where that is not known. derived_from: the role of the file it was made from, "" for none.
    """

    role: str
    name: str
    media_type: str
    size: int
    sha256: str
    sha512: str = ""
    created_by: str = ""
    derived_from: str = ""


@dataclass(frozen=True, slots=True)
class PreservedEvent:
    """Something that happened. id: unique within the document. at: aware. outcome: `ok`, `failed`, … ; detail: a sentence or "".

    agent: the id of an agent of the same paper. about: roles of the objects it concerns; none: the paper as a whole.
    """

    id: str
    type: EventType
    at: datetime
    outcome: str
    detail: str
    agent: str
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PreservedAgent:
    """Who or what acted. id: unique within the paper; the same id in two papers is the same agent. version: "" for people."""

    id: str
    name: str
    type: AgentType
    version: str = ""


@dataclass(frozen=True, slots=True)
class Preserved:
    """One paper. document_id: the record's id. At least one object; what events name must be here.

    urn: of what the objects are parts of, where that is something else than a record.
    """

    document_id: str
    objects: Sequence[PreservedObject]
    events: Sequence[PreservedEvent]
    agents: Sequence[PreservedAgent]
    urn: str = ""

    @property
    def identifier(self) -> str:
        return self.urn or f"urn:sohoa:record:{self.document_id}"


def premis_of(paper: Preserved) -> bytes:
    """One paper as PREMIS 3.0 XML, UTF-8, ending in a line feed. Raises ValueError when an event names what the paper has not."""
    return premis_together((paper,))


def premis_together(papers: Sequence[Preserved]) -> bytes:
    """Several papers in one document: objects, then events, then agents, each in the order given. Raises ValueError as above."""
    root = Element(
        "premis:premis",
        {"xmlns:premis": NAMESPACE, "xmlns:xsi": _XSI, "xsi:schemaLocation": f"{NAMESPACE} premis.xsd", "version": "3.0"},
    )
    for paper in papers:
        _entity(root, paper)
        for one in paper.objects:
            _object(root, paper, one)
    for paper in papers:
        for event in paper.events:
            _event(root, paper, event)
    for agent in _once(agent for paper in papers for agent in paper.agents):
        _agent(root, agent)
    return encoded(root)


def _entity(root: Element, paper: Preserved) -> None:
    entity = SubElement(root, "premis:object", {"xsi:type": "premis:intellectualEntity"})
    _identifier(entity, "objectIdentifier", "URN", paper.identifier)
    for one in paper.objects:
        _relation(entity, "structural", "has part", "path", one.name)
    _links_to_events(entity, (event for event in paper.events if not event.about))


def _object(root: Element, paper: Preserved, one: PreservedObject) -> None:
    written = SubElement(root, "premis:object", {"xsi:type": "premis:file"})
    _identifier(written, "objectIdentifier", "path", one.name)
    significant = SubElement(written, "premis:significantProperties")
    _text(significant, "significantPropertiesType", "role")
    _text(significant, "significantPropertiesValue", one.role)
    about = SubElement(written, "premis:objectCharacteristics")
    _text(about, "compositionLevel", "0")
    for algorithm, digest in (("SHA-256", one.sha256), ("SHA-512", one.sha512)):
        if digest:
            fixity = SubElement(about, "premis:fixity")
            _text(fixity, "messageDigestAlgorithm", algorithm, "cryptographicHashFunctions")
            _text(fixity, "messageDigest", digest)
    _text(about, "size", str(one.size))
    designation = SubElement(SubElement(about, "premis:format"), "premis:formatDesignation")
    _text(designation, "formatName", one.media_type)
    if one.created_by:
        _text(SubElement(about, "premis:creatingApplication"), "creatingApplicationName", one.created_by)
    _relation(written, "structural", "is part of", "URN", paper.identifier)
    if one.derived_from:
        _relation(written, "derivation", "has source", "path", _name_of(paper, one.derived_from))
    _links_to_events(written, (event for event in paper.events if one.role in event.about))


def _event(root: Element, paper: Preserved, event: PreservedEvent) -> None:
    if event.agent not in {agent.id for agent in paper.agents}:
        raise ValueError(f"event {event.id} names an agent that the paper has no entry for")
    written = SubElement(root, "premis:event")
    _identifier(written, "eventIdentifier", "local", event.id)
    _text(written, "eventType", event.type, "eventType")
    _text(written, "eventDateTime", event.at.astimezone(UTC).isoformat(timespec="seconds"))
    if event.detail:
        _text(SubElement(written, "premis:eventDetailInformation"), "eventDetail", event.detail)
    if event.outcome:
        _text(SubElement(written, "premis:eventOutcomeInformation"), "eventOutcome", event.outcome)
    _identifier(written, "linkingAgentIdentifier", "local", event.agent)
    for kind, value in [("path", _name_of(paper, role)) for role in event.about] or [("URN", paper.identifier)]:
        _identifier(written, "linkingObjectIdentifier", kind, value)


def _agent(root: Element, agent: PreservedAgent) -> None:
    written = SubElement(root, "premis:agent")
    _identifier(written, "agentIdentifier", "local", agent.id)
    _text(written, "agentName", agent.name)
    _text(written, "agentType", agent.type, "agentType")
    if agent.version:
        _text(written, "agentVersion", agent.version)


def _name_of(paper: Preserved, role: str) -> str:
    for one in paper.objects:
        if one.role == role:
            return one.name
    raise ValueError(f"the paper has no object of the role {role}")


def _once(agents: Iterable[PreservedAgent]) -> Iterable[PreservedAgent]:
    return {agent.id: agent for agent in agents}.values()


def _identifier(above: Element, name: str, kind: str, value: str) -> None:
    written = SubElement(above, f"premis:{name}")
    _text(written, f"{name}Type", kind)
    _text(written, f"{name}Value", value)


def _relation(above: Element, kind: str, sub_kind: str, identifier: str, value: str) -> None:
    written = SubElement(above, "premis:relationship")
    _text(written, "relationshipType", kind, "relationshipType")
    _text(written, "relationshipSubType", sub_kind, "relationshipSubType")
    _identifier(written, "relatedObjectIdentifier", identifier, value)


def _links_to_events(above: Element, events: Iterable[PreservedEvent]) -> None:
    for event in events:
        _identifier(above, "linkingEventIdentifier", "local", event.id)


def _text(above: Element, name: str, value: str, vocabulary: str = "") -> None:
    authority = {"authority": vocabulary, "authorityURI": _VOCABULARY + vocabulary} if vocabulary else {}
    SubElement(above, f"premis:{name}", authority).text = writable(value)
