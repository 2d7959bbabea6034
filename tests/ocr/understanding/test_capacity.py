from __future__ import annotations

import pytest

from sohoa.ocr.model import Line, PageText
from sohoa.ocr.understanding.capacity import capacity_of, position_of, position_sentence
from sohoa.ocr.understanding.header import layout_of
from sohoa.ocr.understanding.persons import name_in
from sohoa.ocr.understanding.signers import Signature, signature
from tests.ocr.understanding.lexica import lexicon
from tests.ocr.understanding.written import line, page

LEXICON = lexicon()
RIGHT, LEFT = 1780, 640


def signed(*block: str, below: str = "Trần Văn Mẫu", others: tuple[Line, ...] = (), apart: int = 300) -> Signature:
    lines = [line(text, 2000 + 60 * row, RIGHT) for row, text in enumerate(block)]
    foot = 2000 + 60 * (len(block) - 1) + apart
    return signature([layout_of(page(*lines, line(below, foot, RIGHT), *others))], LEXICON)


def values(said: Signature) -> tuple[str | None, str | None, str | None]:
    return tuple(field.value if field else None for field in (said.name, said.position, said.capacity))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("block", "position", "capacity"),
    [
        (("GIÁM ĐỐC",), "GIÁM ĐỐC", None),
        (("KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"), "PHÓ CHỦ TỊCH", "KT. CHỦ TỊCH"),
        (("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"), "PHÓ CHỦ TỊCH", "TM. ỦY BAN NHÂN DÂN\nKT. CHỦ TỊCH"),
        (("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"), "CHỦ TỊCH", "TM. ỦY BAN NHÂN DÂN"),
        (("TL. CHỦ TỊCH", "CHÁNH VĂN PHÒNG"), "CHÁNH VĂN PHÒNG", "TL. CHỦ TỊCH"),
        (("TUQ. GIÁM ĐỐC", "TRƯỞNG PHÒNG"), "TRƯỞNG PHÒNG", "TUQ. GIÁM ĐỐC"),
        (
            ("TL. CHỦ TỊCH", "KT. CHÁNH VĂN PHÒNG", "PHO CHANH VAN PHONG"),
            "PHÓ CHÁNH VĂN PHÒNG",
            "TL. CHỦ TỊCH\nKT. CHÁNH VĂN PHÒNG",
        ),
        (
            ("TL. BỘ TRƯỞNG", "CỤC TRƯỞNG CỤC", "CHUYỂN ĐỎI SỐ QUỐC GIA"),
            "CỤC TRƯỞNG CỤC CHUYỂN ĐỔI SỐ QUỐC GIA",
            "TL. BỘ TRƯỞNG",
        ),
    ],
)
def test_capacity_position_and_name_are_told_apart(block: tuple[str, ...], position: str, capacity: str | None):
    assert values(signed(*block)) == ("Trần Văn Mẫu", position, capacity)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("KT. CHỦ TỊCH", "KT. CHỦ TỊCH"), ("KT CHỦ TỊCH", "KT. CHỦ TỊCH"), ("KT, CHỦ TICH", "KT. CHỦ TỊCH"),
        ("K.T CHỦ TỊCH", "KT. CHỦ TỊCH"), ("TM. UBND TĨNH QUẢNG NGÃI", "TM. UBND TỈNH QUẢNG NGÃI"), ("Q. GIÁM ĐỐC", "Q. GIÁM ĐỐC"),
        ("*Q*KT. CHỦ TỊCH", "KT. CHỦ TỊCH"),
    ],
)  # fmt: skip
def test_the_capacity_line_is_written_as_the_decree_writes_it(text: str, value: str):
    said = capacity_of(text, LEXICON)
    assert said is not None
    assert said.value == value


@pytest.mark.parametrize("text", ["Kế toán trưởng", "QUYẾT ĐỊNH", "TỈNH QUẢNG NGÃI", "tm. Ủy ban", "KẾ TOÁN"])
def test_other_lines_are_no_capacity(text: str):
    assert capacity_of(text, LEXICON) is None


@pytest.mark.parametrize(
    ("printed", "sentence"),
    [("PHÓ CHỦ TỊCH", "Phó Chủ tịch"), ("PHÓ GIÁM ĐỐC", "Phó Giám đốc"), ("CHỦ TỊCH UBND TỈNH QUẢNG NGÃI", "Chủ tịch UBND tỉnh Quảng Ngãi"),
     ("QUYỀN CHỦ TỊCH", "Quyền Chủ tịch"), ("PHÓ TRƯỞNG PHÒNG", "Phó Trưởng phòng")],
)  # fmt: skip
def test_positions_come_in_sentence_case(printed: str, sentence: str):
    assert position_sentence(printed, LEXICON) == sentence


def test_a_position_with_a_slip_is_mended_and_doubted():
    assert position_of("PHÓ CHỦ TỊC", LEXICON) == ("PHÓ CHỦ TỊCH", True)
    field = signed("KT. CHỦ TỊCH", "PHÓ CHỦ TỊC").position
    assert field is not None
    assert (field.value, field.raw) == ("PHÓ CHỦ TỊCH", "PHÓ CHỦ TỊC")


def test_a_title_right_above_the_name_is_the_signers_other_office():
    lines = [line("TRƯỞNG BAN", 2000, RIGHT), line("CHỦ TỊCH UBND TỈNH", 2480, RIGHT), line("Trần Văn Mẫu", 2535, RIGHT)]
    assert values(signature([layout_of(page(*lines))], LEXICON))[:2] == ("Trần Văn Mẫu", "TRƯỞNG BAN")


@pytest.mark.parametrize(
    "scrap", ["(Đã ký)", "(Ký, ghi rõ họ tên)", "Ký bởi: Ủy ban nhân dân tỉnh", "Thời gian ký: 07/02/2025", "É r"]
)
def test_what_is_stamped_over_a_signature_is_no_name(scrap: str):
    assert values(signed("GIÁM ĐỐC", others=(line(scrap, 2150, RIGHT),)))[0] == "Trần Văn Mẫu"


def test_the_stamp_of_an_electronic_signature_confirms_the_name():
    said = signed("GIÁM ĐỐC", others=(line("Người ký: Trần Văn Mẫu", 2150, RIGHT),))
    assert said.name is not None
    assert said.name.witnesses[0] == "stamp"


def test_a_name_that_only_the_stamp_says_is_given_and_doubted():
    said = signed("GIÁM ĐỐC", below=".", others=(line("Ký bởi: Trần Văn Mẫu", 2150, RIGHT),))
    assert said.name is not None
    assert (said.name.value, said.name.confidence < 0.8) == ("Trần Văn Mẫu", True)


def test_of_two_blocks_the_right_one_signs():
    left = line("NGƯỜI LẬP", 2000, LEFT), line("Lê Thị Hà", 2300, LEFT)
    assert values(signed("THỦ TRƯỞNG ĐƠN VỊ", others=left))[0] == "Trần Văn Mẫu"


def test_two_signers_of_one_rank_are_both_named_and_neither_is_certain():
    left = line("GIÁM ĐỐC", 2000, LEFT), line("Lê Thị Hà", 2300, LEFT)
    name = signed("GIÁM ĐỐC", others=left).name
    assert name is not None
    assert [name.value, *(other.value for other in name.alternatives)] == ["Trần Văn Mẫu", "Lê Thị Hà"]
    assert name.confidence < 0.5


def test_two_parties_to_a_contract_are_not_one_signer():
    parties = line("ĐẠI DIỆN BÊN A", 2000, LEFT), line("Lê Thị Hà", 2300, LEFT)
    assert values(signed("ĐẠI DIỆN BÊN B", others=parties)) == (None, None, None)


@pytest.mark.parametrize("role", ["NGƯỜI LÀM ĐƠN", "NGƯỜI YÊU CẦU", "CHỦ TRÌ"])
def test_a_role_over_a_name_is_not_a_position(role: str):
    assert values(signed(role)) == ("Trần Văn Mẫu", None, None)


def test_an_applicants_name_is_confirmed_by_the_form_above_it():
    said = signed("NGƯỜI LÀM ĐƠN", others=(line("Tôi tên là: TRẦN VĂN MẪU", 900),))
    assert said.name is not None
    assert said.name.witnesses == ("text",)


def test_other_tones_above_are_offered_as_another_reading():
    name = signed("NGƯỜI LÀM ĐƠN", others=(line("Tôi tên là: TRẦN VĂN MẬU", 900),)).name
    assert name is not None
    assert [other.value for other in name.alternatives] == ["Trần Văn Mậu"]


def test_a_name_under_a_seal_that_hides_the_position_is_found_beside_the_recipients():
    lines = line("Nơi nhận:", 2000, 500), line("- Như trên;", 2060, 500), line("Trần Văn Mẫu", 2300, RIGHT)
    assert values(signature([layout_of(page(*lines))], LEXICON)) == ("Trần Văn Mẫu", None, None)


def test_the_authority_under_the_title_is_no_signature():
    paper: PageText = page(line("QUYẾT ĐỊNH", 500), line("CHỦ TỊCH ỦY BAN NHÂN DÂN", 600), line("Trần Văn Mẫu", 800))
    assert values(signature([layout_of(paper)], LEXICON)) == (None, None, None)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Trần Văn Mẫu", "Trần Văn Mẫu"), ("“Đặng Văn Minh", "Đặng Văn Minh"), ("ThS. Lê Thị Hà", "Lê Thị Hà"),
        ("Đại tá Nguyễn Văn An", "Nguyễn Văn An"), ("NGUYỄN VĂN AN", "NGUYỄN VĂN AN"), ("Trân Hoàng Tuấn", "Trần Hoàng Tuấn"),
    ],
)  # fmt: skip
def test_a_persons_name_is_told_from_what_surrounds_it(text: str, name: str):
    said = name_in(text)
    assert said is not None
    assert said[0] == name


@pytest.mark.parametrize("text", ["Sở Tài chính", "ngày 05 tháng 01", "Trần", "(Đã ký)", "Hà Nội, 2024", "trần văn mẫu", ""])
def test_other_words_are_no_name(text: str):
    assert name_in(text) is None


def test_a_syllable_that_no_name_has_is_doubted():
    usual, rare = name_in("Vũ Thị Ngọc Cẩm"), name_in("Vũ Thị Ngọc Cấm")
    assert usual is not None
    assert rare is not None
    assert rare[1] < usual[1]
