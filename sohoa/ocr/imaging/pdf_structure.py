"""A PDF's structure read to its end: pages, signatures, things that act. No page content and no pixel is decoded."""

from __future__ import annotations

import contextlib
import mmap
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Page, Pdf, Stream
from pikepdf.settings import set_qpdf_limits

from sohoa.ocr.imaging.errors import EncryptedPdf, PdfWithoutPages, TruncatedPdf
from sohoa.ocr.imaging.measures import LEAST_DPI, SIDE_CAP, refuse_too_large

# A 10 MB stream of zeros deflated inflates to 10 GB. An object stream or a page's orders of drawing never come near this;
# pictures are decoded elsewhere, by a child process with limits of its own. The setting holds for the whole process.
set_qpdf_limits(flate_max_memory=512 << 20, run_length_max_memory=512 << 20)

# What the parser may throw at hostile bytes, besides its own errors: qpdf's typed getters answer damage with these.
_DAMAGE = (pikepdf.PikepdfError, ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError, RecursionError)

_ACTIONS = {
    "/JavaScript": "javascript",
    "/Launch": "launch_action",
    "/SubmitForm": "form_submission",
    "/ImportData": "form_submission",
    "/GoToR": "remote_action",
    "/GoToE": "remote_action",
    "/Rendition": "rich_media",
    "/RichMediaExecute": "rich_media",
}
_KEYS = {
    "/JS": "javascript",
    "/JavaScript": "javascript",
    "/EmbeddedFiles": "embedded_file",
    "/EF": "embedded_file",
    "/XFA": "xfa_form",
}
_KINDS = {"/RichMedia": "rich_media", "/Movie": "rich_media", "/Sound": "rich_media", "/Screen": "rich_media", "/3D": "rich_media"}
_NO_BOX = (0.0, 0.0, 612.0, 792.0)  # what poppler takes for a page without an extent
_DEEPEST = 40  # nesting of direct objects; qpdf itself gives up at 499

_LINEARIZED = re.compile(rb"/Linearized\s+1(?:\.0)?\b.{0,200}?/L\s+(\d{1,12})\b", re.DOTALL)
_TAIL = 4096  # bytes at the end in which %%EOF is looked for: scanners and mail gateways append a little


@dataclass(frozen=True, slots=True)
class PdfStructure:
    page_count: int
    signed: bool
    hazards: tuple[str, ...]


@contextlib.contextmanager
def opened_pdf(path: Path) -> Generator[Pdf]:
    """The one way into a PDF of others. Raises EncryptedPdf; any damage met inside the block becomes TruncatedPdf."""
    try:
        with pikepdf.open(path) as pdf:
            yield pdf
    except pikepdf.PasswordError as refused:
        raise EncryptedPdf() from refused
    except _DAMAGE as damage:
        raise TruncatedPdf(detail=type(damage).__name__) from damage


def read_pdf(path: Path, data: mmap.mmap) -> PdfStructure:
    """Raises EncryptedPdf, TruncatedPdf, PdfWithoutPages, TooManyPixels."""
    linear = _LINEARIZED.search(data[:1024])
    if linear is not None and int(linear.group(1)) > len(data):
        raise TruncatedPdf(detail="shorter than its own linearization says")
    with opened_pdf(path) as pdf:
        return _read(pdf, whole_tail=b"%%EOF" in data[-_TAIL:])


def _read(pdf: Pdf, *, whole_tail: bool) -> PdfStructure:
    warnings = cast(list[object], pdf.get_warnings())  # pyright: ignore[reportUnknownMemberType]
    rebuilt = any("reconstruct" in str(warning) for warning in warnings)
    # qpdf mends a lost cross-reference table by looking for objects. When the end mark is gone too, the file was cut, and nobody
    # can say what stood behind the cut; when it is there, the table alone was wrong and every page is still in the file.
    if rebuilt and not whole_tail:
        raise TruncatedPdf(detail="no cross-reference table and no end mark")
    listed = pdf.Root.Pages.get("/Count")
    found = len(pdf.pages)
    if isinstance(listed, int) and listed > found:
        raise TruncatedPdf(detail=f"lists {listed} pages, holds {found}")
    if found == 0:
        raise TruncatedPdf(detail="no page survived") if rebuilt else PdfWithoutPages()
    for number, page in enumerate(pdf.pages, 1):
        _check_page(number, page, rebuilt=rebuilt)
    hazards = _hazards(pdf)
    if pdf.is_encrypted:
        hazards.add("encrypted_without_password")
    return PdfStructure(found, _is_signed(pdf), tuple(sorted(hazards)))


def _check_page(number: int, page: Page, *, rebuilt: bool) -> None:
    width, height = page_inches(page)
    refuse_too_large(number, round(width * LEAST_DPI), round(height * LEAST_DPI))
    if rebuilt and any(not isinstance(drawn, Stream) for drawn in _xobjects(page)):
        raise TruncatedPdf(detail=f"page {number} lost a picture")
    for image in page.get_images().values():
        wide, high = image.get("/Width"), image.get("/Height")
        if isinstance(wide, int) and isinstance(high, int):
            refuse_too_large(number, wide, high)


def _xobjects(page: Page) -> Iterator[Object]:
    resources = page.obj.get("/Resources")
    drawn = resources.get("/XObject") if isinstance(resources, Dictionary) else None
    if isinstance(drawn, Dictionary):
        yield from (drawn[name] for name in drawn.keys())  # noqa: SIM118


def page_box(page: Page) -> tuple[float, float, float, float]:
    """What a viewer shows of the page, in its own units: the crop box within the media box."""
    media, crop = _ordered(page.mediabox), _ordered(page.cropbox)
    box = (max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3]))
    if box[2] > box[0] and box[3] > box[1]:
        return box
    return media if media[2] > media[0] and media[3] > media[1] else _NO_BOX


def _ordered(box: Object) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = (float(box[index]) for index in range(4))
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def user_unit(page: Page) -> float:
    """How many 72ths of an inch a unit of this page is."""
    unit = page.obj.get("/UserUnit", 1)
    return max(float(unit), 1e-3)


def page_inches(page: Page) -> tuple[float, float]:
    """Width and height on paper, before /Rotate."""
    x0, y0, x1, y1 = page_box(page)
    unit = user_unit(page)
    # A box of no extent or of infinite numbers is absurd too: let the cap refuse the one, a sliver of a pixel stand for the other.
    return min((x1 - x0) * unit / 72, SIDE_CAP), min((y1 - y0) * unit / 72, SIDE_CAP)


def _is_signed(pdf: Pdf) -> bool:
    """A signature field with a value, in the form or loose on a page. An empty field is a place to sign, not a signature."""
    form = pdf.Root.get("/AcroForm")
    fields = form.get("/Fields") if isinstance(form, Dictionary) else None
    todo: list[tuple[Object, bool]] = [(field, False) for field in items(fields)]
    for page in pdf.pages:
        todo.extend((widget, False) for widget in items(page.obj.get("/Annots")))
    # On its page nothing tells that a widget's parent is a signature field: a widget met both ways is looked at twice.
    seen: set[tuple[tuple[int, int], bool]] = set()
    while todo:
        field, inherits = todo.pop()
        if not isinstance(field, Dictionary) or (field.is_indirect and (field.objgen, inherits) in seen):
            continue
        seen.add((field.objgen, inherits))
        kind = field.get("/FT")
        signature = kind == Name.Sig or (kind is None and inherits)
        value = field.get("/V")
        if signature and isinstance(value, Dictionary) and "/Contents" in value:
            return True
        todo.extend((kid, signature) for kid in items(field.get("/Kids")))
    return False


def items(array: object) -> Iterator[Object]:
    """The elements of an array of the file; of anything else, none."""
    if isinstance(array, Array):
        yield from (array[index] for index in range(len(array)))


def _hazards(pdf: Pdf) -> set[str]:
    """Every object of the file, reachable or not: what an editor left behind is still in the bytes that we archive."""
    found: set[str] = set()
    for thing in pdf.objects:
        _look(thing, found, 0)
    return found


def _look(thing: object, found: set[str], depth: int) -> None:
    if depth > _DEEPEST:
        return
    if isinstance(thing, Array):
        for item in items(thing):
            if not _own(item):
                _look(item, found, depth + 1)
        return
    if not isinstance(thing, Dictionary | Stream):
        return
    for key in thing.keys():  # noqa: SIM118
        value = thing.get(key)
        if key in _KEYS and value is not None:
            found.add(_KEYS[key])
        elif key == "/S" and str(value) in _ACTIONS:
            found.add(_ACTIONS[str(value)])
        elif key == "/Subtype" and str(value) in _KINDS:
            found.add(_KINDS[str(value)])
        elif key == "/Type" and value == Name.EmbeddedFile:
            found.add("embedded_file")
        if isinstance(value, Array | Dictionary) and not _own(value):
            _look(value, found, depth + 1)


def _own(thing: object) -> bool:
    """Whether the walk over all objects meets it by itself."""
    return isinstance(thing, Object) and thing.is_indirect
