"""Before signing: no key is touched under a certificate that would make the signature worthless."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sohoa.kernel.verdicts import Outcome, Verdict
from sohoa.signing.trustservices.answers import CertificateStatus
from sohoa.signing.validation.certificate import (
    CertificateExpired,
    CertificateOfSomebodyElse,
    CertificateRevoked,
    CertificateStatusUnknown,
    CertificateUnfit,
    ExpectedSigner,
    check_certificate,
    must_be_fit_to_sign,
)
from tests.signing.pki import NOW, YEAR, Held, issue, key

GOOD = CertificateStatus("good")
REVOKED = CertificateStatus("revoked", since=NOW - timedelta(days=3), why="key_compromise")
UNKNOWN = CertificateStatus("unknown", why="no connection")
UNIT = {
    NameOID.COMMON_NAME: "Ủy ban nhân dân xã Bình Mẫu",
    NameOID.ORGANIZATION_NAME: "UBND tỉnh Quảng Ngãi",
    NameOID.USER_ID: "MST:0100109106",
}


def certificate(
    root: Held,
    subject: dict[x509.ObjectIdentifier, str] = UNIT,
    *,
    usage: tuple[bool, bool] | None = (True, False),
    purposes: list[x509.ObjectIdentifier] | None = None,
) -> bytes:
    """usage: digitalSignature, nonRepudiation; None: no such extension."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(kind, value) for kind, value in subject.items()]))
        .issuer_name(root.certificate.subject)
        .public_key(key(41).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - YEAR)
        .not_valid_after(NOW + YEAR)
    )
    if usage:
        digital, repudiation = usage
        key_usage = x509.KeyUsage(digital, repudiation, not any(usage), False, False, False, False, False, False)
        builder = builder.add_extension(key_usage, critical=True)
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    return builder.sign(root.key, hashes.SHA256()).public_bytes(Encoding.DER)


def der(held: Held) -> bytes:
    return held.certificate.public_bytes(Encoding.DER)


def check(
    given: bytes, *roots: Held, status: CertificateStatus | None = GOOD, expected: ExpectedSigner | None = None, chain: object = ()
) -> Verdict:
    trust = [root.certificate for root in roots]
    return check_certificate(given, chain, trust=trust, now=NOW, status=status, expected=expected)


def test_a_certificate_that_is_in_date_trusted_good_and_the_expected_ones_is_fit(root: Held):
    expected = ExpectedSigner(organisation="UBND tỉnh Quảng Ngãi", code="0100109106")
    assert check(certificate(root), root, expected=expected) == Verdict(Outcome.OK)


def test_a_chain_through_an_authority_in_between_is_followed_and_without_it_the_certificate_is_not_trusted(root: Held):
    between = issue("CA trung gian", 42, issuer=root, ca=True)
    assert check(certificate(between), root, chain=[der(between)]).ok
    assert check(certificate(between), root).reason == "signing.certificate_not_trusted"


@pytest.mark.parametrize(
    ("start", "end", "code", "facts"),
    [
        (-2 * YEAR, -timedelta(days=1), "signing.certificate_expired", {"end": "04/03/2026"}),
        (timedelta(days=1), YEAR, "signing.certificate_not_yet_valid", {"start": "06/03/2026"}),
    ],
)
def test_a_certificate_out_of_its_time_is_refused_with_the_day(
    root: Held, start: timedelta, end: timedelta, code: str, facts: dict[str, str]
):
    held = issue("Nguyễn Thị Mẫu", 2, issuer=root, start=NOW + start, end=NOW + end)
    assert check(der(held), root) == Verdict(Outcome.FAILED, code, facts)


def test_a_revoked_certificate_is_refused_and_the_clerk_is_told_since_when(root: Held):
    with pytest.raises(CertificateRevoked) as refused:
        must_be_fit_to_sign(certificate(root), [], trust=[root.certificate], now=NOW, status=REVOKED)
    assert refused.value.as_dict()["vi"] == "Chứng thư ký đã bị thu hồi từ ngày 02/03/2026. Chưa ký."


def test_a_self_signed_certificate_and_one_of_a_strange_authority_are_not_trusted(root: Held):
    alone, strange = issue("Tự ký", 6), issue("CA lạ", 43, ca=True)
    for given in (der(alone), certificate(strange)):
        assert check(given, root).reason == "signing.certificate_not_trusted"


@pytest.mark.parametrize(
    ("made", "fit"),
    [
        ({"usage": (True, False)}, True),
        ({"usage": (False, True)}, True),
        ({"usage": None}, True),
        ({"usage": (False, False)}, False),
        ({"purposes": [ExtendedKeyUsageOID.SERVER_AUTH]}, False),
        ({"purposes": [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]}, False),
        ({"purposes": [ExtendedKeyUsageOID.TIME_STAMPING]}, False),
        ({"purposes": [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION]}, True),
        ({"purposes": [x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")]}, True),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_certificate_given_for_another_purpose_is_refused(root: Held, made: dict[str, object], fit: bool):
    verdict = check(certificate(root, **made), root)
    assert (verdict.ok, verdict.reason) == (fit, "" if fit else "signing.certificate_not_for_signing")


def test_an_authority_does_not_sign_papers(root: Held):
    assert check(der(issue("CA con", 44, issuer=root, ca=True)), root).reason == "signing.certificate_not_for_signing"


@pytest.mark.parametrize(
    ("expected", "fit"),
    [
        (ExpectedSigner(name="Nguyễn Thị Thụ"), True),
        (ExpectedSigner(name="  NGUYỄN  THỊ  THỤ "), True),
        (ExpectedSigner(name=unicodedata.normalize("NFD", "Nguyễn Thị Thụ")), True),
        (ExpectedSigner(name="Nguyễn Thị Thu"), False),
        (ExpectedSigner(name="Nguyen Thi Thu"), False),
        (ExpectedSigner(name="Nguyễn Thị Thụ", code="CCCD:022123456789"), True),
        (ExpectedSigner(code="022123456789"), True),
        (ExpectedSigner(code="022123456788"), False),
        (ExpectedSigner(organisation="Sở Tư pháp"), True),
        (ExpectedSigner(organisation="Sở Tài chính"), False),
    ],
    ids=str,
)
def test_the_name_is_compared_with_its_tones_and_without_regard_to_capitals_and_spaces(
    root: Held, expected: ExpectedSigner, fit: bool
):
    subject = {
        NameOID.COMMON_NAME: "Nguyễn Thị Thụ",
        NameOID.ORGANIZATION_NAME: "SỞ TƯ PHÁP",
        NameOID.USER_ID: "CCCD:022123456789",
    }
    verdict = check(certificate(root, subject), root, expected=expected)
    assert (verdict.ok, verdict.reason) == (fit, "" if fit else "signing.certificate_of_somebody_else")


def test_no_name_and_no_number_of_a_person_stands_in_the_refusal(root: Held):
    expected = ExpectedSigner(name="Nguyễn Văn Khác", code="022000000000")
    with pytest.raises(CertificateOfSomebodyElse) as refused:
        must_be_fit_to_sign(certificate(root), [], trust=[root.certificate], now=NOW, status=GOOD, expected=expected)
    told = str(refused.value) + str(refused.value.as_dict())
    assert "Khác" not in told
    assert "022" not in told


def test_an_unknown_status_is_a_warning_unless_it_must_be_known(root: Held):
    given = certificate(root)
    verdict = must_be_fit_to_sign(given, [], trust=[root.certificate], now=NOW, status=UNKNOWN)
    assert (verdict.outcome, verdict.reason) == (Outcome.UNDETERMINED, "signing.certificate_status_unknown")
    with pytest.raises(CertificateStatusUnknown):
        must_be_fit_to_sign(given, [], trust=[root.certificate], now=NOW, status=UNKNOWN, status_must_be_known=True)


def test_a_certificate_that_names_nowhere_to_ask_needs_no_status(root: Held):
    assert check(certificate(root), root, status=None).ok


@pytest.mark.parametrize("broken", [b"", b"0", b"\x30\x82\xff\xff", b"-----BEGIN CERTIFICATE-----"])
def test_what_is_no_certificate_is_refused_with_a_code_of_its_own(root: Held, broken: bytes):
    assert check(broken, root).reason == "signing.certificate_unreadable"


def test_every_cut_of_a_certificate_gives_a_verdict(root: Held):
    whole = certificate(root)
    for end in range(0, len(whole), 40):
        assert check(whole[:end], root).reason == "signing.certificate_unreadable"


def test_a_wrong_person_is_told_before_anything_else(root: Held):
    expired = issue("Người khác", 2, issuer=root, start=NOW - 2 * YEAR, end=NOW - YEAR)
    assert (
        check(der(expired), root, expected=ExpectedSigner(name="Nguyễn Thị Thụ")).reason == "signing.certificate_of_somebody_else"
    )
    with pytest.raises(CertificateExpired):
        must_be_fit_to_sign(der(expired), [], trust=[root.certificate], now=NOW, status=GOOD)


def test_each_refusal_is_of_one_family_so_that_a_caller_can_stop_on_all(root: Held, tmp_path: Path):
    assert issubclass(CertificateRevoked, CertificateUnfit)
    roots = tmp_path / "roots"
    roots.mkdir()
    root.pem(roots / "goc.pem")
    assert check_certificate(certificate(root), [], trust=[roots], now=NOW, status=GOOD).ok
