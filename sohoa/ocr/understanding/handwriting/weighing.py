"""What a pen wrote, weighed with what else is known of the paper.

    weigh_number(readings, evidence, issued=…) -> Weighed | None      weigh_date(days, months, year, evidence) -> Weighed | None
    Evidence(signature_dates, known, told, today): all empty by default

Nobody is sure of a pen: however plain a number looks, its reading alone stays at ALONE or below. It becomes certain only where
somebody who did not look at the ink says the same: the register, a QR code, the paper's own digital signature, the row of numbers
that its unit gave before and after. Bayes' rule does the weighing; a witness who contradicts what is plainly written makes doubt.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sohoa.ocr.model import Alternative

ALONE = 0.75  # a pen's reading without a witness never goes above this
# With a witness it is certain from here; what comes out lower is a doubt, and says so by staying at ALONE.
PROVEN, SUREST = 0.98, 0.99
DISPUTED = 0.5  # the most where a witness says something else, or another paper has the number
BEST = 3
FIRST_YEAR = 1945
# The reader's own probabilities are good on papers like those it learnt from; on any other paper this much may be something else.
SURPRISE = 0.05
# Clerks write 05, and neither 5 nor 005: such a reading has mostly lost a digit or made one of a stray stroke. A month may be a bare 4.
UNUSUAL = 0.2
# A register or a QR code belongs to another paper than the one in hand about this often, and then mostly to one of its neighbours.
MISTAKEN, NEIGHBOURS = 0.02, 30
# A told value is confirmed by the ink where its reading has at least this probability; below, ink and witness contradict.
SEEN = 0.10
# Chance that a paper is signed so many days after its date. 10 real papers: 0 to 2 days, one 17. A leader may sign before the clerk
# gives number and date, so a date may also lie a little after a signature.
SIGNED_AFTER = (0.36, 0.22, 0.10, 0.06, 0.04, 0.03, 0.03, 0.03, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01)
SIGNED_LATER, LATEST_SIGNED = 0.002, 45
SIGNED_BEFORE = (0.02, 0.01, 0.005)
UNSIGNED = 0.0003  # any other day
SUPPORTS = 3  # days from the date to a signature within which the signature says the same
# Numbers grow with dates; one out of so many is given out of its row.
OUT_OF_ROW = 0.03
WIDEST_ROW, LONGEST_ROW = 200, 10  # numbers, days; a wider gap between two known papers confirms nothing


@dataclass(frozen=True, slots=True)
class Told:
    """What a register's row or a code on the paper says it is. witness: "register", "qr", "text", …

    Only from who did not look at the ink: a row that was found by the number read here confirms nothing.
    """

    witness: str
    number: str = ""
    issued: date | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known beside the ink. Nothing, by default.

    signature_dates: days (in Vietnam) of the digital signatures in the paper's own file. known: number and date of papers of the same
    notation and year of the same unit, that somebody verified. told: see Told. today: no paper is dated later.
    """

    signature_dates: tuple[date, ...] = ()
    known: tuple[tuple[int, date], ...] = ()
    told: tuple[Told, ...] = ()
    today: date | None = None


@dataclass(frozen=True, slots=True)
class Weighed:
    """best: at most three, the first being the value; at least one. confidence: of the first. witnesses: who says the same.

    doubts: why it is not certain, see `Field.doubts`; empty where it is.
    """

    best: tuple[Alternative, ...]
    confidence: float
    witnesses: tuple[str, ...]
    doubts: tuple[str, ...] = ()

    @property
    def value(self) -> str:
        return self.best[0].value


def pooled(pen: Sequence[Alternative], other: str, sure: float) -> tuple[Alternative, ...]:
    """The pen reader's readings with the page reader's added. other: digits, or "". sure: 0 to 1, its own.

    The page reader was made for print, so its word on writing counts little unless it is sure: it breaks ties, and helps where the pen
    reader has nothing.
    """
    if not other:
        return tuple(pen)
    weights = {reading.value: reading.confidence for reading in pen}
    left = max(0.0, 1 - sum(weights.values()))
    # What it reads as surely as print is mostly right: a neat hand. What it reads wrongly it gave up to 0.88 on real papers.
    weights[other] = max(weights.get(other, 0.1 * left), 0.3 * sure**4) * (1 + 3 * sure)
    total = sum(weights.values()) + left
    return tuple(_ranked((value, weight / total) for value, weight in weights.items()))


def within(readings: Sequence[Alternative], possible: range) -> tuple[Alternative, ...]:
    """The readings that can be, which together are as likely as all were, written as NĐ 30/2020 wants them: 05, 12, 660."""
    weights: dict[str, float] = {}
    out = before = 0.0
    for reading in readings:
        if not (reading.value.isascii() and reading.value.isdigit() and int(reading.value) in possible):
            out += reading.confidence
            continue
        value = f"{int(reading.value):02d}"
        before += reading.confidence
        weights[value] = weights.get(value, 0.0) + reading.confidence * (1.0 if reading.value == value else UNUSUAL)
    scale = before / sum(weights.values()) / max(1 - out, before) if before else 0.0
    return tuple(_ranked((value, weight * scale) for value, weight in weights.items()))


def weigh_number(readings: Sequence[Alternative], evidence: Evidence, *, issued: date | None = None) -> Weighed | None:
    """readings: of the digits, best first, probabilities. issued: the paper's date where it is known well enough to place the number
    in its unit's row. None where there is neither a reading nor anybody who tells a number.
    """
    ink = {reading.value: (1 - SURPRISE) * reading.confidence for reading in readings if reading.value.isdigit()}
    told = {one.witness: one.number for one in evidence.told if one.number}
    low, high = _row(evidence.known, issued)
    taken = [value for value in ink if ink[value] >= SEEN and _is_taken(value, evidence.known)]
    values = dict.fromkeys((*ink, *(number for number in told.values() if not _same(number, ink))))
    weights = {value: _ink(value, ink) * _row_weight(value, low, high) for value in values}
    for number in told.values():
        weights = {value: weight * _told_weight(value, number) for value, weight in weights.items()}
    if not weights:
        return None
    ranked = _normal(weights, rest=0.0 if told else _rest(ink) * _row_rest(ink, low, high))
    value = ranked[0].value
    witnesses = [witness for witness, number in told.items() if _equal(number, value) and _same(number, ink) >= SEEN]
    if high is not None and _inside(value, low, high) and high - low <= WIDEST_ROW and _same(value, ink) >= SEEN:
        witnesses.append("sequence")
    # A number is given once. It may be the same paper a second time, or one of the two was misread.
    disputes = [f"number_taken:{number}" for number in taken]
    disputes += [
        f"contradicted:{who}={number}" for who, number in told.items() if not _equal(number, value) or _same(number, ink) < SEEN
    ]
    outside = (low or high is not None) and not _inside(value, low, high)
    row = [f"outside_row:{low + 1}-{'' if high is None else high - 1}"] if outside else []
    return _weighed(ranked, witnesses, disputes, row)


def weigh_date(
    days: Sequence[Alternative],
    months: Sequence[Alternative],
    year: Alternative,
    evidence: Evidence,
    *,
    number: int | None = None,
) -> Weighed | None:
    """ISO dates. days, months: readings with probabilities, a printed one as its only reading; year: as printed. number: the paper's,
    where it is certain, to place the date among those of its unit's papers.

    None where no day that the calendar has, today or earlier, can be made of them and nobody tells one.
    """
    ink: dict[date, float] = {}
    for day in days:
        for month in months:
            made = _day(year.value, month.value, day.value)
            if made and (evidence.today is None or made <= evidence.today):
                ink[made] = ink.get(made, 0.0) + (1 - SURPRISE) * day.confidence * month.confidence * year.confidence
    told = {one.witness: one.issued for one in evidence.told if one.issued}
    if not ink and not told:
        return None
    first, last = _dates_around(evidence.known, number)

    def fits(day: date) -> float:
        return _signed(day, evidence.signature_dates) * (1.0 if first <= day <= last else OUT_OF_ROW)

    weights = {day: ink.get(day, SURPRISE / 150) * fits(day) for day in dict.fromkeys((*ink, *told.values()))}
    for said in told.values():
        weights = {day: weight * (1.0 if day == said else MISTAKEN / NEIGHBOURS) for day, weight in weights.items()}
    # What the day is if it is none of those that were read: another of that month, as likely as it fits what is known.
    others = [fits(day) for day in _month_of(max(ink, key=lambda day: ink[day])) if day not in ink] if ink else []
    rest = max(SURPRISE, 1 - sum(ink.values())) * sum(others) / len(others) if others and not told else 0.0
    ranked = _normal({day.isoformat(): weight for day, weight in weights.items()}, rest=rest)
    best = date.fromisoformat(ranked[0].value)
    seen = ink.get(best, 0.0) >= SEEN
    witnesses = [witness for witness, said in told.items() if said == best and seen]
    if seen and any(0 <= (signed - best).days <= SUPPORTS for signed in evidence.signature_dates):
        witnesses.append("signature_date")
    if seen and first <= best <= last and (last - first).days <= LONGEST_ROW:
        witnesses.append("sequence")
    disputes = [f"contradicted:{who}={said.isoformat()}" for who, said in told.items() if said != best or ink.get(said, 0.0) < SEEN]
    apart = [signed for signed in evidence.signature_dates if not 0 <= (signed - best).days <= SUPPORTS]
    signed = [f"signed_apart:{min(apart).isoformat()}"] if apart and len(apart) == len(evidence.signature_dates) else []
    return _weighed(ranked, witnesses, disputes, signed)


def _weighed(ranked: Sequence[Alternative], witnesses: Sequence[str], disputes: Sequence[str], odd: Sequence[str]) -> Weighed:
    """disputes: who says something else. odd: what it does not go well with; worth telling only where it is not certain anyway."""
    reached, doubts = ranked[0].confidence, (*disputes, *odd)
    if disputes:
        confidence, witnesses = min(reached, DISPUTED), ()
    elif witnesses and reached >= PROVEN:
        confidence, doubts = min(reached, SUREST), ()
    else:
        confidence, doubts = min(reached, ALONE), doubts or ("pen_unclear" if witnesses else "pen_alone",)
    return Weighed((Alternative(ranked[0].value, confidence), *ranked[1:BEST]), confidence, tuple(witnesses), doubts)


# Numbers --------------------------------------------------------------------------------------------------------------


def _ink(value: str, ink: dict[str, float]) -> float:
    """A number nobody read there is one digit away from what was read, or nothing like it."""
    same = _same(value, ink)
    return same if same else SURPRISE * (0.02 if any(_one_off(value, read) for read in ink) else 0.001)


def _same(number: str, ink: dict[str, float]) -> float:
    """What readings say this number, whether written 5 or 05."""
    return sum(chance for read, chance in ink.items() if _equal(read, number))


def _equal(one: str, other: str) -> bool:
    return one.lstrip("0") == other.lstrip("0")


def _told_weight(value: str, number: str) -> float:
    return 1.0 if _equal(value, number) else MISTAKEN / NEIGHBOURS


def _row(known: Iterable[tuple[int, date]], issued: date | None) -> tuple[int, int | None]:
    """The numbers between which one of this date lies, both ends allowed where a paper is of the same day; high None: open."""
    if issued is None:
        return 0, None
    known = tuple(known)
    low = max((number for number, day in known if day < issued), default=0)
    high = min((number for number, day in known if day > issued and number > low), default=None)
    return low, high


def _inside(value: str, low: int, high: int | None) -> bool:
    return value.isdigit() and low < int(value) and (high is None or int(value) < high)


def _row_weight(value: str, low: int, high: int | None) -> float:
    return 1.0 if _inside(value, low, high) else OUT_OF_ROW


def _is_taken(value: str, known: Sequence[tuple[int, date]]) -> bool:
    return any(number == int(value) for number, _ in known)


def _rest(ink: dict[str, float]) -> float:
    return max(SURPRISE, 1 - sum(ink.values()))


def _row_rest(ink: dict[str, float], low: int, high: int | None) -> float:
    """How well the row fits what was not read: a share of the numbers one digit away from the best reading lies in it, too."""
    if not ink or (low == 0 and high is None):
        return 1.0
    best = max(ink, key=lambda value: ink[value])
    near = [best[:at] + digit + best[at + 1 :] for at in range(len(best)) for digit in "0123456789" if digit != best[at]]
    inside = sum(_inside(value, low, high) for value in near) / len(near)
    return max(inside, OUT_OF_ROW)


def _one_off(one: str, other: str) -> bool:
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1


# Days -----------------------------------------------------------------------------------------------------------------


def _day(year: str, month: str, day: str) -> date | None:
    if not (year.isdigit() and month.isdigit() and day.isdigit()) or int(year) < FIRST_YEAR:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _signed(day: date, signatures: Sequence[date]) -> float:
    """How well the day goes with the signatures, by the one that goes best with it."""
    if not signatures:
        return 1.0
    return max(_apart((signed - day).days) for signed in signatures)


def _apart(days: int) -> float:
    if 0 <= days < len(SIGNED_AFTER):
        return SIGNED_AFTER[days]
    if 0 < -days <= len(SIGNED_BEFORE):
        return SIGNED_BEFORE[-days - 1]
    return SIGNED_LATER if 0 < days <= LATEST_SIGNED else UNSIGNED


def _dates_around(known: Sequence[tuple[int, date]], number: int | None) -> tuple[date, date]:
    """The days of the numbers before and after this one."""
    before = max((day for other, day in known if number is not None and other < number), default=date.min)
    after = min((day for other, day in known if number is not None and other > number and day >= before), default=date.max)
    return before, after


def _month_of(day: date) -> list[date]:
    first = day.replace(day=1)
    return [other for at in range(31) if (other := first + timedelta(days=at)).month == day.month]


def _normal(weights: dict[str, float], *, rest: float) -> list[Alternative]:
    total = sum(weights.values()) + rest
    return _ranked((value, weight / total) for value, weight in weights.items()) if total else []


def _ranked(pairs: Iterable[tuple[str, float]]) -> list[Alternative]:
    return [Alternative(value, round(chance, 4)) for value, chance in sorted(pairs, key=lambda pair: (-pair[1], pair[0]))]
