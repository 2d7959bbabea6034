"""The product's own test authority: a root and one signer, so that everything works on the first day.

It counts for nothing and says so: both names carry "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ", for whoever meets them in a viewer years later.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from sohoa.kernel.durable import sync_folder, write_durably
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.signing.signers.pkcs12 import KeyInMemory

ROOT_NAME = "sohoa (gốc) – KHÔNG CÓ GIÁ TRỊ PHÁP LÝ"
SIGNER_NAME = "sohoa – KHÔNG CÓ GIÁ TRỊ PHÁP LÝ (thử nghiệm)"
KEY_BITS = 3072
ROOT_LIFE, SIGNER_LIFE = timedelta(days=20 * 365), timedelta(days=10 * 365)
CLOCKS_DIFFER = timedelta(days=1)  # certificates start this much early: the machine that checks may run behind the one that signed

ROOT, ROOT_KEY, SIGNER, SIGNER_KEY = "root.pem", "root.key.pem", "signer.pem", "signer.key.pem"


class AuthorityDamaged(SohoaError):
    code, exit_code = "signing.test_authority_damaged", Exit.USAGE
    vi = "Bộ khóa ký thử nghiệm bị thiếu tệp hoặc các tệp không khớp nhau."
    en = "The test authority is incomplete or its files do not belong together ({why})."
    remedy = "Lấy lại thư mục khóa từ bản sao lưu; hoặc chuyển thư mục này đi nơi khác rồi chạy lại, một bộ khóa mới sẽ được tạo."
    remedy_en = "Restore the key folder from a backup; or move it away and run again, and a new authority will be made."


class AuthorityExpired(SohoaError):
    code, exit_code = "signing.test_authority_expired", Exit.USAGE
    vi = "Chứng thư ký thử nghiệm chỉ có giá trị từ {start} đến {end}; đồng hồ máy nằm ngoài khoảng này."
    en = "The test signer's certificate is valid from {start} to {end}; this machine's clock is outside."
    remedy = (
        "Kiểm tra đồng hồ máy. Nếu chứng thư đã hết hạn, chuyển thư mục khóa đi nơi khác (đừng xóa) rồi chạy lại để tạo bộ mới."
    )
    remedy_en = (
        "Check the clock. If the certificate has expired, move the key folder away (keep it) and run again to make a new one."
    )


class KeyExposed(SohoaError):
    code, exit_code = "signing.key_exposed", Exit.USAGE
    vi = "Người dùng khác trên máy này đọc được khóa ký, nên khóa không được dùng."
    en = "Other users of this machine can read the signing key, so it is not used (mode {mode})."
    remedy = (
        "Chạy «chmod 700» cho thư mục khóa, «chmod 600» cho các tệp bên trong. Nếu nghi đã lộ, chuyển thư mục đi để tạo bộ mới."
    )
    remedy_en = "Run `chmod 700` on the key folder and `chmod 600` on its files. If the key may have leaked, move the folder away."


@dataclass(frozen=True, slots=True)
class TestAuthority:
    """root_pem: the root, to be given as trust. signer: ready to sign. fingerprint: SHA-256 of the signer's certificate."""

    __test__: ClassVar[bool] = False  # pytest would take the name for a test class

    root_pem: Path
    signer: KeyInMemory
    fingerprint: str


def open_test_authority(folder: Path, *, now: datetime) -> TestAuthority:
    """The authority in `folder`, made there on first use (a second or two: two RSA keys).

    Made beside and renamed into place, so processes that race, or die on the way, leave one whole authority or none.
    The folder has mode 0700, its files 0600. Raises AuthorityDamaged, AuthorityExpired, KeyExposed.
    """
    if not folder.exists() or not any(folder.iterdir()):
        _create(folder, now)
    return _load(folder, now)


def _create(folder: Path, now: datetime) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))  # mkdtemp gives 0700
    try:
        for name, pem in _new_authority(now).items():
            write_durably(beside / name, pem, mode=0o600)
        os.rename(beside, folder)
    except OSError as taken:
        shutil.rmtree(beside, ignore_errors=True)
        if taken.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        return  # another process was first; its authority is the one
    sync_folder(folder.parent)


def _new_authority(now: datetime) -> dict[str, bytes]:
    root_key, signer_key = (rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS) for _ in range(2))
    root_name, signer_name = _name(ROOT_NAME), _name(SIGNER_NAME)
    root = (
        _certificate(root_name, root_name, root_key, root_key, now, ROOT_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    signer = (
        _certificate(signer_name, root_name, signer_key, root_key, now, SIGNER_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage("digital_signature", "content_commitment"), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    return {ROOT: _pem(root), ROOT_KEY: _key_pem(root_key), SIGNER: _pem(signer), SIGNER_KEY: _key_pem(signer_key)}


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey, issuer_key: rsa.RSAPrivateKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCKS_DIFFER)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"), x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _usage(*granted: str) -> x509.KeyUsage:
    every = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
        *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{usage: usage in granted for usage in every})


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _load(folder: Path, now: datetime) -> TestAuthority:
    for path in (folder, folder / ROOT_KEY, folder / SIGNER_KEY):
        _must_be_private(path)
    try:
        root = x509.load_pem_x509_certificate((folder / ROOT).read_bytes())
        certificate = x509.load_pem_x509_certificate((folder / SIGNER).read_bytes())
        key = serialization.load_pem_private_key((folder / SIGNER_KEY).read_bytes(), None)
        certificate.verify_directly_issued_by(root)
    except (OSError, ValueError, TypeError, InvalidSignature) as broken:
        raise AuthorityDamaged(why=type(broken).__name__) from broken
    if not isinstance(key, rsa.RSAPrivateKey) or certificate.public_key() != key.public_key():
        raise AuthorityDamaged(why="key and certificate differ")
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not start <= now <= end:
        raise AuthorityExpired(start=f"{start:%Y-%m-%d}", end=f"{end:%Y-%m-%d}")
    signer = KeyInMemory(certificate, key)
    return TestAuthority(folder / ROOT, signer, signer.identity().fingerprint)


def _must_be_private(path: Path) -> None:
    try:
        mode = path.stat().st_mode & 0o777
    except FileNotFoundError as missing:
        raise AuthorityDamaged(why="a file is missing") from missing
    if mode & 0o077:
        raise KeyExposed(mode=f"{mode:o}")
