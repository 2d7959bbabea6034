"""A record's PDF/A-2b: the untouched picture of each page (unless the profile says otherwise) under its invisible text.

The file is written anew from pictures and words, so nothing that acts in the source (scripts, launches, attachments) can be
carried over. Pages are taken one at a time and let go: a bundle of 300 needs the memory of one.
"""

from __future__ import annotations

import functools
import hashlib
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import pikepdf
import pikepdf.pdfa

from sohoa.kernel.durable import sync_folder
from sohoa.ocr.composing.drawing import Profile, draw_page
from sohoa.ocr.composing.errors import NotPdfA
from sohoa.ocr.composing.glyphless import ASCENT, DESCENT, NAME, Alphabet, font_program
from sohoa.ocr.composing.metadata import information, plain, xmp_packet
from sohoa.ocr.composing.text_layer import FONT, text_orders
from sohoa.ocr.composing.writer import PdfWriter, text_string
from sohoa.ocr.imaging.intake import Intake
from sohoa.ocr.model import PageImage, PageText

FLAVOUR = "2b"
POINTS = 72  # an inch


@dataclass(frozen=True, slots=True)
class Composed:
    """A PDF/A-2b that passed the gate. size: bytes."""

    path: Path
    page_count: int
    size: int
    conformance: str = "PDF/A-2b"


def compose_pdfa(
    source: Path,
    intake: Intake,
    pages: Iterable[tuple[PageImage, PageText]],
    into: Path,
    *,
    title: str,
    language: str = "vi",
    created: datetime,
    identifier: str,
    profile: Profile = "scan",
) -> Composed:
    """Write `into`, whole and checked or not at all. The same arguments give the same bytes.

    source and intake: what the pages came from; every page is composed from its picture, whatever the source was.
    pages: in order, taken one at a time. title: what a viewer shows as the document's name. identifier: the record's own.
    profile: "scan" keeps the scanner's pictures; "mixed-raster" makes the file about a tenth as large, see drawing.py.
    Raises NotPdfA, PageNotEmbedded, and whatever `pages` raises.
    """
    into.parent.mkdir(parents=True, exist_ok=True)
    beside = into.with_name(f".{into.name}.{secrets.token_hex(4)}.part")
    try:
        with beside.open("xb") as out:
            count = _write(out, pages, title=title, language=language, created=created, identifier=identifier, profile=profile)
            out.flush()
            os.fsync(out.fileno())
        require_pdfa(beside)
        size = beside.stat().st_size
        os.replace(beside, into)
    finally:
        beside.unlink(missing_ok=True)
    sync_folder(into.parent)
    return Composed(into, count, size)


def require_pdfa(path: Path) -> None:
    """Raises NotPdfA unless the file as written conforms; a construct that the checker does not know counts against it."""
    report = pikepdf.pdfa.validate_written(path, FLAVOUR)
    if not report.passed:
        raise NotPdfA(violations="; ".join(f"{found.rule}: {found.message}" for found in report.findings[:5]))


def _write(
    out: BinaryIO,
    pages: Iterable[tuple[PageImage, PageText]],
    *,
    title: str,
    language: str,
    created: datetime,
    identifier: str,
    profile: Profile,
) -> int:
    writer, alphabet = PdfWriter(out), Alphabet()
    tree, font = writer.reserve(), writer.reserve()
    numbers = [_add_page(writer, image, text, alphabet, profile, tree=tree, font=font) for image, text in pages]
    writer.add(f"<< /Type /Pages /Count {len(numbers)} /Kids [{' '.join(f'{n} 0 R' for n in numbers)}] >>", tree)
    _add_font(writer, alphabet, font)
    colours = writer.add_deflated(_srgb(), "/N 3")
    intent = writer.add(
        f"<< /Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB) /Info (sRGB) /DestOutputProfile {colours} 0 R >>"
    )
    packet = xmp_packet(title=title, language=language, created=created, identifier=identifier)
    # Not deflated: tools that know nothing of PDF find a packet of plain XML.
    metadata = writer.add_stream("/Type /Metadata /Subtype /XML", (packet,), len(packet))
    root = writer.add(
        f"<< /Type /Catalog /Version /1.7 /Pages {tree} 0 R /Metadata {metadata} 0 R /OutputIntents [{intent} 0 R]"
        f" /Lang {text_string(plain(language))} /ViewerPreferences << /DisplayDocTitle true >> >>"
    )
    info = writer.add(information(title=title, created=created))
    identity = hashlib.sha256(f"{identifier}\0{created.isoformat()}\0{title}".encode()).digest()[:16]
    writer.finish(root=root, info=info, identity=identity)
    return len(numbers)


def _add_page(
    writer: PdfWriter, image: PageImage, text: PageText, alphabet: Alphabet, profile: Profile, *, tree: int, font: int
) -> int:
    scale = POINTS / image.dpi
    wide, high = image.width * scale, image.height * scale
    drawn = draw_page(writer, image, profile, width=wide, height=high)
    orders = drawn.orders.encode("ascii") + text_orders(text, alphabet, rotation=text.rotation, scale=scale)
    content = writer.add_deflated(orders)
    resources = f"<< /XObject << {drawn.pictures} >> /Font << {FONT} {font} 0 R >> >>"
    # What the reader found, not what the file said: a sheet that went through the feeder upside down is shown upright.
    turn = f" /Rotate {text.rotation}" if text.rotation else ""
    return writer.add(
        f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 {wide:.4f} {high:.4f}]{turn}"
        f" /Resources {resources} /Contents {content} 0 R >>"
    )


def _add_font(writer: PdfWriter, alphabet: Alphabet, number: int) -> None:
    program = font_program()
    file = writer.add_deflated(program, f"/Length1 {len(program)}")
    descriptor = writer.add(
        f"<< /Type /FontDescriptor /FontName /{NAME} /Flags 4 /FontBBox [0 {DESCENT} 1000 {ASCENT}] /ItalicAngle 0"
        f" /Ascent {ASCENT} /Descent {DESCENT} /CapHeight 660 /StemV 80 /FontFile2 {file} 0 R >>"
    )
    glyphs = writer.add_deflated(alphabet.cid_to_gid())
    meanings = writer.add_deflated(alphabet.to_unicode())
    descendant = writer.add(
        f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{NAME} /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity)"
        f" /Supplement 0 >> /FontDescriptor {descriptor} 0 R /DW 500 /W {alphabet.widths()} /CIDToGIDMap {glyphs} 0 R >>"
    )
    writer.add(
        f"<< /Type /Font /Subtype /Type0 /BaseFont /{NAME} /Encoding /Identity-H"
        f" /DescendantFonts [{descendant} 0 R] /ToUnicode {meanings} 0 R >>",
        number,
    )


@functools.cache
def _srgb() -> bytes:
    """The sRGB profile that comes with pikepdf, asked for by its public door."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pikepdf.pdfa.prepare(pdf, FLAVOUR)
        return pdf.Root.OutputIntents[0].DestOutputProfile.read_bytes()
