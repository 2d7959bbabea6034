"""The small profile: layers where they pass for the scan, the scan itself everywhere else."""

from __future__ import annotations

import functools
import io
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image

from sohoa.ocr.composing.drawing import Profile
from sohoa.ocr.composing.fidelity import compared
from sohoa.ocr.composing.layers import layers_of
from sohoa.ocr.composing.pdfa import compose_pdfa
from sohoa.ocr.imaging.intake import inspect
from sohoa.ocr.imaging.pages import page_image
from sohoa.ocr.model import PageText
from sohoa.pipeline.sources.sampleoffice import SamplePage, Strength, make_paper

MOMENT = datetime(2024, 7, 15, tzinfo=UTC)
ORIENTATIONS = {0: 1, 180: 3, 90: 6, 270: 8}  # Exif


@functools.cache
def permit(strength: Strength = "clean") -> SamplePage:
    """One page with a table, a red seal over print and a signature in blue."""
    return next(page for page in make_paper("GPXD", 5, strength=strength, dpi=200).pages if not page.blank)


def composed(
    folder: Path, picture: Image.Image | bytes, *, profile: Profile = "mixed-raster", turned: int = 0, name: str = "a.jpg"
) -> Path:
    source = folder / name
    if isinstance(picture, bytes):
        source.write_bytes(picture)
    else:
        exif = Image.Exif()
        exif[0x0112] = ORIENTATIONS[turned]
        picture.rotate(turned, expand=True).save(source, dpi=(200, 200), exif=exif)
    intake = inspect(source)
    image = page_image(source, intake, 1, folder)
    text = PageText(1, *image.upright_size, image.dpi, image.rotation, 0.0, True, ())
    into = folder / f"{profile}.pdf"
    return compose_pdfa(source, intake, [(image, text)], into, title="t", created=MOMENT, identifier="i", profile=profile).path


def pictures(path: Path) -> list[pikepdf.Object]:
    with pikepdf.open(path) as pdf:
        return [pdf.pages[0].Resources.XObject[name].get("/Mask") for name in pdf.pages[0].Resources.XObject.keys()]  # noqa: SIM118


def shown(path: Path) -> np.ndarray:
    """By poppler, finely: it puts the edges of a picture on whole pixels, which at the scan's own resolution may be a pixel off."""
    run = ["pdftoppm", "-r", "400", "-singlefile", str(path)]
    return np.asarray(Image.open(io.BytesIO(subprocess.run(run, check=True, capture_output=True).stdout)))


@pytest.mark.parametrize("turned", [0, 90])
def test_a_page_in_layers_is_far_smaller_and_is_shown_like_the_scan(tmp_path: Path, turned: int) -> None:
    page = permit()
    path = composed(tmp_path, page.image, turned=turned)
    scan = composed(tmp_path, page.image, turned=turned, profile="scan")
    assert len(pictures(path)) >= 3
    assert path.stat().st_size < scan.stat().st_size / 3
    seen, scanned = shown(path), shown(scan)
    assert seen.shape == scanned.shape
    assert compared(scanned, seen, dpi=400).passes


def test_red_and_blue_ink_keep_their_colours_and_their_outlines() -> None:
    page = permit().upright
    again = layers_of(page, dpi=200).redrawn()
    for strong, weak in ((0, 2), (2, 0)):  # red over blue, blue over red
        ink = page[:, :, strong].astype(int) - page[:, :, weak] > 80
        assert ink.sum() > 500
        assert (again[:, :, strong].astype(int) - again[:, :, weak] > 40)[ink].mean() > 0.97


def test_a_page_that_does_not_pass_for_its_scan_keeps_the_scan(tmp_path: Path) -> None:
    page = permit("hard")
    assert not compared(page.pixels, layers_of(page.pixels, dpi=200).redrawn(), dpi=200).passes
    kept, scan = (composed(tmp_path, page.jpeg, profile=profile) for profile in ("mixed-raster", "scan"))
    assert kept.read_bytes() == scan.read_bytes()


def test_black_and_white_and_coarse_scans_are_left_as_they_are(tmp_path: Path) -> None:
    grey = permit().image.convert("L")
    for folder, name, picture in (
        ("bilevel", "a.tif", grey.point(lambda value: 255 if value > 150 else 0).convert("1", dither=Image.Dither.NONE)),
        ("coarse", "a.jpg", grey.resize((grey.width // 2, grey.height // 2))),
    ):
        (room := tmp_path / folder).mkdir()
        out = io.BytesIO()
        options = {"compression": "group4", "dpi": (200, 200)} if name.endswith("tif") else {"dpi": (100, 100)}
        picture.save(out, "TIFF" if name.endswith("tif") else "JPEG", **options)
        assert pictures(composed(room, out.getvalue(), name=name)) == [None]


def test_the_same_page_gives_the_same_bytes(tmp_path: Path) -> None:
    first = composed(tmp_path, permit().jpeg).read_bytes()
    assert composed(tmp_path, permit().jpeg).read_bytes() == first


# -- the gate -----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def redrawn() -> np.ndarray:
    again = layers_of(permit().upright, dpi=200).redrawn()
    assert compared(permit().upright, again, dpi=200).passes
    return again


def paper_over(page: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    x0, y0, x1, y1 = box
    page = page.copy()
    page[y0:y1, x0:x1] = np.median(page.reshape(-1, 3), axis=0)
    return page


@pytest.mark.parametrize("which", ["word", "dash", "dot below"])
def test_what_went_missing_is_noticed(redrawn: np.ndarray, which: str) -> None:
    words = [word for line in permit().lines for word in line.words]
    if which == "dot below":
        x0, y0, x1, y1 = next(word.bbox for word in words if word.text == "Hạnh")
        box = (x0, y1 - (y1 - y0) // 5, x1, y1)
    else:
        box = next(word.bbox for word in words if word.text == {"word": "phúc", "dash": "-"}[which])
    assert not compared(permit().upright, paper_over(redrawn, box), dpi=200).passes


def test_a_seal_in_another_colour_is_noticed(redrawn: np.ndarray) -> None:
    red = redrawn[:, :, 0].astype(int) - redrawn[:, :, 1] > 60
    spoilt = redrawn.copy()
    spoilt[red] = spoilt[red].mean(axis=1, keepdims=True)
    found = compared(permit().upright, spoilt, dpi=200)
    assert found.colour > 20 and not found.passes


def test_an_empty_sheet_passes() -> None:
    sheet = np.full((600, 400, 3), 240, np.uint8)
    layers = layers_of(sheet, dpi=200)
    assert layers.inks == () and compared(sheet, layers.redrawn(), dpi=200).passes
