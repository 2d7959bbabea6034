"""Pages as the JSON of the command-line contract, and back without loss."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sohoa.ocr.model import Box, Line, PageText, Word

PAGE_BREAK = "\n\n"


def to_json(pages: Iterable[PageText]) -> str:
    """`{"pages":[…],"text":"…"}`: what `sohoa ocr --format json` prints."""
    read = list(pages)
    return json.dumps({"pages": [page_text_to_dict(page) for page in read], "text": to_text(read)}, ensure_ascii=False)


def from_json(text: str) -> tuple[PageText, ...]:
    return tuple(page_text_from_dict(page) for page in json.loads(text)["pages"])


def to_text(pages: Iterable[PageText]) -> str:
    """Lines under one another, an empty line between pages; pages without words are left out."""
    return PAGE_BREAK.join(page.text for page in pages if page.lines)


def page_text_to_dict(page: PageText) -> dict[str, Any]:
    """Boxes are [x0, y0, x1, y1]; confidences are not rounded, so that page_text_from_dict gives back an equal page."""
    return {
        "number": page.number,
        "width": page.width,
        "height": page.height,
        "dpi": page.dpi,
        "rotation": page.rotation,
        "skew": page.skew,
        "blank": page.blank,
        "confidence": page.confidence,
        "lines": [_line_to_dict(line) for line in page.lines],
    }


def _line_to_dict(line: Line) -> dict[str, Any]:
    words = [{"text": word.text, "bbox": list(word.bbox), "confidence": word.confidence} for word in line.words]
    return {"text": line.text, "bbox": list(line.bbox), "confidence": line.confidence, "words": words}


def page_text_from_dict(found: dict[str, Any]) -> PageText:
    """Raises KeyError, TypeError or ValueError for what page_text_to_dict cannot have written. Derived figures are not read."""
    return PageText(
        number=int(found["number"]),
        width=int(found["width"]),
        height=int(found["height"]),
        dpi=int(found["dpi"]),
        rotation=int(found["rotation"]),
        skew=float(found["skew"]),
        blank=bool(found["blank"]),
        lines=tuple(_line_from_dict(line) for line in found["lines"]),
    )


def _line_from_dict(found: dict[str, Any]) -> Line:
    words = (Word(str(word["text"]), _box(word["bbox"]), float(word["confidence"])) for word in found["words"])
    return Line(tuple(words), _box(found["bbox"]))


def _box(found: list[int]) -> Box:
    x0, y0, x1, y1 = (int(side) for side in found)
    return x0, y0, x1, y1
