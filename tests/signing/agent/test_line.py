"""Messages that somebody on the line changed, sent again, made up, or that come at the wrong time."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sohoa.signing.http import Reply, ServiceUnreachable
from sohoa.signing.signers.agent import desk, post
from sohoa.signing.signers.agent.agent import Happening, Told
from sohoa.signing.signers.agent.desk import ClockOff
from sohoa.signing.signers.agent.fields import packed
from sohoa.signing.signers.agent.link import Link, PairingRefused, ServerNotKnown, ServerRefused
from sohoa.signing.signers.agent.messages import CHUNK, LARGEST_MESSAGE, identity_as_dict
from sohoa.signing.signers.agent.registering import MANY_NONCES, folder_of
from sohoa.signing.signers.agent.sealing import HEADER, Pairing, answer_fits, new_nonce, seal_question
from sohoa.signing.signers.agent.serving import serve
from sohoa.signing.signers.holder import Pending, Signed
from tests.signing.agent.office import HTTP, Clerk, Clock, Counting, Middle, Office, in_memory
from tests.signing.pki import NOW

T = "giao-dich-1"
TAKE = b'{"wait": 0}'


def asked(office: Office, pairing: Pairing, own: Counting) -> str:
    """One request that waits; its key."""
    paper = office.paper(1, own.identity())
    assert isinstance(office.holder().sign_hashes([paper.job], transaction=T), Pending)
    return post.key_of(T)


def send(server: str, pairing: Pairing, path: str, body: bytes, *, sealed: dict[str, Any] | None = None) -> Reply:
    """A message as the agent would send it; `sealed` overrides what its seal says."""
    what = {"pairing": pairing, "method": "POST", "path": path, "body": body, "now": NOW, "nonce": new_nonce(), **(sealed or {})}
    return HTTP.post(server + path, body, service="", headers={HEADER: seal_question(**what)})


def link(server: str, pairing: Pairing) -> Link:
    return Link(HTTP, server, pairing, now=Clock())


def test_a_message_as_it_was_sealed_is_answered_and_the_answer_is_sealed(server: str, known: Pairing):
    reply = send(server, known, "/take", TAKE, sealed={"nonce": "a" * 32})
    assert (reply.status, json.loads(reply.body)) == (200, {"request": None, "again": 3})
    assert answer_fits(known.secret, "a" * 32, 200, reply.body, reply.headers[HEADER.lower()])
    assert not answer_fits(known.secret, "b" * 32, 200, reply.body, reply.headers[HEADER.lower()])


@pytest.mark.parametrize(
    "sealed",
    [
        {"body": b'{"wait": 1}'},
        {"path": "/decline"},
        {"method": "GET"},
        {"pairing": Pairing("0" * 16, "", b"0" * 32)},
    ],
    ids=["body", "path", "method", "another agent's"],
)
def test_a_message_that_was_changed_on_the_way_is_not_taken(server: str, known: Pairing, sealed: dict[str, Any]):
    reply = send(server, known, "/take", TAKE, sealed=sealed)
    assert reply.status in (403, 404)
    assert HEADER.lower() not in reply.headers


@pytest.mark.parametrize("at", range(5))
def test_a_seal_with_one_letter_changed_is_not_taken(server: str, known: Pairing, at: int):
    seal = seal_question(known, "POST", "/take", TAKE, now=NOW, nonce=new_nonce()).split()
    seal[at] = seal[at][:-1] + ("1" if seal[at][-1] != "1" else "2")
    assert HTTP.post(server + "/take", TAKE, service="", headers={HEADER: " ".join(seal)}).status in (403, 404)


def test_a_message_sent_twice_is_taken_once_even_by_a_server_that_was_started_again(office: Office, known: Pairing, own: Counting):
    office_key = asked(office, known, own)
    again = {"nonce": "c" * 32}
    with serve(office.desk()) as server:
        assert send(server, known, "/take", TAKE, sealed=again).status == 200
        assert send(server, known, "/take", TAKE, sealed=again).status == 409
    with serve(office.desk()) as server:
        reply = send(server, known, "/take", TAKE, sealed=again)
    assert (reply.status, json.loads(reply.body)["error"]["code"]) == (409, "signing.agent_message_repeated")
    assert office_key.encode() not in reply.body


def test_nonces_are_forgotten_once_their_messages_are_too_old_to_be_taken(office: Office, server: str, known: Pairing):
    nonces = folder_of(office.post, known.agent) / "nonces"
    for number in range(MANY_NONCES + 1):
        (nonces / f"{int(NOW.timestamp()) - 301:012d}-{number:032x}").touch()
    assert send(server, known, "/take", TAKE).status == 200
    assert len(list(nonces.iterdir())) == 1


@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_clock_that_is_off_by_an_hour_is_told_as_such(office: Office, server: str, known: Pairing, own: Counting, off: timedelta):
    wrong = Clock()
    wrong.pass_by(off)
    with pytest.raises(ClockOff) as told:
        office.work(server, known, own, Clerk(), now=wrong)
    assert "60 phút" in told.value.as_dict()["vi"]


def test_clocks_may_differ_by_some_minutes(office: Office, server: str, known: Pairing, own: Counting):
    asked(office, known, own)
    slow = Clock()
    slow.pass_by(-timedelta(minutes=4))
    assert office.work(server, known, own, Clerk(), now=slow)[-1] == Told(Happening.SIGNED, 1)


def test_an_agent_with_the_wrong_secret_learns_nothing_and_is_told_to_pair_again(
    office: Office, server: str, known: Pairing, own: Counting
):
    asked(office, known, own)
    clerk = Clerk()
    for wrong in (Pairing(known.agent, known.name, bytes(32)), Pairing("f" * 16, known.name, known.secret)):
        with pytest.raises(PairingRefused):
            office.work(server, wrong, own, clerk)
    assert clerk.questions == []


def changed_body(path: str, status: str, headers: list[tuple[str, str]], body: bytes) -> object:
    return status, headers, body.replace(b'"again"', b'"agaim"')


def changed_status(path: str, status: str, headers: list[tuple[str, str]], body: bytes) -> object:
    return "200 OK", headers, body


def no_seal(path: str, status: str, headers: list[tuple[str, str]], body: bytes) -> object:
    return status, [(name, value) for name, value in headers if name != HEADER], body


def older_answers() -> Callable[..., object]:
    first: list[object] = []

    def change(path: str, status: str, headers: list[tuple[str, str]], body: bytes) -> object:
        if path == "/take":
            first.append((status, headers, body))
            return first[0]
        return status, headers, body

    return change


@pytest.mark.parametrize("change", [changed_body, no_seal, older_answers()], ids=["changed", "not sealed", "an older one"])
def test_an_answer_that_is_not_the_servers_own_is_never_believed(
    office: Office, known: Pairing, own: Counting, change: Callable[..., object]
):
    asked(office, known, own)
    with serve(Middle(office.desk(), change)) as server:
        here = link(server, known)
        with pytest.raises(ServerNotKnown):
            here.take(0)
            here.take(0)


def test_a_refusal_cannot_be_turned_into_an_agreement(office: Office, known: Pairing):
    with serve(Middle(office.desk(), changed_status)) as server, pytest.raises(ServerNotKnown):
        link(server, known).decline("0" * 64)


def test_trouble_on_the_line_after_a_good_start_is_waited_out(office: Office, known: Pairing, own: Counting):
    with serve(Middle(office.desk(), lambda path, *rest: no_seal(path, *rest) if path == "/take" else rest)) as server:
        told = office.work(server, known, own, Clerk())
    assert [type(one.error) for one in told] == [type(None), ServerNotKnown]


def test_an_agent_cannot_fetch_or_answer_what_another_was_asked(office: Office, server: str, known: Pairing, own: Counting):
    key = asked(office, known, own)
    other = office.pair("Máy khác")
    link(server, other).hello(in_memory(22).identity())
    assert link(server, known).document(key, 0, 0).startswith(b"%PDF-")
    for attempt in (lambda: link(server, other).document(key, 0, 0), lambda: link(server, other).decline(key)):
        with pytest.raises(ServerRefused) as told:
            attempt()
        assert "signing.agent_request_gone" in str(told.value)
    assert link(server, other).wanted(key) is False
    assert isinstance(office.holder().poll(T, []), Pending)


@pytest.mark.parametrize(
    "path", ["/document/{key}/1/0", "/document/{key}/0000/9999999999", "/document/../0/0", "/document/{key}/0/-1"]
)
def test_only_documents_of_a_request_are_given_out(office: Office, server: str, known: Pairing, own: Counting, path: str):
    path = path.format(key=asked(office, known, own))
    seal = seal_question(known, "GET", path, b"", now=NOW, nonce=new_nonce())
    reply = HTTP.get(server + path, service="", headers={HEADER: seal})
    assert reply.status in (403, 404)
    assert b"%PDF" not in reply.body


def test_a_document_is_given_out_only_while_its_request_waits(office: Office, server: str, known: Pairing, own: Counting):
    key = asked(office, known, own)
    office.holder().cancel(T)
    with pytest.raises(ServerRefused):
        link(server, known).document(key, 0, 0)


def test_a_large_document_travels_in_parts(office: Office, server: str, known: Pairing, own: Counting):
    paper = office.paper(1, own.identity())
    content = bytes(range(256)) * (CHUNK // 128) + b"end"
    paper.path.write_bytes(content)
    office.holder().sign_hashes([paper.job], transaction=T)
    here, key = link(server, known), post.key_of(T)
    parts = [here.document(key, 0, offset) for offset in (0, CHUNK, 2 * CHUNK)]
    assert [len(part) for part in parts] == [CHUNK, CHUNK, 3]
    assert b"".join(parts) == content


def test_an_answer_with_a_signature_that_does_not_fit_is_not_kept(office: Office, server: str, known: Pairing, own: Counting):
    key = asked(office, known, own)
    (job,) = office.papers
    with pytest.raises(ServerRefused) as told:
        link(server, known).answer(key, {job: bytes(256)}, {})
    assert "signing.key_does_not_fit" in str(told.value)
    assert isinstance(office.holder().poll(T, []), Pending)


def test_an_answer_must_speak_of_every_paper_and_of_no_other(office: Office, server: str, known: Pairing, own: Counting):
    key = asked(office, known, own)
    (job,) = office.papers
    signature = own.holder.sign_hashes([office.papers[job].job], transaction="")
    assert isinstance(signature, Signed)
    for answers in ({}, {**signature.signatures, "0" * 64: b"1"}):
        with pytest.raises(ServerRefused) as told:
            link(server, known).answer(key, answers, {})
        assert "signing.agent_answer_incomplete" in str(told.value)
    assert link(server, known).answer(key, signature.signatures, {}) == "answered"


def test_a_full_disk_at_the_server_is_waited_out(office: Office, server: str, known: Pairing, own: Counting):
    asked(office, known, own)
    nonces = folder_of(office.post, known.agent) / "nonces"
    nonces.rmdir()
    nonces.write_bytes(b"")  # nothing can be written below it
    with pytest.raises(ServiceUnreachable):
        link(server, known).take(0)


def test_too_large_a_message_is_refused_before_it_is_read(server: str, known: Pairing):
    assert send(server, known, "/take", bytes(LARGEST_MESSAGE + 1)).status == 413


def test_strangers_see_no_difference_between_what_exists_and_what_does_not(
    office: Office, server: str, known: Pairing, own: Counting
):
    key = asked(office, known, own)
    for path in ("/", "/take", f"/document/{key}/0/0", "/../pairing.json"):
        reply = HTTP.get(server + path, service="")
        assert (reply.status, reply.body) == (404, b'{"error": null}')


WORDS = st.text(st.characters(max_codepoint=255), max_size=30)


@given(
    method=st.sampled_from(["GET", "POST", "PUT", ""]),
    path=WORDS,
    seal=WORDS,
    length=st.one_of(WORDS, st.just("5")),
    body=st.binary(),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_no_stranger_brings_the_desk_to_its_knees(
    office: Office, known: Pairing, method: str, path: str, seal: str, length: str, body: bytes
):
    environ = {
        **{"REQUEST_METHOD": method, "PATH_INFO": path, "HTTP_SOHOA_SEAL": seal, "CONTENT_LENGTH": length},
        "wsgi.input": io.BytesIO(body),
    }
    said: list[str] = []
    office.desk()(environ, lambda status, headers: said.append(status))
    assert said == ["404 Not Found"]


FIELDS = ["key", "wait", "signatures", "refused", "id", "error", "certificate", "chain", "mechanism", "final", "signature"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("ab" * 32),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inside, max_size=5),
    max_leaves=12,
)


@given(path=st.sampled_from(["/hello", "/take", "/wanted", "/answer", "/decline", "/nothing"]), said=JSON | st.binary())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
def test_an_agent_that_talks_nonsense_gets_a_code_and_nothing_breaks(office: Office, known: Pairing, path: str, said: object):
    body = said if isinstance(said, bytes) else packed(said)  # type: ignore[arg-type]
    status, answer = ask_directly(office, known, path, body)
    assert status in (200, 400, 404)
    if status != 200:
        assert re.fullmatch(r"signing\.[a-z_]+", json.loads(answer)["error"]["code"])


@pytest.mark.parametrize("body", [b"[" * 100_000, b"9" * 10_000, b'{"wait": 1e999}', b'"\\ud800"', b"\xff\xfe\x00"])
def test_json_made_to_hurt_is_a_message_that_cannot_be_read(office: Office, known: Pairing, body: bytes):
    status, answer = ask_directly(office, known, "/take", body)
    assert (status, json.loads(answer)["error"]["code"]) == (400, "signing.agent_message_unreadable")


@pytest.mark.parametrize(
    "wrong",
    [
        {"certificate": "AAAA"},
        {"certificate": "???"},
        {"chain": ["AAAA"]},
        {"chain": [5]},
        {"chain": [""] * 11},
        {"mechanism": "md5"},
    ],
    ids=str,
)
def test_a_certificate_that_is_none_is_not_registered(office: Office, pairing: Pairing, own: Counting, wrong: dict[str, object]):
    status, answer = ask_directly(office, pairing, "/hello", packed({**identity_as_dict(own.identity()), **wrong}))
    assert (status, json.loads(answer)["error"]["code"]) == (400, "signing.agent_message_unreadable")
    assert not (folder_of(office.post, pairing.agent) / "identity.json").exists()


def ask_directly(office: Office, pairing: Pairing, path: str, body: bytes) -> tuple[int, bytes]:
    """The application as any WSGI server calls it, held to the rules of WSGI."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "SCRIPT_NAME": "/ky-so/agent",
        "QUERY_STRING": "",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_SOHOA_SEAL": seal_question(pairing, "POST", path, body, now=NOW, nonce=new_nonce()),
        "wsgi.input": io.BytesIO(body),
    }
    setup_testing_defaults(environ)
    said: list[str] = []

    def start(status: str, headers: list[tuple[str, str]], problem: object = None) -> Callable[[bytes], object]:
        said.append(status)
        return lambda written: None

    answered = validator(office.desk())(environ, start)
    answer = b"".join(answered)
    answered.close()
    return int(said[0].split()[0]), answer


def test_a_question_for_work_is_answered_when_its_time_is_over_though_there_is_none(office: Office, known: Pairing):
    with serve(office.desk(longest_wait=2 * desk.LOOK_EVERY)) as server:
        assert link(server, known).take(3600) == (None, 0)


def test_a_server_that_stops_answers_the_questions_that_stay_open(office: Office, known: Pairing):
    here = office.desk(longest_wait=3600)
    here.close()
    with serve(here) as server:
        assert link(server, known).take(3600) == (None, 0)
