"""A stack through the feeder: each sheet in the batch once, in its order, whatever stops the run."""

from __future__ import annotations

import pytest

from sohoa.pipeline.batches import keeping
from sohoa.pipeline.batches.counting import counted
from sohoa.pipeline.batches.models import Batch, BatchPage, ScanRun
from sohoa.pipeline.sources.scanner import Brake
from tests.pipeline.scanner.conftest import NOON, Counter, Feeder, Seen, code_of, page, shows, stands, words
from tests.running import Office


def in_order(sheets: int, *, two_sided: bool) -> list[tuple[int, int, str, str]]:
    if not two_sided:
        return [(n, n, "front", "plain") for n in range(1, sheets + 1)]
    return [(n, (n + 1) // 2, "front" if n % 2 else "back", "plain") for n in range(1, 2 * sheets + 1)]


def shows_the_stack(counter: Counter, batch: Batch, sheets: int, *, two_sided: bool) -> bool:
    laid = counter.feeder.laid
    if not two_sided:
        return all(shows(counter, batch, n, laid[n, "front"]) for n in range(1, sheets + 1))
    return all(
        shows(counter, batch, 2 * n - 1, laid[n, "front"]) and shows(counter, batch, 2 * n, laid[n, "back"])
        for n in range(1, sheets + 1)
    )


def test_thirty_pages_in_duplex_with_a_jam_in_the_middle_come_in_once_and_in_order(counter: Counter) -> None:
    counter.feeder.load_printed(15, two_sided=True)
    batch = counter.open(expected=15)
    jammed = counter.scan(batch, duplex=True, fault="jam@16")
    assert code_of(jammed.failure) == "pipeline.scanner_jammed"
    count = counted(batch)
    assert (count.pages, count.incomplete, count.verdict.reason) == (15, (15,), "back_missing"), (
        "front of sheet 8, without its back"
    )

    counter.feeder.lay_back(8)
    again = counter.scan(batch, duplex=True)
    assert again.failure is None
    assert [page.position for page in again.pages] == list(range(15, 31)), "it goes on at the sheet that stuck"
    assert stands(batch) == in_order(15, two_sided=True)
    assert shows_the_stack(counter, batch, 15, two_sided=True)
    count = counted(batch)
    assert (count.sheets, count.pages, count.replaced, str(count.verdict.outcome)) == (15, 30, 1, "ok")


def test_after_a_jam_between_sheets_nothing_is_scanned_twice(counter: Counter) -> None:
    counter.feeder.load_printed(7, two_sided=True)
    batch = counter.open(expected=7)
    counter.scan(batch, duplex=True, fault="jam@5")
    again = counter.scan(batch, duplex=True)
    assert [page.position for page in again.pages] == list(range(5, 15))
    assert shows_the_stack(counter, batch, 7, two_sided=True)
    assert counted(batch).replaced == 0


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("jam@3", "pipeline.scanner_jammed"),
        ("cover@3", "pipeline.scanner_cover_open"),
        ("lost@3", "pipeline.scanner_lost"),
        ("denied@3", "pipeline.scanner_refused"),
    ],
)
def test_what_the_device_complains_of_is_told_and_the_pages_before_it_stay(counter: Counter, fault: str, code: str) -> None:
    counter.feeder.load_printed(4)
    batch = counter.open(expected=4)
    failed = counter.scan(batch, fault=fault)
    assert code_of(failed.failure) == code
    assert failed.failure is not None and "2 trang" in failed.failure.as_dict()["vi"]
    assert ScanRun.objects.get(pk=failed.run.pk).ended_as == code
    counter.scan(batch)
    assert stands(batch) == in_order(4, two_sided=False)
    assert shows_the_stack(counter, batch, 4, two_sided=False)


def test_a_page_that_arrives_broken_keeps_its_place_and_stops_nothing(counter: Counter) -> None:
    counter.feeder.load_printed(3)
    batch = counter.open(expected=3)
    done = counter.scan(batch, fault="garbage@2")
    assert done.failure is None
    assert [[finding["code"] for finding in one.findings] for one in done.pages] == [[], ["damaged"], []]
    assert counted(batch).unreadable == (2,)
    counter.feeder.load_printed(1, first=2)
    counter.scan(batch, rescan=2)
    assert counted(batch).unreadable == ()
    assert str(counted(batch).verdict.outcome) == "ok"


def test_an_empty_feeder_is_said_and_leaves_the_batch_as_it_was(counter: Counter) -> None:
    batch = counter.open()
    assert code_of(counter.scan(batch).failure) == "pipeline.scanner_feeder_empty"
    assert stands(batch) == []


def test_page_seventeen_scanned_again_lands_at_seventeen_and_the_old_one_is_kept(counter: Counter) -> None:
    counter.feeder.load_printed(18)
    batch = counter.open(expected=18)
    counter.scan(batch)
    before = keeping.current(batch).get(position=17)
    better = page("TỜ SỐ 17 QUÉT LẠI CHO RÕ")
    counter.feeder.load((better, None))
    counter.scan(batch, rescan=17)
    assert stands(batch) == in_order(18, two_sided=False)
    assert shows(counter, batch, 17, better)
    old = BatchPage.objects.get(pk=before.pk)
    assert not old.current and old.replaced_by is not None and old.replaced_by.position == 17
    assert counter.shelf.page(old).exists(), "nothing that came in is ever thrown away"


def test_a_side_scanned_again_in_duplex_brings_both_sides_of_its_sheet(counter: Counter) -> None:
    counter.feeder.load_printed(3, two_sided=True)
    batch = counter.open()
    counter.scan(batch, duplex=True)
    front, back = page("MẶT TRƯỚC MỚI"), page("MẶT SAU MỚI")
    counter.feeder.load((front, back))
    counter.scan(batch, duplex=True, rescan=4)
    assert stands(batch) == in_order(3, two_sided=True)
    assert shows(counter, batch, 3, front) and shows(counter, batch, 4, back)


def test_a_sheet_with_a_note_stands_twice_at_its_place_and_counts_once(counter: Counter) -> None:
    counter.feeder.load_printed(3)
    batch = counter.open(expected=3)
    counter.scan(batch)
    keeping.note_attached(batch, 2, True, by="nv.lan", now=NOON)
    assert counted(batch).unpaired == (2,)
    noted = page("TỜ SỐ 2", "GHI CHÚ DÁN KÈM: bổ sung bản chính")
    counter.feeder.load((noted, None))
    counter.scan(batch, rescan=2, variant="with_note")
    assert stands(batch) == [
        (1, 1, "front", "plain"),
        (2, 2, "front", "with_note"),
        (2, 2, "front", "plain"),
        (3, 3, "front", "plain"),
    ]
    assert shows(counter, batch, 2, noted, "with_note")
    count = counted(batch)
    assert (count.unpaired, count.sheets, str(count.verdict.outcome)) == ((), 3, "ok")


def test_a_run_that_is_stopped_keeps_whole_pages_and_the_next_goes_on(counter: Counter) -> None:
    counter.feeder.load_printed(6)
    batch, brake = counter.open(expected=6), Brake()
    seen = Seen(lambda count: brake.pull() if count == 2 else None)
    stopped = counter.scan(batch, seen=seen, brake=brake, fault="hang@5")
    assert code_of(stopped.failure) == "pipeline.scanner_stopped"
    assert 2 <= len(stands(batch)) <= 4
    counter.scan(batch)
    assert stands(batch) == in_order(6, two_sided=False)
    assert shows_the_stack(counter, batch, 6, two_sided=False)


def test_pausing_the_batch_stops_the_feeder_and_nothing_comes_in_until_somebody_goes_on(counter: Counter) -> None:
    counter.feeder.load_printed(6)
    batch = counter.open()

    def pause_after(count: int) -> None:
        if count == 2:
            keeping.pause(keeping.batch_of("LO-1"), by="tp.hoa", now=NOON)

    counter.scan(batch, seen=Seen(pause_after), fault="hang@5")
    assert 2 <= len(stands(batch)) <= 4
    with pytest.raises(keeping.BatchNotOpen):
        counter.scan(batch)
    keeping.resume(keeping.batch_of("LO-1"), by="tp.hoa", now=NOON)
    counter.scan(batch)
    assert stands(batch) == in_order(6, two_sided=False)


def test_a_sheet_laid_in_again_although_it_had_come_through_is_pointed_out(counter: Counter) -> None:
    counter.feeder.load_printed(5)
    batch = counter.open()
    counter.scan(batch, fault="jam@4")
    counter.feeder.lay_back(3)
    again = counter.scan(batch)
    assert [finding["code"] for finding in again.pages[0].findings] == ["repeated"]
    assert not again.pages[1].findings


def test_the_command_shows_each_page_takes_up_the_run_after_a_jam_and_says_the_count(office: Office, feeder: Feeder) -> None:
    feeder.load_printed(4)
    scan = ("scan", "--device", "feeder:0", "--dpi", "200", "--json")
    jammed = office(*scan, "--expect", "4", **feeder.with_fault("jam@3"))
    assert (jammed.code, [told.get("page") for told in jammed.lines]) == (1, [1, 2, None])
    assert jammed.lines[-1]["error"]["code"] == "pipeline.scanner_jammed"
    code = jammed.lines[-1]["code"]
    done = office(*scan[:-1], "--batch", code, **feeder.environment)
    assert done.code == 0, done.err
    assert "Trang 4, tờ 4 mặt trước" in done.err and "Đếm tay 4 tờ, đã nhận 4 tờ (4 trang): khớp." in done.err
    closed = office("batch", "close", code, "--json")
    assert (closed.code, closed.json["state"]) == (0, "closed")
    assert [paper["pages"] for paper in closed.json["papers"]] == [[1, 2, 3, 4]]


def test_words_differ_from_sheet_to_sheet() -> None:
    """What the others stand on: a page in the wrong place would be seen."""
    assert len({page(*words(n, side)).tobytes() for n in range(1, 16) for side in ("TRƯỚC", "SAU")}) == 30
