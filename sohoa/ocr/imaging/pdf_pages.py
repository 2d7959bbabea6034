"""Pictures of a PDF's pages: lifted out untouched where a page is one image, else rendered by poppler in a box."""

from __future__ import annotations

import io
import tempfile
import zlib
from pathlib import Path

from pikepdf import Array, Dictionary, Name, Object, PdfImage, Stream
from PIL import Image

from sohoa.kernel.children import GIB, MIB, Limits, Ran, run_limited
from sohoa.ocr.imaging.errors import DamagedImage, PageNotRasterised
from sohoa.ocr.imaging.measures import LEAST_DPI, PIXEL_CAP, SIDE_CAP, believable_dpi, refuse_too_large
from sohoa.ocr.imaging.pdf_structure import items, opened_pdf, page_inches, user_unit
from sohoa.ocr.imaging.picture_structure import jpeg_frame
from sohoa.ocr.imaging.stored import decoding, flattened, place, store_lossless, store_rendered
from sohoa.ocr.imaging.whole_page import WholeImage, whole_image
from sohoa.ocr.model import PageImage

# A4 in colour at 300 dpi: 0.3 to 2 s and 150 MiB measured. A0 at the pixel cap writes 450 MB of PPM.
LIMITS = Limits(seconds=120, memory=3 * GIB, written=3 * PIXEL_CAP + MIB)
LARGEST_JPEG = 128 << 20  # bytes; A0 in colour at 600 dpi stays below
RENDER_DPI = 300
SCAN_DPI = range(200, RENDER_DPI + 1)  # a page with a scan of its own is rendered in the scan's pixels, not in more
_SQUARE = 0.03  # pixels whose sides differ by more than this are not square: a fax, to be rendered
_BASELINE_OR_PROGRESSIVE = (0xC0, 0xC1, 0xC2)


def pdf_page(path: Path, number: int, stem: Path) -> PageImage:
    """Page `number` (from 1) as a file `stem`.jpg, .png or .tif.

    Raises PageNotRasterised, TooManyPixels, TruncatedPdf, EncryptedPdf.
    """
    with opened_pdf(path) as pdf:
        page = pdf.pages[number - 1]
        whole = whole_image(page)
        if whole is not None:
            refuse_too_large(number, whole.width, whole.height)
            if abs(whole.dots_x / whole.dots_y - 1) <= _SQUARE:
                lifted = _lifted(path, whole, number, stem)
                if lifted is not None:
                    dpi = believable_dpi((whole.dots_x + whole.dots_y) / 2, whole.width, whole.height)
                    return PageImage(number, lifted, whole.width, whole.height, dpi, whole.rotation, lifted=True)
        across, up = page_inches(page)
        unit = user_unit(page)
        has_pictures = bool(page.get_images())
    wanted = _scan_dpi(path, number, unit) if has_pictures else RENDER_DPI
    return rendered(path, number, stem, inches=(across, up), unit=unit, dpi=wanted)


def _lifted(path: Path, whole: WholeImage, number: int, stem: Path) -> Path | None:
    image = whole.stream
    channels = _channels(image.get("/ColorSpace"))
    if channels is None or _is_odd(image):
        return None
    filters = image.get("/Filter")
    names = [str(name) for name in items(filters)] if isinstance(filters, Array) else [str(filters)]
    if names in (["/DCTDecode"], ["/FlateDecode", "/DCTDecode"]):
        return _lifted_jpeg(whole, channels, stem, deflated=len(names) > 1)
    if names == ["/CCITTFaxDecode"]:
        return _lifted_fax(whole, stem)
    if "/JPXDecode" in names or "/DCTDecode" in names:
        return None  # lossy already: rendering it is no worse, and PNG would be ten times as large
    return _lifted_by_poppler(path, whole, number, stem)


def _is_odd(image: Stream) -> bool:
    """Masks, inverted samples, alternates: things that change what is seen and that a lifted file would not carry."""
    if any(key in image for key in ("/SMask", "/Mask", "/Decode", "/OC", "/Matte")):
        return True
    return bool(image.get("/ImageMask", False)) or bool(image.get("/SMaskInData", 0))


def _channels(space: Object | None) -> int | None:
    """1 for grey, 3 for red-green-blue or a palette; None for anything whose colours a plain file would not show right."""
    if space in (Name.DeviceGray, Name.CalGray):
        return 1
    if space in (Name.DeviceRGB, Name.CalRGB):
        return 3
    parts = list(items(space))
    if not parts:
        return None
    if parts[0] in (Name.CalGray, Name.CalRGB):
        return 1 if parts[0] == Name.CalGray else 3
    if parts[0] == Name.ICCBased and isinstance(parts[1], Stream):
        return {1: 1, 3: 3}.get(int(parts[1].get("/N", 0)))
    if parts[0] == Name.Indexed:
        return 3 if _channels(parts[1]) is not None else None
    return None


def _lifted_jpeg(whole: WholeImage, channels: int, stem: Path, *, deflated: bool) -> Path | None:
    parms = whole.stream.get("/DecodeParms")
    if isinstance(parms, Dictionary | Array) and len(parms):
        return None
    raw = whole.stream.read_raw_bytes()
    if deflated:
        raw = _inflated(raw)
    try:
        frame = jpeg_frame(raw)
    except DamagedImage:
        return None
    as_declared = (frame.width, frame.height, frame.components, frame.bits) == (whole.width, whole.height, channels, 8)
    if not as_declared or frame.mode not in _BASELINE_OR_PROGRESSIVE or not _decodes(raw):
        return None
    return place(stem.with_suffix(".jpg"), raw)


def _inflated(raw: bytes) -> bytes:
    """A JPEG that a PDF writer deflated once more, as ours does: the scanner's own bytes. Nothing for what is damaged or too large."""
    inflater = zlib.decompressobj()
    try:
        data = inflater.decompress(raw, LARGEST_JPEG)
    except zlib.error:
        return b""
    return b"" if inflater.unconsumed_tail else data


def _lifted_fax(whole: WholeImage, stem: Path) -> Path | None:
    """Group 4 only; the strip inside the TIFF is the PDF's own bytes."""
    parms = whole.stream.get("/DecodeParms")
    parms = parms[0] if isinstance(parms, Array) and len(parms) == 1 else parms
    if not isinstance(parms, Dictionary) or int(parms.get("/K", 0)) >= 0 or bool(parms.get("/EncodedByteAlign", False)):
        return None
    if whole.stream.get("/ColorSpace") != Name.DeviceGray or int(parms.get("/Columns", 1728)) != whole.width:
        return None
    out = io.BytesIO()
    PdfImage(whole.stream).extract_to(stream=out)
    return place(stem.with_suffix(".tif"), out.getbuffer()) if _decodes(out.getvalue()) else None


def _lifted_by_poppler(path: Path, whole: WholeImage, number: int, stem: Path) -> Path | None:
    """Deflated, JBIG2 and older encodings, decoded in a child: what inflates without end ends there."""
    with tempfile.TemporaryDirectory(dir=stem.parent, prefix="lift-") as box:
        ran = _poppler("pdfimages", "-png", "-f", number, "-l", number, path, "image", folder=Path(box), path=path)
        made = sorted(Path(box).glob("image-*"))
        if ran.status != 0 or len(made) != 1 or made[0].suffix != ".png":
            return None
        try:
            with decoding(number), Image.open(made[0]) as image:
                if image.size != (whole.width, whole.height):
                    return None
                return store_lossless(flattened(image), stem, dpi=believable_dpi(whole.dots_x, whole.width, whole.height))
        except DamagedImage:
            return None


def _decodes(data: bytes) -> bool:
    """Every code of the picture is read, at an eighth of the size where the format allows."""
    try:
        with decoding(1), Image.open(io.BytesIO(data)) as image:
            image.draft("L", (max(1, image.width // 8), max(1, image.height // 8)))
            image.load()
    except DamagedImage:
        return False
    return True


def _scan_dpi(path: Path, number: int, unit: float) -> int:
    """The resolution of the page's largest image where that is an office scan's, else RENDER_DPI."""
    with tempfile.TemporaryDirectory(prefix="sohoa-list-") as box:
        ran = _poppler("pdfimages", "-list", "-f", number, "-l", number, path, folder=Path(box), path=path)
    most, dpi = 0, 0
    for row in ran.stdout.decode("ascii", "replace").splitlines()[2:]:
        cells = row.split()
        # page num type width height color comp bpc enc interp object ID x-ppi y-ppi size ratio
        if len(cells) >= 14 and all(cells[index].isdigit() for index in (3, 4, 12)):
            pixels = int(cells[3]) * int(cells[4])
            if pixels > most:
                most, dpi = pixels, round(int(cells[12]) / unit)
    return dpi if dpi in SCAN_DPI else RENDER_DPI


def rendered(path: Path, number: int, stem: Path, *, inches: tuple[float, float], unit: float, dpi: int) -> PageImage:
    """The page drawn upright, annotations included, at `dpi` or at what keeps it under the caps."""
    across, up = inches
    dpi = min(dpi, int((PIXEL_CAP / (across * up)) ** 0.5), int(SIDE_CAP / max(across, up)))
    refuse_too_large(number, round(across * max(dpi, LEAST_DPI)), round(up * max(dpi, LEAST_DPI)))
    with tempfile.TemporaryDirectory(dir=stem.parent, prefix="draw-") as box:
        # poppler knows nothing of UserUnit: a page in units of an inch is drawn with 72 times as many dots a "point".
        arguments = ("-r", f"{dpi * unit:.4f}", "-f", number, "-l", number, "-cropbox", "-singlefile", path, "page")
        ran = _poppler("pdftoppm", *arguments, folder=Path(box), path=path)
        made = next(iter(sorted(Path(box).glob("page.p*m"))), None)
        if made is None or ran.status != 0:
            ran.or_raise(PageNotRasterised, page=number)
            raise PageNotRasterised(page=number, status="no picture")
        try:
            with decoding(number), Image.open(made) as image:
                image.load()
                width, height = image.size
                stored = store_rendered(image, stem, dpi=dpi)
        except DamagedImage as damage:
            raise PageNotRasterised(page=number, status="a broken picture") from damage
    return PageImage(number, stored, width, height, dpi)


def _poppler(program: str, *arguments: str | int | Path, folder: Path, path: Path) -> Ran:
    return run_limited(program, *arguments, limits=LIMITS, folder=folder, reads=(path,))
