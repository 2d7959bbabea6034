from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sohoa.kernel.text import fold
from sohoa.ocr.understanding.textmodel import TextModel, TextModelAltered
from sohoa.ocr.understanding.textmodel.fitting import Example, fit
from sohoa.ocr.understanding.textmodel.inventing import Wording, invented, shared_from, wordings_from
from sohoa.ocr.understanding.textmodel.model import LETTERS
from sohoa.ocr.understanding.textmodel.weighing import CONFIRMS
from tests.ocr.understanding.written import CATALOGUE

WORDING = tomllib.loads(CATALOGUE.with_name("type_wording.toml").read_text("utf-8"))
SHARED = shared_from(WORDING["shared"][0])
WORDINGS = {wording.code: wording for wording in wordings_from(WORDING["wording"])}
LEARNED = ("QĐ", "HĐ", "CC", "TK")


def examples(seed: int, each: int = 12) -> list[Example]:
    return list(invented([WORDINGS[code] for code in LEARNED], SHARED, each=each, seed=seed))


@pytest.fixture(scope="module")
def model() -> TextModel:
    return fit(examples(1), {"version": "7"})


def test_a_model_tells_the_types_it_learned_from_texts_it_did_not(model: TextModel) -> None:
    unseen = examples(2, each=12)
    best = [said[0].value if (said := model.judge(example.text)) else "" for example in unseen]
    assert sum(code == example.code for code, example in zip(best, unseen, strict=True)) >= 0.9 * len(unseen)


def test_probabilities_lie_between_nought_and_one_best_first_and_add_up_to_one_at_most(model: TextModel) -> None:
    for example in examples(3, each=4):
        chances = [other.confidence for other in model.judge(example.text)]
        assert chances == sorted(chances, reverse=True)
        assert all(0 < chance <= 1 for chance in chances)
        assert sum(chances) <= 1.001


def test_a_text_of_a_few_words_is_not_judged(model: TextModel) -> None:
    short = "Điều 1. Quyết định này có hiệu lực"
    assert model.judge(short) == ()
    assert model.judge("") == ()
    assert model.judge("0 . - / " * LETTERS) == ()


def test_a_text_whose_tones_were_lost_is_still_recognised() -> None:
    toned = (
        "Điều 1. Phê duyệt danh mục. Điều 2. Quyết định này có hiệu lực kể từ ngày ký. "
        "Điều 3. Chánh Văn phòng, Thủ trưởng các đơn vị chịu trách nhiệm thi hành."
    )
    model = TextModel.shipped()
    assert model.judge(toned)[0].value == model.judge(fold(toned))[0].value == "QĐ"


def test_the_shipped_model_is_small_knows_every_wording_and_is_unsure_of_what_is_no_paper() -> None:
    model = TextModel.shipped()
    assert len(model.as_bytes()) < 1 << 20
    assert set(model.codes) == set(WORDINGS)
    poem = "The curfew tolls the knell of parting day, the lowing herd winds slowly over the lea, the ploughman homeward plods"
    assert not [other for other in model.judge(poem) if other.confidence >= CONFIRMS]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_no_text_is_refused(model: TextModel, text: str) -> None:
    assert all(other.value in LEARNED for other in model.judge(text))


def test_a_model_read_back_from_its_file_judges_as_before(model: TextModel, tmp_path: Path) -> None:
    (tmp_path / "model.npz").write_bytes(model.as_bytes())
    again = TextModel.load(tmp_path / "model.npz")
    assert again.about == model.about
    assert [again.judge(example.text) for example in examples(4, each=3)] == [
        model.judge(example.text) for example in examples(4, each=3)
    ]


def test_the_same_examples_give_the_same_file() -> None:
    two = [example for example in examples(1, each=6) if example.code in ("QĐ", "CC")]
    assert fit(two, {"version": "7"}).as_bytes() == fit(two, {"version": "7"}).as_bytes()


@pytest.mark.parametrize("place", [0, 30, 1000, 20000, -100, -70, -1])
def test_a_file_with_one_byte_changed_is_refused(model: TextModel, place: int) -> None:
    data = bytearray(model.as_bytes())
    data[place] ^= 1
    with pytest.raises(TextModelAltered) as refused:
        TextModel.read(bytes(data))
    assert refused.value.code == "ocr.text_model_altered"


@pytest.mark.parametrize("cut", [0, 5, 71, 5000, -1])
def test_a_file_that_was_cut_or_is_empty_is_refused(model: TextModel, cut: int) -> None:
    with pytest.raises(TextModelAltered):
        TextModel.read(model.as_bytes()[:cut])


def test_one_type_alone_is_no_model() -> None:
    one = list(invented([Wording("QĐ", WORDINGS["QĐ"].says)], SHARED, each=4, seed=1))
    with pytest.raises(ValueError, match="apart"):
        fit(one, {})


def test_two_types_are_told_apart_too() -> None:
    two = [example for example in examples(1) if example.code in ("QĐ", "CC")]
    model = fit(two, {})
    best = [said[0].value if (said := model.judge(example.text)) else example.code for example in two]
    assert best == [example.code for example in two]


def test_every_wording_names_a_type_of_the_catalogue_and_is_long_enough_to_be_dealt_out() -> None:
    known = {row["code"] for row in tomllib.loads(CATALOGUE.read_text("utf-8"))["type"]}
    assert set(WORDINGS) <= known
    assert all(len(wording.says) >= 5 for wording in WORDINGS.values())
