"""Either side may die at any line: there is one answer, and no paper is signed in two ways."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12

from sohoa.signing.http import ServiceUnreachable
from sohoa.signing.signers.agent import post
from sohoa.signing.signers.agent.agent import Happening, Told
from sohoa.signing.signers.agent.journal import Journal
from sohoa.signing.signers.agent.registering import folder_of
from sohoa.signing.signers.agent.sealing import Pairing, write_pairing
from sohoa.signing.signers.agent.serving import serve
from sohoa.signing.signers.holder import Pending, Signed
from tests.signing.agent.office import Clerk, Counting, Middle, Office, Paper
from tests.signing.pki import key

T = "giao-dich-1"
RUN = [sys.executable, "-m", "tests.signing.agent.killed"]


@pytest.fixture
def paper(office: Office, known: Pairing, own: Counting) -> Paper:
    """One paper that waits for the agent; all that a process of its own needs lies in the office's folder."""
    write_pairing(office.root / "pairing.json", known)
    (office.root / "key.p12").write_bytes(
        pkcs12.serialize_key_and_certificates(None, key(21), own.holder.certificate, None, NoEncryption())
    )
    made = office.paper(1, own.identity())
    office.holder().sign_hashes([made.job], transaction=T)
    return made


def killed_agent(office: Office, server: str, place: str) -> None:
    ran = subprocess.run([*RUN, "agent", office.root, server, place], capture_output=True, timeout=60, check=False)
    assert ran.returncode == -9, ran.stderr.decode()


def the_one_signature(office: Office, own: Counting, paper: Paper) -> bytes:
    answer = office.holder().poll(T, [paper.job])
    assert isinstance(answer, Signed)
    own.identity().must_fit(paper.job.attributes, answer.signatures[paper.job.id])
    assert len(list(office.post.glob("agents/*/endings/*"))) == 1
    return answer.signatures[paper.job.id]


def test_an_agent_killed_before_it_kept_the_signature_asks_again_about_the_same_bytes(
    office: Office, server: str, known: Pairing, own: Counting, paper: Paper
):
    killed_agent(office, server, "signed")
    assert isinstance(office.holder().poll(T, [paper.job]), Pending)
    clerk = Clerk()
    office.work(server, known, own, clerk)
    assert [shown.document for question in clerk.questions for shown in question.shown] == [paper.prepared.digest.hex()]
    the_one_signature(office, own, paper)


def test_an_agent_killed_before_it_answered_sends_what_it_signed_and_asks_nobody_again(
    office: Office, server: str, known: Pairing, own: Counting, paper: Paper
):
    killed_agent(office, server, "kept")
    kept = json.loads(office.journal.read_text(encoding="utf-8"))
    clerk = Clerk()
    told = office.work(server, known, own, clerk)
    assert told[-1] == Told(Happening.SIGNED, 1)
    assert (clerk.questions, own.signed) == ([], [])
    assert the_one_signature(office, own, paper) == base64.b64decode(kept["signature"])


def test_an_agent_killed_before_it_knew_that_its_answer_arrived_answers_no_second_time(
    office: Office, server: str, known: Pairing, own: Counting, paper: Paper
):
    killed_agent(office, server, "answered")
    clerk = Clerk()
    told = office.work(server, known, own, clerk)
    assert [one.happening for one in told] == [Happening.CONNECTED]
    assert (clerk.questions, own.signed) == ([], [])
    the_one_signature(office, own, paper)


@contextmanager
def killed_desk(office: Office, place: str) -> Iterator[str]:
    with subprocess.Popen([*RUN, "desk", office.root, place], stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            yield child.stdout.readline().strip()
            assert child.wait(20) == -9
        finally:
            child.kill()


def test_a_server_killed_after_it_stored_the_answer_has_it_and_the_agent_goes_on(
    office: Office, server: str, known: Pairing, own: Counting, paper: Paper
):
    clerk = Clerk()
    with killed_desk(office, "stored") as dying:
        told = office.work(dying, known, own, clerk)
    assert isinstance(told[-1].error, ServiceUnreachable)
    assert [one.happening for one in office.work(server, known, own, clerk)] == [Happening.CONNECTED]
    assert (len(clerk.questions), len(own.signed)) == (1, 1)
    the_one_signature(office, own, paper)


def test_a_server_killed_while_it_gave_out_a_request_gives_it_out_again(
    office: Office, server: str, known: Pairing, own: Counting, paper: Paper
):
    clerk = Clerk()
    with killed_desk(office, "taken") as dying:
        office.work(dying, known, own, clerk)
    assert clerk.questions == []
    assert office.work(server, known, own, clerk)[-1] == Told(Happening.SIGNED, 1)
    the_one_signature(office, own, paper)


def test_what_a_killed_writer_leaves_behind_is_no_request_and_no_answer(office: Office, known: Pairing, paper: Paper):
    here = folder_of(office.post, known.agent)
    (here / "endings").mkdir(exist_ok=True)
    for folder in ("requests", "endings"):
        (here / folder / f".{post.key_of(T)}.json.0a1b2c3d").write_bytes(b'{"half": ')
    assert [posted.request.key for posted in post.waiting(here)] == [post.key_of(T)]
    assert isinstance(office.holder().poll(T, [paper.job]), Pending)


@pytest.mark.parametrize("cut_to", [0.0, 0.3, 0.9])
def test_a_journal_cut_short_by_a_power_failure_is_read_and_written_on(
    office: Office, server: str, known: Pairing, own: Counting, paper: Paper, cut_to: float
):
    with serve(Middle(office.desk(), lost=["/answer"])) as away:
        office.work(away, known, own, Clerk())
    whole = office.journal.read_bytes()
    office.journal.write_bytes(whole[: int(len(whole) * cut_to)])
    clerk = Clerk()
    office.work(server, known, own, clerk)
    assert len(clerk.questions) == 1  # what is not known to be signed is asked about
    the_one_signature(office, own, paper)
    last = office.journal.read_text(encoding="utf-8").splitlines()[-2:]
    assert [json.loads(line)["answer"] for line in last] == ["signed", "delivered"]


@pytest.mark.parametrize(
    "line", ["[]", "{}", '{"request": 5, "answer": "signed"}', '{"answer": "signed", "request": "' + "0" * 64 + '"}', "\x00" * 50]
)
def test_a_line_somebody_wrote_into_the_journal_does_no_harm(tmp_path: Path, line: str):
    path = tmp_path / "journal.jsonl"
    path.write_text(line, encoding="utf-8")
    Journal(path)
    assert path.read_text(encoding="utf-8") == line + "\n"
