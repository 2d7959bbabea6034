"""`sohoa verify`: packages, fixity, catalogue, signatures, evidence and the audit log."""

from __future__ import annotations

from pathlib import Path
from secrets import token_hex
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from sohoa.cli.output import Json, number_vi, people, print_json
from sohoa.cli.workplace import with_catalogue, with_store
from sohoa.config.settings import Settings
from sohoa.kernel.clock import now
from sohoa.kernel.errors import Exit
from sohoa.kernel.verdicts import Outcome
from sohoa.pipeline.repairing import Repaired, repair_from
from sohoa.pipeline.signing.evidence import Coverage
from sohoa.pipeline.signing.office import SigningOffice, open_office
from sohoa.pipeline.verification import Looking, verify_archive, verify_records
from sohoa.pipeline.verification_log import log_findings
from sohoa.pipeline.verification_report import Report
from sohoa.storage.audit.keys import known_keys
from sohoa.storage.catalogue.records import Record
from sohoa.storage.fixity.choice import Choice, read_age, read_rate, read_sample
from sohoa.storage.fixity.ledger import FILE, Ledger
from sohoa.storage.objects.model import ObjectStore
from sohoa.storage.reading_room import NoSuchRecord

WHAT_VI = {
    "fixity": "nội dung trong kho",
    "signature": "chữ ký",
    "evidence": "chứng cứ",
    "package": "gói lưu trữ",
    "catalogue": "cơ sở dữ liệu",
    "audit": "nhật ký",
}
SHOWN = 20  # records whose evidence does not cover all; the rest is counted, and all of it is in --json


def verify(
    ids: Annotated[list[str] | None, typer.Argument(help="Mã bản ghi cần kiểm tra.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Kiểm tra mọi gói và mọi bản ghi trong kho.")] = False,
    sample: Annotated[str, typer.Option("--sample", help="Chỉ kiểm tra một mẫu ngẫu nhiên các gói: 1% hoặc 200.")] = "",
    seed: Annotated[str, typer.Option("--seed", help="Số gieo của mẫu; cùng số thì cùng mẫu.")] = "",
    older_than: Annotated[
        str, typer.Option("--older-than", help="Chỉ gói đã lâu chưa kiểm tra, lâu nhất trước: 90d, 12w, 1y.")
    ] = "",
    resume: Annotated[bool, typer.Option("--resume", help="Làm tiếp lần kiểm tra đang dở.")] = False,
    rate: Annotated[str, typer.Option("--rate", help="Đọc không nhanh hơn chừng này mỗi giây: 20MB.")] = "",
    fixity_only: Annotated[
        bool, typer.Option("--fixity-only", help="Chỉ so nội dung, gói, cơ sở dữ liệu và nhật ký; không kiểm chữ ký, chứng cứ.")
    ] = False,
    repair: Annotated[
        Path | None, typer.Option("--repair-from", help="Thay các tệp hỏng của bản ghi đã nêu bằng bản đúng trong bản sao lưu này.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Đọc lại từng tệp trong kho, so mã băm với gói, cơ sở dữ liệu và nhật ký; kiểm tra chữ ký và chứng cứ.

    \b
    Ví dụ:
      sohoa verify --all
      sohoa verify --all --rate 20MB        (đọc chậm, nhường kho cho việc khác)
      sohoa verify --resume                 (làm tiếp lần đang dở)
      sohoa verify --older-than 90d --sample 500
      sohoa verify 3f2a90c1d4e5f6a7b8c9 --json
      sohoa verify --repair-from /ban-sao-luu 3f2a90c1d4e5f6a7b8c9
    """
    whole = all_ or resume or bool(sample) or bool(older_than)
    if bool(ids) == whole:
        raise typer.BadParameter("nêu mã bản ghi, hoặc dùng --all, --sample, --older-than, --resume")
    if repair and not ids:
        raise typer.BadParameter("--repair-from cần mã của từng bản ghi; sohoa không tự sửa hàng loạt")
    choice, speed = _choice(sample, seed, older_than), read_rate(rate) if rate else 0
    here = with_catalogue()
    if ids and Record.objects.filter(pk__in=ids).count() < len(set(ids)):
        raise NoSuchRecord()
    with with_store(here) as store:
        repaired = repair_from(repair, ids or [], store, keys=known_keys(here.keys), now=now()) if repair else []
        report = _looked(here, open_office(here.home), store, ids or [], choice, speed, resume=resume, signatures=not fixity_only)
    if as_json:
        print_json(report.as_dict() | ({"repaired": [one.as_dict() for one in repaired]} if repair else {}))
    else:
        _tell_repaired(repaired)
        _tell(report)
    raise typer.Exit(int(Exit.OK if report.all_ok else Exit.NEEDS_A_PERSON))


def _choice(sample: str, seed: str, older_than: str) -> Choice:
    share, count = read_sample(sample) if sample else (None, None)
    before = now() - read_age(older_than) if older_than else None
    return Choice(share, count, seed or (token_hex(4) if sample else ""), before)


def _looked(
    here: Settings,
    office: SigningOffice,
    store: ObjectStore,
    ids: list[str],
    choice: Choice,
    rate: int,
    *,
    resume: bool,
    signatures: bool,
) -> Report:
    present = now()
    columns = (TextColumn("Đang kiểm tra"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=people, transient=True) as progress:
        bar = progress.add_task("", total=len(ids) or (Record.objects.count() if choice.all else None))
        looking = Looking(
            office.trust,
            present,
            rate=rate,
            signatures=signatures,
            whole_log=lambda: log_findings(office, store, present),
            counted=lambda records: progress.advance(bar, records),
        )
        if ids:
            records = Record.objects.filter(pk__in=ids).order_by("archived_at", "pk")
            return verify_records(records, store, trust=looking.trust, now=looking.now, looking=looking)
        with Ledger(here.home / FILE) as ledger:
            return verify_archive(store, looking, ledger=ledger, choice=choice, resume=resume)


def _tell(report: Report) -> None:
    counts = (
        (report.checked, "bản ghi"),
        (report.ok, "đúng"),
        (report.failed, "sai"),
        (report.undetermined, "chưa xác định được"),
    )
    people.print(" · ".join(f"{number_vi(count)} {what}" for count, what in counts))
    if report.choice.seed:
        people.print(f"Mẫu ngẫu nhiên, số gieo {report.choice.seed}: {number_vi(report.packages['checked'])} gói")
    if not report.checked and not report.failures:
        people.print("Không có bản ghi nào để kiểm tra.")
    _tell_coverage(report.evidence)
    for failure in report.failures:
        mark = "[red]✗[/]" if failure.outcome is Outcome.FAILED else "[yellow]?[/]"
        people.print(f"{mark} {failure.id}: {WHAT_VI[failure.what]} – {failure.reason}")
    if report.failures:
        people.print("  → Không dùng các bản ghi này; lấy lại từ bản sao lưu, giữ nguyên kho để điều tra, báo người quản trị.")


def _tell_repaired(repaired: list[Repaired]) -> None:
    for one in repaired:
        how = "đã thay bằng bản đúng trong bản sao lưu" if one.done else f"chưa thay được ({one.reason})"
        people.print(f"{'[green]✓[/]' if one.done else '[yellow]?[/]'} {one.record}: {one.role} – {how}")


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
