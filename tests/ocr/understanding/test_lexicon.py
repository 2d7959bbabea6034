from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sohoa.config.units import administrative_units, agency_names
from sohoa.config.units_build import catalogue_of
from sohoa.kernel.text import fold, nfc
from sohoa.ocr.understanding.lexicon import Lexicon, sentence_case, words_said
from tests.ocr.understanding.lexica import lexicon

LEXICON = lexicon()


@pytest.mark.parametrize(
    ("read", "written"),
    [
        ("ỦY BAN NHÂN DÂN TĨNH QUẢNG NGÃI", "ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI"),
        ("ỦY BAN NHAN DAN TỈNH QUANG NGAI", "ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI"),
        ("HOI DONG NHAN DAN TINH QUANG NINH", "HỘI ĐỒNG NHÂN DÂN TỈNH QUẢNG NINH"),
        ("ỦY BAN NHÂN DÂN TỈNH HÀ TỈNH", "ỦY BAN NHÂN DÂN TỈNH HÀ TĨNH"),
        ("ỦY BAN NHÂN DÂN PHƯƠNG THANH BINH", "ỦY BAN NHÂN DÂN PHƯỜNG THANH BÌNH"),
        ("SỞ NÔNG NGHIÊP VÀ MÔl TRƯỜNG", "SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG"),
        ("PHÒNG KINH TẾ, HẠ TẦNG VÀ ĐỒ THỊ", "PHÒNG KINH TẾ, HẠ TẦNG VÀ ĐÔ THỊ"),
    ],
)
def test_misread_letters_and_tones_are_mended_where_one_entry_fits(read: str, written: str):
    known = LEXICON.known_agency(read)
    assert (known.value, known.known, known.mended) == (written, True, True)


@pytest.mark.parametrize(
    "read",
    ["UBND TỈNH HÒA AN", "ỦY BAN NHÂN DÂN XÃ TAN LỘC", "ỦY BAN NHÂN DÂN PHƯỜNG ĐONG HAI", "ĐỘI TRẬT TỰ ĐÔ THỊ", "SỞ GÌ ĐÓ"],
)
def test_a_name_that_no_entry_or_several_fit_stays_as_it_was_read(read: str):
    known = LEXICON.known_agency(read)
    assert (known.value, known.known, known.mended) == (read, False, False)


def test_of_two_units_that_fit_the_one_that_the_page_names_is_taken():
    beside = words_said("CHỦ TỊCH ỦY BAN NHÂN DÂN PHƯỜNG ĐÔNG HẢI")
    assert LEXICON.known_agency("UBND PHƯỜNG ĐONG HAI", beside=beside).value == "UBND PHƯỜNG ĐÔNG HẢI"


def test_a_certain_reading_is_not_mended():
    assert LEXICON.known_agency("UBND PHƯỜNG THANH BINH", mend=False).value == "UBND PHƯỜNG THANH BINH"


def test_how_a_tone_is_placed_is_no_slip():
    assert LEXICON.known_agency("UỶ BAN NHÂN DÂN HUYỆN MỘ ĐỨC").mended is False


def test_a_lexicon_without_entries_changes_nothing():
    empty = Lexicon.of((), ())
    assert empty.known_agency("SỞ TAI CHINH").value == "SỞ TAI CHINH"


@pytest.mark.parametrize(
    ("printed", "sentence"),
    [
        ("ỦY BAN NHÂN DÂN PHƯỜNG THANH BÌNH", "Ủy ban nhân dân phường Thanh Bình"),
        ("UBND TỈNH HÒA AN", "UBND tỉnh Hòa An"),
        ("ỦY BAN NHÂN DÂN THÀNH PHỐ HỒ CHÍ MINH", "Ủy ban nhân dân thành phố Hồ Chí Minh"),
        ("SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG", "Sở Nông nghiệp và Môi trường"),
        ("PHÒNG KINH TẾ, HẠ TẦNG VÀ ĐÔ THỊ", "Phòng Kinh tế, Hạ tầng và Đô thị"),
        ("PHÒNG VĂN HÓA - XÃ HỘI", "Phòng Văn hóa - Xã hội"),
        ("BẢO HIỂM XÃ HỘI HUYỆN MỘ ĐỨC", "Bảo hiểm xã hội huyện Mộ Đức"),
        ("BAN CHỈ ĐẠO 138", "Ban Chỉ đạo 138"),
        ("VĂN PHÒNG ĐĂNG KÝ ĐẤT ĐAI - CHI NHÁNH HUYỆN MỘ ĐỨC", "Văn phòng Đăng ký đất đai - Chi nhánh huyện Mộ Đức"),
        ("CÔNG TY TNHH MINH PHÁT", "Công ty TNHH Minh Phát"),
        ("Sở Tài chính", "Sở Tài chính"),
    ],
)
def test_names_in_capitals_come_in_sentence_case(printed: str, sentence: str):
    assert sentence_case(printed, LEXICON) == sentence


def test_sentence_case_keeps_the_letters_that_were_read():
    assert sentence_case("SỞ TAI CHÍNH", LEXICON) == "Sở Tai chính"


def test_a_unit_is_found_by_its_name_with_its_years():
    found = LEXICON.units_named("tỉnh Quảng Ngãi")
    assert [(unit.valid_from, unit.valid_to) for unit in found] == [("", "2025-06-30"), ("2025-07-01", "")]


def test_the_catalogue_holds_both_divisions_of_the_country_and_every_unit_has_its_parent():
    units = administrative_units()
    for until, provinces, districts, communes in (("2025-06-30", 63, 696, 10051), ("", 34, 0, 3321)):
        mine = [unit for unit in units if unit[5] == until]
        by_level = {level: {unit[1] for unit in mine if unit[0] == level} for level in "pdc"}
        assert [len(by_level[level]) for level in "pdc"] == [provinces, districts, communes]
        above = by_level["d"] or by_level["p"]
        assert all(unit[2] in by_level["p"] for unit in mine if unit[0] == "d")
        assert all(unit[2] in above for unit in mine if unit[0] == "c")
    assert all(unit[3] == nfc(unit[3]) for unit in units)


def test_the_shipped_lexicon_knows_a_department_and_a_ward():
    shipped = Lexicon.of(administrative_units(), agency_names())
    assert shipped.known_agency("SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG TỈNH QUẢNG NGÃI").known
    assert shipped.known_agency("UBND PHƯỜNG ĐỐNG ĐA").known


def test_the_build_writes_levels_parents_and_years():
    before = [{"name": "Tỉnh A", "code": 1, "division_type": "tỉnh", "districts": [
        {"name": "Huyện B", "code": 2, "division_type": "huyện", "wards": [{"name": "Xã C", "code": 3, "division_type": "xã"}]}]}]  # fmt: skip
    since = [{"name": "A", "code": 1, "division_type": "tỉnh", "wards": [{"name": "Xã C", "code": 3, "division_type": "xã"}]}]
    lines = [line for line in catalogue_of(before, since).splitlines() if not line.startswith("#")]
    assert lines == [
        "level\tcode\tparent\tname\tvalid_from\tvalid_to",
        "p\t1\t\tTỉnh A\t\t2025-06-30",
        "d\t2\t1\tHuyện B\t\t2025-06-30",
        "c\t3\t2\tXã C\t\t2025-06-30",
        "p\t1\t\tTỉnh A\t2025-07-01\t",
        "c\t3\t1\tXã C\t2025-07-01\t",
    ]


@given(
    st.lists(
        st.sampled_from(["UBND", "TỈNH", "XÃ", "HỘI", "SỞ", "-", ",", "QUẬN", "1", "THÀNH", "PHỐ", "ß", "İ", "ŉ"])
        | st.text(max_size=6)
    )
)
@settings(max_examples=200, deadline=None)
def test_no_text_makes_the_lexicon_fail_or_sentence_case_change_a_letter(words: list[str]):
    text = " ".join(" ".join(words).split())
    LEXICON.known_agency(text)
    assert fold(sentence_case(text, LEXICON)).casefold() == fold(" ".join(nfc(text).split())).casefold()
