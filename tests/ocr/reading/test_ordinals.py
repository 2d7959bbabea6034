from __future__ import annotations

import pytest

from sohoa.ocr.model import Line, Table, TableCell, Word
from sohoa.ocr.reading.ordinals import with_ordinals

BOX = (0, 0, 10, 10)


def column(*texts: str, under: int = 1) -> tuple[list[Line], Table]:
    """A table of one column under so many rows of heads; "" is an empty cell."""
    lines: list[Line] = []
    cells = [TableCell(BOX, row, 0, 1, 1, ()) for row in range(under)]
    for row, text in enumerate(texts, under):
        cells.append(TableCell(BOX, row, 0, 1, 1, (len(lines),) if text else ()))
        if text:
            lines.append(Line(tuple(Word(part, BOX, 0.9) for part in text.split()), BOX))
    return lines, Table(BOX, tuple(cells))


def mended(*texts: str, under: int = 1) -> list[str]:
    lines, table = column(*texts, under=under)
    return [line.text for line in with_ordinals(lines, [table])]


@pytest.mark.parametrize("read", ["I", "II", "l", "|", "II."])
@pytest.mark.parametrize("under", [0, 1, 2])
def test_a_stroke_where_a_column_begins_to_count_is_a_one(read: str, under: int):
    stop = "." if read.endswith(".") else ""
    assert mended(read, "2", "3", under=under) == [f"1{stop}", "2", "3"]
    lines, table = column(read, "2", "3", under=under)
    word = with_ordinals(lines, [table])[0].words[0]
    assert (word.first_reading, word.reason) == (read, "count")


def test_a_lost_number_between_does_not_matter():
    assert mended("II", "", "3", "4") == ["1", "3", "4"]


@pytest.mark.parametrize(
    "texts",
    [
        ("I", "II", "III"),
        ("I", "2"),
        ("I", "7", "8"),
        ("L", "2", "3"),
        ("2", "3", "I"),
        ("I b", "2", "3"),
        ("I", "12", "13"),
    ],
)
def test_what_is_no_plain_count_is_left_as_it_was_read(texts: tuple[str, ...]):
    assert mended(*texts) == [*texts]
