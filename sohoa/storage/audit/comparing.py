"""The catalogue's events against those that were fixed in bundles, one by one: what was edited, taken out, put in or moved.

    comparison = Comparison()
    comparison.against(lines)      # each bundle in turn
    comparison.finish(findings)    # the events after the last bundle; then everything is told

Both are read once, in order, a few thousand in memory. Where they part, each is looked ahead of for what the other says now; that
names a row that was taken out or put in even though all rows after it were numbered anew. `previous` and the number are left out of
that look, as whoever renumbers writes them anew too.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from sohoa.storage.audit import chain
from sohoa.storage.audit.canonical import NotAnEvent, canonical, event_of, line_of
from sohoa.storage.audit.findings import MOST, Findings

AHEAD = 64  # events; so many rows put in or taken out in one place are named singly
RUN = 3  # from so many edited in a row on, they are told as one


class Row:
    def __init__(self, sequence: int, line: bytes) -> None:
        self.sequence, self.line = sequence, line

    @cached_property
    def words(self) -> bytes:
        """What it says, without its place."""
        try:
            told = event_of(self.line).as_dict()
        except NotAnEvent:
            return hashlib.sha256(self.line).digest()
        del told["sequence"], told["previous"]
        return hashlib.sha256(canonical(told)).digest()


@dataclass(frozen=True, slots=True)
class _Parted:
    """One place where they part. old: what was fixed there, new: what is there; either may be missing."""

    old: tuple[int, bytes] | None
    new: tuple[int, bytes] | None


class Catalogue:
    """The catalogue's rows in order, each checked against the one before as it passes. What is appended meanwhile is seen."""

    def __init__(self) -> None:
        self.broken: list[chain.Break] = []
        self.more_broken = 0
        self.read = 0
        self._walk = chain.Walk()
        self._after = 0
        self._waiting: deque[Row] = deque()

    def ahead(self, count: int) -> list[Row]:
        self._fill(count)
        return list(islice(self._waiting, count))

    def first(self) -> Row | None:
        self._fill(1)
        return self._waiting[0] if self._waiting else None

    def pop(self) -> Row:
        return self._waiting.popleft()

    def _fill(self, count: int) -> None:
        while len(self._waiting) < count:
            page = list(chain.AuditEvent.objects.filter(sequence__gt=self._after).order_by("sequence")[: chain.BATCH])
            for event in page:
                line = line_of(event)
                self._note(self._walk.step(event, line))
                self._waiting.append(Row(event.sequence, line))
            if not page:
                return
            self._after = page[-1].sequence
            self.read += len(page)

    def _note(self, broken: list[chain.Break]) -> None:
        room = MOST - len(self.broken)
        self.broken += broken[:room]
        self.more_broken += len(broken[room:])


class Comparison:
    def __init__(self) -> None:
        self.catalogue = Catalogue()
        self._parted: list[_Parted] = []
        self._more = 0
        self._last = 0  # the last entry that was fixed
        self._short_from = 0

    def against(self, lines: Iterable[tuple[int, bytes]]) -> None:
        """The events of one bundle, which is as it was fixed: (sequence, line)."""
        fixed: deque[Row] = deque()
        source = iter(lines)

        def ahead(count: int) -> list[Row]:
            fixed.extend(Row(*one) for one in islice(source, max(0, count - len(fixed))))
            return list(islice(fixed, count))

        while ahead(1):
            told, there = fixed[0], self.catalogue.first()
            self._last = max(self._last, told.sequence)
            if there is None:
                self._short_from = self._short_from or told.sequence
                fixed.popleft()
            elif there.line == told.line:
                fixed.popleft()
                self.catalogue.pop()
            elif there.words == told.words:
                if there.sequence == told.sequence and not self._parted:
                    self._part(told, there)  # the same words, but it says to follow another
                fixed.popleft()
                self.catalogue.pop()
            else:
                self._step(fixed, ahead)

    def over(self, last: int) -> Iterator[bytes]:
        """The catalogue's lines up to entry `last`, where there is nothing to compare them with."""
        self._last = max(self._last, last)
        while (there := self.catalogue.first()) and there.sequence <= last:
            yield self.catalogue.pop().line

    def finish(self, findings: Findings) -> None:
        while self.catalogue.first():
            self.catalogue.pop()  # after the last bundle: only the chain speaks
        named = self._told(findings)
        for broken in self.catalogue.broken:
            if broken.sequence not in named and broken.sequence - 1 not in named:
                findings.add(broken.reason, broken.sequence)
        if self._short_from:
            findings.add("log_shorter", self._short_from, self._last)
        findings.more += self._more + self.catalogue.more_broken

    def _step(self, fixed: deque[Row], ahead: Callable[[int], list[Row]]) -> None:
        """They part here: take away, from one side or from both, what the other has not."""
        # A log that was written anew from some entry on parts everywhere: looking ahead each time would take for ever.
        look = AHEAD if len(self._parted) < MOST else 1
        olds, news = ahead(look), self.catalogue.ahead(look)
        if len(olds) > 1 and len(news) > 1 and olds[1].words == news[1].words:
            self._part(fixed.popleft(), self.catalogue.pop())  # only this one is another
            return
        put_in = _index(olds[0].words, news)
        taken_out = _index(news[0].words, olds)
        if put_in is not None and (taken_out is None or put_in <= taken_out):
            for _ in range(put_in):
                self._part(None, self.catalogue.pop())
        elif taken_out is not None:
            for _ in range(taken_out):
                self._part(fixed.popleft(), None)
        else:
            self._part(fixed.popleft(), self.catalogue.pop())

    def _part(self, old: Row | None, new: Row | None) -> None:
        if len(self._parted) < MOST:
            told = [(row.sequence, row.words) if row else None for row in (old, new)]
            self._parted.append(_Parted(*told))
        else:
            self._more += 1

    def _told(self, findings: Findings) -> set[int]:
        """Every place where they part, named; gives the entries named."""
        named: set[int] = set()
        was = {one.old[1]: one.old[0] for one in self._parted if one.old}
        moved_from = {was[one.new[1]] for one in self._parted if one.new and one.new[1] in was and was[one.new[1]] != one.new[0]}
        run: list[int] = []
        for one in self._parted:
            if one.old and one.new and one.new[1] not in was and one.old[0] not in moved_from:
                if run and one.old[0] != run[-1] + 1:
                    _edited(run, findings)
                    run = []
                run.append(one.old[0])
                named.add(one.old[0])
                continue
            _edited(run, findings)
            run = []
            if one.new:
                origin = was.get(one.new[1])
                if origin is not None and origin != one.new[0]:
                    findings.add("event_reordered", origin, one.new[0])
                elif one.old:
                    findings.add("event_edited", one.old[0])
                else:
                    findings.add("event_inserted", one.new[0])
                named.add(one.new[0])
            if one.old and one.old[0] not in moved_from:
                if not one.new:
                    findings.add("event_deleted", one.old[0])
                named.add(one.old[0])
        _edited(run, findings)
        return named


def _edited(run: list[int], findings: Findings) -> None:
    if len(run) >= RUN:
        findings.add("log_rewritten", run[0], run[-1])
        return
    for sequence in run:
        findings.add("event_edited", sequence)


def _index(words: bytes, rows: list[Row]) -> int | None:
    return next((place for place, row in enumerate(rows) if row.words == words), None)
