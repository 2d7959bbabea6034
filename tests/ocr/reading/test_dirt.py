from __future__ import annotations

import pytest

from sohoa.ocr.reading.arbiter import JudgedLine
from sohoa.ocr.reading.dirt import without_dirt
from tests.ocr.reading.judged import line


def cleaned(*lines: JudgedLine) -> list[str]:
    return [kept.text for kept in without_dirt(lines)]


@pytest.mark.parametrize(
    ("text", "confidence"),
    [
        (". Kính gửi", (0.2, 0.98, 0.98)),
        ("Kính gửi ' .", (0.98, 0.98, 0.1, 0.3)),
        ("« — Kính gửi |", (0.3, 0.34, 0.98, 0.98, 0.02)),
    ],
)
def test_specks_at_the_ends_of_a_line_go(text: str, confidence: tuple[float, ...]):
    assert cleaned(line(text, confidence=confidence)) == ["Kính gửi"]


def test_a_faint_dash_between_words_stays():
    assert cleaned(line("Độc lập - Tự do", confidence=(0.98, 0.98, 0.1, 0.98, 0.98))) == ["Độc lập - Tự do"]


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
