"""Labels on forms and cards, and the words that stand behind them.

A label is known by its letters, one misread in six forgiven, wherever it stands on the page. What it introduces stands behind
it on the line, in the next cell of the row, or on the line below.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import Levenshtein

from sohoa.ocr.model import Word
from sohoa.ocr.understanding.header import Layout
from sohoa.ocr.understanding.strips import Strip

Kind = Literal[
    "name", "identifier", "birth", "sex", "address", "phone", "tax", "dossier", "procedure", "issued", "expires", "other", "break"
]

# Folded, letters and digits only are compared. `other` labels nothing we keep, but ends what stands before it; `break` begins
# what a form says of somebody else.
_PHRASES: dict[Kind, tuple[str, ...]] = {
    "name": (
        "ho chu dem ten", "ho chu dem va ten", "ho ten", "ho va ten", "ho ten chu ho", "ten chu dau tu", "ten chu ho", "ten nguoi nop",
        "nguoi nop ho so", "ho chu dem va ten khai sinh", "ten nguoi de nghi", "toi ten la", "cap cho", "full name",
    ),
    "identifier": (
        "so dinh danh ca nhan", "so dinh danh", "ma dinh danh ca nhan", "so cccd", "cccd so", "so cmnd", "cmnd so", "can cuoc so",
        "so can cuoc", "can cuoc cong dan so", "so can cuoc cong dan", "so the can cuoc", "chung minh nhan dan so",
        "so chung minh nhan dan", "cccd", "cmnd", "cmnd cccd", "cccd cmnd", "so cmnd cccd", "so cccd cmnd", "giay to tuy than",
        "so giay to tuy than", "so dinh danh ca nhan cmnd", "so cmnd cccd ho chieu", "personal identification number",
    ),
    "birth": ("ngay thang nam sinh", "ngay sinh", "sinh ngay", "date of birth"),
    "sex": ("gioi tinh",),
    "address": (
        "noi cu tru", "dia chi", "noi thuong tru", "dia chi thuong tru", "noi o hien tai", "ho khau thuong tru", "cho o hien nay",
        "noi dang ky thuong tru", "dia chi lien he", "noi o hien nay", "dia chi cu tru", "place of residence",
    ),
    "phone": ("so dien thoai", "dien thoai", "sdt", "so dien thoai lien he", "dien thoai lien he", "dien thoai di dong"),
    "tax": ("ma so thue", "mst", "ma so doanh nghiep", "ma so thue ca nhan", "ma so ho kinh doanh"),
    "dossier": ("ma ho so", "ma so ho so", "so ho so", "ma bien nhan", "so bien nhan", "ma so bien nhan", "ma ho so tthc"),
    "procedure": ("ma thu tuc", "ma tthc", "ma so thu tuc", "ma thu tuc hanh chinh", "ma so tthc"),
    "issued": ("ngay thang nam cap", "ngay cap", "cap ngay", "date of issue"),
    "expires": ("ngay thang nam het han", "co gia tri den", "ngay het han", "date of expiry"),
    "other": (
        "quoc tich", "dan toc", "ton giao", "quan he", "noi sinh", "que quan", "noi dang ky khai sinh", "noi cap", "noi cap ngay",
        "nghe nghiep", "chuc vu", "email", "thu dien tu", "fax", "so fax", "website", "noi dung de nghi", "kinh gui", "sinh nam",
        "giay to gui kem", "place of birth", "nationality", "ho va ten chong", "quan he voi chu ho", "quan he voi nguoi",
        "noi lam viec", "don vi cong tac", "trinh do", "so tai khoan", "ten ho kinh doanh", "nganh nghe kinh doanh", "co quan cap",
        "lien he",
    ),
    "break": (
        "nhung thanh vien", "cho nguoi duoi day", "cho nguoi co ten duoi day", "thong tin ve con", "thong tin ve cha", "thong tin ve me",
        "thong tin ve vo", "thong tin ve chong", "nguoi duoc uy quyen", "ben duoc uy quyen", "nguoi dai dien", "phan danh cho",
        "nguoi duoc khai sinh", "thanh vien ho gia dinh",
    ),
}  # fmt: skip
LETTERS_PER_SLIP = 6
_EXACT, _LONG = 6, 10  # letters; labels up to _EXACT are taken only as they are, below _LONG only where a colon marks them
_QUALIFIER = 48  # letters between a label and its colon: `người đề nghị`, `/ Full name`, `(viết chữ in hoa)`
_FULL = 5  # letter heights short of the right edge; the longest syllable, `nghiêng`, is about that wide
_MOST_LINES, _HEAD = 3, 3
_COLON = re.compile(r"[:;]|\.{3,}|…|(?:[._]\s?){4,}")
_LEADERS = re.compile(r"^[\s.:;,_…·*|'\"“”`~=–—-]+|[\s._…·*|'\"“”`~=;,:–—-]+$")
_ORDINAL = re.compile(r"^\W*(?:\(?\d{1,2}[.)]|[a-zđ][.)])?\W*$")
_NEW_POINT = re.compile(r"^\W{0,2}(?:\d{1,2}[.)]|[-–+*•]|[a-zđ]\))\s")
ENDS_IN_PROVINCE = re.compile(r"\b(?:tinh|thanh pho|tp\.?)\s+\w+[\s-]\w+(?:[\s-]\w+){0,2}$")


@dataclass(frozen=True, slots=True)
class _Phrase:
    kind: Kind
    letters: str
    slips: int


_KNOWN = tuple(
    _Phrase(kind, letters, 0 if len(letters) <= _EXACT else len(letters) // LETTERS_PER_SLIP)
    for kind, phrases in _PHRASES.items()
    for letters in (phrase.replace(" ", "") for phrase in phrases)
)


def _keys(letters: str) -> tuple[tuple[int, str], ...]:
    """Two of the first three letters agree wherever at most one of them is misread; looked up, that spares nearly all comparing."""
    return ((0, letters[0:2]), (1, letters[0:1] + letters[2:3]), (2, letters[1:3]))


_BY_KEY: dict[tuple[int, str], list[_Phrase]] = {}
for _phrase in _KNOWN:
    for _key in _keys(_phrase.letters):
        _BY_KEY.setdefault(_key, []).append(_phrase)


@dataclass(frozen=True, slots=True)
class _Place:
    """A label in a strip: letters [start, end) are its own, `value` is where what it introduces begins; -1 where no colon follows."""

    kind: Kind
    start: int
    end: int
    value: int


@dataclass(frozen=True, slots=True)
class Labelled:
    """kind: of the label. qualifier: what stands between it and its colon, folded. text: what it introduces, leaders stripped, "" where
    nothing was written. words: those of the text. colon: whether the label is marked as one. order: counts down the paper. whole: False
    where its last line is full and what follows it begins something new, so that its end may be missing.
    """

    kind: Kind
    qualifier: str
    text: str
    words: tuple[Word, ...]
    page: int
    colon: bool
    order: int
    whole: bool = True


def labelled(layouts: Sequence[Layout]) -> tuple[Labelled, ...]:
    """Every label on the pages with what it introduces, in reading order."""
    found: list[Labelled] = []
    for layout in layouts:
        places = [_places(strip) for strip in layout.strips]
        for index, strip in enumerate(layout.strips):
            for number, place in enumerate(places[index]):
                following = places[index][number + 1].start if number + 1 < len(places[index]) else len(strip.text)
                found.append(_introduced(layout, places, index, place, following, len(found)))
    return tuple(found)


def _introduced(layout: Layout, places: Sequence[Sequence[_Place]], index: int, place: _Place, until: int, order: int) -> Labelled:
    strip = layout.strips[index]
    begins = place.value if place.value >= 0 else place.end
    qualifier = strip.folded[place.end : begins] if place.value >= 0 else ""
    text, at, end = _stripped(strip.text, begins, until)
    last = until == len(strip.text)
    bilingual = place.value < 0 and strip.folded[place.end :].lstrip().startswith("/")
    strips = [strip]
    if (not text or bilingual) and last:
        below = _next_to(layout, places, index) or _below(layout, places, index)
        if below is None:
            text, words = "", ()
        else:
            strips = [below]
            text, at, end = _stripped(below.text, 0, len(below.text))
            words = below.words_at(at, end)
    else:
        words = strip.words_at(at, end)
    whole = True
    if place.kind in ("name", "address") and text and last:
        more, below_words, whole = _continued(layout, places, strips[-1])
        if more:
            # The comma at the end of the first line belongs to what goes on below it.
            text, words = f"{strips[-1].text[at:]} {more}".strip(" .,;_…"), words + below_words
    return Labelled(place.kind, qualifier, text, words, strip.page, place.value >= 0, order, whole)


def _stripped(text: str, start: int, end: int) -> tuple[str, int, int]:
    """The text without dotted leaders and signs around it, and where it stands."""
    piece = text[start:end]
    kept = _LEADERS.sub("", _LEADERS.sub("", piece))
    at = start + (piece.find(kept) if kept else 0)
    return kept, at, at + len(kept)


def _places(strip: Strip) -> list[_Place]:
    """Labels of a strip, left to right, none within another."""
    owners = [at for at, letter in enumerate(strip.folded) if letter.isalnum()]
    compact = "".join(strip.folded[at] for at in owners)
    found: list[_Place] = []
    at = 0
    while at < len(owners):
        start = owners[at]
        if start and strip.folded[start - 1].isalnum():
            at += 1
            continue
        place = _place_at(strip, compact, owners, at)
        if place is None:
            at += 1
            continue
        found.append(place)
        at = next((index for index, owner in enumerate(owners) if owner >= max(place.end, place.value)), len(owners))
    return found


def _place_at(strip: Strip, compact: str, owners: Sequence[int], at: int) -> _Place | None:
    leading = bool(_ORDINAL.match(strip.folded[: owners[at]]))
    alike = {phrase for key in _keys(compact[at : at + 3]) for phrase in _BY_KEY.get(key, ())}
    for phrase in sorted(alike, key=lambda phrase: -len(phrase.letters)):
        size = len(phrase.letters)
        for taken in (size, size - 1, size + 1) if phrase.slips else (size,):
            piece = compact[at : at + taken]
            if len(piece) < taken or Levenshtein.distance(piece, phrase.letters, score_cutoff=phrase.slips) > phrase.slips:
                continue
            end = owners[at + taken - 1] + 1
            if end < len(strip.folded) and strip.folded[end].isalnum():
                continue
            value = _after_colon(strip.folded, end)
            # `Thanh Bình, ngày 15 …` is one letter from `sinh ngày`: a short label that no colon marks must be there to the letter.
            if value < 0 and size < _LONG and piece != phrase.letters:
                continue
            if value < 0 and not leading and phrase.kind != "break" and not _shown_by_value(strip.folded, end, phrase.kind):
                continue
            return _Place(phrase.kind, owners[at], end, value)
    return None


def _after_colon(folded: str, end: int) -> int:
    """Where the value begins, past the label's colon or dotted leader; -1 where there is none near, or digits come first."""
    colon = _COLON.search(folded, end, end + _QUALIFIER)
    return colon.end() if colon and not any(map(str.isdigit, folded[end : colon.start()])) else -1


def _shown_by_value(folded: str, end: int, kind: Kind) -> bool:
    """In running text a number right behind its label says that it is one: `Căn cước số 003…`, `sinh ngày 01/02/1980`."""
    return kind in ("identifier", "birth", "phone", "tax", "dossier", "procedure", "issued") and bool(
        re.match(r"\W{0,3}[\dh]\w*\d", folded[end:])
    )


def _next_to(layout: Layout, places: Sequence[Sequence[_Place]], index: int) -> Strip | None:
    """The strip on the same row, right of this one: the next cell of a table."""
    here = layout.strips[index]
    middle = (here.bbox[1] + here.bbox[3]) / 2
    row = [
        (strip.bbox[0], at)
        for at, strip in enumerate(layout.strips)
        if strip.bbox[0] >= here.bbox[2] and strip.bbox[1] < middle < strip.bbox[3]
    ]
    if not row:
        return None
    at = min(row)[1]
    return None if places[at] else layout.strips[at]


def _below(layout: Layout, places: Sequence[Sequence[_Place]], index: int) -> Strip | None:
    """The strip right under this one, where it is no label itself."""
    here = layout.strips[index]
    for at, strip in enumerate(layout.strips):
        under = strip.bbox[1] > here.bbox[1] and strip.bbox[1] - here.bbox[3] < 1.5 * layout.unit
        if under and strip.bbox[0] < here.bbox[2] and here.bbox[0] < strip.bbox[2] and at != index:
            return None if places[at] or _NEW_POINT.match(strip.folded) else strip
    return None


def _reaches_edge(layout: Layout, strip: Strip) -> bool:
    """Whether the line is full, so that what it says may go on below it. Of a page's lines up to three may stand out: its head."""
    ends = sorted((other.bbox[2] for other in layout.strips), reverse=True)
    return strip.bbox[2] >= ends[min(_HEAD, len(ends) // 4)] - _FULL * layout.unit


def _continued(layout: Layout, places: Sequence[Sequence[_Place]], last: Strip) -> tuple[str, tuple[Word, ...], bool]:
    """What goes on below a full line, up to the next label; and whether nothing can be missing after it.

    A full line with nothing close below it may have lost its end.
    """
    texts: list[str] = []
    words: tuple[Word, ...] = ()
    while _reaches_edge(layout, last) and len(texts) < _MOST_LINES:
        below = next(
            (
                (at, strip)
                for at, strip in enumerate(layout.strips)
                if strip.bbox[1] > last.bbox[1] + 0.5 * layout.unit
                and strip.bbox[1] - last.bbox[3] < 1.5 * layout.unit
                and strip.bbox[0] < last.bbox[0] + 2 * layout.unit
            ),
            None,
        )
        if below is None:
            return " ".join(texts), words, False
        at, strip = below
        until = places[at][0].start if places[at] else len(strip.text)
        if _NEW_POINT.match(strip.folded) or _ORDINAL.match(strip.folded[:until]):
            return " ".join(texts), words, True
        if ENDS_IN_PROVINCE.search(last.folded.rstrip(" .,;")) and strip.text[:1].isupper():
            return " ".join(texts), words, True
        texts.append(strip.text[:until])
        words += strip.words_at(0, until)
        last = strip
        if places[at]:
            break
    return " ".join(texts), words, True
