"""Sheets counted by hand against sheets that came in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sohoa.kernel.verdicts import Outcome, Verdict
from sohoa.pipeline.batches.keeping import current
from sohoa.pipeline.batches.models import Batch, BatchPage, Variant


@dataclass(frozen=True, slots=True)
class Count:
    """sheets: of paper, separator sheets not among them. separators: printed sheets. pages: all that stand in the stack.

    incomplete: places of fronts whose back never came, in a two-sided run. unreadable: places of damaged pictures. unpaired: places
    where a note is attached and only one of the two pictures is there. replaced, dropped: pages kept that no longer stand there.
    """

    expected: int | None
    sheets: int
    separators: int
    pages: int
    incomplete: tuple[int, ...]
    unreadable: tuple[int, ...]
    unpaired: tuple[int, ...]
    replaced: int
    dropped: int

    @property
    def verdict(self) -> Verdict:
        evidence = {"expected_sheets": str(self.expected), "sheets": str(self.sheets), "pages": str(self.pages)}
        if self.incomplete:
            return Verdict(Outcome.FAILED, "back_missing", evidence)
        if self.expected is None:
            return Verdict(Outcome.UNDETERMINED, "not_counted", evidence)
        return Verdict(
            Outcome.OK if self.expected == self.sheets else Outcome.FAILED, _reason(self.expected, self.sheets), evidence
        )

    def as_dict(self) -> dict[str, object]:
        return {
            "expected_sheets": self.expected,
            "sheets": self.sheets,
            "separators": self.separators,
            "pages": self.pages,
            "incomplete": list(self.incomplete),
            "unreadable": list(self.unreadable),
            "unpaired": list(self.unpaired),
            "replaced": self.replaced,
            "dropped": self.dropped,
            "verdict": str(self.verdict.outcome),
            "reason": self.verdict.reason or None,
        }


def _reason(expected: int, sheets: int) -> str:
    return "" if expected == sheets else "sheets_missing" if sheets < expected else "sheets_too_many"


def counted(batch: Batch) -> Count:
    pages = list(current(batch).select_related("run"))
    gone = BatchPage.objects.filter(batch=batch, current=False)
    plain = [page for page in pages if page.variant == Variant.PLAIN]
    by_sheet: dict[int, list[BatchPage]] = {}
    for page in pages:
        by_sheet.setdefault(page.sheet, []).append(page)
    separators = {sheet for sheet, sides in by_sheet.items() if any(page.separator for page in sides)}
    return Count(
        expected=batch.expected,
        sheets=len(by_sheet) - len(separators),
        separators=len(separators),
        pages=len(pages),
        incomplete=tuple(page.position for page in plain if lone_front(page, plain)),
        unreadable=tuple(page.position for page in pages if not page.readable),
        unpaired=unpaired(pages),
        replaced=gone.exclude(replaced_by=None).count(),
        dropped=gone.filter(replaced_by=None).count(),
    )


def lone_front(page: BatchPage, pages: Iterable[BatchPage]) -> bool:
    """Whether a two-sided run brought this front and not the back: the sheet that stuck in the feeder."""
    if not page.run.duplex or page.side != "front":
        return False
    return not any(other.sheet == page.sheet and other.side == "back" for other in pages)


def unpaired(pages: Iterable[BatchPage]) -> tuple[int, ...]:
    variants: dict[int, set[str]] = {}
    wanted: set[int] = set()
    for page in pages:
        variants.setdefault(page.position, set()).add(page.variant)
        if page.note or page.variant == Variant.WITH_NOTE:
            wanted.add(page.position)
    return tuple(sorted(position for position in wanted if len(variants[position]) < len(Variant)))
