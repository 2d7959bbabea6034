"""How likely a decision is right: a logistic regression over what is known when it is made."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sohoa.ocr.reading.arbiter.lattice import Decision
from sohoa.ocr.reading.recogniser import ReadWord

# Beyond this the logarithm of a vanishing doubt says nothing more.
LEAST_DOUBT = 1e-4

FEATURES = (
    "one",
    "log_margin",
    "log_doubt_first",
    "log_doubt_letter",
    "left",
    "right",
    "no_left",
    "no_right",
    "unknown",
    "digit",
    "capitals",
    "capitalised",
    "guarded",
    "single_letter",
    "symbols",
    "changed",
    "group",
    # One doubt alone means little, two together much: squares and products, which caught a tenth more of the wrong words.
    "margin_squared",
    "doubt_squared",
    "letter_squared",
    "left_squared",
    "right_squared",
    "margin_and_doubt",
    "doubt_and_left",
    "doubt_and_right",
    "margin_and_left",
)
SECOND = ("log_doubt_second", "second_agrees", "second_silent", "second_unheard", "second_squared")


def feature_names(readers: int) -> tuple[str, ...]:
    return FEATURES if readers == 1 else FEATURES + SECOND


def probability(decision: Decision, weights: Sequence[float]) -> float:
    score = sum(weight * value for weight, value in zip(weights, features(decision), strict=True))
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, score))))


def features(decision: Decision) -> list[float]:
    place, chosen = decision.place, decision.chosen
    read = place.slot.read
    text = chosen.text
    letters = [letter for letter in text if letter.isalpha()]
    words = place.slot.first
    margin, doubt, letter = _log_doubt(decision.posterior), _log_doubt(_least(words)), _log_doubt(_weakest_letter(words))
    left, right, no_left, no_right = _around(decision)
    values = [
        1.0,
        margin,
        doubt,
        letter,
        left,
        right,
        no_left,
        no_right,
        float(any(token < 0 for token in chosen.tokens)),
        float(any(letter.isdigit() for letter in text)),
        float(len(letters) > 1 and all(letter.isupper() for letter in letters)),
        float(place.capitalised),
        float(place.guarded),
        float(len(letters) == 1),
        float(not letters and not any(letter.isdigit() for letter in text)),
        float(0 not in chosen.readers),
        float(len(words) != 1),
        margin**2 / 10,
        doubt**2 / 10,
        letter**2 / 10,
        left**2,
        right**2,
        margin * doubt / 10,
        doubt * left,
        doubt * right,
        margin * left,
    ]
    if len(read) > 1:
        second = read[1]
        doubt = _log_doubt(_least(second)) if second else 0.0
        values += [
            doubt,
            float(bool(second) and 1 in chosen.readers),
            float(second == ()),
            float(second is None),
            doubt**2 / 10,
        ]
    return values


def _around(decision: Decision) -> tuple[float, float, float, float]:
    """Tens of nats, so that all weights are of one size."""
    left, right = decision.left, decision.right
    return (
        max(left, -15.0) / 10 if left is not None else 0.0,
        max(right, -15.0) / 10 if right is not None else 0.0,
        float(left is None),
        float(right is None),
    )


def _log_doubt(confidence: float) -> float:
    return math.log(max(1.0 - confidence, LEAST_DOUBT))


def _least(words: Sequence[ReadWord] | None) -> float:
    return min((word.confidence for word in words), default=0.0) if words else 0.0


def _weakest_letter(words: Sequence[ReadWord]) -> float:
    """Of the letters as they were read; the word's own confidence where the reader does not tell."""
    found = 1.0
    for word in words:
        for read, letter in zip(word.text, word.letters, strict=False):
            found = min(found, max((choice.confidence for choice in letter if choice.text == read), default=1.0))
        if not word.letters:
            found = min(found, word.confidence)
    return found
