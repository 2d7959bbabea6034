"""Pages seen upright, and free places on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sohoa.signing.opening import opened
from sohoa.signing.profiles.ink import Ink, PageNotDrawn, ink_on, inked
from sohoa.signing.profiles.place import CLEAR, Room, corner_zone
from sohoa.signing.profiles.sheet import Sheet, pages_of, sheet_of, widgets_on
from tests.signing.profiles.papers import A4, blank, decision, scanned

numbers = st.floats(0, 3000, allow_nan=False)


@given(
    st.tuples(numbers, numbers, st.floats(1, 3000), st.floats(1, 3000)),
    st.sampled_from([0, 90, 180, 270]),
    st.floats(0.1, 72),
    st.tuples(*[st.floats(-100, 4000)] * 4),
)
def test_a_box_goes_to_the_page_and_back(crop, rotation, unit, box) -> None:
    sheet = Sheet((crop[0], crop[1], crop[0] + crop[2], crop[1] + crop[3]), rotation, unit)
    there = sheet.to_page(box)
    back = sheet.to_view(there)
    sorted_box = min(box[0], box[2]), min(box[1], box[3]), max(box[0], box[2]), max(box[1], box[3])
    assert back == pytest.approx(sorted_box, abs=0.01)
    assert there[0] <= there[2] and there[1] <= there[3]


@pytest.mark.parametrize(
    ("rotation", "expected"),
    [(0, (100, 790, 110, 800)), (90, (100, 200, 110, 210)), (180, (590, 200, 600, 210)), (270, (590, 790, 600, 800))],
)
def test_the_top_left_of_the_view_is_a_corner_of_the_page_by_its_rotation(rotation: int, expected) -> None:
    sheet = Sheet((100, 200, 600, 800), rotation, 1.0)
    assert sheet.to_page((0, 0, 10, 10)) == expected


def test_size_crop_rotation_and_unit_come_from_the_page_or_from_those_above_it(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    for _ in range(3):
        pdf.add_blank_page(page_size=(300, 400))
    pdf.Root.Pages.Rotate = -90
    pdf.Root.Pages.CropBox = [290, 10, 20, 500]  # the wrong way round, and larger than the medium
    pdf.pages[1].obj.Rotate = 180
    pdf.pages[1].obj.UserUnit = 2
    pdf.pages[2].obj.MediaBox = [0, 0, 0, 0]
    pdf.pages[2].obj.CropBox = pikepdf.Array([1, 2])
    pdf.pages[2].obj.UserUnit = -3
    pdf.save(tmp_path / "pages.pdf")
    with opened(tmp_path / "pages.pdf") as reader:
        assert pages_of(reader) == 3
        assert sheet_of(reader, 0) == Sheet((20, 10, 290, 400), 270, 1.0)
        assert sheet_of(reader, 0).size == (390, 270)
        assert sheet_of(reader, 1) == Sheet((20, 10, 290, 400), 180, 2.0)
        assert sheet_of(reader, 1).size == (540, 780)
        assert sheet_of(reader, 2) == Sheet((0, 0, 612, 792), 270, 1.0)


def test_links_and_hidden_notes_take_no_room_but_fields_do(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(300, 400))
    name, notes = pikepdf.Name, []
    for kind, flags, rect in ((name.Link, 0, [0, 0, 9, 9]), (name.Stamp, 2, [1, 1, 9, 9]), (name.Stamp, 4, [10, 10, 60, 40])):
        notes.append(pdf.make_indirect(pikepdf.Dictionary(Type=name.Annot, Subtype=kind, F=flags, Rect=rect)))
    parent = pdf.make_indirect(pikepdf.Dictionary(FT=name.Sig, T=pikepdf.String("CoQuan")))
    widget = pikepdf.Dictionary(Type=name.Annot, Subtype=name.Widget, Rect=[100, 300, 200, 350], Parent=parent)
    notes.append(pdf.make_indirect(widget))
    notes.append(pikepdf.Dictionary(Type=name.Annot, Subtype=name.Stamp, Rect=pikepdf.String("none")))
    page.obj.Annots = pikepdf.Array(notes)
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[parent])
    parent.Kids = pikepdf.Array([notes[3]])
    pdf.save(tmp_path / "notes.pdf")
    with opened(tmp_path / "notes.pdf") as reader:
        found = {one.field: one.box for one in widgets_on(reader, 0, sheet_of(reader, 0))}
    assert found == {"": (10, 360, 60, 390), "CoQuan": (100, 50, 200, 100)}


def ink(rows: int = 100, columns: int = 200, *, taken=(), faint=()) -> Ink:
    marks = np.zeros((rows, columns), np.bool_)
    light = marks.copy()
    for y0, y1, x0, x1 in taken:
        marks[y0:y1, x0:x1] = True
    for y0, y1, x0, x1 in faint:
        light[y0:y1, x0:x1] = True
    return Ink((0, 0, columns, rows), 1.0, marks, light)


WHOLE = (0.0, 0.0, 200.0, 100.0)


def test_the_corner_itself_is_taken_when_it_is_free() -> None:
    assert Room(ink(), ()).nearest(30, 20, WHOLE, right=False) == ((0, 0, 30, 20), 0)
    assert Room(ink(), ()).nearest(30.5, 20, WHOLE, right=True) == ((169.5, 0, 200, 20), 0)


def test_a_stamp_moves_the_shortest_way_and_keeps_its_distance() -> None:
    found = Room(ink(taken=[(0, 10, 0, 50)]), ()).nearest(30, 20, WHOLE, right=False)
    assert found is not None and found[0] == (0, 10 + CLEAR, 30, 30 + CLEAR)
    found = Room(ink(taken=[(0, 100, 0, 50)]), ()).nearest(30, 20, WHOLE, right=False)
    assert found is not None and found[0] == (50 + CLEAR, 0, 80 + CLEAR, 20)


def test_boxes_to_avoid_count_like_ink() -> None:
    found = Room(ink(), [(0, 0, 200, 40.5)]).nearest(30, 20, WHOLE, right=True)
    assert found is not None and found[0][1] == 41 + CLEAR


def test_a_pattern_is_left_free_where_there_is_a_choice_and_covered_where_there_is_none() -> None:
    found = Room(ink(faint=[(0, 22, 0, 200)]), ()).nearest(30, 20, WHOLE, right=False)
    assert found is not None and found[0][1] == 22
    found = Room(ink(faint=[(0, 100, 0, 200)]), ()).nearest(30, 20, WHOLE, right=False)
    assert found is not None and found[0] == (0, 0, 30, 20)


@pytest.mark.parametrize(("width", "height"), [(201, 10), (10, 101), (0, 10), (150, 60)])
def test_what_does_not_fit_finds_no_place(width: float, height: float) -> None:
    assert Room(ink(taken=[(45, 50, 0, 200)]), ()).nearest(width, height, WHOLE, right=False) is None


def test_nothing_stands_outside_its_zone() -> None:
    zone = corner_zone(A4, (0.5, 0.25), right=True)
    assert zone == pytest.approx((297.64, 12, 583.28, 210.4725))
    assert corner_zone((50, 40), (0.5, 0.5), right=False) == pytest.approx((1.6, 1.6, 25, 20))


def test_print_is_ink_and_the_paper_is_not(tmp_path: Path) -> None:
    paper = scanned(tmp_path / "p.pdf", decision(tint=200))
    with opened(paper) as reader:
        sheet = sheet_of(reader, 0)
    found = ink_on(paper, 0, sheet, (0, 0, 595, 210))
    assert not found.taken[:60].any() and not found.faint[:60].any()
    assert found.taken[62:75, 85:250].mean() > 0.1


@pytest.mark.parametrize("grain", [0, 4, 14])
def test_shadows_and_noise_of_a_scanner_are_no_ink_and_dust_is_none(grain: int) -> None:
    chance = np.random.default_rng(7)
    slope = np.linspace(250, 190, 300)[None, :] + chance.normal(0, grain, (200, 300))
    page = np.clip(slope, 0, 255).astype(np.uint8)
    page[50, 60] = 20  # a speck
    taken, _ = inked(page)
    assert not taken.any()
    page[100:109, 100:102] = 40  # a letter's stem
    taken, _ = inked(page)
    assert taken[100:109, 100:102].all() and taken.sum() < 100


def test_a_photograph_is_taken_and_black_paper_wholly() -> None:
    page = np.full((200, 300), 245, np.uint8)
    page[60:160, 100:220] = 90
    taken, _ = inked(page)
    assert taken[60:160, 100:220].all() and not taken[:50].any()
    assert inked(np.full((50, 50), 60, np.uint8))[0].all()


def test_a_page_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    paper = scanned(tmp_path / "p.pdf", blank((100, 100)))
    with pytest.raises(PageNotDrawn):
        ink_on(paper, 7, Sheet((0, 0, 100, 100), 0, 1.0), (0, 0, 50, 50))


def test_a_paper_may_be_named_from_where_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scanned(tmp_path / "-p.pdf", blank((100, 100)))
    monkeypatch.chdir(tmp_path)
    found = ink_on(Path("-p.pdf"), 0, Sheet((0, 0, 100, 100), 0, 1.0), (0, 0, 50, 50))
    assert found.taken.shape == (50, 50) and not found.taken.any()
