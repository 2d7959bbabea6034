"""Zone 7: who signed. Right of the middle on the last page that has a signature block."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sohoa.kernel.text import fold
from sohoa.ocr.model import Field
from sohoa.ocr.understanding.header import Layout
from sohoa.ocr.understanding.strips import Strip, field_of, in_capitals, strip_of

# Of the page's width: the block is centred near 0.72. An authority named in capitals under the title is centred near 0.53.
RIGHT_PART = 0.58
APART = 1.5  # letter heights between two columns that a reader joined into one line

_CAPACITY = re.compile(
    r"^\W{0,2}(?P<how>tm|kt|tl|tuq|q)\s?[.,]\s*|\S{0,8}(?P<glued>kt)\.\s*"
)  # a seal's rim may be read as letters before KT.
_POSITION = re.compile(
    r"^(?:pho |quyen )?(?:chu tich|giam doc|tong giam doc|truong phong|chanh van phong|bo truong|thu truong|cuc truong|"
    r"chi cuc truong|vu truong|truong ban|chanh thanh tra|chanh an|hieu truong|thu tuong|chu nhiem|truong cong an|"
    r"vien truong|tong cuc truong|cong chung vien|chu ho)\b"
)
# The hundred or so family names that nearly everybody bears; a line without one is not taken for a person's name.
_FAMILY_NAMES = frozenset({
    "a", "an", "au", "bach", "be", "bui", "cao", "chau", "chu", "cu", "cung", "dam", "dang", "dao", "dau", "diep", "dinh",
    "do", "doan", "duong", "giang", "ha", "han", "hoang", "ho", "huynh", "khuat", "kieu", "la", "lai", "lam", "le", "lieu",
    "lo", "luong", "luu", "ly", "ma", "mac", "mai", "nghiem", "ngo", "nguyen", "ninh", "nong", "ong", "pham", "phan", "phi",
    "phung", "phuong", "quach", "quang", "ta", "tang", "thach", "thai", "than", "thieu", "tieu", "to", "ton", "tong", "tran",
    "trieu", "trinh", "truong", "tu", "ung", "van", "vi", "vo", "vu", "vuong", "y",
})  # fmt: skip


def signer(layouts: Sequence[Layout]) -> tuple[Field | None, Field | None]:
    """Name and position. A position under `KT.` that is not a deputy's was misread (the line lost its PHÓ) and is left out."""
    for layout in reversed(layouts):
        block = [part for strip in layout.strips if (part := _right_part(strip, layout)) is not None]
        heads = [index for index, strip in enumerate(block) if _is_head(strip)]
        if not heads:
            continue
        lowest = heads[-1]
        names = [strip for strip in block[lowest + 1 :] if _is_name(strip.text)]
        near = len(heads) > 1 and lowest - heads[-2] <= 3  # scraps of seal or recipients may stand between
        position = _position(block[lowest], block[heads[-2]] if near else None)
        return (_field(names[0]) if names else None), position
    return None, None


def _position(lowest: Strip, above: Strip | None) -> Field | None:
    if _CAPACITY.match(lowest.folded):
        return None  # `KT. CHỦ TỊCH` says for whom; the signer's own position should stand below and was not read
    instead = _CAPACITY.match(above.folded) if above else None
    if instead and "kt" in (instead["how"], instead["glued"]) and not lowest.folded.startswith("pho "):
        return None
    return _field(lowest)


def _field(strip: Strip) -> Field:
    return field_of(strip.text.strip(" .,:;-_|"), strip.words, strip.page)


def _is_head(strip: Strip) -> bool:
    return in_capitals(strip.text) and bool(_CAPACITY.match(strip.folded) or _POSITION.match(strip.folded))


def _right_part(strip: Strip, layout: Layout) -> Strip | None:
    words = sorted(strip.words, key=lambda word: word.bbox[0])
    for index in range(len(words) - 1, 0, -1):
        if words[index].bbox[0] - words[index - 1].bbox[2] > APART * layout.unit:
            words = words[index:]
            break
    part = strip_of(words, strip.page)
    return part if part.centre > RIGHT_PART * layout.page.width else None


def _is_name(text: str) -> bool:
    words = text.strip(" .,:;-_|").split()
    shaped = all(word.isalpha() and word[0].isupper() and (len(word) == 1 or word[1:].islower()) for word in words)
    return 2 <= len(words) <= 5 and shaped and fold(words[0]) in _FAMILY_NAMES
