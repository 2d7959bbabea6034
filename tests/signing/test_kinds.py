"""Every kind of key and hash that Vietnamese law admits gives a right verdict, good and bad."""

from __future__ import annotations

import functools
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from pyhanko.sign.fields import SigSeedSubFilter

from sohoa.kernel.verdicts import Outcome
from sohoa.signing.validation.validate import validate_pdf
from tests.signing.pki import NOW, YEAR, Held, sign_otherwise, write_paper


@functools.cache
def holder(kind: str) -> Held:
    """A certificate that is its own root: what is asked here is the arithmetic, not the chain."""
    if kind.startswith("P-"):
        key = ec.generate_private_key({"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}[kind])
    else:
        key = rsa.generate_private_key(public_exponent=65537, key_size=int(kind.removeprefix("RSA-")))
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Khóa {kind} – KHÔNG CÓ GIÁ TRỊ PHÁP LÝ")])
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - YEAR)
        .not_valid_after(NOW + YEAR)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    return Held(certificate, key)


@pytest.mark.parametrize(
    ("kind", "digest", "more"),
    [
        ("RSA-2048", "sha256", {}),
        ("RSA-2048", "sha384", {"pss": True}),
        ("RSA-3072", "sha512", {}),
        ("RSA-4096", "sha256", {"pss": True}),
        ("P-256", "sha256", {}),
        ("P-384", "sha384", {}),
        ("P-521", "sha512", {}),
        ("RSA-2048", "sha512", {"kind": SigSeedSubFilter.ADOBE_PKCS7_DETACHED}),
        ("P-256", "sha256", {"kind": SigSeedSubFilter.ADOBE_PKCS7_DETACHED}),
    ],
    ids=lambda value: "-".join(map(str, value)) if isinstance(value, dict) else value,
)
@pytest.mark.parametrize("hybrid", [False, True], ids=["plain", "hybrid"])
def test_a_signature_of_each_kind_is_ok_until_a_byte_changes(
    tmp_path: Path, kind: str, digest: str, more: dict[str, object], hybrid: bool
):
    paper = write_paper(tmp_path / "paper.pdf", hybrid=hybrid)
    held = holder(kind)
    signed = sign_otherwise(paper, tmp_path / "signed.pdf", held, digest=digest, **more)
    report = validate_pdf(signed, trust=[held.certificate], now=NOW + timedelta(hours=1))
    assert [(one.verdict, one.reason) for one in report.signatures] == [(Outcome.OK, "")]
    signed.write_bytes(signed.read_bytes().replace(b"0.2 g 72", b"0.3 g 72", 1))
    assert validate_pdf(signed, trust=[held.certificate], now=NOW).verdict is Outcome.FAILED


def test_a_short_key_is_a_doubt(tmp_path: Path):
    held = holder("RSA-1024")
    signed = sign_otherwise(write_paper(tmp_path / "paper.pdf"), tmp_path / "signed.pdf", held)
    report = validate_pdf(signed, trust=[held.certificate], now=NOW)
    assert (report.verdict, report.signatures[0].integrity, report.reason) == (
        Outcome.UNDETERMINED,
        Outcome.OK,
        "CRYPTO_CONSTRAINTS_FAILURE",
    )
