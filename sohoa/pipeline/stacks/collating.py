"""All fronts in one pass of a one-sided feeder, the stack turned over, all backs in a second pass, last sheet first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from sohoa.pipeline.stacks.errors import SidesDiffer

Page = TypeVar("Page")


def collate(fronts: Sequence[Page], backs: Sequence[Page]) -> tuple[Page, ...]:
    """Front 1, back 1, front 2, … ; `backs` as they were scanned, the last sheet's first.

    Raises SidesDiffer where the passes differ in number: nobody can say which sheet was fed twice or missed, and to guess would
    put strangers' pages back to back.
    """
    if len(fronts) != len(backs):
        raise SidesDiffer(fronts=len(fronts), backs=len(backs))
    return tuple(side for pair in zip(fronts, reversed(backs), strict=True) for side in pair)
