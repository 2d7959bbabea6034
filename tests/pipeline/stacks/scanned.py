"""Stacks as a feeder delivers them: sheets printed and rendered, papers typed, every page a JPEG in one PDF."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import img2pdf
import pypdfium2
from PIL import Image, ImageDraw, ImageFont

from sohoa.ocr.model import Code
from sohoa.pipeline.stacks.marks import Mark, Place, written
from sohoa.pipeline.stacks.model import PageFacts
from sohoa.pipeline.stacks.planning import Sheet, Wanted, planned
from sohoa.pipeline.stacks.printing import sheets_pdf

DPI = 150
A4 = (1240, 1754)
NOON = datetime(2026, 1, 5, 5, tzinfo=UTC)
FONT = "/usr/share/fonts/truetype/croscore/Tinos-Regular.ttf"
DOSSIER = "000.00.12.H40-260105-00{:02d}"


def run(dossiers: int, components: int, *, batch: str = "", expected: int | None = None) -> tuple[Sheet, ...]:
    wanted = [
        Wanted(Place(DOSSIER.format(dossier), component), "Bản sao giấy tờ")
        for dossier in range(1, dossiers + 1)
        for component in range(1, components + 1)
    ]
    return planned(wanted, batch=batch, expected=expected)


def sheet_pictures(sheets: Sequence[Sheet], *, dpi: int = DPI, two_sided: bool = False) -> list[Image.Image]:
    """Every face of the printed sheets, grey."""
    with pypdfium2.PdfDocument(sheets_pdf(sheets, made=NOON, two_sided=two_sided)) as pdf:
        return [page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L") for page in pdf]


def without_codes(sheet: Image.Image, *, line: bool = True) -> Image.Image:
    """Both QR codes blackened; with `line`, all that is printed in letters as well: what a coffee cup and a marker leave."""
    spoilt = sheet.copy()
    draw = ImageDraw.Draw(spoilt)
    unit = spoilt.width / 210
    for x, y in ((15, 23), (149, 228)):
        draw.rectangle([(x - 1) * unit, (y - 1) * unit, (x + 47) * unit, (y + 47) * unit], fill=90)
    if line:
        draw.rectangle([14 * unit, 80 * unit, 196 * unit, 222 * unit], fill=90)
    return spoilt


def paper(*lines: str, first: bool = False, number: int | None = None) -> Image.Image:
    """One A4 page; first: with the head of an official paper. number: printed at the top, as from the second page on."""
    page = Image.new("L", A4, 252)
    draw = ImageDraw.Draw(page)
    font = ImageFont.truetype(FONT, 29)
    y = 130
    if number is not None:
        draw.text((620, 70), str(number), fill=0, font=font, anchor="mm")
    if first:
        head = (
            ("ỦY BAN NHÂN DÂN", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
            ("XÃ MẪU", "Độc lập - Tự do - Hạnh phúc"),
            ("Số: 12/GXN-UBND", "Xã Mẫu, ngày 15 tháng 12 năm 2025"),
        )
        for left, right in head:
            draw.text((330, y), left, fill=0, font=font, anchor="mm")
            draw.text((850, y), right, fill=0, font=font, anchor="mm")
            y += 50
        draw.text((620, y + 60), "GIẤY XÁC NHẬN", fill=0, font=font, anchor="mm")
        y += 140
    for line in lines:
        draw.text((170, y), line, fill=0, font=font)
        y += 48
    return page


def stack_pdf(path: Path, pages: Sequence[Image.Image]) -> Path:
    pictures = [_jpeg(page) for page in pages]
    made = img2pdf.convert(pictures, layout_fun=img2pdf.get_fixed_dpi_layout_fun((DPI, DPI)), nodate=True)
    assert made
    path.write_bytes(made)
    return path


def _jpeg(page: Image.Image) -> bytes:
    out = io.BytesIO()
    page.save(out, "JPEG", quality=80, dpi=(DPI, DPI))
    return out.getvalue()


def facts(*pages: Mark | str) -> tuple[PageFacts, ...]:
    """A stack without a picture: a mark is a sheet that was read; `?` one that was not; `_` a blank page; anything else a paper."""
    return tuple(_fact(number, page) for number, page in enumerate(pages, 1))


def _fact(number: int, page: Mark | str) -> PageFacts:
    if isinstance(page, Mark):
        return PageFacts(number, (Code(written(page), "QRCode", number, (0, 0, 9, 9)),), barred=True)
    return PageFacts(number, blank=page == "_", barred=page == "?")
