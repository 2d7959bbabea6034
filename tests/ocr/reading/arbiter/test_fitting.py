from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sohoa.ocr.reading.arbiter import fit
from sohoa.ocr.reading.arbiter.examples import examples
from sohoa.ocr.reading.arbiter.language import LanguageModel
from sohoa.ocr.reading.arbiter.regression import fit_choice, fit_probability
from sohoa.ocr.reading.arbiter.weights import Weights, WeightsDamaged

# (what stands there, what is read, the other choice for one letter): wrong tones, the right one among the choices.
SENTENCES = (
    ("theo quy định của pháp luật", "theo quy đinh của pháp luật"),
    ("thủ tục hành chính công", "thủ tục hành chỉnh công"),
    ("sửa đổi bổ sung một số điều", "sửa đối bổ sung một số điều"),
    ("cơ quan nhà nước có thẩm quyền", "cơ quan nhà nước có thấm quyền"),
    ("ủy ban nhân dân cấp tỉnh", "ủy ban nhân dẫn cấp tỉnh"),
)


def page(sentence: str, read: str) -> tuple[list[list[object]], str]:
    """The truth's words and the hOCR of one line."""
    truth: list[list[object]] = []
    words, x = "", 100
    for true, got in zip(sentence.split(), read.split(), strict=True):
        box = (x, 100, x + 14 * len(got), 130)
        truth.append([true, *box])
        letters = "".join(
            "<span class='ocrx_cinfo'>"
            + "".join(
                f"<span class='ocrx_cinfo' title='x_confs {c}'>{t}</span>" for t, c in {b: 80, a: 60 if a != b else 80}.items()
            )
            + "</span>"
            for a, b in zip(true, got, strict=True)
        )
        sure = 90 if true == got else 70
        words += f"<span class='ocrx_word' title='bbox {' '.join(map(str, box))}; x_wconf {sure}'>{got}{letters}</span>"
        x = box[2] + 12
    return truth, f"<html><body><span class='ocr_line' title='bbox 100 100 {x} 130'>{words}</span></body></html>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, (sentence, read) in enumerate(SENTENCES * 4):
        truth, hocr = page(sentence, read if number % 3 else sentence)
        told = {"kind": "law", "held": int(number >= 15), "words": truth}
        (tmp_path / f"{number:02}.json").write_text(json.dumps(told), encoding="utf-8")
        for reader in ("Vietnamese", "vie"):
            (tmp_path / f"{number:02}.{reader}.hocr").write_text(hocr, encoding="utf-8")
    return tmp_path


def test_pages_with_truth_give_weights_that_mend_them(folder: Path):
    model = LanguageModel.shipped()
    pages = fit.pages_of(folder, ("Vietnamese",), model)
    assert [page.true for page in pages][1] == SENTENCES[1][0].split()
    fitted = fit.fit([page for page in pages if not page.example.held], model)
    assert fitted.choice[0] > 0
    for held in (page for page in pages if page.example.held):
        decisions = fit.decide(held.places, model, fitted.choice)
        assert [decision.chosen.text for decision in decisions] == held.true


def test_the_command_writes_a_file_that_loads_and_prints_its_tables(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    out = folder / "weights.json"
    monkeypatch.setattr(sys, "argv", ["fit", str(folder), "--out", str(out), "--about", "written for a test"])
    fit.main()
    weights = Weights.load(out.read_bytes())
    assert set(weights.sets) == {"vie", "Vietnamese", "vie+Vietnamese"}
    assert weights.about["texts"] == "written for a test"
    assert weights.about["fitted_on"] == {"law": 15}
    printed = capsys.readouterr().out
    assert "vie + Vietnamese" in printed
    assert "→  0.00" in printed


def test_the_shipped_weights_say_what_they_were_fitted_on():
    weights = Weights.shipped()
    assert weights.about["texts"]
    assert sum(weights.about["fitted_on"].values()) > 50
    assert len(weights.of(["vie"]).choice) + 3 == len(weights.of(["vie", "Vietnamese"]).choice)
    assert weights.of(["a line reader"]) == weights.of(["vie"])


@pytest.mark.parametrize("data", [b"", b"{}", b'{"version": 2}', b'{"version": 1, "about": {}, "sets": {"a": 1}}', b"[]"])
def test_damaged_weights_are_refused_with_a_code(data: bytes):
    with pytest.raises(WeightsDamaged) as refused:
        Weights.load(data)
    assert refused.value.code == "ocr.arbiter_weights_damaged"


def test_a_choice_between_candidates_is_learnt_from_those_that_were_right():
    chance = np.random.default_rng(1)
    true = np.array([2.0, -1.0])
    rows = []
    for _ in range(3000):
        features = chance.normal(size=(4, 2))
        share = np.exp(features @ true)
        rows.append((features, int(chance.choice(4, p=share / share.sum()))))
    assert fit_choice(rows) == pytest.approx(true, abs=0.15)


def test_a_fitted_probability_is_as_often_right_as_it_says():
    chance = np.random.default_rng(2)
    features = np.column_stack([np.ones(5000), chance.normal(size=5000)])
    stated = 1 / (1 + np.exp(-(features @ np.array([2.0, 1.5]))))
    right = (chance.random(5000) < stated).astype(np.float64)
    assert fit_probability(features, right) == pytest.approx([2.0, 1.5], abs=0.2)


def test_a_reading_of_a_column_is_told_where_its_lines_stand_on_the_page(folder: Path):
    (folder / "00.Vietnamese.column.json").write_text(json.dumps([[[90, 90, 900, 140], [10, 1000]]]), encoding="utf-8")
    first, *_ = examples(folder, ("vie", "Vietnamese"))
    on_page, in_column = (reading.lines[0].words[0].bbox for reading in first.readings)
    assert in_column == (on_page[0] + 10, on_page[1] + 1000, on_page[2] + 10, on_page[3] + 1000)


def test_a_second_reading_in_part_is_heard_only_where_the_first_is_not_sure(folder: Path):
    model = LanguageModel.shipped()
    alone = fit.fit(fit.pages_of(folder, ("vie",), model), model)
    doubting = replace(alone, confidence=(-9.0, *alone.confidence[1:]))
    trusting = replace(alone, confidence=(9.0, *alone.confidence[1:]))
    page = fit.pages_of(folder, ("vie", "Vietnamese"), model)[0]
    assert len(fit.heard_in_part(page, model, doubting).example.readings[1].lines) == 1
    assert fit.heard_in_part(page, model, trusting).example.readings[1].lines == ()
