"""The values of signing: what was signed, and what can be said about a signature."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sohoa.kernel.clock import iso_vietnam
from sohoa.kernel.verdicts import Outcome

TimeSource = Literal["timestamp", "claimed"]


class Revocation(enum.StrEnum):
    """Whether the certificates were revoked, as far as the file itself can tell (nothing is fetched)."""

    OK = "ok"  # revocation lists or answers kept in the file say: good
    FAILED = "failed"  # they say: revoked
    UNDETERMINED = "undetermined"  # the certificates say where to ask, but no usable answer is in the file; or there is no chain
    NOT_CHECKED = "not_checked"  # there is nowhere to ask: no certificate names a revocation service


class Role(enum.StrEnum):
    """For whom a signature speaks. Read from the certificate, so it is a description and decides nothing."""

    PERSON = "person"
    AGENCY = "agency"
    TIMESTAMP = "timestamp"  # a document timestamp: a time authority speaks, not a signer
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """Everything that can be said about one signature without asking anybody.

    signer: common name in the certificate; "" when there is no readable certificate.
    signing_time: aware, or None when the signature tells none. time_source: "timestamp" only when a timestamp authority that
        chains to a trusted root says so; otherwise the signer claims it.
    integrity: are the signed bytes the ones that were signed, and did this certificate's key sign them.
    chain: does the certificate lead to a trusted root, and was it valid at the time that is proven (else: now).
    covers_whole_document: no byte of the file lies outside this signature (apart from the signature itself).
    modified_after_signing: something was changed after signing that no added signature, timestamp or validation data explains.
    level: PAdES-B-B, -T, -LT, -LTA; "PAdES" when it calls itself so but lacks what a baseline demands; "CMS" or "CMS-T" for the
        older adbe.pkcs7 kinds; "RFC3161" for a document timestamp; "unknown". Describes the form, promises nothing.
    verdict, reason: the whole, and the weightiest finding ("" when ok). ETSI EN 319 102-1 spelling where that standard has a name.
    findings: all of them, weightiest first.
    """

    field: str
    signer: str
    role: Role
    signing_time: datetime | None
    time_source: TimeSource
    integrity: Outcome
    chain: Outcome
    revocation: Revocation
    covers_whole_document: bool
    modified_after_signing: bool
    level: str
    verdict: Outcome
    reason: str
    findings: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """One element of `signatures` in the JSON of `sohoa validate`."""
        return {
            "signer": self.signer,
            "role": self.role.value,
            "signing_time": iso_vietnam(self.signing_time) if self.signing_time else None,
            "time_source": self.time_source,
            "integrity": self.integrity.value,
            "chain": self.chain.value,
            "revocation": self.revocation.value,
            "covers_whole_document": self.covers_whole_document,
            "modified_after_signing": self.modified_after_signing,
            "level": self.level,
            "verdict": self.verdict.value,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class FileReport:
    """The signatures of a file in the order they were made, and one verdict over all: one failure fails the file, one doubt leaves
    it in doubt. A file without signatures is `undetermined` with reason NO_SIGNATURE: nothing vouches for it, nothing is wrong."""

    verdict: Outcome
    signatures: tuple[SignatureReport, ...] = ()

    @property
    def reason(self) -> str:
        if not self.signatures:
            return "NO_SIGNATURE"
        return next((one.reason for one in self.signatures if one.verdict is self.verdict), "")

    def as_dict(self, file: str) -> dict[str, object]:
        """The JSON of `sohoa validate` for one file; `file` is how the caller wants it named."""
        return {"file": file, "verdict": self.verdict.value, "signatures": [one.as_dict() for one in self.signatures]}


@dataclass(frozen=True, slots=True)
class SignedPdf:
    """What signing made. fingerprint: SHA-256 of the signer's certificate; sha256: of the signed file (both hex); size: bytes."""

    level: str
    signer_name: str
    fingerprint: str
    signing_time: datetime
    sha256: str
    size: int
