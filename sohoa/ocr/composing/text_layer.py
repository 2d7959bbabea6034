"""The orders that draw a page's words invisibly, each exactly as wide as its box, with one space from word to word."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from statistics import median

from sohoa.kernel.text import nfc
from sohoa.ocr.composing.baseline import Standing, standing_of
from sohoa.ocr.composing.glyphless import SPACE, Alphabet, width_of
from sohoa.ocr.model import PageText, Word

FONT = "/F0"
# Where upright pixels (origin bottom left, y up) lie on the picture as stored, for each turn: a b c d of the matrix, and which of
# the picture's sides the origin moves by.
_TURNED = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}
_NARROWEST_GAP = 0.02  # of the size: words that touch still get their space


def text_orders(text: PageText, alphabet: Alphabet, *, rotation: int, scale: float) -> bytes:
    """PDF operators for an invisible layer over the picture as stored.

    rotation: degrees clockwise from stored to upright. scale: points per pixel. A page without words gives nothing.
    """
    orders = list(_lines(text, alphabet))
    if not orders:
        return b""
    a, b, c, d = (part * scale for part in _TURNED[rotation])
    upright_width, upright_height = text.width, text.height
    # The origin (upright bottom left) falls on the stored picture's bottom left, bottom right, top right or top left.
    across = {0: 0, 90: upright_height, 180: upright_width, 270: 0}[rotation] * scale
    up = {0: 0, 90: 0, 180: upright_height, 270: upright_width}[rotation] * scale
    return "\n".join([f"q {_n(a)} {_n(b)} {_n(c)} {_n(d)} {_n(across)} {_n(up)} cm BT 3 Tr", *orders, "ET Q"]).encode("ascii")


def _lines(text: PageText, alphabet: Alphabet) -> Iterator[str]:
    sizes = [standing_of(line, skew=text.skew).size for line in text.lines]
    usual = median(sizes) if sizes else None
    for line in text.lines:
        words = [(shown, word) for word in line.words if (shown := shown_text(word.text))]
        if words:
            standing = standing_of(line, skew=text.skew, usual_size=usual)
            yield f"{FONT} {_n(standing.size)} Tf"
            yield from _words(words, standing, text.height, alphabet)


def shown_text(text: str) -> str:
    """NFC, without control characters, which no viewer can copy."""
    return "".join(letter for letter in nfc(text) if unicodedata.category(letter) not in ("Cc", "Cs", "Cn")).strip()


def _words(words: list[tuple[str, Word]], standing: Standing, height: int, alphabet: Alphabet) -> Iterator[str]:
    """On a crooked scan each word stands level at its own height, as on stairs: poppler takes a slanted word apart."""
    for index, (shown, word) in enumerate(words):
        x0, _, x1, _ = word.bbox
        start = f"1 0 0 1 {x0} {_n(height - standing.at((x0 + x1) / 2))} Tm"
        wide = max(1.0, x1 - x0)
        stretch = wide / (sum(width_of(letter) for letter in shown) / 1000 * standing.size) * 100
        yield f"{_n(stretch)} Tz {start} <{alphabet.hex(shown)}> Tj"
        if index + 1 < len(words):
            gap = max(_NARROWEST_GAP * standing.size, words[index + 1][1].bbox[0] - x1)
            yield f"{_n(gap / (width_of(SPACE) / 1000 * standing.size) * 100)} Tz <{alphabet.hex(SPACE)}> Tj"


def _n(number: float) -> str:
    """As short as it may be: five decimals, no exponent, no trailing noughts."""
    short = f"{number:.5f}".rstrip("0").rstrip(".")
    return "0" if short in ("-0", "") else short
