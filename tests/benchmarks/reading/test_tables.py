"""What is printed says what was measured."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree

from rich.console import Console

from benchmarks.reading import real_table, table
from benchmarks.reading.comparison import Comparison, Standing
from benchmarks.reading.curve import curve_svg
from benchmarks.reading.matching import Words
from benchmarks.reading.order import Order
from benchmarks.reading.real import FileRead, RealReading
from benchmarks.reading.scoring import STRAY, Tally
from benchmarks.watching import Watched

MIB = 1 << 20


def standing(name: str, *, ours: bool, errors: int, seconds: tuple[float, ...] = (6.0,)) -> Standing:
    runs = tuple(Watched(taken, 2 * taken, 300 * MIB, 100 * MIB) for taken in seconds)
    cells = {
        "clean": {"body": Tally(1000, errors, errors // 2, 200, errors), STRAY: Tally(errors=1, toneless=1, wrong=1)},
        "hard": {"table": Tally(500, 2 * errors, errors, 100, errors)},
    }
    return Standing(name, ours, runs, 2, 1_000_000, True, cells, {"clean": Order(9, 10), "hard": Order(5, 10)})


def compared(*standings: Standing) -> Comparison:
    versions = {"sohoa": "1", "ocrmypdf": "2", "tesseract": "3", "ghostscript": "4"}
    return Comparison(1, 1, 2, {}, 1, standings, {"kind": "x", "cores": 2, "load_before": 0.0}, versions)


def shown(of: Comparison) -> str:
    console = Console(width=200)
    with console.capture() as captured:
        table.show(of, console)
    return captured.get()


def test_rates_are_told_by_strength_and_by_region_and_speed_is_the_median() -> None:
    figures = standing("sohoa fast", ours=True, errors=10, seconds=(60.0, 6.0, 12.0)).figures()
    assert figures["pages_per_minute"] == 10
    assert figures["cpu_seconds_per_page"] == 12
    assert (figures["cer_clean"], figures["cer_hard"]) == (1.1, 4.0)
    assert (figures["cer_body"], figures["cer_table"]) == (1.0, 4.0)
    assert figures["wer_table"] == 10
    assert figures["tone_body"] == 0.5
    assert figures["reading_order"] == 70
    assert figures[f"cer_{STRAY}"] == 100 / 1500  # strays have no letters of their own


def test_each_of_ours_is_set_against_each_peer() -> None:
    fast, accurate, peer = (
        standing(name, ours=name != "OCRmyPDF", errors=errors)
        for name, errors in (("sohoa fast", 20), ("sohoa accurate", 10), ("OCRmyPDF", 40))
    )
    ratios = compared(fast, accurate, peer).ratios()
    assert ratios["sohoa fast"]["OCRmyPDF"]["cer_body"] == 0.5
    assert ratios["sohoa accurate"]["OCRmyPDF"]["cer_body"] == 0.25


def test_a_ratio_to_nothing_is_a_dash() -> None:
    perfect = standing("OCRmyPDF", ours=False, errors=0)
    told = compared(standing("sohoa fast", ours=True, errors=10), perfect)
    assert told.ratios()["sohoa fast"]["OCRmyPDF"]["cer_body"] is None
    assert "—" in shown(told)


def test_the_table_names_every_region_that_the_pages_have_and_no_other() -> None:
    text = shown(compared(standing("sohoa fast", ours=True, errors=10), standing("OCRmyPDF", ours=False, errors=10)))
    assert "table cells" in text
    assert "recipients" not in text


def file_read(reader: str, file: str, wrong: int, cpu: float) -> FileRead:
    judged = tuple((0.1 if place < wrong else 0.9, place == 0, place >= wrong) for place in range(100))
    words = Words(100, wrong, 0, judged)
    return FileRead(reader, reader.startswith("sohoa"), file, "scan", 1, words, words, cpu)


READING = RealReading(
    (
        file_read("raw vie", "a.pdf", 4, 2.0),
        file_read("sohoa fast", "a.pdf", 2, 3.0),
        file_read("raw vie", "b.pdf", 1, 4.0),
        file_read("sohoa fast", "b.pdf", 3, 5.0),
    ),
    {"kind": "x", "cores": 2},
    {"tesseract": "3"},
)


def test_the_first_reading_alone_stands_beside_what_became_of_it() -> None:
    told = replace(standing("sohoa fast", ours=True, errors=10), single={"clean": {"table": Tally(1000, 30, 0, 1, 1)}})
    assert told.figures()["single_table"] == 3
    text = shown(compared(told, standing("OCRmyPDF", ours=False, errors=10)))
    assert "CER of the first reading alone" in text


def test_a_file_read_worse_than_raw_is_named() -> None:
    assert READING.worse_than_raw("sohoa fast") == {"raw vie": ["b.pdf"]}
    with (console := Console(width=160)).capture() as captured:
        real_table.show(READING, console)
    assert "sohoa fast: worse than raw vie on b.pdf" in captured.get()
    assert "3.00 !" in captured.get()


def test_flags_and_costs_are_told_over_all_files_of_a_source() -> None:
    own, least = READING.flags("sohoa fast", "scan")
    assert (own.flagged, own.caught, least.flagged, least.caught, own.wrong) == (2, 2, 4, 4, 5)
    assert READING.cpu("sohoa fast") == 4.0
    assert json.loads(json.dumps(READING.as_dict()))["sources"]["scan"]["sohoa fast"]["prose"]["wrong"] == 5


def test_the_curve_is_a_picture_with_every_reader_in_it() -> None:
    drawn = ElementTree.fromstring(curve_svg(READING))
    texts = {element.text for element in drawn.iter() if element.tag.endswith("text")}
    assert {"raw vie", "sohoa fast", "scan"} <= texts
