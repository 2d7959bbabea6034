"""Papers as files: multi-page PDF and TIFF, JPEG for a single page.

The same paper gives the same bytes; no file tells when it was made.
"""

from __future__ import annotations

import io
from typing import Literal

import pikepdf
from pikepdf import Dictionary, Name

from sohoa.pipeline.sources.sampleoffice.model import Paper, SamplePage

Suffix = Literal["pdf", "tif", "jpg"]


def delivered(paper: Paper, suffix: Suffix, *, rotate_named: bool = False) -> bytes:
    """rotate_named: a PDF says `/Rotate 0` aloud, as some scanners' do. Raises ValueError for a JPEG of several pages."""
    if suffix == "pdf":
        return _pdf(paper, rotate_named)
    if suffix == "tif":
        return _tiff(paper)
    if len(paper.pages) != 1:
        raise ValueError("a JPEG holds one page")
    return paper.pages[0].jpeg


def _pdf(paper: Paper, rotate_named: bool) -> bytes:
    """Each page is one image, the scanner's JPEG untouched, at its true size on paper."""
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        for page in paper.pages:
            _add_page(pdf, page, rotate_named)
        pdf.save(out, deterministic_id=True, min_version="1.4")
    return out.getvalue()


def _add_page(pdf: pikepdf.Pdf, page: SamplePage, rotate_named: bool) -> None:
    picture = pdf.make_stream(
        page.jpeg,
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=page.width,
        Height=page.height,
        ColorSpace=Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=Name.DCTDecode,
    )
    width, height = (round(side * 72 / page.dpi, 3) for side in (page.width, page.height))
    sheet = Dictionary(
        Type=Name.Page,
        MediaBox=[0, 0, width, height],
        Resources=Dictionary(XObject=Dictionary(Im0=picture)),
        Contents=pdf.make_stream(f"q {width} 0 0 {height} 0 0 cm /Im0 Do Q".encode()),
    )
    if rotate_named:
        sheet.Rotate = 0
    pdf.pages.append(pikepdf.Page(pdf.make_indirect(sheet)))


def _tiff(paper: Paper) -> bytes:
    """Deflate where the pages are quiet enough to shrink by it, else JPEG inside the TIFF."""
    quiet = paper.strength == "clean" and paper.dpi <= 200
    out = io.BytesIO()
    first, *others = (page.image for page in paper.pages)
    how = (
        {"compression": "tiff_adobe_deflate"}
        if quiet
        else {"compression": "jpeg", "quality": 80 if paper.strength == "clean" else 65}
    )
    first.save(out, "TIFF", save_all=True, append_images=others, dpi=(paper.dpi, paper.dpi), **how)
    return out.getvalue()
