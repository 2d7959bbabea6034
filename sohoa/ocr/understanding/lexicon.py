"""Names of agencies and units: what was read against what there is.

    lexicon = Lexicon.of(unit_rows, agency_names)      # plain rows; see sohoa/config/units.py
    lexicon.known_agency("ỦY BAN NHÂN DÂN TĨNH QUẢNG NGAI").value   # "ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI"
    sentence_case("SỞ TÀI CHÍNH", lexicon)                          # "Sở Tài chính"

A name is mended only where exactly one entry fits; where none or several fit it stays as it was read. `Lexicon.of((), ())` knows
nothing and mends nothing.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from sohoa.kernel.text import fold, nfc
from sohoa.ocr.understanding.strips import in_capitals

# What a unit's own name follows, folded, and as it is written. `thanh pho` before `thanh`: the longest first.
PLACES = {
    "dac khu": "đặc khu", "thanh pho": "thành phố", "thi xa": "thị xã", "thi tran": "thị trấn", "tinh": "tỉnh", "huyen": "huyện",
    "quan": "quận", "phuong": "phường", "xa": "xã",
}  # fmt: skip
# Words that look like the word for a unit but begin something else: BẢO HIỂM XÃ HỘI, TỈNH ỦY, QUÂN SỰ.
_NOT_A_PLACE = frozenset({"xa hoi", "tinh uy", "tinh doan", "quan su", "quan ly", "quan doi", "quan hue"})
LETTERS_PER_SLIP = 7  # one misread letter is forgiven in seven
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_SPLIT = re.compile(r"\s*[,;]\s*|\s+[-–—]\s*|\s*[-–—]\s+")

UnitRow = Sequence[str]
"""(level, code, parent, name, valid_from, valid_to); only the name has to be there for reading."""


@dataclass(frozen=True, slots=True)
class Unit:
    """level: p province, d district, c commune. parent: code one level above. valid_from, valid_to: ISO days, "" for no bound."""

    level: str
    code: str
    parent: str
    name: str
    valid_from: str
    valid_to: str


@dataclass(frozen=True, slots=True)
class Known:
    """value: the name in the capitals or small letters it came in, mended. sentence: the same in sentence case.

    known: every part of it is an entry. mended: a letter or tone was changed (how a tone is placed, HOÀ or HÒA, does not count).
    alone: known, and no other entry differs from a part of it in tones only (`Tân Lộc`, `Tấn Lộc`).
    """

    value: str
    sentence: str
    known: bool
    mended: bool
    alone: bool


@dataclass(frozen=True, slots=True)
class _Part:
    text: str  # as it should be written, sentence case
    known: bool
    mended: bool
    alone: bool = False


@dataclass(frozen=True)
class Names:
    """Names of one sort by their folded letters. Lists hold the spellings that fold alike (`Tân Lộc`, `Tấn Lộc`)."""

    folded: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    @classmethod
    def of(cls, names: Iterable[str]) -> Names:
        wanted = sorted({nfc(name) for name in names})
        # Folding letter by letter is slow for fourteen thousand names; their few hundred different letters are folded once.
        table = {ord(letter): fold(letter) for letter in set("".join(wanted))}
        folded: dict[str, list[str]] = {}
        for name in wanted:
            folded.setdefault(name.translate(table), []).append(name)
        return cls(folded)

    def find(self, text: str, *, mend: bool = True, beside: str = "") -> _Part | None:
        """The one entry that `text` is, or stands for; None where none or several do. beside: see `Lexicon.known_agency`."""
        read = fold(text)
        alike = self.folded.get(read, [])
        exact = [name for name in alike if tone_free_order(name) == tone_free_order(text)]
        if exact:
            return _Part(exact[0], True, False, len(alike) == 1)
        if not mend:
            return None
        if alike:
            return _only(alike, beside)
        slips = min(2, len(read) // LETTERS_PER_SLIP)
        if not slips:
            return None
        near = process.extract(read, self.folded.keys(), scorer=Levenshtein.distance, score_cutoff=slips, limit=3)
        return _only([name for key, distance, _ in near if distance == near[0][1] for name in self.folded[key]], beside)


def _only(fits: list[str], beside: str) -> _Part | None:
    said = [name for name in fits if f" {tone_free_order(name)} " in beside] if len(fits) > 1 else fits
    return _Part(said[0], True, True, len(fits) == 1) if len(said) == 1 else None


@dataclass(frozen=True)
class Lexicon:
    """units: every unit. places: names without their word, by that word folded. agencies: bodies without their place."""

    units: tuple[Unit, ...]
    places: dict[str, Names]
    agencies: Names

    @classmethod
    def of(cls, units: Iterable[UnitRow], agencies: Iterable[str]) -> Lexicon:
        known = tuple(Unit(*row) for row in units)
        names: dict[str, set[str]] = {word: set() for word in PLACES}
        words = {written: word for word, written in PLACES.items()}
        for unit in known:
            first, _, rest = unit.name.partition(" ")
            second, _, last = rest.partition(" ")
            pair = words.get(f"{first} {second}".lower())
            word = pair or words.get(first.lower())
            if word:
                names[word].add(last if pair else rest)
        return cls(known, {word: Names.of(found) for word, found in names.items()}, Names.of(agencies))

    def units_named(self, name: str) -> tuple[Unit, ...]:
        """Units of just this name with its word (`phường Thanh Bình`), whatever their years; case does not matter."""
        return self._by_name.get(nfc(name).casefold(), ())

    @functools.cached_property
    def _by_name(self) -> dict[str, tuple[Unit, ...]]:
        found: dict[str, tuple[Unit, ...]] = {}
        for unit in self.units:
            key = unit.name.casefold()
            found[key] = (*found.get(key, ()), unit)
        return found

    def known_agency(self, text: str, *, mend: bool = True, beside: str = "") -> Known:
        """A body's name as it should be written. mend: False where the reading is certain: then letters stay as read.

        beside: what else the page says, by `words_said`; of several names that fit, the one that stands there is the one.
        """
        text = " ".join(nfc(text).split())
        capitals = in_capitals(text)
        parts = [part for before, words in _chunks(text) for part in self._parts(before, words, mend, beside)]
        sentence = "".join(before + part.text for before, part in parts)
        sentence = sentence[:1].upper() + sentence[1:]
        value = sentence.upper() if capitals else sentence
        found = [part for _, part in parts]
        known, alone = all(part.known for part in found), all(part.alone for part in found)
        return Known(value, sentence, known, any(part.mended for part in found), alone)

    def _parts(self, before: str, words: list[str], mend: bool, beside: str) -> Iterator[tuple[str, _Part]]:
        """A body and its place, each with what stands before it."""
        at = self._place_at(words)
        if at:
            yield before, self._body(" ".join(words[:at]), mend=mend)
        if at < len(words):
            yield " " if at else before, self._place(words[at:], mend, beside)

    def _body(self, text: str, *, mend: bool) -> _Part:
        found = self.agencies.find(text, mend=mend)
        if found:
            return found
        words = text.split()
        for length in range(len(words) - 1, 0, -1):  # BAN CHỈ ĐẠO 138: the beginning is known, the rest is its own
            begins = self.agencies.find(" ".join(words[:length]), mend=mend and length > 1)
            if begins:
                rest = " ".join(words[length:])
                own = _own_name(begins.text, rest) if in_capitals(text) else rest
                return _Part(f"{begins.text} {own}", rest.isdigit(), begins.mended, rest.isdigit())
        return _Part(_titled(text) if in_capitals(text) else text, False, False)

    def _place_at(self, words: list[str]) -> int:
        """Where the last unit's word stands, `len(words)` where there is none."""
        folded = [fold(word) for word in words]
        for at in range(len(words) - 1, -1, -1):
            pair = " ".join(folded[at : at + 2])
            if at + 1 < len(words) and pair in PLACES and at + 2 < len(words):
                return at
            word = folded[at]
            if word not in PLACES or at + 1 == len(words) or pair in _NOT_A_PLACE or " ".join(folded[at - 1 : at + 1]) in PLACES:
                continue
            # `quân`, `tính`, `phương` are words too: as such they are taken only where a unit of that name is known.
            if words[at].casefold() == PLACES[word] or self.places[word].find(" ".join(words[at + 1 :])):
                return at
        return len(words)

    def _place(self, words: list[str], mend: bool, beside: str) -> _Part:
        length = 2 if fold(" ".join(words[:2])) in PLACES else 1
        read, name = " ".join(words[:length]), " ".join(words[length:])
        word = PLACES[fold(read)]
        # The word itself is always put right: after UBND nothing else begins with these letters.
        slipped = tone_free_order(read) != tone_free_order(word)
        found = self.places[fold(read)].find(name, mend=mend, beside=beside)
        if found:
            return _Part(f"{word} {found.text}", True, found.mended or slipped, found.alone)
        return _Part(f"{word} {name.title() if in_capitals(name) else name}", False, slipped)


def _chunks(text: str) -> Iterator[tuple[str, list[str]]]:
    """A body with its branch are two bodies, each with what stands before it: `VĂN PHÒNG … - CHI NHÁNH HUYỆN TUY PHƯỚC`."""
    at, before = 0, ""
    for sign in _SPLIT.finditer(text):
        # A dash or comma inside a body's own name (VĂN HÓA - XÃ HỘI) parts nothing.
        if fold(text[sign.end() :]).startswith(("chi nhanh ", "tinh ", "huyen ", "thanh pho ")):
            yield before, text[at : sign.start()].split()
            at, before = sign.end(), sign[0]
    yield before, text[at:].split()


def sentence_case(name: str, lexicon: Lexicon) -> str:
    """`ỦY BAN NHÂN DÂN PHƯỜNG THANH BÌNH` → `Ủy ban nhân dân phường Thanh Bình`. Letters stay as they are."""
    plain = " ".join(nfc(name).split())
    written = lexicon.known_agency(plain).sentence
    if len(written) != len(plain):
        written = lexicon.known_agency(plain, mend=False).sentence
    if len(written) != len(plain):  # exotic letters whose capital is two letters
        return plain
    return "".join(letter.upper() if like.isupper() else letter.lower() for letter, like in zip(plain, written, strict=True))


# What follows these is somebody's name, each word of it capitalised: CÔNG TY TNHH MINH PHÁT, TRƯỜNG TIỂU HỌC LÊ LỢI.
_NAMED = ("cong ty", "truong", "benh vien", "hop tac xa", "doanh nghiep", "ngan hang")
_JOINS = frozenset({"va", "-", "–"})


def _own_name(head: str, rest: str) -> str:
    return rest.title() if fold(head).startswith(_NAMED) else rest.lower()


def _titled(text: str) -> str:
    """A body nobody told us of, out of capitals: the first two words, and words after `và` or a comma, are capitalised."""
    words = text.split()
    made: list[str] = []
    for at, word in enumerate(words):
        after = at > 0 and (fold(words[at - 1]) in _JOINS or words[at - 1].endswith(","))
        shortened = len(word) > 1 and word.isalpha() and not set(fold(word)) & set("aeiouy")  # TNHH, VPCP
        capital = (at < 2 or after) and fold(word) not in _JOINS
        made.append(word if shortened else word.capitalize() if capital else word.lower())
    return " ".join(made)


def words_said(text: str) -> str:
    """The words of a text between single spaces, as `tone_free_order` writes them, signs left out: to look for names in."""
    return f" {tone_free_order(''.join(letter if letter.isalnum() else ' ' for letter in nfc(text)))} "


def tone_free_order(text: str) -> str:
    """Lower case, each syllable's tone moved to its end: HOÀ and HÒA are one word, HÒA and HOẢ two."""
    return " ".join(_syllable(word) for word in nfc(text).casefold().split())


def _syllable(word: str) -> str:
    letters = unicodedata.normalize("NFD", word)
    return "".join(letter for letter in letters if letter not in _TONES) + "".join(filter(_TONES.__contains__, letters))
