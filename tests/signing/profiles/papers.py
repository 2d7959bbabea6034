"""Papers to put stamps on, and the pictures that poppler makes of them. Everything is drawn here."""

from __future__ import annotations

import asyncio
import functools
import io
import math
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pikepdf
import pikepdf.pdfa
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes

from sohoa.signing.opening import opened
from sohoa.signing.profiles.facts import CopyForm, Facts, SignatureBlock
from sohoa.signing.profiles.font import signature_font
from sohoa.signing.profiles.look import Look, look_for
from sohoa.signing.profiles.profile import Profile
from sohoa.signing.profiles.sheet import Box
from tests.papers import TINOS
from tests.signing.pki import Held

WHEN = datetime(2026, 3, 5, 2, 30, tzinfo=UTC)
A4, A3 = (595.28, 841.89), (841.89, 1190.55)
SCAN = 150  # dpi of the drawn scans
BLUE, RED = (20, 50, 170), (200, 20, 30)
# Where `decision` names its signer, in points as seen.
POSITION: Box = (340, 600, 500, 630)
NAME: Box = (360, 705, 480, 720)
BLOCK = SignatureBlock(POSITION, NAME)

BODY = (
    "Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025;",
    "Theo đề nghị của Trưởng phòng Kinh tế, Hạ tầng và Đô thị tại tờ trình nói trên,",
    "Điều 1. Cấp giấy phép xây dựng nhà ở riêng lẻ cho ông Nguyễn Văn Mẫu.",
    "Điều 2. Quyết định này có hiệu lực kể từ ngày ký ban hành.",
)


def decision(size: tuple[float, float] = A4, *, top: float = 62, tint: int = 255) -> Image.Image:
    """A page as an office prints it: two headings, a body, the signer's block; `top` points of margin above."""
    page, at = _blank(size, tint)
    width = size[0]
    for row, (left, right) in enumerate(
        (
            ("ỦY BAN NHÂN DÂN XÃ BA VINH", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
            ("Số: 05/QĐ-UBND", "Độc lập - Tự do - Hạnh phúc"),
        )
    ):
        at(left, 85, top + 16 * row, 11)
        at(right, width - 45, top + 16 * row, 11, "ra")
    at("QUYẾT ĐỊNH", width / 2, top + 70, 14, "ma")
    for row, line in enumerate(BODY * 4):
        at(line, 85, top + 110 + 20 * row, 12)
    if size == A4:
        at("TM. ỦY BAN NHÂN DÂN", (POSITION[0] + POSITION[2]) / 2, POSITION[1], 12, "ma")
        at("CHỦ TỊCH", (POSITION[0] + POSITION[2]) / 2, POSITION[1] + 15, 12, "ma")
        at("Nguyễn Thị Mẫu", (NAME[0] + NAME[2]) / 2, NAME[1], 12, "ma")
    return page


def crowded(size: tuple[float, float] = A4) -> Image.Image:
    """Text from edge to edge, on all of the page."""
    page, at = _blank(size, 250)
    line = " ".join(BODY)
    letters = int(size[0] / 4)
    for row in range(int(size[1] / 13)):
        at((line[row % 40 :] + line + line)[:letters], 3, 2 + 13 * row, 11)
    return page


def blank(size: tuple[float, float] = A4, tint: int = 255) -> Image.Image:
    return _blank(size, tint)[0]


@functools.cache
def _font(pixels: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(TINOS, pixels)


def _blank(size: tuple[float, float], tint: int):
    zoom = SCAN / 72
    page = Image.new("RGB", (round(size[0] * zoom), round(size[1] * zoom)), (tint, tint, max(0, tint - 8)))
    draw = ImageDraw.Draw(page)

    def at(text: str, x: float, y: float, points: float, anchor: str = "la") -> None:
        draw.text((x * zoom, y * zoom), text, fill="black", font=_font(points * zoom), anchor=anchor)

    return page, at


def scanned(
    path: Path,
    image: Image.Image,
    *,
    rotate: int = 0,
    offset: tuple[float, float] = (0, 0),
    margin: float = 0,
    unit: float = 1.0,
    pages: int = 1,
) -> Path:
    """`image` as the upright look of a PDF/A-2b page: stored turned so that /Rotate sets it right; the page's corner at `offset`,
    hidden media of `margin` points around the crop box, in units of `unit` points."""
    stored = image.rotate(rotate, expand=True)
    out = io.BytesIO()
    stored.save(out, "JPEG", quality=85)
    width, height = (side * 72 / SCAN / unit for side in stored.size)
    pdf = pikepdf.new()
    for _ in range(pages):
        x, y = offset
        page = pdf.add_blank_page(page_size=(width, height))
        page.obj.MediaBox = [x - margin, y - margin, x + width + margin, y + height + margin]
        page.obj.CropBox = [x, y, x + width, y + height]
        if rotate:
            page.obj.Rotate = rotate
        if unit != 1:
            page.obj.UserUnit = unit
        picture = pdf.make_stream(
            out.getvalue(),
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=stored.width,
            Height=stored.height,
            ColorSpace=pikepdf.Name.DeviceRGB,
            BitsPerComponent=8,
            Filter=pikepdf.Name.DCTDecode,
        )
        page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=picture))
        page.obj.Contents = pdf.make_stream(f"q {width} 0 0 {height} {x} {y} cm /Im Do Q".encode())
    pikepdf.pdfa.save(pdf, path, "2b")
    return path


def signature_png(size: tuple[int, int] = (900, 400)) -> bytes:
    """A stroke of blue on nothing."""
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    points = [(size[0] * (0.05 + 0.9 * t / 60), size[1] * (0.5 + 0.42 * math.sin(t / 3) * math.cos(t / 17))) for t in range(61)]
    draw.line(points, fill=(*BLUE, 255), width=max(2, size[1] // 40), joint="curve")
    return _png(image)


def seal_png(side: int = 900) -> bytes:
    image = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    for radius, width in ((0.49, side // 40), (0.36, side // 90)):
        box = [side * (0.5 - radius), side * (0.5 - radius), side * (0.5 + radius), side * (0.5 + radius)]
        draw.ellipse(box, outline=(*RED, 255), width=width)
    font = ImageFont.truetype(TINOS, side / 11)
    draw.text((side / 2, side / 2), "CON DẤU\nTHỬ NGHIỆM", fill=(*RED, 255), font=font, anchor="mm", align="center")
    return _png(image)


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def facts(**changed: object) -> Facts:
    told: dict[str, object] = {
        "when": WHEN,
        "signer": "Nguyễn Thị Mẫu",
        "agency": "Ủy ban nhân dân xã Ba Vinh",
        "number": "05/QĐ-UBND",
        "copy_form": CopyForm.TRUE_COPY,
    }
    return Facts(**{**told, **changed})


def look(profile: Profile, paper: Path, told: Facts) -> Look:
    with opened(paper) as reader:
        return look_for(profile, reader, told, font=signature_font(), paper=paper)


class _Untouched(IncrementalPdfFileWriter):
    """As the product's own writer: metadata stay as they were checked."""

    def _update_meta(self) -> None:
        pass


def sign(paper: Path, target: Path, seen: Look, held: Held, *, field: str, reason: str = "Thử") -> Path:
    meta = signers.PdfSignatureMetadata(field_name=field, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, reason=reason)
    spec = None if seen.existing else SigFieldSpec(field, on_page=seen.page, box=seen.box)
    with paper.open("rb") as handle, target.open("w+b") as out:
        signer = signers.PdfSigner(meta, held.simple_signer, stamp_style=seen.style, new_field_spec=spec)
        session = signer.init_signing_session(_Untouched(handle, strict=False))
        session.system_time = WHEN
        document = session.prepare_tbs_document(validation_info=None, bytes_reserved=16384)
        prepared, _ = document.digest_tbs_document(output=out)
        asyncio.run(document.perform_signature(prepared.document_digest, PdfCMSSignedAttributes(signing_time=WHEN)))
    return target


def stamped(profile: Profile, paper: Path, target: Path, held: Held, told: Facts) -> tuple[Look, Path]:
    seen = look(profile, paper, told)
    return seen, sign(paper, target, seen, held, field=profile.field)


@dataclass(frozen=True)
class Seen:
    """What poppler draws: (height, width, 3), `zoom` dots a point."""

    pixels: NDArray[np.uint8]
    zoom: float

    def part(self, box: Box) -> NDArray[np.uint8]:
        x0, y0, x1, y1 = (round(side * self.zoom) for side in box)
        return self.pixels[max(0, y0) : y1, max(0, x0) : x1]


def seen(path: Path, *, page: int = 1, dpi: int = 144, unit: float = 1.0) -> Seen:
    command = ["pdftoppm", "-cropbox", "-r", str(dpi * unit), "-f", str(page), "-l", str(page), "-singlefile", str(path)]
    drawn = subprocess.run(command, capture_output=True, check=True).stdout
    with Image.open(io.BytesIO(drawn)) as image:
        return Seen(np.asarray(image.convert("RGB")), dpi / 72)


def changed_dots(before: Seen, after: Seen) -> NDArray[np.bool_]:
    """Where the two pictures differ by more than a shade."""
    return np.abs(before.pixels.astype(np.int16) - after.pixels).max(axis=2) > 24


def dark(part: NDArray[np.uint8], than: int = 140) -> NDArray[np.bool_]:
    return part.max(axis=2) < than
