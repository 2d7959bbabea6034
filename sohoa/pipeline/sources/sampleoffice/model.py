"""What the sample office hands over: pages as a scanner delivers them, and the exact truth about what stands on them."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Strength = Literal["clean", "medium", "hard"]
Dpi = Literal[200, 300]
Region = Literal[
    "national_header",
    "agency",
    "code_number",
    "place_date",
    "title",
    "subject",
    "body",
    "table",
    "signature",
    "recipients",
    "addressee",
    "other",
]
Box = tuple[int, int, int, int]
"""(x0, y0, x1, y1) in pixels of the upright delivered page, origin top left, x1 and y1 just outside."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class TruthWord:
    text: str
    bbox: Box

    def as_dict(self) -> dict[str, Any]:
        return {"text": self.text, "bbox": list(self.bbox)}


@dataclass(frozen=True, slots=True)
class TruthLine:
    """One printed line, or one whole table cell. handwritten: some of it is in a script font, in the ink of a pen."""

    words: tuple[TruthWord, ...]
    region: Region
    bbox: Box
    handwritten: bool = False

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    def as_dict(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "region": self.region,
            "bbox": list(self.bbox),
            "handwritten": self.handwritten,
            "words": [word.as_dict() for word in self.words],
        }


@dataclass(frozen=True, slots=True)
class TruthCode:
    """A barcode on the page. format: as zxing-cpp names it."""

    text: str
    format: str
    bbox: Box

    def as_dict(self) -> dict[str, Any]:
        return {"text": self.text, "format": self.format, "bbox": list(self.bbox)}


@dataclass(frozen=True, slots=True)
class SamplePage:
    """One page as delivered. jpeg: the scanner's own bytes, upside down when `upside_down`; boxes belong to the upright page.

    skew: degrees by which the printed lines are turned, clockwise positive, on the upright page.
    """

    number: int  # from 1
    kind: str
    width: int
    height: int
    dpi: int
    strength: Strength
    jpeg: bytes = field(repr=False)
    lines: tuple[TruthLine, ...] = field(repr=False)
    codes: tuple[TruthCode, ...] = ()
    upside_down: bool = False
    blank: bool = False
    skew: float = 0.0

    @property
    def image(self) -> Image.Image:
        """The page as delivered, RGB. Decoded anew at each call, so that holding many pages stays cheap."""
        return Image.open(io.BytesIO(self.jpeg)).convert("RGB")

    @property
    def pixels(self) -> Pixels:
        """The page as delivered, (height, width, 3), RGB."""
        return np.asarray(self.image)

    @property
    def upright(self) -> Pixels:
        """The page turned so that it can be read; the truth's boxes lie on this one."""
        return np.asarray(cv2.rotate(self.pixels, cv2.ROTATE_180), np.uint8) if self.upside_down else self.pixels

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)

    def as_dict(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "kind": self.kind,
            "width": self.width,
            "height": self.height,
            "upside_down": self.upside_down,
            "blank": self.blank,
            "skew": round(self.skew, 3),
            "lines": [line.as_dict() for line in self.lines],
            "codes": [code.as_dict() for code in self.codes],
        }


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper of one kind, all its pages scanned.

    fields: what the paper says about itself, by the names of the command-line contract; issued_date is ISO 8601, and
    issuing_agency is in sentence case (`Ủy ban nhân dân phường Thanh Bình`) whatever capitals the header prints.
    """

    kind: str
    name: str
    fields: dict[str, str]
    strength: Strength
    dpi: int
    sheets: int  # of paper; a page and its back are one
    pages: tuple[SamplePage, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "type": self.kind,
            "name": self.name,
            "fields": dict(self.fields),
            "strength": self.strength,
            "dpi": self.dpi,
            "pages": [page.as_dict() for page in self.pages],
        }


@dataclass(frozen=True, slots=True)
class Office:
    """A written office. made: papers written by this call; 0 when everything was already there."""

    folder: Path
    papers_folder: Path
    register: Path
    truth: Path
    seed: int
    papers: int
    pages: int
    dossiers: int
    made: int
    files: tuple[Path, ...] = field(repr=False)
