"""One page picture in, its words out, whichever way the sheet lay in the feeder.

The page is prepared as measuring it asks for and read, lines in doubt are read again, and the arbiter decides word by word. Where
the result is not clearly good, the page is read once more as it came, and the better of the two is kept: preparation never makes a
page worse.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2

from sohoa.ocr.imaging.preparing.pixels import Colour, Grey, pixels_of, turned
from sohoa.ocr.imaging.preparing.prepare import Prepared, plain, prepared
from sohoa.ocr.model import PageImage, PageText, mean_confidence
from sohoa.ocr.reading.arbiter import JudgedLine, LanguageModel, Weights, arbitrate
from sohoa.ocr.reading.assembling import assembled
from sohoa.ocr.reading.blankness import is_blank
from sohoa.ocr.reading.decimals import with_decimals
from sohoa.ocr.reading.engines.tesseract import PageTimeout, Tesseract, TesseractFailed
from sohoa.ocr.reading.pictures import plain_picture
from sohoa.ocr.reading.recogniser import Layout, Reading, Recogniser
from sohoa.ocr.reading.second_look import looked_again
from sohoa.ocr.reading.structure import structured


@dataclass(frozen=True, slots=True)
class Readers:
    """leader: reads the page. second: reads what the leader left out and the lines in which a word is less sure than `below`, each
    line cut out of the page; all of them where `below` is above 1. Without a second, the leader is offered what it left out.
    """

    leader: Recogniser
    second: Recogniser | None = None
    below: float = 0.0


FAST = Readers(Tesseract("vie"), Tesseract("Vietnamese"), below=0.8)
"""The quicker reader leads; the other one is asked where it matters."""
ACCURATE = replace(FAST, below=2.0)
"""Every line twice, by readers that err in different places."""
MODES = {"fast": FAST, "accurate": ACCURATE}

# Measured on 11 real first pages: read the right way up the reader gives 0.89 to 0.95 of itself, upside down 0.39 to 0.40.
WELL_READ = 0.70
# What a word must reach, by its reader, to count as certain when two ways of laying the page are compared.
CERTAIN = 0.80
# A prepared page whose words are surer than this on average is clearly well read; any other is read as it came, too.
CLEARLY = 0.93

Prepare = Callable[[Grey | Colour, int], Prepared]


@dataclass(frozen=True, slots=True)
class _Attempt:
    """The first reader's reading of the page, turned by `rotation` degrees clockwise from the stored picture."""

    rotation: int
    page: Prepared
    reading: Reading

    @property
    def confidence(self) -> float:
        return mean_confidence([word for line in self.reading.lines for word in line.words])

    @property
    def certain(self) -> int:
        """Letters in words of two letters and more that were read with certainty. Upside down this is about a tenth."""
        words = (word for line in self.reading.lines for word in line.words)
        return sum(len(word.text) for word in words if word.confidence >= CERTAIN and len(word.text) > 1)


def read_page(image: PageImage, *, workspace: Path, readers: Readers = ACCURATE) -> PageText:
    """Read a page. Boxes lie in the upright frame, `rotation` degrees clockwise from the stored picture.

    readers: of one language. A blank page starts no reader. A page on which they fail or take too long comes
    back without lines, `failed` telling the error's code. Leaves one `page-NNNN-….hocr` in `workspace` for each run of Tesseract.
    Raises DamagedImage, LanguageMissing, ProgramMissing.
    """
    with plain_picture(image) as picture:
        stored = pixels_of(picture)
    if is_blank(stored, dpi=image.dpi):
        return _without_lines(image, blank=True)
    try:
        return _PageReader(image, stored, workspace, readers).read()
    except (TesseractFailed, PageTimeout) as failed:
        return _without_lines(image, failed=failed.code)


def _without_lines(image: PageImage, *, blank: bool = False, failed: str = "") -> PageText:
    width, height = image.upright_size
    return PageText(image.number, width, height, image.dpi, image.rotation, 0.0, blank, (), failed=failed)


@dataclass(frozen=True, slots=True)
class _PageReader:
    image: PageImage
    stored: Grey | Colour
    workspace: Path
    readers: Readers

    def read(self) -> PageText:
        best = self._right_way_up()
        page, lines = best.page, self._judged(best, "")
        if page.steps and _sureness(lines) < CLEARLY:
            as_it_came = self._attempt(self._turned(best.rotation, plain), best.rotation, "-as-it-came")
            other = self._judged(as_it_came, "-as-it-came")
            if _worth(other) > _worth(lines):
                page, lines = as_it_came.page, other
        made, tables = assembled(page, lines)
        text = PageText(
            number=self.image.number,
            width=page.size[0],
            height=page.size[1],
            dpi=self.image.dpi,
            rotation=best.rotation,
            skew=best.page.measures.slant.degrees,
            blank=False,
            lines=made,
            steps=page.steps,
            tables=tables,
            seals=best.page.seals,
        )
        return structured(text, pixels=turned(self.stored, best.rotation))

    def _right_way_up(self) -> _Attempt:
        """A page that is read well costs one run. A poor reading is tried again upside down and, unless its lines plainly ran
        across, lying on either side. The most letters in certain words win.
        """
        start = self.image.rotation
        page = self._turned(start, prepared)
        direction = page.measures.slant.direction
        if direction == "down":
            start = (start + 270) % 360
            page = self._turned(start, prepared)
        best = self._attempt(page, start)
        for turn in (180,) if direction == "across" else (180, 90, 270):
            if best.confidence >= WELL_READ:
                break
            rotation = (start + turn) % 360
            other = self._attempt(self._turned(rotation, prepared), rotation)
            best = max(best, other, key=lambda attempt: attempt.certain)
        return best

    def _turned(self, rotation: int, prepare: Prepare) -> Prepared:
        return prepare(turned(self.stored, rotation), self.image.dpi)

    def _attempt(self, page: Prepared, rotation: int, named: str = "") -> _Attempt:
        return _Attempt(
            rotation, page, self._reading(self.readers.leader, page.sheet.pixels, page.dpi, f"turned-{rotation}{named}")
        )

    def _judged(self, attempt: _Attempt, named: str) -> tuple[JudgedLine, ...]:
        page, named = attempt.page, f"turned-{attempt.rotation}{named}"
        second = self.readers.second

        def again(column: Grey) -> Reading:
            return self._reading(second or self.readers.leader, column, page.dpi, f"{named}-again", "column")

        lines = _arbitrated([attempt.reading])
        below = self.readers.below if second else 0.0
        lines = looked_again(page.sheet, attempt.reading, lines, below=below, read=again, arbitrate=_arbitrated)
        return tuple(with_decimals(lines, page.sheet.pixels))

    def _reading(self, reader: Recogniser, pixels: Grey, dpi: int, named: str, layout: Layout = "page") -> Reading:
        stem = f"page-{self.image.number:04}-{named}-{reader.name}"
        picture = self.workspace / f"{stem}.pgm"
        try:
            cv2.imwrite(str(picture), pixels)
            return reader.read(picture, dpi=dpi, workspace=self.workspace, leaving=stem, layout=layout)
        finally:
            picture.unlink(missing_ok=True)


def _arbitrated(readings: Sequence[Reading]) -> tuple[JudgedLine, ...]:
    return arbitrate(readings, model=LanguageModel.shipped(), weights=Weights.shipped())


def _sureness(lines: Sequence[JudgedLine]) -> float:
    words = [word for line in lines for word in line.words]
    return sum(word.confidence for word in words) / len(words) if words else 0.0


def _worth(lines: Sequence[JudgedLine]) -> float:
    """The score by which two readings of a page compare: letters that are expected to be right, less those expected to be wrong.

    A reading that misses lines has fewer of the first; one that makes letters of dirt has more of the second.
    """
    return sum(len(word.text) * (2 * word.confidence - 1) for line in lines for word in line.words)
