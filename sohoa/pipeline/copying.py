"""Copies for readers: a new PDF in which every page says «BẢN SAO», large across it and small at its head.

What is archived is not touched. A mark changes the pages, so no signature could survive it; the copy therefore carries none: what a
signature showed on the page stays as a picture of it, the signature itself and all that runs by itself (scripts, attachments) is left
out. The mark is drawn in outline, without transparency, so the text below stays readable and the file stays as close to PDF/A as it was.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pikepdf
from fpdf import FPDF
from fpdf.enums import TextMode

from sohoa.kernel.errors import Exit, SohoaError

MARK = "BẢN SAO"
_FACE = Path("/usr/share/fonts/truetype/croscore/Arimo-Bold.ttf")
_RED = (200, 30, 30)

# Of a page's shorter side: the large mark's letters, the small mark's.
_LARGE, _SMALL = 0.19, 0.028
# What a catalogue or page may run, attach or claim that is no longer true of a copy.
_LEFT_OUT = ("/AcroForm", "/Perms", "/DSS", "/OpenAction", "/AA", "/AF", "/Collection", "/Extensions")


class CopyNotMade(SohoaError):
    code = "pipeline.copy_not_made"
    vi = "Không làm được bản sao của một tệp PDF trong kho ({why})."
    en = "No copy could be made of a PDF in the archive ({why})."
    remedy = "Xuất hồ sơ này dạng AIP hoặc BagIt; chạy «sohoa verify» cho bản ghi."
    remedy_en = "Export it as AIP or BagIt instead; run `sohoa verify` on the record."


class CopyFontMissing(SohoaError):
    code, exit_code = "pipeline.copy_font_missing", Exit.UNREACHABLE
    vi = "Máy này thiếu phông chữ Arimo để đóng chữ «BẢN SAO»."
    en = "The font Arimo that marks copies is not installed."
    remedy = "Chạy «make setup» (hoặc cài gói fonts-croscore), rồi chạy lại."
    remedy_en = "Run `make setup` (or install the package fonts-croscore), then run again."


def mark_copy(source: Path, target: Path) -> None:
    """Write the marked copy of the PDF `source` to `target`. The same source gives the same bytes.

    Raises CopyNotMade for what is no PDF that opens without a password, CopyFontMissing.
    """
    if not _FACE.exists():
        raise CopyFontMissing()
    try:
        with pikepdf.open(source) as pdf:
            _strip(pdf)
            _stamp(pdf)
            pdf.save(target, deterministic_id=True, encryption=False, linearize=False)
    except (pikepdf.PdfError, pikepdf.PasswordError, ValueError, KeyError, TypeError, RuntimeError) as failure:
        raise CopyNotMade(why=type(failure).__name__) from failure


def _strip(pdf: pikepdf.Pdf) -> None:
    pdf.flatten_annotations("screen")  # what signatures look like becomes part of the page
    root = cast(Any, pdf.Root)
    for name in _LEFT_OUT:
        if name in root:
            del root[name]
    names = root.get("/Names")
    for name in ("/JavaScript", "/EmbeddedFiles"):
        if isinstance(names, pikepdf.Dictionary) and name in names:
            del names[name]
    for page in pdf.pages:
        for name in ("/Annots", "/AA", "/AF"):
            if name in page:
                del page[name]


def _stamp(pdf: pikepdf.Pdf) -> None:
    drawn: dict[pikepdf.Name, pikepdf.Object] = {}
    for page, width, height in _upright(pdf):
        # Named by its size: pages may share one table of resources. A name left to chance would make each copy another file.
        name = pikepdf.Name(f"/SohoaBanSao-{round(width)}x{round(height)}")
        if name not in drawn:
            with pikepdf.open(io.BytesIO(_mark(width, height))) as mark:
                drawn[name] = pdf.copy_foreign(mark.pages[0].as_form_xobject())
        form = cast(Any, drawn[name])
        page.add_resource(form, pikepdf.Name.XObject, name)
        placed = page.calc_form_xobject_placement(form, name, pikepdf.Rectangle(page.trimbox))
        page.contents_add(b"q\n", prepend=True)
        page.contents_add(b"\nQ\n")
        page.contents_add(placed)


def _upright(pdf: pikepdf.Pdf) -> Iterator[tuple[pikepdf.Page, float, float]]:
    """Each page with its width and height in points as a reader sees it."""
    for page in pdf.pages:
        left, bottom, right, top = (float(cast(Any, side)) for side in cast(Any, page.trimbox))
        width, height = abs(right - left), abs(top - bottom)
        turned = int(cast(Any, page.obj).get("/Rotate", 0)) % 180 == 90
        yield page, *((height, width) if turned else (width, height))


def _mark(width: float, height: float) -> bytes:
    """A page of that size in points with nothing but the marks."""
    drawn = FPDF(unit="pt", format=(width, height))
    drawn.set_margin(0)
    drawn.set_auto_page_break(False)
    drawn.add_font("mark", "", str(_FACE))
    drawn.add_page()
    shorter = min(width, height)
    drawn.set_text_color(*_RED)
    drawn.set_draw_color(*_RED)
    _large(drawn, width, height, shorter)
    _small(drawn, shorter)
    return bytes(drawn.output())


def _large(drawn: FPDF, width: float, height: float, shorter: float) -> None:
    drawn.set_font("mark", size=shorter * _LARGE)
    drawn.set_line_width(max(shorter * 0.002, 0.4))
    drawn.text_mode = TextMode.STROKE
    across = drawn.get_string_width(MARK)
    with drawn.rotation(35, width / 2, height / 2):
        drawn.text((width - across) / 2, height / 2 + shorter * _LARGE * 0.36, MARK)


def _small(drawn: FPDF, shorter: float) -> None:
    size = shorter * _SMALL
    drawn.set_font("mark", size=size)
    drawn.text_mode = TextMode.FILL
    across = drawn.get_string_width(MARK)
    left, base = size * 1.6, size * 1.9  # the corner where papers have nothing; signatures and numbers stand on the right
    drawn.text(left, base, MARK)
    drawn.set_line_width(size * 0.08)
    drawn.rect(left - size * 0.6, base - size * 1.1, across + size * 1.2, size * 1.5)
