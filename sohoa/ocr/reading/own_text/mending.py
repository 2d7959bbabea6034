"""Words of a healthy text layer still carry what fonts and keyboards leave behind; here they become the words one would type."""

from __future__ import annotations

import unicodedata

from sohoa.kernel.text import nfc

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_SHAPES = "\u0302\u0306\u031b"  # circumflex, breve, horn: part of the letter, so they come before its tone
# Letters of other alphabets that look the same in print, and signs for which a keyboard has another.
_SAME_LOOK: dict[str, str | None] = {
    **{"\u00d0": "Đ", "\u0189": "Đ", "\u00f0": "đ", "\u0256": "đ", "\u0131": "i", "\u0237": "j"},
    **{"\u2010": "-", "\u2011": "-", "\u00a0": " ", "\u202f": " ", "\u2007": " "},
    # Programs write the hyphen that they draw as a soft one, since most fonts have one glyph for both (QĐ-UBND). A soft hyphen that
    # was not drawn is not among the glyphs of a PDF.
    "\u00ad": "-",
    # Nothing is drawn for these: joiners, direction marks, the byte order mark.
    **dict.fromkeys("\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"),
}
_LIGATURES = {letter: unicodedata.normalize("NFKC", letter) for letter in "ﬀﬁﬂﬃﬄﬅﬆ"}
_TABLE = str.maketrans({**_SAME_LOOK, **_LIGATURES})
_BULLET = "•"


def mended(text: str) -> str:
    """NFC with the marks of each letter in the order that NFC can join; look-alikes, ligatures and unseen signs replaced.

    A lone private-use letter is a list bullet of Symbol or Wingdings. The result may be empty.
    """
    if text.isascii():
        return nfc(text).strip()
    text = text.translate(_TABLE).strip()
    if len(text) == 1 and unicodedata.category(text) == "Co":
        return _BULLET
    return nfc(_marks_in_order(unicodedata.normalize("NFD", text)))


def _marks_in_order(apart: str) -> str:
    """`á` and then a circumflex is ấ to the eye, but normalisation leaves the two marks as they were typed."""
    out: list[str] = []
    marks: list[str] = []
    for letter in apart:
        if unicodedata.combining(letter):
            marks.append(letter)
            continue
        out.extend(_sorted(marks))
        marks = []
        out.append(letter)
    out.extend(_sorted(marks))
    return "".join(out)


def _sorted(marks: list[str]) -> list[str]:
    return sorted(marks, key=lambda mark: 0 if mark in _SHAPES else 1 if mark in _TONES else 2)
