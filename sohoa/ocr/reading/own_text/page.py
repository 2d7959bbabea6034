"""The way in: a page's own text when the file's text is what people see on the page, else None and the page is read by OCR."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pikepdf import Page

from sohoa.ocr.imaging.errors import DamagedImage, EncryptedPdf, TruncatedPdf
from sohoa.ocr.imaging.intake import Intake
from sohoa.ocr.imaging.pdf_structure import opened_pdf, page_box
from sohoa.ocr.model import Box, Line, PageImage, PageText, Word, around
from sohoa.ocr.reading.own_text.conversion import NO_WORD, Conversion, in_unicode
from sohoa.ocr.reading.own_text.extract import Place, font_spans, own_blocks, written_words
from sohoa.ocr.reading.own_text.ink import Held, held_against
from sohoa.ocr.reading.own_text.judge import is_healthy
from sohoa.ocr.reading.own_text.legacy import Kind
from sohoa.ocr.reading.own_text.order import in_reading_order
from sohoa.ocr.reading.own_text.orders import Orders, displayed_area, has_fonts, orders_of

Reason = Literal[
    "own_text",
    "not_pdf",
    "whole_scan",  # one picture and nothing else that shows
    "no_text",
    "too_complex",  # past the bounds for orders of drawing, or packed in a way we do not unpack
    "hidden_text",  # somebody else's OCR, or text painted over
    "stamp_only",
    "picture",  # a picture that is no plain background takes more than PICTURE of the page
    "damaged",
    "not_extracted",  # poppler failed or ran into its limits
    "broken_text",  # not words
    "text_without_ink",
    "print_without_text",
]

PICTURE = 1 / 3  # of the page; a pasted seal or signature takes 0.2 to 3 %
# Seals, signatures and logos carry letters that are no part of the text; a picture above this share of the page is held to it.
SMALL_PICTURE = 0.06
PLAIN = 0.02  # share of dark pixels in a background; watermarks of certificates are lighter than ink
HIDDEN_SHARE = 0.01
FEWEST_ON_PICTURE = 40  # letters; below, text over a large picture is a stamp or a page number
INKLESS_SHARE = 0.10  # of all letters
UNREAD_SHARE, UNREAD_FEW = 0.03, 20  # letter-like marks outside the text: of all letters, and what is always forgiven

# What signing programs print beside a seal. Matched on whole lines of the text.
_STAMP = re.compile(
    r"(?i)\b(?:(?:người )?ký (?:bởi|số bởi)|người ký|signed by|digitally signed|signature (?:not )?(?:valid|verified)|(?:thời gian|ngày) ký|"
    r"email|cơ quan|tổ chức|date|reason|location|đơn vị)\s*:|signature not verified|@[\w.-]+\.\w+$|\b\d\d[.:]\d\d[.:]\d\d\b|\+07:?'?00"
)
_FEW = 20  # letters beside a stamp that do not make a text


@dataclass(frozen=True, slots=True)
class OwnText:
    """text: None when the page is to be read by OCR, for `reason`. legacy: the old encodings that were converted, sorted."""

    text: PageText | None
    reason: Reason
    legacy: tuple[Kind, ...] = ()


def own_text(source: Path, intake: Intake, image: PageImage, *, workspace: Path) -> PageText | None:
    """The text of page `image.number` as the file itself has it, or None when the page must be read by OCR.

    source: the file that `image` was made from. workspace: an existing folder; nothing stays in it.
    Words are NFC; confidence is 1 for Unicode text and what conversion.py says for text from an old encoding. skew is 0; rotation
    sets sideways text upright; steps is ("own_text",) and then the old encodings converted. Boxes are tight around the ink.
    Costs nothing for a lifted scan. Raises kernel's ProgramMissing.
    """
    return looked_for(source, intake, image, workspace=workspace).text


def looked_for(source: Path, intake: Intake, image: PageImage, *, workspace: Path) -> OwnText:
    """As own_text, with the reason."""
    if intake.kind != "pdf":
        return OwnText(None, "not_pdf")
    if image.lifted:  # pdf_pages has followed the orders: one picture, no ink beside it
        return OwnText(None, "whole_scan")
    try:
        with opened_pdf(source) as pdf:
            page = pdf.pages[image.number - 1]
            if not has_fonts(page):
                return OwnText(None, "no_text")
            orders = orders_of(page)
            sheet = _sheet(page)
    except (TruncatedPdf, EncryptedPdf):
        return OwnText(None, "damaged")
    reason = "too_complex" if orders is None else _reason_to_refuse(orders)
    if orders is None or reason is not None:
        return OwnText(None, reason or "too_complex")
    blocks = own_blocks(source, image.number, upright=sheet.points, workspace=workspace)
    written = written_words(source, image.number, upright=sheet.points, workspace=workspace)
    if blocks is None or written is None:
        return OwnText(None, "not_extracted")
    found = in_unicode(
        in_reading_order(blocks, written),
        orders.fonts,
        lambda: font_spans(source, image.number, shown=sheet.shown, workspace=workspace),
    )
    return _judged(found, orders, image)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """points: width and height of the displayed page. shown: the part of the displayed media box that it is."""

    points: tuple[float, float]
    shown: Place


def _sheet(page: Page) -> _Sheet:
    x0, y0, x1, y1 = page_box(page)
    turned = int(page.obj.get("/Rotate", 0)) % 360
    sides = [float(page.mediabox[index]) for index in range(4)]
    # The crop box lies within the media box, or stands for one without extent.
    media = (min(sides[0], sides[2], x0), min(sides[1], sides[3], y0), max(sides[0], sides[2], x1), max(sides[1], sides[3], y1))
    points = (y1 - y0, x1 - x0) if turned in (90, 270) else (x1 - x0, y1 - y0)
    return _Sheet(points, displayed_area(media, [(x0, y0), (x1, y1)], turned))


def _reason_to_refuse(orders: Orders) -> Reason | None:
    """What the orders alone tell, before a program is started."""
    if orders.letters == 0:
        return "hidden_text" if orders.hidden else "stamp_only" if orders.noted else "no_text"
    if orders.hidden > max(5, HIDDEN_SHARE * orders.letters):
        return "hidden_text"
    if orders.covered >= PICTURE:
        if orders.letters < FEWEST_ON_PICTURE:
            return "stamp_only"
        if orders.in_programs > orders.letters / 2:  # a scan whose letters were cut out and made into fonts by an OCR program
            return "picture"
    return None


def _judged(found: Conversion, orders: Orders, image: PageImage) -> OwnText:
    words = [word for line in found.lines for word in line]
    if not is_healthy(word.text for word in words):
        return OwnText(None, "broken_text")
    if _is_stamp_only([" ".join(word.text for word in line) for line in found.lines]):
        return OwnText(None, "stamp_only")
    areas = (*orders.pictures, *orders.notes)
    try:
        held = held_against(
            image,
            [_pixels(word.place, image) for word in words],
            leave_out=[_pixels(area, image) for area in areas if _size(area) <= SMALL_PICTURE],
            pictures=[_pixels(area, image) for area in orders.pictures],
        )
    except DamagedImage:
        return OwnText(None, "damaged")
    letters = sum(len(word.text) for word in words)
    inkless = sum(len(word.text) for word, box in zip(words, held.boxes, strict=True) if box is None)
    if inkless > INKLESS_SHARE * letters:
        return OwnText(None, "text_without_ink")
    if orders.covered >= PICTURE and held.stained > PLAIN:
        return OwnText(None, "picture")
    if held.unread > max(UNREAD_FEW, UNREAD_SHARE * letters):
        return OwnText(None, "print_without_text")
    return OwnText(_page_text(found, held, orders.turn, image), "own_text", found.legacy)


def _page_text(found: Conversion, held: Held, turn: int, image: PageImage) -> PageText:
    """In the frame in which most of the text is upright."""
    size = (image.width, image.height)
    boxes = iter(held.boxes)
    lines: list[Line] = []
    for line in found.lines:
        words = [
            Word(word.text, _turned(box, turn, size), word.confidence, doubtful=word.confidence <= NO_WORD)
            for word in line
            if (box := next(boxes)) is not None
        ]
        if words:
            lines.append(Line(tuple(words), around(word.bbox for word in words)))
    width, height = (size[1], size[0]) if turn in (90, 270) else size
    return PageText(image.number, width, height, image.dpi, turn, 0.0, False, tuple(lines), steps=("own_text", *found.legacy))


def _is_stamp_only(lines: Sequence[str]) -> bool:
    beside = [line for line in lines if not _STAMP.search(line)]
    return len(beside) < len(lines) and sum(map(str.isalpha, "".join(beside))) < _FEW


def _pixels(place: Place, image: PageImage) -> Box:
    """Within the picture, at least one pixel each way."""
    x0, y0 = min(int(place[0] * image.width), image.width - 1), min(int(place[1] * image.height), image.height - 1)
    x0, y0 = max(0, x0), max(0, y0)
    x1, y1 = min(math.ceil(place[2] * image.width), image.width), min(math.ceil(place[3] * image.height), image.height)
    return x0, y0, max(x0 + 1, x1), max(y0 + 1, y1)


def _size(place: Place) -> float:
    return (place[2] - place[0]) * (place[3] - place[1])


def _turned(box: Box, turn: int, size: tuple[int, int]) -> Box:
    """After a turn clockwise of a picture of this size."""
    x0, y0, x1, y1 = box
    wide, high = size
    if turn == 90:
        return high - y1, x0, high - y0, x1
    if turn == 180:
        return wide - x1, high - y1, wide - x0, high - y0
    if turn == 270:
        return y0, wide - x1, y1, wide - x0
    return box
