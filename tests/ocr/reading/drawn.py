"""Pages drawn with a real font, in the four ways a sheet can lie in a feeder."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from sohoa.ocr.model import PageImage

FONT = "/usr/share/fonts/truetype/croscore/Tinos-Regular.ttf"
DPI = 200
SENTENCES = (
    "Căn cứ Luật Tổ chức chính quyền địa phương;",
    "Theo đề nghị của Giám đốc Sở Nội vụ tại Tờ trình",
    "số 123/TTr-SNV về việc số hóa hồ sơ, kết quả giải quyết",
    "thủ tục hành chính; Ủy ban nhân dân phường yêu cầu",
    "các đơn vị trực thuộc thực hiện những nội dung sau đây.",
)


def sheet(*lines: str, size: tuple[int, int] = (1165, 820), points: int = 13) -> Image.Image:
    """A6 and larger sheets at 200 dpi, one line of text each 0.3 inch."""
    picture = Image.new("L", size, 245)
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(FONT, round(points * DPI / 72))
    for row, line in enumerate(lines):
        pen.text((120, 140 + 60 * row), line, font=font, fill=25)
    return picture


def page_of(
    picture: Image.Image, folder: Path, *, turned: int = 0, number: int = 1, name: str = "page.png", dpi: int = DPI
) -> PageImage:
    """Store the picture, turned clockwise by `turned` degrees as it may come out of the scanner."""
    lying = picture.rotate(-turned, expand=True, fillcolor=245 if picture.mode == "L" else None)
    lying.save(folder / "page.png")
    return PageImage(1, folder / "page.png", *lying.size, DPI)
