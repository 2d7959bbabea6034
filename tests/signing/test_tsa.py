"""Time stamps: asked for, checked, and not believed when the authority lies."""

from __future__ import annotations

import hashlib
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from werkzeug.wrappers import Response

from sohoa.signing.http import Http, ServiceUnreachable
from sohoa.signing.trustservices.resting import REST, Patience
from sohoa.signing.trustservices.revocation import RevocationService
from sohoa.signing.trustservices.tsa import TimestampAuthority, TimestampRefused, TimestampUnavailable, read_token
from tests.signing.authority import Pki, der
from tests.signing.pki import NOW

IMPRINT = hashlib.sha256(b"Quy").digest()
NOWHERE = "http://127.0.0.1:1/tsa"


def ask(*urls: str, **more: object) -> TimestampAuthority:
    return TimestampAuthority(urls, Http(connect=2, read=5), **more)


@pytest.mark.parametrize("digest", ["sha256", "sha512"])
def test_a_token_proves_the_hash_at_the_authoritys_time_and_openssl_believes_it(pki: Pki, tmp_path: Path, digest: str):
    (tmp_path / "data").write_bytes(b"Quy")
    stamped = ask(pki.tsa_url).stamped(hashlib.new(digest, b"Quy").digest(), digest)
    assert stamped.time == NOW
    (tmp_path / "token").write_bytes(stamped.token)
    command = f"openssl ts -verify -in token -token_in -data data -CAfile {pki.root_pem} -attime {int(NOW.timestamp())}".split()
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Verification: OK" in ran.stdout, ran.stderr


def test_room_for_a_token_is_a_generous_guess_at_first_and_then_known(pki: Pki):
    authority = ask(pki.tsa_url)
    assert authority.size_of_token() == 8192
    token = authority.stamp(IMPRINT)
    assert len(token) < authority.size_of_token() < 2 * len(token)
    assert authority.last is not None and authority.last.token == token


def test_connections_are_kept_open_between_tokens(pki: Pki):
    authority = ask(pki.tsa_url)
    for _ in range(5):
        authority.stamp(IMPRINT)
    assert (pki.counted(pki.tsa_url), pki.connections) == (5, 1)


def test_the_next_authority_is_asked_when_one_is_out_or_lies(pki: Pki):
    assert ask(NOWHERE, pki.no_eku_tsa_url, pki.tsa_url).stamp(IMPRINT)


def test_an_outage_is_told_apart_from_a_refusal(pki: Pki):
    with pytest.raises(TimestampUnavailable) as out:
        ask(NOWHERE).stamp(IMPRINT)
    assert (out.value.code, out.value.exit_code) == ("signing.timestamp_unavailable", 3)
    with pytest.raises(TimestampRefused) as refused:
        ask(pki.no_eku_tsa_url, NOWHERE).stamp(IMPRINT)
    assert (refused.value.code, refused.value.exit_code) == ("signing.timestamp_refused", 1)


def _changed(change: Callable[[tsp.TSTInfo], None]) -> Callable[[bytes, bytes], bytes]:
    """The honest answer with something else stamped in it: its signature no longer fits, which is not what must be noticed first."""

    def lie(asked: bytes, honest: bytes) -> bytes:
        answer = tsp.TimeStampResp.load(honest)
        content = answer["time_stamp_token"]["content"]["encap_content_info"]
        about = tsp.TSTInfo.load(content["content"].parsed.dump())
        change(about)
        content["content"] = cms.ParsableOctetString(about.dump(force=True))
        return answer.dump(force=True)

    return lie


REFUSAL = bytes.fromhex("300930070201020302 0780".replace(" ", ""))  # status 2 (rejection), failure bit 0 (badAlg); RFC 3161, 2.4.2
GRANTED_NOTHING = bytes.fromhex("30053003020100")


LIES = {
    "html": lambda asked, honest: b"<html><body>503</body></html>",
    "empty": lambda asked, honest: b"",
    "cut short": lambda asked, honest: honest[:-20],
    "longer": lambda asked, honest: honest + b"\x00",
    "rejected": lambda asked, honest: REFUSAL,
    "granted nothing": lambda asked, honest: GRANTED_NOTHING,
    "changed content": _changed(lambda about: about.__setitem__("serial_number", 7)),
    "spoilt signature": lambda asked, honest: honest[:-9] + bytes([honest[-9] ^ 1]) + honest[-8:],
    "not found": lambda asked, honest: Response(b"", status=404),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_what_is_no_sound_token_is_refused(pki: Pki, lie: Callable[[bytes, bytes], bytes]):
    with pki.lying(pki.tsa_url, lie), pytest.raises(TimestampRefused):
        ask(pki.tsa_url).stamp(IMPRINT)


def test_a_refusal_is_told_in_the_authoritys_words(pki: Pki):
    with pki.lying(pki.tsa_url, lambda asked, honest: REFUSAL), pytest.raises(TimestampRefused, match="rejection, bad_alg"):
        ask(pki.tsa_url).stamp(IMPRINT)


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ({"message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(32)}}, "another hash"),
        ({"nonce": 1}, "another question"),
    ],
)
def test_a_sound_token_about_something_else_is_refused(pki: Pki, question: dict[str, object], why: str):
    """The authority answers, with a good signature, a question that was not ours: what a replay looks like."""
    asked = tsp.TimeStampReq(
        {
            "version": 1,
            "message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": IMPRINT},
            "nonce": 5,
            "cert_req": True,
            **question,
        }
    ).dump()
    replayed = Http().post(pki.tsa_url, asked, service="").body
    with pki.lying(pki.tsa_url, lambda asked, honest: replayed), pytest.raises(TimestampRefused, match=why):
        ask(pki.tsa_url, chance=lambda: 5).stamp(IMPRINT)


def test_a_token_under_another_policy_than_asked_for_is_refused(pki: Pki):
    with pytest.raises(TimestampRefused, match="policy"):
        ask(pki.tsa_url, policy="1.2.3.4").stamp(IMPRINT)


def test_a_certificate_that_is_not_for_stamping_is_refused(pki: Pki):
    with pytest.raises(TimestampRefused, match="not for time-stamping"):
        ask(pki.no_eku_tsa_url).stamp(IMPRINT)


def test_a_token_that_does_not_carry_its_certificate_is_refused(pki: Pki):
    token = cms.ContentInfo.load(ask(pki.tsa_url).stamp(IMPRINT))
    token["content"]["certificates"] = []
    with pytest.raises(TimestampRefused, match="does not carry"):
        read_token(token.dump(force=True))


def _of_another_version(certificate: bytes) -> bytes:
    return certificate.replace(bytes.fromhex("a003020102"), bytes.fromhex("a003020109"), 1)


def _with_extension_twice(certificate: bytes) -> bytes:
    found = asn1_x509.Certificate.load(certificate)
    found["tbs_certificate"]["extensions"].append(found["tbs_certificate"]["extensions"][0])
    return found.dump(force=True)


def _with_a_name_of_an_odd_type(certificate: bytes) -> bytes:
    found = asn1_x509.Certificate.load(certificate)
    x400 = core.ParsableOctetString(bytes.fromhex("3004a3023000"))
    found["tbs_certificate"]["extensions"].append(asn1_x509.Extension({"extn_id": "issuer_alt_name", "extn_value": x400}))
    return found.dump(force=True)


def _with_certificates(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[bytes, bytes], bytes]:
    def lie(asked: bytes, honest: bytes) -> bytes:
        answer = tsp.TimeStampResp.load(honest)
        signed = answer["time_stamp_token"]["content"]
        changed = change([one.chosen.dump() for one in signed["certificates"]])
        choices = [cms.CertificateChoices("certificate", asn1_x509.Certificate.load(one)) for one in changed]
        signed["certificates"] = cms.CertificateSet(choices)
        return answer.dump(force=True)

    return lie


ODD = [
    (_of_another_version, x509.InvalidVersion),
    (_with_extension_twice, x509.DuplicateExtension),
    (_with_a_name_of_an_odd_type, x509.UnsupportedGeneralNameType),
]


@pytest.mark.parametrize(("odd", "raised"), ODD, ids=["version", "extension twice", "name"])
def test_an_authority_whose_certificate_is_of_an_odd_kind_is_refused(
    pki: Pki, odd: Callable[[bytes], bytes], raised: type[Exception]
):
    certificate = odd(der(pki.certificate("tsa-0")))
    with pytest.raises(raised):  # else the test would be about something else
        list(x509.load_der_x509_certificate(certificate).extensions)
    lie = _with_certificates(lambda carried: [odd(one) for one in carried])
    with pki.lying(pki.tsa_url, lie), pytest.raises(TimestampRefused, match="does not carry its certificate"):
        ask(pki.tsa_url).stamp(IMPRINT)


@pytest.mark.parametrize(("odd", "raised"), ODD, ids=["version", "extension twice", "name"])
def test_an_odd_certificate_beside_the_authoritys_does_no_harm(pki: Pki, odd: Callable[[bytes], bytes], raised: type[Exception]):
    lie = _with_certificates(lambda carried: [*carried, odd(der(pki.certificate("tsa-ca")))])
    with pki.lying(pki.tsa_url, lie):
        stamped = ask(pki.tsa_url).stamped(IMPRINT)
    assert len(stamped.certificates) == 3
    trust = [der(pki.root)]
    data = RevocationService(Http()).data_for(stamped.certificate, stamped.certificates[::-1], trust=trust, now=NOW)
    assert data.about_revocation


def test_name_and_password_go_along_when_there_are_any(pki: Pki):
    heard: list[str | None] = []
    honest_answer = pki.answer

    def listening(method: str, path: str, asked: bytes, headers: dict[str, str]) -> Response:
        heard.append(headers.get("Authorization"))
        return honest_answer(method, path, asked, headers)

    pki.answer = listening  # type: ignore[method-assign]
    try:
        ask(pki.tsa_url, username="sohoa", password="mật").stamp(IMPRINT)
        ask(pki.tsa_url).stamp(IMPRINT)
    finally:
        del pki.answer
    assert heard == ["Basic c29ob2E6beG6rXQ=", None]


def test_a_service_that_keeps_us_waiting_is_left_alone_for_a_while():
    class Slow:
        """Stands for a service whose every question runs into its time-out."""

        asked = 0

        def get(self, url: str, *, service: str) -> object:
            self.asked += 1
            moment[0] += 15
            raise ServiceUnreachable(service=service, why="time-out")

    moment, slow = [100.0], Slow()
    patience = Patience(slow, clock=lambda: moment[0])  # type: ignore[arg-type]
    for _ in range(3):
        with pytest.raises(ServiceUnreachable):
            patience.get("http://a", service="x")
    assert slow.asked == 1
    moment[0] += REST
    with pytest.raises(ServiceUnreachable):
        patience.get("http://a", service="x")
    assert slow.asked == 2


def test_a_service_that_refuses_at_once_may_be_asked_again_at_once(pki: Pki):
    authority = ask(pki.tsa_url)
    pki.stop()
    with pytest.raises(TimestampUnavailable):
        authority.stamp(IMPRINT)
    pki.start()
    assert authority.stamp(IMPRINT)


def test_many_threads_may_ask_one_authority(pki: Pki):
    authority, tokens = ask(pki.tsa_url), []
    threads = [threading.Thread(target=lambda: tokens.append(authority.stamp(IMPRINT))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(tokens)) == 8
