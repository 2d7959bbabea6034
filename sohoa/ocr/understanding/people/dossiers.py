"""Codes of dossiers and procedures as papers print them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sohoa.ocr.understanding.people.identifiers import day_of

# An agency's code: the manner of QCVN 102:2016 (`000.00.12.H40`) or that of QĐ 20/2020/QĐ-TTg (`H48.31`, `G12.18.5`).
_AGENCY = r"(?:(?:\d{3}\.\d{2}\.\d{2}\.)?[A-Z]\d{2}(?:\.\d{1,3}){0,3})"
# The form of TT 01/2018/TT-VPCP, Điều 19: agency, day, number of that day. TT 03/2025/TT-VPCP was not read, so the list can be
# replaced: a pattern names its day `day` (YYMMDD) where it has one, and what does not fit the calendar is not taken.
DOSSIER_CODES: tuple[re.Pattern[str], ...] = (re.compile(rf"(?<![\w.]){_AGENCY}-(?P<day>\d{{6}})-\d{{4,6}}(?!\d)"),)
_PROCEDURE = re.compile(r"(?<![\w.])(?P<short>\d\.\d{6})(?P<long>\.\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2})?(?![\d.]*\d)")

# What readers take a digit of a code for. Only ever tried where the text as it stands is no code.
_DIGITS = str.maketrans("OoQDlI|SB", "000011158")
_LOOSE = re.compile(r"(?<![\w.])[A-Z0-9OoQDlI|SB.,\s–—-]{14,48}")


@dataclass(frozen=True, slots=True)
class FoundCode:
    """code: as it is written in registers. start, end: where it stands in the text. mended: letters were taken for digits."""

    code: str
    start: int
    end: int
    mended: bool = False


def dossier_codes(text: str, patterns: Sequence[re.Pattern[str]] = DOSSIER_CODES) -> tuple[FoundCode, ...]:
    """Every dossier code in `text` (NFC), in order. Spaces around dots and dashes, and long dashes, are allowed."""
    found = [*_codes(text, patterns, mended=False)]
    if not found:
        for loose in _LOOSE.finditer(text):
            piece = _digits_mended(loose.group())
            found += [
                FoundCode(code.code, loose.start() + code.start, loose.start() + code.end, True)
                for code in _codes(piece, patterns, mended=True)
            ]
    return tuple(found)


def _codes(text: str, patterns: Sequence[re.Pattern[str]], *, mended: bool) -> list[FoundCode]:
    # Readers see spaces beside dots and dashes, and a long dash for a short one; `places` leads back to the text as it was read.
    kept: list[str] = []
    places: list[int] = []
    for at, letter in enumerate(text):
        if letter.isspace() and (_beside(text, at, -1) or _beside(text, at, 1)):
            continue
        kept.append("-" if letter in "–—" else letter)
        places.append(at)
    joined = "".join(kept)
    found: list[FoundCode] = []
    for pattern in patterns:
        for match in pattern.finditer(joined):
            day = match.groupdict().get("day")
            if day is None or day_of(f"20{day}", order="ymd"):
                found.append(FoundCode(match.group(), places[match.start()], places[match.end() - 1] + 1, mended))
    return found


def _beside(text: str, at: int, step: int) -> bool:
    at += step
    while 0 <= at < len(text) and text[at].isspace():
        at += step
    return 0 <= at < len(text) and text[at] in ".-–—"


def _digits_mended(piece: str) -> str:
    """Letters that look like digits as digits, but for the one that begins an agency's code."""
    return re.sub(r"[A-Za-z|]+", lambda run: run.group() if _begins_agency(piece, run) else run.group().translate(_DIGITS), piece)


def _begins_agency(piece: str, run: re.Match[str]) -> bool:
    return len(run.group()) == 1 and run.group().isupper() and bool(re.match(r"[\dOoQDlI|SB]{2}[\s.–—-]", piece[run.end() :]))


def procedure_codes(text: str) -> tuple[FoundCode, ...]:
    """Codes of procedures, `1.004194` or `1.004194.000.00.00.H40`, given in the short form that registers are joined by."""
    return tuple(FoundCode(match["short"], match.start(), match.end()) for match in _PROCEDURE.finditer(text))


def in_long_form(text: str, code: FoundCode) -> bool:
    """The long form is unmistakable; the short one may be any number with a dot."""
    return code.end - code.start > len(code.code)
