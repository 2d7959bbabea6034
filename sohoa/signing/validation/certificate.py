"""Whether a certificate may be signed with now, asked before any key is touched (TT 15/2025/TT-BKHCN asks for it).

A signature under a revoked, expired or wrong certificate cannot be taken back once it is on a result; so each thing that would make it
worthless later is told now, with what to do about it.
"""
# asn1crypto carries no types and half of pyHanko none; what leaves this module has them.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError
from pyhanko_certvalidator.policy_decl import NO_REVOCATION, CertRevTrustPolicy

from sohoa.kernel.clock import VIETNAM
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.kernel.text import nfc
from sohoa.kernel.verdicts import Outcome, Verdict
from sohoa.signing.names import as_asn1
from sohoa.signing.opening import UNREADABLE
from sohoa.signing.trustservices.answers import CertificateStatus
from sohoa.signing.validation.trust import Trusted, trusted_roots

# A certificate that names purposes, and only these, was not given to sign documents. Vietnamese ones often name client
# authentication beside e-mail protection; that pair is fine.
_OTHER_PURPOSES = {
    ExtendedKeyUsageOID.SERVER_AUTH,
    ExtendedKeyUsageOID.CLIENT_AUTH,
    ExtendedKeyUsageOID.TIME_STAMPING,
    ExtendedKeyUsageOID.OCSP_SIGNING,
}
# Vietnamese authorities write `MST:0100109106`, `CCCD:022…`, `MNS:…` into UID; some put it into serialNumber, or leave the prefix out.
_CODES_IN = (NameOID.USER_ID, NameOID.SERIAL_NUMBER, NameOID.ORGANIZATION_IDENTIFIER)


class CertificateUnfit(SohoaError):
    """Any reason why a certificate may not be signed with; nothing was signed."""

    code, exit_code = "signing.certificate_unfit", Exit.USAGE
    vi = "Chứng thư này không dùng để ký được. Chưa ký."
    en = "This certificate cannot be used for signing. Nothing was signed."
    remedy = "Dùng chứng thư chữ ký số còn hiệu lực của đúng người ký."
    remedy_en = "Use a valid signing certificate of the right signer."


class CertificateBroken(CertificateUnfit):
    code = "signing.certificate_unreadable"
    vi = "Không đọc được chứng thư ký. Chưa ký."
    en = "The signing certificate could not be read. Nothing was signed."
    remedy = "Cắm lại thiết bị ký hoặc chọn lại tệp khóa; nếu vẫn lỗi, liên hệ nơi cấp chứng thư."
    remedy_en = "Plug in the token again, or choose the key file again; if that does not help, ask the issuing authority."


class CertificateExpired(CertificateUnfit):
    code = "signing.certificate_expired"
    vi = "Chứng thư ký đã hết hạn ngày {end}. Chưa ký."
    en = "The signing certificate expired on {end}. Nothing was signed."
    remedy = "Gia hạn hoặc xin cấp chứng thư mới; nếu chứng thư còn hạn, kiểm tra đồng hồ máy."
    remedy_en = "Renew the certificate; if it should still be valid, check the machine's clock."


class CertificateNotYetValid(CertificateUnfit):
    code = "signing.certificate_not_yet_valid"
    vi = "Chứng thư ký chỉ có hiệu lực từ ngày {start}. Chưa ký."
    en = "The signing certificate is valid only from {start}. Nothing was signed."
    remedy = "Đợi đến ngày chứng thư có hiệu lực; nếu ngày đó đã qua, kiểm tra đồng hồ máy."
    remedy_en = "Wait until that day; if it has passed, check the machine's clock."


class CertificateRevoked(CertificateUnfit):
    code = "signing.certificate_revoked"
    vi = "Chứng thư ký đã bị thu hồi{since}. Chưa ký."
    en = "The signing certificate was revoked ({why}). Nothing was signed."
    remedy = "Ngừng dùng thiết bị ký này và liên hệ nơi cấp chứng thư để được cấp mới."
    remedy_en = "Stop using this key and ask the issuing authority for a new certificate."


class CertificateNotTrusted(CertificateUnfit):
    code = "signing.certificate_not_trusted"
    vi = "Chứng thư ký không dẫn đến chứng thư gốc tin cậy nào đã khai báo. Chưa ký."
    en = "The signing certificate does not lead to any of the trusted roots. Nothing was signed."
    remedy = "Thêm chứng thư gốc của nơi cấp vào danh sách tin cậy, hoặc dùng chứng thư do nơi được công nhận cấp."
    remedy_en = "Add the root of its issuer to the trusted ones, or use a certificate of a recognised authority."


class CertificateNotForSigning(CertificateUnfit):
    code = "signing.certificate_not_for_signing"
    vi = "Chứng thư này không được cấp để ký tài liệu. Chưa ký."
    en = "This certificate was not issued for signing documents. Nothing was signed."
    remedy = "Chọn chứng thư chữ ký số của người ký; thiết bị ký có thể chứa nhiều chứng thư."
    remedy_en = "Choose the signer's signing certificate; a token may hold several certificates."


class CertificateOfSomebodyElse(CertificateUnfit):
    code = "signing.certificate_of_somebody_else"
    vi = "Chứng thư không phải của người được giao ký: {what} không khớp. Chưa ký."
    en = "The certificate belongs to somebody else than the one who is to sign (its {what_en} differs). Nothing was signed."
    remedy = "Dùng chứng thư của đúng người ký, hoặc sửa thông tin người ký trong cấu hình nếu đã khai sai."
    remedy_en = "Use the certificate of the right signer, or correct the signer in the settings."


class CertificateStatusUnknown(CertificateUnfit):
    code, exit_code = "signing.certificate_status_unknown", Exit.UNREACHABLE
    vi = "Chưa biết chứng thư ký có bị thu hồi hay không, vì không hỏi được nơi cấp."
    en = "Whether the signing certificate was revoked could not be found out ({why})."
    remedy = "Kiểm tra đường mạng tới nơi cấp chứng thư, rồi thử lại."
    remedy_en = "Check the connection to the issuing authority, then try again."


@dataclass(frozen=True, slots=True)
class ExpectedSigner:
    """Who is to sign; "" is not compared. name: the common name. organisation: O, or the common name of an agency's certificate.
    code: a tax code (MST), an identity number (CCCD) or the like, without its prefix."""

    name: str = ""
    organisation: str = ""
    code: str = ""


def check_certificate(
    certificate: bytes,
    chain: Sequence[bytes],
    *,
    trust: Sequence[Trusted],
    now: datetime,
    status: CertificateStatus | None,
    expected: ExpectedSigner | None = None,
) -> Verdict:
    """May this certificate be signed with at `now`? certificate, chain (in any order, the root may be missing): DER.

    status: what the authority answered; None where the certificate names nowhere to ask.
    ok; failed, with the code of the error that must_be_fit_to_sign would raise as reason; or undetermined with
    signing.certificate_status_unknown: all is well but for a revocation answer that could not be had.
    Call it outside any running event loop. Raises TrustUnreadable, TrustIsNotAuthority.
    """
    problem = _problem(certificate, chain, trust, now, status, expected)
    if problem is None:
        return Verdict(Outcome.OK)
    facts = {name: str(fact) for name, fact in problem.facts.items()}
    unknown = isinstance(problem, CertificateStatusUnknown)
    return Verdict(Outcome.UNDETERMINED if unknown else Outcome.FAILED, problem.code, facts)


def must_be_fit_to_sign(
    certificate: bytes,
    chain: Sequence[bytes],
    *,
    trust: Sequence[Trusted],
    now: datetime,
    status: CertificateStatus | None,
    expected: ExpectedSigner | None = None,
    status_must_be_known: bool = False,
) -> Verdict:
    """As check_certificate, but a certificate that is not fit is refused.

    Gives ok, or the warning signing.certificate_status_unknown where `status_must_be_known` does not make it a refusal.
    Raises the kinds of CertificateUnfit, TrustUnreadable, TrustIsNotAuthority.
    """
    problem = _problem(certificate, chain, trust, now, status, expected)
    if problem is None:
        return Verdict(Outcome.OK)
    if isinstance(problem, CertificateStatusUnknown) and not status_must_be_known:
        return Verdict(Outcome.UNDETERMINED, problem.code, {name: str(fact) for name, fact in problem.facts.items()})
    raise problem


def _problem(
    certificate: bytes,
    chain: Sequence[bytes],
    trust: Sequence[Trusted],
    now: datetime,
    status: CertificateStatus | None,
    expected: ExpectedSigner | None,
) -> CertificateUnfit | None:
    """The weightiest thing that is wrong: first what the certificate says of itself, then what others say of it."""
    try:
        read = x509.load_der_x509_certificate(certificate)
        above = [x509.load_der_x509_certificate(one) for one in chain]
        for_signing = _is_for_signing(read)
        stranger = _difference(read, expected) if expected else None
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return CertificateBroken()
    if stranger:
        return stranger
    if now > read.not_valid_after_utc:
        return CertificateExpired(end=_day(read.not_valid_after_utc))
    if now < read.not_valid_before_utc:
        return CertificateNotYetValid(start=_day(read.not_valid_before_utc))
    if not for_signing:
        return CertificateNotForSigning()
    if status is not None and status.state == "revoked":
        since = f" từ ngày {_day(status.since)}" if status.since else ""
        return CertificateRevoked(since=since, why=status.why or "no reason told")
    if not _leads_to_root(read, above, trust, now):
        return CertificateNotTrusted()
    if status is not None and status.state == "unknown":
        return CertificateStatusUnknown(why=status.why)
    return None


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%d/%m/%Y}"


def _is_for_signing(certificate: x509.Certificate) -> bool:
    extensions = certificate.extensions
    for extension in extensions:
        value = extension.value
        if isinstance(value, x509.BasicConstraints) and value.ca:
            return False
        if isinstance(value, x509.KeyUsage) and not (value.digital_signature or value.content_commitment):
            return False
        if isinstance(value, x509.ExtendedKeyUsage) and set(value) <= _OTHER_PURPOSES:
            return False
    return True


def _leads_to_root(read: x509.Certificate, above: list[x509.Certificate], trust: Sequence[Trusted], now: datetime) -> bool:
    context = ValidationContext(
        trust_roots=list(trusted_roots(trust)),
        other_certs=[as_asn1(one) for one in above],
        moment=now,
        revinfo_policy=CertRevTrustPolicy(NO_REVOCATION),
        allow_fetching=False,
    )
    try:
        asyncio.run(CertificateValidator(as_asn1(read), validation_context=context).async_validate_path())
    except (PathError, ValidationError, *UNREADABLE):
        return False
    return True


def _difference(certificate: x509.Certificate, expected: ExpectedSigner) -> CertificateOfSomebodyElse | None:
    names = _told(certificate, NameOID.COMMON_NAME)
    agencies = names | _told(certificate, NameOID.ORGANIZATION_NAME)
    codes = {_bare_code(one) for kind in _CODES_IN for one in _told(certificate, kind)}
    if expected.name and _plain(expected.name) not in names:
        return CertificateOfSomebodyElse(what="họ tên", what_en="name")
    if expected.organisation and _plain(expected.organisation) not in agencies:
        return CertificateOfSomebodyElse(what="tên cơ quan", what_en="organisation")
    if expected.code and _bare_code(_plain(expected.code)) not in codes:
        return CertificateOfSomebodyElse(what="mã số thuế hoặc số định danh", what_en="code")
    return None


def _told(certificate: x509.Certificate, kind: x509.ObjectIdentifier) -> set[str]:
    return {_plain(str(one.value)) for one in certificate.subject.get_attributes_for_oid(kind)}


def _plain(text: str) -> str:
    """Tones count: Thu, Thụ and Thủ are three people. Capitals and spaces do not."""
    return " ".join(nfc(text).casefold().split())


def _bare_code(text: str) -> str:
    return re.sub(r"^[a-zđ]+\s*[:-]\s*", "", text).replace(" ", "")
