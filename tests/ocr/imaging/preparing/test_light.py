from __future__ import annotations

import numpy as np
import pytest

from sohoa.ocr.imaging.preparing.light import evened, paper_brightness, stretched, unevenness
from sohoa.ocr.imaging.preparing.prepare import prepared
from tests.ocr.imaging.preparing.drawn import Paper, ink


def letter() -> Paper:
    return Paper.blank().paragraphs()


@pytest.mark.parametrize("share", [0.1, 0.2, 0.4])
def test_unevenness_tells_how_much_darker_the_dark_side_is(share: float):
    # Nine tenths of the fall lie between the darkest and the brightest twentieth.
    assert unevenness(paper_brightness(letter().shaded(share).grey)) == pytest.approx(0.9 * share, abs=0.03)


def test_print_does_not_count_as_shadow():
    heading = letter().write(15, 150, "QUYẾT ĐỊNH", points=40)
    assert unevenness(paper_brightness(heading.grey)) < 0.02


def test_paper_in_shadow_becomes_white_and_its_print_stays_dark():
    page = letter()
    evenly = prepared(page.shaded(0.5).grey, 225).sheet.pixels
    letters, paper = ink(page.grey, 60), ~ink(page.grey, 245)
    assert np.percentile(evenly[paper], 1) > 240
    assert np.percentile(evenly[letters], 99) < 90


def test_faded_print_on_grey_paper_becomes_black_on_white():
    page = letter()
    faded = (120 + page.grey.astype(np.uint16) * 80 // 248).astype(np.uint8)
    ready = prepared(faded, 225)
    assert ready.steps == ("light",)
    assert np.median(ready.sheet.pixels) == 255
    assert np.median(ready.sheet.pixels[ink(page.grey, 60)]) < 40


def test_what_shines_through_from_the_other_side_becomes_paper():
    page, back = letter(), Paper.blank().paragraphs(y=23.5)
    faint = np.where(ink(back.grey) & ~ink(page.grey, 245), 228, page.grey).astype(np.uint8)
    even = evened(faint, paper_brightness(faint))
    assert (stretched(even)[faint == 228] > 250).mean() > 0.9


def test_an_all_white_and_an_all_black_picture_are_not_divided_by_nothing():
    for value in (0, 255):
        grey = np.full((300, 200), value, np.uint8)
        assert unevenness(paper_brightness(grey)) == (1.0 if value == 0 else 0.0)
        assert stretched(evened(grey, paper_brightness(grey))).shape == grey.shape
