"""The lines of a stamp: what they say, and where they break."""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.signing.profiles.facts import Facts
from sohoa.signing.profiles.font import SignatureFont, letters_of, tidy
from sohoa.signing.profiles.profile import Profile

LEADING = 1.15  # of the size, as Times is set single-spaced
PADDING = 1.0  # points around the text, inside the stamp's box
WITHOUT_VALUE = "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ"
_WIDTHS = (260.0, 200.0, 160.0, 130.0, 100.0, 75.0)  # points; a stamp may be as wide as these, or as its longest line
_MOST_LINES = 14

_IN_WORDS = {
    "signer": ("tên người ký", "the signer's name"),
    "agency": ("tên cơ quan", "the agency's name"),
    "by": ("tên cơ quan hoặc người thực hiện", "the name of the agency or person"),
    "number": ("số và ký hiệu văn bản", "the document's number and notation"),
    "copy_form": ("hình thức sao (SAO Y, SAO LỤC hoặc TRÍCH SAO)", "the form of copy"),
    "image": ("hình ảnh chữ ký hoặc con dấu (PNG nền trong suốt)", "the image of the signature or seal"),
    "block": ("chỗ ghi chức vụ và họ tên người ký trên trang", "where the page names the signer"),
}


class StampFactMissing(SohoaError):
    code, exit_code = "signing.stamp_fact_missing", Exit.USAGE
    vi = "Kiểu chữ ký này phải ghi {vi_what}, mà chưa được cho biết."
    en = "This kind of signature must show {en_what}, which was not given."
    remedy = "Điền mục còn thiếu rồi ký lại, hoặc chọn kiểu chữ ký khác."
    remedy_en = "Give what is missing and sign again, or choose another profile."

    @classmethod
    def named(cls, what: str) -> StampFactMissing:
        vi, en = _IN_WORDS[what]
        return cls(what=what, vi_what=vi, en_what=en)


@dataclass(frozen=True, slots=True)
class Text:
    """Paragraphs, each broken into lines. size: points. width, height: of all lines in points, without padding."""

    paragraphs: tuple[tuple[str, ...], ...]
    size: float
    width: float
    height: float

    @property
    def lines(self) -> int:
        return sum(map(len, self.paragraphs))


def said(profile: Profile, facts: Facts) -> tuple[str, ...]:
    """The paragraphs, on one line each, tidy. Raises StampFactMissing."""
    told = {name: tidy(value) for name, value in facts.told().items()}
    templates = (*profile.lines, *(profile.conversion if facts.converted else ()))
    for template in templates:
        for _, name, _, _ in string.Formatter().parse(template):
            if name is not None and not told[name]:
                raise StampFactMissing.named(name)
    paragraphs = tuple(tidy(template.format_map(told)) for template in templates)
    return (*paragraphs, WITHOUT_VALUE) if facts.without_legal_value and paragraphs else paragraphs


def shapes(paragraphs: tuple[str, ...], *, size: float, font: SignatureFont) -> Iterator[Text]:
    """The same words at one size, in every shape worth trying, the widest first; none when there are no words.

    Raises LetterNotInFont.
    """
    if not paragraphs:
        return
    longest = max(font.width(word, size) for paragraph in paragraphs for word in paragraph.split(" "))
    # A time cut in two is worse than a smaller letter; only a word that no stamp is wide enough for is broken.
    widths = (*(width for width in _WIDTHS if width > longest), longest) if longest <= _WIDTHS[0] else _WIDTHS[:1]
    seen: set[int] = set()
    for width in widths:
        broken = tuple(tuple(_broken(paragraph, width, size, font)) for paragraph in paragraphs)
        count = sum(map(len, broken))
        if count in seen or count > _MOST_LINES:
            continue  # as many lines as before: narrower by a few points at most, and less evenly filled
        seen.add(count)
        yield measured(broken, size=size, font=font)


def fitted(paragraph: str, width: float, *, size: float, font: SignatureFont) -> Text:
    """One paragraph in a measure of `width` points."""
    return measured((tuple(_broken(paragraph, width, size, font)),), size=size, font=font)


def measured(paragraphs: tuple[tuple[str, ...], ...], *, size: float, font: SignatureFont) -> Text:
    lines = [line for paragraph in paragraphs for line in paragraph]
    widest = max(font.width(line, size) for line in lines)
    return Text(paragraphs, size, widest, LEADING * size * len(lines))


def sizes(largest: float, least: float) -> Iterable[float]:
    """From the size of the law downwards, by a point."""
    size = largest
    while size >= least:
        yield size
        size -= 1.0


def _broken(paragraph: str, width: float, size: float, font: SignatureFont) -> Iterator[str]:
    """Between words; within a word only when it alone is too wide. Filled as evenly as the number of lines allows."""
    words = [piece for word in paragraph.split(" ") for piece in _pieces(word, width, size, font)]
    lines = _filled(words, width, size, font)
    if len(lines) > 1:  # a last line of one word looks like a mistake: narrow the measure while the count stays
        measure = width
        while measure > width / 2:
            measure -= 4
            narrower = _filled(words, measure, size, font)
            if len(narrower) > len(lines) or max(font.width(line, size) for line in narrower) > measure:
                break
            lines = narrower
    yield from lines


def _filled(words: list[str], width: float, size: float, font: SignatureFont) -> list[str]:
    lines: list[str] = []
    for word in words:
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and font.width(joined, size) <= width:
            lines[-1] = joined
        else:
            lines.append(word)
    return lines


def _pieces(word: str, width: float, size: float, font: SignatureFont) -> Iterator[str]:
    piece = ""
    for letter in letters_of(word):
        if piece and font.width(piece + letter, size) > width:
            yield piece
            piece = ""
        piece += letter
    yield piece
