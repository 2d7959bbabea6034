"""The letters of a signature: Tinos, metric-compatible with Times New Roman, at 1000 units an em, only what is used.

Fonts of 2048 units an em, as Tinos is stored, come out spread apart when their widths are not scaled, and a letter that the font
lacks comes out as nothing at all while the text can still be copied. So each letter is looked up before anything is drawn, taken
out of the font as a plain outline, scaled, and packed into a font program of our own making: what a stamp uses, some 5 KB.
"""
# fontTools carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import functools
import struct
import tempfile
import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, TTLibError

from sohoa.kernel.children import GIB, MIB, Limits, ProgramMissing, run_limited
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.kernel.text import nfc

EM = 1000
FAMILY = "Tinos"
_USUAL = Path("/usr/share/fonts/truetype/croscore/Tinos-Regular.ttf")
_ASKING = Limits(seconds=10, memory=GIB, written=MIB)
_MARK_GAP = 40  # thousandths between a letter and a mark that is not part of it
_ABOVE, _BELOW = 230, 220  # Unicode combining classes
_MADE = 3_786_912_000  # 2024-01-01 in seconds since 1904: a font made twice is the same font
_NAMED_AT_MOST = 8


class LetterNotInFont(SohoaError):
    code, exit_code = "signing.letter_not_in_font", Exit.USAGE
    vi = "Phông chữ của chữ ký không có chữ: {letters}."
    en = "The signature's font does not have: {letters}."
    remedy = "Sửa tên hoặc lời ghi trên chữ ký cho đúng chữ Việt (Unicode), rồi ký lại."
    remedy_en = "Correct the name or wording on the signature, then sign again."


class SignatureFontMissing(SohoaError):
    code, exit_code = "signing.font_missing", Exit.UNREACHABLE
    vi = "Máy này thiếu phông chữ Tinos để ghi lên chữ ký."
    en = "The font Tinos for visible signatures is not installed, or its file is damaged ({why})."
    remedy = "Chạy «make setup» (hoặc cài gói fonts-croscore), rồi chạy lại."
    remedy_en = "Run `make setup` (or install fonts-croscore), then run again."


@dataclass(frozen=True, slots=True)
class Glyph:
    """outline: an entry of a `glyf` table without instructions, b"" for a space. The rest in thousandths of the size."""

    outline: bytes
    advance: int
    bounds: tuple[int, int, int, int]  # x0, y0, x1, y1
    points: int
    contours: int


class SignatureFont:
    """Letters by what they are: one character, or one with the marks that no single character holds. Safe across threads."""

    def __init__(self, path: Path) -> None:
        """Raises SignatureFontMissing."""
        try:
            self._font: Any = TTFont(path, lazy=True)
            self._cmap: dict[int, str] = self._font.getBestCmap()
            self._shapes: Any = self._font.getGlyphSet()
            self._scale: float = EM / self._font["head"].unitsPerEm
            hhea, os2, head = self._font["hhea"], self._font["OS/2"], self._font["head"]
            self.ascent = round(hhea.ascent * self._scale)
            self.descent = round(hhea.descent * self._scale)
            self.cap_height = round(os2.sCapHeight * self._scale)
            self.bounds = tuple(round(side * self._scale) for side in (head.xMin, head.yMin, head.xMax, head.yMax))
        except (OSError, TTLibError, KeyError, AttributeError, struct.error, AssertionError) as broken:
            raise SignatureFontMissing(why=type(broken).__name__) from broken
        self._glyphs: dict[str, Glyph] = {}
        self._lock = threading.Lock()
        self._notdef = self._drawn([(".notdef", 0, 0)], self._shapes[".notdef"].width)

    def must_have(self, text: str) -> None:
        """Raises LetterNotInFont, naming the letters (never the word they stand in)."""
        missing = [letter for letter in dict.fromkeys(letters_of(text)) if self._glyph(letter) is None]
        if missing:
            named = [f"«{letter}» ({' '.join(f'U+{ord(part):04X}' for part in letter)})" for letter in missing[:_NAMED_AT_MOST]]
            raise LetterNotInFont(letters=", ".join(named))

    def width(self, text: str, size: float) -> float:
        """Of one line, in points. Raises LetterNotInFont."""
        return sum(self.glyph(letter).advance for letter in letters_of(text)) * size / EM

    def glyph(self, letter: str) -> Glyph:
        found = self._glyph(letter)
        if found is None:
            self.must_have(letter)
            raise AssertionError("a letter without a shape was let through")
        return found

    def _glyph(self, letter: str) -> Glyph | None:
        with self._lock:  # fontTools reads its tables when they are first asked for
            if letter not in self._glyphs:
                made = self._made(letter)
                if made is None:
                    return None
                self._glyphs[letter] = made
            return self._glyphs[letter]

    def _made(self, letter: str) -> Glyph | None:
        base, *marks = letter
        names = [self._cmap.get(ord(part)) for part in letter]
        if any(name is None for name in names) or unicodedata.combining(base):
            return None
        placed: list[tuple[str, int, int]] = [(str(names[0]), 0, 0)]
        bounds = self._extent(placed[0][0])
        if bounds is None and (base != " " or marks):
            return None  # in the font's list, but without a shape: it would be a hole in somebody's name
        for mark, name in zip(marks, names[1:], strict=True):
            over = self._extent(str(name))
            if bounds is None or over is None:
                return None
            across = round((bounds[0] + bounds[2] - over[0] - over[2]) / 2)
            kind, gap = unicodedata.combining(mark), _MARK_GAP / self._scale
            up = 0.0
            if kind == _ABOVE:
                up = max(0.0, bounds[3] + gap - over[1])
            elif kind == _BELOW:
                up = min(0.0, bounds[1] - gap - over[3])
            placed.append((str(name), across, round(up)))
            bounds = min(bounds[0], over[0] + across), min(bounds[1], over[1] + up), bounds[2], max(bounds[3], over[3] + up)
        return self._drawn(placed, self._shapes[placed[0][0]].width)

    def _extent(self, name: str) -> tuple[float, float, float, float] | None:
        pen = BoundsPen(self._shapes)
        self._shapes[name].draw(pen)
        return pen.bounds

    def _drawn(self, placed: list[tuple[str, int, int]], advance: float) -> Glyph:
        pen = TTGlyphPen(None)
        for name, across, up in placed:
            plain = DecomposingRecordingPen(self._shapes)
            self._shapes[name].draw(plain)
            zoom = self._scale
            plain.replay(TransformPen(pen, (zoom, 0, 0, zoom, across * zoom, up * zoom)))
        glyph: Any = pen.glyph()
        if not glyph.numberOfContours:
            return Glyph(b"", round(advance * self._scale), (0, 0, 0, 0), 0, 0)
        glyph.recalcBounds(None)
        bounds = (glyph.xMin, glyph.yMin, glyph.xMax, glyph.yMax)
        outline: bytes = glyph.compile(None, recalcBBoxes=False)
        return Glyph(outline, round(advance * self._scale), bounds, len(glyph.coordinates), glyph.numberOfContours)

    def program(self, letters: Iterable[str]) -> bytes:
        """A TrueType font program: .notdef, then the letters in order, so that the n-th letter's glyph is n + 1."""
        glyphs = [self._notdef, *(self.glyph(letter) for letter in letters)]
        outlines = [glyph.outline + b"\0" * (-len(glyph.outline) % 4) for glyph in glyphs]
        ends = [0]
        for outline in outlines:
            ends.append(ends[-1] + len(outline))
        sides = tuple(zip(*(glyph.bounds for glyph in glyphs if glyph.outline), strict=True))
        x0, y0, x1, y1 = min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3])
        most = max(glyph.advance for glyph in glyphs)
        right = min(glyph.advance - glyph.bounds[2] for glyph in glyphs)
        head = struct.pack(
            ">IIIIHHqqhhhhHHhhh", 0x10000, 0x10000, 0, 0x5F0F3CF5, 0b11, EM, _MADE, _MADE, x0, y0, x1, y1, 0, 6, 2, 1, 0
        )
        hhea = struct.pack(
            ">IhhhHhhhhhhhhhhhH", 0x10000, self.ascent, self.descent, 0, most, x0, right, x1, 1, *[0] * 7, len(glyphs)
        )
        points, contours = max(glyph.points for glyph in glyphs), max(glyph.contours for glyph in glyphs)
        maxp = struct.pack(">IHHHHHHHHHHHHHH", 0x10000, len(glyphs), points, contours, 0, 0, 1, *[0] * 8)
        hmtx = b"".join(struct.pack(">Hh", glyph.advance, glyph.bounds[0]) for glyph in glyphs)
        loca = struct.pack(f">{len(ends)}I", *ends)
        return _packed({b"glyf": b"".join(outlines), b"head": head, b"hhea": hhea, b"hmtx": hmtx, b"loca": loca, b"maxp": maxp})


def letters_of(text: str) -> list[str]:
    """Characters, each with the combining marks that follow it; NFC has joined those that Unicode can join."""
    found: list[str] = []
    for part in text:
        if found and unicodedata.combining(part):
            found[-1] += part
        else:
            found.append(part)
    return found


def tidy(text: str) -> str:
    """One line of NFC: white space of any kind is one space; what has no shape by nature (zero-width marks, controls) is gone."""
    spaced = "".join(" " if letter.isspace() else letter for letter in nfc(text))
    return " ".join("".join(letter for letter in spaced if unicodedata.category(letter) not in ("Cc", "Cf")).split())


def _packed(tables: dict[bytes, bytes]) -> bytes:
    """An sfnt file. Source: OpenType 1.9, "Organization of an OpenType Font"."""
    count = len(tables)
    power = count.bit_length() - 1
    directory = struct.pack(">IHHHH", 0x10000, count, 16 << power, power, 16 * (count - (1 << power)))
    at, records, bodies = 12 + 16 * count, b"", b""
    for name, table in sorted(tables.items()):
        padded = table + b"\0" * (-len(table) % 4)
        records += struct.pack(">4sIII", name, _sum(padded), at, len(table))
        bodies += padded
        at += len(padded)
    whole = directory + records + bodies
    head_at = struct.unpack_from(">I", whole, 12 + 16 * sorted(tables).index(b"head") + 8)[0]
    adjusted = struct.pack(">I", (0xB1B0AFBA - _sum(whole)) & 0xFFFFFFFF)
    return whole[: head_at + 8] + adjusted + whole[head_at + 12 :]


def _sum(padded: bytes) -> int:
    return sum(struct.unpack(f">{len(padded) // 4}I", padded)) & 0xFFFFFFFF


@functools.lru_cache(maxsize=4)
def signature_font(path: Path | None = None) -> SignatureFont:
    """The font in the file `path`, else the system's Tinos; opened once a process. Raises SignatureFontMissing."""
    return SignatureFont(path or _found())


def _found() -> Path:
    if _USUAL.is_file():
        return _USUAL
    with tempfile.TemporaryDirectory(prefix="sohoa-font-") as box:
        try:
            ran = run_limited(
                "fc-match", "--format=%{family}\n%{file}", f"{FAMILY}:style=Regular", limits=_ASKING, folder=Path(box)
            )
        except ProgramMissing as missing:
            raise SignatureFontMissing(why="no fontconfig") from missing
    # fontconfig always answers with some font; only the one that was asked for will do.
    family, _, file = ran.stdout.decode("utf-8", "replace").partition("\n")
    if ran.status != 0 or FAMILY not in family.split(",") or not Path(file).is_file():
        raise SignatureFontMissing(why="not found")
    return Path(file)
