from __future__ import annotations

import json
import re
import unicodedata
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sohoa.ocr.composing.alto import NAMESPACE, to_alto
from sohoa.ocr.composing.hocr import to_hocr
from sohoa.ocr.composing.json import from_json, page_text_from_dict, page_text_to_dict, to_json, to_text
from sohoa.ocr.model import Line, PageText, Word

WORDS = (Word("Quyết", (100, 50, 180, 80), 0.97), Word("<&>\"'", (190, 52, 240, 82), 0.5))
LINE = Line(WORDS, (100, 50, 240, 82))
PAGE = PageText(1, 2480, 3508, 300, 0, 0.4, False, (LINE, Line((Word("Số:", (10, 100, 50, 120), 1.0),), (10, 100, 50, 120))))
ADDED = ["steps", "failed", "tables", "seals", "signatures"]  # keys may be added to the contract, never renamed
BLANK = PageText(2, 2480, 3508, 300, 180, 0.0, True, ())

numbers = st.integers(0, 40_000)
boxes = st.tuples(numbers, numbers, numbers, numbers)
letters = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
plain_words = st.builds(Word, letters, boxes, st.floats(0, 1), handwritten=st.booleans())
chosen_words = st.builds(Word, letters, boxes, st.floats(0, 1), first_reading=letters, reason=st.just("model"))
words = plain_words | chosen_words
lines = st.builds(Line, st.lists(words, max_size=4).map(tuple), boxes, st.sampled_from(["", "1", "9b", "<&>"]))
pages = st.builds(
    PageText,
    number=st.integers(1, 999),
    width=numbers,
    height=numbers,
    dpi=st.integers(72, 1200),
    rotation=st.sampled_from([0, 90, 180, 270]),
    skew=st.floats(-45, 45),
    blank=st.booleans(),
    lines=st.lists(lines, max_size=4).map(tuple),
    failed=st.sampled_from(["", "ocr.page_not_read"]),
    seals=st.lists(boxes, max_size=2).map(tuple),
)


@given(pages)
def test_a_page_comes_back_from_json_as_it_was(page: PageText) -> None:
    assert page_text_from_dict(page_text_to_dict(page)) == page
    assert from_json(to_json([page])) == (page,)


def test_json_has_the_shape_that_scripts_depend_on() -> None:
    found = json.loads(to_json([PAGE, BLANK]))
    assert list(found) == ["pages", "text"]
    page = found["pages"][0]
    assert list(page) == ["number", "width", "height", "dpi", "rotation", "skew", "blank", "confidence", "lines", *ADDED]
    line = page["lines"][0]
    assert line == {
        "text": "Quyết <&>\"'",
        "bbox": [100, 50, 240, 82],
        "confidence": pytest.approx(0.735),
        "zone": "",
        "words": [
            {"text": "Quyết", "bbox": [100, 50, 180, 80], "confidence": 0.97},
            {"text": "<&>\"'", "bbox": [190, 52, 240, 82], "confidence": 0.5},
        ],
    }
    assert found["text"] == "Quyết <&>\"'\nSố:"


def test_vietnamese_letters_stay_readable_in_json() -> None:
    assert "Quyết" in to_json([PAGE])


def test_pages_of_text_are_parted_by_an_empty_line() -> None:
    assert to_text([PAGE, BLANK, PAGE]) == "Quyết <&>\"'\nSố:\n\nQuyết <&>\"'\nSố:"


@given(st.lists(pages, max_size=3))
def test_hocr_and_alto_are_well_formed_whatever_was_read(read: list[PageText]) -> None:
    shown = [word.text for page in read for word in page.words]
    hocr = ElementTree.fromstring(re.sub("<!DOCTYPE[^>]*>", "", to_hocr(read)).encode())
    spans = [span for span in hocr.iter("{http://www.w3.org/1999/xhtml}span") if span.get("class") == "ocrx_word"]
    alto = ElementTree.fromstring(to_alto(read).encode())
    strings = list(alto.iter(f"{{{NAMESPACE}}}String"))
    assert [comparable(span.text or "") for span in spans] == [comparable(text) for text in shown]
    assert [comparable(string.get("CONTENT", "")) for string in strings] == [comparable(text) for text in shown]


def comparable(text: str) -> str:
    """XML may not hold control characters and turns line ends into one another."""
    return "".join(letter for letter in text if unicodedata.category(letter) not in ("Cc", "Cn", "Zl", "Zp"))


def test_hocr_says_where_and_how_sure() -> None:
    told = to_hocr([PAGE])
    assert 'title="bbox 0 0 2480 3508; ppageno 0; scan_res 300 300"' in told
    assert '<span class="ocrx_word" id="word_1_1_1" title="bbox 100 50 180 80; x_wconf 97">Quyết</span>' in told


@given(st.lists(pages, max_size=3))
def test_alto_has_no_line_without_a_word_because_its_schema_has_none(read: list[PageText]) -> None:
    alto = ElementTree.fromstring(to_alto(read).encode())
    lines = list(alto.iter(f"{{{NAMESPACE}}}TextLine"))
    assert len(lines) == sum(bool(line.words) for page in read for line in page.lines)
    assert all(line[0].tag == f"{{{NAMESPACE}}}String" for line in lines)


def test_alto_nests_page_block_line_and_string_with_their_places() -> None:
    root = ElementTree.fromstring(to_alto([PAGE, BLANK]).encode())
    name = {"a": NAMESPACE}
    assert root.get("SCHEMAVERSION") == "4.3"
    assert root.findtext("a:Description/a:MeasurementUnit", namespaces=name) == "pixel"
    string = root.find("a:Layout/a:Page/a:PrintSpace/a:TextBlock/a:TextLine/a:String", name)
    assert string is not None
    assert string.attrib == {
        "ID": "word_1_1_1",
        "CONTENT": "Quyết",
        "HPOS": "100",
        "VPOS": "50",
        "WIDTH": "80",
        "HEIGHT": "30",
        "WC": "0.9700",
    }
    ids = [element.get("ID") for element in root.iter() if element.get("ID")]
    assert len(ids) == len(set(ids))
    assert [page.get("PHYSICAL_IMG_NR") for page in root.iter(f"{{{NAMESPACE}}}Page")] == ["1", "2"]
    block = root.find("a:Layout/a:Page/a:PrintSpace/a:TextBlock", name)
    assert block is not None and (block.get("HPOS"), block.get("WIDTH")) == ("10", "230")
