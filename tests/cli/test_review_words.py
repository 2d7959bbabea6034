"""Why a field waits, in words that a tired clerk understands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sohoa.cli.review_words import REASONS_VI, why_vi
from sohoa.storage.review import Doubt

NUMBER = Doubt("code_number", "Số", "308", "", "ocr", 0.75, (), "unsure", {}, 1, None)


@pytest.mark.parametrize(
    ("doubt", "field", "said"),
    [
        ("pen_alone", "code_number", "số viết tay, chưa có bằng chứng thứ hai"),
        ("pen_alone", "issued_date", "ngày viết tay, chưa có bằng chứng thứ hai"),
        ("pen_unclear", "code_number", "số viết tay khó đọc, bằng chứng khác chưa đủ để chắc"),
        ("contradicted:register=571", "code_number", "hai bằng chứng trái nhau: sổ đăng ký ghi 571, nét bút đọc ra khác"),
        ("contradicted:qr=2026-02-17", "issued_date", "hai bằng chứng trái nhau: mã QR ghi 17/02/2026, nét bút đọc ra khác"),
        ("outside_row:41-49", "code_number", "ngoài khoảng số của đơn vị: quanh ngày này đơn vị cấp từ số 41 đến số 49"),
        ("outside_row:41-", "code_number", "ngoài khoảng số của đơn vị: quanh ngày này đơn vị cấp từ số 41 trở đi"),
        ("number_taken:88", "code_number", "đơn vị đã cấp số 88 cho giấy tờ khác"),
        ("signed_apart:2026-02-24", "issued_date", "tệp được ký số ngày 24/02/2026, không khớp ngày đọc được"),
        ("ink_differs:306", "code_number", "đọc lại từng chữ số trên ảnh thì ra 306"),
        ("near_familiar:Nguyễn Thị Mẫu", "signer_name", "đơn vị thường dùng «Nguyễn Thị Mẫu», chỉ khác chút ít"),
    ],
)
def test_each_doubt_is_said_in_its_own_words(doubt: str, field: str, said: str) -> None:
    reason = doubt.partition(":")[0]
    assert why_vi(replace(NUMBER, field=field, reason=reason, doubts=(doubt,))) == said


def test_all_doubts_of_a_field_are_said() -> None:
    both = replace(NUMBER, reason="number_taken", doubts=("number_taken:88", "outside_row:41-49"))
    assert why_vi(both) == (
        "đơn vị đã cấp số 88 cho giấy tờ khác; ngoài khoảng số của đơn vị: quanh ngày này đơn vị cấp từ số 41 đến số 49"
    )


@pytest.mark.parametrize("reason", ["a_code_of_a_later_release", "unsure"])
def test_what_has_no_words_yet_is_said_to_be_unsure(reason: str) -> None:
    assert why_vi(replace(NUMBER, reason=reason)) == REASONS_VI["unsure"]
