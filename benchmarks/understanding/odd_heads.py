"""Heads as offices set them who never read the decree, or read it otherwise: one function a layout.

Each sets everything down to the first sentence of the body. Positions are points; `page.y` is where the next line goes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.understanding.odd_matters import ENGLISH, Matter
from sohoa.pipeline.sources.sampleoffice.composer import Composer
from sohoa.pipeline.sources.sampleoffice.layout import Align, Panel, Rule, Run
from sohoa.pipeline.sources.sampleoffice.tables import table
from sohoa.pipeline.sources.sampleoffice.zones import MOTTO, NATION, Numbered, addressee, date_runs, number_runs, title

SetHead = Callable[[Composer, Matter], None]
Column = tuple[float, float]


def _columns(page: Composer) -> tuple[Column, Column]:
    return (page.left - 26, page.left + 172), (page.left + 176, page.right + 12)


def _whole(page: Composer) -> Column:
    return (page.left, page.right)


def _nation(page: Composer, column: Column, y: float, align: Align = "centre") -> float:
    y = page.block(NATION, "national_header", x0=column[0], x1=column[1], y=y, style="bold", align=align, shrink=True)
    return page.block(MOTTO, "national_header", x0=column[0], x1=column[1], y=y, style="bold", align=align, shrink=True) + 8


def _agency(page: Composer, names: Sequence[tuple[str, str]], column: Column, y: float, align: Align = "centre") -> float:
    for name, style in names:
        y = page.block(name, "agency", x0=column[0], x1=column[1], y=y, style=style, align=align, size=page.size - 1, shrink=True)
    return y + 8


def _names(matter: Matter) -> list[tuple[str, str]]:
    """The parent light, the agency bold."""
    return [(matter.agency.above, "regular")] * bool(matter.agency.above) + [(line, "bold") for line in matter.agency.lines]


def _number(page: Composer, matter: Matter, column: Column, y: float, align: Align = "centre") -> float:
    return page.block(number_runs(page, matter.numbered), "code_number", x0=column[0], x1=column[1], y=y, align=align)


def _dated(page: Composer, matter: Matter, column: Column, y: float, align: Align = "centre") -> float:
    runs = date_runs(page, matter.agency.place, matter.day)
    return page.block(runs, "place_date", x0=column[0], x1=column[1], y=y, align=align, shrink=True)


def number_on_the_right(page: Composer, matter: Matter) -> None:
    """The number stands under the motto, the date below it; the left column has the agency alone."""
    left, right = _columns(page)
    _agency(page, _names(matter), left, page.y)
    y = _nation(page, right, page.y) + 4
    y = _number(page, matter, right, y)
    page.y = _dated(page, matter, right, y + 2) + 18
    title(page, matter.title, matter.subject)


def title_on_the_left(page: Composer, matter: Matter) -> None:
    """Everything begins at the left margin, the title and its subject too."""
    left, right = _columns(page)
    left = (page.left, left[1])
    y = _agency(page, _names(matter), left, page.y, "left")
    _nation(page, right, page.y)
    y = _number(page, matter, left, y + 2, "left")
    _dated(page, matter, right, y - page.size * 1.16)
    page.y = y + 22
    page.y = page.block(
        matter.title, "title", x0=page.left, x1=page.right, y=page.y, style="bold", align="left", size=page.size + 3
    )
    page.y = page.block(matter.subject, "subject", x0=page.left, x1=page.right, y=page.y, style="bold", align="left") + 14


def date_above_the_number(page: Composer, matter: Matter) -> None:
    """The date right under the motto, the number three lines lower on the left."""
    left, right = _columns(page)
    _agency(page, _names(matter), left, page.y)
    y = _dated(page, matter, right, _nation(page, right, page.y))
    page.y = _number(page, matter, left, y + 3 * page.size) + 16
    title(page, matter.title, matter.subject)


def notation_in_two_lines(page: Composer, matter: Matter) -> None:
    """A long notation broken at its hyphen."""
    left, right = _columns(page)
    y = max(_agency(page, _names(matter), left, page.y), _nation(page, right, page.y)) + 4
    group, _, rest = matter.numbered.notation.partition("-")
    first = page.block(number_runs(page, Numbered(matter.numbered.number, f"{group}-")), "code_number", x0=left[0], x1=left[1], y=y)
    _dated(page, matter, right, y)
    page.y = page.block(rest, "code_number", x0=left[0], x1=left[1], y=first, size=page.size - 0.5) + 16
    title(page, matter.title, matter.subject)


def subject_under_the_addressee(page: Composer, matter: Matter) -> None:
    """A letter whose `V/v` stands in the middle, below Kính gửi."""
    left, right = _columns(page)
    y = max(_agency(page, _names(matter), left, page.y), _nation(page, right, page.y)) + 4
    _dated(page, matter, right, y)
    page.y = _number(page, matter, left, y) + 22
    addressee(page, ["Sở Công Thương tỉnh Vạn Hải", "Phòng Văn hóa và Thông tin huyện Long Khê"])
    page.y = (
        page.block(
            f"V/v: {matter.subject}",
            "subject",
            x0=page.left + 40,
            x1=page.right - 40,
            y=page.y,
            style="bolditalic",
            even=True,
        )
        + 12
    )


def bilingual(page: Composer, matter: Matter) -> None:
    """Vietnamese with a smaller English line under each part of the head."""
    left, right = _columns(page)
    small = page.size - 3.5

    def english(text: str, column: Column, y: float) -> float:
        return page.block(text, "other", x0=column[0], x1=column[1], y=y, style="italic", size=small, shrink=True)

    y_left = english("PROVINCIAL SPECIMEN OFFICE", left, _agency(page, _names(matter), left, page.y) - 6)
    y_right = _nation(page, right, page.y) - 6
    y_right = english("SOCIALIST REPUBLIC OF VIET NAM", right, y_right)
    y_right = english("Independence - Freedom - Happiness", right, y_right)
    y = max(y_left, y_right) + 8
    _number(page, matter, left, y)
    page.y = _dated(page, matter, right, y) + 16
    page.y = page.block(matter.title, "title", x0=page.left, x1=page.right, y=page.y, style="bold", size=page.size + 2)
    page.y = english(ENGLISH[matter.kind], _whole(page), page.y) + 2
    page.y = page.block(matter.subject, "subject", x0=page.left + 30, x1=page.right - 30, y=page.y, style="bold", even=True) + 16


def one_column(page: Composer, matter: Matter) -> None:
    """Everything in the middle, one below the other."""
    column = _whole(page)
    page.y = _nation(page, column, page.y)
    page.y = _agency(page, _names(matter), column, page.y + 4)
    page.y = _number(page, matter, column, page.y) + 14
    title(page, matter.title, matter.subject)
    page.y = _dated(page, matter, column, page.y - 8, "right") + 10


def letterhead(page: Composer, matter: Matter) -> None:
    """A company's paper: a small mark, address and telephone, no national name; the date under the number."""
    page.mark(Panel(page.left, page.y + 2, page.left + 34, page.y + 36, (40, 96, 150)))
    page.mark(Panel(page.left + 8, page.y + 10, page.left + 26, page.y + 28, (255, 255, 255)))
    column = (page.left + 44, page.right)
    y = _agency(page, _names(matter), column, page.y, "left") - 6
    for text in (
        "Địa chỉ: số 27 đường Hoa Phượng, tỉnh Vạn Hải",
        "Điện thoại: 0900.00.00.27 - Mã số thuế: 0000000001",
    ):
        y = page.block(text, "other", x0=column[0], x1=column[1], y=y, align="left", size=page.size - 3)
    page.mark(Rule(page.left, y + 5, page.right, y + 5, 1.2))
    y = _number(page, matter, _whole(page), y + 12, "left")
    page.y = _dated(page, matter, _whole(page), y - page.size * 1.16, "right") + 18
    title(page, matter.title, matter.subject)


def table_first(page: Composer, matter: Matter) -> None:
    """A slip with the dossier's way is printed above the head."""
    table(
        page,
        ("Mã hồ sơ", "Ngày nhận", "Ngày hẹn trả", "Người nhận"),
        [("H99.31-260105-0042", "05/01/2026", "15/01/2026", "Bộ phận Một cửa")],
        (3, 2, 2, 3),
        "cccc",
    )
    page.skip(8)
    decreed(page, matter)


def arrival_stamp(page: Composer, matter: Matter) -> None:
    """The receiving office's stamp stands in the head, with a number and a date of its own."""
    decreed(page, matter)
    x, y = page.left - 30, page.y - 4
    for y0, y1 in ((y, y), (y + 44, y + 44)):
        page.mark(Rule(x, y0, x + 118, y1, 1.0, (190, 30, 40)))
    for x0 in (x, x + 118):
        page.mark(Rule(x0, y, x0, y + 44, 1.0, (190, 30, 40)))
    red = (190, 30, 40)
    lines = ("CÔNG VĂN ĐẾN", f"Số: {page.rng.randint(100, 3000)}", f"Ngày: {page.rng.randint(10, 28)}/6/2026")
    for row, text in enumerate(lines):
        run = Run(text, "arimo-regular", 8.5, red)
        page.block([run], "other", x0=x + 6, x1=x + 114, y=y + 3 + 13 * row, align="left" if row else "centre")
    page.y = max(page.y, y + 52)


def of_the_party(page: Composer, matter: Matter) -> None:
    """The Party's papers: its own name for the nation's, and `Số 12-QĐ/ĐU`."""
    left, right = _columns(page)
    y_left = page.block(matter.agency.above, "agency", x0=left[0], x1=left[1], y=page.y, size=page.size - 1, shrink=True)
    y_left = _agency(page, [(line, "bold") for line in matter.agency.lines], left, y_left) - 4
    y_left = page.block("*", "agency", x0=left[0], x1=left[1], y=y_left)
    y_right = page.block(
        "ĐẢNG CỘNG SẢN VIỆT NAM", "national_header", x0=right[0], x1=right[1], y=page.y, style="bold", size=page.size + 1
    )
    page.rule(sum(right) / 2, y_right + 2, 150)
    runs = [page.run("Số "), page.written(matter.numbered.number), page.run(f"-{matter.numbered.notation}")]
    y = max(y_left, y_right + 8)
    page.block(runs, "code_number", x0=left[0], x1=left[1], y=y)
    page.y = _dated(page, matter, right, y) + 16
    title(page, matter.title, matter.subject)


def session_of_the_council(page: Composer, matter: Matter) -> None:
    """Between the subject and the body stand the council, its term and its session, in capitals."""
    decreed(page, matter)
    for text in (matter.agency.name.upper(), "KHÓA XII, KỲ HỌP THỨ 9"):
        page.y = page.block(text, "body", x0=page.left, x1=page.right, y=page.y, style="bold")
    page.skip(8)


def decreed(page: Composer, matter: Matter) -> None:
    """As the decree has it; the odd thing of such a layout stands elsewhere."""
    left, right = _columns(page)
    y = max(_agency(page, _names(matter), left, page.y), _nation(page, right, page.y)) + 4
    _dated(page, matter, right, y)
    page.y = _number(page, matter, left, y) + 16
    if matter.title:
        title(page, matter.title, matter.subject)
    else:
        page.y = page.block(f"V/v {matter.subject}", "subject", x0=left[0], x1=left[1], y=page.y - 14, size=page.size - 1.5) + 12
        addressee(page, ["Các phòng, ban trực thuộc"])
