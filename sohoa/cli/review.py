"""`sohoa review list|show|set|next`: what is doubtful, and a person's word on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from sohoa.cli.output import Json, data, number_vi, people, percent_vi, print_json
from sohoa.cli.review_walk import Walk
from sohoa.cli.review_words import crops_for, doubt_dict, filed_vi, settled_vi, show_doubt
from sohoa.cli.workplace import with_catalogue, with_store
from sohoa.config.settings import Settings
from sohoa.kernel.clock import VIETNAM, iso_vietnam, now
from sohoa.storage.archive import Lock
from sohoa.storage.audit.chain import account
from sohoa.storage.completeness import completeness
from sohoa.storage.field_values import name_vi
from sohoa.storage.indicators.count import percent_of
from sohoa.storage.review import at_the_desk, progress, value_in, waiting
from sohoa.storage.settling import Hand, choose, confirm, correct, say_absent, undo

DocumentId = Annotated[str, typer.Argument(help="Mã bản ghi, như «sohoa review list» in ra.")]
By = Annotated[str, typer.Option("--by", help="Tên người kiểm tra; bỏ trống: tên tài khoản máy đang dùng.")]
Unit = Annotated[str, typer.Option(help="Chỉ các bản ghi của đơn vị này (mã).")]
CropFolder = Annotated[
    Path | None, typer.Option("--crop", file_okay=False, help="Ghi vào thư mục này ảnh cắt từ giấy, mỗi trường một ảnh PNG.")
]


def list_(
    unit: Unit = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Nhiều nhất bao nhiêu bản ghi.")] = 20,
    as_json: Json = False,
) -> None:
    """Các bản ghi đang chờ người xem, lưu kho trước thì đứng trước, và phần đã làm xong hôm nay.

    \b
    Ví dụ:
      sohoa review list
      sohoa review list --unit 000.31.00.H99 --limit 100
    """
    with_catalogue()
    records, done = waiting(unit, limit=limit), progress(unit, now=now())
    today = {
        name: {"numerator": part, "denominator": part + left, "percent": _percent(part, part + left)}
        for name, part, left in (
            ("records", done.records_done, done.records_waiting),
            ("fields", done.fields_done, done.fields_waiting),
        )
    }
    if as_json:
        told = [
            {
                "document_id": record.document_id,
                "type": {"code": record.type_code, "name": record.type_name},
                "unit": record.unit,
                "dossier": record.dossier or None,
                "archived_at": iso_vietnam(record.archived_at),
                "fields": list(record.fields),
            }
            for record in records
        ]
        print_json({"waiting": done.records_waiting, "fields_waiting": done.fields_waiting, "today": today, "records": told})
        return
    for record in records:
        data.print(
            f"[bold]{record.document_id}[/]  {escape(record.type_name) or 'chưa rõ loại'}"
            + (f"  hồ sơ {escape(record.dossier)}" if record.dossier else "")
            + f"  [dim]lưu kho {record.archived_at.astimezone(VIETNAM):%d/%m/%Y %H:%M}[/]"
        )
        data.print(f"    cần xem {len(record.fields)}: {escape(', '.join(map(name_vi, record.fields)))}")
    part = today["records"]
    people.print(
        f"{number_vi(done.records_waiting)} bản ghi chờ xem ({number_vi(done.fields_waiting)} trường). Hôm nay xong "
        f"{number_vi(part['numerator'])} / {number_vi(part['denominator'])} bản ghi ({percent_vi(part['percent'])})."
    )
    if records:
        people.print("  → Làm lần lượt: sohoa review next")


def show(document_id: DocumentId, crop: CropFolder = None, as_json: Json = False) -> None:
    """Mở một bản ghi ở chỗ cần xem: trường nào, đọc được gì, còn đọc được cách nào khác, vì sao chưa chắc, ở trang nào.

    \b
    Ví dụ:
      sohoa review show 3f2a90c1d4e5f6a7b8c9 --crop anh/
    """
    here = with_catalogue()
    with with_store(here) as store:
        desk = at_the_desk(document_id, store, now=now())
        crops = crops_for(desk, store, crop)
    if as_json:
        print_json(
            {
                "document_id": desk.record.pk,
                "version": desk.version,
                "type": {"code": desk.record.type_code, "name": desk.record.type_name},
                "dossier": desk.dossier or None,
                "pages": desk.record.pages,
                "fields": [doubt_dict(doubt, crops) for doubt in desk.doubts],
                **desk.completeness.as_dict(),
            }
        )
        return
    data.print(
        f"[bold]{desk.record.type_name or 'Chưa rõ loại'}[/]  {desk.record.pk}  {number_vi(desk.record.pages)} trang"
        + (f"  hồ sơ {escape(desk.dossier)}" if desk.dossier else "")
    )
    for doubt in desk.doubts:
        show_doubt(doubt, crops, on=data)
    people.print(settled_vi(desk.completeness))


def set_(
    document_id: DocumentId,
    field: Annotated[str, typer.Argument(help="Tên trường, như «sohoa review show» in trong ngoặc; «type» là loại văn bản.")],
    value: Annotated[str, typer.Argument(help="Giá trị theo giấy; ngày gõ 05/01/2026 hoặc 2026-01-05.")] = "",
    choice: Annotated[int | None, typer.Option("--choose", help="Lấy cách đọc mang số này.")] = None,
    as_read: Annotated[bool, typer.Option("--confirm", help="Giá trị đang có là đúng.")] = False,
    absent: Annotated[bool, typer.Option("--absent", help="Trên giấy không có trường này.")] = False,
    unregistered: Annotated[bool, typer.Option("--unregistered", help="Mã hồ sơ đúng theo giấy, dù sổ đăng ký chưa có.")] = False,
    take_back: Annotated[bool, typer.Option("--undo", help="Bỏ lần sửa hoặc xác nhận gần nhất của trường này.")] = False,
    by: By = "",
    seen: Annotated[
        int | None, typer.Option("--seen", min=0, help="Phiên bản đã xem («version» của show --json); khác đi thì không ghi.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Sửa, chọn, xác nhận một trường, hoặc bỏ lần sửa trước. Giá trị máy đọc và mọi lần sửa đều được giữ lại.

    Sửa hay nhận mã hồ sơ (dossier_code) thì bản ghi được chuyển sang hồ sơ ấy; --absent là không nhận hồ sơ nào được gợi ý.

    \b
    Ví dụ:
      sohoa review set 3f2a90c1d4e5f6a7b8c9 issued_date 05/01/2026
      sohoa review set 3f2a90c1d4e5f6a7b8c9 code_number --choose 2 --by "Trần Thị Mẫu"
      sohoa review set 3f2a90c1d4e5f6a7b8c9 code_number --undo
      sohoa review set 3f2a90c1d4e5f6a7b8c9 dossier_code --choose 1
    """
    if [bool(value), choice is not None, as_read, absent, take_back].count(True) != 1:
        raise typer.BadParameter("nêu đúng một trong: GIÁ TRỊ, --choose, --confirm, --absent, --undo")
    here = with_catalogue()
    hand = replace(hand_of(here, by, seen), unregistered=unregistered)
    with with_store(here) as store:
        if choice is not None:
            record = choose(document_id, field, choice, store, hand)
        elif as_read:
            record = confirm(document_id, field, store, hand)
        elif absent:
            record = say_absent(document_id, field, store, hand)
        elif take_back:
            record = undo(document_id, field, store, hand)
        else:
            record = correct(document_id, field, value, store, hand)
    whole, last = completeness(record), record.revisions.order_by("-number").first()
    if as_json:
        told: dict[str, Any] = {"document_id": record.pk, "field": field, "value": value_in(record, field) or None}
        lies = list(record.filings.order_by("pk").values_list("dossier_code", flat=True))
        print_json({**told, "version": last.number if last else 0, "by": hand.by, "dossiers": lies, **whole.as_dict()})
        return
    people.print(f"[green]✓[/] {escape(name_vi(field))}: {escape(value_in(record, field)) or '—'}")
    if last and last.filed and last.field == field:
        people.print(filed_vi(record))
    people.print(settled_vi(whole))


def next_(unit: Unit = "", by: By = "", crop: CropFolder = None) -> None:
    """Đi lần lượt qua từng trường chưa chắc, chỉ dùng bàn phím.

    Enter nhận giá trị đang có; 1, 2, 3 chọn cách đọc khác; gõ giá trị để sửa; - bỏ qua; 0 trên giấy không có; e sửa tiếp từ giá trị đang
    có; u bỏ lần vừa rồi; q thôi. Ở mã hồ sơ: 0 là không nhận hồ sơ nào được gợi ý, ! là mã đúng theo giấy dù sổ chưa có.
    Muốn nhập đúng một chữ trùng phím lệnh thì gõ thêm dấu = phía trước, như =3.

    \b
    Ví dụ:
      sohoa review next --crop anh/ --by "Trần Thị Mẫu"
    """
    here = with_catalogue()
    with with_store(here) as store:
        Walk(store, lambda seen: hand_of(here, by, seen), unit, crop).go()


def hand_of(here: Settings, by: str, seen: int | None) -> Hand:
    moment = now()
    return Hand(by or account(), moment, Lock(here.lock_mode, here.lock_days).retention(moment), seen)


def _percent(part: int, whole: int) -> str | None:
    percent = percent_of(part, whole)
    return None if percent is None else str(percent)


def add_to(app: typer.Typer) -> None:
    review = typer.Typer(help="Xem và sửa những trường máy đọc chưa chắc.", no_args_is_help=True)
    review.callback()(lambda: None)
    review.command("list")(list_)
    review.command("show")(show)
    review.command("set")(set_)
    review.command("next")(next_)
    app.add_typer(review, name="review")
