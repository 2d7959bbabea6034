"""Where number, day and month of issue must stand, told by the words printed around them: `Số: ▢ /QĐ-UBND`, `ngày ▢ tháng ▢ năm 2025`.

What was read inside is only kept, never relied on: digits come as letters, glued to the word before, or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import Levenshtein

from sohoa.kernel.text import fold
from sohoa.ocr.model import Box, Word, mean_confidence
from sohoa.ocr.understanding.header import Layout
from sohoa.ocr.understanding.strips import Strip, strip_of

# Letters of the words around the blanks, in ems of Times New Roman; Arial's stand in nearly the same proportions.
_EMS = {"ngay": 1.944, "thang": 2.278, "nam": 1.722}
_YEAR_EMS, _LABEL_EMS = 2.0, 1.33
_EM = 0.95  # of a letter height, where no word tells it better
_WIDER = 1.13  # times what its letters need: a box that has swallowed what stands next to it
_WIDTHS = {"/": 0.28, "-": 0.33, "–": 0.5, ".": 0.25, ",": 0.25, "_": 0.5, "I": 0.33}
_LABEL = re.compile(r"^[\W_]{0,3}(?:ma ?)?(?:s[o06øe]\b|s[o06ø](?=\d))\s*[:;.,]*\s*")
# A notation: surely by its slash; else by its capitals, which a pen's digits may be read as, too.
_CODED = (re.compile(r"/\s*[^\W\d]"), re.compile(r"[A-ZĐƯ]{2}|[A-ZĐƯ]\w{0,3}-"))
# What has a slash and is no line of place and date: 05/01/2024, 12/QĐ-UBND. A pen's digits may be read with one.
_OTHER_DATE = re.compile(r"/\s*(?:(?:19|20)\d\d|[A-ZĐƯ]{2})")
_YEAR = re.compile(r"(?:19|20)\d\d")
_GROUP = re.compile(r"[A-ZĐƯƠÔÂĂÊ][A-Za-zĐđƯư]*(?=\s*[-–.&/]|$)|[A-ZĐƯƠÔÂĂÊ]{2}")
NUMBER_LONGEST, DAY_LONGEST = 6.0, 2.0  # letter heights a number and a day can be wide where nothing ends them
WIDEST = 6  # ems between two words of a date, above which they do not belong together
HEAD = 9  # letter heights below the motto within which the date stands
RIGHT_OF, FOOT = 0.45, 0.3  # of the page's width and height: where the date at the foot is centred, and above which none is
LONGEST_LINE = 14  # words


Ends = Literal["word", "slash", "inside", "limit"]


@dataclass(frozen=True, slots=True)
class Place:
    """Between two printed words. left, right: x where the one ends and the other begins; None: only the ink can tell.

    ends: "word": at `right`; "slash": there about, with the slash of the notation; "inside": the same, but the slash is one letter of a
    word, and `right` a guess; "limit": with a slash before `right`, else there. words: of the whole line. print: boxes on it that are surely printed and hold
    something as tall as a digit, best first. texts, inside: what was read in between, and in which words.
    """

    words: tuple[Word, ...]
    left: float | None
    right: float | None
    ends: Ends
    print: tuple[Box, ...]
    texts: tuple[str, ...]
    inside: tuple[Word, ...]

    @property
    def raw(self) -> str:
        return " ".join(text for text in self.texts if text)

    @property
    def read(self) -> float:
        """How surely it was read, 0 where nothing was."""
        return mean_confidence(self.inside)


@dataclass(frozen=True, slots=True)
class DatePlaces:
    """year: the printed year as read, with its confidence; "" where none was read."""

    day: Place | None
    month: Place | None
    year: str
    year_read: float


# The number -----------------------------------------------------------------------------------------------------------


def number_place(layout: Layout) -> Place | None:
    """In the left column of the head, else on a line in the upper half of the page that begins with `Số`."""
    upper = [strip for strip in layout.strips if strip.bbox[1] < 0.5 * layout.page.height]
    left = [strip for strip in upper if layout.in_left(strip)]
    for strip in [*left, *(strip for strip in upper if strip not in left)]:
        if _is_labelled(strip):
            return _labelled(strip, layout)
    # `Số:` itself was not read: a notation alone on its line.
    unlabelled = (_unlabelled(strip) for strip in left if "/" in strip.text and strip.bbox[1] > layout.top)
    return next((place for place in unlabelled if place), None)


def _is_labelled(strip: Strip) -> bool:
    """Begins with `Số`, which a name of an agency may do as well (`SỞ TÀI CHÍNH`)."""
    begins = _LABEL.match(strip.folded)
    return begins is not None and (":" in begins[0] or ";" in begins[0] or bool(re.search(r"\d|/", strip.text)))


def _labelled(strip: Strip, layout: Layout) -> Place | None:
    begins = _LABEL.match(strip.folded)
    label = strip.words_at(0, len(begins[0].rstrip())) if begins else ()
    if begins is None or not label:
        return None
    last, others = label[-1], strip.words[len(label) :]
    left, texts, inside = float(last.bbox[2]), list[str](), list[Word]()
    behind = " ".join(word.text for word in label)[len(begins[0].rstrip()) :]
    if behind:
        if any(coded.search(behind) for coded in _CODED):
            return _in_one_word(last, len(last.text) - len(behind), strip)
        left = min(left, last.bbox[0] + _LABEL_EMS * _EM * layout.unit)
        texts.append(behind)
        inside.append(last)
    coded = next((at for shape in _CODED for at, word in enumerate(others) if shape.search(word.text)), None)
    if coded is None:
        return _without_notation(strip, others, left, texts, inside, layout.unit)
    notation = others[coded]
    at = _slash_in(notation.text)
    inside += [*others[:coded], *([notation] if at else [])]
    texts += [*(word.text for word in others[:coded]), notation.text[:at]]
    rest = (_share(notation, at, len(notation.text)), *(word.bbox for word in others[coded + 1 :]))
    return Place(strip.words, left, _share(notation, at, at + 1)[0], "inside" if at else "slash", rest, tuple(texts), tuple(inside))


def _without_notation(
    strip: Strip, others: Sequence[Word], left: float, texts: Sequence[str], inside: Sequence[Word], unit: float
) -> Place:
    """Its notation was read as something else, or it has none, as certificates have."""
    end = next((float(word.bbox[0]) for word in others if sum(map(str.isalpha, word.text)) > 2), None)
    if end is None:
        end = max([left + NUMBER_LONGEST * unit, *(word.bbox[2] + 0.3 * unit for word in others)])
    held = [word for word in others if word.bbox[2] <= end]
    return Place(strip.words, left, end, "limit", (), (*texts, *(word.text for word in held)), (*inside, *held))


def _in_one_word(word: Word, start: int, strip: Strip) -> Place:
    """`Số:05/QĐ-UBND` read as one word, whose number begins at letter `start`."""
    at = max(start, _slash_in(word.text))
    here = _share(word, at, len(word.text))
    return Place(strip.words, float(_share(word, 0, start)[2]), here[0], "inside", (here,), (word.text[start:at],), (word,))


def _unlabelled(strip: Strip) -> Place | None:
    at = next((number for number, word in enumerate(strip.words) if "/" in word.text), 0)
    notation = strip.words[at]
    cut = notation.text.find("/")
    if cut < 0 or not _GROUP.search(notation.text[cut:]):
        return None
    here = _share(notation, cut, len(notation.text))
    texts = (*(word.text for word in strip.words[:at]), notation.text[:cut])
    inside = (*strip.words[:at], *([notation] if cut else []))
    return Place(strip.words, None, here[0], "inside" if cut else "slash", (here,), texts, inside)


def _slash_in(text: str) -> int:
    """The letter of a word at which the notation begins: its slash, else the first group of capitals."""
    cut = text.find("/")
    if cut >= 0:
        return cut
    group = _GROUP.search(text)
    return group.start() if group else 0


def _share(word: Word, start: int, end: int) -> Box:
    """The box of its letters [start, end), by the widths letters usually have."""
    widths = [_WIDTHS.get(letter, 0.68 if letter.isupper() else 0.5) for letter in word.text]
    total = sum(widths) or 1.0
    x0, y0, x1, y1 = word.bbox
    left, right = sum(widths[:start]) / total, sum(widths[:end]) / total
    return (round(x0 + left * (x1 - x0)), y0, round(x0 + right * (x1 - x0)), y1)


# The date -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Anchors:
    """Numbers of the printed words on the line, and the year. em: of its type, in pixels."""

    ngay: int | None
    thang: int | None
    nam: int | None
    year: Word | None
    em: float


def date_places(layout: Layout) -> DatePlaces:
    """In the right column of the head, else on the last line of the page that is a place and a date and nothing else."""
    strip = _dated_strip(layout)
    if strip is None:
        return DatePlaces(None, None, "", 0.0)
    found = _anchors(strip.words)
    day = _date_place(strip.words, found, found.ngay, found.thang, "ngay", layout.unit)
    month = _date_place(strip.words, found, found.thang, found.nam, "thang", layout.unit)
    year = _YEAR.search(found.year.text) if found.year else None
    return DatePlaces(day, month, year[0] if year else "", found.year.confidence if found.year else 0.0)


def _dated_strip(layout: Layout) -> Strip | None:
    head = layout.right(HEAD)
    for strip in head:
        if _says_date(strip):
            return strip
        # The pen may have cut the line in two.
        beside = [other for other in head if abs(other.bbox[1] - strip.bbox[1]) < 0.6 * layout.unit]
        words = sorted((word for other in beside for word in other.words), key=lambda word: word.bbox[0])
        if len(beside) > 1 and _says_date(joined := strip_of(words, strip.page)):
            return joined
    width, height = layout.page.width, layout.page.height
    foot = [strip for strip in layout.strips if strip.centre > RIGHT_OF * width and strip.bbox[1] > FOOT * height]
    return next(
        (strip for strip in reversed(foot) if len(strip.words) <= LONGEST_LINE and _says_place(strip) and _says_date(strip)), None
    )


def _says_date(strip: Strip) -> bool:
    """At least two of `ngày`, `tháng`, `năm`, in this order, a place or nothing before them, and nothing after the year."""
    found = _anchors(strip.words)
    said = [at for at in (found.ngay, found.thang, found.nam) if at is not None]
    ends = found.year is None or strip.words[-1].bbox[2] - found.year.bbox[2] < 4 * found.em
    return len(said) >= 2 and said == sorted(said) and said[0] <= 7 and ends and not _OTHER_DATE.search(strip.text)


def _says_place(strip: Strip) -> bool:
    """Begins with a name and the date follows, as over a signature; a line of a text that ends with a date has other words before."""
    begins = _anchors(strip.words).ngay or 0
    return begins > 0 and all(word.text[:1].isupper() and word.text.strip(",.").isalpha() for word in strip.words[:begins])


def _anchors(words: Sequence[Word]) -> _Anchors:
    ngay = _starting(words, "ngay", 0)
    thang = _starting(words, "thang", 0 if ngay is None else ngay + 1)
    last = thang if thang is not None else ngay
    nam = _starting(words, "nam", 0 if last is None else last + 1)
    after = nam if nam is not None else (last or 0) + 1
    year = next((word for word in words[after:] if _YEAR.search(word.text)), None)
    named = [(words[at], name) for at, name in ((ngay, "ngay"), (thang, "thang"), (nam, "nam")) if at is not None]
    ems = [(word.bbox[2] - word.bbox[0]) / _EMS[name] for word, name in named if len(word.text) == len(name)]
    if year and len(year.text) == 4:
        ems.append((year.bbox[2] - year.bbox[0]) / _YEAR_EMS)
    heights = [word.bbox[3] - word.bbox[1] for word, _ in named]
    # The lower middle: a box is too wide where it swallowed what stands beside it, and hardly ever too narrow.
    em = sorted(ems)[(len(ems) - 1) // 2] if ems else _EM * max(heights, default=50)
    return _Anchors(ngay, thang, nam, year, em)


def _starting(words: Sequence[Word], name: str, start: int) -> int | None:
    """The word that is `name`, or begins with it and has swallowed what a pen wrote behind it."""
    ranked: list[tuple[float, int]] = []
    for at in range(start, len(words)):
        folded = fold(words[at].text).strip(".,:;'\"")
        head, tail = folded[: len(name)], folded[len(name) :]
        allowed = 1 if sum(map(str.isalpha, head)) >= 3 else 0
        slips = Levenshtein.distance(head, name)
        swallowed = len(tail) <= 1 or (len(tail) <= 4 and (not tail.isalpha() or words[at].handwritten))
        if slips <= allowed and swallowed:
            ranked.append((slips + 0.1 * len(tail), at))
    return min(ranked)[1] if ranked else None


def _ends(word: Word, name: str, em: float) -> float:
    """Where the printed word ends, whatever else its box holds."""
    needed = _EMS[name] * em
    width = word.bbox[2] - word.bbox[0]
    return float(word.bbox[2]) if width <= _WIDER * needed and len(word.text) <= len(name) + 1 else word.bbox[0] + needed


def _date_place(
    words: Sequence[Word], found: _Anchors, before: int | None, after: int | None, name: str, unit: float
) -> Place | None:
    """Between the words numbered `before`, which is `name`, and `after`. Where one of them is lost, as wide as writing can be."""
    if before is None and after is None:
        return None
    right = float(words[after].bbox[0]) if after is not None else None
    if before is not None:
        left = _ends(words[before], name, found.em)
        right = right if right is not None else left + DAY_LONGEST * unit
    else:
        right = right or 0.0
        left = right - DAY_LONGEST * unit
    if not 0 < right - left < WIDEST * found.em:
        return None
    texts: list[str] = []
    inside: list[Word] = []
    if before is not None and len(words[before].text) > len(name):
        texts.append(words[before].text[len(name) :])
        inside.append(words[before])
    for at, word in enumerate(words):
        if at not in (before, after) and left - 0.5 * found.em < (word.bbox[0] + word.bbox[2]) / 2 < right:
            texts.append(word.text)
            inside.append(word)
    # The h of `tháng` is as tall as a digit.
    printed = [found.year, *(words[at] for at in (found.thang, found.ngay) if at is not None and at != before)]
    boxes = tuple(word.bbox for word in printed if word is not None)
    return Place(tuple(words), left, right, "word", boxes, tuple(texts), tuple(inside))
