"""Letters as programs write them: real fonts with their tables, old fonts with Western codes, outlines, scans with layers."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pikepdf
from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont
from fpdf import FPDF
from pikepdf import Array, Dictionary, Name, Object, Pdf
from PIL import Image, ImageDraw, ImageFont

from sohoa.ocr.imaging.intake import inspect
from sohoa.ocr.imaging.pages import page_image
from sohoa.ocr.model import Box, PageImage, Word
from sohoa.ocr.reading.own_text.page import OwnText, looked_for
from tests.ocr.documents import image_stream, jpeg, saved

TINOS = "/usr/share/fonts/truetype/croscore/Tinos-Regular.ttf"
A4 = (595.28, 841.89)  # points

# (left, base line from the top, both in points; size; text)
Placed = tuple[float, float, float, str]
HEAD: list[Placed] = [
    (90, 70, 12, "ỦY BAN NHÂN DÂN"),
    (95, 86, 12, "XÃ MẪU SỐ MỘT"),
    (280, 70, 12, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
    (330, 86, 12, "Độc lập - Tự do - Hạnh phúc"),
    (100, 115, 13, "Số: 05/QĐ-UBND"),
    (330, 115, 13, "Mẫu, ngày 05 tháng 01 năm 2024"),
]
BODY: list[Placed] = [
    (250, 160, 14, "QUYẾT ĐỊNH"),
    (80, 200, 14, "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2015;"),
    (80, 225, 14, "Xét đề nghị của Trưởng phòng Tư pháp tại Tờ trình số 12/TTr-TP,"),
    (80, 250, 14, "Điều 1. Công nhận kết quả kiểm tra và giao Văn phòng theo dõi việc"),
    (60, 275, 14, "thực hiện, tổng hợp những vướng mắc để báo cáo trước ngày 15 hằng tháng."),
    (80, 300, 14, "Điều 2. Quyết định này có hiệu lực kể từ ngày ký."),
]
LETTER = HEAD + BODY
STAMP: list[Placed] = [
    (430, 20, 7, "Người ký: Ủy ban nhân dân xã Mẫu"),
    (430, 29, 7, "Email: xamau@mau.gov.vn"),
    (430, 38, 7, "Thời gian ký: 05.01.2024 08:15:24 +07:00"),
]


def words_of(placed: list[Placed]) -> list[str]:
    return " ".join(text for *_, text in placed).split()


def written(*pages: list[Placed], fonts: tuple[str, ...] = (TINOS,)) -> Pdf:
    """Unicode text with an embedded font and its table of letters."""
    made = FPDF(unit="pt", format="A4")
    made.add_font("Letter", fname=fonts[0])
    for placed in pages or (LETTER,):
        made.add_page()
        for x, y, size, text in placed:
            made.set_font("Letter", size=size)
            made.text(x, y, text)
    return pikepdf.open(io.BytesIO(bytes(made.output())))


def write(path: Path, *pages: list[Placed]) -> Path:
    return saved(written(*pages), path)


def simple_font(name: str) -> Dictionary:
    """A font of one code a letter, not embedded, its codes said to be the Western ones: as Word wrote old Vietnamese fonts."""
    look = Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name(f"/{name}"),
        Flags=32,
        FontBBox=Array([-200, -250, 1000, 900]),
        ItalicAngle=0,
        Ascent=891,
        Descent=-216,
        CapHeight=662,
        StemV=80,
    )
    return Dictionary(
        Type=Name.Font,
        Subtype=Name.TrueType,
        BaseFont=Name(f"/{name}"),
        Encoding=Name.WinAnsiEncoding,
        FirstChar=32,
        LastChar=255,
        Widths=Array([500] * 224),
        FontDescriptor=look,
    )


def old_page(pdf: Pdf, *lines: tuple[str, float, str], fonts: dict[str, Dictionary]) -> Pdf:
    """A page of (font's key, base line from the top, letters as the Western table has them), each line from x = 60 in 12 points."""
    page = pdf.add_blank_page(page_size=A4)
    page.obj.Resources = Dictionary(Font=Dictionary({f"/{key}": font for key, font in fonts.items()}))
    shown = [f"/{key} 12 Tf 1 0 0 1 60 {A4[1] - y} Tm <{text.encode('latin-1').hex()}> Tj".encode() for key, y, text in lines]
    page.obj.Contents = pdf.make_stream(b"BT\n" + b"\n".join(shown) + b"\nET")
    return pdf


def add(pdf: Pdf, content: bytes, *, before: bool = False, **images: Object) -> Pdf:
    """More orders on the first page, with its own images by name."""
    page = pdf.pages[0]
    drawn = page.obj.Resources.get("/XObject", Dictionary())
    for name, image in images.items():
        drawn[f"/{name}"] = pdf.make_indirect(image)
    page.obj.Resources.XObject = drawn
    page.contents_add(pdf.make_stream(b"q " + content + b" Q"), prepend=before)
    return pdf


def put(name: str, x: float, y: float, wide: float, high: float) -> bytes:
    """Draw image `name` with its lower left corner at x, y (points from the lower left)."""
    return f"{wide} 0 0 {high} {x} {y} cm /{name} Do".encode()


def embedded(pdf: Pdf, image: Image.Image) -> Object:
    space = {"L": Name.DeviceGray, "RGB": Name.DeviceRGB}[image.mode]
    return image_stream(pdf, jpeg(image), image.size, space=space, Filter=Name.DCTDecode)


def seal(size: int = 300) -> Image.Image:
    """A red seal with a blue signature over it."""
    picture = Image.new("RGB", (size, size), "white")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((10, 10, size - 10, size - 10), outline=(210, 30, 40), width=6)
    pen.ellipse((60, 60, size - 60, size - 60), outline=(210, 30, 40), width=4)
    pen.text((70, size // 2 - 12), "XÃ MẪU SỐ MỘT", fill=(210, 30, 40), font=ImageFont.truetype(TINOS, 20))
    pen.line((20, size - 90, 90, 120, 140, size - 60, 200, 90, size - 20, size - 100), fill=(40, 50, 160), width=5)
    return picture


def picture_of(placed: list[Placed], *, dpi: int = 100, size: tuple[float, float] = A4) -> Image.Image:
    """The same letters in pixels."""
    picture = Image.new("L", (round(size[0] * dpi / 72), round(size[1] * dpi / 72)), 255)
    pen = ImageDraw.Draw(picture)
    for x, y, points, text in placed:
        font = ImageFont.truetype(TINOS, round(points * dpi / 72))
        pen.text((x * dpi / 72, y * dpi / 72), text, fill=20, font=font, anchor="ls")
    return picture


class _Orders(BasePen):
    """Glyph outlines as orders of drawing."""

    def __init__(self, glyphs: object, x: float, y: float, scale: float) -> None:
        super().__init__(glyphs)
        self.x, self.y, self.scale = x, y, scale
        self.orders: list[str] = []

    def _at(self, *points: tuple[float, float]) -> str:
        return " ".join(f"{self.x + px * self.scale:.2f} {self.y + py * self.scale:.2f}" for px, py in points)

    def _moveTo(self, pt: tuple[float, float]) -> None:
        self.orders.append(f"{self._at(pt)} m")

    def _lineTo(self, pt: tuple[float, float]) -> None:
        self.orders.append(f"{self._at(pt)} l")

    def _curveToOne(self, *points: tuple[float, float]) -> None:
        self.orders.append(f"{self._at(*points)} c")

    def _closePath(self) -> None:
        self.orders.append("h")


def outlines(placed: list[Placed]) -> bytes:
    """Letters as filled shapes, the way "print to PDF" leaves them: nothing in the file says what they are."""
    font = TTFont(TINOS)
    glyphs, names, unit = font.getGlyphSet(), font.getBestCmap(), font["head"].unitsPerEm
    orders: list[str] = []
    for x, y, size, text in placed:
        for letter in text:
            name = names[ord(letter)]
            pen = _Orders(glyphs, x, A4[1] - y, size / unit)
            glyphs[name].draw(pen)
            orders.extend([*pen.orders, "f"] if pen.orders else [])
            x += glyphs[name].width * size / unit
    return "\n".join(orders).encode()


def imaged(path: Path, number: int = 1) -> PageImage:
    into = path.parent / f"{path.stem}-pages"
    into.mkdir(exist_ok=True)
    return page_image(path, inspect(path), number, into)


def looked(path: Path, image: PageImage | None = None) -> OwnText:
    image = image or imaged(path)
    return looked_for(path, inspect(path), image, workspace=image.path.parent)


def boxes_off_the_ink(image: PageImage, words: Sequence[Word], *, rotation: int = 0) -> list[tuple[Word, Box | None]]:
    """Words whose box is more than two pixels larger or smaller than the ink in it, each with where the ink lies.

    rotation: degrees clockwise by which the picture must be turned to be upright.
    """
    with Image.open(image.path) as opened:
        dark = opened.convert("L").rotate(-rotation, expand=True).point(lambda value: 255 if value < 128 else 0)
    off: list[tuple[Word, Box | None]] = []
    for word in words:
        x0, y0, x1, y1 = word.bbox
        found = dark.crop((x0 - 2, y0, x1 + 2, y1)).getbbox()
        ink = None if found is None else (found[0] + x0 - 2, found[1] + y0, found[2] + x0 - 2, found[3] + y0)
        if ink is None or max(abs(one - two) for one, two in zip(ink, word.bbox, strict=True)) > 2:
            off.append((word, ink))
    return off
