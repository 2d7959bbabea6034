"""Coverage against risk: how many papers may pass without a person, and how much among them is wrong.

Papers are ordered by the product's own certainty, those it lets pass first, and taken one by one; after each the wrong fields among all
fields taken so far are counted. A product that doubts the right papers keeps that curve low for long.
Sources: Geifman, El-Yaniv 2017 (selective risk, AURC); Wilson 1927; Clopper, Pearson 1934.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scipy.special import betaincinv

from benchmarks.understanding.judging import JudgedPaper

ALLOWED = 0.005  # wrong fields among those that nobody looks at
LEVEL = 0.95
_Z = 1.959964  # of the normal distribution at LEVEL, both sides


@dataclass(frozen=True, slots=True)
class Share:
    """part of whole, with its intervals at LEVEL. Fields of one paper are counted as if they were independent."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None

    @property
    def wilson(self) -> tuple[float, float]:
        if not self.whole:
            return (0.0, 1.0)
        n, p = self.whole, self.part / self.whole
        middle = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        reach = _Z / (1 + _Z**2 / n) * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2))
        return (max(0.0, middle - reach), min(1.0, middle + reach))

    @property
    def exact(self) -> tuple[float, float]:
        """By Clopper and Pearson: never too narrow, however few are wrong."""
        k, n, tail = self.part, self.whole, (1 - LEVEL) / 2
        low = float(betaincinv(k, n - k + 1, tail)) if k else 0.0
        high = float(betaincinv(k + 1, n - k, 1 - tail)) if k < n else 1.0
        return (low, high)

    def as_dict(self) -> dict[str, Any]:
        return {"part": self.part, "whole": self.whole, "value": self.value, "wilson": self.wilson, "clopper_pearson": self.exact}


@dataclass(frozen=True, slots=True)
class Point:
    """After `papers` papers: wrong fields of all given fields, and papers with one at least."""

    papers: int
    of: int
    fields: Share
    spoilt: int
    certainty: float

    @property
    def coverage(self) -> float:
        return self.papers / self.of

    @property
    def risk(self) -> float:
        return self.fields.value or 0.0


@dataclass(frozen=True, slots=True)
class Curve:
    points: tuple[Point, ...]

    @property
    def area(self) -> float:
        """AURC: the mean risk over all coverages; 0 is a product without a mistake."""
        return sum(point.risk for point in self.points) / len(self.points) if self.points else 0.0

    def widest(self, allowed: float = ALLOWED) -> Point | None:
        """The most papers that may pass with at most this share of wrong fields."""
        return next((point for point in reversed(self.points) if point.risk <= allowed), None)

    def as_dict(self) -> dict[str, Any]:
        widest = self.widest()
        return {
            "aurc": self.area,
            "coverage_at_allowed_risk": widest.coverage if widest else 0.0,
            "certainty_at_allowed_risk": widest.certainty if widest else None,
            "allowed_risk": ALLOWED,
            "points": [(point.coverage, point.risk, point.certainty) for point in self.points],
        }


def curve(papers: Sequence[JudgedPaper]) -> Curve:
    """Papers of like certainty are in the order of their names, which says nothing about them."""
    ordered = sorted(papers, key=lambda paper: (not paper.straight, -paper.certainty, paper.name))
    points: list[Point] = []
    false = given = spoilt = 0
    for number, paper in enumerate(ordered, 1):
        # Passed without a person, a paper that lacks what it needs would be a wrong record, too.
        wrong = sum(field.false or field.lacking for field in paper.fields)
        false += wrong
        given += sum(field.given or field.lacking for field in paper.fields)
        spoilt += bool(wrong)
        points.append(Point(number, len(ordered), Share(false, given), spoilt, paper.certainty))
    return Curve(tuple(points))
