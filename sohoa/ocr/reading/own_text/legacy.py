"""Vietnamese fonts from before Unicode draw Vietnamese letters at the codes of Western ones; here the letters are found again.

Two families cover nearly all papers. TCVN3 ("ABC", fonts .VnTime, .VnArial…): one code a letter, the third table of TCVN
5712:1993, in which capitals with a tone exist only in the capital fonts (.VnTimeH). VNI-Windows (VNI-Times, VNI-Helve…): a vowel
and after it one code for all its marks. Others (VPS, VISCII, BK HCM) are not converted; the judge sends such pages to OCR.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from typing import Literal

from sohoa.ocr.reading.own_text.judge import weigh

Kind = Literal["tcvn3", "tcvn3_capitals", "vni"]

_SUBSET = re.compile(r"^[A-Z]{6}\+")
_TCVN3 = re.compile(r"^[._]?Vn[A-Z3][A-Za-z0-9 _-]*?(?P<capitals>H)?(?:[,-].*|\s*(?:Bold|Italic|Normal|Regular).*)?$")
_VNI = re.compile(r"^VNI[ _-]", re.IGNORECASE)

# Codes 0xA1 to 0xFE; a dot where the third table has no letter.
_TCVN3_ROWS = {
    0xA1: "ĂÂÊÔƠƯĐăâêôơưđ",
    0xB5: "àảãáạ",
    0xBB: "ằẳẵắ",
    0xC6: "ặầẩẫấậè",
    0xCE: "ẻẽéẹềểễếệìỉ",
    0xDC: "ĩíịò",
    0xE1: "ỏõóọồổỗốộờởỡớợù",
    0xF1: "ủũúụừửữứựỳỷỹýỵ",
}
_TCVN3_LETTERS = {
    **{chr(first + index): letter for first, row in _TCVN3_ROWS.items() for index, letter in enumerate(row)},
    "\u03bc": "à",  # the code of the micro sign; poppler and others may call it mu
    "\u2219": "ã",  # likewise the middle dot
}
_TCVN3_TABLE = str.maketrans(_TCVN3_LETTERS)
_HYPHEN_OR_U_HORN = "-\u00ad"  # 0xAD is ư here and a hyphen in the Western table, where readers of the file often leave it as that

_ACUTE, _GRAVE, _HOOK, _TILDE, _DOT, _ROOF, _BREVE = "\u0301", "\u0300", "\u0309", "\u0303", "\u0323", "\u0302", "\u0306"
_VNI_MARKS = {
    **{"ù": _ACUTE, "ø": _GRAVE, "û": _HOOK, "õ": _TILDE, "ï": _DOT},
    **{"â": _ROOF, "á": _ROOF + _ACUTE, "à": _ROOF + _GRAVE, "å": _ROOF + _HOOK, "ã": _ROOF + _TILDE, "ä": _ROOF + _DOT},
    **{"ê": _BREVE, "é": _BREVE + _ACUTE, "è": _BREVE + _GRAVE, "ú": _BREVE + _HOOK, "ü": _BREVE + _TILDE, "ë": _BREVE + _DOT},
}
_VNI_VOWELS = {_ROOF: "aeo", _BREVE: "a"}  # the vowels that bear these; a tone alone goes on any
_VNI_ALONE = {"ñ": "đ", "ô": "ơ", "ö": "ư", "í": "í", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}


def kind_of_font(name: str) -> Kind | None:
    """name: a font's own name (/BaseFont), with or without the mark of a subset."""
    name = _SUBSET.sub("", name.lstrip("/"))
    if _VNI.match(name):
        return "vni"
    found = _TCVN3.match(name)
    if found is None:
        return None
    return "tcvn3_capitals" if found.group("capitals") else "tcvn3"


def converted(word: str, kind: Kind) -> str:
    """What a reader of the paper sees, in NFC. word: as the file's Western codes say it.

    A word with letters that the old encodings could not have given is in Unicode already, and stays.
    """
    if is_in_unicode(word):
        return word
    if kind == "vni":
        return _from_vni(word)
    letters = word.translate(_TCVN3_TABLE)
    plain = _with_u_horn(letters)
    return plain.upper() if kind == "tcvn3_capitals" else plain


def is_in_unicode(word: str) -> bool:
    """Whether it holds a Vietnamese letter that has no Western code. False tells nothing: ý and hòa have."""
    return any(letter in "ĂăĐđĨĩŨũƠơƯư" or "\u1ea0" <= letter <= "\u1ef9" for letter in word)


def _with_u_horn(word: str) -> str:
    """Each hyphen was perhaps a ư: the reading with the fewest letters in non-syllables, then the most in syllables, wins."""
    places = [index for index, letter in enumerate(word) if letter in _HYPHEN_OR_U_HORN and _between_letters(word, index)]
    if not places or len(places) > 4:
        return word.replace("\u00ad", "-")
    best, best_score = word, (10**6, 0, 0)
    for chosen in itertools.product("-ư", repeat=len(places)):
        letters = list(word)
        for index, letter in zip(places, chosen, strict=True):
            letters[index] = letter
        reading = "".join(letters)
        good, bad = weigh(reading)
        score = (bad, -good, chosen.count("ư"))
        if score < best_score:
            best, best_score = reading, score
    return best.replace("\u00ad", "-")


def _between_letters(word: str, index: int) -> bool:
    """Beside a letter and not beside a digit: neither a dash that stands alone, nor a range of numbers."""
    beside = word[max(0, index - 1) : index] + word[index + 1 : index + 2]
    return any(letter.isalpha() for letter in beside) and not any(letter.isdigit() for letter in beside)


def _from_vni(word: str) -> str:
    out: list[str] = []
    base = ""  # the vowel just written, which the next code may mark
    for letter in word:
        marks = _VNI_MARKS.get(letter.lower(), "")
        if marks and base and base in _VNI_VOWELS.get(marks[0], "aeouyơư"):
            out[-1] = unicodedata.normalize("NFC", out[-1] + marks)
            base = ""
            continue
        plain = _VNI_ALONE.get(letter.lower(), letter.lower())
        out.append(letter if plain == letter.lower() else plain.upper() if letter.isupper() else plain)
        base = plain if plain in "aeouyơư" else ""
    return "".join(out)
