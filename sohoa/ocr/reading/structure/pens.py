"""Numbers, days and months that a pen filled into a printed head.

A clerk writes them into blanks that the typist left: `Số: … /QĐ-UBND`, `ngày … tháng … năm 2026`. What is written there is told from
print by the print on the same line: taller and thicker than the year or the notation, or blue.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sohoa.kernel.text import fold
from sohoa.ocr.imaging.preparing.pixels import Colour, Grey
from sohoa.ocr.model import Box, Line, Word
from sohoa.ocr.reading.structure import zones
from sohoa.ocr.reading.structure.strokes import Glyphs, glyphs

# How much taller and thicker than the print of its line a word must be, by how surely it was read: print is read surely, and noise
# makes a printed digit seem up to a third taller. Measured on 10 real first pages: printed 0.95 to 1.05 and 0.8 to 1.25, written 1.2
# to 1.6 and 1.05 to 2; only blue ink tells writing on bad scans from print.
NEEDED = ((0.9, 1.2, 1.3), (0.8, 1.12, 1.15), (0.0, 1.12, 1.0))
UNSURE = 0.5  # within a text only words read with less are looked at
SCRAP = 0.6  # letters made of a signature's strokes are read with less
BLUE = 0.2  # share of the ink; print has none, whatever JPEG does
AROUND = 0.12  # of a word's height, looked at above and below its box
_LABEL = re.compile(r"^\W*s[o06]\W*$|^so$")
_NOTATION = re.compile(r"[A-ZĐƯ]{2}|/.*[A-ZĐ]")
# Letters of Times New Roman, in ems, near enough to find the place of a slash inside a word.
_WIDTHS = {"/": 0.28, "-": 0.33, "–": 0.5, ".": 0.25, ",": 0.25}


@dataclass(frozen=True, slots=True)
class _Slot:
    """word: its number on the line. box: the part of it that may be written. print: boxes on the line that are surely printed."""

    word: int
    box: Box
    print: tuple[Box, ...]


def with_pens(line: Line, pixels: Grey | Colour) -> Line:
    """The line with its handwritten words marked. pixels: of the upright page."""
    written = {slot.word for slot in _slots(line) if _is_written(line.words[slot.word], slot, pixels)}
    if not written:
        return line
    words = tuple(replace(word, handwritten=True) if number in written else word for number, word in enumerate(line.words))
    return replace(line, words=words)


def with_strokes(line: Line, signed: Sequence[Box]) -> Line:
    """The line with what was read of a signature marked: words in its place that nobody was sure of."""
    if line.zone != zones.SIGNATURE:
        return line
    return replace(line, words=tuple(replace(word, handwritten=True) if _is_stroke(word, signed) else word for word in line.words))


def _is_stroke(word: Word, signed: Sequence[Box]) -> bool:
    x, y = (word.bbox[0] + word.bbox[2]) / 2, (word.bbox[1] + word.bbox[3]) / 2
    return word.confidence < SCRAP and any(box[0] <= x < box[2] and box[1] <= y < box[3] for box in signed)


def _slots(line: Line) -> list[_Slot]:
    if line.zone == zones.CODE_NUMBER:
        return _number_slots(line.words)
    if line.zone == zones.PLACE_DATE:
        return _date_slots(line.words)
    return _blanks(line.words) if line.zone == zones.BODY else []


def _number_slots(words: Sequence[Word]) -> list[_Slot]:
    label = next((number for number, word in enumerate(words) if _LABEL.match(fold(word.text))), None)
    notation = next((number for number, word in enumerate(words) if _NOTATION.search(word.text)), None)
    if label is None or notation is None or notation <= label:
        return []
    text = words[notation].text
    cut = text.find("/")
    here = _share(words[notation], cut + 0.5, len(text)) if cut > 0 else words[notation].bbox
    slots = [_Slot(number, words[number].bbox, (here,)) for number in range(label + 1, notation)]
    if cut > 0:
        slots.append(_Slot(notation, _share(words[notation], 0, cut), (here,)))
    return slots


def _date_slots(words: Sequence[Word]) -> list[_Slot]:
    said = {name: _starting(words, name) for name in ("ngay", "thang", "nam")}
    year = next((number for number, word in enumerate(words) if re.search(r"(?:19|20)\d\d", word.text)), None)
    if year is None:
        return []
    slots: list[_Slot] = []
    for before, after in (("ngay", "thang"), ("thang", "nam")):
        first, last = said[before], said[after]
        if first is None or last is None or not first < last <= year:
            continue
        if len(words[first].text) > len(before):
            rest = _share(words[first], len(before), len(words[first].text))
            slots.append(_Slot(first, rest, (words[year].bbox,)))
        slots.extend(_Slot(number, words[number].bbox, (words[year].bbox,)) for number in range(first + 1, last))
    return slots


def _blanks(words: Sequence[Word]) -> list[_Slot]:
    """`Quyết định số … /QĐ-UBND ngày …/02/2025` within a text: numbers that were not yet known when it was printed.

    Texts are full of such numbers, and nearly all are printed; only what no reader was sure of is looked at.
    """
    slots: list[_Slot] = []
    asked, asked_at = "", -1
    for number, word in enumerate(words):
        cut = word.text.find("/")
        if cut >= 0 and asked:
            rest = _share(word, cut + 0.5, len(word.text))
            written = range(number - 2, number) if cut == 0 else ()
            slots.extend(
                _Slot(at, words[at].bbox, (rest,)) for at in written if at >= 0 and words[at].confidence < UNSURE and at > asked_at
            )
            if cut > 0 and word.confidence < UNSURE:
                slots.append(_Slot(number, _share(word, 0, cut), (rest,)))
        folded = fold(word.text).strip(".:,")
        if folded in ("so", "ngay"):
            asked, asked_at = folded, number
        elif cut >= 0 or (asked and number - asked_at > 2):
            asked = ""
    return slots


def _starting(words: Sequence[Word], name: str) -> int | None:
    return next((number for number, word in enumerate(words) if fold(word.text).startswith(name)), None)


def _share(word: Word, start: float, end: int) -> Box:
    """The box of its letters [start, end)."""
    widths = [_WIDTHS.get(letter, 0.68 if letter.isupper() else 0.5) for letter in word.text]
    total = sum(widths)
    x0, y0, x1, y1 = word.bbox
    whole = int(start)
    left = (sum(widths[:whole]) + (start - whole) * widths[min(whole, len(widths) - 1)]) / total
    right = sum(widths[:end]) / total
    return (round(x0 + left * (x1 - x0)), y0, round(x0 + right * (x1 - x0)), y1)


def evidence(slot: _Slot, pixels: Grey | Colour) -> tuple[float, float, float] | None:
    """How much taller and thicker than the print it is, and how blue. None where there is nothing to compare."""
    here = _seen(slot.box, pixels)
    there = [seen for box in slot.print if (seen := _seen(box, pixels)) is not None]
    if here is None or not there or there[0].height <= 0 or there[0].width <= 0:
        return None
    # The tallest: where one of two digits is as low as print, the other is not. Noise seldom makes a printed digit so tall.
    height = max(box[3] for box in here.boxes)
    return height / there[0].height, here.width / there[0].width, here.blue


def _seen(box: Box, pixels: Grey | Colour) -> Glyphs | None:
    over = round(AROUND * (box[3] - box[1]))
    return glyphs(pixels, (box[0] - 1, box[1] - over, box[2] + 1, box[3] + over))


def _is_written(word: Word, slot: _Slot, pixels: Grey | Colour) -> bool:
    found = evidence(slot, pixels)
    if found is None:
        return False
    taller, thicker, blue = found
    if blue > BLUE:
        return True
    least = next(least for confidence, *least in NEEDED if word.confidence >= confidence)
    return taller > least[0] and thicker > least[1]
