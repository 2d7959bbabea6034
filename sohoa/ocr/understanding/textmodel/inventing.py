"""Texts to learn from where there are no papers yet: put together from the wording of each type, and damaged as a scan damages them."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sohoa.kernel.text import fold, nfc
from sohoa.ocr.reading.arbiter.language import LanguageModel
from sohoa.ocr.understanding.textmodel.fitting import Example
from sohoa.ocr.understanding.textmodel.rambling import Rambler

# The sentences of a type are dealt into two halves. Texts of one half are judged by a model that knew only the other when
# probabilities are fitted, so that these say how well the model does on wordings it has not seen.
HALVES = 2
INVENTED_WEIGHT = 0.25  # of a text against a paper that was really there
_SLOT = re.compile(r"\{(\w+)\}")
_LISTS = {
    "matter": "matters",
    "agency": "agencies",
    "unit": "units",
    "units": "units",
    "person": "people",
    "place": "places",
    "day": "days",
    "paper": "papers",
}
# What a reader takes for what: seen on bad scans, letter by letter.
_SLIPS = {
    "i": "lí1",
    "l": "i1|",
    "o": "cóô",
    "ô": "óồo",
    "â": "áầa",
    "ê": "èếe",
    "n": "ru",
    "m": "rn",
    "đ": "d",
    "ư": "uú",
    "c": "eo",
    "h": "b",
}


@dataclass(frozen=True, slots=True)
class Wording:
    code: str
    says: tuple[str, ...]


def wordings_from(rows: Sequence[Mapping[str, object]]) -> tuple[Wording, ...]:
    """rows: `[[wording]]` of the catalogue `type_wording`. Raises KeyError and TypeError on rows of another form."""
    return tuple(Wording(str(row["code"]), tuple(nfc(str(said)) for said in _listed(row["says"]))) for row in rows)


def shared_from(table: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    """table: `[shared]` of the same catalogue."""
    return {name: tuple(nfc(str(said)) for said in _listed(entries)) for name, entries in table.items()}


def invented(
    wordings: Sequence[Wording], shared: Mapping[str, Sequence[str]], *, each: int, seed: int, weight: float = INVENTED_WEIGHT
) -> Iterator[Example]:
    """`each` texts of every type. The same arguments give the same texts."""
    rambler = Rambler(LanguageModel.shipped())
    for wording in wordings:
        rng = random.Random(f"{seed} {wording.code}")
        for number in range(each):
            half = number % HALVES
            says = wording.says[half::HALVES] if len(wording.says) >= 2 * HALVES else wording.says
            text = _told(says, shared, rambler, rng)
            yield Example(damaged(text, rng, rng.choice((0.0, 0.01, 0.03, 0.08))), wording.code, f"{wording.code} {half}", weight)


def damaged(text: str, rng: random.Random, share: float) -> str:
    """The text with about `share` of its letters misread; in one text of eight all tones are lost."""
    if share and rng.random() < 0.125:
        text = fold(text)
    out: list[str] = []
    for letter in text:
        if rng.random() >= share:
            out.append(letter)
            continue
        kind = rng.random()
        if kind < 0.45:  # the tone is lost, or another one is read
            out.append(fold(letter))
        elif kind < 0.8:
            out.append(rng.choice(_SLIPS.get(letter.lower(), letter)))
        elif kind < 0.9:
            out.append(letter + rng.choice(".,'|-"))
    return "".join(out)


def _told(says: Sequence[str], shared: Mapping[str, Sequence[str]], rambler: Rambler, rng: random.Random) -> str:
    """Some of the type's sentences in their order, among sentences that any paper may say."""
    count = max(min(3, len(says)), round(len(says) * rng.uniform(0.35, 1.0)))
    lines = [says[index] for index in sorted(rng.sample(range(len(says)), count))]
    for said in rng.choices(shared["common"], k=rng.randint(0, 8)):
        lines.insert(rng.randint(0, len(lines)), said)
    for _ in range(rng.choice((0, 0, 2, 5, 9, 14, 20))):
        lines.insert(rng.randint(0, len(lines)), rambler.line(rng, rng.randint(6, 26)))
    agency = rng.choice(shared["agencies"])
    if rng.random() < 0.6:
        lines.insert(0, f"{agency.upper()} {rng.choice(shared['places'])}, {rng.choice(shared['days'])}")
    if rng.random() < 0.25:  # first pages end anywhere
        lines = lines[: max(3, round(len(lines) * rng.uniform(0.4, 0.9)))]
    return "\n".join(_filled(line, shared, rng) for line in lines)


def _filled(line: str, shared: Mapping[str, Sequence[str]], rng: random.Random) -> str:
    return _SLOT.sub(lambda slot: rng.choice(shared[_LISTS[slot[1]]]), line)


def _listed(value: object) -> Sequence[object]:
    if not isinstance(value, list | tuple):
        raise TypeError("a list of sentences is wanted")
    return value  # pyright: ignore[reportUnknownVariableType]
