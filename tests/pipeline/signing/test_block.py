"""Where a paper names its signer: found as a reader of the paper would find it, or honestly not."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest

from sohoa.ocr.imaging.errors import NotADocument
from sohoa.pipeline.signing.block import (
    PlaceNotUnderstood,
    SignerBlockDoubtful,
    SignerBlockNotFound,
    block_at,
    signature_block,
)
from sohoa.pipeline.sources.sampleoffice.layout import Run, SetLine, Sheet, set_line, words_of
from sohoa.pipeline.sources.sampleoffice.model import Region, Strength
from sohoa.pipeline.sources.sampleoffice.papers import make_paper
from tests.papers import pdf
from tests.pipeline.signing.drafts import delivered, drafted

NEAR = 6.0  # points: half a line


def must_be_near(off: tuple[float, float, float]) -> None:
    assert abs(off[0]) < NEAR and abs(off[1]) < NEAR and abs(off[2]) < 2 * NEAR, off


def lines(*told: tuple[str, float, float], region: Region = "body") -> list[SetLine]:
    """Text around a middle, at a height; points."""
    return [set_line(words_of([Run(text, "tinos-bold", 13)]), x - 200, x + 200, y, "centre", region) for text, x, y in told]


@pytest.mark.parametrize(("kind", "seed"), [("CV", 2), ("KH", 4), ("GPXD", 5)])
def test_a_drafted_paper_says_itself_where_its_signer_is_named(tmp_path: Path, kind: str, seed: int) -> None:
    truth = drafted(tmp_path / "p.pdf", kind, seed)
    assert max(map(abs, truth.off(signature_block(tmp_path / "p.pdf")))) < 2


@pytest.mark.parametrize("strength", ["medium", "hard"])
def test_a_scanned_paper_is_read_for_it(tmp_path: Path, strength: Strength) -> None:
    truth = delivered(tmp_path / "p.pdf", "TB", 31, strength=strength)
    must_be_near(truth.off(signature_block(tmp_path / "p.pdf")))


def test_a_page_that_was_read_too_quickly_is_read_again_before_anybody_is_asked(tmp_path: Path) -> None:
    truth = delivered(tmp_path / "p.pdf", "CV", 2001, strength="clean")  # `PHÓ` is lost in the quick reading
    must_be_near(truth.off(signature_block(tmp_path / "p.pdf")))


def test_a_page_that_is_stored_turned_is_measured_as_it_is_seen(tmp_path: Path) -> None:
    truth = delivered(tmp_path / "p.pdf", "TB", 33, strength="clean")
    with pikepdf.open(tmp_path / "p.pdf", allow_overwriting_input=True) as paper:
        for page in paper.pages:  # the sheet lies on its side, and /Rotate sets it upright again
            width, height = (float(side) for side in page.mediabox[2:])
            page.contents_add(f"q 0 1 -1 0 {height} 0 cm".encode(), prepend=True)
            page.contents_add(b"Q")
            page.mediabox = page.cropbox = [0, 0, height, width]
            page.Rotate = 90
        paper.save(tmp_path / "p.pdf")
    must_be_near(truth.off(signature_block(tmp_path / "p.pdf")))


def test_an_annex_behind_the_signature_does_not_hide_it(tmp_path: Path) -> None:
    annex = Sheet(lines=lines(("PHỤ LỤC", 300, 90), ("Danh mục thủ tục hành chính được công bố", 300, 120)))
    truth = drafted(tmp_path / "p.pdf", "QĐ", 7, more=[annex, annex])
    found = signature_block(tmp_path / "p.pdf")
    assert max(map(abs, truth.off(found))) < 2
    with pikepdf.open(tmp_path / "p.pdf") as paper:
        assert found.page == len(paper.pages) - 3


@pytest.mark.parametrize(
    "block",
    [
        (("GIÁM ĐỐC", 170, 600), ("GIÁM ĐỐC", 440, 600), ("Trần Văn Hai", 170, 690), ("Nguyễn Thị Mẫu", 440, 690)),
        (("TRƯỞNG PHÒNG", 170, 600), ("GIÁM ĐỐC", 440, 600), ("Trần Văn Hai", 170, 690), ("Nguyễn Thị Mẫu", 440, 690)),
        (("CHỦ TỊCH", 440, 420), ("Trần Văn Hai", 440, 500), ("GIÁM ĐỐC", 440, 600), ("Nguyễn Thị Mẫu", 440, 690)),
    ],
)
def test_of_two_signers_nobody_is_chosen(tmp_path: Path, block) -> None:
    last = Sheet(lines=lines(("Hai bên thống nhất những nội dung nêu trên.", 300, 90), *block))
    drafted(tmp_path / "p.pdf", "TLKS", 8, more=[last])
    with pytest.raises(SignerBlockDoubtful) as doubt:
        signature_block(tmp_path / "p.pdf")
    told = doubt.value.as_dict()
    assert "hơn một người ký" in told["vi"] and "--at TRANG,X,Y" in told["remedy"]


@pytest.mark.parametrize(
    "block",
    [
        (("KT. GIÁM ĐỐC", 440, 600), ("Nguyễn Thị Mẫu", 440, 690)),  # the deputy's own position is not there
        (("GIÁM ĐỐC", 440, 600),),
        (("GIÁM ĐỐC", 440, 600), ("Nguyễn Thị Mẫu", 440, 616)),  # no room between
        (("NGƯỜI LÀM ĐƠN", 440, 600), ("Nguyễn Thị Mẫu", 440, 690)),  # a citizen issues nothing
    ],
)
def test_a_block_that_lacks_something_is_a_doubt(tmp_path: Path, block) -> None:
    drafted(
        tmp_path / "p.pdf", "TLKS", 9, more=[Sheet(lines=lines(("Quyết định này có hiệu lực kể từ ngày ký.", 300, 90), *block))]
    )
    with pytest.raises(SignerBlockDoubtful):
        signature_block(tmp_path / "p.pdf")


def test_a_page_upside_down_is_a_doubt_because_the_image_would_be_too(tmp_path: Path) -> None:
    delivered(tmp_path / "p.pdf", "TB", 33, strength="clean")
    with pikepdf.open(tmp_path / "p.pdf", allow_overwriting_input=True) as paper:
        for page in paper.pages:
            page.Rotate = 180
        paper.save(tmp_path / "p.pdf")
    with pytest.raises(SignerBlockDoubtful) as doubt:
        signature_block(tmp_path / "p.pdf")
    assert "ngược" in doubt.value.as_dict()["vi"]


@pytest.mark.parametrize("kind", ["HĐ"])
def test_on_papers_that_no_office_issues_no_place_is_made_up(tmp_path: Path, kind: str) -> None:
    paper = make_paper(kind, 11, strength="clean", dpi=200)
    (tmp_path / "p.jpg").write_bytes(paper.pages[-1].jpeg)
    with pytest.raises((SignerBlockDoubtful, SignerBlockNotFound)):
        signature_block(tmp_path / "p.jpg")


def test_a_paper_without_any_signer_asks_to_be_shown_the_place(tmp_path: Path) -> None:
    (tmp_path / "p.pdf").write_bytes(pdf(("Danh sách giấy tờ", "Một tờ khai", "Hai bản chụp")))
    with pytest.raises(SignerBlockNotFound) as missing:
        signature_block(tmp_path / "p.pdf")
    assert "--at TRANG,X,Y" in missing.value.as_dict()["remedy"]


def test_what_is_no_document_is_refused_as_such(tmp_path: Path) -> None:
    (tmp_path / "p.pdf").write_bytes(b"no paper at all")
    with pytest.raises(NotADocument):
        signature_block(tmp_path / "p.pdf")


def test_a_place_is_pointed_at_in_millimetres() -> None:
    placed = block_at("2, 140,230.5")
    (left, _, right, foot), (_, top, *_) = placed.block.position, placed.block.name
    assert placed.page == 1
    assert (left + right) / 2 * 25.4 / 72 == pytest.approx(140)
    assert (foot + top) / 2 * 25.4 / 72 == pytest.approx(230.5)


@pytest.mark.parametrize("said", ["", "1", "1,2", "0,100,100", "1,-5,10", "1,nan,10", "1,inf,1", "một,1,1", "1,2,3,4", "1.5,1,1"])
def test_a_place_that_is_not_one_is_refused_with_an_example(said: str) -> None:
    with pytest.raises(PlaceNotUnderstood) as refused:
        block_at(said)
    assert "--at 2,140,230" in refused.value.as_dict()["remedy"]
