"""Zone 5: what a paper is about. Under the title, or, for a công văn, after `V/v` under the number."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sohoa.ocr.model import Field
from sohoa.ocr.understanding.header import Layout
from sohoa.ocr.understanding.strips import Strip, field_of

LONGEST = 500  # Subject, NĐ 30/2020/NĐ-CP, Phụ lục VI
MOST_LINES = 8
NEXT_LINE = 0.9  # letter heights of white above a line of the same paragraph; under a subject stands a rule with more around it
UPPER_PART = 0.6  # of the page's height
OFF_CENTRE = 0.06  # of the page's width, against the title above it

# `V/v`, and what readers make of it: VW, VN, V⁄y, Vív…
_ABOUT = re.compile(r"^\W{0,2}v\s?[/⁄|\\li1]?\s?[vwyn]\b\s*[:.]?\s*|^\W{0,2}v[⁄/]\s*")
_PEOPLE = (
    "uy ban nhan dan|hoi dong nhan dan|chu tich|pho chu tich|bo truong|giam doc|tong giam doc|truong ban|cuc truong|chi cuc truong|"
    "truong phong|thu tuong|chinh phu"
)
_ENDS = re.compile(
    rf"^\W*(?:kinh gui|can cu|so\s?[:/]|(?:{_PEOPLE})\b|thi hanh\b|theo\b|dieu 1\b|ho ten|ho va ten|hom nay|ngay \d|[i1]\. |"
    r"dang ky lan |mau so\b)|^\W?ban sao\W?$"
)
# An authority is named in capitals on its own; a subject may well begin with one (`Chủ tịch nước thăm …`), but not in capitals.
_AUTHORITY = re.compile(rf"^\W*(?:{_PEOPLE})\b")


def subject_under_title(layout: Layout, last: int) -> Field | None:
    """The lines right under the title, centred with it or beginning where it begins. last: index of the title's lowest strip in `layout.body()`."""
    body = layout.body()
    title = body[last]
    chosen: list[Strip] = []
    above = title
    below = body[last + 1 : last + 1 + MOST_LINES]
    if len(below) > 1 and _is_translation(below[0]):
        above, below = below[0], below[1:]
    for strip in below:
        if strip.bbox[1] - above.bbox[3] > NEXT_LINE * layout.unit or _ends(strip, first=not chosen):
            break
        if abs(strip.centre - title.centre) > OFF_CENTRE * layout.page.width and abs(strip.bbox[0] - title.bbox[0]) > layout.unit:
            break
        chosen.append(strip)
        above = strip
    return _joined(chosen)


def _is_translation(strip: Strip) -> bool:
    """The title again in English, on papers in two languages."""
    return strip.text.isupper() and strip.text.isascii() and len(strip.words) <= 3


def _ends(strip: Strip, *, first: bool) -> bool:
    if _AUTHORITY.match(strip.folded):
        return strip.text.isupper()
    return bool(_ENDS.match(strip.folded)) and not (first and strip.folded.startswith("theo"))


def subject_of_letter(layout: Layout) -> tuple[Field | None, bool]:
    """The lines from `V/v` on (without those letters), and whether there is a `V/v` at all."""
    return _about(layout, layout.left() if layout.found else layout.strips[:12]) or _about(layout, _upper(layout)) or (None, False)


def _upper(layout: Layout) -> list[Strip]:
    return [strip for strip in layout.strips if strip.bbox[1] < UPPER_PART * layout.page.height]


def _about(layout: Layout, lines: Sequence[Strip]) -> tuple[Field | None, bool] | None:
    for index, strip in enumerate(lines):
        begins = _ABOUT.match(strip.folded)
        if not begins:
            continue
        chosen = [strip]
        for below in lines[index + 1 : index + MOST_LINES]:
            if below.bbox[1] - chosen[-1].bbox[3] > NEXT_LINE * layout.unit or below.folded.startswith("kinh gui"):
                break
            chosen.append(below)
        return _joined(chosen, skipped=begins.end()), True
    return None


def addressed(layout: Layout) -> bool:
    """Whether the upper part of the page says `Kính gửi`."""
    return any(strip.folded.lstrip(" |-").startswith("kinh gui") for strip in _upper(layout))


def _joined(chosen: Sequence[Strip], *, skipped: int = 0) -> Field | None:
    """skipped: letters at the start of the first strip that are no part of the subject."""
    value = " ".join(strip.text for strip in chosen)[skipped:].strip(" -–_.,;:|")
    words = [word for strip in chosen[1:] for word in strip.words]
    words = [*(chosen[0].words_at(skipped, len(chosen[0].text)) if chosen else ()), *words]
    return field_of(value[:LONGEST], words, chosen[0].page) if value and words else None
