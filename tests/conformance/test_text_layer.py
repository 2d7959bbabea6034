"""The words of our text layer as four PDF viewers copy them."""

from __future__ import annotations

import unicodedata

import pytest

from sohoa.pipeline.sources.sampleoffice import Strength
from tests.conformance.arriving import READ_ONLY
from tests.conformance.layered import Layered, composed
from tests.conformance.viewers import VIEWERS, bring_viewers

pytestmark = pytest.mark.timeout(1800)
# A decision (two-column head, seal), a report with tables, minutes; the hard ones are up to 2 degrees askew.
SAMPLES: dict[str, tuple[str, int, Strength, int]] = {
    "decision": ("QĐ", 31, "clean", 0),
    "decision, on its side": ("QĐ", 31, "clean", 90),
    "decision, upside down": ("QĐ", 31, "clean", 180),
    "decision, on its other side": ("QĐ", 31, "clean", 270),
    "report": ("BC", 32, "medium", 0),
    "minutes, askew": ("BB", 33, "hard", 0),
    "minutes, askew and on its side": ("BB", 33, "hard", 270),
    "letter, askew the other way": ("CV", 35, "hard", 0),
}


@pytest.fixture(scope="session")
def viewers() -> None:
    bring_viewers()


@pytest.fixture(scope="session")
def layered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Layered]:
    room = tmp_path_factory.mktemp("layered")
    return {name: composed(room / str(index), *sample) for index, (name, sample) in enumerate(SAMPLES.items())}


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_every_viewer_copies_every_word_in_order(viewers, layered, sample: str, viewer: str) -> None:
    page = layered[sample]
    (shown,) = VIEWERS[viewer](page.path)
    assert shown.words == page.words
    assert unicodedata.is_normalized("NFC", shown.text)


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_every_viewer_shows_the_sheet_upright_in_its_own_size(viewers, layered, sample: str, viewer: str) -> None:
    page = layered[sample]
    (shown,) = VIEWERS[viewer](page.path)
    assert (shown.width, shown.height) == pytest.approx((page.width, page.height), abs=0.01)


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("name", READ_ONLY)
def test_every_viewer_copies_what_was_read(viewers, made, name: str, viewer: str) -> None:
    copied = [word for page in VIEWERS[viewer](made.read[name]) for word in page.words]
    assert copied == made.words_read(name)
