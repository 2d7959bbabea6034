"""How large a page may be, and how large its paper really is."""

from __future__ import annotations

from sohoa.ocr.imaging.errors import TooManyPixels

# A0 at 300 dpi is 139 million pixels: the largest drawing an office scanner delivers. In colour that is 420 MiB decoded,
# which one worker can hold; the 100,000 x 100,000 bombs would be 30 GB.
PIXEL_CAP = 150_000_000
# Tesseract and JPEG readers count a side in 15 or 16 bits; Tesseract is the tighter one.
SIDE_CAP = 32_767

# Some feeders write 0 or 1 dpi into the header, and A4 comes out 63 m wide. Outside this range we measure the paper.
LEAST_DPI, MOST_DPI = 72, 1200
# 72 and 96 are what phones and "photo to PDF" programs write when they know nothing. We believe so low a figure only where it
# gives a sheet that a desk scanner takes (A3); a 3,000-pixel photo at 72 dpi would be a poster a metre tall.
VAGUE_DPI = 100
A3_LONG_SIDE = 17.0  # inches, with a little air
A0_LONG_SIDE = 48.0
A4_LONG_SIDE = 11.69


def refuse_too_large(page: int, width: int, height: int) -> None:
    """Raises TooManyPixels past the caps. Called on declared sizes, before anything is decoded."""
    if width * height > PIXEL_CAP or max(width, height) > SIDE_CAP:
        raise TooManyPixels(page=page, width=width, height=height)


def believable_dpi(claimed: float, width: int, height: int) -> int:
    """`claimed` pixels per inch if such a sheet of paper is likely, else what makes the picture an A4 sheet."""
    longest = max(width, height)
    if LEAST_DPI <= claimed <= MOST_DPI:
        inches = longest / claimed
        if inches <= (A3_LONG_SIDE if claimed < VAGUE_DPI else A0_LONG_SIDE):
            return round(claimed)
    return min(MOST_DPI, max(LEAST_DPI, round(longest / A4_LONG_SIDE)))
