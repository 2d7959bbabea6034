"""What one time stamp token is worth at some moment: its signature, its authority's chain, revocation, algorithms."""
# asn1crypto carries no types and half of pyHanko none; what leaves this module has them.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportIndexIssue=false, reportCallIssue=false

from __future__ import annotations

import asyncio
import functools
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from asn1crypto import cms, ocsp, x509
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import async_validate_cms_signature
from pyhanko.sign.validation.status import SignatureStatus, TimestampSignatureStatus
from pyhanko.sign.validation.utils import CMSAlgorithmUsagePolicy
from pyhanko_certvalidator.policy_decl import (
    LEGACY_POLICY_MAP,
    NO_REVOCATION,
    REQUIRE_REVINFO,
    AcceptAllAlgorithms,
    RevocationCheckingPolicy,
)

from sohoa.kernel.verdicts import Outcome, Verdict
from sohoa.signing.evidence_records.keeping import BROKEN, kept_in
from sohoa.signing.evidence_records.model import DIGESTS
from sohoa.signing.trustservices.tsa import TimestampRefused, read_token
from sohoa.signing.validation.crypto import CLOCKS_DIFFER, Surroundings
from sohoa.signing.validation.evidence import Evidence, Kept
from sohoa.signing.validation.proofs import Proof, Proofs, still_believable, within_certificates

_MAY_STAMP = TimestampSignatureStatus.default_usage_constraints()
_ANY_ALGORITHM = CMSAlgorithmUsagePolicy.lift_policy(AcceptAllAlgorithms())  # strength is looked at apart
_IF_ANNOUNCED, _IF_AT_HAND = LEGACY_POLICY_MAP["hard-fail"], LEGACY_POLICY_MAP["soft-fail"]
_OK = Verdict(Outcome.OK)


@dataclass(frozen=True, slots=True)
class Token:
    """A token whose signature is that of the certificate it carries. imprint, digest: what was stamped; hashes: all that it uses."""

    der: bytes
    time: datetime
    certificate: bytes
    imprint: bytes
    digest: str
    hashes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Judged:
    """keys: bits of the RSA keys from the authority up to below the root; () where there is no trusted chain."""

    verdict: Verdict
    keys: tuple[int, ...] = ()


def read(token: bytes) -> Token | Verdict:
    """A verdict says why it is not to be believed at any time."""
    try:
        signed = cms.ContentInfo.load(token, strict=True)["content"]
        hashes = {cast(str, one["digest_algorithm"]["algorithm"].native) for one in signed["signer_infos"]}
        if not hashes <= DIGESTS.keys():
            return Verdict(Outcome.UNDETERMINED, "CRYPTO_CONSTRAINTS_FAILURE", {"why": "a hash that is no longer sound"})
        stamped, about = read_token(token)
        imprint = about["message_imprint"]
        digest = cast(str, imprint["hash_algorithm"]["algorithm"].native)
        return Token(
            token,
            stamped.time,
            stamped.certificate,
            cast(bytes, imprint["hashed_message"].native),
            digest,
            frozenset({digest, *hashes}),
        )
    except TimestampRefused as out:
        return Verdict(Outcome.FAILED, "SIG_CRYPTO_FAILURE", {"why": str(out.facts["why"])})
    except BROKEN as broken:
        return Verdict(Outcome.FAILED, "FORMAT_FAILURE", {"why": type(broken).__name__})


def judge(token: Token, *, moment: datetime, roots: tuple[bytes, ...], known: Evidence, now: datetime) -> Judged:
    """Whether the authority could be believed at `moment`, at which something else proves that the token existed.

    roots: DER. known: evidence besides what the token carries, gathered by now.
    """
    if token.time > moment + CLOCKS_DIFFER:
        return Judged(Verdict(Outcome.UNDETERMINED, "TIMESTAMP_ORDER_FAILURE"))
    if known.certificates or known.revocation:
        return _judged(token, moment, roots, known, now)
    return _judged_before(token, moment, roots, now)


@functools.lru_cache(maxsize=256)
def _judged_before(token: Token, moment: datetime, roots: tuple[bytes, ...], now: datetime) -> Judged:
    """A batch shares its tokens, and this is by far the dearest part of verifying a record."""
    return _judged(token, moment, roots, Evidence(), now)


def _judged(token: Token, moment: datetime, roots: tuple[bytes, ...], known: Evidence, now: datetime) -> Judged:
    try:
        return asyncio.run(_Case(token, moment, now, tuple(map(x509.Certificate.load, roots)), kept_in(token.der), known).judged())
    except SignatureValidationError as refused:
        return Judged(Verdict(Outcome.UNDETERMINED, refused.ades_subindication.standard_name))
    except BROKEN as broken:
        return Judged(Verdict(Outcome.FAILED, "FORMAT_FAILURE", {"why": type(broken).__name__}))


@dataclass(frozen=True, slots=True)
class _Case:
    token: Token
    moment: datetime
    now: datetime
    roots: tuple[x509.Certificate, ...]
    carried: Evidence
    known: Evidence

    async def judged(self) -> Judged:
        status = await self._status(self.moment, NO_REVOCATION, Evidence(self.carried.certificates + self.known.certificates))
        if not status.intact or not status.valid:
            return Judged(Verdict(Outcome.FAILED, "SIG_CRYPTO_FAILURE"))
        if status.trust_problem_indic is not None or status.validation_path is None:
            problem = status.trust_problem_indic
            return Judged(Verdict(Outcome.UNDETERMINED, problem.standard_name if problem else "NO_CERTIFICATE_CHAIN_FOUND"))
        below_root = list(status.validation_path.iter_certs(include_root=False))
        keys = tuple(one.public_key.bit_size for one in below_root if one.public_key.algorithm.startswith("rsa"))
        return Judged(await self._revocation(below_root), keys)

    async def _revocation(self, below_root: list[x509.Certificate]) -> Verdict:
        announced = any(one.ocsp_urls or one.crl_distribution_points for one in below_root)
        if not self.carried.revocation and not self.known.revocation:
            return Verdict(Outcome.UNDETERMINED, "TRY_LATER") if announced else _OK
        evidence = within_certificates(self._believable(), below_root)
        try:
            found = await self._status(min(self.token.time, self.moment), _IF_ANNOUNCED if announced else REQUIRE_REVINFO, evidence)
            since = [await self._since(part) for part in self._parts(evidence)]
        except (SignatureValidationError, *BROKEN):
            return Verdict(Outcome.UNDETERMINED, "TRY_LATER")
        dates = [one for one in (_revoked(found), *since) if one is not None]
        if dates and min(dates) <= self.token.time:
            return Verdict(Outcome.FAILED, "REVOKED")
        if dates:
            # Good when it says it was made, revoked before anybody else saw it: its word about the time is worth nothing any more.
            return Verdict(Outcome.UNDETERMINED, "REVOKED_NO_POE")
        if found.trust_problem_indic is not None:
            return Verdict(Outcome.UNDETERMINED, found.trust_problem_indic.standard_name)
        return _OK

    async def _since(self, evidence: Evidence) -> datetime | None:
        """Since when it was revoked at `moment`, if it was."""
        return _revoked(await self._status(self.moment, _IF_AT_HAND, evidence))

    def _parts(self, evidence: Evidence) -> list[Evidence]:
        """The path validator is content with the first answer that is good, and asks OCSP before lists; bad news may be in another."""
        known = {one.data.dump() for one in self.known.revocation}
        by_kind: dict[tuple[bool, bool], list[Kept]] = {}
        for one in evidence.revocation:
            by_kind.setdefault((isinstance(one.data, ocsp.OCSPResponse), one.data.dump() in known), []).append(one)
        return [Evidence(evidence.certificates, tuple(part)) for part in by_kind.values()]

    def _believable(self) -> Evidence:
        """What the token carries existed at `moment`, as whatever proves the token covers it too; the rest is new."""
        return self._still(self.carried, self.moment) + self._still(self.known, self.now)

    def _still(self, evidence: Evidence, seen: datetime) -> Evidence:
        everybody = self.carried.certificates + self.known.certificates
        with_all = Evidence(everybody, evidence.revocation)
        return still_believable(with_all, Proofs(self.now, (Proof(0, seen),)), self.roots)

    async def _status(self, moment: datetime, revocation: RevocationCheckingPolicy, evidence: Evidence) -> SignatureStatus:
        around = Surroundings(self.roots, evidence, Proofs(self.now))
        return await async_validate_cms_signature(
            cast(cms.SignedData, cms.ContentInfo.load(self.token.der)["content"]),
            status_cls=SignatureStatus,
            validation_context=around.context(moment, revocation, evidence),
            key_usage_settings=_MAY_STAMP,
            algorithm_policy=_ANY_ALGORITHM,
        )


def _revoked(status: SignatureStatus) -> datetime | None:
    return status.revocation_details.revocation_date if status.revocation_details is not None else None
