"""The standing of a result: valid, expired, replaced or revoked, as people decided it, each change a file more in its package.

Change n is `{document_id}/states/{n:06}.json`. The package takes no second file of that name, so it is the one judge between two people;
each names the hash of the one before it (the first names the metadata's, role `manifest`). The row and the event follow in one
transaction; when they never came, because of a crash, `catch_up` makes up for it from the package alone.

A record without any change is valid. That a day has passed is never written down: `state_of` works it out from `valid_until`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from sohoa.storage.audit import chain
from sohoa.storage.catalogue.packages import follow
from sohoa.storage.catalogue.records import Filing, Record, StoredFile
from sohoa.storage.catalogue.retention import DestroyedRecord, ResultState
from sohoa.storage.objects.model import ObjectStore
from sohoa.storage.packages import ocfl
from sohoa.storage.packages.model import Addition, Held, Package, PathTaken
from sohoa.storage.packages.numbered import Numbered
from sohoa.storage.retention.errors import RecordDestroyed, StateBroken, StateRefused
from sohoa.storage.retention.locking import kept_like

FORMAT = "sohoa-state/1"
ATTEMPTS = 50  # every lost race is won by somebody, so this many in a row mean something other than colleagues


class State(StrEnum):
    VALID = "valid"
    EXPIRED = "expired"
    REPLACED = "replaced"
    REVOKED = "revoked"


# What may follow what. From valid to valid is another end; back to valid needs the decision that says so. What was revoked can only be
# given back, and what was replaced can still be revoked, as its replacement may be.
_FOLLOWS: Mapping[State, tuple[State, ...]] = {
    State.VALID: (State.VALID, State.EXPIRED, State.REPLACED, State.REVOKED),
    State.EXPIRED: (State.VALID, State.REPLACED, State.REVOKED),
    State.REPLACED: (State.VALID, State.REVOKED),
    State.REVOKED: (State.VALID,),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a record stands. by_date: nobody said so, its last day has passed. number: of the change that says so, 0 for none."""

    state: State
    by_date: bool
    valid_until: date | None
    replaced_by: str
    number: int


@dataclass(frozen=True, slots=True)
class StateChange:
    """What a person decided. decision: number and notation of the paper that says so. valid_until: only of what is valid.

    replaced_by: id of the record that takes its place, or "" where that is not in this archive (then `decision` names it).
    """

    state: State
    reason: str
    decision: str = ""
    valid_until: date | None = None
    replaced_by: str = ""


def state_of(record: Record, today: date) -> Standing:
    last = record.states.order_by("-number").first()
    if last is None:
        return Standing(State.VALID, False, None, "", 0)
    state = State(last.state)
    over = state is State.VALID and last.valid_until is not None and last.valid_until < today
    return Standing(State.EXPIRED if over else state, over, last.valid_until, last.replaced_by, last.number)


def not_revoked(filings: QuerySet[Filing]) -> QuerySet[Filing]:
    """Without those whose record was revoked, and not given back since: a revoked result is no result."""
    later = ResultState.objects.filter(record=OuterRef("record"), number__gt=OuterRef("number"))
    revoked = ResultState.objects.filter(~Exists(later), record=OuterRef("record"), state=State.REVOKED)
    return filings.filter(~Exists(revoked))


def path_of(document_id: str, number: int) -> str:
    return STATES.path(document_id, number)


def role_of(number: int) -> str:
    return f"state-{number:06}"


def change(
    document_id: str,
    wanted: StateChange,
    store: ObjectStore,
    *,
    by: str,
    now: datetime,
    seen: int | None = None,
) -> Record:
    """Store and enter a change. seen: the number of the last change that the person knew of; another one since then refuses this one.

    Raises Record.DoesNotExist, StateRefused, StateBroken, RecordDestroyed, PackageBroken and the store's errors.
    """
    for _ in range(ATTEMPTS):
        record = Record.objects.get(pk=document_id)
        if DestroyedRecord.objects.filter(pk=document_id).exists():
            raise RecordDestroyed()
        last, previous = catch_up(record, store)
        if seen is not None and seen != last:
            raise _refused("trong lúc đó người khác đã đổi", "somebody else changed it meanwhile")
        _must_make_sense(record, wanted)
        told = {
            "format": FORMAT,
            "document_id": document_id,
            "number": last + 1,
            "previous": previous,
            "state": wanted.state.value,
            "valid_until": wanted.valid_until.isoformat() if wanted.valid_until else None,
            "replaced_by": wanted.replaced_by,
            "reason": wanted.reason.strip(),
            "decision": wanted.decision.strip(),
            "by": by,
            "at": now.isoformat(),
        }
        encoded = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True).encode()
        addition = Addition(path_of(document_id, last + 1), encoded, "application/json")
        message = f"{wanted.state.value} {document_id}"
        retention = kept_like(store, record.package, now=now)
        try:
            package = ocfl.add(store, record.package, [addition], message=message, by=by, now=now, retention=retention)
        except PathTaken:
            continue
        _enter(record, told, package.files[addition.path], package)
        return record
    raise _refused("quá nhiều người đang đổi cùng lúc", "too many people change it at once")


def catch_up(record: Record, store: ObjectStore, package: Package | None = None, *, until: int | None = None) -> tuple[int, str]:
    """Enter the changes that the store holds and the catalogue does not know yet.

    package: the record's, where the caller has just opened it. until: enter none after this one.
    Gives number and hash of the last one (0 and the metadata's hash: none). Raises StateBroken and the store's errors.
    """
    number, previous = _last(record)
    package = package or ocfl.opened(store, record.package)
    for told, held in STATES.after(number, previous, record.pk, package, store, until=until):
        _enter(record, told, held, package)
        number, previous = told["number"], held.sha256
    return number, previous


def told_in(package: Package, record: Record, metadata: Held, store: ObjectStore) -> list[tuple[dict[str, Any], Held]]:
    """Every change as the package has it, first to last. Raises StateBroken and the store's errors."""
    return list(STATES.after(0, metadata.sha256, record.pk, package, store))


def row_of(record: Record, told: Mapping[str, Any], held: Held) -> ResultState:
    """The row, not saved yet, of one change."""
    return ResultState(
        record=record,
        **{name: told[name] for name in ("number", "state", "replaced_by", "reason", "decision", "by")},
        valid_until=date.fromisoformat(told["valid_until"]) if told["valid_until"] else None,
        at=datetime.fromisoformat(told["at"]),
        sha256=held.sha256,
    )


def _must_make_sense(record: Record, wanted: StateChange) -> None:
    """Raises StateRefused."""
    last = record.states.order_by("-number").first()
    before = State(last.state) if last else State.VALID
    if wanted.state not in _FOLLOWS[before]:
        raise _refused(f"đang «{before}» thì không thể thành «{wanted.state}»", f"{before} cannot become {wanted.state}")
    if not wanted.reason.strip():
        raise _refused("phải nêu lý do", "a reason must be given")
    if wanted.valid_until and wanted.state is not State.VALID:
        raise _refused("chỉ kết quả còn hiệu lực mới có ngày hết hạn", "only what is valid has a last day")
    if wanted.state is State.VALID and before is State.VALID and wanted.valid_until == (last.valid_until if last else None):
        raise _refused("không có gì đổi", "nothing would change")
    if len(wanted.decision.strip()) > 100:
        raise _refused("số quyết định dài quá 100 chữ", "the decision's number is longer than 100 letters")
    needs_decision = wanted.state is State.REVOKED or (wanted.state is State.VALID and before is not State.VALID)
    if needs_decision and not wanted.decision.strip():
        raise _refused("phải nêu số quyết định", "the decision's number must be given")
    _must_be_replaceable(record, wanted)


def _must_be_replaceable(record: Record, wanted: StateChange) -> None:
    if wanted.state is not State.REPLACED:
        if wanted.replaced_by:
            raise _refused("chỉ kết quả bị thay thế mới có bản thay", "only what is replaced names its replacement")
        return
    if not wanted.replaced_by and not wanted.decision.strip():
        raise _refused("phải nêu bản ghi thay thế, hoặc số quyết định thay thế", "name the replacing record, or its decision")
    follow_on, seen = wanted.replaced_by, {record.pk}
    while follow_on:
        if follow_on in seen:
            raise _refused("hai bản ghi không thể thay thế lẫn nhau", "records cannot replace each other in a circle")
        seen.add(follow_on)
        other = Record.objects.filter(pk=follow_on).first()
        if other is None:
            raise _refused("không có bản ghi thay thế ấy trong kho", "the replacing record is not in this archive")
        last = other.states.order_by("-number").first()
        follow_on = last.replaced_by if last else ""


def _sound(told: Mapping[str, Any], held: Held) -> None:
    State(told["state"])
    row_of(Record(), told, held)


STATES = Numbered("states", FORMAT, lambda number: StateBroken(number=number), sound=_sound)


def _last(record: Record) -> tuple[int, str]:
    last = record.states.order_by("-number").first()
    if last:
        return last.number, last.sha256
    manifest = record.files.filter(role="manifest").first()
    return 0, manifest.sha256 if manifest else ""


@transaction.atomic
def _enter(record: Record, told: dict[str, Any], held: Held, package: Package) -> None:
    """Rows and event, once: of two processes that enter the same change, one finds it done."""
    number = told["number"]
    if ResultState.objects.filter(record=record, number=number).exists():
        return
    row = row_of(record, told, held)
    row.save()
    StoredFile.holding(record, role_of(number), held).save()
    # The reason stays in the package: people's names stand in reasons.
    details = {"state": row.state, "number": number, "replaced_by": row.replaced_by, "sha256": held.sha256}
    if row.valid_until:
        details["valid_until"] = row.valid_until.isoformat()
    chain.append("record.state_changed", record.pk, now=row.at, details=details, actor=row.by)
    follow(package)


def _refused(why_vi: str, why: str) -> StateRefused:
    return StateRefused(why_vi=why_vi, why=why)
