"""What is asked: one to three words that are frequent, middling or rare, with tones and without, phrases, numbers, filters."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sohoa.kernel.text import fold, tokens
from sohoa.storage.search.facts import Narrowed
from sohoa.storage.search.finding import ANY


@dataclass(frozen=True, slots=True)
class Question:
    kind: str
    query: str
    narrowed: Narrowed = ANY


def questions(pages: Sequence[str], *, each: int, seed: int = 7) -> list[Question]:
    """pages: a sample of the archive, from which it is seen what is frequent. each: questions of each kind."""
    chance = random.Random(seed)
    on: dict[str, int] = {}
    for page in pages:
        for word in set(tokens(page)):
            on[word] = on.get(word, 0) + 1
    ranked = sorted(on, key=lambda word: (-on[word], word))
    frequent = [word for word in ranked if on[word] > len(pages) * 0.3]
    middle = [word for word in ranked if len(pages) * 0.005 < on[word] < len(pages) * 0.05]
    rare = [word for word in ranked if on[word] == 1]
    asked: list[Question] = []
    for name, pool in (("frequent", frequent), ("middle", middle), ("rare", rare)):
        for count in (1, 2, 3):
            for _ in range(each):
                if name == "rare" and count > 1:
                    # Rare words that share a page, or nothing would ever be found.
                    words = chance.sample([word for word in tokens(chance.choice(pages)) if on[word] < 50] or rare, k=1)
                    words += chance.sample(frequent, count - 1)
                else:
                    words = chance.sample(pool, count)
                query = " ".join(words)
                asked += [Question(f"{name} {count}", query), Question(f"{name} {count} no tones", fold(query))]
    for _ in range(each):
        page = chance.choice(pages).splitlines()
        for kind, line in (("phrase", chance.choice(page[5:-1])), ("phrase by chance", page[-1])):
            words = tokens(line)
            at = chance.randrange(max(1, len(words) - 3))
            phrase = " ".join(words[at : at + 3])
            asked += [Question(kind, f'"{phrase}"'), Question(f"{kind} no tones", f'"{fold(phrase)}"')]
        asked.append(Question("phrase of frequent", f'"{" ".join(chance.sample(frequent, 2))}"'))
        asked.append(Question("number", f"{chance.randrange(9999)}/QĐ-UBND"))
        asked.append(Question("prefix", f"{chance.choice(middle)} {chance.choice(frequent)[:2]}*"))
        asked.append(
            Question("frequent, one unit", " ".join(chance.sample(frequent, 2)), Narrowed(unit=f"H{chance.randrange(100):03}"))
        )
        year = chance.randrange(2015, 2025)
        asked.append(
            Question("frequent, a month", " ".join(chance.sample(frequent, 2)),
                     Narrowed(date_from=date(year, 3, 1), date_to=date(year, 3, 31), type="QĐ"))
        )  # fmt: skip
    return asked
