"""Which roots are believed: only those that the caller names, never the operating system's list."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cryptography import x509

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.signing.names import Asn1Certificate, as_asn1

Trusted = Path | x509.Certificate


class TrustUnreadable(SohoaError):
    code, exit_code = "signing.trust_unreadable", Exit.USAGE
    vi = "Không đọc được tệp chứng thư gốc tin cậy."
    en = "A file of trusted root certificates could not be read (PEM or DER is expected)."
    remedy = "Kiểm tra tệp nêu sau «--trust»: phải là chứng thư dạng PEM hoặc DER."
    remedy_en = "Check the file given with --trust: it must hold certificates as PEM or DER."


def trusted_roots(trust: Sequence[Trusted]) -> tuple[Asn1Certificate, ...]:
    """Certificates out of files (PEM with any number, or one DER) and values. Raises TrustUnreadable."""
    return tuple(as_asn1(certificate) for one in trust for certificate in _certificates(one))


def _certificates(one: Trusted) -> list[x509.Certificate]:
    if isinstance(one, x509.Certificate):
        return [one]
    try:
        data = one.read_bytes()
        return x509.load_pem_x509_certificates(data) if b"-----BEGIN" in data else [x509.load_der_x509_certificate(data)]
    except (OSError, ValueError) as broken:
        raise TrustUnreadable() from broken
