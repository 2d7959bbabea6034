"""Memory is set by the page, not by the number of pages."""

from __future__ import annotations

import pytest

from benchmarks.memory import GOAL, digitize_growth, ocr_growth


def test_a_300_page_scan_needs_no_more_memory_than_a_10_page_scan() -> None:
    growth = ocr_growth(few=10, many=300)
    assert growth.many_bytes > 20 * growth.few_bytes  # the long scan really is that much more to hold
    assert growth.many.largest <= GOAL * growth.few.largest
    assert growth.ratio <= GOAL


@pytest.mark.timeout(400)
def test_archiving_a_300_page_scan_needs_no_more_memory_than_a_10_page_scan_the_store_included() -> None:
    growth = digitize_growth(few=10, many=300)
    assert growth.many_bytes > 20 * growth.few_bytes
    assert growth.ratio <= GOAL
