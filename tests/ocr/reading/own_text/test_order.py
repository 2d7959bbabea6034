"""Lines come in the order in which a person reads the page."""

from __future__ import annotations

from tests.ocr.reading.own_text.letters import BODY, HEAD, LETTER, Placed, looked, write


def lines_of(path, *placed: Placed) -> list[str]:
    return [line.text for line in looked(write(path, list(placed))).text.lines]


RECIPIENTS: list[Placed] = [
    (60, 400, 12, "Nơi nhận:"),
    (60, 416, 11, "- Như Điều 2;"),
    (60, 430, 11, "- Sở Tư pháp;"),
    (60, 444, 11, "- Lưu: VT."),
]
SIGNER: list[Placed] = [
    (350, 400, 13, "TL. CHỦ TỊCH"),
    (350, 416, 13, "KT. CHÁNH VĂN PHÒNG"),
    (350, 432, 13, "PHÓ CHÁNH VĂN PHÒNG"),
]


def test_recipients_are_read_before_the_signer(tmp_path):
    lines = lines_of(tmp_path / "a.pdf", *BODY, *RECIPIENTS, *SIGNER)
    assert lines == [text for *_, text in (*BODY, *RECIPIENTS, *SIGNER)]


def test_a_signers_line_written_among_the_recipients_goes_to_the_signer(tmp_path):
    as_word_writes = [*BODY, RECIPIENTS[0], SIGNER[0], *RECIPIENTS[1:], *SIGNER[1:]]
    lines = lines_of(tmp_path / "a.pdf", *as_word_writes)
    assert lines == [text for *_, text in (*BODY, *RECIPIENTS, *SIGNER)]


def test_a_number_written_last_is_read_where_it_stands(tmp_path):
    gap: Placed = (100, 115, 13, "Số:        /QĐ-UBND")
    words = lines_of(tmp_path / "a.pdf", *HEAD[:4], gap, HEAD[5], *BODY, (128, 115, 13, "17"))
    assert "Số: 17 /QĐ-UBND" in words
    assert words[-6:] == [text for *_, text in BODY]


def test_a_table_is_read_by_rows(tmp_path):
    cells = [
        (80.0 + 150 * column, 400.0 + 20 * row, 12, text)
        for row, texts in enumerate(
            [("Tên", "Xã", "Ghi chú"), ("Nguyễn Văn Mẫu", "Mẫu Một", "Đủ"), ("Trần Thị Thử", "Mẫu Hai", "Thiếu")]
        )
        for column, text in enumerate(texts)
    ]
    lines = lines_of(tmp_path / "a.pdf", *BODY, *cells)
    assert lines[6:] == [text for *_, text in cells]


def test_a_page_written_in_disorder_is_read_from_top_to_bottom(tmp_path):
    paragraph = [(60.0, 160.0 + 20 * row, 13, f"Dòng thứ {row} của đoạn văn này nói về việc tiếp nhận hồ sơ") for row in range(24)]
    shuffled = [paragraph[row * 7 % 24] for row in range(24)]
    assert lines_of(tmp_path / "a.pdf", *shuffled) == [text for *_, text in paragraph]


def test_the_whole_letter_is_read_in_order(tmp_path):
    assert lines_of(tmp_path / "a.pdf", *LETTER)[-6:] == [text for *_, text in BODY]
