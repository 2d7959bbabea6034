"""`sohoa batch`: stacks of paper, from the count at the counter to papers in the queue."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn

from sohoa.cli.batch_words import STATES_SHORT_VI, count_vi, details_vi, page_rows, show_decisions, show_split
from sohoa.cli.output import MARKS, Json, data, number_vi, people, print_json, table
from sohoa.cli.workplace import with_catalogue
from sohoa.config.settings import Settings
from sohoa.kernel.clock import VIETNAM, now
from sohoa.pipeline.batches import closing, deciding, keeping
from sohoa.pipeline.batches.counting import counted
from sohoa.pipeline.batches.models import Batch, BatchEvent, BatchPage, BatchState, Variant
from sohoa.pipeline.batches.reporting import EVENTS_VI, batch_dict, event_dict, page_dict, papers_of
from sohoa.pipeline.batches.shelf import Shelf
from sohoa.pipeline.claiming import Order
from sohoa.storage.audit.chain import account
from sohoa.storage.catalogue.register import Decision

Code = Annotated[str, typer.Argument(help="Mã lô, như «sohoa batch list» in ra.")]
By = Annotated[str, typer.Option("--by", help="Tên người làm; bỏ trống: tên tài khoản máy đang dùng.")]
Reason = Annotated[str, typer.Option(help="Lý do; ghi vào nhật ký cùng tên người làm.")]


def shelf_of(here: Settings) -> Shelf:
    return Shelf(here.home / "batches")


def open_(
    code: Annotated[str, typer.Argument(help="Mã lô; bỏ trống thì sohoa đặt theo ngày, như LO-20260105-001.")] = "",
    expect: Annotated[int | None, typer.Option(min=1, help="Số tờ giấy đã đếm tay, không kể phiếu phân cách.")] = None,
    dossier: Annotated[str, typer.Option(help="Mã hồ sơ, khi cả chồng giấy là của một hồ sơ.")] = "",
    procedure: Annotated[str, typer.Option(help="Mã thủ tục.")] = "",
    unit: Annotated[str, typer.Option(help="Mã đơn vị; bỏ trống thì theo SOHOA_UNIT.")] = "",
    type_: Annotated[str, typer.Option("--type", help="Mã loại văn bản, khi cả chồng giấy cùng một loại.")] = "",
    no_sign: Annotated[bool, typer.Option("--no-sign", help="Lưu kho mà không ký.")] = False,
    secrets_removed: Annotated[
        bool, typer.Option("--secrets-removed", help="Giấy tờ có bí mật nhà nước của hồ sơ đã được lấy ra khỏi chồng giấy.")
    ] = False,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Mở một lô: một chồng giấy đã đếm, sắp đưa vào máy quét.

    \b
    Ví dụ:
      sohoa batch open --expect 96
      sohoa batch open LO-0105 --expect 12 --dossier 000.00.12.H40-260105-0012
    """
    here = with_catalogue()
    order = Order(dossier, procedure, unit or here.unit, not no_sign)
    components = deciding.decided(dossier) if dossier else ()
    deciding.must_be_without_secrets(dossier, taken_out=secrets_removed)
    batch = keeping.open_batch(keeping.Opening(order, code, type_, expect), by=by or account(), now=now())
    if secrets_removed:
        keeping.secrets_removed(batch, by=by or account(), now=now())
    if as_json:
        print_json({**batch_dict(batch), "components": [one.as_dict() for one in components]})
        return
    show_decisions(components)
    data.print(batch.code)
    people.print(f"Đã mở lô {batch.code}. Quét vào lô: sohoa scan --batch {batch.code}")


def decide(
    dossier: Annotated[str, typer.Argument(help="Mã hồ sơ.")],
    component: Annotated[int | None, typer.Argument(min=1, help="Thành phần số mấy; bỏ trống: chỉ xem.")] = None,
    decision: Annotated[Decision | None, typer.Option(help="Quyết định khác với sổ.")] = None,
    reason: Reason = "",
    by: By = "",
    as_json: Json = False,
) -> None:
    """Trước khi quét: thành phần nào phải số hóa, thành phần nào không, vì sao; cái gì người này đã có sẵn trong kho.

    \b
    Ví dụ:
      sohoa batch decide 000.00.12.H40-260105-0012
      sohoa batch decide 000.00.12.H40-260105-0012 3 --decision reuse_existing --reason "giấy khai sinh đã số hóa năm 2024"
    """
    with_catalogue()
    if (component is None) != (decision is None):
        raise typer.BadParameter("cần cả số thành phần và --decision")
    if component is not None and decision is not None:
        deciding.decide(dossier, component, decision, reason=reason, by=by or account(), now=now())
    components = deciding.decided(dossier)
    if not components:
        raise deciding.DossierUnknown()
    if as_json:
        print_json({"dossier": dossier, "components": [one.as_dict() for one in components]})
        return
    show_decisions(components)


def list_(
    all_: Annotated[bool, typer.Option("--all", help="Cả những lô đã đóng và đã hủy.")] = False,
    as_json: Json = False,
) -> None:
    """Các lô đang mở, lô mới nhất đứng trước.

    \b
    Ví dụ:
      sohoa batch list
      sohoa batch list --all --json
    """
    with_catalogue()
    batches = Batch.objects.order_by("-opened_at", "-pk")
    if not all_:
        batches = batches.exclude(state__in=(BatchState.CLOSED, BatchState.CANCELLED))
    told = [(batch, counted(batch)) for batch in batches]
    if as_json:
        for batch, count in told:
            print_json(batch_dict(batch, count=count))
        return
    rows = [
        (
            batch.code,
            STATES_SHORT_VI[BatchState(batch.state)],
            "?" if count.expected is None else number_vi(count.expected),
            number_vi(count.sheets),
            number_vi(count.pages),
            f"{batch.opened_at.astimezone(VIETNAM):%d/%m/%Y %H:%M}",
            batch.opened_by,
        )
        for batch, count in told
    ]
    data.print(table("Lô", "Trạng thái", "Đếm tay", "Đã nhận", "Trang", "Mở lúc", "Người mở", rows=rows, right=(2, 3, 4)))


def show(code: Code, as_json: Json = False) -> None:
    """Một lô: số tờ đếm tay và đã nhận, từng trang với điều cần xem, giấy tờ đã thành.

    \b
    Ví dụ:
      sohoa batch show LO-0105
    """
    with_catalogue()
    batch = keeping.batch_of(code)
    count, pages = counted(batch), list(keeping.current(batch))
    papers = papers_of(batch)
    if as_json:
        print_json({**batch_dict(batch, count=count), "page_list": [page_dict(page) for page in pages], "papers": papers})
        return
    data.print(f"[bold]{batch.code}[/]  {STATES_SHORT_VI[BatchState(batch.state)]}")
    data.print(f"{MARKS[count.verdict.outcome]} {count_vi(count)}")
    if rows := page_rows(pages):
        data.print(table("Trang", "Tờ", "Mặt", "Cần xem", rows=rows, right=(0, 1)))
    for paper in papers:
        data.print(f"Giấy tờ {paper['ordinal']}: {len(paper['pages'])} trang, {paper['state']}")


def page(
    code: Code,
    number: Annotated[int, typer.Argument(min=1, help="Trang thứ mấy trong lô.")],
    note: Annotated[
        bool | None, typer.Option("--note/--no-note", help="Trang này có (hoặc không còn) giấy ghi chú đính kèm.")
    ] = None,
    drop: Annotated[bool, typer.Option("--drop", help="Bỏ trang này ra khỏi lô (vẫn giữ ảnh); cần --reason.")] = False,
    with_note: Annotated[bool, typer.Option("--with-note", help="Với --drop: bỏ bản có ghi chú.")] = False,
    reason: Reason = "",
    by: By = "",
    as_json: Json = False,
) -> None:
    """Xem một trang và mọi lần quét của nó; báo có giấy ghi chú; bỏ trang ra.

    \b
    Ví dụ:
      sohoa batch page LO-0105 17
      sohoa batch page LO-0105 17 --note
      sohoa batch page LO-0105 17 --drop --reason "tờ 9 bị kéo hai lần"
    """
    here = with_catalogue()
    batch, who = keeping.batch_of(code), by or account()
    if note is not None:
        keeping.note_attached(batch, number, note, by=who, now=now())
    if drop:
        variant = Variant.WITH_NOTE if with_note else Variant.PLAIN
        keeping.drop(batch, number, variant=variant, by=who, reason=reason, now=now())
    versions = list(BatchPage.objects.filter(batch=batch, position=number).select_related("run", "batch").order_by("pk"))
    if not versions:
        raise keeping.BatchPageUnknown(page=number)
    shelf = shelf_of(here)
    told = [{**page_dict(one), "file": str(shelf.page(one))} for one in versions]
    if as_json:
        print_json({"code": batch.code, "page": number, "versions": told})
        return
    for one, row in zip(versions, told, strict=True):
        stands = "đang dùng" if one.current else "đã thay" if one.replaced_by_id else "đã bỏ ra"
        variant = "có ghi chú" if one.variant == Variant.WITH_NOTE else "thường"
        data.print(f"{one.at.astimezone(VIETNAM):%d/%m %H:%M:%S}  {stands}  {variant}  {one.content[:12]}  {one.by}")
        data.print(f"    {row['file']}", soft_wrap=True)


def close(
    code: Code,
    expect: Annotated[int | None, typer.Option(min=1, help="Ghi hoặc sửa số tờ giấy đã đếm tay.")] = None,
    reason: Reason = "",
    digitize: Annotated[bool, typer.Option("--digitize", help="Đóng xong thì số hóa luôn các giấy tờ của lô.")] = False,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Đóng lô khi số tờ đã khớp: ghép trang thành giấy tờ (hoặc tách theo phiếu phân cách) và đưa vào hàng chờ số hóa.

    Số tờ không khớp thì lô không đóng, trừ khi nêu lý do; lý do và tên người đóng được ghi vào nhật ký.

    \b
    Ví dụ:
      sohoa batch close LO-0105
      sohoa batch close LO-0105 --expect 95
      sohoa batch close LO-0105 --reason "tờ 40 rách, người dân xin giữ lại" --digitize
    """
    here = with_catalogue()
    batch, who = keeping.batch_of(code), by or account()
    if expect is not None:
        keeping.expect(batch, expect, by=who, now=now())
    columns = (TextColumn("Đang xem chồng giấy"), BarColumn(), TextColumn("{task.completed} trang"))
    with Progress(*columns, console=people, transient=True) as bar:
        task = bar.add_task("", total=None)
        closed = closing.close(
            batch,
            shelf_of(here),
            here.claims,
            by=who,
            now=now(),
            reason=reason,
            jobs=here.jobs,
            page_done=lambda: bar.advance(task),
            examined=lambda found: None if as_json else show_split(found),
        )
    if as_json:
        print_json({**batch_dict(batch, count=closed.count), "papers": papers_of(batch)})
    else:
        people.print(f"Đã đóng lô {batch.code}: {count_vi(closed.count)} Thành {len(closed.papers)} giấy tờ.")
    if digitize:
        _digitize(here, batch, closed.papers, as_json)
    elif not as_json:
        people.print(f"  → Số hóa các giấy tờ này: sohoa digitize {shelf_of(here).papers(batch)}")


def _digitize(here: Settings, batch: Batch, papers: tuple[closing.Paper, ...], as_json: bool) -> None:
    from sohoa.cli.digitize import digitize_with_progress
    from sohoa.pipeline.signing.office import open_office
    from sohoa.pipeline.signing.papers import must_be_ready
    from sohoa.pipeline.sources.folder import papers as found

    if batch.sign:
        with open_office(here.home) as office:
            must_be_ready(office)
    order = Order("", batch.procedure, batch.unit, batch.sign)
    run = digitize_with_progress(found([paper.file for paper in papers]), here, order, here.jobs, as_json)
    raise typer.Exit(int(run.exit_code))


def pause(code: Code, by: By = "", as_json: Json = False) -> None:
    """Tạm dừng lô; máy đang quét vào lô sẽ dừng sau trang đang nạp.

    \b
    Ví dụ:
      sohoa batch pause LO-0105
    """
    with_catalogue()
    batch = keeping.batch_of(code)
    keeping.pause(batch, by=by or account(), now=now())
    _told(batch, as_json, "Đã tạm dừng lô")


def resume(code: Code, by: By = "", as_json: Json = False) -> None:
    """Làm tiếp một lô đã tạm dừng.

    \b
    Ví dụ:
      sohoa batch resume LO-0105
    """
    with_catalogue()
    batch = keeping.batch_of(code)
    keeping.resume(batch, by=by or account(), now=now())
    _told(batch, as_json, "Đã mở lại lô")


def cancel(code: Code, reason: Reason = "", by: By = "", as_json: Json = False) -> None:
    """Hủy lô: ảnh các trang được giữ lại nhưng không thành giấy tờ. Cần nêu lý do.

    \b
    Ví dụ:
      sohoa batch cancel LO-0105 --reason "quét nhầm chồng giấy của quầy khác"
    """
    here = with_catalogue()
    batch = keeping.batch_of(code)
    with shelf_of(here).alone(batch):
        keeping.cancel(batch, by=by or account(), reason=reason, now=now())
    _told(batch, as_json, "Đã hủy lô")


def journal(code: Code, as_json: Json = False) -> None:
    """Nhật ký của lô: ai làm gì, lúc nào.

    \b
    Ví dụ:
      sohoa batch journal LO-0105
    """
    with_catalogue()
    batch = keeping.batch_of(code)
    events = BatchEvent.objects.filter(batch=batch).order_by("pk")
    if as_json:
        for event in events:
            print_json(event_dict(event))
        return
    rows = [
        (
            f"{event.at.astimezone(VIETNAM):%d/%m %H:%M:%S}",
            event.by,
            EVENTS_VI.get(event.what, event.what),
            details_vi(event.details),
        )
        for event in events
    ]
    data.print(table("Lúc", "Ai", "Việc", "Chi tiết", rows=rows))


def _told(batch: Batch, as_json: bool, said: str) -> None:
    if as_json:
        answer: dict[str, Any] = batch_dict(batch)
        print_json(answer)
    else:
        people.print(f"{said} {batch.code}.")


def add_to(app: typer.Typer) -> None:
    batch = typer.Typer(help="Lô giấy: mở, đếm, xem, đóng.", no_args_is_help=True)
    batch.callback()(lambda: None)
    for name, command in {
        "open": open_,
        "decide": decide,
        "list": list_,
        "show": show,
        "page": page,
        "close": close,
        "pause": pause,
        "resume": resume,
        "cancel": cancel,
        "journal": journal,
    }.items():
        batch.command(name)(command)
    app.add_typer(batch, name="batch")
