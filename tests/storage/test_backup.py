"""A backup holds all of the archive, says what it lacks, gives it back, and repairs it; a damaged one is never believed."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from sohoa.kernel.verdicts import Outcome
from sohoa.pipeline.drill import at_least, drill
from sohoa.pipeline.repairing import repair_from
from sohoa.storage.audit.keys import known_keys, open_key
from sohoa.storage.audit.models import AuditEvent
from sohoa.storage.backup.dump import load_lines
from sohoa.storage.backup.keeping_keys import PassphraseWrong, sealed, unseal
from sohoa.storage.backup.making import Made, make
from sohoa.storage.backup.model import BackupDamaged, NotABackup, NotEmpty
from sohoa.storage.backup.reading import Backup, newest
from sohoa.storage.backup.restoring import Moves, must_be_empty, put_catalogue, restore_objects, settle
from sohoa.storage.backup.shelf import FolderShelf, StoreShelf
from sohoa.storage.catalogue.records import Record, StoredFile
from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.objects.model import RECORDS
from sohoa.storage.objects.s3 import S3Store
from tests.storage.fixity.archives import LATER, Small, one_archive, paper, undone

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def made(
    django_db_setup: None, django_db_blocker: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Small]:
    folder = tmp_path_factory.mktemp("archive")
    with django_db_blocker.unblock(), one_archive(folder, signed=False) as (small, _):  # pyright: ignore[reportAttributeAccessIssue]
        yield small


@pytest.fixture
def small(made: Small, tmp_path: Path) -> Iterator[Small]:
    with undone():
        yield made.copied(tmp_path / "store")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "backup"


def backed_up(small: Small, place: Path, *, days: int = 0) -> Made:
    return make(small.store, FolderShelf(place), now=LATER + timedelta(days=days), key=open_key(small.home / "keys"))


def drilled(small: Small, place: Path, sample: int = 100, seed: str = "1"):
    return drill(newest(FolderShelf(place)), keys=known_keys(small.home / "keys"), trust=[], sample=sample, seed=seed, now=LATER)


def blob_of(small: Small, place: Path, record: Record, role: str) -> Path:
    return next((place / "objects").rglob(record.files.get(role=role).sha256))


def versions(small: Small) -> int:
    return sum(1 for bucket in (RECORDS, "audit") for _ in small.store.list(bucket))


def test_a_backup_holds_every_version_of_every_object_and_the_catalogue_and_says_what_it_lacks(small: Small, place: Path) -> None:
    made = backed_up(small, place)
    assert (made.objects, made.copied > 0, made.wrong) == (versions(small), True, [])
    told = json.loads((place / "backups" / made.name / "backup.json").read_text())
    assert told["objects"]["count"] == made.objects and set(told["not_included"]) == {"keys", "quarantine", "settings", "locks"}
    assert told["catalogue"]["rows"]["catalogue_record"] == Record.objects.count() == 3
    assert newest(FolderShelf(place)).signed_by(known_keys(small.home / "keys")).outcome is Outcome.OK
    assert not (place / "parts").exists() or not list((place / "parts").iterdir())


def test_the_next_backup_copies_only_what_is_new(small: Small, place: Path, tmp_path: Path) -> None:
    first = backed_up(small, place)
    assert backed_up(small, place, days=1).copied == 0
    paper(tmp_path, small.store, "mới")
    third = backed_up(small, place, days=2)
    assert 0 < third.copied < 15 and third.objects == versions(small) > first.objects
    assert len(FolderShelf(place).runs()) == 3


def test_a_run_that_was_stopped_counts_for_nothing_until_the_next_one_ends(small: Small, place: Path) -> None:
    def killed(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(small.store, FolderShelf(place), now=LATER, key=open_key(small.home / "keys"), counted=killed)
    with pytest.raises(NotABackup):
        newest(FolderShelf(place))
    assert list((place / "objects").rglob("*"))
    made = backed_up(small, place, days=1)
    assert made.copied < made.objects and drilled(small, place).ok


def test_an_object_that_is_damaged_in_the_store_is_named_and_not_taken_for_good(small: Small, place: Path) -> None:
    record = Record.objects.order_by("archived_at")[0]
    key = record.files.get(role="record").key
    path = small.file(key)
    path.unlink()
    path.write_bytes(b"damaged")
    made = backed_up(small, place)
    assert [(one.key, one.wrong) for one in made.wrong] == [(key, "sha256_differs")]
    done = drilled(small, place)
    assert (done.drilled, done.recoverable) == (3, 2) and not done.ok


def test_what_a_backup_gives_back_in_an_empty_place_is_the_archive_byte_for_byte(small: Small, place: Path, tmp_path: Path) -> None:
    made = backed_up(small, place)
    backup, store = newest(FolderShelf(place)), FolderStore(tmp_path / "new")
    store.prepare()
    moves = Moves(tmp_path / "moves")
    must_be_empty(backup, store)
    assert restore_objects(backup, store, now=LATER, moves=moves) == made.objects
    assert restore_objects(backup, store, now=LATER, moves=moves) == made.objects, "again, as after a kill, and nothing twice"
    settle(moves, backup.name, now=LATER)
    again = Small(small.home, store, tmp_path / "new")
    assert again.verified().failures == [] and versions(again) == versions(small)
    assert AuditEvent.objects.filter(action="archive.restored").count() == 1


def test_the_catalogue_of_a_backup_has_every_row(small: Small, place: Path, tmp_path: Path) -> None:
    backed_up(small, place)
    backup, count = newest(FolderShelf(place)), StoredFile.objects.count()
    if connection.vendor != "sqlite":
        StoredFile.objects.all().delete()
        with backup.catalogue() as rows:
            load_lines(rows)
        assert StoredFile.objects.count() == count
        row = StoredFile.objects.order_by("-pk")[0]
        row.pk, row.role = None, "again"
        row.save()  # a number that is taken would be refused
        return
    put_catalogue(backup, tmp_path / "elsewhere" / "catalogue.sqlite3")
    with sqlite3.connect(tmp_path / "elsewhere" / "catalogue.sqlite3") as database:
        assert database.execute("SELECT count(*) FROM catalogue_storedfile").fetchone() == (count,)


def test_the_catalogue_names_the_versions_that_the_new_store_gave(small: Small, place: Path, tmp_path: Path) -> None:
    row = StoredFile.objects.filter(role="record").first()
    assert row is not None
    backed_up(small, place)
    moves = Moves(tmp_path / "moves")
    entry = next(one for one in newest(FolderShelf(place)).entries() if one.key == row.key)
    there = small.store.head(RECORDS, row.key).stored
    moves(entry, replace(there, version_id="new-id"))
    assert settle(moves, "b", now=LATER) == 1
    row.refresh_from_db()
    assert row.version_id == "new-id"


def test_nothing_is_restored_into_another_archive(small: Small, place: Path, tmp_path: Path) -> None:
    backed_up(small, place)
    other = FolderStore(tmp_path / "other")
    other.prepare()
    other.put_new(RECORDS, "another/archive", b"x", content_type="a/b")
    with pytest.raises(NotEmpty):
        must_be_empty(newest(FolderShelf(place)), other)
    with pytest.raises(NotEmpty):
        put_catalogue(newest(FolderShelf(place)), place / "sohoa-backup.txt")


@pytest.mark.parametrize("harm", ["backup.json", "backup.sig", "objects.jsonl", "catalogue.sqlite3"])
def test_a_backup_that_was_changed_is_not_believed(harm: str, small: Small, place: Path) -> None:
    made = backed_up(small, place)
    path = next((place / "backups" / made.name).glob(harm if connection.vendor == "sqlite" else harm.replace("sqlite3", "jsonl")))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    try:
        assert not drilled(small, place).ok
    except BackupDamaged:
        assert harm != "backup.sig"


def test_a_drill_tells_how_much_of_the_archive_would_come_back(small: Small, place: Path) -> None:
    backed_up(small, place)
    done = drilled(small, place)
    assert done.ok and (done.all, done.drilled, done.recoverable, done.records) == (3, 3, 3, 3)
    assert done.at_least == 1.0 and done.as_dict()["at_least_percent"] == "100.00"
    record = Record.objects.order_by("archived_at")[0]
    blob_of(small, place, record, "record").write_bytes(b"rotten")
    lost = drilled(small, place)
    assert (lost.recoverable, lost.drilled) == (2, 3) and not lost.ok
    assert {one.reason for one in lost.failures} == {"copy: sha256_differs"}
    assert drilled(small, place, sample=1, seed="a").drilled == 1


def test_the_bound_of_a_sample_is_that_of_clopper_and_pearson() -> None:
    # For none lost the bound is the root of 5 %; with one lost of twenty the tables give 78.4 %.
    assert at_least(20, 20) == pytest.approx(0.05 ** (1 / 20), abs=1e-9)
    assert at_least(19, 20) == pytest.approx(0.7839, abs=1e-4)
    assert at_least(0, 5) == 0.0


def test_a_damaged_and_a_lost_file_are_put_back_from_a_backup_by_command_and_the_archive_is_well_again(
    small: Small, place: Path
) -> None:
    backed_up(small, place)
    first, second, _ = Record.objects.order_by("archived_at")
    damaged = small.file(first.files.get(role="original").key)
    damaged.unlink()
    damaged.write_bytes(b"damaged")
    # All of a key is gone: its file and what the store knew of it.
    assert small.folder is not None
    lost = first.files.get(role="record").key
    small.file(lost).unlink()
    for about in small.folder.glob(".sohoa/records/*/*/1.json"):
        if json.loads(about.read_text())["key"] == lost:
            shutil.rmtree(about.parent)
    assert small.verified().failed == 1
    done = repair_from(place, [first.pk, second.pk], small.store, keys=known_keys(small.home / "keys"), now=LATER)
    assert [(one.record, one.role, one.done) for one in done] == [(first.pk, "original", True), (first.pk, "record", True)]
    assert small.verified().failures == []
    events = AuditEvent.objects.filter(action="record.repaired", subject=first.pk)
    assert [json.loads(event.details)["role"] for event in events] == ["original", "record"]
    assert repair_from(place, [first.pk], small.store, keys=known_keys(small.home / "keys"), now=LATER) == []


def test_a_version_laid_over_a_repaired_file_is_named(small: Small, place: Path) -> None:
    backed_up(small, place)
    record = Record.objects.order_by("archived_at")[0]
    key = record.files.get(role="original").key
    path = small.file(key)
    path.unlink()
    path.write_bytes(b"damaged")
    repair_from(place, [record.pk], small.store, keys=known_keys(small.home / "keys"), now=LATER)
    small.store.put_version(RECORDS, key, b"forged", content_type="image/jpeg")
    assert [(one.id, one.reason) for one in small.verified().failures] == [(record.pk, "original: extra_version")]


def test_nothing_is_repaired_from_a_copy_that_is_no_better_or_from_a_strangers_backup(
    small: Small, place: Path, tmp_path: Path
) -> None:
    backed_up(small, place)
    record = Record.objects.order_by("archived_at")[0]
    path = small.file(record.files.get(role="original").key)
    path.unlink()
    path.write_bytes(b"damaged")
    blob_of(small, place, record, "original").write_bytes(b"rotten too")
    (done,) = repair_from(place, [record.pk], small.store, keys=known_keys(small.home / "keys"), now=LATER)
    assert (done.done, done.reason) == (False, "copy_damaged")
    with pytest.raises(BackupDamaged):
        repair_from(place, [record.pk], small.store, keys=frozenset({open_key(tmp_path / "strange").public}), now=LATER)
    with pytest.raises(NotABackup):
        repair_from(tmp_path / "nowhere", [record.pk], small.store, keys=frozenset(), now=LATER)


def test_keys_come_along_only_under_their_passphrase(small: Small, place: Path, tmp_path: Path) -> None:
    keys = small.home / "keys"
    told = make(small.store, FolderShelf(place), now=LATER, key=open_key(keys), keys=(keys, "một câu dài bí mật"))
    backup = Backup(FolderShelf(place), told.name)
    data = backup.file("keys.bin", backup.told["keys"]["sha256"])
    assert b"PRIVATE" not in data and "keys" not in backup.told["not_included"]
    assert unseal(data, "một câu dài bí mật", tmp_path / "back") == 1
    assert (tmp_path / "back" / "audit-log.pem").read_bytes() == (keys / "audit-log.pem").read_bytes()
    for wrong in ("một câu dài khác", ""):
        with pytest.raises(PassphraseWrong):
            unseal(data, wrong, tmp_path / "no")
    with pytest.raises(PassphraseWrong):
        unseal(data[:-1], "một câu dài bí mật", tmp_path / "no")
    assert unseal(sealed(tmp_path / "no-such", "x"), "x", tmp_path / "none") == 0


def test_a_backup_into_another_bucket_is_like_one_into_a_folder(small: Small, store: S3Store) -> None:
    shelf = StoreShelf(store, "work", "backup-of-test-backup/")
    made = make(small.store, shelf, now=LATER, key=open_key(small.home / "keys"))
    done = drill(newest(shelf), keys=known_keys(small.home / "keys"), trust=[], sample=3, seed="1", now=LATER)
    assert done.ok and done.drilled == 3 and made.objects == versions(small)
