"""Pages of the sample office, composed with the truth as what was read: no reader's mistakes between a judge and the composer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from PIL import Image

from sohoa.ocr.composing.drawing import Profile
from sohoa.ocr.composing.pdfa import compose_pdfa
from sohoa.ocr.imaging.intake import inspect
from sohoa.ocr.imaging.pages import page_image
from sohoa.ocr.model import Line, PageText, Word
from sohoa.pipeline.sources.sampleoffice import SamplePage, Strength, make_paper
from sohoa.pipeline.sources.sampleoffice.model import TruthLine, TruthWord

ORIENTATIONS = {0: 1, 180: 3, 90: 6, 270: 8}  # Exif


@dataclass(frozen=True, slots=True)
class Layered:
    """A composed page and the truth about it. width, height: points at full scale."""

    path: Path
    words: list[str]
    width: float
    height: float


def composed(folder: Path, kind: str, seed: int, strength: Strength, turned: int, profile: Profile = "scan") -> Layered:
    """turned: degrees clockwise that a viewer has to turn the stored picture by."""
    folder.mkdir()
    page = make_paper(kind, seed, strength=strength, dpi=200).pages[0]
    picture = Image.fromarray(page.upright).rotate(turned, expand=True)
    exif = Image.Exif()
    exif[0x0112] = ORIENTATIONS[turned]
    source = folder / "scan.jpg"
    picture.save(source, dpi=(page.dpi, page.dpi), exif=exif)
    intake = inspect(source)
    image = page_image(source, intake, 1, folder)
    text = PageText(1, page.width, page.height, page.dpi, turned, page.skew, False, tuple(_lines(page)))
    assert image.upright_size == (page.width, page.height) and image.rotation == turned
    moment = datetime(2026, 3, 2, tzinfo=UTC)
    made = compose_pdfa(
        source, intake, [(image, text)], folder / "made.pdf", title="t", created=moment, identifier="i", profile=profile
    )
    words = [word.text for line in text.lines for word in line.words]
    assert len(words) > 60
    return Layered(made.path, words, page.width / page.dpi * 72, page.height / page.dpi * 72)


def _lines(page: SamplePage) -> Iterator[Line]:
    for truth in page.lines:
        for _, row in groupby(_numbered(truth), lambda pair: pair[0]):
            words = tuple(Word(word.text, word.bbox, 0.9) for _, word in row)
            x0, y0, x1, y1 = zip(*(word.bbox for word in words), strict=True)
            yield Line(words, (min(x0), min(y0), max(x1), max(y1)))


def _numbered(truth: TruthLine) -> Iterator[tuple[int, TruthWord]]:
    """Each word with the number of its row: a table's cell is one line of the truth, whose words may be set in several rows."""
    row, end = 0, None
    for word in truth.words:
        if end is not None and word.bbox[0] < end:
            row += 1
        end = word.bbox[0]
        yield row, word
