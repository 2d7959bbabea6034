"""Chains, times, revocation, algorithms, and the other kinds of signatures that arrive from the field."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import pdf as asn1_pdf
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import PdfTimeStamper
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore

from sohoa.kernel.verdicts import Outcome
from sohoa.signing.model import Revocation, SignatureReport
from sohoa.signing.signers.test_authority import TestAuthority
from sohoa.signing.validation.policy import Policy
from sohoa.signing.validation.trust import TrustUnreadable
from sohoa.signing.validation.validate import validate_pdf
from tests.signing.pki import NOW, YEAR, Held, crl, issue, sign_as_pkcs7_sha1, sign_otherwise

OK, FAILED, UNDETERMINED = Outcome.OK, Outcome.FAILED, Outcome.UNDETERMINED
MONTH = timedelta(days=30)
CRL_URL = "http://crl.example.invalid/ca.crl"


def judge(path: Path, *trusted: Held, now: datetime = NOW, policy: Policy = Policy()) -> SignatureReport:  # noqa: B008 (frozen)
    return validate_pdf(path, trust=[held.certificate for held in trusted], now=now, policy=policy).signatures[0]


def stamps(time_authority: Held, at: datetime) -> DummyTimeStamper:
    simple = time_authority.simple_signer
    return DummyTimeStamper(simple.signing_cert, simple.signing_key, certs_to_embed=simple.cert_registry, fixed_dt=at)


def with_document_timestamp(source: Path, target: Path, time_authority: Held, at: datetime) -> Path:
    with source.open("rb") as handle, target.open("w+b") as out:
        stamper = PdfTimeStamper(stamps(time_authority, at), field_name="DauThoiGian")
        asyncio.run(stamper.async_timestamp_pdf(IncrementalPdfFileWriter(handle), "sha256", output=out))
    return target


def with_crls(source: Path, target: Path, *lists: bytes, ocsps: Sequence[bytes] = ()) -> Path:
    """Add a document security store with revocation lists (and answers), as a program that makes B-LT does."""
    with source.open("rb") as handle, target.open("wb") as out:
        writer = IncrementalPdfFileWriter(handle)
        DocumentSecurityStore.supply_dss_in_writer(
            writer,
            None,
            crls=[asn1_crl.CertificateList.load(one) for one in lists],
            ocsps=[asn1_ocsp.OCSPResponse.load(one) for one in ocsps],
        )
        writer.write(out)
    return target


def test_a_signature_under_an_unknown_root_is_undetermined_and_its_bytes_are_ok(paper: Path, person: Held, tmp_path: Path):
    one = judge(sign_otherwise(paper, tmp_path / "a.pdf", person))
    assert (one.integrity, one.chain, one.verdict) == (OK, UNDETERMINED, UNDETERMINED)
    assert (one.reason, one.revocation) == ("NO_CERTIFICATE_CHAIN_FOUND", Revocation.UNDETERMINED)


def test_a_self_signed_certificate_is_never_ok_unless_it_is_trusted_itself(paper: Path, root: Held, tmp_path: Path):
    alone = issue("Tự ký", 6)
    path = sign_otherwise(paper, tmp_path / "a.pdf", alone)
    assert judge(path, root).verdict is UNDETERMINED
    assert judge(path, alone).verdict is OK


def test_a_root_of_the_same_name_with_another_key_is_not_the_root(paper: Path, person: Held, tmp_path: Path):
    impostor = issue("Gốc khác", 7, ca=True)
    assert judge(sign_otherwise(paper, tmp_path / "a.pdf", person), impostor).verdict is UNDETERMINED


def test_roots_are_read_from_pem_with_several_and_from_der(
    paper: Path, person: Held, root: Held, authority: TestAuthority, tmp_path: Path
):
    path = sign_otherwise(paper, tmp_path / "a.pdf", person)
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(authority.root_pem.read_bytes() + root.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "root.der").write_bytes(root.certificate.public_bytes(Encoding.DER))
    for trusted in (bundle, tmp_path / "root.der"):
        assert validate_pdf(path, trust=[trusted], now=NOW).verdict is OK


@pytest.mark.parametrize("content", [b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b"not one"])
def test_a_trust_file_without_certificates_is_told(signed: Path, tmp_path: Path, content: bytes):
    (tmp_path / "root.pem").write_bytes(content)
    with pytest.raises(TrustUnreadable) as refused:
        validate_pdf(signed, trust=[tmp_path / "root.pem"], now=NOW)
    assert refused.value.code == "signing.trust_unreadable"


def test_a_certificate_that_has_expired_since_is_a_doubt_and_a_timestamp_settles_it(
    paper: Path, root: Held, time_authority: Held, tmp_path: Path
):
    brief = issue("Ngắn hạn", 2, issuer=root, end=NOW + MONTH)
    bare = sign_otherwise(paper, tmp_path / "bare.pdf", brief)
    stamped = sign_otherwise(paper, tmp_path / "stamped.pdf", brief, timestamper=stamps(time_authority, NOW))
    later = NOW + 2 * MONTH
    assert judge(bare, root).verdict is OK
    one = judge(bare, root, now=later)
    assert (one.integrity, one.chain, one.verdict, one.reason) == (OK, UNDETERMINED, UNDETERMINED, "OUT_OF_BOUNDS_NO_POE")
    two = judge(stamped, root, now=later)
    assert (two.verdict, two.time_source, two.signing_time, two.level) == (OK, "timestamp", NOW, "PAdES-B-T")


def test_a_timestamp_made_after_the_certificate_expired_settles_nothing(
    paper: Path, root: Held, time_authority: Held, tmp_path: Path
):
    brief = issue("Ngắn hạn", 2, issuer=root, end=NOW - MONTH)
    path = sign_otherwise(paper, tmp_path / "a.pdf", brief, when=NOW - 2 * MONTH, timestamper=stamps(time_authority, NOW))
    assert judge(path, root).verdict is UNDETERMINED


def test_a_timestamp_from_an_unknown_authority_leaves_the_time_claimed(paper: Path, person: Held, root: Held, tmp_path: Path):
    stranger = issue("TSA lạ", 8, stamping=True)
    one = judge(sign_otherwise(paper, tmp_path / "a.pdf", person, timestamper=stamps(stranger, NOW - MONTH)), root)
    assert (one.verdict, one.time_source, one.signing_time) == (OK, "claimed", NOW)
    assert one.findings == ("TIMESTAMP_NOT_TRUSTED",)


@pytest.mark.parametrize(
    ("when", "reason"), [(NOW - 3 * YEAR, "SIGNING_TIME_OUTSIDE_CERTIFICATE"), (NOW + MONTH, "SIGNING_TIME_IN_FUTURE")]
)
def test_a_claimed_time_that_cannot_be_is_a_doubt(
    paper: Path, person: Held, root: Held, tmp_path: Path, when: datetime, reason: str
):
    one = judge(sign_otherwise(paper, tmp_path / "a.pdf", person, when=when), root)
    assert (one.verdict, one.reason) == (UNDETERMINED, reason)


def test_a_certificate_not_issued_for_signing_is_a_doubt(paper: Path, root: Held, tmp_path: Path):
    one = judge(sign_otherwise(paper, tmp_path / "a.pdf", issue("CA con", 4, issuer=root, ca=True)), root)
    assert (one.verdict, one.reason) == (UNDETERMINED, "CHAIN_CONSTRAINTS_FAILURE")


def test_without_a_place_to_ask_revocation_is_not_checked_and_the_policy_decides(
    paper: Path, person: Held, root: Held, tmp_path: Path
):
    path = sign_otherwise(paper, tmp_path / "a.pdf", person)
    lenient, strict = judge(path, root), judge(path, root, policy=Policy(revocation_always=True))
    assert (lenient.revocation, lenient.verdict) == (Revocation.NOT_CHECKED, OK)
    assert (strict.revocation, strict.verdict, strict.reason) == (Revocation.NOT_CHECKED, UNDETERMINED, "TRY_LATER")


def test_a_certificate_that_names_a_revocation_list_is_a_doubt_until_the_file_holds_one(paper: Path, root: Held, tmp_path: Path):
    announced = issue("Có CRL", 2, issuer=root, crl_url=CRL_URL)
    bare = sign_otherwise(paper, tmp_path / "a.pdf", announced)
    one = judge(bare, root)
    assert (one.revocation, one.verdict, one.reason) == (Revocation.UNDETERMINED, UNDETERMINED, "TRY_LATER")
    two = judge(with_crls(bare, tmp_path / "lt.pdf", crl(root, revoked={}, at=NOW)), root)
    assert (two.revocation, two.verdict, two.modified_after_signing, two.covers_whole_document) == (Revocation.OK, OK, False, False)


def test_a_revocation_list_forged_by_someone_else_proves_nothing(paper: Path, root: Held, tmp_path: Path):
    announced = issue("Có CRL", 2, issuer=root, crl_url=CRL_URL)
    forger = issue("Gốc khác", 7, ca=True)
    path = with_crls(sign_otherwise(paper, tmp_path / "a.pdf", announced), tmp_path / "b.pdf", crl(forger, revoked={}, at=NOW))
    assert judge(path, root).verdict is UNDETERMINED


def test_a_revoked_certificate_is_never_ok_without_a_timestamp(paper: Path, root: Held, time_authority: Held, tmp_path: Path):
    revoked = issue("Bị thu hồi", 2, issuer=root, crl_url=CRL_URL)
    listed = crl(root, revoked={revoked.certificate.serial_number: NOW}, at=NOW)
    cases = {
        "claims to be older": (NOW - MONTH, None),
        "claims to be younger": (NOW + timedelta(hours=1), None),
        "proven older": (NOW - MONTH, stamps(time_authority, NOW - MONTH)),
        "proven younger": (NOW, stamps(time_authority, NOW + timedelta(hours=1))),
    }
    found = {}
    for name, (when, stamper) in cases.items():
        path = sign_otherwise(paper, tmp_path / "a.pdf", revoked, when=when, timestamper=stamper)
        one = judge(with_crls(path, tmp_path / "b.pdf", listed), root, now=NOW + MONTH)
        found[name] = (one.revocation.value, one.verdict.value, one.reason)
    assert found == {
        "claims to be older": ("failed", "undetermined", "REVOKED_NO_POE"),
        "claims to be younger": ("failed", "failed", "REVOKED"),
        "proven older": ("ok", "ok", ""),
        "proven younger": ("failed", "failed", "REVOKED"),
    }


def test_revocation_data_inside_an_adobe_signature_counts(paper: Path, root: Held, tmp_path: Path):
    announced = issue("Có CRL", 2, issuer=root, crl_url=CRL_URL)
    listed = asn1_crl.CertificateList.load(crl(root, revoked={}, at=NOW))
    archive = asn1_pdf.RevocationInfoArchival({"crl": [listed]})
    path = sign_otherwise(
        paper, tmp_path / "a.pdf", announced, kind=SigSeedSubFilter.ADOBE_PKCS7_DETACHED, attributes={"adobe_revinfo_attr": archive}
    )
    one = judge(path, root)
    assert (one.level, one.revocation, one.verdict) == ("CMS", Revocation.OK, OK)


def test_a_sha1_signature_is_looked_at_and_left_in_doubt(paper: Path, person: Held, root: Held, tmp_path: Path):
    one = judge(sign_otherwise(paper, tmp_path / "a.pdf", person, digest="sha1"), root)
    assert (one.integrity, one.chain, one.verdict, one.reason) == (OK, OK, UNDETERMINED, "CRYPTO_CONSTRAINTS_FAILURE")


def test_a_changed_byte_under_a_sha1_signature_fails(paper: Path, person: Held, root: Held, tmp_path: Path):
    path = sign_otherwise(paper, tmp_path / "a.pdf", person, digest="sha1")
    path.write_bytes(path.read_bytes().replace(b"0.2 g", b"0.3 g", 1))
    assert (judge(path, root).verdict, judge(path, root).reason) == (FAILED, "HASH_FAILURE")


def test_the_older_detached_kind_is_validated_and_called_cms(paper: Path, person: Held, root: Held, tmp_path: Path):
    one = judge(sign_otherwise(paper, tmp_path / "a.pdf", person, kind=SigSeedSubFilter.ADOBE_PKCS7_DETACHED), root)
    assert (one.level, one.integrity, one.verdict, one.covers_whole_document) == ("CMS", OK, OK, True)


def test_the_oldest_kind_that_signs_a_sha1_is_looked_at_and_left_in_doubt(paper: Path, person: Held, root: Held, tmp_path: Path):
    path = sign_as_pkcs7_sha1(paper, tmp_path / "a.pdf", person)
    one = judge(path, root)
    assert (one.level, one.integrity, one.chain, one.verdict) == ("CMS", OK, OK, UNDETERMINED)
    assert one.reason == "CRYPTO_CONSTRAINTS_FAILURE"
    path.write_bytes(path.read_bytes().replace(b"0.2 g", b"0.3 g", 1))
    assert (judge(path, root).integrity, judge(path, root).reason) == (FAILED, "HASH_FAILURE")


def test_the_newer_padding_is_validated_too(paper: Path, person: Held, root: Held, tmp_path: Path):
    assert judge(sign_otherwise(paper, tmp_path / "a.pdf", person, pss=True), root).verdict is OK


def test_a_kind_that_we_do_not_know_is_undetermined_not_failed(signed: Path, authority: TestAuthority, tmp_path: Path):
    (tmp_path / "a.pdf").write_bytes(signed.read_bytes().replace(b"/ETSI.CAdES.detached", b"/adbe.x509.rsa_sha1 "))
    report = validate_pdf(tmp_path / "a.pdf", trust=[authority.root_pem], now=NOW)
    assert (report.verdict, report.reason) == (UNDETERMINED, "UNKNOWN_SIGNATURE_FORMAT")


def test_a_document_timestamp_is_reported_beside_the_signature_it_protects(
    paper: Path, person: Held, root: Held, time_authority: Held, tmp_path: Path
):
    path = sign_otherwise(paper, tmp_path / "a.pdf", person)
    path = with_document_timestamp(path, tmp_path / "b.pdf", time_authority, NOW)
    report = validate_pdf(path, trust=[root.certificate], now=NOW)
    signature, stamp = report.signatures
    assert (signature.level, signature.verdict, signature.modified_after_signing) == ("PAdES-B-T", OK, False)
    assert (stamp.level, stamp.role, stamp.verdict, stamp.time_source) == ("RFC3161", "timestamp", OK, "timestamp")
    assert (stamp.signing_time, stamp.covers_whole_document) == (NOW, True)


def test_long_term_levels_are_told_by_what_the_file_carries(paper: Path, root: Held, time_authority: Held, tmp_path: Path):
    announced = issue("Có CRL", 2, issuer=root, crl_url=CRL_URL)
    path = sign_otherwise(paper, tmp_path / "t.pdf", announced, timestamper=stamps(time_authority, NOW))
    assert judge(path, root).level == "PAdES-B-T"
    path = with_crls(path, tmp_path / "lt.pdf", crl(root, revoked={}, at=NOW))
    assert judge(path, root).level == "PAdES-B-LT"
    one = judge(with_document_timestamp(path, tmp_path / "lta.pdf", time_authority, NOW), root)
    assert (one.level, one.verdict) == ("PAdES-B-LTA", OK)


def test_a_changed_byte_under_a_document_timestamp_fails(paper: Path, root: Held, time_authority: Held, tmp_path: Path):
    path = with_document_timestamp(paper, tmp_path / "a.pdf", time_authority, NOW)
    assert judge(path, root).verdict is OK
    path.write_bytes(path.read_bytes().replace(b"0.2 g", b"0.3 g", 1))
    assert (judge(path, root).verdict, judge(path, root).reason) == (FAILED, "HASH_FAILURE")


def test_a_good_answer_does_not_hide_a_list_that_says_revoked(paper: Path, root: Held, tmp_path: Path):
    """Somebody keeps an old good OCSP answer in the file; a newer list beside it says that the certificate was revoked since."""
    signer = issue("Người ký", 2, issuer=root, crl_url=CRL_URL, ocsp_url="http://ocsp.example.invalid")
    bare = sign_otherwise(paper, tmp_path / "a.pdf", signer)
    answer = ocsp_answer(signer, at=NOW - timedelta(hours=1))
    listed = crl(root, revoked={signer.certificate.serial_number: NOW - timedelta(minutes=30)}, at=NOW - timedelta(minutes=10))
    assert judge(with_crls(bare, tmp_path / "good.pdf", ocsps=[answer]), root).verdict is OK, "the answer alone is believed"
    both = judge(with_crls(bare, tmp_path / "both.pdf", listed, ocsps=[answer]), root)
    assert both.revocation is Revocation.FAILED and both.verdict is not OK


def ocsp_answer(about: Held, *, at: datetime) -> bytes:
    """`good`, signed by the issuer itself; DER."""
    builder = ocsp.OCSPResponseBuilder().add_response(
        about.certificate,
        about.issuer.certificate,
        hashes.SHA1(),
        ocsp.OCSPCertStatus.GOOD,
        this_update=at,
        next_update=at + timedelta(days=1),
        revocation_time=None,
        revocation_reason=None,
    )
    answer = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, about.issuer.certificate)
    return answer.sign(about.issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)
