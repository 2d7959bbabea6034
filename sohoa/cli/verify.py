"""`sohoa verify`: fixity, signatures, evidence and the audit chain of archived records."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.progress import track

from sohoa.cli.output import Json, number_vi, people, print_json
from sohoa.cli.workplace import with_catalogue, with_store
from sohoa.kernel.clock import now
from sohoa.kernel.errors import Exit
from sohoa.pipeline.signing.evidence import Coverage
from sohoa.pipeline.signing.office import open_office
from sohoa.pipeline.verification import verify_records
from sohoa.storage.catalogue.records import Record
from sohoa.storage.reading_room import NoSuchRecord

WHAT_VI = {
    "fixity": "nội dung trong kho",
    "signature": "chữ ký",
    "evidence": "chứng cứ",
    "package": "gói lưu trữ",
    "audit": "nhật ký",
}
SHOWN = 20  # records whose evidence does not cover all; the rest is counted, and all of it is in --json


def verify(
    ids: Annotated[list[str] | None, typer.Argument(help="Mã bản ghi cần kiểm tra.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Kiểm tra mọi bản ghi trong kho.")] = False,
    as_json: Json = False,
) -> None:
    """Đọc lại từng tệp trong kho, so mã băm, kiểm tra chữ ký, chứng cứ và chuỗi nhật ký.

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
    trust = open_office(here.home).trust
    with with_store(here) as store:
        watched = track(records.iterator(chunk_size=100), "Đang kiểm tra", total=count, console=people, transient=True)
        report = verify_records(watched, store, trust=trust, now=now())
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
        _tell_coverage(report.evidence)
        for failure in report.failures:
            people.print(f"[red]✗[/] {failure.id}: {WHAT_VI[failure.what]} – {failure.reason}")
        if report.failures:
            people.print("  → Không dùng các bản ghi này; lấy lại từ bản sao lưu, giữ nguyên kho để điều tra, báo người quản trị.")
    raise typer.Exit(int(Exit.OK if report.all_ok else Exit.NEEDS_A_PERSON))


def _tell_coverage(evidence: Coverage) -> None:
    """Nothing for an office that makes no evidence."""
    if not evidence.whole and not evidence.partly:
        return
    counts = ((evidence.whole, "đủ"), (len(evidence.partly), "chưa đủ"), (evidence.none, "chưa có"))
    people.print("Chứng cứ: " + " · ".join(f"{number_vi(count)} {what}" for count, what in counts if count))
    for number, (record, left) in enumerate(evidence.partly.items()):
        if number == SHOWN:
            people.print(f"    … và {number_vi(len(evidence.partly) - SHOWN)} bản ghi khác")
            break
        people.print(f"    {record}: chưa gồm {', '.join(left)}")
    if evidence.partly or evidence.none:
        people.print("  → Lập chứng cứ cho phần còn lại: sohoa evidence archive")


def add_to(app: typer.Typer) -> None:
    app.command()(verify)
