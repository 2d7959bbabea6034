"""A page as its reader sees it: upright, cropped, in real points; and the way back to the page's own coordinates."""
# pyHanko's dictionaries tell nothing about what is in them.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from pyhanko.pdf_utils.reader import PdfFileReader

# x0, y0, x1, y1 in points (1/72 inch) of the page as it is seen: origin top left, y grows downwards. The boxes of words that OCR
# gives on an upright page become these by 72 / dpi.
Box = tuple[float, float, float, float]

_LETTER: Box = (0.0, 0.0, 612.0, 792.0)  # what viewers take where a page does not tell its size
_ANCESTORS = 32  # of a page; more is a circle
_HIDDEN = 0b100010  # annotation flags Hidden and NoView
_SEEN_THROUGH = ("/Link", "/Popup")


@dataclass(frozen=True, slots=True)
class Sheet:
    """crop: what is shown, in the page's own units, sorted. rotation: degrees clockwise, 0, 90, 180 or 270. unit: points."""

    crop: Box
    rotation: int
    unit: float

    @property
    def size(self) -> tuple[float, float]:
        """Width and height as seen, in points."""
        x0, y0, x1, y1 = self.crop
        across, up = (x1 - x0) * self.unit, (y1 - y0) * self.unit
        return (up, across) if self.rotation in (90, 270) else (across, up)

    def to_page(self, box: Box) -> Box:
        """A box as seen → left, bottom, right, top of the unrotated page, in its own units; what /Rect wants."""
        (ax, ay), (bx, by) = self._own(box[0], box[1]), self._own(box[2], box[3])
        return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)

    def to_view(self, rect: Box) -> Box:
        """The other way."""
        (ax, ay), (bx, by) = self._seen(rect[0], rect[1]), self._seen(rect[2], rect[3])
        return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)

    def _own(self, x: float, y: float) -> tuple[float, float]:
        left, bottom, right, top = self.crop
        x, y = x / self.unit, y / self.unit
        if self.rotation == 90:
            return left + y, bottom + x
        if self.rotation == 180:
            return right - x, bottom + y
        if self.rotation == 270:
            return right - y, top - x
        return left + x, top - y

    def _seen(self, x: float, y: float) -> tuple[float, float]:
        left, bottom, right, top = self.crop
        if self.rotation == 90:
            x, y = y - bottom, x - left
        elif self.rotation == 180:
            x, y = right - x, y - bottom
        elif self.rotation == 270:
            x, y = top - y, right - x
        else:
            x, y = x - left, top - y
        return x * self.unit, y * self.unit


@dataclass(frozen=True, slots=True)
class Widget:
    """Something that lies on the page. field: name of the signature field it belongs to, "" for anything else."""

    field: str
    box: Box


def pages_of(reader: PdfFileReader) -> int:
    return int(_number(held(held(reader.root, "/Pages"), "/Count")))


def sheet_of(reader: PdfFileReader, page: int) -> Sheet:
    """page: from 0. Raises what pyHanko raises for a page that is not there."""
    own: Any = reader.find_page_for_modification(page)[0].get_object()
    media = _box(_inherited(own, "/MediaBox")) or _LETTER
    crop = _box(_inherited(own, "/CropBox"))
    shown = media if crop is None else _within(crop, media) or media
    turned = _number(_inherited(own, "/Rotate"))
    unit = _number(held(own, "/UserUnit")) or 1.0
    return Sheet(shown, int(turned) // 90 * 90 % 360, unit if unit > 0 else 1.0)


def widgets_on(reader: PdfFileReader, page: int, sheet: Sheet) -> Iterator[Widget]:
    """Whatever lies on the page and can be seen: form fields, stamps, notes. Empty and hidden ones are left out."""
    own: Any = reader.find_page_for_modification(page)[0].get_object()
    for one in held(own, "/Annots") or ():
        note: Any = one.get_object()
        if str(held(note, "/Subtype")) in _SEEN_THROUGH or int(_number(held(note, "/F"))) & _HIDDEN:
            continue
        rect = _box(held(note, "/Rect"))
        if rect is not None:
            yield Widget(_signature_field(note), sheet.to_view(rect))


def _signature_field(note: Any) -> str:
    parts: list[str] = []
    kind: object = None
    for _ in range(_ANCESTORS):
        kind = kind or held(note, "/FT")
        if (name := held(note, "/T")) is not None:
            parts.append(str(name))
        if (above := held(note, "/Parent")) is None:
            break
        note = above
    return ".".join(reversed(parts)) if str(kind) == "/Sig" else ""


def _inherited(own: Any, key: str) -> Any:
    for _ in range(_ANCESTORS):
        if (found := held(own, key)) is not None:
            return found
        if (above := held(own, "/Parent")) is None:
            return None
        own = above
    return None


def held(own: Any, key: str) -> Any:
    """What a dictionary of the file holds under that key, references followed; None where it holds nothing. (`get` follows none.)"""
    return own[key] if isinstance(own, dict) and key in own else None


def _box(found: Any) -> Box | None:
    """None for what is no box, or an empty one."""
    if not isinstance(found, list) or len(cast(list[object], found)) != 4:
        return None
    x0, y0, x1, y1 = (_number(side) for side in found)
    box = min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
    return box if box[0] < box[2] and box[1] < box[3] else None


def _number(found: Any) -> float:
    try:
        return float(found)
    except (TypeError, ValueError):
        return 0.0


def _within(box: Box, outer: Box) -> Box | None:
    cut = max(box[0], outer[0]), max(box[1], outer[1]), min(box[2], outer[2]), min(box[3], outer[3])
    return cut if cut[0] < cut[2] and cut[1] < cut[3] else None
