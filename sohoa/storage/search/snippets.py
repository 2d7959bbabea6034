"""The neighbourhood of what was found on a page, as one line of HTML."""

from __future__ import annotations

import html
import re

from sohoa.kernel.text import nfc
from sohoa.storage.search.asking import Asked, Listener
from sohoa.storage.search.forms import LONGEST_WORD

LETTERS = 160
_WORD = re.compile(r"[^\W_]+")


def snippet(text: str, asked: Asked, tier: str) -> str:
    """HTML-escaped text with `<mark>` around what was found: the first stretch that holds most of the words asked for."""
    text = re.sub(r"\s+", " ", nfc(text))
    hears = Listener(asked, tier).hears
    found = [place.span() for place in _WORD.finditer(text) if hears(place.group().lower()[:LONGEST_WORD])]
    start = _start(text, found)
    end = min(len(text), start + LETTERS)
    pieces, at = ["…" if start else ""], start
    for left, right in found:
        if at <= left and right <= end:
            pieces += [html.escape(text[at:left], quote=False), "<mark>", html.escape(text[left:right], quote=False), "</mark>"]
            at = right
    return "".join([*pieces, html.escape(text[at:end], quote=False), "…" if end < len(text) else ""])


def _start(text: str, found: list[tuple[int, int]]) -> int:
    if not found:
        return 0
    room = LETTERS - LETTERS // 3
    most, best = 0, found[0][0]
    for at, (left, _) in enumerate(found):
        words = {text[a:b].lower() for a, b in found[at : at + 64] if b <= left + room}
        if len(words) > most:
            most, best = len(words), left
    return max(0, best - LETTERS // 3)
