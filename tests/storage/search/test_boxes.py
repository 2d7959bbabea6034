"""Where on a page's picture the words stand that were asked for."""

from __future__ import annotations

import pytest

from sohoa.ocr.composing.alto import to_alto
from sohoa.ocr.model import Line, PageText, Word
from sohoa.storage.alto import TextUnreadable
from sohoa.storage.catalogue.models import Record, StoredFile
from sohoa.storage.objects.model import RECORDS
from sohoa.storage.objects.s3 import S3Store
from sohoa.storage.search.index import Boxes, boxes
from tests.storage.search.papers import record

pytestmark = pytest.mark.django_db


def page(number: int, *lines: str) -> PageText:
    """Words of 90 pixels every 100 pixels, lines every 50."""

    def line(y: int, text: str) -> Line:
        words = tuple(Word(word, (100 * at, y, 100 * at + 90, y + 40), 0.9) for at, word in enumerate(text.split()))
        return Line(words, (0, y, 100 * len(words), y + 40))

    return PageText(number, 2480, 3508, 300, 0, 0.0, False, tuple(line(50 * at, text) for at, text in enumerate(lines)))


def with_text(store: S3Store, number: int, told: str) -> Record:
    made = record(number, "")
    stored = store.put_new(RECORDS, f"search-boxes/{number}-{abs(hash(told))}.xml", told.encode(), content_type="application/xml")
    StoredFile.objects.create(
        record=made,
        role="text",
        bucket=stored.bucket,
        key=stored.key,
        version_id=stored.version_id,
        sha256=stored.sha256,
        size=stored.size,
    )
    return made


def test_boxes_are_those_of_the_words_as_the_hit_heard_them(store: S3Store) -> None:
    made = with_text(store, 1, to_alto([page(1, "khác"), page(2, "QUYẾT ĐỊNH", "Số: 05/QĐ-UBND quyêt")]))
    exact = Boxes(2, 2480, 3508, ((0, 0, 90, 40),))
    assert boxes(made, 2, "quyết", "exact", store) == exact
    assert boxes(made, 2, "quyet", "folded", store) == Boxes(2, 2480, 3508, ((0, 0, 90, 40), (200, 50, 290, 90)))
    assert boxes(made, 2, '"qđ ubnd"', "exact", store) == Boxes(2, 2480, 3508, ((100, 50, 190, 90),))
    assert boxes(made, 2, "đị*", "exact", store) == Boxes(2, 2480, 3508, ((100, 0, 190, 40),))
    assert boxes(made, 1, "quyết", "exact", store) == Boxes(1, 2480, 3508, ())


def test_what_is_not_on_paper_has_no_boxes(store: S3Store) -> None:
    made = with_text(store, 2, to_alto([page(1, "một")]))
    assert boxes(made, 0, "một", "exact", store) is None
    assert boxes(made, 7, "một", "exact", store) is None
    assert boxes(record(3, "một"), 1, "một", "exact", store) is None


@pytest.mark.parametrize(
    ("number", "told"),
    [(4, "<alto"), (5, "{}"), (6, to_alto([page(1, "một")]).replace('HPOS="0"', 'HPOS="-"')), (7, to_alto([page(1, "một")]).replace('HPOS="0"', 'HPOS="inf"'))],
)  # fmt: skip
def test_a_text_that_cannot_be_read_is_said_so(store: S3Store, number: int, told: str) -> None:
    made = with_text(store, number, told)
    with pytest.raises(TextUnreadable):
        boxes(made, 1, "một", "exact", store)
