"""What stands on a sheet can be read again, and nothing else passes for it."""

from __future__ import annotations

import numpy as np
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from sohoa.pipeline.stacks.errors import SheetCodeInvalid, TooManySheets
from sohoa.pipeline.stacks.looking import has_bars, sheet_codes
from sohoa.pipeline.stacks.marks import LETTERS, Kind, Place, code_line, is_ours, read, written
from sohoa.pipeline.stacks.planning import Wanted, planned
from sohoa.pipeline.stacks.printing import sheets_pdf
from sohoa.pipeline.stacks.recognising import by_line
from tests.pipeline.stacks.scanned import DOSSIER, DPI, NOON, paper, run, sheet_pictures

CODES = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=30)
COMPONENTS = st.one_of(st.none(), st.integers(1, 99))


@given(st.lists(st.tuples(CODES, COMPONENTS), min_size=1, max_size=6), st.one_of(st.just(""), CODES), st.booleans())
def test_every_mark_is_read_as_it_was_written(places, batch, counted):
    sheets = planned([Wanted(Place(*place)) for place in places], batch=batch, expected=12 if counted and batch else None)
    for sheet in sheets:
        assert read(written(sheet.mark)) == sheet.mark


@given(st.integers(0, 200), st.characters(codec="ascii", categories=["L", "N", "P"]))
def test_a_code_with_one_letter_changed_is_not_a_sheet(at, letter):
    text = written(run(1, 3)[1].mark)
    changed = text[: at % len(text)] + letter + text[at % len(text) + 1 :]
    assert read(changed) in (None, run(1, 3)[1].mark)
    assert (read(changed) is None) == (changed != text)


@pytest.mark.parametrize(
    "foreign",
    [
        "",
        "https://dichvucong.gov.vn",
        "022195001234|012345678|NGUYỄN THỊ MẪU|01011995|Nữ|Xã Mẫu|01012022",
        DOSSIER.format(1),
        "*" * 12,
    ],
)
def test_other_codes_on_papers_are_never_taken_for_sheets(foreign: str):
    assert read(foreign) is None
    assert not is_ours(foreign)


def test_a_sheet_of_a_later_version_is_noticed_but_not_believed():
    text = written(run(1, 1)[0].mark).replace("SOHOA1", "SOHOA2")
    assert is_ours(text)
    assert read(text) is None


def test_the_same_sheets_are_the_same_run_and_others_are_not():
    assert run(2, 2)[0].mark.run == run(2, 2)[0].mark.run
    assert run(2, 2)[0].mark.run != run(2, 3)[0].mark.run
    assert run(2, 2)[0].mark.run != run(2, 2, batch="LO-1")[0].mark.run


def test_a_batch_header_comes_first_and_counts_are_of_separators():
    header, *sheets = run(2, 2, batch="LO-1", expected=30)
    assert (header.mark.kind, header.mark.index, header.mark.expected) == (Kind.BATCH, 0, 30)
    assert [sheet.mark.index for sheet in sheets] == [1, 2, 3, 4]
    assert {sheet.mark.of for sheet in sheets} == {4}


def test_the_letters_of_the_printed_line_have_no_doubles():
    assert not set("0OQD1I2Z5S8BG6UV") & set(LETTERS)


@pytest.mark.parametrize("code", ["", "  ", "H" * 61, "H48\n12", "H48\x00"])
def test_a_code_that_no_dossier_has_is_refused(code: str):
    if code == "H48\x00":  # NUL is dropped at the door, as everywhere
        assert planned([Wanted(Place(code))])[0].mark.place.dossier == "H48"
        return
    with pytest.raises(SheetCodeInvalid):
        planned([Wanted(Place(code))])


def test_more_sheets_than_a_run_may_have_are_refused():
    with pytest.raises(TooManySheets):
        planned([Wanted(Place("H48", number)) for number in range(1, 1001)])


def test_nothing_to_print_is_refused():
    with pytest.raises(SheetCodeInvalid):
        planned([])


def test_printing_twice_gives_the_same_bytes():
    assert sheets_pdf(run(1, 2), made=NOON) == sheets_pdf(run(1, 2), made=NOON)


@pytest.mark.parametrize("turn", [0, 90, 180, 3])
@pytest.mark.parametrize("dpi", [100, 200])
def test_a_printed_sheet_is_read_whichever_way_it_lies(turn: int, dpi: int):
    (sheet,) = run(1, 1)
    scan = sheet_pictures([sheet], dpi=dpi)[0].rotate(turn, expand=True, fillcolor=255)
    codes = sheet_codes(_pixels(scan), dpi=dpi, page=4)
    assert {read(code.text) for code in codes} == {sheet.mark}
    assert {code.page for code in codes} == {4}
    assert has_bars(_pixels(scan), dpi=dpi)


@pytest.mark.parametrize("corner", [(0, 0), (120, 200)])
def test_a_torn_corner_leaves_one_code(corner: tuple[int, int]):
    (sheet,) = run(1, 1)
    scan = sheet_pictures([sheet])[0]
    unit = scan.width / 210
    x, y = (value * unit for value in corner)
    ImageDraw.Draw(scan).rectangle([x, y, x + 90 * unit, y + 97 * unit], fill=20)
    assert [read(code.text) for code in sheet_codes(_pixels(scan), dpi=DPI, page=1)] == [sheet.mark]


def test_both_sides_say_the_same_and_which_they_are():
    (sheet,) = run(1, 1)
    front, back = (read(sheet_codes(_pixels(face), dpi=DPI, page=1)[0].text) for face in sheet_pictures([sheet], two_sided=True))
    assert front and back
    assert (front.key, front.side, back.key, back.side) == (sheet.mark.key, "front", sheet.mark.key, "back")


@pytest.mark.parametrize(
    "page",
    [
        paper("Một dòng chữ", "và một dòng nữa", first=True),
        Image.new("L", (1240, 1754), 255),
        Image.new("L", (1240, 1754), 0),
        Image.new("L", (3, 5), 200),
    ],
    ids=["paper", "white", "black", "sliver"],
)
def test_other_pages_do_not_look_like_sheets(page: Image.Image):
    assert not has_bars(_pixels(page), dpi=DPI)
    assert sheet_codes(_pixels(page), dpi=DPI, page=1) == ()


def test_a_table_with_thick_rules_does_not_look_like_a_sheet():
    page = Image.new("L", (1240, 1754), 255)
    draw = ImageDraw.Draw(page)
    for y in range(100, 1700, 80):
        draw.rectangle([90, y, 1150, y + 8], fill=0)
    for x in (90, 400, 1142):
        draw.rectangle([x, 100, x + 8, 1668], fill=0)
    assert not has_bars(_pixels(page), dpi=DPI)


def test_the_printed_line_and_code_prove_a_sheet():
    mark = run(2, 3)[4].mark
    text = f"PHIẾU PHÂN CÁCH\nPhiếu 5 / 6\nMã hồ sơ: {mark.place.dossier}, thành phần số 2\n{code_line(mark)}\nKhông ghi"
    told = by_line(text)
    assert told is not None
    assert (told.key, told.of, told.place, told.kind) == (mark.key, mark.of, mark.place, mark.kind)


def test_a_misread_run_is_mended_only_from_sheets_of_the_same_stack():
    sheets = [sheet.mark for sheet in run(2, 3)]
    line = code_line(sheets[4])
    misread = f"Mã hồ sơ: {sheets[4].place.dossier}\n{'Z' + line[1:]}"
    assert by_line(misread) is None
    told = by_line(misread, sheets[:2])
    assert told is not None and told.key == sheets[4].key


@pytest.mark.parametrize("spoil", [("/6", "/7"), (" 5/", " 4/"), ("0002", "0003")])
def test_a_line_that_does_not_prove_what_stands_beside_it_is_not_believed(spoil: tuple[str, str]):
    mark = run(2, 3)[4].mark
    text = f"Mã hồ sơ: {mark.place.dossier}\n{code_line(mark)}"
    assert by_line(text) is not None
    assert by_line(text.replace(*spoil)) is None


def test_the_printed_code_carries_the_strongest_correction():
    code = zxingcpp.read_barcode(_pixels(sheet_pictures(run(1, 1))[0]))
    assert code is not None and code.ec_level == "H"


def _pixels(page: Image.Image) -> np.ndarray:
    return np.asarray(page)
