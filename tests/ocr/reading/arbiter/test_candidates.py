from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sohoa.ocr.reading.arbiter.candidates import FLOOR, candidates
from sohoa.ocr.reading.arbiter.language import LanguageModel, tokens
from sohoa.ocr.reading.arbiter.slots import Slot
from tests.ocr.reading.arbiter.written import Spec, likelihood, word

MODEL = LanguageModel.shipped()


def offered(*specs: Spec) -> dict[str, tuple[float, ...]]:
    slot = Slot(tuple((word(spec, 0, 0),) for spec in specs))
    return {candidate.text: candidate.ratios for candidate in candidates(slot, MODEL)}


def test_choices_that_spell_known_words_are_candidates():
    assert offered(("dược,", 0.8, {0: {"đ": 0.6}, 2: {"ở": 0.4, "#": 0.8}})) == {
        "dược,": (0.0,),
        "được,": (pytest.approx(likelihood(0.6)),),
    }


def test_a_word_nobody_knows_is_never_made_from_choices():
    assert list(offered(("quyên", 0.8, {0: {"w": 0.8}, 4: {"g": 0.8}}))) == ["quyên"]


def test_two_letters_may_change_together():
    assert "thống" in offered(("tbông", 0.5, {1: {"h": 0.5}, 2: {"ố": 0.5}}))


@pytest.mark.parametrize("read", ["2o26", "Điều1", "19/5"])
def test_words_with_figures_are_left_as_they_were_read(read: str):
    assert list(offered((read, 0.5, {1: {"ó": 0.8, "0": 0.8}}))) == [read]


def test_figures_in_one_reading_keep_the_others_choices_out():
    assert list(offered(("lố", 0.5, {1: {"ổ": 0.8}}), "16")) == ["lố", "16"]


def test_capitals_stand_where_writers_put_them():
    assert set(offered(("Sở", 0.5, {0: {"s": 0.5}, 1: {"Ở": 0.5, "ổ": 0.5}}))) == {"Sở", "sở", "Sổ", "SỞ", "sổ"}


def test_a_stop_may_be_another_stop_but_no_letter():
    assert list(offered(("luật,", 0.5, {4: {".": 0.5, "l": 0.5}, 3: {".": 0.5}}))) == ["luật,", "luật."]


def test_a_reader_that_cannot_spell_what_another_read_gives_it_the_floor():
    assert offered("thẩm", ("thấm", 0.5, {2: {"ẩ": 0.45}})) == {
        "thẩm": (0.0, pytest.approx(likelihood(0.45))),
        "thấm": (FLOOR, 0.0),
    }


LETTERS = "aáàảbcdđeêếghinoôổơptuưưxyAĐH.,1 "


@given(
    st.text("aáảbcdđêếghinoôổtuưyĐH.,1", min_size=1, max_size=8),
    st.dictionaries(st.integers(0, 7), st.dictionaries(st.sampled_from(LETTERS.replace(" ", "")), st.floats(0.001, 1), max_size=4)),
)
def test_every_candidate_is_what_was_read_or_a_known_word_spelt_by_choices(text: str, others: dict[int, dict[str, float]]):
    for candidate in candidates(Slot(((word((text, 0.5, others), 0, 0),),)), MODEL):
        if candidate.text == text:
            continue
        assert all(MODEL.number_of(token) >= 0 for token in tokens(candidate.text))
        assert all(a == b or b in others[place] for place, (a, b) in enumerate(zip(text, candidate.text, strict=True)))
        assert candidate.ratios[0] >= FLOOR
