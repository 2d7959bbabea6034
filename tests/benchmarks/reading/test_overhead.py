"""Listening finds the very pictures that a program gives to its reader."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from benchmarks.reading.overhead import listen, spread
from benchmarks.watching import RunFailed
from sohoa.ocr.reading.engines.choices import parse_hocr

JOB = """
import pathlib, sys
from sohoa.ocr.reading.engines.tesseract import Tesseract
picture = pathlib.Path("kept.png").resolve()
picture.write_bytes(pathlib.Path(sys.argv[1]).read_bytes())
Tesseract("vie").read(picture, dpi=300, workspace=pathlib.Path.cwd(), leaving="out", layout="column")
picture.unlink()
"""


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Enough lines that reading them takes a while."""
    page = Image.new("L", (1600, 400), 255)
    font = ImageFont.truetype("/usr/share/fonts/truetype/croscore/Tinos-Regular.ttf", 40)
    for y in range(50, 300, 60):
        ImageDraw.Draw(page).text((60, y), "Ủy ban nhân dân tỉnh ban hành Quyết định về công tác văn thư", fill=0, font=font)
    page.save(tmp_path / "page.png")
    return tmp_path / "page.png"


def test_a_reading_is_overheard_with_its_picture_and_its_arguments(picture: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", JOB, picture]
    (heard,) = listen(command, tmp_path / "scratch", tmp_path / "kept")
    assert heard.picture.read_bytes() == picture.read_bytes()
    assert (heard.language, heard.dpi, heard.layout) == ("vie", "300", "6")


def test_what_was_overheard_can_be_read_again_alone_and_by_the_program(picture: Path, tmp_path: Path) -> None:
    (heard,) = listen([sys.executable, "-c", JOB, picture], tmp_path / "scratch", tmp_path / "kept")
    for number, command in enumerate((heard.as_ordered(tmp_path / "0"), heard.by_program(tmp_path / "1"))):
        subprocess.run(command, check=True, capture_output=True)
        words = [word.text for line in parse_hocr((tmp_path / f"{number}.hocr").read_bytes()).lines for word in line.words]
        assert words[:4] == ["Ủy", "ban", "nhân", "dân"]


def test_a_job_without_a_reader_gives_no_figure(tmp_path: Path) -> None:
    with pytest.raises(RunFailed, match="no tesseract was seen"):
        listen([sys.executable, "-c", "pass"], tmp_path / "scratch", tmp_path / "kept")


def test_a_few_pages_are_taken_from_the_whole_length() -> None:
    pages = [bytes([number]) for number in range(10)]
    assert spread(pages, 3) == [b"\x00", b"\x03", b"\x06"]
    assert spread(pages, None) == pages
    assert spread(pages, 99) == pages
