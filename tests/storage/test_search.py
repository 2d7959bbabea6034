from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sohoa.kernel.clock import now
from sohoa.kernel.text import tokens
from sohoa.storage.catalogue.models import Filing, PageText, Record
from sohoa.storage.search.asking import EXACT, FOLDED, asked_for
from sohoa.storage.search.index import Narrowed, search
from sohoa.storage.search.snippets import snippet

pytestmark = pytest.mark.django_db


def record(number: int, text: str, *, kind: str = "QĐ", issued: date | None = None, unit: str = "") -> Record:
    made = Record.objects.create(
        id=f"{number:020}", source_sha256=f"{number:064}", type_code=kind, type_name="Quyết định", pages=1, confidence=0.9,
        issued_date=issued, unit=unit, signed_on_arrival=False, archived_at=now(),
    )  # fmt: skip
    PageText.objects.create(record=made, number=1, text=text)
    return made


def test_exact_tones_come_before_other_tones() -> None:
    other = record(1, "Chợ bán hàng tươi sống")
    exact = record(2, "Cho bán hàng tươi sống")
    assert [(hit.document_id, hit.match) for hit in search("cho")] == [(exact.pk, "exact"), (other.pk, "folded")]


def test_typing_without_tones_finds_letters_with_a_stroke_and_two_marks() -> None:
    made = record(1, "ĐƯỜNG NGUYỄN HUỆ được đặt tên")
    (hit,) = search("duong nguyen hue dat")
    assert (hit.document_id, hit.match) == (made.pk, "folded")
    assert "<mark>ĐƯỜNG</mark> <mark>NGUYỄN</mark>" in hit.snippet


def test_a_document_number_is_found_however_it_is_written() -> None:
    made = record(1, "Số: 05/QĐ-UBND ngày 05 tháng 01")
    for asked in ("05/QĐ-UBND", "05 qđ ubnd", "05/qd-ubnd"):
        assert [hit.document_id for hit in search(asked)] == [made.pk], asked


@given(st.text(max_size=60))
def test_nothing_a_person_types_reaches_the_query_language(asked: str) -> None:
    assert isinstance(search(asked), list)


@pytest.mark.parametrize("asked", ['a" b', "AND", "NEAR(x y)", "exact: x", "x*", "-x", "^x", "(", "''", "%%"])
def test_query_words_are_only_words(asked: str) -> None:
    record(1, "giấy phép")
    assert all(set(tokens(asked)) <= set(tokens("giấy phép")) for hit in search(asked))


def test_a_record_is_listed_once_by_its_best_page() -> None:
    made = record(1, "giấy phép")
    PageText.objects.create(record=made, number=2, text="giấy phép giấy phép giấy phép")
    assert [hit.document_id for hit in search("giấy phép")] == [made.pk]


def test_filters_narrow_by_type_date_and_unit() -> None:
    wanted = record(1, "giấy phép", kind="GPXD", issued=date(2026, 3, 1), unit="H99.1")
    record(2, "giấy phép", kind="QĐ", issued=date(2025, 3, 1), unit="H99.2")
    for narrowed in (
        Narrowed(type="gpxd"),
        Narrowed(date_from=date(2026, 1, 1)),
        Narrowed(date_from=date(2026, 3, 1), date_to=date(2026, 3, 1)),
        Narrowed(unit="H99.1"),
    ):
        assert [hit.document_id for hit in search("giấy phép", narrowed)] == [wanted.pk], narrowed


def test_a_hit_names_its_dossier() -> None:
    Filing.objects.create(record=record(1, "giấy phép"), dossier_code="000.00.05.H99-260105-0001")
    assert search("giấy phép")[0].dossier == "000.00.05.H99-260105-0001"


def test_markup_on_the_paper_stays_text_in_the_snippet() -> None:
    assert (
        snippet("<script>giấy</script> & phép", asked_for("phép"), EXACT)
        == "&lt;script&gt;giấy&lt;/script&gt; &amp; <mark>phép</mark>"
    )


@given(st.text(max_size=300), st.lists(st.text(min_size=1, max_size=8), max_size=3), st.booleans())
def test_a_snippet_never_shows_what_is_not_on_the_page(text: str, words: list[str], folded: bool) -> None:
    import html

    shown = snippet(text, asked_for(" ".join(words)), FOLDED if folded else EXACT).removeprefix("…").removesuffix("…")
    assert (
        html.unescape(shown.replace("<mark>", "").replace("</mark>", "")).strip() in " ".join(text.replace("\x00", "").split())
        or text
    )
