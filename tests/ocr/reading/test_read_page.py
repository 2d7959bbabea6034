from __future__ import annotations

import unicodedata
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from sohoa.kernel.children import GIB, MIB, Limits
from sohoa.kernel.errors import Exit
from sohoa.ocr.imaging.errors import DamagedImage
from sohoa.ocr.reading.engines import tesseract
from sohoa.ocr.reading.engines.tesseract import Tesseract
from sohoa.ocr.reading.page import FAST, Readers, read_page
from tests.ocr.reading.drawn import DPI, SENTENCES, page_of, sheet


def runs(workspace: Path) -> int:
    """Every run of the reader leaves its hOCR."""
    return len(list(workspace.glob("*.hocr")))


@pytest.mark.parametrize(("turned", "most_runs"), [(0, 1), (90, 1), (180, 2), (270, 2)])
def test_a_sheet_is_read_whichever_way_it_lay(turned: int, most_runs: int, tmp_path: Path):
    drawn = sheet(*SENTENCES)
    read = read_page(page_of(drawn, tmp_path, turned=turned), workspace=tmp_path, readers=FAST)
    assert read.text == "\n".join(SENTENCES)
    assert read.rotation == -turned % 360
    assert (read.width, read.height) == drawn.size
    assert runs(tmp_path) <= most_runs


@pytest.mark.parametrize("turned", [0, 90, 180])
def test_boxes_lie_on_their_words_in_the_upright_picture(turned: int, tmp_path: Path):
    drawn = sheet(*SENTENCES)
    read = read_page(page_of(drawn, tmp_path, turned=turned), workspace=tmp_path)
    ink = np.asarray(drawn) < 128
    outside = ink.copy()
    for word in read.words:
        x0, y0, x1, y1 = word.bbox
        assert ink[y0:y1, x0:x1].any()
        outside[max(0, y0 - 2) : y1 + 2, max(0, x0 - 2) : x1 + 2] = False
    assert outside.sum() < 0.01 * ink.sum()


def test_a_rotation_that_the_file_already_told_is_kept(tmp_path: Path):
    image = replace(page_of(sheet(*SENTENCES), tmp_path, turned=270), rotation=90)
    read = read_page(image, workspace=tmp_path, readers=FAST)
    assert (read.rotation, runs(tmp_path)) == (90, 1)
    assert (read.width, read.height) == image.upright_size
    assert read.lines[0].text == SENTENCES[0]
    assert not list(tmp_path.glob("*.pnm"))


def test_a_deep_picture_that_lies_upside_down_is_turned_without_losing_its_greys(tmp_path: Path):
    image = page_of(deep(sheet(*SENTENCES).rotate(180)), tmp_path)
    assert read_page(replace(image, rotation=180), workspace=tmp_path).lines[0].text == SENTENCES[0]


def test_text_comes_out_composed_and_confident(tmp_path: Path):
    read = read_page(page_of(sheet(*SENTENCES), tmp_path), workspace=tmp_path)
    assert unicodedata.is_normalized("NFC", read.text)
    assert all(word.text.strip() and 0 <= word.confidence <= 1 for word in read.words)
    assert read.confidence > 0.85


@pytest.mark.parametrize("degrees", [-1.5, 1.5])
def test_skew_is_measured_clockwise(degrees: float, tmp_path: Path):
    leaning = sheet(*SENTENCES).rotate(-degrees, Image.Resampling.BICUBIC, fillcolor=245)
    assert read_page(page_of(leaning, tmp_path), workspace=tmp_path).skew == pytest.approx(degrees, abs=0.3)


def shone_through(picture: Image.Image) -> Image.Image:
    """The back of that page: the print shows through, mirrored and faint, and one edge lies in shadow."""
    faint = Image.eval(
        picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT).filter(ImageFilter.GaussianBlur(2)), lambda v: 210 + v // 7
    )
    ImageDraw.Draw(faint).rectangle((0, 0, 25, faint.height), fill=90)
    return faint


@pytest.mark.parametrize(
    "picture",
    [
        Image.new("L", (1165, 820), 250),
        Image.new("RGB", (1165, 820), (250, 244, 225)),
        Image.new("1", (1165, 820), 1),
        Image.new("I;16", (1165, 820), 60_000),
        Image.new("RGBA", (1165, 820), (0, 0, 0, 0)),
        shone_through(sheet(*SENTENCES)),
        Image.linear_gradient("L").resize((1165, 820)).point(lambda v: 190 + v // 5),
    ],
    ids=["grey", "cream", "bilevel", "16 bits", "transparent", "shining through", "uneven light"],
)
def test_an_empty_side_needs_no_reader(picture: Image.Image, tmp_path: Path):
    read = read_page(page_of(picture, tmp_path), workspace=tmp_path)
    assert (read.blank, read.lines, runs(tmp_path)) == (True, (), 0)


def only_a_page_number() -> Image.Image:
    return sheet("", "", "                        12")


def faded(picture: Image.Image) -> Image.Image:
    return Image.eval(picture, lambda v: 140 + v * 105 // 245)


def deep(picture: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(picture).astype(np.uint16) * 257)


@pytest.mark.parametrize(
    "picture",
    [only_a_page_number(), faded(sheet(SENTENCES[0])), deep(sheet(SENTENCES[0])), Image.new("L", (1165, 820), 5)],
    ids=["page number", "faded", "16 bits", "black"],
)
def test_a_doubtful_side_is_not_called_blank(picture: Image.Image, tmp_path: Path):
    assert not read_page(page_of(picture, tmp_path), workspace=tmp_path).blank


def test_a_file_that_is_no_picture_is_refused(tmp_path: Path):
    image = page_of(sheet(SENTENCES[0]), tmp_path)
    image.path.write_bytes(image.path.read_bytes()[:2000])
    with pytest.raises(DamagedImage):
        read_page(image, workspace=tmp_path)


@pytest.mark.parametrize("language", ["xyz", "vie+xyz", "../../etc/passwd", ""])
def test_a_language_that_is_not_installed_is_named(language: str, tmp_path: Path):
    image = page_of(sheet(SENTENCES[0]), tmp_path)
    with pytest.raises(tesseract.LanguageMissing) as missing:
        read_page(image, workspace=tmp_path, readers=Readers(Tesseract(language)))
    assert (missing.value.code, missing.value.exit_code) == ("ocr.language_missing", Exit.UNREACHABLE)


def test_a_page_that_takes_too_long_is_stopped(tmp_path: Path):
    image = page_of(sheet(*SENTENCES), tmp_path)
    hurried = Limits(seconds=0.05, memory=1 * GIB, written=16 * MIB)
    with pytest.raises(tesseract.PageTimeout) as late:
        Tesseract("vie", hurried).read(image.path, dpi=DPI, workspace=tmp_path, leaving="late")
    assert late.value.code == "ocr.page_timeout"
    assert "0.05" in late.value.as_dict()["vi"]


def test_a_reader_that_runs_out_of_memory_fails_with_a_code(tmp_path: Path):
    image = page_of(sheet(*SENTENCES), tmp_path)
    cramped = Limits(seconds=20, memory=40 * MIB, written=16 * MIB)
    with pytest.raises(tesseract.TesseractFailed) as failed:
        Tesseract("vie", cramped).read(image.path, dpi=DPI, workspace=tmp_path, leaving="cramped")
    assert failed.value.code == "ocr.tesseract_failed"


def test_a_page_on_which_the_reader_fails_comes_back_empty_and_says_why(tmp_path: Path):
    cramped = Tesseract("vie", Limits(seconds=20, memory=40 * MIB, written=16 * MIB))
    read = read_page(page_of(sheet(*SENTENCES), tmp_path), workspace=tmp_path, readers=Readers(cramped))
    assert (read.failed, read.lines, read.blank) == ("ocr.tesseract_failed", (), False)


def test_the_installed_reader_tells_its_version_and_languages():
    found = tesseract.installed()
    assert found.version[0].isdigit()
    assert {"vie", "Vietnamese"} <= set(found.languages)


def test_a_machine_without_language_models_says_which_one_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path / "nowhere"))
    with pytest.raises(tesseract.LanguageMissing):
        read_page(page_of(sheet(SENTENCES[0]), tmp_path), workspace=tmp_path)


def test_a_fraction_slash_is_read_as_the_slash_that_dates_are_written_with():
    hocr = """<html><body><span class='ocr_line' title='bbox 0 0 90 20'>
      <span class='ocrx_word' title='bbox 0 0 90 20; x_wconf 91'>05\u204401\u20442026</span></span></body></html>"""
    (line,) = tesseract.parse_hocr(hocr.encode()).lines
    assert line.text == "05/01/2026"


def test_specks_without_letters_are_no_words():
    hocr = b"""<html><body><span class='ocr_line' title='bbox 0 0 90 20; baseline 0.01 -2'>
      <span class='ocrx_word' title='bbox 0 0 30 20; x_wconf 91'>  </span>
      <span class='ocrx_word' title='bbox 40 0 40 20; x_wconf 91'>gone</span>
      <span class='ocrx_word' title='bbox 50 0 90 20; x_wconf 140'>Tie&#x302;&#x301;ng</span></span>
      <span class='ocr_line' title='bbox 0 30 90 50'><span class='ocrx_word' title='bbox 0 30 30 50; x_wconf 3'> </span></span>
    </body></html>"""
    (line,) = tesseract.parse_hocr(hocr).lines
    assert [(word.text, word.confidence) for word in line.words] == [("Tiếng", 1.0)]
