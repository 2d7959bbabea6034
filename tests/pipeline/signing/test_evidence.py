"""Evidence for archived records: one time stamp for all, kept beside each, once, and worth nothing for what it was not made about."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from certomancer.services import TimeStamper
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sohoa.kernel.clock import now
from sohoa.pipeline.signing.evidence import Coverage, Covered, Proving, verify_evidence
from sohoa.pipeline.signing.evidence_services import EvidenceGainsNothing, EvidenceUnsound, EvidenceWithoutService
from sohoa.pipeline.signing.office import SigningOffice
from sohoa.pipeline.signing.renewing import Became
from sohoa.pipeline.verification import verify_records
from sohoa.signing.evidence_records.asn1 import read_record
from sohoa.signing.evidence_records.verify import verify
from sohoa.signing.pades.renewal import Strength
from sohoa.signing.trustservices.answers import RevocationUnavailable
from sohoa.signing.trustservices.tsa import TimestampUnavailable
from sohoa.storage.audit import chain
from sohoa.storage.audit.models import AuditEvent
from sohoa.storage.catalogue.evidence import Evidence
from sohoa.storage.catalogue.records import Filing, PageText, Record, StoredFile
from sohoa.storage.evidence import (
    EvidenceBroken,
    EvidenceMadeMeanwhile,
    Proof,
    about_path_of,
    add,
    as_told,
    catch_up,
    path_of,
    standing,
    uncovered,
)
from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.objects.model import RECORDS, ObjectStore
from sohoa.storage.objects.s3 import S3Store
from sohoa.storage.objects.seaweed import embedded_store
from sohoa.storage.packages import ocfl
from sohoa.storage.reading_room import opened
from sohoa.storage.settling import Hand, correct
from tests.made import entered_again, put_beside
from tests.pipeline.signing.archived import LOCK, archive, office_of, plain_paper
from tests.signing.authority import YEAR, Pki, authority, der

pytestmark = pytest.mark.django_db

BORN = now().replace(microsecond=0)
A_YEAR = timedelta(days=365)


@pytest.fixture(scope="module")
def _running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pki]:
    with authority(tmp_path_factory.mktemp("pki"), now=BORN) as pki:
        yield pki


@pytest.fixture
def pki(_running: Pki) -> Iterator[Pki]:
    """Its clock stands at its birth; its time-stamping certificates end in years 5, 9, 13 and 17."""
    _running.forget_counts()
    yield _running
    _running.now = BORN
    _running.start()


@pytest.fixture
def office(tmp_path: Path, pki: Pki) -> SigningOffice:
    return office_of(tmp_path / "home", pki)


@pytest.fixture
def folder(tmp_path: Path) -> FolderStore:
    store = FolderStore(tmp_path / "store")
    store.prepare()
    return store


def archived(store: ObjectStore, tmp_path: Path, count: int = 1) -> list[Record]:
    """Papers whose records are of three objects each: the paper, its PREMIS and its metadata."""
    records: list[Record] = []
    for number in range(count):
        paper = plain_paper(tmp_path / f"{number}.pdf")
        paper.write_bytes(paper.read_bytes() + f"% {tmp_path} {number}\n".encode())
        records.append(archive(paper, store, now=BORN, verdict=""))
    return records


def proving(office: SigningOffice, store: ObjectStore, *, at: datetime = BORN, **more: Any) -> Proving:
    """As a command makes one for each run: nothing is known from before."""
    return Proving(SigningOffice(office.home, office.plan), store, LOCK, lambda: at, "mau", **more)


def cover(office: SigningOffice, store: ObjectStore, *, at: datetime = BORN) -> list[Covered]:
    return list(proving(office, store, at=at).cover(list(uncovered().values_list("pk", flat=True))))


def contents(store: ObjectStore, file: StoredFile) -> bytes:
    with store.open(file.bucket, file.key, file.version_id) as stream:
        return b"".join(stream)


def revise(record: Record, store: ObjectStore, value: str = "12") -> None:
    correct(record.pk, "code_number", value, store, Hand("mau-1", now(), LOCK.retention(now())))


def judged(record: Record, office: SigningOffice, store: ObjectStore, *, at: datetime = BORN, **more: Any) -> tuple[str, str]:
    verdict = verify_evidence(record, store, trust=office.trust, now=at, **more)
    return verdict.outcome, verdict.reason


def replaced(record: Record, role: str, content: bytes, store: S3Store) -> StoredFile:
    """Another version of an object, put beside the archived one by whoever has the keys, and the catalogue made to agree."""
    file = record.files.get(role=role)
    client = store._client  # pyright: ignore[reportPrivateUsage]
    written = client._put_object(RECORDS, file.key, content, headers={})  # pyright: ignore[reportPrivateUsage, reportArgumentType]
    file.version_id, file.sha256, file.size = written.version_id, hashlib.sha256(content).hexdigest(), len(content)
    file.save()
    return file


def test_all_records_without_evidence_get_theirs_from_one_time_stamp(
    office: SigningOffice, store: S3Store, pki: Pki, tmp_path: Path
) -> None:
    records = archived(store, tmp_path, 3)
    made = cover(office, store)
    assert sorted(one.id for one in made) == sorted(record.pk for record in records)
    assert not any(one.error or one.again for one in made) and pki.counted(pki.tsa_url) == 1
    for record in records:
        row, file = Evidence.objects.get(record=record), record.files.get(role="evidence-000001")
        assert (row.covers, row.objects_covered) == ("manifest premis record", 3)
        assert (row.since, row.renew_by) == (BORN, pki.certificate("tsa-0").not_valid_after_utc)
        described = store.head(RECORDS, file.key, file.version_id)
        assert described.retention is not None and described.stored.sha256 == file.sha256 == row.sha256
        event = AuditEvent.objects.get(subject=record.pk, action="record.evidence_made")
        assert json.loads(event.details) == {"covers": "manifest premis record", "number": 1, "sha256": row.sha256}
        assert (event.actor, event.at) == ("mau", BORN)
        assert judged(record, office, store) == ("ok", "")
    assert not list(chain.breaks())


def test_the_evidence_and_the_objects_are_enough_for_anybody_without_us(
    office: SigningOffice, store: S3Store, pki: Pki, tmp_path: Path
) -> None:
    (record,) = archived(store, tmp_path)
    cover(office, store)
    paths = [tmp_path / file.role for file in record.files.exclude(role="evidence-000001")]
    for path in paths:
        path.write_bytes(contents(store, record.files.get(role=path.name)))
    der = contents(store, record.files.get(role="evidence-000001"))
    report = verify(der, paths, trust=[pki.root_pem], now=BORN)
    assert (report.outcome, report.since) == ("ok", BORN)
    assert verify(der, paths[:1], trust=[pki.root_pem], now=BORN).findings == ("GROUP_INCOMPLETE",)


def test_what_has_evidence_is_left_alone_and_no_service_is_asked(
    office: SigningOffice, folder: FolderStore, pki: Pki, tmp_path: Path
) -> None:
    archived(folder, tmp_path, 2)
    cover(office, folder)
    pki.stop()
    assert cover(office, folder) == [] and Evidence.objects.count() == 2


def test_one_changed_object_makes_exactly_that_records_evidence_fail(office: SigningOffice, store: S3Store, tmp_path: Path) -> None:
    records = archived(store, tmp_path, 3)
    cover(office, store)
    victim = records[1]
    replaced(victim, "record", plain_paper(tmp_path / "other.pdf").read_bytes(), store)
    report = verify_records(records, store, trust=office.trust, now=BORN)
    assert [(one.id, one.what, one.reason) for one in report.failures] == [
        (victim.pk, "package", "record: extra_version"),
        (victim.pk, "evidence", "evidence-000001: DATA_NOT_COVERED"),
    ], "the catalogue was made to agree; the package and the time stamp tell, each for itself"
    assert (report.checked, report.ok, report.failed) == (3, 2, 1)


def test_an_object_that_differs_from_the_catalogue_fails_twice_and_a_falsified_catalogue_once(
    office: SigningOffice, folder: FolderStore, tmp_path: Path
) -> None:
    records = archived(folder, tmp_path, 3)
    cover(office, folder)
    changed, misnamed, _ = records
    file = changed.files.get(role="record")
    content = tmp_path / "store" / RECORDS / file.key
    content.write_bytes(b"%PDF-1.7 another")
    StoredFile.objects.filter(record=misnamed, role="record").update(sha256="0" * 64)
    report = verify_records(records, folder, trust=office.trust, now=BORN)
    assert [(one.id, one.what, one.reason) for one in report.failures] == [
        (changed.pk, "fixity", "record: sha256_differs"),
        (changed.pk, "evidence", "evidence-000001: DATA_NOT_COVERED"),
        (misnamed.pk, "catalogue", "record: sha256_differs"),
    ], "what is in the bucket is what was stamped, so the catalogue is wrong"
    assert (report.ok, report.failed) == (1, 2)


def test_damaged_and_missing_evidence_is_told_and_is_no_traceback(
    office: SigningOffice, folder: FolderStore, tmp_path: Path
) -> None:
    damaged, gone = archived(folder, tmp_path, 2)
    cover(office, folder)
    for record, deed in ((damaged, lambda place: place.write_bytes(b"0\x03")), (gone, lambda place: place.unlink())):
        key = record.files.get(role="evidence-000001").key
        content = tmp_path / "store" / RECORDS / key
        deed(content)
    assert judged(damaged, office, folder) == ("failed", "evidence-000001: FORMAT_FAILURE")
    assert judged(gone, office, folder) == ("failed", "evidence-000001: missing")


def test_a_record_revised_after_its_evidence_is_told_to_be_covered_up_to_which_objects_and_is_covered_anew(
    office: SigningOffice, store: S3Store, pki: Pki, tmp_path: Path
) -> None:
    record, other = archived(store, tmp_path, 2)
    cover(office, store)
    revise(record, store)
    revise(record, store, "13")
    told = as_told(record)
    assert told["not_covered"] == ["revision-000001", "revision-000002"]
    assert [proof["covers"] for proof in told["proofs"]] == [["manifest", "premis", "record"]]
    report = verify_records([record, other], store, trust=office.trust, now=BORN)
    assert report.all_ok, "what is not covered yet is no failure"
    partly = [{"id": record.pk, "not_covered": ["revision-000001", "revision-000002"]}]
    assert report.as_dict()["evidence"] == {"whole": 1, "partly": partly, "none": 0}
    assert opened(record.pk, now=BORN)["evidence"] == told

    pki.now = BORN + timedelta(days=1)
    (again,) = cover(office, store, at=pki.now)
    assert again.evidence is not None and again.id == record.pk
    assert (again.evidence.number, again.evidence.covers) == (2, "manifest premis record revision-000002")
    told = as_told(record)
    assert told["not_covered"] == [] and [proof["role"] for proof in told["proofs"]] == ["evidence-000001", "evidence-000002"]
    assert [row.since for row in standing(record)] == [BORN, pki.now], "the older objects keep their older proof"
    assert judged(record, office, store, at=pki.now) == ("ok", "")
    assert not uncovered().exists()


def test_a_catalogue_made_again_from_the_bucket_knows_the_evidence(office: SigningOffice, store: S3Store, tmp_path: Path) -> None:
    (record,) = archived(store, tmp_path)
    cover(office, store)
    revise(record, store)
    cover(office, store)
    before = [(row.number, row.covers, row.since, row.renew_by, row.sha256, row.by) for row in standing(record)]
    PageText.objects.all().delete()
    for table in (Evidence, StoredFile, Filing):
        table.objects.all().delete()
    record.revisions.all().delete()
    Record.objects.all().delete()
    again = entered_again(record, store)
    assert [(row.number, row.covers, row.since, row.renew_by, row.sha256, row.by) for row in standing(again)] == before
    assert not uncovered().exists() and judged(again, office, store) == ("ok", "")


def test_what_two_runs_make_at_once_is_made_once(office: SigningOffice, store: S3Store, tmp_path: Path) -> None:
    records = archived(store, tmp_path, 3)
    ids = [record.pk for record in records]
    ours = proving(office, store).cover(ids)
    first = next(ours)
    theirs = list(proving(office, store).cover([pk for pk in ids if pk != first.id]))
    rest = list(ours)
    assert [one.again for one in theirs] == [False, False] and [one.again for one in rest] == [True, True]
    assert sorted(one.id for one in rest) == sorted(one.id for one in theirs)
    assert Evidence.objects.count() == 3 == AuditEvent.objects.filter(action="record.evidence_made").count()
    packages = [ocfl.opened(store, record.package) for record in records]
    assert [len(package.under(f"{pk}/evidence")) for pk, package in zip(ids, packages, strict=True)] == [2, 2, 2]


def test_evidence_that_does_not_continue_what_is_known_is_not_entered(
    office: SigningOffice, folder: FolderStore, tmp_path: Path
) -> None:
    good, bad = archived(folder, tmp_path, 2)
    told = {"format": "sohoa-evidence/1", "document_id": bad.pk, "number": 1, "previous": "0" * 64}
    put_beside(bad, folder, {path_of(bad.pk, 1): b"?", about_path_of(bad.pk, 1): json.dumps(told).encode()})
    made = {one.id: one for one in cover(office, folder)}
    assert isinstance(made[bad.pk].error, EvidenceBroken)
    assert made[good.pk].evidence is not None and list(Evidence.objects.values_list("record", flat=True)) == [good.pk]


def test_a_name_that_is_taken_is_told_and_nothing_is_overwritten(folder: FolderStore, tmp_path: Path) -> None:
    (record,) = archived(folder, tmp_path)
    proof = Proof(["record"], BORN, BORN, "mau", BORN)
    add(record, b"first", proof, folder, retention=LOCK.retention(BORN))
    Evidence.objects.all().delete()
    record.files.filter(role="evidence-000001").delete()
    with pytest.raises(EvidenceMadeMeanwhile):
        add(record, b"second", proof, folder, retention=LOCK.retention(BORN))
    assert catch_up(record, folder) and not catch_up(record, folder)
    assert contents(folder, record.files.get(role="evidence-000001")) == b"first"


def test_a_run_may_take_its_time_before_it_comes_to_the_time_stamp(
    office: SigningOffice, folder: FolderStore, pki: Pki, tmp_path: Path
) -> None:
    (record,) = archived(folder, tmp_path)
    moment = [BORN]

    class Long(list[str]):
        def __iter__(self) -> Iterator[str]:
            yield from super().__iter__()
            pki.now = moment[0] = BORN + timedelta(hours=2)

    (made,) = Proving(office, folder, LOCK, lambda: moment[0], "mau").cover(Long([record.pk]))
    assert made.evidence is not None and made.evidence.since == BORN + timedelta(hours=2) == made.evidence.at


def test_services_that_are_out_or_not_trusted_or_not_named_store_nothing(
    office: SigningOffice, folder: FolderStore, pki: Pki, tmp_path: Path
) -> None:
    archived(folder, tmp_path)
    pki.stop()
    with pytest.raises(TimestampUnavailable):
        cover(office, folder)
    pki.start()
    silent = (pki.lying(pki.tsa_ocsp_url, lambda *_: b""), pki.lying(f"{pki.url}/sohoa/crls/tsa-ca/latest.crl", lambda *_: b""))
    with silent[0], silent[1], pytest.raises(RevocationUnavailable) as unknown:
        cover(office, folder)
    assert unknown.value.exit_code == 3
    with pytest.raises(EvidenceWithoutService):
        cover(office_of(tmp_path / "none", pki, services=False), folder)
    with pytest.raises(EvidenceUnsound) as untrusted:
        cover(office_of(tmp_path / "wrong", pki, tsa=pki.wrong_tsa_url), folder)
    assert untrusted.value.facts["reason"] == "NO_CERTIFICATE_CHAIN_FOUND"
    assert not Evidence.objects.exists() and uncovered().count() == 1


def test_a_record_without_evidence_is_no_failure(office: SigningOffice, folder: FolderStore, tmp_path: Path) -> None:
    (record,) = archived(folder, tmp_path)
    report = verify_records([record], folder, trust=[], now=BORN)
    assert report.all_ok and report.evidence == Coverage(none=1)


def test_evidence_is_renewed_before_its_authority_ends_and_still_proves_the_first_day(
    office: SigningOffice, store: S3Store, pki: Pki, tmp_path: Path
) -> None:
    records = archived(store, tmp_path, 2)
    cover(office, store)
    assert list(proving(office, store).renew(margin=A_YEAR)) == []
    for number, year in ((2, 4.5), (3, 8.5)):
        pki.now = at = BORN + year * YEAR
        pki.forget_counts()
        (asked, _) = proving(office, store, at=at, dry_run=True).renew(margin=A_YEAR)
        assert (asked.kind, asked.became, asked.reason) == ("evidence", Became.DUE, "certificate_ends")
        assert pki.counted(pki.tsa_url) == 0
        items = list(proving(office, store, at=at).renew(margin=A_YEAR))
        assert [item.became for item in items] == [Became.RENEWED] * 2 and pki.counted(pki.tsa_url) == 1
        assert {item.id for item in items} == {record.pk for record in records}
        for record in records:
            (row,) = standing(record)
            assert (row.number, row.continues, row.covers, row.since) == (number, number - 1, "manifest premis record", BORN)
            assert row.renew_by > at + 4 * YEAR
        assert list(proving(office, store, at=at).renew(margin=A_YEAR)) == []
    late = BORN + 12 * YEAR
    assert judged(records[0], office, store, at=late) == ("ok", "")
    assert AuditEvent.objects.filter(subject=records[0].pk, action="record.evidence_renewed").count() == 2
    assert not uncovered().exists()


def test_a_renewal_that_would_last_no_longer_is_not_kept(
    office: SigningOffice, folder: FolderStore, pki: Pki, tmp_path: Path
) -> None:
    archived(folder, tmp_path)
    cover(office, folder)
    pki.now = at = BORN + 0.5 * YEAR  # still the first certificate of the authority
    (item,) = proving(office, folder, at=at).renew(margin=20 * A_YEAR)
    assert item.became is Became.WAITS and isinstance(item.error, EvidenceGainsNothing)
    assert Evidence.objects.count() == 1


def test_evidence_that_is_no_good_is_not_renewed_and_stops_no_other(
    office: SigningOffice, store: S3Store, pki: Pki, tmp_path: Path
) -> None:
    victim, good = archived(store, tmp_path, 2)
    cover(office, store)
    replaced(victim, "record", plain_paper(tmp_path / "other.pdf").read_bytes(), store)
    pki.now = at = BORN + 4.5 * YEAR
    found = {item.id: item for item in proving(office, store, at=at).renew(margin=A_YEAR)}
    assert found[good.pk].became is Became.RENEWED
    assert found[victim.pk].became is Became.FAILED and isinstance(found[victim.pk].error, EvidenceUnsound)


def test_each_of_two_proofs_of_a_revised_record_is_renewed(office: SigningOffice, store: S3Store, pki: Pki, tmp_path: Path) -> None:
    (record,) = archived(store, tmp_path)
    cover(office, store)
    revise(record, store)
    cover(office, store)
    pki.now = at = BORN + 4.5 * YEAR
    assert [item.became for item in proving(office, store, at=at).renew(margin=A_YEAR)] == [Became.RENEWED] * 2
    told = [(row.number, row.continues, row.covers) for row in standing(record)]
    assert told == [(3, 1, "manifest premis record"), (4, 2, "manifest premis record revision-000001")]
    assert judged(record, office, store, at=at) == ("ok", "")


def stamping_with_sha512(pki: Pki) -> Any:
    """Instead of its own answer, that of an authority of the same name and key which has changed to a stronger hash."""

    def lie(asked: bytes, honest: bytes) -> bytes:
        certificates = [asn1_x509.Certificate.load(der(pki.certificate(label))) for label in ("tsa-0", "tsa-ca")]
        key = pki.key("tsa-0").private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        stamper = TimeStamper(
            certificates[0],
            asn1_keys.PrivateKeyInfo.load(key),
            certs_to_embed=certificates[1:],
            fixed_dt=pki.now,
            md_algorithm="sha512",
        )
        return stamper.request_tsa_response(tsp.TimeStampReq.load(asked)).dump()

    return pki.lying(pki.tsa_url, lie)


def test_before_a_hash_weakens_the_objects_are_read_and_a_tree_over_stronger_hashes_continues_the_old_one(
    office: SigningOffice, store: S3Store, pki: Pki, tmp_path: Path
) -> None:
    record, victim = archived(store, tmp_path, 2)
    cover(office, store)
    pki.now = at = BORN + 3 * YEAR
    ending = Strength(hashes={"sha256": BORN + 3.5 * YEAR})
    (weak, _) = proving(office, store, at=at, strength=ending).renew(margin=A_YEAR)
    assert (weak.became, weak.reason) == (Became.WAITS, "algorithm_weakens"), "its authority still uses the hash that weakens"
    file = replaced(victim, "record", b"another", store)
    StoredFile.objects.filter(pk=file.pk).update(sha256=hashlib.sha256(b"what it was").hexdigest())
    with stamping_with_sha512(pki):
        items = {item.id: item for item in proving(office, store, at=at, strength=ending).renew(margin=A_YEAR)}
    assert items[victim.pk].became is Became.FAILED and isinstance(items[victim.pk].error, EvidenceUnsound)
    assert (items[record.pk].became, items[record.pk].by) == (Became.RENEWED, pki.certificate("tsa-0").not_valid_after_utc)
    (row,) = standing(record)
    found = read_record(contents(store, record.files.get(role="evidence-000002")))
    assert (row.number, row.since) == (2, BORN) and [chain[0].digest for chain in found.chains] == ["sha256", "sha512"]
    assert judged(record, office, store, at=at) == ("ok", "")
    replaced(record, "record", b"another", store)
    assert judged(record, office, store, at=at)[0] == "failed"


@pytest.fixture
def killable(tmp_path: Path, pki: Pki) -> Iterator[Killable]:
    """A home whose store is up, and commands in it that can be killed; the authority goes by the machine's clock."""
    pki.now = None
    home = tmp_path / "killable"
    office_of(home, pki)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SOHOA_", "COV", "PYTEST"))}
    with embedded_store(home) as connection, connection.store() as store:
        store.prepare()
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.pipeline.signing.renewal_run"],
            env={**kept, "SOHOA_HOME": str(home), "PYTHONPATH": str(Path(__file__).parents[3])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        yield Killable(home, child, store)
        child.communicate(timeout=60)


@dataclass(frozen=True)
class Killable:
    home: Path
    child: subprocess.Popen[str]
    store: S3Store

    def __call__(self, **wish: Any) -> tuple[int, Any]:
        assert self.child.stdin is not None and self.child.stdout is not None
        self.child.stdin.write(json.dumps(wish) + "\n")
        self.child.stdin.flush()
        status, answer = json.loads(self.child.stdout.readline())
        return status, answer

    def rows(self, question: str, *values: object) -> list[Any]:
        with sqlite3.connect(self.home / "catalogue.sqlite3", timeout=30) as database:
            return database.execute(question, values).fetchall()


@pytest.mark.timeout(180)
def test_a_run_killed_at_any_step_is_completed_by_the_next_and_nothing_is_made_twice(killable: Killable, tmp_path: Path) -> None:
    killed, steps = True, 0
    while killed:
        steps += 1
        papers = [str(plain_paper(tmp_path / f"{steps}-{number}.pdf")) for number in range(2)]
        for path in papers:
            Path(path).write_bytes(Path(path).read_bytes() + f"% {path}\n".encode())
        _, ids = killable(deposit=papers)
        status, _ = killable(command=["evidence", "archive"], kill=steps)
        killed = status == -signal.SIGKILL
        _, (code, _, said) = killable(command=["evidence", "archive"])
        assert code == 0, said
        for pk in ids:
            (package,) = killable.rows("SELECT package FROM catalogue_record WHERE id = ?", pk)
            held = ocfl.opened(killable.store, *package).under(f"{pk}/evidence")
            assert [one.path for one in held] == [path_of(pk, 1), about_path_of(pk, 1)]
            assert killable.rows("SELECT number FROM catalogue_evidence WHERE record_id = ?", pk) == [(1,)]
            events = "SELECT count(*) FROM audit_auditevent WHERE subject = ? AND action = 'record.evidence_made'"
            assert killable.rows(events, pk) == [(1,)]
    assert steps == 15, "two records: six objects and a transaction each; the fifteenth step is never reached"
    assert killable.rows("SELECT count(*) FROM catalogue_evidence") == [(30,)]
