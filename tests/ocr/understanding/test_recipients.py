from __future__ import annotations

from sohoa.ocr.model import Line, PageText
from sohoa.ocr.understanding.header import layout_of
from sohoa.ocr.understanding.recipients import recipients
from tests.ocr.understanding.test_addressees import at
from tests.ocr.understanding.written import joined, page


def read(*pages: PageText) -> str | None:
    field = recipients(tuple(layout_of(paper) for paper in pages))
    return field.value if field else None


def block(*items: str, heading: str = "Nơi nhận:") -> list[Line]:
    right = ["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"]
    lines: list[Line] = []
    for row, text in enumerate((heading, *items)):
        left = at(text, 2000 + 60 * row, 400) if text else None
        beside = at(right[row], 2000 + 60 * row, 1500) if row < len(right) else None
        lines.append(joined(left, beside) if left and beside else left or beside)  # type: ignore[arg-type]
    return lines


def test_the_list_is_read_beside_the_signature_that_shares_its_lines():
    assert read(page(*block("- Như Điều 3;", "- Sở Tài chính;", "- Lưu: VT, NC."))) == "Như Điều 3\nSở Tài chính\nLưu: VT, NC"


def test_an_item_may_run_over_two_lines():
    assert read(page(*block("- Như trên;", "- Các sở, ban, ngành", "thuộc tỉnh;", "- Lưu: VT."))) == (
        "Như trên\nCác sở, ban, ngành thuộc tỉnh\nLưu: VT"
    )


def test_items_whose_dashes_were_not_read_are_told_by_their_ends():
    assert read(page(*block("Như trên;", "Thường trực HĐND tỉnh;", "Lưu: VT."))) == "Như trên\nThường trực HĐND tỉnh\nLưu: VT"


def test_a_worn_vt_is_still_the_clerks_office():
    assert read(page(*block("- Như trên;", "- Lưu: VI, NC."))) == "Như trên\nLưu: VT, NC"


def test_a_heading_that_was_not_read_is_told_by_the_list_and_doubted():
    lost = recipients((layout_of(page(*block("- Như trên;", "- Sở Tài chính;", "- Lưu: VT.", heading="h2"))),))
    whole = recipients((layout_of(page(*block("- Như trên;", "- Sở Tài chính;", "- Lưu: VT."))),))
    assert lost is not None
    assert whole is not None
    assert (lost.value, lost.confidence < whole.confidence) == (whole.value, True)


def test_the_list_goes_on_over_the_page():
    first = page(*block("- Như trên;", "- Các bộ, cơ quan ngang bộ, cơ quan thuộc"))
    second = page(at("Chính phủ;", 200, 400), at("- Lưu: VT.", 260, 400), number=2)
    assert read(first, second) == "Như trên\nCác bộ, cơ quan ngang bộ, cơ quan thuộc Chính phủ\nLưu: VT"


def test_a_paper_without_the_list_has_no_recipients():
    assert read(page(at("Hai bên cùng ký tên.", 2000, 400))) is None
