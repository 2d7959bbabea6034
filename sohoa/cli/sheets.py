"""`sohoa sheets`: separator sheets to print, and a scanned stack split by them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn

from sohoa.cli.output import MARKS, Json, data, people, print_json, table
from sohoa.cli.workplace import with_catalogue
from sohoa.config.settings import settings
from sohoa.kernel.clock import now
from sohoa.kernel.durable import write_durably
from sohoa.kernel.errors import Exit
from sohoa.pipeline.errors import SourceMissing
from sohoa.pipeline.stacks.gathering import examine
from sohoa.pipeline.stacks.marks import Place
from sohoa.pipeline.stacks.planning import Wanted, planned
from sohoa.pipeline.stacks.printing import sheets_pdf
from sohoa.pipeline.stacks.reporting import as_dict, rows, sentences
from sohoa.pipeline.stacks.writing import write_documents
from sohoa.storage.catalogue.register import Component, Dossier


def print_(
    output: Annotated[Path, typer.Option("-o", "--output", help="Tệp PDF để in.")],
    dossier: Annotated[
        list[str] | None, typer.Option(help="Mã hồ sơ; nhắc lại được. Một mình thì in phiếu cho mọi thành phần có trong sổ.")
    ] = None,
    component: Annotated[list[int] | None, typer.Option(min=1, help="Chỉ in cho thành phần số này; nhắc lại được.")] = None,
    count: Annotated[int | None, typer.Option(min=1, help="In cho các thành phần từ 1 đến số này.")] = None,
    batch: Annotated[str, typer.Option(help="Mã lô: in thêm phiếu đầu lô.")] = "",
    expect: Annotated[int | None, typer.Option(min=1, help="Số tờ giấy trong lô đã đếm tay, không kể phiếu.")] = None,
    two_sided: Annotated[bool, typer.Option("--two-sided", help="In cả mặt sau, để phiếu nằm úp máy vẫn nhận ra.")] = False,
    as_json: Json = False,
) -> None:
    """In phiếu phân cách (A4, có mã QR) để đặt giữa các giấy tờ trước khi quét cả chồng.

    \b
    Ví dụ:
      sohoa sheets print --dossier 000.00.12.H40-240105-0012 -o phieu.pdf
      sohoa sheets print --dossier 000.00.12.H40-240105-0012 --count 4 -o phieu.pdf
      sohoa sheets print --batch LO-0105 --expect 96 --dossier … --dossier … -o phieu.pdf
    """
    dossiers = dossier or []
    if not dossiers and not batch:
        raise typer.BadParameter("cần --dossier MÃ hoặc --batch MÃ")
    if (component or count) and (len(dossiers) != 1 or (component and count)):
        raise typer.BadParameter("--component hoặc --count đi cùng đúng một --dossier")
    if expect is not None and not batch:
        raise typer.BadParameter("--expect đi cùng --batch")
    numbers = component or (list(range(1, count + 1)) if count else [])
    sheets = planned(_wanted(dossiers, numbers), batch=batch, expected=expect)
    write_durably(output, sheets_pdf(sheets, made=now(), two_sided=two_sided))
    run, separators = sheets[0].mark.run, sum(1 for sheet in sheets if sheet.mark.index)
    if as_json:
        print_json({"file": str(output), "run": run, "sheets": separators, "batch": batch, "dossiers": dossiers})
        return
    header = " và 1 phiếu đầu lô" if batch else ""
    sides = "In hai mặt" if two_sided else "In một mặt"
    people.print(f"Đã tạo {separators} phiếu phân cách{header}. {sides}, khổ A4, đúng cỡ 100 %, rồi đặt theo thứ tự in.")


def _wanted(dossiers: list[str], numbers: list[int]) -> list[Wanted]:
    """From the register where it knows the dossier; a dossier that it does not know gets one sheet for all its papers."""
    with_catalogue()
    wanted: list[Wanted] = []
    for code in dossiers:
        names = dict(Component.objects.filter(dossier_id=code).order_by("ordinal").values_list("ordinal", "name"))
        procedure = Dossier.objects.filter(pk=code).values_list("procedure_name", flat=True).first() or ""
        chosen = numbers or list(names)
        if not chosen:
            people.print("[yellow]•[/] Sổ chưa có thành phần của một hồ sơ đã nêu: in một phiếu cho cả hồ sơ ấy.")
        wanted += [Wanted(Place(code, number), names.get(number, "")) for number in chosen] or [Wanted(Place(code), procedure)]
    return wanted


def split(
    stack: Annotated[Path, typer.Argument(help="Chồng giấy đã quét: PDF hoặc TIFF nhiều trang, chưa ký.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Thư mục để ghi các tài liệu.")],
    backs: Annotated[
        Path | None, typer.Option(help="Lượt quét mặt sau (lật cả chồng, nên tờ cuối ra trước), khi máy chỉ quét một mặt.")
    ] = None,
    two_sided: Annotated[
        bool | None, typer.Option("--two-sided/--one-sided", help="Máy quét cả hai mặt, hay chỉ một mặt, của mỗi tờ.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Tách chồng giấy đã quét thành từng tài liệu theo phiếu phân cách, bỏ phiếu ra, đối chiếu số phiếu đã in.

    Ảnh trang giữ nguyên từng byte; tệp nguồn không bị đụng tới. Tài liệu chắc chắn nằm trong thư mục mang mã hồ sơ, để
    «sohoa digitize» nhận đúng hồ sơ; tài liệu còn ngờ nằm trong thư mục «can-xem».

    \b
    Ví dụ:
      sohoa sheets split chong-giay.pdf -o da-tach/
      sohoa sheets split mat-truoc.pdf --backs mat-sau.pdf -o da-tach/
    """
    if not stack.is_file() or (backs is not None and not backs.is_file()):
        raise SourceMissing()
    columns = (TextColumn("Đang xem chồng giấy"), BarColumn(), TextColumn("{task.completed} trang"))
    with Progress(*columns, console=people, transient=True) as bar:
        task = bar.add_task("", total=None)
        examined = examine(stack, backs=backs, two_sided=two_sided, jobs=settings().jobs, page_done=lambda: bar.advance(task))
    written = write_documents(examined, output)
    if as_json:
        print_json(as_dict(examined.stack, written))
    else:
        for sentence in sentences(examined.stack):
            data.print(f"{MARKS[sentence.outcome]} {sentence.text}")
        if doubtful := rows(examined.stack, written):
            data.print(table("Trang", "Cần xem vì", "Tệp", rows=doubtful))
    raise typer.Exit(int(Exit.OK if examined.stack.certain else Exit.NEEDS_A_PERSON))


def add_to(app: typer.Typer) -> None:
    sheets = typer.Typer(help="Phiếu phân cách: in ra, và tách chồng giấy đã quét.", no_args_is_help=True)
    sheets.callback()(lambda: None)
    sheets.command("print")(print_)
    sheets.command("split")(split)
    app.add_typer(sheets, name="sheets")
