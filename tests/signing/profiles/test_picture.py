from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from sohoa.signing.profiles.picture import StampImageUnusable, picture_of
from tests.signing.profiles.papers import seal_png, signature_png


def png(image: Image.Image, form: str = "PNG") -> bytes:
    out = io.BytesIO()
    image.save(out, form)
    return out.getvalue()


def bomb() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def test_empty_edges_are_cut_off_and_the_size_is_that_of_print_at_300_dpi() -> None:
    image = Image.new("RGBA", (3000, 3000), (0, 0, 0, 0))
    image.paste((200, 0, 0, 255), (500, 700, 2500, 1700))
    image.paste((0, 0, 0, 0), (600, 800, 2400, 1600))
    made = picture_of(png(image), 36.0)
    assert (made.width, made.height) == (425, 212)
    assert made.proportion == pytest.approx(0.5, abs=0.01)


def test_colour_and_transparency_survive() -> None:
    made = picture_of(seal_png(), 36.0)
    alpha = np.frombuffer(zlib.decompress(made.alpha), np.uint8)
    palette = np.frombuffer(made.palette, np.uint8).reshape(-1, 3)
    colours = palette[np.frombuffer(zlib.decompress(made.indices), np.uint8)][alpha > 200]
    assert np.abs(colours.astype(int).mean(axis=0) - (200, 20, 30)).max() < 6
    assert 0.5 < (alpha == 0).mean() < 0.95
    assert len(made.indices) + len(made.alpha) < 40_000


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        signature_png()[:900],
        png(Image.new("RGB", (300, 200), "white")),
        png(Image.new("RGB", (300, 200), "white"), "JPEG"),
        png(Image.new("RGBA", (300, 200), (0, 0, 200, 255))),
        png(Image.new("RGBA", (300, 200), (0, 0, 200, 0))),
        bomb(),
        bytes(9 << 20),
    ],
    ids=["empty", "header", "cut", "opaque", "jpeg", "no-transparency", "invisible", "bomb", "large"],
)
def test_what_would_cover_the_paper_or_is_no_image_is_refused(data: bytes) -> None:
    with pytest.raises(StampImageUnusable) as refused:
        picture_of(data, 36.0)
    assert refused.value.as_dict()["vi"].startswith("Hình ảnh")


def test_a_drawing_with_a_palette_is_as_good() -> None:
    with Image.open(io.BytesIO(signature_png())) as image:
        made = picture_of(png(image.quantize(16)), 45.0)
    assert made.width == 531


def test_the_hard_mask_has_a_bit_for_every_dot() -> None:
    made = picture_of(signature_png(), 45.0)
    assert len(zlib.decompress(made.hard_mask())) == (made.width + 7) // 8 * made.height
