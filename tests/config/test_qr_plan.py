"""What an office lets into the citizen's QR code."""

from __future__ import annotations

from pathlib import Path

import pytest

from sohoa.config.signing import QR_USUAL, QrPlan, SigningRefused, signing_plan


def plan_of(home: Path, text: str) -> QrPlan:
    (home / "signing.toml").write_text(text, encoding="utf-8")
    return signing_plan(home).qr


def test_without_a_word_about_it_nothing_personal_is_printed(tmp_path: Path) -> None:
    assert plan_of(tmp_path, "") == QrPlan(QR_USUAL, "") and not {"applicant", "document_name"} & set(QR_USUAL)


def test_the_office_says_what_goes_in_and_under_which_name(tmp_path: Path) -> None:
    told = plan_of(tmp_path, '[qr]\nsystem = "Hệ thống mẫu"\nfields = ["dossier_code", "applicant", "system"]')
    assert told == QrPlan(("dossier_code", "applicant", "system"), "Hệ thống mẫu")
    assert plan_of(tmp_path, "[qr]\nfields = []").fields == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[qr]\nfields = ["name"]', "qr.fields chỉ nhận"),
        ('[qr]\nfields = "issued"', "danh sách chữ"),
        ("[qr]\nsystem = 1", "phải là chữ"),
        ("[qr]\ncolour = 'red'", "không hiểu mục «qr.colour»"),
        ("qr = true", "phải là một bảng"),
    ],
)
def test_what_is_not_understood_is_refused_by_its_name(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SigningRefused) as refused:
        plan_of(tmp_path, text)
    assert told in refused.value.as_dict()["vi"]
