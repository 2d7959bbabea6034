"""A certificate and those above it, up to a trusted root, or to one that vouches for itself."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

LONGEST = 8  # certificates; national hierarchies have three or four
# What cryptography lets out over certificates that are not what they should be; the last three are no ValueErrors either.
BROKEN = (
    *(ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature),
    *(x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType),
)


@dataclass(frozen=True, slots=True)
class Chain:
    """certificates: the one asked about first, each issued by the next, the last a root; or as far as could be found."""

    certificates: tuple[x509.Certificate, ...]
    complete: bool

    @property
    def links(self) -> list[tuple[x509.Certificate, x509.Certificate]]:
        """Each certificate below the root with its issuer."""
        return list(zip(self.certificates, self.certificates[1:], strict=False))


def chain_of(
    certificate: bytes, others: Iterable[bytes], *, trust: Sequence[bytes], fetch: Callable[[x509.Certificate], Iterable[bytes]]
) -> Chain:
    """others: where issuers may be found; trust: roots, which end the chain wherever it meets one; when none are named, whatever
    vouches for itself ends it. All DER; what cannot be read
    among `others` is passed over. fetch: issuers from where a certificate says they are to be had. Raises ValueError for a
    `certificate` that cannot be read.
    """
    roots = set(trust)
    known = _readable((*trust, *others))
    found = [read(certificate)]
    while len(found) < LONGEST:
        top = found[-1]
        if der(top) in roots or (not roots and issued(top, top)):
            return Chain(tuple(found), complete=True)
        issuer = _issuer(top, known) or _issuer(top, _readable(fetch(top)))
        if issuer is None or issuer in found:
            break
        found.append(issuer)
    return Chain(tuple(found), complete=False)


@functools.lru_cache(maxsize=512)
def read(certificate: bytes) -> x509.Certificate:
    """The same few are met again and again in a batch. Raises ValueError."""
    return x509.load_der_x509_certificate(certificate)


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether `issuer` is an authority (or the certificate itself) and its key signed the certificate."""
    if certificate.issuer != issuer.subject:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
        return certificate == issuer or issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, *BROKEN):
        return False


def access_places(certificate: x509.Certificate, kind: x509.ObjectIdentifier) -> list[str]:
    """Addresses in the authority information access: of OCSP responders, or of the issuer's certificate."""
    try:
        listed = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, *BROKEN):
        return []
    return _addresses(one.access_location for one in listed if one.access_method == kind)


def list_places(certificate: x509.Certificate) -> list[str]:
    """Addresses of its issuer's revocation list."""
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except (x509.ExtensionNotFound, *BROKEN):
        return []
    return _addresses(name for point in points for name in point.full_name or ())


def _addresses(names: Iterable[x509.GeneralName]) -> list[str]:
    found = [one.value for one in names if isinstance(one, x509.UniformResourceIdentifier)]
    return [one for one in found if one.lower().startswith(("http://", "https://"))]  # some also name a directory (ldap)


def certificates_in(body: bytes) -> list[bytes]:
    """What is published under such an address: a certificate as DER or PEM, or several in a PKCS#7. Unreadable is none."""
    for load in (_one, x509.load_pem_x509_certificates, pkcs7.load_der_pkcs7_certificates):
        try:
            return [der(one) for one in load(body)]
        except BROKEN:
            continue
    return []


def _one(body: bytes) -> list[x509.Certificate]:
    return [x509.load_der_x509_certificate(body)]


def _issuer(certificate: x509.Certificate, among: Iterable[x509.Certificate]) -> x509.Certificate | None:
    return next((one for one in among if issued(certificate, one)), None)


def _readable(certificates: Iterable[bytes]) -> list[x509.Certificate]:
    found: list[x509.Certificate] = []
    for one in certificates:
        try:
            found.append(read(one))
        except BROKEN:
            continue
    return found
