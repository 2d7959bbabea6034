"""A page on its way into the batch: kept under its hash, measured, put at its place; once, whatever is killed on the way.

What the device wrote stays in `arriving/` until the page's row is there, and the row says from which run and which number it came; so
whoever comes next takes in what was left, and takes in nothing twice.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction
from PIL import Image

from sohoa.kernel.durable import write_durably
from sohoa.ocr.imaging.errors import DamagedImage, TooManyPixels
from sohoa.ocr.imaging.measures import believable_dpi, refuse_too_large
from sohoa.ocr.imaging.preparing.pixels import pixels_of
from sohoa.ocr.imaging.stored import decoding, flattened, in_srgb, store_rendered
from sohoa.pipeline.batches.counting import lone_front
from sohoa.pipeline.batches.deciding import is_secret
from sohoa.pipeline.batches.errors import BatchPageUnknown
from sohoa.pipeline.batches.keeping import current, must_be, noted
from sohoa.pipeline.batches.models import Batch, BatchPage, BatchState, ScanRun, Side, Variant
from sohoa.pipeline.batches.quality import Finding, Looked, Severity, findings, look
from sohoa.pipeline.batches.shelf import Shelf
from sohoa.pipeline.stacks.marks import Kind, Mark

DONE, INTERRUPTED = "done", "interrupted"
_NUMBERED = re.compile(r"p(\d{5})\.\w+")
_GIVEN_CODE = re.compile(r"LO-\d{8}-\d{3,}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run is asked for. pages: None until the feeder is empty. rescan: the place whose page is to be replaced, None: go on at the end."""

    device: str
    dpi: int
    mode: str
    duplex: bool = False
    pages: int | None = None
    rescan: int | None = None
    variant: Variant = Variant.PLAIN


@dataclass(frozen=True, slots=True)
class Kept:
    """A page's file as it is kept. looked: None where the picture is damaged."""

    content: str
    suffix: str
    size: int
    width: int
    height: int
    dpi: int
    looked: Looked | None


def begin(batch: Batch, wanted: Wanted, *, by: str, now: datetime) -> ScanRun:
    """Called while the batch is held (Shelf.alone). Raises BatchNotOpen, BatchPageUnknown."""
    batch.refresh_from_db()
    must_be(batch, BatchState.OPEN)
    start, pages = _place_of_first(batch, wanted)
    with transaction.atomic():
        run = ScanRun.objects.create(
            batch=batch,
            device=wanted.device,
            dpi=wanted.dpi,
            mode=wanted.mode,
            duplex=wanted.duplex,
            start=start,
            variant=wanted.variant,
            expected_pages=pages,
            by=by,
            started_at=now,
        )
        Batch.objects.filter(pk=batch.pk).update(device=wanted.device)
        noted(batch, "scan_started", by=by, now=now, details={"run": run.pk, "page": start, "device": wanted.device})
    return run


def _place_of_first(batch: Batch, wanted: Wanted) -> tuple[int, int | None]:
    plain = list(current(batch).filter(variant=Variant.PLAIN).select_related("run"))
    if wanted.rescan is not None:
        there = next((page for page in plain if page.position == wanted.rescan), None)
        if there is None:
            raise BatchPageUnknown(page=wanted.rescan)
        if not wanted.duplex:
            return wanted.rescan, wanted.pages or 1
        front = next((page.position for page in plain if page.sheet == there.sheet and page.side == Side.FRONT), wanted.rescan)
        return front, wanted.pages or 2
    last = plain[-1] if plain else None
    if last is not None and wanted.duplex and lone_front(last, plain):
        return last.position, wanted.pages  # the sheet that stuck is fed again, from its front
    return (last.position + 1 if last else 1), wanted.pages


def receive(run: ScanRun, arrived: Path, number: int, shelf: Shelf, *, now: datetime) -> BatchPage:
    """Take in page `number` (from 1) of a run from where the device wrote it. Doing it again gives the same page."""
    known = BatchPage.objects.filter(run=run, number=number).first()
    if known is None:
        kept = _keep(arrived, shelf.pages(run.batch), run.dpi)
        known = _put(run, number, kept, now)
    arrived.unlink(missing_ok=True)
    return known


def recover(batch: Batch, shelf: Shelf, *, now: datetime) -> Iterator[BatchPage]:
    """Take in what runs that were killed left behind, and end them. Called while the batch is held."""
    for run in ScanRun.objects.filter(batch=batch, ended_as="").order_by("pk"):
        for number, arrived in arrivals(shelf.arriving(run)):
            if opens_a_secret(BatchPage.objects.filter(run=run).order_by("-number").first()):
                break  # what lies under that sheet goes with the folder
            yield receive(run, arrived, number, shelf, now=now)
        end(run, INTERRUPTED, shelf, now=now)


def opens_a_secret(page: BatchPage | None) -> bool:
    """Whether this is the sheet above papers that must not be scanned."""
    place = page.facts.get("place") if page and page.separator else None
    return bool(place) and is_secret(place[0], place[1])


def end(run: ScanRun, ended_as: str, shelf: Shelf, *, now: datetime) -> None:
    """ended_as: DONE, INTERRUPTED, or the code of the error. What the device left half-written goes with its folder."""
    with transaction.atomic():
        pages = BatchPage.objects.filter(run=run).count()
        if ScanRun.objects.filter(pk=run.pk, ended_as="").update(ended_as=ended_as, ended_at=now, arrived=pages):
            noted(run.batch, "scan_ended", by=run.by, now=now, details={"run": run.pk, "pages": pages, "as": ended_as})
    folder = shelf.arriving(run)
    if folder.is_dir():
        for left in folder.iterdir():
            left.unlink(missing_ok=True)
        folder.rmdir()
    run.refresh_from_db()


def arrivals(folder: Path) -> list[tuple[int, Path]]:
    """Pages that the device has finished, in order; it writes `.part` until then."""
    found = [(int(told[1]), path) for path in folder.glob("p*") if (told := _NUMBERED.fullmatch(path.name))]
    return sorted(found)


def _keep(arrived: Path, into: Path, asked_dpi: int) -> Kept:
    into.mkdir(parents=True, exist_ok=True)
    try:
        with decoding(1), Image.open(arrived) as image:
            refuse_too_large(1, *image.size)
            claimed = image.info.get("dpi", (asked_dpi, asked_dpi))[0]
            dpi = believable_dpi(float(claimed), *image.size)
            picture = flattened(in_srgb(image))
            picture.load()
            stored = store_rendered(picture, arrived.with_name(f"{arrived.name}.kept"), dpi=dpi)
        looked = look(pixels_of(picture), dpi=dpi)
    except (DamagedImage, TooManyPixels):
        data = arrived.read_bytes()
        return _kept(data, into, ".raw", (0, 0), asked_dpi, None)
    data = stored.read_bytes()
    stored.unlink()
    return _kept(data, into, stored.suffix, picture.size, dpi, looked)


def _kept(data: bytes, into: Path, suffix: str, size: tuple[int, int], dpi: int, looked: Looked | None) -> Kept:
    content = hashlib.sha256(data).hexdigest()
    if not (into / f"{content}{suffix}").exists():
        write_durably(into / f"{content}{suffix}", data)
    return Kept(content, suffix, len(data), *size, dpi, looked)


def _put(run: ScanRun, number: int, kept: Kept, now: datetime) -> BatchPage:
    batch = run.batch
    position = run.start + number - 1
    with transaction.atomic():
        there = current(batch).filter(position=position)
        old = there.filter(variant=run.variant).first()
        sheet, side = _sheet_of(run, number, there.first())
        told = _told(run, number, kept, side, replaces=old is not None)
        if old is not None:
            BatchPage.objects.filter(pk=old.pk).update(current=False)
        page = BatchPage.objects.create(
            batch=batch,
            run=run,
            number=number,
            position=position,
            variant=run.variant,
            sheet=sheet,
            side=side,
            content=kept.content,
            suffix=kept.suffix,
            size=kept.size,
            width=kept.width,
            height=kept.height,
            dpi=kept.dpi,
            readable=kept.looked is not None,
            blank=bool(kept.looked and kept.looked.blank),
            separator=bool(kept.looked and kept.looked.separator),
            note=bool(old and old.note),
            facts=kept.looked.as_facts() if kept.looked else {},
            findings=[finding.as_dict() for finding in told],
            by=run.by,
            at=now,
        )
        if old is not None:
            BatchPage.objects.filter(pk=old.pk).update(replaced_by=page)
            details: dict[str, object] = {"page": position, "variant": run.variant, "before": old.content, "after": page.content}
            noted(batch, "page_replaced", by=run.by, now=now, details=details, decides=True)
        ScanRun.objects.filter(pk=run.pk).update(arrived=number)
        if kept.looked and kept.looked.mark:
            _believe_header(batch, kept.looked.mark, page, now)
    return page


def _sheet_of(run: ScanRun, number: int, there: BatchPage | None) -> tuple[int, str]:
    if there is not None:
        return there.sheet, there.side
    last = BatchPage.objects.filter(batch=run.batch).order_by("-sheet").values_list("sheet", flat=True).first() or 0
    if not run.duplex:
        return last + 1, Side.FRONT
    return (last + 1, Side.FRONT) if number % 2 else (last, Side.BACK)


def _told(run: ScanRun, number: int, kept: Kept, side: str, *, replaces: bool) -> tuple[Finding, ...]:
    if kept.looked is None:
        return (Finding("damaged", Severity.AGAIN),)
    before = list(
        BatchPage.objects.filter(run=run, readable=True, separator=False).order_by("number").values_list("facts", flat=True)
    )
    resumed = False
    if number == 1 and not replaces:
        broken_off = ScanRun.objects.filter(batch=run.batch, pk__lt=run.pk).order_by("-pk").first()
        if broken_off is not None and broken_off.ended_as != DONE:
            fronts = BatchPage.objects.filter(batch=run.batch, current=True, position__lt=run.start, side=side)
            before = list(fronts.order_by("-position").values_list("facts", flat=True)[:1])
            resumed = True
    return findings(kept.looked, before, side=side, resumed=resumed)


def _believe_header(batch: Batch, mark: Mark, page: BatchPage, now: datetime) -> None:
    """A printed batch header on top of the stack says how many sheets there are, and names a batch that had no name of its own."""
    if mark.kind is not Kind.BATCH:
        return
    if batch.expected is None and mark.expected is not None:
        Batch.objects.filter(pk=batch.pk).update(expected=mark.expected, expected_from="printed")
        noted(batch, "counted", by=page.by, now=now, details={"before": None, "expected": mark.expected}, decides=True)
    free = mark.batch and not Batch.objects.filter(code=mark.batch).exists()
    if page.position == 1 and free and _GIVEN_CODE.fullmatch(batch.code):
        noted(batch, "named", by=page.by, now=now, details={"code": mark.batch}, decides=True)
        Batch.objects.filter(pk=batch.pk).update(code=mark.batch)
    batch.refresh_from_db()
