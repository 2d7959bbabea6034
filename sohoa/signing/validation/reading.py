"""What a signature in a PDF says about itself, before anybody believes it.

The one place where the untyped trees of pyHanko and asn1crypto are taken apart; the rest of validation sees plain values. A
signature that cannot be taken apart is told as such here, so no later step meets half of one.
"""
# asn1crypto carries no types and half of pyHanko none; what leaves this module has them.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportIndexIssue=false, reportOptionalSubscript=false
# pyright: reportGeneralTypeIssues=false, reportAttributeAccessIssue=false, reportArgumentType=false

from __future__ import annotations

import enum
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from asn1crypto import cms
from pyhanko.pdf_utils.generic import DictionaryObject, IndirectObject, NumberObject, parse_pdf_date
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation import EmbeddedPdfSignature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import extract_self_reported_ts

from sohoa.kernel.clock import VIETNAM
from sohoa.kernel.errors import SohoaError
from sohoa.signing.names import common_name
from sohoa.signing.opening import UNREADABLE, opened


class Kind(enum.Enum):
    """/SubFilter: how the signature value and the bytes of the file hang together."""

    PADES = "/ETSI.CAdES.detached"
    PBAD = "/PBAD.PAdES"  # Brazil's twin of the above
    CMS = "/adbe.pkcs7.detached"
    CMS_SHA1 = "/adbe.pkcs7.sha1"  # the CMS holds a SHA-1 of the file and signs that
    STAMP = "/ETSI.RFC3161"
    OTHER = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """One filled signature field.

    revision: of the file, from 0, in which the signature was made. byte_range, value: the numbers and the (padded) DER in the
    file. spare: what follows the DER in the value, zeros as a rule. hashes: names of every hash it relies on. signer, validity: of
    the certificate it names; "" and None when that is missing.
    """

    inner: EmbeddedPdfSignature
    field: str
    kind: Kind
    revision: int
    byte_range: tuple[int, ...]
    value: bytes
    spare: bytes
    signed_attributes: frozenset[str]
    unsigned_attributes: frozenset[str]
    hashes: frozenset[str]
    signer: str
    validity: tuple[datetime, datetime] | None
    claimed_time: datetime | None


@dataclass(frozen=True, slots=True)
class Unread:
    """A filled signature field that could not be taken apart; known: it calls itself a kind that should have been readable."""

    field: str
    known: bool


def signatures_in(reader: PdfFileReader) -> tuple[list[Signature], list[Unread]]:
    """Signatures in the order they were made, and the filled fields in which none could be read."""
    found: list[Signature] = []
    unread: list[Unread] = []
    for name, value, field in enumerate_sig_fields(reader, filled_status=True):
        try:
            found.append(_read(EmbeddedPdfSignature(reader, field, str(name))))
        except UNREADABLE:
            unread.append(Unread(str(name), known=_kind(value) is not Kind.OTHER))
    return sorted(found, key=lambda one: one.revision), unread


def signing_times(path: Path) -> tuple[datetime, ...]:
    """When the file says it was signed, in UTC, in the order of its signatures; nothing is validated. () where it cannot be read."""
    try:
        with opened(path) as reader:
            return tuple(one.claimed_time for one in signatures_in(reader)[0] if one.claimed_time)
    except SohoaError:
        return ()


def _kind(value: object) -> Kind:
    if isinstance(value, IndirectObject):
        value = value.get_object()
    told = str(value.get("/SubFilter", "")) if isinstance(value, DictionaryObject) else ""
    return next((one for one in Kind if one.value == told), Kind.OTHER)


def _read(inner: EmbeddedPdfSignature) -> Signature:
    kind = _kind(inner.sig_object)
    if not all(isinstance(number, NumberObject) and number >= 0 for number in inner.byte_range):
        raise ValueError("a byte range of something else than places in a file")
    signer, validity = _certificate(inner)
    value = bytes(inner.pkcs7_content)
    return Signature(
        inner=inner,
        field=inner.fq_name,
        kind=kind,
        revision=inner.signed_revision,
        byte_range=tuple(int(number) for number in inner.byte_range),
        value=value,
        spare=value[len(cms.ContentInfo.load(value).dump()) :],
        signed_attributes=_names(inner.signer_info["signed_attrs"]),
        unsigned_attributes=_names(inner.signer_info["unsigned_attrs"]),
        hashes=_hashes(inner, kind),
        signer=signer,
        validity=validity,
        claimed_time=_claimed_time(inner, kind),
    )


def _certificate(inner: EmbeddedPdfSignature) -> tuple[str, tuple[datetime, datetime] | None]:
    try:
        certificate = inner.signer_cert
    except SignatureValidationError:  # none, or not the one the signature names: the checks say so with the standard's reason
        return "", None
    return common_name(certificate), (certificate.not_valid_before, certificate.not_valid_after)


def _names(attributes: object) -> frozenset[str]:
    return frozenset(attribute["type"].native for attribute in attributes) if attributes else frozenset()


def _hashes(inner: EmbeddedPdfSignature, kind: Kind) -> frozenset[str]:
    found = {inner.md_algorithm, inner.external_md_algorithm}
    if kind is Kind.CMS_SHA1:
        found.add("sha1")
    with suppress(ValueError):  # most mechanisms name a hash of their own, some do not
        found.add(inner.signer_info["signature_algorithm"].hash_algo)
    return frozenset(found)


def _claimed_time(inner: EmbeddedPdfSignature, kind: Kind) -> datetime | None:
    """/M before the attribute inside: PAdES wants it there, and signers in the field write the hour of Vietnam as UTC inside."""
    if kind is Kind.STAMP:
        return inner.signed_data["encap_content_info"]["content"].parsed["gen_time"].native
    try:
        told = parse_pdf_date(str(inner.sig_object["/M"]), strict=False)
    except UNREADABLE:
        told = extract_self_reported_ts(inner.signer_info)
    if told is None:
        return None
    return (told if told.tzinfo else told.replace(tzinfo=VIETNAM)).astimezone(UTC)
