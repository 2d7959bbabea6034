"""How long records are kept: what sohoa ships (catalogues/retention.toml) and, over it, `retention.toml` in SOHOA_HOME.

The office's classes replace ours of the same code, its rules stand beside ours, its handovers replace all of ours where it names any.
Both files are checked as a whole when they are read; their form is told at the head of the shipped one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

from sohoa.config.tables import Tables
from sohoa.kernel.errors import Exit, SohoaError

FILE = "retention.toml"
EVERY = "*"  # a rule for every procedure that has none of its own
_LONGEST = 1000  # years; more is a slip of the hand


class RetentionRefused(SohoaError):
    code, exit_code = "config.retention_refused", Exit.USAGE
    vi = "Tệp thời hạn lưu retention.toml không dùng được: {why_vi}."
    en = "The retention file retention.toml cannot be used: {why}."
    remedy = "Sửa tệp retention.toml trong SOHOA_HOME (xem docs/vi/thoi-han-luu.md), rồi chạy lại."
    remedy_en = "Correct retention.toml in SOHOA_HOME (docs/vi/thoi-han-luu.md), then run again."


@dataclass(frozen=True, slots=True)
class RetentionClass:
    """years: after the year in which the work ended; None where `permanent`, or where each rule says it."""

    code: str
    name_vi: str
    years: int | None = None
    permanent: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """Either procedure or document_type is "". valid_from, valid_to: days on which the work may have ended, None for no bound.

    years: the class's, or the rule's own; None: for ever.
    """

    procedure: str
    document_type: str
    code: str
    years: int | None
    valid_from: date | None
    valid_to: date | None
    source: str


@dataclass(frozen=True, slots=True)
class Handover:
    """classes, sectors: only what is of these; empty: anything."""

    to: str
    name_vi: str
    years: int
    valid_from: date | None
    valid_to: date | None
    classes: tuple[str, ...]
    sectors: tuple[str, ...]
    source: str
    caveat: str = ""


@dataclass(frozen=True, slots=True)
class RetentionPlan:
    """classes: by code. longest_lock: years; no lock is set further ahead at once."""

    classes: Mapping[str, RetentionClass]
    rules: tuple[Rule, ...] = ()
    handovers: tuple[Handover, ...] = ()
    longest_lock: int = 30
    _by_name: Mapping[tuple[str, str], tuple[Rule, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        named: dict[tuple[str, str], tuple[Rule, ...]] = {}
        for rule in self.rules:
            name = (rule.procedure, rule.document_type)
            named[name] = (*named.get(name, ()), rule)
        object.__setattr__(self, "_by_name", named)

    def for_procedure(self, procedure: str, ended: date) -> Rule | None:
        """The rule for work of this procedure that ended on that day."""
        own = _on(self._by_name.get((procedure, ""), ()), ended) if procedure else None
        return own or _on(self._by_name.get((EVERY, ""), ()), ended)

    def for_type(self, document_type: str, ended: date) -> Rule | None:
        return _on(self._by_name.get(("", document_type), ()), ended) if document_type else None

    def handovers_of(self, code: str, sector: str, ended: date) -> list[Handover]:
        """What is due for work that ended on that day. code: of its class, "" when unknown. One that names the sector wins over one to
        the same archive that names none."""
        fitting = [
            one
            for one in self.handovers
            if _holds(one, ended) and (not one.classes or code in one.classes) and (not one.sectors or sector in one.sectors)
        ]
        named = {one.to for one in fitting if one.sectors}
        return [one for one in fitting if one.sectors or one.to not in named]


def retention_plan(home: Path | None = None) -> RetentionPlan:
    """home: whose `retention.toml` counts, if there is one. Raises RetentionRefused."""
    ours = tomllib.loads(files("sohoa.config").joinpath("catalogues", FILE).read_text(encoding="utf-8"))
    return _plan(ours, _office(home / FILE) if home else {})


def _office(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as broken:
        raise _refused("không đọc được", f"it cannot be read ({type(broken).__name__})") from broken


def _plan(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> RetentionPlan:
    for told in (ours, theirs):
        _READ.only(told, "class", "rule", "handover", "lock", where="")
    classes = {one.code: one for told in (ours, theirs) for one in map(_class, _tables(told, "class"))}
    rules = tuple(_rule(row, classes) for told in (ours, theirs) for row in _tables(told, "rule"))
    _no_two_at_once(rules)
    handovers = tuple(_handover(row, classes) for row in _tables(theirs, "handover") or _tables(ours, "handover"))
    lock = {**_READ.table(ours, "lock"), **_READ.table(theirs, "lock")}
    _READ.only(lock, "longest_years", where="lock.")
    return RetentionPlan(classes, rules, handovers, _years(lock, "longest_years", "lock.") or 30)


def _class(row: Mapping[str, Any]) -> RetentionClass:
    _READ.only(row, "code", "name_vi", "years", "permanent", where="class.")
    permanent = row.get("permanent", False)
    years = _years(row, "years", "class.")
    if not isinstance(permanent, bool) or (permanent and years is not None):
        raise _refused("class: permanent là true, và khi đó không có years", "class: permanent is true, and then without years")
    return RetentionClass(_text(row, "code", "class."), _text(row, "name_vi", "class."), years, permanent)


def _rule(row: Mapping[str, Any], classes: Mapping[str, RetentionClass]) -> Rule:
    _READ.only(row, "procedure", "document_type", "class", "years", "valid_from", "valid_to", "source", where="rule.")
    procedure, document_type = (_text(row, name, "rule.", optional=True) for name in ("procedure", "document_type"))
    if bool(procedure) == bool(document_type):
        raise _refused("mỗi rule có đúng một trong procedure, document_type", "a rule has either procedure or document_type")
    code, years = _text(row, "class", "rule."), _years(row, "years", "rule.")
    kept = classes.get(code)
    if kept is None:
        raise _refused(f"không có class «{code}»", f"there is no class {code!r}")
    if (kept.permanent or kept.years is not None) != (years is None):
        raise _refused(
            f"rule có class «{code}»: years chỉ ghi, và phải ghi, khi class không nói số năm",
            f"a rule of class {code!r}: years stands there only, and must, where the class says none",
        )
    span = (_day(row, "valid_from", "rule."), _day(row, "valid_to", "rule."))
    return Rule(procedure, document_type, code, years if years is not None else kept.years, *span, _text(row, "source", "rule."))


def _handover(row: Mapping[str, Any], classes: Mapping[str, RetentionClass]) -> Handover:
    where = "handover."
    _READ.only(row, "to", "name_vi", "years", "valid_from", "valid_to", "classes", "sectors", "source", "caveat", where=where)
    years = _years(row, "years", where)
    if years is None:
        raise _refused("thiếu handover.years", "handover.years is missing")
    of = _READ.texts(row, "classes", where)
    if unknown := [code for code in of if code not in classes]:
        raise _refused(f"không có class «{unknown[0]}»", f"there is no class {unknown[0]!r}")
    return Handover(
        to=_text(row, "to", where),
        name_vi=_text(row, "name_vi", where),
        years=years,
        valid_from=_day(row, "valid_from", where),
        valid_to=_day(row, "valid_to", where),
        classes=of,
        sectors=_READ.texts(row, "sectors", where),
        source=_text(row, "source", where),
        caveat=_text(row, "caveat", where, optional=True),
    )


def _no_two_at_once(rules: Sequence[Rule]) -> None:
    spans: dict[tuple[str, str], list[tuple[date, date]]] = {}
    for rule in rules:
        spans.setdefault((rule.procedure, rule.document_type), []).append((rule.valid_from or date.min, rule.valid_to or date.max))
    for (procedure, document_type), together in spans.items():
        ordered = sorted(together)
        ends_first = any(last < first for first, last in ordered)
        if ends_first or any(after[0] <= before[1] for before, after in pairwise(ordered)):
            name = procedure or document_type
            raise _refused(
                f"các rule của «{name}» trùng hoặc ngược ngày", f"the rules of {name!r} overlap, or end before they begin"
            )


def _on(rules: Sequence[Rule], day: date) -> Rule | None:
    return next((rule for rule in rules if _holds(rule, day)), None)


def _holds(row: Rule | Handover, day: date) -> bool:
    return (row.valid_from is None or row.valid_from <= day) and (row.valid_to is None or day <= row.valid_to)


def _tables(told: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found: object = told.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in cast(list[object], found)):
        raise _refused(f"{name} phải viết dạng [[{name}]]", f"{name} is written as [[{name}]]")
    return cast(list[dict[str, Any]], found)


def _text(told: Mapping[str, Any], name: str, where: str, *, optional: bool = False) -> str:
    found = _READ.text(told, name, where)
    if not found.strip() and not optional:
        raise _refused(f"thiếu {where}{name}", f"{where}{name} is missing")
    return found.strip()


def _years(told: Mapping[str, Any], name: str, where: str) -> int | None:
    found: object = told.get(name)
    if found is None:
        return None
    if not isinstance(found, int) or isinstance(found, bool) or not 0 < found <= _LONGEST:
        raise _refused(f"{where}{name} là số nguyên từ 1 đến {_LONGEST}", f"{where}{name} is a whole number from 1 to {_LONGEST}")
    return found


def _day(told: Mapping[str, Any], name: str, where: str) -> date | None:
    found: object = told.get(name)
    if found is None:
        return None
    if type(found) is not date:  # a datetime is a date too, but not what was asked for
        raise _refused(f"{where}{name} là ngày dạng 2025-07-01, không có ngoặc kép", f"{where}{name} is a day, unquoted")
    return found


def _refused(why_vi: str, why: str) -> RetentionRefused:
    return RetentionRefused(why_vi=why_vi, why=why)


_READ = Tables(_refused)
