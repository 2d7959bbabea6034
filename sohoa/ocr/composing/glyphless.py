"""The font of the invisible text: every letter has a width and a meaning, none has a shape.

A viewer needs a font to select, copy and search text by. Ours has one glyph for each class of letter width, so that a
selection of half a word ends about where the reader sees it end. Codes are given out as letters come, two bytes each, and
/ToUnicode says what each one is; so every letter of Unicode can be copied out exactly, Vietnamese with two marks included.

A glyph is a line without breadth from corner to corner of its letter's place: it fills nothing, but it has a size. PDFium, which
Chrome and Edge show PDFs with, measures text by its glyphs and takes text of no size for none at all: of empty glyphs it copied
no word of one letter, and no word of a page with /Rotate 90.
"""

from __future__ import annotations

import functools
import io
import unicodedata
from typing import Any

from fontTools.fontBuilder import FontBuilder  # pyright: ignore[reportMissingTypeStubs]
from fontTools.pens.ttGlyphPen import TTGlyphPen  # pyright: ignore[reportMissingTypeStubs]

NAME = "SHUVNA+SohoaInvisible"
ASCENT, DESCENT = 900, -220  # thousandths of the size; a selection reaches so far above and below the baseline
_EM = 1000
SPACE = " "

# Widths of a Times-like face in thousandths, rounded to few classes; marks do not widen a letter.
_WIDTHS = {
    250: " .,",
    300: "ijltfI'‘’()[]!|/\\:;`´",
    350: 'rsJ-“”"{}°',
    444: "cezaăâêkvxyt?*^",
    667: "BCEFGLPRSTVXZ&",
    722: "AĂÂDĐHKNOÔƠQUƯY%",
    800: "mw–",
    930: "MW—…@",
}
_OTHER = 500
_CLASSES = (_OTHER, *_WIDTHS)
_CLASS_OF = {letter: width for width, letters in _WIDTHS.items() for letter in letters}
# FontBuilder would stamp the present time, and the same paper would give other bytes each time it is composed.
_MADE = 3_786_912_000  # 2024-01-01 in seconds since 1904


def width_of(letter: str) -> int:
    """In thousandths of the text size."""
    if letter in _CLASS_OF:
        return _CLASS_OF[letter]
    return _CLASS_OF.get(unicodedata.normalize("NFD", letter)[0], _OTHER)


class Alphabet:
    """Codes given out so far, for one document. Bounded by the letters it uses, not by its pages."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {SPACE: 1}

    def hex(self, text: str) -> str:
        """`text` as the digits of a PDF hexadecimal string."""
        return "".join(f"{self._code(letter):04X}" for letter in text)

    def _code(self, letter: str) -> int:
        if letter not in self._codes:
            if len(self._codes) >= 0xFFFE:
                return self._codes[SPACE]  # all of Unicode on one paper: no office's paper, but a hostile one's
            self._codes[letter] = len(self._codes) + 1
        return self._codes[letter]

    @property
    def letters(self) -> tuple[str, ...]:
        """In the order of their codes, from 1."""
        return tuple(self._codes)

    def to_unicode(self) -> bytes:
        lines = [
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
            "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
            "1 begincodespacerange <0000> <FFFF> endcodespacerange",
        ]
        pairs = [f"<{code:04X}> <{letter.encode('utf-16-be').hex().upper()}>" for letter, code in self._codes.items()]
        for start in range(0, len(pairs), 100):  # a section may not hold more
            some = pairs[start : start + 100]
            lines += [f"{len(some)} beginbfchar", *some, "endbfchar"]
        lines += ["endcmap CMapName currentdict /CMap defineresource pop end end"]
        return "\n".join(lines).encode("ascii")

    def widths(self) -> str:
        """The /W array."""
        return f"[1 [{' '.join(str(width_of(letter)) for letter in self._codes)}]]"

    def cid_to_gid(self) -> bytes:
        glyphs = (_CLASSES.index(width_of(letter)) + 1 for letter in self._codes)
        return b"\0\0" + b"".join(glyph.to_bytes(2, "big") for glyph in glyphs)


@functools.cache
def font_program() -> bytes:
    """A TrueType font: .notdef, then a glyph for each width class."""
    names = [".notdef", *(f"w{width}" for width in _CLASSES)]
    # fontTools carries no types.
    builder: Any = FontBuilder(_EM, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({0x20: f"w{_CLASS_OF[SPACE]}"})
    widths = dict(zip(names, (_OTHER, *_CLASSES), strict=True))
    builder.setupGlyf({name: _stroke(width) for name, width in widths.items()})
    builder.setupHorizontalMetrics({name: (width, 0) for name, width in widths.items()})
    builder.setupHorizontalHeader(ascent=ASCENT, descent=DESCENT)
    builder.setupNameTable({"familyName": "Sohoa Invisible", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=ASCENT, sTypoDescender=DESCENT)
    builder.setupPost(keepGlyphNames=False)
    builder.font["head"].created = builder.font["head"].modified = _MADE
    builder.font.recalcTimestamp = False
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()


def _stroke(width: int) -> Any:
    """There and back again along the diagonal."""
    pen: Any = TTGlyphPen(None)
    pen.moveTo((0, DESCENT))
    pen.lineTo((width, ASCENT))
    pen.closePath()
    return pen.glyph()
