"""What stands behind a label, made into a field by the rules of its kind.

A value that breaks its rule is given with BROKEN, so that a person sees it beside the picture; it never passes for certain.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from itertools import takewhile

from sohoa.kernel.text import fold
from sohoa.kernel.verdicts import Outcome
from sohoa.ocr.model import Field, Word
from sohoa.ocr.understanding.people.identifiers import (
    Sex,
    day_of,
    identifier_verdict,
    phone_number,
    tax_code_verdict,
    tax_code_written,
)
from sohoa.ocr.understanding.people.labels import ENDS_IN_PROVINCE, Labelled
from sohoa.ocr.understanding.strips import field_of

BROKEN = 0.30
MENDED = 0.75
UNUSUAL = 0.75  # the nine digits of a CMND, a number of a birth abroad: possible, and no rule tells a slip of the reader
BY_HAND = 0.60  # what plain readers make of a pen's letters

_DIGITS = str.maketrans("OoQDlI|SB", "000011158")
_RUN = re.compile(r"[\dOoQDlI|SB](?:[\s.\-|]{0,2}[\dOoQDlI|SB])+")
# With their tones: Hồ, Bá and Chi are names.
_TITLES = re.compile(r"^(?:ông|bà)(?:\s*[(/]\s*(?:ông|bà)\s*\)?)?\s*:?\s+", re.IGNORECASE)
_NAME_ENDS = re.compile(r"[,;:(]|\s{3,}|\.{2,}|\s[-–]\s|\d")
# Readers take a slash for 1, I, l or |, or leave it out.
_SPLIT_DATE = re.compile(r"(?<!\d)([0-3]?\d)\s*[/\\|lI1.\-]\s*([01]?\d)\s*[/\\|lI1.\-]\s*((?:19|20)\d{2})(?!\d)")
_SLASHLESS_DATE = re.compile(r"(?<!\d)([0-3]\d)\s*[/|lI1]?\s*([01]\d)\s*[/|lI1]?\s*((?:19|20)\d{2})(?!\d)")
_SPOKEN_DATE = re.compile(r"(?<!\d)([0-3]?\d)\s*thang\s*([01]?\d)\s*nam\s*((?:19|20)\d{2})(?!\d)")
LONGEST_NAME, LONGEST_ADDRESS = 80, 300


def _field(value: str, found: Labelled, *, doubt: float = 1.0, most: float = 1.0, raw: str = "") -> Field:
    """As sure as all its words together: one misread letter or digit is enough to name another person."""
    base = field_of(value, found.words, found.page, doubt=doubt)
    by_hand = BY_HAND if any(word.handwritten for word in found.words) else 1.0
    return replace(base, confidence=min(base.confidence, most, by_hand), raw=raw if raw != value else "")


def _narrowed(found: Labelled, start: int, end: int) -> Labelled:
    """The same with only the words that letters [start, end) of its text belong to."""
    kept: list[Word] = []
    at = 0
    for word in found.words:
        at_word = found.text.find(word.text, at)
        if at_word < 0:  # the text begins or ends within this word
            kept.append(word)
            continue
        if at_word < end and start < at_word + len(word.text):
            kept.append(word)
        at = at_word + len(word.text)
    return replace(found, words=tuple(kept) or found.words, text=found.text[start:end])


def name_field(found: Labelled) -> Field | None:
    """None where nothing is written there, or where there is no name at all (a sentence, a rule of the form)."""
    title = _TITLES.match(found.text)
    start = title.end() if title else 0
    ends = _NAME_ENDS.search(found.text, start)
    stop = ends.start() if ends else len(found.text)
    words = _name_words(found.text[start:stop])
    if not words or stop - start > LONGEST_NAME:
        return None
    if not found.colon and not all(word[0].isupper() for word in words):
        return None
    letters = all(all(letter.isalpha() or letter in "'.-" for letter in word) for word in words)
    shaped = letters and 2 <= len(words) <= 7 and all(word[0].isupper() for word in words)
    name = " ".join(words)
    at = max(0, found.text.find(words[0], start))
    part = _narrowed(found, at, at + len(name))
    # On a full line the name may go on below, or the last word may begin another label that does.
    most = (1.0 if found.whole else UNUSUAL) if shaped else BROKEN
    return _field(cased(name), part, most=most, raw=name)


def _name_words(text: str) -> list[str]:
    """A name in capitals ends where the capitals do."""
    words = text.strip(" .'\"*|").split()
    if len(words) > 2 and words[0].isupper() and words[1].isupper():
        return list(takewhile(str.isupper, words))
    return words


def cased(name: str) -> str:
    """`TẠ DUY VŨ` as `Tạ Duy Vũ`; a name in small letters stays as it is."""
    return " ".join(word.capitalize() for word in name.split()) if name.isupper() else name


def identifier_field(found: Labelled, *, today: date) -> Field | None:
    """The first number behind the label, without spaces; digits boxed one by one are joined."""
    run = _longest(found.text)
    if run is None:
        return None
    read = re.sub(r"[\s.\-]", "", run.group())
    digits = re.sub(r"[\s.\-|]", "", run.group()) if not read.isdigit() else read
    mended = digits.translate(_DIGITS)
    verdict = identifier_verdict(mended, latest=today.year)
    most = {Outcome.OK: 1.0, Outcome.UNDETERMINED: UNUSUAL, Outcome.FAILED: BROKEN}[verdict.outcome]
    part = _narrowed(found, run.start(), run.end())
    return _field(mended, part, doubt=1.0 if mended == digits else MENDED, most=most, raw=run.group())


def _longest(text: str) -> re.Match[str] | None:
    """The first run of digits that may be a number of a person; a shorter one only where it stands alone."""
    runs = [run for run in _RUN.finditer(text) if sum(map(str.isdigit, run.group())) >= 6]
    return next((run for run in runs if sum(map(str.isdigit, run.group())) >= 9), runs[0] if runs else None)


def tax_field(found: Labelled) -> Field | None:
    run = _longest(found.text)
    if run is None:
        return None
    digits = re.sub(r"[^\w]", "", run.group()).translate(_DIGITS)
    verdict = tax_code_verdict(digits)
    part = _narrowed(found, run.start(), run.end())
    return _field(tax_code_written(digits), part, most=1.0 if verdict.ok else BROKEN, raw=run.group())


def phone_field(found: Labelled) -> Field | None:
    run = re.search(r"\+?\d[\d\s.\-()]{5,}\d", found.text)
    if run is None:
        return None
    number = phone_number(run.group())
    part = _narrowed(found, run.start(), run.end())
    return _field(number or "".join(filter(str.isdigit, run.group())), part, most=1.0 if number else BROKEN, raw=run.group())


def day_field(found: Labelled, *, latest: date | None = None) -> Field | None:
    """ISO 8601. None where there is no day, or only one that no calendar has. latest: the last day that is believed."""
    for pattern, text in ((_SPLIT_DATE, found.text), (_SPOKEN_DATE, fold(found.text)), (_SLASHLESS_DATE, found.text)):
        match = pattern.search(text)
        if match is None:
            continue
        day = day_of("/".join(match.groups()))
        if day is None or (latest is not None and day > latest):
            return None
        as_printed = pattern is _SPOKEN_DATE or re.fullmatch(r"\d+\s*([/.\-])\s*\d+\s*\1\s*\d+", match.group())
        part = _narrowed(found, match.start(), match.end())
        return _field(day.isoformat(), part, doubt=1.0 if as_printed else MENDED, raw=match.group())
    return None


def address_field(found: Labelled) -> Field | None:
    text = " ".join(found.text.split()).strip(" .,;")
    if sum(map(str.isalpha, text)) < 6 or len(text.split()) < 2:
        return None
    return field_of(
        text[:LONGEST_ADDRESS],
        found.words,
        found.page,
        doubt=1.0 if found.whole or ENDS_IN_PROVINCE.search(fold(text)) else MENDED,
    )


def sex_of(found: Labelled) -> Sex:
    """Of a single tick word only: a form that prints both leaves it open."""
    words = re.findall(r"[a-z]+", fold(found.text))
    told: set[Sex] = {"male" if word == "nam" else "female" for word in words[:3] if word in ("nam", "nu")}
    return told.pop() if len(told) == 1 else ""
