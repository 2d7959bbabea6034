from __future__ import annotations

import gzip
import math
from pathlib import Path

import pytest

from sohoa.ocr.reading.arbiter.build import build
from sohoa.ocr.reading.arbiter.language import LanguageModel, ModelDamaged, ends_sentence, tokens


@pytest.fixture(scope="module")
def shipped() -> LanguageModel:
    return LanguageModel.shipped()


def counted(folder: Path, unigrams: dict[str, int], bigrams: dict[str, int]) -> Path:
    for name, counts in (("vi_unigrams", unigrams), ("vi_bigrams", bigrams)):
        text = "".join(f"{word}\t{count}\n" for word, count in counts.items())
        (folder / f"{name}.tsv.gz").write_bytes(gzip.compress(text.encode()))
    return folder


def likelihood(model: LanguageModel, left: str | None, word: str) -> float:
    return model.log_probability(model.number_of(word), None if left is None else model.number_of(left))


def test_the_shipped_model_names_its_source_and_stays_small(shipped: LanguageModel):
    assert {"version", "date", "source"} <= set(shipped.about)
    assert "vbpl" in shipped.about["source"]
    assert len(shipped.words) > 4000


@pytest.mark.parametrize(
    ("left", "right", "wrong"), [("quy", "định", "đinh"), ("thủ", "tục", "túc"), ("nhân", "dân", "dẫn"), ("sửa", "đổi", "đối")]
)
def test_it_finds_what_is_written_likelier_than_what_looks_like_it(shipped: LanguageModel, left: str, right: str, wrong: str):
    assert likelihood(shipped, left, right) > likelihood(shipped, left, wrong) + 3


def test_an_unknown_word_is_possible_but_least_likely(shipped: LanguageModel):
    rarest = min(likelihood(shipped, "quy", word) for word in ("định", "chế", "tụng", "ấy"))
    assert likelihood(shipped, "quy", "xqz") < rarest


def test_all_numbers_are_one_word_to_it():
    assert tokens("ngày 05/01/2026, số 12/QĐ-UBND;") == ["ngày", "<num>", "số", "<num>"]
    assert tokens("(Sửa đổi), “bổ sung” – …") == ["sửa", "đổi", "bổ", "sung"]


def test_a_sentence_ends_behind_its_closing_quotes_too():
    assert [ends_sentence(text) for text in ("này.", "này.”", "sau:", "này,", "này")] == [True, True, True, False, False]


def test_built_twice_it_is_the_same_file_and_keeps_the_counts(tmp_path: Path):
    folder = counted(tmp_path, {"<s>": 10, "</s>": 10, "a": 40, "b": 30, "c": 10}, {"<s> a": 10, "a b": 32, "a c": 2, "b </s>": 9})
    data = build(folder)
    assert data == build(folder)
    model = LanguageModel.load(data)
    assert model.total == 100
    assert likelihood(model, "a", "b") > likelihood(model, "a", "c") > likelihood(model, "b", "c") - 3
    assert likelihood(model, None, "a") == pytest.approx(-0.9163, abs=1e-3)


def test_probabilities_after_a_word_add_up(tmp_path: Path):
    counts = {"<s>": 10, "</s>": 10, "a": 40, "b": 30, "c": 10}
    model = LanguageModel.load(build(counted(tmp_path, counts, {"a b": 32, "a c": 2})))
    assert sum(math.exp(likelihood(model, "a", word)) for word in counts) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("damage", [lambda data: data[: len(data) // 2], lambda data: b"", lambda data: b"PK\x03\x04" + data[9:]])
def test_a_damaged_model_is_refused_with_a_code(tmp_path: Path, damage):
    data = build(counted(tmp_path, {"a": 4, "b": 2}, {"a b": 2}))
    with pytest.raises(ModelDamaged) as refused:
        LanguageModel.load(damage(data))
    assert refused.value.code == "ocr.language_model_damaged"
