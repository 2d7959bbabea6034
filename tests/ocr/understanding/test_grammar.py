from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sohoa.ocr.model import Field, Line
from sohoa.ocr.understanding.copies import copy_form
from sohoa.ocr.understanding.grammar import page_fields
from sohoa.ocr.understanding.header import layout_of
from tests.ocr.understanding.lexica import lexicon
from tests.ocr.understanding.test_addressees import at
from tests.ocr.understanding.test_recipients import block
from tests.ocr.understanding.written import line, official, page

LEXICON = lexicon()


def test_a_whole_decision_gives_everything_that_stands_on_it():
    head = official(
        "QUYẾT ĐỊNH", "Về việc giao đất", "Căn cứ Luật Đất đai ngày 18/01/2024;", "Quyết định này có hiệu lực kể từ ngày ký.",
        agency=("UBND TỈNH QUẢNG NINH", "SỞ TÀI CHÍNH"),
    )  # fmt: skip
    foot = [*block("- Như Điều 3;", "- Lưu: VT, NC."), line("Trần Văn Mẫu", 2400, 1780)]
    fields = page_fields([layout_of(page(*head.lines, *foot))], LEXICON, issued=Field("2024-02-05", 0.9, 1))
    assert {name: field.value for name, field in fields.items()} == {
        "issuing_agency": "Sở Tài chính",
        "parent_agency": "UBND tỉnh Quảng Ninh",
        "cited_documents": "Luật Đất đai ngày 18/01/2024",
        "recipients": "Như Điều 3\nLưu: VT, NC",
        "signing_capacity": "TM. ỦY BAN NHÂN DÂN",
        "signer_position": "Chủ tịch",
        "signer_name": "Trần Văn Mẫu",
        "valid_from": "2024-02-05",
    }
    assert fields["issuing_agency"].raw == "SỞ TÀI CHÍNH"


def test_nothing_is_said_of_no_page():
    assert page_fields([], LEXICON) == {}


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("SAO Y", "Sao y"),
        ("SAO Y BẢN CHÍNH", "Sao y"),
        ("TRÍCH SAO", "Trích sao"),
        ("Hình thức sao: Sao lục", "Sao lục"),
        ("SAO LUC", "Sao lục"),
    ],
)
def test_the_form_of_copy_is_told_by_its_mark(text: str, form: str):
    field = copy_form([layout_of(page(line("QUYẾT ĐỊNH", 600), line(text, 100, 2000)))])
    assert field is not None
    assert field.value == form


def test_the_form_of_copy_is_told_by_the_copys_own_number():
    field = copy_form([layout_of(page(line("Số: 12/TrS-UBND", 2000, 640)))])
    assert field is not None
    assert field.value == "Trích sao"


@pytest.mark.parametrize(
    "text", ["Sao y giấy tờ theo quy định tại Nghị định này", "BẢN SAO GIẤY KHAI SINH", "Số: 12/QĐ-UBND", "Lưu: VT, SY"]
)
def test_words_about_copies_are_no_mark(text: str):
    assert copy_form([layout_of(page(line(text, 900)))]) is None


PHRASES = st.sampled_from(
    ["ỦY BAN NHÂN DÂN", "TỈNH", "Số: 05/QĐ-UBND", "Kính gửi:", "- Sở", "Nơi nhận:", "- Lưu: VT.", "KT. CHỦ TỊCH", "PHÓ", "GIÁM ĐỐC",
     "Trần Văn Mẫu", "Người ký:", "Quyết định này có hiệu lực kể từ ngày", "31/02/2024", "Căn cứ Luật", "SAO Y", "İ", "\x00", "½", "k.t", "-"]
)  # fmt: skip


@given(
    st.lists(st.tuples(st.lists(PHRASES | st.text(max_size=5), min_size=1, max_size=5), st.integers(0, 3400), st.integers(0, 2000)))
)
@settings(max_examples=120, deadline=None)
def test_no_text_makes_it_fail(rows: list[tuple[list[str], int, int]]):
    drawn: list[Line] = [at(" ".join(words).strip() or "x", y, x) for words, y, x in rows]
    for field in page_fields([layout_of(page(*drawn))], LEXICON, issued=Field("2024-02-05", 0.9, 1)).values():
        assert field.value
        assert 0 <= field.confidence <= 1
