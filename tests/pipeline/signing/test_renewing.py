"""Signatures reach the level that is owed and stay provable; what is archived is only added to, beside, and once."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.wrappers import Response

from sohoa.kernel.clock import now
from sohoa.kernel.errors import Exit
from sohoa.kernel.verdicts import Outcome
from sohoa.pipeline.signing.office import SigningOffice
from sohoa.pipeline.signing.papers import Way, deliver_file, request_for
from sohoa.pipeline.signing.renewing import Became, Item, Renewing, next_end
from sohoa.pipeline.verification import verify_record
from sohoa.signing.flow.job import Job, State
from sohoa.signing.model import Role
from sohoa.signing.pades.held import Level
from sohoa.signing.pades.renewal import Strength
from sohoa.signing.profiles.facts import Facts
from sohoa.signing.profiles.profile import chosen
from sohoa.signing.validation.validate import validate_pdf
from sohoa.storage.audit.models import AuditEvent
from sohoa.storage.catalogue.records import Record, StoredFile
from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.objects.model import RECORDS, ObjectStore
from sohoa.storage.objects.s3 import S3Store
from sohoa.storage.packages import ocfl
from sohoa.storage.reading_room import NoSuchRecord, opened
from sohoa.storage.renewals import path_of, versions
from tests.pipeline.signing.archived import LOCK, archive, office_of, plain_paper, signed_paper
from tests.signing.authority import PASSPHRASE, YEAR, Pki, authority

pytestmark = pytest.mark.django_db

LTA = Level.B_LTA.said
A_YEAR = timedelta(days=365)
BORN = now().replace(microsecond=0) - 4.5 * YEAR  # its first time-stamping certificate ends in half a year


def renewed_in(store: ObjectStore, record: Record) -> bool:
    return path_of(record.pk, 1) in ocfl.opened(store, record.package).files


@pytest.fixture(scope="module")
def _young(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pki]:
    with authority(tmp_path_factory.mktemp("pki")) as pki:
        yield pki


@pytest.fixture
def pki(_young: Pki) -> Iterator[Pki]:
    """As of now."""
    _young.forget_counts()
    yield _young
    _young.start()


@pytest.fixture(scope="module")
def _old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pki]:
    with authority(tmp_path_factory.mktemp("old-pki"), now=BORN) as pki:
        yield pki


@pytest.fixture
def old(_old: Pki) -> Iterator[Pki]:
    """Its clock stands at its birth; `old.now = None` brings it to the present, where it stamps with its second certificate."""
    yield _old
    _old.now = BORN
    _old.start()


@pytest.fixture
def office(tmp_path: Path, pki: Pki) -> SigningOffice:
    return office_of(tmp_path / "home", pki)


def renewing(office: SigningOffice, store: ObjectStore, **more: Any) -> Renewing:
    """As `sohoa renew` makes one for each run: nothing is known from before."""
    return replace(Renewing(SigningOffice(office.home, office.plan), store, LOCK, A_YEAR, now, "mau"), **more)


def ran(run: Renewing, jobs: list[Job], ids: list[str]) -> list[Item]:
    with run.office:
        return list(run.run(jobs, ids))


def renewed(record: Record, office: SigningOffice, store: ObjectStore, **more: Any) -> Item:
    (item,) = ran(renewing(office, store, **more), [], [record.pk])
    record.refresh_from_db()
    return item


def files_renewed(office: SigningOffice, store: ObjectStore, **more: Any) -> list[Item]:
    run = renewing(office, store, **more)
    return ran(run, run.jobs(), [])


def is_sound(record: Record, office: SigningOffice, store: ObjectStore) -> bool:
    return verify_record(record, store, trust=office.trust, now=now()).ok


def test_a_record_whose_services_were_out_reaches_lta_as_a_new_object_beside_the_old(
    pki: Pki, office: SigningOffice, store: S3Store, tmp_path: Path
):
    record = archive(signed_paper(tmp_path / "a.pdf", pki, when=now()), store, now=now())
    assert record.pk in renewing(office, store).records()
    item = renewed(record, office, store)
    assert (item.became, item.before, item.level, item.error) == (Became.RAISED, "PAdES-B-B", LTA, None)
    first, second = versions(record)
    assert second.role == "record-000001"
    store.download(RECORDS, second.key, second.version_id, tmp_path / "b.pdf")
    assert (tmp_path / "b.pdf").read_bytes().startswith((tmp_path / "a.pdf").read_bytes())
    assert (record.signature_level, record.signature_verdict) == (LTA, "ok")
    assert record.renew_by == pki.certificate("tsa-0").not_valid_after_utc
    kept = [store.head(file.bucket, file.key, file.version_id).retention for file in (first, second)]
    assert kept[0] is not None and kept[0] == kept[1], "the new version is locked as long as the record, and no longer"
    event = AuditEvent.objects.get(subject=record.pk, action="record.signature_renewed")
    assert event.actor == "mau" and json.loads(event.details)["previous"] == first.sha256
    shown = opened(record.pk, now=now())["signature"]
    assert (shown["level"], shown["file"]) == (LTA, "record-000001")
    assert is_sound(record, office, store)
    assert record.pk not in renewing(office, store).records(), "nothing is left to do"
    assert renewed(record, office, store).became is Became.LEFT


def test_a_record_is_renewed_before_its_newest_timestamp_ends_and_not_much_sooner(old: Pki, store: S3Store, tmp_path: Path):
    office = office_of(tmp_path / "home", old)
    paper = signed_paper(tmp_path / "a.pdf", old, when=BORN, level=Level.B_LTA)
    record = archive(paper, store, now=now(), level=Level.B_LTA)
    old.now = None
    item = renewed(record, office, store, margin=timedelta(days=100))
    assert item.became is Became.LEFT
    assert record.renew_by == next_end() == old.certificate("tsa-0").not_valid_after_utc, "looked up once, then known"
    assert record.pk not in renewing(office, store, margin=timedelta(days=100)).records()
    assert record.pk in renewing(office, store).records()
    item = renewed(record, office, store)
    assert (item.became, item.reason, item.level) == (Became.RENEWED, "certificate_ends", LTA)
    assert record.renew_by == old.certificate("tsa-1").not_valid_after_utc
    assert is_sound(record, office, store)
    assert renewed(record, office, store).became is Became.LEFT and versions(record).count() == 2


def test_an_outage_leaves_everything_as_it_was_and_the_next_run_does_the_rest(
    pki: Pki, office: SigningOffice, store: S3Store, tmp_path: Path
):
    records = [archive(signed_paper(tmp_path / f"{n}.pdf", pki, when=now()), store, now=now()) for n in range(2)]
    pki.stop()
    items = ran(renewing(office, store), [], [record.pk for record in records])
    assert [(item.became, item.error and item.error.code) for item in items] == [(Became.OWED, "signing.timestamp_unavailable")] * 2
    assert {item.exit_code for item in items} == {Exit.UNREACHABLE}
    assert StoredFile.objects.filter(role="record-000001").count() == 0
    pki.start()
    items = ran(renewing(office, store), [], [record.pk for record in records])
    assert [item.level for item in items] == [LTA, LTA]


def test_no_version_is_kept_for_half_of_the_way_while_revocation_cannot_be_asked_for(
    pki: Pki, office: SigningOffice, store: S3Store, tmp_path: Path
):
    record = archive(signed_paper(tmp_path / "a.pdf", pki, when=now()), store, now=now())
    with contextlib.ExitStack() as out:
        for url in (pki.ocsp_url, pki.crl_url):
            out.enter_context(pki.lying(url, lambda *_: Response(status=503)))
        item = renewed(record, office, store)
    assert (item.became, item.error and item.error.code) == (Became.OWED, "signing.revocation_unavailable")
    assert not renewed_in(store, record) and record.signature_level == "PAdES-B-B"
    assert renewed(record, office, store).level == LTA


def test_a_renewal_that_our_own_validation_does_not_believe_is_not_archived(pki: Pki, store: S3Store, tmp_path: Path):
    record = archive(signed_paper(tmp_path / "a.pdf", pki, when=now()), store, now=now())
    office = office_of(tmp_path / "home", pki, tsa=pki.wrong_tsa_url)
    item = renewed(record, office, store)
    assert (item.became, item.error and item.error.code) == (Became.FAILED, "pipeline.renewal_unsound")
    assert item.exit_code is Exit.NEEDS_A_PERSON
    assert versions(record).count() == 1 and not renewed_in(store, record)


def test_nothing_is_stamped_or_fetched_where_a_renewal_would_gain_nothing(
    pki: Pki, office: SigningOffice, store: S3Store, tmp_path: Path
):
    record = archive(signed_paper(tmp_path / "a.pdf", pki, when=now()), store, now=now())
    renewed(record, office, store)
    pki.forget_counts()
    item = renewed(record, office, store, margin=10 * A_YEAR)
    assert (item.became, item.exit_code) == (Became.WAITS, Exit.OK)
    assert pki.counted(pki.tsa_url) == 1, "the trial, once in a run"
    weak = Strength(hashes={"sha256": now() + timedelta(days=30)})
    item = renewed(record, office, store, strength=weak)
    assert item.became is Became.WAITS, "stamping again with the same hash would prove nothing for longer"
    assert versions(record).count() == 2


def test_a_certificate_that_names_nowhere_to_ask_gets_what_can_be_had_once(
    pki: Pki, office: SigningOffice, store: S3Store, tmp_path: Path
):
    record = archive(signed_paper(tmp_path / "a.pdf", pki, when=now(), kind="mute"), store, now=now())
    item = renewed(record, office, store)
    assert (item.became, item.level, item.exit_code) == (Became.RAISED, "PAdES-B-T", Exit.OK)
    assert item.error and item.error.code == "signing.revocation_not_offered"
    for _ in range(2):
        assert renewed(record, office, store).became is Became.OWED
    assert versions(record).count() == 2 and is_sound(record, office, store)


def test_a_certificate_that_names_nowhere_to_ask_keeps_its_proof_of_time_alive(old: Pki, store: S3Store, tmp_path: Path):
    office = office_of(tmp_path / "home", old)
    paper = signed_paper(tmp_path / "a.pdf", old, when=BORN, kind="mute", level=Level.B_T)
    record = archive(paper, store, now=now(), level=Level.B_T)
    old.now = None
    item = renewed(record, office, store)
    assert (item.became, item.level) == (Became.RENEWED, "PAdES-B-T")
    assert record.renew_by == old.certificate("tsa-1").not_valid_after_utc


def test_a_paper_that_arrived_signed_or_was_never_signed_is_left_as_it_is(
    pki: Pki, office: SigningOffice, store: S3Store, tmp_path: Path
):
    arrived = archive(signed_paper(tmp_path / "a.pdf", pki, when=now()), store, now=now(), on_arrival=True)
    unsigned = archive(signed_paper(tmp_path / "b.pdf", pki, when=now()), store, now=now(), verdict="")
    assert not {arrived.pk, unsigned.pk} & set(renewing(office, store).records())
    items = ran(renewing(office, store), [], renewing(office, store).records([arrived.pk, unsigned.pk]))
    assert sorted(item.reason for item in items) == ["arrived_signed", "unsigned"]
    assert {item.became for item in items} == {Became.LEFT} and is_sound(arrived, office, store)
    with pytest.raises(NoSuchRecord):
        renewing(office, store).records([arrived.pk, "0" * 20])


def test_a_dry_run_tells_what_is_due_and_touches_nothing(pki: Pki, office: SigningOffice, store: S3Store, tmp_path: Path):
    record = archive(signed_paper(tmp_path / "a.pdf", pki, when=now()), store, now=now())
    pki.forget_counts()
    item = renewed(record, office, store, dry_run=True)
    assert (item.became, item.before, item.wanted) == (Became.DUE, "PAdES-B-B", LTA)
    assert item.by == pki.certificate("rsa2048").not_valid_after_utc
    assert pki.counted() == 0 and record.renew_by is None and not renewed_in(store, record)


def test_a_copy_that_the_store_gives_back_altered_is_not_renewed(pki: Pki, office: SigningOffice, tmp_path: Path):
    store = FolderStore(tmp_path / "store")
    store.prepare()
    record = archive(signed_paper(tmp_path / "a.pdf", pki, when=now()), store, now=now())
    content = tmp_path / "store" / RECORDS / record.files.get(role="record").key
    content.write_bytes(content.read_bytes() + b"\n% them")
    item = renewed(record, office, store)
    assert (item.became, item.error and item.error.code) == (Became.FAILED, "pipeline.stored_copy_differs")
    assert versions(record).count() == 1


def test_without_a_time_stamping_service_the_clerk_is_told_to_name_one(pki: Pki, store: S3Store, tmp_path: Path):
    office = office_of(tmp_path / "home", pki, services=False)
    record = archive(signed_paper(tmp_path / "a.pdf", pki, when=now()), store, now=now())
    assert renewed(record, office, store).became is Became.LEFT, "B-B is all that this office wants"
    assert record.renew_by == pki.certificate("rsa2048").not_valid_after_utc
    item = renewed(record, office, store, margin=4 * A_YEAR)
    assert (item.became, item.exit_code) == (Became.OWED, Exit.USAGE)


# -- files of `sohoa sign` --------------------------------------------------------------------------------------------


@pytest.fixture
def signing(tmp_path: Path, pki: Pki) -> SigningOffice:
    pki.signer("rsa2048").p12(tmp_path / "key.p12")
    secret = tmp_path / "pass"
    secret.write_text(PASSPHRASE, encoding="utf-8")
    secret.chmod(0o600)
    key = f'[signers.mau]\nkind = "pkcs12"\nfile = "{tmp_path}/key.p12"\npassphrase_file = "{secret}"\n'
    return office_of(tmp_path / "home", pki, more=key)


def sign_during_an_outage(office: SigningOffice, pki: Pki, source: Path, target: Path) -> Job:
    with pki.lying(pki.tsa_url, lambda *_: Response(status=503)), SigningOffice(office.home, office.plan) as there:
        session = there.session("mau", deliver_file)
        way = Way(chosen("invisible", Role.AGENCY), lambda when: Facts(when, "", ""), there.level)
        (result,) = session.sign([request_for(source, target, way, title="Giấy", now=now())])
    assert result.error is None and result.job and result.job.owes
    return result.job


@pytest.fixture
def owed(signing: SigningOffice, pki: Pki, tmp_path: Path) -> Job:
    return sign_during_an_outage(signing, pki, plain_paper(tmp_path / "giay.pdf"), tmp_path / "giay-da-ky.pdf")


def test_a_file_that_owes_its_level_is_raised_and_delivered_in_place_of_the_one_that_went_out(
    signing: SigningOffice, owed: Job, store: S3Store, tmp_path: Path
):
    before = (tmp_path / "giay-da-ky.pdf").read_bytes()
    (item,) = files_renewed(signing, store)
    assert (item.kind, item.became, item.before, item.level) == ("file", Became.RAISED, "PAdES-B-B", LTA)
    after = tmp_path / "giay-da-ky.pdf"
    assert after.read_bytes().startswith(before)
    report = validate_pdf(after, trust=signing.trust, now=now())
    assert (report.verdict, report.signatures[0].level) == (Outcome.OK, LTA)
    assert renewing(signing, store).jobs() == []


def test_a_file_that_somebody_else_put_there_is_not_overwritten(signing: SigningOffice, owed: Job, store: S3Store, tmp_path: Path):
    (tmp_path / "giay-da-ky.pdf").write_bytes(b"khac")
    (item,) = files_renewed(signing, store)
    assert (item.became, item.error and item.error.code) == (Became.FAILED, "pipeline.target_taken")
    assert (tmp_path / "giay-da-ky.pdf").read_bytes() == b"khac"
    (tmp_path / "giay-da-ky.pdf").unlink()
    (item,) = files_renewed(signing, store)
    assert (item.became, item.level) == (Became.RAISED, LTA), "interrupted after it was raised, it is still delivered"
    assert validate_pdf(tmp_path / "giay-da-ky.pdf", trust=signing.trust, now=now()).verdict is Outcome.OK


def test_an_outage_leaves_the_file_owing_and_a_lost_copy_is_told(
    signing: SigningOffice, owed: Job, pki: Pki, store: S3Store, tmp_path: Path
):
    before = (tmp_path / "giay-da-ky.pdf").read_bytes()
    pki.stop()
    (item,) = files_renewed(signing, store)
    assert (item.became, item.exit_code) == (Became.OWED, Exit.UNREACHABLE)
    assert (tmp_path / "giay-da-ky.pdf").read_bytes() == before
    (item,) = files_renewed(signing, store, dry_run=True)
    assert (item.became, item.wanted) == (Became.DUE, LTA)
    signing.journal.document(owed.id).unlink()
    (item,) = files_renewed(signing, store)
    assert (item.became, item.error and item.error.code) == (Became.FAILED, "pipeline.signed_copy_missing")
    found = signing.journal.find(owed.id)
    assert found and found.state is State.ARCHIVED


def test_a_file_whose_raising_was_interrupted_before_it_was_delivered_is_delivered(
    signing: SigningOffice, owed: Job, store: S3Store, tmp_path: Path
):
    """As a kill leaves it after the first durable step of a run (tests/cli/test_renew.py kills for real)."""
    signing.journal.advance(owed, State.FINISHED)
    (item,) = files_renewed(signing, store)
    assert (item.became, item.level) == (Became.RAISED, LTA)
    assert validate_pdf(tmp_path / "giay-da-ky.pdf", trust=signing.trust, now=now()).verdict is Outcome.OK
