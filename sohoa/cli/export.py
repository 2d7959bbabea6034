"""`sohoa export`: packages out of the archive."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from sohoa.cli.output import MARKS, Json, data, number_vi, people, print_json
from sohoa.cli.workplace import with_catalogue, with_store
from sohoa.config.retention import retention_plan
from sohoa.kernel.clock import now
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.kernel.verdicts import Outcome
from sohoa.pipeline.copying import mark_copy
from sohoa.storage.exports.codes import LABEL_VI, chosen
from sohoa.storage.exports.exporting import Exported, Form, Order, export
from sohoa.storage.exports.holdings import Sources, gather

FORMS_VI = {Form.BAGIT: "BagIt", Form.SIP: "SIP", Form.AIP: "AIP", Form.DIP: "DIP, bản sao"}


def export_(
    ids: Annotated[list[str] | None, typer.Argument(help="Mã bản ghi hoặc mã hồ sơ; nêu nhiều mã được.")] = None,
    output: Annotated[Path, typer.Option("-o", "--output", file_okay=False, help="Thư mục ghi gói.")] = Path("."),
    form: Annotated[Form, typer.Option("--as", help="Dạng gói.")] = Form.BAGIT,
    dossier: Annotated[
        str, typer.Option(help="Mã hồ sơ: xuất cả hồ sơ; hoặc cho biết bản ghi đã nêu được xuất theo hồ sơ nào.")
    ] = "",
    maintenance: Annotated[
        str,
        typer.Option(help="Mã thời hạn lưu trữ, 01 đến 07. Không nêu thì theo quy tắc của đơn vị, chưa có quy tắc thì để trống."),
    ] = "",
    mode: Annotated[
        str, typer.Option(help="Mã chế độ sử dụng: 01 công khai, 02 có điều kiện, 03 mật. Không nêu thì để trống.")
    ] = "",
    zipped: Annotated[bool, typer.Option("--zip", help="Ghi thành một tệp zip để gửi đi.")] = False,
    as_json: Json = False,
) -> None:
    """Xuất hồ sơ hoặc bản ghi thành gói: BagIt, SIP (nộp lưu), AIP (lưu trữ), DIP (bản sao để sử dụng).

    Gói được đọc lại toàn bộ trước khi mang tên thật. Xuất lần nữa thì gói đã có, còn nguyên, được giữ như cũ. Mỗi lần xuất đều ghi
    nhật ký.

    \b
    Ví dụ:
      sohoa export 000.00.19.H26-260105-0012 -o goi/
      sohoa export 000.00.19.H26-260105-0012 -o goi/ --as sip --zip
      sohoa export 3f2a90c1d4e5f6a7b8c9 -o goi/ --as dip
    """
    if not ids and not dossier:
        raise typer.BadParameter("nêu mã bản ghi hoặc mã hồ sơ")
    order = Order(form, chosen(maintenance, mode), mark_copy if form is Form.DIP else None, zipped)
    here = with_catalogue()
    refused: list[SohoaError] = []
    with with_store(here) as store:
        for holding in gather(ids or (), dossier, Sources(store, retention_plan(here.home))):
            try:
                made = export(holding, output, order, store, now=now())
            except SohoaError as error:
                refused.append(error)
                _tell_refused(holding.code, error, as_json)
            else:
                _tell_made(made, as_json)
    if form is not Form.BAGIT and not as_json:
        people.print(f"[dim]Bố cục kiểu TT 05/2025/TT-BNV, {LABEL_VI}.[/]")
    raise typer.Exit(max((int(error.exit_code) for error in refused), default=int(Exit.OK)))


def _tell_made(made: Exported, as_json: bool) -> None:
    if as_json:
        print_json(_made_dict(made))
        return
    note = " [dim](đã có từ trước, còn nguyên)[/]" if made.again else ""
    counts = f"{number_vi(made.documents)} giấy tờ, {number_vi(made.files)} tệp, {number_vi(made.bytes)} byte"
    data.print(f"{MARKS[Outcome.OK]} {escape(made.code)} → {escape(str(made.path))} ({FORMS_VI[made.form]}: {counts}){note}")


def _made_dict(made: Exported) -> dict[str, Any]:
    return {
        "code": made.code,
        "form": made.form,
        "package": str(made.path),
        "identifier": str(made.identifier),
        "documents": made.documents,
        "files": made.files,
        "bytes": made.bytes,
        "again": made.again,
        "error": None,
    }


def _tell_refused(code: str, error: SohoaError, as_json: bool) -> None:
    told = error.as_dict()
    if as_json:
        print_json({"code": code, "error": told})
    else:
        people.print(f"{MARKS[Outcome.FAILED]} {escape(code)}: {told['vi']}\n    → {told['remedy']}")


def add_to(app: typer.Typer) -> None:
    app.command("export")(export_)
