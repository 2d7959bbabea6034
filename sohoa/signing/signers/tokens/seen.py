"""What is on a token, and which of it signs.

Everything a token says of itself is somebody else's: labels are shown without control characters, certificates that cannot be read
are passed over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.signing.names import common_name, from_der
from sohoa.signing.signers.holder import KeyNotSupported, public_key_of
from sohoa.signing.signers.pins import Tries

LONGEST_CHAIN = 8

# CK_TOKEN_INFO.flags; PKCS#11 2.40, 3.2. The worst first.
_FLAGS = {Tries.NONE: 0x40000, Tries.LAST: 0x20000, Tries.LOW: 0x10000}


class TokenMissing(SohoaError):
    code, exit_code = "signing.token_missing", Exit.UNREACHABLE
    vi = "Không thấy thiết bị ký: chưa cắm, hoặc nhãn/số sê-ri trong cấu hình không khớp."
    en = "The token was not found: not plugged in, or its label, serial number or slot differs from the settings."
    remedy = "Cắm thiết bị ký vào máy; chạy «sohoa doctor» để xem các thiết bị đang có."
    remedy_en = "Plug the token in; `sohoa doctor` lists the tokens that are there."


class TokenAmbiguous(SohoaError):
    code, exit_code = "signing.token_ambiguous", Exit.USAGE
    vi = "Có {count} thiết bị ký cùng phù hợp; chương trình không tự chọn."
    en = "{count} tokens match; none is chosen by itself."
    remedy = "Ghi rõ số sê-ri của thiết bị trong cấu hình, hoặc chỉ cắm một thiết bị."
    remedy_en = "Name the token's serial number in the settings, or leave only one plugged in."


class CertificateMissing(SohoaError):
    code, exit_code = "signing.certificate_missing", Exit.USAGE
    vi = "Trên thiết bị ký không có chứng thư ký nào phù hợp."
    en = "The token holds no matching signing certificate."
    remedy = "Kiểm tra thiết bị bằng phần mềm của nhà cung cấp, và nhãn chứng thư trong cấu hình."
    remedy_en = "Look at the token with the vendor's software, and at the certificate's label in the settings."


class CertificateAmbiguous(SohoaError):
    code, exit_code = "signing.certificate_ambiguous", Exit.USAGE
    vi = "Trên thiết bị ký có {count} chứng thư ký cùng phù hợp; chương trình không tự chọn."
    en = "The token holds {count} matching signing certificates; none is chosen by itself."
    remedy = "Chạy «sohoa doctor» để xem danh sách, rồi ghi rõ chứng thư nào trong cấu hình."
    remedy_en = "`sohoa doctor` lists them; name the one to use in the settings."


@dataclass(frozen=True, slots=True)
class TokenWanted:
    """All that is given must match; nothing given means the only token there is. serial: as printed by the token."""

    label: str | None = None
    serial: str | None = None
    slot: int | None = None


@dataclass(frozen=True, slots=True)
class CertificateWanted:
    """All that is given must match; nothing given means the only signing certificate. id: CKA_ID, hex. fingerprint: SHA-256, hex."""

    label: str | None = None
    id: str | None = None
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class CertificateSeen:
    """id: CKA_ID, hex. name, issuer: common names. signs: for signing by a person or agency, with a key that we can use."""

    der: bytes = field(repr=False)
    label: str
    id: str
    name: str
    issuer: str
    start: datetime
    end: datetime
    signs: bool

    @property
    def fingerprint(self) -> str:
        """SHA-256, hex."""
        return hashlib.sha256(self.der).hexdigest()


@dataclass(frozen=True, slots=True)
class TokenSeen:
    """A token as it shows itself without a login; some keep their certificates back until then."""

    slot: int
    label: str
    serial: str
    manufacturer: str
    model: str
    tries: Tries
    certificates: tuple[CertificateSeen, ...]
    key: str  # how the token server knows it again


def tokens_from(answer: object) -> list[TokenSeen]:
    """Raises ValueError for an answer of another shape."""
    try:
        return [_token(cast(dict[str, Any], one)) for one in cast(list[object], answer)]
    except (TypeError, KeyError, AttributeError) as odd:
        raise ValueError("not a list of tokens") from odd


def certificates_from(answer: object) -> tuple[CertificateSeen, ...]:
    """Raises ValueError for an answer of another shape."""
    try:
        read = [_certificate(cast(dict[str, Any], one)) for one in cast(list[object], answer)]
    except (TypeError, KeyError, AttributeError) as odd:
        raise ValueError("not a list of certificates") from odd
    return tuple(one for one in read if one is not None)


def tries_from(flags: int) -> Tries:
    return next((tries for tries, flag in _FLAGS.items() if flags & flag), Tries.FULL)


def flags_for(tries: Iterable[Tries]) -> int:
    """Those of which a token raises at least one when its tries are one of these."""
    return sum(_FLAGS[one] for one in tries)


def chosen_token(seen: Sequence[TokenSeen], wanted: TokenWanted) -> TokenSeen:
    """Raises TokenMissing, TokenAmbiguous."""
    fit = [
        token
        for token in seen
        if wanted.label in (None, token.label) and wanted.serial in (None, token.serial) and wanted.slot in (None, token.slot)
    ]
    if not fit:
        raise TokenMissing()
    if len(fit) > 1:
        raise TokenAmbiguous(count=len(fit))
    return fit[0]


def chosen_certificate(seen: Iterable[CertificateSeen], wanted: CertificateWanted, *, now: datetime) -> CertificateSeen:
    """The one that is wanted. A renewed token holds last year's certificate too: of several, the only one in date at `now` is meant.

    Raises CertificateMissing, CertificateAmbiguous.
    """
    fit = {one.der: one for one in seen if one.signs and _is_wanted(one, wanted)}
    in_date = [one for one in fit.values() if one.start <= now <= one.end]
    several = in_date or list(fit.values())
    if not several:
        raise CertificateMissing()
    if len(several) > 1:
        raise CertificateAmbiguous(count=len(several))
    return several[0]


def _is_wanted(one: CertificateSeen, wanted: CertificateWanted) -> bool:
    given = ((wanted.label, one.label), (wanted.id, one.id), (wanted.fingerprint, one.fingerprint))
    return all(asked is None or asked.lower() == has.lower() for asked, has in given)


def chain_above(certificate: bytes, others: Iterable[bytes]) -> tuple[bytes, ...]:
    """Those of `others` (DER) that stand above the certificate, nearest first; each signature is checked."""
    pool = [read for der in others if (read := _read(der)) is not None]
    chain: list[bytes] = []
    below = _read(certificate)
    while below is not None and below.issuer != below.subject and len(chain) < LONGEST_CHAIN:
        below = next((one for one in pool if _issued(one, below)), None)
        if below is not None:
            chain.append(below.public_bytes(Encoding.DER))
    return tuple(chain)


def modulus_of(certificate: bytes) -> str:
    """Hex without leading zeros, "" when the key is not RSA."""
    key = public_key_of(certificate)
    return f"{key.public_numbers().n:x}" if isinstance(key, rsa.RSAPublicKey) else ""


def _issued(above: x509.Certificate, below: x509.Certificate) -> bool:
    try:
        below.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _read(der: bytes) -> x509.Certificate | None:
    try:
        return x509.load_der_x509_certificate(der)
    except ValueError:
        return None


def _token(told: dict[str, Any]) -> TokenSeen:
    serial = bytes.fromhex(told["serial"])
    return TokenSeen(
        slot=int(told["slot"]),
        label=_shown(told["label"]),
        serial=_shown(serial.decode("utf-8", "replace")),
        manufacturer=_shown(told["manufacturer"]),
        model=_shown(told["model"]),
        tries=tries_from(int(told["flags"])),
        certificates=certificates_from(told["certificates"]),
        key=serial.hex(),
    )


def _certificate(told: dict[str, Any]) -> CertificateSeen | None:
    der = bytes.fromhex(told["der"])
    try:
        read = x509.load_der_x509_certificate(der)
        name, issuer = common_name(from_der(der)), _issuer(read)
        start, end, signs = read.not_valid_before_utc, read.not_valid_after_utc, _signs(read, der)
    except (ValueError, TypeError, OverflowError):
        return None
    return CertificateSeen(der, _shown(told["label"]), str(told["id"]), _shown(name), _shown(issuer), start, end, signs)


def _issuer(read: x509.Certificate) -> str:
    found = read.issuer.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def _signs(read: x509.Certificate, der: bytes) -> bool:
    try:
        public_key_of(der)
        extensions = read.extensions
    except (KeyNotSupported, UnsupportedAlgorithm, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return False
    for one in extensions:
        if isinstance(one.value, x509.BasicConstraints) and one.value.ca:
            return False
        if isinstance(one.value, x509.KeyUsage) and not (one.value.digital_signature or one.value.content_commitment):
            return False
    return True


def _shown(text: object) -> str:
    return "".join(letter for letter in str(text) if letter.isprintable()).strip()
