"""Whoever keeps an archive with evidence records: stamps and renews as of the test PKI's clock, with all that a validator wants to know."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from sohoa.signing.evidence_records.create import create
from sohoa.signing.evidence_records.keeping import complete, completed
from sohoa.signing.evidence_records.model import EvidenceReport, Stamp
from sohoa.signing.evidence_records.renew import renew_timestamps, renew_trees
from sohoa.signing.evidence_records.verify import verify
from sohoa.signing.http import Http
from sohoa.signing.trustservices.revocation import RevocationService, ValidationData
from sohoa.signing.trustservices.tsa import Stamped, TimestampAuthority
from tests.signing.authority import YEAR, Pki
from tests.signing.pki import NOW


def hashes(files: Iterable[bytes], digest: str = "sha256") -> list[bytes]:
    return [hashlib.new(digest, one).digest() for one in files]


class ArchiveOffice:
    """Archived records are given as the contents of their files."""

    def __init__(self, pki: Pki) -> None:
        self.pki = pki
        self._http = Http(connect=2, read=5)
        self.tsa = TimestampAuthority(pki.tsa_url, self._http)

    @property
    def stamp(self) -> Stamp:
        return completed(self.tsa.stamp, self.data_for)

    def data_for(self, stamped: Stamped) -> ValidationData:
        # A new service each time: what was asked years ago is not to answer for now.
        now = self.pki.now or NOW
        return RevocationService(self._http).data_for(stamped.certificate, stamped.certificates, trust=(), now=now)

    def complete(self, token: bytes) -> bytes:
        return complete(token, self.data_for)

    def create(self, *records: Sequence[bytes], digest: str = "sha256") -> list[bytes]:
        return list(create([hashes(files, digest) for files in records], self.stamp, digest=digest))

    def renew(self, evidence: Sequence[bytes]) -> list[bytes]:
        return list(renew_timestamps(evidence, self.stamp, complete=self.complete))

    def rehash(self, evidence: Sequence[bytes], *records: Sequence[bytes]) -> list[bytes]:
        return list(renew_trees(evidence, [hashes(files, "sha512") for files in records], self.stamp, complete=self.complete))

    def renew_over_three_ends(self, evidence: list[bytes]) -> list[bytes]:
        """The authority's certificates end in years 5, 9, 13 and 17."""
        for year in (4.5, 8.5, 12.5):
            self.pki.now = NOW + year * YEAR
            evidence = self.renew(evidence)
        return evidence

    def verify(self, evidence: bytes, *files: bytes, **more: object) -> EvidenceReport:
        known = {digest: hashes(files, digest) for digest in ("sha256", "sha512")}
        return verify(evidence, known, **{"trust": [self.pki.root_pem], "now": self.pki.now, **more})
