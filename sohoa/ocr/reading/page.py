"""One page picture in, its words out, whichever way the sheet lay in the feeder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from sohoa.ocr.model import Box, Line, PageImage, PageText, Word, mean_confidence
from sohoa.ocr.reading.blankness import is_blank
from sohoa.ocr.reading.engines import tesseract
from sohoa.ocr.reading.pictures import plain_picture

# Measured on 11 real first pages: read the right way up 0.89 to 0.95, upside down 0.39 to 0.40.
WELL_READ = 0.70
# What a word must reach to count as certain when two readings of one page are compared.
CERTAIN = 0.80

_TURN = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A reading in the upright frame that it implies. rotation: degrees clockwise from the stored picture to that frame."""

    rotation: int
    size: tuple[int, int]
    lines: tuple[Line, ...]
    skew: float

    @property
    def score(self) -> int:
        """Letters in words of two letters and more that were read with certainty. Upside down this is about a tenth."""
        words = (word for line in self.lines for word in line.words)
        return sum(len(word.text) for word in words if word.confidence >= CERTAIN and len(word.text) > 1)

    @property
    def well_read(self) -> bool:
        return mean_confidence(tuple(word for line in self.lines for word in line.words)) >= WELL_READ


def read_page(image: PageImage, *, workspace: Path, language: str = "vie") -> PageText:
    """Read a page. Boxes lie in the upright frame, `rotation` degrees clockwise from the stored picture.

    A blank page starts no reader. A page that is read well costs one run, also when it lies on its left side, because
    Tesseract reads lines that run downwards. Only a poor reading is tried again: turned by 180 degrees, and, when that is
    poor too and the lines gave no clear direction, by 90 and 270. The highest score (letters in certain words) wins.

    Leaves one `page-NNNN-turned-D.hocr` in `workspace` for each run.
    Raises DamagedImage, TesseractFailed, PageTimeout, LanguageMissing, ProgramMissing.
    """
    if _blank(image):
        width, height = image.upright_size
        return PageText(image.number, width, height, image.dpi, image.rotation, 0.0, True, ())
    best = _attempt(image, image.rotation, workspace, language)
    for turn in (180, 90, 270):
        if best.well_read or (turn != 180 and _direction_is_clear(best)):
            break
        other = _attempt(image, (image.rotation + turn) % 360, workspace, language)
        best = max(best, other, key=lambda attempt: attempt.score)
    width, height = best.size
    return PageText(image.number, width, height, image.dpi, best.rotation, best.skew, False, best.lines)


def _blank(image: PageImage) -> bool:
    with plain_picture(image) as picture:
        return is_blank(picture, dpi=image.dpi)


def _attempt(image: PageImage, rotation: int, workspace: Path, language: str) -> _Attempt:
    picture = _turned(image, rotation, workspace)
    try:
        reading = tesseract.recognise(
            picture, dpi=image.dpi, language=language, workspace=workspace, leaving=f"page-{image.number:04}-turned-{rotation}"
        )
    finally:
        if picture != image.path:
            picture.unlink(missing_ok=True)
    size = (image.height, image.width) if rotation in (90, 270) else (image.width, image.height)
    # A slant near 90 degrees belongs to lines that run downwards; against their own direction they are nearly straight.
    skew = round((reading.slant + 45) % 90 - 45, 2)
    if not _runs_downwards(reading.lines):
        return _Attempt(rotation, size, reading.lines, skew)
    width, height = size
    return _Attempt((rotation + 270) % 360, (height, width), tuple(_uprighted(line, width) for line in reading.lines), skew)


def _turned(image: PageImage, rotation: int, workspace: Path) -> Path:
    """The stored picture itself where no turning is needed; else a PNM beside the hOCR, which costs no compression."""
    if rotation == 0:
        return image.path
    target = workspace / f"page-{image.number:04}-turned-{rotation}.pnm"
    with plain_picture(image) as picture:
        picture.transpose(_TURN[rotation]).save(target, format="PPM")
    return target


def _letters_by_direction(lines: tuple[Line, ...]) -> tuple[int, int]:
    """Letters on lines that clearly run across, and on lines that clearly run downwards."""
    across = downwards = 0
    for line in lines:
        width, height = line.bbox[2] - line.bbox[0], line.bbox[3] - line.bbox[1]
        letters = sum(len(word.text) for word in line.words)
        if width > 2 * height:
            across += letters
        elif height > 2 * width and len(line.words) > 1:
            downwards += letters
    return across, downwards


def _runs_downwards(lines: tuple[Line, ...]) -> bool:
    across, downwards = _letters_by_direction(lines)
    return downwards > across


def _direction_is_clear(attempt: _Attempt) -> bool:
    """Nearly all letters on lines of one direction: then only up or down was the question, and 180 has answered it.

    Fewer than ten letters are dirt or a seal, which no turning makes readable.
    """
    across, downwards = _letters_by_direction(attempt.lines)
    letters = across + downwards
    return letters < 10 or (letters >= 200 and max(across, downwards) >= 0.9 * letters)


def _uprighted(line: Line, width: int) -> Line:
    """Boxes after a quarter turn counter-clockwise of a picture `width` pixels wide."""

    def turned(box: Box) -> Box:
        x0, y0, x1, y1 = box
        return (y0, width - x1, y1, width - x0)

    return Line(tuple(Word(word.text, turned(word.bbox), word.confidence) for word in line.words), turned(line.bbox))
