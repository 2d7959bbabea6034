"""Who can sign: the one contract that every kind of key holder keeps.

A key holder sees the signed attributes of a CMS signature and nothing else; the PDF, time stamps and validation data are made in
`pades/`, the order of steps in `flow/`. Keys at hand are the simple case of the general one: a holder may answer at once (`Signed`)
or say that somebody has yet to agree (`Pending`), on a telephone or at a token; then `poll` is asked until an answer comes.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.signing.names import common_name, from_der

DIGEST = "sha256"
SMALLEST_RSA = 2048  # bits; TT 15/2025/TT-BKHCN
PSS_SALT = 32  # bytes, as long as the hash; what ETSI and every HSM agree on


class Mechanism(enum.StrEnum):
    """How the hash is signed; always over SHA-256."""

    RSA_PKCS1 = "rsa-pkcs1"  # PKCS#1 v1.5
    RSA_PSS = "rsa-pss"  # MGF1 with SHA-256, salt of PSS_SALT bytes
    ECDSA = "ecdsa"  # P-256; the signature is the DER of (r, s)


class KeyNotSupported(SohoaError):
    code, exit_code = "signing.key_not_supported", Exit.USAGE
    vi = "Khóa ký này không dùng được: cần RSA từ 2048 bit, hoặc ECDSA P-256."
    en = "This signing key is not supported: RSA of at least 2048 bits or ECDSA P-256 is needed ({found})."
    remedy = "Dùng chứng thư có khóa RSA từ 2048 bit (nên là 3072) hoặc ECDSA P-256."
    remedy_en = "Use a certificate with an RSA key of 2048 bits or more (3072 is best), or ECDSA P-256."


class KeyDoesNotFit(SohoaError):
    code, exit_code = "signing.key_does_not_fit", Exit.USAGE
    vi = "Khóa ký và chứng thư không thuộc về nhau."
    en = "The signing key and the certificate do not belong together."
    remedy = "Chọn đúng cặp khóa và chứng thư, rồi chạy lại."
    remedy_en = "Choose the key that belongs to the certificate, then run again."


class RequestOver(SohoaError):
    """A request ended without signatures (somebody declined, nobody agreed in time): polling it again is pointless, and asking anew
    needs a new transaction. Each kind of holder has its own subclasses, with their own sentences."""

    code = "signing.request_over"
    vi = "Yêu cầu ký đã kết thúc mà không có chữ ký. Chưa ký."
    en = "The request ended without signatures. Nothing was signed."
    remedy = "Chạy lại lệnh ký khi người ký sẵn sàng."
    remedy_en = "Run the command again when the signer is ready."


@dataclass(frozen=True, slots=True)
class Identity:
    """Certificate of the signer and those above it (root may be missing), DER; how its key signs."""

    certificate: bytes
    chain: tuple[bytes, ...]
    mechanism: Mechanism

    @property
    def name(self) -> str:
        """Common name, else organisation, else ""."""
        return common_name(from_der(self.certificate))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, hex."""
        return hashlib.sha256(self.certificate).hexdigest()

    @property
    def signature_size(self) -> int:
        """Bytes of the longest raw signature that the key can make."""
        key = public_key_of(self.certificate)
        # (r, s) as DER: two integers of up to one byte more than the curve's, two bytes of header each, two around both.
        return key.key_size // 8 if isinstance(key, rsa.RSAPublicKey) else 2 * (key.key_size // 8 + 3) + 2

    def must_fit(self, attributes: bytes, signature: bytes) -> None:
        """A signature that does not verify must never leave the house, whatever the reason (memory faults included).

        Raises KeyDoesNotFit.
        """
        key = public_key_of(self.certificate)
        try:
            if isinstance(key, ec.EllipticCurvePublicKey):
                key.verify(signature, attributes, ec.ECDSA(hashes.SHA256()))
            elif self.mechanism is Mechanism.RSA_PSS:
                pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=PSS_SALT)
                key.verify(signature, attributes, pss, hashes.SHA256())
            else:
                key.verify(signature, attributes, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature as wrong:
            raise KeyDoesNotFit() from wrong


def public_key_of(certificate: bytes) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
    """Raises KeyNotSupported for any other key, and for one that is too short."""
    key = x509.load_der_x509_certificate(certificate).public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= SMALLEST_RSA:
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise KeyNotSupported(found=f"{type(key).__name__} {getattr(key, 'key_size', '')}".strip())


@dataclass(frozen=True, slots=True)
class HashJob:
    """One signature that is asked for.

    id: the idempotency key of the signature (hex, 64 letters): the same signature always asks under the same id.
    title: what a person is shown who has to agree, Vietnamese; no more personal data than they need to recognise it.
    attributes: DER of the CMS signed attributes; `digest` of exactly these bytes is signed.
    document: SHA-256 (hex) of the prepared PDF outside the hole, the same as the message-digest among the attributes.
    """

    id: str
    title: str
    attributes: bytes
    document: str

    @property
    def digest(self) -> bytes:
        """SHA-256 of the attributes, 32 bytes."""
        return hashlib.sha256(self.attributes).digest()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one signature was not given: `error` as an error's `as_dict()`. final: asking again under the same id is pointless."""

    error: dict[str, str]
    final: bool


@dataclass(frozen=True, slots=True)
class Signed:
    """Answers by the id of the job. signatures: raw (Mechanism tells the form), checked against the certificate by the caller.
    Every job of the request is in one of the two."""

    signatures: Mapping[str, bytes]
    refused: Mapping[str, Refusal] = field(default_factory=dict[str, Refusal])


@dataclass(frozen=True, slots=True)
class Pending:
    """Somebody has yet to agree. transaction: what to poll with, kept across crashes. expires: when waiting becomes pointless.
    told: a Vietnamese sentence for the one who waits ("Mở ứng dụng … trên điện thoại và xác nhận")."""

    transaction: str
    expires: datetime | None
    told: str


Answer = Signed | Pending


class KeyHolder(Protocol):
    """Safe to call from several threads. Errors that stop the whole request are raised (SohoaError; RequestOver when it is settled
    that nothing comes of it); one job's are a Refusal."""

    @property
    def kind(self) -> str:
        """`pkcs12`, `pkcs11`, `csc`, `sp769`, `agent`."""
        ...

    @property
    def interactive(self) -> bool:
        """Whether a person has to agree to each request."""
        ...

    @property
    def max_batch(self) -> int:
        """How many jobs one request may carry."""
        ...

    def identity(self) -> Identity:
        """Known without signing; kept after the first time."""
        ...

    def sign_hashes(self, jobs: Sequence[HashJob], *, transaction: str) -> Answer:
        """transaction: chosen by the caller and stored before this is called, so that a crash can ask `poll` for it. Asking twice
        with the same transaction must not make anybody agree twice where the service can prevent it."""
        ...

    def poll(self, transaction: str, jobs: Sequence[HashJob]) -> Answer | None:
        """What became of a request. None: the holder never heard of it (it was never submitted, so it may be submitted now).
        Holders that answer at once know nothing of transactions and give None."""
        ...

    def close(self) -> None: ...
