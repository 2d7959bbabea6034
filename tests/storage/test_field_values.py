"""What a value of a field must look like: kept in one form however it is typed, or refused with its reason."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sohoa.config.catalogue import rows
from sohoa.storage.field_values import ValueRefused, checked, rule_of, rules

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        ("issued_date", "5/1/2026", "2026-01-05"),
        ("issued_date", " 2026-01-05 ", "2026-01-05"),
        ("issued_date", "29.02.2024", "2024-02-29"),
        ("valid_to", "31-12-2049", "2049-12-31"),
        ("code_number", "05", "05"),
        ("code_number", "AB 123456", "AB 123456"),
        ("code_notation", "2020/NĐ-CP", "2020/NĐ-CP"),
        ("code_notation", "QĐ-UBND", "QĐ-UBND"),
        ("subject", "Về việc\tcấp   giấy phép", "Về việc cấp giấy phép"),
        ("recipients", "- Như trên;\n -  Lưu: VT.", "- Như trên;\n- Lưu: VT."),
        ("owner_identifier", "001099000001", "001099000001"),
        ("type", "qđ", "QĐ"),
        ("type", "hđ", "HĐ"),
        ("type", "HD", "HD"),
        ("type", "quyet dinh", "QĐ"),
    ],
)
def test_a_value_is_kept_in_one_form_however_it_is_typed(field: str, typed: str, kept: str) -> None:
    assert checked(rule_of(field), typed, today=NOON.date()) == kept


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("issued_date", "31/02/2026", "không có trong lịch"),
        ("issued_date", "05/01/2991", "1900 đến"),
        ("issued_date", "05/01/26", "ngày/tháng/năm"),
        ("owner_birth_date", "03/03/2026", "1900 đến"),
        ("code_number", "123456789012", "tối đa 11"),
        ("code_number", "05/QĐ-UBND", "ký hiệu"),
        ("code_number", "không số", "phần số"),
        ("code_notation", "05/QĐ-UBND", "chỉ gồm ký hiệu"),
        ("code_notation", "QĐ-" + "A" * 30, "tối đa 30"),
        ("issuing_agency", "A" * 201, "tối đa 200"),
        ("subject", "A" * 501, "tối đa 500"),
        ("signer_name", "A" * 51, "tối đa 50"),
        ("owner_identifier", "00109900000", "12 số"),
        ("subject", "  ", "chưa nhập gì"),
        ("subject", "Về việc\u200b mẫu", "ký tự điều khiển"),
        ("type", "QDD", "gần giống"),
        ("type", "hd", "HD hoặc HĐ"),
    ],
)
def test_a_value_that_cannot_stand_on_such_a_paper_is_refused_with_its_reason(field: str, typed: str, said: str) -> None:
    with pytest.raises(ValueRefused) as refused:
        checked(rule_of(field), typed, today=NOON.date())
    assert said in refused.value.as_dict()["vi"]
    assert typed.strip() == "" or typed not in refused.value.as_dict()["vi"], "values are personal data; sentences reach logs"


@given(st.sampled_from(sorted(rules())), st.text(max_size=40))
def test_whatever_is_typed_is_kept_in_its_final_form_or_refused(field: str, typed: str) -> None:
    try:
        kept = checked(rule_of(field), typed, today=NOON.date())
    except ValueRefused:
        return
    assert checked(rule_of(field), kept, today=NOON.date()) == kept and len(kept) <= rule_of(field).longest


def test_every_field_that_a_type_must_carry_has_its_rule() -> None:
    carried = {name for row in rows("document_types", "type") for name in row["must_carry"]}
    assert carried and carried <= set(rules())
