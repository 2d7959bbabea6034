"""Preparation does what measuring the page asks for, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from sohoa.ocr.imaging.preparing.prepare import plain, prepared
from tests.ocr.imaging.preparing.drawn import Paper

LEFTS, TOPS = (20, 60, 90, 130), (140, 148, 160, 175)


def letter(dpi: int = 225) -> Paper:
    return Paper.blank(dpi).paragraphs()


@pytest.mark.parametrize("dpi", [150, 225, 300])
def test_a_flat_quiet_page_is_left_alone(dpi: int):
    page = letter(dpi)
    for pixels in (page.pixels, page.grey, page.bilevel):
        assert prepared(pixels, dpi).steps == ()


def test_a_page_left_alone_is_read_exactly_as_it_came():
    page = letter(225)
    ready = prepared(page.grey, 225)
    assert np.array_equal(ready.sheet.pixels, page.grey)
    assert (ready.dpi, ready.sheet.moved, ready.grids, ready.seals) == (225, (), (), ())
    assert ready.place((100, 200, 300, 240)) == ((100, 200, 300, 240), None)


HARMS: list[tuple[Callable[[Paper], Paper], tuple[str, ...]]] = [
    (lambda page: page.shaded(0.15), ("light",)),
    (lambda page: page.turned(0.5), ("deskew",)),
    (lambda page: page.turned(-3), ("deskew",)),
    (lambda page: page.speckled(0.002), ("specks",)),
    (lambda page: page.seal(100, 160), ("inks",)),
    (lambda page: page.signature(90, 150), ("inks",)),
    (lambda page: page.table(LEFTS, TOPS), ("tables",)),
    (lambda page: page.table(LEFTS, TOPS).turned(-2), ("deskew", "tables")),
    (lambda page: page.seal(100, 160).speckled(0.002).turned(2).shaded(0.2), ("inks", "specks", "light", "deskew")),
]


@pytest.mark.parametrize("dpi", [150, 300])
@pytest.mark.parametrize(
    ("harmed", "steps"),
    HARMS,
    ids=["uneven light", "skew", "skew back", "specks", "red seal", "blue signature", "table", "crooked table", "everything"],
)
def test_each_harm_asks_for_its_own_step_alone(harmed: Callable[[Paper], Paper], steps: tuple[str, ...], dpi: int):
    page = harmed(letter(dpi))
    assert prepared(page.pixels, dpi).steps == steps


def test_a_page_turned_less_than_readers_mind_is_not_turned():
    assert prepared(letter().turned(0.2).grey, 225).steps == ()


@pytest.mark.parametrize("harmed", [lambda page: page.seal(100, 160), lambda page: page.signature(90, 150)])
def test_a_page_without_colour_has_no_coloured_ink(harmed: Callable[[Paper], Paper]):
    page = harmed(letter())
    for pixels in (page.grey, page.bilevel):
        ready = prepared(pixels, 225)
        assert "inks" not in ready.steps
        assert (ready.measures.inks.red, ready.measures.inks.blue, ready.seals) == (0.0, 0.0, ())


@pytest.mark.parametrize(("dpi", "reading_dpi"), [(100, 100), (150, 150), (225, 225), (300, 225), (600, 225)])
def test_pages_are_read_at_225_dpi_and_coarser_ones_as_they_are(dpi: int, reading_dpi: int):
    page = Paper.blank(dpi, (60, 40)).write(5, 10, "Kính gửi: Ủy ban nhân dân phường")
    for ready in (prepared(page.pixels, dpi), plain(page.pixels, dpi)):
        assert (ready.dpi, ready.size) == (reading_dpi, page.picture.size)
        assert ready.sheet.pixels.shape[1] == pytest.approx(60 / 25.4 * reading_dpi, abs=1)


def test_a_page_that_is_only_shrunk_leads_back_to_its_own_size():
    page = letter(300)
    ready = prepared(page.grey, 300)
    assert ready.steps == ()
    assert ready.place((75, 150, 225, 180)) == ((100, 200, 300, 240), None)


def test_the_page_as_it_came_has_no_steps_whatever_is_on_it():
    page = letter(300).seal(100, 160).table(LEFTS, TOPS).turned(2).shaded(0.2)
    assert plain(page.pixels, 300).steps == ()
    assert plain(page.pixels, 300).sheet.moved == ()


def test_seals_are_told_in_pixels_of_the_page_as_it_came():
    (seal,) = prepared(letter(300).seal(100, 160).turned(1).pixels, 300).seals
    assert ((seal[0] + seal[2]) / 600 * 25.4, (seal[1] + seal[3]) / 600 * 25.4) == pytest.approx((99, 160), abs=1.5)


def test_slivers_and_single_pixels_are_prepared_like_pages():
    for pixels in (np.full((1, 1), 255, np.uint8), np.zeros((40, 3), np.uint8), np.full((5, 900, 3), 128, np.uint8)):
        ready = prepared(pixels, 300)
        assert ready.size == (pixels.shape[1], pixels.shape[0])
        assert 0 < ready.sheet.pixels.size <= pixels.shape[0] * pixels.shape[1]
