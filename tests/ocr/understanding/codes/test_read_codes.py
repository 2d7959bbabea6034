from __future__ import annotations

import unicodedata

import cv2
import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sohoa.ocr.understanding.codes.finding import likely_codes
from sohoa.ocr.understanding.codes.reading import read_codes
from sohoa.pipeline.sources.sampleoffice import make_paper

A4_200 = (2339, 1654)
SAID = "003099412007||Lê Thị Bích Ngần|20021999|Nữ|số 278 đường Tô Hiến Thành, tỉnh Hòa An|03012025|MẪU"


def drawn(text: str, kind: zxingcpp.BarcodeFormat, width: int) -> np.ndarray:
    bars = np.asarray(zxingcpp.create_barcode(text, kind).to_image(scale=1, add_quiet_zones=False), np.uint8)
    height = 90 if kind == zxingcpp.BarcodeFormat.Code128 else round(width * bars.shape[0] / bars.shape[1])
    if kind == zxingcpp.BarcodeFormat.Code128:
        bars = bars[:1]  # below the bars stands their text
    large = cv2.resize(bars, (4 * width, 4 * height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def sheet(code: np.ndarray, x: int = 900, y: int = 300, size: tuple[int, int] = A4_200) -> np.ndarray:
    page = np.full(size, 250, np.uint8)
    for row in range(12):
        place = (150, 1200 + 60 * row)
        cv2.putText(page, "Noi cu tru va thong tin cua nguoi nop ho so", place, cv2.FONT_HERSHEY_SIMPLEX, 1, 0, 2)
    page[y : y + code.shape[0], x : x + code.shape[1]] = code
    return page


def scanned(page: np.ndarray, *, noise: float = 5.0, blur: float = 0.6, angle: float = 0.8) -> np.ndarray:
    height, width = page.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1)
    moved = cv2.GaussianBlur(cv2.warpAffine(page, turn, (width, height), borderValue=250), (0, 0), blur)
    grain = np.random.default_rng(77).normal(0, noise, moved.shape)
    return np.clip(moved + grain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("kind", "width"),
    [
        (zxingcpp.BarcodeFormat.QRCode, 180),
        (zxingcpp.BarcodeFormat.QRCode, 95),  # 12 mm, as on the cards of 2021: two pixels a module
        (zxingcpp.BarcodeFormat.DataMatrix, 180),
        (zxingcpp.BarcodeFormat.PDF417, 480),
    ],
)
def test_a_code_on_a_noisy_slanting_scan_is_read_to_the_letter(kind, width):
    codes = read_codes(scanned(sheet(drawn(SAID, kind, width))), 3)
    assert [(code.text, code.page) for code in codes] == [(SAID, 3)]
    assert codes[0].format.startswith(("QRCode", "DataMatrix", "PDF417"))


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_bar_code_is_read_whichever_way_the_sheet_lies(turns):
    page = scanned(sheet(drawn("H40.12-260105-0012", zxingcpp.BarcodeFormat.Code128, 330), x=600))
    codes = read_codes(np.ascontiguousarray(np.rot90(page, turns)), 1)
    assert [code.text for code in codes] == ["H40.12-260105-0012"]


def test_the_box_of_a_code_is_where_it_stands_on_the_page_that_was_given():
    code = drawn(SAID, zxingcpp.BarcodeFormat.QRCode, 190)
    (found,) = read_codes(sheet(code, x=800, y=500), 1)
    assert np.allclose(found.bbox, (800, 500, 800 + code.shape[1], 500 + code.shape[0]), atol=6)


def test_the_same_code_at_the_top_and_at_the_bottom_of_a_sheet_is_found_twice():
    code = drawn("SOHOA-TEST", zxingcpp.BarcodeFormat.QRCode, 200)
    page = sheet(code)
    page[2000 : 2000 + code.shape[0], 300 : 300 + code.shape[1]] = code
    assert [found.bbox[1] > 1000 for found in read_codes(page, 1)] == [False, True]


def test_text_comes_out_in_one_normal_form():
    code = drawn(unicodedata.normalize("NFD", "Nguyễn Thị Hồng|Hòa An"), zxingcpp.BarcodeFormat.QRCode, 200)
    assert [found.text for found in read_codes(sheet(code), 1)] == ["Nguyễn Thị Hồng|Hòa An"]


def test_a_code_with_too_much_of_it_painted_over_is_not_read_and_not_guessed():
    code = drawn(SAID, zxingcpp.BarcodeFormat.QRCode, 200)
    page = sheet(code)
    read = []
    for share in (0.05, 0.3, 0.45, 0.6):
        spoilt = page.copy()
        edge = round(share * code.shape[0])
        spoilt[300 + 60 : 300 + 60 + edge, 900 + 60 : 900 + 60 + edge] = 0
        read.append([found.text for found in read_codes(spoilt, 1)])
    assert read[0] == [SAID]
    assert read[-1] == []
    assert all(texts in ([], [SAID]) for texts in read)


def test_a_bar_of_a_damaged_check_digit_is_not_read():
    good = drawn("H40.12-260105-0012", zxingcpp.BarcodeFormat.Code128, 660)
    damaged = good.copy()
    damaged[:, 300:312] = 255 - damaged[:, 300:312]
    assert read_codes(sheet(good, x=300), 1)[0].text == "H40.12-260105-0012"
    assert read_codes(sheet(damaged, x=300), 1) == ()


@pytest.mark.parametrize("kind", ["QĐ", "TK"])
def test_a_paper_without_a_code_has_none_and_no_place_that_looks_like_one(kind):
    page = make_paper(kind, 77, strength="medium", dpi=200).pages[0].upright
    small = cv2.resize(np.ascontiguousarray(page[:, :, 1]), None, fx=0.77, fy=0.77, interpolation=cv2.INTER_AREA)
    assert read_codes(page, 1) == ()
    assert likely_codes(np.asarray(small, np.uint8)) == ()


def test_colours_either_way_round_and_grey_give_the_same_codes():
    page = make_paper("CC", 77, strength="medium", dpi=200).pages[-1].upright
    texts = {
        tuple(code.text for code in read_codes(picture, 1))
        for picture in (page, np.ascontiguousarray(page[:, :, ::-1]), cv2.cvtColor(page, cv2.COLOR_RGB2GRAY))
    }
    assert len(texts) == 1
    assert texts != {()}


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        arrays(np.uint8, st.tuples(st.integers(0, 60), st.integers(0, 60))),
        arrays(np.uint8, st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 5))),
        arrays(np.uint8, st.integers(0, 30)),
        st.builds(lambda long: np.zeros((1, long), np.uint8), st.integers(1, 9000)),
    )
)
def test_no_picture_whatever_its_shape_stops_the_reading(picture):
    assert isinstance(read_codes(picture, 1), tuple)
