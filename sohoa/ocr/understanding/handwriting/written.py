"""Number and date of issue where a clerk's pen wrote them.

    blanks = looked_at(layouts, pictures)
    written_fields(layouts, blanks, pictures, evidence=NOTHING) -> {"code_number": Field, "issued_date": Field}, where a pen wrote
    in_ink(blanks, name, field) -> the field as printed, confirmed or contradicted by the reader of digits

For understand() to lay over its ordinary fields: what a reader of print says about a pen's digits is worth little, and is weighed here
as one reading among others. Cheap for printed papers: no picture is asked for where everything was plainly read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from sohoa.ocr.imaging.preparing.pixels import Colour, Grey
from sohoa.ocr.model import Alternative, Field, around
from sohoa.ocr.understanding.dates import find_date
from sohoa.ocr.understanding.handwriting.blanks import Blank, Blanks, find_blanks
from sohoa.ocr.understanding.handwriting.places import Place, date_places, number_place
from sohoa.ocr.understanding.handwriting.reader import read_digits
from sohoa.ocr.understanding.handwriting.weighing import Evidence, Weighed, pooled, weigh_date, weigh_number, within
from sohoa.ocr.understanding.header import Layout

Pictures = Callable[[int], Grey | Colour]
NOTHING = Evidence()
PLAIN = 0.9  # print is read so surely
SURELY = 0.8  # and told from a pen's so surely
# The reader of digits against the page's reader, on print: measured on 288 printed places, 273 the same.
SAME, OTHER, CONTRADICTED = 0.5, 0.8, 0.3
OWN_TEXT = "own_text"  # the step of a page whose own file says what stands on it
LONGEST_NUMBER, LONGEST_CODE = 5, 12  # digits of a number before its notation, and of a certificate's
DIGIT_WIDTH = 0.5  # of the writing's height; narrower than most digits
NUMBERS, DAYS, MONTHS = range(1, 10**LONGEST_CODE), range(1, 32), range(1, 13)
# Digits as a reader of print sees a pen's.
_ALIKE = str.maketrans("OoØøQDÐlI|!]ÌìÍíZzSsBbg", "00000001111111112255869")
TOO_SHORT = 0.05  # chance of a reading with fewer digits than there are strokes apart, against what the reader thinks
_AROUND = " .,:;_-'\"“”"


def looked_at(layouts: Sequence[Layout], pictures: Pictures) -> Blanks:
    """The first page's places of number, day and month; none where everything was plainly read.

    pictures: the upright pixels of a page, by its number, in the system of its layout's boxes.
    """
    return (_looked_at(layouts[0], pictures) if layouts else None) or Blanks()


def written_fields(layouts: Sequence[Layout], blanks: Blanks, pictures: Pictures, evidence: Evidence = NOTHING) -> dict[str, Field]:
    """layouts: of the pages that are understood, in order. blanks: of the first, by `looked_at`.

    A confidence of 0.9 and more only where a witness agrees (`Field.witnesses`), at most 0.75 otherwise. `raw` is what the page
    reader saw. The date's box spans from day to month. Raises what `pictures` and read_digits() raise.
    """
    number = blanks.number if blanks.number and _by_pen(blanks.number) else None
    dated = _dated(layouts, blanks, pictures)
    days, months, year = _readings_of(dated, evidence) if dated else ((), (), None)
    issued = weigh_date(days, months, year, evidence) if year else None
    readings = within(_readings(number, longest=_longest(number)), NUMBERS) if number else ()
    numbered = weigh_number(readings, evidence, issued=_known_date(issued, layouts, evidence)) if number else None
    if issued and year and not issued.witnesses and numbered and numbered.witnesses:
        issued = weigh_date(days, months, year, evidence, number=int(numbered.value))
    fields: dict[str, Field] = {}
    if number and numbered:
        fields["code_number"] = _field(numbered, (number,))
    if dated and issued:
        fields["issued_date"] = _field(issued, [blank for blank in (dated.day, dated.month) if blank])
    return fields


def _looked_at(layout: Layout, pictures: Pictures) -> Blanks | None:
    """None where everything was plainly read, or there is nothing to look at: decoding a page costs a tenth of a second."""
    if OWN_TEXT in layout.page.steps:
        return None
    number, dates = number_place(layout), date_places(layout)
    places = [place for place in (number, dates.day, dates.month) if place]
    unread = number is None and layout.found and dates.day is not None
    if not places or (all(map(_is_plain, places)) and not unread):
        return None
    return find_blanks(layout, pictures(layout.page.number))


def _is_plain(place: Place) -> bool:
    digits = place.raw.strip(_AROUND)
    return digits.isdigit() and all(word.confidence >= PLAIN and not word.handwritten for word in place.inside)


def in_ink(blanks: Blanks, name: str, field: Field) -> Field:
    """The field with "ink" among its witnesses where the reader of digits, who reads no other letter, sees the same in print;
    where it surely sees something else, with that as an alternative and in doubt. name: code_number or issued_date.
    """
    if name == "code_number":
        places = [(blanks.number, field.value)]
    else:
        places = [(blanks.month, field.value[5:7]), (blanks.day, field.value[8:10])]
    seen = [_compared(blank, digits) for blank, digits in places if blank and not _by_pen(blank)]
    other = next((reading for reading in seen if isinstance(reading, Alternative)), None)
    if other:
        return replace(
            field,
            confidence=round(field.confidence * CONTRADICTED, 4),
            alternatives=(*field.alternatives, *_said(other, name)),
            doubts=(*field.doubts, f"ink_differs:{other.value}"),
        )
    if len(seen) == len(places) and all(seen):
        return replace(field, witnesses=(*field.witnesses, "ink"))
    return field


def _compared(blank: Blank, digits: str) -> Alternative | bool:
    """True: the same; an Alternative: surely something else; False: neither."""
    readings = read_digits(blank.ink, longest=_longest(blank)) if blank.ink.size else ()
    if not readings or not digits.isdigit():
        return False
    best = readings[0]
    if int(best.value) == int(digits):
        return best.confidence >= SAME
    return best if best.confidence >= OTHER else False


def _said(other: Alternative, name: str) -> tuple[Alternative, ...]:
    return (replace(other, confidence=round(1 - CONTRADICTED, 4)),) if name == "code_number" else ()


def _by_pen(blank: Blank) -> bool:
    """Where ink and print differ little, what was plainly read is print; else a person looks, with a pen's readings to choose from."""
    return blank.state != "empty" and (blank.written if blank.sure >= SURELY else blank.read < PLAIN)


def _dated(layouts: Sequence[Layout], first: Blanks, pictures: Pictures) -> Blanks | None:
    """The page's blanks on which a pen wrote day or month: the first's, else, where that bears no date, the last one's that does."""
    for blanks in (first, *_later(layouts, pictures)):
        if blanks.day or blanks.month:
            return blanks if any(blank and _by_pen(blank) for blank in (blanks.day, blanks.month)) else None
    return None


def _later(layouts: Sequence[Layout], pictures: Pictures) -> Sequence[Blanks]:
    if not layouts or date_places(layouts[0]).day:
        return ()
    last = next((layout for layout in reversed(layouts[1:]) if date_places(layout).day), None)
    return (blanks,) if last and (blanks := _looked_at(last, pictures)) else ()


def _readings_of(dated: Blanks, evidence: Evidence) -> tuple[Sequence[Alternative], Sequence[Alternative], Alternative | None]:
    """Of day, month and year."""
    days = within(_readings(dated.day, longest=2), DAYS) if dated.day else ()
    months = within(_readings(dated.month, longest=2), MONTHS) if dated.month else ()
    if dated.year:
        return days, months, Alternative(dated.year, dated.year_read)
    # A stamp may cover the year; a paper is signed in its own year, or days later.
    return days, months, Alternative(str(min(evidence.signature_dates).year), PLAIN) if evidence.signature_dates else None


def _readings(blank: Blank, *, longest: int) -> tuple[Alternative, ...]:
    seen = blank.raw.strip(_AROUND).translate(_ALIKE).replace(" ", "")
    seen = seen if seen.isascii() and seen.isdigit() and len(seen) <= longest else ""
    if not _by_pen(blank) and seen:
        return (Alternative(seen, blank.read),)
    read = read_digits(blank.ink, longest=longest) if blank.ink.size else ()
    return pooled(_counted(read, blank.digits), seen, blank.read)


def _counted(readings: Sequence[Alternative], digits: int) -> tuple[Alternative, ...]:
    """The reader was taught that a stroke at the end may be a slash; here none is left, and strokes that stand apart are digits."""
    kept = [one.confidence * (1.0 if len(one.value) >= digits else TOO_SHORT) for one in readings]
    scale = sum(one.confidence for one in readings) / sum(kept) if any(kept) else 0.0
    counted = [replace(one, confidence=scale * chance) for one, chance in zip(readings, kept, strict=True)]
    return tuple(sorted(counted, key=lambda one: -one.confidence))


def _longest(blank: Blank) -> int:
    """As many digits as have room in it: a certificate's number is longer than what stands before a notation."""
    height, width = blank.ink.shape
    return min(LONGEST_CODE, max(LONGEST_NUMBER, round(width / (DIGIT_WIDTH * height)))) if blank.ink.size else LONGEST_NUMBER


def _known_date(issued: Weighed | None, layouts: Sequence[Layout], evidence: Evidence) -> date | None:
    """The paper's date where it is sure enough to place its number by it: printed and plainly read, or confirmed."""
    if issued:
        return date.fromisoformat(issued.value) if issued.witnesses and issued.confidence >= PLAIN else None
    printed = find_date(layouts, latest=(evidence.today or date.max).year)
    field = printed.issued if printed else None
    return date.fromisoformat(field.value) if field and field.confidence >= PLAIN else None


def _field(weighed: Weighed, blanks: Sequence[Blank]) -> Field:
    return Field(
        value=weighed.value,
        confidence=weighed.confidence,
        page=blanks[0].page,
        bbox=around(blank.bbox for blank in blanks),
        raw=" … ".join(blank.raw for blank in blanks if blank.raw),
        alternatives=weighed.best,
        witnesses=weighed.witnesses,
        doubts=weighed.doubts,
    )
