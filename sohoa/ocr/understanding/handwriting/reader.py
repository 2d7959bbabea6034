"""Read a handwritten number as a whole.

    read_digits(ink, *, longest=5) -> tuple[Alternative, ...]

`ink` is a grey crop of 1 to `longest` digits, cut generously: a slash after them, dotted or ruled lines, parts of printed
neighbours and remains of a seal may be in it. Best first, at most ten; a confidence is the probability that the reading is right,
as measured on strings composed of digits that were held back from learning. Milliseconds on one core.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sohoa.ocr.model import Alternative
from sohoa.ocr.understanding.handwriting.ctc import likely_strings, log_likelihoods
from sohoa.ocr.understanding.handwriting.network import Weights, log_chances
from sohoa.ocr.understanding.handwriting.strips import strips_of

MOST_READINGS = 10
# The same crop a little larger, smaller, leaning left and right: what is read one way only by luck is not read in all of them.
WAYS = ((1.0, 0.0), (1.15, 0.0), (0.85, 0.0), (1.0, 0.2), (1.0, -0.2))
# A reading less likely than this helps nobody to choose.
LEAST = 0.0005


def read_digits(ink: NDArray[np.uint8], *, longest: int = 5) -> tuple[Alternative, ...]:
    """What number may stand in the crop; () where nothing is written in it, or what is written is more likely no number.

    ink: (height, width), 0 black to 255 white, 150 to 600 dpi. longest: digits, at least 1.
    The confidences add up to at most 1; what is missing is the chance that no reading in the list is right.
    Raises ValueError for another kind of array or `longest` below 1, and DigitReaderDamaged.
    """
    if longest < 1:
        raise ValueError("a number has at least one digit")
    weights = Weights.shipped()
    strings, scores = scored_strings(weights, ink, longest=longest)
    if not strings:
        return ()
    chances = probabilities(scores, temperature=weights.temperature, missing=weights.missing)
    ranked = sorted(zip(strings, map(float, chances), strict=True), key=lambda one: (-one[1], one[0]))
    if any(string == "" and chance >= 0.5 for string, chance in ranked):
        return ()
    kept = [(string, chance) for string, chance in ranked if string and chance >= LEAST]
    return tuple(Alternative(string, round(chance, 4)) for string, chance in kept[:MOST_READINGS])


def scored_strings(weights: Weights, ink: NDArray[np.uint8], *, longest: int) -> tuple[list[str], NDArray[np.float64]]:
    """Strings that may stand in the crop and the logarithm of each one's mean chance over WAYS; none where nothing is written."""
    strips = strips_of(ink, WAYS)
    if strips is None:
        return [], np.empty(0)
    chances = log_chances(weights, strips)
    strings = sorted({string for seen in chances for string in likely_strings(seen, longest=longest)})
    every = np.repeat(chances, len(strings), axis=0)
    likelihoods = log_likelihoods(every, strings * len(chances)).reshape(len(chances), len(strings))
    return strings, np.logaddexp.reduce(likelihoods, axis=0) - np.log(len(chances))


def probabilities(scores: NDArray[np.float64], *, temperature: float, missing: float) -> NDArray[np.float64]:
    """Scores as probabilities. temperature: how much less sure to be than the network is; missing: chance that none is right."""
    heated = scores / temperature
    return (1 - missing) * np.exp(heated - np.logaddexp.reduce(heated))
