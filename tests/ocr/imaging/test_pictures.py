from __future__ import annotations

from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from sohoa.ocr.imaging import errors
from sohoa.ocr.imaging.intake import inspect
from sohoa.ocr.imaging.measures import believable_dpi
from sohoa.ocr.imaging.pages import page_image, page_images
from sohoa.ocr.model import PageImage
from tests.ocr import documents
from tests.ocr.documents import SHEET, sheet, tiff


def pages_of(path: Path) -> list[PageImage]:
    into = path.parent / "pages"
    into.mkdir(exist_ok=True)
    return list(page_images(path, inspect(path), into))


def array(page: PageImage) -> np.ndarray:
    with Image.open(page.path) as opened:
        return np.asarray(opened.convert("RGB"))


def same(page: PageImage, image: Image.Image) -> bool:
    return np.array_equal(array(page), np.asarray(image.convert("RGB")))


def close(page: PageImage, image: Image.Image) -> bool:
    other = np.asarray(image.convert("RGB")).astype(int)
    return array(page).shape == other.shape and float(np.abs(array(page).astype(int) - other).mean()) < 3


def saved(image: Image.Image, path: Path, **options: object) -> Path:
    image.save(path, **options)
    return path


# -- JPEG, PNG, WebP, HEIC ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpegs_own_bytes_are_its_page(tmp_path: Path, progressive: bool) -> None:
    path = saved(sheet("RGB"), tmp_path / "a.jpg", dpi=(150, 150), progressive=progressive)
    (page,) = pages_of(path)
    assert page.path.read_bytes() == path.read_bytes()
    assert (page.width, page.height, page.dpi, page.rotation, page.lifted) == (*SHEET, 150, 0, True)


@pytest.mark.parametrize(("orientation", "rotation"), [(1, 0), (3, 180), (6, 90), (8, 270)])
def test_how_the_phone_was_held_becomes_the_pages_rotation(tmp_path: Path, orientation: int, rotation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(sheet("RGB"), tmp_path / "a.jpg", exif=exif)
    (page,) = pages_of(path)
    assert page.path.read_bytes() == path.read_bytes()
    assert (page.rotation, page.width, page.height) == (rotation, *SHEET)
    assert page.upright_size == (SHEET if rotation in (0, 180) else (SHEET[1], SHEET[0]))


@pytest.mark.parametrize("orientation", [2, 4, 5, 7])
def test_a_mirrored_photograph_is_made_readable(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    undo = {2: 0, 4: 1, 5: 5, 7: 6}[orientation]  # Pillow's transposition that is its own undoing
    path = saved(sheet("RGB").transpose(Image.Transpose(undo)), tmp_path / "a.jpg", exif=exif, quality=90)
    (page,) = pages_of(path)
    assert page.rotation == 0 and not page.lifted
    assert close(page, sheet("RGB"))


def test_a_print_shops_jpeg_becomes_red_green_and_blue(tmp_path: Path) -> None:
    (page,) = pages_of(saved(sheet("CMYK"), tmp_path / "a.jpg"))
    assert not page.lifted
    assert close(page, sheet("CMYK").convert("RGB"))


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "P"])
def test_a_plain_pngs_own_bytes_are_its_page(tmp_path: Path, mode: str) -> None:
    image = sheet("RGB").quantize(16) if mode == "P" else sheet(mode)
    path = saved(image, tmp_path / "a.png", dpi=(100, 100))
    (page,) = pages_of(path)
    assert page.path.read_bytes() == path.read_bytes()
    assert (page.dpi, page.lifted) == (100, True)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_is_white_paper(tmp_path: Path, mode: str) -> None:
    image = sheet("RGB").convert("RGBA")
    clear = np.asarray(image).copy()
    clear[300:, :] = (90, 90, 90, 0)
    image = Image.fromarray(clear)
    path = tmp_path / "a.png"
    if mode == "P":
        image.quantize(16).save(path)
    else:
        image.convert(mode).save(path)
    (page,) = pages_of(path)
    assert array(page)[400:, :].min() >= 250
    assert array(page)[5, 5].max() <= 5


def test_sixteen_bit_grey_keeps_its_tones(tmp_path: Path) -> None:
    grey = np.asarray(sheet("L")).astype(np.uint16) * 257
    (page,) = pages_of(saved(Image.fromarray(grey), tmp_path / "a.png"))
    assert same(page, sheet("L"))


@pytest.mark.parametrize("lossless", [True, False])
def test_a_webp_becomes_a_page_a_pdf_can_hold(tmp_path: Path, lossless: bool) -> None:
    (page,) = pages_of(saved(sheet("RGB"), tmp_path / "a.webp", lossless=lossless, quality=95))
    assert page.path.suffix in (".png", ".jpg") and not page.lifted
    assert close(page, sheet("RGB"))


def test_a_heic_photograph_becomes_a_page_a_pdf_can_hold(tmp_path: Path) -> None:
    path = tmp_path / "a.heic"
    pillow_heif.from_pillow(sheet("RGB")).save(path, quality=95)
    (page,) = pages_of(path)
    assert page.path.suffix in (".png", ".jpg") and page.rotation == 0
    assert close(page, sheet("RGB"))


def test_each_picture_of_a_heic_is_a_page(tmp_path: Path) -> None:
    held = pillow_heif.from_pillow(sheet("RGB"))
    held.add_from_pillow(sheet("RGB").rotate(180))
    held.save(tmp_path / "a.heic", quality=95)
    first, second = pages_of(tmp_path / "a.heic")
    assert close(first, sheet("RGB")) and close(second, sheet("RGB").rotate(180))


def test_a_photographed_page_stays_near_its_size(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).normal(0, 12, (800, 600, 3))
    photo = Image.fromarray(np.clip(np.asarray(sheet("RGB", (600, 800))) + noise, 0, 255).astype(np.uint8))
    path = saved(photo, tmp_path / "a.webp", quality=80)
    (page,) = pages_of(path)
    assert page.path.suffix == ".jpg"
    assert page.path.stat().st_size < 600 * 800  # PNG would take three times as much
    assert close(page, Image.open(path))


# -- TIFF ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "compression", "suffix"),
    [
        ("1", "group4", ".tif"),
        ("1", None, ".tif"),
        ("L", "tiff_lzw", ".png"),
        ("RGB", "tiff_adobe_deflate", ".png"),
        ("RGB", None, ".png"),
    ],
)
def test_each_frame_of_a_tiff_becomes_a_file_without_loss(tmp_path: Path, mode: str, compression: str | None, suffix: str) -> None:
    frames = [sheet(mode), sheet(mode).rotate(180), sheet(mode).rotate(90)]
    found = pages_of(tiff(tmp_path / "a.tif", *frames, compression=compression))
    assert [page.number for page in found] == [1, 2, 3]
    assert all(same(page, frame) for page, frame in zip(found, frames, strict=True))
    assert {page.path.suffix for page in found} == {suffix}
    assert {page.dpi for page in found} == {100}


@pytest.mark.parametrize("mode", ["L", "YCbCr"])
def test_a_jpeg_within_a_tiff_is_lifted_without_decoding(tmp_path: Path, mode: str) -> None:
    frames = [sheet("RGB").convert(mode), sheet("RGB").rotate(180).convert(mode)]
    path = tiff(tmp_path / "a.tif", *frames, compression="jpeg", quality=70, strip_size=1 << 30)
    for page, frame in zip(pages_of(path), (0, 1), strict=True):
        assert page.lifted and page.path.suffix == ".jpg"
        with Image.open(path) as opened:
            opened.seek(frame)
            assert np.array_equal(array(page), np.asarray(opened.convert("RGB")))


def test_a_jpeg_in_several_strips_is_decoded_and_kept_without_loss(tmp_path: Path) -> None:
    path = tiff(tmp_path / "a.tif", sheet("L"), compression="jpeg", strip_size=SHEET[0] * 64)
    (page,) = pages_of(path)
    with Image.open(path) as opened:
        assert page.path.suffix == ".png" and same(page, opened)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("compression", [None, "tiff_lzw", "jpeg"])
def test_a_tiffs_orientation_is_obeyed_once(tmp_path: Path, orientation: int, compression: str | None) -> None:
    path = tiff(tmp_path / "a.tif", sheet("L"), tiffinfo={274: orientation}, compression=compression, strip_size=1 << 30)
    (page,) = pages_of(path)
    with Image.open(page.path) as stored:
        upright = stored.convert("RGB").rotate(-page.rotation, expand=True)
    turn = {1: 0, 3: 180, 6: 270, 8: 90}[orientation]  # counter-clockwise, as Pillow turns
    wanted = np.asarray(sheet("L").convert("RGB").rotate(turn, expand=True)).astype(int)
    assert upright.size == wanted.shape[1::-1] and np.abs(np.asarray(upright) - wanted).mean() < 2


def test_a_fax_with_oblong_pixels_gets_square_ones(tmp_path: Path) -> None:
    fax = sheet("1", (864, 550))
    (page,) = pages_of(tiff(tmp_path / "a.tif", fax, dpi=(204, 98), compression="group4"))
    assert (page.width, page.height, page.dpi, page.lifted) == (864, 1145, 204, False)
    assert array(page)[100, 100].max() == 0


def test_one_frame_can_be_asked_for_alone(tmp_path: Path) -> None:
    path = tiff(tmp_path / "a.tif", *(sheet("L").rotate(angle) for angle in (0, 90, 180)))
    page = page_image(path, inspect(path), 3, tmp_path)
    assert page.number == 3 and same(page, sheet("L").rotate(180))
    assert [file.name for file in tmp_path.iterdir() if file != path] == ["page-00003.png"]


def test_a_damaged_frame_is_told_by_its_page_number(tmp_path: Path) -> None:
    path = tiff(tmp_path / "a.tif", sheet("L"), sheet("L"), compression="tiff_adobe_deflate")
    with Image.open(path) as opened:
        opened.seek(1)
        at, size = opened.tag_v2[273][0], opened.tag_v2[279][0]
    data = bytearray(path.read_bytes())
    data[at : at + size] = bytes(size)
    path.write_bytes(data)
    into = tmp_path / "pages"
    into.mkdir()
    pages = page_images(path, inspect(path), into)
    assert next(pages).number == 1
    with pytest.raises(errors.DamagedImage) as damage:
        next(pages)
    assert damage.value.facts["page"] == 2


# -- paper --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claimed", "size", "dpi"),
    [
        (300, (2480, 3508), 300),
        (200, (1654, 2339), 200),
        (0, (2480, 3508), 300),
        (1, (2480, 3508), 300),
        (72, (2480, 3508), 300),
        (72, (595, 842), 72),
        (96, (3000, 4000), 342),
        (600, (9933, 14043), 600),
        (300, (1004, 638), 300),
        (9999, (2480, 3508), 300),
        (100, (50, 50), 100),
        (0, (50, 50), 72),
    ],
)
def test_a_resolution_is_believed_when_such_paper_exists(claimed: int, size: tuple[int, int], dpi: int) -> None:
    assert believable_dpi(claimed, *size) == dpi


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
def test_a_picture_cut_after_it_was_inspected_is_found_at_its_page(tmp_path: Path, kind: str) -> None:
    path = saved(sheet("RGB"), tmp_path / f"a.{kind}")
    intake = inspect(path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(errors.DamagedImage):
        page_image(path, intake, 1, tmp_path)


def test_documents_helper_and_sheet_tell_each_turn_apart() -> None:
    turns = {documents.sheet().rotate(angle, expand=True).resize((40, 40)).tobytes() for angle in (0, 90, 180, 270)}
    assert len(turns) == 4


def test_a_wide_gamut_photograph_is_brought_into_srgb(tmp_path: Path) -> None:
    """The page's profile swaps red and blue, so that obeying and ignoring it cannot be mistaken for one another."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = int.from_bytes(profile[128:132], "big")
    for at in range(132, 132 + 12 * count, 12):
        swapped = {b"rXYZ": b"bXYZ", b"bXYZ": b"rXYZ"}.get(bytes(profile[at : at + 4]))
        if swapped:
            profile[at : at + 4] = swapped
    path = saved(sheet("RGB"), tmp_path / "a.webp", lossless=True, icc_profile=bytes(profile))
    (page,) = pages_of(path)
    red, _, blue = array(page)[20, SHEET[0] - 20]
    assert blue > 180 > 60 > red


def test_a_broken_colour_profile_does_not_stop_a_page(tmp_path: Path) -> None:
    (page,) = pages_of(saved(sheet("RGB"), tmp_path / "a.webp", lossless=True, icc_profile=b"nonsense" * 30))
    assert close(page, sheet("RGB"))
