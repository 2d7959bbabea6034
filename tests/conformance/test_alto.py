"""ALTO of real papers against the schema of its board."""

from __future__ import annotations

import pytest

from tests.conformance.alto import complaints, parsed
from tests.conformance.arriving import READ_ONLY

pytestmark = pytest.mark.timeout(1800)


@pytest.mark.parametrize("name", READ_ONLY)
def test_the_alto_of_every_paper_is_valid(made, name: str) -> None:
    written = made.alto[name].read_text(encoding="utf-8")
    assert complaints(written) == []
    root = parsed(written)
    ids = [element.get("ID") for element in root.iter() if element.get("ID")]
    assert len(ids) == len(set(ids))
    assert all(0 < float(string.get("WC", "0")) <= 1 for string in root.iter("{*}String"))
    assert root.findtext("{*}Description/{*}Processing/{*}processingSoftware/{*}softwareName") == "sohoa"


def test_a_sheets_empty_back_is_a_page_without_words(made) -> None:
    front, back = parsed(made.alto["mat-sau-trang.pdf"].read_text(encoding="utf-8")).iter("{*}Page")
    assert front.find(".//{*}String") is not None and back.find(".//{*}String") is None
    assert (front.get("PAGECLASS"), back.get("PAGECLASS")) == (None, "blank")


def test_a_page_that_lies_on_its_side_is_told_upright(made) -> None:
    (page,) = parsed(made.alto["xoay-90.pdf"].read_text(encoding="utf-8")).iter("{*}Page")
    assert float(page.get("HEIGHT", "0")) > float(page.get("WIDTH", "0"))
    assert made.words_read("xoay-90.pdf")[:2] == ["QUYẾT", "ĐỊNH"]
