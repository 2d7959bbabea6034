"""Zones and reading order, on papers of the sample office read without care and on pages laid out by hand."""

from __future__ import annotations

import itertools
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sohoa.ocr.model import Line, PageText
from sohoa.ocr.reading.structure import structured, zones
from sohoa.pipeline.sources.sampleoffice import KINDS, SamplePage, make_paper
from tests.ocr.reading.structure.laid import as_read, line, page_of

NATION, MOTTO = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"
PAPERS = tuple(kind for kind in KINDS if kind != "CC")  # a card has no zones of NĐ 30


@cache
def pages_of(kind: str) -> tuple[SamplePage, ...]:
    paper = make_paper(kind, 4, strength="clean", dpi=200)
    return tuple(page for page in (paper.pages[0], paper.pages[-1]) if not page.blank and not page.upside_down)


def head(*below: tuple[str, int, int]) -> tuple[tuple[str, int, int], ...]:
    return (
        (f"ỦY BAN NHÂN DÂN                    {NATION}", 300, 240),
        (f"TỈNH QUẢNG NGÃI                         {MOTTO}", 300, 310),
        ("Số: 23/BC-UBND                    Quảng Ngãi, ngày 23 tháng 01 năm 2025", 300, 430),
        *below,
    )


def zoned(page: PageText) -> list[tuple[str, str]]:
    return [(read.zone, read.text) for read in structured(page).lines]


@pytest.mark.parametrize("kind", PAPERS)
def test_zones_of_every_kind_of_paper_are_named(kind: str):
    for page in pages_of(kind):
        true = {word.bbox: said.region for said in page.lines for word in said.words}
        for read in structured(as_read(page)).lines:
            regions = {true[word.bbox] for word in read.words}
            assert len(regions) == 1, f"two zones in one line: {read.text}"
            if regions != {"other"}:
                assert regions == {read.zone}, read.text


@pytest.mark.parametrize("kind", PAPERS)
def test_every_kind_of_paper_is_read_in_the_order_it_was_written(kind: str):
    for page in pages_of(kind):
        place = {word.bbox: number for number, said in enumerate(page.lines) for word in said.words if said.region != "other"}
        read = [place[word.bbox] for word in structured(as_read(page)).words if word.bbox in place]
        assert [number for number, _ in itertools.groupby(read)] == sorted(set(place.values()))


def test_columns_of_a_head_are_read_names_first_then_number_then_date():
    assert zoned(page_of(*head())) == [
        ("agency", "ỦY BAN NHÂN DÂN"),
        ("agency", "TỈNH QUẢNG NGÃI"),
        ("national_header", NATION),
        ("national_header", MOTTO),
        ("code_number", "Số: 23/BC-UBND"),
        ("place_date", "Quảng Ngãi, ngày 23 tháng 01 năm 2025"),
    ]


def test_a_number_that_was_read_in_pieces_is_one_line_again():
    page = page_of(*head()[:2], ("/BC-UBND", 620, 432), ("Số:", 300, 430), ("23", 460, 425))
    assert ("code_number", "Số: 23 /BC-UBND") in zoned(page)


def test_recipients_are_read_before_the_signer_beside_them():
    page = page_of(
        ("báo cáo Thủ tướng Chính phủ theo dõi, chỉ đạo kịp thời theo đúng quy định hiện hành./.", 300, 2000),
        ("Nơi nhận:                               KT. CHỦ TỊCH", 300, 2150),
        ("- Như trên;                             PHÓ CHỦ TỊCH", 300, 2220),
        ("- Lưu: VT, TTHC.", 300, 2290),
        ("Trần Hoàng Tuấn", 1260, 2600),
    )
    assert zoned(page)[1:] == [
        ("recipients", "Nơi nhận:"),
        ("recipients", "- Như trên;"),
        ("recipients", "- Lưu: VT, TTHC."),
        ("signature", "KT. CHỦ TỊCH"),
        ("signature", "PHÓ CHỦ TỊCH"),
        ("signature", "Trần Hoàng Tuấn"),
    ]


def test_a_table_keeps_its_cells_though_lines_before_it_are_cut():
    ahead = tuple(line(*row) for row in head())
    cells = (line("STT", 300, 900), line("Nội dung công việc", 500, 900))
    page = page_of()
    drawn = page.__class__(1, 2480, 3508, 300, 0, 0.0, False, (*ahead, *cells), tables=(_table(3, cells),))
    made = structured(drawn)
    assert [made.lines[number].text for cell in made.tables[0].cells for number in cell.lines] == ["STT", "Nội dung công việc"]
    assert {made.lines[number].zone for cell in made.tables[0].cells for number in cell.lines} == {zones.TABLE}


def test_two_columns_of_a_text_stay_as_they_were_read():
    left = [(f"cột trái dòng thứ {row} của bài", 300, 600 + 70 * row) for row in range(6)]
    right = [(f"cột phải dòng thứ {row} của bài", 1300, 600 + 70 * row) for row in range(6)]
    page = page_of(*left, *right)
    assert [said for _, said in zoned(page)] == [read.text for read in page.lines]


def test_a_wide_gap_in_a_form_does_not_cut_its_line():
    page = page_of(("Căn cước số: 001203012345            Điện thoại: 0900000000", 300, 1500))
    assert zoned(page) == [("body", "Căn cước số: 001203012345 Điện thoại: 0900000000")]


def test_a_line_that_was_read_too_late_returns_to_its_place():
    rows = [(f"dòng thứ {row} của một đoạn văn dài từ lề này sang lề kia của trang giấy", 300, 600 + 70 * row) for row in range(5)]
    page = page_of(*rows[:1], *rows[2:], rows[1])
    assert [said for _, said in zoned(page)] == [row[0] for row in rows]


def test_captions_above_the_head_are_of_stamps_and_lone_digits_are_page_numbers():
    page = page_of(("Ký bởi: Ủy ban nhân dân", 1700, 40), *head(), ("2", 1240, 3400))
    assert zoned(page)[0] == ("stamp_text", "Ký bởi: Ủy ban nhân dân")
    assert zoned(page)[-1] == ("page_number", "2")


def test_a_letter_has_its_subject_under_its_number():
    page = page_of(*head(("V/v số hóa hồ sơ", 320, 500), ("năm 2025", 400, 570), ("Kính gửi: Sở Nội vụ", 900, 720)))
    assert [pair for pair in zoned(page) if pair[0] in ("subject", "addressee")] == [
        ("subject", "V/v số hóa hồ sơ"),
        ("subject", "năm 2025"),
        ("addressee", "Kính gửi: Sở Nội vụ"),
    ]


words = st.sampled_from(
    [*NATION.split(), "Số:", "/QĐ-UBND", "Nơi", "nhận:", "KT.", "CHỦ", "TỊCH", "V/v", "ngày", "tháng", "năm", "2025", "-", "."]
)
lines = st.tuples(st.lists(words, min_size=1, max_size=8).map("     ".join), st.integers(0, 1800), st.integers(0, 3400))


@given(st.lists(lines, max_size=14))
def test_no_page_loses_a_word_or_gains_one(rows: list[tuple[str, int, int]]):
    page = page_of(*rows)
    made = structured(page)
    assert sorted(word.bbox for word in made.words) == sorted(word.bbox for word in page.words)
    assert all(read.zone in zones.ALL for read in made.lines)


def _table(first: int, cells: tuple[Line, ...]):
    from sohoa.ocr.model import Table, TableCell

    made = tuple(TableCell(cell.bbox, 0, column, 1, 1, (first + column,)) for column, cell in enumerate(cells))
    return Table((300, 880, 1500, 960), made)
