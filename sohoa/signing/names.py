"""Whose signature it is, as a reader would say it."""

from __future__ import annotations

import re
from typing import Any, cast

from asn1crypto import x509 as asn1_x509  # pyright: ignore[reportMissingTypeStubs]
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sohoa.kernel.text import fold, nfc
from sohoa.signing.model import Role

# Field names that this product gives say the role outright.
_ROLE_BY_FIELD = {"NguoiKy": Role.PERSON, "CoQuan": Role.AGENCY, "CoQuanLuuTru": Role.AGENCY}
# How names of agencies begin, folded. Certificates of the government CA carry no flag for it; people's names hardly begin so.
_AGENCY = re.compile(
    "uy ban|ubnd|hdnd|hoi dong|so |phong |van phong|trung tam|bo |cuc |chi cuc|tong cuc|thanh tra|ban |cong an|toa an|vien |"
    "chi nhanh|cong ty|truong |benh vien|tinh |kho bac|bao hiem"
)

Asn1Certificate = asn1_x509.Certificate


def common_name(certificate: Asn1Certificate) -> str:
    """Common name, else organisation, else ""; NFC."""
    subject = cast(dict[str, object], cast(Any, certificate).subject.native)
    for kind in ("common_name", "organization_name"):
        found = subject.get(kind)
        if isinstance(found, list):  # the same attribute several times
            found = ", ".join(map(str, cast(list[object], found)))
        if found:
            return nfc(str(found))
    return ""


def role_of(name: str, *, field: str) -> Role:
    """A guess from our own field names, else from how the name begins; it is shown, never relied on."""
    if field in _ROLE_BY_FIELD:
        return _ROLE_BY_FIELD[field]
    if not name:
        return Role.UNKNOWN
    return Role.AGENCY if _AGENCY.match(fold(name)) else Role.PERSON


def as_asn1(certificate: x509.Certificate) -> Asn1Certificate:
    """The same certificate for pyHanko, which reads them with asn1crypto."""
    return from_der(certificate.public_bytes(Encoding.DER))


def from_der(der: bytes) -> Asn1Certificate:
    return cast(Any, asn1_x509.Certificate).load(der)
