from __future__ import annotations

import pytest

from sohoa.ocr.model import Alternative, TypeVerdict
from sohoa.ocr.understanding.textmodel import weigh
from tests.ocr.understanding.written import catalogue

TYPES = catalogue()
BOTH = TypeVerdict("QĐ", "Quyết định", 0.97, "title+notation", {"title": "QĐ", "notation": "QĐ"})
TITLE = TypeVerdict("QĐ", "Quyết định", 0.90, "title", {"title": "QĐ"})
APART = TypeVerdict("QĐ", "Quyết định", 0.40, "disagree", {"title": "QĐ", "notation": "TB"})
NONE = TypeVerdict("", "", 0.0, "none")
DOUBTED = 0.7  # below it a person looks at the type


def heard(*said: tuple[str, float]) -> tuple[Alternative, ...]:
    return tuple(Alternative(code, confidence) for code, confidence in said)


@pytest.mark.parametrize("judged", [BOTH, TITLE, APART, NONE])
def test_without_a_model_the_two_other_witnesses_decide(judged: TypeVerdict) -> None:
    assert weigh(judged, (), TYPES) == judged


def test_a_text_that_agrees_makes_the_verdict_surer_and_is_named() -> None:
    for judged in (BOTH, TITLE):
        verdict = weigh(judged, heard(("QĐ", 0.9)), TYPES)
        assert verdict.confidence > judged.confidence
        assert verdict.confidence < 1
        assert verdict.agreement == f"{judged.agreement}+text"
        assert verdict.witnesses["text"] == "QĐ"


def test_a_text_that_is_sure_of_another_type_sends_a_lone_title_to_a_person() -> None:
    verdict = weigh(TITLE, heard(("HĐ", 0.95)), TYPES)
    assert (verdict.code, verdict.agreement) == ("QĐ", "disagree")
    assert verdict.confidence < DOUBTED
    assert verdict.witnesses == {"title": "QĐ", "text": "HĐ"}


def test_a_text_that_is_not_sure_contradicts_nobody() -> None:
    assert weigh(TITLE, heard(("HĐ", 0.6)), TYPES) == TITLE


def test_title_and_notation_together_outvote_the_text_but_its_opinion_is_kept() -> None:
    verdict = weigh(BOTH, heard(("TB", 0.95)), TYPES)
    assert (verdict.code, verdict.agreement) == ("QĐ", "title+notation")
    assert DOUBTED < verdict.confidence < BOTH.confidence
    assert verdict.witnesses["text"] == "TB"


@pytest.mark.parametrize("confidence", [0.31, 0.7, 0.9999, 1.0])
def test_text_alone_is_never_certain(confidence: float) -> None:
    verdict = weigh(NONE, heard(("BC", confidence)), TYPES)
    assert (verdict.code, verdict.name, verdict.agreement) == ("BC", "Báo cáo", "text")
    assert verdict.confidence < DOUBTED


def test_where_title_and_notation_contradict_each_other_the_text_chooses_but_a_person_still_looks() -> None:
    verdict = weigh(APART, heard(("TB", 0.9), ("QĐ", 0.05)), TYPES)
    assert (verdict.code, verdict.agreement) == ("TB", "disagree")
    assert verdict.confidence < DOUBTED
    assert weigh(APART, heard(("HĐ", 0.9)), TYPES).code == "QĐ"


def test_a_type_and_a_narrower_one_do_not_contradict_each_other() -> None:
    licence = TypeVerdict("GP", "Giấy phép", 0.9, "title", {"title": "GP"})
    assert weigh(licence, heard(("GPXD", 0.95)), TYPES) == licence


def test_a_type_that_left_the_catalogue_is_not_proposed() -> None:
    assert weigh(NONE, heard(("XX", 0.9)), TYPES).code == ""


def test_the_longest_agreement_fits_the_catalogues_column() -> None:
    assert len(weigh(BOTH, heard(("QĐ", 0.9)), TYPES).agreement) <= 20
