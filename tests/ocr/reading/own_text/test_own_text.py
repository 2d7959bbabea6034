"""Which pages keep their own text, and where its words are said to lie."""

from __future__ import annotations

import re
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Encryption, Name, Pdf
from PIL import Image

from sohoa.ocr.imaging.intake import inspect
from sohoa.ocr.reading.own_text.page import OwnText, own_text
from tests.ocr import documents
from tests.ocr.documents import saved
from tests.ocr.reading.own_text.letters import (
    A4,
    BODY,
    HEAD,
    LETTER,
    STAMP,
    add,
    boxes_off_the_ink,
    embedded,
    imaged,
    looked,
    outlines,
    picture_of,
    put,
    seal,
    simple_font,
    words_of,
    write,
    written,
)


def said(found: OwnText) -> list[str]:
    assert found.text is not None, found.reason
    return [word.text for word in found.text.words]


def full_page(pdf: Pdf, picture: Image.Image, *, before: bool) -> Pdf:
    return add(pdf, put("Scan", 0, 0, *A4), before=before, Scan=embedded(pdf, picture))


def with_stamp(pdf: Pdf, *, low: float = 780) -> Pdf:
    """A signature's stamp as an annotation with a look of its own: three lines of text."""
    orders = b"BT /F 7 Tf 2 30 Td (Ng\\344 k\\375: xa Mau) Tj 0 -9 Td (Email: mau@mau.gov.vn) Tj 0 -9 Td (08:15:24 +07:00) Tj ET"
    look = pdf.make_stream(
        orders,
        Type=Name.XObject,
        Subtype=Name.Form,
        BBox=Array([0, 0, 150, 40]),
        Resources=Dictionary(Font=Dictionary(F=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))),
    )
    note = Dictionary(
        Type=Name.Annot,
        Subtype=Name.Widget,
        FT=Name.Sig,
        T=pikepdf.String("Signature1"),
        F=4,
        Rect=Array([420, low, 570, low + 40]),
        AP=Dictionary(N=look),
    )
    note = pdf.make_indirect(note)
    pdf.pages[0].obj.Annots = Array([note])
    pdf.Root.AcroForm = Dictionary(Fields=Array([note]))
    return pdf


def test_a_written_page_keeps_its_own_words(tmp_path):
    found = looked(write(tmp_path / "a.pdf"))
    assert sorted(said(found)) == sorted(words_of(LETTER))
    assert found.text.confidence == 1
    assert (found.text.skew, found.text.rotation, found.text.blank) == (0.0, 0, False)
    assert found.text.steps == ("own_text",)


def test_the_two_columns_of_the_head_are_not_mixed(tmp_path):
    lines = [line.text for line in looked(write(tmp_path / "a.pdf")).text.lines]
    assert {text for *_, text in LETTER} == set(lines)
    assert lines.index("XÃ MẪU SỐ MỘT") == lines.index("ỦY BAN NHÂN DÂN") + 1
    assert lines.index("Độc lập - Tự do - Hạnh phúc") == lines.index("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM") + 1
    assert lines[-6:] == [text for *_, text in BODY]


def test_boxes_are_drawn_tight_around_the_ink(tmp_path):
    path = write(tmp_path / "a.pdf")
    image = imaged(path)
    assert boxes_off_the_ink(image, looked(path, image).text.words) == []


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_page_displayed_on_its_side_is_given_upright(tmp_path, turned):
    pdf = written()
    pdf.pages[0].obj.Rotate = turned
    path = saved(pdf, tmp_path / "a.pdf")
    image = imaged(path)
    text = looked(path, image).text
    assert text.rotation == (360 - turned) % 360
    assert sorted(word.text for word in text.words) == sorted(words_of(LETTER))
    assert (text.width, text.height) == ((image.height, image.width) if turned != 180 else (image.width, image.height))
    assert boxes_off_the_ink(image, text.words, rotation=text.rotation) == []
    for word in text.words:
        x0, _, x1, _ = word.bbox
        assert len(word.text) < 3 or x1 - x0 > word.bbox[3] - word.bbox[1]


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_text_drawn_sideways_on_a_turned_page_is_upright_already(tmp_path, turned):
    pdf = written()
    page = pdf.pages[0]
    wide, high = A4
    matrix = {90: f"0 1 -1 0 {high} 0", 180: f"-1 0 0 -1 {wide} {high}", 270: f"0 -1 1 0 0 {wide}"}[turned]
    page.contents_add(pdf.make_stream(f"q {matrix} cm".encode()), prepend=True)
    page.contents_add(pdf.make_stream(b"Q"))
    if turned != 180:
        page.obj.MediaBox = Array([0, 0, high, wide])
    page.obj.Rotate = turned
    path = saved(pdf, tmp_path / "a.pdf")
    image = imaged(path)
    text = looked(path, image).text
    assert text.rotation == 0
    assert [line.text for line in text.lines][-6:] == [line for *_, line in BODY]
    assert boxes_off_the_ink(image, text.words, rotation=text.rotation) == []


@pytest.mark.parametrize("turned", [0, 90])
def test_what_the_crop_box_hides_is_not_read(tmp_path, turned):
    pdf = written()
    page = pdf.pages[0]
    page.obj.CropBox = Array([50, A4[1] - 320, A4[0], A4[1] - 145])  # the body alone
    page.obj.Rotate = turned
    path = saved(pdf, tmp_path / "a.pdf")
    image = imaged(path)
    text = looked(path, image).text
    assert [word.text for word in text.words] == words_of(BODY)
    assert boxes_off_the_ink(image, text.words, rotation=text.rotation) == []


def test_pages_in_larger_units_are_measured_in_pixels_too(tmp_path):
    pdf = written()
    pdf.pages[0].obj.UserUnit = 1.5
    path = saved(pdf, tmp_path / "a.pdf")
    image = imaged(path)
    assert boxes_off_the_ink(image, looked(path, image).text.words) == []


def test_a_seal_and_a_signature_pasted_in_do_not_send_the_page_to_ocr(tmp_path):
    pdf = written()
    path = saved(add(pdf, put("Seal", 330, 380, 110, 110), Seal=embedded(pdf, seal())), tmp_path / "a.pdf")
    assert sorted(said(looked(path))) == sorted(words_of(LETTER))


def test_a_signed_letter_keeps_its_text_and_its_stamp_is_text_too(tmp_path):
    words = said(looked(saved(with_stamp(written()), tmp_path / "a.pdf")))
    assert set(words_of(LETTER)) < set(words)
    assert "mau@mau.gov.vn" in words


def test_a_scan_with_the_stamp_of_a_digital_signature_is_read_by_ocr(tmp_path):
    pdf = pikepdf.new()
    documents.add_scan(pdf, documents.jpeg_stream(pdf, picture_of(LETTER)), points=A4)
    assert looked(saved(with_stamp(pdf), tmp_path / "a.pdf")).reason == "stamp_only"


def test_a_scan_with_a_stamp_flattened_into_the_page_is_read_by_ocr(tmp_path):
    scan = full_page(written(STAMP), picture_of(LETTER), before=True)
    found = looked(saved(scan, tmp_path / "a.pdf"))
    assert found.text is None


def test_outlines_with_a_stamp_in_letters_are_read_by_ocr(tmp_path):
    assert looked(saved(add(written(STAMP), outlines(BODY)), tmp_path / "a.pdf")).reason == "stamp_only"


def test_a_plain_scan_is_answered_without_opening_the_file(tmp_path):
    path = documents.scan(tmp_path / "a.pdf")
    image, intake = imaged(path), inspect(path)
    path.unlink()
    assert own_text(path, intake, image, workspace=tmp_path) is None


def test_pictures_have_no_text_of_their_own(tmp_path):
    path = tmp_path / "a.png"
    picture_of(LETTER).save(path)
    assert looked(path).reason == "not_pdf"


@pytest.mark.parametrize("hiding", [b"3 Tr", b"/Faint gs"])
def test_an_unseen_layer_of_somebody_elses_ocr_is_not_trusted(tmp_path, hiding):
    pdf = written(LETTER)
    page = pdf.pages[0]
    page.obj.Resources.ExtGState = Dictionary(Faint=Dictionary(Type=Name.ExtGState, ca=0))
    page.contents_add(pdf.make_stream(hiding), prepend=True)
    scan = with_stamp(full_page(pdf, picture_of(LETTER), before=True))
    assert looked(saved(scan, tmp_path / "a.pdf")).reason == "hidden_text"


def test_text_that_lies_below_the_scan_is_not_trusted(tmp_path):
    scan = full_page(written(LETTER), picture_of(LETTER), before=False)
    assert looked(saved(scan, tmp_path / "a.pdf")).reason == "hidden_text"


def test_a_picture_of_text_over_half_the_page_sends_the_page_to_ocr(tmp_path):
    pdf = written()
    half = picture_of([(40, 40 + 20 * row, 13, "Dòng này nằm trong một tấm hình dán vào") for row in range(18)], size=(A4[0], 400))
    path = saved(add(pdf, put("Half", 0, 20, A4[0], 400), Half=embedded(pdf, half)), tmp_path / "a.pdf")
    assert looked(path).reason == "picture"


def test_a_small_picture_of_text_sends_the_page_to_ocr_too(tmp_path):
    pdf = written()
    note = picture_of([(10, 20 + 16 * row, 12, "Dòng này nằm trong hình dán") for row in range(8)], size=(400, 150), dpi=150)
    path = saved(add(pdf, put("Note", 80, 100, 400, 150), Note=embedded(pdf, note)), tmp_path / "a.pdf")
    assert looked(path).reason == "print_without_text"


def test_text_over_a_light_background_picture_wins(tmp_path):
    pale = Image.radial_gradient("L").resize((595, 842)).point(lambda value: 255 - value // 12)
    path = saved(full_page(written(), pale, before=True), tmp_path / "a.pdf")
    assert sorted(said(looked(path))) == sorted(words_of(LETTER))


def test_letters_drawn_as_shapes_are_no_text(tmp_path):
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=A4).obj.Contents = pdf.make_stream(outlines(BODY))
    assert looked(saved(pdf, tmp_path / "a.pdf")).reason == "no_text"


def test_a_line_drawn_as_shapes_among_text_is_noticed(tmp_path):
    pdf = add(written(), outlines([(80, 400, 14, "Dòng này không có chữ nào trong tệp cả")]))
    assert looked(saved(pdf, tmp_path / "a.pdf")).reason == "print_without_text"


def test_rules_and_frames_are_not_taken_for_print(tmp_path):
    lines = b"1 w 60 300 480 200 re S " + b" ".join(b"60 %d m 540 %d l S" % (y, y) for y in range(310, 500, 20))
    assert looked(saved(add(written(), lines), tmp_path / "a.pdf")).reason == "own_text"


def test_white_words_on_white_paper_are_no_part_of_the_page(tmp_path):
    pdf = written()
    pdf.pages[0].contents_add(pdf.make_stream(b"q BT 1 g /White 12 Tf 60 60 Td (Unseen) Tj ET Q"))
    pdf.pages[0].obj.Resources.Font["/White"] = simple_font("Helvetica")
    path = saved(pdf, tmp_path / "a.pdf")
    assert sorted(said(looked(path))) == sorted(words_of(LETTER))


def test_a_page_of_white_words_is_read_by_ocr(tmp_path):
    pdf = written()
    data = pdf.pages[0].Contents.read_bytes()
    pdf.pages[0].obj.Contents = pdf.make_stream(data.replace(b"0 g", b"1 g") if b"0 g" in data else b"1 g\n" + data)
    assert looked(saved(pdf, tmp_path / "a.pdf")).reason == "text_without_ink"


def retold(pdf: Pdf, tell) -> Pdf:
    """Every font's table of letters passed through `tell`."""
    for font in pdf.pages[0].obj.Resources.Font.values():
        table = font.ToUnicode.read_bytes()
        font.ToUnicode = pdf.make_stream(tell(table))
    return pdf


def shifted(by: int):
    """Each letter another, `by` further on in Unicode."""

    def tell(table: bytes) -> bytes:
        def moved(found: re.Match[bytes]) -> bytes:
            return found.group(1) + b"<%04X>" % ((int(found.group(2), 16) + by) & 0xFFFF)

        head, mark, letters = table.partition(b"beginbfchar")
        return head + mark + re.sub(rb"(?m)^(<[0-9A-Fa-f]{4}> )<([0-9A-Fa-f]{4})>", moved, letters)

    return tell


@pytest.mark.parametrize("by", [29, 0xE000, 0x400, 3])
def test_a_font_with_a_wrong_table_of_letters_sends_the_page_to_ocr(tmp_path, by):
    assert looked(saved(retold(written(), shifted(by)), tmp_path / "a.pdf")).reason == "broken_text"


def test_a_font_without_a_table_of_letters_sends_the_page_to_ocr(tmp_path):
    pdf = written()
    for font in pdf.pages[0].obj.Resources.Font.values():
        del font["/ToUnicode"]
    assert looked(saved(pdf, tmp_path / "a.pdf")).reason == "broken_text"


def test_question_marks_for_letters_send_the_page_to_ocr(tmp_path):
    asked = [(x, y, size, re.sub(r"[^\x00-\x7f]", "?", text)) for x, y, size, text in LETTER]
    assert looked(write(tmp_path / "a.pdf", asked)).reason == "broken_text"


def test_a_page_of_numbers_alone_keeps_them(tmp_path):
    numbers = [(80, 80 + 30 * row, 12, f"{row} {row * 117} 2024") for row in range(1, 9)]
    assert sorted(said(looked(write(tmp_path / "a.pdf", numbers)))) == sorted(words_of(numbers))


def test_an_encrypted_file_that_opens_without_a_password_is_read(tmp_path):
    path = saved(written(), tmp_path / "a.pdf", encryption=Encryption(owner="secret", user=""))
    assert sorted(said(looked(path))) == sorted(words_of(LETTER))


def test_each_page_is_judged_by_itself_and_nothing_stays_behind(tmp_path):
    pdf = written(LETTER, HEAD)
    documents.add_scan(pdf, documents.jpeg_stream(pdf))
    path = saved(pdf, tmp_path / "a.pdf")
    workspace = tmp_path / "work"
    workspace.mkdir()
    intake = inspect(path)
    texts = [own_text(path, intake, imaged(path, number), workspace=workspace) for number in (1, 2, 3)]
    assert [text and text.number for text in texts] == [1, 2, None]
    assert sorted(word.text for word in texts[1].words) == sorted(words_of(HEAD))
    assert list(workspace.iterdir()) == []


def test_a_form_that_draws_itself_is_read_by_ocr(tmp_path):
    pdf = written()
    loop = pdf.make_stream(b"/Loop Do", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 595, 842]))
    loop.Resources = Dictionary(XObject=Dictionary(Loop=loop))
    assert looked(saved(add(pdf, b"/Loop Do", Loop=loop), tmp_path / "a.pdf")).reason == "too_complex"


def test_forms_that_multiply_are_given_up(tmp_path):
    pdf = written()
    inner = pdf.make_stream(b"0 0 m " * 500, Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 9, 9]))
    for _ in range(5):
        again = pdf.make_stream(b"/Next Do " * 20, Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 9, 9]))
        again.Resources = Dictionary(XObject=Dictionary(Next=inner))
        inner = pdf.make_indirect(again)
    image = imaged(write(tmp_path / "plain.pdf"))  # the drawing itself would keep poppler busy for minutes
    path = saved(add(pdf, b"/Next Do", Next=inner), tmp_path / "a.pdf")
    assert own_text(path, inspect(path), image, workspace=tmp_path) is None


@pytest.mark.parametrize("more", [b"(a) Tj " * 100_000, b"()Tj" * 1_000_000, b"% " + b"x" * 50_000_000])
def test_orders_without_end_are_given_up(tmp_path, more):
    pdf = written()
    image = imaged(write(tmp_path / "plain.pdf"))
    pdf.pages[0].contents_add(pdf.make_stream(b"BT " + more + b"\nET"))
    path = saved(pdf, tmp_path / "a.pdf", compress_streams=True)
    assert own_text(path, inspect(path), image, workspace=tmp_path) is None


@pytest.mark.parametrize(
    "odd", [b"(a Tj ((( <zz> Tj", b"/None Tf 1 Tr (x) Tj", b"/Nope Do /Nope gs", b"Q Q Q cm Tm Tr", b"1 2 cm (x) Tm"]
)
def test_damaged_orders_cost_the_own_text_at_most(tmp_path: Path, odd):
    pdf = written()
    pdf.pages[0].contents_add(pdf.make_stream(b"\n" + odd))
    found = looked(saved(pdf, tmp_path / "a.pdf"))
    assert found.reason in ("own_text", "damaged", "too_complex", "hidden_text")
    assert found.text is None or set(words_of(LETTER)) <= set(said(found))
