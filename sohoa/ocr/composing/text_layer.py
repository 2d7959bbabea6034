"""The orders that draw a page's words invisibly, each exactly as wide as its box, with one space from word to word."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from sohoa.kernel.text import nfc
from sohoa.ocr.composing.baseline import Standing, standing_of
from sohoa.ocr.composing.glyphless import SPACE, Alphabet, width_of
from sohoa.ocr.model import PageText, Word

FONT = "/F0"
# Where upright pixels (origin bottom left, y up) lie on the picture as stored, for each turn: a b c d of the matrix, and which of
# the picture's sides the origin moves by.
_TURNED = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}
# Of the size. Poppler takes words that stand closer than 0.15 for one, whatever space was written between them; so a word with a
# close neighbour is drawn that much narrower, by a pixel or three.
_LEAST_GAP = 0.18
# Down per right, 0.6 degrees. On a steeper page the last word of a line stands as low as the first of the next, and viewers
# that go by heights (pdf.js, PDFium, poppler) run the lines into one another. So the layer is levelled to this about the middle of
# the sheet: at 2 degrees words at the margins are marked 0.4 of their size off, and everything is copied in order.
_STEEPEST = 0.01
_MOST_LEVELLED = 0.025  # beyond it the marked words would be another line's
_LEAST_OF_A_WORD = 0.6  # of its width; boxes that overlap by more are wrong anyway


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
            yield f"{FONT} {_n(standing.size, 1)} Tf"
            yield from _words(words, standing, _Sheet(text.width, text.height), alphabet)


def shown_text(text: str) -> str:
    """NFC, without control characters, which no viewer can copy."""
    return "".join(letter for letter in nfc(text) if unicodedata.category(letter) not in ("Cc", "Cs", "Cn")).strip()


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Of the upright page, in pixels."""

    width: int
    height: int

    def up(self, standing: Standing, x: float) -> float:
        """How high above the sheet's lower edge the layer's baseline is at `x`."""
        excess = max(0.0, abs(standing.slope) - _STEEPEST)
        levelled = math.copysign(min(excess, _MOST_LEVELLED), standing.slope)
        return self.height - standing.at(x) + levelled * (x - self.width / 2)


def _words(words: list[tuple[str, Word]], standing: Standing, sheet: _Sheet, alphabet: Alphabet) -> Iterator[str]:
    """On a crooked scan each word stands level at its own height, as on stairs: poppler takes a slanted word apart."""
    for index, (shown, word) in enumerate(words):
        x0, _, x1, _ = word.bbox
        wide = max(1.0, x1 - x0)
        gap = None
        if index + 1 < len(words):
            following = words[index + 1][1].bbox[0]
            least = _LEAST_GAP * standing.size
            wide = max(min(wide, following - least - x0), _LEAST_OF_A_WORD * wide)
            gap = max(least, following - x0 - wide)
        start = f"1 0 0 1 {x0} {_n(sheet.up(standing, (x0 + x1) / 2), 1)} Tm"
        stretch = wide / (sum(width_of(letter) for letter in shown) / 1000 * standing.size) * 100
        yield f"{_n(stretch, 1)} Tz {start} <{alphabet.hex(shown)}> Tj"
        if gap is not None:
            yield f"{_n(gap / (width_of(SPACE) / 1000 * standing.size) * 100, 0)} Tz <{alphabet.hex(SPACE)}> Tj"


def _n(number: float, decimals: int = 5) -> str:
    """As short as it may be: no exponent, no trailing noughts. A tenth of a pixel is the most that a box of a word can tell."""
    short = f"{number:.{decimals}f}"
    short = short.rstrip("0").rstrip(".") if "." in short else short
    return "0" if short in ("-0", "") else short
