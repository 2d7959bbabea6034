"""Zone 7a: in which capacity somebody signs. `TM. ỦY BAN NHÂN DÂN`, `KT. CHỦ TỊCH`, `TL. BỘ TRƯỞNG`, `TUQ.`, `Q.`

TM.: for a collective body. KT.: a deputy in the chief's place. TL.: by the chief's order. TUQ.: by authorisation. Q.: acting chief.
Source: NĐ 30/2020/NĐ-CP, Phụ lục I, phần II, mục 7. Also the positions that stand below, and how they are mended.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sohoa.kernel.text import fold
from sohoa.ocr.understanding.lexicon import Lexicon, Names, tone_free_order
from sohoa.ocr.understanding.strips import in_capitals

_CAPACITY = re.compile(
    r"^\W{0,2}(?P<how>tm|kt|tl|tuq|q)\s?[.,:]\s*|^\W{0,2}(?P<spaced>k\.\s?t)\b[.,:]?\s*|^\W{0,2}(?P<bare>tm|kt|tl|tuq)\s+(?=[a-z]{2})|\S{0,8}(?P<glued>kt)\.\s*"
)  # a seal's rim may be read as letters before KT.
_CHIEFS = (
    "Chủ tịch", "Giám đốc", "Tổng Giám đốc", "Trưởng phòng", "Chánh Văn phòng", "Cục trưởng", "Chi cục trưởng", "Vụ trưởng",
    "Trưởng ban", "Chánh Thanh tra", "Chánh án", "Hiệu trưởng", "Thủ tướng", "Chủ nhiệm", "Trưởng Công an", "Viện trưởng",
    "Tổng cục trưởng", "Tổng Thanh tra", "Bí thư", "Chỉ huy trưởng", "Tổ trưởng", "Trưởng đoàn", "Tổng Kiểm toán", "Thống đốc",
    "Tổng biên tập", "Chi trưởng", "Đội trưởng", "Trạm trưởng", "Hạt trưởng", "Chủ tịch Hội đồng",
)  # fmt: skip
_OTHERS = (
    "Bộ trưởng", "Thứ trưởng", "Thủ trưởng", "Thủ trưởng đơn vị", "Thủ trưởng cơ quan", "Công chứng viên",
    "Thẩm phán", "Người đứng đầu", "Chính ủy", "Chính trị viên",
)  # fmt: skip
# Over a name they say whose it is, but they are nobody's position: `NGƯỜI LÀM ĐƠN`, `CHỦ TRÌ`.
_ROLES = Names.of((
    "Chủ tọa", "Chủ trì", "Chủ trì cuộc họp", "Chủ trì hội nghị", "Chủ hộ", "Người làm đơn", "Người viết đơn", "Người đề nghị",
    "Người yêu cầu", "Người khai", "Người kê khai", "Người nộp đơn", "Người cam đoan", "Người ủy quyền", "Người đăng ký",
    "Người đề nghị đăng ký", "Người làm chứng", "Cá nhân đề nghị",
))  # fmt: skip
_POSITIONS = Names.of((*_CHIEFS, *(f"Phó {chief}" for chief in _CHIEFS), *_OTHERS))
_BEGINS = re.compile(r"^(?:quyen )?(?:" + "|".join(sorted(map(re.escape, _POSITIONS.folded), key=len, reverse=True)) + r")\b")


@dataclass(frozen=True, slots=True)
class Capacity:
    """sign: TM, KT, TL, TUQ or Q. value: the line as it should be written, `KT. CHỦ TỊCH`; mended: a letter was put right."""

    sign: str
    value: str
    mended: bool


def capacity_of(text: str, lexicon: Lexicon) -> Capacity | None:
    found = _CAPACITY.match(fold(text))
    if not found or not in_capitals(text):
        return None
    sign = (found["how"] or found["spaced"] or found["bare"] or found["glued"]).replace(".", "").replace(" ", "").upper()
    rest = text[found.end() :].strip(" .,:;-_|")
    for_whom = position_of(rest, lexicon) if _is_position(rest) else None
    if for_whom is None:
        known = lexicon.known_agency(rest)
        for_whom = (known.value, known.mended)
    return Capacity(sign, f"{sign}. {for_whom[0]}".strip(" ."), for_whom[1])


def is_role(text: str) -> bool:
    return _ROLES.find(text.strip(" .,:;-_|()")) is not None


def is_position(text: str) -> bool:
    return in_capitals(text) and _is_position(text)


def _is_position(text: str) -> bool:
    plain = text.strip(" .,:;-_|")
    return bool(_BEGINS.match(fold(plain))) or _POSITIONS.find(plain) is not None


def is_known_position(text: str) -> bool:
    """Just one of the positions that there are, every letter and tone as read."""
    return _POSITIONS.find(text.strip(" .,:;-_|"), mend=False) is not None


def position_of(text: str, lexicon: Lexicon) -> tuple[str, bool]:
    """The position as it should be written, in the capitals it came in, and whether a letter was put right."""
    sentence, mended = _written(text.strip(" .,:;-_|"), lexicon)
    return (sentence.upper() if in_capitals(text) else sentence), mended


def position_sentence(text: str, lexicon: Lexicon) -> str:
    """`PHÓ CHỦ TỊCH` → `Phó Chủ tịch`, `CỤC TRƯỞNG CỤC CHUYỂN ĐỔI SỐ QUỐC GIA` → `Cục trưởng Cục Chuyển đổi số quốc gia`."""
    return _written(text.strip(), lexicon)[0]


def _written(text: str, lexicon: Lexicon) -> tuple[str, bool]:
    whole = _POSITIONS.find(text)
    if whole:
        return whole.text, whole.mended
    words = text.split()
    for length in range(len(words) - 1, 0, -1):
        begins = _POSITIONS.find(" ".join(words[:length]), mend=length > 1)
        if begins:
            rest = " ".join(words[length:])
            known = lexicon.known_agency(rest)
            return f"{begins.text} {known.sentence}", begins.mended or known.mended
    if tone_free_order(words[0] if words else "") == tone_free_order("quyền"):
        rest, mended = _written(" ".join(words[1:]), lexicon)
        return f"Quyền {rest}", mended
    return (text.capitalize() if in_capitals(text) else text), False
