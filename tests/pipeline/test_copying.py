"""Copies for readers: marked on every page whatever its shape, without a signature or anything that runs, the same bytes each time."""

from __future__ import annotations

import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import numpy as np
import pikepdf
import pytest
from fpdf import FPDF
from PIL import Image

from sohoa.pipeline.copying import CopyNotMade, mark_copy

SHAPES = {"A4": (595, 842, 0), "A4 on its side": (595, 842, 90), "A3 across": (1191, 842, 0), "a small slip": (300, 200, 270)}


def _paper(into: Path, *shapes: tuple[int, int, int]) -> Path:
    drawn = FPDF(unit="pt")
    for width, height, _ in shapes:
        drawn.add_page(format=(width, height))
        drawn.set_font("helvetica", size=14)
        drawn.text(60, 90, "original text")
    with pikepdf.open(BytesIO(bytes(drawn.output()))) as pdf:
        for page, (_, _, turn) in zip(pdf.pages, shapes, strict=True):
            page.obj.Rotate = turn
        pdf.save(into)
    return into


def _red(pdf: Path, page: int, into: Path) -> np.ndarray[Any, Any]:
    """Where the page is red, as a reader sees it."""
    subprocess.run(["pdftoppm", "-r", "50", "-png", "-f", str(page), "-l", str(page), "-singlefile", pdf, into], check=True)
    seen = np.asarray(Image.open(into.with_suffix(".png")).convert("RGB")).astype(int)
    return (seen[..., 0] > 150) & (seen[..., 1] < 120) & (seen[..., 2] < 120)


def _text(pdf: Path) -> list[str]:
    told = subprocess.run(["pdftotext", "-raw", pdf, "-"], capture_output=True, check=True).stdout.decode()
    return told.split("\f")[:-1]


def test_every_page_says_that_it_is_a_copy_upright_and_in_its_upper_left(tmp_path: Path) -> None:
    source, copy = _paper(tmp_path / "a.pdf", *SHAPES.values()), tmp_path / "copy.pdf"
    mark_copy(source, copy)
    assert [page.count("original") for page in _text(copy)] == [1] * len(SHAPES)
    assert all("SAO" in page for page in _text(copy))
    for number in range(1, len(SHAPES) + 1):
        red = _red(copy, number, tmp_path / f"seen-{number}")
        _, columns = np.nonzero(red)
        height, width = red.shape
        assert np.ptp(columns) > width * 0.5, "the large mark goes across the page"
        assert red[: height // 8, : width // 3].any(), "the small mark stands in the corner"
        assert not red[: height // 8, 2 * width // 3 :].any()


def test_the_same_paper_gives_the_same_copy(tmp_path: Path) -> None:
    source = _paper(tmp_path / "a.pdf", SHAPES["A4"])
    for name in ("b", "c"):
        mark_copy(source, tmp_path / name)
    assert (tmp_path / "b").read_bytes() == (tmp_path / "c").read_bytes()


def test_a_signature_stays_visible_but_is_no_signature_any_more_and_nothing_runs(tmp_path: Path) -> None:
    source, copy = _paper(tmp_path / "a.pdf", SHAPES["A4"]), tmp_path / "copy.pdf"
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        look = pdf.make_stream(
            b"0 0 1 rg 0 0 100 50 re f", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 100, 50]
        )
        field = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot,
                Subtype=pikepdf.Name.Widget,
                FT=pikepdf.Name.Sig,
                T="s",
                F=4,
                Rect=[400, 600, 500, 650],
                AP=pikepdf.Dictionary(N=look),
                V=pikepdf.Dictionary(Type=pikepdf.Name.Sig),
            )
        )
        pdf.pages[0].obj.Annots = pdf.make_indirect([field])
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[field], SigFlags=3)
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        pdf.attachments["x.exe"] = b"MZ"
        pdf.save(source)
    mark_copy(source, copy)
    with pikepdf.open(copy) as pdf:
        assert not {"/AcroForm", "/OpenAction"} & set(pdf.Root.keys())
        assert len(pdf.attachments) == 0
        assert "/Annots" not in cast(Any, pdf.pages[0])
    subprocess.run(["pdftoppm", "-r", "36", "-png", "-singlefile", copy, tmp_path / "seen"], check=True)
    seen = np.asarray(Image.open(tmp_path / "seen.png").convert("RGB"))
    assert (seen.reshape(-1, 3) == (0, 0, 255)).all(axis=1).sum() > 400


@pytest.mark.parametrize("content", [b"", b"no PDF", b"%PDF-1.7\n%%EOF"])
def test_what_is_no_pdf_is_told_and_nothing_is_written(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(CopyNotMade):
        mark_copy(tmp_path / "a", tmp_path / "copy.pdf")
    assert not (tmp_path / "copy.pdf").exists()


def test_a_paper_behind_a_password_is_told(tmp_path: Path) -> None:
    source = _paper(tmp_path / "a.pdf", SHAPES["A4"])
    with pikepdf.open(source) as pdf:
        pdf.save(tmp_path / "locked.pdf", encryption=pikepdf.Encryption(user="x", owner="y"))
    with pytest.raises(CopyNotMade):
        mark_copy(tmp_path / "locked.pdf", tmp_path / "copy.pdf")
