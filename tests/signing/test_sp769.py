"""A key at VNPT SmartCA. The service is a stand-in built from the published document; the person is scripted, the HTTP is real."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import serialization
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sohoa.kernel.errors import SohoaError
from sohoa.signing.http import ServiceUnreachable
from sohoa.signing.signers.holder import Identity, Pending, RequestOver, Signed
from sohoa.signing.signers.remote_errors import (
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
from sohoa.signing.signers.sp769 import Account, Sp769Holder, Telephone, Unattended
from sohoa.signing.signers.totp import totp
from tests.signing.pki import NOW, YEAR, Held, issue
from tests.signing.services.asking import TRANSACTION, Clock, answered, jobs
from tests.signing.services.loopback import BROKEN, DROPPED, HTML, HUGE, Answer, busy, told
from tests.signing.services.person import APPROVES, DECLINES, NEVER_ANSWERS
from tests.signing.services.sp769_service import ACCOUNT, OTP, PASSWORD, Sp769Service, sp769_service


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Sp769Service]:
    with sp769_service(tmp_path) as running:
        yield running


UNATTENDED = Unattended(PASSWORD, lambda: OTP)


def holder_of(service: Sp769Service, account: Account = ACCOUNT, **options: object) -> Sp769Holder:
    return Sp769Holder(service.url, account, **({"clock": Clock(), "wait": lambda seconds: None} | options))


def must_all_fit(signed: object, asked: list, identity: Identity) -> None:
    assert isinstance(signed, Signed)
    assert set(signed.signatures) == {job.id for job in asked}
    assert not signed.refused
    for job in asked:
        identity.must_fit(job.attributes, signed.signatures[job.id])


def another(service: Sp769Service, number: int, *, start: datetime = NOW - YEAR, end: datetime = NOW + YEAR) -> Held:
    name = f"Người ký {number} – KHÔNG CÓ GIÁ TRỊ PHÁP LÝ"
    return issue(name, number, issuer=service.offered[0].issuer, start=start, end=end)


def test_ten_documents_take_one_request_and_one_approval(service: Sp769Service):
    asked = jobs(10, identity=service.identity)
    holder = holder_of(service)
    waiting = holder.sign_hashes(asked, transaction=TRANSACTION)
    assert isinstance(waiting, Pending)
    assert (waiting.transaction, waiting.expires) == (TRANSACTION, NOW + timedelta(seconds=240))
    assert [type(holder.poll(TRANSACTION, asked)) for _ in range(2)] == [Pending, Pending]
    must_all_fit(holder.poll(TRANSACTION, asked), asked, service.identity)
    assert (service.authorisations, service.approvals, len(service.asked("/signatures/sign"))) == (1, 1, 1)
    assert (holder.kind, holder.interactive) == ("sp769", True)


def test_the_service_is_sent_hashes_and_what_the_person_needs_to_see(service: Sp769Service):
    asked = jobs(2)
    holder_of(service).sign_hashes(asked, transaction=TRANSACTION)
    (sent,) = service.asked("/signatures/sign")
    assert [one["data_to_be_signed"] for one in sent["sign_files"]] == [job.digest.hex() for job in asked]
    assert {(one["sign_type"], one["file_type"]) for one in sent["sign_files"]} == {("hash", "pdf")}
    assert sent["transaction_desc"] == "Ký 2 văn bản: Quyết định số 00/QĐ-UBND, …"
    assert sent["time_stamp"] == "20260305093000"
    assert int(sent["serial_number"], 16) == service.offered[0].certificate.serial_number


def test_after_a_crash_the_transaction_is_found_again_and_nobody_agrees_twice(service: Sp769Service):
    asked = jobs(3, identity=service.identity)
    holder_of(service).sign_hashes(asked, transaction=TRANSACTION)
    after = answered(holder_of(service), asked)
    must_all_fit(after, asked, service.identity)
    assert answered(holder_of(service), asked) == after
    assert (service.authorisations, service.approvals) == (1, 1)


def test_the_answer_to_the_request_may_be_lost(service: Sp769Service):
    asked = jobs(2)
    service.faults.next("/signatures/sign", DROPPED, before=False)
    holder = holder_of(service)
    with pytest.raises(ServiceUnreachable):
        holder.sign_hashes(asked, transaction=TRANSACTION)
    must_all_fit(answered(holder, asked), asked, service.identity)
    assert (service.authorisations, service.approvals) == (1, 1)


def test_sending_the_same_transaction_again_looks_up_the_first(service: Sp769Service):
    asked = jobs(2)
    holder = holder_of(service)
    assert holder.sign_hashes(asked, transaction=TRANSACTION) == holder.sign_hashes(asked, transaction=TRANSACTION)
    answered(holder, asked)
    must_all_fit(holder_of(service).sign_hashes(asked, transaction=TRANSACTION), asked, service.identity)
    assert (service.authorisations, service.approvals) == (1, 1)


def test_a_service_that_restarts_and_forgets_nothing_still_answers(service: Sp769Service):
    asked, holder = jobs(2), holder_of(service)
    holder.sign_hashes(asked, transaction=TRANSACTION)
    service.restart(forgetting=False)
    must_all_fit(answered(holder, asked), asked, service.identity)
    assert service.approvals == 1


def test_a_service_that_forgot_everything_may_be_asked_again(service: Sp769Service):
    asked, holder = jobs(2), holder_of(service)
    holder.sign_hashes(asked, transaction=TRANSACTION)
    service.restart(forgetting=True)
    assert holder.poll(TRANSACTION, asked) is None
    holder.sign_hashes(asked, transaction=TRANSACTION)
    must_all_fit(answered(holder, asked), asked, service.identity)
    assert (service.authorisations, service.approvals) == (2, 1)


def test_what_was_never_sent_is_not_known(service: Sp769Service):
    assert holder_of(service).poll(TRANSACTION, jobs(1)) is None


NOT_THE_SERVICE = {
    "somebody else's 404": (told({"status": 404, "error": "Not Found", "path": "/v1"}, 404), RemoteRefused),
    "a web page": (Answer(404, b"<html>not found</html>"), RemoteAnswerUnreadable),
    "not let in": (told({"status_code": 401, "message": "user not found"}, 401), RemoteCredentialsWrong),
    "not well": (told({"status_code": 500, "message": "transaction not found"}, 500), RemoteFailed),
}


@pytest.mark.parametrize("case", NOT_THE_SERVICE)
def test_only_the_service_itself_can_say_that_it_does_not_know_a_transaction(service: Sp769Service, case: str):
    bad, error = NOT_THE_SERVICE[case]
    holder, asked = holder_of(service), jobs(1)
    holder.sign_hashes(asked, transaction=TRANSACTION)
    service.faults.next("/status", bad)
    with pytest.raises(error):
        holder.poll(TRANSACTION, asked)


def test_a_person_who_declines_is_believed(tmp_path: Path):
    with sp769_service(tmp_path, person=DECLINES) as service:
        holder = holder_of(service)
        holder.sign_hashes(jobs(2), transaction=TRANSACTION)
        with pytest.raises(RemoteDeclined):
            holder.poll(TRANSACTION, jobs(2))
        assert service.approvals == 0


def test_a_transaction_that_ran_out_is_told(tmp_path: Path):
    with sp769_service(tmp_path, person=NEVER_ANSWERS) as service:
        holder = holder_of(service)
        holder.sign_hashes(jobs(2), transaction=TRANSACTION)
        assert isinstance(holder.poll(TRANSACTION, jobs(2)), Pending)
        service.expired = True
        with pytest.raises(RemoteExpired):
            holder.poll(TRANSACTION, jobs(2))


@pytest.mark.parametrize("words", ["Giao dịch đã bị từ chối", "USER_CANCELLED", "rejected by user"])
def test_a_refusal_may_come_with_status_200_and_in_vietnamese(service: Sp769Service, words: str):
    holder = holder_of(service)
    holder.sign_hashes(jobs(1), transaction=TRANSACTION)
    service.faults.next("/status", told({"status_code": 200, "message": words, "data": None}))
    with pytest.raises(RemoteDeclined):
        holder.poll(TRANSACTION, jobs(1))


def test_words_that_nobody_knows_are_taken_for_waiting(service: Sp769Service):
    holder = holder_of(service)
    holder.sign_hashes(jobs(1), transaction=TRANSACTION)
    service.faults.next("/status", told({"status_code": 200, "message": "SIG_IN_PROGRESS", "data": {"signatures": []}}))
    assert isinstance(holder.poll(TRANSACTION, jobs(1)), Pending)


def test_success_without_signatures_is_not_success(service: Sp769Service):
    holder = holder_of(service)
    holder.sign_hashes(jobs(1), transaction=TRANSACTION)
    service.faults.next("/status", told({"status_code": 200, "message": "SUCCESS", "data": {"signatures": None}}))
    with pytest.raises(RemoteAnswerUnreadable):
        holder.poll(TRANSACTION, jobs(1))


def test_the_services_own_code_can_be_polled_instead(service: Sp769Service):
    holder, asked = holder_of(service, way=Telephone(by_code=True)), jobs(2)
    waiting = holder.sign_hashes(asked, transaction=TRANSACTION)
    assert waiting.transaction != TRANSACTION
    must_all_fit(answered(holder, asked, waiting.transaction), asked, service.identity)


def test_a_wrong_account_is_told_without_its_secrets(service: Sp769Service):
    wrong = Account(ACCOUNT.sp_id, "SAIMATKHAU", "079099000002")
    service.faults.next("/get_certificate", told({"status_code": 401, "message": "SAIMATKHAU"}, 401))
    for _ in range(2):
        with pytest.raises(RemoteCredentialsWrong) as refused:
            holder_of(service, wrong).identity()
        said = f"{refused.value} {refused.value.as_dict()} {wrong!r} {UNATTENDED!r}"
        for secret in ("SAIMATKHAU", "079099000002", PASSWORD):
            assert secret not in said


def test_of_several_certificates_the_only_valid_one_is_taken(service: Sp769Service):
    expected = service.identity
    service.offered += [another(service, 73, end=NOW - timedelta(days=1)), another(service, 74, start=NOW + timedelta(days=1))]
    assert holder_of(service).identity() == expected


def test_of_several_valid_certificates_one_must_be_named(service: Sp769Service):
    service.offered.append(another(service, 73))
    with pytest.raises(RemoteCertificateNotChosen) as undecided:
        holder_of(service).identity()
    assert undecided.value.facts == {"found": 2}
    serial = f"{service.offered[1].certificate.serial_number:X}"
    chosen = holder_of(service, serial=f"00:{serial}").identity()
    assert chosen == holder_of(service, fingerprint=chosen.fingerprint.upper()).identity() != service.identity


@pytest.mark.parametrize("serial", ["54010101", "không phải số"])
def test_a_certificate_that_the_account_does_not_have_is_not_replaced_by_another(service: Sp769Service, serial: str):
    with pytest.raises(RemoteCertificateNotChosen) as missing:
        holder_of(service, serial=serial).identity()
    assert missing.value.facts == {"found": 0}


def test_an_account_whose_certificates_have_all_expired_cannot_sign(service: Sp769Service):
    with pytest.raises(RemoteCertificateUnusable):
        holder_of(service, clock=lambda: NOW + 20 * YEAR).identity()


def test_a_locked_certificate_is_told(service: Sp769Service):
    locked = {"status_code": 403, "message": "CREDENTIAL_STATUS_INVALID", "data": None}
    service.faults.next("/signatures/sign", told(locked, 403))
    with pytest.raises(RemoteCertificateUnusable):
        holder_of(service).sign_hashes(jobs(1), transaction=TRANSACTION)


def test_a_certificate_changed_since_preparing_asks_nobody_to_agree(service: Sp769Service):
    asked = jobs(2, identity=service.identity)
    service.offered = [another(service, 72)]
    signed = holder_of(service).sign_hashes(asked, transaction=TRANSACTION)
    assert {(one.error["code"], one.final) for one in signed.refused.values()} == {("signing.remote_certificate_changed", True)}
    assert service.authorisations == 0


def test_a_certificate_that_changes_while_waiting_is_told_as_that(service: Sp769Service):
    asked, holder = jobs(2), holder_of(service)
    holder.sign_hashes(asked, transaction=TRANSACTION)
    service.offered = [another(service, 72)]
    signed = answered(holder, asked)
    assert {one.error["code"] for one in signed.refused.values()} == {"signing.remote_certificate_changed"}
    assert holder.identity() == service.identity


def test_a_batch_that_is_too_large_is_refused_before_anybody_is_asked(service: Sp769Service):
    holder = holder_of(service, most=3)
    assert holder.max_batch == 3
    with pytest.raises(RemoteBatchTooLarge):
        holder.sign_hashes(jobs(4), transaction=TRANSACTION)
    assert service.seen == []


def _but(change: Callable[[list[dict[str, str]]], object]) -> Callable[[Answer], Answer]:
    def changed(answer: Answer) -> Answer:
        body = json.loads(answer.body)
        body["data"]["signatures"] = change(body["data"]["signatures"])
        return told(body)

    return changed


def _swapped(found: list[dict[str, str]]) -> object:
    names = [found[1]["doc_id"], found[0]["doc_id"], *(one["doc_id"] for one in found[2:])]
    return [one | {"doc_id": name} for one, name in zip(found, names, strict=True)]


def _signed_with(service: Sp769Service, count: int, change: Callable[[list[dict[str, str]]], object]) -> Signed:
    service.person = APPROVES
    service.faults.next("/status", _but(change))
    holder, asked = holder_of(service), jobs(count)
    holder.sign_hashes(asked, transaction=TRANSACTION)
    signed = holder.poll(TRANSACTION, asked)
    assert isinstance(signed, Signed)
    return signed


def test_signatures_swapped_between_documents_are_refused_and_the_others_kept(service: Sp769Service):
    signed = _signed_with(service, 4, _swapped)
    assert set(signed.signatures) == {job.id for job in jobs(4)[2:]}
    assert {(one.error["code"], one.final) for one in signed.refused.values()} == {("signing.remote_signature_wrong", True)}


def test_a_document_without_signature_can_be_asked_for_again(service: Sp769Service):
    signed = _signed_with(service, 4, lambda found: found[1:])
    assert set(signed.signatures) == {job.id for job in jobs(4)[1:]}
    assert {(one.error["code"], one.final) for one in signed.refused.values()} == {("signing.remote_signature_missing", False)}


def test_of_two_signatures_under_one_number_the_true_one_is_taken(service: Sp769Service):
    def doubled(found: list[dict[str, str]]) -> object:
        return [{"doc_id": found[0]["doc_id"], "signature_value": "AAAA"}, *found, *found, {"doc_id": "khác"}, None, 7]

    must_all_fit(_signed_with(service, 3, doubled), jobs(3), service.identity)


def _wrapped(held: Held) -> Callable[[bytes, bytes], bytes]:
    def pack(signature: bytes, digest: bytes) -> bytes:
        certificate = asn1_x509.Certificate.load(held.certificate.public_bytes(serialization.Encoding.DER))
        name = cms.IssuerAndSerialNumber({"issuer": certificate.issuer, "serial_number": certificate.serial_number})
        signer = cms.SignerInfo(
            {
                "version": "v1",
                "sid": cms.SignerIdentifier("issuer_and_serial_number", name),
                "digest_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
                "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"}),
                "signature": core.OctetString(signature),
            }
        )
        signed = {"version": "v1", "digest_algorithms": [], "encap_content_info": {"content_type": "data"}}
        signed |= {"certificates": [certificate], "signer_infos": [signer]}
        return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)}).dump()

    return pack


def test_a_pkcs7_around_a_signature_over_our_attributes_is_unwrapped(service: Sp769Service):
    service.packed = _wrapped(service.offered[0])
    asked, holder = jobs(2), holder_of(service)
    holder.sign_hashes(asked, transaction=TRANSACTION)
    must_all_fit(answered(holder, asked), asked, service.identity)


def test_a_pkcs7_over_attributes_of_its_own_is_refused_with_the_reason(service: Sp769Service, tmp_path: Path):
    held = service.offered[0]
    held.pem(tmp_path / "signer.pem")
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "key.pem").write_bytes(held.key.private_bytes(*form))

    def pack(signature: bytes, digest: bytes) -> bytes:
        command = ["openssl", "cms", "-sign", "-binary", "-signer", "signer.pem", "-inkey", "key.pem", "-outform", "DER"]
        return subprocess.run(command, cwd=tmp_path, input=digest, capture_output=True, check=True).stdout

    service.packed = pack
    holder = holder_of(service)
    holder.sign_hashes(jobs(1), transaction=TRANSACTION)
    (refused,) = answered(holder, jobs(1)).refused.values()
    assert refused.error["code"] == "signing.remote_signature_wrong"
    assert "PKCS#7 over other attributes" in refused.error["en"]


def test_the_unattended_way_signs_at_once(service: Sp769Service):
    asked, holder = jobs(5), holder_of(service, way=UNATTENDED)
    must_all_fit(holder.sign_hashes(asked, transaction=TRANSACTION), asked, service.identity)
    assert (service.authorisations, service.approvals, holder.interactive) == (1, 1, False)
    must_all_fit(holder_of(service, way=UNATTENDED).poll(TRANSACTION, asked), asked, service.identity)


def test_a_wrong_one_time_code_is_sent_once(service: Sp769Service):
    spoken: list[str] = []

    def wrong() -> str:
        spoken.append("000000")
        return "000000"

    with pytest.raises(RemotePinWrong):
        holder_of(service, way=Unattended(PASSWORD, wrong)).sign_hashes(jobs(1), transaction=TRANSACTION)
    assert (spoken, service.authorisations) == (["000000"], 0)


@pytest.mark.parametrize("crashes", [1, 2])
def test_an_unattended_crash_before_confirming_signs_under_the_next_number(service: Sp769Service, crashes: int):
    asked = jobs(2, identity=service.identity)
    for _ in range(crashes):
        service.faults.next("/confirm", DROPPED)
        with pytest.raises(ServiceUnreachable):
            holder_of(service, way=UNATTENDED).sign_hashes(asked, transaction=TRANSACTION)
        assert holder_of(service, way=UNATTENDED).poll(TRANSACTION, asked) is None
    signed = holder_of(service, way=UNATTENDED).sign_hashes(asked, transaction=TRANSACTION)
    must_all_fit(signed, asked, service.identity)
    assert holder_of(service, way=UNATTENDED).poll(TRANSACTION, asked) == signed
    assert service.approvals == 1


def test_an_unattended_transaction_that_ran_out_does_not_hide_the_one_that_signed(service: Sp769Service):
    asked = jobs(2)
    service.faults.next("/confirm", DROPPED)
    with pytest.raises(ServiceUnreachable):
        holder_of(service, way=UNATTENDED).sign_hashes(asked, transaction=TRANSACTION)
    signed = holder_of(service, way=UNATTENDED).sign_hashes(asked, transaction=TRANSACTION)
    service.expired = True
    assert holder_of(service, way=UNATTENDED).poll(TRANSACTION, asked) == signed


def test_an_unattended_request_is_not_begun_for_ever(service: Sp769Service):
    service.faults.next("/confirm", DROPPED, times=9)
    for _ in range(3):
        with pytest.raises(ServiceUnreachable):
            holder_of(service, way=UNATTENDED).sign_hashes(jobs(1), transaction=TRANSACTION)
    with pytest.raises(RemoteExpired):
        holder_of(service, way=UNATTENDED).sign_hashes(jobs(1), transaction=TRANSACTION)
    assert service.authorisations == 3


def test_signatures_lost_after_confirming_are_found_again(service: Sp769Service):
    asked = jobs(2)
    service.faults.next("/confirm", DROPPED, before=False)
    with pytest.raises(ServiceUnreachable):
        holder_of(service, way=UNATTENDED).sign_hashes(asked, transaction=TRANSACTION)
    must_all_fit(holder_of(service, way=UNATTENDED).poll(TRANSACTION, asked), asked, service.identity)
    must_all_fit(holder_of(service, way=UNATTENDED).sign_hashes(asked, transaction=TRANSACTION), asked, service.identity)
    assert (service.authorisations, service.approvals) == (1, 1)


BAD = {
    "web page": (HTML, RemoteAnswerUnreadable),
    "too large": (HUGE, ServiceUnreachable),
    "failure": (BROKEN, RemoteFailed),
    "failure in JSON": (told({"status_code": 500, "message": "SERVER_INTERNAL_ERROR"}), RemoteFailed),
    "cut off": (DROPPED, ServiceUnreachable),
    "list": (told([]), RemoteAnswerUnreadable),
    "nesting": (Answer(200, b"[" * 100_000), RemoteAnswerUnreadable),
    "refusal": (told({"status_code": 400, "message": "BAD_REQUEST"}, 400), RemoteRefused),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("path", ["/get_certificate", "/signatures/sign", "/status"])
def test_answers_that_are_none_have_a_name_and_cost_no_approval(service: Sp769Service, path: str, case: str):
    bad, error = BAD[case]
    service.faults.next(path, bad)
    holder, asked = holder_of(service), jobs(1)
    with pytest.raises(error):
        holder.sign_hashes(asked, transaction=TRANSACTION)
        holder.poll(TRANSACTION, asked)
    if holder.poll(TRANSACTION, asked) is None:
        holder.sign_hashes(asked, transaction=TRANSACTION)
    must_all_fit(answered(holder, asked), asked, service.identity)
    assert (service.authorisations, service.approvals) == (1, 1)


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("path", ["/v2/signatures/sign", "/confirm"])
def test_the_unattended_way_survives_bad_answers_too(service: Sp769Service, path: str, case: str):
    bad, error = BAD[case]
    service.faults.next(path, bad)
    holder, asked = holder_of(service, way=UNATTENDED), jobs(1)
    with pytest.raises(error):
        holder.sign_hashes(asked, transaction=TRANSACTION)
    must_all_fit(holder.sign_hashes(asked, transaction=TRANSACTION), asked, service.identity)
    assert service.approvals == 1


def test_too_many_requests_are_waited_out(service: Sp769Service):
    waited: list[float] = []
    service.faults.next("/signatures/sign", busy("7"))
    service.faults.next("/status", busy("3"), times=9)
    holder = holder_of(service, wait=waited.append)
    assert isinstance(holder.sign_hashes(jobs(1), transaction=TRANSACTION), Pending)
    with pytest.raises(RemoteBusy):
        holder.poll(TRANSACTION, jobs(1))
    assert waited == [7.0, 3.0, 3.0, 3.0]
    assert service.authorisations == 1


@pytest.mark.parametrize(
    ("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_one_time_codes_are_those_of_the_standard(seconds: int, code: str):
    assert totp(b"12345678901234567890", datetime.fromtimestamp(seconds, UTC)) == code  # RFC 6238, appendix B, last six digits


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
PKCS7_OF_SORTS = st.binary(max_size=300).map(lambda raw: base64.b64encode(b"0\x82" + raw).decode())
NUMBERS = st.sampled_from([job.id[:16] for job in jobs(2)])
SIGNATURE = st.fixed_dictionaries({"doc_id": NUMBERS, "signature_value": ANYTHING | PKCS7_OF_SORTS})
SIGNATURES = st.fixed_dictionaries({"signatures": st.lists(SIGNATURE, max_size=4)})
BODIES = ANYTHING | st.fixed_dictionaries(
    {
        "status_code": ANYTHING | st.sampled_from([200, 400, 401, 403, 404, 500]),
        "message": ANYTHING | st.sampled_from(["SUCCESS", "sig_wait_for_user_confirm", "REJECTED", "EXPIRED", "NOT_FOUND"]),
        "data": ANYTHING | SIGNATURES | st.dictionaries(st.sampled_from(["user_certificates", "sad", "tran_code"]), ANYTHING),
    }
)


@given(
    said=BODIES,
    status=st.sampled_from([200, 200, 400, 404, 500]),
    path=st.sampled_from(["/get_certificate", "/signatures/sign", "/status", "/confirm"]),
    way=st.sampled_from([Telephone(), UNATTENDED]),
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_service_says_nothing_but_a_true_signature_comes_of_it(
    service: Sp769Service, said: object, status: int, path: str, way: Telephone | Unattended
):
    service.faults.clear()
    service.restart(forgetting=True)
    service.person = APPROVES
    service.faults.next(path, told(said, status))
    holder, asked = holder_of(service, way=way), jobs(2)
    for step in (lambda: holder.sign_hashes(asked, transaction=TRANSACTION), lambda: holder.poll(TRANSACTION, asked)):
        try:
            answer = step()
        except SohoaError as named:
            assert named.as_dict()["remedy"]
            continue
        if isinstance(answer, Signed):
            assert set(answer.signatures) | set(answer.refused) == {job.id for job in asked}
            for job in asked:
                if job.id in answer.signatures:
                    service.identity.must_fit(job.attributes, answer.signatures[job.id])
    holder.close()


def test_a_request_that_nobody_will_agree_to_any_more_is_over_and_others_are_not():
    assert issubclass(RemoteDeclined, RequestOver)
    assert issubclass(RemoteExpired, RequestOver)
    assert not any(issubclass(kind, RequestOver) for kind in (RemoteFailed, RemoteBusy, RemoteAnswerUnreadable, RemoteRefused))
