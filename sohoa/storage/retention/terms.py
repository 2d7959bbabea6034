"""How long packages are kept: the office's rules, applied to what the catalogue knows.

A package is kept as long as the longest-lived thing in it, by 31/12 of (year in which the work ended + years of the class) [derived]. The
work of a dossier ended when the register says it was resolved. A dossier that the register knows and that is not resolved yet has no end;
where no register speaks, the year of archiving stands in and the term is flagged `end_assumed`.

What no rule is about has no class, and so no end: it is never over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from sohoa.config.retention import RetentionPlan, Rule
from sohoa.kernel.clock import VIETNAM
from sohoa.storage.catalogue.matching import PROCEDURE
from sohoa.storage.catalogue.records import Record
from sohoa.storage.catalogue.register import Dossier
from sohoa.storage.catalogue.retention import DestroyedRecord
from sohoa.storage.objects.model import Retention
from sohoa.storage.packages.model import dossier_of

BATCH = 500  # packages looked up together
CLASS_UNKNOWN, NOT_ENDED, END_ASSUMED, NOT_IN_REGISTER = "class_unknown", "not_ended", "end_assumed", "not_in_register"
_STEP = 5  # years: a lock that cannot reach its end at once moves on in such steps, not with every new year


@dataclass(frozen=True, slots=True)
class Term:
    """How long one package is kept, and why.

    records, dossiers, procedures, sectors: of what lies in it, sorted. code: of its class, "" when unknown. ended: when the last of the
    work ended. until: the last day of keeping; None: for ever, or not known (see `permanent` and `flags`). sources: on whose word.
    """

    package: str
    records: tuple[str, ...]
    dossiers: tuple[str, ...]
    procedures: tuple[str, ...]
    sectors: tuple[str, ...]
    code: str
    permanent: bool
    ended: date | None
    until: date | None
    flags: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def dossier(self) -> str:
        """The dossier whose package it is, "" for none."""
        return dossier_of(self.package)

    def as_dict(self) -> dict[str, Any]:
        """What a list for destruction and a tombstone say of it."""
        return {
            "package": self.package,
            "dossier": self.dossier,
            "class": self.code,
            "ended": self.ended.isoformat() if self.ended else None,
            "until": self.until.isoformat() if self.until else None,
            "flags": list(self.flags),
        }

    def over(self, today: date) -> bool:
        return self.until is not None and self.until < today


def living() -> QuerySet[Record]:
    """Records that were not destroyed."""
    return Record.objects.filter(~Exists(DestroyedRecord.objects.filter(record=OuterRef("pk"))))


def terms(plan: RetentionPlan, packages: Iterable[str] | None = None) -> Iterator[Term]:
    """Of every package that the catalogue knows and that was not destroyed, or of those named, by their ids; a few hundred in memory."""
    if packages is None:
        packages = living().order_by("package").values_list("package", flat=True).distinct().iterator(chunk_size=BATCH)
    wanted = iter(packages)
    while batch := list(islice(wanted, BATCH)):
        yield from _terms_of(plan, batch)


def term_of(plan: RetentionPlan, package: str) -> Term | None:
    return next(terms(plan, [package]), None)


def day_of(moment: datetime) -> date:
    """The day in Vietnam."""
    return moment.astimezone(VIETNAM).date()


def last_moment(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), VIETNAM)


def year_end(ended: date, years: int) -> date:
    """31/12 of the year of `ended` + years."""
    return date(ended.year + years, 12, 31)


def furthest_lock(plan: RetentionPlan, *, now: datetime) -> datetime:
    """The latest end that the office sets a lock to at once."""
    return last_moment(date((day_of(now).year + plan.longest_lock) // _STEP * _STEP, 12, 31))


def locked_until(plan: RetentionPlan, term: Term, *, now: datetime) -> datetime | None:
    """When the locks of a package should end: with its term, but no further ahead than the office sets locks at once. None: the term
    says nothing."""
    if not term.code or (term.until is None and not term.permanent):
        return None
    furthest = furthest_lock(plan, now=now)
    return furthest if term.until is None else min(furthest, last_moment(term.until))


def lock_until(
    plan: RetentionPlan, *, dossier: str, procedure: str, type_code: str, otherwise: Retention, now: datetime
) -> Retention:
    """For a paper that is being archived. otherwise: what the settings say; its mode is always kept.

    The class says when, where the class and the end of the work are known and that end is still to come; else `otherwise` does, as a lock
    that turns out too long cannot be taken back, and one that turns out too short can be made longer (locking.py).
    """
    known = Dossier.objects.filter(pk=dossier).first() if dossier else None
    if known is None or known.resolved_at is None:
        return otherwise
    ended = day_of(known.resolved_at)
    rules = [plan.for_procedure(known.procedure_code or procedure, ended), plan.for_type(type_code, ended)]
    found = _longest([(rule, ended) for rule in rules if rule])
    if found is None:
        return otherwise
    rule, until = found
    term = Term("", (), (), (), (), rule.code, until is None, ended, until, (), ())
    until_then = locked_until(plan, term, now=now)
    return Retention(otherwise.mode, until_then) if until_then and until_then > now else otherwise


def _terms_of(plan: RetentionPlan, packages: Sequence[str]) -> Iterator[Term]:
    columns = living().filter(package__in=packages).prefetch_related("filings").order_by("package", "pk")
    records: dict[str, list[Record]] = {}
    for record in columns:
        records.setdefault(record.package, []).append(record)
    lying = {record.pk: _dossiers_of(record) for together in records.values() for record in together}
    register = Dossier.objects.in_bulk({code for codes in lying.values() for code in codes})
    for package in packages:
        if package in records:
            yield _term(plan, package, records[package], lying, register)


def _dossiers_of(record: Record) -> list[str]:
    """Where it lies now; a paper that was filed elsewhere keeps its bytes where they are, and is kept as long as its new dossier."""
    return sorted(filing.dossier_code for filing in record.filings.all())


def _term(
    plan: RetentionPlan, package: str, records: Sequence[Record], lying: Mapping[str, list[str]], register: Mapping[str, Dossier]
) -> Term:
    flags: set[str] = set()
    procedures: set[str] = set()
    found: list[tuple[Rule, date]] = []
    ends: list[date] = []
    for record in records:
        own = [register[code] for code in lying[record.pk] if code in register]
        if len(own) < len(lying[record.pk]):
            flags.add(NOT_IN_REGISTER)
        if any(dossier.resolved_at is None for dossier in own):
            flags.add(NOT_ENDED)
        if not own:
            flags.add(END_ASSUMED)
        told = {(dossier.procedure_code, day_of(dossier.resolved_at or record.archived_at)) for dossier in own}
        told = told or {(_procedure_in(record), day_of(record.archived_at))}
        rules = [(rule, ended) for procedure, ended in told if (rule := plan.for_procedure(procedure, ended))]
        rules += [(rule, ended) for _, ended in told if (rule := plan.for_type(record.type_code, ended))]
        if not rules:
            flags.add(CLASS_UNKNOWN)
        procedures |= {procedure for procedure, _ in told if procedure}
        found += rules
        ends += [ended for _, ended in told]
    longest = None if flags & {CLASS_UNKNOWN} else _longest(found)
    dossiers = {code for record in records for code in lying[record.pk]}
    open_ended = NOT_ENDED in flags
    return Term(
        package=package,
        records=tuple(record.pk for record in records),
        dossiers=tuple(sorted(dossiers)),
        procedures=tuple(sorted(procedures)),
        sectors=tuple(sorted({register[code].sector for code in dossiers if code in register})),
        code=longest[0].code if longest else "",
        permanent=bool(longest and longest[1] is None),
        ended=None if open_ended else max(ends),
        until=longest[1] if longest and not open_ended else None,
        flags=tuple(sorted(flags)),
        sources=tuple(sorted({rule.source for rule, _ in found})),
    )


def _longest(found: Iterable[tuple[Rule, date]]) -> tuple[Rule, date | None] | None:
    """The rule that keeps longest, and until when; None for ever."""
    told = [(rule, None if rule.years is None else year_end(ended, rule.years)) for rule, ended in found]
    return max(told, key=lambda one: (one[1] is None, one[1] or date.max, one[0].code), default=None)


def _procedure_in(record: Record) -> str:
    """What the paper itself names, where no register speaks for it."""
    return str(record.fields.get(PROCEDURE, {}).get("value", ""))
