"""What is exported, as one neutral value: a dossier's facts, its papers, their files, their fields as they stand, what happened to them.

Every format is written from this value alone. The order of papers is that of archiving, so a paper keeps its number when others join.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from sohoa.config.retention import RetentionPlan
from sohoa.kernel.clock import iso_vietnam
from sohoa.storage.audit.models import AuditEvent
from sohoa.storage.catalogue.records import Filing, Record, StoredFile
from sohoa.storage.catalogue.register import Dossier
from sohoa.storage.catalogue.retention import ResultState
from sohoa.storage.exports.errors import NothingToExport, NotInDossier
from sohoa.storage.objects.model import ObjectStore, StoredObject
from sohoa.storage.packages import ocfl
from sohoa.storage.packages.model import Package
from sohoa.storage.retention.terms import term_of

MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".xml": "application/xml",
    ".json": "application/json",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
}
UNKNOWN_TYPE = "application/octet-stream"
# What changed a paper. Reading and exporting are events too, but a package that told them would differ each time it is made.
CHANGES = frozenset(
    {
        "record.archived",
        "record.reviewed",
        "record.refiled",
        "record.signature_renewed",
        "record.evidence_made",
        "record.evidence_renewed",
        "record.state_changed",
    }
)
_NUMBERED = re.compile(r"([a-z]+)-(\d{6})")
_FOLDERS = {"record": "renewals", "evidence": "evidence"}  # every other kind lies in a folder of its plural
VALID = "valid"  # the state of a result about which nobody decided anything


@dataclass(frozen=True, slots=True)
class HeldFile:
    """One object. path: its name within the document, `record.pdf` or `renewals/000001.pdf`."""

    role: str
    path: str
    media_type: str
    stored: StoredObject


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of the audit log that changed the document."""

    sequence: int
    at: datetime
    actor: str
    action: str


@dataclass(frozen=True, slots=True)
class Document:
    """An archived paper. ordinal: its place in the dossier, from 1. fields: name to value as they stand after every revision.

    born_digital: it arrived signed and was kept as it came. files: every object of it, by role. state: valid | expired | replaced |
    revoked, as people decided. maintenance: code of its retention class, "" where no rule of the office says one.
    """

    id: str
    ordinal: int
    archived_at: datetime
    type_code: str
    type_name: str
    title: str
    fields: Mapping[str, str]
    pages: int
    born_digital: bool
    signature_level: str
    signature_verdict: str
    state: str
    maintenance: str
    files: tuple[HeldFile, ...]
    history: tuple[Happening, ...]

    @property
    def current(self) -> HeldFile:
        """The file that counts: the newest version of what we made, or what came signed, byte for byte."""
        made = [file for file in self.files if file.role == "record" or file.role.startswith("record-")]
        original = [file for file in self.files if file.role == "original"]
        return (original or made)[-1] if self.born_digital else (made or original)[-1]


@dataclass(frozen=True, slots=True)
class Holding:
    """A dossier, or some papers of one. code: the dossier's, or the paper's own id where it lies in none. "" and None: not known.

    whole: all papers that the dossier holds now are here.
    """

    code: str
    in_dossier: bool
    whole: bool
    procedure_code: str
    procedure_name: str
    unit: str
    unit_name: str
    received_at: datetime | None
    ended_at: datetime | None
    documents: tuple[Document, ...]

    @property
    def as_of(self) -> datetime:
        """When anything in here last changed; a package carries this date, so that making it twice gives the same bytes."""
        return max(
            max([document.archived_at, *(event.at for event in document.history)], default=document.archived_at)
            for document in self.documents
        )

    def facts(self) -> dict[str, object]:
        """Everything of it as plain values, for people and programs; what a package is about, independent of any format."""
        return {
            "code": self.code,
            "in_dossier": self.in_dossier,
            "whole": self.whole,
            "procedure": {"code": self.procedure_code, "name": self.procedure_name},
            "unit": {"code": self.unit, "name": self.unit_name},
            "received_at": iso_vietnam(self.received_at) if self.received_at else None,
            "ended_at": iso_vietnam(self.ended_at) if self.ended_at else None,
            "documents": [_facts_of(document) for document in self.documents],
        }

    def canonical(self) -> bytes:
        return json.dumps(self.facts(), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _facts_of(document: Document) -> dict[str, object]:
    return {
        "document_id": document.id,
        "ordinal": document.ordinal,
        "archived_at": iso_vietnam(document.archived_at),
        "type": {"code": document.type_code, "name": document.type_name},
        "title": document.title,
        "fields": dict(document.fields),
        "pages": document.pages,
        "born_digital": document.born_digital,
        "signature": {"level": document.signature_level, "verdict": document.signature_verdict},
        "state": document.state,
        "maintenance": document.maintenance,
        "current": document.current.path,
        "files": [
            {"role": file.role, "path": file.path, "sha256": file.stored.sha256, "size": file.stored.size}
            for file in document.files
        ],
        "history": [
            {"sequence": one.sequence, "at": iso_vietnam(one.at), "actor": one.actor, "action": one.action}
            for one in document.history
        ],
    }


@dataclass(frozen=True, slots=True)
class Sources:
    """Where holdings come from besides the catalogue. store: for files of a package that no row names. plan: for retention classes."""

    store: ObjectStore | None = None
    plan: RetentionPlan | None = None


def gather(ids: Sequence[str], dossier: str = "", sources: Sources | None = None) -> list[Holding]:
    """One value for each dossier that `ids` name, and one for each dossier's papers that they name one by one.

    ids: document ids and dossier codes, in any mixture; none: `dossier` as a whole. dossier: in which of its dossiers a named paper
    is meant. What was destroyed is not there any more. Raises NothingToExport, NotInDossier, PackageBroken and the store's errors.
    """
    papers: dict[str, list[str]] = defaultdict(list)  # dossier code, or "" for papers that lie in none
    whole: list[str] = []
    for name in dict.fromkeys(ids or [dossier]):
        if Record.objects.filter(pk=name).exists():
            papers[_dossier_of(name, dossier)].append(name)
        elif Filing.objects.filter(dossier_code=name).exists():
            whole.append(name)
        else:
            raise NothingToExport()
    gatherer = _Gatherer(sources or Sources())
    wanted = dict.fromkeys(whole) | {code: named for code, named in papers.items() if code and code not in whole}
    loose = [gatherer.holding(name, [name], in_dossier=False) for name in papers.get("", ())]
    return [*(gatherer.holding(code, named, in_dossier=True) for code, named in wanted.items()), *loose]


def _dossier_of(document_id: str, asked: str) -> str:
    codes = list(Filing.objects.filter(record=document_id).order_by("pk").values_list("dossier_code", flat=True))
    if asked and asked not in codes:
        raise NotInDossier()
    return asked or (codes[0] if codes else "")


class _Gatherer:
    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._packages: dict[str, Package | None] = {}
        self._classes: dict[str, str] = {}

    def holding(self, code: str, named: Sequence[str] | None, *, in_dossier: bool) -> Holding:
        """named: None for all that lies in the dossier."""
        found = Record.objects.filter(filings__dossier_code=code) if in_dossier else Record.objects.filter(pk=code)
        numbered = list(enumerate(found.order_by("archived_at", "pk").prefetch_related("files"), 1))
        there = [(ordinal, one) for ordinal, one in numbered if one.files.all()]  # of what was destroyed only the row is left
        taken = [(ordinal, one) for ordinal, one in there if named is None or one.pk in named]
        if not taken or (named is not None and len(taken) < len(named)):
            raise NothingToExport()
        dossier = Dossier.objects.filter(pk=code).select_related("unit").first() if in_dossier else None
        return Holding(
            code=code,
            in_dossier=in_dossier,
            whole=len(taken) == len(there),
            procedure_code=dossier.procedure_code if dossier else "",
            procedure_name=dossier.procedure_name if dossier else "",
            unit=dossier.unit.code if dossier else next((one.unit for _, one in taken if one.unit), ""),
            unit_name=dossier.unit.name if dossier else "",
            received_at=dossier.received_at if dossier else None,
            ended_at=(dossier.returned_at or dossier.resolved_at) if dossier else None,
            documents=tuple(self._document(one, ordinal) for ordinal, one in taken),
        )

    def _document(self, record: Record, ordinal: int) -> Document:
        events = AuditEvent.objects.filter(subject=record.pk, action__in=CHANGES).order_by("sequence")
        state = ResultState.objects.filter(record=record).order_by("-number").first()
        return Document(
            id=record.pk,
            ordinal=ordinal,
            archived_at=record.archived_at,
            type_code=record.type_code,
            type_name=record.type_name,
            title=record.title,
            fields={name: str(field["value"]) for name, field in sorted(record.fields.items()) if field.get("value")},
            pages=record.pages,
            born_digital=record.signed_on_arrival,
            signature_level=record.signature_level,
            signature_verdict=record.signature_verdict,
            state=state.state if state else VALID,
            maintenance=self._class_of(record.package),
            files=tuple(sorted(self._files(record), key=lambda file: (file.role, file.path))),
            history=tuple(Happening(one.sequence, one.at, one.actor, one.action) for one in events),
        )

    def _class_of(self, package: str) -> str:
        if self._sources.plan is None or not package:
            return ""
        if package not in self._classes:
            term = term_of(self._sources.plan, package)
            self._classes[package] = term.code if term else ""
        return self._classes[package]

    def _files(self, record: Record) -> Iterator[HeldFile]:
        rows = list(record.files.all())
        yield from (_file(row) for row in rows)
        package = self._package_of(record.package)
        named = {row.key for row in rows}
        for held in package.under(record.pk) if package else ():
            if held.key not in named:
                path = held.path.removeprefix(f"{record.pk}/")
                yield HeldFile(f"beside {path}", path, _media_type(path), held.stored)

    def _package_of(self, package: str) -> Package | None:
        if self._sources.store is None or not package:
            return None
        if package not in self._packages:
            self._packages = {package: ocfl.opened(self._sources.store, package)}  # papers of one package come together
        return self._packages[package]


def _file(row: StoredFile) -> HeldFile:
    suffix = PurePosixPath(row.key).suffix.lower()
    numbered = _NUMBERED.fullmatch(row.role)
    if numbered:
        name = f"{_FOLDERS.get(numbered[1], numbered[1] + 's')}/{numbered[2]}"
    else:
        name = "metadata" if row.role == "manifest" else row.role
    stored = StoredObject(row.bucket, row.key, row.version_id, row.sha256, row.size)
    return HeldFile(row.role, f"{name}{suffix}", _media_type(row.key), stored)


def _media_type(name: str) -> str:
    return MEDIA_TYPES.get(PurePosixPath(name).suffix.lower(), UNKNOWN_TYPE)
