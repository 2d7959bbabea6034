"""A JPEG that a PDF writer deflated once more is still the scanner's own picture."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import img2pdf
import pikepdf
from PIL import Image

from sohoa.ocr.imaging.intake import inspect
from sohoa.ocr.imaging.pages import page_image


def scan_pdf(target: Path, jpeg: bytes, *, keep: int | None = None) -> Path:
    """The scanner's page with its picture deflated; `keep`: only so many bytes of the deflated stream."""
    source = img2pdf.convert(jpeg)
    assert source is not None
    with pikepdf.open(io.BytesIO(source)) as pdf:
        image = next(iter(pdf.pages[0].get_images().values()))
        filters = pikepdf.Array([pikepdf.Name.FlateDecode, pikepdf.Name.DCTDecode])
        image.write(zlib.compress(jpeg)[:keep], filter=filters)
        pdf.save(target)
    return target


def scanned() -> bytes:
    page = Image.effect_noise((620, 877), 40).convert("RGB")
    held = io.BytesIO()
    page.save(held, "JPEG", quality=60)
    return held.getvalue()


def test_it_is_lifted_with_the_scanners_own_bytes(tmp_path: Path) -> None:
    jpeg = scanned()
    source = scan_pdf(tmp_path / "scan.pdf", jpeg)
    image = page_image(source, inspect(source), 1, tmp_path)
    assert image.lifted
    assert image.path.read_bytes() == jpeg


def test_one_that_does_not_inflate_is_not_lifted(tmp_path: Path) -> None:
    source = scan_pdf(tmp_path / "scan.pdf", scanned(), keep=4000)
    image = page_image(source, inspect(source), 1, tmp_path)
    assert not image.lifted
