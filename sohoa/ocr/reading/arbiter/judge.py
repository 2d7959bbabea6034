"""Choose among the candidates of every slot of a page, and say how sure the choice is."""

from __future__ import annotations

from collections.abc import Sequence

from sohoa.ocr.model import around
from sohoa.ocr.reading.arbiter import certainty
from sohoa.ocr.reading.arbiter.judged import JudgedLine, JudgedWord
from sohoa.ocr.reading.arbiter.language import LanguageModel
from sohoa.ocr.reading.arbiter.lattice import Decision, decide
from sohoa.ocr.reading.arbiter.places import Place, places_of
from sohoa.ocr.reading.arbiter.slots import align
from sohoa.ocr.reading.arbiter.weights import Weights
from sohoa.ocr.reading.recogniser import Reading, ReadWord


def arbitrate(readings: Sequence[Reading], *, model: LanguageModel, weights: Weights) -> tuple[JudgedLine, ...]:
    """The page's lines as decided, in the first reading's order.

    readings: at least one, all of the same picture, whose pixels the boxes keep. Which readers they are decides which weights
    apply, so their order matters: the one fitted as first comes first.
    Raises WeightsDamaged where no weights were fitted for so many readers.
    """
    fitted = weights.of([reading.reader for reading in readings])
    lines = places_of(align(readings), model)
    decisions = decide([place for line, _ in lines for place in line], model, fitted.choice)
    judged: list[JudgedLine] = []
    at = 0
    for places, bbox in lines:
        words: list[JudgedWord] = []
        for decision in decisions[at : at + len(places)]:
            words += _judged(decision, certainty.probability(decision, fitted.confidence))
        at += len(places)
        if words:
            judged.append(JudgedLine(tuple(words), around([bbox, *(word.bbox for word in words)])))
    return tuple(judged)


def _judged(decision: Decision, confidence: float) -> list[JudgedWord]:
    place, candidate = decision.place, decision.chosen
    first = place.slot.first
    before = " ".join(word.text for word in first)
    reason = _reason(decision, before)
    margin = 1.0 - decision.posterior
    words = _source(place, candidate.readers)
    if candidate.text == before:
        return [JudgedWord(word.text, word.bbox, confidence, word.text, reason, margin) for word in first]
    if words and len(words) > 1:
        pairs = [(word.text, word.bbox) for word in words]
    else:
        # A word that the first reader missed may be decided as one that its finder only considered.
        seen = (*first, *words) or tuple(word for read in place.slot.read for word in read or ())
        pairs = [(candidate.text, around(word.bbox for word in seen))]
    readings = [word.text for word in first] if len(first) == len(pairs) else [before, *[""] * (len(pairs) - 1)]
    return [JudgedWord(text, bbox, confidence, read, reason, margin) for (text, bbox), read in zip(pairs, readings, strict=True)]


def _reason(decision: Decision, before: str) -> str:
    if decision.chosen.text == before:
        return ""
    if not before:
        return "missed"
    return "evidence" if decision.chosen is decision.by_evidence else "model"


def _source(place: Place, readers: tuple[int, ...]) -> tuple[ReadWord, ...]:
    return (place.slot.read[readers[0]] or ()) if readers else ()
