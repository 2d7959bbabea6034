"""The review desk: which records wait for a person, what is doubtful about one, what is complete; and what people vouched for.

A person's word is written by settling.py. `verified` is for those who learn from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.db.models import Q

from sohoa.kernel.clock import VIETNAM
from sohoa.storage.audit import chain
from sohoa.storage.catalogue.fields import FieldRevision
from sohoa.storage.catalogue.matching import DISPUTED_FLAG, DOSSIER, SUGGESTED_FLAG, possible_in
from sohoa.storage.catalogue.records import Filing, Record
from sohoa.storage.catalogue.register import Dossier
from sohoa.storage.completeness import Completeness, completeness
from sohoa.storage.field_values import TYPE, ValueRefused, checked, in_order_of_asking, name_vi, rule_of
from sohoa.storage.objects.model import ObjectStore
from sohoa.storage.reading_room import NoSuchRecord
from sohoa.storage.refiling import archived_lying
from sohoa.storage.revisions import UNDONE, catch_up

CHOICES = 3  # offered on number keys
VERIFIED = "verified"  # a type's agreement, once a person said so


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line of the list. fields: those that wait, in the order of asking."""

    document_id: str
    type_code: str
    type_name: str
    unit: str
    dossier: str
    archived_at: datetime
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """Of today's work (since midnight in Vietnam): what was settled, and what still waits."""

    records_waiting: int
    fields_waiting: int
    records_done: int
    fields_done: int


@dataclass(frozen=True, slots=True)
class AboutDossier:
    """A dossier that is offered, or that a field names. score, clues: why, see Possible in catalogue/matching.py.

    registered: the register knows it; then procedure and received tell what it is. lies_here: the record lies in it.
    """

    code: str
    score: float | None
    clues: tuple[str, ...]
    registered: bool
    procedure: str
    received: datetime | None
    lies_here: bool


@dataclass(frozen=True, slots=True)
class Doubt:
    """One field that waits. value: "" when there is none. choices: up to three other readings, numbered from 1 by their place.

    reason: missing | witnesses_disagree | breaks_rule | other_readings | unsure; of a dossier's code also dossier_suggested |
    dossier_disputed | dossier_unknown; else the first of `doubts` without what it tells, see `doubts` in ocr/model.py.
    witnesses: of the type, what each took it for. dossiers: of a dossier's code, what is known of its value and each choice.
    page, bbox: where it stands, as in ocr/model.py; None where no single place says it.
    """

    field: str
    name_vi: str
    value: str
    raw: str
    source: str
    confidence: float
    choices: tuple[tuple[str, float | None], ...]
    reason: str
    witnesses: dict[str, str]
    page: int | None
    bbox: tuple[int, int, int, int] | None
    doubts: tuple[str, ...] = ()
    dossiers: tuple[AboutDossier, ...] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """A record in front of a person. version: the number of its last revision, to be given back when settling."""

    record: Record
    version: int
    dossier: str
    doubts: tuple[Doubt, ...]
    completeness: Completeness


# -- looking ----------------------------------------------------------------------------------------------------------


def waiting(unit: str = "", *, limit: int | None = 20, offset: int = 0) -> list[Waiting]:
    """Records that wait for a person, the longest archived first. limit: None for all."""
    found = _waiting(unit).order_by("archived_at", "pk").prefetch_related("filings")
    return [
        Waiting(
            record.pk,
            record.type_code,
            record.type_name,
            record.unit,
            _dossier(record),
            record.archived_at,
            tuple(in_order_of_asking(record.needs_review)),
        )
        for record in found[offset : None if limit is None else offset + limit]
    ]


def progress(unit: str = "", *, now: datetime) -> Progress:
    """A record is done today when a person settled something of it today and nothing of it waits any more."""
    fields = sum(len(names) for names in _waiting(unit).values_list("needs_review", flat=True).iterator(chunk_size=1000))
    midnight = datetime.combine(now.astimezone(VIETNAM).date(), time.min, VIETNAM)
    today = FieldRevision.objects.filter(at__gte=midnight, record__in=_of_unit(unit)).order_by("record_id", "number")
    last = {(record, field): reason for record, field, reason in today.values_list("record_id", "field", "reason")}
    settled = {where for where, reason in last.items() if reason != UNDONE}
    touched = Record.objects.filter(pk__in={record for record, _ in settled}, waits=False)
    return Progress(_waiting(unit).count(), fields, touched.count(), len(settled))


def at_the_desk(document_id: str, store: ObjectStore, *, now: datetime, by: str | None = None) -> Desk:
    """One record with what is doubtful about it; opening it is an event of the log. Raises NoSuchRecord, RevisionBroken."""
    chain.append("record.read", found(document_id).pk, now=now, actor=by)
    return looked_at_again(document_id, store, now=now)


def looked_at_again(document_id: str, store: ObjectStore, *, now: datetime) -> Desk:
    """A record that this person has opened already, as it is now."""
    record = found(document_id)
    version, _ = catch_up(record, store)
    doubts = tuple(_doubt(record, name, now) for name in in_order_of_asking(record.needs_review))
    return Desk(record, version, _dossier(record), doubts, completeness(record))


def verified(unit: str = "") -> Iterator[tuple[Record, str, str]]:
    """What people vouched for: (record, field, value), the type under the name "type"; page texts are in `record.texts`.

    A type's labels train the classifier; issuing_agency, signer_name and signer_position make the unit's own lexicon.
    """
    reviewed = _of_unit(unit).filter(pk__in=FieldRevision.objects.values("record")).order_by("archived_at", "pk")
    for record in reviewed.iterator(chunk_size=100):
        if record.type_agreement == VERIFIED:
            yield record, TYPE, record.type_code
        for name, field in record.fields.items():
            if "verified_by" in field and field["value"]:
                yield record, name, field["value"]


def found(document_id: str) -> Record:
    """Raises NoSuchRecord."""
    record = Record.objects.filter(pk=document_id).first()
    if record is None:
        raise NoSuchRecord()
    return record


def standing_in(record: Record, field: str) -> dict[str, Any] | None:
    if field == TYPE:
        return {"value": record.type_code, "name": record.type_name, "agreement": record.type_agreement}
    return record.fields.get(field)


def value_in(record: Record, field: str) -> str:
    standing = standing_in(record, field)
    return str(standing["value"]) if standing else ""


# -- what is doubtful -------------------------------------------------------------------------------------------------


def choices_of(record: Record, field: str) -> list[tuple[str, float | None]]:
    """The other readings, best first, at most three; their numbers stay the same whatever a person has entered since."""
    if field == TYPE:
        first = record.revisions.filter(field=TYPE).order_by("number").first()
        read = first.old["value"] if first else record.type_code
        others = [(code, None) for code in dict.fromkeys(record.type_witnesses.values()) if code]
    else:
        standing = record.fields.get(field, {})
        was_read = standing.get("read") or (standing if standing.get("source") != "manual" else {})
        read = was_read.get("value", "")
        others = [(other["value"], other["confidence"]) for other in standing.get("alternatives", ())]
        others = _with_dossiers(record, others) if field == DOSSIER else others
    return [(value, confidence) for value, confidence in others if value != read][:CHOICES]


def _with_dossiers(record: Record, read: list[tuple[str, float | None]]) -> list[tuple[str, float | None]]:
    """Where it was archived, where there is a dispute; the dossiers that flags name; what else was read."""
    archived = archived_lying(record)
    flagged = [(one.code, one.score) for one in possible_in(archived.flags)]
    here = [(archived.dossier, None)] if archived.dossier and flagged else []
    told = [*here, *flagged]
    return told + [(value, sure) for value, sure in read if value not in {code for code, _ in told}]


def _about_dossiers(record: Record, codes: list[str]) -> tuple[AboutDossier, ...]:
    named = {one.code: one for one in possible_in(archived_lying(record).flags)}
    registered = Dossier.objects.in_bulk(codes)
    lies_in = set(record.filings.values_list("dossier_code", flat=True))
    told: list[AboutDossier] = []
    for code in codes:
        possible, dossier = named.get(code), registered.get(code)
        told.append(
            AboutDossier(
                code,
                possible.score if possible else None,
                possible.clues if possible else (),
                dossier is not None,
                dossier.procedure_name if dossier else "",
                dossier.received_at if dossier else None,
                code in lies_in,
            )
        )
    return tuple(told)


def _doubt(record: Record, name: str, now: datetime) -> Doubt:
    standing = {} if name == TYPE else record.fields.get(name, {})
    bbox = standing.get("bbox")
    value, choices = value_in(record, name), tuple(choices_of(record, name))
    return Doubt(
        field=name,
        name_vi=name_vi(name),
        value=value,
        raw=standing.get("raw", ""),
        source=standing.get("source", "ocr"),
        confidence=float(standing.get("confidence", 0.0)),
        choices=choices,
        reason=_reason(record, name, now),
        witnesses=dict(record.type_witnesses) if name == TYPE else {},
        page=standing.get("page"),
        bbox=tuple(bbox) if bbox else None,
        doubts=tuple(standing.get("doubts", ())),
        dossiers=_about_dossiers(record, [code for code in (value, *(one for one, _ in choices)) if code])
        if name == DOSSIER
        else (),
    )


def _reason(record: Record, name: str, now: datetime) -> str:
    value = value_in(record, name)
    if name == DOSSIER and (told := _about_its_dossier(record, value)):
        return told
    if not value:
        return "missing"
    if name == TYPE:
        return "witnesses_disagree" if record.type_agreement == "disagree" else "unsure"
    try:
        checked(rule_of(name, known=record.fields), value, today=now.astimezone(VIETNAM).date())
    except ValueRefused:
        return "breaks_rule"
    told = record.fields[name].get("doubts", ())
    if told:
        return str(told[0]).partition(":")[0]
    sure = float(record.fields[name].get("confidence", 0.0))
    rivals = [confidence for _, confidence in choices_of(record, name) if confidence is not None]
    # A reading at least half as likely as the first is what a person should compare it with.
    return "other_readings" if rivals and max(rivals) >= sure / 2 else "unsure"


def _about_its_dossier(record: Record, value: str) -> str:
    if any(flag.startswith(DISPUTED_FLAG) for flag in record.flags):
        return "dossier_disputed"
    if value and not Dossier.objects.filter(pk=value).exists():
        return "dossier_unknown"
    return "dossier_suggested" if any(flag.startswith(SUGGESTED_FLAG) for flag in record.flags) else ""


def _waiting(unit: str) -> Any:
    return _of_unit(unit).filter(waits=True)


def _of_unit(unit: str) -> Any:
    """Records whose unit it is, or that lie in a dossier of its; "" for all."""
    if not unit:
        return Record.objects.all()
    lies = Filing.objects.filter(Q(component__dossier__unit_id=unit) | Q(result__dossier__unit_id=unit))
    return Record.objects.filter(Q(unit=unit) | Q(pk__in=lies.values("record")))


def _dossier(record: Record) -> str:
    filings = sorted(record.filings.all(), key=lambda filing: filing.pk)
    return filings[0].dossier_code if filings else ""
