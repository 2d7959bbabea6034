"""Papers that say other papers' names, numbers and titles, or their own badly: what is theirs is taken, or left in doubt."""

from __future__ import annotations

from datetime import date

import pytest

from sohoa.ocr.model import Line, Understanding
from sohoa.ocr.understanding import Known, understand
from tests.ocr.understanding.lexica import lexicon
from tests.ocr.understanding.written import MOTTO, NATIONAL, catalogue, joined, line, official, page

TYPES = catalogue()
TODAY = date(2024, 6, 1)
KNOWN = Known(TYPES, lexicon(), today=TODAY)


def read(*pages: object) -> Understanding:
    return understand(list(pages), KNOWN)  # type: ignore[arg-type]


def value(said: Understanding, name: str) -> str | None:
    return said.fields[name].value if name in said.fields else None


def certain(said: Understanding, name: str) -> bool:
    return name in said.fields and name not in said.needs_review


def test_a_title_quoted_in_the_body_is_not_the_papers_type():
    letter = official(
        "Kính gửi: Sở Tài chính",
        "Ngày 02/01/2024, Ủy ban nhân dân tỉnh nhận được hồ sơ gồm:",
        "QUYẾT ĐỊNH",
        "của Chủ tịch Ủy ban nhân dân huyện và",
        "TỜ TRÌNH",
        number="Số: 299/UBND-TTHC",
    )
    # `V/v …` under the number, as every công văn has it
    about = line("V/v thẩm định hồ sơ", 460, 640)
    said = read(page(*letter.lines[:3], about, *letter.lines[3:]))
    assert said.type.code == "CV" or "type" in said.needs_review


def test_a_title_within_a_sentence_is_no_title():
    said = read(
        official("THÔNG BÁO", "Về việc thu hồi đất", "Ủy ban nhân dân đã ban hành QUYẾT ĐỊNH thu hồi", number="Số: 12/TB-UBND")
    )
    assert (said.type.code, said.type.agreement) == ("TB", "title+notation")


def test_of_two_numbers_the_one_in_the_head_is_the_papers_own():
    arrival = line("Số: 777/SY-UBND", 1700, 640)
    paper = official("QUYẾT ĐỊNH", "Về việc giao đất")
    said = read(page(*paper.lines, arrival))
    assert (value(said, "code_number"), value(said, "code_notation")) == ("05", "QĐ-UBND")


def test_the_number_of_an_arrival_stamp_is_not_the_papers_own():
    stamp = line("CÔNG VĂN ĐẾN", 500, 640), line("Số: 4321", 570, 640), line("Ngày: 09/01/2024", 640, 640)
    paper = official("QUYẾT ĐỊNH", "Về việc giao đất")
    said = read(page(*paper.lines, *stamp))
    assert (value(said, "code_number"), value(said, "issued_date")) == ("05", "2024-01-05")


def test_an_arrival_stamp_above_the_number_does_not_take_its_place():
    stamp = line("ĐẾN Số: 4321", 180, 640), line("Ngày 09/01/2024", 215, 640)
    paper = official("QUYẾT ĐỊNH", "Về việc giao đất")
    said = read(page(*stamp, *paper.lines))
    assert value(said, "code_number") == "05"
    assert value(said, "issuing_agency") in ("ỦY BAN NHÂN DÂN TỈNH QUẢNG NINH", "Ủy ban nhân dân tỉnh Quảng Ninh")


def test_a_cited_decision_above_the_own_number_is_not_taken_for_it():
    cited = line("(Kèm theo Quyết định số 1667/QĐ-UBND ngày 08/11/2023 của UBND tỉnh)", 160)
    said = read(page(cited, *official("KẾ HOẠCH", "Triển khai số hóa", number="Số: 31/KH-UBND").lines))
    assert (value(said, "code_number"), value(said, "code_notation"), said.type.code) == ("31", "KH-UBND", "KH")


def test_a_decision_cited_where_the_own_number_is_missing_is_not_taken_for_it():
    said = read(
        official("QUYẾT ĐỊNH", "Về việc giao đất", "Căn cứ Quyết định", "số 1667/QĐ-UBND ngày 08/11/2023;", number="", dated="")
    )
    assert value(said, "code_number") != "1667" or not certain(said, "code_number")
    assert "code_number" in said.needs_review


def test_a_date_cited_in_the_body_is_not_the_day_of_issue():
    said = read(official("QUYẾT ĐỊNH", "Về việc giao đất", "Hạ Long, ngày 08 tháng 11 năm 2023 đã họp", dated=""))
    assert not certain(said, "issued_date")


@pytest.mark.parametrize("stamp", [("SAO Y",), ("SAO Y BẢN CHÍNH",), ("TRÍCH SAO",), ("SAO LỤC",)])
def test_a_copy_keeps_the_type_of_its_original(stamp: tuple[str, ...]):
    marks = [line(text, 80 + 50 * row, 2000) for row, text in enumerate((*stamp, "UBND phường Thanh Bình"))]
    said = read(page(*marks, *official("QUYẾT ĐỊNH", "Về việc giao đất").lines))
    assert (said.type.code, value(said, "code_number")) == ("QĐ", "05")


def test_the_form_of_copy_is_noted():
    marks = line("SAO Y", 80, 2000), line("UBND phường Thanh Bình", 130, 2000)
    said = read(page(*marks, *official("QUYẾT ĐỊNH", "Về việc giao đất").lines))
    assert value(said, "copy_form") == "Sao y"


def test_a_copy_certified_under_its_text_keeps_number_and_signer_of_the_original_or_doubts_them():
    original = official("QUYẾT ĐỊNH", "Về việc giao đất")
    signature = line("CHỦ TỊCH", 1500, 1780), line("Trần Văn Minh", 1800, 1780)
    copied = line("SAO Y", 2100), line("Số: 12/SY-UBND", 2170, 640), line("Thanh Bình, ngày 09 tháng 02 năm 2024", 2170, 1700)
    by = line("CÔNG CHỨC TƯ PHÁP", 2300, 1780), line("Lê Thị Hà", 2600, 1780)
    said = read(page(*original.lines, *signature, *copied, *by))
    assert (said.type.code, value(said, "code_number"), value(said, "issued_date")) == ("QĐ", "05", "2024-01-05")
    assert value(said, "signer_name") == "Trần Văn Minh"


def test_an_appendix_with_a_title_of_its_own_does_not_change_the_type():
    first = official("QUYẾT ĐỊNH", "Về việc ban hành quy chế")
    second = page(line("PHỤ LỤC", 250), line("QUY CHẾ", 400), line("Làm việc của Tổ công tác", 470), number=2)
    said = read(first, second)
    assert (said.type.code, said.type.agreement, value(said, "subject")) == ("QĐ", "title+notation", "Về việc ban hành quy chế")


def test_a_rule_issued_with_a_decision_on_one_page_is_not_its_type():
    said = read(official("QUYẾT ĐỊNH", "Ban hành Quy chế làm việc", "ỦY BAN NHÂN DÂN TỈNH QUẢNG NINH", "QUY CHẾ", "Làm việc"))
    assert (said.type.code, value(said, "subject")) == ("QĐ", "Ban hành Quy chế làm việc")


def test_an_appendix_alone_is_not_taken_for_the_paper_that_it_belongs_to():
    alone = page(
        line("PHỤ LỤC", 250), line("(Kèm theo Quyết định số 05/QĐ-UBND ngày 05/01/2024)", 330), line("DANH MỤC THỦ TỤC", 480)
    )
    said = read(alone)
    assert said.type.code != "QĐ" or "type" in said.needs_review
    assert not certain(said, "code_number")


@pytest.mark.parametrize("title", ["Quyết Định", "QUYẾT định", "QuYẾT ĐỊNH", "Quyết định"])
def test_mixed_capitals_do_not_lose_the_type(title: str):
    said = read(official(title, "Về việc giao đất"))
    assert said.type.code == "QĐ"


def test_a_head_in_small_letters_is_read_or_asked_for():
    paper = official("QUYẾT ĐỊNH", "Về việc giao đất", agency=("Ủy ban nhân dân", "Tỉnh Quảng Ninh"))
    said = read(paper)
    assert value(said, "issuing_agency") in ("Ủy ban nhân dân Tỉnh Quảng Ninh", "Ủy ban nhân dân tỉnh Quảng Ninh") or (
        "issuing_agency" in said.needs_review
    )


def test_a_page_without_any_tones_gives_type_number_and_date():
    rows = (
        joined(line("UY BAN NHAN DAN", 250, 640), line("CONG HOA XA HOI CHU NGHIA VIET NAM", 250, 1700)),
        joined(line("TINH QUANG NINH", 320, 640), line("Doc lap - Tu do - Hanh phuc", 320, 1700)),
        joined(line("So: 05/QD-UBND", 390, 640), line("Ha Long, ngay 05 thang 01 nam 2024", 390, 1700)),
        line("QUYET DINH", 560),
        line("Ve viec giao dat", 630),
    )
    said = read(page(*rows))
    assert (said.type.code, value(said, "code_number"), value(said, "issued_date")) == ("QĐ", "05", "2024-01-05")
    assert value(said, "code_notation") == "QĐ-UBND" or not certain(said, "code_notation")


def test_without_tones_two_types_that_differ_by_a_stroke_are_not_certain_by_notation_alone():
    said = read(official("Nội dung như sau.", number="Số: 12/DA-UBND"))
    assert "type" in said.needs_review or said.type.confidence < 0.8


def test_a_letter_that_speaks_of_a_decision_in_its_subject_is_a_letter():
    paper = official("Kính gửi: Sở Tài chính", number="Số: 299/UBND-TTHC")
    about: Line = line("V/v thực hiện Quyết định số 05/QĐ-UBND", 460, 640)
    said = read(page(*paper.lines[:3], about, *paper.lines[3:]))
    assert (said.type.code, value(said, "code_number"), value(said, "code_notation")) == ("CV", "299", "UBND-TTHC")


def test_title_and_notation_that_contradict_each_other_are_doubted():
    said = read(official("QUYẾT ĐỊNH", "Về việc giao đất", number="Số: 05/TB-UBND"))
    assert said.type.agreement == "disagree"
    assert "type" in said.needs_review


def test_the_national_name_quoted_low_on_the_page_does_not_make_a_second_head():
    quoted = line(NATIONAL, 2400), line(MOTTO, 2470), line("BẢN CAM KẾT", 2600)
    said = read(page(*official("QUYẾT ĐỊNH", "Về việc giao đất").lines, *quoted))
    assert (said.type.code, value(said, "code_number")) == ("QĐ", "05")
