"""Black and white pictures as Group 4, the smallest lossless form that every viewer reads and that libraries here can write."""

from __future__ import annotations

import io

from PIL import Image

from sohoa.ocr.imaging.tiff_structure import tiff_pages


def group_4(image: Image.Image) -> tuple[bytes, str]:
    """image: of mode 1. The stream, and its image dictionary's /DecodeParms entry; a black pixel is 0, as in /DeviceGray."""
    out = io.BytesIO()
    image.save(out, "TIFF", compression="group4", strip_size=1 << 30)
    data = out.getvalue()
    frame = tiff_pages(data)[0]
    ((offset, size),) = frame.strips
    return data[offset : offset + size], fax_parms(image.width, image.height, photometric=frame.photometric)


def fax_parms(width: int, height: int, *, photometric: int) -> str:
    """photometric: TIFF's, 0 where a nought is white."""
    black_is_one = "true" if photometric == 1 else "false"
    return f"/DecodeParms << /K -1 /Columns {width} /Rows {height} /BlackIs1 {black_is_one} >>"
