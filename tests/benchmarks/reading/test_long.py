"""A long run is told by windows of its pages, not by its clock alone."""

from __future__ import annotations

from pathlib import Path

import pikepdf

from benchmarks.reading.long import LongRun, Moment, Timeline, largest, write_long_scan
from benchmarks.reading.pages import UNSEEN
from benchmarks.reading.unseen import unseen_page
from benchmarks.watching import Member, Watched

MIB = 1 << 20


def moment(begun: int, reader: int, *, at: float, idle: float = 0.0) -> Moment:
    return Moment(at, begun, (200 + reader) * MIB, {"sohoa": 200 * MIB, "tesseract": reader * MIB}, at, idle)


def run(*moments: Moment, pages: int = 400) -> LongRun:
    return LongRun(pages, "fast", 1, Watched(1, 1, 1, 1), moments, cores=2)


def test_the_first_and_the_last_hundred_pages_are_found_by_the_readings_begun() -> None:
    """Two readings a page."""
    told = run(moment(1, 10, at=1), moment(200, 20, at=2), moment(400, 99, at=3), moment(600, 30, at=4), moment(800, 40, at=5))
    assert largest(told.first(), "tesseract") == 20 * MIB
    assert largest(told.last(), "tesseract") == 40 * MIB
    assert largest(told.moments, "tesseract") == 99 * MIB


def test_a_short_scan_compares_quarters() -> None:
    assert run(moment(1, 1, at=1), pages=60).window == 15


def test_start_up_and_the_writing_of_the_file_are_no_part_of_the_reading() -> None:
    alone = {"sohoa": 300 * MIB}
    told = run(
        Moment(0, 0, 300 * MIB, alone, 0, 0.0),
        moment(1, 10, at=1, idle=1.0),
        moment(4, 10, at=11, idle=3.0),
        Moment(20, 4, 300 * MIB, alone, 20, 15.0),
    )
    assert [moment.at for moment in told.while_reading] == [1, 11]
    assert told.busy == 0.9  # 2 of 20 core seconds were idle
    assert told.busy_with_us == 0.5


def test_a_timeline_counts_each_reader_once_and_waits_until_a_process_has_settled() -> None:
    timeline = Timeline(10, tell=print)
    reader = Member(7, "tesseract", 1, 0.5, 50 * MIB)
    timeline.look(1.0, [reader])
    timeline.look(1.1, [reader, Member(8, "tesseract", 2, 0.1, 400 * MIB)])
    assert [moment.begun for moment in timeline.moments] == [1, 2]
    assert [moment.resident for moment in timeline.moments] == [0, 50 * MIB]


def test_a_long_scan_mixes_black_and_white_with_jpeg(tmp_path: Path) -> None:
    page = unseen_page("QĐ", 5, dpi=100, last=False)
    write_long_scan(tmp_path / "long.pdf", 4, {"clean": [page], "medium": [page], UNSEEN: [page]})
    assert filters(tmp_path / "long.pdf") == ["/CCITTFaxDecode", "/DCTDecode", "/DCTDecode", "/CCITTFaxDecode"]


def filters(pdf: Path) -> list[str]:
    with pikepdf.open(pdf) as scan:
        images = [image for page in scan.pages for image in page.resources["/XObject"].values()]
        return [
            str(name) for image in images for name in (image.Filter if isinstance(image.Filter, pikepdf.Array) else [image.Filter])
        ]
