"""What only PostgreSQL can get wrong. Not found by its name: test_on_postgresql.py runs it, in a process whose database is one."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, close_old_connections, connection, connections, transaction

from sohoa.config.settings import settings
from sohoa.pipeline.checkup import checkup
from sohoa.pipeline.claiming import CodeTooLong, Order, claim
from sohoa.pipeline.dispatch.absence import Absence
from sohoa.pipeline.dispatch.bench import Bench
from sohoa.pipeline.dispatch.carrying import carry
from sohoa.pipeline.dispatch.slots import Slots
from sohoa.pipeline.dispatch.worker import give_back, lease_next
from sohoa.pipeline.models import Item, Sighting, State
from sohoa.pipeline.signing.office import open_office
from sohoa.pipeline.sources.folder import Found
from sohoa.storage.audit import chain
from sohoa.storage.audit.models import AuditEvent
from sohoa.storage.catalogue import database
from sohoa.storage.catalogue.filing import file_record
from sohoa.storage.catalogue.records import Filing, Record
from sohoa.storage.catalogue.register import Component, Dossier, Unit
from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.objects.seaweed import Connection

NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)
LENGTH = timedelta(minutes=20)


def test_this_is_postgresql_with_our_patience_and_our_name(db) -> None:
    assert connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout'), current_setting('application_name')")
        assert cursor.fetchone() == ("1min", "sohoa")


@pytest.mark.django_db(transaction=True)
def test_workers_that_ask_at_once_never_hold_the_same_paper() -> None:
    for number in range(12):
        Item.objects.create(content=f"{number:064}", source="x", waiting_since=NOON, claimed_at=NOON)
    taken: dict[str, list[int]] = {f"worker-{number}": [] for number in range(4)}

    def ask(holder: str) -> None:
        # Ten are looked at and each may be lost to another, so nothing in hand does not yet mean that nothing is left.
        while Item.objects.filter(lease_until=None).exists():
            item = Item.lease(holder, now=NOON, length=LENGTH)
            if item:
                taken[holder].append(item.pk)

    _together(*((ask, holder) for holder in taken))
    assert sorted(pk for held in taken.values() for pk in held) == sorted(Item.objects.values_list("pk", flat=True))
    assert {item.pk for item in Item.objects.filter(attempts=1)} == set(Item.objects.values_list("pk", flat=True))
    for holder, held in taken.items():
        assert set(Item.objects.filter(lease_holder=holder).values_list("pk", flat=True)) == set(held)


@pytest.mark.django_db(transaction=True)
def test_the_same_paper_claimed_from_many_folders_at_once_is_one_item(tmp_path: Path) -> None:
    papers = [tmp_path / f"{number}" / "giấy.pdf" for number in range(4)]
    for paper in papers:
        paper.parent.mkdir()
        paper.write_bytes(b"%PDF-1.7 the same")

    def take(paper: Path) -> None:
        # A folder of claims each: what is asked here is what the table makes of it.
        claim(Found(paper, paper.parent.name), paper.parent / "claims", Order(), now=NOON)

    _together(*((take, paper) for paper in papers))
    (item,) = Item.objects.all()
    assert sorted(Sighting.objects.values_list("source", flat=True)) == sorted(map(str, papers))
    actions = list(AuditEvent.objects.filter(subject=item.content[:20]).order_by("sequence").values_list("action", flat=True))
    assert actions == ["paper.claimed", *["paper.duplicate"] * 3]


def test_a_file_name_that_is_no_utf8_is_claimed_all_the_same(db, tmp_path: Path) -> None:
    paper = Path(str(tmp_path) + "/gi\udce5y.pdf")
    paper.write_bytes(b"%PDF-1.7 from an old file share")
    claimed = claim(Found(paper, "gi\udce5y"), tmp_path / "claims", Order(), now=NOON)
    assert claimed.item.source.endswith("gi\\xe5y.pdf") and not claimed.copy_of


@pytest.mark.parametrize("codes", [{"dossier": "x" * 61}, {"procedure": "x" * 41}, {"unit": "x" * 41}])
def test_a_code_too_long_for_the_table_is_refused_before_any_paper_is_touched(codes: dict[str, str]) -> None:
    with pytest.raises(CodeTooLong) as refused:
        Order(**codes)
    assert refused.value.exit_code == 2 and "x" * 41 not in str(refused.value)


def test_a_failed_statement_leaves_the_transaction_around_it_whole(db) -> None:
    with transaction.atomic():
        kept = Item.objects.create(content="a" * 64, source="x", waiting_since=NOON, claimed_at=NOON)
        with pytest.raises(IntegrityError), transaction.atomic():
            Item.objects.create(content="a" * 64, source="y", waiting_since=NOON, claimed_at=NOON)
        chain.append("paper.claimed", kept.content[:20], now=NOON)
    assert Item.objects.get().source == "x"


@pytest.mark.django_db(transaction=True)
def test_two_papers_filed_at_once_never_take_the_same_place() -> None:
    unit = Unit.objects.create(code="H99.1", name="Đơn vị mẫu", level="commune")
    dossier = Dossier.objects.create(code="H99.1-1", unit=unit, channel="direct", received_at=NOON, yields_result=True)
    for ordinal in (1, 2):
        Component.objects.create(dossier=dossier, ordinal=ordinal, document_type="DON", name="Đơn", decision="required_by_rule")
    first, second = (_record(name) for name in ("a", "b"))
    first_is_filed, second_ended = threading.Event(), threading.Event()

    def file_first() -> None:
        with transaction.atomic():
            file_record(first, dossier.code)
            first_is_filed.set()
            # Not yet committed: the second either waits for us, or has already taken what it saw empty.
            with _elsewhere() as other:
                asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
                while not second_ended.is_set() and other.execute(asked).fetchone() == (0,):
                    other.rollback()

    def file_second() -> None:
        assert first_is_filed.wait(60)
        try:
            file_record(second, dossier.code)
        finally:
            second_ended.set()

    _together((file_first,), (file_second,))
    assert sorted(Filing.objects.values_list("component__ordinal", flat=True)) == [1, 2]


def test_the_list_finds_those_that_wait_without_looking_at_the_others(db) -> None:
    with connection.cursor() as cursor:
        # Of a table without rows any way is as good as another, so the two that ask for no order are taken away.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
    plan = Record.objects.filter(waits=True).order_by("archived_at", "pk")[:20].explain()
    assert "Index Scan using waits_for_a_person" in plan and "Sort" not in plan


# -- a database that goes away ----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_line_that_was_cut_is_borne_and_the_paper_in_hand_is_taken_up_again() -> None:
    Item.objects.create(content="b" * 64, source="x", waiting_since=NOON, claimed_at=NOON)
    absence = Absence()
    with absence.borne():
        assert lease_next("us")
    with _turned_away():
        with absence.borne():
            lease_next("us")
        assert absence.since is not None
    with absence.borne():
        give_back("us")
        item = lease_next("us")
        assert item and item.state == State.CLAIMED and item.attempts == 2
    assert absence.since is None


@pytest.mark.django_db(transaction=True)
def test_a_database_that_stays_away_is_told_with_code_and_way_out() -> None:
    absence = Absence(forgiven=0, since=0.0)
    with _turned_away(), pytest.raises(database.DatabaseUnreachable) as told, absence.borne():
        Item.objects.count()
    assert told.value.exit_code == 3
    with _turned_away(), pytest.raises(database.DatabaseUnreachable):
        database.ready(settings().home)


@pytest.mark.django_db(transaction=True)
def test_a_lock_waited_for_in_vain_is_busy_and_a_wrong_statement_is_neither() -> None:
    item = Item.objects.create(content="c" * 64, source="x", waiting_since=NOON, claimed_at=NOON)
    with _elsewhere() as other:
        other.execute("UPDATE pipeline_item SET attempts = 7 WHERE id = %s", [item.pk])
        with pytest.raises(database.DatabaseBusy), database.told(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = 50")
            Item.objects.filter(pk=item.pk).update(attempts=1)
        with pytest.raises(DatabaseError), database.told(), connection.cursor() as cursor:
            cursor.execute("SELECT no_such_column FROM pipeline_item")


@pytest.mark.django_db(transaction=True)
def test_a_paper_in_hand_when_a_lock_is_not_to_be_had_is_tried_again_and_not_put_aside(tmp_path: Path) -> None:
    empty = tmp_path / "giấy.pdf"
    empty.touch()
    bench = Bench(tmp_path, Connection("http://127.0.0.1:1", "", ""), "COMPLIANCE", 1, 1, "fast")
    claim(Found(empty, ""), bench.claims, Order(), now=NOON)
    absence = Absence()

    def one_turn() -> None:
        with absence.borne(), FolderStore(tmp_path / "store") as store, open_office(tmp_path) as office:
            if absence.since is not None:
                give_back("us:1:1")
            item = lease_next("us:1:1")
            assert item
            carry(item, bench, store, office, Slots(tmp_path / "slots", 1), go_on=lambda: True)

    with _elsewhere() as other:
        other.execute("LOCK TABLE audit_auditevent IN EXCLUSIVE MODE")
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 100")
        one_turn()
    assert Item.objects.get().state == State.CLAIMED and absence.since is not None
    one_turn()
    item = Item.objects.get()
    assert (item.state, item.reason["code"], absence.since) == (State.QUARANTINED, "ocr.empty_file", None)


# -- which databases will do ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "told",
    [
        "ENCODING 'SQL_ASCII' TEMPLATE template0",
        "ENCODING 'LATIN1' LC_CTYPE 'C' TEMPLATE template0",
        "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'vi'",
    ],
)
def test_a_database_that_sorts_or_writes_otherwise_is_refused(
    told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_db_blocker
) -> None:
    with django_db_blocker.unblock(), _on_a_new_database(monkeypatch, told), pytest.raises(database.DatabaseUnsuitable) as refused:
        database.ready(tmp_path)
    assert refused.value.exit_code == 2
    assert "template0" in refused.value.as_dict()["remedy"]


def test_many_that_start_on_a_new_database_make_its_tables_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_db_blocker
) -> None:
    with django_db_blocker.unblock(), _on_a_new_database(monkeypatch):
        # A home each, as on machines of their own: the file lock keeps none of them apart.
        _together(*((database.ready, tmp_path / str(number)) for number in range(3)))
        database.ready(tmp_path)
        assert Item.objects.count() == 0
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*), count(DISTINCT (app, name)) FROM django_migrations")
            made, different = cursor.fetchone()
            assert made == different > 5


def test_the_checkup_names_kind_and_version(db) -> None:
    found = next(check.found for check in checkup(settings()) if check.what == "Cơ sở dữ liệu")
    assert found.startswith("PostgreSQL 1") and found.endswith("liền mạch")


def _record(name: str) -> Record:
    told = {"type_code": "DON", "pages": 1, "confidence": 1.0, "signed_on_arrival": False, "archived_at": NOON}
    return Record.objects.create(id=name * 20, source_sha256=name * 64, **told)


# -- other hands ------------------------------------------------------------------------------------------------------


def _together(*deeds) -> None:
    failures: list[BaseException] = []

    def do(deed, *told) -> None:
        try:
            deed(*told)
        except BaseException as failure:
            failures.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=do, args=deed) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def _said() -> dict[str, object]:
    told = connection.settings_dict
    return {"host": told["HOST"], "port": told["PORT"], "user": told["USER"], "password": told["PASSWORD"]}


def _server() -> psycopg.Connection:
    return psycopg.connect(dbname="postgres", autocommit=True, **_said())


@contextmanager
def _elsewhere() -> Iterator[psycopg.Connection]:
    with psycopg.connect(dbname=connection.settings_dict["NAME"], **_said()) as other:
        yield other
        other.rollback()


@contextmanager
def _turned_away() -> Iterator[None]:
    """The server ends our connections and takes no new ones to our database."""
    name = connection.settings_dict["NAME"]
    with _server() as server:
        server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
            close_old_connections()


@contextmanager
def _on_a_new_database(monkeypatch: pytest.MonkeyPatch, told: str = "") -> Iterator[None]:
    """Django's own connections, at another database of the same server for a while. told: more for CREATE DATABASE."""
    name = f"new_{secrets.token_hex(6)}"
    connections.close_all()
    with _server() as server:
        server.execute(f"CREATE DATABASE {name} {told}")
    monkeypatch.setitem(connection.settings_dict, "NAME", name)
    monkeypatch.setitem(connections.settings["default"], "NAME", name)
    try:
        yield
    finally:
        connections.close_all()
        monkeypatch.undo()
        with _server() as server:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")
