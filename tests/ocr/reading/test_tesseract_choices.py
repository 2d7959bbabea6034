from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from sohoa.ocr.reading.engines.tesseract import LanguageMissing, Tesseract, parse_hocr
from sohoa.ocr.reading.recogniser import Reading, ReadWord
from tests.ocr.reading.drawn import DPI, SENTENCES, sheet


def hocr(text: str, *places: list[tuple[str, float]]) -> bytes:
    """One word as Tesseract writes it with lstm_choice_mode=2: a list of letters for each place."""
    lists = "".join(
        "<span class='ocrx_cinfo' id='lstm_choices_1_1_1'>"
        + "".join(f"<span class='ocrx_cinfo' id='choice_1_1_1' title='x_confs {sure:g}'>{letter}</span>" for letter, sure in place)
        + "</span>"
        for place in places
    )
    return (
        "<html><body><span class='ocr_line' title='bbox 0 0 90 20; baseline 0 -2'>"
        f"<span class='ocrx_word' title='bbox 0 0 90 20; x_wconf 91'>{text} {lists}</span></span></body></html>"
    ).encode()


def word_of(reading: Reading) -> ReadWord:
    ((word,),) = (line.words for line in reading.lines)
    return word


def test_every_letter_comes_with_what_was_also_considered():
    word = word_of(parse_hocr(hocr("bô", [("b", 95)], [("ô", 80), ("ố", 60.5), ("ồ", 0)]), reader="vie"))
    assert [[(choice.text, choice.confidence) for choice in letter] for letter in word.letters] == [
        [("b", 0.95)],
        [("ô", 0.8), ("ố", 0.605)],
    ]


def test_the_space_before_a_word_is_no_letter_of_it():
    word = word_of(parse_hocr(hocr("bô", [(" ", 97), (",", 3)], [("b", 95)], [("ô", 80)])))
    assert [letter[0].text for letter in word.letters] == ["b", "ô"]


def test_choices_are_in_one_normal_form_with_the_word():
    apart = unicodedata.normalize("NFD", "ế")
    word = word_of(parse_hocr(hocr("t" + unicodedata.normalize("NFD", "ê"), [("t", 90)], [("ê", 70), (apart, 60)])))
    assert word.text == "tê"
    assert [choice.text for choice in word.letters[1]] == ["ê", "ế"]


def test_a_word_whose_places_do_not_match_its_letters_stays_without_choices():
    assert word_of(parse_hocr(hocr("bô", [("b", 95)], [("ô", 80)], [("x", 70)]))).letters == ()


def test_a_place_that_does_not_know_the_letter_read_is_left_out():
    word = word_of(parse_hocr(hocr("bô", [("b", 95)], [("x", 80), ("y", 70)])))
    assert (word.letters[0][0].text, word.letters[1]) == ("b", ())


def test_a_word_read_without_choices_is_still_a_word():
    assert word_of(parse_hocr(hocr("bô"))) == ReadWord("bô", (0, 0, 90, 20), 0.91)


@pytest.mark.parametrize("language", ["vie", "Vietnamese"])
def test_a_drawn_sheet_is_read_with_choices_for_its_letters(language: str, tmp_path: Path):
    sheet(*SENTENCES).save(tmp_path / "page.png")
    reading = Tesseract(language).read(tmp_path / "page.png", dpi=DPI, workspace=tmp_path, leaving="first")
    assert reading.reader == language
    assert "\n".join(line.text for line in reading.lines) == "\n".join(SENTENCES)
    words = [word for line in reading.lines for word in line.words]
    assert all(0.0 <= word.confidence <= 1.0 for word in words)
    mapped = [word for word in words if word.letters]
    assert len(mapped) >= 0.9 * len(words)
    assert all(len(word.letters) == len(word.text) for word in mapped)
    assert any(len(letter) > 1 for word in mapped for letter in word.letters)
    assert (tmp_path / "first.hocr").exists()


def test_a_reader_of_a_language_that_is_not_installed_says_so(tmp_path: Path):
    sheet(SENTENCES[0]).save(tmp_path / "page.png")
    with pytest.raises(LanguageMissing):
        Tesseract("xyz").read(tmp_path / "page.png", dpi=DPI, workspace=tmp_path, leaving="first")


@pytest.mark.parametrize(("read", "stands"), [("~", "–"), ("—-", "–"), ("-", "-"), ("—", "—"), ("--", "–"), ("~a", "~a")])
def test_a_dash_that_was_read_as_a_wave_or_as_two_is_one_dash(read: str, stands: str):
    assert word_of(parse_hocr(hocr(read))).text == stands
