"""The image of a handwritten signature or of a seal: a PNG with transparency, made small enough for every paper it goes on."""

from __future__ import annotations

import functools
import io
import zlib
from dataclasses import dataclass

from PIL import Image

from sohoa.kernel.errors import Exit, SohoaError

_LARGEST_FILE = 8 << 20  # bytes
_MOST_PIXELS = 24_000_000  # before anything is decoded
_DPI = 300  # of the printed image: what a scanner of the paper would keep of it
_COLOURS = 64  # one ink with its soft edges needs far fewer than photographs do
_SEEN = 16  # of 255; what is fainter counts as an empty edge
_INKED = [255 if value > _SEEN else 0 for value in range(256)]
_FAINT = [255 if value < 128 else 0 for value in range(256)]


class StampImageUnusable(SohoaError):
    code, exit_code = "signing.stamp_image_unusable", Exit.USAGE
    vi = "Hình ảnh chữ ký hoặc con dấu không dùng được: {why_vi}."
    en = "The image of the signature or seal cannot be used: {why}."
    remedy = "Dùng tệp PNG nền trong suốt, chỉ có nét chữ ký (xanh) hoặc con dấu (đỏ), rồi ký lại."
    remedy_en = "Use a PNG with a transparent background that holds the signature or the seal alone, then sign again."


@dataclass(frozen=True, slots=True)
class Picture:
    """palette: RGB triples. indices, alpha: a byte a pixel, rows from the top, deflated. Edges without ink are cut off."""

    width: int
    height: int
    palette: bytes
    indices: bytes
    alpha: bytes

    @property
    def proportion(self) -> float:
        """Height over width."""
        return self.height / self.width

    def hard_mask(self) -> bytes:
        """A bit a pixel, 1 where nothing is drawn, deflated: for papers on which nothing may be half transparent."""
        opaque = Image.frombytes("L", (self.width, self.height), zlib.decompress(self.alpha))
        return zlib.compress(opaque.point(_FAINT).convert("1", dither=Image.Dither.NONE).tobytes())


# A batch puts the same seal on a thousand papers.
@functools.lru_cache(maxsize=16)
def picture_of(png: bytes, millimetres: float) -> Picture:
    """The PNG at a printed width of `millimetres`. Raises StampImageUnusable."""
    if len(png) > _LARGEST_FILE:
        raise StampImageUnusable(why="the file is too large", why_vi="tệp quá lớn")
    try:
        with Image.open(io.BytesIO(png), formats=("PNG",)) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise StampImageUnusable(why="too many pixels", why_vi="quá nhiều điểm ảnh")
            full = opened.convert("RGBA")
    except (OSError, ValueError, SyntaxError, zlib.error, Image.DecompressionBombError) as broken:
        raise StampImageUnusable(why="not a readable PNG", why_vi="không phải tệp PNG đọc được") from broken
    alpha = full.getchannel("A")
    inked = alpha.point(_INKED)
    box = inked.getbbox()
    if box is None:
        raise StampImageUnusable(why="nothing can be seen in it", why_vi="ảnh trống")
    if inked.histogram()[0] < 0.02 * alpha.width * alpha.height:
        raise StampImageUnusable(why="the background is not transparent", why_vi="nền không trong suốt")
    return _small(full.crop(box), max(8, round(millimetres / 25.4 * _DPI)))


def _small(full: Image.Image, width: int) -> Picture:
    if full.width > width:
        # Premultiplied: the colour of what is transparent must not bleed into the edges.
        full = (
            full.convert("RGBa")
            .resize((width, max(1, round(full.height * width / full.width))), Image.Resampling.LANCZOS)
            .convert("RGBA")
        )
    alpha = full.getchannel("A")
    opaque = Image.new("RGB", full.size, _ink_of(full))
    opaque.paste(full.convert("RGB"), mask=alpha.point(_INKED))
    drawn = opaque.quantize(_COLOURS, dither=Image.Dither.NONE)
    palette = bytes(drawn.getpalette("RGB") or b"")[: 3 * _COLOURS]
    return Picture(full.width, full.height, palette, zlib.compress(drawn.tobytes(), 9), zlib.compress(alpha.tobytes(), 9))


def _ink_of(full: Image.Image) -> tuple[int, int, int]:
    """The mean colour of what is seen, put behind what is not, so that it costs nothing."""
    tiny = full.convert("RGBa").resize((1, 1), Image.Resampling.BOX).convert("RGBA")
    pixel = tiny.getpixel((0, 0))
    assert isinstance(pixel, tuple)
    return int(pixel[0]), int(pixel[1]), int(pixel[2])
