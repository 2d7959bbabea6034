"""A batch is closed when its counts agree, or when somebody says why they do not; the log knows who."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from sohoa.pipeline.batches import closing, keeping, receiving
from sohoa.pipeline.batches.counting import counted
from sohoa.pipeline.batches.errors import (
    BatchBusy,
    BatchCodeInvalid,
    BatchCodeTaken,
    BatchCountsDiffer,
    BatchElsewhere,
    BatchEmpty,
    BatchNotCounted,
    BatchNoteMissing,
    BatchNotOpen,
    BatchPageUnknown,
    BatchPageUnreadable,
    BatchReasonMissing,
    BatchStackUncertain,
)
from sohoa.pipeline.batches.models import Batch, BatchEvent, BatchPage
from sohoa.pipeline.batches.shelf import Shelf
from sohoa.pipeline.claiming import Order
from sohoa.pipeline.models import Item
from sohoa.storage.audit.models import AuditEvent
from tests.papers import decision, picture
from tests.pipeline.stacks.scanned import DOSSIER, paper, run, sheet_pictures

NOON = datetime(2026, 1, 5, 5, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@dataclass
class Desk:
    shelf: Shelf
    claims: Path

    def open(self, code: str = "LO-1", *, expected: int | None = None, dossier: str = "") -> Batch:
        opening = keeping.Opening(Order(dossier, sign=False), code, expected=expected)
        return keeping.open_batch(opening, by="nv.lan", now=NOON)

    def bring(self, batch: Batch, pictures: Sequence[Image.Image], *, duplex: bool = False) -> None:
        """Pages as a device leaves them."""
        with self.shelf.alone(batch):
            run = receiving.begin(batch, receiving.Wanted("desk", 150, "color", duplex), by="nv.lan", now=NOON)
            folder = self.shelf.arriving(run)
            folder.mkdir(parents=True)
            for number, one in enumerate(pictures, 1):
                one.convert("RGB").save(folder / f"p{number:05}.tif", dpi=(150, 150))
                receiving.receive(run, folder / f"p{number:05}.tif", number, self.shelf, now=NOON)
            receiving.end(run, receiving.DONE, self.shelf, now=NOON)
        batch.refresh_from_db()

    def close(self, batch: Batch, **told: str) -> closing.Closed:
        return closing.close(batch, self.shelf, self.claims, by="nv.lan", now=NOON, **told)  # type: ignore[arg-type]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    (tmp_path / "claims").mkdir()
    return Desk(Shelf(tmp_path / "batches"), tmp_path / "claims")


def papers(count: int) -> list[Image.Image]:
    return [picture(decision(number)) for number in range(1, count + 1)]


def logged(action: str) -> list[tuple[str, str, str]]:
    return list(AuditEvent.objects.filter(action=action).values_list("subject", "actor", "why"))


def test_a_batch_whose_counts_agree_becomes_one_paper_of_the_very_same_pictures(desk: Desk) -> None:
    batch = desk.open(expected=3, dossier="H40-1")
    desk.bring(batch, papers(3))
    closed = desk.close(batch)
    assert [(taken.item.state, taken.item.dossier) for taken in closed.claims] == [("claimed", "H40-1")]
    with pikepdf.open(closed.papers[0].file) as pdf:
        kept = [next(iter(page.get_images().values())) for page in pdf.pages]
        assert [(int(image.Width), int(image.Height)) for image in kept] == [(874, 1240)] * 3
    assert batch.state == "closed"
    assert logged("batch.closed") == [("LO-1", "nv.lan", "")]


def test_a_missing_sheet_keeps_the_batch_open_until_somebody_signs_why(desk: Desk) -> None:
    batch = desk.open(expected=3)
    desk.bring(batch, papers(2))
    with pytest.raises(BatchCountsDiffer, match="3 sheets were counted by hand and 2 came in"):
        desk.close(batch)
    assert (batch.state, Item.objects.count(), logged("batch.closing")) == ("open", 0, [])
    desk.close(batch, reason="tờ 3 rách, người dân xin giữ lại")
    assert logged("batch.closing") == [("LO-1", "nv.lan", "tờ 3 rách, người dân xin giữ lại")]
    details = json.loads(AuditEvent.objects.get(action="batch.closing").details)
    assert (details["expected"], details["sheets"], details["verdict"], details["differs"]) == (3, 2, "failed", "sheets_missing")


def test_a_batch_that_nobody_counted_is_not_closed_either(desk: Desk) -> None:
    batch = desk.open()
    desk.bring(batch, papers(2))
    with pytest.raises(BatchNotCounted):
        desk.close(batch)
    keeping.expect(batch, 2, by="nv.lan", now=NOON)
    desk.close(batch)
    assert batch.state == "closed"


def test_closing_a_closed_batch_again_changes_nothing(desk: Desk) -> None:
    batch = desk.open(expected=1)
    desk.bring(batch, papers(1))
    first, again = desk.close(batch), desk.close(batch)
    assert again.papers == first.papers
    assert (len(logged("batch.closed")), Item.objects.count()) == (1, 1)


def test_an_empty_batch_can_only_be_cancelled_and_that_needs_a_reason(desk: Desk) -> None:
    batch = desk.open(expected=1)
    with pytest.raises(BatchEmpty):
        desk.close(batch)
    with pytest.raises(BatchReasonMissing):
        keeping.cancel(batch, by="nv.lan", reason="  ", now=NOON)
    keeping.cancel(batch, by="nv.lan", reason="mở nhầm", now=NOON)
    assert logged("batch.cancelled") == [("LO-1", "nv.lan", "mở nhầm")]
    with pytest.raises(BatchNotOpen):
        keeping.resume(batch, by="nv.lan", now=NOON)


def test_a_page_taken_out_is_kept_and_no_longer_counts(desk: Desk) -> None:
    batch = desk.open(expected=2)
    desk.bring(batch, papers(3))
    with pytest.raises(BatchPageUnknown):
        keeping.drop(batch, 9, by="nv.lan", reason="thử", now=NOON)
    keeping.drop(batch, 2, by="nv.lan", reason="kéo hai lần", now=NOON)
    count = counted(batch)
    assert (count.sheets, count.pages, count.dropped, str(count.verdict.outcome)) == (2, 2, 1, "ok")
    assert desk.shelf.page(BatchPage.objects.get(batch=batch, position=2)).exists()
    assert desk.close(batch).papers[0].pages == (1, 3)


def test_a_note_is_waited_for_and_a_damaged_picture_is_healed_by_no_reason(desk: Desk) -> None:
    batch = desk.open(expected=1)
    desk.bring(batch, papers(1))
    keeping.note_attached(batch, 1, True, by="nv.lan", now=NOON)
    with pytest.raises(BatchNoteMissing):
        desk.close(batch)
    BatchPage.objects.filter(batch=batch).update(readable=False)
    with pytest.raises(BatchPageUnreadable):
        desk.close(batch, reason="kệ")


def test_a_stack_with_sheets_is_counted_without_them_and_split_into_the_papers_they_name(desk: Desk) -> None:
    batch = desk.open("")
    header, first, second = sheet_pictures(run(1, 2, batch="LO-QUAY-3", expected=3))
    stack = [
        header,
        first,
        paper("Đơn đề nghị", first=True),
        paper("tiếp theo", number=2),
        second,
        paper("Bản cam kết", first=True),
    ]
    desk.bring(batch, stack)
    assert (batch.code, batch.expected, batch.expected_from) == ("LO-QUAY-3", 3, "printed"), "as the header on top says"
    count = counted(batch)
    assert (count.sheets, count.separators, str(count.verdict.outcome)) == (3, 3, "ok")
    closed = desk.close(batch)
    assert [(one.pages, one.dossier) for one in closed.papers] == [((3, 4), DOSSIER.format(1)), ((6,), DOSSIER.format(1))]
    assert [taken.item.dossier for taken in closed.claims] == [DOSSIER.format(1)] * 2


def test_a_stack_that_sheets_leave_in_doubt_stays_open_until_somebody_accepts_it(desk: Desk) -> None:
    batch = desk.open(expected=2)
    sheets = sheet_pictures(run(1, 3))
    desk.bring(batch, [sheets[0], paper("Đơn", first=True), sheets[2], paper("Bản cam kết", first=True)])
    with pytest.raises(BatchStackUncertain):
        desk.close(batch)
    assert (batch.state, Item.objects.count()) == ("open", 0)
    closed = desk.close(batch, reason="phiếu 2 thất lạc, đã xem từng tờ")
    assert sum(len(one.pages) for one in closed.papers) == 2


def test_codes_are_given_by_the_day_checked_and_never_given_twice(desk: Desk) -> None:
    assert [desk.open("").code for _ in range(2)] == ["LO-20260105-001", "LO-20260105-002"]
    desk.open("LO-1")
    with pytest.raises(BatchCodeTaken):
        desk.open(" LO-1 ")
    with pytest.raises(BatchCodeInvalid):
        desk.open("x" * 61)


def test_one_at_a_time_brings_pages_in_and_only_where_the_pictures_are(desk: Desk, tmp_path: Path) -> None:
    batch = desk.open(expected=1)
    with desk.shelf.alone(batch), pytest.raises(BatchBusy), desk.shelf.alone(batch):
        raise AssertionError("two had it")
    desk.bring(batch, papers(1))
    with pytest.raises(BatchElsewhere), Shelf(tmp_path / "another home").alone(batch):
        raise AssertionError("on another machine")


def test_the_journal_names_who_did_what(desk: Desk) -> None:
    batch = desk.open(expected=1)
    keeping.pause(batch, by="tp.hoa", now=NOON)
    keeping.resume(batch, by="tp.hoa", now=NOON)
    desk.bring(batch, papers(1))
    desk.close(batch)
    told = list(BatchEvent.objects.filter(batch=batch).order_by("pk").values_list("what", "by"))
    assert told == [
        ("opened", "nv.lan"),
        ("paused", "tp.hoa"),
        ("resumed", "tp.hoa"),
        ("scan_started", "nv.lan"),
        ("scan_ended", "nv.lan"),
        ("closing", "nv.lan"),
        ("closed", "nv.lan"),
    ]
