"""What form a signature has. A description: a form promises nothing about the verdict."""

from __future__ import annotations

from sohoa.signing.validation.evidence import Evidence
from sohoa.signing.validation.reading import Kind, Signature

STAMP_ATTRIBUTE = "signature_time_stamp_token"


def level_of(signature: Signature, *, evidence: Evidence, stamped_later: bool) -> str:
    """evidence: the document's (DSS). stamped_later: a document timestamp follows the signature."""
    stamped = STAMP_ATTRIBUTE in signature.unsigned_attributes
    if signature.kind is Kind.STAMP:
        return "RFC3161"
    if signature.kind in (Kind.CMS, Kind.CMS_SHA1):
        return "CMS-T" if stamped else "CMS"
    if signature.kind is Kind.OTHER:
        return "unknown"
    # EN 319 142-1, 6.3: the signer's certificate is named among what is signed, and the time is in /M, not in the CMS.
    if not names_certificate(signature) or "signing_time" in signature.signed_attributes:
        return "PAdES"
    if not (stamped or stamped_later):
        return "PAdES-B-B"
    if not evidence.revocation:
        return "PAdES-B-T"
    return "PAdES-B-LTA" if stamped_later else "PAdES-B-LT"


def names_certificate(signature: Signature) -> bool:
    """Whether what is signed says whose certificate it is."""
    return not signature.signed_attributes.isdisjoint({"signing_certificate", "signing_certificate_v2"})
