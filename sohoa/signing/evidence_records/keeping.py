"""What a validator will want to know about a time-stamping authority in ten years, put into its token while it can still be had.

Certificates, revocation lists and OCSP answers travel in the parts of a CMS that are not signed (RFC 5652, 5.1; RFC 5940), so the token
stays what it was. The next time stamp covers the token with them and proves when they existed; RFC 4998, 4.2 asks for that.
"""
# asn1crypto carries no types; what leaves this module has them.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asn1crypto import cms, core, crl, ocsp, x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509 import DuplicateExtension, InvalidVersion, UnsupportedGeneralNameType

from sohoa.signing.evidence_records.model import EvidenceUnreadable, Stamp
from sohoa.signing.opening import UNREADABLE
from sohoa.signing.trustservices.revocation import ValidationData
from sohoa.signing.trustservices.tsa import Stamped, read_token
from sohoa.signing.validation.evidence import Evidence, Kept, RevocationData

# What cryptography lets out over a certificate of an odd kind is not among its ValueErrors.
BROKEN = (*UNREADABLE, UnsupportedAlgorithm, InvalidSignature, InvalidVersion, DuplicateExtension, UnsupportedGeneralNameType)
OCSP_ANSWER = "1.3.6.1.5.5.7.16.2"  # id-ri-ocsp-response


def completed(stamp: Stamp, data_for: Callable[[Stamped], ValidationData]) -> Stamp:
    """A `stamp` whose tokens come with what data_for knows about their authority. Raises what both raise.

    data_for: e.g. RevocationService.data_for(stamped.certificate, stamped.certificates, trust=..., now=...).
    """

    def stamp_and_complete(imprint: bytes, digest: str) -> bytes:
        return complete(stamp(imprint, digest), data_for)

    return stamp_and_complete


def complete(token: bytes, data_for: Callable[[Stamped], ValidationData]) -> bytes:
    """Raises TimestampRefused, EvidenceUnreadable for a token that is none, and what data_for raises."""
    try:
        stamped, _ = read_token(token)
    except BROKEN as broken:
        raise EvidenceUnreadable(why=type(broken).__name__) from broken
    data = data_for(stamped)
    try:
        return with_validation_data(token, data)
    except BROKEN as broken:
        raise EvidenceUnreadable(why=type(broken).__name__) from broken


def with_validation_data(token: bytes, data: ValidationData) -> bytes:
    """The token with what of `data` it does not carry yet; the same bytes when it carries all. DER in, DER out."""
    info = cms.ContentInfo.load(token, strict=True)
    signed = info["content"]
    carried = {one.dump() for one in _listed(signed["certificates"])}
    known = {one.dump() for one in _listed(signed["crls"])}
    answers = [one for one in map(_as_choice, data.ocsps) if one.dump() not in known]
    lists = [cms.RevocationInfoChoice("certificate_list", crl.CertificateList.load(one)) for one in data.crls if one not in known]
    certificates = [
        cms.CertificateChoices("certificate", x509.Certificate.load(one)) for one in data.certificates if one not in carried
    ]
    if certificates:
        signed["certificates"] = cms.CertificateSet([*_listed(signed["certificates"]), *certificates])
    if answers or lists:
        signed["crls"] = cms.RevocationInfoChoices([*_listed(signed["crls"]), *lists, *answers])
    if answers:
        signed["version"] = "v5"  # RFC 5652, 5.1: with revocation information of another kind than lists
    return info.dump() if certificates or answers or lists else token


def kept_in(token: bytes) -> Evidence:
    """What it carries about revocation, and its certificates. Broken parts of it raise what BROKEN lists."""
    signed = cms.ContentInfo.load(token, strict=True)["content"]
    certificates = tuple(one.chosen for one in _listed(signed["certificates"]) if one.name == "certificate")
    found: list[RevocationData] = []
    for one in _listed(signed["crls"]):
        if one.name == "certificate_list":
            found.append(one.chosen)
        elif one.chosen["other_rev_info_format"].dotted == OCSP_ANSWER:
            found.append(ocsp.OCSPResponse.load(one.chosen["other_rev_info"].dump(), strict=True))
    return Evidence(certificates, tuple(Kept(one, 0) for one in found))


def evidence_of(data: ValidationData) -> Evidence:
    certificates = tuple(x509.Certificate.load(one) for one in data.certificates)
    answers = [ocsp.OCSPResponse.load(one) for one in data.ocsps]
    lists = [crl.CertificateList.load(one) for one in data.crls]
    return Evidence(certificates, tuple(Kept(one, 0) for one in (*answers, *lists)))


def _listed(found: Any) -> list[Any]:
    return [] if isinstance(found, core.Void) else list(found)


def _as_choice(answer: bytes) -> Any:
    told = {"other_rev_info_format": OCSP_ANSWER, "other_rev_info": core.Any(ocsp.OCSPResponse.load(answer))}
    return cms.RevocationInfoChoice("other", cms.OtherRevocationInfoFormat(told))
