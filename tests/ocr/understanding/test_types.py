from __future__ import annotations

import pytest

from sohoa.ocr.understanding import DocumentType, document_types_from, understand
from sohoa.ocr.understanding.types import DocumentTypeInvalid
from tests.ocr.understanding.written import catalogue, line, official, page

TYPES = catalogue()
WITH_TITLE = [(kind, title) for kind in TYPES for title in kind.titles]
NOTATED = [kind for kind in TYPES if kind.nd30 and kind.abbreviations and kind.titles]


def said(*lines: str, number: str = "", **head: object) -> tuple[str, str]:
    verdict = understand([official(*lines, number=number or "Số:", **head)], TYPES).type  # type: ignore[arg-type]
    return verdict.code, verdict.agreement


@pytest.mark.parametrize(("kind", "title"), WITH_TITLE, ids=[f"{kind.code}-{title}" for kind, title in WITH_TITLE])
def test_every_title_of_the_catalogue_is_recognised(kind: DocumentType, title: str):
    assert said(title.upper(), "Về một việc đã nêu ở trên") == (kind.code, "title")


@pytest.mark.parametrize("kind", NOTATED, ids=[kind.code for kind in NOTATED])
def test_title_and_notation_of_every_named_type_agree(kind: DocumentType):
    assert said(kind.titles[0].upper(), number=f"Số: 12/{kind.abbreviations[0]}-UBND") == (kind.code, "title+notation")


def test_the_catalogue_has_the_thirty_of_the_decree_and_their_abbreviations():
    annex_three = "NQ QĐ CT QC QyĐ TC TB HD CTr KH PA ĐA DA BC BB TTr HĐ CĐ BGN BTT GUQ GM GGT GNP PG PC PB SY TrS SL"
    assert " ".join(kind.code for kind in NOTATED) == annex_three
    assert all(kind.abbreviations[0] == kind.code for kind in NOTATED)
    assert all(kind.source and kind.tt05_code.isdigit() for kind in TYPES)


@pytest.mark.parametrize(
    ("read", "code"),
    [
        ("QUYÉT ĐỊNH", "QĐ"),
        ("QUYẾT ĐINH", "QĐ"),
        ("TỜ TRỈNH", "TTr"),
        ("TH ÔNG BÁO", "TB"),
        ("THÔNGBÁO", "TB"),
        ("BÁO CÁQ", "BC"),
        ("GIÂY PHÉP XAY DỤNG", "GPXD"),
        ("KÊ HOẠCH", "KH"),
        ("CHÍ THỊ", "CT"),
        ("HOP ĐÔNG", "HĐ"),
    ],
)
def test_slips_of_the_reader_do_not_hide_a_title(read: str, code: str):
    assert said(read, "Về việc tổ chức thực hiện") == (code, "title")


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (("GIẤY CHỨNG NHẬN", "ĐĂNG KÝ HỘ KINH DOANH"), "GCNHKD"),
        (("GIẤY CHỨNG NHẬN", "Đã hoàn thành chương trình bồi dưỡng"), "GCN"),
        (("GIẤY CHỨNG NHẬN", "QUYỀN SỬ DỤNG ĐẤT", "QUYỀN SỞ HỮU NHÀ Ở"), "GCNQSDĐ"),
        (("GIẤY PHÉP XÂY DỰNG", "Cấp cho: Ông Trần Văn Mẫu"), "GPXD"),
        (("GIẤY PHÉP", "XÂY DỰNG"), "GPXD"),
        (("GIẤY PHÉP LÁI XE",), "GP"),
        (("ĐƠN ĐỀ NGHỊ", "CẤP GIẤY PHÉP XÂY DỰNG"), "DON"),
        (("ĐƠN ĐỀ NGHỊ CẤP", "GIẤY PHÉP XÂY DỰNG"), "DON"),
        (("TỜ KHAI ĐĂNG KÝ KHAI SINH",), "TK"),
        (("TRÍCH LỤC KHAI SINH", "(BẢN SAO)"), "TLKS"),
        (("HỢP ĐỒNG THUÊ NHÀ",), "HĐ"),
    ],
)
def test_the_longest_title_that_fits_wins(lines: tuple[str, ...], code: str):
    assert said(*lines)[0] == code


@pytest.mark.parametrize(
    "line_of_body",
    [
        "Căn cứ Quyết định số 1667/QĐ-UBND ngày 08 tháng 11 năm 2023 của Chủ tịch",
        "Quyết định này có hiệu lực kể từ ngày ký.",
        "HỘI ĐỒNG NHÂN DÂN TỈNH",
        "ĐƠN VỊ: PHÒNG KINH TẾ",
        "I. KẾ HOẠCH THỰC HIỆN",
        "SOCIALIST REPUBLIC OF VIET NAM",
    ],
)
def test_what_only_mentions_a_title_is_no_title(line_of_body: str):
    assert said(line_of_body) == ("", "none")


def test_a_bilingual_card_is_an_identity_card_and_its_number_is_no_papers_number():
    card = page(
        line("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 200),
        line("SOCIALIST REPUBLIC OF VIET NAM", 260),
        line("Độc lập - Tự do - Hạnh phúc", 320),
        line("Independence - Freedom - Happiness", 380),
        line("CĂN CƯỚC CÔNG DÂN", 450),
        line("Citizen Identity Card", 510),
        line("Số / No.: 001234567890", 580),
        line("Họ và tên / Full name:", 640),
    )
    found = understand([card], TYPES)
    assert found.type.code == "CC"
    assert "code_number" not in found.fields and "code_notation" not in found.fields


def test_a_letter_has_no_title_but_a_subject_under_its_number():
    letter = official("Kính gửi: Sở Tài chính", number="Số: 299/UBND-TTHC")
    about = line("V/v công bố Danh mục", 470, 640)
    read = understand([page(*letter.lines[:3], about, line("thủ tục hành chính", 530, 640), *letter.lines[3:])], TYPES)
    assert (read.type.code, read.type.agreement) == ("CV", "title+notation")
    assert read.fields["subject"].value == "công bố Danh mục thủ tục hành chính"
    assert (read.fields["code_number"].value, read.fields["code_notation"].value) == ("299", "UBND-TTHC")


def test_witnesses_that_contradict_each_other_send_the_paper_to_a_person():
    read = understand([official("THÔNG BÁO", "Về việc nghỉ lễ", number="Số: 05/QĐ-UBND")], TYPES)
    assert (read.type.code, read.type.agreement) == ("TB", "disagree")
    assert read.type.confidence < 0.5
    assert "type" in read.needs_review


def test_a_page_without_a_title_is_judged_by_its_notation_with_less_confidence():
    both = understand([official("QUYẾT ĐỊNH", number="Số: 05/QĐ-UBND")], TYPES).type
    alone = understand([official("Điều 1. Cho phép thực hiện.", number="Số: 05/QĐ-UBND")], TYPES).type
    assert (alone.code, alone.agreement) == ("QĐ", "notation")
    assert alone.confidence < both.confidence


@pytest.mark.parametrize("group", ["QD", "0Đ", "OĐ", "QÐ", "QĐ"])
def test_the_ways_a_scan_damages_qd_still_agree_with_the_title(group: str):
    read = understand([official("QUYẾT ĐỊNH", "Về việc giao đất", number=f"Số: 05/{group}-UBND")], TYPES)
    assert read.type.agreement == "title+notation"
    assert read.fields["code_notation"].value == "QĐ-UBND"


@pytest.mark.parametrize(("title", "code"), [("ĐỀ ÁN", "ĐA"), ("DỰ ÁN", "DA"), ("HỢP ĐỒNG", "HĐ"), ("HƯỚNG DẪN", "HD")])
@pytest.mark.parametrize("stroke", [True, False])
def test_only_the_title_tells_de_an_from_du_an_and_hop_dong_from_huong_dan(title: str, code: str, stroke: bool):
    group = code if stroke else code.replace("Đ", "D")
    assert said(title, number=f"Số: 05/{group}-UBND") == (code, "title+notation")


@pytest.mark.parametrize("group", ["ĐA", "DA", "HĐ", "HD"])
def test_without_a_title_an_abbreviation_that_one_stroke_changes_is_not_trusted(group: str):
    assert "type" in understand([official("Nội dung như sau.", number=f"Số: 05/{group}-UBND")], TYPES).needs_review


def test_two_titles_one_letter_apart_are_decided_by_the_notation():
    assert said("THÔNG ØÁO", number="Số: 11/TC-UBND") == ("TC", "title+notation")
    assert said("THÔNG ØÁO", number="Số: 11/TB-UBND") == ("TB", "title+notation")


def test_the_columns_may_come_as_one_line_or_as_two():
    together, apart = (understand([official("QUYẾT ĐỊNH", "Về việc giao đất", together=way)], TYPES) for way in (True, False))
    assert together == apart


def test_a_blank_first_page_does_not_hide_the_paper_behind_it():
    assert understand([page(), official("QUYẾT ĐỊNH")], TYPES).type.code == "QĐ"


def test_nothing_read_is_no_type_and_goes_to_a_person():
    read = understand([page()], TYPES)
    assert (read.type.code, read.type.agreement, read.needs_review) == ("", "none", ("type",))


@pytest.mark.parametrize(
    "rows",
    [
        [{"name": "Quyết định"}],
        [{"code": "", "name": "Quyết định"}],
        [{"code": "QĐ", "name": "Quyết định"}, {"code": "QĐ", "name": "Quyết định"}],
        [{"code": "QĐ", "name": "Quyết định", "titles": "Quyết định"}],
        [{"code": "QĐ", "name": "Quyết định", "titles": [7]}],
        [{"code": "QĐ", "name": "Quyết định", "nd30": "yes"}],
    ],
)
def test_a_damaged_catalogue_is_refused_by_row_and_key(rows: list[dict[str, object]]):
    with pytest.raises(DocumentTypeInvalid) as refused:
        document_types_from(rows)
    assert refused.value.code == "ocr.document_type_invalid"
    assert str(len(rows)) in refused.value.as_dict()["vi"]
