"""Whatever is changed in the archive behind its back is found and named; an archive that nobody touched gives no alarm.

One archive is made; each case changes a copy of it, on the disk or in the catalogue, and takes that back.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db.models import F
from minio import Minio

from sohoa.kernel.clock import now
from sohoa.pipeline.verification import verify_records
from sohoa.storage.audit.canonical import line_of
from sohoa.storage.audit.models import AuditCheckpoint, AuditEvent
from sohoa.storage.catalogue.evidence import Evidence
from sohoa.storage.catalogue.fields import FieldRevision
from sohoa.storage.catalogue.packages import KnownPackage
from sohoa.storage.catalogue.records import Filing, PageText, Record, StoredFile
from sohoa.storage.catalogue.register import Component, Dossier, RegisterImport, Result, Unit
from sohoa.storage.catalogue.retention import ResultState
from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.objects.model import RECORDS
from sohoa.storage.objects.s3 import S3Store
from sohoa.storage.objects.seaweed import Connection
from sohoa.storage.packages.layout import root_of
from sohoa.storage.packages.model import REGISTER, package_of
from tests.storage.fixity.archives import DOSSIER, LATER, NOON, Small, one_archive, paper, undone

pytestmark = pytest.mark.django_db  # for the database to be made; the archive in it is made once, below

PACKAGE = package_of("", DOSSIER)


@pytest.fixture(scope="module")
def made(
    django_db_setup: None, django_db_blocker: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Small, list[Record]]]:
    with django_db_blocker.unblock(), one_archive(tmp_path_factory.mktemp("archive")) as archive:  # pyright: ignore[reportAttributeAccessIssue]
        yield archive


@pytest.fixture
def victim(made: tuple[Small, list[Record]], tmp_path: Path) -> Iterator[Small]:
    with undone():
        yield made[0].copied(tmp_path / "store")


@pytest.fixture
def records(made: tuple[Small, list[Record]]) -> list[Record]:
    return made[1]


def named(small: Small) -> set[tuple[str, str, str]]:
    report = small.verified()
    assert not report.all_ok
    assert report.checked == report.ok + report.failed + report.undetermined
    return {(one.id, one.what, one.reason) for one in report.failures}


def flip(path: Path, at: int = -1) -> None:
    """One bit of one byte, in the middle unless said otherwise."""
    content = bytearray(path.read_bytes())
    content[at if at >= 0 else len(content) // 2] ^= 1
    path.unlink()  # the file has another name inside the store, which must keep its bytes
    path.write_bytes(content)


def test_an_archive_that_nobody_touched_gives_no_alarm(victim: Small) -> None:
    report = victim.verified()
    assert report.failures == [] and report.all_ok
    assert (report.checked, report.ok, report.packages["checked"]) == (3, 3, 3)


ROLES = {
    "original": "original-",
    "record": "record-",
    "text": "text-",
    "validation": "validation-",
    "manifest": "metadata-",
    "revision-000001": "revisions/000001-",
    "record-000001": "renewals/000001-",
    "evidence-000001": "evidence/000001-",
}


@pytest.mark.parametrize("role", ROLES)
def test_one_flipped_bit_in_any_file_of_a_record_is_named_with_the_record_and_the_file(
    role: str, victim: Small, records: list[Record]
) -> None:
    pk = records[1].pk
    key = StoredFile.objects.get(record=pk, role=role).key
    flip(victim.file(key))
    report = victim.verified()
    assert [(one.id, one.what, one.reason) for one in report.failures] == [(pk, "fixity", f"{role}: sha256_differs")]
    assert (report.ok, report.failed) == (2, 1)


@pytest.mark.parametrize("part", ["renewals/000001-{}.json", "evidence/000001-{}.json", "states/000001-{}.json"])
def test_one_flipped_bit_in_what_is_told_about_a_renewal_evidence_or_a_standing_is_named(part: str, victim: Small) -> None:
    before, after = part.split("{}")
    (key,) = [one.key for one in victim.store.list(RECORDS) if before in one.key and one.key.endswith(after)]
    flip(victim.file(key))
    told = named(victim)
    assert len(told) == 1 and {reason.partition(": ")[2] for _, _, reason in told} == {"sha256_differs"}


OF_PACKAGES = (
    "v1/inventory.json",
    "v1/inventory.json.sha512",
    "v{head}/inventory.json",
    "v{head}/inventory.json.sha512",
    "inventory.json",
    "inventory.json.sha512",
    "0=ocfl_object_1.1",
)


@pytest.mark.parametrize("path", OF_PACKAGES)
def test_one_flipped_bit_in_any_frame_of_a_package_is_named_with_the_package_and_the_path(path: str, victim: Small) -> None:
    path = path.format(head=KnownPackage.objects.get(pk=PACKAGE).head)
    flip(_in_package(victim, path))
    told = named(victim)
    assert {(id_, what) for id_, what, _ in told} == {(PACKAGE, "package")}
    assert any(reason.startswith(f"{path}: ") for _, _, reason in told), told


def _in_package(small: Small, name: str) -> Path:
    assert small.folder is not None
    return small.folder / RECORDS / root_of(PACKAGE) / name


@pytest.mark.parametrize("key", ["0=ocfl_1.1", "ocfl_layout.json", "config.json"])
def test_one_flipped_bit_in_what_declares_the_storage_root_is_named(key: str, victim: Small) -> None:
    key = victim.key(key)
    flip(victim.file(key))
    assert named(victim) == {(key, "package", "sha256_differs")}


def test_one_flipped_bit_in_an_import_of_the_register_is_named(victim: Small) -> None:
    (key,) = [one.key for one in victim.store.list(RECORDS) if "imports/000001" in one.key and one.key.endswith(".csv")]
    flip(victim.file(key))
    assert (REGISTER, "fixity", "imports/000001.csv: sha256_differs") in named(victim)


@pytest.mark.parametrize(("part", "reason"), [("log/", "bundle_differs"), ("checkpoints/", "checkpoint_")])
def test_one_flipped_bit_in_a_bundle_or_a_checkpoint_of_the_log_is_named(part: str, reason: str, victim: Small) -> None:
    keys = sorted(one.key for one in victim.store.list("audit") if one.key.startswith(part))
    flip(victim.file(keys[0]))
    told = named(victim)
    assert any(what == "audit" and told_reason.startswith(reason) for _, what, told_reason in told), told


# -- versions and places ----------------------------------------------------------------------------------------------------


def test_a_deleted_version_is_named(victim: Small, records: list[Record]) -> None:
    victim.file(StoredFile.objects.get(record=records[0], role="record").key).unlink()
    assert named(victim) == {(records[0].pk, "fixity", "record: missing")}


def test_an_older_version_of_the_root_inventory_that_was_deleted_is_named(victim: Small) -> None:
    assert victim.folder is not None
    oldest = [
        path for path in victim.folder.glob(".sohoa/records/*/*/1.json") if _key(path) == f"{root_of(PACKAGE)}/inventory.json"
    ]
    for path in oldest:
        path.unlink()
        path.with_suffix(".content").unlink()
    assert named(victim) == {(PACKAGE, "package", "inventory.json: version_missing")}


def _key(about: Path) -> str:
    return json.loads(about.read_text())["key"]


def test_two_objects_that_were_swapped_are_both_named(victim: Small, records: list[Record]) -> None:
    one, other = (victim.file(StoredFile.objects.get(record=record, role="record").key) for record in records[::2])
    kept = one.read_bytes()
    for path, content in ((one, other.read_bytes()), (other, kept)):
        path.unlink()
        path.write_bytes(content)
    assert named(victim) == {(record.pk, "fixity", "record: sha256_differs") for record in records[::2]}


def test_a_second_version_over_an_object_is_named_though_the_first_is_whole(victim: Small, records: list[Record]) -> None:
    key = StoredFile.objects.get(record=records[0], role="record").key
    victim.store.put_version(RECORDS, key, b"forged", content_type="application/pdf")
    assert named(victim) == {(records[0].pk, "package", "record: extra_version")}


def test_an_object_that_belongs_to_nothing_is_named_wherever_it_lies(victim: Small) -> None:
    for key in ("thu-muc-la/tep.pdf", f"{root_of(PACKAGE)}/v1/content/la.pdf", f"{root_of(PACKAGE)}/la.txt"):
        victim.store.put_new(RECORDS, key, b"?", content_type="application/pdf")
    assert named(victim) == {
        ("thu-muc-la/tep.pdf", "package", "key_outside_packages"),
        (PACKAGE, "package", "v1/content/la.pdf: in_no_inventory"),
        (PACKAGE, "package", "la.txt: in_no_inventory"),
    }


def test_a_package_that_is_gone_is_named_with_every_record_in_it(victim: Small, records: list[Record]) -> None:
    assert victim.folder is not None
    shutil.rmtree(victim.folder / RECORDS / root_of(PACKAGE))
    told = named(victim)
    assert (PACKAGE, "package", "package: missing") in told
    assert {(id_, what) for id_, what, _ in told if id_ != PACKAGE} >= {(record.pk, "fixity") for record in records[:2]}


def test_an_empty_bucket_is_no_archive_without_faults(victim: Small, records: list[Record]) -> None:
    assert victim.folder is not None
    for bucket in (RECORDS, "audit"):
        shutil.rmtree(victim.folder / bucket)
    victim.store.prepare()
    report = victim.verified()
    assert (report.checked, report.ok, report.failed) == (3, 0, 3)
    assert {record.pk for record in records} <= {one.id for one in report.failures}


def test_a_whole_bucket_replaced_by_another_archives_is_named_record_by_record(
    victim: Small, records: list[Record], tmp_path: Path
) -> None:
    assert victim.folder is not None
    other = FolderStore(tmp_path / "other")
    other.prepare()
    (tmp_path / "papers").mkdir()
    with undone():
        stranger = paper(tmp_path / "papers", other, "khác")
    shutil.rmtree(victim.folder)
    shutil.copytree(tmp_path / "other", victim.folder)
    report = victim.verified()
    reasons = {one.id: one.reason for one in report.failures}
    assert reasons[stranger.pk] == "record: not_in_catalogue"
    assert all(reasons[record.pk].endswith(": missing") for record in records)
    assert (report.checked, report.failed) == (4, 4)


# -- the catalogue ----------------------------------------------------------------------------------------------------------

Edit = Callable[[list[Record]], object]
EDITS: dict[str, tuple[Edit, str]] = {
    "a title": (lambda r: Record.objects.filter(pk=r[0].pk).update(title="khác"), "title: differs"),
    "fields": (lambda r: Record.objects.filter(pk=r[1].pk).update(fields={}), "fields: differs"),
    "a verdict": (lambda r: Record.objects.filter(pk=r[1].pk).update(signature_verdict="ok"), "signature_verdict: differs"),
    "where it lies": (lambda r: Record.objects.filter(pk=r[0].pk).update(package=r[2].package), "package: differs"),
    "when it was archived": (lambda r: Record.objects.filter(pk=r[0].pk).update(archived_at=LATER), "archived_at: differs"),
    "a file's hash": (lambda r: _file(r[0]).update(sha256="0" * 64), "record: sha256_differs"),
    "a file's size": (lambda r: _file(r[0]).update(size=1), "record: size_differs"),
    "a file's version": (lambda r: _file(r[0]).update(version_id="7"), "record: version_missing"),
    "a file's key": (lambda r: _file(r[0]).update(key="elsewhere"), "record: key_differs"),
    "a file's bucket": (lambda r: _file(r[0]).update(bucket="work"), "record: bucket_differs"),
    "a file's row taken out": (lambda r: _file(r[0]).delete(), "record: not_in_catalogue"),
    "all files' rows taken out": (lambda r: StoredFile.objects.filter(record=r[0]).delete(), "no_files"),
    "a page's text": (lambda r: PageText.objects.filter(record=r[0], number=1).update(text="khác"), "text-1: differs"),
    "what it says of itself": (lambda r: PageText.objects.filter(record=r[0], number=0).update(text="khác"), "text-0: differs"),
    "its dossier": (lambda r: Filing.objects.filter(record=r[0]).update(dossier_code="KHAC"), "filing: differs"),
    "a revision": (lambda r: FieldRevision.objects.filter(record=r[1]).update(by="ai khác"), "revision-000001.by: differs"),
    "a revision taken out": (lambda r: FieldRevision.objects.filter(record=r[1]).delete(), "revision-000001: not_in_catalogue"),
    "evidence": (lambda r: Evidence.objects.filter(record=r[1]).update(covers="record"), "evidence-000001.covers: differs"),
    "a standing": (lambda r: ResultState.objects.filter(record=r[0]).update(state="valid"), "state-000001.state: differs"),
    "a package's head": (lambda r: KnownPackage.objects.filter(pk=PACKAGE).update(head=F("head") + 1), ": missing"),
    "a package's inventory": (lambda r: KnownPackage.objects.filter(pk=PACKAGE).update(inventory_sha512="0"), ": sha512_differs"),
    "a package taken out": (lambda r: KnownPackage.objects.filter(pk=PACKAGE).delete(), "package: not_in_catalogue"),
    "a dossier": (lambda r: Dossier.objects.update(status="xong"), "dossier: differs"),
    "a component": (lambda r: Component.objects.update(decision="excluded_copy"), "dossier: differs"),
    "a result": (lambda r: Result.objects.update(name="khác"), "dossier: differs"),
    "a unit": (lambda r: Unit.objects.update(name="khác"), "unit: differs"),
    "an import": (lambda r: RegisterImport.objects.all().delete(), "import-000001: not_in_catalogue"),
    "a dossier put in": (lambda r: Dossier.objects.filter(pk=DOSSIER).update(code="H99.12-260105-0002"), "dossier: in_no_import"),
}


def _file(record: Record):
    return StoredFile.objects.filter(record=record, role="record")


@pytest.mark.parametrize("what", EDITS)
def test_an_edited_row_of_the_catalogue_is_named(what: str, victim: Small, records: list[Record]) -> None:
    edit, reason = EDITS[what]
    if what == "a dossier put in":
        Component.objects.all().delete()
        Result.objects.all().delete()
    edit(records)
    told = named(victim)
    assert any(found.endswith(reason) for _, _, found in told), told


def test_a_record_whose_rows_are_all_taken_out_is_named_by_the_bucket_and_by_the_log(victim: Small, records: list[Record]) -> None:
    pk = records[2].pk
    for table in (StoredFile, PageText, Filing):
        table.objects.filter(record=pk).delete()
    Record.objects.filter(pk=pk).delete()
    told = named(victim)
    assert {(pk, "catalogue", "record: not_in_catalogue"), (pk, "audit", "record: not_in_catalogue")} <= told


# -- the log ----------------------------------------------------------------------------------------------------------------


def _edited() -> None:
    AuditEvent.objects.filter(sequence=2).update(actor="ai khác")


def _deleted() -> None:
    AuditEvent.objects.filter(sequence=3).delete()


def _inserted() -> None:
    last = AuditEvent.objects.order_by("-sequence").get(sequence=3)
    AuditEvent.objects.filter(sequence__gt=3).delete()
    last.sequence, last.hash = 4, "f" * 64
    last.save(force_insert=True)


def _reordered() -> None:
    AuditEvent.objects.filter(sequence=2).update(sequence=9_000)
    AuditEvent.objects.filter(sequence=3).update(sequence=2)
    AuditEvent.objects.filter(sequence=9_000).update(sequence=3)


@pytest.mark.parametrize("deed", [_edited, _deleted, _inserted, _reordered], ids=lambda deed: deed.__name__.strip("_"))
def test_rows_of_the_log_that_were_edited_deleted_inserted_or_reordered_are_named(deed: Callable[[], None], victim: Small) -> None:
    deed()
    assert any(what == "audit" for _, what, _ in named(victim))


def test_an_event_rewritten_with_the_whole_chain_after_it_is_named(victim: Small) -> None:
    """Whoever has the database can make a chain that holds; the bucket's bundles and the archived files know better."""
    previous = ""
    for event in AuditEvent.objects.order_by("sequence"):
        event.details = event.details.replace("sha256", "sha257")
        event.previous = previous or event.previous
        event.hash = hashlib.sha256(line_of(event)).hexdigest()
        previous = event.hash
        AuditEvent.objects.filter(pk=event.pk).update(details=event.details, previous=event.previous, hash=event.hash)
    assert any(what == "audit" for _, what, _ in named(victim))


def test_a_checkpoint_forgotten_by_the_catalogue_and_the_bucket_alike_is_still_told(victim: Small) -> None:
    newest = AuditCheckpoint.objects.order_by("-size").values_list("size", flat=True).first()
    victim.file(f"checkpoints/{newest:012}").unlink()
    assert any(what == "audit" for _, what, _ in named(victim))


def test_a_database_set_back_to_an_earlier_day_is_named_by_what_the_bucket_has_since(victim: Small, records: list[Record]) -> None:
    since = NOON + timedelta(hours=12)
    gone = records[2].pk
    for table in (StoredFile, PageText, Filing):
        table.objects.filter(record=gone).delete()
    Record.objects.filter(pk=gone).delete()
    StoredFile.objects.filter(record=records[1], role__regex="(revision|evidence)-|record-0").delete()
    StoredFile.objects.filter(record=records[0], role__startswith="state-").delete()
    for table in (FieldRevision, Evidence, ResultState):
        table.objects.all().delete()
    AuditEvent.objects.filter(at__gt=since).delete()
    KnownPackage.objects.filter(pk=PACKAGE).update(head=2)
    told = named(victim)
    assert (gone, "catalogue", "record: not_in_catalogue") in told
    assert (records[1].pk, "catalogue", "evidence-000001: not_in_catalogue") in told
    assert any(id_ == PACKAGE and reason.endswith(": not_in_catalogue") for id_, _, reason in told)
    assert any(what == "audit" and "log_shorter" in reason for _, what, reason in told), told


# -- the real store, through S3: an administrator's hand, which Object Lock lets lay things over others but not take them away -----------


def test_what_is_laid_over_a_locked_object_through_s3_is_named(
    store: S3Store, store_connection: Connection, tmp_path: Path
) -> None:
    records = [paper(tmp_path, store, f"thật-{name}", now=now()) for name in ("đè", "che", "lành")]
    keys = [record.files.get(role="record").key for record in records]
    store.put_version(RECORDS, keys[0], b"forged", content_type="application/pdf")
    place = urlsplit(store_connection.url)
    client = Minio(place.netloc, *(store_connection.admin or ()), secure=False)
    client.remove_object(RECORDS, keys[1])  # gives a delete marker: the locked version stays below it
    report = verify_records(records, store, trust=[], now=LATER)
    told = {(one.id, one.what, one.reason) for one in report.failures}
    assert told == {(records[0].pk, "package", "record: extra_version"), (records[1].pk, "package", "record: delete_marker")}
    assert (report.checked, report.ok) == (3, 1)
