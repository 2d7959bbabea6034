from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sohoa.ocr.model import Code, Field, Line
from sohoa.ocr.understanding.header import layout_of
from sohoa.ocr.understanding.people.fields import people_fields
from tests.ocr.understanding.written import WIDTH, line, page

TODAY = date(2026, 7, 1)
TRUSTED = 0.80
LEFT = 300


def row(text: str, y: int, *, x: int = LEFT, confidence: float = 0.99) -> Line:
    return line(text, y, centre=x + 12 * len(text), confidence=confidence)


def form(*texts: str | Line, codes: tuple[Code, ...] = (), kind: str = "DON") -> dict[str, Field]:
    """A form whose lines stand 70 pixels apart, from the left margin."""
    rows = [text if isinstance(text, Line) else row(text, 400 + 70 * at) for at, text in enumerate(texts)]
    return people_fields([layout_of(page(*rows))], codes, kind, today=TODAY)


def values(fields: dict[str, Field]) -> dict[str, str]:
    return {name: field.value for name, field in fields.items()}


def qr(text: str) -> Code:
    return Code(text, "QRCode", 1, (2000, 300, 2200, 500))


REQUEST = (
    "Họ, chữ đệm, tên người đề nghị: Lê Thị Bích Ngần",
    "Ngày, tháng, năm sinh: 20/02/1999          Giới tính: Nữ",
    "Số định danh cá nhân: 003199412007",
    "Nơi cư trú: thôn Trung Nghĩa, xã Trà Khê, tỉnh Hòa An",
    "Số điện thoại: 0912.345.678",
)
OWNER = {
    "owner_name": "Lê Thị Bích Ngần",
    "owner_birth_date": "1999-02-20",
    "owner_identifier": "003199412007",
    "owner_address": "thôn Trung Nghĩa, xã Trà Khê, tỉnh Hòa An",
    "owner_phone": "0912345678",
}


def test_a_request_says_who_hands_it_in():
    fields = form(*REQUEST)
    assert values(fields) == OWNER
    assert all(field.page == 1 and field.bbox for field in fields.values())
    assert {name: field.confidence >= TRUSTED for name, field in fields.items()} == dict.fromkeys(OWNER, True)


@pytest.mark.parametrize(
    "texts",
    [
        (
            "1. Họ và tên: Lê Thị Bích Ngần",
            "2. Sinh ngày 20/02/1999; giới tính: Nữ",
            "3. Căn cước số 003199412007 cấp ngày 03/01/2025",
            "4. Địa chỉ thường trú: thôn Trung Nghĩa, xã Trà Khê, tỉnh Hòa An",
            "5. Điện thoại: 0912 345 678        Email: ngan@example.vn",
        ),
        (
            "Ho, chù đêm, ten nguời đề nghi: Lê Thị Bích Ngần",
            "Ngay, thang, nãm sinh: 20/02/1999",
            "Sô đinh danb cá nhãn: 003199412007",
            "Nơi cu trù: thôn Trung Nghĩa, xã Trà Khê, tỉnh Hòa An",
            "Sồ diện thọai: 0912.345.678",
        ),
        (
            "Họ và tên .......... Lê Thị Bích Ngần ..........",
            "Ngày sinh …… 20/02/1999 ……",
            "Số CCCD/CMND .............. 003199412007 ............",
            "Địa chỉ .... thôn Trung Nghĩa, xã Trà Khê, tỉnh Hòa An ....",
            "Điện thoại ........ 0912345678 .......",
        ),
        (
            "Họ và tên:",
            "LÊ THỊ BÍCH NGẦN",
            "Ngày sinh:",
            "20/02/1999",
            "Số định danh cá nhân:",
            "0 0 3 1 9 9 4 1 2 0 0 7",
            "Nơi thường trú:",
            "thôn Trung Nghĩa, xã Trà Khê, tỉnh Hòa An",
            "Số điện thoại:",
            "0912.345.678",
        ),
        (
            "Tôi tên là: Bà Lê Thị Bích Ngần, sinh ngày 20/02/1999",
            "Số CCCD: 003 199 412 007   Điện thoại: 0912.345.678",
            "Nơi ở hiện tại: thôn Trung Nghĩa, xã Trà Khê, tỉnh Hòa An",
        ),
    ],
    ids=["other words", "misread labels", "dotted leaders", "values on the next line", "several on a line"],
)
def test_labels_are_known_however_a_form_words_them_and_a_reader_reads_them(texts):
    assert values(form(*texts)) == OWNER


def test_the_next_cell_of_a_table_row_is_what_its_label_introduces():
    fields = form(
        row("Họ và tên", 400), row("Lê Thị Bích Ngần", 400, x=1200), row("Số CCCD", 480), row("003199412007", 480, x=1200)
    )
    assert values(fields) == {"owner_name": "Lê Thị Bích Ngần", "owner_identifier": "003199412007"}


def test_where_on_the_page_the_labels_stand_does_not_matter():
    turned = form(*reversed(REQUEST[1:]), REQUEST[0])
    assert values(turned) == OWNER


def test_an_address_goes_on_over_the_lines_that_it_fills():
    first = "Nơi cư trú: số 374 đường Hai Bà Trưng, tổ dân phố 7, phường Đông Hải, tỉnh Hòa"
    lines = (REQUEST[0], first, "An", "Số điện thoại: 0912.345.678")
    assert values(form(*lines))["owner_address"] == "số 374 đường Hai Bà Trưng, tổ dân phố 7, phường Đông Hải, tỉnh Hòa An"


def test_an_address_whose_end_may_be_missing_is_doubted():
    first = "Nơi cư trú: số 374 đường Hai Bà Trưng, tỉnh Hòa"
    far_below = row("Số điện thoại: 0912.345.678", 540)  # as far as if a line between had not been read
    assert form(row(first, 400), far_below)["owner_address"].confidence < TRUSTED
    near_below = row("Số điện thoại: 0912.345.678", 470)
    assert form(row(first, 400), near_below)["owner_address"].confidence >= TRUSTED


def test_other_peoples_lines_on_a_form_are_not_the_owners():
    fields = form(
        "Họ, chữ đệm, tên người yêu cầu: Lê Thị Bích Ngần",
        "Nơi cư trú: thôn Trung Nghĩa, xã Trà Khê, tỉnh Hòa An",
        "Đề nghị đăng ký khai sinh cho người dưới đây:",
        "Họ, chữ đệm, tên: TRẦN MINH QUÂN",
        "Ngày, tháng, năm sinh: 01/06/2026",
        "Họ, chữ đệm, tên người mẹ: Phạm Thị Hồng Hà",
        "Số định danh cá nhân: 003185412008",
    )
    assert values(fields) == {"owner_name": "Lê Thị Bích Ngần", "owner_address": OWNER["owner_address"]}


def test_a_name_that_is_said_to_be_somebody_elses_is_passed_over():
    fields = form(
        "Họ và tên người được ủy quyền: Trần Văn Hai", "Họ và tên người nộp hồ sơ: Lê Thị Bích Ngần", "Số CCCD: 003199412007"
    )
    assert values(fields) == {"owner_name": "Lê Thị Bích Ngần", "owner_identifier": "003199412007"}


def test_prose_that_mentions_an_address_or_a_name_gives_no_fields():
    fields = form(
        "Tôi đề nghị xác nhận nơi cư trú của tôi tại địa phương để bổ túc hồ sơ xin việc làm.",
        "Người làm đơn phải ghi rõ họ và tên, địa chỉ và số điện thoại để cơ quan liên hệ khi cần.",
    )
    assert values(fields) == {}


@pytest.mark.parametrize("name", ["Hồ Thị Hồng Quỳnh", "Bá Văn Chi", "Anh Thị Mai"])
def test_family_names_that_look_like_titles_stay_in_the_name(name):
    assert form(f"Họ và tên: {name}")["owner_name"].value == name


def test_a_name_in_capitals_ends_where_the_capitals_do():
    assert form("Họ và tên chủ hộ: CAO THỊ HỒNG NGUYỆT Giới")["owner_name"].value == "Cao Thị Hồng Nguyệt"


def test_a_name_broken_over_two_lines_is_joined():
    full = "1. Cấp cho: bà Mai Thị"
    under = "Mỹ Lý, địa chỉ: thôn Hạ, xã An Phước, tỉnh Hòa An."
    fields = form(row(full, 400, x=LEFT + 24 * (len(under) - len(full))), row(under, 470), kind="GPXD")
    assert fields["owner_name"].value == "Mai Thị Mỹ Lý"


def test_an_address_keeps_its_comma_where_the_line_was_broken():
    lines = (REQUEST[0], "Nơi cư trú: số 136 đường Lê Hồng Phong, tổ dân phố 7, khu phố 12, phường Ngọc Sơn,", "tỉnh Hòa An")
    assert form(*lines)["owner_address"].value.endswith("phường Ngọc Sơn, tỉnh Hòa An")


def test_the_place_and_date_of_a_paper_are_no_birth():
    assert values(form("Thanh Bình, ngày 15 tháng 6 năm 2026", *REQUEST[:1])) == {"owner_name": "Lê Thị Bích Ngần"}


def test_labels_with_nothing_written_behind_them_give_nothing():
    assert values(form("Họ và tên: ...................", "Số CCCD: ..............", "Địa chỉ: ................")) == {}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Số định danh cá nhân: 00319941200", "owner_identifier"),
        ("Số định danh cá nhân: 000199412007", "owner_identifier"),
        ("Số định danh cá nhân: 0031994120077", "owner_identifier"),
        ("Số CMND: 201234567", "owner_identifier"),
        ("Số điện thoại: 0912.345.67", "owner_phone"),
        ("Mã số thuế: 0101248142", "tax_code"),
        ("Họ và tên: Lê7 Thị", "owner_name"),
    ],
)
def test_a_value_that_breaks_its_rule_never_passes_for_certain(text, name):
    field = form(text, *REQUEST[3:4]).get(name)
    assert field is None or field.confidence < TRUSTED


@pytest.mark.parametrize("day", ["31/02/1999", "20/02/2991", "20/02/2027", "00/00/0000"])
def test_a_birth_that_cannot_be_is_not_given(day):
    assert "owner_birth_date" not in form(REQUEST[0], f"Ngày sinh: {day}", REQUEST[2])


def test_a_date_whose_slashes_were_read_as_digits_is_given_with_doubt():
    field = form("Ngày sinh: 2010211999")["owner_birth_date"]
    assert (field.value, field.raw) == ("1999-02-20", "2010211999")
    assert field.confidence < TRUSTED


def test_a_letter_read_for_a_digit_is_put_right_with_doubt():
    field = form("Số định danh cá nhân: OO3199412O07")["owner_identifier"]
    assert (field.value, field.raw) == ("003199412007", "OO3199412O07")
    assert field.confidence < TRUSTED


def test_a_number_of_another_birth_year_leaves_both_in_doubt():
    fields = form(*REQUEST[:1], "Ngày sinh: 20/02/1989", REQUEST[2])
    assert fields["owner_identifier"].confidence <= 0.5
    assert fields["owner_birth_date"].confidence <= 0.5


def test_a_number_of_the_other_sex_is_doubted():
    assert form("Ngày sinh: 20/02/1999    Giới tính: Nam", REQUEST[2])["owner_identifier"].confidence <= 0.5


def test_the_name_under_the_signature_is_a_witness_for_the_name_on_top():
    doubtful = row(REQUEST[0], 400, confidence=0.85)
    signed = [replace(word, confidence=0.9) for word in row("Lê Thị Bích Ngần", 2600, x=1500).words]
    alone = form(doubtful)["owner_name"]
    together = form(doubtful, Line(tuple(signed), (1500, 2600, 2000, 2644)))["owner_name"]
    assert together.confidence > alone.confidence
    assert together.witnesses == ("signature",)


def test_another_tone_under_the_signature_is_doubt_with_both_to_choose_from():
    field = form(REQUEST[0], row("Lê Thị Bích Ngân", 2600, x=1500))["owner_name"]
    assert field.confidence < TRUSTED
    assert (field.value, [other.value for other in field.alternatives]) == ("Lê Thị Bích Ngần", ["Lê Thị Bích Ngân"])


def test_what_a_pen_wrote_into_the_form_is_not_certain():
    written = row("Họ và tên: Lê Thị Bích Ngần", 400)
    words = tuple(replace(word, handwritten=at > 2) for at, word in enumerate(written.words))
    assert form(replace(written, words=words))["owner_name"].confidence < TRUSTED


def test_a_name_is_never_surer_than_its_least_sure_word():
    read = row("Họ và tên: Lê Thị Bích Ngần", 400)
    words = (*read.words[:-1], replace(read.words[-1], confidence=0.4))
    assert form(replace(read, words=words))["owner_name"].confidence <= 0.4


def test_a_decision_has_no_owner_whoever_it_names():
    assert values(form(*REQUEST, kind="QĐ")) == {}


def test_a_companys_tax_code_is_taken_with_its_check_digit():
    assert values(form("Mã số thuế: 0101248141")) == {"tax_code": "0101248141"}


CARD_TEXT = "003199412007||Lê Thị Bích Ngần|20021999|Nữ|thôn Trung Nghĩa, xã Trà Khê, tỉnh Hòa An|03012025|MẪU"
CARD = (
    "CĂN CƯỚC",
    "Số định danh cá nhân / Personal identification number:",
    "003199412007",
    "Họ, chữ đệm và tên khai sinh / Full name:",
    "LÊ THỊ BÍCH NGẦN",
    "Ngày, tháng, năm sinh / Date of birth:",
    "20/02/1999",
    "Giới tính / Sex: Nữ     Quốc tịch / Nationality: Việt Nam",
    "Nơi cư trú / Place of residence:",
    "thôn Trung Nghĩa, xã Trà Khê, tỉnh Hòa An",
    "Ngày, tháng, năm cấp / Date of issue:",
    "03/01/2025",
    "Ngày, tháng, năm hết hạn / Date of expiry:",
    "20/02/2039",
    "BỘ CÔNG AN",
)


def test_a_cards_code_and_print_that_agree_are_witnesses_for_each_other():
    fields = form(*CARD, codes=(qr(CARD_TEXT),), kind="CC")
    assert values(fields) == {
        "owner_identifier": "003199412007",
        "owner_name": "Lê Thị Bích Ngần",
        "owner_birth_date": "1999-02-20",
        "owner_address": "thôn Trung Nghĩa, xã Trà Khê, tỉnh Hòa An",
        "issued_date": "2025-01-03",
        "valid_to": "2039-02-20",
        "issuing_agency": "Bộ Công an",
    }
    coded = [fields[name] for name in ("owner_identifier", "owner_name", "owner_birth_date", "owner_address", "issued_date")]
    assert all((field.source, field.witnesses) == ("qr", ("text",)) and field.confidence >= TRUSTED for field in coded)


@pytest.mark.parametrize(
    ("printed", "other", "name"),
    [
        ("003199412007", "003199412008", "owner_identifier"),
        ("LÊ THỊ BÍCH NGẦN", "TRẦN THỊ THU HÀ", "owner_name"),
        ("20/02/1999", "21/02/1999", "owner_birth_date"),
        ("thôn Trung Nghĩa, xã Trà Khê, tỉnh Hòa An", "số 5 đường Lê Lợi, phường Phú Mỹ, tỉnh Hòa An", "owner_address"),
        ("03/01/2025", "04/01/2025", "issued_date"),
    ],
)
def test_print_that_contradicts_the_code_is_doubt_with_both_to_choose_from(printed, other, name):
    field = form(*[other if text == printed else text for text in CARD], codes=(qr(CARD_TEXT),), kind="CC")[name]
    assert field.source == "qr"
    assert field.confidence <= 0.5
    assert len(field.alternatives) == 1
    assert field.witnesses == ()


def test_print_that_was_read_badly_neither_confirms_nor_contradicts_the_code():
    rows = [
        row("LÊ THỊ BỊCH NGÂM" if text.startswith("LÊ") else text, 400 + 70 * at, confidence=0.5) for at, text in enumerate(CARD)
    ]
    field = form(*rows, codes=(qr(CARD_TEXT),), kind="CC")["owner_name"]
    assert (field.value, field.witnesses) == ("Lê Thị Bích Ngần", ())
    assert field.confidence >= TRUSTED


def test_a_card_whose_own_number_contradicts_its_birth_is_doubted():
    forged = CARD_TEXT.replace("20021999", "20021989")
    assert form(codes=(qr(forged),), kind="CC")["owner_identifier"].confidence <= 0.5


def test_codes_of_two_people_on_one_paper_leave_everything_in_doubt():
    other = CARD_TEXT.replace("003199412007", "003199412008").replace("Ngần", "Hà")
    fields = form(codes=(qr(CARD_TEXT), qr(other)), kind="CC")
    assert fields
    assert all(field.confidence <= 0.5 for field in fields.values())


def test_names_and_addresses_of_a_card_without_its_code_are_for_a_person_to_check():
    fields = form(*CARD, kind="CC")
    assert fields["owner_name"].value == "Lê Thị Bích Ngần"
    assert fields["owner_name"].confidence < TRUSTED
    assert fields["owner_address"].confidence < TRUSTED
    assert fields["owner_identifier"].confidence >= TRUSTED


def test_a_paper_of_unknown_kind_that_shows_a_card_is_read_as_one():
    assert form(*CARD, kind="")["issuing_agency"].value == "Bộ Công an"


def test_a_card_copied_onto_the_form_confirms_its_owner_and_nobody_else():
    assert form(*REQUEST, codes=(qr(CARD_TEXT),))["owner_identifier"].witnesses == ("qr",)
    stranger = CARD_TEXT.replace("003199412007", "003199412008")
    assert values(form(*REQUEST, codes=(qr(stranger),))) == OWNER


DOSSIER = "H40.12-260105-0012"


def test_a_dossiers_code_in_a_code_and_in_print_is_certain_on_any_kind_of_paper():
    field = form(f"Mã hồ sơ: {DOSSIER}", codes=(qr(DOSSIER),), kind="TB")["dossier_code"]
    assert (field.value, field.source, field.witnesses) == (DOSSIER, "qr", ("text",))


def test_a_printed_dossiers_code_that_differs_from_the_coded_one_is_doubt():
    field = form("Mã hồ sơ: H40.12-260105-0013", codes=(qr(DOSSIER),), kind="TB")["dossier_code"]
    assert field.confidence <= 0.5
    assert [other.value for other in field.alternatives] == ["H40.12-260105-0013"]


def test_of_several_dossiers_in_print_the_labelled_one_is_meant_and_otherwise_none_for_certain():
    several = (f"Căn cứ hồ sơ {DOSSIER} và hồ sơ H40.12-260105-0013", "Mã hồ sơ: H40.12-260105-0014")
    assert form(*several)["dossier_code"].value == "H40.12-260105-0014"
    field = form(several[0])["dossier_code"]
    assert field.confidence <= 0.5
    assert len(field.alternatives) == 1


def test_the_procedure_is_taken_by_its_label_or_in_its_long_form_only():
    assert values(form("Mã TTHC: 1.004194", kind="TB")) == {"procedure_code": "1.004194"}
    assert values(form("Theo thủ tục 1.004194.000.00.00.H40 đã công bố", kind="TB")) == {"procedure_code": "1.004194"}
    assert values(form("Số tiền 1.004194 theo biên lai", kind="TB")) == {}


def test_the_applicants_number_in_a_receipts_code_is_a_witness():
    receipt = qr(f"Mã hồ sơ: {DOSSIER}; Số CCCD: 003199412007")
    assert form(*REQUEST, codes=(receipt,))["owner_identifier"].witnesses == ("qr",)


def test_a_receipt_for_somebody_else_than_the_form_is_doubt():
    receipt = qr(f"Mã hồ sơ: {DOSSIER}; Số CCCD: 003199412015")
    field = form(*REQUEST, codes=(receipt,))["owner_identifier"]
    assert field.confidence <= 0.5
    assert [other.value for other in field.alternatives] == ["003199412015"]


_texts = st.lists(st.text(st.sampled_from("Họ và tên: 0039.-/|<SốCMND ngày\t…"), min_size=1, max_size=50), max_size=8)


@settings(max_examples=80, deadline=None)
@given(_texts, st.sampled_from(["DON", "TK", "CC", "", "QĐ"]), st.text(max_size=60))
def test_no_page_and_no_code_whatever_stops_the_understanding(texts, kind, code):
    fields = form(*[text for text in texts if text.strip()], codes=(qr(code),), kind=kind)
    assert all(0 <= field.confidence <= 1 for field in fields.values())


def test_the_page_is_wide_enough_for_these_rows():
    assert max(12 * 2 * len(text) + LEFT for text in REQUEST) < WIDTH
