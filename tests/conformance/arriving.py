"""What goes into the machine before the judges look at what comes out: every kind of picture that an office may send."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import fpdf
import numpy as np
import pikepdf
from pikepdf import Dictionary, Name
from PIL import Image
from pillow_heif import from_pillow

from sohoa.pipeline.sources.sampleoffice import Strength, make_paper
from sohoa.pipeline.sources.sampleoffice.delivery import Suffix, delivered
from tests.papers import A5, DPI, TINOS, decision, jpeg, pdf, picture

POINTS = tuple(side * 72 / DPI for side in A5)
TURNED = 6  # EXIF: the camera was held so that the page needs a quarter turn clockwise


def _office(kind: str, seed: int, suffix: Suffix, *, strength: Strength = "clean", dpi: int = 300) -> bytes:
    return delivered(make_paper(kind, seed, strength=strength, dpi=dpi), suffix)


def _first_page(kind: str, seed: int, *, dpi: int = 200) -> Image.Image:
    return make_paper(kind, seed, dpi=dpi).pages[0].image


def _saved(image: Image.Image, form: str, **options: object) -> bytes:
    out = BytesIO()
    image.save(out, form, **{"dpi": (DPI, DPI), **options})
    return out.getvalue()


def _bilevel(image: Image.Image) -> Image.Image:
    return image.convert("L").point(lambda value: 255 if value > 150 else 0).convert("1", dither=Image.Dither.NONE)


def _fax(image: Image.Image, *, dpi: int = DPI) -> bytes:
    return _saved(_bilevel(image), "TIFF", compression="group4", dpi=(dpi, dpi))


def _sixteen_bits(image: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(image.convert("L"), np.uint16) * 257)


def _heic(image: Image.Image) -> bytes:
    out = BytesIO()
    from_pillow(image).save(out, quality=70)
    return out.getvalue()


def _turned_by_camera(image: Image.Image) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = TURNED
    return _saved(image.transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif)


def _rotate_named(number: int) -> bytes:
    """The page lies on its side and says so."""
    with pikepdf.open(BytesIO(pdf(decision(number)))) as made:
        made.pages[0].obj.Rotate = 90
        out = BytesIO()
        made.save(out)
    return out.getvalue()


def _jpeg_2000(number: int) -> bytes:
    """A scanner's PDF whose picture PDF/A-2 allows only under conditions that scanners do not keep."""
    with pikepdf.new() as made:
        page = made.add_blank_page(page_size=POINTS)
        page.obj.Resources = Dictionary(
            XObject=Dictionary(
                Im0=made.make_stream(
                    _saved(picture(decision(number)).convert("RGBA"), "JPEG2000"),
                    Type=Name.XObject,
                    Subtype=Name.Image,
                    Width=A5[0],
                    Height=A5[1],
                    Filter=Name.JPXDecode,
                )
            )
        )
        page.obj.Contents = made.make_stream(f"q {POINTS[0]} 0 0 {POINTS[1]} 0 0 cm /Im0 Do Q".encode())
        out = BytesIO()
        made.save(out)
    return out.getvalue()


def _born_digital() -> bytes:
    """Set by an office program and never printed: letters, a table's rules, no picture."""
    made = fpdf.FPDF(format=(148, 210))  # millimetres: A5
    made.add_font("Tinos", fname=TINOS)
    made.add_page()
    made.set_font("Tinos", size=14)
    for line in (*decision(7), "Điều 1. Ưỡn ẹo những chữ khó: ẵ ễ ỡ ữ ỷ ặ ợ đ Đ"):
        made.cell(0, 12, line, border=1, new_x="LMARGIN", new_y="NEXT")
    return bytes(made.output())


def _blank() -> bytes:
    """A written sheet and its empty back."""
    return pdf(decision(8), ())


# Names are part of the test: they become the title inside the PDF.
PAPERS: dict[str, Callable[[], bytes]] = {
    # The sample office's, A4, as its scanners deliver them.
    "quyet-dinh.pdf": lambda: _office("QĐ", 3, "pdf"),
    "cong-van-200.tif": lambda: _office("CV", 4, "tif", strength="medium", dpi=200),
    "don-kho-doc.pdf": lambda: _office("DON", 5, "pdf", strength="hard"),
    "can-cuoc.pdf": lambda: _office("CC", 6, "pdf"),
    "khai-sinh-200.pdf": lambda: _office("TLKS", 7, "pdf", strength="medium", dpi=200),
    "thong-bao-fax.tif": lambda: _fax(_first_page("TB", 8), dpi=200),
    "bao-cao-nguoc.jpg": lambda: _saved(_first_page("BC", 9).transpose(Image.Transpose.ROTATE_180), "JPEG", dpi=(200, 200)),
    # Small sheets, one for each way a picture can be stored.
    "xam.jpg": lambda: _saved(picture(decision(11)).convert("L"), "JPEG"),
    "bon-muc.jpg": lambda: _saved(picture(decision(12)).convert("CMYK"), "JPEG"),
    "dan-dan.jpg": lambda: _saved(picture(decision(13)), "JPEG", progressive=True),
    "may-anh-nghieng.jpg": lambda: _turned_by_camera(picture(decision(14))),
    "mau.png": lambda: _saved(picture(decision(15)), "PNG"),
    "bang-mau.png": lambda: _saved(picture(decision(16)).quantize(16), "PNG"),
    "den-trang.png": lambda: _saved(_bilevel(picture(decision(17))), "PNG"),
    "trong-suot.png": lambda: _saved(picture(decision(18)).convert("RGBA"), "PNG"),
    "muoi-sau-bit.png": lambda: _saved(_sixteen_bits(picture(decision(19))), "PNG"),
    "ngang.png": lambda: _saved(picture(decision(20), size=(A5[1], A5[0])), "PNG"),
    "nen-lzw.tif": lambda: _saved(picture(decision(21)), "TIFF", compression="tiff_lzw"),
    "fax-nguoc-mau.tif": lambda: _saved(_bilevel(picture(decision(22))), "TIFF", compression="group4", tiffinfo={262: 0}),
    "fax-nhom-3.tif": lambda: _saved(_bilevel(picture(decision(23))), "TIFF", compression="group3"),
    "nhieu-trang.tif": lambda: _saved(
        picture(decision(24)), "TIFF", save_all=True, append_images=[picture(("Trang hai",)).convert("L")], compression="jpeg"
    ),
    "web.webp": lambda: _saved(picture(decision(25)), "WEBP"),
    "dien-thoai.heic": lambda: _heic(picture(decision(26))),
    "xoay-90.pdf": lambda: _rotate_named(27),
    "jpeg-2000.pdf": lambda: _jpeg_2000(28),
    "soan-tren-may.pdf": _born_digital,
    "mat-sau-trang.pdf": _blank,
    "Tờ khai & «đơn» <số 1> 😀.jpg": lambda: jpeg(decision(29)),
}
# Read with `sohoa ocr` as well, which composes the same way but neither signs nor archives.
READ_ONLY = (
    *("quyet-dinh.pdf", "xam.jpg", "fax-nguoc-mau.tif", "soan-tren-may.pdf"),
    *("mat-sau-trang.pdf", "xoay-90.pdf", "may-anh-nghieng.jpg"),
)
