"""Small real files for the tests of ocr/: scans, drawings and everything between, built to measure."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream
from PIL import Image, ImageDraw

A4 = (595.2, 841.8)  # points
SHEET = (413, 584)  # pixels: small, to keep tests quick; placed at 100 dpi it is a slip of A6
SHEET_POINTS = (SHEET[0] * 72 / 100, SHEET[1] * 72 / 100)


def sheet(mode: str = "L", size: tuple[int, int] = SHEET) -> Image.Image:
    """A page whose top left corner is black and top right grey (or red): no turn or mirroring leaves it the same."""
    page = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(page)
    wide, high = size
    pen.rectangle((0, 0, wide // 3, high // 4), fill=(0, 0, 0))
    pen.rectangle((wide * 2 // 3, 0, wide, high // 8), fill=(200, 30, 40))
    if mode == "1":
        return page.convert("L").point(lambda value: 255 if value > 60 else 0).convert("1", dither=Image.Dither.NONE)
    return page.convert(mode)


def jpeg(image: Image.Image, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", **{"quality": 80, **options})
    return out.getvalue()


def image_stream(
    pdf: Pdf, data: bytes, size: tuple[int, int], *, space: object = Name.DeviceGray, bits: int = 8, **more: object
) -> Stream:
    """`more` goes into the image dictionary: Filter, DecodeParms, SMask…"""
    entries = {"Type": Name.XObject, "Subtype": Name.Image, "Width": size[0], "Height": size[1], "ColorSpace": space}
    return pdf.make_stream(data, **entries, BitsPerComponent=bits, **more)


def jpeg_stream(pdf: Pdf, image: Image.Image | None = None) -> Stream:
    image = image or sheet()
    spaces = {"L": Name.DeviceGray, "RGB": Name.DeviceRGB, "CMYK": Name.DeviceCMYK}
    return image_stream(pdf, jpeg(image), image.size, space=spaces[image.mode], Filter=Name.DCTDecode)


def add_scan(
    pdf: Pdf,
    image: Stream,
    *,
    points: tuple[float, float] = SHEET_POINTS,
    content: bytes | None = None,
    resources: dict[str, object] | None = None,
    **entries: object,
) -> None:
    """A page that draws `image` (named /Im0) over the whole of `points`, or as `content` says."""
    page = pdf.add_blank_page(page_size=points)
    page.obj.Resources = Dictionary(XObject=Dictionary(Im0=image), **(resources or {}))
    whole = f"q {points[0]} 0 0 {points[1]} 0 0 cm /Im0 Do Q".encode()
    page.obj.Contents = pdf.make_stream(whole if content is None else content)
    for key, value in entries.items():
        page.obj[f"/{key}"] = value


def saved(pdf: Pdf, path: Path, **options: object) -> Path:
    pdf.save(path, **options)
    return path


def scan(path: Path, *, pages: int = 1, image: Image.Image | None = None, **entries: object) -> Path:
    """A PDF of scanned pages, each one JPEG at 100 dpi."""
    pdf = pikepdf.new()
    for _ in range(pages):
        add_scan(pdf, jpeg_stream(pdf, image), **entries)
    return saved(pdf, path)


def drawing(path: Path, *, points: tuple[float, float] = A4, content: bytes = b"0 0 0 rg 0 600 200 241.8 re f") -> Path:
    """A born-digital page: lines and fills, no image."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=points)
    page.obj.Contents = pdf.make_stream(content)
    return saved(pdf, path)


def with_signature_field(path: Path, *, signed: bool, nested: bool = False) -> Path:
    """The structure of a signed PDF (the signature itself is another room's matter)."""
    pdf = pikepdf.new()
    add_scan(pdf, jpeg_stream(pdf))
    field = Dictionary(Type=Name.Annot, Subtype=Name.Widget, Rect=Array([0, 0, 0, 0]), T=pikepdf.String("Signature1"))
    if signed:
        field.V = pdf.make_indirect(Dictionary(Type=Name.Sig, Contents=pikepdf.String("x"), ByteRange=Array([0, 1, 2, 3])))
    kid = pdf.make_indirect(field)
    if nested:
        parent = pdf.make_indirect(Dictionary(FT=Name.Sig, T=pikepdf.String("group"), Kids=Array([kid])))
        kid.Parent = parent
        # A loop, as a hostile file may hold.
        kid.Kids = Array([parent])
        pdf.Root.AcroForm = Dictionary(Fields=Array([parent]), SigFlags=3)
    else:
        kid.FT = Name.Sig
        pdf.Root.AcroForm = Dictionary(Fields=Array([kid]), SigFlags=3)
    pdf.pages[0].obj.Annots = Array([kid])
    return saved(pdf, path)


def tiff(path: Path, *frames: Image.Image, **options: object) -> Path:
    frames[0].save(path, "TIFF", save_all=True, append_images=list(frames[1:]), **{"dpi": (100, 100), **options})
    return path


def bare_tiff(frames: list[tuple[int, int, int]], *, looped: bool = False) -> bytes:
    """TIFF directories for frames of (width, height, subfile type), each with a strip of one byte; not to be decoded."""
    data = b"II*\0" + struct.pack("<I", 8)
    for index, (wide, high, subfile) in enumerate(frames):
        entries = [(254, subfile), (256, wide), (257, high), (273, 8), (279, 1)]
        directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
        following = len(data) + len(directory) + 4
        if index == len(frames) - 1:
            following = 8 if looped else 0
        data += directory + struct.pack("<I", following)
    return data
