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
FIRST_LINE = 2.2  # letter heights of white under the title, where the line stands in its middle: a line between was not read
OFF_CENTRE = 0.06  # of the page's width, against the title above it
IN_THE_MIDDLE = 0.012  # of the page's width: set to the title's middle, and no line of the text that happens to lie so
NARROW = 0.65  # of the page's width; lines of the text are wider
WIDER = 1.3  # times the lines above it: words would have gone up, so this line is of another paragraph
FEW_WORDS = 3  # a line this short was broken by hand

# `V/v`, and what readers make of it: VW, VN, V⁄y, Vív, V?:…
_ABOUT = re.compile(r"^\W{0,2}v\s?[/⁄|\\li1]?\s?[vwyn]\b\s*[:.]?\s*|^\W{0,2}v[⁄/]\s*|^\W{0,2}v[^\s:]{0,2}:\s*")
_LABEL_LIKE = re.compile(r"^\W{0,2}[vwy]\S{0,3}\s")  # right under the number, and hardly believed by its reader
_LABEL_READ = 0.5
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


def subject_under_title(layout: Layout, body: Sequence[Strip], last: int) -> Field | None:
    """The lines right under the title, centred with it or beginning where it begins. last: index of the title's lowest strip in `body`."""
    title = body[last]
    chosen: list[Strip] = []
    above = title
    below = body[last + 1 : last + 1 + MOST_LINES]
    if len(below) > 1 and _is_translation(below[0]):
        above, below = below[0], below[1:]
    for strip in below:
        white = FIRST_LINE if not chosen and _in_the_middle(strip, title, layout) else NEXT_LINE
        if strip.bbox[1] - above.bbox[3] > white * layout.unit or _ends(strip, first=not chosen) or _of_another(strip, chosen):
            break
        if not _aligned(strip, title, layout):
            break
        chosen.append(strip)
        above = strip
    return _joined(chosen)


def _in_the_middle(strip: Strip, title: Strip, layout: Layout) -> bool:
    width = layout.page.width
    return abs(strip.centre - title.centre) < IN_THE_MIDDLE * width and strip.bbox[2] - strip.bbox[0] < NARROW * width


def _aligned(strip: Strip, first: Strip, layout: Layout) -> bool:
    return abs(strip.centre - first.centre) <= OFF_CENTRE * layout.page.width or abs(strip.bbox[0] - first.bbox[0]) <= layout.unit


def _of_another(strip: Strip, chosen: Sequence[Strip]) -> bool:
    """Of another paragraph, by its width. Lines are filled from the first on, or set to about one width."""
    if not chosen or all(len(line.words) <= FEW_WORDS for line in chosen):
        return False
    return strip.bbox[2] - strip.bbox[0] > WIDER * max(line.bbox[2] - line.bbox[0] for line in chosen)


def _is_translation(strip: Strip) -> bool:
    """The title again in English, on papers in two languages."""
    return strip.text.isupper() and strip.text.isascii() and len(strip.words) <= 3


def _ends(strip: Strip, *, first: bool) -> bool:
    if _AUTHORITY.match(strip.folded):
        return strip.text.isupper()
    return bool(_ENDS.match(strip.folded)) and not (first and strip.folded.startswith("theo"))


def subject_of_letter(layout: Layout, number: Strip | None = None) -> tuple[Field | None, bool]:
    """The lines from `V/v` on (without those letters), and whether there is a `V/v` at all. number: the strip of the number."""
    left = layout.left() if layout.found else layout.strips[:12]
    found = _about(layout, left) or _about(layout, _upper(layout))
    return found or _unlabelled(layout, left, number) or (None, False)


def _unlabelled(layout: Layout, left: Sequence[Strip], number: Strip | None) -> tuple[Field | None, bool] | None:
    """The lines right under a letter's number, whose `V/v` was read as another short word."""
    below = [strip for strip in left if number is not None and strip.bbox[1] > (number.bbox[1] + number.bbox[3]) / 2]
    label = _LABEL_LIKE.match(below[0].folded) if below else None
    if not label or below[0].words[0].confidence > _LABEL_READ:
        return None
    return _joined(_lines_from(layout, below, 0), skipped=label.end()), True


def _upper(layout: Layout) -> list[Strip]:
    return [strip for strip in layout.strips if strip.bbox[1] < UPPER_PART * layout.page.height]


def _about(layout: Layout, lines: Sequence[Strip]) -> tuple[Field | None, bool] | None:
    for index, strip in enumerate(lines):
        begins = _ABOUT.match(strip.folded)
        if not begins:
            continue
        return _joined(_lines_from(layout, lines, index), skipped=begins.end()), True
    return None


def _lines_from(layout: Layout, lines: Sequence[Strip], index: int) -> list[Strip]:
    """The lines of one paragraph, set to the middle of its first or beginning where that begins."""
    chosen = [lines[index]]
    for below in lines[index + 1 : index + MOST_LINES]:
        far = below.bbox[1] - chosen[-1].bbox[3] > NEXT_LINE * layout.unit
        if far or _ends(below, first=False) or not _aligned(below, chosen[0], layout) or _of_another(below, chosen):
            break
        chosen.append(below)
    return chosen


def addressed(layout: Layout) -> bool:
    """Whether the upper part of the page says `Kính gửi`."""
    return any(strip.folded.lstrip(" |-").startswith("kinh gui") for strip in _upper(layout))


def _joined(chosen: Sequence[Strip], *, skipped: int = 0) -> Field | None:
    """skipped: letters at the start of the first strip that are no part of the subject."""
    value = " ".join(strip.text for strip in chosen)[skipped:].strip(" -–_.,;:|")
    words = [word for strip in chosen[1:] for word in strip.words]
    words = [*(chosen[0].words_at(skipped, len(chosen[0].text)) if chosen else ()), *words]
    return field_of(value[:LONGEST], words, chosen[0].page) if value and words else None
