"""From the file's letters to Unicode words: which words an old font drew, what they say, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sohoa.ocr.reading.own_text.extract import OwnWord, Place, Span
from sohoa.ocr.reading.own_text.judge import is_healthy, weigh
from sohoa.ocr.reading.own_text.legacy import Kind, converted, is_in_unicode, kind_of_font
from sohoa.ocr.reading.own_text.mending import mended

BY_FONT = 0.98  # a converted word whose font says its encoding
BY_SOUND = 0.90  # one that was converted because it makes no sense otherwise
NO_WORD = 0.60  # one that is no likely word after conversion either


@dataclass(frozen=True, slots=True)
class UnicodeWord:
    text: str
    place: Place
    confidence: float


@dataclass(frozen=True, slots=True)
class Conversion:
    """legacy: the encodings that words were converted from, sorted."""

    lines: list[list[UnicodeWord]]
    legacy: tuple[Kind, ...]


def in_unicode(lines: Sequence[Sequence[OwnWord]], fonts: Iterable[str], spans: Callable[[], list[Span] | None]) -> Conversion:
    """fonts: names of those that show something. spans: asked only where one of them is an old font's."""
    if any(kind_of_font(name) for name in fonts):
        by_font = _by_font(lines, spans() or [])
        if is_healthy(word.text for line in by_font.lines for word in line):
            return by_font
    return _by_sound(lines)


def _by_font(lines: Sequence[Sequence[OwnWord]], spans: Sequence[Span]) -> Conversion:
    drawn_by = {word.place: _font_at(word.place, spans) for line in lines for word in line}
    # Some programs keep the old font's name and give its letters in Unicode all the same.
    modern = {drawn_by[word.place] for line in lines for word in line if is_in_unicode(word.text)}

    def kind_of(word: OwnWord) -> Kind | None:
        font = drawn_by[word.place]
        return None if font in modern else kind_of_font(font)

    return _converted(lines, kind_of, BY_FONT)


def _by_sound(lines: Sequence[Sequence[OwnWord]]) -> Conversion:
    """Fonts of other names, or of none: left alone where the words are words, else in the encoding that explains them best."""
    plain = _converted(lines, lambda _: None, 1.0)
    if is_healthy(word.text for line in plain.lines for word in line):
        return plain
    kinds: tuple[Kind, ...] = ("tcvn3", "vni")
    tried = [_where_no_worse(lines, plain, kind) for kind in kinds]
    best = max(tried, key=lambda one: sum(map(_sense, one.lines)))
    return best if is_healthy(word.text for line in best.lines for word in line) else plain


def _where_no_worse(lines: Sequence[Sequence[OwnWord]], plain: Conversion, kind: Kind) -> Conversion:
    """Line by line, because a page may hold both: a line in Unicode on a letter in an old font."""
    other = _converted(lines, lambda _: kind, BY_SOUND)
    pairs = zip(plain.lines, other.lines, strict=True)
    return Conversion([two if _sense(two) >= _sense(one) else one for one, two in pairs], other.legacy)


def _converted(lines: Sequence[Sequence[OwnWord]], kind_of: Callable[[OwnWord], Kind | None], confidence: float) -> Conversion:
    found: set[Kind] = set()
    out: list[list[UnicodeWord]] = []
    for line in lines:
        words: list[UnicodeWord] = []
        for word in line:
            kind = kind_of(word)
            text = mended(word.text if kind is None else converted(word.text, kind))
            sure = 1.0
            if kind is not None and text != word.text:
                found.add(kind)
                sure = NO_WORD if weigh(text)[1] else confidence
            if text:
                words.append(UnicodeWord(text, word.place, sure))
        out.append(words)
    return Conversion(out, tuple(sorted(found)))


def _font_at(place: Place, spans: Sequence[Span]) -> str:
    """Of the span that holds the word's middle; where several do (a tall one beside a small one), the one nearest in height."""
    x, y = (place[0] + place[2]) / 2, (place[1] + place[3]) / 2
    font, distance = "", math.inf
    for span in spans:
        left, top, right, low = span.place
        away = abs((top + low) / 2 - y)
        if left <= x <= right and top <= y <= low and away < distance:
            font, distance = span.font, away
    return font


def _sense(line: Sequence[UnicodeWord]) -> int:
    weights = [weigh(word.text) for word in line]
    return sum(good - 2 * bad for good, bad in weights)
