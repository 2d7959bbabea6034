"""What is proven to have existed when: the trusted document timestamps of a file, and what each of them covers.

A timestamp is believed at the time that the next newer one proves for it (the newest: now), because a key may be broken the day after
its certificate ends; so they are judged from the newest to the oldest, and each one that holds moves the proven time of everything
before it. Source: ETSI EN 319 102-1, 5.6 (past signature validation, POE extraction), in its simple form for one file.
"""
# asn1crypto carries no types; what leaves this module has them.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false, reportIndexIssue=false

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import crl, ocsp, x509

from sohoa.signing.validation.evidence import Evidence, Kept


@dataclass(frozen=True, slots=True)
class Proof:
    """A trusted document timestamp: everything in the file up to `revision` (its own, from 0) existed at `time`."""

    revision: int
    time: datetime


@dataclass(frozen=True, slots=True)
class Proofs:
    """now: the moment of judging, at which everything in the file exists."""

    now: datetime
    found: tuple[Proof, ...] = ()

    def and_(self, proof: Proof) -> Proofs:
        return Proofs(self.now, (*self.found, proof))

    def signature(self, revision: int) -> datetime | None:
        """The earliest proven time of a signature made in `revision`; None: none but now. A timestamp does not prove itself."""
        return min((one.time for one in self.found if one.revision > revision), default=None)

    def evidence(self, seen: int) -> datetime:
        """The earliest proven time of evidence that the file held in revision `seen`."""
        return min((one.time for one in self.found if one.revision >= seen), default=self.now)


def still_believable(evidence: Evidence, proofs: Proofs, known: Iterable[x509.Certificate]) -> Evidence:
    """The evidence without the revocation data whose own signer's certificate had ended before the data is proven to have existed.

    Whoever gets hold of an old key could make such data at any time. known: certificates among which its signers may be; data whose
    signer is not at hand is left to the path builder, which will find no path for it.
    """
    all_known = (*known, *evidence.certificates)
    kept = tuple(one for one in evidence.revocation if _signer_was_valid(one, proofs.evidence(one.seen), all_known))
    return Evidence(evidence.certificates, kept)


def _signer_was_valid(kept: Kept, moment: datetime, known: tuple[x509.Certificate, ...]) -> bool:
    signers = [one for one in (*kept.certificates, *known) if _may_have_signed(kept, one)]
    return not signers or any(one.not_valid_before <= moment <= one.not_valid_after for one in signers)


def _may_have_signed(kept: Kept, certificate: x509.Certificate) -> bool:
    if isinstance(kept.data, crl.CertificateList):
        wanted = kept.data.authority_key_identifier
        same_key = wanted is None or certificate.key_identifier in (None, wanted)
        return bool(certificate.subject == kept.data.issuer) and same_key
    responder = kept.data.response_data["responder_id"]
    if responder.name == "by_key":
        return bool(certificate.public_key.sha1 == responder.native)
    return bool(certificate.subject == responder.chosen)


def within_certificates(evidence: Evidence, path: Iterable[x509.Certificate]) -> Evidence:
    """Without revocation data that came out after the certificate it speaks about had ended.

    Authorities drop ended certificates from their lists, so such data says nothing good; what it says that is bad is kept.
    """
    certificates = list(path)
    return Evidence(evidence.certificates, tuple(one for one in evidence.revocation if not _came_too_late(one.data, certificates)))


def bad_news(evidence: Evidence, path: Iterable[x509.Certificate]) -> list[Evidence]:
    """Each piece of the evidence that calls a certificate of the path revoked, alone with the certificates; nothing is verified."""
    serials = {one.serial_number for one in path}
    return [Evidence(evidence.certificates, (one,)) for one in evidence.revocation if serials & _called_revoked(one.data)]


def _called_revoked(data: crl.CertificateList | ocsp.OCSPResponse) -> set[int]:
    if isinstance(data, crl.CertificateList):
        return {one["user_certificate"].native for one in data["tbs_cert_list"]["revoked_certificates"] or ()}
    responses = data.response_data["responses"]
    return {one["cert_id"]["serial_number"].native for one in responses if one["cert_status"].name == "revoked"}


def _came_too_late(data: crl.CertificateList | ocsp.OCSPResponse, path: list[x509.Certificate]) -> bool:
    if isinstance(data, crl.CertificateList):
        listed = data["tbs_cert_list"]
        spoken_of = [one for one in path if one.issuer == data.issuer]
        revoked = _called_revoked(data)
        remembers = any(one["extn_id"].dotted == "2.5.29.60" for one in listed["crl_extensions"] or ())  # expiredCertsOnCRL
        silent = all(one.serial_number not in revoked for one in spoken_of)
        return silent and not remembers and any(listed["this_update"].native > one.not_valid_after for one in spoken_of)
    for single in data.response_data["responses"]:
        remembers = any(one["extn_id"].native == "archive_cutoff" for one in single["single_extensions"] or ())
        for one in path:
            if single["cert_id"]["serial_number"].native == one.serial_number and single["cert_status"].name == "good":
                return not remembers and single["this_update"].native > one.not_valid_after
    return False
