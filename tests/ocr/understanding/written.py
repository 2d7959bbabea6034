"""Pages written by hand: what a reader would have given, without a reader."""

from __future__ import annotations

import tomllib
from pathlib import Path

from sohoa.ocr.model import Line, PageText, Word
from sohoa.ocr.understanding import DocumentType, document_types_from

CATALOGUE = Path(__file__).parents[3] / "sohoa" / "config" / "catalogues" / "document_types.toml"
WIDTH, HEIGHT, LETTER = 2480, 3508, 44
NATIONAL, MOTTO = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"


def catalogue() -> tuple[DocumentType, ...]:
    return document_types_from(tomllib.loads(CATALOGUE.read_text("utf-8"))["type"])


def line(text: str, y: int, centre: int = WIDTH // 2, confidence: float = 0.995) -> Line:
    """One line of 24-pixel letters around `centre`."""
    at = round(centre - 12 * len(text))
    words: list[Word] = []
    for word in text.split(" "):
        words.append(Word(word, (at, y, at + 24 * max(1, len(word)), y + LETTER), confidence))
        at += 24 * (len(word) + 1)
    return Line(tuple(words), (words[0].bbox[0], y, words[-1].bbox[2], y + LETTER))


def joined(left: Line, right: Line) -> Line:
    """Two columns that the reader took for one line."""
    return Line(left.words + right.words, (left.bbox[0], left.bbox[1], right.bbox[2], right.bbox[3]))


def page(*lines: Line, number: int = 1) -> PageText:
    return PageText(number, WIDTH, HEIGHT, 300, 0, 0.0, False, tuple(lines))


def official(
    *below: str,
    number: str = "Số: 05/QĐ-UBND",
    dated: str = "Hạ Long, ngày 05 tháng 01 năm 2024",
    agency: tuple[str, ...] = ("ỦY BAN NHÂN DÂN", "TỈNH QUẢNG NINH"),
    confidence: float = 0.995,
    together: bool = True,
) -> PageText:
    """A page with the two-column head of NĐ 30/2020 and `below` centred under it; together: the columns share their lines."""
    pairs = [(agency[0], NATIONAL), (agency[1], MOTTO), (number, dated)]
    lines: list[Line] = []
    for row, (left, right) in enumerate(pairs):
        columns = line(left, 250 + 70 * row, 640, confidence), line(right, 250 + 70 * row, 1700, confidence)
        lines += [joined(*columns)] if together else list(columns)
    lines += [line(text, 560 + 70 * row) for row, text in enumerate(below)]
    return page(*lines)
