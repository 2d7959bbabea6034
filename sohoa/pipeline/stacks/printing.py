"""Separator sheets as a PDF to print: A4, black on white, read by people from across a desk and by scanners in any direction.

Each face carries the same QR code twice, in opposite corners, and the code line in large letters; two bars, full width at top and bottom,
say that it is a sheet even where nothing on it can be read. The bars' measures are what `looking` looks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import zxingcpp
from fpdf import FPDF, ViewerPreferences
from fpdf.enums import Align, MethodReturnValue, XPos, YPos
from PIL import Image

from sohoa.pipeline.stacks.errors import SheetFontMissing
from sohoa.pipeline.stacks.marks import Kind, Mark, Side, code_line, written
from sohoa.pipeline.stacks.planning import Sheet

# Millimetres on A4, which is 210 x 297. Office printers leave 5 mm and less at the edges white.
LEFT, WIDTH = 15.0, 180.0
BAR = 5.0
TOP_BAR, BOTTOM_BAR = 12.0, 280.0
# A module of about 1 mm: 4 pixels at 100 dpi, and a pencil stroke does not cover one.
QR_SIDE = 46.0
_TOP_QR, _BOTTOM_QR = (LEFT, 23.0), (LEFT + WIDTH - QR_SIDE, BOTTOM_BAR - 6.0 - QR_SIDE)
_GREYLESS = (0, 0, 0)

_FONTS = Path("/usr/share/fonts/truetype/croscore")
_FACES = {
    ("sans", ""): "Arimo-Regular.ttf",
    ("sans", "B"): "Arimo-Bold.ttf",
    ("mono", "B"): "Cousine-Bold.ttf",
}

_TITLES = {Kind.BATCH: "PHIẾU ĐẦU LÔ", Kind.DOSSIER: "PHIẾU PHÂN CÁCH HỒ SƠ", Kind.COMPONENT: "PHIẾU PHÂN CÁCH"}
_TO_DO = {
    Kind.BATCH: "Đặt tờ này trên cùng của lô. Tiếp theo là các phiếu phân cách, mỗi phiếu nằm trên giấy tờ của nó.",
    Kind.DOSSIER: "Đặt tờ này trên giấy tờ của hồ sơ ghi ở trên, trước tờ đầu tiên.",
    Kind.COMPONENT: "Đặt tờ này ngay trên tờ đầu tiên của thành phần ghi ở trên.",
}
_ALWAYS = "Không ghi, không dán, không bấm ghim lên phiếu. Quét cùng chồng giấy; ngược đầu cũng được. Máy sẽ tự bỏ phiếu ra."


def sheets_pdf(sheets: Sequence[Sheet], *, made: datetime, two_sided: bool = False) -> bytes:
    """One page a sheet; with `two_sided` each sheet's page is followed by its back, which says the same.

    One-sided files ask the print dialogue for one-sided printing. The same arguments give the same bytes. Raises SheetFontMissing.
    """
    pdf = _Pages(made)
    for sheet in sheets:
        pdf.draw(sheet, "front")
        if two_sided:
            pdf.draw(Sheet(replace(sheet.mark, side="back"), sheet.name), "back")
    pdf.viewer_preferences = ViewerPreferences(duplex="DuplexFlipLongEdge" if two_sided else "Simplex", print_scaling="None")
    return bytes(pdf.output())


class _Pages(FPDF):
    def __init__(self, made: datetime) -> None:
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self.set_auto_page_break(False)
        self.set_margins(0, 0, 0)
        self.set_creation_date(made)
        self.set_title("Phiếu phân cách")
        self.set_lang("vi")
        for (family, style), file in _FACES.items():
            if not (_FONTS / file).is_file():
                raise SheetFontMissing()
            self.add_font(family, style, _FONTS / file)

    def draw(self, sheet: Sheet, side: Side) -> None:
        mark = sheet.mark
        self.add_page()
        self.set_fill_color(*_GREYLESS)
        for y in (TOP_BAR, BOTTOM_BAR):
            self.rect(LEFT, y, WIDTH, BAR, style="F")
        code = qr_picture(mark)
        for x, y in (_TOP_QR, _BOTTOM_QR):
            self.image(code, x, y, QR_SIDE, QR_SIDE)
        self._head(mark, side)
        self._middle(sheet)
        self._foot(mark)

    def _head(self, mark: Mark, side: Side) -> None:
        x, wide = LEFT + QR_SIDE + 9, WIDTH - QR_SIDE - 9
        self._text(_TITLES[mark.kind], x, 26, wide, 25, bold=True, lines=2)
        if mark.index:
            self._text(f"Phiếu {mark.index} / {mark.of}", x, 50, wide, 24)
        else:
            self._text(f"Kèm {mark.of} phiếu phân cách" if mark.of else "Không kèm phiếu phân cách", x, 50, wide, 18)
        if side == "back":
            self._text("MẶT SAU", x, 61, wide, 16, bold=True)
        elif mark.batch and mark.kind is not Kind.BATCH:
            self._text(f"Lô {mark.batch}", x, 61, wide, 14)

    def _middle(self, sheet: Sheet) -> None:
        mark = sheet.mark
        self._text("MÃ LÔ" if mark.kind is Kind.BATCH else "MÃ HỒ SƠ", LEFT, 82, WIDTH, 14)
        self._text(mark.batch if mark.kind is Kind.BATCH else mark.place.dossier, LEFT, 89, WIDTH, 36, bold=True)
        self._rule(108)
        if mark.kind is Kind.COMPONENT:
            self._text("THÀNH PHẦN SỐ", LEFT, 114, WIDTH, 14)
            self._text(str(mark.place.component), LEFT, 120, 60, 96, bold=True)
            self._text(sheet.name, LEFT + 62, 124, WIDTH - 62, 22, lines=4)
        elif mark.kind is Kind.BATCH:
            self._text("SỐ TỜ GIẤY TRONG LÔ (không kể phiếu)", LEFT, 114, WIDTH, 14)
            self._text("chưa đếm" if mark.expected is None else str(mark.expected), LEFT, 121, WIDTH, 80, bold=True)
        else:
            self._text("TOÀN BỘ GIẤY TỜ CỦA HỒ SƠ", LEFT, 116, WIDTH, 26, bold=True)
            self._text(sheet.name, LEFT, 131, WIDTH, 20, lines=3)
        self._rule(164)
        self._text(_TO_DO[mark.kind], LEFT, 170, WIDTH, 19, lines=3)

    def _foot(self, mark: Mark) -> None:
        self._text(_plain(mark), LEFT, 196, WIDTH, 14)
        self._code(code_line(mark), LEFT, 204, 38)
        self._text(_ALWAYS, LEFT, 236, WIDTH - QR_SIDE - 12, 13, lines=5)

    def _rule(self, y: float) -> None:
        self.set_line_width(0.4)
        self.line(LEFT, y, LEFT + WIDTH, y)

    def _code(self, text: str, x: float, y: float, points: float) -> None:
        """In one line as wide as the bars at most: letters get smaller, never fewer."""
        self.set_font("mono", "B", points)
        points *= min(1.0, (WIDTH - 2) / max(self.get_string_width(text), 1.0))
        self.set_font("mono", "B", points)
        self.set_xy(x, y)
        self.cell(WIDTH, 14, text, align=Align.L)

    def _text(self, text: str, x: float, y: float, wide: float, points: float, *, bold: bool = False, lines: int = 1) -> None:
        """Wrapped to `lines` lines at most; letters get smaller until it fits."""
        while points > 8:
            self.set_font("sans", "B" if bold else "", points)
            height = points * 0.352778 * 1.22
            told = self.multi_cell(wide, height, text, align=Align.L, dry_run=True, output=MethodReturnValue.LINES)
            if isinstance(told, list) and len(told) <= lines:
                break
            points *= 0.92
        self.set_xy(x, y)
        self.multi_cell(wide, points * 0.352778 * 1.22, text, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _plain(mark: Mark) -> str:
    """The codes once more in letters of a book's size: readers of print miss one line in ten of letters as large as the others."""
    if mark.kind is Kind.BATCH:
        return f"Mã lô: {mark.batch}"
    whole = "cả hồ sơ" if mark.place.component is None else f"thành phần số {mark.place.component}"
    return f"Mã hồ sơ: {mark.place.dossier} ({whole})"


def qr_picture(mark: Mark) -> Image.Image:
    """Black and white, eight pixels a module, error correction H (30 % of it may be lost), without the white around it."""
    code = zxingcpp.create_barcode(written(mark), zxingcpp.BarcodeFormat.QRCode, ec_level="H")
    modules = np.asarray(code.to_image(scale=8, add_quiet_zones=False))
    return Image.fromarray(modules).convert("1")
