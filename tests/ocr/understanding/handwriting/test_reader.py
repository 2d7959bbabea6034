from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sohoa.ocr.understanding.handwriting.ctc import likely_strings, log_likelihoods
from sohoa.ocr.understanding.handwriting.network import CLASSES, NOTHING, DigitReaderDamaged, Weights, log_softmax
from sohoa.ocr.understanding.handwriting.reader import MOST_READINGS, read_digits
from sohoa.ocr.understanding.handwriting.training.__main__ import packed
from tests.ocr.understanding.handwriting.hands import Grey, after_a_word, in_hand, on_dots, with_notation

NUMBERS = [f"{day:02d}" for day in range(1, 32)] + ["7", "88", "299", "575", "660", "1204", "2770", "3986", "7197", "10452"]


def first(ink: Grey) -> str:
    read = read_digits(ink)
    return read[0].value if read else ""


def share(right: list[bool]) -> float:
    return sum(right) / len(right)


def test_numbers_in_a_hand_it_never_saw_are_read():
    read = {number: [one.value for one in read_digits(in_hand(number))] for number in NUMBERS}
    assert share([values[:1] == [number] for number, values in read.items()]) >= 0.9
    assert share([number in values[:3] for number, values in read.items()]) >= 0.97


def test_the_slash_of_the_notation_is_no_digit():
    assert share([first(with_notation(in_hand(number))) == number for number in NUMBERS]) >= 0.85


def test_the_tail_of_the_word_before_the_day_is_no_digit():
    assert share([first(after_a_word(in_hand(number))) == number for number in NUMBERS]) >= 0.85


def test_a_dotted_line_under_the_number_does_not_matter():
    assert share([first(on_dots(in_hand(number))) == number for number in NUMBERS]) >= 0.85


def test_half_the_resolution_is_enough():
    assert share([first(in_hand(number, high=24, air=8)) == number for number in NUMBERS]) >= 0.85


def test_light_ink_on_grey_paper_is_read():
    assert share([first((in_hand(number) // 3 + 120).astype(np.uint8)) == number for number in NUMBERS]) >= 0.85


@pytest.mark.parametrize("ink", [np.full((60, 120), 255, np.uint8), np.zeros((60, 120), np.uint8), np.full((3, 3), 9, np.uint8)])
def test_a_crop_without_writing_gives_nothing(ink: Grey):
    assert read_digits(ink) == ()


def test_a_bare_rule_gives_nothing():
    ruled = np.full((60, 160), 245, np.uint8)
    cv2.line(ruled, (0, 44), (160, 45), 20, 2)
    assert read_digits(ruled) == ()


def test_a_dotted_line_without_writing_gives_nothing():
    assert read_digits(on_dots(np.pad(np.full((1, 100), 0, np.uint8), ((40, 20), (20, 20)), constant_values=250))) == ()


def test_an_empty_array_gives_nothing():
    assert read_digits(np.empty((0, 40), np.uint8)) == ()


@pytest.mark.parametrize("wrong", [np.zeros((40, 40, 3), np.uint8), np.zeros((40, 40), np.float32)])
def test_another_kind_of_array_is_refused(wrong: Grey):
    with pytest.raises(ValueError, match="two-dimensional array of bytes"):
        read_digits(wrong)


def test_no_number_is_longer_than_asked():
    assert {len(one.value) for one in read_digits(in_hand("1204"), longest=2)} <= {1, 2}
    with pytest.raises(ValueError, match="at least one digit"):
        read_digits(in_hand("12"), longest=0)


@settings(max_examples=30, deadline=None)
@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 70), st.integers(1, 160))))
def test_whatever_the_pixels_the_readings_are_ranked_digit_strings(ink: Grey):
    read = read_digits(ink)
    sure = [one.confidence for one in read]
    assert len(read) <= MOST_READINGS
    assert sure == sorted(sure, reverse=True)
    assert sum(sure) <= 1.001
    assert all(one.value.isdigit() and 1 <= len(one.value) <= 5 for one in read)
    assert len({one.value for one in read}) == len(read)


def test_two_that_run_into_each_other_are_doubted():
    clear, smeared = in_hand("31"), cv2.GaussianBlur(in_hand("31"), (0, 0), 9)
    assert read_digits(clear)[0].confidence > max((one.confidence for one in read_digits(np.asarray(smeared, np.uint8))), default=0)


def test_a_string_is_worth_all_the_ways_to_spell_it():
    chances = log_softmax(np.random.default_rng(5).normal(0, 1, (1, 4, CLASSES)).astype(np.float32))
    for string in ("", "3", "33", "37"):
        ways = [path for path in np.ndindex(*(4 * [3])) if spelled([(3, 7, NOTHING)[at] for at in path]) == string]
        total = sum(np.exp(sum(chances[0, column, (3, 7, NOTHING)[at]] for column, at in enumerate(path))) for path in ways)
        assert log_likelihoods(chances, [string])[0] == pytest.approx(np.log(total), abs=1e-5)


def test_the_search_finds_the_likeliest_string():
    strongly = np.random.default_rng(6).normal(0, 3, (8, CLASSES)).astype(np.float32)
    chances = log_softmax(strongly)
    found = likely_strings(chances, longest=5, beam=40)
    scores = log_likelihoods(np.repeat(chances[None], len(found), axis=0), found)
    assert scores[0] == pytest.approx(scores.max())


def test_the_shipped_model_names_its_source():
    about = Weights.shipped().about
    assert "MNIST" in about["source"]
    assert about["licence"] == "CC BY-SA 3.0"


def test_a_damaged_model_is_refused():
    whole = packed(Weights.shipped())
    assert Weights.load(whole).about == Weights.shipped().about
    for broken in (
        b"",
        whole[:2000],
        changed(about=np.frombuffer(b'{"version": "0"}', np.uint8)),
        changed(matrix_1=np.zeros((3, 3))),
    ):
        with pytest.raises(DigitReaderDamaged):
            Weights.load(broken)
    with pytest.raises(DigitReaderDamaged):
        Weights.load(changed(bias_0=np.full(len(Weights.shipped().biases[0]), np.nan)))


def test_a_byte_that_was_changed_is_noticed_or_harmless():
    whole = packed(Weights.shipped())
    outcomes = set()
    for at in range(0, len(whole), 997):
        bent = bytearray(whole)
        bent[at] ^= 0xFF
        try:
            loaded = Weights.load(bytes(bent))
        except DigitReaderDamaged:
            outcomes.add("refused")
        else:
            assert packed(loaded) == whole
    assert outcomes == {"refused"}


def changed(**other: np.ndarray) -> bytes:
    with np.load(io.BytesIO(packed(Weights.shipped()))) as arrays_:
        held = {name: arrays_[name] for name in arrays_} | other
    out = io.BytesIO()
    np.savez(out, **held)
    return out.getvalue()


def spelled(path: list[int]) -> str:
    kept = [one for at, one in enumerate(path) if at == 0 or path[at - 1] != one]
    return "".join(str(one) for one in kept if one != NOTHING)
