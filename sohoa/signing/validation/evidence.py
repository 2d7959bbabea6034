"""What a file brings along to prove that its certificates were good: the DSS, and the revocation attribute inside a signature."""
# asn1crypto carries no types and half of pyHanko none; what leaves this module has them.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from dataclasses import dataclass

from asn1crypto import crl, ocsp, x509
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import find_cms_attribute_iter
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import ValidationInfoReadingError

from sohoa.signing.opening import UNREADABLE
from sohoa.signing.validation.reading import Signature


@dataclass(frozen=True, slots=True)
class Evidence:
    """certificates: to build chains from (they are not trusted for being here). crls, ocsps: signed by whoever the chain says."""

    certificates: tuple[x509.Certificate, ...] = ()
    crls: tuple[crl.CertificateList, ...] = ()
    ocsps: tuple[ocsp.OCSPResponse, ...] = ()

    @property
    def about_revocation(self) -> bool:
        return bool(self.crls or self.ocsps)

    def __add__(self, other: Evidence) -> Evidence:
        return Evidence(self.certificates + other.certificates, self.crls + other.crls, self.ocsps + other.ocsps)


def evidence_in_document(reader: PdfFileReader) -> Evidence:
    """The document security store; an unreadable one proves nothing and counts as absent."""
    try:
        store = DocumentSecurityStore.read_dss(reader)
        return Evidence(
            tuple(store.load_certs()),
            tuple(crl.CertificateList.load(one.get_object().read_data(DecodePurpose.CRL)) for one in store.crls),
            tuple(ocsp.OCSPResponse.load(one.get_object().read_data(DecodePurpose.OCSP_RESPONSE)) for one in store.ocsps),
        )
    except (ValidationInfoReadingError, *UNREADABLE):
        return Evidence()


def evidence_in_signature(signature: Signature) -> Evidence:
    """Adobe's revocation attribute, which older signatures (adbe.pkcs7.detached) carry among the signed attributes."""
    found = Evidence()
    try:
        for archive in find_cms_attribute_iter(signature.inner.signer_info["signed_attrs"], "adobe_revocation_info_archival"):
            found += Evidence(crls=tuple(archive["crl"] or ()), ocsps=tuple(archive["ocsp"] or ()))
    except UNREADABLE:
        return Evidence()
    return found
