from __future__ import annotations

import io
import subprocess
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import Image

from sohoa.ocr.imaging import errors
from sohoa.ocr.imaging.intake import inspect
from sohoa.ocr.imaging.pages import page_image, page_images
from sohoa.ocr.model import PageImage
from tests.ocr import documents
from tests.ocr.documents import SHEET, SHEET_POINTS, add_scan, image_stream, jpeg_stream, saved, sheet


def only_page(path: Path) -> PageImage:
    into = path.parent / "pages"
    into.mkdir(exist_ok=True)
    return page_image(path, inspect(path), 1, into)


def pixels(page: PageImage) -> Image.Image:
    with Image.open(page.path) as opened:
        return opened.convert("RGB")


def upright(page: PageImage) -> Image.Image:
    return pixels(page).rotate(-page.rotation, expand=True)


def seen(path: Path) -> Image.Image:
    """The first page as poppler shows it, in the size that makes it comparable to a SHEET at 100 dpi."""
    run = ["pdftoppm", "-r", "100", "-f", "1", "-l", "1", "-cropbox", "-singlefile", "-png", str(path)]
    return Image.open(io.BytesIO(subprocess.run(run, check=True, capture_output=True).stdout)).convert("RGB")


def alike(one: Image.Image, other: Image.Image, *, difference: float = 8) -> bool:
    if max(abs(a - b) for a, b in zip(one.size, other.size, strict=True)) > 2:
        return False
    gap = np.asarray(one.resize((60, 80))).astype(int) - np.asarray(other.resize((60, 80))).astype(int)
    return float(np.abs(gap).mean()) < difference


def document(path: Path, build: object) -> Path:
    pdf = pikepdf.new()
    build(pdf)
    return saved(pdf, path)


# -- lifting -----------------------------------------------------------------------------------------------------------------


def test_a_scanned_jpeg_is_lifted_byte_for_byte(tmp_path: Path) -> None:
    stored = documents.jpeg(sheet("RGB"))
    path = document(tmp_path / "a.pdf", lambda pdf: add_scan(pdf, jpeg_stream(pdf, sheet("RGB"))))
    page = only_page(path)
    assert page.lifted and page.path.read_bytes() == stored
    assert (page.width, page.height, page.dpi, page.rotation) == (*SHEET, 100, 0)


@pytest.mark.parametrize("black_is_one", [True, False])
def test_a_fax_encoded_page_keeps_its_strip_byte_for_byte(tmp_path: Path, black_is_one: bool) -> None:
    strip = group_4(sheet("1"))

    def build(pdf: Pdf) -> None:
        parms = Dictionary(K=-1, Columns=SHEET[0], Rows=SHEET[1], BlackIs1=black_is_one)
        add_scan(pdf, image_stream(pdf, strip, SHEET, bits=1, Filter=Name.CCITTFaxDecode, DecodeParms=parms))

    path = document(tmp_path / "a.pdf", build)
    page = only_page(path)
    assert page.lifted and strip in page.path.read_bytes()
    assert alike(pixels(page), seen(path))


def group_4(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "TIFF", compression="group4", strip_size=1 << 30)
    with Image.open(out) as opened:
        offset, size = opened.tag_v2[273][0], opened.tag_v2[279][0]
    return out.getvalue()[offset : offset + size]


@pytest.mark.parametrize("mode", ["L", "RGB", "1"])
def test_a_losslessly_compressed_page_is_lifted_pixel_for_pixel(tmp_path: Path, mode: str) -> None:
    image = sheet(mode)

    def build(pdf: Pdf) -> None:
        space = Name.DeviceRGB if mode == "RGB" else Name.DeviceGray
        add_scan(pdf, image_stream(pdf, image.tobytes(), SHEET, space=space, bits=1 if mode == "1" else 8))

    page = only_page(document(tmp_path / "a.pdf", build))
    assert page.lifted
    assert np.array_equal(np.asarray(pixels(page)), np.asarray(image.convert("RGB")))


def test_a_page_with_a_palette_is_lifted_pixel_for_pixel(tmp_path: Path) -> None:
    image = sheet("RGB").quantize(8)
    colours = bytes(image.getpalette())

    def build(pdf: Pdf) -> None:
        space = Array([Name.Indexed, Name.DeviceRGB, len(colours) // 3 - 1, pikepdf.String(colours)])
        add_scan(pdf, image_stream(pdf, image.tobytes(), SHEET, space=space))

    page = only_page(document(tmp_path / "a.pdf", build))
    assert page.lifted
    assert np.array_equal(np.asarray(pixels(page)), np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("page_turn", [0, 90, 180, 270])
@pytest.mark.parametrize("image_turn", [0, 90, 180, 270])
def test_however_page_and_image_are_turned_the_lifted_picture_is_read_upright(
    tmp_path: Path, page_turn: int, image_turn: int
) -> None:
    wide, high = SHEET_POINTS
    orders = {0: f"{wide} 0 0 {high} 0 0", 180: f"-{wide} 0 0 -{high} {wide} {high}"}
    orders |= {90: f"0 {wide} -{high} 0 {high} 0", 270: f"0 -{wide} {high} 0 0 {wide}"}
    box = (high, wide) if image_turn in (90, 270) else (wide, high)

    def build(pdf: Pdf) -> None:
        content = f"q {orders[image_turn]} cm /Im0 Do Q".encode()
        add_scan(pdf, jpeg_stream(pdf, sheet("RGB")), points=box, content=content, Rotate=page_turn)

    path = document(tmp_path / "a.pdf", build)
    page = only_page(path)
    assert page.lifted
    assert alike(upright(page), seen(path))


def test_a_negative_turn_of_the_page_is_understood(tmp_path: Path) -> None:
    page = only_page(documents.scan(tmp_path / "a.pdf", Rotate=-90))
    assert page.lifted and page.rotation == 270


def test_nested_matrices_and_a_users_unit_give_the_true_resolution(tmp_path: Path) -> None:
    content = f"q .5 0 0 .5 0 0 cm q {SHEET_POINTS[0]} 0 0 {SHEET_POINTS[1]} 0 0 cm /Im0 Do Q Q".encode()
    half = (SHEET_POINTS[0] / 2, SHEET_POINTS[1] / 2)
    path = document(tmp_path / "a.pdf", lambda pdf: add_scan(pdf, jpeg_stream(pdf), points=half, content=content, UserUnit=2))
    page = only_page(path)
    assert page.lifted and page.dpi == 100


def test_a_photograph_app_that_makes_a_pixel_a_point_is_not_believed(tmp_path: Path) -> None:
    big = sheet("L", (1240, 1754))
    path = document(tmp_path / "a.pdf", lambda pdf: add_scan(pdf, jpeg_stream(pdf, big), points=(1240, 1754)))
    assert only_page(path).dpi == 150


WHOLE = f"q {SHEET_POINTS[0]} 0 0 {SHEET_POINTS[1]} 0 0 cm /Im0 Do Q ".encode()
HELVETICA = {"Font": Dictionary(F1=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))}


@pytest.mark.parametrize(
    "content",
    [
        b"BT 3 Tr /F1 12 Tf 10 10 Td (an older reading) Tj ET " + WHOLE,
        WHOLE + b"/Span << /MCID 0 >> BDC BT /F1 9 Tf 3 Tr 10 10 Td [(a) 20 (b)] TJ ET EMC",
        b"q 0 0 400 500 re W n " + WHOLE + b"Q",
        b"1 0 0 RG 0.5 w 0 g " + WHOLE,
        b"/Gs0 gs " + WHOLE,
    ],
    ids=["invisible text", "marked invisible text", "a clip around it", "colours set and not used", "an opaque graphics state"],
)
def test_what_leaves_no_ink_does_not_hinder_lifting(tmp_path: Path, content: bytes) -> None:
    states = {**HELVETICA, "ExtGState": Dictionary(Gs0=Dictionary(ca=1, BM=Name.Normal))}
    path = document(tmp_path / "a.pdf", lambda pdf: add_scan(pdf, jpeg_stream(pdf), content=content, resources=states))
    assert only_page(path).lifted


@pytest.mark.parametrize(
    "content",
    [
        WHOLE + b"BT /F1 12 Tf 10 10 Td (stamped later) Tj ET",
        WHOLE + b"BT 3 Tr ET q BT 0 Tr /F1 12 Tf (x) Tj ET Q",
        WHOLE + b"10 10 50 50 re f",
        WHOLE + b"10 10 m 50 50 l S",
        WHOLE + WHOLE,
        WHOLE + b"q 50 0 0 50 9 9 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \x00 EI Q",
        b"q 0 0 100 500 re W n " + WHOLE + b"Q",
        b"q 10 10 m 300 10 l 10 400 l h W n " + WHOLE + b"Q",
        b"/Gs0 gs " + WHOLE,
        b"q 150 0 0 200 10 10 cm /Im0 Do Q",
        f"q {-SHEET_POINTS[0]} 0 0 {SHEET_POINTS[1]} {SHEET_POINTS[0]} 0 cm /Im0 Do Q".encode(),
        WHOLE + b"/Pattern cs /P0 sh",
        WHOLE + b">> ] ) " * 60 + b"10 10 50 50 re f",
    ],
    ids=[
        "visible text", "text made visible again", "a filled box", "a line", "a second image", "an inline image",
        "a clip that hides half",
        "a clip with slanted sides", "transparency", "a small image", "a mirrored image", "a shading", "broken orders",
    ],
)  # fmt: skip
def test_what_may_leave_ink_has_the_page_drawn(tmp_path: Path, content: bytes) -> None:
    states = {**HELVETICA, "ExtGState": Dictionary(Gs0=Dictionary(ca=0.5))}
    path = document(tmp_path / "a.pdf", lambda pdf: add_scan(pdf, jpeg_stream(pdf), content=content, resources=states))
    assert not only_page(path).lifted


def test_a_text_layer_kept_in_a_form_does_not_hinder_lifting(tmp_path: Path) -> None:
    assert only_page(scan_with_form(tmp_path / "a.pdf", b"BT 3 Tr /F1 12 Tf (x) Tj ET")).lifted


def test_a_stamp_kept_in_a_form_has_the_page_drawn(tmp_path: Path) -> None:
    assert not only_page(scan_with_form(tmp_path / "a.pdf", b"0 0 50 50 re f")).lifted


def scan_with_form(path: Path, orders: bytes) -> Path:
    pdf = pikepdf.new()
    add_scan(pdf, jpeg_stream(pdf), content=WHOLE + b"/Fm0 Do")
    box = Array([0, 0, *SHEET_POINTS])
    form = pdf.make_stream(orders, Type=Name.XObject, Subtype=Name.Form, BBox=box, Resources=Dictionary(**HELVETICA))
    pdf.pages[0].obj.Resources.XObject.Fm0 = form
    return saved(pdf, path)


@pytest.mark.parametrize(
    ("entries", "lifted"),
    [
        ({"Subtype": Name.Stamp}, False),
        ({"Subtype": Name.FreeText}, False),
        ({"Subtype": Name.Stamp, "F": 2}, True),
        ({"Subtype": Name.Link}, True),
        ({"Subtype": Name.Stamp, "Rect": Array([0, 0, 0, 0])}, True),
        ({"Subtype": Name.Widget}, True),
    ],
    ids=["a stamp", "a note", "a hidden stamp", "a link", "a stamp of no size", "a field never filled in"],
)
def test_only_annotations_that_show_have_the_page_drawn(tmp_path: Path, entries: dict[str, object], lifted: bool) -> None:
    note = Dictionary(**{"Type": Name.Annot, "Rect": Array([10, 10, 90, 50]), **entries})
    assert only_page(documents.scan(tmp_path / "a.pdf", Annots=Array([note]))).lifted is lifted


def test_a_crop_that_hides_part_of_the_scan_is_honoured(tmp_path: Path) -> None:
    crop = Array([0, 0, SHEET_POINTS[0], SHEET_POINTS[1] / 2])
    path = documents.scan(tmp_path / "a.pdf", image=sheet("RGB"), CropBox=crop)
    page = only_page(path)
    assert not page.lifted
    assert np.asarray(pixels(page)).min() > 200  # the dark corner stood in the hidden half


@pytest.mark.parametrize("odd", ["CMYK", "SMask", "Decode", "ImageMask", "JPX", "wrong size"])
def test_an_image_that_a_plain_file_would_not_show_right_has_the_page_drawn(tmp_path: Path, odd: str) -> None:
    def build(pdf: Pdf) -> None:
        if odd == "CMYK":
            stream = jpeg_stream(pdf, sheet("CMYK"))
        elif odd == "SMask":
            stream = jpeg_stream(pdf, sheet("RGB"))
            stream.SMask = image_stream(pdf, bytes([255]) * (SHEET[0] * SHEET[1]), SHEET)
        elif odd == "Decode":
            stream = image_stream(pdf, bytes(255 - value for value in sheet().tobytes()), SHEET, Decode=Array([1, 0]))
        elif odd == "ImageMask":
            stream = image_stream(pdf, sheet("1").tobytes(), SHEET, bits=1, ImageMask=True)
            del stream.ColorSpace
        elif odd == "JPX":
            out = io.BytesIO()
            sheet("RGB").save(out, "JPEG2000")
            stream = image_stream(pdf, out.getvalue(), SHEET, space=Name.DeviceRGB, Filter=Name.JPXDecode)
        else:
            stream = jpeg_stream(pdf)
            stream.Width = SHEET[0] - 100
        add_scan(pdf, stream)

    path = document(tmp_path / "a.pdf", build)
    page = only_page(path)
    assert not page.lifted
    assert page.dpi == 300
    assert alike(pixels(page).resize(SHEET), seen(path))


# -- drawing -----------------------------------------------------------------------------------------------------------------


def test_a_born_digital_page_is_drawn_at_300_dots_an_inch_without_loss(tmp_path: Path) -> None:
    page = only_page(documents.drawing(tmp_path / "a.pdf"))
    assert (page.width, page.height, page.dpi, page.lifted) == (2480, 3508, 300, False)
    assert page.path.suffix == ".tif"  # black on white only: a drawing of few colours never becomes a JPEG


def test_a_stamped_scan_is_drawn_in_the_scans_own_pixels(tmp_path: Path) -> None:
    big = sheet("RGB", (1654, 2339))  # A4 at 200 dpi
    content = b"q 595.44 0 0 842.04 0 0 cm /Im0 Do Q 10 10 50 50 re f"
    path = document(tmp_path / "a.pdf", lambda pdf: add_scan(pdf, jpeg_stream(pdf, big), points=(595.44, 842.04), content=content))
    page = only_page(path)
    assert (page.lifted, page.dpi, page.width, page.height) == (False, 200, 1654, 2339)


def test_a_wide_plan_is_drawn_in_fewer_dots_rather_than_refused(tmp_path: Path) -> None:
    page = only_page(documents.drawing(tmp_path / "b.pdf", points=(10_800, 144)))
    assert page.width <= 32_767 and page.dpi == 218


def test_a_page_that_cannot_be_drawn_says_which_one(tmp_path: Path) -> None:
    path = documents.drawing(tmp_path / "a.pdf")
    intake = inspect(path)
    path.write_bytes(b"%PDF-1.4 no longer what it was")
    with pytest.raises(errors.TruncatedPdf):
        page_image(path, intake, 1, tmp_path)


# -- one at a time ------------------------------------------------------------------------------------------------------------


def test_pages_are_made_only_when_asked_for(tmp_path: Path) -> None:
    path = documents.scan(tmp_path / "a.pdf", pages=3)
    into = tmp_path / "pages"
    into.mkdir()
    pages = page_images(path, inspect(path), into)
    assert [next(pages).number, len(list(into.iterdir()))] == [1, 1]
    assert [page.number for page in pages] == [2, 3]


def test_making_a_page_again_gives_the_same_page_and_leaves_nothing_else(tmp_path: Path) -> None:
    into = tmp_path / "pages"
    into.mkdir()
    for path in (documents.scan(tmp_path / "a.pdf"), documents.drawing(tmp_path / "b.pdf")):
        first = page_image(path, inspect(path), 1, into)
        before = first.path.read_bytes()
        assert page_image(path, inspect(path), 1, into) == first
        assert first.path.read_bytes() == before
    assert sorted(file.name for file in into.iterdir()) == ["page-00001.jpg", "page-00001.tif"]


def test_a_page_that_is_not_there_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    path = documents.scan(tmp_path / "a.pdf")
    with pytest.raises(IndexError):
        page_image(path, inspect(path), 2, tmp_path)
