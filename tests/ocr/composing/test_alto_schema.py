"""ALTO against the schema of its board, whatever was read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sohoa.ocr.composing.alto import to_alto
from sohoa.ocr.model import Line, PageText, Table, TableCell, Word
from tests.conformance.alto import complaints, parsed
from tests.ocr.composing.test_renderers import BLANK, PAGE, pages


@given(st.lists(pages, min_size=1, max_size=3, unique_by=lambda page: page.number))
def test_alto_is_valid_whatever_was_read(read: list[PageText]) -> None:
    assert complaints(to_alto(read)) == []


def line(text: str, top: int, *, zone: str = "", handwritten: bool = False) -> Line:
    words = tuple(
        Word(word, (100 + 90 * place, top, 180 + 90 * place, top + 30), 0.9, handwritten=handwritten)
        for place, word in enumerate(text.split())
    )
    return Line(words, (100, top, 900, top + 30), zone)


LINES = (
    line("Số: 05/QĐ-UBND", 10, zone="3"),
    line("TT", 100),
    line("", 110),
    line("Họ tên", 100),
    line("1", 150),
    line("Kết", 300),
)
CELLS = (
    TableCell((90, 90, 200, 140), 0, 0, 1, 1, (1, 2)),
    TableCell((200, 90, 400, 140), 0, 1, 1, 1, (3,)),
    TableCell((90, 140, 200, 190), 1, 0, 1, 1, (4,)),
    TableCell((200, 140, 400, 190), 1, 1, 1, 1, ()),
)
TABLED = replace(PAGE, lines=LINES, tables=(Table((90, 90, 400, 190), CELLS),), seals=((600, 700, 900, 1000),))


def test_tables_zones_and_seals_are_told_as_the_standard_words_them() -> None:
    written = to_alto([TABLED, BLANK])
    assert complaints(written) == []
    root = parsed(written)
    strings = [string.get("CONTENT") for string in root.iter("{*}String")]
    assert strings == ["Số:", "05/QĐ-UBND", "TT", "Họ", "tên", "1", "Kết"]
    space = root.find("{*}Layout/{*}Page/{*}PrintSpace")
    assert space is not None
    assert [block.tag.partition("}")[2] for block in space] == ["TextBlock", "ComposedBlock", "TextBlock", "Illustration"]
    assert (space[1].get("TYPE"), len(space[1]), space[3].get("TYPE")) == ("table", 3, "seal")
    tag, titled = root.find("{*}Tags/{*}StructureTag"), root.find(".//{*}TextLine[@TAGREFS]")
    assert tag is not None and titled is not None
    assert (tag.get("LABEL"), titled.get("TAGREFS"), titled[0].get("CONTENT")) == ("3", tag.get("ID"), "Số:")


def test_a_handwritten_word_carries_its_tag() -> None:
    written = to_alto([replace(PAGE, lines=(line("299", 10, handwritten=True), line("ngày", 50)))])
    assert complaints(written) == []
    assert [string.get("TAGREFS") for string in parsed(written).iter("{*}String")] == ["handwritten", None]


def test_a_page_without_words_claims_no_confidence() -> None:
    failed = replace(BLANK, number=3, blank=False, failed="ocr.page_not_read")
    written = to_alto([PAGE, BLANK, failed])
    assert complaints(written) == []
    told = [(page.get("PAGECLASS"), page.get("QUALITY_DETAIL"), page.get("PC")) for page in parsed(written).iter("{*}Page")]
    assert told == [(None, None, "0.7962"), ("blank", None, None), (None, "ocr.page_not_read", None)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('WC="0.9', 'WC="1.9'),
        ('ID="line_1_2"', 'ID="line_1_1"'),
        ("<MeasurementUnit>pixel", "<MeasurementUnit>dot"),
        (' LANG="vi"', ' LANG=""'),
    ],
)
def test_the_schema_notices_what_is_wrong(before: str, after: str) -> None:
    written = to_alto([PAGE])
    assert complaints(written) == [] and before in written
    assert complaints(written.replace(before, after)) != []
