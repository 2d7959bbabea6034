"""Which dossiers the office has, which papers belong to them, and the register (CSV) that tells the product about it.

Some dossiers are incomplete on purpose, so that no indicator is 100 %: of every ten, one lacks a component's paper, one was
resolved without its result ever coming to the scanner, one is still in work.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from sohoa.kernel.clock import VIETNAM, iso_vietnam
from sohoa.pipeline.sources.sampleoffice.agencies import Agency
from sohoa.pipeline.sources.sampleoffice.chance import dice
from sohoa.pipeline.sources.sampleoffice.kinds.story import Story, telling, working_day
from sohoa.pipeline.sources.sampleoffice.people import Person, day_between, person
from sohoa.pipeline.sources.sampleoffice.procedures import PROCEDURES, Component, Procedure

HEADER = (
    *("dossier_code", "procedure_code", "procedure_name", "sector", "unit_code", "unit_name", "unit_level", "channel"),
    *("received_at", "due_at", "resolved_at", "returned_at", "status", "yields_result"),
    *("owner_identifier", "kind", "ordinal", "document_type", "name", "decision", "sheets"),
)
LOOSE_FOLDER = "van-thu"
LOOSE_KINDS = ("BC", "KH", "CV", "TTr", "TB", "QĐ", "BB")
LOOSE_SHARE = 0.2

Fate = Literal["whole", "component_missing", "result_missing", "in_work"]
# Of ten dossiers. The first block keeps this order, so that even a small office has every kind of gap but not only gaps.
FATES: tuple[Fate, ...] = (
    *("whole", "whole", "whole", "whole", "component_missing", "result_missing", "in_work", "whole", "whole", "whole"),
)
# Status codes of the one-stop systems: 4 đang xử lý, 5 yêu cầu bổ sung, 9 đã xử lý xong, 10 đã trả kết quả.
IN_WORK, SUPPLEMENT, RESOLVED, RETURNED = 4, 5, 9, 10


@dataclass(frozen=True, slots=True)
class PlannedPaper:
    """seat: where it belongs in the register, ("component" | "result", ordinal), or None for a loose paper."""

    folder: str
    ordinal: int
    kind: str
    seed: int
    story: Story
    seat: tuple[str, int] | None


@dataclass(frozen=True, slots=True)
class Dossier:
    code: str
    procedure: Procedure
    agency: Agency
    applicant: Person
    channel: str
    received: datetime
    due: datetime
    resolved: datetime | None
    returned: datetime | None
    status: int
    components: tuple[Component, ...]
    papers: tuple[PlannedPaper, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    dossiers: tuple[Dossier, ...]
    loose: tuple[PlannedPaper, ...]

    @property
    def papers(self) -> tuple[PlannedPaper, ...]:
        return (*(paper for dossier in self.dossiers for paper in dossier.papers), *self.loose)


def planned(seed: int, papers: int) -> Plan:
    """Exactly `papers` papers, most of them in dossiers."""
    loose = round(papers * LOOSE_SHARE)
    left = papers - loose
    dossiers: list[Dossier] = []
    used: dict[str, int] = {}
    while left:
        dossier = _dossier(seed, len(dossiers), left, used)
        dossiers.append(dossier)
        left -= len(dossier.papers)
    return Plan(tuple(dossiers), tuple(_loose(seed, index) for index in range(loose)))


def _loose(seed: int, index: int) -> PlannedPaper:
    rng = dice("loose", seed, index)
    kind = LOOSE_KINDS[index % len(LOOSE_KINDS)]
    return PlannedPaper(LOOSE_FOLDER, index + 1, kind, rng.getrandbits(60), telling(rng), None)


def _dossier(seed: int, index: int, room: int, used: dict[str, int]) -> Dossier:
    rng = dice("dossier", seed, index)
    procedure = next(p for p in (*PROCEDURES[index % len(PROCEDURES) :], *PROCEDURES[::-1]) if _papers_of(p) <= room)
    agency = rng.choice(procedure.agencies)
    commune = agency.name.removeprefix("Ủy ban nhân dân ") if agency.level == "commune" else ""
    applicant = person(rng, commune=commune)
    fate = FATES[index] if index < len(FATES) else rng.choice(FATES)
    received = working_day(day_between(rng, date(2026, 1, 5), date(2026, 5, 18)))
    scanned = [number for number, component in enumerate(procedure.components, 1) if component.scanned]
    if fate == "component_missing":
        scanned.remove(
            rng.choice([number for number in scanned if procedure.components[number - 1].decision == "required_by_rule"])
        )
    times = _times(rng, received, procedure.days, fate)
    code = _code(agency, received, used)
    papers = [
        _paper(
            rng, code, place, procedure.components[number - 1].kind, ("component", number), procedure, agency, applicant, received
        )
        for place, number in enumerate(scanned, 1)
    ]
    if times[1] is not None and procedure.result is not None and fate != "result_missing":
        kind, day = procedure.result[0], times[1].date()
        papers.append(_paper(rng, code, len(scanned) + 1, kind, ("result", 1), procedure, agency, applicant, day))
    return Dossier(
        code=code,
        procedure=procedure,
        agency=agency,
        applicant=applicant,
        channel=rng.choices(("online", "direct", "postal"), (62, 31, 7))[0],
        received=_at(rng, received),
        due=times[0],
        resolved=times[1],
        returned=times[2],
        status=_status(rng, times[1], times[2]),
        components=procedure.components,
        papers=tuple(papers),
    )


def _papers_of(procedure: Procedure) -> int:
    """At most; the last dossier of an office must not bring more than was asked for."""
    return sum(component.scanned for component in procedure.components) + (procedure.result is not None)


def _paper(
    rng: random.Random,
    code: str,
    place: int,
    kind: str,
    seat: tuple[str, int],
    procedure: Procedure,
    agency: Agency,
    applicant: Person,
    day: date,
) -> PlannedPaper:
    return PlannedPaper(code, place, kind, rng.getrandbits(60), Story(applicant, agency, day, procedure.topic), seat)


def _times(rng: random.Random, received: date, days: int, fate: Fate) -> tuple[datetime, datetime | None, datetime | None]:
    """Due, resolved, returned. Most are early; one in twelve is late."""
    due = datetime.combine(working_day(received + timedelta(days=round(days * 1.4))), time(17, 0), VIETNAM)
    if fate == "in_work":
        return due, None, None
    taken = rng.randint(1, max(1, days)) if rng.random() < 11 / 12 else round(days * 1.4) + rng.randint(1, 5)
    resolved = _at(rng, working_day(received + timedelta(days=taken)))
    returned = _at(rng, working_day(resolved.date() + timedelta(days=rng.randint(1, 4)))) if rng.random() < 0.75 else None
    return due, resolved, returned


def _status(rng: random.Random, resolved: datetime | None, returned: datetime | None) -> int:
    if returned is not None:
        return RETURNED
    if resolved is not None:
        return RESOLVED
    return rng.choice((IN_WORK, IN_WORK, SUPPLEMENT))


def _at(rng: random.Random, day: date) -> datetime:
    return datetime.combine(day, time(rng.choice((8, 9, 10, 14, 15, 16)), rng.randrange(60)), VIETNAM)


def _code(agency: Agency, day: date, used: dict[str, int]) -> str:
    """`<agency>-YYMMDD-XXXX`, numbered anew each day (TT 01/2018/TT-VPCP, Điều 19)."""
    stem = f"{agency.unit_code}-{day:%y%m%d}"
    used[stem] = used.get(stem, 0) + 1
    return f"{stem}-{used[stem]:04d}"


def register_csv(dossiers: Iterable[Dossier], sheets: Mapping[tuple[str, str, int], int]) -> bytes:
    """The register in long form, a row for each component and result; UTF-8 with a byte order mark, as spreadsheets want it.

    sheets: by dossier code, row kind and ordinal, where a paper exists.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for dossier in dossiers:
        head = _head(dossier)
        for ordinal, component in enumerate(dossier.components, 1):
            count = sheets.get((dossier.code, "component", ordinal), 1)
            writer.writerow((*head, "component", ordinal, component.kind, component.name, component.decision, count))
        if dossier.resolved is not None and dossier.procedure.result is not None:
            kind, name = dossier.procedure.result
            writer.writerow((*head, "result", 1, kind, name, "required_by_rule", sheets.get((dossier.code, "result", 1), 1)))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _head(dossier: Dossier) -> tuple[str, ...]:
    procedure, agency = dossier.procedure, dossier.agency
    moments = (dossier.received, dossier.due, dossier.resolved, dossier.returned)
    return (
        *(
            dossier.code,
            procedure.code,
            procedure.name,
            procedure.sector,
            agency.unit_code,
            agency.name,
            agency.level,
            dossier.channel,
        ),
        *("" if moment is None else iso_vietnam(moment) for moment in moments),
        *(str(dossier.status), "no" if procedure.result is None else "yes", dossier.applicant.personal_id),
    )
