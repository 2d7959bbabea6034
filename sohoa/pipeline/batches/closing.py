"""A batch whose counts agree becomes papers, and each is claimed like any file.

The way is: look (nothing changes), decide (one transaction, in the log), write the papers, claim them, close. Killed after the decision, the
same call goes on where it was; papers have the same bytes each time, so they are claimed once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from sohoa.ocr.model import PageImage
from sohoa.pipeline.batches.assembling import write_stack
from sohoa.pipeline.batches.counting import Count, counted
from sohoa.pipeline.batches.errors import (
    BatchCountsDiffer,
    BatchEmpty,
    BatchNotCounted,
    BatchNoteMissing,
    BatchPageUnreadable,
    BatchStackUncertain,
)
from sohoa.pipeline.batches.keeping import current, must_be, noted
from sohoa.pipeline.batches.models import Batch, BatchPage, BatchPaper, BatchState
from sohoa.pipeline.batches.shelf import Shelf
from sohoa.pipeline.claiming import Claim, Order, claim
from sohoa.pipeline.sources.folder import Found
from sohoa.pipeline.stacks.gathering import Examined, examine
from sohoa.pipeline.stacks.writing import write_documents


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that a batch becomes. pages: places in the stack. dossier "": nobody says."""

    file: Path
    pages: tuple[int, ...]
    dossier: str = ""


@dataclass(frozen=True, slots=True)
class Closed:
    """examined: how the stack was split; None where it holds no separator sheet and is one paper."""

    count: Count
    papers: tuple[Paper, ...]
    claims: tuple[Claim, ...] = ()
    examined: Examined | None = None


def close(
    batch: Batch,
    shelf: Shelf,
    claims: Path,
    *,
    by: str,
    now: datetime,
    reason: str = "",
    jobs: int = 1,
    page_done: Callable[[], None] = lambda: None,
    examined: Callable[[Examined], None] = lambda _: None,
) -> Closed:
    """Close it, or go on closing it; a closed one stays as it is. reason: why it may be closed although something differs; it goes into the log with `by`.

    examined: told how the stack was split before anything is decided. Raises BatchNotOpen, BatchBusy, BatchElsewhere, BatchEmpty,
    BatchPageUnreadable, BatchNoteMissing, BatchCountsDiffer, BatchNotCounted, BatchStackUncertain, and what claiming raises.
    """
    with shelf.alone(batch):
        batch.refresh_from_db()
        if batch.state == BatchState.CLOSED:  # whoever was killed before being told asks again
            return Closed(counted(batch), _known(batch))
        must_be(batch, BatchState.OPEN, BatchState.CLOSING)
        pages = list(current(batch))
        if not pages:
            raise BatchEmpty()
        count = counted(batch)
        decided = batch.state == BatchState.CLOSING
        if not decided:
            must_agree(count, reason)
        images = _images(batch, pages, shelf)
        split = None
        if count.separators:
            stack = write_stack(images, shelf.stack(batch))
            split = examine(stack, two_sided=_two_sided(pages), jobs=jobs, page_done=page_done)
            examined(split)
            if not decided and not reason and not split.stack.certain:
                raise BatchStackUncertain(doubts=max(1, sum(1 for document in split.stack.documents if document.doubts)))
        if not decided:
            _decide(batch, pages, count, by=by, reason=reason, now=now)
        papers = _papers(batch, pages, images, split, shelf)
        taken = tuple(_claimed(batch, number, paper, claims, now) for number, paper in enumerate(papers, 1))
        _end(batch, len(papers), by=by, now=now)
    return Closed(count, papers, taken, split)


def _known(batch: Batch) -> tuple[Paper, ...]:
    rows = BatchPaper.objects.filter(batch=batch).select_related("item").order_by("ordinal")
    return tuple(Paper(Path(row.item.source), tuple(row.pages), row.item.dossier) for row in rows)


def must_agree(count: Count, reason: str) -> None:
    """What no reason can heal comes first: a damaged picture cannot be part of a paper."""
    if count.unreadable:
        raise BatchPageUnreadable(pages=", ".join(map(str, count.unreadable)))
    if reason.strip():
        return
    if count.unpaired:
        raise BatchNoteMissing(pages=", ".join(map(str, count.unpaired)))
    if count.expected is None:
        raise BatchNotCounted(found=count.sheets)
    if not count.verdict.ok:
        raise BatchCountsDiffer(expected=count.expected, found=count.sheets)


def _images(batch: Batch, pages: Sequence[BatchPage], shelf: Shelf) -> list[PageImage]:
    """In the order of the stack; where the same page shows a note first, that comes before the page without it."""
    folder = shelf.pages(batch)
    return [PageImage(number, folder / page.file_name, page.width, page.height, page.dpi) for number, page in enumerate(pages, 1)]


def _two_sided(pages: Sequence[BatchPage]) -> bool | None:
    """None where some came in two-sided runs and some did not, or where a sheet has a page more."""
    runs = set(BatchPage.objects.filter(pk__in=[page.pk for page in pages]).values_list("run__duplex", flat=True))
    paired = len(pages) % 2 == 0 and all(page.variant == "plain" for page in pages)
    return None if len(runs) > 1 or (runs == {True} and not paired) else runs.pop()


def _decide(batch: Batch, pages: Sequence[BatchPage], count: Count, *, by: str, reason: str, now: datetime) -> None:
    """From here on the batch is closed as soon as somebody carries it through. The log says what it held."""
    told = reason.strip()
    details: dict[str, object] = {
        "expected": count.expected,
        "sheets": count.sheets,
        "pages": count.pages,
        "separators": count.separators,
        "verdict": str(count.verdict.outcome),
        "differs": count.verdict.reason,
        "findings": sum(1 for page in pages if page.findings),
        "sha256": _all_of(pages),
    }
    with transaction.atomic():
        moved = Batch.objects.filter(pk=batch.pk, state=BatchState.OPEN)
        if not moved.update(state=BatchState.CLOSING, reason=told, ended_by=by):
            batch.refresh_from_db()
            must_be(batch, BatchState.OPEN)
        noted(batch, "closing", by=by, now=now, details=details, why=told, decides=True)
    batch.refresh_from_db()


def _all_of(pages: Sequence[BatchPage]) -> str:
    """One hash over the pages as they stand: places, variants and contents."""
    told = [[page.position, page.variant, page.content] for page in pages]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _papers(
    batch: Batch, pages: Sequence[BatchPage], images: Sequence[PageImage], split: Examined | None, shelf: Shelf
) -> tuple[Paper, ...]:
    folder = shelf.papers(batch)
    places = [page.position for page in pages]
    if split is None:
        return (Paper(write_stack(images, folder / "001.pdf"), tuple(places), batch.dossier),)
    return tuple(
        Paper(
            folder / one.file,
            tuple(places[number - 1] for number in one.document.pages),
            one.document.place.dossier if one.document.place and not one.document.doubts else "",
        )
        for one in write_documents(split, folder)
    )


def _claimed(batch: Batch, ordinal: int, paper: Paper, claims: Path, now: datetime) -> Claim:
    order = Order(paper.dossier, batch.procedure, batch.unit, batch.sign)
    taken = claim(Found(paper.file, paper.file.parent.name), claims, order, now=now)
    BatchPaper.objects.update_or_create(batch=batch, ordinal=ordinal, defaults={"item": taken.item, "pages": list(paper.pages)})
    return taken


def _end(batch: Batch, papers: int, *, by: str, now: datetime) -> None:
    with transaction.atomic():
        if Batch.objects.filter(pk=batch.pk, state=BatchState.CLOSING).update(state=BatchState.CLOSED, ended_at=now):
            noted(batch, "closed", by=by, now=now, details={"papers": papers}, decides=True)
    batch.refresh_from_db()
