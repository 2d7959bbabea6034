"""From a file to pictures of its pages, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sohoa.ocr.imaging.intake import Intake
from sohoa.ocr.imaging.pdf_pages import pdf_page
from sohoa.ocr.imaging.picture_pages import heic_page, jpeg_page, png_page, tiff_page, webp_page
from sohoa.ocr.model import PageImage


def page_images(path: Path, intake: Intake, into: Path) -> Iterator[PageImage]:
    """Every page in order, made when asked for. Raises what page_image raises, at the page that is at fault."""
    for number in range(1, intake.page_count + 1):
        yield page_image(path, intake, number, into)


def page_image(path: Path, intake: Intake, number: int, into: Path) -> PageImage:
    """Page `number` (from 1) as a file of its own in `into`, an existing folder; doing it again gives the same file.

    Where the page is one picture its bytes are kept (`lifted`); Exif orientation and /Rotate become `rotation`. So a reader
    must load the pixels as they are stored and turn them by `rotation` alone, never by a tag inside the file.
    The files are JPEG (8-bit grey or colour), PNG (no alpha, not interlaced) or TIFF (one frame, Group 4).
    Raises DamagedImage, PageNotRasterised, TooManyPixels, TruncatedPdf, EncryptedPdf, kernel's ProgramMissing.
    """
    if not 1 <= number <= intake.page_count:
        raise IndexError(f"page {number} of {intake.page_count}")
    stem = into / f"page-{number:05d}"
    match intake.kind:
        case "pdf":
            return pdf_page(path, number, stem)
        case "tiff":
            return tiff_page(path, number, stem)
        case "jpeg":
            return jpeg_page(path, stem)
        case "png":
            return png_page(path, stem)
        case "webp":
            return webp_page(path, stem)
        case "heic":
            return heic_page(path, number, stem)
