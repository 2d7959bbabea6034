"""Whether the letters of a notation are those of the body that issues the paper: STP in `308/QĐ-STP` and SỞ TƯ PHÁP above it."""

from __future__ import annotations

import re

from sohoa.kernel.text import fold

# Words of a name that abbreviations mostly leave out, folded.
_SMALL = frozenset({"va", "cua", "cac", "ve", "thuoc", "tai"})
# Stand in heads as they stand in notations.
_SHORT = frozenset({"UBND", "HĐND", "BCĐ", "BCH", "MTTQ", "BQL", "BHXH", "VP", "TAND", "VKSND"})
# Bodies that every place has: their notations leave out whose.
EVERYWHERE = ("UBND", "HĐND", "TAND", "VKSND")
LEAST = 2  # letters; one letter fits half of all names


def explains(agency: str, group: str) -> bool:
    """agency: a name as printed, in any case. group: one group of a notation, `STP`, `UBND`, `BCĐ138`.

    True when the group's letters are the initials of the name, from its first word on, with or without its small words; what of
    the name is left over does not matter (BQLDA of BAN QUẢN LÝ DỰ ÁN ĐẦU TƯ…). Digits must stand in the name as well.
    """
    letters, digits = "".join(filter(str.isalpha, group)).upper(), "".join(filter(str.isdigit, group))
    if len(letters) < LEAST or digits not in re.sub(r"\D", "", agency):
        return False
    words = [word for word in re.findall(r"[^\W\d_]+", agency.upper()) if word]
    return any(_initials(words, small).startswith(letters) for small in (True, False))


def initials_of(agency: str) -> tuple[str, ...]:
    """The letters of a whole name, with its small words and then, as offices mostly write them, without; empty for no name."""
    words = [word for word in re.findall(r"[^\W\d_]+", agency.upper()) if word]
    whole = dict.fromkeys(_initials(words, small) for small in (True, False))
    return tuple(next((short for short in EVERYWHERE if letters.startswith(short)), letters) for letters in whole if letters)


def _initials(words: list[str], small: bool) -> str:
    kept = [word for word in words if small or fold(word) not in _SMALL]
    return "".join(word if word in _SHORT else _letter(word[0]) for word in kept)


def _letter(letter: str) -> str:
    """Tones and hats go (Ủy ban → U), the stroke stays (Đào tạo → Đ)."""
    return letter if letter == "Đ" else fold(letter).upper()
