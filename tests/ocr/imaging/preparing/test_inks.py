from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sohoa.ocr.imaging.preparing.inks import LEAST, inks_of, print_alone
from sohoa.ocr.imaging.preparing.prepare import prepared
from tests.ocr.imaging.preparing.drawn import PEN_BLUE, SEAL_RED, Paper, ink

DPIS = (150, 200, 300)
READ_AS_INK = 170  # darker than this, preparation's later steps take it for print


def lifted(page: Paper) -> np.ndarray:
    return print_alone(page.pixels, inks_of(page.pixels, page.dpi))


def of_colour(page: Paper, colour: tuple[int, int, int]) -> np.ndarray:
    return (page.pixels == colour).all(axis=2)


@pytest.mark.parametrize("dpi", DPIS)
def test_print_under_a_seal_stays_and_the_seal_goes(dpi: int):
    name = Paper.blank(dpi).write(80, 150, "Nguyễn Thị Mẫu Đơn", points=14)
    seal = Paper.blank(dpi).seal(100, 152)
    alone = lifted(name.over(seal))
    letters, only_seal = ink(name.grey, 100), of_colour(seal, SEAL_RED) & ~ink(name.grey, 245)
    assert (alone[letters] < 128).all()
    assert (alone[only_seal] > 225).all()


@pytest.mark.parametrize("quality", [55, 85])
def test_a_seal_that_jpeg_has_blurred_leaves_no_print(quality: int, tmp_path: Path):
    page = Paper.blank(200).paragraphs(count=5).seal(100, 152)
    page.picture.save(tmp_path / "seal.jpg", quality=quality)
    with Image.open(tmp_path / "seal.jpg") as stored:
        alone = lifted(Paper(stored.convert("RGB"), 200))
    assert (alone[of_colour(page, SEAL_RED)] >= READ_AS_INK).mean() > 0.99
    assert (alone[ink(page.grey, 40)] < 128).mean() > 0.99


@pytest.mark.parametrize("dpi", DPIS)
@pytest.mark.parametrize("thick", [0.3, 0.6])
def test_a_signature_goes_however_fine_the_pen(thick: float, dpi: int):
    page = Paper.blank(dpi).write(85, 170, "Nguyễn Thị Mẫu").signature(90, 145, thick=thick)
    alone = lifted(page)
    assert (alone[of_colour(page, PEN_BLUE)] >= READ_AS_INK).mean() > 0.98
    letters = ink(Paper.blank(dpi).write(85, 170, "Nguyễn Thị Mẫu").grey, 60)
    assert (alone[letters] < 128).all()


@pytest.mark.parametrize("dpi", DPIS)
def test_numbers_and_days_written_with_a_blue_pen_stay_to_be_read(dpi: int):
    page = Paper.blank(dpi)
    for place, number in enumerate(("47", "12", "05", "31")):
        page.write(20 + 25 * place, 40, number, points=22, ink=PEN_BLUE)
    page.signature(90, 145)
    assert inks_of(page.pixels, dpi).blue > LEAST
    numbers = of_colour(page, PEN_BLUE)
    numbers[page.px(100) :] = False
    assert (lifted(page)[numbers] < READ_AS_INK).all()


@pytest.mark.parametrize("dpi", DPIS)
def test_a_page_whose_only_blue_ink_is_to_be_read_asks_for_nothing(dpi: int):
    page = Paper.blank(dpi)
    for place in range(8):
        page.write(20 + 14 * place, 40, "47", points=22, ink=PEN_BLUE)
    assert (ink(page.grey) & of_colour(page, PEN_BLUE)).mean() > LEAST
    assert prepared(page.pixels, dpi).steps == ()


@pytest.mark.parametrize("dpi", DPIS)
@pytest.mark.parametrize("across", [32, 36, 42])
def test_a_seal_is_found_where_it_is(across: int, dpi: int):
    page = Paper.blank(dpi).paragraphs().seal(95, 160, across=across)
    (found,) = inks_of(page.pixels, dpi).seals
    expected = (95 - across / 2, 160 - across / 2, 95 + across / 2, 160 + across / 2)
    assert [edge / dpi * 25.4 for edge in found] == pytest.approx(expected, abs=1.8)


def test_a_seal_whose_rings_do_not_touch_is_one_seal_and_two_seals_are_two():
    page = Paper.blank(225).seal(40, 150, across=36).seal(105, 150, across=36)
    assert len(inks_of(page.pixels, 225).seals) == 2


def test_red_print_and_a_red_line_are_no_seals():
    page = Paper.blank().paragraphs().write(15, 150, "MẬT", points=16, ink=SEAL_RED).rule(10, 180, 138, 180, thick=1, ink=SEAL_RED)
    assert inks_of(page.pixels, 225).seals == ()


@pytest.mark.parametrize("paper", [(250, 244, 225), (232, 238, 246), (225, 225, 225)], ids=["cream", "bluish", "grey"])
def test_tinted_paper_is_no_ink(paper: tuple[int, int, int]):
    page = Paper.blank().paragraphs()
    tinted = (page.pixels.astype(np.uint16) * paper // 248).astype(np.uint8)
    found = inks_of(tinted, 225)
    assert (found.red, found.blue, found.seals) == (0.0, 0.0, ())


def test_without_coloured_ink_the_page_is_only_made_grey():
    page = Paper.blank().paragraphs()
    assert np.abs(lifted(page).astype(int) - page.grey).max() <= 1


@pytest.mark.parametrize("points", [12, 16, 22])
def test_words_in_red_stay_to_be_read_beside_a_seal_that_goes(points: float):
    page = Paper.blank(225).write(40, 30, "GIẤY CHỨNG NHẬN CĂN CƯỚC", points=points, ink=SEAL_RED)
    title = ink(page.grey, 150)
    page.seal(95, 150)
    alone = lifted(page)
    assert ink(alone, 150)[title].mean() > 0.95
    rest = ink(page.grey, 150) & ~title
    assert ink(alone, 150)[rest].mean() < 0.02
