"""A key at a CSC service. The service is a stand-in built from the published protocol; the person is scripted, the HTTP is real."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from asn1crypto import algos
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sohoa.kernel.errors import SohoaError
from sohoa.signing.http import ServiceUnreachable
from sohoa.signing.signers import csc_session
from sohoa.signing.signers.csc import CSC_2, VIETTEL, ClientLogin, CscHolder, OAuthToken, RemoteWayUnsupported
from sohoa.signing.signers.holder import Identity, Mechanism, Pending, Signed
from sohoa.signing.signers.remote import settled
from sohoa.signing.signers.remote_errors import (
    RemoteAddressOpen,
    RemoteAnswerUnreadable,
    RemoteBatchTooLarge,
    RemoteBusy,
    RemoteCertificateNotChosen,
    RemoteCertificateUnusable,
    RemoteCredentialsWrong,
    RemoteDeclined,
    RemoteExpired,
    RemoteFailed,
    RemotePinWrong,
    RemoteRefused,
)
from tests.signing.pki import NOW, YEAR
from tests.signing.services.asking import TRANSACTION, Clock, answered, external, jobs
from tests.signing.services.csc_service import CREDENTIAL, LOGIN, PIN, CscService, csc_service
from tests.signing.services.loopback import BROKEN, DROPPED, HTML, HUGE, Answer, busy, told
from tests.signing.services.person import DECLINES, NEVER_ANSWERS


@pytest.fixture
def service(tmp_path: Path) -> Iterator[CscService]:
    with csc_service(tmp_path) as running:
        yield running


@pytest.fixture
def with_pin(tmp_path: Path) -> Iterator[CscService]:
    with csc_service(tmp_path, mode="explicit") as running:
        yield running


def holder_of(service: CscService, **options: object) -> CscHolder:
    given_anyway: dict[str, object] = {"clock": Clock(), "wait": lambda seconds: None}
    if service.mode == "explicit":
        given_anyway["pin"] = PIN
    return CscHolder(service.url, options.pop("login", LOGIN), **(given_anyway | options))


def must_all_fit(signed: object, asked: list, identity: Identity) -> None:
    assert isinstance(signed, Signed)
    assert set(signed.signatures) == {job.id for job in asked}
    assert not signed.refused
    for job in asked:
        identity.must_fit(job.attributes, signed.signatures[job.id])


def test_ten_documents_take_one_authorisation_and_one_signing(service: CscService):
    asked = jobs(10, identity=service.identity)
    holder = holder_of(service)
    assert isinstance(holder.sign_hashes(asked, transaction=TRANSACTION), Pending)
    must_all_fit(answered(holder, asked), asked, service.identity)
    assert (service.authorisations, service.approvals, service.signings, service.logins) == (1, 1, 1, 1)
    assert (holder.kind, holder.interactive, holder.max_batch) == ("csc", True, 100)


def test_openssl_verifies_a_signature_that_was_made_far_away(with_pin: CscService, tmp_path: Path):
    (job,) = jobs(1, identity=with_pin.identity)
    signed = holder_of(with_pin).sign_hashes([job], transaction=TRANSACTION)
    signer = external(with_pin.identity, signed.signatures[job.id])
    attributes = asyncio.run(signer.signed_attrs(bytes.fromhex(job.document), "sha256", use_pades=True))
    packed = asyncio.run(signer.async_sign_prescribed_attributes("sha256", attributes))
    (tmp_path / "sig.der").write_bytes(packed.dump())
    (tmp_path / "paper").write_bytes("văn bản 0".encode())
    command = ["openssl", "cms", "-verify", "-cades", "-inform", "DER", "-in", "sig.der", "-content", "paper", "-binary"]
    command += ["-CAfile", "root.pem", "-purpose", "any", "-attime", str(int(NOW.timestamp())), "-out", "/dev/null"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_a_pin_is_answered_at_once_and_leaves_nothing_to_poll(with_pin: CscService):
    asked = jobs(3)
    holder = holder_of(with_pin)
    must_all_fit(holder.sign_hashes(asked, transaction=TRANSACTION), asked, with_pin.identity)
    assert not holder.interactive
    assert holder.poll(TRANSACTION, asked) is None


def test_version_2_of_the_protocol_is_a_dialect(tmp_path: Path):
    asked = jobs(3)
    with csc_service(tmp_path, mode="explicit", version="v2") as service:
        signed = holder_of(service, dialect=CSC_2).sign_hashes(asked, transaction=TRANSACTION)
        must_all_fit(signed, asked, service.identity)
        (authorised,) = service.asked("/authorize")
    assert authorised["authData"] == [{"id": "PIN", "value": PIN}]
    assert "PIN" not in authorised


def test_the_transaction_goes_to_the_service_with_both_requests(with_pin: CscService):
    holder_of(with_pin).sign_hashes(jobs(1), transaction=TRANSACTION)
    assert [body["clientData"] for path in ("/authorize", "/signHash") for body in with_pin.asked(path)] == [TRANSACTION] * 2


def test_the_telephone_of_viettel_gets_the_names_of_the_documents(with_pin: CscService):
    (job,) = jobs(1)
    holder_of(with_pin, dialect=VIETTEL).sign_hashes([job], transaction=TRANSACTION)
    (named,) = with_pin.asked("/signHash")[0]["documents"]
    assert base64.b64decode(named["document_name"]).decode() == job.title
    assert job.id.startswith(named["document_id"])


def test_a_long_name_is_cut_between_letters(with_pin: CscService):
    (job,) = jobs(1)
    long = type(job)(job.id, "Ữ" * 200, job.attributes, job.document)
    holder_of(with_pin, dialect=VIETTEL).sign_hashes([long], transaction=TRANSACTION)
    sent = with_pin.asked("/authorize")[0]["documents"][0]["document_name"]
    assert len(sent) < 100
    assert set(base64.b64decode(sent).decode()) == {"Ữ"}


def test_a_one_time_code_is_asked_for_once_in_a_batch(tmp_path: Path):
    spoken: list[str] = []

    def ask() -> str:
        spoken.append("123456")
        return "123456"

    with csc_service(tmp_path, mode="explicit") as service:
        holder = holder_of(service, pin=None, otp=ask)
        asked = jobs(5)
        must_all_fit(holder.sign_hashes(asked, transaction=TRANSACTION), asked, service.identity)
        assert holder.interactive
    assert len(spoken) == 1


def test_a_wrong_pin_is_sent_once_and_never_said(with_pin: CscService):
    with pytest.raises(RemotePinWrong) as wrong:
        holder_of(with_pin, pin="00000000").sign_hashes(jobs(2), transaction=TRANSACTION)
    assert with_pin.authorisations == 1
    assert "00000000" not in f"{wrong.value} {wrong.value.as_dict()} {wrong.value.facts}"


def test_an_explicit_credential_without_pin_or_code_asks_nobody(with_pin: CscService):
    with pytest.raises(RemoteWayUnsupported):
        holder_of(with_pin, pin=None).sign_hashes(jobs(1), transaction=TRANSACTION)
    assert with_pin.authorisations == 0


def test_a_credential_that_wants_a_browser_is_not_supported(tmp_path: Path):
    with csc_service(tmp_path, mode="oauth2code") as service, pytest.raises(RemoteWayUnsupported):
        holder_of(service).identity()


def test_a_person_who_declines_is_believed(tmp_path: Path):
    with csc_service(tmp_path, person=DECLINES) as service:
        holder = holder_of(service)
        holder.sign_hashes(jobs(2), transaction=TRANSACTION)
        for _ in range(2):
            with pytest.raises(RemoteDeclined):
                answered(holder, jobs(2))
        assert (service.authorisations, service.signings) == (1, 0)


def test_a_person_who_never_answers_lets_the_request_run_out(tmp_path: Path):
    with csc_service(tmp_path, person=NEVER_ANSWERS) as service:
        holder = holder_of(service, patience=0.2)
        holder.sign_hashes(jobs(1), transaction=TRANSACTION)
        with pytest.raises(RemoteExpired):
            answered(holder, jobs(1))
        assert (service.authorisations, service.approvals, service.signings) == (1, 0, 0)


def test_asking_again_while_the_telephone_rings_does_not_make_it_ring_twice(tmp_path: Path):
    asked = jobs(2)
    with csc_service(tmp_path, person=NEVER_ANSWERS) as service:
        holder = holder_of(service)
        first = holder.sign_hashes(asked, transaction=TRANSACTION)
        assert holder.sign_hashes(asked, transaction=TRANSACTION) == first == holder.poll(TRANSACTION, asked)
        service.approve()
        must_all_fit(answered(holder, asked), asked, service.identity)
        must_all_fit(holder.sign_hashes(asked, transaction=TRANSACTION), asked, service.identity)
        assert (service.authorisations, service.approvals) == (1, 1)


def test_after_a_crash_the_same_signature_comes_of_a_second_approval(service: CscService):
    asked = jobs(2, identity=service.identity)
    before = holder_of(service)
    before.sign_hashes(asked, transaction=TRANSACTION)
    lost = answered(before, asked)
    after = holder_of(service)
    assert after.poll(TRANSACTION, asked) is None
    after.sign_hashes(asked, transaction=TRANSACTION)
    assert answered(after, asked) == lost
    assert service.approvals == 2


FAILED = {"fails": BROKEN, "fails in JSON": told({"error": "server_error"}, 500), "is cut off": DROPPED, "is a web page": HTML}


@pytest.mark.parametrize("failure", FAILED.values(), ids=FAILED)
def test_signing_that_failed_is_repeated_under_the_approval_already_given(with_pin: CscService, failure: Answer):
    with_pin.faults.next("/signHash", failure)
    holder, asked = holder_of(with_pin), jobs(3)
    with pytest.raises(SohoaError):
        holder.sign_hashes(asked, transaction=TRANSACTION)
    must_all_fit(holder.sign_hashes(asked, transaction=TRANSACTION), asked, with_pin.identity)
    assert (with_pin.approvals, with_pin.signings) == (1, 1)


def test_on_the_telephone_too_signing_that_failed_is_repeated_under_the_same_approval(service: CscService):
    service.faults.next("/signHash", BROKEN)
    holder, asked = holder_of(service), jobs(3)
    holder.sign_hashes(asked, transaction=TRANSACTION)
    with pytest.raises(RemoteFailed):
        answered(holder, asked)
    holder.sign_hashes(asked, transaction=TRANSACTION)
    must_all_fit(answered(holder, asked), asked, service.identity)
    assert (service.approvals, service.signings) == (1, 1)


def test_signatures_that_were_lost_on_the_way_are_not_asked_for_behind_the_persons_back(with_pin: CscService):
    with_pin.faults.next("/signHash", DROPPED, before=False)
    holder, asked = holder_of(with_pin), jobs(1)
    with pytest.raises(ServiceUnreachable):
        holder.sign_hashes(asked, transaction=TRANSACTION)
    with pytest.raises(RemoteExpired):  # the authorisation was used up; a second one is the caller's to ask for
        holder.sign_hashes(asked, transaction=TRANSACTION)
    assert with_pin.approvals == 1
    must_all_fit(holder.sign_hashes(asked, transaction=TRANSACTION), asked, with_pin.identity)


def test_an_authorisation_that_ran_out_is_not_used(tmp_path: Path):
    with csc_service(tmp_path, mode="explicit", life=60) as service:
        clock = Clock()

        def slow(answer: Answer) -> Answer:
            clock.later(61)
            return answer

        service.faults.next("/authorize", slow)
        with pytest.raises(RemoteExpired):
            holder_of(service, clock=clock).sign_hashes(jobs(1), transaction=TRANSACTION)
        assert (service.approvals, service.signings) == (1, 0)


def test_a_login_that_the_service_forgot_is_renewed_once(with_pin: CscService):
    holder, asked = holder_of(with_pin), jobs(2)
    holder.identity()
    with_pin.restart()
    must_all_fit(holder.sign_hashes(asked, transaction=TRANSACTION), asked, with_pin.identity)
    assert (with_pin.logins, with_pin.authorisations) == (2, 1)


def test_a_login_is_renewed_before_it_runs_out(with_pin: CscService):
    clock = Clock()
    holder = holder_of(with_pin, clock=clock)
    holder.identity()
    clock.later(3590)
    holder.sign_hashes(jobs(1), transaction=TRANSACTION)
    assert with_pin.logins == 2
    assert [status for status, _ in with_pin.seen if status == LOGIN.path] == [LOGIN.path] * 2


def test_a_login_that_is_refused_twice_is_not_tried_a_third_time(with_pin: CscService):
    with_pin.faults.next("/info", told({"error": "invalid_token"}, 401), times=5)
    with pytest.raises(RemoteCredentialsWrong):
        holder_of(with_pin).identity()
    assert with_pin.logins == 2


def test_an_account_that_is_denied_something_is_not_a_signer_who_declined(service: CscService):
    service.faults.next("/info", told({"error": "access_denied"}, 403))
    with pytest.raises(RemoteCredentialsWrong):
        holder_of(service).identity()


def test_a_401_that_may_be_a_wrong_pin_does_not_send_the_pin_again(with_pin: CscService):
    with_pin.faults.next("/authorize", told({"error": "unauthorized"}, 401), times=5)
    with pytest.raises(RemoteCredentialsWrong):
        holder_of(with_pin).sign_hashes(jobs(1), transaction=TRANSACTION)
    assert (with_pin.logins, with_pin.authorisations) == (1, 0)


def test_a_wrong_client_secret_is_told_without_the_secret(service: CscService):
    secret = "Mat_Khau_Rat_Bi_Mat"
    with pytest.raises(RemoteCredentialsWrong) as wrong:
        holder_of(service, login=ClientLogin(LOGIN.client_id, secret, LOGIN.user_id)).identity()
    assert secret not in f"{wrong.value} {wrong.value.as_dict()}"
    service.faults.next(LOGIN.path, told({"error": secret}, 401))
    with pytest.raises(RemoteCredentialsWrong) as echoed:
        holder_of(service, login=ClientLogin(LOGIN.client_id, secret, LOGIN.user_id)).identity()
    assert secret not in f"{echoed.value} {echoed.value.as_dict()}"


def test_a_token_from_elsewhere_is_used_as_it_is_and_never_renewed(with_pin: CscService):
    with pytest.raises(RemoteCredentialsWrong):
        holder_of(with_pin, login=OAuthToken("not-theirs"), credential=CREDENTIAL).identity()
    assert with_pin.logins == 0


@pytest.mark.parametrize(
    "url", ["http://ky-so.example.vn/csc", "ftp://127.0.0.1/", "ky-so.example.vn", "http://127.0.0.1.example.vn"]
)
def test_secrets_are_not_sent_over_an_open_line(url: str):
    holder = CscHolder(url, LOGIN, clock=Clock(), wait=lambda seconds: None)
    with pytest.raises(RemoteAddressOpen):
        holder.identity()


def test_secrets_are_not_in_what_a_debugger_prints():
    shown = f"{LOGIN!r} {OAuthToken('bearer-of-news')!r}"
    for secret in (LOGIN.client_secret, LOGIN.user_id, "bearer-of-news"):
        assert secret not in shown


def test_several_credentials_want_a_choice(service: CscService):
    service.credentials = [CREDENTIAL, "khac"]
    with pytest.raises(RemoteCertificateNotChosen) as undecided:
        holder_of(service).identity()
    assert undecided.value.facts == {"found": 2}
    assert holder_of(service, credential=CREDENTIAL).identity() == service.identity


@pytest.mark.parametrize("status", ["revoked", "expired", "suspended"])
def test_a_certificate_that_the_service_calls_unusable_is_not_used(service: CscService, status: str):
    service.status = status
    with pytest.raises(RemoteCertificateUnusable):
        holder_of(service).identity()


def test_a_batch_beyond_what_one_approval_covers_is_refused_before_anybody_is_asked(tmp_path: Path):
    with csc_service(tmp_path, multisign=4) as service:
        holder = holder_of(service)
        assert holder.max_batch == 4
        with pytest.raises(RemoteBatchTooLarge):
            holder.sign_hashes(jobs(5), transaction=TRANSACTION)
        assert service.authorisations == 0


def _but(change: Callable[[list[str]], list[object]]) -> Callable[[Answer], Answer]:
    return lambda answer: told({"signatures": change(json.loads(answer.body)["signatures"])})


def test_signatures_swapped_between_documents_are_refused_and_the_others_kept(with_pin: CscService):
    asked = jobs(4)
    with_pin.faults.next("/signHash", _but(lambda all_of_them: [all_of_them[1], all_of_them[0], *all_of_them[2:]]))
    signed = holder_of(with_pin).sign_hashes(asked, transaction=TRANSACTION)
    assert set(signed.signatures) == {job.id for job in asked[2:]}
    assert {(refusal.error["code"], refusal.final) for refusal in signed.refused.values()} == {
        ("signing.remote_signature_wrong", True)
    }


@pytest.mark.parametrize("change", [lambda found: found[:3], lambda found: [*found[:3], ""], lambda found: [*found[:3], 7]])
def test_an_answer_that_is_short_keeps_what_came(with_pin: CscService, change: Callable[[list[str]], list[object]]):
    asked = jobs(4)
    with_pin.faults.next("/signHash", _but(change))
    signed = holder_of(with_pin).sign_hashes(asked, transaction=TRANSACTION)
    assert set(signed.signatures) == {job.id for job in asked[:3]}
    (refused,) = signed.refused.values()
    assert (refused.error["code"], refused.final) == ("signing.remote_signature_missing", False)


def test_signatures_too_many_do_no_harm(with_pin: CscService):
    asked = jobs(2)
    with_pin.faults.next("/signHash", _but(lambda found: [*found, found[0], "AAAA"]))
    must_all_fit(holder_of(with_pin).sign_hashes(asked, transaction=TRANSACTION), asked, with_pin.identity)


def test_a_certificate_changed_since_preparing_asks_nobody_to_agree(service: CscService):
    asked = jobs(2, identity=service.identity)
    service.renew_certificate()
    signed = holder_of(service).sign_hashes(asked, transaction=TRANSACTION)
    assert {refusal.error["code"] for refusal in signed.refused.values()} == {"signing.remote_certificate_changed"}
    assert (service.authorisations, signed.signatures) == (0, {})


def test_a_certificate_that_changes_while_signing_is_told_as_that(with_pin: CscService):
    holder, asked = holder_of(with_pin), jobs(2)
    holder.identity()
    with_pin.renew_certificate()
    signed = holder.sign_hashes(asked, transaction=TRANSACTION)
    assert {refusal.error["code"] for refusal in signed.refused.values()} == {"signing.remote_certificate_changed"}
    assert holder.identity() == with_pin.identity


BAD = {
    "web page": (HTML, RemoteAnswerUnreadable),
    "too large": (HUGE, ServiceUnreachable),
    "failure": (BROKEN, RemoteFailed),
    "failure in JSON": (told({"error": "50000"}, 500), RemoteFailed),
    "cut off": (DROPPED, ServiceUnreachable),
    "list": (told([]), RemoteAnswerUnreadable),
    "nesting": (Answer(200, b"[" * 100_000), RemoteAnswerUnreadable),
    "empty": (Answer(200, b""), RemoteAnswerUnreadable),
    "refusal": (told({"error": "invalid_request", "error_description": "No."}, 400), RemoteRefused),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("path", ["/credentials/info", "/credentials/authorize", "/signatures/signHash"])
def test_answers_that_are_none_have_a_name_and_are_not_asked_for_again(with_pin: CscService, path: str, case: str):
    bad, error = BAD[case]
    with_pin.faults.next(path, bad)
    with pytest.raises(error):
        holder_of(with_pin, credential=CREDENTIAL).sign_hashes(jobs(1), transaction=TRANSACTION)
    assert with_pin.asked(path) == []  # the bad one was the only one
    assert with_pin.signings == 0


def test_too_many_requests_are_waited_out_as_long_as_the_service_asks_within_reason(with_pin: CscService):
    waited: list[float] = []
    for asked in ("7", "86400", "Wed, 21 Oct 2026 07:28:00 GMT"):
        with_pin.faults.next("/authorize", busy(asked))
    must_all_fit(holder_of(with_pin, wait=waited.append).sign_hashes(jobs(1), transaction=TRANSACTION), jobs(1), with_pin.identity)
    assert waited == [7.0, 30.0, 5.0]
    assert with_pin.authorisations == 1


def test_a_service_that_stays_busy_is_left_alone(with_pin: CscService):
    waited: list[float] = []
    with_pin.faults.next("/authorize", busy(), times=9)
    with pytest.raises(RemoteBusy):
        holder_of(with_pin, wait=waited.append).sign_hashes(jobs(1), transaction=TRANSACTION)
    assert (len(waited), with_pin.authorisations) == (3, 0)


def test_several_threads_get_each_their_own_signatures(service: CscService):
    holder, failed = holder_of(service), []

    def sign(number: int) -> None:
        asked, name = [jobs(8)[number]], hashlib.sha256(b"%d" % number).hexdigest()
        try:
            holder.sign_hashes(asked, transaction=name)
            must_all_fit(answered(holder, asked, name), asked, service.identity)
        except (SohoaError, AssertionError) as wrong:
            failed.append(wrong)

    threads = [threading.Thread(target=sign, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert (service.logins, service.approvals) == (1, 8)


def test_a_key_that_signs_by_pss_alone_says_its_parameters_as_the_standard_has_them(service: CscService):
    def pss(answer: Answer) -> Answer:
        info = json.loads(answer.body)
        info["key"]["algo"] = [csc_session.RSA_PSS_OID]
        return told(info)

    service.faults.next("/info", pss)
    assert holder_of(service).identity().mechanism is Mechanism.RSA_PSS
    parameters = algos.RSASSAPSSParams.load(base64.b64decode(csc_session.PSS_PARAMS), strict=True)
    assert parameters["hash_algorithm"]["algorithm"].native == "sha256"
    assert parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native == "sha256"
    assert parameters["salt_length"].native == 32


def test_an_elliptic_signature_may_come_as_two_numbers_side_by_side():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Mẫu – KHÔNG CÓ GIÁ TRỊ PHÁP LÝ")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
    certificate = builder.not_valid_before(NOW).not_valid_after(NOW + YEAR).sign(key, hashes.SHA256())
    identity, (job,) = Identity(certificate.public_bytes(Encoding.DER), (), Mechanism.ECDSA), jobs(1)
    made = key.sign(job.attributes, ec.ECDSA(hashes.SHA256()))
    r, s = decode_dss_signature(made)
    for value in (made, r.to_bytes(32) + s.to_bytes(32)):
        assert settled(identity, [job], {job.id: [value]}).signatures == {job.id: made}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    (
        *("error", "error_description", "SAD", "expiresIn", "signatures", "credentialIDs", "authMode", "multisign", "key"),
        *("cert", "access_token", "expires_in", "certificates", "status", "algo", "auth", "mode"),
    )
)
ANSWERS = ANYTHING | st.dictionaries(FIELDS, ANYTHING | st.dictionaries(FIELDS, ANYTHING, max_size=4), max_size=6)


@given(
    said=ANSWERS,
    status=st.sampled_from([200, 200, 400, 401, 500]),
    path=st.sampled_from(["/login", "/list", "/info", "/authorize", "/signHash"]),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_service_says_nothing_but_a_true_signature_comes_of_it(
    with_pin: CscService, said: object, status: int, path: str
):
    with_pin.faults.clear()
    with_pin.faults.next(path, told(said, status), times=2)
    holder, asked = holder_of(with_pin), jobs(2)
    try:
        answer = holder.sign_hashes(asked, transaction=TRANSACTION)
    except SohoaError as named:
        assert named.as_dict()["remedy"]
    else:
        assert set(answer.signatures) | set(answer.refused) == {job.id for job in asked}
        for job in asked:
            if job.id in answer.signatures:
                with_pin.identity.must_fit(job.attributes, answer.signatures[job.id])
    finally:
        holder.close()
