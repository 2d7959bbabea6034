"""How good decisions are, as tables: wrong words before and after, what was mended and what was broken, what confidence is worth."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from sohoa.ocr.reading.arbiter import certainty
from sohoa.ocr.reading.arbiter.examples import Truth, same
from sohoa.ocr.reading.arbiter.lattice import Decision
from sohoa.ocr.reading.arbiter.places import Place

Measured = tuple[str, list[str], list[Place], list[Decision], tuple[Truth, ...]]
"""Kind of page, what truly stands at each place, the places, the decisions, all true words."""

EDGES = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 1.0001)
FLAGGED = (0.01, 0.02, 0.05, 0.10)


def tables(pages: Sequence[Measured], confidence: Sequence[float]) -> str:
    return "\n\n".join((_wrong(pages), _harm(pages), _reliability(pages, confidence), _caught(pages, confidence)))


def _wrong(pages: Sequence[Measured]) -> str:
    """A true word is wrong when the place it stands at does not say just what stands there, or when it stands at none."""
    lines = ["kind: pages, words, wrong in % by the first reading → decided; best possible; words read where nothing stands"]
    for kind in sorted({page[0] for page in pages}):
        total, first, after, best, strays = 0, 0, 0, 0, Counter[str]()
        mine = [page for page in pages if page[0] == kind]
        for _, trues, places, decisions, truth in mine:
            total += len(truth)
            for true, place, decision in zip(trues, places, decisions, strict=True):
                words = len(true.split())
                read = _first(place)
                strays["before"] += not true and bool(read)
                strays["after"] += not true and bool(decision.chosen.text)
                first += words * same(read, true)
                after += words * same(decision.chosen.text, true)
                best += words * any(same(candidate.text, true) for candidate in place.candidates)
        before, now, least = (100 * (total - right) / total for right in (first, after, best))
        lines.append(
            f"{kind:12} {len(mine):3} {total:6}  {before:5.2f} → {now:5.2f}  {least:5.2f}  {strays['before']} → {strays['after']}"
        )
    return "\n".join(lines)


def _first(place: Place) -> str:
    return " ".join(word.text for word in place.slot.first)


def _harm(pages: Sequence[Measured]) -> str:
    counted = Counter[tuple[str, str, str]]()
    for kind, trues, places, decisions, _ in pages:
        for true, place, decision in zip(trues, places, decisions, strict=True):
            before, after = same(_first(place), true), same(decision.chosen.text, true)
            if true and before != after:
                counted[kind, case_of(true), "fixed" if after else "broken"] += 1
    lines = ["kind: fixed / broken of true words in lower case, capitalised, all capitals, with digits"]
    for kind in sorted({page[0] for page in pages}):
        parts = (f"{case} {counted[kind, case, 'fixed']}/{counted[kind, case, 'broken']}" for case in CASES)
        lines.append(f"{kind:12} " + "  ".join(parts))
    return "\n".join(lines)


CASES = ("lower", "Capital", "CAPITALS", "digits", "other")


def case_of(text: str) -> str:
    if any(letter.isdigit() for letter in text):
        return "digits"
    letters = "".join(letter for letter in text if letter.isalpha())
    if not letters:
        return "other"
    if letters.isupper() and len(letters) > 1:
        return "CAPITALS"
    return "Capital" if letters[0].isupper() else "lower"


def _judged(pages: Sequence[Measured], confidence: Sequence[float]) -> list[tuple[float, bool, str]]:
    return [
        (certainty.probability(decision, confidence), same(decision.chosen.text, true), kind)
        for kind, trues, _, decisions, _ in pages
        for true, decision in zip(trues, decisions, strict=True)
    ]


def _reliability(pages: Sequence[Measured], confidence: Sequence[float]) -> str:
    judged = _judged(pages, confidence)
    lines = ["stated: words, really right"]
    for low, high in pairwise(EDGES):
        inside = [right for stated, right, _ in judged if low <= stated < high]
        if inside:
            lines.append(f"{low:5.3f}-{min(high, 1.0):5.3f} {len(inside):6} {sum(inside) / len(inside):.4f}")
    for kind in sorted({kind for _, _, kind in judged}):
        mine = [(stated, right) for stated, right, one in judged if one == kind]
        lines.append(f"{kind:12} stated {sum(s for s, _ in mine) / len(mine):.4f} really {sum(r for _, r in mine) / len(mine):.4f}")
    return "\n".join(lines)


def _caught(pages: Sequence[Measured], confidence: Sequence[float]) -> str:
    """The least sure words of each page flagged."""
    lines = ["share of the wrong words among the flagged 1, 2, 5, 10 % of words"]
    for kind in (*sorted({page[0] for page in pages}), "all"):
        caught, wrong = Counter[float](), 0
        for page in pages:
            if kind not in (page[0], "all"):
                continue
            judged = sorted(_judged([page], confidence))
            wrong += sum(not right for _, right, _ in judged)
            for share in FLAGGED:
                caught[share] += sum(not right for _, right, _ in judged[: math.ceil(share * len(judged))])
        lines.append(
            f"{kind:12} " + "  ".join(f"{100 * caught[share] / wrong if wrong else 0:.0f}" for share in FLAGGED) + f"  of {wrong}"
        )
    return "\n".join(lines)
