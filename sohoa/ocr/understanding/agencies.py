"""Zone 2: who issued a paper. The left column names the parent first and the body itself below."""

from __future__ import annotations

from sohoa.kernel.text import fold
from sohoa.ocr.model import Field
from sohoa.ocr.understanding.header import Layout
from sohoa.ocr.understanding.strips import Strip, field_of, in_capitals

# What the name of a body begins with, folded. A line that begins so begins a new body; any other line continues the one above.
_HEADS = (
    "uy ban ", "ubnd ", "hoi dong ", "hdnd ", "so ", "bo ", "ban ", "phong ", "van phong ", "cuc ", "chi cuc ", "tong cuc ",
    "trung tam ", "thanh tra ", "cong an ", "truong ", "benh vien ", "cong ty ", "toa an ", "vien ", "chinh phu ",
    "thu tuong ", "doan ", "hoi ", "mat tran ", "bao hiem ", "kho bac ", "to ", "chi nhanh ", "dang uy ", "tinh uy ",
    "huyen uy ", "thanh uy ", "quan uy ", "lien doan ", "ngan hang ", "hop tac xa ", "doi ", "tram ", "hat ",
)  # fmt: skip
_CONTINUES = (" va", ",", " -", " cua")
# The second line of UBND, HĐND, công an… names the place; read with a wrong tone it is still this word, and only at the start of a
# line (a province is called HÀ TĨNH).
_PLACES = {"tinh": "TỈNH", "huyen": "HUYỆN", "xa": "XÃ", "phuong": "PHƯỜNG", "quan": "QUẬN"}
_MENDED = 0.85
_UNUSUAL = 0.7  # the name begins with none of the words above: a rare body, or scraps of a damaged head
LONGEST = 200  # OrganName, NĐ 30/2020/NĐ-CP, Phụ lục VI


def issuing_agency(layout: Layout, number: Strip | None) -> Field | None:
    """The lowest body named above the number (`number`: its strip), in the capitals it is printed in; its parent is left out."""
    lines: list[Strip] = []
    for strip in layout.left():
        above = number is None or not layout.in_left(number) or strip.bbox[1] < number.bbox[1]
        # No body has a slash in its name: such a line is the number, even where nothing else of it could be read.
        if strip is number or not above or "/" in strip.text:
            break
        if in_capitals(strip.text):
            lines.append(strip)
        elif lines and sum(map(str.isalpha, strip.text)) > 2:
            break
    start = 0
    for index, strip in enumerate(lines):
        if strip.folded.startswith(_HEADS) and not (index and lines[index - 1].folded.endswith(_CONTINUES)):
            start = index
    chosen = lines[start:]
    printed = _joined([strip.text for strip in chosen])
    mended = _joined([_place_mended(strip.text) for strip in chosen])
    if sum(map(str.isalpha, mended)) < 0.7 * len(mended.replace(" ", "")) or not mended:
        return None
    words = [word for strip in chosen for word in strip.words]
    doubt = (1.0 if mended == printed else _MENDED) * (1.0 if chosen[0].folded.startswith(_HEADS) else _UNUSUAL)
    return field_of(mended[:LONGEST], words, layout.page.number, doubt=doubt)


def _joined(lines: list[str]) -> str:
    return " ".join(lines).strip(" -–_.,:|*")


def _place_mended(text: str) -> str:
    head, space, rest = text.partition(" ")
    return _PLACES.get(fold(head), head) + space + rest if rest else text
