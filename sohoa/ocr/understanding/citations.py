"""Papers that a paper rests on: `Căn cứ Nghị định số 45/2020/NĐ-CP ngày 08 tháng 4 năm 2020 của Chính phủ về …`.

for cited in cited_documents(layouts): cited.kind, cited.number, cited.notation, cited.issued, cited.issuer
cited_field(cited_documents(layouts))        # one Field, `Nghị định số 45/2020/NĐ-CP ngày 08/4/2020 của Chính phủ`, one a line
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sohoa.ocr.model import Box, Field, Word, around, mean_confidence
from sohoa.ocr.understanding.calendar import DAY, day_of
from sohoa.ocr.understanding.header import Layout
from sohoa.ocr.understanding.passages import Passage, passage_of
from sohoa.ocr.understanding.strips import Strip, in_capitals

PAGES = 2  # grounds stand at the beginning; what later pages mention is not what the paper rests on
MOST_LINES = 14  # of one ground
BELIEVED = 0.6  # a number read less surely is not stated: a link to the wrong paper is worse than none
_MOST_WORDS = 22  # in a law's own name

_LAWS = {"bo luat": "Bộ luật", "luat": "Luật", "phap lenh": "Pháp lệnh", "hien phap": "Hiến pháp"}
_KINDS = _LAWS | {
    "nghi dinh": "Nghị định", "nghi quyet": "Nghị quyết", "quyet dinh": "Quyết định", "thong tu lien tich": "Thông tư liên tịch",
    "thong tu": "Thông tư", "chi thi": "Chỉ thị", "cong van": "Công văn", "cong dien": "Công điện", "van ban": "Văn bản",
    "ke hoach": "Kế hoạch", "to trinh": "Tờ trình", "bao cao": "Báo cáo", "thong bao": "Thông báo", "ket luan": "Kết luận",
    "huong dan": "Hướng dẫn", "bien ban": "Biên bản", "hop dong": "Hợp đồng", "chuong trinh": "Chương trình", "de an": "Đề án",
    "giay phep": "Giấy phép", "phieu chuyen": "Phiếu chuyển", "giay moi": "Giấy mời",
}  # fmt: skip
_BY_LETTERS = {
    "NĐ": "Nghị định", "NQ": "Nghị quyết", "QĐ": "Quyết định", "TT": "Thông tư", "TTLT": "Thông tư liên tịch", "CT": "Chỉ thị",
    "TTr": "Tờ trình", "BC": "Báo cáo", "KH": "Kế hoạch", "TB": "Thông báo", "KL": "Kết luận", "HD": "Hướng dẫn", "CV": "Công văn",
    "CĐ": "Công điện", "BB": "Biên bản",
}  # fmt: skip
_BEGINS = re.compile(r"^\W*(?:can cu|theo de nghi|theo|xet de nghi|xet|thuc hien)\b")
_ENDS = re.compile(r"^\W*(?:dieu \d|quyet dinh\s*:|[ivx]+\.\s|\d+\.\s|kinh gui|noi nhan)")
_KIND = re.compile(r"\b(?:" + "|".join(sorted(_KINDS, key=len, reverse=True)) + r")\b")
_NOTATION = r"[A-ZĐ]\w*(?:\s?[-–.&]\s?[A-ZĐƯƠÔÂĂÊ]\w*)*(?<![_.])"
_NUMBERED = re.compile(
    rf"(?P<number>\d(?:\s?\d){{0,5}}[a-e]?)\s?(?:/\s?(?P<notation>(?:(?:19|20)\d{{2}}\s?/\s?)?{_NOTATION})"
    rf"|-\s?(?P<party>[A-ZĐ][A-Za-zĐđ]{{0,3}}\s?/\s?{_NOTATION}))"
)
_AFTER_SO = re.compile(r"\bso\s*[:.]?\s*(?=\d)")
_NEXT_OF_MANY = re.compile(r"\s*(?:,|;|va)\s*(?:so\s*)?(?=\d)")
_DATED = re.compile(r"^[\s,.]*ngay\s*\.?" + DAY)
_LAW = re.compile(r"\b(?P<kind>bo luat|luat|phap lenh)\s+(?P<name>[^;.()]{3,140}?)\s+(?=so\s*\d|ngay\s*\d|nam\s*\d)")
_OF = re.compile(r"^[\s,.]*cua\s+")
_ISSUER_ENDS = re.compile(
    r"[;.(:]|,(?! Chủ nhiệm)|\s(?:về|quy định|hướng dẫn|sửa đổi|ban hành|thông qua|công bố|phê duyệt|kiện toàn|bổ sung|giao|gửi|tại|"
    r"trong|từ|đến|theo|năm|để|nhằm|đã|do|và ý)\b"
)
_LONGEST_ISSUER = 90


@dataclass(frozen=True, slots=True)
class Citation:
    """notation: as printed, without spaces, `2020/NĐ-CP` of a legal text included. name: of a law. year: `Luật Đất đai năm 2024`.

    "" and None where it is not said.
    """

    kind: str
    name: str
    number: str
    notation: str
    issued: date | None
    year: int | None
    issuer: str
    page: int
    bbox: Box
    confidence: float

    @property
    def code(self) -> str:
        """`45/2020/NĐ-CP`, `57-NQ/TW`; "" for a law cited by its name."""
        party = "/" in self.notation and not self.notation[:4].isdigit()
        return f"{self.number}{'-' if party else '/'}{self.notation}" if self.number else ""

    @property
    def text(self) -> str:
        parts = [self.kind, self.name, f"số {self.code}" if self.number else ""]
        day = f"ngày {self.issued.day:02d}/{self.issued.month:02d}/{self.issued.year}" if self.issued else ""
        year = f"năm {self.year}" if self.year and not self.issued else ""
        return " ".join(filter(None, [*parts, day, year, f"của {self.issuer}" if self.issuer else ""]))


def cited_documents(layouts: Sequence[Layout], *, latest: date | None = None) -> tuple[Citation, ...]:
    """In their order, each once. Only from grounds (`Căn cứ`, `Theo`, `Xét`, `Thực hiện` at the beginning of a paragraph).

    latest: the day of the paper itself; what would have been issued after it was misread and is left out.
    """
    found: dict[tuple[str, str, str], Citation] = {}
    for layout in layouts[:PAGES]:
        for ground in _grounds(layout):
            for cited in _in_ground(ground):
                if latest and _later(cited, latest):
                    continue
                found.setdefault((cited.kind, cited.name.casefold(), cited.code or str(cited.issued or cited.year)), cited)
    return tuple(found.values())


def _later(cited: Citation, latest: date) -> bool:
    year = re.match(r"\d{4}(?=/)", cited.notation)
    return (cited.issued is not None and cited.issued > latest) or (year is not None and int(year[0]) > latest.year)


def cited_field(cited: Sequence[Citation]) -> Field | None:
    """One a line. The confidence is that of the weakest; each has its own in `Citation`."""
    if not cited:
        return None
    page = cited[0].page
    sure = min(one.confidence for one in cited)
    return Field("\n".join(one.text for one in cited), sure, page, around(c.bbox for c in cited if c.page == page))


def _grounds(layout: Layout) -> Iterator[Passage]:
    lines: list[Strip] = []
    for strip in layout.strips:
        begins = bool(_BEGINS.match(strip.folded)) and (not lines or lines[-1].text.endswith((";", ".", ":", ",")))
        if lines and (begins or _stops(lines, strip, layout)):
            yield passage_of(lines)
            lines = []
        if begins or lines:
            lines.append(strip)
    if lines:
        yield passage_of(lines)


def _stops(lines: Sequence[Strip], strip: Strip, layout: Layout) -> bool:
    above = lines[-1]
    ended = above.text.endswith((";", "./.", ".")) and strip.text[:1].isupper()
    far = strip.bbox[1] - above.bbox[3] > 2.5 * layout.unit
    return ended or far or len(lines) >= MOST_LINES or in_capitals(strip.text) or bool(_ENDS.match(strip.folded))


def _in_ground(ground: Passage) -> Iterator[Citation]:
    upto, kind = 0, ""
    for so in _AFTER_SO.finditer(ground.folded):
        at: int | None = so.end()
        while at is not None and at >= upto:
            found = _NUMBERED.match(ground.text, at)
            cited = _numbered(ground, found, so.start()) if found else None
            if found is None or cited is None:
                break
            # `các Công văn: số 1060/BTC-QLGCS …; số 1187/BTC-ĐT`: the kind is said once for all of them.
            kind = kind if not cited.kind else cited.kind if cited.kind in ("Công văn", "Văn bản") else kind
            yield replace(cited, kind=cited.kind or kind)
            upto = found.end()
            more = _NEXT_OF_MANY.match(ground.folded, upto)
            at = more.end() if more else None
    yield from _laws(ground)


def _numbered(ground: Passage, found: re.Match[str], so: int) -> Citation | None:
    notation = re.sub(r"\s*([-–/.&])\s*", r"\1", found["notation"] or found["party"]).replace("–", "-")
    words = ground.words_at(found.start(), found.end())
    if not words or min(_digits_confidence(words), mean_confidence(words)) < BELIEVED:
        return None
    letters = re.split(r"[-./]", re.sub(r"^\d{4}/", "", notation))[0]
    before = _kind_before(ground.folded, so)
    # `Công văn số 299/UBND-TTHC`: no letters say the kind, so the word does. Where both speak, the letters stand nearer.
    kind = _BY_LETTERS.get(letters) or before or ""
    name = _law_name(ground, so) if before in _LAWS.values() else ""
    if before in _LAWS.values():
        kind = before
    dated = _DATED.match(ground.folded[found.end() :])
    issued = day_of(dated) if dated else None
    issuer = _issuer(ground.text[found.end() + (dated.end() if dated else 0) :])
    number = found["number"].replace(" ", "")
    confidence = round(mean_confidence(words), 4)
    return Citation(kind, name, number, notation, issued, None, issuer, ground.page, _box(words, ground), confidence)


def _digits_confidence(words: Sequence[Word]) -> float:
    return min((word.confidence for word in words if any(map(str.isdigit, word.text))), default=0.0)


def _box(words: Sequence[Word], ground: Passage) -> Box:
    return around(word.bbox for word in words) if words else ground.strips[0].bbox


def _kind_before(folded: str, at: int) -> str:
    """The last kind named before `at`, in the same part of the sentence."""
    start = max(folded.rfind(";", 0, at) + 1, at - 120)
    named = list(_KIND.finditer(folded, start, at))
    return _KINDS[named[-1][0]] if named else ""


def _law_name(ground: Passage, so: int) -> str:
    for law in _LAW.finditer(ground.folded):
        if law.end() <= so < law.end() + 3:
            return ground.text[law.start("name") : law.end("name")].strip(" ,")
    return ""


def _laws(ground: Passage) -> Iterator[Citation]:
    """Laws cited by name and day, or by name and year."""
    for law in _LAW.finditer(ground.folded):
        rest = ground.folded[law.end() :]
        dated = _DATED.match(rest)
        name = ground.text[law.start("name") : law.end("name")].strip(" ,")
        year = re.match(r"\s*nam\s*((?:19|20)\d\d)\b", rest)
        if len(name.split()) > _MOST_WORDS or not (dated or year):
            continue
        words = ground.words_at(law.start(), law.end() + (dated.end() if dated else 8))
        yield Citation(
            kind=_LAWS[law["kind"]],
            name=name,
            number="",
            notation="",
            issued=day_of(dated) if dated else None,
            year=int(year[1]) if year else None,
            issuer="",
            page=ground.page,
            bbox=_box(words, ground),
            confidence=round(mean_confidence(words), 4),
        )


def _issuer(rest: str) -> str:
    of = _OF.match(rest.replace("của", "cua", 1))
    if not of:
        return ""
    ends = _ISSUER_ENDS.search(rest, of.end())
    name = rest[of.end() : ends.start() if ends else len(rest)].strip(" ,.;:")
    return name if name[:1].isupper() and len(name) <= _LONGEST_ISSUER else ""
