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
OFF_CENTRE = 0.06  # of the page's width, against the title above it

_ABOUT = re.compile(r"^\W{0,2}v\s?[/⁄|\\li1]?\s?v\b\s*[:.]?\s*|^\W{0,2}v[⁄/]\s*")
_PEOPLE = (
    "uy ban nhan dan|hoi dong nhan dan|chu tich|pho chu tich|bo truong|giam doc|tong giam doc|truong ban|cuc truong|chi cuc truong|"
    "truong phong|thu tuong|chinh phu"
)
_ENDS = re.compile(
    rf"^\W*(?:kinh gui|can cu|so\s?[:/]|(?:{_PEOPLE})\b|thi hanh\b|theo\b|dieu 1\b|ho ten|ho va ten|hom nay|ngay \d|[i1]\. )"
)
# An authority is named in capitals on its own; a subject may well begin with one (`Chủ tịch nước thăm …`), but not in capitals.
_AUTHORITY = re.compile(rf"^\W*(?:{_PEOPLE})\b")


def subject_under_title(layout: Layout, last: int) -> Field | None:
    """The centred lines right under the title. last: index of the title's lowest strip in `layout.body()`."""
    body = layout.body()
    title = body[last]
    chosen: list[Strip] = []
    above = title
    for strip in body[last + 1 : last + 1 + MOST_LINES]:
        if strip.bbox[1] - above.bbox[3] > NEXT_LINE * layout.unit or _ends(strip, first=not chosen):
            break
        if abs(strip.centre - title.centre) > OFF_CENTRE * layout.page.width:
            break
        chosen.append(strip)
        above = strip
    return _joined(chosen, 0)


def _ends(strip: Strip, *, first: bool) -> bool:
    if _AUTHORITY.match(strip.folded):
        return strip.text.isupper()
    return bool(_ENDS.match(strip.folded)) and not (first and strip.folded.startswith("theo"))


def subject_of_letter(layout: Layout) -> tuple[Field | None, bool]:
    """The lines from `V/v` on (without those letters), and whether there is a `V/v` at all."""
    lines = layout.left() if layout.found else layout.strips[:12]
    for index, strip in enumerate(lines):
        begins = _ABOUT.match(strip.folded)
        if not begins:
            continue
        chosen = [strip]
        for below in lines[index + 1 : index + MOST_LINES]:
            if below.bbox[1] - chosen[-1].bbox[3] > NEXT_LINE * layout.unit or below.folded.startswith("kinh gui"):
                break
            chosen.append(below)
        return _joined(chosen, begins.end()), True
    return None, False


def addressed(layout: Layout) -> bool:
    """Whether the upper part of the page says `Kính gửi`."""
    upper = (strip for strip in layout.strips if strip.bbox[1] < 0.6 * layout.page.height)
    return any(strip.folded.lstrip(" |-").startswith("kinh gui") for strip in upper)


def _joined(chosen: Sequence[Strip], skipped: int) -> Field | None:
    value = " ".join(strip.text for strip in chosen)[skipped:].strip(" -–_.,;:|")
    words = [word for strip in chosen for word in strip.words]
    return field_of(value[:LONGEST], words, chosen[0].page) if value and words else None
