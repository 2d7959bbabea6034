"""Which packages a run looks at, how fast, and how it goes on after it was stopped."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sohoa.kernel.verdicts import Outcome
from sohoa.pipeline.verification import verify_archive, verify_records
from sohoa.storage.catalogue.records import Record, StoredFile
from sohoa.storage.fixity.choice import Choice, ChoiceRefused, read_age, read_rate, read_sample
from sohoa.storage.fixity.ledger import Ledger
from sohoa.storage.fixity.throttle import Throttle
from sohoa.storage.objects.errors import StoreRefused, StoreUnreachable
from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.objects.model import ByteStream
from sohoa.storage.packages import ocfl
from sohoa.storage.packages.layout import root_of
from sohoa.storage.packages.model import Addition, package_of
from tests.storage.fixity.archives import KEPT, LATER, Small, paper

pytestmark = pytest.mark.django_db


@pytest.fixture
def small(tmp_path: Path) -> Small:
    """Six papers, each a package of its own."""
    store = FolderStore(tmp_path / "store")
    store.prepare()
    for number in range(6):
        paper(tmp_path, store, f"giấy-{number}")
    return Small(tmp_path / "home", store, tmp_path / "store")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "verify" / "checked.sqlite3") as opened:
        yield opened


class Faulty(FolderStore):
    """A store that goes away, or that forbids one object, when a key is read that `harm` knows."""

    harm: str = ""
    error: type[Exception] = StoreUnreachable

    def open(self, bucket: str, key: str, version_id: str) -> AbstractContextManager[ByteStream]:
        if self.harm and self.harm in key:
            raise self.error(why="test") if issubclass(self.error, StoreUnreachable | StoreRefused) else self.error()
        return super().open(bucket, key, version_id)


def test_a_run_that_was_stopped_goes_on_where_it_was_and_tells_of_all(small: Small, ledger: Ledger) -> None:
    assert small.folder is not None
    away = Faulty(small.folder)
    last = sorted(file.key for file in StoredFile.objects.filter(role="record"))[-1]
    away.harm = last
    with pytest.raises(StoreUnreachable):
        verify_archive(away, small.looking(threads=1), ledger=ledger)
    already = len(list(ledger.results()))
    assert 0 < already < 6
    seen: list[int] = []
    report = small.verified(ledger=ledger, resume=True, counted=seen.append)
    assert sum(seen) == 6 - already, "what was checked is not read again"
    assert report.resumed and report.all_ok and (report.checked, report.packages["checked"]) == (6, 6)
    again = small.verified(ledger=ledger, resume=True)
    assert not again.resumed and again.checked == 6, "a run that ended is not gone on with; a new one begins"


def test_an_object_that_may_not_be_read_leaves_its_record_undetermined_and_no_other(small: Small) -> None:
    assert small.folder is not None
    record = Record.objects.order_by("pk")[0]
    closed = Faulty(small.folder)
    closed.harm, closed.error = record.files.get(role="record").key, StoreRefused
    report = verify_archive(closed, small.looking())
    assert [(one.id, one.reason, one.outcome) for one in report.failures] == [(record.pk, "record: refused", Outcome.UNDETERMINED)]
    assert (report.ok, report.failed, report.undetermined) == (5, 0, 1)


def test_the_same_seed_draws_the_same_sample_and_a_longer_one_holds_the_shorter(small: Small) -> None:
    drawn: list[set[str]] = []
    for count in (2, 2, 4):
        with Ledger() as ledger:
            report = small.verified(choice=Choice(count=count, seed="7"), ledger=ledger)
            assert report.packages["checked"] == count == report.checked
            drawn.append({root for root, _ in ledger.chosen()})
    assert drawn[0] == drawn[1] < drawn[2]
    assert small.verified(choice=Choice(share=1.0, seed="7")).checked == 6


def test_what_is_longest_unchecked_comes_first_and_what_was_checked_lately_is_left(small: Small, ledger: Ledger) -> None:
    small.verified(choice=Choice(count=2, seed="a"), ledger=ledger)
    first = [root for root, _ in ledger.chosen()]
    recent = Choice(before=LATER - timedelta(days=90))
    report = small.verified(choice=recent, ledger=ledger)
    assert report.checked == 4 and not {root for root, _ in ledger.chosen()} & set(first)
    assert small.verified(choice=recent, ledger=ledger).checked == 0
    due = Choice(before=LATER + timedelta(days=1), count=6)
    small.verified(choice=due, ledger=ledger)
    assert all(ledger.last_checked(root) == LATER for root in first)


def test_a_package_that_is_gone_is_among_those_to_choose_from(small: Small) -> None:
    assert small.folder is not None
    record = Record.objects.order_by("pk")[0]
    shutil.rmtree(small.folder / "records" / root_of(record.package))
    report = small.verified(choice=Choice(share=1.0, seed="x"))
    assert {one.id for one in report.failures} == {record.pk, record.package}


def test_records_are_checked_alone_with_the_frame_of_their_package(small: Small, tmp_path: Path) -> None:
    pair = [paper(tmp_path, small.store, name, dossier="H1") for name in ("một", "hai")]
    small.file(pair[1].files.get(role="record").key).unlink()
    good = verify_records([pair[0]], small.store, trust=[], now=LATER)
    assert good.all_ok and good.checked == 1
    bad = verify_records([pair[1]], small.store, trust=[], now=LATER)
    assert [(one.id, one.reason) for one in bad.failures] == [(pair[1].pk, "record: missing")]


def test_a_version_that_the_catalogue_has_not_followed_yet_is_in_doubt_while_it_is_young(small: Small) -> None:
    pk = "ab" * 10
    young = LATER - timedelta(minutes=1)
    additions = [Addition(f"{pk}/metadata.json", b"{}", "application/json")]
    ocfl.add(small.store, package_of(pk, ""), additions, message="m", by="b", now=young, retention=KEPT)
    told = {(one.id, one.reason): one.outcome for one in small.verified().failures}
    assert told[pk, "record: not_in_catalogue"] is Outcome.UNDETERMINED
    later = verify_archive(small.store, replace(small.looking(), now=LATER + timedelta(hours=1))).failures
    assert {(one.id, one.outcome) for one in later} == {(pk, Outcome.FAILED), (package_of(pk, ""), Outcome.FAILED)}


def test_what_a_killed_writer_left_is_in_doubt_and_named_and_harms_no_record(small: Small) -> None:
    record = Record.objects.order_by("pk")[0]
    package = ocfl.opened(small.store, record.package)
    assert package is not None
    small.store.put_new("records", f"{package.root}/v2/content/{record.pk}/evidence/000001-0.ers", b"?", content_type="a/b")
    report = small.verified()
    assert [(one.id, one.outcome) for one in report.failures] == [(record.package, Outcome.UNDETERMINED)]
    assert report.failures[0].reason.endswith(": unfinished") and report.ok == 6


def test_no_more_bytes_are_read_in_a_second_than_were_allowed() -> None:
    clock, waited = [0.0], list[float]()

    def wait(seconds: float) -> None:
        waited.append(seconds)
        clock[0] += seconds

    throttle = Throttle(100, clock=lambda: clock[0], wait=wait)
    for _ in range(5):
        throttle.spend(100)
    assert clock[0] == pytest.approx(4) and len(waited) == 4
    clock[0] += 60
    throttle.spend(100)
    throttle.spend(100)
    assert sum(waited) == pytest.approx(5), "a minute without reading buys no burst"


@pytest.mark.parametrize(("said", "meant"), [("1%", (0.01, None)), ("0,5%", (0.005, None)), ("200", (None, 200))])
def test_a_sample_is_a_share_or_a_number(said: str, meant: tuple[float | None, int | None]) -> None:
    assert read_sample(said) == meant


@pytest.mark.parametrize("said", ["", "0", "0%", "101%", "-3", "nhiều", "1e3"])
def test_a_sample_that_is_neither_is_refused(said: str) -> None:
    with pytest.raises(ChoiceRefused):
        read_sample(said)


def test_a_rate_and_an_age_are_read_with_their_units_and_refused_without_sense() -> None:
    assert (read_rate("20MB"), read_rate("512 KiB/s")) == (20_000_000, 524_288)
    assert (read_age("90d"), read_age("1y")) == (timedelta(90), timedelta(365))
    for read, said in ((read_rate, "fast"), (read_rate, "0MB"), (read_age, "90"), (read_age, "mãi")):
        with pytest.raises(ChoiceRefused):
            read(said)
