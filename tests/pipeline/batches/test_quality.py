"""What is told of a page before the stack leaves the tray: damage is seen, and a good page is left in peace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from sohoa.pipeline.batches.quality import Looked, findings, look
from tests.papers import TINOS
from tests.pipeline.stacks.scanned import DPI as SHEET_DPI
from tests.pipeline.stacks.scanned import paper, run, sheet_pictures

DPI = 200
MM = DPI / 25.4
A4 = (round(210 * MM), round(297 * MM))


def printed(lines: int = 30, *, size: tuple[int, int] = A4) -> np.ndarray:
    """A page as a good scanner gives it: paper that is not quite white, a little noise."""
    picture = Image.new("RGB", size, (246, 245, 242))
    draw, font = ImageDraw.Draw(picture), ImageFont.truetype(TINOS, 38)
    for row in range(lines):
        draw.text(
            (round((30 + 3 * row % 7) * MM), round((20 + 8 * row) * MM)),
            "Ủy ban nhân dân xã Mẫu xác nhận nội dung trên là đúng",
            fill=(30, 30, 34),
            font=font,
        )
    noise = np.random.default_rng(7).normal(0, 2, (size[1], size[0], 1))
    return np.clip(np.asarray(picture) + noise, 0, 255).astype(np.uint8)


def turned(pixels: np.ndarray, degrees: float) -> np.ndarray:
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return cv2.warpAffine(pixels, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)


def folded(pixels: np.ndarray, mm: float) -> np.ndarray:
    spoilt, side = pixels.copy(), round(mm * MM)
    cv2.fillPoly(spoilt, [np.array([[0, 0], [side, 0], [0, side]], np.int32)], (60, 60, 60))
    return spoilt


def squeezed(pixels: np.ndarray, share: float) -> np.ndarray:
    return (255 - (255.0 - pixels) * share).astype(np.uint8)


def told(seen: Looked, before: list[dict[str, Any]] | None = None, *, side: str = "front", resumed: bool = False) -> list[str]:
    return [finding.code for finding in findings(seen, before or [], side=side, resumed=resumed)]


DAMAGE: dict[str, tuple[Callable[[np.ndarray], np.ndarray], str]] = {
    "out of focus": (lambda pixels: cv2.GaussianBlur(pixels, (0, 0), 3 * DPI / 300), "blurred"),
    "slipped in the feeder": (lambda pixels: cv2.blur(pixels, (1, round(2 * MM / 2))), "blurred"),
    "pulled in askew": (lambda pixels: turned(pixels, 4), "skewed"),
    "lamp dying": (lambda pixels: (pixels * 0.5).astype(np.uint8), "too_dark"),
    "toner out": (lambda pixels: squeezed(pixels, 0.3), "too_faint"),
    "corner folded": (lambda pixels: folded(pixels, 20), "cut_corner"),
    "large corner folded": (lambda pixels: folded(pixels, 30), "cut_corner"),
    "left edge outside": (lambda pixels: np.ascontiguousarray(pixels[:, round(40 * MM) :]), "cut_edge"),
    "top edge outside": (lambda pixels: np.ascontiguousarray(pixels[round(22.5 * MM) :]), "cut_edge"),
    "nothing on it": (lambda pixels: np.full_like(pixels, 245), "blank"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_told(name: str) -> None:
    spoil, code = DAMAGE[name]
    assert code in told(look(spoil(printed()), dpi=DPI))


GOOD: dict[str, Callable[[], np.ndarray]] = {
    "a full page": lambda: printed(32),
    "a single line": lambda: printed(1),
    "a little askew": lambda: turned(printed(), 1.5),
    "grey": lambda: cv2.cvtColor(printed(), cv2.COLOR_RGB2GRAY),
    "A5": lambda: printed(10, size=(A4[0], A4[1] // 2)),
    "recycled paper": lambda: (printed() * 0.8).astype(np.uint8),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_page_is_left_in_peace(name: str) -> None:
    assert told(look(GOOD[name](), dpi=DPI)) == []


def test_a_white_back_is_no_news() -> None:
    white = look(np.full((A4[1], A4[0], 3), 245, np.uint8), dpi=DPI)
    assert white.blank and told(white, side="back") == []


def test_two_sheets_that_overlap_are_longer_than_any_paper() -> None:
    before = [look(printed(), dpi=DPI).as_facts()] * 3
    overlapping = printed(size=(A4[0], round(315 * MM)))
    assert told(look(overlapping, dpi=DPI), before) == ["doubled_feed"]
    legal = printed(size=(A4[0], round(356 * MM)))
    assert told(look(legal, dpi=DPI), before) == []


def test_the_same_sheet_twice_is_known_again_though_it_lies_a_little_otherwise_and_a_like_one_is_not() -> None:
    before = [look(printed(20), dpi=DPI).as_facts()]
    shifted = np.roll(turned(printed(20), 0.4), (round(1.5 * MM), round(-1 * MM)), (0, 1))
    assert told(look(shifted, dpi=DPI), before, resumed=True) == ["repeated"]
    assert told(look(printed(21), dpi=DPI), before, resumed=True) == []
    assert told(look(shifted, dpi=DPI), before) == [], "asked only where a run was broken off"


def test_a_separator_sheet_is_known_and_needs_nothing() -> None:
    sheet = run(1, 2)[1]
    seen = look(np.asarray(sheet_pictures([sheet])[0].convert("RGB")), dpi=SHEET_DPI)
    assert seen.separator and seen.mark == sheet.mark
    assert told(seen) == []
    assert not look(np.asarray(paper("Một tờ giấy thường", first=True).convert("RGB")), dpi=SHEET_DPI).separator
