"""The learned model at work: numpy only, under two milliseconds a page."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sohoa.ocr.model import Alternative
from sohoa.ocr.understanding.textmodel.features import BUCKETS, plain, runs_of
from sohoa.ocr.understanding.textmodel.sealing import TextModelAltered, sealed, unsealed

SHIPPED = "model-1.npz"
FORMAT = 1
# Fewer letters than a few lines say nothing; an identity card's front has about 200.
LETTERS = 80
# Below this the text is held to be unlike anything that was learned.
HEARD = 0.30
FEWEST = 0.01  # alternatives less likely than this are left out


@dataclass(frozen=True, slots=True)
class TextModel:
    """codes: of types, in the order of the weights' columns. rarity: (BUCKETS,). weights: (BUCKETS, codes), bytes; scales, biases: of
    each column. sharpness: by which scores are stretched before they become probabilities, fitted on texts that were not learned.

    about: what it was trained on and how well it did ("version", "source", "examples", "held_back", …).
    """

    codes: tuple[str, ...]
    rarity: NDArray[np.float32]
    weights: NDArray[np.int8]
    scales: NDArray[np.float32]
    biases: NDArray[np.float32]
    sharpness: float
    about: dict[str, Any]

    @staticmethod
    @functools.cache
    def shipped() -> TextModel:
        """The model of this release; one per process. Raises TextModelAltered."""
        return TextModel.read(resources.files("sohoa.ocr.understanding.textmodel").joinpath(SHIPPED).read_bytes())

    @staticmethod
    def load(path: Path) -> TextModel:
        """Raises TextModelAltered where the file is not, byte for byte, what training wrote; OSError where there is none."""
        return TextModel.read(path.read_bytes())

    @staticmethod
    def read(data: bytes) -> TextModel:
        arrays, about = unsealed(data)
        try:
            told: dict[str, Any] = about["model"]
            codes = tuple(map(str, told["codes"]))
            model = TextModel(
                codes,
                arrays["rarity"].astype(np.float32),
                arrays["weights"],
                arrays["scales"].astype(np.float32),
                arrays["biases"].astype(np.float32),
                float(told["sharpness"]),
                about["about"],
            )
            fits = told["format"] == FORMAT and model.weights.shape == (BUCKETS, len(codes)) and model.weights.dtype == np.int8
        except (KeyError, TypeError, ValueError) as damaged:
            raise TextModelAltered(detail=type(damaged).__name__) from damaged
        if not fits or not model.rarity.shape == (BUCKETS,) or not model.scales.shape == model.biases.shape == (len(codes),):
            raise TextModelAltered(detail="another format")
        return model

    def as_bytes(self) -> bytes:
        """The file `read` takes."""
        arrays: dict[str, NDArray[Any]] = {
            "rarity": self.rarity.astype(np.float16),
            "weights": self.weights,
            "scales": self.scales,
            "biases": self.biases,
        }
        told = {"format": FORMAT, "codes": self.codes, "sharpness": self.sharpness}
        return sealed(arrays, {"model": told, "about": self.about})

    def judge(self, text: str) -> tuple[Alternative, ...]:
        """What kind of paper sounds like this, best first; () when the text is too short or unlike anything learned.

        text: as `own_words` leaves it. confidence: the probability that it is this type among those learned, fitted on wordings
        that were not. Text unlike all of them scores about the same for each, so that none is likely.
        """
        if sum(map(str.isalpha, plain(text))) < LETTERS:
            return ()
        chances = self.chances(text)
        best: list[int] = np.argsort(-chances, kind="stable").tolist()
        if chances[best[0]] < HEARD:
            return ()
        return tuple(
            Alternative(self.codes[index], round(float(chances[index]), 4)) for index in best[:5] if chances[index] >= FEWEST
        )

    def chances(self, text: str) -> NDArray[np.float64]:
        """(codes,): how likely each type is. Any text, however short."""
        return chances_of(self.scores(text)[None, :], self.sharpness)[0]

    def scores(self, text: str) -> NDArray[np.float64]:
        buckets, counts = runs_of(text)
        told = counts * self.rarity[buckets]
        length = float(np.sqrt(np.sum(told * told))) or 1.0
        return (told @ self.weights[buckets].astype(np.float32)) * self.scales / length + self.biases.astype(np.float64)


def chances_of(scores: NDArray[np.float64], sharpness: float) -> NDArray[np.float64]:
    """(papers, types) of scores to probabilities that add up to 1 on every paper."""
    stretched = sharpness * (scores - scores.max(axis=1, keepdims=True))
    likely = np.exp(stretched)
    return likely / likely.sum(axis=1, keepdims=True)
