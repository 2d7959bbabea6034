"""What cryptography says about one signature: bytes, chain, time, revocation. Every answer is a value; nothing is fetched."""
# asn1crypto carries no types and half of pyHanko none; what leaves this module has them.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportIndexIssue=false, reportCallIssue=false

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from asn1crypto import algos, cms, core, x509
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import async_validate_cms_signature
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
from sohoa.signing.validation.der import must_be_der
from sohoa.signing.validation.evidence import Evidence
from sohoa.signing.validation.level import STAMP_ATTRIBUTE
from sohoa.signing.validation.proofs import Proofs, bad_news, still_believable, within_certificates
from sohoa.signing.validation.reading import Kind, Signature

# Government certificates assert one, the other, or both; pyHanko alone would insist on non-repudiation.
_MAY_SIGN = KeyUsageConstraints(key_usage={"non_repudiation", "digital_signature"})
_MAY_STAMP = TimestampSignatureStatus.default_usage_constraints()
# Weak algorithms are a finding of their own, so that the bytes and the chain behind a SHA-1 signature are still looked at.
_ANY_ALGORITHM = CMSAlgorithmUsagePolicy.lift_policy(AcceptAllAlgorithms())
CLOCKS_DIFFER = timedelta(days=1)  # clocks are wrong by minutes, and some signers write Vietnam's hour as if it were UTC
_IF_ANNOUNCED, _IF_AT_HAND = LEGACY_POLICY_MAP["hard-fail"], LEGACY_POLICY_MAP["soft-fail"]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Against what a signature is judged: trusted roots, the evidence found for it, and what is proven to have existed when."""

    roots: tuple[x509.Certificate, ...]
    evidence: Evidence
    proofs: Proofs

    def context(self, moment: datetime, revocation: RevocationCheckingPolicy, evidence: Evidence) -> ValidationContext:
        # A list that came out after the moment is the better witness about it, so it may speak about the past.
        trust = CertRevTrustPolicy(revocation, retroactive_revinfo=moment < self.proofs.now)
        return ValidationContext(
            trust_roots=list(self.roots),  # never None: pyHanko would believe the operating system's list
            other_certs=list(self.evidence.certificates),
            moment=moment,
            crls=evidence.crls,
            ocsps=evidence.ocsps,
            revinfo_policy=trust,
            allow_fetching=False,
        )


@dataclass(frozen=True, slots=True)
class When:
    """As of when a signature is judged, all aware.

    chain: the certificates must have been valid then: the proven time, or now when none is proven. good: they must not have been
    revoked by then: the same, but for a timestamp the time it tells, about which the data in the file was gathered. proven: whether
    something else than the signature itself says that it existed at `chain`.
    """

    chain: datetime
    good: datetime
    proven: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """integrity, chain: verdicts with ETSI sub-indications. revocation with its verdict, whose reason is "" when there is none."""

    integrity: Verdict
    chain: Verdict
    revocation: Revocation
    revocation_verdict: Verdict

    @property
    def holds(self) -> bool:
        """Bytes and chain are good and nothing says that a certificate was revoked: what is asked of a timestamp to prove a time."""
        known_bad = self.revocation_verdict.reason in ("REVOKED", "REVOKED_NO_POE")
        return self.integrity.ok and self.chain.ok and not known_bad


@dataclass(frozen=True, slots=True)
class _Asked:
    """A CMS signature as pyHanko checks it. digest: of what is signed outside of it; None when it carries that itself."""

    signed_data: cms.SignedData
    digest: bytes | None
    usage: KeyUsageConstraints

    async def status(self, context: ValidationContext) -> SignatureStatus:
        return await async_validate_cms_signature(
            self.signed_data,
            status_cls=SignatureStatus,
            raw_digest=self.digest,
            validation_context=context,
            key_usage_settings=self.usage,
            algorithm_policy=_ANY_ALGORITHM,
        )


@dataclass(frozen=True, slots=True)
class Stamped:
    """The timestamps inside a signature. time: the earliest that is trusted. untrusted: there is one whose word does not count.
    foreign: there is one that was made for something else, which no honest program puts here."""

    time: datetime | None = None
    untrusted: bool = False
    foreign: bool = False


async def stamped(signature: Signature, around: Surroundings) -> Stamped:
    """Each is judged at the time that a document timestamp proves for it, so one whose certificate has ended since may still hold."""
    times: list[datetime] = []
    untrusted = foreign = False
    for token in _tokens(signature):
        try:
            signed_data = cast(cms.SignedData, token["content"])
            if not _is_about(signed_data, bytes(signature.inner.signer_info["signature"])):
                foreign = True
            elif (time := await _time_of(signed_data, signature, around)) is not None:
                times.append(time)
            else:
                untrusted = True
        except (SignatureValidationError, *UNREADABLE):
            foreign = True
    return Stamped(min(times, default=None), untrusted, foreign)


def _tokens(signature: Signature) -> list[cms.ContentInfo]:
    if STAMP_ATTRIBUTE not in signature.unsigned_attributes:
        return []
    attributes = signature.inner.signer_info["unsigned_attrs"]
    return [token for one in attributes if one["type"].native == STAMP_ATTRIBUTE for token in one["values"]]


def _is_about(token: cms.SignedData, signature: bytes) -> bool:
    imprint = token["encap_content_info"]["content"].parsed["message_imprint"]
    return imprint["hashed_message"].native == hashlib.new(imprint["hash_algorithm"]["algorithm"].native, signature).digest()


def _hashes_of(token: cms.SignedData) -> set[str]:
    imprint = token["encap_content_info"]["content"].parsed["message_imprint"]
    return {
        imprint["hash_algorithm"]["algorithm"].native,
        *(one["digest_algorithm"]["algorithm"].native for one in token["signer_infos"]),
    }


async def _time_of(token: cms.SignedData, signature: Signature, around: Surroundings) -> datetime | None:
    time = cast(datetime, token["encap_content_info"]["content"].parsed["gen_time"].native)
    proven = around.proofs.signature(signature.revision)
    when = When(proven or around.proofs.now, time, proven is not None)
    if time > when.chain + CLOCKS_DIFFER or _hashes_of(token) & DEFAULT_WEAK_HASH_ALGOS:
        return None
    checked = await _checked(_Asked(token, None, _MAY_STAMP), around, when, claimed=time)
    return time if checked.holds else None


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


async def check(signature: Signature, around: Surroundings, when: When) -> Checked:
    """Bytes, chain and revocation, the latter two as of `when`."""
    if signature.kind is Kind.OTHER:
        return _unfounded(Verdict(Outcome.UNDETERMINED, "UNKNOWN_SIGNATURE_FORMAT"))
    encapsulated = signature.kind in (Kind.CMS_SHA1, Kind.STAMP)
    try:
        asked = _Asked(
            signature.inner.signed_data,
            None if encapsulated else signature.inner.compute_digest(),
            _MAY_STAMP if signature.kind is Kind.STAMP else _MAY_SIGN,
        )
        if not _well_formed(signature):
            return _unfounded(Verdict(Outcome.FAILED, "FORMAT_FAILURE"))
        if not _holds_the_file(signature):
            return _unfounded(Verdict(Outcome.FAILED, "HASH_FAILURE"))
        return await _checked(asked, around, when, claimed=signature.claimed_time)
    except SignatureValidationError as refused:
        return _unfounded(_refusal(refused))
    except UNREADABLE:
        return _unfounded(Verdict(Outcome.FAILED, "FORMAT_FAILURE"))


def _unfounded(integrity: Verdict) -> Checked:
    """Where the bytes are not settled there is no use in asking whose certificate it is."""
    nothing = Verdict(Outcome.UNDETERMINED)
    return Checked(integrity, nothing, Revocation.UNDETERMINED, nothing)


async def _checked(asked: _Asked, around: Surroundings, when: When, *, claimed: datetime | None) -> Checked:
    status = await asked.status(around.context(when.chain, NO_REVOCATION, Evidence()))
    if not status.intact:
        return _unfounded(Verdict(Outcome.FAILED, "HASH_FAILURE"))
    if not status.valid:
        return _unfounded(Verdict(Outcome.FAILED, "SIG_CRYPTO_FAILURE"))
    integrity = Verdict(Outcome.OK)
    if status.trust_problem_indic is not None or status.validation_path is None:
        problem = status.trust_problem_indic
        chain = Verdict(Outcome.UNDETERMINED, problem.standard_name if problem else "NO_CERTIFICATE_CHAIN_FOUND")
        return Checked(integrity, chain, Revocation.UNDETERMINED, Verdict(Outcome.UNDETERMINED))
    below_root = list(status.validation_path.iter_certs(include_root=False))
    revocation, verdict = await _revocation(asked, below_root, around, when, claimed)
    return Checked(integrity, Verdict(Outcome.OK), revocation, verdict)


def _refusal(refused: SignatureValidationError) -> Verdict:
    reason = refused.ades_subindication.standard_name
    return Verdict(Outcome.FAILED if reason in ("FORMAT_FAILURE", "HASH_FAILURE") else Outcome.UNDETERMINED, reason)


def _well_formed(signature: Signature) -> bool:
    """One signer, and signed attributes in DER: what readers of other makes take from the same bytes is then the same."""
    signed_data = signature.inner.signed_data
    if len(signed_data["signer_infos"]) != 1:
        return False
    attributes = signature.inner.signer_info["signed_attrs"]
    if attributes:
        must_be_der(attributes.untag().dump())
    return True


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
    asked: _Asked, below_root: list[x509.Certificate], around: Surroundings, when: When, claimed: datetime | None
) -> tuple[Revocation, Verdict]:
    announced = any(one.ocsp_urls or one.crl_distribution_points for one in below_root)
    if not around.evidence.revocation:
        if announced:
            return Revocation.UNDETERMINED, Verdict(Outcome.UNDETERMINED, "TRY_LATER")
        return Revocation.NOT_CHECKED, Verdict(Outcome.OK)
    believed = still_believable(around.evidence, around.proofs, (*around.roots, *below_root))
    evidence = within_certificates(believed, below_root)
    try:
        found = await asked.status(around.context(when.good, _IF_ANNOUNCED if announced else REQUIRE_REVINFO, evidence))
        if found.revocation_details is None:
            # One good answer is enough for pyHanko; what says otherwise is then heard alone.
            for bad in bad_news(evidence, below_root):
                heard = await asked.status(around.context(when.good, _IF_AT_HAND, bad))
                found = heard if heard.revocation_details is not None else found
        since = await asked.status(around.context(when.chain, _IF_AT_HAND, evidence)) if when.good != when.chain else found
    except (SignatureValidationError, *UNREADABLE):
        return Revocation.UNDETERMINED, Verdict(Outcome.UNDETERMINED, "TRY_LATER")
    if found.revocation_details is not None:
        proven = when.proven or (claimed is not None and claimed >= found.revocation_details.revocation_date)
        return Revocation.FAILED, Verdict(Outcome.FAILED, "REVOKED") if proven else Verdict(Outcome.UNDETERMINED, "REVOKED_NO_POE")
    if since.revocation_details is not None:
        # Good when it says it was made, revoked before anybody else saw it: its word about the time is worth nothing any more.
        return Revocation.FAILED, Verdict(Outcome.UNDETERMINED, "REVOKED_NO_POE")
    if found.trust_problem_indic is not None:
        # The chain itself holds, so what is missing is an answer about revocation, by whatever name pyHanko calls that.
        told = found.trust_problem_indic.standard_name
        return Revocation.UNDETERMINED, Verdict(Outcome.UNDETERMINED, told if told == "NO_POE" else "TRY_LATER")
    return Revocation.OK, Verdict(Outcome.OK)
