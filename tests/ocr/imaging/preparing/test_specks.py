from __future__ import annotations

import cv2
import numpy as np
import pytest

from sohoa.ocr.imaging.preparing.prepare import prepared
from tests.ocr.imaging.preparing.drawn import TEXT, Paper, ink


@pytest.mark.parametrize("dpi", [150, 200, 225])
def test_specks_go_and_dots_and_tone_marks_stay(dpi: int):
    page = Paper.blank(dpi).paragraphs()
    ready = prepared(page.speckled(0.004).grey, dpi)
    assert ready.steps == ("specks",)
    after = ink(ready.sheet.pixels)
    letters = ink(page.grey)
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(letters.astype(np.uint8), connectivity=8)
    kept = np.bincount(labels[after], minlength=len(boxes))[1:] / boxes[1:, cv2.CC_STAT_AREA]
    assert len(kept) > 600  # letters, dots and marks
    assert kept.min() > 0.5
    far = cv2.dilate(letters.astype(np.uint8), np.ones((5, 5), np.uint8)) == 0
    assert after[far].mean() < 0.00005


def test_pixels_that_are_no_specks_are_not_touched():
    page = Paper.blank().paragraphs()
    noisy = page.speckled(0.004)
    after, before = prepared(noisy.grey, 225).sheet.pixels, noisy.grey
    letters = ink(page.grey, 245) & (noisy.grey == page.grey)
    assert (after[letters] == before[letters]).mean() > 0.98


@pytest.mark.parametrize("dpi", [100, 150, 200, 300])
@pytest.mark.parametrize("points", [8, 10, 12, 14])
def test_dots_and_eyes_of_small_letters_are_no_specks(points: int, dpi: int):
    page = Paper.blank(dpi)
    for row in range(34):
        page.write(15, 15 + 5 * row, TEXT[row % len(TEXT)], points=points)
    for pixels in (page.grey, page.bilevel):
        assert "specks" not in prepared(pixels, dpi).steps
