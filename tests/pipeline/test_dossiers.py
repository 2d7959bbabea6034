"""What a paper's codes, text and owner say about its dossier, put before the register."""

from __future__ import annotations

import pytest

from sohoa.ocr.model import Code, Field, TypeVerdict, Understanding
from sohoa.ocr.understanding.codes.paper import PaperSays, payload_of
from sohoa.pipeline.dossiers import asked_about, clues_of, dossier_of, flags_of

FIRST, SECOND = "H99.12-260105-0001", "H99.12-260105-0002"
NOBODY_SAID = TypeVerdict("", "", 0.0, "none")


def understood(*, qr: str = "", **fields: Field) -> Understanding:
    codes = (Code(payload_of(PaperSays(qr)), "QRCode", 1, (0, 0, 90, 90)),) if qr else ()
    return Understanding(NOBODY_SAID, fields, (), codes)


def test_a_receipts_code_names_the_dossier() -> None:
    assert clues_of(understood(qr=FIRST), told="", procedure="").qr == (FIRST,)


def test_a_doubtful_code_or_owner_is_no_clue() -> None:
    said = understood(dossier_code=Field(FIRST, 0.6), owner_identifier=Field("003163284406", 0.6))
    clues = clues_of(said, told="", procedure="")
    assert (clues.text, clues.owner) == ((), "")


def test_what_a_qr_code_says_is_not_counted_as_text_once_more() -> None:
    said = understood(qr=FIRST, dossier_code=Field(FIRST, 0.99, source="qr"))
    assert clues_of(said, told="", procedure="").text == ()


@pytest.mark.django_db
def test_a_person_who_named_the_dossier_is_obeyed_and_the_papers_own_code_is_flagged() -> None:
    belongs = dossier_of(understood(qr=FIRST), told=SECOND, procedure="")
    assert belongs.code == SECOND
    assert flags_of(belongs) == [f"dossier_disputed:{FIRST}:0.98:qr"]
    assert asked_about(understood(qr=FIRST), belongs) == ["dossier_code"]


@pytest.mark.django_db
def test_a_code_read_by_eye_alone_that_no_register_knows_is_suggested_and_not_followed() -> None:
    belongs = dossier_of(understood(dossier_code=Field(FIRST, 0.99)), told="", procedure="")
    assert belongs.code == ""
    assert flags_of(belongs) == [f"dossier_suggested:{FIRST}:0.85:text"]


@pytest.mark.django_db
def test_a_dossier_that_nobody_named_is_kept_with_the_clues_that_found_it_and_asks_nobody() -> None:
    belongs = dossier_of(understood(qr=FIRST), told="", procedure="")
    assert (belongs.code, flags_of(belongs)) == (FIRST, ["dossier_by:qr"])
    assert asked_about(understood(qr=FIRST), belongs) == []
