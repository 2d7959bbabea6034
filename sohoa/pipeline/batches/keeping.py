"""Opening a batch and changing its state: each step is one conditional UPDATE with its line in the journal, and in the log where it decides."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from sohoa.kernel.clock import VIETNAM
from sohoa.kernel.text import nfc
from sohoa.pipeline.batches.errors import (
    BatchCodeInvalid,
    BatchCodeTaken,
    BatchNotOpen,
    BatchPageUnknown,
    BatchReasonMissing,
    BatchUnknown,
)
from sohoa.pipeline.batches.models import Batch, BatchEvent, BatchPage, BatchState, Variant
from sohoa.pipeline.claiming import Order
from sohoa.storage.audit import chain

LONGEST_CODE = 60
TRIES = 100  # of the day's next free number, when several counters open batches at once

STATES_VI = {
    BatchState.OPEN: "đang mở",
    BatchState.PAUSED: "đang tạm dừng",
    BatchState.CLOSING: "đang đóng",
    BatchState.CLOSED: "đã đóng",
    BatchState.CANCELLED: "đã hủy",
}


@dataclass(frozen=True, slots=True)
class Opening:
    """What is told when a batch is opened. code "": the next of the day. expected: sheets of paper counted by hand."""

    order: Order
    code: str = ""
    document_type: str = ""
    expected: int | None = None
    expected_from: str = ""
    device: str = ""


def open_batch(opening: Opening, *, by: str, now: datetime) -> Batch:
    """Raises BatchCodeInvalid, BatchCodeTaken."""
    code = checked_code(opening.code) if opening.code else ""
    for number in range(1, TRIES):
        told = code or _next_code(now, number)
        try:
            with transaction.atomic():
                batch = Batch.objects.create(
                    code=told,
                    **asdict(opening.order),
                    document_type=opening.document_type,
                    expected=opening.expected,
                    expected_from=(opening.expected_from or "typed") if opening.expected is not None else "",
                    device=opening.device,
                    opened_by=by,
                    opened_at=now,
                )
                details: dict[str, object] = {"expected": batch.expected, "dossier": batch.dossier}
                noted(batch, "opened", by=by, now=now, details=details, decides=True)
            return batch
        except IntegrityError:
            if code:
                raise BatchCodeTaken() from None
    raise BatchCodeTaken()


def checked_code(code: str) -> str:
    """NFC, without blanks around it. Raises BatchCodeInvalid."""
    code = nfc(code).strip()
    if not code or len(code) > LONGEST_CODE or not code.isprintable():
        raise BatchCodeInvalid(longest=LONGEST_CODE)
    return code


def _next_code(now: datetime, beyond: int) -> str:
    """`LO-20260105-007`: by the day here, and the number after the last one given."""
    day = f"LO-{now.astimezone(VIETNAM):%Y%m%d}-"
    given = [code.removeprefix(day) for code in Batch.objects.filter(code__startswith=day).values_list("code", flat=True)]
    last = max((int(number) for number in given if number.isascii() and number.isdigit()), default=0)
    return f"{day}{last + beyond:03d}"


def batch_of(code: str) -> Batch:
    """Raises BatchUnknown."""
    batch = Batch.objects.filter(code=nfc(code).strip()).first()
    if batch is None:
        raise BatchUnknown()
    return batch


def must_be(batch: Batch, *states: BatchState) -> None:
    """Raises BatchNotOpen."""
    if batch.state not in states:
        raise BatchNotOpen(state=batch.state, state_vi=STATES_VI[BatchState(batch.state)])


def pause(batch: Batch, *, by: str, now: datetime) -> None:
    """A run that feeds it stops after the page in hand. Raises BatchNotOpen."""
    _become(batch, BatchState.PAUSED, (BatchState.OPEN,), "paused", by=by, now=now)


def resume(batch: Batch, *, by: str, now: datetime) -> None:
    """Raises BatchNotOpen."""
    _become(batch, BatchState.OPEN, (BatchState.PAUSED,), "resumed", by=by, now=now)


def cancel(batch: Batch, *, by: str, reason: str, now: datetime) -> None:
    """Its pages are kept and become no paper. Raises BatchReasonMissing, BatchNotOpen."""
    told = must_say_why(reason)
    ended = {"reason": told, "ended_by": by, "ended_at": now}
    _become(batch, BatchState.CANCELLED, (BatchState.OPEN, BatchState.PAUSED), "cancelled", by=by, now=now, why=told, columns=ended)


def expect(batch: Batch, expected: int, *, source: str = "typed", by: str, now: datetime) -> None:
    """Say, or correct, how many sheets of paper there are. Raises BatchNotOpen."""
    must_be(batch, BatchState.OPEN, BatchState.PAUSED)
    if batch.expected == expected:
        return
    with transaction.atomic():
        before = batch.expected
        Batch.objects.filter(pk=batch.pk).update(expected=expected, expected_from=source)
        noted(batch, "counted", by=by, now=now, details={"before": before, "expected": expected}, decides=True)
    batch.refresh_from_db()


def note_attached(batch: Batch, position: int, attached: bool, *, by: str, now: datetime) -> None:
    """Say that a note is stuck to the sheet, so that the page is wanted twice. Raises BatchPageUnknown, BatchNotOpen."""
    must_be(batch, BatchState.OPEN, BatchState.PAUSED)
    with transaction.atomic():
        if not current(batch).filter(position=position).update(note=attached):
            raise BatchPageUnknown(page=position)
        noted(batch, "note_attached" if attached else "note_gone", by=by, now=now, details={"page": position})


def secrets_removed(batch: Batch, *, by: str, now: datetime) -> None:
    """Somebody says that the papers with state secrets are not in the stack."""
    with transaction.atomic():
        noted(batch, "secrets_removed", by=by, now=now, details={"dossier": batch.dossier}, decides=True)


def drop(batch: Batch, position: int, *, variant: Variant = Variant.PLAIN, by: str, reason: str, now: datetime) -> None:
    """Take a page out of the stack, as one that was fed twice; it is kept. Raises BatchPageUnknown, BatchReasonMissing, BatchNotOpen."""
    must_be(batch, BatchState.OPEN, BatchState.PAUSED)
    told = must_say_why(reason)
    with transaction.atomic():
        page = current(batch).filter(position=position, variant=variant).first()
        if page is None:
            raise BatchPageUnknown(page=position)
        BatchPage.objects.filter(pk=page.pk).update(current=False)
        details: dict[str, object] = {"page": position, "variant": variant, "sha256": page.content}
        noted(batch, "page_dropped", by=by, now=now, details=details, why=told, decides=True)


def current(batch: Batch):
    """The pages that stand in the stack now, in its order; what shows a note comes before the same page without it."""
    return BatchPage.objects.filter(batch=batch, current=True).order_by("position", "-variant")


def must_say_why(reason: str) -> str:
    """Raises BatchReasonMissing."""
    told = nfc(reason).strip()
    if not told:
        raise BatchReasonMissing()
    return told


def noted(
    batch: Batch,
    what: str,
    *,
    by: str,
    now: datetime,
    details: dict[str, object] | None = None,
    why: str = "",
    decides: bool = False,
) -> None:
    """A line of the journal, inside the transaction that does the deed; decides: in the audit log as well."""
    BatchEvent.objects.create(
        batch=batch, at=now, by=by, what=what, details={**(details or {}), **({"reason": why} if why else {})}
    )
    if decides:
        chain.append(f"batch.{what}", batch.code, now=now, details=details, actor=by, why=why)


def _become(
    batch: Batch,
    state: BatchState,
    before: tuple[BatchState, ...],
    what: str,
    *,
    by: str,
    now: datetime,
    why: str = "",
    columns: dict[str, object] | None = None,
) -> None:
    with transaction.atomic():
        if not Batch.objects.filter(pk=batch.pk, state__in=before).update(state=state, **(columns or {})):
            batch.refresh_from_db()
            must_be(batch, *before)
        noted(batch, what, by=by, now=now, why=why, decides=True)
    batch.refresh_from_db()
