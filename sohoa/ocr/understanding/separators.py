"""Where one paper ends and the next begins in a stack without separator sheets: signs of a first page, for and against.

Source: NĐ 30/2020/NĐ-CP, Phụ lục I: the head stands on the first page alone, and pages are numbered from the second on, at the top.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from sohoa.kernel.text import fold
from sohoa.ocr.model import PageText
from sohoa.ocr.understanding.header import Layout, layout_of
from sohoa.ocr.understanding.strips import Strip, in_capitals

FIRM = 0.85
"""From here on a page is taken for a first one, below 1 - FIRM for a later one; between the two nobody should rely on it."""

# What each sign weighs, in logits: plus speaks for a first page. By hand, tried on generated and real papers; see the tests.
WEIGHTS: dict[str, float] = {
    "national_header": 4.0,
    "title": 1.8,
    "code_number": 1.2,
    "place_date": 0.8,
    "addressee": 0.8,
    "page_one": 1.5,
    "paper_before_ended": 1.2,
    "other_paper_size": 1.2,
    "later_page_number": -4.5,
    "continues_sentence": -2.5,
    "continues_list": -2.0,
    "sentence_before_open": -1.2,
    "annex": -2.0,
    "nothing_to_read": -4.0,
}
_START = -1.4  # of pages that show no sign at all, one in five is a first one

_NUMBER = re.compile(r"^\W{0,3}(?:ma )?s[o06]\s?[:;.,]|^\S{0,12} ?/ ?[a-z]{2,5}[-–][a-z]")
_DATE = re.compile(r"\bng[aà]?y\b.*\bth[aà]?ng\b.*\bn[aà]?m\b")
_DEAR = re.compile(r"^\W{0,3}kinh g\w{1,2}\b")
_ANNEX = re.compile(r"^\W*phu luc\b")
_LIST = re.compile(r"^\W{0,2}(?:dieu (\d{1,3})\b|khoan (\d{1,3})\b|(\d{1,2})[.)]|[b-eg-h]\)|chuong [ivx]+\b|muc \d+\b)")
_PAGE_NUMBER = re.compile(r"^\W{0,3}(?:trang\s*)?(\d{1,3})(?:\s*[/⁄]\s*(\d{1,3}))?\W{0,3}$")
_PAGE_OF = re.compile(r"\btrang\s*:?\s*(\d{1,3})\s*[/⁄]\s*(\d{1,3})\b")
_RECIPIENTS = re.compile(r"^\W{0,2}noi\s?(?:nhan|gui)\b")
_CAPACITY = re.compile(r"^\W{0,2}(?:tm|kt|tl|tuq|q)\s?[.,]")
_ENDS = ".:;!?…"
_TOP, _UPPER, _BOTTOM = 0.09, 0.45, 0.92  # of the page's height
_OFF_CENTRE = 0.10  # of the page's width
_OTHER_SIZE = 0.12


@dataclass(frozen=True, slots=True)
class FirstPage:
    """evidence: 0 to 1, how likely the page begins a paper. reasons: the signs seen, names of WEIGHTS, the heaviest first."""

    evidence: float
    reasons: tuple[str, ...]

    @property
    def firm(self) -> bool:
        return not 1 - FIRM < self.evidence < FIRM


def first_page_evidence(page: PageText, before: PageText | None = None) -> FirstPage:
    """How likely `page` is the first of a paper. before: the page that lies above it in the stack. Never raises on any text."""
    signs = _signs(page)
    if before is not None and page.words:
        signs += _against(before, page)
    logit = _START + sum(WEIGHTS[sign] for sign in signs)
    reasons = tuple(sorted(signs, key=lambda sign: -abs(WEIGHTS[sign])))
    return FirstPage(round(1 / (1 + math.exp(-logit)), 4), reasons)


def _signs(page: PageText) -> list[str]:
    layout = layout_of(page)
    if not layout.strips:
        return ["nothing_to_read"]
    upper = [strip for strip in layout.strips if strip.bbox[1] < _UPPER * page.height]
    number = _page_number(layout)
    seen = {
        "national_header": layout.found,
        "code_number": any(_NUMBER.match(strip.folded) for strip in upper),
        "place_date": any(_DATE.search(strip.folded) and strip.centre > 0.45 * page.width for strip in upper),
        "addressee": any(_DEAR.match(strip.folded) for strip in upper),
        "annex": any(_ANNEX.match(strip.folded) for strip in upper[:4]),
        "title": _has_title(layout, upper),
        "page_one": number == 1,
        "later_page_number": number is not None and number > 1,
        "continues_sentence": not layout.found and _continues(layout),
        "continues_list": not layout.found and _in_a_list(layout),
    }
    if seen["annex"]:  # its own title is not a paper's
        seen["title"] = False
    return [sign for sign, there in seen.items() if there]


def _against(before: PageText, page: PageText) -> list[str]:
    signs = ["paper_before_ended"] if _ended(before) else []
    last = _body(layout_of(before))[-1:] if before.words else []
    if not signs and last and last[0].bbox[3] > 0.8 * before.height and last[0].text.rstrip()[-1:] not in _ENDS:
        signs.append("sentence_before_open")
    small, large = sorted((page.width * page.height / page.dpi**2, before.width * before.height / before.dpi**2))
    if large and small / large < 1 - _OTHER_SIZE:
        signs.append("other_paper_size")
    return signs


def _ended(page: PageText) -> bool:
    """Recipients or a signature block in the lower part: nothing but an annex comes after them."""
    low = (strip for strip in layout_of(page).strips if strip.bbox[1] > 0.3 * page.height)
    return bool(page.signatures) or any(
        _RECIPIENTS.match(strip.folded) or (_CAPACITY.match(strip.folded) and in_capitals(strip.text)) for strip in low
    )


def _page_number(layout: Layout) -> int | None:
    """The number that stands alone in the top or bottom margin, or in `Trang 2/5` anywhere near them."""
    height, width = layout.page.height, layout.page.width
    for strip in layout.strips:
        if _TOP * height < strip.bbox[1] and strip.bbox[3] < _BOTTOM * height:
            continue
        said = _PAGE_OF.search(strip.folded)
        alone = _PAGE_NUMBER.match(strip.folded)
        if said:
            return int(said.group(1))
        if alone and (abs(strip.centre - width / 2) < _OFF_CENTRE * width or strip.bbox[1] > _BOTTOM * height):
            return int(alone.group(1))
    return None


def _has_title(layout: Layout, upper: list[Strip]) -> bool:
    """A line of capitals, centred, of at least seven letters, which is not the head itself."""
    width = layout.page.width
    beyond = layout.bottom if layout.found else -1
    return any(
        in_capitals(strip.text)
        and sum(map(str.isalpha, strip.text)) >= 6
        and abs(strip.centre - width / 2) < _OFF_CENTRE * width
        and strip.bbox[1] > beyond
        and not _CAPACITY.match(strip.folded)
        for strip in upper
    )


def _body(layout: Layout) -> list[Strip]:
    return [strip for strip in layout.strips if not _PAGE_NUMBER.match(strip.folded) and sum(map(str.isalnum, strip.text)) > 3]


def _continues(layout: Layout) -> bool:
    body = _body(layout)
    if not body:
        return False
    first = next((letter for letter in body[0].text if letter.isalnum()), "")
    return first.isalpha() and first == first.lower() and fold(first) != fold(first).upper()


def _in_a_list(layout: Layout) -> bool:
    """The first line counts on from an earlier one: `Điều 4`, `2.`, `b)`. What begins with one may begin anything."""
    body = _body(layout)
    found = _LIST.match(body[0].folded) if body else None
    if not found:
        return False
    number = next((group for group in found.groups() if group), None)
    return number is None or int(number) > 1
