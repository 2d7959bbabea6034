from __future__ import annotations

from datetime import date

import pytest

from sohoa.ocr.model import Field
from sohoa.ocr.understanding.calendar import months_after
from sohoa.ocr.understanding.header import layout_of
from sohoa.ocr.understanding.validity import Validity, validity
from tests.ocr.understanding.test_addressees import at
from tests.ocr.understanding.written import page

ISSUED = Field("2024-01-31", 0.9, 1)


def read(*lines: str, issued: Field | None = ISSUED) -> Validity:
    return validity([layout_of(page(*(at(text, 900 + 60 * row, 300) for row, text in enumerate(lines))))], issued)


def days(said: Validity) -> tuple[str | None, str | None]:
    return (said.since.value if said.since else None, said.until.value if said.until else None)


@pytest.mark.parametrize(
    ("sentence", "since", "until"),
    [
        ("Quyết định này có hiệu lực kể từ ngày ký.", "2024-01-31", None),
        ("Quyết định này có hiệu lực thi hành kể từ ngày ký ban hành.", "2024-01-31", None),
        ("Quyết định này có hiệu lực thi hành từ ngày 15 tháng 02 năm 2024.", "2024-02-15", None),
        ("Hợp đồng có hiệu lực kể từ ngày ký, được lập thành 04 bản.", "2024-01-31", None),
        ("Giấy phép này có giá trị đến ngày 31/12/2026.", None, "2026-12-31"),
        ("Giấy xác nhận này có giá trị 6 tháng kể từ ngày cấp.", None, "2024-07-31"),
        ("Giấy xác nhận này có giá trị trong thời hạn 30 ngày, kể từ ngày ký.", None, "2024-03-01"),
        ("Giấy phép này có hiệu lực trong thời hạn 12 (mười hai) tháng kể từ ngày 05/02/2024.", None, "2025-02-05"),
        ("Có giá trị đến: 05/01/2034", None, "2034-01-05"),
        ("Co gia tri den: 05/01/2034", None, "2034-01-05"),
    ],
)
def test_from_when_and_until_when_a_paper_is_valid(sentence: str, since: str | None, until: str | None):
    assert days(read(sentence)) == (since, until)


@pytest.mark.parametrize(
    "sentence",
    [
        "Thời hạn sử dụng đất: 50 năm kể từ ngày ký Quyết định này.",
        "Trong thời hạn 12 tháng kể từ khi nhận bàn giao đất, đơn vị phải đưa đất vào sử dụng.",
        "Thời gian niêm yết: 15 ngày, kể từ ngày 05/02/2024.",
        "Các hồ sơ đã cấp có hiệu lực đến ngày 31/12/2026 được chuyển đổi.",
        "Giấy phép này có giá trị đến ngày 31/02/2026.",
        "Giấy phép này có giá trị đến ngày 31/12/2991.",
        "Quyết định này thay thế Quyết định số 12/QĐ-UBND có hiệu lực đến ngày 31/12/2026.",
    ],
)
def test_terms_of_other_things_and_impossible_days_are_not_the_papers_validity(sentence: str):
    assert days(read(sentence)) == (None, None)


def test_a_sentence_over_two_lines_is_one():
    assert days(read("Giấy phép này có hiệu lực khởi công xây dựng trong thời hạn", "12 tháng kể từ ngày cấp."))[1] == "2025-01-31"


def test_a_term_for_one_thing_only_is_doubted():
    plain = read("Giấy phép này có hiệu lực trong thời hạn 12 tháng kể từ ngày cấp.").until
    narrow = read("Giấy phép này có hiệu lực khởi công trong thời hạn 12 tháng kể từ ngày cấp.").until
    assert plain is not None
    assert narrow is not None
    assert narrow.confidence < 0.8 * plain.confidence


def test_without_a_day_of_issue_nothing_is_counted_from_it():
    assert days(read("Quyết định này có hiệu lực kể từ ngày ký.", issued=None)) == (None, None)


def test_the_doubt_of_the_day_of_issue_is_carried_over_and_the_wording_kept():
    said = read("Quyết định này có hiệu lực kể từ ngày ký.", issued=Field("2024-01-31", 0.4, 1)).since
    assert said is not None
    assert (said.confidence, said.raw) == (0.4, "kể từ ngày ký")


def test_months_end_on_their_last_day():
    assert months_after(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert months_after(date(2024, 12, 5), 14) == date(2026, 2, 5)
