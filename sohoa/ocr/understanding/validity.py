"""From when and until when a paper is valid, where it says so itself: `valid_from`, `valid_to` of TT 01/2023/TT-VPCP, Điều 9.

What a paper says of other things (a term for land, for an answer) is not its own validity: the sentence has to begin with the paper
(`Giấy phép này …`) or be the line of a card (`Có giá trị đến: 05/01/2034`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sohoa.ocr.model import Field
from sohoa.ocr.understanding.calendar import DAY, day_of, months_after
from sohoa.ocr.understanding.header import Layout
from sohoa.ocr.understanding.passages import Passage, passage_of
from sohoa.ocr.understanding.strips import field_of

_PAPER = (
    r"(?:quyet dinh|giay [a-z ]{2,40}?|chung chi|hop dong|thong bao|nghi quyet|quy che|quy dinh|chi thi|ke hoach|van ban|the|"
    r"trich luc|phieu [a-z ]{2,30}?|ban [a-z ]{2,30}?)"
)
_SELF = re.compile(
    rf"\b(?:{_PAPER} nay|hop dong|giay phep|giay chung nhan)\s+(?:nay\s+)?(?:chi\s+)?(?:bat dau\s+)?co (?:hieu luc|gia tri)"
)
_FROM_SIGNING = re.compile(r"^(?: thi hanh| phap ly)?[, ]+(?:ke )?tu (?:ngay )?(?P<event>ky|cap|ban hanh)\b")
_FROM_DAY = re.compile(r"^(?: thi hanh| phap ly)?[, ]+(?:ke )?tu (?:ngay )?" + DAY)
_TO_DAY = re.compile(r"^[^.;]{0,60}?\b(?:den|toi)(?: het)?(?: ngay)?[ :]*" + DAY)
_TERM = re.compile(
    r"^(?P<of>[^.;]{0,60}?)\b(?:trong )?(?:thoi han |thoi gian |vong |la )?(?P<much>\d{1,3})\s*(?:\([^)]{1,30}\)\s*)?(?P<unit>ngay|thang|nam)\b"
    r"[, ]*(?:ke )?tu ngay (?:(?P<event>ky|cap|ban hanh)|" + DAY + r")"
)
_CARD = re.compile(r"^\W*(?:co )?gia tri(?: su dung)?(?: den| toi)(?: het)?(?: ngay)?(?:\s*/\s*[a-z ]{4,20})?[ :.]*" + DAY)
_CARD_ENGLISH = re.compile(r"\b(?:date of expiry|valid until)[ :.]*" + DAY)
_QUALIFIED = 0.75  # `có hiệu lực khởi công xây dựng trong thời hạn …`: valid for one thing
_PLAIN = frozenset({"", "thi hanh", "trong", "su dung", "phap ly"})
_SENTENCE = 260  # letters behind the paper's own name that are looked at


@dataclass(frozen=True, slots=True)
class Validity:
    """ISO days; `raw` is the wording on the paper."""

    since: Field | None
    until: Field | None


def validity(layouts: Sequence[Layout], issued: Field | None = None) -> Validity:
    """issued: the day of issue as understood, from which `kể từ ngày ký` counts; its doubt is carried over."""
    since: Field | None = None
    until: Field | None = None
    for passage in _passages(layouts):
        for found in _SELF.finditer(passage.folded):
            since = since or _since(passage, found.end(), issued)
            until = until or _until(passage, found.end(), issued)
        until = until or _on_a_card(passage)
    return Validity(since, until)


def _passages(layouts: Sequence[Layout]) -> Iterator[Passage]:
    for layout in layouts:
        if layout.strips:
            yield passage_of(layout.strips)


def _since(passage: Passage, at: int, issued: Field | None) -> Field | None:
    said = passage.folded[at : at + _SENTENCE]
    by_day = _FROM_DAY.match(said)
    if by_day:
        return _stated(day_of(by_day), passage, at, at + by_day.end())
    signed = _FROM_SIGNING.match(said)
    return _counted(day(issued), passage, at, at + signed.end(), issued, 1.0) if signed else None


def _until(passage: Passage, at: int, issued: Field | None) -> Field | None:
    said = passage.folded[at : at + _SENTENCE]
    by_day = _TO_DAY.match(said)
    if by_day:
        return _stated(day_of(by_day), passage, at, at + by_day.end())
    term = _TERM.match(said)
    if not term:
        return None
    of_signing = term["event"] is not None
    start = day(issued) if of_signing else day_of(term)
    doubt = 1.0 if term["of"].strip(" ,") in _PLAIN else _QUALIFIED
    end = _after(start, int(term["much"]), term["unit"]) if start else None
    if of_signing:
        return _counted(end, passage, at, at + term.end(), issued, doubt)
    field = _stated(end, passage, at, at + term.end())
    return replace(field, confidence=round(field.confidence * doubt, 4)) if field else None


def _on_a_card(passage: Passage) -> Field | None:
    start = 0
    for strip in passage.strips:
        found = _CARD.match(strip.folded) or _CARD_ENGLISH.search(strip.folded)
        if found:
            return _stated(day_of(found), passage, start + found.start(), start + found.end())
        start += len(strip.text) + 1
    return None


def _after(start: date, much: int, unit: str) -> date | None:
    if unit == "ngay":
        return start + timedelta(days=much)
    return months_after(start, much * (12 if unit == "nam" else 1))


def day(issued: Field | None) -> date | None:
    """The day that a field in ISO form says; None where it says none."""
    try:
        return date.fromisoformat(issued.value) if issued else None
    except ValueError:
        return None


def _stated(stated: date | None, passage: Passage, start: int, end: int) -> Field | None:
    words = passage.words_at(start, end)
    if stated is None or not words:
        return None
    digits = [word.confidence for word in words if any(map(str.isdigit, word.text))]
    field = field_of(stated.isoformat(), words, _page_of(passage, words[0].bbox))
    return replace(field, confidence=round(min([field.confidence, *digits]), 4), raw=passage.text[start:end].strip())


def _counted(counted: date | None, passage: Passage, start: int, end: int, issued: Field | None, doubt: float) -> Field | None:
    field = _stated(counted, passage, start, end)
    if field is None or issued is None:
        return None
    return replace(field, confidence=round(min(field.confidence, issued.confidence) * doubt, 4))


def _page_of(passage: Passage, box: tuple[int, int, int, int]) -> int:
    return next((strip.page for strip in passage.strips if any(word.bbox == box for word in strip.words)), passage.page)
