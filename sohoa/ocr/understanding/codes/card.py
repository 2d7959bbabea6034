"""The QR code of a citizen's card: `number|former number|name|ddmmyyyy|sex|address|ddmmyyyy of issue`, sometimes more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sohoa.kernel.text import fold
from sohoa.kernel.verdicts import Outcome
from sohoa.ocr.understanding.people.identifiers import Sex, day_of, identifier_verdict

_LEAST = 6  # up to the address; early cards end there


@dataclass(frozen=True, slots=True)
class CardSays:
    """identifier: twelve digits. former: the nine of a CMND, or "". Others "" or None where the card does not say them.

    A bar code of the number alone gives only `identifier`.
    """

    identifier: str
    former: str = ""
    name: str = ""
    born: date | None = None
    sex: Sex = ""
    address: str = ""
    issued: date | None = None
    rest: tuple[str, ...] = ()


def card_says(text: str) -> CardSays | None:
    """None where the text is no card's: it begins with a person's number and has a name that is letters."""
    parts = [part.strip() for part in text.split("|")]
    if len(parts) < _LEAST or identifier_verdict(parts[0]).outcome is Outcome.FAILED or len(parts[0]) != 12:
        return None
    former, name = parts[1], " ".join(parts[2].split())
    if not name or not all(letter.isalpha() or letter in " '-." for letter in name):
        return None
    return CardSays(
        identifier=parts[0],
        former=former if len(former) in (9, 12) and former.isdigit() else "",
        name=name,
        born=day_of(parts[3]),
        sex=_sex(parts[4]),
        address=" ".join(parts[5].split()),
        issued=day_of(parts[6]) if len(parts) > 6 else None,
        rest=tuple(parts[7:]),
    )


def _sex(text: str) -> Sex:
    told = fold(text)
    return "male" if told == "nam" else "female" if told == "nu" else ""
