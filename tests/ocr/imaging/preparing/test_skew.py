from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sohoa.ocr.imaging.preparing.prepare import prepared
from sohoa.ocr.imaging.preparing.skew import Slant, slant_of, straightened, straightening
from tests.ocr.imaging.preparing.drawn import Paper


@cache
def letter() -> Paper:
    return Paper.blank().paragraphs(count=20)


@settings(max_examples=15, deadline=None)
@given(st.floats(-5, 5))
def test_the_slant_of_the_lines_is_measured_within_a_tenth_of_a_degree(degrees: float):
    found = slant_of(letter().turned(degrees).grey)
    assert found.degrees == pytest.approx(degrees, abs=0.1)
    assert found.direction == "across"


@pytest.mark.parametrize("degrees", [-0.2, 0.0, 0.1])
def test_a_straight_page_is_not_found_crooked(degrees: float):
    assert slant_of(letter().turned(degrees).grey).degrees == pytest.approx(degrees, abs=0.05)


@pytest.mark.parametrize("degrees", [-4.0, 1.0])
def test_a_crooked_page_is_straight_afterwards(degrees: float):
    grey = letter().turned(degrees).grey
    straight = straightened(grey, straightening(grey, slant_of(grey).degrees))
    assert slant_of(straight).degrees == pytest.approx(0, abs=0.06)
    assert straight.shape == grey.shape


def test_the_rules_of_a_table_tell_the_slant_as_lines_of_text_do():
    table = Paper.blank().table((15, 60, 100, 130), tuple(range(30, 180, 10))).write(20, 33, "Nguyễn Thị Mẫu")
    assert slant_of(table.turned(1.3).grey).degrees == pytest.approx(1.3, abs=0.1)


@pytest.mark.parametrize("turns", [1, 3])
@pytest.mark.parametrize("degrees", [0.0, 3.0])
def test_a_page_that_lies_on_its_side_is_told_from_one_that_stands(turns: int, degrees: float):
    standing = letter().turned(degrees).grey
    assert slant_of(standing).direction == "across"
    assert slant_of(np.rot90(standing, turns)).direction == "down"


@pytest.mark.parametrize("turns", [0, 1])
@pytest.mark.parametrize("degrees", [0.0, -3.0])
@pytest.mark.parametrize(
    "page",
    [
        Paper.blank().paragraphs(count=4).table((8, 140), (8, 202)),
        Paper.blank().paragraphs(count=3).rule(10, 5, 10, 205).rule(138, 5, 138, 205),
        Paper.blank().paragraphs(count=3).table((15, 40, 60, 80, 100, 130), (60, 70, 200)),
    ],
    ids=["frame", "rules at the sides", "form"],
)
def test_long_rules_down_the_page_do_not_lay_it_on_its_side(page: Paper, degrees: float, turns: int):
    found = slant_of(np.rot90(page.turned(degrees).grey, turns))
    assert found.direction == ("across", "down")[turns]


def test_rules_without_words_tell_no_direction():
    assert slant_of(Paper.blank().table((15, 60, 130), (20, 30, 190)).grey).direction == "unsure"


def test_a_page_on_its_side_is_not_turned_by_the_slant_of_the_wrong_lines():
    assert prepared(np.rot90(letter().turned(3).grey), 225).steps == ()


@pytest.mark.parametrize(
    "grey",
    [
        np.full((1860, 1311), 250, np.uint8),
        np.zeros((1860, 1311), np.uint8),
        Paper.blank().write(70, 100, "12").grey,
        Paper.blank().shaded(0.4).grey,
        np.full((2, 2), 0, np.uint8),
    ],
    ids=["empty", "black", "a page number", "uneven light", "four pixels"],
)
def test_where_there_is_next_to_nothing_no_slant_is_claimed(grey: np.ndarray):
    assert slant_of(grey) == Slant(0.0, "unsure")
