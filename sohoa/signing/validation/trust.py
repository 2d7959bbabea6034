"""Which roots are believed: only those that the caller names, never the operating system's list.

Vietnam has several national roots (NEAC's, the Government Cipher Committee's, those of older periods), so a folder of files is taken
as well as single files. A certificate that may not issue others is refused: trusting a person's certificate as a root would make
everything signed with it good for ever, revoked or not.
"""
# asn1crypto carries no types; what leaves this module has them.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.signing.names import Asn1Certificate, as_asn1, common_name

Trusted = Path | x509.Certificate
ENDINGS = (".pem", ".crt", ".cer", ".der")  # other files in a folder (a note, a checksum) are no certificates
LARGEST = 4 << 20  # bytes; the bundle of all roots of the web is 250 KB


class TrustUnreadable(SohoaError):
    """facts["file"]: which one, for the caller to show; sentences carry no file names."""

    code, exit_code = "signing.trust_unreadable", Exit.USAGE
    vi = "Không đọc được tệp chứng thư gốc tin cậy."
    en = "A file of trusted root certificates could not be read (PEM or DER is expected)."
    remedy = "Kiểm tra tệp hoặc thư mục nêu sau «--trust»: phải là chứng thư dạng PEM hoặc DER (.pem, .crt, .cer, .der)."
    remedy_en = "Check the file or folder given with --trust: certificates as PEM or DER (.pem, .crt, .cer, .der)."


class TrustIsNotAuthority(SohoaError):
    """facts["file"]: as above."""

    code, exit_code = "signing.trust_is_not_authority", Exit.USAGE
    vi = "Có chứng thư không phải của cơ quan chứng thực trong danh sách chứng thư gốc tin cậy."
    en = "A certificate among the trusted roots may not issue other certificates."
    remedy = "Bỏ chứng thư của cá nhân hoặc tổ chức ra khỏi danh sách; chỉ để chứng thư gốc của nơi cấp."
    remedy_en = "Take certificates of persons and agencies out of the list; only those of issuing authorities belong there."


@dataclass(frozen=True, slots=True)
class TrustedRoot:
    """What an administrator wants to see of a root. fingerprint: SHA-256, hex. file: None for one given as a value."""

    name: str
    fingerprint: str
    start: datetime
    end: datetime
    file: Path | None

    def expired(self, now: datetime) -> bool:
        """An expired root still carries old chains, as a trust anchor is believed for being named; new signatures need its successor."""
        return now > self.end


def trusted_roots(trust: Sequence[Trusted]) -> tuple[Asn1Certificate, ...]:
    """Certificates out of folders, files (PEM with any number, or one DER) and values. A value is believed as it is.

    Raises TrustUnreadable (also for a folder without any), TrustIsNotAuthority.
    """
    return tuple(as_asn1(one) for one in dict.fromkeys(certificate for certificate, _ in _certificates(trust)))


def describe_roots(trust: Sequence[Trusted]) -> tuple[TrustedRoot, ...]:
    """The same for people: `sohoa doctor`, and the report of a validation. Raises what trusted_roots raises."""
    return tuple(_described(certificate, file) for certificate, file in _certificates(trust))


def broken_files(trust: Sequence[Trusted]) -> tuple[tuple[Path, SohoaError], ...]:
    """Every file that trusted_roots would stop at, with what is wrong; () when all is well."""
    found: list[tuple[Path, SohoaError]] = []
    for file in _files(one for one in trust if isinstance(one, Path)):
        try:
            _read(file)
        except (TrustUnreadable, TrustIsNotAuthority) as broken:
            found.append((file, broken))
    return tuple(found)


def _certificates(trust: Sequence[Trusted]) -> Iterator[tuple[x509.Certificate, Path | None]]:
    for one in trust:
        if isinstance(one, x509.Certificate):
            yield one, None
            continue
        files = list(_files([one]))
        if not files:
            raise TrustUnreadable(file=str(one))
        for file in files:
            yield from ((certificate, file) for certificate in _read(file))


def _files(paths: Sequence[Path] | Iterator[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.iterdir() if file.suffix.lower() in ENDINGS and not file.name.startswith("."))
        else:
            yield path


def _read(file: Path) -> list[x509.Certificate]:
    try:
        if file.stat().st_size > LARGEST:
            raise ValueError("too large for certificates")
        data = file.read_bytes()
        found = x509.load_pem_x509_certificates(data) if b"-----BEGIN" in data else [x509.load_der_x509_certificate(data)]
    except (OSError, ValueError) as broken:
        raise TrustUnreadable(file=str(file)) from broken
    if not all(_may_issue(one) for one in found):
        raise TrustIsNotAuthority(file=str(file))
    return found


def _may_issue(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        # Version 1 knows no extensions; the oldest roots are such, and sign themselves.
        return certificate.version is x509.Version.v1 and certificate.issuer == certificate.subject
    except ValueError:
        return False


def _described(certificate: x509.Certificate, file: Path | None) -> TrustedRoot:
    parsed = as_asn1(certificate)
    return TrustedRoot(
        common_name(parsed), parsed.sha256.hex(), certificate.not_valid_before_utc, certificate.not_valid_after_utc, file
    )
