"""The first row's `1` of a numbered table, which readers alone with one stroke take for a letter or a rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sohoa.ocr.model import Line, Table, TableCell, Word

# What a lone 1 is read as.
LIKE_ONE = frozenset({"I", "II", "l", "ll", "Il", "lI", "i", "|", "||", "!"})
# So many numbers of the same count must stand in the column.
WITNESSES = 2


def with_ordinals(lines: Sequence[Line], tables: Iterable[Table]) -> tuple[Line, ...]:
    """Lines that stand alone in a cell, read as one stroke, where the column counts 2, 3, … from the next row on."""
    mended = list(lines)
    for table in tables:
        for column in {cell.column for cell in table.cells}:
            cells = [cell for cell in table.cells if cell.column == column and len(cell.lines) == 1]
            first = _first_row(cells, lines)
            for cell in cells:
                line = lines[cell.lines[0]]
                if cell.row == first and line.text.rstrip(".") in LIKE_ONE:
                    mended[cell.lines[0]] = replace(line, words=(_one(line),))
    return tuple(mended)


def _first_row(cells: Sequence[TableCell], lines: Sequence[Line]) -> int | None:
    """The row in which the count begins: each number is as many rows below it."""
    begins = Counter[int]()
    for cell in cells:
        text = lines[cell.lines[0]].text.rstrip(".")
        if text.isdecimal() and len(text) < 4:
            begins[cell.row - int(text) + 1] += 1
    row, witnesses = max(begins.items(), key=lambda found: found[1], default=(0, 0))
    return row if witnesses >= WITNESSES else None


def _one(line: Line) -> Word:
    (word,) = line.words
    stop = word.text[len(word.text.rstrip(".")) :]
    return replace(word, text="1" + stop, first_reading=word.first_reading or word.text, reason="count")
