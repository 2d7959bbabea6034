"""The zones of an administrative paper: header, title, Kính gửi, Nơi nhận, signature and seal.

Source: Nghị định 30/2020/NĐ-CP, Phụ lục I.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sohoa.pipeline.sources.sampleoffice.agencies import Agency, Signer
from sohoa.pipeline.sources.sampleoffice.composer import Composer
from sohoa.pipeline.sources.sampleoffice.layout import MM, Run, Seal, Signature

NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
SEAL_DIAMETER = 36 * MM


@dataclass(frozen=True, slots=True)
class Numbered:
    """number: as printed, so numbers below ten keep their zero. notation: `QĐ-UBND`; "" where the paper has a bare number."""

    number: str
    notation: str


def header(
    page: Composer, agency: Agency, numbered: Numbered | None, issued: date, *, concerning: str = "", label: str = "Số:"
) -> None:
    """Zones 1 to 4 (and 5b for công văn): agency and number on the left, Quốc hiệu, Tiêu ngữ, place and date on the right."""
    left, right = (page.left - 26, page.left + 172), (page.left + 176, page.right + 12)
    size = page.size - 1
    y = page.y
    below = y
    if agency.above:
        below = page.block(agency.above, "agency", x0=left[0], x1=left[1], y=below, size=size, shrink=True)
    for line in agency.lines:
        below = page.block(line, "agency", x0=left[0], x1=left[1], y=below, style="bold", size=size, shrink=True)
    page.rule(sum(left) / 2, below + 3, 64)
    motto_below = _nation(page, right, y, size)
    row = max(below, motto_below) + 12
    end_left = row
    if numbered is not None:
        end_left = page.block(number_runs(page, numbered, label), "code_number", x0=left[0], x1=left[1], y=row, size=size)
    if concerning:
        end_left = page.block(concerning, "subject", x0=left[0] + 6, x1=left[1] - 6, y=end_left + 4, size=size - 0.7, even=True)
    end_right = page.block(date_runs(page, agency.place, issued), "place_date", x0=right[0], x1=right[1], y=row, shrink=True)
    page.y = max(end_left, end_right) + 16


def plain_header(page: Composer) -> None:
    """What a citizen's paper begins with: Quốc hiệu and Tiêu ngữ, centred over the whole width."""
    page.y = _nation(page, (page.left, page.right), page.y, page.size) + 16


def _nation(page: Composer, column: tuple[float, float], y: float, size: float) -> float:
    y = page.block(NATION, "national_header", x0=column[0], x1=column[1], y=y, style="bold", size=size, shrink=True)
    y = page.block(MOTTO, "national_header", x0=column[0], x1=column[1], y=y, style="bold", size=size + 1, shrink=True)
    page.rule(sum(column) / 2, y + 3, 152)
    return y


def number_runs(page: Composer, numbered: Numbered, label: str = "Số:") -> list[Run]:
    size = page.size - 0.5
    runs = [page.run(f"{label} ", size=size), page.written(numbered.number, size=size)]
    return [*runs, page.run(f"/{numbered.notation}", size=size)] if numbered.notation else runs


def date_runs(page: Composer, place: str, issued: date, style: str = "italic") -> list[Run]:
    """`Hòa An, ngày 05 tháng 01 năm 2026`: days under 10 and months under 3 are padded. The day may be written by pen."""
    where = f"{place}, ngày " if place else "Ngày "
    return [
        page.run(where, style),
        page.written(f"{issued.day:02d}", style),
        page.run(f" tháng {month(issued)} năm {issued.year}", style),
    ]


def month(issued: date) -> str:
    return f"{issued.month:02d}" if issued.month < 3 else str(issued.month)


def short(day: date) -> str:
    return f"{day.day:02d}/{day.month:02d}/{day.year}"


def long(day: date) -> str:
    return f"ngày {day.day:02d} tháng {month(day)} năm {day.year}"


def title(page: Composer, name: str, subject: str = "") -> None:
    """Zone 5a: the type's name in bold capitals, the subject below it, both centred, a short rule to end them."""
    page.y = page.block(name, "title", x0=page.left, x1=page.right, y=page.y, style="bold", size=page.size + 1, even=True)
    if subject:
        inset = min(36.0, page.width * 0.08)
        page.y = page.block(
            subject, "subject", x0=page.left + inset, x1=page.right - inset, y=page.y, style="bold", size=page.size + 0.3, even=True
        )
        page.rule((page.left + page.right) / 2, page.y + 4, page.width / 3.4)
        page.y += 6
    page.y += 12


def addressee(page: Composer, names: Sequence[str]) -> None:
    """Zone 9a. One addressee stands on the line of `Kính gửi:`, several stand below it, one a line."""
    if len(names) == 1:
        page.y = page.block(
            f"Kính gửi: {names[0]}", "addressee", x0=page.left + 30, x1=page.right - 20, y=page.y, size=page.size + 0.3
        )
    else:
        page.y = page.block(
            "Kính gửi:", "addressee", x0=page.left + 60, x1=page.right, y=page.y, align="left", size=page.size + 0.3
        )
        for index, name in enumerate(names):
            end = "." if index == len(names) - 1 else ";"
            page.y = page.block(f"- {name}{end}", "addressee", x0=page.left + 122, x1=page.right, y=page.y, align="left")
    page.y += 12


def closing(page: Composer, who: Signer, recipients: Sequence[str], *, agency: Agency | None, sealed: bool = True) -> None:
    """Zones 7, 8 and 9b. Kept on one sheet; the seal covers a third of the signature, from its left."""
    gap = 66.0
    height = max(len(who.lines) * page.size * 1.2 + gap + 24, 20 + len(recipients) * 13.5)
    page.ensure_with_text(height + 8)
    top = page.y + 6
    if recipients:
        recipients_list(page, recipients, top)
    x0, x1 = page.left + page.width * 0.46, page.right
    y = top
    for line in who.lines:
        y = page.block(line, "signature", x0=x0, x1=x1, y=y, style="bold", size=page.size, shrink=True)
    _sign(page, (x0 + x1) / 2, y + gap / 2, agency if sealed else None)
    page.y = page.block(who.name, "signature", x0=x0, x1=x1, y=y + gap, style="bold", size=page.size + 0.3) + 10
    if recipients:
        page.y = max(page.y, top + 20 + len(recipients) * 13.5)


def _sign(page: Composer, centre: float, middle: float, agency: Agency | None) -> None:
    width = page.rng.uniform(88, 128)
    page.mark(Signature(centre, middle, width, page.rng.uniform(36, 54), page.rng.randrange(1 << 32)))
    if agency is None:
        return
    # A third of the signature lies under the seal: its right edge stands a third of the way in.
    x = centre - width / 2 + width / 3 - SEAL_DIAMETER / 2 + page.rng.uniform(-5, 8)
    y = middle + page.rng.uniform(-12, 4)
    page.mark(
        Seal(x, y, SEAL_DIAMETER, agency.seal_upper, agency.seal_lower, page.rng.randrange(1 << 32), page.rng.uniform(0.75, 1.0))
    )


def recipients_list(page: Composer, recipients: Sequence[str], top: float) -> None:
    x0, x1 = page.left, page.left + page.width * 0.47
    y = page.block("Nơi nhận:", "recipients", x0=x0, x1=x1, y=top, style="bolditalic", align="left", size=12)
    for index, name in enumerate(recipients):
        end = "." if index == len(recipients) - 1 else ";"
        y = page.block(f"- {name}{end}", "recipients", x0=x0, x1=x1, y=y, align="left", size=11)


def applicant_signature(page: Composer, name: str, place: str, day: date, heading: str, note: str = "(Ký, ghi rõ họ tên)") -> None:
    """How a citizen signs: place and date, `Người làm đơn`, a signature without a seal, the name."""
    page.ensure_with_text(150)
    x0, x1 = page.left + page.width * 0.48, page.right
    y = page.block(date_runs(page, place, day), "place_date", x0=x0 - 24, x1=x1, y=page.y + 4, shrink=True)
    y = page.block(heading, "signature", x0=x0, x1=x1, y=y + 2, style="bold")
    y = page.block(note, "signature", x0=x0, x1=x1, y=y, style="italic", size=page.size - 1)
    _sign(page, (x0 + x1) / 2, y + 28, None)
    page.y = page.block(name, "signature", x0=x0, x1=x1, y=y + 58, style="bold") + 8
