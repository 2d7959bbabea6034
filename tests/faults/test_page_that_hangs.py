"""A page that hangs or kills its reader costs that page alone, and nobody has to find out by themselves."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest

from tests.papers import pdf
from tests.running import Office

SPOILER = f"{Path(__file__).parent / 'spoil_reader'}:{Path(__file__).parents[2]}"
PAGES = (
    ("QUYẾT ĐỊNH", "Về việc cấp giấy phép xây dựng nhà ở"),
    ("Điều 1. Trang này làm hỏng", "chương trình nhận dạng chữ"),
    ("Điều 2. Quyết định này có hiệu lực", "kể từ ngày ký ban hành"),
)
FATES = {"hangs": "ocr.page_timeout", "is-killed": "ocr.tesseract_failed"}


@pytest.fixture
def three_pages(tmp_path: Path) -> Path:
    path = tmp_path / "ba-trang.pdf"
    path.write_bytes(pdf(*PAGES))
    return path


@pytest.mark.parametrize(("fate", "code"), FATES.items())
def test_a_page_whose_reader_fails_costs_only_that_page(office: Office, three_pages: Path, fate: str, code: str) -> None:
    answer = office("ocr", three_pages, "--json", "--mode", "fast", PYTHONPATH=SPOILER, SPOIL_READER=f"2 {fate}")
    first, spoiled, last = answer.json["pages"]
    assert [line["text"] for line in first["lines"]] == list(PAGES[0])
    assert [line["text"] for line in last["lines"]] == list(PAGES[2])
    assert (spoiled["number"], spoiled["failed"], spoiled["lines"], spoiled["blank"]) == (2, code, [], False)
    assert (first["failed"], last["failed"]) == ("", "")
    assert answer.code == 1
    told = " ".join(answer.err.split())
    assert "Trang 2 không đọc được" in told and code in told
    assert "Trang 1" not in told and "Trang 3" not in told


def test_the_searchable_pdf_keeps_the_page_that_could_not_be_read(office: Office, three_pages: Path, tmp_path: Path) -> None:
    made = tmp_path / "tim-duoc.pdf"
    asked = ("ocr", three_pages, "--format", "pdf", "-o", made, "--mode", "fast")
    answer = office(*asked, PYTHONPATH=SPOILER, SPOIL_READER="2 is-killed")
    assert answer.code == 1
    assert "Trang 2 không đọc được" in " ".join(answer.err.split())
    with pikepdf.open(made) as pages:
        assert len(pages.pages) == 3
        assert all(page.get_images() for page in pages.pages)


def test_a_paper_with_a_page_that_could_not_be_read_is_archived_and_says_so(office: Office, inbox: Path) -> None:
    (inbox / "ba-trang.pdf").write_bytes(pdf(*PAGES))
    answer = office("digitize", inbox, PYTHONPATH=SPOILER, SPOIL_READER="2 is-killed")
    assert answer.code == 1
    told = " ".join(answer.err.split())
    assert "ba-trang.pdf: đã lưu kho, nhưng không đọc được chữ ở trang 2." in told
    ((flags,),) = office.rows("SELECT flags FROM catalogue_record")
    assert "page_failed:2" in flags


def test_classify_says_that_a_page_it_needed_could_not_be_read(office: Office, three_pages: Path) -> None:
    asked = ("classify", three_pages, "--mode", "fast")
    answer = office(*asked, PYTHONPATH=SPOILER, SPOIL_READER="2 is-killed")
    assert answer.code == 1
    assert "Quyết định" in answer.out
    assert "Trang 2 không đọc được" in " ".join(answer.err.split())
