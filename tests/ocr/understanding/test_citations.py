from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sohoa.ocr.understanding.citations import Citation, cited_documents, cited_field
from sohoa.ocr.understanding.header import layout_of
from tests.ocr.understanding.test_addressees import at
from tests.ocr.understanding.written import line, page


def cited(*lines: str, latest: date | None = None, confidence: float = 0.95) -> tuple[Citation, ...]:
    drawn = [line(text, 900 + 60 * row, 300 + 12 * len(text), confidence) for row, text in enumerate(lines)]
    return cited_documents([layout_of(page(*drawn))], latest=latest)


def said(*lines: str) -> list[str]:
    return [one.text for one in cited(*lines)]


def test_a_cited_decree_is_a_value_with_all_its_parts():
    (one,) = cited("Căn cứ Nghị định số 45/2020/NĐ-CP ngày 08 tháng 4 năm 2020 của", "Chính phủ về thực hiện thủ tục hành chính;")
    assert (one.kind, one.number, one.notation, one.issued, one.issuer, one.code) == (
        "Nghị định", "45", "2020/NĐ-CP", date(2020, 4, 8), "Chính phủ", "45/2020/NĐ-CP"
    )  # fmt: skip
    assert (one.page, one.confidence) == (1, pytest.approx(0.95))


@pytest.mark.parametrize(
    ("ground", "value"),
    [
        ("Căn cứ Quyết định số 1466/QĐ-UBND ngày 29/12/2023 của UBND tỉnh về việc phê duyệt;",
         "Quyết định số 1466/QĐ-UBND ngày 29/12/2023 của UBND tỉnh"),
        ("Căn cứ Luật Lưu trữ ngày 21 tháng 6 năm 2024;", "Luật Lưu trữ ngày 21/06/2024"),
        ("Căn cứ Luật Đất đai năm 2024;", "Luật Đất đai năm 2024"),
        ("Căn cứ Luật Đất đai số 31/2024/QH15;", "Luật Đất đai số 31/2024/QH15"),
        ("Căn cứ Luật Đất đai số 3 1/2024/QH15;", "Luật Đất đai số 31/2024/QH15"),
        ("Căn cứ Bộ luật Dân sự ngày 24/11/2015;", "Bộ luật Dân sự ngày 24/11/2015"),
        ("Thực hiện Nghị quyết số 57-NQ/TW của Bộ Chính trị trong quý III;", "Nghị quyết số 57-NQ/TW của Bộ Chính trị"),
        ("Theo đề nghị của Chánh Văn phòng tại Tờ trình số 12/TTr-VP ngày 14/1 1/2024.", "Tờ trình số 12/TTr-VP ngày 14/11/2024"),
        ("Căn cứ Thông tư số 01/2023/TT-VPCP của Bộ trưởng, Chủ nhiệm Văn phòng Chính phủ;",
         "Thông tư số 01/2023/TT-VPCP của Bộ trưởng, Chủ nhiệm Văn phòng Chính phủ"),
        ("Căn cứ Công văn số 299/UBND-TTHC ngày 31/02/2025;", "Công văn số 299/UBND-TTHC"),
    ],
)  # fmt: skip
def test_each_ground_is_written_in_one_form(ground: str, value: str):
    assert said(ground) == [value]


def test_several_papers_of_one_ground_share_its_kind():
    assert said("Theo các Công văn: Số 1060/BTC-QLGCS ngày 23/01/2025; số 1187/BTC-ĐT ngày 24/01/2025;") == [
        "Công văn số 1060/BTC-QLGCS ngày 23/01/2025",
        "Công văn số 1187/BTC-ĐT ngày 24/01/2025",
    ]
    assert said("Căn cứ các Quyết định số 1743/QĐ-BGTVT, 1744/QĐ-BGTVT ngày 31/12/2024;") == [
        "Quyết định số 1743/QĐ-BGTVT",
        "Quyết định số 1744/QĐ-BGTVT ngày 31/12/2024",
    ]


def test_a_notation_parted_by_the_end_of_the_line_is_one():
    assert said("Căn cứ Tờ trình số 7603/TTr-", "HĐTĐ ngày 30/12/2024;") == ["Tờ trình số 7603/TTr-HĐTĐ ngày 30/12/2024"]


@pytest.mark.parametrize(
    "ground",
    [
        "Căn cứ Quyết định số . 8T /QĐ-UBND ngày .08./02/2025 của UBND tỉnh;",
        "Căn cứ Quyết định số .đ1.../QĐ-UBND;",
        "Căn cứ đề nghị của các đơn vị;",
        "Ủy ban nhân dân đã ban hành Quyết định số 12/QĐ-UBND.",
    ],
)
def test_what_cannot_be_read_or_is_no_ground_is_not_cited(ground: str):
    assert said(ground) == []


def test_a_number_read_with_doubt_links_to_nothing():
    assert cited("Căn cứ Nghị định số 45/2020/NĐ-CP ngày 08/4/2020;", confidence=0.5) == ()


def test_a_paper_cannot_rest_on_a_later_one():
    grounds = "Căn cứ Nghị định số 45/2029/NĐ-CP;", "Căn cứ Luật Lưu trữ ngày 21/6/2024;"
    assert [one.name for one in cited(*grounds, latest=date(2026, 1, 5))] == ["Lưu trữ"]


def test_a_paper_cited_twice_stands_once_and_the_field_has_one_a_line():
    field = cited_field(
        cited("Căn cứ Luật Lưu trữ ngày 21/6/2024;", "Căn cứ Luật Lưu trữ ngày 21/6/2024;", "Căn cứ Luật Đất đai năm 2024;")
    )
    assert field is not None
    assert field.value == "Luật Lưu trữ ngày 21/06/2024\nLuật Đất đai năm 2024"
    assert cited_field(()) is None


WORDS = st.sampled_from(
    ["Căn cứ", "Luật", "Nghị định", "số", "45/2020/NĐ-CP", "99/", "-UBND", "ngày", "31/02/2024", "năm", "của", ";", "İ"]
)


@given(st.lists(st.lists(WORDS | st.text(max_size=5), min_size=1, max_size=9).map(" ".join), min_size=1, max_size=6))
@settings(max_examples=120, deadline=None)
def test_no_text_makes_it_fail_or_cite_an_impossible_day(lines: list[str]):
    drawn = [at(text.strip() or "x", 900 + 60 * row, 300) for row, text in enumerate(lines)]
    for one in cited_documents([layout_of(page(*drawn))]):
        assert one.kind or one.number
        assert 0 <= one.confidence <= 1
