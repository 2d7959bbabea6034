"""What a separator sheet says of itself, as a QR code and as a line of large letters; no personal data in either.

QR text, version 1, fields parted by `*`, all within the QR alphabet of capitals where the codes themselves are:

    SOHOA1*kind*run*index*of*batch*dossier*component*expected*next dossier*next component*side*check

kind: B batch header, D dossier, C component. run: names the sheets that were planned together. index: from 1; a batch header is 0.
expected: of a batch header, the sheets of paper counted by hand. next: the sheet after this one, the first one after the last; so a lost
sheet is named by the one before it. An empty next dossier is this sheet's own. check: over all that stands before it, so that a
foreign or damaged code is never taken for a sheet.
"""

from __future__ import annotations

import enum
import hashlib
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, unquote

from sohoa.kernel.text import nfc

VERSION = 1
# No two of these are mistaken for one another in print: without 0 O Q D, 1 I, 2 Z, 5 S, 8 B, G 6, U V.
LETTERS = "3479ACEFHJKLMNPRTWXY"
RUN_LENGTH, CHECK_LENGTH = 6, 6
LONGEST_CODE = 60  # of a dossier or a batch, as in the register
MOST_SHEETS = 999

Side = Literal["front", "back"]

_BEGINS = re.compile(r"SOHOA(\d{1,3})\*")
_SAFE = " $+-./:"  # what a QR code holds cheaply besides digits and capitals
_SIDES: dict[str, Side] = {"F": "front", "R": "back"}


class Kind(enum.StrEnum):
    BATCH = "batch"
    DOSSIER = "dossier"
    COMPONENT = "component"


_KIND_LETTERS = {Kind.BATCH: "B", Kind.DOSSIER: "D", Kind.COMPONENT: "C"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where papers belong. dossier "" is not known; component None: the dossier as a whole."""

    dossier: str
    component: int | None = None

    @property
    def shown(self) -> str:
        if self.component is None:
            return f"hồ sơ {self.dossier or '?'}"
        return f"thành phần {self.component}, hồ sơ {self.dossier or '?'}"


@dataclass(frozen=True, slots=True)
class Mark:
    """One printed sheet. index: 1 to `of`, or 0 for a batch header. following: what the next sheet of the run is for.

    expected: sheets of paper counted by hand, of a batch header; None when nobody counted.
    """

    kind: Kind
    run: str
    index: int
    of: int
    batch: str = ""
    place: Place = Place("")
    expected: int | None = None
    following: Place | None = None
    side: Side = "front"

    @property
    def key(self) -> tuple[str, int]:
        """The same for the same sheet, whichever side of it was seen."""
        return self.run, self.index


def written(mark: Mark) -> str:
    """The text of the sheet's QR code."""
    following = mark.following
    next_dossier = "" if following is None or following.dossier == mark.place.dossier else following.dossier
    parts = (
        f"SOHOA{VERSION}",
        _KIND_LETTERS[mark.kind],
        mark.run,
        str(mark.index),
        str(mark.of),
        mark.batch,
        mark.place.dossier,
        _number(mark.place.component),
        _number(mark.expected),
        next_dossier,
        "-" if following is None else _number(following.component),
        "R" if mark.side == "back" else "F",
    )
    body = "*".join(quote(part, safe=_SAFE) for part in parts)
    return f"{body}*{check_of(body)}"


def read(text: str) -> Mark | None:
    """The sheet that a code's text stands for; None for every text that is not exactly one of ours, whole and unharmed."""
    body, _, check = nfc(text).strip().rpartition("*")
    parts = [unquote(part) for part in body.split("*")]
    if len(parts) != 12 or parts[0] != f"SOHOA{VERSION}" or check_of(body) != check:
        return None
    _, letter, run, index, of, batch, dossier, component, expected, next_dossier, next_component, side = parts
    kind = next((kind for kind, known in _KIND_LETTERS.items() if known == letter), None)
    try:
        place = Place(dossier, int(component) if component else None)
        following = None
        if next_component != "-":
            following = Place(next_dossier or dossier, int(next_component) if next_component else None)
        mark = Mark(
            kind or Kind.BATCH, run, int(index), int(of), batch, place, int(expected) if expected else None, following, _SIDES[side]
        )
    except (ValueError, KeyError):
        return None
    return mark if kind and 0 <= mark.index <= mark.of <= MOST_SHEETS else None


def is_ours(text: str) -> bool:
    """Whether a code means to be a separator sheet, readable or not: a newer version, or one whose check does not hold."""
    return _BEGINS.match(text) is not None


def proof_of(mark: Mark) -> str:
    """What the printed line proves: that run, number, dossier and component were read as printed. The batch is within the run."""
    said = f"{mark.kind}*{mark.run}*{mark.index}*{mark.of}*{mark.place.dossier}*{_number(mark.place.component)}"
    return check_of(said)


def code_line(mark: Mark) -> str:
    """The line in large letters by which a sheet is read when its QR codes are not: `K7AM4C 3/12 PXRTHW`."""
    return f"{mark.run} {mark.index}/{mark.of} {proof_of(mark)}"


def check_of(text: str) -> str:
    return _letters(text, CHECK_LENGTH)


def run_of(text: str) -> str:
    """A run's name, from what it consists of: the same sheets printed again are the same run."""
    return _letters("run*" + text, RUN_LENGTH)


def _letters(text: str, count: int) -> str:
    left = int.from_bytes(hashlib.sha256(nfc(text).encode()).digest(), "big")
    chosen: list[str] = []
    for _ in range(count):
        left, at = divmod(left, len(LETTERS))
        chosen.append(LETTERS[at])
    return "".join(chosen)


def _number(number: int | None) -> str:
    return "" if number is None else str(number)
