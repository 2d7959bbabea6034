"""Pages as the JSON of the command-line contract, and back without loss."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sohoa.ocr.model import Box, Line, PageText, Table, TableCell, Word

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
        "steps": list(page.steps),
        "failed": page.failed,
        "tables": [_table_to_dict(table, page.lines) for table in page.tables],
        "seals": [list(seal) for seal in page.seals],
        "signatures": [list(signature) for signature in page.signatures],
    }


def _line_to_dict(line: Line) -> dict[str, Any]:
    return {
        "text": line.text,
        "bbox": list(line.bbox),
        "confidence": line.confidence,
        "zone": line.zone,
        "words": [_word_to_dict(word) for word in line.words],
    }


def _word_to_dict(word: Word) -> dict[str, Any]:
    """What is seldom true of a word is told only where it is."""
    told: dict[str, Any] = {"text": word.text, "bbox": list(word.bbox), "confidence": word.confidence}
    if word.reason:
        told |= {"first_reading": word.first_reading, "reason": word.reason}
    return told | {name: True for name in ("doubtful", "handwritten") if getattr(word, name)}


def _table_to_dict(table: Table, lines: tuple[Line, ...]) -> dict[str, Any]:
    cells = [
        {**asdict(cell), "bbox": list(cell.bbox), "text": " ".join(lines[number].text for number in cell.lines)}
        for cell in table.cells
    ]
    return {"bbox": list(table.bbox), "cells": cells}


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
        steps=tuple(str(step) for step in found["steps"]),
        failed=str(found["failed"]),
        tables=tuple(_table_from_dict(table) for table in found["tables"]),
        seals=tuple(_box(seal) for seal in found["seals"]),
        signatures=tuple(_box(signature) for signature in found["signatures"]),
    )


def _line_from_dict(found: dict[str, Any]) -> Line:
    return Line(tuple(_word_from_dict(word) for word in found["words"]), _box(found["bbox"]), str(found["zone"]))


def _word_from_dict(found: dict[str, Any]) -> Word:
    return Word(
        str(found["text"]),
        _box(found["bbox"]),
        float(found["confidence"]),
        first_reading=str(found.get("first_reading", "")),
        reason=str(found.get("reason", "")),
        doubtful=bool(found.get("doubtful", False)),
        handwritten=bool(found.get("handwritten", False)),
    )


def _table_from_dict(found: dict[str, Any]) -> Table:
    cells = (
        TableCell(
            bbox=_box(cell["bbox"]),
            row=int(cell["row"]),
            column=int(cell["column"]),
            rows=int(cell["rows"]),
            columns=int(cell["columns"]),
            lines=tuple(int(number) for number in cell["lines"]),
        )
        for cell in found["cells"]
    )
    return Table(_box(found["bbox"]), tuple(cells))


def _box(found: list[int]) -> Box:
    x0, y0, x1, y1 = (int(side) for side in found)
    return x0, y0, x1, y1
