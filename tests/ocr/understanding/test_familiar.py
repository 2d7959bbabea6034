"""Values that people of the unit confirmed: they strengthen what was read just so, and are offered beside what differs by a slip."""

from __future__ import annotations

import pytest

from sohoa.ocr.model import Alternative, Field
from sohoa.ocr.understanding.familiar import with_familiar
from sohoa.ocr.understanding.understand import Known, understand
from tests.ocr.understanding.written import catalogue, official

TYPES = catalogue()
MAU = "Nguyễn Thị Mẫu"


def beside(read: str, *known: str, sure: float = 0.85) -> Field:
    return with_familiar({"signer_name": Field(read, sure)}, {"signer_name": known})["signer_name"]


def test_what_was_read_just_so_before_is_more_certain_and_says_by_whom() -> None:
    field = beside("NGUYỄN THỊ MẪU", MAU)
    assert (field.value, field.witnesses, field.alternatives) == ("NGUYỄN THỊ MẪU", ("unit",), ())
    assert 0.9 < field.confidence < 1


def test_a_poor_reading_stays_in_doubt_however_well_the_value_is_known() -> None:
    assert beside(MAU, MAU, sure=0.5).confidence < 0.9


@pytest.mark.parametrize("read", ["Nguyễn Thi Mẫu", "Nguyễn Thị Máu", "Nguyển Thị Mậu", "Nguyễn Thj Mẫu"])
def test_a_value_that_differs_by_a_slip_is_offered_and_the_reading_stays(read: str) -> None:
    field = beside(read, MAU, "Trần Văn Thử")
    assert (field.value, field.confidence, field.witnesses) == (read, 0.85, ())
    assert [other.value for other in field.alternatives] == [MAU]
    assert field.doubts == (f"near_familiar:{MAU}",)


def test_of_two_familiar_names_that_differ_by_a_tone_neither_is_strengthened() -> None:
    field = beside("Nguyễn Văn Ân", "Nguyễn Văn Ân", "Nguyễn Văn An")
    assert (field.confidence, field.witnesses) == (0.85, ())
    assert [other.value for other in field.alternatives] == ["Nguyễn Văn An"]


def test_a_familiar_value_is_offered_in_the_capitals_of_the_paper_and_not_twice() -> None:
    read = Field("SỞ TU PHÁP", 0.7, alternatives=(Alternative("SỞ TƯ PHÁP", 0.2),))
    assert with_familiar({"issuing_agency": read}, {"issuing_agency": ["Sở Tư pháp"]})["issuing_agency"] == read


def test_another_name_is_left_alone() -> None:
    assert beside("Trần Văn Thử", MAU) == Field("Trần Văn Thử", 0.85)
    assert beside("An", "Ấn").alternatives == (Alternative("Ấn", 0.075),)


def test_a_paper_of_the_unit_is_understood_with_its_words() -> None:
    page = official("QUYẾT ĐỊNH", "Về việc giao đất", number="Số: 05/QĐ-UBND")
    plain = understand([page], Known(TYPES))
    agency = plain.fields["issuing_agency"]
    known = understand([page], Known(TYPES, familiar={"issuing_agency": (agency.value.capitalize(),)}))
    assert known.fields["issuing_agency"].witnesses == (*agency.witnesses, "unit")
    assert known.fields["issuing_agency"].confidence > agency.confidence
