"""A pile of papers, one key holder: what is promised when services are out, people say no, and things are interrupted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from sohoa.kernel.errors import SohoaError
from sohoa.kernel.verdicts import Outcome
from sohoa.signing.flow.finishing import Finishing
from sohoa.signing.flow.job import Job, State
from sohoa.signing.flow.journal import Journal
from sohoa.signing.flow.session import Request, Result, SigningSession
from sohoa.signing.http import Http
from sohoa.signing.pades.held import Level
from sohoa.signing.pades.levels import TrustServices
from sohoa.signing.signers.holder import Answer, HashJob, KeyHolder, Signed
from sohoa.signing.signers.pkcs12 import KeyInMemory, load_pkcs12
from sohoa.signing.signers.sp769 import Sp769Holder
from sohoa.signing.trustservices.revocation import RevocationService
from sohoa.signing.trustservices.tsa import TimestampAuthority
from sohoa.signing.validation.validate import validate_pdf
from tests.signing.authority import PASSPHRASE, Pki
from tests.signing.pki import NOW, write_paper
from tests.signing.services.person import APPROVES_LATER, DECLINES, NEVER_ANSWERS
from tests.signing.services.sp769_service import ACCOUNT, Sp769Service, sp769_service


@dataclass
class Desk:
    """A journal and what stands around it. spoilt: name of a target that cannot be written."""

    room: Path
    root: Path
    services: TrustServices | None = None
    said: list[str] = field(default_factory=list)
    spoilt: str = ""

    @property
    def journal(self) -> Journal:
        return Journal(self.room / "journal")

    def deliver(self, job: Job, signed: Path) -> None:
        target = Path(job.destination)
        if self.spoilt == target.name:
            raise SohoaError()
        shutil.copyfile(signed, target)

    @property
    def finishing(self) -> Finishing:
        return Finishing(self.journal, self.services, [self.root], self.deliver, lambda: NOW)

    def sign(self, holder: KeyHolder, *requests: Request) -> list[Result]:
        session = SigningSession(
            self.journal, holder, self.finishing, lambda: NOW, lambda _: None, lambda *_: None, self.said.append
        )
        return list(session.sign(requests))

    def paper(self, name: str, wanted: Level = Level.B_B) -> Request:
        source = self.room / f"{name}.pdf"
        if not source.exists():
            write_paper(source).write_bytes(source.read_bytes() + f"\n% {name}\n".encode())
        return Request(source, f"Giấy tờ {name}", str(self.room / f"{name}.signed.pdf"), wanted=wanted)

    def signed(self, name: str) -> Path:
        return self.room / f"{name}.signed.pdf"

    def levels(self, name: str) -> list[tuple[str, str]]:
        report = validate_pdf(self.signed(name), trust=[self.root], now=NOW)
        return [(one.level, one.verdict.value) for one in report.signatures]


def der(pki: Pki) -> bytes:
    return pki.root.public_bytes(Encoding.DER)


@pytest.fixture
def desk(pki: Pki, tmp_path: Path) -> Desk:
    http = Http(connect=2, read=5)
    services = TrustServices(TimestampAuthority(pki.tsa_url, http), RevocationService(http), (der(pki),))
    return Desk(tmp_path, pki.root_pem, services)


@pytest.fixture
def key(pki: Pki, tmp_path: Path) -> KeyInMemory:
    return load_pkcs12(pki.signer("rsa2048").p12(tmp_path / "key.p12"), PASSPHRASE)


class Counting:
    """A key holder that remembers every hash that it was ever asked to sign."""

    def __init__(self, key: KeyInMemory) -> None:
        self._key = key
        self.kind, self.interactive, self.max_batch = key.kind, key.interactive, key.max_batch
        self.asked: list[bytes] = []

    def identity(self):
        return self._key.identity()

    def sign_hashes(self, jobs: Sequence[HashJob], *, transaction: str) -> Answer:
        self.asked += [job.digest for job in jobs]
        return self._key.sign_hashes(jobs, transaction=transaction)

    def poll(self, transaction: str, jobs: Sequence[HashJob]) -> Answer | None:
        return None

    def close(self) -> None: ...


class Swapping(Counting):
    """Gives each document the signature of another."""

    def sign_hashes(self, jobs: Sequence[HashJob], *, transaction: str) -> Answer:
        answer = super().sign_hashes(jobs, transaction=transaction)
        assert isinstance(answer, Signed)
        values = list(answer.signatures.values())
        return replace(answer, signatures=dict(zip(answer.signatures, [*values[1:], values[0]], strict=True)))


@pytest.mark.parametrize("wanted", list(Level))
def test_a_pile_reaches_the_level_that_was_wanted(desk: Desk, key: KeyInMemory, wanted: Level) -> None:
    results = desk.sign(key, *(desk.paper(f"to-{number}", wanted) for number in range(20)))
    assert [result.error for result in results] == [None] * 20
    assert {result.job.level for result in results if result.job} == {wanted}
    assert desk.levels("to-19")[0][0] == wanted.said
    assert all(sha256(desk.signed(f"to-{n}").read_bytes()).hexdigest() == results[n].job.sha256 for n in range(20))


def test_the_same_paper_is_signed_once_however_often_it_is_asked_for(desk: Desk, key: KeyInMemory) -> None:
    holder = Counting(key)
    first = desk.sign(holder, desk.paper("don"), desk.paper("don"))
    second = desk.sign(holder, desk.paper("don"))
    assert [result.again for result in (*first, *second)] == [False, True, True]
    assert len(holder.asked) == 1
    assert {result.job.id for result in (*first, *second) if result.job} == {first[0].job.id}


def test_a_paper_that_cannot_be_signed_stops_no_other(desk: Desk, key: KeyInMemory) -> None:
    (desk.room / "hong.pdf").write_bytes(b"%PDF-1.7 cut short")
    (desk.room / "anh.pdf").write_bytes(b"not a paper")
    results = desk.sign(
        key, desk.paper("hong"), desk.paper("tot"), desk.paper("anh"), replace(desk.paper("tot-2"), source=Path("/no"))
    )
    assert [result.error.code if result.error else "" for result in results] == [
        "signing.pdf_damaged",
        "",
        "signing.not_a_pdf",
        "signing.file_unreadable",
    ]
    assert desk.signed("tot").exists()


def test_a_failed_delivery_is_made_up_for_without_signing_again(desk: Desk, key: KeyInMemory) -> None:
    holder = Counting(key)
    desk.spoilt = "don.signed.pdf"
    (failed,) = desk.sign(holder, desk.paper("don"))
    assert failed.error is not None and not desk.signed("don").exists()
    desk.spoilt = ""
    (ended,) = desk.sign(holder, desk.paper("don"))
    assert ended.error is None and ended.job.state is State.ARCHIVED and len(holder.asked) == 1


def test_without_services_every_paper_is_signed_and_the_rest_is_owed_until_they_return(
    desk: Desk, key: KeyInMemory, pki: Pki
) -> None:
    pki.stop()
    names = [f"mat-mang-{number}" for number in range(6)]
    results = desk.sign(key, *(desk.paper(name, Level.B_LTA) for name in names))
    assert {(result.job.level, result.job.lacking) for result in results} == {(Level.B_B, "signing.timestamp_unavailable")}
    assert all(desk.levels(name)[0][0] == "PAdES-B-B" for name in names)
    assert sum(job.owes for job in desk.journal.jobs()) == 6

    assert all(desk.finishing.raise_owed(job).owes for job in desk.journal.jobs()), "nothing can be raised while they are away"
    pki.start()
    fresh = Http(connect=2, read=5)
    desk.services = TrustServices(TimestampAuthority(pki.tsa_url, fresh), RevocationService(fresh), (der(pki),))
    raised = [desk.finishing.raise_owed(job) for job in desk.journal.jobs()]
    assert {(job.level, job.state) for job in raised} == {(Level.B_LTA, State.ARCHIVED)}
    assert all(desk.levels(name)[0] == ("PAdES-B-LTA", "ok") for name in names)
    assert not any(job.owes for job in desk.journal.jobs())
    assert not list(desk.journal.root.rglob("document.pdf")), "what is delivered and owes nothing is not kept twice"


def test_revocation_services_that_are_out_cost_a_level_only(desk: Desk, key: KeyInMemory, pki: Pki) -> None:
    with pki.lying(pki.ocsp_url, lambda asked, honest: b"<html>"), pki.lying(pki.crl_url, lambda asked, honest: b"<html>"):
        (result,) = desk.sign(key, desk.paper("don", Level.B_LTA))
    assert result.job.level is Level.B_T and result.job.owes
    assert desk.levels("don")[0][0] == "PAdES-B-T"


def test_signatures_that_were_swapped_are_noticed_and_nothing_goes_out(desk: Desk, key: KeyInMemory) -> None:
    results = desk.sign(Swapping(key), desk.paper("mot"), desk.paper("hai"))
    assert [result.error.code for result in results] == ["signing.key_does_not_fit"] * 2
    assert not desk.signed("mot").exists() and not desk.signed("hai").exists()
    again = desk.sign(key, desk.paper("mot"), desk.paper("hai"))
    assert [result.error for result in again] == [None, None]


def test_bytes_left_by_an_interrupted_finish_are_cut_off(desk: Desk, key: KeyInMemory) -> None:
    desk.spoilt = "don.signed.pdf"
    (failed,) = desk.sign(key, desk.paper("don", Level.B_LTA))
    job = desk.journal.find(failed.job.id)
    desk.journal.advance(job, State.SIGNATURE_RECEIVED)
    document = desk.journal.document(job.id)
    document.write_bytes(document.read_bytes() + b"half a revision")
    desk.spoilt = ""
    (ended,) = desk.sign(key, desk.paper("don", Level.B_LTA))
    assert ended.error is None and desk.levels("don")[0] == ("PAdES-B-LTA", "ok")


def test_somebody_else_who_signs_the_same_paper_is_told_to_wait(desk: Desk, key: KeyInMemory) -> None:
    (first,) = desk.sign(key, desk.paper("don"))
    desk.journal.advance(first.job, State.PREPARED)
    with desk.journal.held(first.job.id):
        (busy,) = desk.sign(key, desk.paper("don"))
    assert busy.error.code == "signing.in_progress"


def test_what_was_kept_and_cannot_be_read_is_never_signed_anew(desk: Desk, key: KeyInMemory) -> None:
    holder = Counting(key)
    (first,) = desk.sign(holder, desk.paper("don"))
    (desk.journal.root / first.job.id / "job.json").write_text('{"format": "sohoa-signing/1"')
    (refused,) = desk.sign(holder, desk.paper("don"))
    assert refused.error.code == "signing.job_damaged" and len(holder.asked) == 1


# --- a person who has to agree -------------------------------------------------------------------------------------------------


@dataclass
class Phone:
    """A service that asks somebody's telephone, and an office that waits for it: each wait is a minute."""

    service: Sp769Service
    desk: Desk
    now: datetime = NOW
    interrupted_after: int = 0

    def sign(self, *names: str) -> list[Result]:
        """As a process that was just started does it."""
        holder = Sp769Holder(self.service.url, ACCOUNT, clock=lambda: self.now, wait=lambda _: None)
        session = SigningSession(
            self.desk.journal, holder, self.desk.finishing, lambda: self.now, self._wait, lambda *_: None, self.desk.said.append
        )
        return list(session.sign(self.desk.paper(name) for name in names))

    def _wait(self, _: float) -> None:
        self.now += timedelta(minutes=1)
        self.interrupted_after -= 1
        if self.interrupted_after == 0:
            raise KeyboardInterrupt


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[Phone]:
    with sp769_service(tmp_path, person=APPROVES_LATER) as service:
        yield Phone(service, Desk(tmp_path, tmp_path / "root.pem"))


def test_one_approval_signs_the_whole_pile(phone: Phone) -> None:
    results = phone.sign(*(f"don-{number}" for number in range(10)))
    assert [result.error for result in results] == [None] * 10
    assert (phone.service.authorisations, phone.service.approvals) == (1, 1)
    assert len(phone.desk.said) == 1, "the person is told once what to do, not at each look"
    assert {result.job.verdict for result in results} == {Outcome.OK}


def test_an_interrupted_wait_is_taken_up_without_asking_the_person_again(phone: Phone) -> None:
    phone.interrupted_after = 1
    with pytest.raises(KeyboardInterrupt):
        phone.sign("mot", "hai")
    assert {job.state for job in phone.desk.journal.jobs()} == {State.SUBMITTED}
    results = phone.sign("hai", "mot")
    assert [result.error for result in results] == [None, None]
    assert (phone.service.authorisations, phone.service.approvals) == (1, 1)


def test_a_pile_resumed_in_part_gets_the_rest_later_from_the_same_approval(phone: Phone) -> None:
    phone.interrupted_after = 1
    with pytest.raises(KeyboardInterrupt):
        phone.sign("mot", "hai")
    assert [phone.sign(name)[0].error for name in ("mot", "hai")] == [None, None]
    assert (phone.service.authorisations, phone.service.approvals) == (1, 1)


def test_a_person_who_declines_is_believed_and_may_be_asked_again(phone: Phone) -> None:
    phone.service.person = DECLINES
    (declined,) = phone.sign("don")
    assert declined.error is not None and not phone.desk.signed("don").exists()
    assert "từ chối" in declined.error.as_dict()["vi"]
    phone.service.person = APPROVES_LATER
    (agreed,) = phone.sign("don")
    assert agreed.error is None and agreed.job.id == declined.job.id
    assert (phone.service.authorisations, phone.service.approvals) == (2, 1)


def test_somebody_who_never_looks_is_waited_for_only_so_long(phone: Phone) -> None:
    phone.service.person = NEVER_ANSWERS
    (waited,) = phone.sign("don")
    assert waited.error.code == "signing.not_agreed" and phone.now - NOW < timedelta(minutes=15)


def test_who_agrees_after_we_gave_up_waiting_is_not_asked_again(phone: Phone) -> None:
    phone.service.person = NEVER_ANSWERS
    phone.sign("don")
    phone.service.person = APPROVES_LATER
    (agreed,) = phone.sign("don")
    assert agreed.error is None
    assert (phone.service.authorisations, phone.service.approvals) == (1, 1)


def test_a_service_that_forgot_the_request_is_asked_anew_for_the_same_signature(phone: Phone) -> None:
    phone.interrupted_after = 1
    with pytest.raises(KeyboardInterrupt):
        phone.sign("don")
    (before,) = phone.desk.journal.jobs()
    phone.service.restart(forgetting=True)
    (result,) = phone.sign("don")
    assert result.error is None and result.job.prepared == before.prepared
