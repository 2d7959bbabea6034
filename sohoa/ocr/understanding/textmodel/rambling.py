"""Lines that sound like official prose and say nothing: what a type's own sentences are to be heard through."""

from __future__ import annotations

import random
from itertools import accumulate

from sohoa.ocr.reading.arbiter.language import END, NUMBER, START, STEPS_PER_DOUBLING, LanguageModel


class Rambler:
    """Walks from word to word as often as the shipped counts of public legal texts have one after the other."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self._words = list(model.words)
        self._next: dict[int, tuple[list[int], list[float]]] = {}

    def line(self, rng: random.Random, words: int) -> str:
        """About so many words; numbers are written as 0."""
        said: list[str] = []
        at = self._model.words[START]
        while len(said) < words:
            rights, weights = self._after(at)
            at = rng.choices(rights, cum_weights=weights)[0] if rights else self._model.words[START]
            word = self._words[at]
            if word == END:
                said.append("\n")
                at = self._model.words[START]
            elif word != START:
                said.append("0" if word == NUMBER else word)
        return " ".join(said)

    def _after(self, word: int) -> tuple[list[int], list[float]]:
        if word not in self._next:
            model = self._model
            first, last = model.rows[word], model.rows[word + 1]
            weights = accumulate(2 ** (step / STEPS_PER_DOUBLING) for step in model.steps[first:last])
            self._next[word] = (list(model.rights[first:last]), list(weights))
        return self._next[word]
