"""Decide all slots of a page together: the likeliest way through the candidates, and how likely each step on it is.

Score of a way = sum over slots of (weights x evidence) + weight x bigram logarithms along it. Guarded slots are decided first, by
evidence alone; runs of open slots between settled ones are then solved exactly (forward-backward), so that two doubtful words side
by side are judged as a pair.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sohoa.ocr.reading.arbiter.candidates import Candidate
from sohoa.ocr.reading.arbiter.language import START, LanguageModel
from sohoa.ocr.reading.arbiter.places import Place

LANGUAGE = 0
COMMON = ("language", "tokens", "odd_case", "stops_early", "runs_on", "agreed", "known")
PER_READER = ("vote", "sureness", "ratio")
"""What a candidate is judged by, in the order of the weights: COMMON once, PER_READER for each reader."""
# A reader's confidence as logarithm of odds; nothing is surer than this.
SUREST = 4.6


@dataclass(frozen=True, slots=True)
class Decision:
    """posterior: share of the chosen one among the ways through this place, 0 to 1. by_evidence: what readers alone would say.
    left, right: logarithm of P(first token | word before) and of P(word after | last token); None at a break.
    """

    place: Place
    chosen: Candidate
    by_evidence: Candidate
    posterior: float
    left: float | None
    right: float | None


def evidence(place: Place, candidate: Candidate) -> list[float]:
    """The numbers that the choice weights belong to, the language's one left out (see language_score)."""
    heard = sum(bool(words) for words in place.slot.read)
    agreed = heard > 1 and len(candidate.readers) == heard
    known = bool(candidate.readers) and all(token >= 0 for token in candidate.tokens)
    values = [float(len(candidate.tokens)), *_spelling(place, candidate.text), float(agreed), float(known)]
    for reader, words in enumerate(place.slot.read):
        if not words:
            values += (0.0, 0.0, 0.0)
            continue
        vote = reader in candidate.readers
        values += (float(vote), sureness(words[0].confidence) if vote else 0.0, candidate.ratios[reader])
    return values


def _spelling(place: Place, text: str) -> tuple[float, float, float]:
    """Capitals and full stops against their surroundings: a capital inside a sentence or none at its beginning, all capitals alone;
    a full stop before a small letter; a comma before a capital."""
    letters = [letter for letter in text if letter.isalpha()]
    odd = False
    if letters and not place.guarded:
        if len(letters) > 1 and all(letter.isupper() for letter in letters):
            odd = not place.loud_beside
        else:
            odd = letters[0].islower() if place.starts else letters[0].isupper() and not (place.broken or place.leads)
    return (
        float(odd),
        float(place.next_upper is False and text.endswith((".", "?", "!"))),
        float(place.next_upper is True and text.endswith(",")),
    )


def sureness(confidence: float) -> float:
    """Logarithm of the odds, within bounds."""
    bounded = min(max(confidence, 0.01), 0.99)
    return math.log(bounded / (1 - bounded))


def decide(places: Sequence[Place], model: LanguageModel, weights: Sequence[float]) -> list[Decision]:
    scores = [_by_evidence(place, weights) for place in places]
    best = [max(range(len(score)), key=score.__getitem__) for score in scores]
    chosen = list(best)
    posterior = [_share(score, top) for score, top in zip(scores, best, strict=True)]
    start = model.number_of(START)
    at = 0
    while at < len(places):
        if not _open(places[at]):
            at += 1
            continue
        end = at
        while end < len(places) and _open(places[end]):
            end += 1
        _solve(places, scores, chosen, posterior, at, end, model, weights[LANGUAGE], start)
        at = end
    return [
        Decision(
            place,
            place.candidates[chosen[at]],
            place.candidates[best[at]],
            posterior[at],
            _left(places, chosen, at, model, start),
            _left(places, chosen, at + 1, model, start) if at + 1 < len(places) else None,
        )
        for at, place in enumerate(places)
    ]


def _open(place: Place) -> bool:
    return len(place.candidates) > 1 and not place.guarded


def _by_evidence(place: Place, weights: Sequence[float]) -> list[float]:
    if len(place.candidates) == 1:
        return [0.0]
    return [
        sum(weight * value for weight, value in zip(weights[LANGUAGE + 1 :], evidence(place, candidate), strict=True))
        for candidate in place.candidates
    ]


def _share(scores: Sequence[float], top: int) -> float:
    return 1.0 / sum(math.exp(score - scores[top]) for score in scores)


def context_after(place: Place, candidate: Candidate, start: int) -> int | None:
    """The word that the next one follows. Whether a sentence ends is the first reading's to say, for all candidates alike."""
    if place.ends:
        return start
    return candidate.tokens[-1] if candidate.tokens else None


def language_score(model: LanguageModel, tokens: Sequence[int], after: int | None) -> float:
    total = 0.0
    for token in tokens:
        total += model.log_probability(token, after)
        after = token
    return total


def _solve(
    places: Sequence[Place],
    scores: Sequence[Sequence[float]],
    chosen: list[int],
    posterior: list[float],
    first: int,
    end: int,
    model: LanguageModel,
    weight: float,
    start: int,
) -> None:
    """Fill chosen and posterior for the open places from first to before end."""
    contexts: list[int | None] = [None]
    if first > 0 and not places[first].broken:
        contexts = [context_after(places[first - 1], places[first - 1].candidates[chosen[first - 1]], start)]
    steps: list[list[list[float]]] = []
    for at in range(first, end):
        place = places[at]
        if place.broken and at > first:
            contexts = [None] * len(contexts)
        steps.append(
            [
                [scores[at][number] + weight * language_score(model, candidate.tokens, context) for context in contexts]
                for number, candidate in enumerate(place.candidates)
            ]
        )
        contexts = [context_after(place, candidate, start) for candidate in place.candidates]
    closing = [0.0] * len(contexts)
    if end < len(places) and not places[end].broken:
        following = places[end].candidates[chosen[end]].tokens[:1]
        closing = [weight * language_score(model, following, context) for context in contexts]
    _walk(steps, closing, chosen, posterior, first)


def _walk(steps: list[list[list[float]]], closing: list[float], chosen: list[int], posterior: list[float], first: int) -> None:
    """steps: by place, candidate, candidate before. The likeliest way, and each place's share of it among all ways."""
    forward: list[list[float]] = []
    reach, tops, backs = [0.0], [0.0], list[list[int]]()
    for step in steps:
        reach = [_log_sum([before + score for before, score in zip(reach, row, strict=True)]) for row in step]
        forward.append(reach)
        came = [max(range(len(row)), key=lambda before, row=row, tops=tops: tops[before] + row[before]) for row in step]
        tops = [tops[before] + row[before] for row, before in zip(step, came, strict=True)]
        backs.append(came)
    at = max(range(len(closing)), key=lambda number: tops[number] + closing[number])
    backward = closing
    whole = _log_sum([a + b for a, b in zip(reach, closing, strict=True)])
    for back in range(len(steps) - 1, -1, -1):
        chosen[first + back] = at
        posterior[first + back] = min(1.0, math.exp(forward[back][at] + backward[at] - whole))
        at = backs[back][at]
        step = steps[back]
        backward = [
            _log_sum([step[number][before] + backward[number] for number in range(len(step))]) for before in range(len(step[0]))
        ]


def _log_sum(values: list[float]) -> float:
    top = max(values)
    return top + math.log(sum(math.exp(value - top) for value in values))


def _left(places: Sequence[Place], chosen: Sequence[int], at: int, model: LanguageModel, start: int) -> float | None:
    place = places[at]
    tokens = place.candidates[chosen[at]].tokens
    if not tokens or at == 0 or place.broken:
        return None
    return model.log_probability(tokens[0], context_after(places[at - 1], places[at - 1].candidates[chosen[at - 1]], start))
