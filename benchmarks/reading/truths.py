"""Pages whose text is known although no generator made them: hand-checked scans, and born-digital pages with a layer of text."""

from __future__ import annotations

import json
import math
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from PIL import Image

from benchmarks.reading.pages import write_scan
from sohoa.pipeline.sources.sampleoffice import Strength
from sohoa.pipeline.sources.sampleoffice.chance import dice, seed_of
from sohoa.pipeline.sources.sampleoffice.scanner import as_jpeg, moved, scan, wear_of

Box = tuple[int, int, int, int]
DPI = 300
# Printed, but no text that a reader is asked for: seals, stamps that a system laid over the page, page numbers.
SEAL, STAMP, FOOTER = "seal", "stamp", "footer"
BODY, BESIDE = "body", "beside"
BORN_DIGITAL = "born digital"


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """words: as printed, NFC, with their punctuation. handwritten: places in `words` of what a pen wrote."""

    words: tuple[str, ...]
    bbox: Box
    region: str
    handwritten: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class TruthPage:
    """One page of a PDF. width, height, boxes: pixels of the upright page at 300 dpi. slope: of its lines, down per pixel across.
    source: `scan`, `vector` or `born digital`; figures of different sources are told apart.
    """

    file: str
    number: int  # from 1
    width: int
    height: int
    slope: float
    source: str
    lines: tuple[PrintedLine, ...]


class TruthUnreadable(RuntimeError):
    """A truth or its paper is not as described."""


def hand_checked(folder: Path) -> list[TruthPage]:
    """All `*.json` in a folder, one a page: file, page, width, height, source, slope (optional), lines of text, bbox ([x0, y0, x1,
    y1]), region, and handwritten_words (places in the text's words) or handwritten (the whole line). Raises TruthUnreadable.
    """
    files = sorted(folder.glob("*.json"))
    if not files:
        raise TruthUnreadable(f"no truths in {folder.name}")
    return [_hand_checked(file) for file in files]


def _hand_checked(file: Path) -> TruthPage:
    try:
        told = json.loads(file.read_bytes())
        return TruthPage(
            file=str(told["file"]),
            number=int(told["page"]),
            width=int(told["width"]),
            height=int(told["height"]),
            slope=float(told.get("slope", 0)),
            source=str(told.get("source", "scan")),
            lines=tuple(_line(line) for line in told["lines"]),
        )
    except (KeyError, TypeError, ValueError) as wrong:
        raise TruthUnreadable(f"{file.name}: {type(wrong).__name__} {wrong}") from wrong


def _line(told: dict[str, object]) -> PrintedLine:
    words = tuple(str(told["text"]).split())
    box: list[int] = list(told["bbox"])  # type: ignore[call-overload]
    by_pen = range(len(words)) if told.get("handwritten") else told.get("handwritten_words", ())
    return PrintedLine(words, (box[0], box[1], box[2], box[3]), str(told["region"]), frozenset(by_pen))  # type: ignore[arg-type]


def degraded(pdf: Path, into: Path, *, seed: int, strength: Strength) -> list[TruthPage]:
    """Print a born-digital PDF at 300 dpi, put it through the sample office's scanner, and write it as a scan to `into`.

    The truths are its own layer of text, with boxes where the scanner moved them. Lines that have another line beside them (heads,
    signatures, tables) are of region `beside`, all others `body`. Raises TruthUnreadable for a PDF without text.
    """
    pages = list(_text_layer(pdf))
    if not any(lines for _, lines in pages):
        raise TruthUnreadable(f"{pdf.name} has no layer of text")
    jpegs: list[bytes] = []
    truths: list[TruthPage] = []
    for number, (size, lines) in enumerate(pages, 1):
        wear = wear_of(strength, dice("born digital", pdf.stem, seed, number))
        pixels = _printed(pdf, number, into.parent)
        height, width = pixels.shape[:2]
        scanned = scan(pixels, wear, dpi=DPI, seed=seed_of("born digital noise", pdf.stem, seed, number))
        jpegs.append(as_jpeg(scanned.pixels, quality=wear.quality, dpi=DPI))
        scale = (width / size[0], height / size[1])
        boxes = [moved(_scaled(box, scale), scanned.matrix, width, height) for _, box in lines]
        printed = tuple(
            PrintedLine(words, box, BESIDE if _has_a_neighbour(place, lines) else BODY)
            for place, ((words, _), box) in enumerate(zip(lines, boxes, strict=True))
        )
        slope = math.tan(math.radians(wear.skew))
        truths.append(TruthPage(into.name, number, width, height, slope, BORN_DIGITAL, printed))
    write_scan(jpegs, into)
    return truths


Floats = tuple[float, float, float, float]
TextLine = tuple[tuple[str, ...], Floats]


def _text_layer(pdf: Path) -> Iterator[tuple[tuple[float, float], list[TextLine]]]:
    """Size in points, and the lines from top to bottom, of each page. Raises TruthUnreadable."""
    ran = subprocess.run(["pdftotext", "-bbox-layout", str(pdf), "-"], capture_output=True, check=False)
    try:
        pages = [element for element in ElementTree.fromstring(ran.stdout).iter() if element.tag.endswith("}page")]
    except ElementTree.ParseError as damaged:
        raise TruthUnreadable(f"{pdf.name}: pdftotext tells nothing") from damaged
    for page in pages:
        lines = [_text_line(line) for line in page.iter() if line.tag.endswith("}line")]
        yield (float(page.get("width", 0)), float(page.get("height", 0))), [line for line in lines if not _is_page_number(line)]


def _text_line(line: ElementTree.Element) -> TextLine:
    words = tuple(" ".join((word.text or "").split()) for word in line if word.tag.endswith("}word"))
    x0, y0, x1, y1 = (float(line.get(side, 0)) for side in ("xMin", "yMin", "xMax", "yMax"))
    return words, (x0, y0, x1, y1)


def _is_page_number(line: TextLine) -> bool:
    return len(line[0]) == 1 and re.fullmatch(r"-?\d{1,3}-?", line[0][0]) is not None


def _has_a_neighbour(place: int, lines: list[TextLine]) -> bool:
    """Whether another line stands on the same height: columns, not running text."""
    _, (_, top, _, bottom) = lines[place]
    middle = (top + bottom) / 2
    return any(other != place and box[1] < middle < box[3] for other, (_, box) in enumerate(lines))


def _scaled(box: Floats, scale: tuple[float, float]) -> Box:
    x0, y0, x1, y1 = box
    return (round(x0 * scale[0]), round(y0 * scale[1]), round(x1 * scale[0]), round(y1 * scale[1]))


def _printed(pdf: Path, number: int, folder: Path) -> np.ndarray:
    target = folder / "printed-page"
    page = str(number)
    subprocess.run(["pdftoppm", "-r", str(DPI), "-f", page, "-l", page, "-singlefile", str(pdf), str(target)], check=True)
    with Image.open(target.with_suffix(".ppm")) as picture:
        return np.array(picture.convert("RGB"))
