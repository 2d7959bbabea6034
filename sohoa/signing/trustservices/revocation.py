"""Whether certificates were revoked, and the proof of it that goes into a signed file.

One answer serves a whole batch: it is kept until it runs out, ten minutes at most, and threads that want the same one wait for
one question. OCSP is asked first because its answers are small (a large revocation list would be copied into every file: 120 KB
papers of 50 MB have been seen in the field); a list where there is no OCSP, or it fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from sohoa.signing.http import Http, ServiceUnreachable
from sohoa.signing.trustservices.answers import (
    Answer,
    CertificateStatus,
    RevocationUnavailable,
    ocsp_question,
    read_crl,
    read_ocsp,
)
from sohoa.signing.trustservices.chain import Chain, access_places, certificates_in, chain_of, der, list_places, read
from sohoa.signing.trustservices.resting import Patience
from sohoa.signing.trustservices.shared import Kept, Shared

__all__ = ["CertificateStatus", "RevocationService", "RevocationUnavailable", "ValidationData", "names_a_place"]

CAP = timedelta(minutes=10)
LARGEST_LIST = 2 << 20  # bytes of a revocation list that may go into every file
DEEPEST = 3  # responders whose own certificate has to be asked about at yet another responder
SERVICE = "tra cứu thu hồi chứng thư"
QUERY, REPLY = "application/ocsp-request", "application/ocsp-response"


@dataclass(frozen=True, slots=True)
class ValidationData:
    """What a validator needs in ten years; DER, each once."""

    certificates: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()

    def __add__(self, other: ValidationData) -> ValidationData:
        return ValidationData(
            tuple(dict.fromkeys(self.certificates + other.certificates)),
            tuple(dict.fromkeys(self.ocsps + other.ocsps)),
            tuple(dict.fromkeys(self.crls + other.crls)),
        )

    @property
    def about_revocation(self) -> bool:
        return bool(self.ocsps or self.crls)


def names_a_place(certificate: bytes) -> bool:
    """Whether it says where its revocation can be asked about. Raises ValueError for one that cannot be read."""
    found = read(certificate)
    return bool(_ocsp_places(found) or list_places(found))


class RevocationService:
    """Safe to use from several threads."""

    def __init__(self, http: Http, *, cap: timedelta = CAP, largest_list: int = LARGEST_LIST) -> None:
        """cap: how long an answer is used again at most, whatever it says itself."""
        self._patience = Patience(http)
        self._cap = cap
        self._largest_list = largest_list
        self._answers: Shared[Answer] = Shared()
        self._issuers: Shared[tuple[bytes, ...]] = Shared()
        self._chains: Shared[Chain] = Shared()

    def data_for(self, certificate: bytes, chain: Sequence[bytes], *, trust: Sequence[bytes], now: datetime) -> ValidationData:
        """The certificates from this one up to (not including) the root, and an answer about each, whatever it says; of responders
        that answer in an issuer's stead too, unless they carry id-pkix-ocsp-nocheck.

        A certificate that names nowhere to ask adds nothing: empty data says that there is nothing to be had.
        chain: where issuers may be found; trust: roots; DER. Raises RevocationUnavailable.
        """
        found = self._chain(certificate, chain, trust, now)
        if not found.complete:
            raise RevocationUnavailable(why="the certificates do not lead to a root")
        data = ValidationData(tuple(der(one) for one in found.certificates[:-1]))
        for below, issuer in found.links:
            for answer in self._with_responders(below, issuer, now):
                if answer.kind == "ocsp":
                    data += ValidationData(ocsps=(answer.der,))
                elif len(answer.der) <= self._largest_list or not _ocsp_places(below):
                    data += ValidationData(crls=(answer.der,))
                else:
                    raise RevocationUnavailable(why="only a revocation list too large to be embedded could be had")
        return data

    def status(
        self, certificate: bytes, chain: Sequence[bytes], *, trust: Sequence[bytes] = (), now: datetime
    ) -> CertificateStatus:
        """Of the certificate, or of the first above it that is not good. Nothing is raised: what cannot be found out is unknown."""
        try:
            found = self._chain(certificate, chain, trust, now)
            if not found.complete:
                return CertificateStatus("unknown", why="the certificates do not lead to a root")
            for below, issuer in found.links:
                answer = self._answer(below, issuer, now)
                if answer is None:
                    return CertificateStatus("unknown", why="the certificate names nowhere to ask")
                if answer.status.state != "good":
                    return answer.status
        except RevocationUnavailable as out:
            return CertificateStatus("unknown", why=str(out.facts["why"]))
        except ValueError:
            return CertificateStatus("unknown", why="the certificate cannot be read")
        return CertificateStatus("good")

    def _chain(self, certificate: bytes, chain: Sequence[bytes], trust: Sequence[bytes], now: datetime) -> Chain:
        key = (certificate, tuple(chain), tuple(trust))

        def fetch() -> Kept[Chain]:
            found = chain_of(certificate, chain, trust=trust, fetch=lambda one: self._published_issuers(one, now))
            # A chain that could not be finished may be finished the next time that somebody asks.
            return Kept(found, now, now + self._cap if found.complete else now)

        return self._chains.get(key, now=now, fetch=fetch)

    def _published_issuers(self, certificate: x509.Certificate, now: datetime) -> Iterable[bytes]:
        for url in access_places(certificate, AuthorityInformationAccessOID.CA_ISSUERS):

            def fetch(url: str = url) -> Kept[tuple[bytes, ...]]:
                reply = self._patience.get(url, service=SERVICE)
                found = tuple(certificates_in(reply.body)) if reply.status == 200 else ()
                return Kept(found, now, now + self._cap)

            try:
                yield from self._issuers.get(url, now=now, fetch=fetch)
            except ServiceUnreachable:
                continue

    def _with_responders(self, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> Iterator[Answer]:
        """The answer about a certificate; if its responder may be revoked too, the answer about that; and so on."""
        for _ in range(DEEPEST):
            answer = self._answer(certificate, issuer, now)
            if answer is None:
                return
            yield answer
            if answer.responder is None or not answer.to_be_asked_about:
                return
            certificate = answer.responder
        raise RevocationUnavailable(why="responders that have to be asked about without end")

    def _answer(self, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> Answer | None:
        """None: the certificate names nowhere to ask. Raises RevocationUnavailable."""
        ways = [
            *((url, self._ask_ocsp) for url in _ocsp_places(certificate)),
            *((url, self._fetch_list) for url in list_places(certificate)),
        ]
        if not ways:
            return None

        def fetch() -> Kept[Answer]:
            answer = self._first(ways, certificate, issuer, now)
            return Kept(answer, now, min(now + self._cap, answer.until or now + self._cap))

        return self._answers.get((der(certificate), der(issuer)), now=now, fetch=fetch)

    def _first(self, ways: Sequence[_Way], certificate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> Answer:
        complaints: list[str] = []
        for url, ask in ways:
            try:
                return ask(url, certificate, issuer, now)
            except (RevocationUnavailable, ServiceUnreachable) as out:
                complaints.append(str(out.facts["why"]))
        raise RevocationUnavailable(why="; ".join(complaints))

    def _ask_ocsp(self, url: str, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> Answer:
        headers = {"Content-Type": QUERY, "Accept": REPLY}
        reply = self._patience.post(url, ocsp_question(certificate, issuer), service=SERVICE, headers=headers)
        if reply.status != 200:
            raise RevocationUnavailable(why=f"OCSP: HTTP status {reply.status}")
        return read_ocsp(reply.body, certificate, issuer, now=now)

    def _fetch_list(self, url: str, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> Answer:
        reply = self._patience.get(url, service=SERVICE)
        if reply.status != 200:
            raise RevocationUnavailable(why=f"CRL: HTTP status {reply.status}")
        return read_crl(reply.body, certificate, issuer, now=now)


_Way = tuple[str, Callable[[str, x509.Certificate, x509.Certificate, datetime], Answer]]


def _ocsp_places(certificate: x509.Certificate) -> list[str]:
    return access_places(certificate, AuthorityInformationAccessOID.OCSP)
