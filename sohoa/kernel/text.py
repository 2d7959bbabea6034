"""Vietnamese text at the door: one normal form in, two ways to search."""

from __future__ import annotations

import re
import unicodedata

_D_STROKE = str.maketrans("đĐ", "dD")
_WORD = re.compile(r"[^\W_]+")


def nfc(text: str) -> str:
    """The one normalisation, done once where text enters. NUL is dropped: no database column takes it."""
    return unicodedata.normalize("NFC", text.replace("\x00", ""))


def fold(text: str) -> str:
    """Lower-case letters without tones, hats or the stroke of đ. Keeps the length of NFC Vietnamese, so offsets carry over."""
    return "".join(_base(letter) for letter in nfc(text)).translate(_D_STROKE).lower()


def _base(letter: str) -> str:
    return unicodedata.normalize("NFD", letter)[0]


def tokens(text: str) -> list[str]:
    """Words to index or to look for: NFC, lower case, letters and digits only (`05/QĐ-UBND` is `05`, `qđ`, `ubnd`)."""
    return _WORD.findall(nfc(text).lower())


def mask_identifier(identifier: str) -> str:
    """`022123451234` → `022*****1234`; six characters or fewer are hidden whole."""
    if len(identifier) <= 6:
        return "*" * len(identifier)
    head, tail = (3, 4) if len(identifier) > 7 else (1, 2)
    return identifier[:head] + "*" * (len(identifier) - head - tail) + identifier[-tail:]
