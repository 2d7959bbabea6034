"""Place and date of issue: `Hạ Long, ngày 05 tháng 01 năm 2024`. A day that no calendar has is never given back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sohoa.ocr.model import Field
from sohoa.ocr.understanding.header import Layout
from sohoa.ocr.understanding.strips import Strip, field_of, parted

FIRST_YEAR = 1945
# A day that reads as one bare digit is usually half a day written by hand: NĐ 30/2020 pads days below 10 and months 1 and 2.
BARE_DIGIT = 0.5
BY_PEN = 0.1
MENDED = 0.4
HEAD = 9  # letter heights below the motto within which the date stands
TOP = 0.3  # of the page's height, where a letterhead may end
RIGHT_OF = 0.45  # of the page's width: where the foot's date is centred, and quotations of other papers' dates mostly are not

_DATE = re.compile(r"\bng[aà]?y\s*(?P<day>\S{0,3}?)\s*th[aà]?ng\s*(?P<month>\S{1,3}?)\s*n[aà]?m\s*(?P<year>\S{4,5})")
# `Sinh ngày …`, `Cấp ngày …` on certificates.
_NO_PLACES = frozenset({"sinh", "cấp", "từ", "đến", "kể", "lập", "trước", "sau", "chết", "mất"})
# `Hôm nay, ngày …, tại Đức Thuận, chúng tôi gồm có:`; a house or a room is no place of issue.
_AT = re.compile(r"[\s,.;']*tại ((?:[^\W\d_a-z][^\W\d_]+ ?){1,4})(?=[,;:.])")
_DOTTED = re.compile(r"(?<=[^\W\d]{3})\.\s+")  # `Tân. Lộc`: dirt; `TP. Vạn Hải` keeps its own
_WRITTEN_YEAR = re.compile(r"(?:năm |/)((?:19|20)\d\d)\b")
_BEGINS = re.compile(r"\bng[aà]?y")
_DIGITS = str.maketrans("OoØøQDlI|!]BgðSsZz", "000000111118955522")
_SPECKS = str.maketrans("", "", ",.'`")  # inside a number: `0,2`


@dataclass(frozen=True, slots=True)
class Dated:
    """issued: None when the line is there but cannot be trusted. place: None where nothing stands before `ngày`."""

    issued: Field | None
    place: Field | None


@dataclass(frozen=True, slots=True)
class _Years:
    """latest: the last year that is believed. named: those that the paper's text names."""

    latest: int
    named: frozenset[int]

    def meant_by(self, read: int) -> int | None:
        """The one year of the text that a year to come differs from in one figure: 2026 of 2096."""
        near = [year for year in self.named if sum(one != other for one, other in zip(str(year), str(read), strict=False)) == 1]
        fits = [year for year in near if FIRST_YEAR <= year <= self.latest]
        return fits[0] if len(fits) == 1 else None


def _years(layouts: Sequence[Layout]) -> Iterator[int]:
    for layout in layouts:
        for strip in layout.strips:
            yield from (int(found[1]) for found in _WRITTEN_YEAR.finditer(strip.text.casefold()))


def find_date(layouts: Sequence[Layout], *, latest: int) -> Dated | None:
    """The line of place and date: right column of the first page's head, else the foot of the last page that has one.

    Contracts and minutes may say `Hôm nay, ngày …` on their first page instead. latest: the last year that is believed.
    """
    if not layouts:
        return None
    first = layouts[0]
    years = _Years(latest, frozenset(_years(layouts)))
    for strip in first.right(HEAD) if first.found else _top(first):
        dated = _dated(strip, years)
        if dated:
            return dated
    foot = [
        strip for layout in reversed(layouts) for strip in reversed(layout.strips) if strip.centre > RIGHT_OF * layout.page.width
    ]
    signed = [dated for strip in foot if (dated := _dated(strip, years)) and dated.place]
    opened = [dated for strip in first.strips if (dated := _opening(strip, years))]
    found = signed + opened
    return next((dated for dated in found if dated.issued), found[0] if found else None)


def _top(layout: Layout) -> list[Strip]:
    """Without a national head, number and date share a line under the letterhead: the line's parts, cut at its wide gaps."""
    lines = [strip for strip in layout.strips if strip.bbox[1] < TOP * layout.page.height]
    return [part for strip in lines for part in parted(strip, layout.unit)]


def _dated(strip: Strip, years: _Years) -> Dated | None:
    """A strip that is such a line and nothing else: at most six words of place, then the date, then nothing."""
    begins = _BEGINS.search(strip.folded)
    if not begins or begins.start() == 0 or ("thang" not in strip.folded and "nam" not in strip.folded):
        return None
    start = next((at for at, letter in enumerate(strip.text[: begins.start()]) if letter.isalnum()), 0)
    before = strip.text[start : begins.start()].rstrip(" ,.;:-")
    # A digit before the day is another paper's number: `Căn cứ Quyết định số 416/QĐ-UBND ngày …`.
    if not before or len(before.split()) > 6 or not before[0].isupper() or any(map(str.isdigit, before)):
        return None
    found = _DATE.search(strip.folded, begins.start())
    if found and len(strip.text) - found.end() > 4:
        return None
    before = _DOTTED.sub(" ", before)
    syllables = before.replace(".", " ").replace("-", " ").split() or [""]
    named = (
        syllables[0].casefold() not in _NO_PLACES
        and all(word.isalpha() and word[0].isupper() and len(word) > 1 for word in syllables)
        and not before.isupper()
    )
    place = field_of(before, strip.words_at(start, begins.start() - 1), strip.page) if named else None
    return Dated(_issued(strip, found, years) if found else None, place)


def _opening(strip: Strip, years: _Years) -> Dated | None:
    if not strip.folded.lstrip(" |-").startswith("hom nay"):
        return None
    found = _DATE.search(strip.folded)
    at = _AT.match(strip.text, found.end()) if found else None
    place = field_of(at[1], strip.words_at(at.start(1), at.end(1)), strip.page) if at else None
    return Dated(_issued(strip, found, years) if found else None, place)


def _issued(strip: Strip, found: re.Match[str], years: _Years) -> Field | None:
    numbers: list[int] = []
    doubt = 1.0
    for part in ("day", "month", "year"):
        read = strip.text[found.start(part) : found.end(part)].strip(".,_'` ")
        mended = read.translate(_SPECKS).translate(_DIGITS)
        if not (mended.isascii() and mended.isdigit()):
            return None
        doubt *= MENDED if mended != read else 1.0
        doubt *= BARE_DIGIT if part == "day" and len(mended) < 2 else 1.0
        numbers.append(int(mended))
    day, month, year = numbers
    if year > years.latest:
        year, doubt = years.meant_by(year) or year, doubt * MENDED
    if not FIRST_YEAR <= year <= years.latest:
        return None
    try:
        issued = date(year, month, day)
    except ValueError:
        return None
    words = strip.words_at(found.start("day"), found.end("year"))
    doubt *= BY_PEN if any(word.handwritten for word in words) else 1.0
    field = field_of(issued.isoformat(), words, strip.page, doubt=doubt)
    return replace(field, raw=strip.text[found.start("day") : found.end("year")])
