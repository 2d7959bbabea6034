"""The stack that a digitiser meets: 120 pages, 20 sheets printed, one upside down, one lost, one spoilt, one with its codes gone."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from sohoa.pipeline.stacks.gathering import Examined, examine
from sohoa.pipeline.stacks.marks import Place
from sohoa.pipeline.stacks.model import Doubt
from sohoa.pipeline.stacks.reporting import sentences
from sohoa.pipeline.stacks.writing import Written, write_documents
from tests.pipeline.stacks.scanned import DOSSIER, paper, run, sheet_pictures, stack_pdf, without_codes

LOST, SPOILT, TURNED, RUBBED = 7, 12, 3, 17
# Papers below each sheet, 101 pages in all: few beside the lost sheet, for those are the ones that must be read.
PAGES = [6, 5, 5, 5, 6, 3, 2, 6, 5, 5, 6, 5, 6, 5, 5, 6, 5, 5, 5, 5]


def place(index: int) -> Place:
    return Place(DOSSIER.format((index - 1) // 4 + 1), (index - 1) % 4 + 1)


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Examined, dict[int, tuple[int, ...]], tuple[Written, ...], Path]:
    """What was made of the stack, and which pages truly belong to each sheet."""
    folder = tmp_path_factory.mktemp("stack")
    pictures = sheet_pictures(run(5, 4))
    stack: list[Image.Image] = []
    truth: dict[int, tuple[int, ...]] = {}
    for index, (sheet, pages) in enumerate(zip(pictures, PAGES, strict=True), 1):
        if index in (SPOILT, RUBBED):
            stack.append(without_codes(sheet, line=index == SPOILT))
        elif index != LOST:
            stack.append(sheet.rotate(180) if index == TURNED else sheet)
        truth[index] = tuple(range(len(stack) + 1, len(stack) + pages + 1))
        stack.append(paper("Xác nhận ông Nguyễn Văn Mẫu cư trú tại địa phương.", f"Việc thứ {index} trong ngày.", first=True))
        stack += [paper(f"nội dung tiếp theo của giấy {index}, dòng một", "và dòng hai.", number=n) for n in range(2, pages + 1)]
    assert len(stack) == 120
    examined = examine(stack_pdf(folder / "chong.pdf", stack))
    return examined, truth, write_documents(examined, folder / "ra"), folder


def test_every_document_has_its_own_pages_and_place(scanned):
    examined, truth, _, _ = scanned
    assert [document.pages for document in examined.stack.documents] == list(truth.values())
    assert [document.place for document in examined.stack.documents] == [place(index) for index in truth]


def test_the_lost_sheet_is_named_and_its_papers_are_found(scanned):
    examined, truth, _, _ = scanned
    (missing,) = examined.stack.reconciliation.missing
    assert (missing.index, missing.of, missing.place) == (LOST, 20, place(LOST))
    assert missing.pages == (*truth[LOST - 1], *truth[LOST])
    told = sentences(examined.stack)[0].text
    assert "in 20 phiếu, thấy 19" in told
    assert f"phiếu {LOST}/20 (thành phần 3, hồ sơ {DOSSIER.format(2)})" in told


def test_only_what_lies_beside_the_lost_and_the_spoilt_sheet_is_in_doubt(scanned):
    examined, _, _, _ = scanned
    doubts = {index: document.doubts for index, document in enumerate(examined.stack.documents, 1) if document.doubts}
    assert doubts == {LOST - 1: (Doubt.SHEET_MISSING,), LOST: (Doubt.SHEET_MISSING,), SPOILT: (Doubt.SHEET_UNREAD,)}


def test_every_certain_document_is_filed_under_its_dossier_and_the_others_are_not(scanned):
    _, _, written, folder = scanned
    for index, one in enumerate(written, 1):
        attached = one.file == Path(place(index).dossier) / f"{place(index).dossier}.{place(index).component}.pdf"
        assert attached == (index not in (LOST - 1, LOST, SPOILT))
        with pikepdf.open(folder / "ra" / one.file) as pdf:
            assert len(pdf.pages) == len(one.document.pages)


def test_the_pictures_are_the_scanners_own_bytes(scanned):
    examined, _, written, folder = scanned
    with pikepdf.open(folder / "chong.pdf") as source:
        for one in written[:4]:
            with pikepdf.open(folder / "ra" / one.file) as pdf:
                for page, number in zip(pdf.pages, one.document.pages, strict=True):
                    assert _picture(page) == _picture(source.pages[number - 1])
    assert len(examined.sides) == 120


def _picture(page: pikepdf.Page) -> bytes:
    (image,) = page.get_images().values()
    return image.read_raw_bytes()


def test_a_sheet_whose_codes_are_gone_is_certain_by_its_printed_line(scanned):
    examined, truth, _, _ = scanned
    read_by = {sheet.mark.index: sheet.how for sheet in examined.stack.sheets if sheet.mark is not None}
    assert read_by == {index: {SPOILT: "order", RUBBED: "line"}.get(index, "qr") for index in truth if index != LOST}
