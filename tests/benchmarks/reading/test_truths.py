"""Truths from people and from layers of text."""

from __future__ import annotations

import json
from pathlib import Path

import pikepdf
import pytest
from fpdf import FPDF

from benchmarks.reading.truths import TruthUnreadable, degraded, hand_checked

LETTER = {
    "file": "a.pdf",
    "page": 2,
    "width": 2480,
    "height": 3508,
    "slope": 0.01,
    "source": "scan",
    "lines": [
        {"text": "Số: 05 /QĐ-UBND", "bbox": [1, 2, 3, 4], "region": "header", "handwritten": False, "handwritten_words": [1]},
        {"text": "Đã nhận", "bbox": [5, 6, 7, 8], "region": "stamp", "handwritten": True},
    ],
}


def born_digital(folder: Path) -> Path:
    document = FPDF(unit="pt", format="A4")
    document.add_font("tinos", "", "/usr/share/fonts/truetype/croscore/Tinos-Regular.ttf")
    document.add_page()
    document.set_font("tinos", size=13)
    document.text(90, 100, "ỦY BAN NHÂN DÂN")
    document.text(330, 100, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
    document.text(90, 200, "Điều 1. Nghị định này quy định về công tác văn thư")
    document.text(295, 30, "2")
    target = folder / "law.pdf"
    document.output(str(target))
    return target


def test_a_hand_checked_page_is_read_with_its_handwriting(tmp_path: Path) -> None:
    (tmp_path / "a-p02.json").write_text(json.dumps(LETTER))
    (page,) = hand_checked(tmp_path)
    assert (page.file, page.number, page.source) == ("a.pdf", 2, "scan")
    assert [line.handwritten for line in page.lines] == [{1}, {0, 1}]


def test_a_truth_without_its_lines_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "a-p02.json").write_text(json.dumps({key: value for key, value in LETTER.items() if key != "lines"}))
    with pytest.raises(TruthUnreadable, match=r"a-p02\.json: KeyError 'lines'"):
        hand_checked(tmp_path)


def test_a_born_digital_page_becomes_a_scan_with_its_own_text_as_truth(tmp_path: Path) -> None:
    scan = tmp_path / "scan.pdf"
    (page,) = degraded(born_digital(tmp_path), scan, seed=3, strength="medium")
    assert {(" ".join(line.words), line.region) for line in page.lines} == {
        ("ỦY BAN NHÂN DÂN", "beside"),
        ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "beside"),
        ("Điều 1. Nghị định này quy định về công tác văn thư", "body"),
    }
    assert abs(page.width - 2480) <= 1
    with pikepdf.open(scan) as written:
        assert [image.Filter for image in written.pages[0].resources["/XObject"].values()] == ["/DCTDecode"]


def test_a_born_digital_page_is_worn_the_same_way_for_the_same_seed(tmp_path: Path) -> None:
    pdf = born_digital(tmp_path)
    first, again, other = (degraded(pdf, tmp_path / f"{n}.pdf", seed=seed, strength="medium") for n, seed in enumerate((3, 3, 4)))
    assert first[0].slope == again[0].slope != other[0].slope


def test_a_pdf_without_text_has_no_truth(tmp_path: Path) -> None:
    blank = FPDF()
    blank.add_page()
    blank.output(str(tmp_path / "blank.pdf"))
    with pytest.raises(TruthUnreadable, match="no layer of text"):
        degraded(tmp_path / "blank.pdf", tmp_path / "scan.pdf", seed=1, strength="medium")
