"""What a pen wrote, on scans of the sample office whose truth says where its words stand."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from sohoa.ocr.model import Box, PageText
from sohoa.ocr.reading.structure import signatures, structured
from sohoa.pipeline.sources.sampleoffice import SamplePage, make_paper
from tests.ocr.reading.structure.laid import as_read

NUMBERED = ("QĐ", "CV", "TB", "TTr", "BC", "KH")


@cache
def first_pages() -> tuple[SamplePage, ...]:
    papers = (make_paper(kind, seed, strength="clean", dpi=200) for seed, kind in enumerate(NUMBERED, start=4))
    return tuple(paper.pages[0] for paper in papers if not paper.pages[0].upside_down)


@cache
def last_page(kind: str) -> SamplePage:
    return next(page for page in reversed(make_paper(kind, 6, strength="medium", dpi=200).pages) if not page.blank)


def written(page: PageText) -> set[str]:
    return {word.text for word in page.words if word.handwritten}


def test_numbers_and_days_by_pen_are_told_from_printed_ones():
    by_pen, printed = 0, 0
    for page in first_pages():
        made = structured(as_read(page), pixels=page.upright)
        for said in page.lines:
            if said.region not in ("code_number", "place_date"):
                continue
            marked = {word.bbox for word in made.words if word.handwritten} & {word.bbox for word in said.words}
            assert bool(marked) == said.handwritten, said.text
            by_pen, printed = by_pen + said.handwritten, printed + (not said.handwritten)
    assert by_pen > 0
    assert printed > 0


def test_no_printed_word_of_a_text_is_taken_for_handwriting():
    for page in first_pages():
        made = structured(as_read(page), pixels=page.upright)
        assert not written(made) - {word.text for said in page.lines if said.handwritten for word in said.words}


@pytest.mark.parametrize(("kind", "signers"), [("QĐ", 1), ("DON", 1), ("HĐ", 2)])
def test_each_signer_s_strokes_are_found_between_position_and_name(kind: str, signers: int):
    page = last_page(kind)
    assert not page.upside_down
    made = structured(as_read(page))
    found = signatures(made, page.upright)
    assert len(found) == signers
    block = [read for read in made.lines if read.zone == "signature"]
    for box in found:
        assert any(read.bbox[1] < box[1] for read in block)
        assert any(read.bbox[3] > box[3] for read in block)
        assert not any(_inside(read.bbox, box) for read in block)


def test_a_page_that_nobody_signed_has_no_signature():
    page = last_page("QĐ")
    made = structured(as_read(page))
    paper = np.full_like(page.upright, 255)
    assert signatures(made, paper) == ()


def _inside(inner: Box, outer: Box) -> bool:
    return outer[0] <= inner[0] and inner[2] <= outer[2] and outer[1] <= inner[1] and inner[3] <= outer[3]
