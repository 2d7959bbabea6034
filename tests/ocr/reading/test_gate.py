"""What a page costs, and which of two readings is kept: told by readers of our own, which count what they are asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image

from sohoa.ocr.model import Box, PageImage, PageText
from sohoa.ocr.reading.engines.tesseract import Tesseract
from sohoa.ocr.reading.page import Readers, read_page
from sohoa.ocr.reading.recogniser import Layout, Reading, ReadLine, ReadWord
from tests.ocr.imaging.preparing.drawn import TEXT, Paper

DPI = 200
WORDS = ["Căn", "cứ", "Luật", "Tổ", "chức", "chính", "quyền", "địa", "phương"]
NAMES = ["Lẫm", "Trữ", "Dơn", "Đễ"]  # which no language model is sure of
EMPTY_TABLE = ((20, 60, 130), (60, 75, 90))


@dataclass
class Told:
    """A reader that says what it is told to say of a picture. asked: the size of each picture, and its layout."""

    says: Callable[[tuple[int, int]], tuple[list[str], float]]
    name: str = "Vietnamese"
    asked: list[tuple[tuple[int, int], Layout]] = field(default_factory=list)

    def read(self, picture: Path, *, dpi: int, workspace: Path, leaving: str, layout: Layout = "page") -> Reading:
        with Image.open(picture) as opened:
            size = opened.size
        self.asked.append((size, layout))
        words, confidence = self.says(size)
        read = tuple(ReadWord(text, box, confidence) for text, box in zip(words, places(len(words)), strict=True))
        return Reading(self.name, (ReadLine(read, (150, 150, 1000, 190)),) if read else (), 0.0)


def places(count: int) -> list[Box]:
    return [(150 + 60 * number, 150, 150 + 60 * number + 50, 190) for number in range(count)]


def drawn(tmp_path: Path, page: Paper) -> PageImage:
    page.picture.save(tmp_path / "page.png")
    return PageImage(1, tmp_path / "page.png", *page.picture.size, page.dpi)


def ruled() -> Paper:
    """Words and a table without any: as prepared, the page is longer than it came."""
    return Paper.blank(DPI).write(20, 20, "Căn cứ Luật").table(*EMPTY_TABLE)


def read(tmp_path: Path, page: Paper, reader: Told) -> PageText:
    return read_page(drawn(tmp_path, page), workspace=tmp_path, readers=Readers(reader))


def test_a_preparation_that_spoils_the_page_is_not_kept(tmp_path: Path):
    page = ruled()
    reader = Told(lambda size: (WORDS, 0.97) if size == page.picture.size else (["Cãn", "eu", "Lụật"], 0.75))
    kept = read(tmp_path, page, reader)
    assert kept.text == " ".join(WORDS)
    assert (kept.steps, kept.tables) == ((), ())
    assert reader.asked[-1] == (page.picture.size, "page")


def test_a_preparation_that_helps_is_kept_though_the_page_was_read_as_it_came_too(tmp_path: Path):
    page = ruled()
    reader = Told(lambda size: (["Cãn", "eu"], 0.4) if size == page.picture.size else (NAMES, 0.75))
    kept = read(tmp_path, page, reader)
    assert kept.text == " ".join(NAMES)
    assert kept.steps == ("tables",)
    assert len(kept.tables) == 1
    assert (page.picture.size, "page") in reader.asked


def test_a_clearly_good_page_is_read_once(tmp_path: Path):
    reader = Told(lambda _: (WORDS, 0.97))
    assert read(tmp_path, ruled(), reader).steps == ("tables",)
    assert len(reader.asked) == 1


def test_a_page_that_needed_no_preparation_is_not_read_as_it_came(tmp_path: Path):
    reader = Told(lambda _: (["Cãn", "eu", "Lụật"], 0.75))
    kept = read(tmp_path, Paper.blank(DPI).paragraphs(), reader)
    assert kept.steps == ()
    assert len(reader.asked) == 1


@pytest.mark.parametrize(("below", "runs"), [(0.5, 0), (2.0, 1)])
def test_a_second_reader_costs_nothing_where_the_leader_is_sure_unless_every_line_is_wanted(
    below: float, runs: int, tmp_path: Path
):
    first, second = Told(lambda _: (WORDS, 0.97), name="vie"), Told(lambda _: (WORDS, 0.97))
    image = drawn(tmp_path, ruled())
    assert read_page(image, workspace=tmp_path, readers=Readers(first, second, below)).text == " ".join(WORDS)
    assert (len(first.asked), len(second.asked)) == (1, runs)


def test_a_page_on_which_nothing_at_all_is_read_has_no_lines_and_is_neither_blank_nor_failed(tmp_path: Path):
    kept = read(tmp_path, ruled(), Told(lambda _: ([], 0.0)))
    assert (kept.lines, kept.blank, kept.failed) == ((), False, "")


def test_pictures_for_readers_do_not_stay_behind(tmp_path: Path):
    read(tmp_path, ruled(), Told(lambda _: (WORDS, 0.97)))
    assert [path.name for path in tmp_path.iterdir()] == ["page.png"]


def test_a_frame_around_a_few_lines_does_not_lay_the_page_on_its_side(tmp_path: Path):
    framed = Paper.blank(DPI).paragraphs(count=3).table((8, 140), (8, 202))
    kept = read_page(drawn(tmp_path, framed), workspace=tmp_path, readers=Readers(Tesseract("Vietnamese")))
    assert (kept.rotation, (kept.width, kept.height)) == (0, framed.picture.size)
    assert kept.text == "\n".join(TEXT[:3])


@dataclass(frozen=True)
class Forgetful:
    """Tesseract, which on whole pages leaves these words out without telling, as it does with lone digits and beneath seals."""

    forgets: tuple[str, ...]
    name: str = "Vietnamese"

    def read(self, picture: Path, *, dpi: int, workspace: Path, leaving: str, layout: Layout = "page") -> Reading:
        whole = Tesseract(self.name).read(picture, dpi=dpi, workspace=workspace, leaving=leaving, layout=layout)
        if layout == "column":
            return whole
        lines = (ReadLine(tuple(word for word in line.words if word.text not in self.forgets), line.bbox) for line in whole.lines)
        return Reading(self.name, tuple(line for line in lines if line.words), whole.slant)


def test_a_lone_digit_in_a_cell_that_a_run_leaves_out_is_read_all_the_same(tmp_path: Path):
    page = Paper.blank(DPI).paragraphs(count=3).table((15, 30, 130), (60, 70, 80))
    page.write(17, 62, "4").write(32, 62, "Nguyễn Thị Mẫu").write(32, 72, "Lê Văn Bảng")
    kept = read_page(drawn(tmp_path, page), workspace=tmp_path, readers=Readers(Forgetful(("4",))))
    (table,) = kept.tables
    cells = [[kept.lines[number].text for number in cell.lines] for cell in table.cells]
    assert cells == [["4"], ["Nguyễn Thị Mẫu"], [], ["Lê Văn Bảng"]]
    digit = kept.lines[table.cells[0].lines[0]].bbox
    assert table.cells[0].bbox[0] < digit[0] < digit[2] < table.cells[0].bbox[2]


@pytest.mark.parametrize("seal", [False, True], ids=["without a seal", "under a seal"])
def test_a_name_that_a_run_leaves_out_is_read_all_the_same(seal: bool, tmp_path: Path):
    page = Paper.blank(DPI).paragraphs(count=3).write(85, 75, "CHỦ TỊCH").write(78, 97, "Nguyễn Thị Mẫu", points=14)
    stamped = page.over(Paper.blank(DPI).seal(95, 92)) if seal else page
    kept = read_page(drawn(tmp_path, stamped), workspace=tmp_path, readers=Readers(Forgetful(("Nguyễn", "Thị", "Mẫu"))))
    assert [line.text for line in kept.lines[-2:]] == ["CHỦ TỊCH", "Nguyễn Thị Mẫu"]
    assert kept.steps == (("inks",) if seal else ())
    assert len(kept.seals) == seal
