"""`sohoa import`: packages from elsewhere looked at, and their papers taken in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from sohoa.cli.digitize import digitize_with_progress, told_at_the_end
from sohoa.cli.output import MARKS, Json, data, number_vi, people, print_json
from sohoa.cli.workplace import with_catalogue
from sohoa.kernel.errors import Exit
from sohoa.kernel.text import mask_identifier
from sohoa.kernel.verdicts import Outcome
from sohoa.pipeline.claiming import Order
from sohoa.pipeline.sources.folder import Found
from sohoa.storage.exports.reading import ArrivingPaper, Report, arrive, inspect, papers_of
from sohoa.storage.exports.reading.report import RULES_VI

SHOWN = 20  # findings and papers on the screen; all of them are in --json


def import_(
    package: Annotated[Path, typer.Argument(exists=True, help="Thư mục gói hoặc tệp zip.")],
    verify_only: Annotated[bool, typer.Option("--verify-only", help="Chỉ kiểm tra, không liệt kê giấy tờ để số hóa.")] = False,
    take_in: Annotated[
        bool, typer.Option("--digitize", help="Gói đạt thì số hóa và lưu kho giấy tờ của gói, theo hồ sơ ghi trong gói.")
    ] = False,
    unit: Annotated[str, typer.Option(help="Mã đơn vị, khi số hóa; bỏ trống thì theo SOHOA_UNIT.")] = "",
    no_sign: Annotated[bool, typer.Option("--no-sign", help="Số hóa mà không ký.")] = False,
    as_json: Json = False,
) -> None:
    """Kiểm tra một gói BagIt, SIP, AIP hay DIP từ nơi khác, liệt kê giấy tờ trong gói, và số hóa chúng nếu được yêu cầu.

    Mọi tệp được đọc và so mã băm. Gói sai thì không lấy giấy tờ nào. Gói có điểm cần người xem thì vẫn số hóa được: người chạy lệnh
    đã xem. Chạy lại cùng lệnh không lưu thêm bản nào.

    \b
    Ví dụ:
      sohoa import goi/uuid-6f1c2a34-… --verify-only
      sohoa import goi.zip --json
      sohoa import goi.zip --digitize --unit H49.12
    """
    with arrive(package) as arrived:
        report = inspect(arrived)
        papers = papers_of(arrived) if not verify_only and report.outcome is not Outcome.FAILED else []
        if as_json:
            print_json(report.as_dict() | ({} if verify_only else {"papers": [_paper_dict(paper) for paper in papers]}))
        else:
            _show(report)
            if papers:
                _show_papers(papers)
        exits = [Exit.OK if report.outcome is Outcome.OK else Exit.NEEDS_A_PERSON]
        if take_in and papers:
            exits += _digitize(package.absolute(), papers, unit, not no_sign, as_json)
    raise typer.Exit(int(max(exits)))


def _digitize(package: Path, papers: list[ArrivingPaper], unit: str, sign: bool, as_json: bool) -> list[Exit]:
    """What a package says of its papers is its sender's word; each is read and classified as any other."""
    here = with_catalogue()
    ended: list[Exit] = []
    for dossier in dict.fromkeys(paper.dossier for paper in papers):
        found = (Found(paper.path, "", came_from=package / paper.name) for paper in papers if paper.dossier == dossier)
        run = digitize_with_progress(found, here, Order(dossier, unit=unit or here.unit, sign=sign), 0, as_json)
        if not as_json:
            told_at_the_end(run)
        ended.append(run.exit_code)
    return ended


def _show(report: Report) -> None:
    for rule in report.rules:
        outcome = report.outcome_of(rule)
        data.print(f"{MARKS[outcome]} {rule}: {RULES_VI[rule]}")
        found = [finding for finding in report.findings if finding.rule == rule]
        for finding in found[:SHOWN]:
            data.print(f"    {finding.what}" + (f" – {escape(finding.where)}" if finding.where else ""))
        if len(found) > SHOWN:
            data.print(f"    … và {number_vi(len(found) - SHOWN)} điểm khác; xem hết bằng --json")
    people.print(
        f"{report.profile or report.kind or 'không rõ loại gói'}: {number_vi(report.files)} tệp, {VERDICTS_VI[report.outcome]}."
    )


VERDICTS_VI = {
    Outcome.OK: "đạt mọi quy tắc",
    Outcome.FAILED: "không đạt, không nhận giấy tờ nào",
    Outcome.UNDETERMINED: "có điểm cần người xem",
}


def _show_papers(papers: list[ArrivingPaper]) -> None:
    for paper in papers[:SHOWN]:
        where = f"  hồ sơ {paper.dossier}" if paper.dossier else ""
        data.print(f"{paper.name}  {paper.type_name}{where}", markup=False)
    if len(papers) > SHOWN:
        data.print(f"… và {number_vi(len(papers) - SHOWN)} giấy tờ khác; xem hết bằng --json")
    people.print(f"{number_vi(len(papers))} giấy tờ có thể đưa vào số hóa (--digitize).")


def _paper_dict(paper: ArrivingPaper) -> dict[str, Any]:
    """A list: what identifies a person is masked in it. The package itself, and what the intake gets, is whole."""
    fields = {name: mask_identifier(value) if name.endswith("identifier") else value for name, value in paper.fields.items()}
    return {
        "name": paper.name,
        "dossier": paper.dossier or None,
        "document_id": paper.document_id or None,
        "type": paper.type_name or None,
        "fields": fields,
    }


def add_to(app: typer.Typer) -> None:
    app.command("import")(import_)
