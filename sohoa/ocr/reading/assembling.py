"""Words of the sheet that was read, put back on the page they came from: boxes in place, tables where they stood, cells in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sohoa.ocr.imaging.preparing.prepare import Prepared
from sohoa.ocr.imaging.preparing.sheet import Moved
from sohoa.ocr.model import Box, Line, Table, TableCell, Word, around
from sohoa.ocr.reading.arbiter import JudgedLine, JudgedWord
from sohoa.ocr.reading.dirt import without_dirt
from sohoa.ocr.reading.ordinals import with_ordinals

# Below this a word is shown to a person first: about the least sure 2 % of the words of ordinary pages.
DOUBTFUL = 0.85


def assembled(page: Prepared, judged: Sequence[JudgedLine]) -> tuple[tuple[Line, ...], tuple[Table, ...]]:
    """In reading order: a table's cells, row by row, stand before the first line that begins below its top."""
    own: list[Line] = []
    inside: dict[tuple[int, int], list[Line]] = defaultdict(list)
    for line in without_dirt(judged, width=page.sheet.pixels.shape[1], dpi=page.dpi):
        for moved, words in _parted(page, line):
            made = Line(tuple(words), around(word.bbox for word in words))
            if moved is None:
                own.append(made)
            else:
                inside[(moved.grid, moved.cell)].append(made)
    lines: list[Line] = []
    tables: list[Table] = []
    for number, grid in enumerate(page.grids):
        box = page.on_page(grid.bbox)
        ahead = _lines_ahead(own, box)
        lines += own[:ahead]
        own = own[ahead:]
        cells: list[TableCell] = []
        for place, cell in enumerate(grid.cells):
            within = inside.get((number, place), [])
            numbers = tuple(range(len(lines), len(lines) + len(within)))
            cells.append(TableCell(page.on_page(cell.bbox), cell.row, cell.column, cell.rows, cell.columns, numbers))
            lines += within
        tables.append(Table(box, tuple(cells)))
    return with_ordinals([*lines, *own], tables), tuple(tables)


def _parted(page: Prepared, line: JudgedLine) -> Iterable[tuple[Moved | None, list[Word]]]:
    """The line's words by the cell they lay in: a reader may run one cell's words and the next one's together."""
    groups: dict[Moved | None, list[Word]] = {}
    for word in line.words:
        box, moved = page.place(word.bbox)
        groups.setdefault(moved, []).append(_word(word, box))
    return groups.items()


def _word(word: JudgedWord, box: Box) -> Word:
    return Word(
        word.text,
        box,
        word.confidence,
        first_reading=word.first_reading if word.reason else "",
        reason=word.reason,
        doubtful=word.confidence < DOUBTFUL,
    )


def _lines_ahead(lines: list[Line], table: Box) -> int:
    """How many of the lines, which stand in reading order, come before the table: all up to the last one above it.

    Lines beside it (a page number in the margin, the next column) say nothing about that.
    """
    above = [
        number
        for number, line in enumerate(lines, start=1)
        if (line.bbox[1] + line.bbox[3]) / 2 < table[1] and line.bbox[0] < table[2] and line.bbox[2] > table[0]
    ]
    return max(above, default=0)
