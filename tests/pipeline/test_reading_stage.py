"""The reading stage believes a page that says itself what stands on it, and reads the picture of any other."""

from __future__ import annotations

from pathlib import Path

import pikepdf

from sohoa.kernel.durable import sha256_of
from sohoa.pipeline import stages
from sohoa.pipeline.dispatch.slots import Slots
from sohoa.pipeline.workfolder import WorkFolder
from tests import papers
from tests.ocr.reading.own_text.letters import LETTER, words_of, write


def recognised(source: Path, tmp_path: Path, *, last: int | None = None) -> WorkFolder:
    work = WorkFolder(tmp_path / sha256_of(source))
    work.path.mkdir()
    work.source.symlink_to(source)
    stages.recognise(work, Slots(tmp_path / "slots", 2), mode="fast", page_done=lambda: True, last=last)
    return work


def runs(work: WorkFolder) -> list[str]:
    """Every run of a reader leaves its hOCR."""
    return sorted(path.name[:9] for path in work.images.glob("*.hocr"))


def mixed(tmp_path: Path) -> Path:
    """A letter as it was written, and a scanned attachment."""
    scanned = tmp_path / "scan.pdf"
    scanned.write_bytes(papers.pdf(("Phụ lục kèm theo", "Danh sách các hộ gia đình")))
    with pikepdf.open(write(tmp_path / "letter.pdf")) as both, pikepdf.open(scanned) as attachment:
        both.pages.extend(attachment.pages)
        both.save(tmp_path / "mixed.pdf")
    return tmp_path / "mixed.pdf"


def test_a_born_digital_page_is_not_read_by_a_reader(tmp_path: Path):
    work = recognised(write(tmp_path / "letter.pdf"), tmp_path)
    _, text = work.page(1)
    assert text.steps == ("own_text",)
    assert sorted(word.text for word in text.words) == sorted(words_of(LETTER))
    assert runs(work) == []


def test_its_lines_are_told_apart_like_those_of_a_scan(tmp_path: Path):
    _, text = recognised(write(tmp_path / "letter.pdf"), tmp_path).page(1)
    assert any(line.zone for line in text.lines)


def test_of_a_mixed_document_only_the_scanned_page_is_read(tmp_path: Path):
    work = recognised(mixed(tmp_path), tmp_path)
    letter, attachment = work.page(1)[1], work.page(2)[1]
    assert (letter.steps, attachment.steps) == (("own_text",), ())
    assert attachment.text == "Phụ lục kèm theo\nDanh sách các hộ gia đình"
    assert runs(work) == ["page-0002"]


def test_pages_beyond_the_last_one_asked_for_wait(tmp_path: Path):
    work = recognised(mixed(tmp_path), tmp_path, last=1)
    assert [work.has_page(number) for number in (1, 2)] == [True, False]
    assert runs(work) == []
