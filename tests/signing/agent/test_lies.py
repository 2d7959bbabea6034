"""A server that wants something else signed than it shows: the agent refuses, and nobody is even asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import cms
from hypothesis import given
from hypothesis import strategies as st

from sohoa.signing.pades.cms import envelope_of
from sohoa.signing.signers.agent.agent import Happening
from sohoa.signing.signers.agent.checking import AgentNotWhatItSays, must_be_document, must_be_pades, pages_of
from sohoa.signing.signers.agent.holder import PreparedDocument
from sohoa.signing.signers.agent.messages import Offered
from sohoa.signing.signers.agent.sealing import Pairing
from sohoa.signing.signers.holder import HashJob, Signed
from tests.signing.agent.office import Clerk, Counting, Office, Paper, in_memory

T = "giao-dich-1"


def flipped(paper: Paper, office: Office) -> Paper:
    data = bytearray(paper.path.read_bytes())
    data[-10] ^= 1
    paper.path.write_bytes(data)
    return paper


def swapped(paper: Paper, office: Office) -> Paper:
    paper.path.write_bytes(office.paper(2, in_memory(21).identity()).path.read_bytes())
    return paper


def cut(paper: Paper, office: Office) -> Paper:
    paper.path.write_bytes(paper.path.read_bytes()[:-1])
    return paper


def grown(paper: Paper, office: Office) -> Paper:
    paper.path.write_bytes(paper.path.read_bytes() + b"\n")
    return paper


def filled(paper: Paper, office: Office) -> Paper:
    data = bytearray(paper.path.read_bytes())
    data[paper.prepared.hole[0] + 1] = ord("1")
    paper.path.write_bytes(data)
    return paper


def wider(paper: Paper, office: Office) -> Paper:
    """The hole said to be larger than it is, so that page content lies in it unseen."""
    return replace(paper, prepared=replace(paper.prepared, hole=(paper.prepared.hole[0] - 20, paper.prepared.hole[1])))


def another_certificates(paper: Paper, office: Office) -> Paper:
    attributes = envelope_of(in_memory(22).identity()).attributes(paper.prepared.digest)
    return replace(paper, job=replace(paper.job, attributes=attributes))


def another_documents(paper: Paper, office: Office) -> Paper:
    return replace(paper, job=replace(paper.job, attributes=office.paper(2, in_memory(21).identity()).job.attributes))


def no_attributes(paper: Paper, office: Office) -> Paper:
    return replace(paper, job=replace(paper.job, attributes=b"to be signed"))


LIES = [flipped, swapped, cut, grown, filled, wider, another_certificates, another_documents, no_attributes]


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_a_server_that_lies_gets_no_signature_and_the_clerk_is_not_asked(
    office: Office, server: str, known: Pairing, own: Counting, lie: Callable[[Paper, Office], Paper]
):
    honest = office.paper(1, own.identity())
    told_of = office.holder()
    if lie in (flipped, swapped, cut, grown, filled):
        told_of.sign_hashes([honest.job], transaction=T)  # what is fetched is not what was offered
        paper = lie(honest, office)
    else:
        paper = lie(honest, office)
        office.papers[paper.job.id] = paper
        told_of.sign_hashes([paper.job], transaction=T)
    clerk = Clerk()
    told = office.work(server, known, own, clerk)
    assert (told[-1].happening, type(told[-1].error)) == (Happening.REFUSED, AgentNotWhatItSays)
    assert (clerk.questions, own.signed) == ([], [])
    answer = told_of.poll(T, [paper.job])
    assert isinstance(answer, Signed)
    refusal = answer.refused[paper.job.id]
    assert (refusal.error["code"], refusal.final, answer.signatures) == ("signing.agent_not_what_it_says", True, {})
    assert json.loads(office.journal.read_text(encoding="utf-8"))["answer"] == "refused"


def test_one_lie_stops_the_batch_and_the_others_may_be_asked_for_again(office: Office, server: str, known: Pairing, own: Counting):
    papers = [office.paper(number, own.identity()) for number in range(3)]
    jobs = [paper.job for paper in papers]
    office.holder().sign_hashes(jobs, transaction=T)
    flipped(papers[1], office)
    clerk = Clerk()
    office.work(server, known, own, clerk)
    answer = office.holder().poll(T, jobs)
    assert isinstance(answer, Signed)
    assert [answer.refused[job.id].final for job in jobs] == [False, True, False]
    assert [answer.refused[job.id].error["code"] for job in jobs][::2] == ["signing.agent_others_in_doubt"] * 2
    assert (clerk.questions, own.signed) == ([], [])


def test_what_cannot_be_looked_at_is_signed_only_where_the_owner_allows_it(
    office: Office, server: str, known: Pairing, own: Counting
):
    paper, clerk = office.paper(1, own.identity()), Clerk()
    office.papers.clear()
    holder = office.holder()
    holder.sign_hashes([paper.job], transaction=T)
    office.work(server, known, own, clerk)
    answer = holder.poll(T, [paper.job])
    assert isinstance(answer, Signed)
    assert answer.refused[paper.job.id].error["code"] == "signing.agent_nothing_to_look_at"
    assert clerk.questions == []
    holder.sign_hashes([paper.job], transaction="giao-dich-2")
    office.work(server, known, own, clerk, unseen=True)
    (question,) = clerk.questions
    assert (question.shown[0].path, question.shown[0].document) == (None, paper.prepared.digest.hex())
    answer = holder.poll("giao-dich-2", [paper.job])
    assert isinstance(answer, Signed)
    assert answer.signatures.keys() == {paper.job.id}


def test_a_file_that_is_no_pdf_is_refused(office: Office, server: str, known: Pairing, own: Counting, tmp_path: Path):
    text = b"Not a PDF /ByteRange [0 40 46 4] <0000>\n!!!"
    start = text.index(b"<")
    text = text.replace(b"[0 40 46 4]", b"[0 %d %d %d]" % (start, start + 6, len(text) - start - 6))
    (tmp_path / "x.pdf").write_bytes(text)
    digest = hashlib.sha256(text[:start] + text[start + 6 :]).digest()
    job = HashJob("1" * 64, "Giấy", envelope_of(own.identity()).attributes(digest), digest.hex())
    holder = office.holder(documents=lambda job: PreparedDocument(tmp_path / "x.pdf", (start, start + 6)))
    holder.sign_hashes([job], transaction=T)
    told = office.work(server, known, own, Clerk())
    assert isinstance(told[-1].error, AgentNotWhatItSays)
    assert "signing.not_a_pdf" in str(told[-1].error)


# What may be among the signed attributes, byte by byte.


def attributes(kinds: list[tuple[str, object]]) -> bytes:
    return cms.CMSAttributes([cms.CMSAttribute({"type": kind, "values": [value]}) for kind, value in kinds]).dump()


@pytest.mark.parametrize("number", [21, 22])
@pytest.mark.parametrize("pss", [False, True])
def test_the_attributes_of_an_honest_signature_are_what_they_say(number: int, pss: bool):
    identity = in_memory(number, pss=pss).identity()
    digest = hashlib.sha256(b"document").digest()
    must_be_pades(envelope_of(identity).attributes(digest), certificate=identity.certificate, document=digest.hex())


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("signing_time", cms.Time({"utc_time": datetime(2020, 1, 1, tzinfo=UTC)})),
        ("content_type", "data"),
        ("message_digest", bytes(32)),
    ],
)
def test_one_attribute_more_is_refused(kind: str, value: object):
    identity, digest = in_memory(21).identity(), hashlib.sha256(b"document").digest()
    honest = cms.CMSAttributes.load(envelope_of(identity).attributes(digest))
    more = cms.CMSAttributes([*honest, cms.CMSAttribute({"type": kind, "values": [value]})]).dump()
    with pytest.raises(AgentNotWhatItSays):
        must_be_pades(more, certificate=identity.certificate, document=digest.hex())


@pytest.mark.parametrize("missing", range(3))
def test_one_attribute_less_is_refused(missing: int):
    identity, digest = in_memory(21).identity(), hashlib.sha256(b"document").digest()
    honest = list(cms.CMSAttributes.load(envelope_of(identity).attributes(digest)))
    less = cms.CMSAttributes([one for number, one in enumerate(honest) if number != missing]).dump()
    with pytest.raises(AgentNotWhatItSays):
        must_be_pades(less, certificate=identity.certificate, document=digest.hex())


@given(st.integers(0, 7), st.data())
def test_no_single_bit_of_the_attributes_may_differ(bit: int, data: st.DataObject):
    identity, digest = in_memory(21).identity(), hashlib.sha256(b"document").digest()
    honest = bytearray(envelope_of(identity).attributes(digest))
    honest[data.draw(st.integers(0, len(honest) - 1))] ^= 1 << bit
    with pytest.raises(AgentNotWhatItSays):
        must_be_pades(bytes(honest), certificate=identity.certificate, document=digest.hex())


# Documents that would become others with the hole elsewhere.


def with_decoy(paper: Paper, decoy: bytes) -> tuple[Path, Offered, str]:
    """The prepared paper with one more object before the signature's, and the numbers that go with it."""
    data, (start, end) = paper.path.read_bytes(), paper.prepared.hole
    at = data.rindex(b" obj", 0, start)
    at = data.rindex(b"\n", 0, at) + 1
    covered = len(data) + len(decoy) - (end - start)
    decoy = decoy.replace(b"COVERED", b"%07d" % (covered - 100))
    data = data[:at] + decoy + data[at:]
    start, end = start + len(decoy), end + len(decoy)
    old = data[data.index(b"/ByteRange", at + len(decoy)) :].split(b"]")[0] + b"]"
    new = b"/ByteRange [0 %d %d %d" % (start, end, len(data) - end)
    data = data.replace(old, new.ljust(len(old) - 1) + b"]")
    path = paper.path.with_name("decoy.pdf")
    path.write_bytes(data)
    return path, Offered(len(data), (start, end)), hashlib.sha256(data[:start] + data[end:]).hexdigest()


@pytest.mark.parametrize(
    "decoy",
    [
        b"99 0 obj\n<< /ByteRange [0 100 200 COVERED] >>\nendobj\n",
        b"99 0 obj\n<< /Byte#52ange [0 100 200 COVERED] >>\nendobj\n",
        b"99 0 obj\n<< /ByteRange 98 0 R >>\nendobj\n",
        b"99 0 obj\n<< /#42yt#65Range\n[ 0 100\n200 COVERED ] >>\nendobj\n",
    ],
)
def test_a_second_place_for_the_hole_is_refused(office: Office, decoy: bytes):
    paper = office.paper(1, in_memory(21).identity())
    path, offered, document = with_decoy(paper, decoy)
    with pytest.raises(AgentNotWhatItSays, match="byte range"):
        must_be_document(path, offered, document=document)


def test_an_earlier_signature_in_the_paper_is_no_second_place(office: Office):
    paper = office.paper(1, in_memory(21).identity())
    path, offered, document = with_decoy(paper, b"99 0 obj\n<< /ByteRange [0 100 200 300] >>\nendobj\n")
    must_be_document(path, offered, document=document)


def test_a_hole_that_no_byte_range_leaves_out_is_refused(office: Office):
    paper = office.paper(1, in_memory(21).identity())
    data, (start, end) = paper.path.read_bytes().replace(b"/ByteRange", b"/ByteRangX"), paper.prepared.hole
    paper.path.write_bytes(data)
    document = hashlib.sha256(data[:start] + data[end:]).hexdigest()
    with pytest.raises(AgentNotWhatItSays, match="byte range"):
        must_be_document(paper.path, Offered(len(data), (start, end)), document=document)


@given(st.integers(0, 6000), st.integers(0, 6000), st.integers(0, 6000))
def test_no_numbers_make_the_check_stumble(size: int, start: int, end: int):
    with pytest.raises(AgentNotWhatItSays):
        must_be_document(Path(__file__), Offered(size, (start, end)), document="0" * 64)


def test_pages_are_counted_in_the_document_itself(office: Office):
    assert pages_of(office.paper(1, in_memory(21).identity()).path) == 1
