"""`sohoa verify`: fixity, signatures and the audit chain of archived records."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.progress import track

from sohoa.cli.output import Json, number_vi, people, print_json
from sohoa.cli.workplace import with_catalogue, with_store
from sohoa.kernel.clock import now
from sohoa.kernel.errors import Exit
from sohoa.pipeline.verification import verify_records
from sohoa.signing.signers.test_authority import ROOT
from sohoa.storage.catalogue.records import Record
from sohoa.storage.reading_room import NoSuchRecord

WHAT_VI = {"fixity": "nội dung trong kho", "signature": "chữ ký", "package": "gói lưu trữ", "audit": "nhật ký"}


def verify(
    ids: Annotated[list[str] | None, typer.Argument(help="Mã bản ghi cần kiểm tra.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Kiểm tra mọi bản ghi trong kho.")] = False,
    as_json: Json = False,
) -> None:
    """Đọc lại từng tệp trong kho, so mã băm, kiểm tra chữ ký và chuỗi nhật ký.

    \b
    Ví dụ:
      sohoa verify --all
      sohoa verify 3f2a90c1d4e5f6a7b8c9 --json
    """
    if bool(ids) == all_:
        raise typer.BadParameter("nêu mã bản ghi, hoặc dùng --all")
    here = with_catalogue()
    records = Record.objects.order_by("archived_at", "pk") if all_ else Record.objects.filter(pk__in=ids or ())
    count = records.count()
    if ids and count < len(set(ids)):
        raise NoSuchRecord()
    ours = here.keys / "test-authority" / ROOT
    with with_store(here) as store:
        watched = track(records.iterator(chunk_size=100), "Đang kiểm tra", total=count, console=people, transient=True)
        report = verify_records(watched, store, trust=[ours] if ours.exists() else [], now=now())
    if as_json:
        print_json(report.as_dict())
    else:
        counts = (
            (report.checked, "bản ghi"),
            (report.ok, "đúng"),
            (report.failed, "sai"),
            (report.undetermined, "chưa xác định được"),
        )
        people.print(" · ".join(f"{number_vi(count)} {what}" for count, what in counts))
        for failure in report.failures:
            people.print(f"[red]✗[/] {failure.id}: {WHAT_VI[failure.what]} – {failure.reason}")
        if report.failures:
            people.print("  → Không dùng các bản ghi này; lấy lại từ bản sao lưu, giữ nguyên kho để điều tra, báo người quản trị.")
    raise typer.Exit(int(Exit.OK if report.all_ok else Exit.NEEDS_A_PERSON))


def add_to(app: typer.Typer) -> None:
    app.command()(verify)
