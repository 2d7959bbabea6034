"""Signs of a first page, on pages typed as a reader gives them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sohoa.ocr.model import PageText
from sohoa.ocr.understanding.separators import FIRM, WEIGHTS, first_page_evidence
from tests.ocr.understanding.written import HEIGHT, WIDTH, line, official, page

BODY = ("Ủy ban nhân dân xã yêu cầu các đơn vị thực hiện nghiêm túc các nội dung", "sau đây và báo cáo kết quả về văn phòng.")


def later(*texts: str, number: str = "") -> PageText:
    """A page without a head: its number in the top margin, then body text."""
    lines = [line(number, 150)] if number else []
    return page(*lines, *(line(text, 400 + 70 * row) for row, text in enumerate(texts)))


SIGNED = page(
    line("Điều 3. Quyết định này có hiệu lực kể từ ngày ký.", 400),
    line("TM. ỦY BAN NHÂN DÂN", 1800, 1700),
    line("Nơi nhận:", 1800, 400),
)
OPEN = later(*BODY, *(f"dòng thứ {number} của một đoạn văn còn tiếp tục sang trang" for number in range(1, 38)))


@pytest.mark.parametrize("above", [None, SIGNED, OPEN, later(*BODY)])
def test_a_page_with_the_national_head_is_a_first_one(above: PageText | None):
    found = first_page_evidence(official("QUYẾT ĐỊNH", "Về việc cấp giấy phép"), above)
    assert found.evidence >= FIRM
    assert found.firm and found.reasons[0] == "national_header"


def test_a_page_numbered_two_is_a_later_one_even_below_a_signature():
    found = first_page_evidence(later(*BODY, number="2"), SIGNED)
    assert found.evidence <= 1 - FIRM
    assert found.reasons[0] == "later_page_number"


@pytest.mark.parametrize("number", ["- 3 -", "Trang 2/5", "2 / 5"])
def test_page_numbers_are_known_in_their_usual_forms(number: str):
    assert "later_page_number" in first_page_evidence(later(*BODY, number=number)).reasons


def test_page_one_of_five_speaks_for_a_first_page():
    assert "page_one" in first_page_evidence(later("ĐƠN ĐỀ NGHỊ", *BODY, number="Trang 1/5")).reasons


def test_a_sentence_that_goes_on_is_a_later_page():
    found = first_page_evidence(later("thực hiện theo quy định của pháp luật về đất đai.", "Điều khoản tiếp theo."), OPEN)
    assert found.evidence <= 1 - FIRM
    assert {"continues_sentence", "sentence_before_open"} <= set(found.reasons)


def test_an_article_that_counts_on_is_a_later_page_and_article_one_is_not_held_against_it():
    assert "continues_list" in first_page_evidence(later("Điều 4. Trách nhiệm thi hành", *BODY)).reasons
    assert "continues_list" not in first_page_evidence(later("Điều 1. Phạm vi", *BODY)).reasons


def test_an_annex_stays_with_its_paper():
    found = first_page_evidence(
        page(line("PHỤ LỤC I", 250), line("DANH MỤC THỦ TỤC HÀNH CHÍNH", 330), line("Kèm theo", 400)), SIGNED
    )
    assert "annex" in found.reasons and "title" not in found.reasons
    assert found.evidence < 0.5


def test_a_form_without_a_head_below_a_signed_paper_is_more_likely_first_but_nobody_is_sure():
    form = page(line("PHIẾU THU THẬP THÔNG TIN", 300), line("Họ và tên: Nguyễn Văn Mẫu", 500), line("Ngày sinh: 01/01/1990", 600))
    found = first_page_evidence(form, SIGNED)
    assert 0.5 < found.evidence < FIRM
    assert not found.firm


def test_a_blank_or_unread_page_is_never_a_first_one():
    assert first_page_evidence(page(), SIGNED).evidence <= 1 - FIRM
    assert first_page_evidence(replace(page(), blank=True)).reasons == ("nothing_to_read",)


def test_a_page_of_another_size_speaks_for_another_paper():
    card = replace(later(*BODY), width=WIDTH // 2, height=HEIGHT // 2)
    assert "other_paper_size" in first_page_evidence(card, later(*BODY)).reasons


def test_every_reason_given_has_a_weight():
    seen = {
        reason
        for text in (SIGNED, OPEN, later(*BODY, number="2"), official("ĐƠN"))
        for reason in first_page_evidence(text, SIGNED).reasons
    }
    assert seen and seen <= set(WEIGHTS)
