"""Answers about one certificate, checked: an OCSP answer (RFC 6960), a revocation list (RFC 5280, 5 and 6.3).

Neither is believed for coming from the right address: signature, subject, freshness and the right to speak are looked at, and an
answer that fails is the same as none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, SignatureAlgorithmOID

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.signing.trustservices.chain import BROKEN, issued

CLOCKS_DIFFER = timedelta(minutes=5)  # how far in our future an answer may have been made
NO_OLDER = timedelta(days=1)  # for answers that do not say until when they hold


class RevocationUnavailable(SohoaError):
    code, exit_code = "signing.revocation_unavailable", Exit.UNREACHABLE
    vi = "Không tra cứu được chứng thư có bị thu hồi hay không."
    en = "Whether a certificate was revoked could not be found out ({why})."
    remedy = "Kiểm tra mạng tới dịch vụ của nơi cấp chứng thư (OCSP, CRL), rồi chạy lại."
    remedy_en = "Check the way to the certificate authority's services (OCSP, CRL), then run again."


@dataclass(frozen=True, slots=True)
class CertificateStatus:
    """good, revoked (since when, and why if told, in the words of RFC 5280), or unknown (why: for the log, English)."""

    state: Literal["good", "revoked", "unknown"]
    since: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """made, until: its own dates (until may be missing). responder: the certificate that signed an OCSP answer in the issuer's
    stead; to_be_asked_about: whether that certificate may itself be revoked (it does not carry id-pkix-ocsp-nocheck)."""

    kind: Literal["ocsp", "crl"]
    der: bytes
    status: CertificateStatus
    made: datetime
    until: datetime | None
    responder: x509.Certificate | None = None

    @property
    def to_be_asked_about(self) -> bool:
        return self.responder is not None and not _may_go_unchecked(self.responder)


def ocsp_question(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """DER. No nonce: the answer is shared by a whole batch, and many authorities make theirs in advance."""
    return _named(certificate, issuer, hashes.SHA1()).public_bytes(Encoding.DER)  # RFC 5019: every responder knows SHA-1 here


def read_ocsp(body: bytes, certificate: x509.Certificate, issuer: x509.Certificate, *, now: datetime) -> Answer:
    """Raises RevocationUnavailable for whatever is not a good answer about this certificate as of now."""
    try:
        whole = ocsp.load_der_ocsp_response(body)
        if whole.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise RevocationUnavailable(why=f"OCSP: {whole.response_status.name.lower()}")
        about = next((one for one in whole.responses if _is_about(one, certificate, issuer)), None)
        if about is None:
            raise RevocationUnavailable(why="OCSP: an answer about another certificate")
        _must_be_fresh("OCSP", about.this_update_utc, about.next_update_utc, now)
        responder = _responder(whole, issuer, now)
        return Answer("ocsp", body, _told(about), about.this_update_utc, about.next_update_utc, responder)
    except BROKEN as broken:
        raise RevocationUnavailable(why=f"OCSP: not an answer: {type(broken).__name__}") from broken


def read_crl(body: bytes, certificate: x509.Certificate, issuer: x509.Certificate, *, now: datetime) -> Answer:
    """body: DER or PEM. Raises RevocationUnavailable."""
    try:
        listed = x509.load_pem_x509_crl(body) if body.startswith(b"-----BEGIN") else x509.load_der_x509_crl(body)
        if listed.issuer != issuer.subject or not listed.is_signature_valid(_public_key(issuer)):
            raise RevocationUnavailable(why="CRL: not signed by the issuer")
        _must_speak_about(listed, certificate)
        _must_be_fresh("CRL", listed.last_update_utc, listed.next_update_utc, now)
        entry = listed.get_revoked_certificate_by_serial_number(certificate.serial_number)
        status = CertificateStatus("good")
        if entry is not None:
            status = CertificateStatus("revoked", entry.revocation_date_utc, _reason(entry))
        return Answer("crl", listed.public_bytes(Encoding.DER), status, listed.last_update_utc, listed.next_update_utc)
    except BROKEN as broken:
        raise RevocationUnavailable(why=f"CRL: not a list: {type(broken).__name__}") from broken


def _named(certificate: x509.Certificate, issuer: x509.Certificate, algorithm: hashes.HashAlgorithm) -> ocsp.OCSPRequest:
    return ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, algorithm).build()


def _is_about(one: ocsp.OCSPSingleResponse, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if one.serial_number != certificate.serial_number:
        return False
    # An answer may name the certificate with another hash than the question did.
    expected = _named(certificate, issuer, one.hash_algorithm)
    return (one.issuer_name_hash, one.issuer_key_hash) == (expected.issuer_name_hash, expected.issuer_key_hash)


def _told(one: ocsp.OCSPSingleResponse) -> CertificateStatus:
    if one.certificate_status is ocsp.OCSPCertStatus.GOOD:
        return CertificateStatus("good")
    if one.certificate_status is ocsp.OCSPCertStatus.REVOKED:
        reason = one.revocation_reason
        return CertificateStatus("revoked", one.revocation_time_utc, reason.value if reason else "")
    raise RevocationUnavailable(why="OCSP: the responder does not know the certificate")


def _must_be_fresh(kind: str, made: datetime, until: datetime | None, now: datetime) -> None:
    if made > now + CLOCKS_DIFFER:
        raise RevocationUnavailable(why=f"{kind}: made in the future")
    if now > (until or made + NO_OLDER):
        raise RevocationUnavailable(why=f"{kind}: out of date")


def _responder(whole: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime) -> x509.Certificate | None:
    """Who signed in the issuer's stead; None: the issuer itself. Raises RevocationUnavailable when it was neither."""
    if _is_named(issuer, whole) and _signed_by(whole, issuer):
        return None
    for one in whole.certificates:
        if _is_named(one, whole) and _may_answer(one, now) and issued(one, issuer) and _signed_by(whole, one):
            return one
    raise RevocationUnavailable(why="OCSP: not signed by the issuer or somebody it named")


def _is_named(certificate: x509.Certificate, whole: ocsp.OCSPResponse) -> bool:
    if whole.responder_name is not None:
        return certificate.subject == whole.responder_name
    return x509.SubjectKeyIdentifier.from_public_key(_public_key(certificate)).digest == whole.responder_key_hash


def _may_answer(certificate: x509.Certificate, now: datetime) -> bool:
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        return False
    try:
        return ExtendedKeyUsageOID.OCSP_SIGNING in certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False


def _may_go_unchecked(certificate: x509.Certificate) -> bool:
    try:
        certificate.extensions.get_extension_for_class(x509.OCSPNoCheck)
    except x509.ExtensionNotFound:
        return False
    return True


def _signed_by(whole: ocsp.OCSPResponse, certificate: x509.Certificate) -> bool:
    key, hashed = _public_key(certificate), whole.signature_hash_algorithm or hashes.SHA256()
    if not isinstance(hashed, hashes.SHA256 | hashes.SHA384 | hashes.SHA512):
        return False
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(whole.signature, whole.tbs_response_bytes, ec.ECDSA(hashed))
        elif whole.signature_algorithm_oid == SignatureAlgorithmOID.RSASSA_PSS:
            key.verify(whole.signature, whole.tbs_response_bytes, padding.PSS(padding.MGF1(hashed), padding.PSS.AUTO), hashed)
        else:
            key.verify(whole.signature, whole.tbs_response_bytes, padding.PKCS1v15(), hashed)
    except InvalidSignature:
        return False
    return True


def _public_key(certificate: x509.Certificate) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        return key
    raise ValueError(type(key).__name__)


def _must_speak_about(listed: x509.CertificateRevocationList, certificate: x509.Certificate) -> None:
    """Lists may be about some certificates only. Partial ones are not put together here: they count as no answer."""
    for extension in listed.extensions:
        value = extension.value
        if isinstance(value, x509.IssuingDistributionPoint):
            authority = _is_authority(certificate)
            if (value.only_contains_user_certs and authority) or (value.only_contains_ca_certs and not authority):
                raise RevocationUnavailable(why="CRL: about other certificates")
            if value.indirect_crl or value.only_some_reasons or value.only_contains_attribute_certs:
                raise RevocationUnavailable(why="CRL: of a kind that is not supported")
        elif extension.critical:
            raise RevocationUnavailable(why="CRL: of a kind that is not supported")


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _reason(entry: x509.RevokedCertificate) -> str:
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.value
    except x509.ExtensionNotFound:
        return ""
