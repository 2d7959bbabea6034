"""Files that go wrong in every office, made small and on purpose: cut, locked, empty, mislabelled, booby-trapped.

The demonstration shows a few of them being refused politely; the tests use them all.
"""

from __future__ import annotations

import io
import struct
import unicodedata
import zlib
from collections.abc import Callable
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String
from PIL import Image, ImageDraw

from sohoa.pipeline.sources.sampleoffice.fonts import font

BOMB_SIDE = 100_000  # pixels
ABSURD_SIDE = 28_346  # points: ten metres
_DPI = 100
_A4 = (827, 1169)  # pixels at _DPI
_FACE = "tinos-regular"

# Names carry what is wrong, as a clerk's colleague would say it. The code is the one that taking the file in answers with;
# "" means that the file is taken in (by its content, or with a flag).
EXPECTED: dict[str, str] = {
    "empty.pdf": "ocr.empty_file",
    "truncated.pdf": "ocr.truncated_pdf",
    "encrypted.pdf": "ocr.encrypted_pdf",
    "owner-locked.pdf": "",
    "no-pages.pdf": "ocr.pdf_without_pages",
    "text-named.pdf": "ocr.not_a_document",
    "png-named.jpg": "",
    "bomb.png": "ocr.too_many_pixels",
    "bomb-inside.pdf": "ocr.too_many_pixels",
    "absurd-page.pdf": "ocr.too_many_pixels",
    "absurd-unit.pdf": "ocr.too_many_pixels",
    "truncated.jpg": "ocr.damaged_image",
    "truncated.tif": "ocr.damaged_image",
    "broken-table.pdf": "",
    "with-javascript.pdf": "",
    "with-launch.pdf": "",
    "with-attachment.pdf": "",
    "decomposed-name.pdf": "",
}
ALL = tuple(EXPECTED)
# What `decomposed-name.pdf` is called on the disk: a Mac writes Vietnamese names letter by letter, mark by mark.
DECOMPOSED_NAME = unicodedata.normalize("NFD", "Đơn đề nghị cấp giấy phép xây dựng.pdf")


def write_mishaps(folder: Path, *, seed: int, which: tuple[str, ...] = ALL) -> dict[str, Path]:
    """Write the named files into `folder` and say where each is. The same seed gives the same bytes.

    Raises KeyError for a name that is not in ALL.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: dict[str, Path] = {}
    for name in which:
        path = folder / (DECOMPOSED_NAME if name == "decomposed-name.pdf" else name)
        path.write_bytes(_MAKERS[name](seed))
        written[name] = path
    return written


def _sheet(seed: int) -> Image.Image:
    """A page that says what it is: a specimen, with a number that the seed gives."""
    sheet = Image.new("L", _A4, "white")
    pen, face = ImageDraw.Draw(sheet), font(_FACE, 26)
    for row, text in enumerate(
        (
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
            "Độc lập - Tự do - Hạnh phúc",
            f"Số: {seed % 900 + 100}/TB-UBND",
            "THÔNG BÁO (MẪU)",
            "Tờ giấy này chỉ dùng để thử phần mềm.",
        )
    ):
        pen.text((120, 120 + 60 * row), text, fill=0, font=face)
    return sheet


def _jpeg(seed: int) -> bytes:
    out = io.BytesIO()
    _sheet(seed).save(out, "JPEG", quality=60, dpi=(_DPI, _DPI))
    return out.getvalue()


def _document(seed: int, *, pages: int = 1) -> Pdf:
    """A scan of `pages` sheets, each page one JPEG."""
    pdf = pikepdf.new()
    for number in range(pages):
        jpeg = pdf.make_stream(
            _jpeg(seed + number),
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=_A4[0],
            Height=_A4[1],
            ColorSpace=Name.DeviceGray,
            BitsPerComponent=8,
            Filter=Name.DCTDecode,
        )
        page = pdf.add_blank_page(page_size=(595.44, 841.68))
        page.obj.Resources = Dictionary(XObject=Dictionary(Im0=jpeg))
        page.obj.Contents = pdf.make_stream(b"q 595.44 0 0 841.68 0 0 cm /Im0 Do Q")
    return pdf


def _saved(pdf: Pdf, *, lock: pikepdf.Encryption | None = None) -> bytes:
    out = io.BytesIO()
    # A static identity, and below the old cipher without salts, keep the bytes the same from run to run.
    pdf.save(out, static_id=True, encryption=lock or False, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return out.getvalue()


def _empty(_: int) -> bytes:
    return b""


def _truncated(seed: int) -> bytes:
    whole = _saved(_document(seed, pages=2))
    return whole[: len(whole) * 2 // 3]


def _encrypted(seed: int) -> bytes:
    return _saved(_document(seed), lock=pikepdf.Encryption(owner="chu-so-huu", user="bi-mat", R=3, aes=False, metadata=False))


def _owner_locked(seed: int) -> bytes:
    """Opens without a password; only changing it is forbidden."""
    return _saved(_document(seed), lock=pikepdf.Encryption(owner="chu-so-huu", user="", R=3, aes=False, metadata=False))


def _no_pages(_: int) -> bytes:
    return _saved(pikepdf.new())


def _text(seed: int) -> bytes:
    return f"Kính gửi: Ủy ban nhân dân xã (MẪU {seed}).\nĐây là một tệp văn bản thường.\n".encode()


def _png(seed: int) -> bytes:
    out = io.BytesIO()
    _sheet(seed).save(out, "PNG", dpi=(_DPI, _DPI))
    return out.getvalue()


def _bomb_png(_: int) -> bytes:
    """A small file that says it unfolds to ten thousand million pixels."""
    header = struct.pack(">IIBBBBB", BOMB_SIDE, BOMB_SIDE, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1 << 20), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _bomb_inside(seed: int) -> bytes:
    pdf = _document(seed)
    image = pdf.pages[0].obj.Resources.XObject.Im0
    image.write(zlib.compress(bytes(1 << 20), 9), filter=Name.FlateDecode)
    image.Width = image.Height = BOMB_SIDE
    return _saved(pdf)


def _absurd_page(seed: int) -> bytes:
    pdf = _document(seed)
    pdf.pages[0].obj.MediaBox = Array([0, 0, ABSURD_SIDE, ABSURD_SIDE])
    return _saved(pdf)


def _absurd_unit(seed: int) -> bytes:
    pdf = _document(seed)
    pdf.pages[0].obj.UserUnit = 1000
    return _saved(pdf)


def _truncated_jpeg(seed: int) -> bytes:
    whole = _jpeg(seed)
    return whole[: len(whole) // 2]


def _truncated_tiff(seed: int) -> bytes:
    out = io.BytesIO()
    sheets = [_sheet(seed + number).convert("1") for number in range(2)]
    sheets[0].save(out, "TIFF", save_all=True, append_images=sheets[1:], compression="group4", dpi=(_DPI, _DPI))
    return out.getvalue()[:-200]


def _broken_table(seed: int) -> bytes:
    """Its table of objects points nowhere, but every object is there and the end mark too: readers mend it, and so do we."""
    whole = _saved(_document(seed, pages=2))
    at = whole.rindex(b"startxref\n") + len(b"startxref\n")
    return whole[:at] + b"1\n%%EOF\n"


def _with_javascript(seed: int) -> bytes:
    pdf = _document(seed)
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert('MAU');"))
    return _saved(pdf)


def _with_launch(seed: int) -> bytes:
    pdf = _document(seed)
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([50, 50, 200, 80]), Border=Array([0, 0, 0]))
    link.A = Dictionary(S=Name.Launch, F=String("calc.exe"))
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(link)])
    return _saved(pdf)


def _with_attachment(seed: int) -> bytes:
    pdf = _document(seed)
    held = pdf.make_stream("Tệp đính kèm (MẪU)".encode(), Type=Name.EmbeddedFile)
    entry = Dictionary(Type=Name.Filespec, F=String("mau.txt"), UF=String("mau.txt"), EF=Dictionary(F=held))
    pdf.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array([String("mau.txt"), pdf.make_indirect(entry)])))
    return _saved(pdf)


def _decomposed(seed: int) -> bytes:
    return _saved(_document(seed))


_MAKERS: dict[str, Callable[[int], bytes]] = {
    "empty.pdf": _empty,
    "truncated.pdf": _truncated,
    "encrypted.pdf": _encrypted,
    "owner-locked.pdf": _owner_locked,
    "no-pages.pdf": _no_pages,
    "text-named.pdf": _text,
    "png-named.jpg": _png,
    "bomb.png": _bomb_png,
    "bomb-inside.pdf": _bomb_inside,
    "absurd-page.pdf": _absurd_page,
    "absurd-unit.pdf": _absurd_unit,
    "truncated.jpg": _truncated_jpeg,
    "truncated.tif": _truncated_tiff,
    "broken-table.pdf": _broken_table,
    "with-javascript.pdf": _with_javascript,
    "with-launch.pdf": _with_launch,
    "with-attachment.pdf": _with_attachment,
    "decomposed-name.pdf": _decomposed,
}
