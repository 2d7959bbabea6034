"""From the server's request to the clerk's signature and back, over real HTTP, with real keys."""

from __future__ import annotations

import json
import ssl
import subprocess
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from sohoa.kernel.errors import SohoaError
from sohoa.signing.http import Http, ServiceUnreachable
from sohoa.signing.pades.cms import envelope_of
from sohoa.signing.pades.prepare import fill
from sohoa.signing.signers.agent.agent import PAUSES, Happening, KeyNotAtHand, Told, run_agent
from sohoa.signing.signers.agent.holder import AgentHolder, PreparedDocumentMissing
from sohoa.signing.signers.agent.journal import Journal, MachineCannotKeep
from sohoa.signing.signers.agent.post import TransactionTaken
from sohoa.signing.signers.agent.registering import (
    AgentNameTaken,
    AgentNeverSeen,
    AgentUnknown,
    pair,
    paired,
    unpair,
)
from sohoa.signing.signers.agent.sealing import Pairing
from sohoa.signing.signers.agent.serving import serve
from sohoa.signing.signers.holder import Answer, HashJob, Identity, KeyDoesNotFit, Mechanism, Pending, Refusal, Signed
from sohoa.signing.signers.pins import PinPrompt
from sohoa.signing.signers.pkcs11 import Pkcs11Holder
from tests.signing.agent.office import HTTP, MACHINE, Clerk, Clock, Counting, Middle, Office, in_memory, stop_when_idle
from tests.signing.pki import NOW
from tests.signing.tokens import LIBRARY, PIN, WORTHLESS, Placed, SoftTokens, certificate_for

T = "giao-dich-1"


def signed(answer: Answer | None) -> dict[str, bytes]:
    assert isinstance(answer, Signed)
    assert answer.refused == {}
    return dict(answer.signatures)


def refused(answer: Answer | None) -> dict[str, Refusal]:
    assert isinstance(answer, Signed)
    assert answer.signatures == {}
    return dict(answer.refused)


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_paper_is_signed_by_a_token_on_another_machine(
    office: Office, server: str, pairing: Pairing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    tokens = SoftTokens(tmp_path)
    monkeypatch.setenv("SOFTHSM2_CONF", str(tokens.configuration))
    own = ec.generate_private_key(ec.SECP256R1())
    certificate = certificate_for(own)
    tokens.add("CanBo", [Placed(certificate, own)])
    token = Pkcs11Holder(LIBRARY, PinPrompt(lambda needed: PIN), clock=office.clock)
    try:
        office.work(server, pairing, token, Clerk())  # the first connection tells the server whose certificate it is
        holder = office.holder()
        identity = holder.identity()
        assert (identity.name, identity.mechanism) == (f"Đơn vị thử – {WORTHLESS}", Mechanism.ECDSA)
        paper = office.paper(1, identity)
        assert isinstance(holder.sign_hashes([paper.job], transaction=T), Pending)
        clerk = Clerk()
        told = office.work(server, pairing, token, clerk)
    finally:
        token.close()
    assert [one.happening for one in told] == [Happening.CONNECTED, Happening.SIGNED]
    signature = signed(holder.poll(T, [paper.job]))[paper.job.id]
    with paper.path.open("r+b") as document:
        fill(document, paper.prepared, envelope_of(identity).packed(paper.job.attributes, signature))
    said = subprocess.run(["pdfsig", "-nocert", paper.path], capture_output=True, text=True, check=False, timeout=30).stdout
    assert "Signature is Valid" in said
    assert "Total document signed" in said


def test_the_clerk_sees_the_paper_that_will_be_signed_and_no_copy_of_it_stays(
    office: Office, server: str, known: Pairing, own: Counting
):
    paper = office.paper(1, own.identity(), title="Quyết định\u202e số\x1b[31m 5\n/QĐ-UBND")
    original = paper.path.read_bytes()
    office.holder().sign_hashes([paper.job], transaction=T)
    seen: list[bytes] = []
    clerk = Clerk(meanwhile=lambda question: seen.extend(shown.path.read_bytes() for shown in question.shown))
    office.work(server, known, own, clerk)
    (question,) = clerk.questions
    (shown,) = question.shown
    assert seen == [original]
    assert (shown.title, shown.profile, shown.claimed) == ("Quyết định số[31m 5/QĐ-UBND", "SAO Y", NOW)
    assert (shown.document, shown.size, shown.pages) == (paper.prepared.digest.hex(), len(original), 1)
    assert (question.signer, question.expires - question.made) == (own.identity().name, timedelta(hours=8))
    assert shown.path is not None and not shown.path.exists()


@pytest.mark.parametrize("pss", [False, True])
def test_fifty_papers_are_one_question_and_one_answer(office: Office, server: str, pairing: Pairing, pss: bool):
    own = Counting(in_memory(21, pss=pss), max_batch=20)
    office.work(server, pairing, own, Clerk())
    identity = own.identity()
    papers = [office.paper(number, identity) for number in range(50)]
    holder, clerk = office.holder(), Clerk()
    jobs = [paper.job for paper in papers]
    holder.sign_hashes(jobs, transaction=T)
    told = office.work(server, pairing, own, clerk)
    assert [len(question.shown) for question in clerk.questions] == [50]
    assert told[-1] == Told(Happening.SIGNED, 50)
    signatures = signed(holder.poll(T, jobs))
    for job in jobs:
        identity.must_fit(job.attributes, signatures[job.id])
    assert own.signed == [job.id for job in jobs]


def test_the_journal_proves_what_was_signed_and_is_for_its_owner_alone(office: Office, server: str, known: Pairing, own: Counting):
    paper = office.paper(1, own.identity())
    office.holder().sign_hashes([paper.job], transaction=T)
    office.work(server, known, own, Clerk())
    made, sent = lines(office.journal)
    assert (made["answer"], made["title"], made["document"]) == ("signed", paper.job.title, paper.prepared.digest.hex())
    assert (made["when"], made["pages"]) == ("2026-03-05T09:30:00+07:00", 1)
    assert sent["answer"] == "delivered"
    assert office.journal.stat().st_mode & 0o777 == 0o600


def test_asking_twice_with_one_transaction_asks_the_clerk_once(office: Office, server: str, known: Pairing, own: Counting):
    paper, clerk = office.paper(1, own.identity()), Clerk()
    first = office.holder().sign_hashes([paper.job], transaction=T)
    office.clock.pass_by(timedelta(minutes=1))
    second = office.holder().sign_hashes([paper.job], transaction=T)
    assert isinstance(first, Pending)
    assert first == second
    office.work(server, known, own, clerk)
    third = office.holder().sign_hashes([paper.job], transaction=T)
    assert signed(third) == signed(office.holder().poll(T, [paper.job]))
    office.work(server, known, own, clerk)
    assert len(clerk.questions) == len(own.signed) == 1


def test_a_transaction_is_never_taken_for_other_papers(office: Office, known: Pairing, own: Counting):
    one, other = office.paper(1, own.identity()), office.paper(2, own.identity())
    office.holder().sign_hashes([one.job], transaction=T)
    with pytest.raises(TransactionTaken):
        office.holder().sign_hashes([other.job], transaction=T)
    with pytest.raises(TransactionTaken):
        office.holder().poll(T, [other.job])


def test_what_was_never_asked_is_not_known(office: Office, known: Pairing):
    assert office.holder().poll("chưa gửi", []) is None
    assert office.holder().cancel("chưa gửi") is None


def test_a_clerk_who_declines_signs_nothing_and_is_not_asked_again(office: Office, server: str, known: Pairing, own: Counting):
    paper, clerk = office.paper(1, own.identity()), Clerk(agrees=False)
    holder = office.holder()
    holder.sign_hashes([paper.job], transaction=T)
    told = office.work(server, known, own, clerk)
    office.work(server, known, own, clerk)
    assert told[-1] == Told(Happening.DECLINED, 1)
    answer = refused(holder.poll(T, [paper.job]))[paper.job.id]
    assert (answer.error["code"], answer.final) == ("signing.agent_declined", True)
    assert (len(clerk.questions), own.signed) == (1, [])
    assert [line["answer"] for line in lines(office.journal)] == ["declined"]


def test_what_nobody_answers_runs_out_and_is_no_longer_shown(office: Office, server: str, known: Pairing, own: Counting):
    paper, clerk = office.paper(1, own.identity()), Clerk()
    holder = office.holder(patience=timedelta(hours=1))
    waiting = holder.sign_hashes([paper.job], transaction=T)
    assert isinstance(waiting, Pending)
    assert waiting.expires == NOW + timedelta(hours=1)
    assert MACHINE in waiting.told
    office.clock.pass_by(timedelta(hours=1, seconds=1))
    office.work(server, known, own, clerk)
    answer = refused(holder.poll(T, [paper.job]))[paper.job.id]
    assert (answer.error["code"], answer.final) == ("signing.agent_expired", False)
    assert clerk.questions == []
    again = holder.sign_hashes([paper.job], transaction="giao-dich-2")
    assert isinstance(again, Pending)


@pytest.mark.parametrize("ending", ["withdrawn", "run out"])
def test_a_signature_is_not_made_when_nobody_waits_for_it_any_more(
    office: Office, server: str, known: Pairing, own: Counting, ending: str
):
    paper, holder = office.paper(1, own.identity()), office.holder()

    def meanwhile(question: object) -> None:
        if ending == "withdrawn":
            holder.cancel(T)
        else:
            office.clock.pass_by(timedelta(hours=9))

    holder.sign_hashes([paper.job], transaction=T)
    told = office.work(server, known, own, Clerk(meanwhile=meanwhile))
    assert told[-1] == Told(Happening.NOT_WANTED, 1)
    assert own.signed == []
    code = {"withdrawn": "signing.agent_cancelled", "run out": "signing.agent_expired"}[ending]
    answer = refused(holder.poll(T, [paper.job]))[paper.job.id]
    assert (answer.error["code"], answer.final) == (code, False)


def test_withdrawing_too_late_gives_the_signature_that_was_made(office: Office, server: str, known: Pairing, own: Counting):
    paper, holder = office.paper(1, own.identity()), office.holder()
    holder.sign_hashes([paper.job], transaction=T)
    office.work(server, known, own, Clerk())
    assert signed(holder.cancel(T)).keys() == {paper.job.id}


def test_two_agents_each_see_their_own_requests(office: Office, server: str):
    people = {name: (office.pair(name), Counting(in_memory(number))) for number, name in ((21, "Máy A"), (22, "Máy B"))}
    for pairing, own in people.values():
        office.work(server, pairing, own, Clerk())
    papers = {}
    for number, (name, (_, own)) in enumerate(people.items()):
        papers[name] = office.paper(number, own.identity(), title=f"Giấy của {name}")
        office.holder(name).sign_hashes([papers[name].job], transaction=T)
    for name, (pairing, own) in people.items():
        clerk = Clerk()
        office.work(server, pairing, own, clerk)
        assert [shown.title for question in clerk.questions for shown in question.shown] == [f"Giấy của {name}"]
        signature = signed(office.holder(name).poll(T, [papers[name].job]))[papers[name].job.id]
        own.identity().must_fit(papers[name].job.attributes, signature)


def test_an_agent_that_waits_is_given_a_request_at_once_and_stops_when_told(office: Office, known: Pairing, own: Counting):
    paper, stopping, waiting, done = office.paper(1, own.identity()), threading.Event(), threading.Event(), threading.Event()

    def tell(told: Told) -> None:
        {Happening.CONNECTED: waiting, Happening.SIGNED: done}[told.happening].set()

    with serve(office.desk(longest_wait=10)) as server:
        how = {"http": HTTP, "journal": Journal(office.journal), "now": office.clock, "wait": stopping.wait, "tell": tell}
        agent = threading.Thread(target=run_agent, args=(server, known, own, Clerk()), kwargs=how, daemon=True)
        agent.start()
        assert waiting.wait(20)
        office.holder().sign_hashes([paper.job], transaction=T)
        assert done.wait(20)
        stopping.set()
    agent.join(20)
    assert not agent.is_alive()
    assert signed(office.holder().poll(T, [paper.job]))


def test_while_the_server_is_away_the_agent_waits_longer_and_longer(office: Office, known: Pairing, own: Counting):
    pauses: list[float] = []

    def wait(seconds: float) -> bool:
        pauses.extend([seconds] if seconds else [])
        return len(pauses) == 8

    with serve(office.desk()) as gone:
        pass
    told = office.work(gone, known, own, Clerk(), wait=wait)
    assert pauses == [*PAUSES, 60, 60]
    assert {type(one.error) for one in told} == {ServiceUnreachable}


def test_a_server_that_comes_back_finds_the_agent_again(office: Office, known: Pairing, own: Counting):
    paper, calls, pauses = office.paper(1, own.identity()), [0], []

    def change(path: str, status: str, headers: list[tuple[str, str]], body: bytes) -> object:
        calls[0] += 1
        if 2 <= calls[0] <= 4:  # a web server in between, while ours starts again
            return "502 Bad Gateway", [("Content-Length", "")], b"<html>"
        return status, headers, body

    def wait(seconds: float) -> bool:
        pauses.extend([seconds] if seconds else [])
        return seconds == 3  # nothing waits any more

    office.holder().sign_hashes([paper.job], transaction=T)
    with serve(Middle(office.desk(), change)) as server:
        told = office.work(server, known, own, Clerk(), wait=wait)
    happened = [one.happening.value for one in told]
    assert happened == ["connected", "trouble", "trouble", "trouble", "connected", "signed"]
    assert pauses == [1, 2, 5, 3]


def test_an_agent_speaks_https_with_the_offices_own_authority_and_with_no_other(
    office: Office, known: Pairing, own: Counting, tmp_path: Path
):
    command = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=may-chu-thu -addext"
    names = ["subjectAltName=IP:127.0.0.1", "-keyout", "server.key", "-out", "server.pem"]
    subprocess.run(["openssl", *command.split(), *names], cwd=tmp_path, check=True, capture_output=True, timeout=30)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    paper = office.paper(1, own.identity())
    office.holder().sign_hashes([paper.job], transaction=T)
    with serve(office.desk(), tls=tls) as server:
        assert server.startswith("https://")
        distrusted = office.work(server, known, own, Clerk())
        told = office.work(server, known, own, Clerk(), http=Http(ca_file=tmp_path / "server.pem"))
    assert [one.happening for one in distrusted] == [Happening.TROUBLE]
    assert told[-1] == Told(Happening.SIGNED, 1)


class Failing(Counting):
    """A key that fails from the n-th request on, as a token does that is pulled out."""

    def __init__(self, allowed: int, **more: int) -> None:
        super().__init__(in_memory(21), **more)
        self.allowed = allowed

    def sign_hashes(self, jobs: list[HashJob], *, transaction: str) -> Answer:
        if self.allowed == 0:
            raise KeyDoesNotFit()
        self.allowed -= 1
        return super().sign_hashes(jobs, transaction=transaction)


def test_a_key_that_fails_ends_the_agent_and_the_request_waits_for_the_next_run(office: Office, server: str, known: Pairing):
    paper, holder = office.paper(1, in_memory(21).identity()), office.holder()
    holder.sign_hashes([paper.job], transaction=T)
    with pytest.raises(KeyDoesNotFit):
        office.work(server, known, Failing(0), Clerk())
    assert isinstance(holder.poll(T, [paper.job]), Pending)
    office.work(server, known, in_memory(21), Clerk())
    assert signed(holder.poll(T, [paper.job]))


def test_signatures_made_before_a_key_failed_are_kept_and_sent(office: Office, server: str, known: Pairing):
    papers, holder = [office.paper(number, in_memory(21).identity()) for number in range(3)], office.holder()
    jobs = [paper.job for paper in papers]
    holder.sign_hashes(jobs, transaction=T)
    office.work(server, known, Failing(2, max_batch=1), Clerk())
    answer = holder.poll(T, jobs)
    assert isinstance(answer, Signed)
    assert set(answer.signatures) == {jobs[0].id, jobs[1].id}
    assert {job: refusal.final for job, refusal in answer.refused.items()} == {jobs[2].id: False}


class Slow(Counting):
    """A key that does not answer at once, as a telephone."""

    def sign_hashes(self, jobs: list[HashJob], *, transaction: str) -> Answer:
        return Pending(transaction, None, "Mở điện thoại.")


def test_a_key_that_is_elsewhere_is_not_for_an_agent(office: Office, server: str, known: Pairing, own: Counting):
    paper = office.paper(1, own.identity())
    office.holder().sign_hashes([paper.job], transaction=T)
    with pytest.raises(KeyNotAtHand):
        office.work(server, known, Slow(in_memory(21)), Clerk())


def test_nothing_is_signed_on_a_machine_that_cannot_keep_a_journal(office: Office, tmp_path: Path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(MachineCannotKeep):
        Journal(tmp_path / "file" / "journal.jsonl")


def test_a_paper_that_left_the_server_is_told_before_anybody_is_asked(office: Office, known: Pairing, own: Counting):
    paper = office.paper(1, own.identity())
    paper.path.unlink()
    with pytest.raises(PreparedDocumentMissing):
        office.holder().sign_hashes([paper.job], transaction=T)


def test_an_agent_that_never_connected_has_no_certificate_and_says_what_to_do(office: Office, pairing: Pairing):
    with pytest.raises(AgentNeverSeen) as told:
        office.holder().identity()
    assert "sohoa agent" in told.value.as_dict()["remedy"]


def test_paired_agents_are_listed_with_when_they_were_last_heard(office: Office, server: str, pairing: Pairing, own: Counting):
    office.pair("Máy khác")
    office.clock.pass_by(timedelta(minutes=10))
    office.work(server, pairing, own, Clerk())
    khac, mot_cua = paired(office.post)
    assert (khac.name, khac.seen, khac.signer, khac.paired) == ("Máy khác", None, "", NOW)
    assert (mot_cua.name, mot_cua.seen) == (MACHINE, NOW + timedelta(minutes=10))
    assert (mot_cua.signer, mot_cua.fingerprint) == (own.identity().name, own.identity().fingerprint)


def test_ending_a_pairing_shuts_the_agent_out_and_withdraws_what_waits(office: Office, server: str, known: Pairing, own: Counting):
    paper, holder = office.paper(1, own.identity()), office.holder()
    holder.sign_hashes([paper.job], transaction=T)
    unpair(office.post, "máy một cửa số 3", now=office.clock())
    assert paired(office.post) == []
    with pytest.raises(SohoaError) as told:
        office.work(server, known, own, Clerk())
    assert told.value.code == "signing.agent_pairing_refused"
    assert refused(holder.poll(T, [paper.job]))[paper.job.id].error["code"] == "signing.agent_cancelled"
    with pytest.raises(AgentUnknown):
        holder.sign_hashes([paper.job], transaction="giao-dich-2")
    with pytest.raises(AgentUnknown):
        office.holder()


@pytest.mark.parametrize("name", [MACHINE, "may mot cua so 3", "", " \u200b"])
def test_a_name_belongs_to_one_agent(office: Office, pairing: Pairing, name: str):
    with pytest.raises(AgentNameTaken):
        pair(office.post, name, now=NOW)


def test_a_token_with_another_certificate_is_refused_with_its_reason(office: Office, server: str, known: Pairing, own: Counting):
    paper, holder, clerk = office.paper(1, own.identity()), office.holder(), Clerk()
    holder.sign_hashes([paper.job], transaction=T)
    other = Counting(in_memory(22))
    office.work(server, known, other, clerk)
    answer = refused(holder.poll(T, [paper.job]))[paper.job.id]
    assert (answer.error["code"], answer.final) == ("signing.agent_other_certificate", True)
    assert (clerk.questions, other.signed) == ([], [])


def test_stopping_is_looked_at_before_anything_else(office: Office, known: Pairing, own: Counting):
    assert office.work("http://127.0.0.1:9", known, own, Clerk(), wait=lambda seconds: True) == []


def identity_of(number: int) -> Identity:
    return in_memory(number).identity()


def test_the_certificate_that_is_shown_is_the_one_registered_last(office: Office, server: str, pairing: Pairing):
    for number in (21, 22):
        office.work(server, pairing, in_memory(number), Clerk(), wait=stop_when_idle)
        assert AgentHolder(office.post, pairing.agent, now=Clock()).identity() == identity_of(number)


def test_the_secret_shows_neither_in_print_nor_in_what_the_agent_registers(office: Office, known: Pairing):
    here = office.post / "agents" / known.agent
    assert known.secret.hex() not in repr(known) and "secret" not in repr(known)
    assert b"secret" not in (here / "identity.json").read_bytes()
    assert {path.stat().st_mode & 0o077 for path in here.iterdir()} == {0}
