"""A person's word on a field: corrected, chosen, confirmed, not on the paper, or taken back. Each is one revision (revisions.py).

What decides where a paper belongs also moves it there, as part of the same revision (refiling.py).

The caller says which version of the record it looked at (`Hand.seen`); a field that somebody else settled since is not overwritten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sohoa.kernel.clock import VIETNAM
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.kernel.text import nfc
from sohoa.storage.catalogue.fields import FieldRevision
from sohoa.storage.catalogue.matching import DOSSIER
from sohoa.storage.catalogue.records import Record
from sohoa.storage.field_values import TYPE, ValueRefused, checked, must_carry, rule_of, type_name
from sohoa.storage.objects.model import ObjectStore, Retention
from sohoa.storage.refiling import filed_by, must_be_registered
from sohoa.storage.review import VERIFIED, choices_of, found, standing_in, value_in
from sohoa.storage.revisions import CONFIRMED, CORRECTED, UNDONE, Change, ChangedMeanwhile, append

LONGEST_NAME = 100  # letters of who settled it


class NothingToConfirm(SohoaError):
    code, exit_code = "storage.nothing_to_confirm", Exit.USAGE
    vi = "Trường «{name_vi}» chưa có giá trị nên không có gì để xác nhận."
    en = "The field {name} has no value that could be confirmed."
    remedy = "Nhập giá trị theo giấy; nếu giấy không có thì dùng --absent."
    remedy_en = "Enter the value from the paper; where the paper has none, use --absent."


class NothingToUndo(SohoaError):
    code, exit_code = "storage.nothing_to_undo", Exit.USAGE
    vi = "Trường «{name_vi}» chưa được ai sửa hay xác nhận."
    en = "Nobody has corrected or confirmed the field {name}."
    remedy = "Xem lịch sử bằng «sohoa show»."
    remedy_en = "Look at the history with `sohoa show`."


class NoSuchChoice(SohoaError):
    code, exit_code = "storage.no_such_choice", Exit.USAGE
    vi = "Trường «{name_vi}» chỉ có {count} cách đọc để chọn."
    en = "The field {name} offers {count} readings to choose from."
    remedy = "Chọn lại, hoặc nhập giá trị theo giấy."
    remedy_en = "Choose again, or enter the value from the paper."


class WhoIsMissing(SohoaError):
    code, exit_code = "storage.reviewer_unnamed", Exit.USAGE
    vi = "Tên người kiểm tra để trống hoặc dài quá {longest} chữ."
    en = "The reviewer's name is empty or longer than {longest} letters."
    remedy = "Nêu tên bằng --by."
    remedy_en = "Name yourself with --by."


@dataclass(frozen=True, slots=True)
class Hand:
    """Whose hand settles things, when, and how long the store keeps it. seen: the version looked at; None: whatever is there now.

    unregistered: a dossier's code is meant as it is given, even if the register does not know it yet.
    """

    by: str
    now: datetime
    retention: Retention
    seen: int | None = None
    unregistered: bool = False

    @property
    def today(self) -> date:
        return self.now.astimezone(VIETNAM).date()


def correct(document_id: str, field: str, value: str, store: ObjectStore, hand: Hand) -> Record:
    """Enter a value by hand; what was read stays beside it. The value that stands already counts as confirmed.

    Raises NoSuchRecord, UnknownField, ValueRefused, ChangedMeanwhile, DossierNotInRegister and what revisions.append raises; so do
    all below.
    """

    def decide(record: Record) -> Change | None:
        rule = rule_of(field, known=record.fields)
        return _settled(record, field, checked(rule, value, today=hand.today), hand)

    return _append(document_id, field, store, hand, decide, same_is_fine=True)


def choose(document_id: str, field: str, number: int, store: ObjectStore, hand: Hand) -> Record:
    """Take the other reading that bears this number, from 1. Raises NoSuchChoice."""

    def decide(record: Record) -> Change | None:
        rule, offered = rule_of(field, known=record.fields), choices_of(record, field)
        if not 1 <= number <= len(offered):
            raise NoSuchChoice(name=field, name_vi=rule.name_vi, count=len(offered))
        return _settled(record, field, checked(rule, offered[number - 1][0], today=hand.today), hand)

    return _append(document_id, field, store, hand, decide, same_is_fine=True)


def confirm(document_id: str, field: str, store: ObjectStore, hand: Hand) -> Record:
    """Vouch for the value that stands. Raises NothingToConfirm; ValueRefused for a reading that no paper can bear (31/02)."""

    def decide(record: Record) -> Change | None:
        rule, value = rule_of(field, known=record.fields), value_in(record, field)
        if not value:
            raise NothingToConfirm(name=field, name_vi=rule.name_vi)
        checked(rule, value, today=hand.today)
        return _settled(record, field, value, hand)

    return _append(document_id, field, store, hand, decide)


def say_absent(document_id: str, field: str, store: ObjectStore, hand: Hand) -> Record:
    """Vouch that the paper has no such field. Only for fields that the law asks for "if any" or that the type need not carry."""

    def decide(record: Record) -> Change | None:
        rule = rule_of(field, known=record.fields)
        if not rule.if_any and (field == TYPE or field in must_carry(record.type_code)):
            raise ValueRefused(
                name=field,
                name_vi=rule.name_vi,
                why_vi="trường này bắt buộc với loại văn bản này, không thể để trống",
                why="this type of paper must carry it",
            )
        return _settled(record, field, "", hand)

    return _append(document_id, field, store, hand, decide)


def undo(document_id: str, field: str, store: ObjectStore, hand: Hand) -> Record:
    """Take back the last settlement of a field that still stands; what was before it stands again. Raises NothingToUndo."""

    def decide(record: Record) -> Change | None:
        rule = rule_of(field, known=(*record.fields, *record.revisions.values_list("field", flat=True)))
        standing: list[FieldRevision] = []
        for revision in record.revisions.filter(field=field).order_by("number"):
            if revision.reason == UNDONE:
                standing.pop()
            else:
                standing.append(revision)
        if not standing:
            raise NothingToUndo(name=field, name_vi=rule.name_vi)
        waits = field in record.needs_review
        return Change(field, UNDONE, standing_in(record, field), standing[-1].old, waits, standing[-1].number)

    return _append(document_id, field, store, hand, decide)


def _append(
    document_id: str,
    field: str,
    store: ObjectStore,
    hand: Hand,
    decide: Callable[[Record], Change | None],
    *,
    same_is_fine: bool = False,
) -> Record:
    """same_is_fine: nobody need be told that somebody else entered the very same value; whoever confirms a value must be."""
    found(document_id)
    by = nfc(hand.by).strip()
    if not 0 < len(by) <= LONGEST_NAME:
        raise WhoIsMissing(longest=LONGEST_NAME)
    seen = hand.seen

    def asked(record: Record, last: int) -> Change | None:
        nonlocal seen
        seen = last if seen is None else seen
        newer = record.revisions.filter(field=field, number__gt=seen).exists()
        if newer and not same_is_fine:
            raise ChangedMeanwhile()
        change = decide(record)
        if change is None:
            return None
        if newer:
            raise ChangedMeanwhile()
        if field == DOSSIER and change.new and change.new["value"] and change.undoes is None and not hand.unregistered:
            must_be_registered(record, change.new["value"])
        return replace(change, filed=filed_by(record, field, change.new, change.undoes))

    return append(document_id, store, asked, by=by, now=hand.now, retention=hand.retention)


def _settled(record: Record, field: str, value: str, hand: Hand) -> Change | None:
    """The change that makes `value` a person's word; None when it is one already, so that a command run twice writes once."""
    old = standing_in(record, field)
    same = old is not None and old["value"] == value
    if old is not None and same and _vouched(old):
        return None
    told = {"verified_by": nfc(hand.by).strip(), "verified_at": hand.now.isoformat()}
    if field == TYPE:
        new: dict[str, Any] = {"value": value, "name": type_name(value), "agreement": VERIFIED}
    elif same:
        new = {**(old or {}), **told}
    else:
        new = {**_UNREAD, **(old or {}), "value": value, "confidence": 1.0, "source": "manual", **told}
        new.pop("doubts", None)  # of what was read
        if old is not None and "read" not in old:
            new["read"] = {name: old.get(name) for name in ("value", "confidence", "source")}
    return Change(field, CONFIRMED if same else CORRECTED, old, new, field in record.needs_review)


_UNREAD: dict[str, Any] = {"page": None, "bbox": None, "raw": "", "alternatives": [], "witnesses": []}


def _vouched(standing: Mapping[str, Any]) -> bool:
    return "verified_by" in standing or standing.get("agreement") == VERIFIED
