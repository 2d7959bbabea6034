"""What a file brings along to prove that its certificates were good: the DSS, and the revocation attribute inside a signature.

Revocation data is worth something only if it existed while its own signer could still be believed, so each piece carries the
revision of the file in which it was first seen; `proofs` turns that into a time.
"""
# asn1crypto carries no types and half of pyHanko none; what leaves this module has them.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from asn1crypto import crl, ocsp, x509
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.rw_common import PdfHandler
from pyhanko.sign.general import find_cms_attribute_iter
from pyhanko.sign.validation.dss import DocumentSecurityStore, enumerate_ocsp_certs
from pyhanko.sign.validation.errors import ValidationInfoReadingError

from sohoa.signing.opening import UNREADABLE
from sohoa.signing.validation.reading import Signature

RevocationData = crl.CertificateList | ocsp.OCSPResponse


@dataclass(frozen=True, slots=True)
class Kept:
    """One revocation list or answer. seen: the revision of the file that first held it (a later timestamp proves its age)."""

    data: RevocationData
    seen: int

    @property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        """Those that an answer carries of its responder; a list carries none."""
        return tuple(enumerate_ocsp_certs(self.data)) if isinstance(self.data, ocsp.OCSPResponse) else ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """certificates: to build chains from (they are not trusted for being here). revocation: signed by whoever the chain says."""

    certificates: tuple[x509.Certificate, ...] = ()
    revocation: tuple[Kept, ...] = ()

    @property
    def crls(self) -> list[crl.CertificateList]:
        return [one.data for one in self.revocation if isinstance(one.data, crl.CertificateList)]

    @property
    def ocsps(self) -> list[ocsp.OCSPResponse]:
        return [one.data for one in self.revocation if isinstance(one.data, ocsp.OCSPResponse)]

    def __add__(self, other: Evidence) -> Evidence:
        return Evidence(self.certificates + other.certificates, self.revocation + other.revocation)


def evidence_in_document(reader: PdfFileReader, revisions: Iterable[int]) -> Evidence:
    """The document security store, as it was at each of `revisions` and as it is now; an unreadable one proves nothing.

    revisions: those at which somebody vouched for the file (its document timestamps), from 0.
    """
    last = reader.xrefs.total_revisions - 1
    certificates: dict[bytes, x509.Certificate] = {}
    kept: dict[bytes, Kept] = {}
    for revision in sorted({*revisions, last}):
        handler = reader if revision == last else reader.get_historical_resolver(revision)
        try:
            for der, certificate in _certificates(handler):
                certificates.setdefault(der, certificate)
            for der, data in _revocation(handler):
                kept.setdefault(der, Kept(data, revision))
        except (ValidationInfoReadingError, *UNREADABLE):
            continue
    return Evidence(tuple(certificates.values()), tuple(kept.values()))


def evidence_in_signature(signature: Signature) -> Evidence:
    """Adobe's revocation attribute, which older signatures (adbe.pkcs7.detached) carry among the signed attributes."""
    found: list[Kept] = []
    try:
        for archive in find_cms_attribute_iter(signature.inner.signer_info["signed_attrs"], "adobe_revocation_info_archival"):
            found += [Kept(one, signature.revision) for one in (*(archive["crl"] or ()), *(archive["ocsp"] or ()))]
    except UNREADABLE:
        return Evidence()
    return Evidence(revocation=tuple(found))


def _certificates(handler: PdfHandler) -> list[tuple[bytes, x509.Certificate]]:
    found = DocumentSecurityStore.read_dss(handler).load_certs()
    return [(one.dump(), one) for one in cast(Sequence[x509.Certificate], found)]


def _revocation(handler: PdfHandler) -> list[tuple[bytes, RevocationData]]:
    store = DocumentSecurityStore.read_dss(handler)
    found: list[tuple[bytes, RevocationData]] = []
    for one in store.crls:
        der = one.get_object().read_data(DecodePurpose.CRL)
        found.append((der, crl.CertificateList.load(der)))
    for one in store.ocsps:
        der = one.get_object().read_data(DecodePurpose.OCSP_RESPONSE)
        found.append((der, ocsp.OCSPResponse.load(der)))
    return found
