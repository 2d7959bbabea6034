"""What was printed against what came through the feeder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from sohoa.kernel.verdicts import Outcome, Verdict
from sohoa.pipeline.stacks.marks import Kind, Mark, Place
from sohoa.pipeline.stacks.model import Counted, Doubt, Missing, Reconciliation, Run, SeenSheet
from sohoa.pipeline.stacks.naming import Names, indices

if TYPE_CHECKING:
    from sohoa.pipeline.stacks.splitting import Segment


def missing_sheets(segments: Sequence[Segment], names: Names) -> tuple[Missing, ...]:
    """Sheets of the runs in the stack that nobody saw, in printed order. An unread sheet without a name may be one of them."""
    seen = _by_run(segments)
    found: list[Missing] = []
    for marks in seen.values():
        of, run = marks[0].of, marks[0].run
        there = {mark.index for mark in marks}
        for index in range(1, of + 1):
            if index not in there:
                found.append(Missing(run, index, of, names.get((run, index)), _pages_of(run, index, there, segments)))
    return tuple(found)


def _by_run(segments: Sequence[Segment]) -> dict[str, list[Mark]]:
    seen: dict[str, list[Mark]] = {}
    for segment in segments:
        if segment.sheet is not None and segment.sheet.mark is not None:
            seen.setdefault(segment.sheet.mark.run, []).append(segment.sheet.mark)
    return seen


def _pages_of(run: str, index: int, there: set[int], segments: Sequence[Segment]) -> tuple[int, ...] | None:
    """Where a lost sheet's papers lie: below the sheet before it, if the sheet after it comes next in the stack."""
    earlier = max((other for other in there if other < index), default=None)
    later = min((other for other in there if other > index), default=None)
    at = _segment_of(run, earlier, segments) if earlier is not None else None
    if at is None:
        after = _segment_of(run, later, segments)
        return segments[after - 1].pages if after else None
    following = segments[at + 1].sheet if at + 1 < len(segments) else None
    if following is None:
        return segments[at].pages
    if later is None:
        return segments[at].pages if following.mark is None or following.mark.run != run else None
    return segments[at].pages if following.mark is not None and following.mark.key == (run, later) else None


def _segment_of(run: str, index: int | None, segments: Sequence[Segment]) -> int | None:
    for at, segment in enumerate(segments):
        if segment.sheet is not None and segment.sheet.mark is not None and segment.sheet.mark.key == (run, index):
            return at
    return None


def odd_sheets(sheets: Sequence[SeenSheet]) -> Mapping[int, tuple[Doubt, ...]]:
    """Doubts about sheets that were read well and are still not as they should be, by their page."""
    odd: dict[int, list[Doubt]] = {}
    batch, latest = "", dict[str, int]()
    pages: dict[Place | tuple[str, int], list[int]] = {}
    for sheet in sheets:
        mark = sheet.mark
        if mark is None:
            continue
        if mark.kind is Kind.BATCH:
            batch = mark.batch
        elif batch and mark.batch and mark.batch != batch:
            odd.setdefault(sheet.page, []).append(Doubt.FOREIGN_BATCH)
        pages.setdefault(_purpose(mark), []).append(sheet.page)
        if mark.index < latest.get(mark.run, 0):
            odd.setdefault(sheet.page, []).append(Doubt.OUT_OF_ORDER)
        latest[mark.run] = max(latest.get(mark.run, 0), mark.index)
    for same in pages.values():
        for page in same if len(same) > 1 else ():
            odd.setdefault(page, []).append(Doubt.SHEET_TWICE)
    return {page: tuple(doubts) for page, doubts in odd.items()}


def _purpose(mark: Mark) -> Place | tuple[str, int]:
    """What it is for, not its run: two runs may have been printed for one dossier, and both been laid into the stack."""
    return mark.place if mark.place.dossier else mark.key


def reconciled(
    sheets: Sequence[SeenSheet], missing: Sequence[Missing], segments: Sequence[Segment], *, two_sided: bool | None
) -> Reconciliation:
    odd = odd_sheets(sheets)
    first_of: set[Place | tuple[str, int]] = set()
    twice: list[int] = []
    for sheet in sheets:
        if sheet.mark is not None:
            if _purpose(sheet.mark) in first_of:
                twice.append(sheet.page)
            first_of.add(_purpose(sheet.mark))
    return Reconciliation(
        runs=tuple(_run(marks, missing) for marks in _by_run(segments).values()),
        unread=tuple(sheet.page for sheet in sheets if sheet.mark is None),
        twice=tuple(twice),
        foreign=tuple(page for page, doubts in odd.items() if Doubt.FOREIGN_BATCH in doubts),
        out_of_order=tuple(page for page, doubts in odd.items() if Doubt.OUT_OF_ORDER in doubts),
        without_pages=tuple(segment.sheet.page for segment in segments if segment.sheet and _should_have(segment)),
        before_first=segments[0].pages if sheets else (),
        counted=_counted(segments, two_sided),
    )


def _should_have(segment: Segment) -> bool:
    """A component's sheet has papers below it. A dossier's may be followed by its components' sheets, a header by any sheet."""
    mark = segment.sheet.mark if segment.sheet else None
    return not segment.pages and mark is not None and mark.kind is Kind.COMPONENT


def _run(marks: Sequence[Mark], missing: Sequence[Missing]) -> Run:
    run, of = marks[0].run, marks[0].of
    there = {mark.index for mark in marks}
    batch = next((mark.batch for mark in marks if mark.batch), "")
    gone = tuple(one for one in missing if one.run == run)
    return Run(run, batch, of, len(there - {0}), gone, header_missing=0 in indices(marks[0]) and 0 not in there)


def _counted(segments: Sequence[Segment], two_sided: bool | None) -> tuple[Counted, ...]:
    """Each batch header that carries a count, against the pages from it to the next header."""
    found: list[Counted] = []
    at = [n for n, segment in enumerate(segments) if segment.sheet and segment.sheet.mark and segment.sheet.mark.kind is Kind.BATCH]
    for begin, end in pairwise([*at, len(segments)]):
        sheet = segments[begin].sheet
        mark = sheet.mark if sheet else None
        if mark is not None and mark.expected is not None:
            pages = sum(len(segment.pages) for segment in segments[begin:end])
            found.append(Counted(mark.batch, mark.expected, pages, _judged(mark.expected, pages, two_sided)))
    return tuple(found)


def _judged(sheets: int, pages: int, two_sided: bool | None) -> Verdict:
    evidence = {"expected_sheets": str(sheets), "pages": str(pages)}
    allowed = {True: (2 * sheets,), False: (sheets,), None: (sheets, 2 * sheets)}[two_sided]
    if pages in allowed:
        return Verdict(Outcome.OK, evidence=evidence)
    if two_sided is None and sheets < pages < 2 * sheets:
        return Verdict(Outcome.UNDETERMINED, "some_backs_scanned", evidence)  # as of scanners that leave blank backs out
    return Verdict(Outcome.FAILED, "sheets_and_pages_differ", evidence)
