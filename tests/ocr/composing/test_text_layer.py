"""The invisible words lie where the printed ones stand, and come out letter for letter. Judged by poppler."""

from __future__ import annotations

import functools
import html
import io
import math
import re
import subprocess
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

from sohoa.ocr.composing.baseline import reach_of, standing_of
from sohoa.ocr.composing.glyphless import ASCENT, DESCENT, Alphabet, font_program, width_of
from sohoa.ocr.composing.pdfa import compose_pdfa
from sohoa.ocr.composing.text_layer import shown_text
from sohoa.ocr.imaging.intake import inspect
from sohoa.ocr.imaging.pages import page_image
from sohoa.ocr.model import Line, PageText, Word

A4 = (1240, 1754)  # pixels at 150 dpi
DPI = 150
LINES = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "Số: 05/QĐ-UBND",
    "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2015;",
    "ăn cơm no xem mây",
    "gấp gáp quý giá phẩy (trang 1/2)",
    "1.250.000 đồng, 12,5 %",
)
MOMENT = datetime(2024, 7, 15, tzinfo=UTC)


@functools.cache
def printed(skew: float = 0.0) -> tuple[Image.Image, PageText]:
    """A page as print would be: every word in a real typeface, its box measured from its ink, then the sheet turned by `skew`."""
    page = Image.new("L", A4, 255)
    face = ImageFont.truetype("/usr/share/fonts/truetype/croscore/Tinos-Regular.ttf", 29)
    lines: list[Line] = []
    for row, text in enumerate(LINES):
        words: list[Word] = []
        x, y = 150.0, 220 + 90 * row
        for word in text.split():
            top = y - 120  # a strip of the sheet is enough, and quicker to turn
            ink = Image.new("L", (A4[0], 240), 255)
            ImageDraw.Draw(ink).text((x, y - top), word, font=face, fill=0, anchor="ls")
            middle = (A4[0] / 2, A4[1] / 2 - top)
            ink = ink.rotate(-skew, Image.Resampling.BILINEAR, center=middle, fillcolor=255)
            page.paste(0, (0, top), ink.point(lambda value: 255 - value))
            x0, y0, x1, y1 = box_of(ink)
            words.append(Word(word, (x0, y0 + top, x1, y1 + top), 0.9))
            x += face.getlength(word + " ")
        corners = list(zip(*(word.bbox for word in words), strict=True))
        lines.append(Line(tuple(words), (min(corners[0]), min(corners[1]), max(corners[2]), max(corners[3]))))
    return page, PageText(1, *A4, DPI, 0, skew, False, tuple(lines))


def box_of(ink: Image.Image) -> tuple[int, int, int, int]:
    box = ink.point(lambda value: 255 if value < 128 else 0).getbbox()
    assert box is not None
    return box


def composed(folder: Path, page: Image.Image, text: PageText, *, rotation: int = 0, told: bool = True) -> Path:
    """`rotation`: the picture is stored turned, as from a scanner fed sideways, and has to be turned back to be read. told: by the
    file too, not only by the reader."""
    stored = page.rotate(rotation, expand=True)
    orientation = {0: 1, 180: 3, 90: 6, 270: 8}[rotation if told else 0]
    exif = Image.Exif()
    exif[0x0112] = orientation
    source = folder / "a.jpg"
    stored.save(source, dpi=(DPI, DPI), exif=exif)
    intake = inspect(source)
    image = page_image(source, intake, 1, folder)
    assert image.rotation == (rotation if told else 0)
    read = replace(text, rotation=rotation)
    return compose_pdfa(source, intake, [(image, read)], folder / "out.pdf", title="t", created=MOMENT, identifier="i").path


def words_in(path: Path) -> list[tuple[str, tuple[float, float, float, float]]]:
    """In pixels of the upright page, in the order in which they were written."""
    run = subprocess.run(["pdftotext", "-raw", "-bbox", str(path), "-"], check=True, capture_output=True, text=True)
    found = re.findall(r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>', run.stdout)
    scale = DPI / 72
    return [(html.unescape(text), tuple(float(side) * scale for side in sides)) for *sides, text in found]


@pytest.mark.parametrize("told", [True, False], ids=["told by the file", "found by the reader"])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_words_come_out_in_order_and_lie_on_the_print(tmp_path: Path, rotation: int, told: bool) -> None:
    page, text = printed()
    found = words_in(composed(tmp_path, page, text, rotation=rotation, told=told))
    assert [word for word, _ in found] == [word.text for word in text.words]
    for (_, (x0, y0, x1, y1)), word in zip(found, text.words, strict=True):
        assert abs(x0 - word.bbox[0]) <= 2 and abs(x1 - word.bbox[2]) <= 2
        assert y0 <= word.bbox[1] + 2 and y1 >= word.bbox[3] - 2  # the selection covers the ink…
        assert y1 - y0 < 45  # …and stays within its line, whose neighbours are 90 pixels away


@pytest.mark.parametrize("skew", [-1.5, 2.0])
def test_the_words_of_a_crooked_scan_lie_on_the_crooked_print(tmp_path: Path, skew: float) -> None:
    page, text = printed(skew)
    found = words_in(composed(tmp_path, page, text))
    assert [word for word, _ in found] == [word.text for word in text.words]
    for (_, (x0, y0, x1, y1)), word in zip(found, text.words, strict=True):
        assert abs(x0 - word.bbox[0]) <= 4 and abs(x1 - word.bbox[2]) <= 4
        middle = (word.bbox[1] + word.bbox[3]) / 2
        assert y0 < middle < y1


def test_lines_of_print_read_as_sentences(tmp_path: Path) -> None:
    page, text = printed()
    path = composed(tmp_path, page, text)
    run = subprocess.run(["pdftotext", "-raw", str(path), "-"], check=True, capture_output=True, text=True)
    assert run.stdout.split("\f")[0].splitlines() == list(LINES)


def test_what_is_drawn_is_the_picture_and_nothing_else(tmp_path: Path) -> None:
    page, text = printed()
    path = composed(tmp_path, page, text)
    run = ["pdftoppm", "-r", str(DPI), "-singlefile", "-gray", str(path)]
    shown = Image.open(io.BytesIO(subprocess.run(run, check=True, capture_output=True).stdout))
    with Image.open(tmp_path / "a.jpg") as source:
        gap = np.abs(np.asarray(shown.resize(A4)).astype(int) - np.asarray(source.convert("L")))
    assert gap.mean() < 1.5


def test_every_vietnamese_letter_can_be_copied_out(tmp_path: Path) -> None:
    vowels = "aăâeêioôơuưy"
    tones = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
    small = [unicodedata.normalize("NFC", vowel + tone) for vowel in vowels for tone in tones] + ["đ"]
    letters = small + [letter.upper() for letter in small]
    assert all(len(letter) == 1 for letter in letters)
    rows = ["".join(letters[start : start + 12]) for start in range(0, len(letters), 12)]
    lines = tuple(one_word_line(row, 100 + 40 * index) for index, row in enumerate(rows))
    text = PageText(1, *A4, DPI, 0, 0.0, False, lines)
    assert [word for word, _ in words_in(composed(tmp_path, Image.new("L", A4, 255), text))] == rows


def one_word_line(text: str, top: int) -> Line:
    box = (100, top, 700, top + 28)
    return Line((Word(text, box, 0.9),), box)


@pytest.mark.parametrize(
    ("read", "copied"),
    [
        (unicodedata.normalize("NFD", "Đường phố"), ["Đường", "phố"]),
        ("a\x00b\x07c", ["abc"]),
        ("nhà🏠nhà", ["nhà🏠nhà"]),
        ("<&>\"'()\\", ["<&>\"'()\\"]),
    ],
)
def test_odd_readings_are_copied_out_clean(tmp_path: Path, read: str, copied: list[str]) -> None:
    text = PageText(1, *A4, DPI, 0, 0.0, False, (one_word_line(read, 100),))
    assert [word for word, _ in words_in(composed(tmp_path, Image.new("L", A4, 255), text))] == copied


def test_words_of_no_size_and_words_without_letters_do_no_harm(tmp_path: Path) -> None:
    words = (
        Word("", (10, 10, 20, 20), 0),
        Word("\x00", (10, 10, 20, 20), 0),
        Word("…", (30, 15, 30, 15), 0),
        Word("–", (40, 14, 60, 16), 0),
    )
    text = PageText(1, *A4, DPI, 0, 0.0, False, (Line(words, (10, 10, 60, 20)), Line((), (0, 0, 0, 0))))
    assert [word for word, _ in words_in(composed(tmp_path, Image.new("L", A4, 255), text))] == ["…", "–"]


def test_overlapping_words_keep_the_space_between_them(tmp_path: Path) -> None:
    words = (Word("Điều", (100, 100, 200, 130), 0.9), Word("1.", (195, 100, 220, 130), 0.9))
    text = PageText(1, *A4, DPI, 0, 0.0, False, (Line(words, (100, 100, 220, 130)),))
    assert [word for word, _ in words_in(composed(tmp_path, Image.new("L", A4, 255), text))] == ["Điều", "1."]


# -- the parts ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("skew", [0.0, -1.5, 2.0])
def test_size_and_baseline_are_found_from_boxes_of_ink(skew: float) -> None:
    _, text = printed(skew)
    middle_x, middle_y = A4[0] / 2, A4[1] / 2
    turn = math.radians(skew)
    for row, line in enumerate(text.lines):
        standing = standing_of(line, skew=skew)
        assert standing.size == pytest.approx(29, rel=0.2)
        # Where (150, y) of the sheet went when it was turned about its middle.
        x, y = 150 - middle_x, 220 + 90 * row - middle_y
        turned = (x * math.cos(turn) - y * math.sin(turn) + middle_x, x * math.sin(turn) + y * math.cos(turn) + middle_y)
        assert standing.at(turned[0]) == pytest.approx(turned[1], abs=3 + abs(skew))


def test_a_line_of_dashes_takes_the_size_of_its_page() -> None:
    line = Line((Word("-----", (100, 100, 200, 103), 0.9),), (100, 100, 200, 103))
    assert standing_of(line, skew=0, usual_size=30).size == 30


@pytest.mark.parametrize(("lower", "higher"), list(pairwise(("a", "ă", "ấ", "Ấ"))))
def test_marks_make_letters_taller(lower: str, higher: str) -> None:
    assert reach_of(lower)[0] < reach_of(higher)[0]


def test_a_dot_below_and_a_tail_reach_below_the_line() -> None:
    assert reach_of("an")[1] == 0 < reach_of("ạn")[1] <= reach_of("gì")[1]


def test_the_font_has_the_widths_that_the_pdf_claims() -> None:
    alphabet = Alphabet()
    letters = " Đường phố Hà Nội, 12/5—WM"
    alphabet.hex(letters)
    font = TTFont(io.BytesIO(font_program()))
    order = font.getGlyphOrder()
    glyphs = alphabet.cid_to_gid()
    for code, letter in enumerate(alphabet.letters, 1):
        glyph = order[int.from_bytes(glyphs[2 * code : 2 * code + 2], "big")]
        assert font["hmtx"][glyph][0] == width_of(letter)
        (outline, _, _) = font["glyf"][glyph].getCoordinates(font["glyf"])
        assert list(outline) == [(0, DESCENT), (width_of(letter), ASCENT)]  # two points: a size, but nothing to fill


def test_shown_text_is_composed_and_without_controls() -> None:
    assert shown_text(" e\u0302\u0323\x01\n ") == "ệ"
