"""What dirt, seals and lost lines do to a page: what can still be known is told, and what cannot is doubted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sohoa.ocr.model import Box, Line, PageText, Understanding, Word
from sohoa.ocr.understanding import Known, understand
from sohoa.ocr.understanding.lexicon import Lexicon
from tests.ocr.understanding.lexica import AGENCIES, UNITS
from tests.ocr.understanding.written import MOTTO, NATIONAL, catalogue, line, official, page

KNOWN = Known(catalogue(), Lexicon.of(UNITS, (*AGENCIES, "Sở Tư pháp")), today=date(2026, 12, 31))
BODY = "Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025 và các văn bản khác;"


def read(paper: PageText) -> Understanding:
    return understand([paper], KNOWN)


def value(paper: PageText, name: str) -> str | None:
    found = read(paper).fields.get(name)
    return found.value if found else None


def with_word(paper: PageText, text: str, confidence: float, *, to: str | None = None) -> PageText:
    """The page with one of its words read less surely, and as `to`."""

    def seen(word: Word) -> Word:
        return replace(word, text=to or text, confidence=confidence) if word.text == text else word

    return replace(paper, lines=tuple(replace(one, words=tuple(map(seen, one.words))) for one in paper.lines))


def beside(one: Line, text: str, bbox: Box, confidence: float) -> Line:
    return Line((*one.words, Word(text, bbox, confidence)), one.bbox)


# Number and notation --------------------------------------------------------------------------------------------------


def test_a_speck_glued_to_the_label_does_not_hide_the_number() -> None:
    paper = official("THÔNG BÁO", number="_Số: 621/TB-STC", agency=("UBND TỈNH QUẢNG NINH", "SỞ TÀI CHÍNH"))
    assert (value(paper, "code_number"), value(paper, "code_notation")) == ("621", "TB-STC")


def test_the_name_of_a_department_is_not_taken_for_the_line_of_the_number() -> None:
    paper = official("BÁO CÁO", number="", agency=("UBND TỈNH QUẢNG NINH", "SỞ TƯ PHÁP"))
    assert value(paper, "issuing_agency") == "Sở Tư pháp"


@pytest.mark.parametrize(
    ("agency", "seen", "right"),
    [
        (("ỦY BAN NHÂN DÂN", "PHƯỜNG ĐÔNG HẢI"), "QĐ-UBNĐ", "QĐ-UBND"),
        (("UBND TỈNH QUẢNG NINH", "BAN QUẢN LÝ DỰ ÁN"), "QĐ-BOLDA", "QĐ-BQLDA"),
    ],
)
def test_a_doubtful_letter_of_a_notation_is_put_right_by_the_agencys_initials(
    agency: tuple[str, str], seen: str, right: str
) -> None:
    paper = with_word(official("QUYẾT ĐỊNH", number=f"Số: 12/{seen}", agency=agency), f"12/{seen}", 0.5)
    found = read(paper).fields["code_notation"]
    assert (found.value, found.raw) == (right, f"12/{seen}")


def test_a_notation_that_is_no_initials_is_not_made_into_them() -> None:
    agency = ("SỞ GIÁO DỤC VÀ ĐÀO TẠO", "TRƯỜNG TRUNG HỌC PHỔ THÔNG LÊ LỢI")
    paper = with_word(official("QUYẾT ĐỊNH", number="Số: 12/QĐ-THPTLL", agency=agency), "12/QĐ-THPTLL", 0.5)
    assert value(paper, "code_notation") == "QĐ-THPTLL"


def test_a_surely_read_notation_is_not_changed_by_the_agency() -> None:
    paper = official("QUYẾT ĐỊNH", number="Số: 12/QĐ-UBNĐ", agency=("ỦY BAN NHÂN DÂN", "PHƯỜNG ĐÔNG HẢI"))
    assert value(paper, "code_notation") == "QĐ-UBNĐ"
    assert "code_notation" in read(paper).needs_review


def test_a_notation_whose_second_line_was_lost_is_completed_for_a_person_to_see() -> None:
    told = read(official("TỜ TRÌNH", number="Số: 545/TTr-", agency=("UBND TỈNH QUẢNG NINH", "SỞ TƯ PHÁP")))
    assert told.fields["code_notation"].value == "TTr-STP"
    assert "code_notation" in told.needs_review


def test_an_underscore_behind_a_notation_is_dirt() -> None:
    assert value(official("QUYẾT ĐỊNH", number="Số: 12/QĐ-UBND_"), "code_notation") == "QĐ-UBND"


def test_a_slash_lost_after_the_year_is_put_back_and_doubted() -> None:
    told = read(official("HỢP ĐỒNG THUÊ NHÀ", number="Số: 20/2026HĐ"))
    assert told.fields["code_notation"].value == "2026/HĐ"
    assert "code_notation" in told.needs_review


# The date -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "day"),
    [
        ("Hạ Long, ngày 26 tháng 0] năm 2026", "2026-01-26"),
        ("Hạ Long, ngày 2,9 tháng 4 năm 2026", "2026-04-29"),
        ("Hạ Long, ngày 28 tháng 4 năm 20,26", "2026-04-28"),
    ],
)
def test_dirt_inside_a_date_is_left_out_and_the_date_doubted(printed: str, day: str) -> None:
    told = read(official("BÁO CÁO", dated=printed))
    assert told.fields["issued_date"].value == day
    assert "issued_date" in told.needs_review


def test_dirt_before_the_place_hides_neither_place_nor_date() -> None:
    paper = official("BÁO CÁO", dated="-Hạ Long, ngày 26 tháng 01 năm 2026")
    assert (value(paper, "place"), value(paper, "issued_date")) == ("Hạ Long", "2026-01-26")


def test_a_year_to_come_is_read_as_the_one_year_of_the_text_that_is_a_figure_away() -> None:
    dated = "Hạ Long, ngày 18 tháng 5 năm 2096"
    told = read(official("KẾ HOẠCH", "Phòng, chống dịch bệnh năm 2026", dated=dated))
    assert told.fields["issued_date"].value == "2026-05-18"
    assert told.fields["issued_date"].raw.endswith("2096")
    assert "issued_date" in read(official("KẾ HOẠCH", "Phòng, chống dịch bệnh", dated=dated)).needs_review


def test_a_contract_says_its_place_in_its_first_sentence() -> None:
    paper = page(
        line(NATIONAL, 250), line(MOTTO, 320), line("HỢP ĐỒNG THUÊ NHÀ", 450), line("Số: 20/2026/HĐTN", 520),
        line("Hôm nay, ngày 29 tháng 5 năm 2026, tại Tân Lộc, chúng tôi gồm có:", 700),
    )  # fmt: skip
    assert (value(paper, "issued_date"), value(paper, "place")) == ("2026-05-29", "Tân Lộc")


# The subject ----------------------------------------------------------------------------------------------------------


def test_a_speck_beside_the_title_does_not_part_it_from_its_subject() -> None:
    paper = official("KẾ HOẠCH", "Phòng, chống dịch bệnh năm 2026")
    speck = Line((Word("-", (1000, 606, 1003, 608), 0.13),), (1000, 606, 1003, 608))
    assert value(page(*paper.lines, speck), "subject") == "Phòng, chống dịch bệnh năm 2026"


def test_a_scrap_at_the_end_of_a_subject_is_left_out() -> None:
    paper = official("BÁO CÁO", "Kết quả cải cách hành chính")
    subject = paper.lines[-1]
    x1, y0 = subject.bbox[2], subject.bbox[1]
    dirty = beside(subject, "cu", (x1 + 60, y0 - 30, x1 + 100, y0 + 5), 0.35)
    assert value(page(*paper.lines[:-1], dirty), "subject") == "Kết quả cải cách hành chính"


def test_a_title_at_the_left_margin_is_found_with_its_subject() -> None:
    head = official(number="Số: 69/BC-UBND").lines
    at_the_margin = (line("BÁO CÁO", 560, 424), line("Kết quả bảo vệ rừng năm 2026", 630, 676))
    told = read(page(*head, *at_the_margin, line(BODY, 760)))
    assert (told.type.code, told.type.agreement) == ("BC", "title+notation")
    assert told.fields["subject"].value == "Kết quả bảo vệ rừng năm 2026"


def test_a_subject_whose_translation_above_was_not_read_is_found_further_down() -> None:
    paper = official("THÔNG BÁO")
    assert value(page(*paper.lines, line("Tuyển dụng viên chức năm 2026", 680), line(BODY, 800)), "subject") == (
        "Tuyển dụng viên chức năm 2026"
    )


def test_a_subject_ends_where_a_wider_line_follows() -> None:
    wide = "Thực hiện chế độ thông tin báo cáo, Ủy ban nhân dân tỉnh báo cáo kết quả như sau:"
    paper = official("BÁO CÁO", "Kết quả số hóa hồ sơ và giấy tờ quý I")
    assert value(page(*paper.lines, line(wide, 700)), "subject") == "Kết quả số hóa hồ sơ và giấy tờ quý I"


def test_a_letters_subject_under_its_addressee_does_not_run_into_the_body() -> None:
    below = ("Kính gửi: Sở Tài chính", "V/v: góp ý dự thảo quy định", "Căn cứ Quyết định số 5/QĐ-UBND;")
    assert value(official(*below, number="Số: 31/UBND-TH"), "subject") == "góp ý dự thảo quy định"


@pytest.mark.parametrize("label", ["V?:", "Vi:", "Ví"])
def test_a_letters_subject_is_found_where_its_label_was_hardly_read(label: str) -> None:
    head = official(number="Số: 31/UBND-TH").lines
    paper = page(*head, line(f"{label} trả lời kiến nghị của cử tri", 460, 640), line("Kính gửi: Sở Tài chính", 700))
    assert value(with_word(paper, label, 0.1), "subject") == "trả lời kiến nghị của cử tri"


# The agency -----------------------------------------------------------------------------------------------------------


def test_a_name_takes_its_tones_from_where_the_paper_surely_has_them() -> None:
    dated, agency = "Vạn Hải, ngày 05 tháng 01 năm 2026", ("HỘI ĐỒNG NHÂN DÂN", "TỈNH VẠN HAI")
    paper = official("NGHỊ QUYẾT", number="Số: 5/NQ-HĐND", dated=dated, agency=agency)
    found = read(with_word(paper, "VẠN", 0.3)).fields["issuing_agency"]
    assert found.value == "Hội đồng nhân dân tỉnh Vạn Hải"
    assert found.raw == "HỘI ĐỒNG NHÂN DÂN TỈNH VẠN HAI"


def test_a_surely_read_name_keeps_its_tones_whatever_the_paper_says_elsewhere() -> None:
    paper = official("QUYẾT ĐỊNH", "Về việc giao đất tại xã Tấn Lộc", agency=("ỦY BAN NHÂN DÂN", "XÃ TÂN LỘC"))
    assert value(paper, "issuing_agency") == "Ủy ban nhân dân xã Tân Lộc"


def test_tones_that_the_paper_has_in_two_ways_are_taken_from_neither() -> None:
    below = ("QUYẾT ĐỊNH", "Về việc giao đất tại Vạn Hải", "Thực hiện tại Vân Hải năm nay")
    paper = official(*below, agency=("ỦY BAN NHÂN DÂN", "XÃ VAN HẢI"))
    found = read(with_word(paper, "VAN", 0.3)).fields["issuing_agency"]
    assert found.value.endswith("Van Hải")
    assert found.confidence < KNOWN.trusted


def test_a_stamps_edge_is_no_part_of_a_name() -> None:
    paper = official("TỜ TRÌNH", number="Số: 7/TTr-UBND", agency=("ỦY BAN NHÂN DÂN", "XÃ TÂN LỘC j8"))
    assert value(with_word(paper, "j8", 0.01), "issuing_agency") == "Ủy ban nhân dân xã Tân Lộc"


def test_the_first_word_of_a_body_is_no_other_word_with_its_letters() -> None:
    paper = official("BÁO CÁO", number="Số: 7/BC-BQLDA", agency=("BẠN QUẢN LÝ DỰ ÁN", "KHU VỰC MỘ ĐỨC"))
    found = read(paper).fields["issuing_agency"]
    assert found.value.split()[0] == "Ban"


def test_two_words_read_as_one_still_begin_a_body() -> None:
    paper = official("TỜ TRÌNH", number="Số: 7/TTr-TTYT", agency=("UBND HUYỆN MỘ ĐỨC", "TRUNGTÂM Y TẾ"))
    assert value(paper, "issuing_agency") == "Trung tâm Y tế"


def test_a_parent_whose_initials_are_not_the_notations_gives_way_to_the_body_that_the_text_names() -> None:
    told = read(
        official("BÁO CÁO", "Sở Tư pháp báo cáo kết quả năm 2026", number="Số: 17/BC-STP", agency=("UBND TỈNH QUẢNG NINH", ""))
    )
    assert told.fields["issuing_agency"].value == "Sở Tư pháp"
    assert "issuing_agency" in told.needs_review


def test_a_committee_signed_for_by_a_director_is_doubted() -> None:
    head = official("BÁO CÁO", number="", agency=("UBND TỈNH QUẢNG NINH", ""))
    director = read(page(*head.lines, line("GIÁM ĐỐC", 2000, 1780), line("Trần Văn Mẫu", 2300, 1780)))
    chairman = read(page(*head.lines, line("CHỦ TỊCH", 2000, 1780), line("Trần Văn Mẫu", 2300, 1780)))
    assert director.fields["issuing_agency"].confidence < KNOWN.trusted < chairman.fields["issuing_agency"].confidence


def test_white_where_a_line_should_be_above_the_number_casts_doubt_on_a_parent() -> None:
    left = line("UBND TỈNH QUẢNG NINH", 250, 640)
    right = (line(NATIONAL, 250, 1700), line(MOTTO, 320, 1700))
    near, far = (read(page(left, *right, line("Số: 5/QĐ-UBND", y, 640), line("QUYẾT ĐỊNH", 700))) for y in (340, 420))
    assert far.fields["issuing_agency"].confidence < KNOWN.trusted < near.fields["issuing_agency"].confidence


# The signer's position ------------------------------------------------------------------------------------------------


def signed(*block: tuple[str, int], confidence: float = 0.995) -> Understanding:
    lines = [line(text, 2000 + 60 * row, 1780 + moved, confidence) for row, (text, moved) in enumerate(block)]
    return read(page(*official("QUYẾT ĐỊNH").lines, *lines, line("Trần Văn Mẫu", 2400, 1780)))


def test_a_deputys_position_has_the_line_above_it_as_witness() -> None:
    found = signed(("KT. CHỦ TỊCH", 0), ("PHÓ CHỦ TỊCH", 0)).fields["signer_position"]
    assert (found.value, found.witnesses) == ("Phó Chủ tịch", ("signing_capacity",))


def test_a_deputy_whose_first_word_a_seal_took_is_told_by_the_place_of_the_rest() -> None:
    found = signed(("KT. CHỦ TỊCH", 0), ("CHỦ TỊCH", 60)).fields["signer_position"]
    assert (found.value, found.raw) == ("Phó Chủ tịch", "CHỦ TỊCH")
    assert "signer_position" not in signed(("KT. CHỦ TỊCH", 0), ("CHỦ TỊCH", 0)).fields


def test_a_chiefs_position_read_twice_is_not_called_certain() -> None:
    found = signed(("CHỦ TỊCH", 0), ("CHỦ TỊCH", 0)).fields.get("signer_position")
    assert found is None or found.confidence < KNOWN.trusted
