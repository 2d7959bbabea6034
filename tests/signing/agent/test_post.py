"""The folder between the two, the messages in it, and the pairing file: whatever the bytes, a value or a named error."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sohoa.signing.signers.agent import post
from sohoa.signing.signers.agent.fields import Fields, MessageUnreadable, packed
from sohoa.signing.signers.agent.messages import Offered, Outcome, Request, Settled, Wanted, identity_as_dict, read_identity
from sohoa.signing.signers.agent.registering import PAIRING, folder_of, paired
from sohoa.signing.signers.agent.sealing import (
    Pairing,
    PairingExposed,
    PairingUnreadable,
    answer_fits,
    question_fits,
    read_pairing,
    read_seal,
    seal_answer,
    seal_question,
    write_pairing,
)
from sohoa.signing.signers.holder import Pending, Refusal, Signed
from tests.signing.agent.office import Clerk, Counting, Office, in_memory
from tests.signing.pki import NOW

T = "giao-dich-1"
HEX = st.text("0123456789abcdef", min_size=64, max_size=64)
MOMENTS = st.datetimes(datetime(2001, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0))
SHOWN = st.text(max_size=60).map(lambda text: Fields({"it": text}).text("it", 100))
OFFERED = st.tuples(st.integers(0, 100), st.integers(0, 100), st.integers(100, 1 << 29)).map(lambda n: Offered(n[2], (n[0], n[1])))
WANTED = st.builds(
    Wanted, HEX, SHOWN, st.binary(max_size=300), HEX, SHOWN, st.none() | MOMENTS, st.none() | OFFERED
)  # fmt: skip
REQUESTS = st.builds(
    Request, HEX, MOMENTS, MOMENTS, HEX, st.lists(WANTED, min_size=1, max_size=4, unique_by=lambda one: one.id).map(tuple)
)
ERRORS = st.fixed_dictionaries(dict.fromkeys(("code", "vi", "en", "remedy", "remedy_en"), SHOWN))


@given(REQUESTS)
def test_a_request_reads_back_as_it_was_written(request: Request):
    assert Request.read(Fields.parse(packed(request.as_dict()))) == request


@given(
    st.sampled_from(Outcome),
    MOMENTS,
    st.dictionaries(HEX, st.binary(max_size=600), max_size=3),
    st.dictionaries(HEX, st.builds(Refusal, ERRORS, st.booleans()), max_size=3),
)
def test_an_ending_reads_back_as_it_was_written(
    outcome: Outcome, when: datetime, signatures: dict[str, bytes], refused: dict[str, Refusal]
):
    settled = Settled(outcome, when, signatures, {job: why for job, why in refused.items() if job not in signatures})
    assert Settled.read(Fields.parse(packed(settled.as_dict()))) == settled


@pytest.mark.parametrize("number", [21, 22])
def test_an_identity_reads_back_as_it_was_written(number: int):
    identity = dataclasses.replace(in_memory(number).identity(), chain=(in_memory(21).identity().certificate,))
    assert read_identity(Fields.parse(packed(identity_as_dict(identity)))) == identity


READERS: list[Callable[[bytes], object]] = [
    lambda data: Request.read(Fields.parse(data)),
    lambda data: Settled.read(Fields.parse(data)),
    lambda data: read_identity(Fields.parse(data)),
    post.Posted.from_json,
]


@given(st.sampled_from(READERS), REQUESTS, st.data())
def test_a_message_with_anything_wrong_in_it_is_unreadable_and_nothing_worse(
    read: Callable[[bytes], object], request: Request, data: st.DataObject
):
    said = json.loads(packed(request.as_dict()))
    inside = data.draw(st.sampled_from([said, said["wanted"][0]]))
    name = data.draw(st.sampled_from(sorted(inside)))
    wrong = (
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just([]) | st.just({}) | st.just([{}])
    )
    inside[name] = data.draw(wrong)
    try:
        read(json.dumps(said).encode())
    except MessageUnreadable:
        return
    assert name in ("title", "profile", "claimed", "offered", "attributes", "made", "expires")  # the new value was a good one too


@given(st.sampled_from(READERS), st.binary(max_size=200))
def test_no_bytes_make_a_reader_stumble(read: Callable[[bytes], object], data: bytes):
    with pytest.raises(MessageUnreadable):
        read(data)


@given(st.text(), st.integers(1, 50))
def test_what_a_terminal_is_given_is_one_line_without_commands(text: str, longest: int):
    shown = Fields({"it": text}).text("it", longest)
    assert len(shown) <= longest
    assert all(letter.isprintable() for letter in shown)


@given(st.tuples(st.text(), st.text(), st.binary()), st.tuples(st.text(), st.text(), st.binary()))
def test_a_seal_fits_one_message_and_one_answer_only(said: tuple[str, str, bytes], other: tuple[str, str, bytes]):
    pairing = Pairing("0" * 16, "Máy", b"s" * 32)
    seal = read_seal(seal_question(pairing, *said, now=NOW, nonce="1" * 32))
    assert seal is not None
    assert question_fits(pairing.secret, seal, *said)
    assert question_fits(pairing.secret, seal, *other) == (said == other)
    assert not question_fits(b"t" * 32, seal, *said)
    answer = seal_answer(pairing.secret, seal.nonce, 200, said[2])
    assert answer_fits(pairing.secret, seal.nonce, 200, other[2], answer) == (said[2] == other[2])
    assert not answer_fits(pairing.secret, seal.nonce, 200, said[2], seal.mac)


def test_whoever_settles_first_settles_for_ever(office: Office, known: Pairing, own: Counting):
    paper = office.paper(1, own.identity())
    office.holder().sign_hashes([paper.job], transaction=T)
    here, key = folder_of(office.post, known.agent), post.key_of(T)
    endings = [Settled(Outcome.ANSWERED, NOW, {paper.job.id: bytes([number])}) for number in range(16)]
    with ThreadPoolExecutor(8) as many:
        standing = list(many.map(lambda ending: post.settle(here, key, ending), endings))
    assert len({one.signatures[paper.job.id] for one in standing}) == 1
    assert post.ending(here, key) == standing[0]
    assert len(os.listdir(here / "endings")) == 1


def test_many_processes_that_submit_one_transaction_make_one_request(office: Office, known: Pairing, own: Counting):
    paper = office.paper(1, own.identity())
    with ThreadPoolExecutor(8) as many:
        answers = list(many.map(lambda _: office.holder().sign_hashes([paper.job], transaction=T), range(16)))
    assert len(set(map(repr, answers))) == 1
    assert len(os.listdir(folder_of(office.post, known.agent) / "requests")) == 1


def test_the_one_who_waits_longest_is_served_first(office: Office, server: str, known: Pairing, own: Counting):
    for number, transaction in enumerate(("b", "c", "a")):
        paper = office.paper(number, own.identity(), title=transaction)
        office.holder().sign_hashes([paper.job], transaction=transaction)
        office.clock.pass_by(timedelta(seconds=1))
    clerk = Clerk()
    office.work(server, known, own, clerk)
    assert [question.shown[0].title for question in clerk.questions] == ["b", "c", "a"]


@pytest.mark.parametrize("damage", [b"", b"{}", b"\x00" * 100])
@pytest.mark.parametrize("folder", ["requests", "endings"])
def test_a_damaged_file_is_told_to_the_one_it_concerns_and_stops_nobody_else(
    office: Office, server: str, known: Pairing, own: Counting, folder: str, damage: bytes
):
    damaged, whole = office.paper(1, own.identity()), office.paper(2, own.identity())
    holder = office.holder()
    holder.sign_hashes([damaged.job], transaction=T)
    here = folder_of(office.post, known.agent) / folder
    here.mkdir(exist_ok=True)
    (here / f"{post.key_of(T)}.json").write_bytes(damage)
    with pytest.raises(post.PostDamaged):
        holder.poll(T, [damaged.job])
    holder.sign_hashes([whole.job], transaction="giao-dich-2")
    office.work(server, known, own, Clerk())
    answer = holder.poll("giao-dich-2", [whole.job])
    assert isinstance(answer, Signed)
    assert answer.signatures.keys() == {whole.job.id}


def test_a_damaged_pairing_lets_nobody_in_and_hides_no_other(office: Office, known: Pairing):
    office.pair("Máy khác")
    (folder_of(office.post, known.agent) / PAIRING).write_bytes(b"{")
    assert [agent.name for agent in paired(office.post)] == ["Máy khác"]


def test_sweeping_ends_what_ran_out_and_removes_only_what_ended_long_ago(
    office: Office, server: str, known: Pairing, own: Counting
):
    here, holder = folder_of(office.post, known.agent), office.holder()
    papers = [office.paper(number, own.identity()) for number in range(2)]
    holder.sign_hashes([papers[0].job], transaction="old")
    office.work(server, known, own, Clerk())
    office.clock.pass_by(timedelta(days=59))
    holder.sign_hashes([papers[1].job], transaction="new")
    office.clock.pass_by(timedelta(days=2))
    assert post.sweep(here, now=office.clock()) == 1
    assert holder.poll("old", [papers[0].job]) is None
    answer = holder.poll("new", [papers[1].job])
    assert isinstance(answer, Signed)
    assert answer.refused[papers[1].job.id].error["code"] == "signing.agent_expired"


def test_an_answer_outlives_its_request(office: Office, server: str, known: Pairing, own: Counting):
    """A sweep that was stopped half way must not make anybody sign again."""
    paper, holder = office.paper(1, own.identity()), office.holder()
    holder.sign_hashes([paper.job], transaction=T)
    office.work(server, known, own, Clerk())
    (folder_of(office.post, known.agent) / "requests" / f"{post.key_of(T)}.json").unlink()
    answer = holder.sign_hashes([paper.job], transaction=T)
    assert isinstance(answer, Signed)
    assert answer.signatures.keys() == {paper.job.id}


def test_nothing_asked_is_nothing_signed(office: Office, known: Pairing):
    assert office.holder().sign_hashes([], transaction=T) == Signed({})
    assert not (folder_of(office.post, known.agent) / "requests").exists()


def test_a_path_that_is_no_text_comes_back_as_it_was(office: Office, known: Pairing, own: Counting):
    paper = office.paper(1, own.identity())
    odd = paper.path.with_name(os.fsdecode(b"t\xe0i-li\xeau.pdf"))
    paper.path.rename(odd)
    office.papers[paper.job.id] = dataclasses.replace(paper, path=odd)
    assert isinstance(office.holder().sign_hashes([paper.job], transaction=T), Pending)
    posted = post.find(folder_of(office.post, known.agent), post.key_of(T))
    assert posted is not None
    assert list(posted.paths.values()) == [odd]


def test_the_pairing_file_is_its_owners_alone_and_reads_back(tmp_path: Path, pairing: Pairing):
    path = tmp_path / "pairing.json"
    write_pairing(path, pairing)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_pairing(path) == pairing
    path.chmod(0o644)
    with pytest.raises(PairingExposed):
        read_pairing(path)


@given(st.binary(max_size=300) | st.just(packed({"sohoa_agent_pairing": 1, "agent": "0" * 16, "name": "a", "secret": "AAAA"})))
def test_what_is_no_pairing_file_is_told_as_such(data: bytes):
    with pytest.raises(PairingUnreadable):
        Pairing.from_json(data)


def test_a_pairing_file_that_is_gone_is_told_as_such(tmp_path: Path):
    with pytest.raises(PairingUnreadable):
        read_pairing(tmp_path / "pairing.json")
