"""Pages put one behind the other as a PDF, the bytes of every picture as they are kept."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from sohoa.kernel.durable import durable_file
from sohoa.ocr.composing.drawing import draw_page
from sohoa.ocr.composing.writer import PdfWriter
from sohoa.ocr.model import PageImage

POINTS = 72  # an inch


def write_stack(pages: Sequence[PageImage], into: Path) -> Path:
    """The same pages give the same bytes; one page is in memory at a time. Raises PageNotEmbedded, DamagedImage."""
    with durable_file(into) as out:
        _write(out, pages)
    return into


def _write(out: BinaryIO, pages: Sequence[PageImage]) -> None:
    writer = PdfWriter(out)
    tree = writer.reserve()
    numbers = [_page(writer, page, tree) for page in pages]
    writer.add(f"<< /Type /Pages /Count {len(numbers)} /Kids [{' '.join(f'{n} 0 R' for n in numbers)}] >>", tree)
    root = writer.add(f"<< /Type /Catalog /Pages {tree} 0 R >>")
    # Nothing of the moment goes in: the paper is known by its hash, and closing a batch again must give the same paper.
    info = writer.add("<< /Producer (sohoa) >>")
    names = "\0".join(f"{page.path.name}*{page.dpi}*{page.rotation}" for page in pages)
    writer.finish(root=root, info=info, identity=hashlib.sha256(names.encode()).digest()[:16])


def _page(writer: PdfWriter, page: PageImage, tree: int) -> int:
    wide, high = page.width * POINTS / page.dpi, page.height * POINTS / page.dpi
    drawn = draw_page(writer, page, "scan", width=wide, height=high)
    content = writer.add_deflated(drawn.orders.encode("ascii"))
    turn = f" /Rotate {page.rotation}" if page.rotation else ""
    return writer.add(
        f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 {wide:.4f} {high:.4f}]{turn}"
        f" /Resources << /XObject << {drawn.pictures} >> >> /Contents {content} 0 R >>"
    )
