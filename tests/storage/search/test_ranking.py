"""What is found, and in which order."""

from __future__ import annotations

import json
import random
from dataclasses import asdict
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sohoa.storage.catalogue.models import PageText, Record, Unit
from sohoa.storage.search import finding
from sohoa.storage.search.index import Narrowed, drain, find, forget_everything, reindex, search
from tests.storage.search.papers import dossier, record

pytestmark = pytest.mark.django_db


def ids(query: str, **more) -> list[int]:
    return [int(hit.document_id) for hit in find(query, **more).hits]


def test_exact_comes_before_folded_and_folded_before_what_a_reader_of_print_confuses() -> None:
    record(1, "quyet d1nh phe duyet")
    record(2, "quyêt đinh phê duyệt")
    record(3, "quyết định phê duyệt")
    assert [(int(hit.document_id), hit.match) for hit in search("quyết định")] == [(3, "exact"), (2, "folded"), (1, "similar")]


@pytest.mark.parametrize(
    ("read", "asked"),
    [("UỶ 8AN", "uỷ ban"), ("ph0ng", "phòng"), ("ký 5ố", "ký số"), ("narn", "nam"), ("vvc", "wc"), ("cluy", "duy"), ("20l5", "2015"),
     ("thành phô", "thanh phố"), ("tinh", "tlnh"), ("quận 9", "quan g"), ("ðịnh", "định"), ("tø", "to")],
)  # fmt: skip
def test_a_word_is_found_however_it_was_misread(read: str, asked: str) -> None:
    record(1, f"trước {read} sau")
    assert ids(asked) == [1]


def test_every_word_must_be_on_the_page() -> None:
    record(1, "giấy phép", "xây dựng")
    assert ids("giấy xây") == []
    assert ids("giấy phép") == [1]


def test_a_word_is_whole_unless_it_ends_in_a_star() -> None:
    record(1, "giấy phép")
    assert ids("giấy ph") == []
    assert ids("giấy ph*") == ids("giay phe*") == [1]
    assert ids("giấy p*") == []


def test_a_prefix_with_too_many_endings_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    record(1, "phòng pháp phép phụ")
    record(2, "phố")
    named = find("ph*")
    monkeypatch.setattr(finding, "MOST_ENDINGS", 1)
    assert find("ph*") == named
    assert len(named.hits) == 2


def test_a_phrase_is_found_only_side_by_side_and_with_its_own_tones_first() -> None:
    record(1, "ban hành quyết định của ủy")
    record(2, "của uy ban nhân dân")
    record(3, "của ủy ban nhân dân")
    record(4, "ủy nhân và ủy ban của nhân dân")  # both pairs, never the three in a row
    assert ids('"ủy ban nhân"') == [3, 2]
    assert find('"ủy ban nhân"').hits[1].match == "folded"
    assert sorted(ids('"ban nhân dâ*"')) == [2, 3]


def test_a_number_of_a_paper_is_a_phrase() -> None:
    record(1, "Số: 05/QĐ-UBND")
    record(2, "Số 05 của UBND, QĐ khác")
    assert ids("05/QĐ-UBND") == ids("05/qd-ubnd") == [1]


def test_a_dossier_is_found_by_its_code() -> None:
    record(1, "văn bản", about="Quyết định\n000.00.05.H99-260105-0001")
    record(2, "văn bản", about="Quyết định\n000.00.05.H99-260105-0002")
    assert ids("000.00.05.H99-260105-0001") == [1]


def test_words_side_by_side_come_before_words_that_share_a_page() -> None:
    record(1, "dựng nhà, xây tường", issued=date(2026, 1, 1))
    record(2, "xây dựng", issued=date(2020, 1, 1))
    assert ids("xây dựng") == [2, 1]


def test_what_a_record_says_about_itself_comes_before_its_text_then_the_newest_and_the_undated_last() -> None:
    record(1, "đất đai")
    record(2, "đất đai", issued=date(2020, 1, 1))
    record(3, "đất đai", issued=date(2026, 1, 1))
    record(4, "khác", about="đất đai", issued=date(2019, 1, 1))
    assert ids("đất đai") == [4, 3, 2, 1]
    assert [hit.page for hit in search("đất đai")] == [0, 1, 1, 1]


def test_the_first_of_equal_pages_is_shown_and_a_better_one_before_it() -> None:
    record(1, "khác", "đất và đai", "đất đai", "đất đai")
    (hit,) = search("đất đai")
    assert hit.page == 3


def test_a_record_with_more_pages_than_a_batch_leaves_room_for_others() -> None:
    record(1, *["đất đai"] * 400, issued=date(2026, 1, 1))
    record(2, "đất đai", issued=date(2020, 1, 1))
    assert ids("đất đai") == [1, 2]
    assert find("đất đai").total == 2


def test_the_total_counts_records_and_says_when_there_are_more(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 7):
        record(number, "đất đai", "đất đai")
    assert (find("đất", limit=2).total, find("đất", limit=2).total_is_exact) == (6, True)
    monkeypatch.setattr(finding, "COUNTED", 4)
    assert (find("đất", limit=2).total, find("đất", limit=2).total_is_exact) == (4, False)
    assert (find("vàng").total, find("vàng").total_is_exact) == (0, True)


def test_the_limit_holds_and_asks_no_more_than_it_shows() -> None:
    for number in range(1, 30):
        record(number, "đất đai", issued=date(2026, 1, number))
    assert ids("đất đai", limit=3) == [29, 28, 27]


def test_filters_and_units_that_may_be_seen_narrow_together() -> None:
    dossier("HS1", unit="H1", procedure="1.1", holding=record(1, "đất đai", kind="GPXD", verdict="ok", issued=date(2026, 3, 1)))
    dossier("HS2", unit="H2", procedure="1.2", holding=record(2, "đất đai", kind="QĐ", verdict="failed", issued=date(2025, 3, 1)))
    record(3, "đất đai", unit="H1")
    units = Unit.objects
    for narrowed, wanted in (
        (Narrowed(type="gpxd"), [1]),
        (Narrowed(dossier="HS2"), [2]),
        (Narrowed(procedure="1.1"), [1]),
        (Narrowed(signature="failed"), [2]),
        (Narrowed(signature="none"), [3]),
        (Narrowed(unit="H1"), [1, 3]),
        (Narrowed(date_from=date(2025, 3, 1), date_to=date(2025, 12, 31)), [2]),
        (Narrowed(date_to=date(2026, 3, 1)), [1, 2]),
        (Narrowed(date_from=date(2026, 3, 2)), []),
        (Narrowed(type="QĐ", unit="H1", signature="ok"), []),
        (Narrowed(unit="' OR 1=1"), []),
        (Narrowed(unit="\ud800"), []),
    ):
        assert ids("đất đai", narrowed=narrowed) == wanted, narrowed
        assert find("đất đai", narrowed).total == len(wanted)
    assert ids("đất đai", allowed=units.filter(pk="H1")) == [1, 3]
    assert ids("đất đai", narrowed=Narrowed(type="QĐ"), allowed=units.filter(pk__in=["H1", "H2"])) == [2, 3]
    assert ids("đất đai", allowed=units.none()) == []
    assert ids("đất đai", allowed=None) == [1, 2, 3]


def test_the_number_of_statements_does_not_grow_with_what_is_found() -> None:
    def asked() -> int:
        drain()
        with CaptureQueriesContext(connection) as told:
            find("đất đai")
        return len(told)

    record(1, "đất đai")
    few = asked()
    for number in range(2, 60):
        dossier(f"HS{number}", unit="H1", holding=record(number, "đất đai", "đất và đai"))
    assert asked() <= few


@pytest.mark.parametrize(
    "asked", ["ủy " * 5000, '"' + "ban " * 100, " ".join(map(str, range(100))), '"""' * 99, "*" * 999, "\x00ban", "a" * 10_000]
)
def test_a_question_of_any_length_is_answered(asked: str) -> None:
    record(1, "ủy ban " + " ".join(map(str, range(100))))
    assert all(hit.document_id == Record.objects.get().pk for hit in find(asked).hits)


def test_a_question_that_is_cut_says_so() -> None:
    record(1, "ủy ban")
    assert find("ủy " * 5000).cut
    assert not find("ủy ban").cut


@pytest.mark.parametrize(
    "text", ["từ " * 100_000, " ".join(f"w{number}" for number in range(60_000)), "x" * 2_000_000, "̀́" * 500, "\x00"]
)
def test_a_page_of_any_size_is_indexed_as_far_as_a_page_goes(text: str) -> None:
    record(1, f"đầu trang {text}".replace("\x00", ""))
    assert ids("đầu trang") == [1]


def shown(queries: list[str]) -> str:
    return json.dumps([asdict(find(query)) for query in queries], ensure_ascii=False)


def test_answers_do_not_depend_on_how_the_index_came_to_be() -> None:
    """Built in another order, with pages changed and records gone in between: byte for byte the same."""
    chance = random.Random(3)
    words = [
        "ủy",
        "ban",
        "nhân",
        "dân",
        "đất",
        "đai",
        "xây",
        "dựng",
        "giấy",
        "phép",
        "quyết",
        "định",
        "phe",
        "duyet",
        "so",
        "05",
        "QĐ",
        "UBND",
    ]
    pages = {number: [" ".join(chance.choices(words, k=12)) for _ in range(chance.randint(1, 3))] for number in range(1, 40)}
    issued = {number: chance.choice([None, date(2026, 1, number % 28 + 1)]) for number in pages}
    queries = [" ".join(chance.sample(words, count)) for count in (1, 2, 3) for _ in range(8)] + ['"ủy ban"', "uy b*", '"nhan dan"']
    for number in pages:
        record(number, *pages[number], issued=issued[number])
    first = shown(queries)

    for number in chance.sample(sorted(pages), 12):
        PageText.objects.filter(record_id=f"{number:020}", number=1).update(text="khác hẳn")
        drain()
        PageText.objects.filter(record_id=f"{number:020}", number=1).update(text=pages[number][0])
        Record.objects.filter(pk=f"{number:020}").update(issued_date=None)
        drain()
        Record.objects.filter(pk=f"{number:020}").update(issued_date=issued[number])
    assert shown(queries) == first

    PageText.objects.all().delete()
    Record.objects.all().delete()
    forget_everything()
    for number in sorted(pages, reverse=True):
        record(number, *pages[number], issued=issued[number])
        drain()
    assert shown(queries) == first
    reindex()
    assert shown(queries) == first
