"""`sohoa sheets` as a digitiser types it."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from sohoa.pipeline.stacks.looking import sheet_codes
from sohoa.pipeline.stacks.marks import Kind, Mark, Place, read
from tests.pipeline.stacks.scanned import DOSSIER, DPI, paper, run, sheet_pictures, stack_pdf
from tests.running import Office

CODE = DOSSIER.format(1)
COLUMNS = (
    "dossier_code,procedure_code,procedure_name,sector,unit_code,unit_name,unit_level,channel,received_at,due_at,resolved_at,"
    "returned_at,status,yields_result,kind,ordinal,document_type,name,decision,sheets"
)
ROW = (
    "{code},1.009999,Cấp giấy xác nhận mẫu,Mẫu,H99.1,UBND xã Mẫu,commune,direct,2026-01-05T08:00:00+07:00,"
    ",,,,yes,component,{ordinal},DON,{name},required_by_rule,"
)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "home")


def marks_in(path: Path) -> list[Mark]:
    with pypdfium2.PdfDocument(path) as pdf:
        pages = [page.render(scale=DPI / 72, grayscale=True).to_numpy() for page in pdf]
    found = [{read(code.text) for code in sheet_codes(page.reshape(page.shape[:2]), dpi=DPI, page=1)} for page in pages]
    return [mark for (mark,) in found if mark is not None]


def test_a_dossier_of_the_register_gets_a_sheet_for_each_component(office: Office, tmp_path: Path):
    register = tmp_path / "so.csv"
    names = ("Đơn đề nghị", "Bản sao giấy tờ")
    rows = [ROW.format(code=CODE, ordinal=number, name=name) for number, name in enumerate(names, 1)]
    register.write_text("\n".join([COLUMNS, *rows]) + "\n", encoding="utf-8")
    assert office("register", "import", register).code == 0
    told = office("sheets", "print", "--dossier", CODE, "-o", tmp_path / "phieu.pdf", "--json")
    assert (told.code, told.json["sheets"]) == (0, 2)
    marks = marks_in(tmp_path / "phieu.pdf")
    assert [mark.place for mark in marks] == [Place(CODE, 1), Place(CODE, 2)]
    with pypdfium2.PdfDocument(tmp_path / "phieu.pdf") as pdf:
        text = pdf[1].get_textpage().get_text_range()
    assert "Bản sao giấy tờ" in text and CODE in text


def test_a_dossier_that_the_register_does_not_know_gets_one_sheet_or_as_many_as_are_said(office: Office, tmp_path: Path):
    assert office("sheets", "print", "--dossier", CODE, "-o", tmp_path / "a.pdf").code == 0
    assert [mark.kind for mark in marks_in(tmp_path / "a.pdf")] == [Kind.DOSSIER]
    office("sheets", "print", "--dossier", CODE, "--component", "4", "--component", "2", "--two-sided", "-o", tmp_path / "c.pdf")
    assert [(mark.place.component, mark.side) for mark in marks_in(tmp_path / "c.pdf")] == [
        *((4, "front"), (4, "back")),
        *((2, "front"), (2, "back")),
    ]


def test_a_batch_header_carries_what_was_counted(office: Office, tmp_path: Path):
    order = ("--batch", "LO-1", "--expect", "96", "--dossier", CODE, "--count", "2")
    assert office("sheets", "print", *order, "-o", tmp_path / "a.pdf").code == 0
    header, *sheets = marks_in(tmp_path / "a.pdf")
    assert (header.kind, header.batch, header.expected) == (Kind.BATCH, "LO-1", 96)
    assert [(sheet.batch, sheet.place.component) for sheet in sheets] == [("LO-1", 1), ("LO-1", 2)]


@pytest.mark.parametrize(
    "wrong",
    [
        ("--dossier", "H1", "--dossier", "H2", "--count", "3"),
        ("--dossier", "H" * 61),
    ],
)
def test_an_order_that_says_too_little_or_too_much_prints_nothing(office: Office, tmp_path: Path, wrong: tuple[str, ...]):
    assert office("sheets", "print", *wrong, "-o", tmp_path / "a.pdf").code == 2
    assert not (tmp_path / "a.pdf").exists()


def test_a_whole_stack_is_split_and_a_lost_sheet_needs_a_person(office: Office, tmp_path: Path):
    one, two, three = sheet_pictures(run(1, 3))
    whole = stack_pdf(
        tmp_path / "du.pdf", [one, paper("Giấy tờ thứ a"), two, paper("Giấy tờ thứ b"), three, paper("Giấy tờ thứ c")]
    )
    told = office("sheets", "split", whole, "-o", tmp_path / "du", "--json")
    assert (told.code, told.json["certain"]) == (0, True)
    assert [document["file"] for document in told.json["documents"]] == [f"{CODE}/{CODE}.{n}.pdf" for n in (1, 2, 3)]
    lacking = stack_pdf(
        tmp_path / "thieu.pdf", [one, paper("Giấy tờ thứ a"), paper("Giấy tờ thứ b"), three, paper("Giấy tờ thứ c")]
    )
    told = office("sheets", "split", lacking, "-o", tmp_path / "thieu")
    assert told.code == 1
    assert f"in 3 phiếu, thấy 2. Thiếu: phiếu 2/3 (thành phần 2, hồ sơ {CODE})" in told.out
    assert sorted(path.name for path in (tmp_path / "thieu" / "can-xem").iterdir()) == [f"001-{CODE}-tp1.pdf"]
    with pikepdf.open(tmp_path / "thieu" / CODE / f"{CODE}.3.pdf") as pdf:
        assert len(pdf.pages) == 1


def test_what_is_no_stack_is_refused_in_a_sentence(office: Office, tmp_path: Path):
    (tmp_path / "rong.pdf").write_bytes(b"")
    told = office("sheets", "split", tmp_path / "rong.pdf", "-o", tmp_path / "ra", "--json")
    assert (told.code, told.json["error"]["code"]) == (1, "ocr.empty_file")
    assert not (tmp_path / "ra").exists()
