"""What cryptography says about one signature: bytes, chain, time, revocation. Every answer is a value; nothing is fetched."""
# asn1crypto carries no types and half of pyHanko none; what leaves this module has them.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportIndexIssue=false, reportCallIssue=false

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from asn1crypto import algos, core, x509
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import async_validate_cms_signature, collect_timing_info
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureStatus, TimestampSignatureStatus
from pyhanko.sign.validation.utils import CMSAlgorithmUsagePolicy
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.policy_decl import (
    DEFAULT_WEAK_HASH_ALGOS,
    LEGACY_POLICY_MAP,
    NO_REVOCATION,
    REQUIRE_REVINFO,
    AcceptAllAlgorithms,
    CertRevTrustPolicy,
    DisallowWeakAlgorithmsPolicy,
    RevocationCheckingPolicy,
)

from sohoa.kernel.verdicts import Outcome, Verdict
from sohoa.signing.model import Revocation
from sohoa.signing.opening import UNREADABLE
from sohoa.signing.validation.evidence import Evidence
from sohoa.signing.validation.level import STAMP_ATTRIBUTE
from sohoa.signing.validation.reading import Kind, Signature

# Government certificates assert one, the other, or both; pyHanko alone would insist on non-repudiation.
_MAY_SIGN = KeyUsageConstraints(key_usage={"non_repudiation", "digital_signature"})
_MAY_STAMP = TimestampSignatureStatus.default_usage_constraints()
# Weak algorithms are a finding of their own, so that the bytes and the chain behind a SHA-1 signature are still looked at.
_ANY_ALGORITHM = CMSAlgorithmUsagePolicy.lift_policy(AcceptAllAlgorithms())
_IF_ANNOUNCED, _IF_AT_HAND = LEGACY_POLICY_MAP["hard-fail"], LEGACY_POLICY_MAP["soft-fail"]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Against what a signature is judged: trusted roots, the moment of judging, and the evidence found for it."""

    roots: tuple[x509.Certificate, ...]
    now: datetime
    evidence: Evidence

    def context(self, moment: datetime, revocation: RevocationCheckingPolicy) -> ValidationContext:
        # A list that came out after the moment is the better witness about it, so it may speak about the past.
        trust = CertRevTrustPolicy(revocation, retroactive_revinfo=moment < self.now)
        return ValidationContext(
            trust_roots=list(self.roots),  # never None: pyHanko would believe the operating system's list
            other_certs=list(self.evidence.certificates),
            moment=moment,
            crls=list(self.evidence.crls),
            ocsps=list(self.evidence.ocsps),
            revinfo_policy=trust,
            allow_fetching=False,
        )


@dataclass(frozen=True, slots=True)
class Checked:
    """integrity, chain: verdicts with ETSI sub-indications. revocation with its verdict, whose reason is "" when there is none."""

    integrity: Verdict
    chain: Verdict
    revocation: Revocation
    revocation_verdict: Verdict


async def proven_time(signature: Signature, around: Surroundings) -> datetime | None:
    """The time in the signature's timestamp, when its authority chains to a trusted root and the token is about this signature."""
    if STAMP_ATTRIBUTE not in signature.unsigned_attributes:
        return None
    try:
        found = await collect_timing_info(
            signature.inner.signer_info, around.context(around.now, _IF_AT_HAND), raw_digest=signature.inner.compute_digest
        )
    except UNREADABLE:
        return None
    stamp = cast(TimestampSignatureStatus | None, found.get("timestamp_validity"))
    return stamp.timestamp if stamp is not None and stamp.trusted else None


def is_weak(signature: Signature) -> bool:
    """Whether a hash or key is used that ETSI TS 119 312 no longer accepts (SHA-1, MD5, RSA below 2048 bits)."""
    if signature.hashes & DEFAULT_WEAK_HASH_ALGOS:
        return True
    try:
        key = signature.inner.signer_cert.public_key
    except SignatureValidationError:
        return False  # without a certificate there is no key to be weak
    mechanism = cast(algos.SignedDigestAlgorithm, signature.inner.signer_info["signature_algorithm"])
    return not DisallowWeakAlgorithmsPolicy().signature_algorithm_allowed(mechanism, None, key)


async def check(signature: Signature, around: Surroundings, at: datetime) -> Checked:
    """Bytes, chain and revocation, the latter two as of `at`: the proven time, or now when none is proven."""
    nothing = Verdict(Outcome.UNDETERMINED)
    if signature.kind is Kind.OTHER:
        unknown = Verdict(Outcome.UNDETERMINED, "UNKNOWN_SIGNATURE_FORMAT")
        return Checked(unknown, nothing, Revocation.UNDETERMINED, nothing)
    try:
        status = await _status(signature, around.context(at, NO_REVOCATION))
    except SignatureValidationError as refused:
        return Checked(_refusal(refused), nothing, Revocation.UNDETERMINED, nothing)
    except UNREADABLE:
        return Checked(Verdict(Outcome.FAILED, "FORMAT_FAILURE"), nothing, Revocation.UNDETERMINED, nothing)
    integrity = _integrity(signature, status)
    if not status.valid:
        return Checked(integrity, nothing, Revocation.UNDETERMINED, nothing)
    if status.trust_problem_indic is not None or status.validation_path is None:
        problem = status.trust_problem_indic
        chain = Verdict(Outcome.UNDETERMINED, problem.standard_name if problem else "NO_CERTIFICATE_CHAIN_FOUND")
        return Checked(integrity, chain, Revocation.UNDETERMINED, nothing)
    revocation, verdict = await _revocation(signature, status, around, at)
    return Checked(integrity, Verdict(Outcome.OK), revocation, verdict)


async def _status(signature: Signature, context: ValidationContext) -> SignatureStatus:
    encapsulated = signature.kind in (Kind.CMS_SHA1, Kind.STAMP)
    return await async_validate_cms_signature(
        signature.inner.signed_data,
        status_cls=SignatureStatus,
        raw_digest=None if encapsulated else signature.inner.compute_digest(),
        validation_context=context,
        key_usage_settings=_MAY_STAMP if signature.kind is Kind.STAMP else _MAY_SIGN,
        algorithm_policy=_ANY_ALGORITHM,
    )


def _refusal(refused: SignatureValidationError) -> Verdict:
    reason = refused.ades_subindication.standard_name
    return Verdict(Outcome.FAILED if reason in ("FORMAT_FAILURE", "HASH_FAILURE") else Outcome.UNDETERMINED, reason)


def _integrity(signature: Signature, status: SignatureStatus) -> Verdict:
    if not status.intact or not _holds_the_file(signature):
        return Verdict(Outcome.FAILED, "HASH_FAILURE")
    return Verdict(Outcome.OK) if status.valid else Verdict(Outcome.FAILED, "SIG_CRYPTO_FAILURE")


def _holds_the_file(signature: Signature) -> bool:
    """The kinds that sign something of their own must hold the hash of the file in it."""
    content = signature.inner.signed_data["encap_content_info"]["content"]
    if signature.kind is Kind.CMS_SHA1:
        return content.native == signature.inner.compute_digest("sha1")
    if signature.kind is Kind.STAMP:
        imprint = content.parsed["message_imprint"]
        return imprint["hashed_message"].native == signature.inner.compute_digest(imprint["hash_algorithm"]["algorithm"].native)
    return content is core.VOID or content.native is None


async def _revocation(
    signature: Signature, status: SignatureStatus, around: Surroundings, at: datetime
) -> tuple[Revocation, Verdict]:
    path = status.validation_path
    below_root = list(path.iter_certs(include_root=False)) if path else []
    announced = any(one.ocsp_urls or one.crl_distribution_points for one in below_root)
    if not around.evidence.about_revocation:
        if announced:
            return Revocation.UNDETERMINED, Verdict(Outcome.UNDETERMINED, "TRY_LATER")
        return Revocation.NOT_CHECKED, Verdict(Outcome.OK)
    try:
        asked = await _status(signature, around.context(at, _IF_ANNOUNCED if announced else REQUIRE_REVINFO))
    except UNREADABLE:
        return Revocation.UNDETERMINED, Verdict(Outcome.UNDETERMINED, "TRY_LATER")
    if asked.revocation_details is not None:
        claimed = signature.claimed_time
        proven = at != around.now or (claimed is not None and claimed >= asked.revocation_details.revocation_date)
        return Revocation.FAILED, Verdict(Outcome.FAILED, "REVOKED") if proven else Verdict(Outcome.UNDETERMINED, "REVOKED_NO_POE")
    if asked.trust_problem_indic is not None:
        return Revocation.UNDETERMINED, Verdict(Outcome.UNDETERMINED, asked.trust_problem_indic.standard_name)
    return Revocation.OK, Verdict(Outcome.OK)
