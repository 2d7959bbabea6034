"""The three lines of 30 letters at the foot of a card. Only what its check digits confirm is given back.

Source: ICAO Doc 9303, Part 5 (TD1). On Vietnamese cards the optional data of the first line hold the twelve digits.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sohoa.ocr.understanding.people.identifiers import Sex

_LETTERS = re.compile(r"[A-Z0-9<]{24,36}")
_SECOND = re.compile(r"(?P<born>\d{6})(?P<born_check>\d)(?P<sex>[MF<])(?P<ends>\d{6})(?P<ends_check>\d)[A-Z0-9]{3}")
# Readers take I for T or 1 and O for 0; the document's and the country's letters have no check digit, and are not used.
_FIRST = re.compile(r"[A-Z0-9][A-Z<][A-Z0-9]{3}(?P<number>[A-Z0-9]{9})(?P<check>\d)(?P<rest>[A-Z0-9<]{10,15})")
_DIGITS = str.maketrans("OQDILZSB", "00011258")


@dataclass(frozen=True, slots=True)
class MachineZone:
    """What stands there and passed its check digit; "" or None for what did not. name: capitals without tones, one space between."""

    identifier: str
    born: date | None
    sex: Sex
    expires: date | None
    name: str


def check_digit(letters: str) -> int:
    """Weights 7, 3, 1; A is 10 and Z is 35; `<` counts nothing."""
    return sum(_worth(letter) * (7, 3, 1)[at % 3] for at, letter in enumerate(letters)) % 10


def _worth(letter: str) -> int:
    return 0 if letter == "<" else int(letter, 36)


def machine_zone(lines: Sequence[str], *, today: date) -> MachineZone | None:
    """lines: a page's, top to bottom, as read. today: tells the century of a birth. None where there is no such zone."""
    zone = [_cleaned(line) for line in lines]
    for at, line in enumerate(zone):
        first = _FIRST.match(line)
        if first is None:
            continue
        following = zone[at + 1 : at + 4]
        second = next((match for candidate in following if (match := _SECOND.match(_numbered(candidate)))), None)
        if second is None:
            continue
        number, check, rest = first["number"].translate(_DIGITS), first["check"], first["rest"]
        holds = number.isdigit() and check_digit(number) == int(check)
        digits = re.match(r"\d{12}", rest[:12].translate(_DIGITS))
        # The card's number is the last nine of the twelve, so they confirm each other.
        identifier = digits.group() if holds and digits and digits.group().endswith(number) else ""
        born = _day(second["born"], second["born_check"], today, past=True)
        expires = _day(second["ends"], second["ends_check"], today, past=False)
        sex: Sex = "male" if second["sex"] == "M" else "female" if second["sex"] == "F" else ""
        return MachineZone(identifier, born, sex if born else "", expires, _name(following))
    return None


def _cleaned(line: str) -> str:
    """Readers see `<` as a letter K, C or a guillemet, and put spaces between; only the sure ones are put right."""
    line = line.replace(" ", "").replace("«", "<").replace("‹", "<").replace("(", "<")
    return line.upper() if _LETTERS.fullmatch(line.upper()) and "<" in line else ""


def _numbered(line: str) -> str:
    head = line[:7].translate(_DIGITS)
    return head + line[7:8] + line[8:15].translate(_DIGITS) + line[15:]


def _day(digits: str, check: str, today: date, *, past: bool) -> date | None:
    if check_digit(digits) != int(check):
        return None
    year = 2000 + int(digits[:2])
    if past and year > today.year:
        year -= 100
    try:
        return date(year, int(digits[2:4]), int(digits[4:]))
    except ValueError:
        return None


def _name(lines: Sequence[str]) -> str:
    for line in lines:
        if re.fullmatch(r"[A-Z]+(?:<[A-Z]+)*<<[A-Z<]+", line):
            return " ".join(filter(None, line.split("<")))
    return ""
