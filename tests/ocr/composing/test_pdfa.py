from __future__ import annotations

import io
import subprocess
import sys
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pikepdf
import pikepdf.pdfa
import pytest
from PIL import Image

from sohoa.ocr.composing.errors import NotPdfA
from sohoa.ocr.composing.pdfa import Composed, compose_pdfa, require_pdfa
from sohoa.ocr.imaging.errors import DamagedImage
from sohoa.ocr.imaging.intake import inspect
from sohoa.ocr.imaging.pages import page_images
from sohoa.ocr.model import Line, PageImage, PageText, Word
from sohoa.pipeline.sources.sampleoffice.mishaps import write_mishaps
from tests.ocr import documents
from tests.ocr.documents import SHEET, add_scan, image_stream, saved, sheet

MOMENT = datetime(2024, 7, 15, 1, 30, tzinfo=UTC)


def compose(source: Path, into: Path, *, said: str = "Quyết định", title: str = "Quyết định 05/QĐ-UBND") -> Composed:
    folder = into.parent / "pages"
    folder.mkdir(exist_ok=True)
    intake = inspect(source)
    pages = ((image, text_of(image, said)) for image in page_images(source, intake, folder))
    return compose_pdfa(source, intake, pages, into, title=title, created=MOMENT, identifier="urn:sohoa:1")


def text_of(image: PageImage, said: str) -> PageText:
    """One line of `said` near the top."""
    width, height = image.upright_size
    step = (width - 40) // max(1, len(said.split()))
    words = tuple(Word(word, (20 + step * i, 40, 10 + step * (i + 1), 70), 0.9) for i, word in enumerate(said.split()))
    lines = (Line(words, (20, 40, width - 20, 70)),) if words else ()
    return PageText(image.number, width, height, image.dpi, image.rotation, 0.0, not words, lines)


def test_a_composed_scan_passes_the_gate_with_its_pictures_untouched(tmp_path: Path) -> None:
    source = documents.scan(tmp_path / "a.pdf", pages=2, image=sheet("RGB"))
    made = compose(source, tmp_path / "out.pdf")
    report = pikepdf.pdfa.validate_written(made.path, "2b")
    assert report.passed, report.summary()
    with pikepdf.open(source) as before, pikepdf.open(made.path) as after:
        assert [page_jpeg(page) for page in after.pages] == [page_jpeg(page) for page in before.pages]
        assert made.page_count == len(after.pages) == 2


def page_jpeg(page: pikepdf.Page) -> bytes:
    """The JPEG's own bytes, whether or not they were deflated once more."""
    (image,) = page.get_images().values()
    if image.Filter == pikepdf.Name.DCTDecode:
        return image.read_raw_bytes()
    assert [str(coding) for coding in image.Filter] == ["/FlateDecode", "/DCTDecode"]
    return zlib.decompress(image.read_raw_bytes())


@pytest.mark.parametrize("optimised", [False, True])
def test_a_jpeg_is_deflated_only_where_that_makes_it_smaller(tmp_path: Path, optimised: bool) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (584, 413), dtype=np.uint8))
    jpeg = documents.jpeg(noise if optimised else sheet("RGB"), optimize=optimised)
    (tmp_path / "a.jpg").write_bytes(jpeg)
    with pikepdf.open(compose(tmp_path / "a.jpg", tmp_path / "out.pdf").path) as pdf:
        (image,) = pdf.pages[0].get_images().values()
        assert (image.Filter == pikepdf.Name.DCTDecode) is optimised
        assert len(image.read_raw_bytes()) <= len(jpeg)
        assert page_jpeg(pdf.pages[0]) == jpeg


def test_the_file_is_hardly_larger_than_the_scan(tmp_path: Path) -> None:
    source = documents.scan(tmp_path / "a.pdf", pages=3, image=sheet("RGB", (1240, 1754)), points=(595.2, 841.92))
    pictures = 3 * len(documents.jpeg(sheet("RGB", (1240, 1754))))
    assert compose(source, tmp_path / "out.pdf").size < pictures + 12_000


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "P", "G4", "tiff"])
def test_pictures_of_every_kind_come_out_pixel_for_pixel(tmp_path: Path, mode: str) -> None:
    image = {"P": sheet("RGB").quantize(16), "G4": sheet("1"), "tiff": sheet("RGB")}.get(mode) or sheet(mode)
    source = tmp_path / ("a.tif" if mode in ("G4", "tiff") else "a.png")
    image.save(source, dpi=(100, 100), compression={"G4": "group4", "tiff": "tiff_lzw"}.get(mode))
    made = compose(source, tmp_path / "out.pdf")
    assert np.array_equal(np.asarray(first_image(made.path)), np.asarray(image.convert("RGB")))


def first_image(path: Path) -> Image.Image:
    """By poppler, which shares no code with what wrote the file."""
    subprocess.run(["pdfimages", "-png", str(path), str(path.parent / "image")], check=True)
    return Image.open(path.parent / "image-000.png").convert("RGB")


def test_a_lifted_fax_goes_in_with_its_own_strip(tmp_path: Path) -> None:
    from tests.ocr.imaging.test_page_images import group_4

    strip = group_4(sheet("1"))
    pdf = pikepdf.new()
    parms = pikepdf.Dictionary(K=-1, Columns=SHEET[0], Rows=SHEET[1], BlackIs1=True)
    add_scan(pdf, image_stream(pdf, strip, SHEET, bits=1, Filter=pikepdf.Name.CCITTFaxDecode, DecodeParms=parms))
    made = compose(saved(pdf, tmp_path / "a.pdf"), tmp_path / "out.pdf")
    assert strip in made.path.read_bytes()
    assert np.array_equal(np.asarray(first_image(made.path)), np.asarray(sheet("1").convert("RGB")))


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_turned_page_is_shown_upright_and_its_picture_not_redrawn(tmp_path: Path, rotation: int) -> None:
    source = documents.scan(tmp_path / "a.pdf", image=sheet("RGB"), Rotate=rotation)
    made = compose(source, tmp_path / "out.pdf")
    with pikepdf.open(source) as before, pikepdf.open(made.path) as after:
        assert page_jpeg(after.pages[0]) == page_jpeg(before.pages[0])
    assert np.abs(shown(made.path).astype(int) - shown(source)).mean() < 2


def shown(path: Path) -> np.ndarray:
    run = ["pdftoppm", "-r", "50", "-singlefile", str(path)]
    return np.asarray(Image.open(io.BytesIO(subprocess.run(run, check=True, capture_output=True).stdout)))


def test_the_sheet_keeps_its_size_on_paper(tmp_path: Path) -> None:
    image = sheet("L", (1654, 2339))
    image.save(tmp_path / "a.png", dpi=(200, 200))
    with pikepdf.open(compose(tmp_path / "a.png", tmp_path / "out.pdf").path) as pdf:
        assert [float(side) for side in pdf.pages[0].mediabox] == pytest.approx([0, 0, 595.44, 842.04])


def test_nothing_that_acts_reaches_the_made_pdf(tmp_path: Path) -> None:
    names = ("with-javascript.pdf", "with-launch.pdf", "with-attachment.pdf", "owner-locked.pdf")
    for name, path in write_mishaps(tmp_path / "in", seed=3, which=names).items():
        assert inspect(path).hazards
        made = inspect(compose(path, tmp_path / f"clean-{name}").path)
        assert (made.hazards, made.page_count) == ((), 1)


def test_the_same_paper_gives_the_same_bytes(tmp_path: Path) -> None:
    source = documents.scan(tmp_path / "a.pdf")
    (tmp_path / "b").mkdir()
    first, second = (compose(source, tmp_path / place) for place in ("out.pdf", "b/out.pdf"))
    assert first.path.read_bytes() == second.path.read_bytes()


def test_title_language_and_moment_are_told_to_viewers_and_to_archives(tmp_path: Path) -> None:
    title = "Giấy phép <xây dựng> & «sửa» số 12\x00\x0b 🏠"
    made = compose(documents.scan(tmp_path / "a.pdf"), tmp_path / "out.pdf", title=title)
    clean = "Giấy phép <xây dựng> & «sửa» số 12 🏠"
    with pikepdf.open(made.path) as pdf, pdf.open_metadata() as xmp:
        assert str(pdf.docinfo.Title) == clean == xmp["dc:title"]
        assert str(pdf.Root.Lang) == "vi"
        assert (xmp["dc:identifier"], xmp["xmp:CreateDate"]) == ("urn:sohoa:1", "2024-07-15T08:30:00+07:00")
        assert xmp.pdfa_status == "2B"


def test_a_page_that_fails_midway_leaves_no_file_behind(tmp_path: Path) -> None:
    source = documents.scan(tmp_path / "a.pdf", pages=2)
    intake = inspect(source)
    into = tmp_path / "out"
    into.mkdir()

    def pages() -> Iterator[tuple[PageImage, PageText]]:
        image = next(page_images(source, intake, tmp_path))
        yield image, text_of(image, "một")
        raise DamagedImage(page=2, detail="test")

    with pytest.raises(DamagedImage):
        compose_pdfa(source, intake, pages(), into / "out.pdf", title="t", created=MOMENT, identifier="i")
    assert list(into.iterdir()) == []


def test_a_failure_leaves_the_older_file_as_it_was(tmp_path: Path) -> None:
    made = compose(documents.scan(tmp_path / "a.pdf"), tmp_path / "out.pdf")
    before = made.path.read_bytes()
    with pytest.raises(NotPdfA):  # a PDF without pages is no document
        compose_pdfa(made.path, inspect(made.path), [], made.path, title="t", created=MOMENT, identifier="i")
    assert made.path.read_bytes() == before


def test_the_gate_names_what_does_not_conform(tmp_path: Path) -> None:
    with pytest.raises(NotPdfA) as refused:
        require_pdfa(documents.scan(tmp_path / "a.pdf"))
    assert "ISO_19005_2" in str(refused.value.facts["violations"])


def test_a_blank_page_and_an_empty_title_still_conform(tmp_path: Path) -> None:
    made = compose(documents.scan(tmp_path / "a.pdf"), tmp_path / "out.pdf", said="", title="")
    assert subprocess.run(["pdftotext", str(made.path), "-"], check=True, capture_output=True).stdout.strip() == b""


def test_a_born_digital_page_is_composed_from_its_rendering(tmp_path: Path) -> None:
    source = documents.drawing(tmp_path / "a.pdf")
    made = compose(source, tmp_path / "out.pdf")
    assert np.abs(shown(made.path).astype(int) - shown(source)).mean() < 2


MEASURE = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from sohoa.ocr.composing.pdfa import compose_pdfa
from sohoa.ocr.imaging.intake import inspect
from sohoa.ocr.imaging.pages import page_image
from sohoa.ocr.model import Line, PageText, Word
source, folder = Path(sys.argv[1]), Path(sys.argv[2])
intake = inspect(source)
def pages():
    for number in range(1, intake.page_count + 1):
        image = page_image(source, intake, number, folder)
        lines = tuple(Line((Word("chữ", (50, y, 150, y + 20), .9),) * 10, (50, y, 400, y + 20)) for y in range(40, 540, 25))
        yield image, PageText(number, *image.upright_size, image.dpi, image.rotation, 0.0, False, lines)
        image.path.unlink()
compose_pdfa(source, intake, pages(), folder / "out.pdf", title="t", created=datetime(2024, 1, 1, tzinfo=UTC), identifier="i")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_three_hundred_pages_need_hardly_more_memory_than_ten(tmp_path: Path) -> None:
    def peak(pages: int) -> int:
        pdf = pikepdf.new()
        noise = np.random.default_rng(1)
        for number in range(pages):
            grey = Image.fromarray(noise.integers(0, 255, (292, 207), dtype=np.uint8))
            add_scan(pdf, documents.jpeg_stream(pdf, grey), Label=pikepdf.String(str(number)))
        source = saved(pdf, tmp_path / f"{pages}.pdf")
        folder = tmp_path / f"pages-{pages}"
        folder.mkdir()
        run = subprocess.run([sys.executable, "-c", MEASURE, str(source), str(folder)], check=True, capture_output=True, text=True)
        return int(run.stdout)

    assert peak(300) < 1.3 * peak(10)
