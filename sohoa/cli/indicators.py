"""`sohoa indicators`: every percentage with its numerator, denominator, definition and the dossiers behind it."""

from __future__ import annotations

import enum
from typing import Annotated, Any

import typer

from sohoa.cli.output import Json, data, number_vi, people, percent_vi, print_json, table
from sohoa.cli.workplace import with_catalogue
from sohoa.storage.indicators.count import Figure, count, whole_register
from sohoa.storage.indicators.period import Period, period_of


class Calendar(enum.StrEnum):
    CIVIL = "civil"
    ADMIN = "admin"


class By(enum.StrEnum):
    UNIT = "unit"


def indicators(
    period: Annotated[
        str, typer.Option(help="2026, 2026-H1, 2026-Q3, 2026-9M, 2026-05 hoặc 2026-01-15..2026-02-14; bỏ trống: cả sổ.")
    ] = "",
    calendar: Annotated[
        Calendar, typer.Option(help="civil: theo lịch; admin: từ ngày 15 đến ngày 14 (NĐ 09/2019/NĐ-CP).")
    ] = Calendar.CIVIL,
    unit: Annotated[str, typer.Option(help="Chỉ một đơn vị (mã).")] = "",
    by: Annotated[By | None, typer.Option(help="Tách theo đơn vị.")] = None,
    why: Annotated[bool, typer.Option("--why", help="Kể ra từng hồ sơ còn thiếu.")] = False,
    as_json: Json = False,
) -> None:
    """Các chỉ số, đếm từ bằng chứng trong kho: tử số, mẫu số, định nghĩa, hồ sơ còn thiếu.

    \b
    Ví dụ:
      sohoa indicators --period 2026-H1 --by unit
      sohoa indicators --why
    """
    with_catalogue()
    span = period_of(period, calendar.value) if period else whole_register()
    if span is None:
        people.print("Sổ đăng ký còn trống. Nhập bằng: sohoa register import TỆP.csv")
    figures = count(span, unit=unit, by_unit=by is By.UNIT) if span else []
    if as_json:
        print_json({"period": span and period_dict(span), "rows": [figure.as_dict() for figure in figures]})
        return
    if span:
        show_figures(span, figures)
    for figure in figures if why else ():
        if figure.missing:
            data.print(
                f"\n[bold]{figure.indicator.name_vi}[/] {figure.unit_name}: {number_vi(len(figure.missing))} hồ sơ còn thiếu"
            )
            for code in figure.missing:
                data.print(f"  {code}")


def period_dict(span: Period) -> dict[str, Any]:
    return {"from": span.first.isoformat(), "to": span.last.isoformat(), "calendar": span.calendar}


def show_figures(span: Period, figures: list[Figure]) -> None:
    """The table a person reads, and under it what each figure means."""
    data.print(
        f"Kỳ {span.first:%d/%m/%Y} – {span.last:%d/%m/%Y} ({'lịch thường' if span.calendar == 'civil' else 'kỳ báo cáo 15→14'})"
    )
    rows = []
    for figure in figures:
        told = figure.as_dict()
        percent = None if figure.percent is None else str(figure.percent)
        target = percent_vi(figure.indicator.target) if figure.indicator.target else ""
        rows.append(
            (
                figure.indicator.name_vi,
                figure.unit_name or "toàn bộ",
                f"{number_vi(figure.numerator)} / {number_vi(figure.denominator)}",
                percent_vi(percent),
                target,
                ", ".join(told["flags"]),
            )
        )
    data.print(table("Chỉ số", "Đơn vị", "Tử số / mẫu số", "Tỷ lệ", "Chỉ tiêu", "", rows=rows, right=(2, 3, 4)))
    for indicator in {figure.indicator.id: figure.indicator for figure in figures}.values():
        data.print(f"[dim]{indicator.name_vi}: {indicator.definition_vi} {indicator.caveat}[/]")


def add_to(app: typer.Typer) -> None:
    app.command()(indicators)
