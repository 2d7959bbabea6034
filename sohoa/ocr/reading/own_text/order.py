"""In which order the lines of a page are read: as they were written, where that runs down the page, else as poppler orders them.

Word processors write a page in the order of the document: the left half of the head and then the right one, a table cell by cell,
`Nơi nhận` and then the signer. poppler orders by the white between blocks, reads tables by columns and mixes them with what stands
below; but what it joins to a line is right, also where a number was written into its gap long after the rest (`Số: 11 /TB-UBND`).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from statistics import median

from sohoa.ocr.reading.own_text.extract import OwnLine, OwnWord

# Steps upwards within a column: a page number or a footer written first makes one or two. Programs that write by font or by colour
# make one every few lines.
STRAY_STEPS, STRAY_SHARE = 3, 0.05
# poppler's block stays together when its lines were written so, or nearly: Word puts the signer's first line right behind
# `Nơi nhận:` on the same height. The columns of a table are blocks too, but nearly each of their lines was written apart.
INTERRUPTIONS = 1 / 3  # for each line


def in_reading_order(blocks: Sequence[Sequence[OwnLine]], written: Sequence[OwnWord]) -> list[OwnLine]:
    """blocks: of lines, as poppler orders them. written: the same words as the file has them one after the other."""
    ranks: dict[OwnWord, int] = {word: rank for rank, word in enumerate(written)}
    ranked: list[list[tuple[float, OwnLine]]] = []
    rank = -1.0  # of a line whose words were not met again: that of the line before it
    for block in blocks:
        ranked.append([])
        for line in block:
            met = [ranks[word] for word in line if word in ranks]
            rank = median(met) if met else rank
            ranked[-1].append((rank, line))
    as_written = _as_written(ranked)
    if _steps_upwards(as_written) > STRAY_STEPS + STRAY_SHARE * len(as_written):
        return [line for block in blocks for line in block]
    return as_written


def _as_written(blocks: list[list[tuple[float, OwnLine]]]) -> list[OwnLine]:
    order = sorted(rank for block in blocks for rank, _ in block)
    follower = dict(itertools.pairwise(order))
    units: list[tuple[float, list[OwnLine]]] = []
    for block in blocks:
        runs = _runs(sorted(rank for rank, _ in block), follower)
        if len(runs) - 1 <= INTERRUPTIONS * len(block):
            longest = max(runs, key=len)
            units.append((longest[0], [line for _, line in block]))
        else:
            units.extend((rank, [line]) for rank, line in block)
    return [line for _, lines in sorted(units, key=lambda unit: unit[0]) for line in lines]


def _runs(ranks: list[float], follower: dict[float, float]) -> list[list[float]]:
    """Ranks that follow each other on the whole page, together."""
    runs: list[list[float]] = [ranks[:1]]
    for one, two in itertools.pairwise(ranks):
        if follower.get(one) == two or one == two:
            runs[-1].append(two)
        else:
            runs.append([two])
    return runs


def _steps_upwards(lines: Sequence[OwnLine]) -> int:
    """How often a line stands above the one read before it, and over the same stretch of the page's width."""
    spans = [(line[0].place[0], min(word.place[1] for word in line), line[-1].place[2], line[0].place[3]) for line in lines if line]
    return sum(
        two[3] <= one[1] + (one[3] - one[1]) / 2 and two[0] < one[2] and one[0] < two[2] for one, two in itertools.pairwise(spans)
    )
