"""Pages as an archive has them, made of our own catalogues' words: sentences of official papers, names of places, numbers, misread
words. The same page for the same number, whatever else is made. No person's name is among them.
"""

from __future__ import annotations

import csv
import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate
from pathlib import Path

CATALOGUES = Path(__file__).parents[2] / "sohoa" / "config" / "catalogues"
WORDS = 250  # on a page
LOOSE = 110  # of them, drawn one by one; the rest stands in sentences
STEEP = 1.1  # a word's share falls with its rank to this power, about as in real text
TAIL = 400_000  # distinct rare words: numbers, codes, misread words
UNITS, PROCEDURES = 120, 300
_FIRST, _DAYS = date(2015, 1, 1), 4000


@dataclass(frozen=True, slots=True)
class Paper:
    number: int
    kind: str
    unit: str
    procedure: str
    dossier: str
    issued: date | None
    verdict: str
    pages: tuple[str, ...]

    @property
    def id(self) -> str:
        return f"{self.number * 0x9E3779B97F4A7C15 % (1 << 80):020x}"


@dataclass
class Maker:
    seed: int = 1
    kinds: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        told = tomllib.loads((CATALOGUES / "type_wording.toml").read_text("utf-8"))
        self.kinds = [kind["code"] for kind in told["wording"]]
        chance = random.Random(self.seed)
        shared = told["shared"][0]
        fills = {
            "matter": shared["matters"], "agency": shared["agencies"], "units": shared["units"], "person": ["người đứng đơn"],
            "place": shared["places"], "day": shared["days"], "paper": shared["papers"],
        }  # fmt: skip
        self.sentences: list[str] = []
        said = [sentence for kind in told["wording"] for sentence in kind["says"]] + list(shared["common"])
        for _ in range(30_000):
            sentence = chance.choice(said)
            for name, values in fills.items():
                while "{" + name + "}" in sentence:
                    sentence = sentence.replace("{" + name + "}", chance.choice(values), 1)
            self.sentences.append(sentence)
        self._sentence_weights = list(accumulate(1 / rank for rank in range(1, len(self.sentences) + 1)))
        self._word_weights = list(accumulate(rank**-STEEP for rank in range(1, len(self.words) + 1)))

    @cached_property
    def places(self) -> list[str]:
        with (CATALOGUES / "administrative_units.tsv").open(encoding="utf-8") as file:
            rows = [row for row in csv.reader(file, delimiter="\t") if len(row) > 3]
        return sorted({row[3] for row in rows[1:]})

    @cached_property
    def words(self) -> list[str]:
        """Most frequent first: syllables of the catalogues, then the tail of what occurs once in many pages."""
        chance = random.Random(self.seed + 1)
        counted: dict[str, int] = {}
        for text in (*self.sentences, *self.places):
            for word in text.split():
                counted[word] = counted.get(word, 0) + 1
        syllables = sorted(counted, key=lambda word: (-counted[word], word))
        tail = [f"{chance.randrange(10 ** chance.randint(2, 8))}" for _ in range(TAIL // 2)]
        letters = "abcdeghiklmnopqrstuvxyăâêôơưđ"
        tail += ["".join(chance.choice(letters) for _ in range(chance.randint(3, 8))) for _ in range(TAIL // 2)]
        return syllables + tail

    def papers(self, start: int, pages: int) -> Iterator[Paper]:
        """Papers from number `start`, until they have so many pages."""
        number = start
        while pages > 0:
            paper = self.paper(number, most=pages)
            pages -= len(paper.pages)
            yield paper
            number += 1

    def paper(self, number: int, *, most: int = 1000) -> Paper:
        chance = random.Random(self.seed << 40 | number)
        kind, unit = chance.choice(self.kinds), f"H{min(int(chance.expovariate(1 / 20)), UNITS - 1):03}"
        issued = None if chance.random() < 0.05 else _FIRST + timedelta(days=int(_DAYS * chance.random() ** 0.6))
        place = chance.choice(self.places)
        told = f"{number % 9999}/{kind}-UBND"
        head = f"{kind}\n{told}\n{chance.choice(self.sentences)}\nỦy ban nhân dân {place}\n{unit}-{number:07}"
        body = tuple(self._page(chance, place, told) for _ in range(min(most - 1, int(chance.expovariate(1 / 4)) + 1)))
        return Paper(
            number, kind, unit, f"{1 + number % PROCEDURES}.000", f"{unit}-{number:07}", issued,
            chance.choice(("ok", "ok", "ok", "undetermined", "")), (head, *body),
        )  # fmt: skip

    def _page(self, chance: random.Random, place: str, told: str) -> str:
        lines = [
            "ỦY BAN NHÂN DÂN",
            place.upper(),
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
            "Độc lập - Tự do - Hạnh phúc",
            f"Số: {told}",
        ]
        lines += chance.choices(self.sentences, cum_weights=self._sentence_weights, k=8)
        lines += [" ".join(chance.choices(self.words, cum_weights=self._word_weights, k=LOOSE))]
        return "\n".join(lines)
