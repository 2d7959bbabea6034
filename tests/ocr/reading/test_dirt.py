from __future__ import annotations

from dataclasses import replace

import pytest

from sohoa.ocr.reading.arbiter import JudgedLine
from sohoa.ocr.reading.dirt import without_dirt
from tests.ocr.reading.judged import line

WIDTH = 1800  # pixels
INSIDE = 100


def cleaned(*lines: JudgedLine) -> list[str]:
    return [kept.text for kept in without_dirt([at(one, INSIDE) for one in lines], width=WIDTH, dpi=225)]


def at(line: JudgedLine, x: int) -> JudgedLine:
    """So far from the left."""
    words = tuple(replace(word, bbox=(word.bbox[0] + x, word.bbox[1], word.bbox[2] + x, word.bbox[3])) for word in line.words)
    return JudgedLine(words, (line.bbox[0] + x, line.bbox[1], line.bbox[2] + x, line.bbox[3]))


@pytest.mark.parametrize(
    ("text", "confidence"),
    [
        (". Kính gửi", (0.2, 0.98, 0.98)),
        ("Kính gửi ' .", (0.98, 0.98, 0.1, 0.3)),
        ("« — Kính gửi |", (0.3, 0.09, 0.98, 0.98, 0.02)),
    ],
)
def test_specks_at_the_ends_of_a_line_go(text: str, confidence: tuple[float, ...]):
    assert cleaned(line(text, confidence=confidence)) == ["Kính gửi"]


def test_a_faint_dash_between_words_stays():
    assert cleaned(line("Độc lập - Tự do", confidence=(0.98, 0.98, 0.1, 0.98, 0.98))) == ["Độc lập - Tự do"]


def test_a_faint_dash_that_begins_an_item_of_a_list_stays():
    assert cleaned(line("- Như trên; -", confidence=(0.15, 0.98, 0.98, 0.15))) == ["- Như trên;"]


def test_marks_that_were_read_with_certainty_stay_at_the_ends():
    assert cleaned(line("- Như trên ;", confidence=(0.9, 0.98, 0.98, 0.8))) == ["- Như trên ;"]


@pytest.mark.parametrize("end", ["1", "a)", "Đ."])
def test_a_letter_or_digit_is_never_a_speck_however_unsure(end: str):
    assert cleaned(line(f"{end} Kính gửi", confidence=(0.01, 0.98, 0.98))) == [f"{end} Kính gửi"]


def test_a_line_of_specks_goes_and_so_does_a_line_of_nonsense():
    specks, nonsense = line(". , '", confidence=0.2), line("IIl JI lÏ", confidence=0.1)
    assert cleaned(specks, line("Kính gửi"), nonsense) == ["Kính gửi"]


def test_a_line_of_poor_but_possible_words_stays_for_a_person_to_look_at():
    assert cleaned(line("Ngụyễn Thi", confidence=0.2)) == ["Ngụyễn Thi"]


def test_one_sure_word_saves_its_line():
    assert cleaned(line("IIl Mẫu", confidence=(0.01, 0.9))) == ["IIl Mẫu"]


def test_nothing_comes_of_nothing():
    assert cleaned() == []
    assert cleaned(JudgedLine((), (0, 0, 10, 10))) == []


def test_a_speck_among_words_goes_and_a_dash_that_was_read_badly_stays():
    assert cleaned(line("Kính '. gửi", confidence=(0.98, 0.05, 0.98))) == ["Kính gửi"]
    assert cleaned(line("MẪU ~ KHÔNG", confidence=(0.98, 0.05, 0.98))) == ["MẪU ~ KHÔNG"]


@pytest.mark.parametrize(("high", "stays"), [(4, False), (16, True)])
def test_a_letter_as_flat_as_a_rule_is_none(high: int, stays: bool):
    flat = line("Kính gửi e Ủy ban")
    x0, y0, x1, _ = flat.words[2].bbox
    words = (*flat.words[:2], replace(flat.words[2], bbox=(x0, y0, x1, y0 + high)), *flat.words[3:])
    assert cleaned(JudgedLine(words, flat.bbox)) == ["Kính gửi e Ủy ban" if stays else "Kính gửi Ủy ban"]


@pytest.mark.parametrize("x", [0, WIDTH - 36])
def test_shadows_at_the_sides_of_the_sheet_are_no_letters(x: int):
    shadow = at(line("III", confidence=0.4), x)
    print_ = at(line("III", confidence=0.9), x)
    assert list(without_dirt([shadow], width=WIDTH, dpi=225)) == []
    assert list(without_dirt([print_], width=WIDTH, dpi=225)) == [print_]
    at_the_very_side = at(line("I", confidence=0.9), 0 if x == 0 else WIDTH - 12)
    assert list(without_dirt([at_the_very_side], width=WIDTH, dpi=225)) == []
