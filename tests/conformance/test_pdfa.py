"""veraPDF, the reference checker of the PDF association, on every PDF that the product makes."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest

from tests.conformance.arriving import PAPERS, READ_ONLY
from tests.conformance.conftest import ODD
from tests.conformance.layered import composed

pytestmark = pytest.mark.timeout(1800)  # the first test brings the judges and makes the records for all

RECORDS = (*PAPERS, *ODD)


@pytest.mark.parametrize("name", RECORDS)
def test_every_record_is_pdfa_2b_before_it_is_signed(made, judged, name: str) -> None:
    assert judged[made.unsigned[name]].broken_rules == []


@pytest.mark.parametrize("name", RECORDS)
def test_every_record_is_still_pdfa_2b_after_it_is_signed(made, judged, name: str) -> None:
    assert judged[made.signed[name]].broken_rules == []


@pytest.mark.parametrize("name", READ_ONLY)
def test_a_searchable_pdf_that_was_only_read_is_pdfa_2b(made, judged, name: str) -> None:
    assert judged[made.read[name]].broken_rules == []


@pytest.mark.parametrize("turned", [0, 270])
def test_a_page_in_layers_is_pdfa_2b(judges, another_root, tmp_path: Path, turned: int) -> None:
    page = composed(tmp_path / "page", "GPXD", 5, "clean", turned, profile="mixed-raster")
    with pikepdf.open(page.path) as pdf:
        assert len(pdf.pages[0].Resources.XObject) >= 3  # the paper, a seal, the print
    assert judges([page.path], trust=another_root)[page.path].broken_rules == []


def test_the_judge_notices_a_claim_that_is_not_true(made, judged) -> None:
    """Or its praise would be worth nothing: the part was changed from 2 to another."""
    assert "6.6.4-2" in {broken["rule"] for broken in judged[made.tampered["metadata"]].broken_rules}
