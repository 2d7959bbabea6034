"""Small papers for tests: a few printed lines, read in a fraction of a second, each with its own words."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import img2pdf
from PIL import Image, ImageDraw, ImageFont

TINOS = "/usr/share/fonts/truetype/croscore/Tinos-Regular.ttf"
DPI = 150
A5 = (874, 1240)  # pixels at DPI

DECISION = ("QUYẾT ĐỊNH", "Về việc cấp giấy phép xây dựng nhà ở", "Số giấy {number} của năm nay", "Người đề nghị: Nguyễn Thị Mẫu")


def picture(lines: tuple[str, ...], *, size: tuple[int, int] = A5) -> Image.Image:
    page = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(page)
    font = ImageFont.truetype(TINOS, 29)
    for row, line in enumerate(lines):
        draw.text((80, 100 + 60 * row), line, fill="black", font=font)
    return page


def decision(number: int) -> tuple[str, ...]:
    return tuple(line.format(number=number) for line in DECISION)


def jpeg(lines: tuple[str, ...]) -> bytes:
    out = BytesIO()
    picture(lines).save(out, "JPEG", quality=85, dpi=(DPI, DPI))
    return out.getvalue()


def pdf(*pages: tuple[str, ...]) -> bytes:
    made = img2pdf.convert([jpeg(lines) for lines in pages], layout_fun=img2pdf.get_fixed_dpi_layout_fun((DPI, DPI)), nodate=True)
    assert made
    return made


def write_papers(folder: Path, count: int, *, first: int = 1) -> list[Path]:
    """`count` one-page PDFs, each of its own content."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for number in range(first, first + count):
        path = folder / f"giay-{number:03}.pdf"
        path.write_bytes(pdf(decision(number)))
        written.append(path)
    return written
