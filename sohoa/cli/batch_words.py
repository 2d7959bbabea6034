"""Words for batches and their pages at the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.markup import escape

from sohoa.cli.output import MARKS, data, number_vi, table
from sohoa.pipeline.batches.counting import Count
from sohoa.pipeline.batches.deciding import Decided
from sohoa.pipeline.batches.models import BatchPage, BatchState, Side, Variant
from sohoa.pipeline.batches.reporting import finding_vi
from sohoa.pipeline.stacks.gathering import Examined
from sohoa.pipeline.stacks.reporting import rows, sentences

STATES_SHORT_VI = {
    BatchState.OPEN: "đang mở",
    BatchState.PAUSED: "tạm dừng",
    BatchState.CLOSING: "đang đóng",
    BatchState.CLOSED: "đã đóng",
    BatchState.CANCELLED: "đã hủy",
}
SIDES_VI = {Side.FRONT: "trước", Side.BACK: "sau"}


def count_vi(count: Count) -> str:
    """`Đếm tay 96 tờ, đã nhận 95 tờ (98 trang): thiếu 1 tờ.`"""
    received = f"đã nhận {number_vi(count.sheets)} tờ ({number_vi(count.pages)} trang" + (
        f", {number_vi(count.separators)} phiếu phân cách)" if count.separators else ")"
    )
    if count.expected is None:
        said = f"Chưa đếm tay; {received}"
    else:
        said = f"Đếm tay {number_vi(count.expected)} tờ, {received}"
        missing = count.expected - count.sheets
        said += f": thiếu {missing} tờ" if missing > 0 else f": thừa {-missing} tờ" if missing < 0 else ": khớp"
    if count.incomplete:
        said += f"; trang {_numbers(count.incomplete)} chưa có mặt sau"
    if count.unreadable:
        said += f"; ảnh hỏng ở trang {_numbers(count.unreadable)}"
    if count.unpaired:
        said += f"; trang {_numbers(count.unpaired)} còn thiếu bản có (hoặc không có) ghi chú"
    return said + "."


def page_vi(page: BatchPage) -> str:
    """What one page is, on one line."""
    kind = "phiếu phân cách" if page.separator else "trắng" if page.blank else f"{page.width}×{page.height}, {page.dpi} dpi"
    note = ", có ghi chú" if page.variant == Variant.WITH_NOTE else ""
    return f"tờ {page.sheet} mặt {SIDES_VI[Side(page.side)]}{note}: {kind}"


def findings_vi(page: BatchPage) -> str:
    return "; ".join(finding_vi(finding) for finding in page.findings)


def page_rows(pages: Iterable[BatchPage]) -> list[tuple[str, str, str, str]]:
    return [
        (
            str(page.position),
            str(page.sheet),
            SIDES_VI[Side(page.side)] + (" (có ghi chú)" if page.variant == Variant.WITH_NOTE else ""),
            findings_vi(page) or ("phiếu phân cách" if page.separator else "trắng" if page.blank else ""),
        )
        for page in pages
    ]


def show_decisions(components: Sequence[Decided]) -> None:
    """What the owner has already comes first: then nothing need be scanned."""
    for one in components:
        for record in one.reuse:
            data.print(f"[green]↺[/] Thành phần {one.component}: người này đã có {record} trong kho; xem rồi quyết định dùng lại.")
    if components:
        rows = [
            (str(one.component), escape(one.name), "quét" if one.to_scan else "không quét", escape(one.reason))
            for one in components
        ]
        data.print(table("Thành phần", "Tên", "Quét", "Vì sao", rows=rows, right=(0,)))


def show_split(examined: Examined) -> None:
    """What splitting by separator sheets found; files are not written yet."""
    for sentence in sentences(examined.stack):
        data.print(f"{MARKS[sentence.outcome]} {sentence.text}")
    if doubtful := [row[:2] for row in rows(examined.stack, ())]:
        data.print(table("Trang", "Cần xem vì", rows=doubtful))


def details_vi(details: dict[str, Any]) -> str:
    return ", ".join(f"{name} {str(value)[:40]}" for name, value in details.items() if value not in (None, ""))


def _numbers(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))
