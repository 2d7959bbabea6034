"""Pages of the sample office as a careless reader would give them: whatever stands on one height is one line."""

from __future__ import annotations

from collections.abc import Iterable

from sohoa.ocr.model import Box, Line, PageText, Table, TableCell, Word
from sohoa.pipeline.sources.sampleoffice import SamplePage, TruthLine

SURE = 0.98


def as_read(page: SamplePage) -> PageText:
    """Lines of one height run together, from the top; each cell of a table is a line of its own."""
    rows: list[list[TruthLine]] = []
    for line in sorted((line for line in page.lines if line.region != "table"), key=lambda line: line.bbox[1]):
        row = next((row for row in rows if _level(row[0], line)), None)
        if row is None:
            rows.append([line])
        else:
            row.append(line)
    cells = [line for line in page.lines if line.region == "table"]
    lines = [_line(sorted(row, key=lambda line: line.bbox[0])) for row in rows]
    top = min((cell.bbox[1] for cell in cells), default=0)
    ahead = [line for line in lines if line.bbox[1] < top]
    made = (*ahead, *(_line([cell]) for cell in cells), *(line for line in lines if line.bbox[1] >= top))
    numbers = range(len(ahead), len(ahead) + len(cells))
    tables = (Table(made[numbers[0]].bbox, tuple(TableCell(made[n].bbox, n, 0, 1, 1, (n,)) for n in numbers)),) if cells else ()
    return PageText(page.number, page.width, page.height, page.dpi, 0, page.skew, False, made, tables=tables)


def page_of(*lines: tuple[str, int, int], seals: tuple[Box, ...] = ()) -> PageText:
    """Lines by their text, left edge and top; letters 24 pixels wide and 44 high, on A4 at 300 dpi."""
    made = tuple(line(text, x, y) for text, x, y in lines)
    return PageText(1, 2480, 3508, 300, 0, 0.0, False, made, seals=seals)


def line(text: str, x: int, y: int, confidence: float = SURE) -> Line:
    """Four blanks and more between two words leave as much white between them."""
    words: list[Word] = []
    at = 0
    for said in text.split():
        at = text.index(said, at)
        words.append(Word(said, (x + 24 * at, y, x + 24 * (at + len(said)), y + 44), confidence))
        at += len(said)
    return Line(tuple(words), _around(word.bbox for word in words))


def _line(parts: Iterable[TruthLine]) -> Line:
    words = tuple(Word(word.text, word.bbox, SURE) for part in parts for word in part.words)
    return Line(words, _around(word.bbox for word in words))


def _level(one: TruthLine, two: TruthLine) -> bool:
    shared = min(one.bbox[3], two.bbox[3]) - max(one.bbox[1], two.bbox[1])
    apart = one.bbox[2] <= two.bbox[0] or two.bbox[2] <= one.bbox[0]
    return apart and shared > 0.5 * min(one.bbox[3] - one.bbox[1], two.bbox[3] - two.bbox[1])


def _around(boxes: Iterable[Box]) -> Box:
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return (min(x0), min(y0), max(x1), max(y1))
