"""What changes in the catalogue is in the index, without anybody telling it, and stays so whatever stops half way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connection, transaction
from django.db.models import F

from sohoa.storage.catalogue.models import Dossier, Filing, PageText, Record
from sohoa.storage.search import finding, outbox, rebuild
from sohoa.storage.search.generations import generation
from sohoa.storage.search.index import Narrowed, drain, find, reindex, search, waiting
from sohoa.storage.search.model import Generation
from tests.storage.search.papers import dossier, record

pytestmark = pytest.mark.django_db


class Stopped(Exception):
    pass


def ids(query: str, narrowed: Narrowed = finding.ANY) -> list[int]:
    return [int(hit.document_id) for hit in search(query, narrowed)]


def entries(generation: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM page_entry_{generation}")
        return cursor.fetchone()[0]


def test_a_page_that_was_rolled_back_is_not_found() -> None:
    with pytest.raises(Stopped), transaction.atomic():
        record(1, "giấy phép")
        raise Stopped
    record(2, "giấy phép")
    assert ids("giấy phép") == [2]


def test_old_words_are_forgotten_and_new_ones_found() -> None:
    record(1, "giấy phép xây dựng")
    assert ids("phép") == [1]
    page = PageText.objects.get()
    page.text = "chứng chỉ xây dựng"
    page.save()
    PageText.objects.update(text="chứng nhận xây dựng")
    assert (ids("phép"), ids("chỉ"), ids("nhận"), ids("xây dựng")) == ([], [], [1], [1])


def test_a_page_that_is_gone_leaves_nothing_behind() -> None:
    record(1, "giấy phép")
    drain()
    PageText.objects.all().delete()
    assert drain().indexed == 1
    assert (ids("giấy"), entries("a"), waiting()) == ([], 0, 0)
    with connection.cursor() as cursor:
        word = "MATCH '\"xgiấy\"'" if connection.vendor == "sqlite" else "@@ $$'xgiấy'$$::tsquery"
        cursor.execute(
            f"SELECT count(*) FROM page_index_a WHERE {'page_index_a' if connection.vendor == 'sqlite' else 'words'} {word}"
        )
        assert cursor.fetchone()[0] == 0


def test_what_a_record_is_found_by_follows_the_catalogue() -> None:
    paper = record(1, "giấy phép", issued=date(2020, 1, 1))
    newer = record(2, "giấy phép", issued=date(2025, 1, 1))
    dossier("HS1", unit="H1", holding=paper)
    assert ids("giấy phép", Narrowed(unit="H1")) == [1]
    Dossier.objects.update(unit=dossier("HS2", unit="H2").unit, procedure_code="9.9")
    assert (ids("giấy phép", Narrowed(unit="H1")), ids("giấy phép", Narrowed(unit="H2", procedure="9.9"))) == ([], [1])
    Filing.objects.all().delete()
    assert ids("giấy phép", Narrowed(unit="H2")) == []
    Record.objects.filter(pk=paper.pk).update(issued_date=date(2026, 1, 1), type_code="GP", signature_verdict="ok")
    assert ids("giấy phép") == [1, 2]
    assert ids("giấy phép", Narrowed(type="GP", signature="ok", date_from=date(2026, 1, 1))) == [1]
    Record.objects.filter(pk=newer.pk).update(issued_date=None)
    assert ids("giấy phép", Narrowed(date_from=date(2000, 1, 1))) == [1]


def test_a_dossier_that_the_register_names_later_lends_its_papers_its_unit() -> None:
    Filing.objects.create(record=record(1, "giấy phép"), dossier_code="HS1")
    assert ids("giấy phép", Narrowed(unit="H1")) == []
    dossier("HS1", unit="H1")
    assert ids("giấy phép", Narrowed(unit="H1")) == [1]


def test_draining_again_changes_nothing() -> None:
    record(1, "giấy phép", "xây dựng")
    assert (drain().indexed, drain().indexed) == (2, 0)
    PageText.objects.update(number=F("number") + 5)
    assert (ids("giấy phép"), search("giấy phép")[0].page) == ([1], 6)


def test_a_search_does_a_little_of_what_waits_and_says_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "DRAINED_FIRST", 3)
    for number in range(1, 6):
        record(number, "giấy phép")
    first = find("giấy phép")
    assert (len(first.hits), first.waiting) == (3, 2)
    second = find("giấy phép")
    assert (len(second.hits), second.waiting) == (5, 0)


def test_a_batch_that_fails_half_way_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    record(1, "giấy phép")

    def fails(*_: object) -> int:
        raise Stopped

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "enter", fails)
        with pytest.raises(Stopped):
            drain()
    assert waiting() > 0
    assert ids("giấy phép") == [1]


def test_an_index_is_made_anew_while_it_is_searched_and_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuild, "BATCH", 2)
    for number in range(1, 6):
        record(number, "giấy phép", "xây dựng")
    drain()
    seen: list[tuple[int, int]] = []

    def meanwhile(done: int, of: int) -> None:
        seen.append((done, of))
        if len(seen) == 2:
            assert len(ids("giấy phép")) == 5
            PageText.objects.filter(record_id=f"{1:020}", number=1).update(text="giấy khác")  # behind us
            PageText.objects.filter(record_id=f"{5:020}", number=1).update(text="giấy lạ")  # before us
            PageText.objects.filter(record_id=f"{2:020}").delete()
            record(9, "giấy phép")
            assert len(ids("giấy phép")) == 3

    made = reindex(meanwhile)
    assert seen[0] == (2, 10)
    assert (made.resumed, entries("b")) == (False, 9)
    assert sorted(ids("giấy phép")) == [3, 4, 9]
    assert (ids("khác"), ids("lạ")) == ([1], [5])
    PageText.objects.update(text="hết")
    assert (ids("giấy"), len(ids("hết"))) == ([], 5)


def test_a_rebuild_that_was_stopped_goes_on_where_it_stood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuild, "BATCH", 2)
    for number in range(1, 6):
        record(number, "giấy phép")
    drain()

    def stop(done: int, of: int) -> None:
        if done == 4:
            raise Stopped

    with pytest.raises(Stopped):
        reindex(stop)
    assert len(ids("giấy phép")) == 5
    PageText.objects.filter(record_id=f"{1:020}").update(text="giấy khác")
    made = reindex()
    assert (made.resumed, made.pages) == (True, 1)
    assert (sorted(ids("giấy phép")), ids("khác")) == ([2, 3, 4, 5], [1])


def test_a_search_during_which_the_index_is_switched_asks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    record(1, "giấy phép")
    drain()
    asked: list[str] = []

    def switched_meanwhile(name: str) -> Generation:
        asked.append(name)
        if len(asked) == 1:
            reindex()
        return generation(name)

    monkeypatch.setattr(finding, "generation", switched_meanwhile)
    assert (ids("giấy phép"), asked, entries("a")) == ([1], ["a", "b"], 0)


def test_a_rebuild_begun_with_other_lexemes_is_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuild, "BATCH", 1)
    record(1, "giấy phép", "xây dựng")

    def stop(done: int, of: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        reindex(stop)
    monkeypatch.setattr(rebuild, "FORM", 99)
    assert (reindex().pages, ids("giấy phép")) == (2, [1])


@pytest.mark.django_db(transaction=True)
def test_several_processes_drain_at_once_and_each_page_is_indexed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "BATCH", 3)
    rebuild.forget_everything()
    drain()
    for number in range(1, 25):
        record(number, "giấy phép", "xây dựng")

    def one(_: int) -> int:
        try:
            return drain().indexed
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as crew:
        done = sum(crew.map(one, range(4)))
    done += drain().indexed
    assert (done, entries("a") + entries("b"), len(search("xây dựng", limit=50))) == (48, 48, 24)
