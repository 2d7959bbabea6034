"""What a page says besides its name and its number, so that the text can bear witness of its own."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

from sohoa.kernel.text import fold, nfc
from sohoa.ocr.understanding.strips import in_capitals
from sohoa.ocr.understanding.types import DocumentType

LETTERS_PER_SLIP = 6  # as for titles
# Every official paper begins with these; they only dilute the rest.
_HEAD = re.compile(r"cong hoa xa hoi chu nghia viet nam|doc lap\W{0,3}tu do\W{0,3}hanh phuc")
# A notation anywhere, the own one and cited ones alike: `05/QĐ-UBND`, `30/2020/NĐ-CP`. Its first group names a type.
_NOTATION = re.compile(r"\S*[/⁄∕]\s?[^\W\d_]{1,6}(?:\s?[-–—.&/]\s?[^\W_]+)+|\b[^\W\d_]{1,5}[-–][A-ZĐƯƠÔÂĂÊ]{2,}\w*")
_NUMBER_LINE = re.compile(r"^\W{0,3}s[o0]\s?[:;.]\s*\S*\s?")
_ABOUT = re.compile(r"^\W{0,2}v\s?[/⁄|\\]\s?v\b\s*[:.]?\s*")


def own_words(text: str, types: Sequence[DocumentType]) -> str:
    """The page's lines without titles (of any type, in capitals), notations, the number's line begin, `V/v` and the national head.

    text: a page's lines, one under the other, as `PageText.text` gives them and the catalogue keeps them. A title that begins a
    longer line in capitals takes the whole line with it, and the capitals right under it. Names of types in running text stay:
    they are other ink (`Quyết định này có hiệu lực kể từ ngày ký`).
    """
    titles = _titles(tuple(types))
    kept: list[str] = []
    named = False
    for line in nfc(text).splitlines():
        capitals = in_capitals(line)
        named = capitals and (named or _begins_with(_compact(line), titles))
        if not named:
            kept.append(_without_marks(line))
    return "\n".join(line for line in kept if line.strip())


@functools.lru_cache(maxsize=4)
def _titles(types: tuple[DocumentType, ...]) -> tuple[tuple[str, int], ...]:
    """Every title as letters only, and the slips forgiven in it."""
    return tuple((title, len(title) // LETTERS_PER_SLIP) for kind in types for title in map(_compact, kind.titles) if title)


def _begins_with(line: str, titles: Sequence[tuple[str, int]]) -> bool:
    # ĐƠN is a title by itself, but begins many a word.
    return any(
        line == title
        if len(title) < LETTERS_PER_SLIP
        else Levenshtein.distance(line[: len(title)], title, score_cutoff=slips) <= slips
        for title, slips in titles
    )


def _compact(text: str) -> str:
    return "".join(filter(str.isalnum, fold(text)))


def _without_marks(line: str) -> str:
    # Folding keeps the length of Vietnamese text, so places found in the folded line are places in the line.
    folded = fold(line)
    if len(folded) == len(line):
        for pattern in (_HEAD, _NUMBER_LINE, _ABOUT):
            for found in pattern.finditer(folded):
                blank = " " * (found.end() - found.start())
                folded = folded[: found.start()] + blank + folded[found.end() :]
                line = line[: found.start()] + blank + line[found.end() :]
    return _NOTATION.sub(" ", line)
