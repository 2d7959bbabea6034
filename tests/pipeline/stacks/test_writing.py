"""Documents on disk: the scanner's own bytes, under names that attach only what is certain."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image, ImageSequence

from sohoa.kernel.durable import sha256_of
from sohoa.ocr.imaging.intake import inspect
from sohoa.ocr.imaging.tiff_structure import tiff_pages
from sohoa.pipeline.stacks.errors import FolderOfAnotherStack, SidesDiffer, StackNotSplittable
from sohoa.pipeline.stacks.gathering import examine
from sohoa.pipeline.stacks.marks import Place
from sohoa.pipeline.stacks.planning import Wanted, planned
from sohoa.pipeline.stacks.writing import NOTE, write_documents
from tests.pipeline.stacks.scanned import DOSSIER, DPI, paper, run, sheet_pictures, stack_pdf

WHITE = Image.new("L", (1240, 1754), 254)


def small_stack(count: int = 2) -> list[Image.Image]:
    pages: list[Image.Image] = []
    for number, sheet in enumerate(sheet_pictures(run(1, count)), 1):
        pages += [sheet, paper(f"Giấy thứ {number}", "một dòng"), WHITE.copy()]
    return pages


def files_below(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): sha256_of(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def frames_of(path: Path) -> list[bytes]:
    data = path.read_bytes()
    return [b"".join(data[offset : offset + size] for offset, size in frame.strips) for frame in tiff_pages(data)]


def test_splitting_again_changes_nothing(tmp_path: Path):
    stack = stack_pdf(tmp_path / "chong.pdf", small_stack())
    before = sha256_of(stack)
    write_documents(examine(stack), tmp_path / "ra")
    once = files_below(tmp_path / "ra")
    write_documents(examine(stack), tmp_path / "ra")
    assert files_below(tmp_path / "ra") == once
    assert set(once) == {NOTE, *(f"{DOSSIER.format(1)}/{DOSSIER.format(1)}.{number}.pdf" for number in (1, 2))}
    assert sha256_of(stack) == before


def test_what_an_earlier_run_wrote_and_this_one_does_not_is_taken_away(tmp_path: Path):
    stack = stack_pdf(tmp_path / "chong.pdf", small_stack())
    examined = examine(stack)
    write_documents(examined, tmp_path / "ra")
    (tmp_path / "ra" / "cua-toi.txt").write_text("không phải của sohoa")
    pretended = examine(stack, two_sided=True)  # the same stack laid out otherwise: backs are looked for elsewhere
    written = write_documents(pretended, tmp_path / "ra")
    assert set(files_below(tmp_path / "ra")) == {NOTE, "cua-toi.txt", *(str(one.file) for one in written)}


def test_documents_of_another_stack_are_not_mixed_in(tmp_path: Path):
    write_documents(examine(stack_pdf(tmp_path / "a.pdf", small_stack())), tmp_path / "ra")
    before = files_below(tmp_path / "ra")
    other = examine(stack_pdf(tmp_path / "b.pdf", small_stack(1)))
    with pytest.raises(FolderOfAnotherStack):
        write_documents(other, tmp_path / "ra")
    assert files_below(tmp_path / "ra") == before


@pytest.mark.parametrize("note", ["{", "[]", '{"sources": 4}', '{"files": ["../x"]}'])
def test_a_note_that_is_not_ours_is_respected(tmp_path: Path, note: str):
    stack = stack_pdf(tmp_path / "a.pdf", small_stack(1))
    (tmp_path / "ra").mkdir()
    (tmp_path / "ra" / NOTE).write_text(note)
    with pytest.raises(FolderOfAnotherStack):
        write_documents(examine(stack), tmp_path / "ra")


def test_codes_that_no_file_may_be_named_after_are_attached_to_nothing(tmp_path: Path):
    pages: list[Image.Image] = []
    for sheet in sheet_pictures(planned([Wanted(Place("H1/2", 1)), Wanted(Place("H1_2", 1)), Wanted(Place("../..", 1))])):
        pages += [sheet, paper("Một giấy")]
    written = write_documents(examine(stack_pdf(tmp_path / "a.pdf", pages)), tmp_path / "ra")
    assert [str(one.file) for one in written] == ["can-xem/001-H1_2-tp1.pdf", "H1_2/H1_2.1.pdf", "can-xem/003-_-tp1.pdf"]
    assert all((tmp_path / "ra" / one.file).is_file() for one in written)


def test_a_page_keeps_the_way_it_was_turned(tmp_path: Path):
    stack = stack_pdf(tmp_path / "a.pdf", [*sheet_pictures(run(1, 1)), paper("Một giấy")])
    with pikepdf.open(stack, allow_overwriting_input=True) as pdf:
        pdf.Root.Pages.Rotate = 180  # inherited by every page, as some scanners write it
        pdf.save(stack)
    (written,) = write_documents(examine(stack), tmp_path / "ra")
    with pikepdf.open(tmp_path / "ra" / written.file) as pdf:
        assert int(pdf.pages[0].Rotate) == 180


@pytest.mark.parametrize("compression", ["group4", "jpeg", "tiff_lzw", "raw"])
@pytest.mark.parametrize("big", [False, True])
def test_a_tiff_is_split_frame_by_frame_without_touching_a_strip(tmp_path: Path, compression: str, big: bool):
    pages = [page.convert("1") if compression == "group4" else page for page in small_stack(1)]
    source = tmp_path / "chong.tif"
    pages[0].save(source, save_all=True, append_images=pages[1:], compression=compression, dpi=(DPI, DPI), big_tiff=big)
    (written,) = write_documents(examine(source), tmp_path / "ra")
    out = tmp_path / "ra" / written.file
    assert written.document.pages == (2, 3)
    assert frames_of(out) == frames_of(source)[1:]
    assert inspect(out).page_count == 2
    with Image.open(out) as made, Image.open(source) as scanned:
        kept = [np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(scanned)][1:]
        assert made.info["dpi"] == (DPI, DPI)
        for frame, page in zip(ImageSequence.Iterator(made), kept, strict=True):
            assert np.array_equal(np.asarray(frame.convert("L")), page)


def test_two_passes_of_a_one_sided_feeder_are_split_as_one_stack(tmp_path: Path):
    fronts, backs = [], []
    for number, sheet in enumerate(sheet_pictures(run(1, 2)), 1):
        fronts += [sheet, paper(f"Mặt trước {number}")]
        backs += [WHITE, paper(f"Mặt sau {number}")]
    front, back = stack_pdf(tmp_path / "truoc.pdf", fronts), stack_pdf(tmp_path / "sau.pdf", backs[::-1])
    examined = examine(front, backs=back)
    assert examined.stack.certain
    assert [document.pages for document in examined.stack.documents] == [(3, 4), (7, 8)]
    written = write_documents(examined, tmp_path / "ra")
    with pikepdf.open(tmp_path / "ra" / written[1].file) as pdf, pikepdf.open(front) as first, pikepdf.open(back) as second:
        pictures = [next(iter(page.get_images().values())).read_raw_bytes() for page in pdf.pages]
        expected = [next(iter(page.get_images().values())).read_raw_bytes() for page in (first.pages[3], second.pages[0])]
    assert pictures == expected


def test_passes_that_differ_in_number_are_refused(tmp_path: Path):
    front = stack_pdf(tmp_path / "truoc.pdf", [WHITE, WHITE])
    with pytest.raises(SidesDiffer):
        examine(front, backs=stack_pdf(tmp_path / "sau.pdf", [WHITE]))


def test_a_single_picture_is_no_stack(tmp_path: Path):
    WHITE.save(tmp_path / "a.png")
    with pytest.raises(StackNotSplittable):
        examine(tmp_path / "a.png")
