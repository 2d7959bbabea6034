from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sohoa.ocr.reading.arbiter import JudgedWord, LanguageModel, Weights, arbitrate
from sohoa.ocr.reading.arbiter.weights import WeightsDamaged
from sohoa.ocr.reading.recogniser import Reading
from tests.ocr.reading.arbiter.written import Spec, line, line_of, reading, word

MODEL, WEIGHTS = LanguageModel.shipped(), Weights.shipped()


def judged(*readings: Reading) -> list[JudgedWord]:
    return [word for line in arbitrate(readings, model=MODEL, weights=WEIGHTS) for word in line.words]


def one(*specs: Spec) -> list[JudgedWord]:
    return judged(reading(line(*specs)))


def two(first: tuple[Spec, ...], second: tuple[Spec, ...]) -> list[JudgedWord]:
    return judged(reading(line(*first)), reading(line(*second), reader="vie"))


def texts(words: list[JudgedWord]) -> str:
    return " ".join(word.text for word in words)


def test_the_model_takes_the_choice_that_makes_sense_and_says_so():
    words = one("theo", ("quỷ", 0.7, {2: {"y": 0.7}}), ("đinh", 0.8, {1: {"ị": 0.6}}), "của", "pháp", "luật")
    assert texts(words) == "theo quy định của pháp luật"
    assert [(word.first_reading, word.reason) for word in words[1:3]] == [("quỷ", "model"), ("đinh", "model")]
    assert [word.reason for word in words if not word.changed] == [""] * 4


def test_a_right_word_is_kept_although_the_network_considered_others():
    assert texts(one("thủ", ("tục", 0.95, {1: {"ú": 0.3}}), "hành", ("chính", 0.95, {2: {"ỉ": 0.2}}))) == "thủ tục hành chính"


def test_where_readers_differ_the_likelier_word_stands():
    words = two(("sửa", "đối,", "bổ", "sung"), ("sửa", "đổi,", "bổ", "sung"))
    assert texts(words) == "sửa đổi, bổ sung"
    assert words[1].first_reading == "đối,"
    assert words[1].reason in ("model", "evidence")


def test_the_model_has_no_say_in_names():
    name = (("Trà", 0.9), ("Dơn", 0.9, {0: {"Đ": 0.5}}))
    assert texts(one("của", "xã", *name, "đã")) == "của xã Trà Dơn đã"
    assert texts(one(("Lẫm", 0.9, {1: {"ã": 0.5}}))) == "Lẫm"


def test_names_in_capitals_within_a_sentence_are_guarded_and_headings_are_not():
    shouted = (("ĐINH", 0.9, {1: {"Ị": 0.4}}), "DIỆU")
    assert texts(one("người", "mẹ", *shouted)) == "người mẹ ĐINH DIỆU"
    assert texts(one("QUYẾT", ("ĐINH", 0.9, {1: {"Ị": 0.4}}))) == "QUYẾT ĐỊNH"


def test_figures_are_decided_by_evidence_alone():
    words = two(("gồm", ("l6", 0.4), "sở"), ("gồm", ("16", 0.95), "sở"))
    assert [(word.text, word.reason) for word in words] == [("gồm", ""), ("16", "evidence"), ("sở", "")]
    assert texts(two(("ngày", ("12", 0.95)), ("ngày", ("13", 0.5)))) == "ngày 12"


def test_point_letters_are_not_the_models_business():
    assert texts(one("tại", "điểm", ("h)", 0.9, {0: {"b": 0.5}}), "khoản")) == "tại điểm h) khoản"


def test_a_split_word_is_mended_and_keeps_its_first_reading():
    whole = line_of([word("nhân", 100, 100), word("dân", 160, 100, width=72), word("tỉnh", 250, 100)])
    split = line_of([word("nhân", 100, 100), word("d", 160, 100, width=22), word("ân", 190, 100, width=42), word("tỉnh", 250, 100)])
    words = judged(reading(split), reading(whole, reader="vie"))
    assert [(word.text, word.first_reading) for word in words] == [("nhân", "nhân"), ("dân", "d ân"), ("tỉnh", "tỉnh")]
    assert words[1].bbox[0] == 160
    assert words[1].bbox[2] == 232


def test_a_missed_word_is_added_and_says_that_nothing_was_read_there_first():
    full = [word("nơi", 100, 100), word(("ở", 0.95), 150, 100), word("hiện", 175, 100), word("nay", 240, 100)]
    words = judged(reading(line_of([full[0], *full[2:]])), reading(line_of(full), reader="vie"))
    assert texts(words) == "nơi ở hiện nay"
    assert (words[1].first_reading, words[1].reason, words[1].bbox) == ("", "missed", full[1].bbox)


def test_agreement_of_two_sure_readers_is_surer_than_a_quarrel():
    agreed = two(("quy", "định"), ("quy", "định"))
    quarrel = two(("quy", ("đinh", 0.5)), ("quy", ("đình", 0.5)))
    assert agreed[1].confidence > 0.98
    assert quarrel[1].confidence < 0.8


def test_an_unknown_number_of_readers_is_refused():
    with pytest.raises(WeightsDamaged):
        judged(*[reading(line("một"))] * 5)


def test_nothing_read_is_nothing_judged():
    assert judged(reading()) == []
    assert texts(judged(reading(line("một")), reading(reader="vie"))) == "một"


VOCABULARY = ["quy", "đinh", "Điều", "12", "l2", "a)", "-", "NAM", "Quảng", "xqz", "II.", "và", "|", "tỉnh,"]
SPECS = st.tuples(
    st.sampled_from(VOCABULARY),
    st.floats(0, 1),
    st.dictionaries(st.integers(0, 3), st.dictionaries(st.sampled_from("ịịuềÁđ1.,"), st.floats(0, 1), max_size=2), max_size=2),
)


@given(st.lists(st.lists(SPECS, min_size=1, max_size=5), max_size=3), st.lists(st.lists(SPECS, min_size=1, max_size=5), max_size=3))
def test_whatever_was_read_every_word_has_a_box_a_chance_and_a_first_reading(first: list[list[Spec]], second: list[list[Spec]]):
    mine = reading(*(line(*specs, y=100 + 50 * row) for row, specs in enumerate(first)))
    theirs = reading(*(line(*specs, y=100 + 50 * row) for row, specs in enumerate(second)), reader="vie")
    for readings in ((mine,), (mine, theirs)):
        lines = arbitrate(readings, model=MODEL, weights=WEIGHTS)
        words = [word for judged_line in lines for word in judged_line.words]
        assert " ".join(word.first_reading for word in words if word.first_reading).split() == [
            read.text for read_line in mine.lines for read in read_line.words
        ]
        assert all(0.0 <= word.confidence <= 1.0 and 0.0 <= word.margin <= 1.0 and word.text for word in words)
        assert all(word.bbox[0] < word.bbox[2] and word.bbox[1] < word.bbox[3] for word in words)
