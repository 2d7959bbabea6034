"""The typefaces of the sample office, all with the whole Vietnamese alphabet.

Debian's Liberation and Nimbus fonts look right and lack 90 Vietnamese letters, which come out as boxes; only the files named
here may print. A test renders every letter in every one of them.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Literal

from PIL import ImageFont

from sohoa.kernel.errors import Exit, SohoaError

Family = Literal["tinos", "termes", "arimo", "cousine"]
Style = Literal["regular", "bold", "italic", "bolditalic"]

_CROSCORE = Path("/usr/share/fonts/truetype/croscore")
_GYRE = Path("/usr/share/texmf/fonts/opentype/public/tex-gyre")

PRINT_FACES: dict[str, Path] = {
    f"{family}-{style}": folder / pattern.format(suffix)
    for family, folder, pattern, suffixes in (
        ("tinos", _CROSCORE, "Tinos-{}.ttf", ("Regular", "Bold", "Italic", "BoldItalic")),
        ("arimo", _CROSCORE, "Arimo-{}.ttf", ("Regular", "Bold", "Italic", "BoldItalic")),
        ("cousine", _CROSCORE, "Cousine-{}.ttf", ("Regular", "Bold", "Italic", "BoldItalic")),
        ("termes", _GYRE, "texgyretermes-{}.otf", ("regular", "bold", "italic", "bolditalic")),
    )
    for style, suffix in zip(("regular", "bold", "italic", "bolditalic"), suffixes, strict=True)
}
# Only digits are ever set in these two: DKG's handwriting has no Vietnamese letters.
HAND_FACES: dict[str, Path] = {
    "hand-dkg": Path("/usr/share/fonts/truetype/fifthhorseman/dkg.ttf"),
    "hand-chorus": _GYRE / "texgyrechorus-mediumitalic.otf",
}
FACES: dict[str, Path] = {**PRINT_FACES, **HAND_FACES}

_MEASURED_AT = 200.0  # pixels; large enough that hinting does not round the widths we scale down from it


class SampleFontMissing(SohoaError):
    code, exit_code = "pipeline.sample_font_missing", Exit.UNREACHABLE
    vi = "Máy này thiếu phông chữ {face} để làm giấy tờ mẫu."
    en = "The font {face} for the sample papers is not installed."
    remedy = "Chạy «make setup» (hoặc cài các gói phông chữ có trong deploy/apt.txt), rồi chạy lại."
    remedy_en = "Run `make setup` (or install the font packages of deploy/apt.txt), then run again."


# One page uses about 20 sizes; the bound keeps a long run from holding every size it ever met.
@functools.lru_cache(maxsize=96)
def font(face: str, pixels: float) -> ImageFont.FreeTypeFont:
    """Raises SampleFontMissing. Basic layout: the shaping library's version would otherwise decide where letters stand."""
    try:
        return ImageFont.truetype(str(FACES[face]), pixels, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise SampleFontMissing(face=face) from error


@functools.lru_cache(maxsize=50_000)
def width_of(text: str, face: str, size: float) -> float:
    """Advance of `text` in points at `size` points."""
    return font(face, _MEASURED_AT).getlength(text) * size / _MEASURED_AT
