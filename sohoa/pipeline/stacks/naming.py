"""Names for sheets that could not be read or are not there, from the order in which the run was printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from sohoa.pipeline.stacks.marks import Kind, Mark, Place
from sohoa.pipeline.stacks.model import SeenSheet

Names = Mapping[tuple[str, int], Place]
"""What each sheet (run, index) is for, as far as the sheets that were read tell: of themselves, and of the one after them."""


def names_from(marks: Sequence[Mark]) -> dict[tuple[str, int], Place]:
    """Each mark names itself and its follower; a gap between two components of one dossier that count on is filled as well."""
    names = {(mark.run, mark.index % mark.of + 1): mark.following for mark in marks if mark.following is not None and mark.of}
    names |= {mark.key: mark.place for mark in marks if mark.kind is not Kind.BATCH}
    told = sorted(names)
    for (run, index), (other, later) in pairwise(told):
        first, last = names[run, index], names[other, later]
        if run != other or first.dossier != last.dossier or first.component is None or last.component is None:
            continue
        if last.component - first.component == later - index:
            for between in range(index + 1, later):
                names[run, between] = Place(first.dossier, first.component + between - index)
    return names


def named_by_order(sheets: Sequence[SeenSheet], names: Names) -> tuple[SeenSheet, ...]:
    """Unread sheets named where the read ones before and after leave exactly as many places in the printed order as there are.

    A sheet is also named where the stack has sheets of one run, one of which is unread and one index nowhere to be seen.
    """
    out = list(sheets)
    at = 0
    while at < len(out):
        if out[at].mark is not None:
            at += 1
            continue
        end = next((other for other in range(at, len(out)) if out[other].mark is not None), len(out))
        before, after = (out[at - 1].mark if at else None), (out[end].mark if end < len(out) else None)
        places = _places_between(before, after)
        if len(places) == end - at:
            for offset, (like, index) in enumerate(places):
                out[at + offset] = replace(out[at + offset], mark=_placed(like, index, names), how="order")
        at = end
    return _last_one(out, names)


def _last_one(sheets: list[SeenSheet], names: Names) -> tuple[SeenSheet, ...]:
    marks = [sheet.mark for sheet in sheets if sheet.mark is not None]
    unread = [at for at, sheet in enumerate(sheets) if sheet.mark is None]
    if len(unread) == 1 and len({mark.run for mark in marks}) == 1:
        left = [index for index in indices(marks[0]) if index not in {mark.index for mark in marks}]
        if len(left) == 1:
            sheets[unread[0]] = replace(sheets[unread[0]], mark=_placed(marks[0], left[0], names), how="order")
    return tuple(sheets)


def indices(mark: Mark) -> range:
    """Of all sheets in the mark's run, the batch header's 0 among them where there was one."""
    return range(0 if mark.batch or mark.kind is Kind.BATCH else 1, mark.of + 1)


def _places_between(before: Mark | None, after: Mark | None) -> list[tuple[Mark, int]]:
    if before and after and before.run == after.run:
        return [(before, index) for index in range(before.index + 1, after.index)]
    rest = [(before, index) for index in range(before.index + 1, before.of + 1)] if before else []
    return rest + ([(after, index) for index in indices(after) if index < after.index] if after else [])


def _placed(like: Mark, index: int, names: Names) -> Mark:
    place = names.get((like.run, index), Place(""))
    kind = Kind.BATCH if index == 0 else Kind.DOSSIER if place.component is None else Kind.COMPONENT
    return Mark(kind, like.run, index, like.of, like.batch, place)
