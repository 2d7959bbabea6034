"""The yardstick of reading order: what a person could read next is right, whatever column came first."""

from __future__ import annotations

import random

import pytest

from benchmarks.reading.order import Order, order
from benchmarks.reading.pages import CHOSEN
from benchmarks.reading.scoring import ReadWord
from benchmarks.reading.unseen import unseen_page
from sohoa.pipeline.sources.sampleoffice import Region, TruthLine, TruthWord

AGENCY = [("ỦY BAN NHÂN DÂN", 100, 100), ("PHƯỜNG HÒA AN", 120, 130)]
NATION = [("CỘNG HÒA XÃ HỘI", 600, 100), ("Độc lập - Tự do", 620, 130)]


def line(text: str, x: int, y: int, region: Region) -> TruthLine:
    words: list[TruthWord] = []
    for word in text.split():
        words.append(TruthWord(word, (x, y, x + 10 * len(word), y + 20)))
        x += 10 * len(word) + 10
    return TruthLine(tuple(words), region, (words[0].bbox[0], y, words[-1].bbox[2], y + 20))


def lines(texts: list[tuple[str, int, int]], region: Region) -> list[TruthLine]:
    return [line(*text, region) for text in texts]


def read(*printed: TruthLine) -> list[ReadWord]:
    return [
        ReadWord(word.text, (word.bbox[0] + word.bbox[2]) / 2, (word.bbox[1] + word.bbox[3]) / 2)
        for line in printed
        for word in line.words
    ]


AGENCY_LINES, NATION_LINES = lines(AGENCY, "agency"), lines(NATION, "national_header")
BODY = lines([("Điều 1. Phạm vi", 100, 300), ("Điều 2. Hiệu lực", 100, 330), ("Điều 3. Thi hành", 100, 360)], "body")
RECIPIENTS = lines([("Nơi nhận:", 100, 400), ("- Như trên;", 100, 430)], "recipients")
SIGNATURE = lines([("CHỦ TỊCH", 600, 400), ("Nguyễn Văn An", 590, 500)], "signature")
PAGE = [*AGENCY_LINES, *NATION_LINES, *BODY, *RECIPIENTS, *SIGNATURE]


@pytest.mark.parametrize("head", [(AGENCY_LINES, NATION_LINES), (NATION_LINES, AGENCY_LINES)], ids=("left first", "right first"))
@pytest.mark.parametrize("closing", [(RECIPIENTS, SIGNATURE), (SIGNATURE, RECIPIENTS)], ids=("recipients first", "signature first"))
def test_columns_may_be_read_in_either_order(head: tuple[list[TruthLine], ...], closing: tuple[list[TruthLine], ...]) -> None:
    words = read(*head[0], *head[1], *BODY, *closing[0], *closing[1])
    assert order(PAGE, words) == Order(right=10, steps=10)


def test_columns_read_across_are_wrong_at_every_step() -> None:
    page = [*AGENCY_LINES, *NATION_LINES]
    across = read(AGENCY_LINES[0], NATION_LINES[0], AGENCY_LINES[1], NATION_LINES[1])
    assert order(page, across) == Order(right=0, steps=3)


def test_text_read_before_its_head_costs_the_steps_around_it() -> None:
    words = read(*BODY, *AGENCY_LINES, *NATION_LINES, *RECIPIENTS, *SIGNATURE)
    assert order(PAGE, words) == Order(right=8, steps=10)


def test_a_line_that_was_not_read_is_no_matter_of_order() -> None:
    assert order(BODY, read(BODY[0], BODY[2])) == Order(right=1, steps=1)


def test_a_line_cut_in_two_by_another_costs_its_detour() -> None:
    first = read(BODY[0])
    assert order(BODY, [*first[:2], *read(BODY[1]), *first[2:], *read(BODY[2])]) == Order(right=1, steps=3)


def test_signatures_side_by_side_are_columns_of_their_own() -> None:
    left = lines([("BÊN A", 100, 400), ("Lê Văn Bình", 90, 500)], "signature")
    right = lines([("BÊN B", 600, 400), ("Trần Thị Cúc", 590, 500)], "signature")
    page = [*BODY, left[0], right[0], left[1], right[1]]
    assert order(page, read(*BODY, *left, *right)).share == 100
    assert order(page, read(*BODY, left[0], right[0], left[1], right[1])).share < 100


def test_page_numbers_and_footers_do_not_count() -> None:
    number = line("2", 400, 50, "other")
    assert order([number, *BODY], read(*BODY, number)) == Order(right=2, steps=2)


def test_a_page_without_lines_is_in_order() -> None:
    assert order([], []).share == 100


@pytest.mark.parametrize("chosen", CHOSEN, ids=lambda chosen: chosen.kind)
def test_the_truth_of_every_kind_of_page_is_in_its_own_order_and_shuffled_it_is_not(chosen) -> None:
    page = unseen_page(chosen.kind, 5, dpi=100, last=chosen.last)
    printed = list(page.lines)
    assert order(printed, read(*printed), skew=page.skew).share == 100
    random.Random(1).shuffle(printed)
    assert order(page.lines, read(*printed), skew=page.skew).share < 60
