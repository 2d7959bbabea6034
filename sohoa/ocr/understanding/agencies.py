"""Zone 2: who issued a paper. The left column names the parent first and the body itself below.

found = agencies_of(layout, number, lexicon)     # Agencies(issuing, parent), each a Field or None
found.issuing.value                              # "SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG", in the capitals it is printed in
sentence_case(found.issuing.value, lexicon)      # "Sở Nông nghiệp và Môi trường" (lexicon.py)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sohoa.kernel.text import fold
from sohoa.ocr.model import Field, Word
from sohoa.ocr.understanding.header import Layout
from sohoa.ocr.understanding.lexicon import PLACES, Lexicon, words_said
from sohoa.ocr.understanding.respelling import Spelt, respelt, spellings
from sohoa.ocr.understanding.strips import Strip, field_of, in_capitals, strip_of

# What the name of a body begins with, folded. A line that begins so begins a new body; any other line continues the one above.
_HEADS = (
    "uy ban ", "ubnd ", "hoi dong ", "hdnd ", "so ", "bo ", "ban ", "phong ", "van phong ", "cuc ", "chi cuc ", "tong cuc ",
    "trung tam ", "thanh tra ", "cong an ", "truong ", "benh vien ", "cong ty ", "toa an ", "vien ", "chinh phu ",
    "thu tuong ", "doan ", "hoi ", "mat tran ", "bao hiem ", "kho bac ", "chi nhanh ", "to cong tac ", "dang uy ", "tinh uy ",
    "huyen uy ", "thanh uy ", "quan uy ", "lien doan ", "ngan hang ", "hop tac xa ", "doi ", "tram ", "hat ", "tong cong ty ",
    "thi hanh an ", "tap doan ", "doanh nghiep ", "quy ", "nha ", "thuong truc ",
)  # fmt: skip
# Bodies whose name is just this below the parent that they belong to, or goes on in the next line, and that nothing else ends in.
_ALONE = frozenset(
    {
        "van phong",
        "thanh tra",
        "chinh phu",
        "cong an",
        "thanh tra tinh",
        "quoc hoi",
        "trung tam",
        "chi cuc",
        "ban quan ly",
        "benh vien",
    }
)
# The word for a body without its own name: what follows on the next line is that name, even if it looks like another body.
_BARE = frozenset({"so", "bo", "ban", "phong", "cuc", "chi cuc", "trung tam", "truong", "benh vien", "cong ty", "ban quan ly",
                   "hoi", "vien", "ban chi dao", "thuong truc", "van phong cua"})  # fmt: skip
_CONTINUES = (" va", ",", " cua")
_SPECK = 0.5  # a dash at the end of a line read less surely than this is dirt
_SCRAP, _SCRAP_LETTERS = 0.12, 2  # so few letters, hardly believed by their reader, at an end of a line: a stamp's edge
# Two words without their space: TRUNGTÂM.
_GLUED = {head.replace(" ", ""): len(head.split()[0]) for head in _HEADS if " " in head.strip()}
# Stamped or printed in the column, and no part of a body's name.
_STAMPED = frozenset(
    {"den", "cong van den", "van thu luu tru", "van thu", "luu tru", "khan", "thuong khan", "hoa toc", "mat", "toi mat"}
)
# The second line of UBND, HĐND, công an… names the place; read with a wrong tone it is still this word, and only at the start of a
# line (a province is called HÀ TĨNH).
_PLACES = {"tinh": "TỈNH", "huyen": "HUYỆN", "xa": "XÃ", "phuong": "PHƯỜNG", "quan": "QUẬN"}
# First words of bodies; with another tone they begin none (BẠN QUẢN LÝ DỰ ÁN).
_FIRST = {"ban": "BAN", "bo": "BỘ", "benh": "BỆNH", "cong": "CÔNG", "cuc": "CỤC", "hoi": "HỘI", "phong": "PHÒNG", "so": "SỞ",
          "trung": "TRUNG", "truong": "TRƯỜNG", "van": "VĂN", "vien": "VIỆN"}  # fmt: skip
_MENDED = 0.85
_MENDED_AS_SAID = 0.97  # mended into what the page says elsewhere
_SAID_AGAIN = 0.4  # of the doubt remains when the page names the same body, tones included, once more
_AN_ENTRY = 0.3  # of the doubt remains when the reading is an entry, and no other entry differs from it in tones only
_UNUSUAL = 0.7  # no entry, and it begins with none of the words above: a rare body, or scraps of a damaged head
_CERTAIN = 0.97  # words surer than this are believed letter by letter: more likely a unit we do not know than a slip
_HEADLESS = 0.3  # of the page's height within which a body is looked for where the national name was not found
# Bodies that every place has; without the place's name, which was not read, nobody knows whose.
_INCOMPLETE = frozenset({"uy ban nhan dan", "ubnd", "hoi dong nhan dan", "hdnd", "dang uy", "cong an"})
_PLACE_LOST = 0.05
LONGEST = 200  # OrganName, NĐ 30/2020/NĐ-CP, Phụ lục VI
NOTHING_KNOWN = Lexicon.of((), ())


@dataclass(frozen=True, slots=True)
class Agencies:
    """In the capitals they are printed in; `raw` tells the letters that were read where one was mended."""

    issuing: Field | None
    parent: Field | None


def agencies_of(layout: Layout, number: Strip | None, lexicon: Lexicon = NOTHING_KNOWN, later: Sequence[Layout] = ()) -> Agencies:
    """The lowest body named above the number (`number`: its strip) and the one above it. later: the paper's other pages."""
    bodies = _bodies(_column(layout, number), lexicon)
    own = {word.bbox for body in bodies for strip in body for word in strip.words}
    others = [strip for strip in layout.strips if not any(word.bbox in own for word in strip.words)]
    beside = words_said(" ".join(strip.text for strip in others))
    spelt = spellings([*others, *(strip for page in later for strip in page.strips)])
    fields = [field for body in bodies if (field := _field(body, _respelt(body, spelt), layout, lexicon, beside)) is not None]
    if not fields:
        return Agencies(None, None)
    return Agencies(fields[-1], fields[-2] if len(fields) > 1 else None)


def begins_a_body(strip: Strip) -> bool:
    folded = fold(_cleaned(strip.text))
    return folded.startswith(_HEADS) or folded in _ALONE


def _cleaned(text: str) -> str:
    """Without specks: signs that stand alone (but for a dash between words) or end a word, as no name of a body has them."""
    words = [word if len(word) < 4 else word.rstrip(".;:*'|") for word in text.split()]
    kept = [word for word in words if any(map(str.isalnum, word)) or word in ("-", "–")]
    return " ".join(kept).strip(_SCRAPS)


def _column(layout: Layout, number: Strip | None) -> list[Strip]:
    """The lines in capitals above the number, top to bottom."""
    stamps = {word.bbox for line in layout.page.lines if line.zone == "stamp_text" for word in line.words}
    lines = _named(layout, layout.left(), number, stamps)
    if any(begins_a_body(strip) for strip in lines):
        return lines
    # A head of one column, or one whose national name could not be read.
    lowest = number.bbox[1] if number else layout.bottom + 8 * layout.unit if layout.found else _HEADLESS * layout.page.height
    upper = [s for s in layout.strips if s.bbox[1] < lowest and not layout.top - layout.unit <= s.bbox[1] < layout.bottom]
    tidy = [_tidy(strip) for strip in upper]
    start = next((at for at, strip in enumerate(tidy) if in_capitals(strip.text) and begins_a_body(strip)), None)
    return lines if start is None else _named(layout, upper[start:], number, stamps)


def _tidy(strip: Strip) -> Strip:
    """Without a stamp's edge at either end, and with the space between two words that begin a body."""
    words = list(strip.words)
    while len(words) > 1 and _is_scrap(words[-1]):
        words.pop()
    while len(words) > 1 and _is_scrap(words[0]):
        words.pop(0)
    first = words[0].text.lstrip(_SCRAPS)
    length = _GLUED.get(fold(first.rstrip(_SCRAPS)))
    if length:
        words[:1] = [replace(words[0], text=first[:length]), replace(words[0], text=first[length:])]
    return strip_of(words, strip.page)


def _is_scrap(word: Word) -> bool:
    letters = "".join(filter(str.isalnum, word.text))
    return word.confidence < _SCRAP and len(letters) <= _SCRAP_LETTERS and fold(letters) not in PLACES


def _respelt(body: Sequence[Strip], spelt: dict[tuple[str, str], Spelt]) -> list[Strip]:
    """The same lines as the rest of the paper spells them."""
    words = iter(respelt([word for strip in body for word in strip.words], spelt))
    return [strip_of([next(words) for _ in strip.words], strip.page) for strip in body]


def _named(layout: Layout, strips: Sequence[Strip], number: Strip | None, stamps: set[tuple[int, int, int, int]]) -> list[Strip]:
    lines: list[Strip] = []
    for strip in map(_tidy, strips):
        above = number is None or not layout.in_left(number) or strip.bbox[1] < number.bbox[1]
        # No body has a slash in its name: such a line is the number, even where nothing else of it could be read. Above the first
        # body it is the day of an arrival stamp.
        begun = any(begins_a_body(line) for line in lines)
        if (
            (number and strip.bbox == number.bbox)
            or not above
            or (begun and ("/" in strip.text or _far(lines[-1], strip, layout.unit)))
        ):
            break
        stamped = all(word.bbox in stamps for word in strip.words) or strip.folded.strip(" .:") in _STAMPED
        if stamped or "/" in strip.text or _foreign(strip):
            continue
        if in_capitals(strip.text):
            lines.append(strip)
        elif lines and sum(map(str.isalpha, strip.text)) > 2:
            break
    return lines


def _far(above: Strip, strip: Strip, unit: float) -> bool:
    return strip.bbox[1] - above.bbox[3] > 4 * unit


def _foreign(strip: Strip) -> bool:
    """`PEOPLE'S COMMITTEE OF …` under the Vietnamese name: several long words, no Vietnamese letter, and no body begins so."""
    words = [word for word in strip.folded.split() if word.isalpha()]
    return len(words) > 1 and strip.text.isascii() and not begins_a_body(strip) and any(len(word) > 6 for word in words)


def _bodies(lines: Sequence[Strip], lexicon: Lexicon) -> list[list[Strip]]:
    """The lines of each body. Scraps above the first line that begins one are left out, unless no line does."""
    bodies: list[list[Strip]] = []
    for strip in lines:
        if bodies and not _begins_anew(bodies[-1], strip, lexicon):
            bodies[-1].append(strip)
        else:
            bodies.append([strip])
    proper = [body for body in bodies if begins_a_body(body[0])]
    return proper or bodies


def _begins_anew(body: Sequence[Strip], strip: Strip, lexicon: Lexicon) -> bool:
    above = fold(_cleaned(body[-1].text))
    comma = body[-1].text.rstrip().endswith(",")
    if not begins_a_body(strip) or comma or _ends_in_a_dash(body[-1]) or above.endswith(_CONTINUES) or above in _BARE:
        return False
    upto = _joined(body)
    together = lexicon.known_agency(f"{upto} {strip.text}")
    return lexicon.known_agency(upto).known or not together.known


def _ends_in_a_dash(strip: Strip) -> bool:
    return strip.words[-1].text in ("-", "–") and strip.words[-1].confidence >= _SPECK


def _field(read: Sequence[Strip], body: Sequence[Strip], layout: Layout, lexicon: Lexicon, beside: str) -> Field | None:
    """read: its lines as read. body: the same as the rest of the paper spells them."""
    printed = _joined(read)
    if not printed or sum(map(str.isalpha, printed)) < 0.7 * len(printed.replace(" ", "")):
        return None
    words = [word for strip in body for word in strip.words if any(map(str.isalnum, word.text))]
    begun = " ".join([_head_mended(_cleaned(body[0].text)), *(_place_mended(_cleaned(strip.text)) for strip in body[1:])])
    known = lexicon.known_agency(begun, mend=min(word.confidence for word in words) < _CERTAIN, beside=beside)
    usual = known.known or begins_a_body(body[0])
    if not usual and (len(words) < 2 or body[0].bbox[1] > layout.bottom + 3 * layout.unit):
        return None
    said = _short(words_said(known.value)) in _short(beside)
    mended = known.mended or begun != _joined(body)
    doubt = _MENDED_AS_SAID if (said if mended else begun != printed) else _MENDED if mended else 1.0
    field = field_of(known.value[:LONGEST], words, layout.page.number, doubt=doubt if usual else _UNUSUAL)
    left = (_SAID_AGAIN if said else 1.0) * (_AN_ENTRY if known.alone and not known.mended and begun == printed else 1.0)
    sure = (1 - (1 - field.confidence) * left) * (_PLACE_LOST if fold(printed) in _INCOMPLETE else 1.0)
    raw = printed if known.value != printed else ""
    return replace(field, confidence=round(sure, 4), raw=raw, witnesses=("text",) if said else ())


def _head_mended(text: str) -> str:
    head, space, rest = text.partition(" ")
    return _FIRST.get(fold(head), head) + space + rest if rest and in_capitals(text) else text


def _place_mended(text: str) -> str:
    head, space, rest = text.partition(" ")
    return _PLACES.get(fold(head), head) + space + rest if rest else text


_SCRAPS = " -–_.,:|*"


def _joined(body: Sequence[Strip]) -> str:
    return " ".join(_cleaned(strip.text) for strip in body)


def _short(said: str) -> str:
    return said.replace(_LONG, " ubnd ")


_LONG = words_said("Ủy ban nhân dân")
