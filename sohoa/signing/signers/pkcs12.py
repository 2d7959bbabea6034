"""A key in this process's memory: a .p12/.pfx file, or one that was made here.

The key is checked once, when it is loaded, and then only used. pyHanko's own signer parses and validates it again for every
signature: 445 ms of CPU for RSA-3072, where the signature itself takes 3 (measured).

    signer = load_pkcs12(Path("keys/coquan.p12"), passphrase)
    answer = signer.sign_hashes(jobs, transaction=...)   # always Signed, and at once
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from cryptography.x509.oid import PublicKeyAlgorithmOID

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.signing.signers.holder import (
    PSS_SALT,
    Answer,
    HashJob,
    Identity,
    KeyDoesNotFit,
    KeyNotSupported,
    Mechanism,
    Signed,
    public_key_of,
)

LARGEST_FILE = 1 << 20  # bytes; a key with a long chain has ten thousand
MAX_BATCH = 10_000  # jobs; no more than keeps the answer small

_PREHASHED = Prehashed(hashes.SHA256())
_PADDINGS = {
    Mechanism.RSA_PKCS1: padding.PKCS1v15(),
    Mechanism.RSA_PSS: padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=PSS_SALT),
}


class KeyUnreadable(SohoaError):
    code, exit_code = "signing.key_unreadable", Exit.USAGE
    vi = "Không mở được tệp khóa ký: sai mật khẩu, hoặc tệp không phải PKCS#12 (.p12, .pfx)."
    en = "The key file could not be opened: wrong passphrase, or not PKCS#12."
    remedy = "Kiểm tra lại mật khẩu và tệp khóa, rồi chạy lại."
    remedy_en = "Check the passphrase and the file, then run again."


def mechanism_for(certificate: x509.Certificate, *, pss: bool) -> Mechanism:
    """How the key of this certificate signs. pss: wish for PSS where an RSA key may do either; an id-RSASSA-PSS key may do nothing else.

    Raises KeyNotSupported: RSA below 2048 bits, a curve other than P-256, any other kind of key.
    """
    key = public_key_of(certificate.public_bytes(Encoding.DER))
    if not hasattr(key, "curve"):
        only_pss = certificate.public_key_algorithm_oid == PublicKeyAlgorithmOID.RSASSA_PSS
        return Mechanism.RSA_PSS if pss or only_pss else Mechanism.RSA_PKCS1
    return Mechanism.ECDSA


class KeyInMemory:
    """A KeyHolder that answers at once. Safe to use from several threads."""

    kind: str = "pkcs12"
    interactive: bool = False
    max_batch: int = MAX_BATCH

    def __init__(
        self,
        certificate: x509.Certificate,
        key: RSAPrivateKey | EllipticCurvePrivateKey,
        chain: Iterable[x509.Certificate] = (),
        *,
        pss: bool = False,
    ) -> None:
        """key: from a load that validates. chain: the certificates above, in any order. pss: PSS instead of PKCS#1 v1.5 for RSA.

        Raises KeyDoesNotFit, KeyNotSupported.
        """
        mechanism = mechanism_for(certificate, pss=pss)
        if key.public_key() != certificate.public_key():
            raise KeyDoesNotFit()
        self.certificate = certificate
        self.chain = tuple(chain)
        self._key = key
        above = tuple(one.public_bytes(Encoding.DER) for one in self.chain)
        self._identity = Identity(certificate.public_bytes(Encoding.DER), above, mechanism)

    def identity(self) -> Identity:
        return self._identity

    def sign_hashes(self, jobs: Sequence[HashJob], *, transaction: str) -> Answer:
        return Signed({job.id: self._sign(job.digest) for job in jobs})

    def poll(self, transaction: str, jobs: Sequence[HashJob]) -> Answer | None:
        return None

    def close(self) -> None:
        """Nothing is open; the key goes with the object."""

    def _sign(self, digest: bytes) -> bytes:
        if isinstance(self._key, RSAPrivateKey):
            return self._key.sign(digest, _PADDINGS[self._identity.mechanism], _PREHASHED)
        return self._key.sign(digest, ECDSA(_PREHASHED))


def load_pkcs12(path: Path, passphrase: str, *, pss: bool = False) -> KeyInMemory:
    """The signer in a .p12/.pfx file. Raises KeyUnreadable, KeyNotSupported, KeyDoesNotFit."""
    try:
        with path.open("rb") as source:
            packed = source.read(LARGEST_FILE + 1)
        if len(packed) > LARGEST_FILE:
            raise KeyUnreadable()
        key, certificate, others = pkcs12.load_key_and_certificates(packed, passphrase.encode() or None)
    except (OSError, ValueError) as refused:
        raise KeyUnreadable() from refused
    if key is None or certificate is None:
        raise KeyUnreadable()
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
        raise KeyNotSupported(found=type(key).__name__)
    return KeyInMemory(certificate, key, others, pss=pss)
