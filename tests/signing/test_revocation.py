"""Whether certificates were revoked: asked once for a batch, checked, and not believed when the responder lies."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from werkzeug.wrappers import Response

from sohoa.signing.http import Http
from sohoa.signing.trustservices.answers import read_crl
from sohoa.signing.trustservices.revocation import RevocationService, RevocationUnavailable, ValidationData
from tests.signing.authority import YEAR, Pki, der
from tests.signing.pki import NOW, crl, issue

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def service(**more: object) -> RevocationService:
    return RevocationService(Http(connect=2, read=5), **more)


def data_for(pki: Pki, kind: str, asked: RevocationService, *, now: datetime = NOW, chain: bool = True) -> ValidationData:
    signer = pki.signer(kind)
    carried = [der(one) for one in signer.chain] if chain else []
    return asked.data_for(der(signer.certificate), carried, trust=[der(pki.root)], now=now)


def state_of(pki: Pki, kind: str, asked: RevocationService, *, now: datetime = NOW) -> str:
    signer = pki.signer(kind)
    return asked.status(der(signer.certificate), [der(one) for one in signer.chain], trust=[der(pki.root)], now=now).state


def test_everything_below_the_root_is_answered_for(pki: Pki):
    data = data_for(pki, "rsa3072", service())
    assert data.certificates == (der(pki.signer("rsa3072").certificate), der(pki.certificate("ca")))
    serials = {ocsp.load_der_ocsp_response(one).serial_number for one in data.ocsps}
    assert serials == {pki.signer("rsa3072").certificate.serial_number, pki.certificate("ca").serial_number}
    assert data.crls == ()


def test_a_short_chain_is_completed_from_where_the_certificate_says(pki: Pki):
    assert data_for(pki, "rsa3072", service(), chain=False) == data_for(pki, "rsa3072", service())
    assert pki.counted(f"{pki.url}/sohoa/certs/ca/") == 1


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        *(("rsa2048", "good"), ("p256", "good"), ("revoked", "revoked"), ("crl_only", "good"), ("ocsp_only", "good")),
        *(("mute", "unknown"), ("stranger", "unknown"), ("self_signed", "unknown")),
    ],
)
def test_each_kind_of_signer_has_its_status(pki: Pki, kind: str, state: str):
    assert state_of(pki, kind, service()) == state


@pytest.mark.parametrize("by_list", [False, True], ids=["ocsp", "crl"])
def test_a_revocation_says_since_when_and_why(pki: Pki, by_list: bool):
    signer = pki.signer("revoked")
    answer = (lambda asked, honest: Response(status=503)) if by_list else (lambda asked, honest: honest)
    with pki.lying(pki.ocsp_url, answer):
        status = service().status(der(signer.certificate), [der(one) for one in signer.chain], now=NOW)
    assert (status.state, status.since, status.why) == ("revoked", NOW - YEAR / 4, "keyCompromise")


def test_data_about_a_revoked_signer_is_had_too_and_says_so(pki: Pki):
    answers = [ocsp.load_der_ocsp_response(one) for one in data_for(pki, "revoked", service()).ocsps]
    assert ocsp.OCSPCertStatus.REVOKED in {one.certificate_status for one in answers}


def test_a_certificate_that_names_nowhere_to_ask_adds_only_the_answers_about_those_above_it(pki: Pki):
    data = data_for(pki, "mute", service())
    assert [ocsp.load_der_ocsp_response(one).serial_number for one in data.ocsps] == [pki.certificate("ca").serial_number]


def test_the_list_is_taken_when_the_responder_is_out(pki: Pki):
    with pki.lying(pki.ocsp_url, lambda asked, honest: Response(status=500)):
        data = data_for(pki, "rsa2048", service())
    assert (len(data.ocsps), len(data.crls)) == (1, 1)


def test_a_list_too_large_to_embed_still_tells_the_status(pki: Pki):
    asked = service(largest_list=100)
    assert data_for(pki, "crl_only", asked).crls  # there is no other way
    with pki.lying(pki.ocsp_url, lambda asked, honest: Response(status=500)):
        assert state_of(pki, "rsa2048", asked) == "good"
        with pytest.raises(RevocationUnavailable, match="too large"):
            data_for(pki, "rsa2048", asked)


def test_an_outage_is_an_error_for_the_data_and_unknown_for_the_status(pki: Pki):
    pki.stop()
    with pytest.raises(RevocationUnavailable) as out:
        data_for(pki, "rsa2048", service())
    assert (out.value.code, out.value.exit_code) == ("signing.revocation_unavailable", 3)
    assert state_of(pki, "rsa2048", service()) == "unknown"


def test_an_untrusted_root_gives_no_data(pki: Pki):
    with pytest.raises(RevocationUnavailable, match="root"):
        data_for(pki, "stranger", service())


def test_answers_are_shared_by_a_batch_and_by_threads_that_ask_at_once(pki: Pki):
    asked, found = service(), []
    together = threading.Barrier(8)

    def ask() -> None:
        together.wait()
        found.append(data_for(pki, "rsa3072", asked))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1
    assert (pki.counted(pki.ocsp_url), pki.counted(pki.root_ocsp_url), pki.connections) == (1, 1, 1)
    for _ in range(100):
        data_for(pki, "rsa3072", asked)
    assert pki.counted() == 2


def test_threads_that_waited_for_an_answer_that_failed_are_told_too_and_the_next_one_asks_anew(pki: Pki):
    asked, refused = service(), []
    together = threading.Barrier(4)

    def ask() -> None:
        together.wait()
        try:
            data_for(pki, "ocsp_only", asked)
        except RevocationUnavailable as out:
            refused.append(out)

    with pki.lying(pki.ocsp_url, lambda asked, honest: b"<html>"):
        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(refused) == 4
    assert data_for(pki, "ocsp_only", asked).ocsps


@pytest.mark.parametrize(
    ("cap", "again_after"), [(timedelta(hours=1), 10 * MINUTE), (MINUTE, MINUTE)], ids=["its own end", "our cap"]
)
def test_an_answer_is_used_until_it_ends_or_the_cap(pki: Pki, cap: timedelta, again_after: timedelta):
    asked = service(cap=cap)
    for moment, times in ((NOW, 1), (NOW + again_after, 1), (NOW + again_after + timedelta(seconds=1), 2)):
        pki.now = moment
        data_for(pki, "rsa2048", asked, now=moment)
        assert pki.counted(pki.ocsp_url) == times


def _answer(
    pki: Pki,
    *,
    about: str = "rsa2048",
    at: datetime = NOW,
    until: datetime | None = NOW + MINUTE,
    responder: str = "ca",
    key: str = "ca",
    carried: x509.Certificate | None = None,
    named_with: hashes.HashAlgorithm | None = None,
) -> bytes:
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=pki.certificate(about),
        issuer=pki.certificate("ca"),
        algorithm=named_with or hashes.SHA1(),
        cert_status=ocsp.OCSPCertStatus.GOOD,
        this_update=at,
        next_update=until,
        revocation_time=None,
        revocation_reason=None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.NAME, carried or pki.certificate(responder))
    if carried:
        builder = builder.certificates([carried])
    return builder.sign(pki.key(key), hashes.SHA256()).public_bytes(Encoding.DER)


def _responder(pki: Pki, *, purpose: bool = True, issuer: str = "ca", **more: object) -> x509.Certificate:
    """A certificate over the key `ocsp`, as an authority would give one to whoever answers for it."""
    above = pki.certificate(issuer)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Người trả lời")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(above.subject)
        .public_key(pki.key("ocsp").public_key())
        .serial_number(77)
    )
    builder = builder.not_valid_before(NOW - DAY).not_valid_after(more.get("end", NOW + DAY))
    if purpose:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
    if more.get("unchecked", True):
        builder = builder.add_extension(x509.OCSPNoCheck(), critical=False)
    if "list_at" in more:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(str(more["list_at"]))], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    return builder.sign(pki.key(str(more.get("key", issuer))), hashes.SHA256())


BELIEVED = {
    "by the issuer itself": lambda pki: _answer(pki),
    "named with SHA-256": lambda pki: _answer(pki, named_with=hashes.SHA256()),
    "without an end, fresh": lambda pki: _answer(pki, until=None),
    "by somebody the issuer named": lambda pki: _answer(pki, key="ocsp", carried=_responder(pki)),
}
LIES = {
    "about another certificate": lambda pki: _answer(pki, about="p256"),
    "out of date": lambda pki: _answer(pki, at=NOW - DAY, until=NOW - MINUTE),
    "from the future": lambda pki: _answer(pki, at=NOW + DAY, until=NOW + 2 * DAY),
    "old and without an end": lambda pki: _answer(pki, at=NOW - 2 * DAY, until=None),
    "spoilt": lambda pki: _answer(pki)[:-1] + bytes([_answer(pki)[-1] ^ 1]),
    "by somebody with a forged certificate": lambda pki: _answer(pki, key="ocsp", carried=_responder(pki, key="tsa-ca")),
    "by another authority": lambda pki: _answer(pki, responder="tsa-ca", key="tsa-ca"),
    "by somebody not named for it": lambda pki: _answer(pki, key="ocsp", carried=_responder(pki, purpose=False)),
    "by somebody of another authority": lambda pki: _answer(pki, key="ocsp", carried=_responder(pki, issuer="tsa-ca")),
    "by somebody whose time is over": lambda pki: _answer(pki, key="ocsp", carried=_responder(pki, end=NOW - MINUTE)),
    "unauthorised": lambda pki: ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.UNAUTHORIZED).public_bytes(
        Encoding.DER
    ),
    "html": lambda pki: b"<html></html>",
    "nothing": lambda pki: b"",
    "cut short": lambda pki: _answer(pki)[:-10],
}


@pytest.mark.parametrize("make", BELIEVED.values(), ids=BELIEVED.keys())
def test_an_answer_is_believed(pki: Pki, make: Callable[[Pki], bytes]):
    told = make(pki)
    with pki.lying(pki.ocsp_url, lambda asked, honest: told):
        assert told in data_for(pki, "rsa2048", service()).ocsps


@pytest.mark.parametrize("make", LIES.values(), ids=LIES.keys())
def test_an_answer_that_is_none_is_not_believed_and_the_list_is_asked(pki: Pki, make: Callable[[Pki], bytes]):
    told = make(pki)
    with pki.lying(pki.ocsp_url, lambda asked, honest: told):
        data = data_for(pki, "rsa2048", service())
    assert told not in data.ocsps and len(data.crls) == 1


def test_a_responder_that_may_be_revoked_is_asked_about(pki: Pki):
    responder = _responder(pki, unchecked=False, list_at=pki.crl_url)
    told = _answer(pki, key="ocsp", carried=responder)
    with pki.lying(pki.ocsp_url, lambda asked, honest: told):
        data = data_for(pki, "rsa2048", service())
    assert told in data.ocsps and len(data.crls) == 1


def _listed(pki: Pki, key: str = "ca", issuer: str = "ca", extension: x509.ExtensionType | None = None) -> bytes:
    builder = x509.CertificateRevocationListBuilder().issuer_name(pki.certificate(issuer).subject)
    builder = builder.last_update(NOW - MINUTE).next_update(NOW + DAY)
    if extension is not None:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(pki.key(key), hashes.SHA256()).public_bytes(Encoding.DER)


def _about(**more: bool) -> x509.IssuingDistributionPoint:
    kinds = ("only_contains_user_certs", "only_contains_ca_certs", "indirect_crl", "only_contains_attribute_certs")
    flags = {kind: more.get(kind, False) for kind in kinds}
    point = [x509.UniformResourceIdentifier("http://example.invalid/ca.crl")]
    return x509.IssuingDistributionPoint(full_name=point, relative_name=None, only_some_reasons=None, **flags)


@pytest.mark.parametrize(
    "make",
    [
        lambda pki: _listed(pki, key="other-root"),
        lambda pki: _listed(pki, key="tsa-ca", issuer="tsa-ca"),
        lambda pki: _listed(pki, extension=_about(only_contains_ca_certs=True)),
        lambda pki: _listed(pki, extension=_about(indirect_crl=True)),
        lambda pki: _listed(pki, extension=x509.DeltaCRLIndicator(1)),
        lambda pki: b"<html>",
        lambda pki: b"",
        lambda pki: _listed(pki)[:-5],
    ],
    ids=["other key", "other issuer", "about authorities only", "indirect", "a delta", "html", "nothing", "cut short"],
)
def test_a_list_that_is_none_leaves_the_status_unknown(pki: Pki, make: Callable[[Pki], bytes]):
    told = make(pki)
    with pki.lying(pki.crl_url, lambda asked, honest: told):
        assert state_of(pki, "crl_only", service()) == "unknown"


@pytest.mark.parametrize(
    "extension", [None, _about(), _about(only_contains_user_certs=True)], ids=["plain", "of a place", "of users"]
)
def test_a_list_of_the_issuer_is_believed(pki: Pki, extension: x509.ExtensionType | None):
    told = _listed(pki, extension=extension)
    with pki.lying(pki.crl_url, lambda asked, honest: told):
        assert state_of(pki, "crl_only", service()) == "good"


def test_a_long_list_is_searched():
    authority = issue("CA lớn", 9, ca=True)
    one = issue("Một người", 2, issuer=authority)
    serial = one.certificate.serial_number
    listed = crl(authority, revoked=dict.fromkeys(range(10**6, 10**6 + 20_000), NOW - DAY) | {serial: NOW - MINUTE}, at=NOW)
    answer = read_crl(listed, one.certificate, authority.certificate, now=NOW)
    assert (answer.status.state, answer.status.since) == ("revoked", NOW - MINUTE)


def test_a_certificate_that_cannot_be_read_is_unknown():
    assert service().status(b"\x30\x03abc", [], now=NOW).state == "unknown"
