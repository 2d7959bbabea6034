"""How likely a Vietnamese word is after another one: syllable bigrams in one compact file, read without building tables."""

from __future__ import annotations

import functools
import io
import json
import math
from bisect import bisect_left
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sohoa.kernel.errors import SohoaError
from sohoa.ocr.arrays import DAMAGED

SHIPPED = "model-1.npz"
NUMBER, START, END = "<num>", "<s>", "</s>"
# Counts are kept as logarithms in bytes: a step is 4.4 %, and the largest count that fits is 65,000.
STEPS_PER_DOUBLING = 16
# How much a pair that was never seen is held to be possible after a word: weight of the single words against the pairs.
# Measured: anything between 1 and 20 decides alike.
SMOOTHING = 5.0
_EDGES = "".join(map(chr, range(33, 48))) + ":;<=>?@[\\]^_`{|}~“”‘’«»…–—•·°§©®™"


class ModelDamaged(SohoaError):
    code = "ocr.language_model_damaged"
    vi = "Tệp mô hình ngôn ngữ của bộ đọc bị hỏng hoặc không đúng phiên bản."
    en = "The reader's language model file is damaged or of another version: {detail}."
    remedy = "Cài lại sohoa rồi chạy lại."
    remedy_en = "Install sohoa again, then run again."


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """words: each word's number. rights, steps: of all pairs, sorted by left word, then right; rows: where a left word begins.
    seen: how often the kept pairs of a left word were counted; rooms: the weight of all others, as single words, against that.
    """

    about: dict[str, str]
    words: dict[str, int]
    counts: list[int]
    rows: list[int]
    rights: memoryview
    steps: memoryview
    seen: list[float]
    rooms: list[float]
    total: int

    @staticmethod
    @functools.cache
    def shipped() -> LanguageModel:
        """The model of this release; one per process. Raises ModelDamaged."""
        return LanguageModel.load(resources.files("sohoa.ocr.reading.arbiter").joinpath(SHIPPED).read_bytes())

    @staticmethod
    def load(data: bytes) -> LanguageModel:
        """data: a file made by `build`. Raises ModelDamaged."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                return _of({name: arrays[name] for name in ("about", "words", "counts", "rows", "rights", "steps")})
        except DAMAGED as damaged:
            raise ModelDamaged(detail=type(damaged).__name__) from damaged

    def number_of(self, token: str) -> int:
        """The word's number; -1 for a word the model does not know."""
        return self.words.get(token, -1)

    def log_probability(self, word: int, after: int | None) -> float:
        """Natural logarithm of P(word | after). Numbers as number_of gives them; after None: nothing is known of the left."""
        alone = (self.counts[word] if word >= 0 else 0.5) / self.total
        if after is None or after < 0:
            return math.log(alone)
        first, last = self.rows[after], self.rows[after + 1]
        pairs = 0.0
        if word >= 0:
            place = bisect_left(self.rights, word, first, last)
            if place < last and self.rights[place] == word:
                pairs = _COUNT_OF[self.steps[place]]
        room = self.rooms[after]
        return math.log((pairs + room * alone) / (self.seen[after] + room))


_COUNT_OF = [2 ** (step / STEPS_PER_DOUBLING) for step in range(256)]


def tokens(text: str) -> list[str]:
    """The model's words in a piece of running text: case, outer punctuation and the digits of numbers do not matter to it."""
    found = [_token(piece) for piece in text.split()]
    return [token for token in found if token]


# The words of an office's papers come again and again; 8,192 of them are under 2 MB.
@functools.lru_cache(maxsize=8192)
def _token(piece: str) -> str:
    bare = piece.strip(_EDGES)
    return NUMBER if any(letter.isdigit() for letter in bare) else bare.lower()


def ends_sentence(text: str) -> bool:
    return text.rstrip("”\"')]»").endswith((".", ";", ":", "?", "!"))


def _of(arrays: dict[str, NDArray[Any]]) -> LanguageModel:
    words: list[str] = arrays["words"].tobytes().decode("utf-8").split("\n")
    counts = [int(count) for count in arrays["counts"]]
    rows = [int(row) for row in arrays["rows"]]
    rights = memoryview(arrays["rights"].astype(np.uint16).tobytes()).cast("H")
    steps = memoryview(arrays["steps"].astype(np.uint8).tobytes())
    if not len(words) == len(counts) == len(rows) - 1 or not rows[-1] == len(rights) == len(steps):
        raise ValueError("sizes differ")
    about: dict[str, str] = json.loads(arrays["about"].tobytes())
    numbers = {word: number for number, word in enumerate(words)}
    kept = np.concatenate(([0.0], np.cumsum(np.exp2(arrays["steps"] / STEPS_PER_DOUBLING))))
    seen: list[float] = (kept[rows[1:]] - kept[rows[:-1]]).tolist()
    # What a word's kept pairs do not account for was followed by something rare: that much is open to any word.
    rooms = [SMOOTHING + max(0.0, count - pairs) for count, pairs in zip(counts, seen, strict=True)]
    return LanguageModel(about, numbers, counts, rows, rights, steps, seen, rooms, sum(counts))
