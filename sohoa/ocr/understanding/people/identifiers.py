"""Numbers by which persons and taxpayers are known, and the rules that a misread one breaks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sohoa.kernel.verdicts import Outcome, Verdict

Sex = Literal["male", "female", ""]

# Where the birth was registered: 001 to 096 are provinces; codes of countries follow for births registered abroad.
_LAST_PROVINCE, _LAST_COUNTRY = 96, 399
OLD_ENOUGH = 1900

_TAX_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)
_PHONE = re.compile(r"0[35789]\d{8}|02\d{9}")


@dataclass(frozen=True, slots=True)
class PersonalId:
    """What twelve digits say. place: three digits. born: the year of birth."""

    digits: str
    place: str
    born: int
    sex: Sex


def personal_id(digits: str) -> PersonalId | None:
    """None where it is not twelve digits. Source: NĐ 137/2015/NĐ-CP, Điều 13 (place, century and sex, year of birth, six at random)."""
    if not (len(digits) == 12 and digits.isascii() and digits.isdigit()):
        return None
    mark = int(digits[3])
    return PersonalId(digits, digits[:3], 1900 + 100 * (mark // 2) + int(digits[4:6]), "female" if mark % 2 else "male")


def identifier_verdict(digits: str, *, latest: int | None = None, born: date | None = None, sex: Sex = "") -> Verdict:
    """Whether it can be a person's number: twelve digits by their rules, or the nine of the former CMND, which have none.

    latest: the last year in which somebody may have been born. born, sex: what is known of the person otherwise.
    Reasons: identifier.length, .place, .year, .birth_differs, .sex_differs (failed); .place_abroad, .former (undetermined).
    """
    if len(digits) == 9 and digits.isascii() and digits.isdigit():
        return Verdict(Outcome.UNDETERMINED, "identifier.former")
    known = personal_id(digits)
    if known is None:
        return Verdict(Outcome.FAILED, "identifier.length", {"length": str(len(digits))})
    place = int(known.place)
    if not 1 <= place <= _LAST_COUNTRY:
        return Verdict(Outcome.FAILED, "identifier.place", {"place": known.place})
    if latest is not None and known.born > latest:
        return Verdict(Outcome.FAILED, "identifier.year", {"year": str(known.born)})
    if born is not None and born.year != known.born:
        return Verdict(Outcome.FAILED, "identifier.birth_differs", {"identifier": str(known.born), "born": str(born.year)})
    if sex and sex != known.sex:
        return Verdict(Outcome.FAILED, "identifier.sex_differs", {"identifier": known.sex, "sex": sex})
    if place > _LAST_PROVINCE:
        return Verdict(Outcome.UNDETERMINED, "identifier.place_abroad", {"place": known.place})
    return Verdict(Outcome.OK)


def tax_code_verdict(code: str) -> Verdict:
    """`0101248141` or, for a branch, `0101248141-001`; twelve digits are a person's own number, used as such since 1 July 2025.

    Reasons: tax_code.length, tax_code.check, or those of the person's number. The lengths, the check digit's weights and the use of
    personal numbers are common practice, tried on published numbers of companies; no legal text was read for them.
    """
    digits = code.replace("-", "").replace(" ", "")
    if not (digits.isascii() and digits.isdigit()):
        return Verdict(Outcome.FAILED, "tax_code.length", {"length": str(len(digits))})
    if len(digits) == 12:
        return identifier_verdict(digits)
    if len(digits) not in (10, 13):
        return Verdict(Outcome.FAILED, "tax_code.length", {"length": str(len(digits))})
    check = 10 - sum(int(digit) * weight for digit, weight in zip(digits, _TAX_WEIGHTS, strict=False)) % 11
    return Verdict(Outcome.OK) if check == int(digits[9]) else Verdict(Outcome.FAILED, "tax_code.check")


def tax_code_written(digits: str) -> str:
    """Thirteen digits with the dash before a branch's three."""
    return f"{digits[:10]}-{digits[10:]}" if len(digits) == 13 else digits


def phone_number(text: str) -> str:
    """`0912345678` of `0912.345.678` or `+84 912 345 678`; "" where it is no Vietnamese number."""
    digits = "".join(filter(str.isdigit, text))
    if digits.startswith("84") and len(digits) in (11, 12):
        digits = "0" + digits[2:]
    return digits if _PHONE.fullmatch(digits) else ""


def day_of(text: str, *, order: Literal["dmy", "ymd"] = "dmy") -> date | None:
    """`01012000`, `01/01/2000`, `1-1-2000`, `2000-01-01`; None for a day that no calendar has or that is before 1900."""
    parts = re.findall(r"\d+", text)
    if len(parts) == 1 and len(parts[0]) == 8:
        whole = parts[0]
        parts = [whole[:2], whole[2:4], whole[4:]] if order == "dmy" else [whole[:4], whole[4:6], whole[6:]]
    if len(parts) != 3:
        return None
    if len(parts[0]) == 4:
        parts.reverse()
    if not (len(parts[2]) == 4 and len(parts[0]) <= 2 and len(parts[1]) <= 2):
        return None
    try:
        found = date(int(parts[2]), int(parts[1]), int(parts[0]))
    except ValueError:
        return None
    return found if found.year >= OLD_ENOUGH else None
