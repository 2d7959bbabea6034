"""`sohoa retention …`: how long, in which standing, held by whom, handed over when, and destroyed by which two people."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import typer
from rich.markup import escape

from sohoa.cli.output import MARKS, Json, data, number_vi, people, print_json
from sohoa.cli.retention_words import (
    REASONS_VI,
    STATES_VI,
    day_vi,
    destruction_dict,
    destruction_line,
    examined_dict,
    hold_dict,
    released,
    scope_of,
    show_rows,
    tell_examined,
    tell_hold,
    tell_standing,
    tell_stopped,
    term_dict,
    why,
)
from sohoa.cli.workplace import with_catalogue, with_store
from sohoa.config.retention import retention_plan
from sohoa.config.settings import Settings
from sohoa.kernel.clock import iso_vietnam, now
from sohoa.kernel.errors import Exit
from sohoa.kernel.verdicts import Outcome
from sohoa.storage.archive import Lock
from sohoa.storage.audit.chain import account
from sohoa.storage.catalogue.records import Record
from sohoa.storage.catalogue.retention import Destruction, Hold
from sohoa.storage.objects.model import Retention
from sohoa.storage.packages.model import package_of
from sohoa.storage.reading_room import NoSuchRecord
from sohoa.storage.retention import holds as held
from sohoa.storage.retention import locking, states
from sohoa.storage.retention.carrying_out import carry_out
from sohoa.storage.retention.destruction import approve as approve_list
from sohoa.storage.retention.destruction import examine, proposal, unchanged
from sohoa.storage.retention.destruction import propose as propose_list
from sohoa.storage.retention.due import handover_due
from sohoa.storage.retention.terms import day_of, furthest_lock, terms

By = Annotated[str, typer.Option("--by", help="Tên người quyết định; bỏ trống: tài khoản đang dùng máy.")]
Reason = Annotated[str, typer.Option("--reason", help="Lý do, ghi vào văn bản lưu trong kho.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Chỉ nói đúng những gì sẽ xảy ra; không làm gì.")]
commands = typer.Typer(no_args_is_help=True, help="Thời hạn lưu, tình trạng kết quả, lệnh giữ, nộp lưu và hủy hồ sơ.")


@commands.command("list")
def list_(
    over: Annotated[bool, typer.Option("--over", help="Chỉ những gói đã hết thời hạn lưu.")] = False,
    holds: Annotated[bool, typer.Option("--holds", help="Các lệnh giữ.")] = False,
    destructions: Annotated[bool, typer.Option("--destructions", help="Các danh sách hủy.")] = False,
    as_json: Json = False,
) -> None:
    """Thời hạn lưu của từng gói hồ sơ; hoặc các lệnh giữ, các danh sách hủy.

    \b
    Ví dụ:
      sohoa retention list --over
      sohoa retention list --holds
    """
    here = with_catalogue()
    if holds:
        rows = Hold.objects.order_by("-at", "pk")
        show_rows((hold_dict(one) for one in rows), lambda one: (one["hold"], scope_of(one), released(one["released_at"])), as_json)
    elif destructions:
        show_rows((destruction_dict(one) for one in Destruction.objects.order_by("-proposed_at")), destruction_line, as_json)
    else:
        today = day_of(now())
        plan = retention_plan(here.home)
        found = (term_dict(plan, one, today) for one in terms(plan) if not over or one.over(today))
        show_rows(found, lambda one: (one["package"], one["class_name"], one["until"] or "—", why(one["flags"])), as_json)


@commands.command()
def due(
    by: Annotated[
        datetime | None, typer.Option("--by", formats=["%Y-%m-%d"], help="Đến hết ngày nào; bỏ trống: hết năm nay.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Hồ sơ phải nộp lưu, nơi nhận và hạn nộp, theo các dòng có ghi nguồn trong danh mục.

    \b
    Ví dụ:
      sohoa retention due --by 2027-12-31
    """
    here = with_catalogue()
    today = day_of(now())
    until = by.date() if by else date(today.year, 12, 31)
    told = (
        {
            "package": one.term.package,
            "dossier": one.term.dossier,
            "to": one.handover.to,
            "to_name": one.handover.name_vi,
            "due": one.due.isoformat(),
            "overdue": one.overdue(today),
            "flags": list(one.term.flags),
            "source": one.handover.source,
            "caveat": one.handover.caveat,
        }
        for one in handover_due(retention_plan(here.home), by=until)
    )
    show_rows(told, lambda one: (one["package"], one["to_name"], one["due"], "quá hạn" if one["overdue"] else ""), as_json)


@commands.command()
def hold(
    scope: Annotated[str, typer.Argument(help="record (bản ghi), dossier (hồ sơ) hoặc procedure (thủ tục).")],
    subject: Annotated[str, typer.Argument(help="Mã bản ghi, mã hồ sơ hoặc mã thủ tục.")],
    reason: Reason,
    by: By = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Giữ lại: không ai hủy được cho tới khi gỡ, kể cả khi đã hết thời hạn lưu.

    \b
    Ví dụ:
      sohoa retention hold dossier H01.26-260115-0001 --reason "Công văn 12/TTr đang thanh tra"
    """
    here = with_catalogue()
    if dry_run:
        packages = held.packages_of(scope, subject) if scope in held.SCOPES else []
        show_rows(({"package": one} for one in packages), lambda one: (one["package"],), as_json)
        return
    with with_store(here) as store:
        placed = held.hold(scope, subject, reason, store, by=by or account(), now=now(), retention=_papers(here))
        done = list(held.enforce(store, now=now(), only=placed.pk))
    tell_hold(placed, done, as_json)


@commands.command()
def release(
    hold_id: Annotated[str, typer.Argument(metavar="LỆNH-GIỮ", help="Mã lệnh giữ.")],
    reason: Reason,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Gỡ một lệnh giữ, có lý do. Việc gỡ được lưu lại như việc giữ.

    \b
    Ví dụ:
      sohoa retention release 20261122-1a2b3c4d5e6f --reason "Kết luận thanh tra 34/KL-TTr"
    """
    here = with_catalogue()
    with with_store(here) as store:
        freed = held.release(hold_id, reason, store, by=by or account(), now=now(), retention=_papers(here))
        done = list(held.enforce(store, now=now(), only=freed.pk))
    tell_hold(freed, done, as_json)


@commands.command()
def propose(
    dossiers: Annotated[list[str] | None, typer.Argument(help="Mã hồ sơ, hoặc mã gói; bỏ trống: mọi gói đã hết hạn.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Lý do đề nghị hủy.")] = "",
    basis: Annotated[str, typer.Option("--basis", help="Căn cứ pháp lý, do người đề nghị ghi.")] = "",
    by: By = "",
    limit: Annotated[int, typer.Option(min=1, help="Nhiều nhất bao nhiêu gói trong một danh sách.")] = 1000,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Lập danh sách đề nghị hủy: chỉ những gói đã hết thời hạn, không bị giữ, không còn khóa. Chưa xóa gì.

    \b
    Ví dụ:
      sohoa retention propose --dry-run
      sohoa retention propose --reason "Hết thời hạn lưu" --basis "Biên bản họp hội đồng 05/BB"
    """
    here = with_catalogue()
    plan, moment = retention_plan(here.home), now()
    packages = [one if one.startswith("urn:") else package_of("", one) for one in dossiers or ()]
    with with_store(here) as store:
        found = examine(plan, store, packages, now=moment, most=None if packages else limit)
        made = None
        if not dry_run:
            made = propose_list(found, store, reason=reason, basis=basis, by=by or account(), now=moment, retention=_papers(here))
    if as_json:
        print_json({"destruction": made.pk if made else None, **examined_dict(found)})
    else:
        tell_examined(found)
        if made:
            people.print(f"Đã lập danh sách [bold]{made.pk}[/]; một người khác phê duyệt: sohoa retention approve {made.pk}")
    raise typer.Exit(int(Exit.NEEDS_A_PERSON if found.barred else Exit.OK))


@commands.command()
def approve(
    destruction: Annotated[str, typer.Argument(metavar="DANH-SÁCH", help="Mã danh sách hủy.")],
    by: Annotated[str, typer.Option("--by", help="Họ tên người phê duyệt; bỏ trống: hỏi.")] = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Phê duyệt một danh sách hủy. Phải là người khác với người đề nghị; có gói nào đổi thì cả danh sách bị từ chối.

    \b
    Ví dụ:
      sohoa retention approve 20261122-1a2b3c4d5e6f
    """
    here = with_catalogue()
    plan = retention_plan(here.home)
    with with_store(here) as store:
        paper = proposal(destruction, store)
        if dry_run:
            moment = now()
            told = [(one, unchanged(plan, one, store, now=moment) is not None) for one in paper.told["packages"]]
            show_rows(
                (
                    {"package": one["package"], "unchanged": same, "until": one["until"], "objects": one["objects"]}
                    for one, same in told
                ),
                lambda one: (one["package"], one["until"], "" if one["unchanged"] else REASONS_VI["changed"]),
                as_json,
            )
            return
        if not as_json:
            people.print(
                f"{number_vi(len(paper.told['packages']))} gói, {paper.told['by']} đề nghị ngày {day_vi(paper.moment())}.",
                markup=False,
            )
            people.print(f"Lý do: {paper.told['reason']}\nCăn cứ: {paper.told['basis']}", markup=False)
        name = by or typer.prompt("Họ tên người phê duyệt", err=True)
        approved = approve_list(destruction, store, plan, by=name, now=now(), retention=_papers(here))
    if as_json:
        print_json(destruction_dict(approved))
    else:
        people.print(f"Đã phê duyệt. Thực hiện bằng: sohoa retention carry-out {approved.pk}")


@commands.command("carry-out")
def carry_out_(
    destruction: Annotated[str, typer.Argument(metavar="DANH-SÁCH", help="Mã danh sách hủy đã được phê duyệt.")],
    by: By = "",
    yes: Annotated[bool, typer.Option("--yes", help="Không hỏi lại.")] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Hủy những gói trong danh sách đã phê duyệt. Không lấy lại được. Dừng giữa chừng thì chạy lại lệnh này để làm cho xong.

    \b
    Ví dụ:
      sohoa retention carry-out 20261122-1a2b3c4d5e6f --dry-run
    """
    here = with_catalogue()
    plan = retention_plan(here.home)
    with with_store(here) as store:
        if dry_run:
            paper = proposal(destruction, store)
            found = examine(plan, store, [one["package"] for one in paper.told["packages"]], now=now()).as_listed(
                paper.told["packages"]
            )
            print_json({"destruction": destruction, **examined_dict(found)}) if as_json else tell_examined(found)
            return
        if not yes:
            typer.confirm("Nội dung bị hủy không lấy lại được. Tiếp tục?", abort=True, err=True)
        every = carry_out(destruction, store, plan, by=by or account(), now=now(), retention=_papers(here))
        stopped = 0
        for one in every:
            stopped += one.state == "stopped"
            if as_json:
                error = one.error.as_dict() if one.error else None
                told = {"package": one.package, "state": one.state, "objects": one.objects, "bytes": one.bytes}
                print_json({**told, "reasons": list(one.reasons), "error": error})
            elif one.state == "stopped":
                tell_stopped(one.package, one.reasons, one.error)
            else:
                data.print(f"{MARKS[Outcome.OK]} {escape(one.package)}: đã hủy {number_vi(one.objects)} tệp")
    raise typer.Exit(int(Exit.NEEDS_A_PERSON if stopped else Exit.OK))


@commands.command()
def state(
    document_id: Annotated[str, typer.Argument(metavar="BẢN-GHI", help="Mã bản ghi.")],
    new: Annotated[str, typer.Argument(metavar="[TÌNH-TRẠNG]", help="valid, expired, replaced, revoked; bỏ trống: chỉ xem.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Lý do.")] = "",
    decision: Annotated[str, typer.Option("--decision", help="Số, ký hiệu quyết định.")] = "",
    until: Annotated[
        datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="Ngày cuối còn hiệu lực (chỉ với valid).")
    ] = None,
    replaced_by: Annotated[str, typer.Option("--replaced-by", help="Mã bản ghi thay thế (chỉ với replaced).")] = "",
    by: By = "",
    as_json: Json = False,
) -> None:
    """Xem hoặc đổi tình trạng của một kết quả. Lần đổi nào cũng được lưu, không ghi đè.

    \b
    Ví dụ:
      sohoa retention state 3f2a90c1d4e5f6a7b8c9
      sohoa retention state 3f2a90c1d4e5f6a7b8c9 revoked --reason "Cấp sai" --decision 12/QĐ-UBND
    """
    here = with_catalogue()
    record = Record.objects.filter(pk=document_id).first()
    if record is None:
        raise NoSuchRecord()
    if new:
        if new not in STATES_VI:
            raise typer.BadParameter(f"tình trạng là một trong {', '.join(STATES_VI)}")
        day = until.date() if until else None
        wanted = states.StateChange(states.State(new), reason, decision, day, replaced_by)
        with with_store(here) as store:
            record = states.change(document_id, wanted, store, by=by or account(), now=now())
    tell_standing(record, as_json)


@commands.command()
def apply(dry_run: DryRun = False, as_json: Json = False) -> None:
    """Kéo dài khóa chống xóa cho đúng thời hạn lưu, áp lệnh giữ lên tài liệu mới. Chỉ dài ra, không ngắn lại. Nên chạy mỗi đêm.

    \b
    Ví dụ:
      sohoa retention apply --dry-run
    """
    here = with_catalogue()
    plan, moment, failed = retention_plan(here.home), now(), 0
    if dry_run:
        told = ({"package": one.term.package, "until": iso_vietnam(one.until)} for one in locking.to_lock(plan, now=moment))
        show_rows(told, lambda one: (one["package"], one["until"][:10]), as_json)
        return
    mode = Lock(here.lock_mode, here.lock_days).retention(moment).mode
    with with_store(here) as store:
        for one in (*locking.apply(store, plan, mode=mode, now=moment), *held.enforce(store, now=moment)):
            failed += one.error is not None
            until = iso_vietnam(one.until) if isinstance(one, locking.Moved) else None
            if as_json:
                error = one.error.as_dict() if one.error else None
                print_json({"package": one.package, "until": until, "objects": one.objects, "error": error})
            elif one.error:
                tell_stopped(one.package, (), one.error)
            else:
                data.print(f"{MARKS[Outcome.OK]} {escape(one.package)}: {number_vi(one.objects)} tệp")
        locking.keep_papers(store, plan, mode=mode, now=moment)
    raise typer.Exit(int(Exit.NEEDS_A_PERSON if failed else Exit.OK))


def _papers(here: Settings) -> Retention:
    """How long decisions are locked: as far ahead as this office locks anything at once."""
    moment = now()
    return Retention(
        Lock(here.lock_mode, here.lock_days).retention(moment).mode, furthest_lock(retention_plan(here.home), now=moment)
    )


def add_to(app: typer.Typer) -> None:
    app.add_typer(commands, name="retention")
