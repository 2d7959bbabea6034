"""How `sohoa retention` speaks: rows, reasons and outcomes, for people and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any

import typer
from rich.markup import escape

from sohoa.cli.output import MARKS, data, number_vi, people, print_json, table
from sohoa.config.retention import RetentionPlan
from sohoa.kernel.clock import VIETNAM, iso_vietnam, now
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.kernel.verdicts import Outcome
from sohoa.storage.catalogue.records import Record
from sohoa.storage.catalogue.retention import DestroyedRecord, Destruction, Hold
from sohoa.storage.retention import holds as held
from sohoa.storage.retention import states
from sohoa.storage.retention.destruction import Examined
from sohoa.storage.retention.terms import Term, day_of

SHOWN = 50  # lines for people; the rest is counted, and all of it is in --json
REASONS_VI = {
    "class_unknown": "chưa có quy tắc thời hạn (retention.toml)",
    "not_ended": "hồ sơ chưa giải quyết xong",
    "end_assumed": "không rõ năm kết thúc, tạm lấy năm lưu kho",
    "not_in_register": "sổ đăng ký chưa có hồ sơ này",
    "permanent": "lưu vĩnh viễn",
    "not_over": "chưa hết thời hạn lưu",
    "held": "đang bị giữ",
    "locked": "kho còn khóa chống xóa",
    "unreadable": "không đọc được gói trong kho",
    "absent": "kho không có gói này",
    "changed": "đã thay đổi sau khi lập danh sách",
}
STATES_VI = {"valid": "còn hiệu lực", "expired": "hết hiệu lực", "replaced": "đã bị thay thế", "revoked": "đã bị thu hồi"}
SCOPES_VI = {"record": "bản ghi", "dossier": "hồ sơ", "procedure": "thủ tục"}


def show_rows(told: Iterable[Any], line: Callable[[Any], Sequence[Any]], as_json: bool) -> None:
    """One JSON object a line, or a table of the first and a count of the rest."""
    rows: list[Any] = []
    count = 0
    for count, one in enumerate(told, 1):
        if as_json:
            print_json(one)
        elif count <= SHOWN:
            rows.append([escape(str(cell)) for cell in line(one)])
    if as_json:
        return
    if rows:
        data.print(table(*[""] * len(rows[0]), rows=rows))
    rest = f" (hiện {SHOWN}; xem hết bằng --json)" if count > SHOWN else ""
    people.print(f"{number_vi(count)} dòng{rest}." if count else "Không có gì.")


def term_dict(plan: RetentionPlan, one: Term, today: date) -> dict[str, Any]:
    kept = plan.classes.get(one.code)
    return {
        "package": one.package,
        "dossier": one.dossier,
        "records": list(one.records),
        "class": one.code or None,
        "class_name": kept.name_vi if kept else "chưa rõ",
        "permanent": one.permanent,
        "ended": one.ended.isoformat() if one.ended else None,
        "until": one.until.isoformat() if one.until else None,
        "over": one.over(today),
        "flags": list(one.flags),
        "sources": list(one.sources),
        "holds": held.holding(one),
    }


def hold_dict(one: Hold) -> dict[str, Any]:
    return {
        "hold": one.pk,
        **{name: getattr(one, name) for name in ("scope", "subject", "reason", "by", "released_by", "release_reason", "enforced")},
        "at": iso_vietnam(one.at),
        "released_at": iso_vietnam(one.released_at) if one.released_at else None,
    }


def destruction_dict(one: Destruction) -> dict[str, Any]:
    erased = one.tombstones.exclude(erased_at=None).count()
    return {
        "destruction": one.pk,
        **{name: getattr(one, name) for name in ("packages", "list_sha256", "proposed_by", "approved_by")},
        "proposed_at": iso_vietnam(one.proposed_at),
        "approved_at": iso_vietnam(one.approved_at) if one.approved_at else None,
        "erased": erased,
        "begun": one.tombstones.count() - erased,
    }


def destruction_line(one: dict[str, Any]) -> tuple[str, ...]:
    stands = f"{one['erased']} / {one['packages']} đã hủy" if one["approved_at"] else "chờ phê duyệt"
    return one["destruction"], one["proposed_by"], one["approved_by"] or "—", stands


def examined_dict(found: Examined) -> dict[str, Any]:
    return {
        "packages": [one.listed() for one in found.candidates],
        "barred": [
            {"package": one.package, "reasons": list(one.reasons), "until": one.until.isoformat() if one.until else None}
            for one in found.barred
        ],
    }


def tell_examined(found: Examined) -> None:
    rows = [
        (one.term.package, one.term.until.isoformat() if one.term.until else "", number_vi(len(one.objects)), why(one.term.flags))
        for one in found.candidates[:SHOWN]
    ]
    if rows:
        data.print(table("sẽ hủy", "hết hạn", "tệp", "lưu ý", rows=[[escape(cell) for cell in row] for row in rows], right=(2,)))
    size = sum(one.size for one in found.candidates)
    people.print(
        f"{number_vi(len(found.candidates))} gói được phép hủy, {number_vi(size)} byte; {number_vi(len(found.barred))} gói không."
    )
    for one in found.barred[:SHOWN]:
        tell_stopped(one.package, one.reasons, None)


def tell_stopped(package: str, reasons: tuple[str, ...], error: SohoaError | None) -> None:
    told = error.as_dict() if error else {"vi": why(reasons), "remedy": ""}
    people.print(f"{MARKS[Outcome.FAILED]} {escape(package)}: {escape(told['vi'])}")
    if told["remedy"]:
        people.print(f"    → {told['remedy']}", markup=False)


def why(reasons: Any) -> str:
    return "; ".join(dict.fromkeys(REASONS_VI.get(one.partition(":")[0], one) for one in reasons))


def tell_hold(one: Hold, done: list[held.Enforced], as_json: bool) -> None:
    failed = [each for each in done if each.error]
    if as_json:
        told = {"packages": len(done), "objects": sum(each.objects for each in done), "failed": [each.package for each in failed]}
        print_json({**hold_dict(one), **told})
    else:
        verb = "Đã gỡ" if one.released_at else "Đã giữ"
        people.print(f"{verb} {scope_of(hold_dict(one))}, lệnh giữ {one.pk}: {number_vi(len(done))} gói.", markup=False)
        for each in failed:
            tell_stopped(each.package, (), each.error)
    raise typer.Exit(int(Exit.NEEDS_A_PERSON if failed else Exit.OK))


def scope_of(one: dict[str, Any]) -> str:
    return f"{SCOPES_VI.get(one['scope'], one['scope'])} {one['subject']}"


def tell_standing(record: Record, as_json: bool) -> None:
    stands = states.state_of(record, day_of(now()))
    destroyed = DestroyedRecord.objects.filter(pk=record.pk).exists()
    told = {
        "document_id": record.pk,
        "state": stands.state.value,
        "by_date": stands.by_date,
        "valid_until": stands.valid_until.isoformat() if stands.valid_until else None,
        "replaced_by": stands.replaced_by or None,
        "destroyed": destroyed,
        "history": [
            {**{name: getattr(one, name) for name in ("number", "state", "reason", "decision", "by")}, "at": iso_vietnam(one.at)}
            for one in record.states.order_by("number")
        ],
    }
    if as_json:
        print_json(told)
        return
    until = f", đến hết {stands.valid_until:%d/%m/%Y}" if stands.valid_until else ""
    data.print(f"{record.pk}: {STATES_VI[stands.state]}{until}{' (đã hủy nội dung)' if destroyed else ''}")
    for one in record.states.order_by("number"):
        data.print(
            f"  {one.number}. {day_vi(one.at)} {STATES_VI[one.state]} {one.decision} – {one.reason} ({one.by})", markup=False
        )


def released(moment: str | None) -> str:
    return f"gỡ ngày {moment[:10]}" if moment else "đang giữ"


def day_vi(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%d/%m/%Y}"
