"""Are these words, or what is left of words when a font's table of letters is wrong?

Vietnamese syllables, words that can be pronounced, numbers and abbreviations are what papers hold. Broken tables give letters of
other scripts inside words, private-use letters, question marks, consonants without end.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from sohoa.ocr.reading.own_text.syllables import is_syllable

# Born-digital letters and laws measure 0 to 2 % (names of other peoples, misspellings); mojibake 40 % and more.
WORST_SHARE = 0.10
FEW, FEW_SHARE = 6, 0.25  # letters of one foreign name on a page of few words
# Spaced-out headings are common, spaced-out pages are broken: letters that stand alone, of all letters.
WORST_ALONE = 0.35

_RUN = re.compile(r"[^\W\d_]+")
_VOWEL = re.compile(r"[aeiouy]")
_CONSONANTS = re.compile(r"[^aeiouy]{5,}")
_GARBAGE = frozenset(("Cc", "Cf", "Co", "Cn", "Cs"))
_LONGEST_ABBREVIATION = 8  # TNHHMTV, UBMTTQVN
_INNER_CAPITALS = re.compile(r"[A-Za-zĐĂÂÊÔƠƯ]{1,5}")  # TTg, CTr, ThS, QĐi


def weigh(word: str) -> tuple[int, int]:
    """(letters that are plausible, letters that are not); numbers, abbreviations and lone letters weigh nothing."""
    if any(unicodedata.category(letter) in _GARBAGE or letter == "\ufffd" for letter in word):
        return 0, len(word)
    good = bad = 0
    if "?" in word.strip("?") or (len(word) > 3 and set(word) == {"?"}):
        bad += word.count("?")
    for run in _RUN.findall(word):
        verdict = _verdict(run)
        if verdict is not None:
            good, bad = (good + len(run), bad) if verdict else (good, bad + len(run))
    return good, bad


def is_healthy(words: Iterable[str]) -> bool:
    """words: NFC. A page of numbers alone is healthy; a page without any letter or digit is not."""
    good = bad = letters = alone = digits = 0
    for word in words:
        more_good, more_bad = weigh(word)
        good, bad = good + more_good, bad + more_bad
        digits += sum(map(str.isdigit, word))
        letters += sum(map(str.isalpha, word))
        alone += len(word) == 1 and word.isalpha()
    weighed = good + bad
    if not letters + digits or bad > max(WORST_SHARE * weighed, min(FEW, FEW_SHARE * weighed)):
        return False
    return alone <= max(10, WORST_ALONE * letters)


def _verdict(run: str) -> bool | None:
    """Plausible, not plausible, or nothing that could be told."""
    if len(run) == 1:
        return None if _is_latin(run) else False
    if is_syllable(run):
        return True
    latin = [_is_latin(letter) for letter in run]
    if not all(latin):
        # A word wholly in another script may well be one; a mixture is a broken table.
        return None if not any(latin) and len({unicodedata.name(letter, "?").split()[0] for letter in run}) == 1 else False
    if run.isupper() and len(run) <= _LONGEST_ABBREVIATION:
        return None
    if not (run.islower() or run.isupper() or run.istitle()):
        return None if _INNER_CAPITALS.fullmatch(run) else False
    small = run.lower()
    return run.isascii() and _VOWEL.search(small) is not None and _CONSONANTS.search(small) is None


def _is_latin(letter: str) -> bool:
    return letter < "\u0250" or "\u1e00" <= letter <= "\u1eff"
