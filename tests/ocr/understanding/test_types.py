from __future__ import annotations

import tomllib

import pytest

from sohoa.kernel.text import fold
from sohoa.ocr.understanding import DocumentType, Known, document_types_from, understand
from sohoa.ocr.understanding.types import DocumentTypeInvalid
from tests.ocr.understanding.written import CATALOGUE, catalogue, line, official, page

TYPES = catalogue()
WITH_TITLE = [(kind, title) for kind in TYPES for title in kind.titles]
NOTATED = [kind for kind in TYPES if kind.nd30 and kind.abbreviations and kind.titles]


def said(*lines: str, number: str = "", **head: object) -> tuple[str, str]:
    verdict = understand([official(*lines, number=number or "Số:", **head)], Known(TYPES)).type  # type: ignore[arg-type]
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


def test_the_catalogue_has_the_papers_of_dossiers_and_places_for_what_has_no_title():
    wanted = "CV TCg DON TK GPXD GP GCN GCNQSDĐ TLKS TL GKS CC HC HĐ HDBL BV ANH KHAC"
    assert set(wanted.split()) <= {kind.code for kind in TYPES}
    assert [kind.code for kind in TYPES if not kind.titles] == ["CV", "ANH", "KHAC"]


def test_no_title_belongs_to_two_types():
    owners: dict[str, set[str]] = {}
    for kind, title in WITH_TITLE:
        owners.setdefault(fold(title), set()).add(kind.code)
    assert not {title: codes for title, codes in owners.items() if len(codes) > 1}


def test_what_a_type_must_carry_is_a_field_that_has_a_name():
    named = {row["name"] for row in tomllib.loads(CATALOGUE.with_name("fields.toml").read_text("utf-8"))["field"]}
    assert {name for kind in TYPES for name in kind.must_carry} <= named


def test_no_retention_period_is_claimed_but_an_agency_may_write_its_own_class():
    assert not any(kind.retention for kind in TYPES)
    (kind,) = document_types_from([{"code": "QĐ", "name": "Quyết định", "retention": "B-10"}])
    assert kind.retention == "B-10"


def test_a_type_added_to_the_catalogue_file_alone_is_recognised():
    row = """
[[type]]
code = "GĐX"
name = "Giấy đi xa"
abbreviations = ["GĐX"]
titles = ["Giấy đi xa"]
"""
    types = document_types_from(tomllib.loads(CATALOGUE.read_text("utf-8") + row)["type"])
    verdict = understand([official("GIẤY ĐI XA", "Về việc đi công tác", number="Số: 07/GĐX-UBND")], Known(types)).type
    assert (verdict.code, verdict.name, verdict.agreement) == ("GĐX", "Giấy đi xa", "title+notation")


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
        (("HỢP ĐỒNG", "CHUYỂN NHƯỢNG QUYỀN SỬ DỤNG ĐẤT"), "HĐ"),
        (("GIẤY CHỨNG NHẬN", "QUYỀN SỬ DỤNG ĐẤT,", "QUYỀN SỞ HỮU NHÀ Ở VÀ TÀI SẢN KHÁC GẮN LIỀN VỚI ĐẤT"), "GCNQSDĐ"),
        (("GIẤY CHỨNG NHẬN", "QUYỀN SỬ DỤNG ĐẤT, QUYỀN SỞ HỮU TÀI SẢN GẮN LIỀN VỚI ĐẤT"), "GCNQSDĐ"),
        (("GIẤY CHỨNG NHẬN ĐĂNG KÝ DOANH NGHIỆP", "CÔNG TY TRÁCH NHIỆM HỮU HẠN MỘT THÀNH VIÊN"), "GCNDN"),
        (("GIẤY CHỨNG NHẬN", "ĐĂNG KÝ DOANH NGHIỆP"), "GCNDN"),
        (("GIẤY CHỨNG NHẬN", "CƠ SỞ ĐỦ ĐIỀU KIỆN AN TOÀN THỰC PHẨM"), "GCN"),
        (("GIẤY CHỨNG NHẬN KẾT HÔN",), "GCNKH"),
        (("GIẤY XÁC NHẬN", "TÌNH TRẠNG HÔN NHÂN"), "GCN"),
        (("ĐƠN ĐĂNG KÝ BIẾN ĐỘNG", "ĐẤT ĐAI, TÀI SẢN GẮN LIỀN VỚI ĐẤT"), "DON"),
        (("GIẤY TIẾP NHẬN HỒ SƠ", "VÀ HẸN TRẢ KẾT QUẢ"), "GTN"),
        (("PHIẾU KIỂM SOÁT", "QUÁ TRÌNH GIẢI QUYẾT HỒ SƠ"), "PKS"),
        (("PHIẾU LÝ LỊCH TƯ PHÁP SỐ 1",), "PLLTP"),
        (("CHỨNG CHỈ HÀNH NGHỀ", "HOẠT ĐỘNG XÂY DỰNG"), "VB"),
        (("TRÍCH LỤC KẾT HÔN (BẢN SAO)",), "TL"),
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
    found = understand([card], Known(TYPES))
    assert found.type.code == "CC"
    assert "code_number" not in found.fields and "code_notation" not in found.fields


def test_a_letter_has_no_title_but_a_subject_under_its_number():
    letter = official("Kính gửi: Sở Tài chính", number="Số: 299/UBND-TTHC")
    about = line("V/v công bố Danh mục", 470, 640)
    read = understand([page(*letter.lines[:3], about, line("thủ tục hành chính", 530, 640), *letter.lines[3:])], Known(TYPES))
    assert (read.type.code, read.type.agreement) == ("CV", "title+notation")
    assert read.fields["subject"].value == "công bố Danh mục thủ tục hành chính"
    assert (read.fields["code_number"].value, read.fields["code_notation"].value) == ("299", "UBND-TTHC")


def test_witnesses_that_contradict_each_other_send_the_paper_to_a_person():
    read = understand([official("THÔNG BÁO", "Về việc nghỉ lễ", number="Số: 05/QĐ-UBND")], Known(TYPES))
    assert (read.type.code, read.type.agreement) == ("TB", "disagree")
    assert read.type.confidence < 0.5
    assert "type" in read.needs_review


def test_a_page_without_a_title_is_judged_by_its_notation_with_less_confidence():
    both = understand([official("QUYẾT ĐỊNH", number="Số: 05/QĐ-UBND")], Known(TYPES)).type
    alone = understand([official("Điều 1. Cho phép thực hiện.", number="Số: 05/QĐ-UBND")], Known(TYPES)).type
    assert (alone.code, alone.agreement) == ("QĐ", "notation")
    assert alone.confidence < both.confidence


@pytest.mark.parametrize("group", ["QD", "0Đ", "OĐ", "QÐ", "QĐ"])
def test_the_ways_a_scan_damages_qd_still_agree_with_the_title(group: str):
    read = understand([official("QUYẾT ĐỊNH", "Về việc giao đất", number=f"Số: 05/{group}-UBND")], Known(TYPES))
    assert read.type.agreement == "title+notation"
    assert read.fields["code_notation"].value == "QĐ-UBND"


@pytest.mark.parametrize(("title", "code"), [("ĐỀ ÁN", "ĐA"), ("DỰ ÁN", "DA"), ("HỢP ĐỒNG", "HĐ"), ("HƯỚNG DẪN", "HD")])
@pytest.mark.parametrize("stroke", [True, False])
def test_only_the_title_tells_de_an_from_du_an_and_hop_dong_from_huong_dan(title: str, code: str, stroke: bool):
    group = code if stroke else code.replace("Đ", "D")
    assert said(title, number=f"Số: 05/{group}-UBND") == (code, "title+notation")


@pytest.mark.parametrize("group", ["ĐA", "DA", "HĐ", "HD"])
def test_without_a_title_an_abbreviation_that_one_stroke_changes_is_not_trusted(group: str):
    assert "type" in understand([official("Nội dung như sau.", number=f"Số: 05/{group}-UBND")], Known(TYPES)).needs_review


def test_two_titles_one_letter_apart_are_decided_by_the_notation():
    assert said("THÔNG ØÁO", number="Số: 11/TC-UBND") == ("TC", "title+notation")
    assert said("THÔNG ØÁO", number="Số: 11/TB-UBND") == ("TB", "title+notation")


def test_the_columns_may_come_as_one_line_or_as_two():
    together, apart = (
        understand([official("QUYẾT ĐỊNH", "Về việc giao đất", together=way)], Known(TYPES)) for way in (True, False)
    )
    assert together == apart


def test_a_blank_first_page_does_not_hide_the_paper_behind_it():
    assert understand([page(), official("QUYẾT ĐỊNH")], Known(TYPES)).type.code == "QĐ"


def test_nothing_read_is_no_type_and_goes_to_a_person():
    read = understand([page()], Known(TYPES))
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
        [{"code": "QĐ", "name": "Quyết định", "retention": 10}],
    ],
)
def test_a_damaged_catalogue_is_refused_by_row_and_key(rows: list[dict[str, object]]):
    with pytest.raises(DocumentTypeInvalid) as refused:
        document_types_from(rows)
    assert refused.value.code == "ocr.document_type_invalid"
    assert str(len(rows)) in refused.value.as_dict()["vi"]
