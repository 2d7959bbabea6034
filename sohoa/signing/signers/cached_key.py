"""A key in this process's memory, checked once when it is loaded and then only used.

pyHanko's own SimpleSigner parses and re-validates the RSA key for every signature (445 ms of CPU for RSA-3072, measured); holding
the loaded key instead leaves 59 ms.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import pkcs12
from pyhanko.sign.signers import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.signing.names import as_asn1, common_name
from sohoa.signing.signers.holder import SMALLEST_RSA, KeyDoesNotFit, KeyNotSupported

_HASHES: dict[str, type[hashes.HashAlgorithm]] = {"sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}


class KeyUnreadable(SohoaError):
    code, exit_code = "signing.key_unreadable", Exit.USAGE
    vi = "Không mở được tệp khóa ký: sai mật khẩu, hoặc tệp không phải PKCS#12 (.p12, .pfx)."
    en = "The key file could not be opened: wrong passphrase, or not PKCS#12."
    remedy = "Kiểm tra lại mật khẩu và tệp khóa, rồi chạy lại."
    remedy_en = "Check the passphrase and the file, then run again."


class CertificateOutOfDate(SohoaError):
    code, exit_code = "signing.certificate_out_of_date", Exit.USAGE
    vi = "Chứng thư ký chỉ có giá trị từ {start} đến {end}; thời điểm ký nằm ngoài khoảng này. Chưa ký."
    en = "The signing certificate is valid from {start} to {end}; the time of signing is outside. Nothing was signed."
    remedy = "Kiểm tra đồng hồ máy; nếu chứng thư đã hết hạn, dùng chứng thư mới."
    remedy_en = "Check the machine's clock; if the certificate has expired, use a new one."


class CachedKeySigner(Signer):
    """An RSA key (PKCS#1 v1.5) with its certificate and the certificates above it. Safe to use from several threads."""

    def __init__(self, certificate: x509.Certificate, key: RSAPrivateKey, chain: Iterable[x509.Certificate] = ()) -> None:
        """Raises KeyDoesNotFit, KeyNotSupported. `key` must come from a validating load."""
        if key.key_size < SMALLEST_RSA:
            raise KeyNotSupported(found=f"RSA-{key.key_size}")
        public = certificate.public_key()
        if not isinstance(public, RSAPublicKey) or public.public_numbers() != key.public_key().public_numbers():
            raise KeyDoesNotFit()
        self._key = key
        self.certificate = certificate
        self.chain = tuple(chain)
        store = SimpleCertificateStore()
        store.register_multiple(as_asn1(one) for one in self.chain)
        super().__init__(signing_cert=as_asn1(certificate), cert_registry=store, embed_roots=False)

    @property
    def name(self) -> str:
        return common_name(as_asn1(self.certificate))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, hex."""
        return hashlib.sha256(self.certificate.public_bytes(serialization.Encoding.DER)).hexdigest()

    @property
    def signature_size(self) -> int:
        """Bytes of one raw signature."""
        return self._key.key_size // 8

    def must_be_valid_at(self, moment: datetime) -> None:
        """Raises CertificateOutOfDate."""
        start, end = self.certificate.not_valid_before_utc, self.certificate.not_valid_after_utc
        if not start <= moment <= end:
            raise CertificateOutOfDate(start=f"{start:%Y-%m-%d}", end=f"{end:%Y-%m-%d}")

    def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
        """The raw signature over `data`, which is hashed here."""
        return self._key.sign(data, PKCS1v15(), _HASHES[digest_algorithm]())

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """A dry run only wants to know how long a signature is."""
        return bytes(self.signature_size) if dry_run else self.sign_raw(data, digest_algorithm)


def load_pkcs12(path: Path, passphrase: str) -> CachedKeySigner:
    """The signer in a .p12/.pfx file. Raises KeyUnreadable, KeyNotSupported, KeyDoesNotFit."""
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(path.read_bytes(), passphrase.encode() or None)
    except (OSError, ValueError) as refused:
        raise KeyUnreadable() from refused
    if key is None or certificate is None:
        raise KeyUnreadable()
    if not isinstance(key, RSAPrivateKey):
        raise KeyNotSupported(found=type(key).__name__)
    return CachedKeySigner(certificate, key, others)
