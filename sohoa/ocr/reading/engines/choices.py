"""Tesseract's hOCR in, a reading out: words with their boxes, and for each letter what the network also considered.

With `lstm_choice_mode=2` every word carries one list for each place where the network saw something, spaces included, and in each
list the letters it weighed there. The lists are matched to the letters of the word; where that fails the word stays without them.
"""

from __future__ import annotations

import math
import re
from statistics import median
from xml.etree import ElementTree

from sohoa.kernel.text import nfc
from sohoa.ocr.model import Box
from sohoa.ocr.reading.recogniser import Choice, Letter, Reading, ReadLine, ReadWord

_BOX = re.compile(r"\bbbox (-?\d+) (-?\d+) (-?\d+) (-?\d+)")
_CONFIDENCE = re.compile(r"\bx_wconf (\d+)")
_BASELINE = re.compile(r"\bbaseline (-?[\d.]+)")
_LINE_KINDS = frozenset({"ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat"})
# Two thirds of the letters listed were given no weight at all. Gone before the XML is read, they cost a third of the time.
_WEIGHTLESS = re.compile(rb"<span class='ocrx_cinfo' id='choice_[\d_]+' title='x_confs 0'>[^<]*</span>")
# Tesseract sometimes answers with a fraction slash; Vietnamese dates and notations are written with the ordinary one.
_SLASH = str.maketrans("\u2044", "/")
# No Vietnamese paper has a section sign; an 8 alone in a cell is read as one.
_LONE_EIGHT = "§"
# A dash between words, as it comes out where it is long or the scan is poor.
_POOR_DASH = re.compile("[-–—~¬]{2}|[~¬]")


def parse_hocr(hocr: bytes, *, reader: str = "tesseract") -> Reading:
    """Lines and words of a one-page hOCR. Words without a visible letter are dropped, then lines without words. Text is NFC.

    Raises ElementTree.ParseError.
    """
    lines: list[ReadLine] = []
    slopes: list[tuple[float, int]] = []
    for element in ElementTree.fromstring(_WEIGHTLESS.sub(b"", hocr)).iter():
        if element.get("class") not in _LINE_KINDS:
            continue
        title = element.get("title", "")
        words = tuple(word for word in map(_word, element.iterfind(".//*[@class='ocrx_word']")) if word is not None)
        box = _box_in(title)
        if not words or box is None:
            continue
        lines.append(ReadLine(words, box))
        slope = _BASELINE.search(title)
        if slope:
            slopes.append((float(slope[1]), max(box[2] - box[0], box[3] - box[1])))
    return Reading(reader, tuple(lines), _slant_of(slopes))


def _word(element: ElementTree.Element) -> ReadWord | None:
    title = element.get("title", "")
    text = " ".join(_plain(_text_of(element)).split())
    box, confidence = _box_in(title), _CONFIDENCE.search(title)
    if not text or box is None:
        return None
    if _POOR_DASH.fullmatch(text):
        text = "–"
    if text == _LONE_EIGHT:
        text = "8"
    places = [child for child in element if _is_choice(child)]
    return ReadWord(text, box, min(int(confidence[1]), 100) / 100 if confidence else 0.0, _letters(text, places))


def _text_of(element: ElementTree.Element) -> str:
    """The word itself, also when it stands inside <strong> or <em>, without the letters listed below it."""
    return (element.text or "") + "".join(_text_of(child) for child in element if not _is_choice(child))


def _is_choice(element: ElementTree.Element) -> bool:
    return element.get("class") == "ocrx_cinfo"


def _letters(text: str, places: list[ElementTree.Element]) -> tuple[Letter, ...]:
    """() unless there is one place for each letter, once the spaces before the word are left out."""
    spare = len(places) - len(text)
    if spare < 0 or " " in text:
        return ()
    if not all(_is_space(place) for place in places[:spare]):
        places = [place for place in places if not _is_space(place)]
        if len(places) != len(text):
            return ()
        spare = 0
    letters = tuple(_considered(place) for place in places[spare:])
    # A place that does not know the letter that was read belongs to another one, or its letter came from elsewhere.
    known = tuple(
        letter if any(choice.text == read for choice in letter) else () for read, letter in zip(text, letters, strict=True)
    )
    return known if any(known) else ()


def _is_space(place: ElementTree.Element) -> bool:
    return len(place) == 0 or not (place[0].text or "").strip()


def _considered(place: ElementTree.Element) -> Letter:
    """x_confs runs from 0 to 100."""
    return tuple(
        Choice(text, min(float(choice.get("title", "").removeprefix("x_confs ") or 0) / 100, 1.0))
        for choice in place
        if (text := _plain(choice.text or "").strip())
    )


def _plain(text: str) -> str:
    return nfc(text).translate(_SLASH)


def _box_in(title: str) -> Box | None:
    found = _BOX.search(title)
    if not found:
        return None
    x0, y0, x1, y1 = (int(number) for number in found.groups())
    return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None


def _slant_of(slopes: list[tuple[float, int]]) -> float:
    """slopes: rise over run, and the line's length in pixels. Long lines only: the slope of a page number is chance."""
    if not slopes:
        return 0.0
    longest = max(length for _, length in slopes)
    return round(math.degrees(math.atan(median(slope for slope, length in slopes if length * 2 >= longest))), 2)
