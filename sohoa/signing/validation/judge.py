"""One signature, judged: everything found about it, weighed into one verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sohoa.kernel.verdicts import Outcome, Verdict, worst
from sohoa.signing.model import Revocation, Role, SignatureReport
from sohoa.signing.names import role_of
from sohoa.signing.opening import UNREADABLE
from sohoa.signing.validation.coverage import Coverage, coverage_of
from sohoa.signing.validation.crypto import CLOCKS_DIFFER, Checked, Stamped, Surroundings, When, check, is_weak, stamped
from sohoa.signing.validation.evidence import Evidence
from sohoa.signing.validation.level import level_of, names_certificate
from sohoa.signing.validation.policy import Policy
from sohoa.signing.validation.reading import Kind, Signature


@dataclass(frozen=True, slots=True)
class Judged:
    """proves: the time that a document timestamp proves for everything before it; None where it proves nothing."""

    report: SignatureReport
    proves: datetime | None = None


async def judged(
    signature: Signature, *, others: Sequence[Signature], around: Surroundings, document: Evidence, policy: Policy
) -> Judged:
    """others: the other signatures of the file. document: the file's own evidence (DSS), which the level is told from.

    Its document timestamps that come later must have been judged before: what they prove stands in `around`.
    """
    later = [other for other in others if other.revision > signature.revision]
    try:
        coverage = coverage_of(signature, later=later)
        own = await stamped(signature, around)
        checked = await check(signature, around, _when(signature, own, around))
        weak = is_weak(signature)
    except UNREADABLE:
        return Judged(unreadable(signature.field, known=signature.kind is not Kind.OTHER))
    is_stamp = signature.kind is Kind.STAMP
    proves = signature.claimed_time if is_stamp and checked.holds and coverage.clear and not weak else None
    out_of_order = is_stamp and _out_of_order(signature, around)
    proven = own.time or proves
    told = proven or signature.claimed_time
    found = [
        *_about_bytes(checked, coverage),
        *_about_form(signature, others, own),
        checked.chain,
        *([Verdict(Outcome.UNDETERMINED, "TIMESTAMP_ORDER_FAILURE")] if out_of_order else []),
        *_doubts(signature, weak, told, around.proofs.now),
        checked.revocation_verdict,
        *_about_extent(coverage),
    ]
    if checked.revocation is Revocation.NOT_CHECKED and checked.chain.ok and policy.revocation_always:
        found.append(Verdict(Outcome.UNDETERMINED, "TRY_LATER"))
    verdict = worst(one.outcome for one in found)
    telling = [one for one in found if one.reason]
    telling.sort(key=lambda one: one.outcome is not verdict)  # stable: what decided comes first, in the order of looking
    remarks = [*(["TIMESTAMP_NOT_TRUSTED"] if own.untrusted else []), *coverage.added]
    report = SignatureReport(
        field=signature.field,
        signer=signature.signer,
        role=Role.TIMESTAMP if is_stamp else role_of(signature.signer, field=signature.field),
        signing_time=told,
        time_source="timestamp" if proven else "claimed",
        integrity=checked.integrity.outcome,
        chain=checked.chain.outcome,
        revocation=checked.revocation,
        covers_whole_document=coverage.whole,
        modified_after_signing=coverage.modified,
        level=level_of(signature, evidence=document, stamped_later=any(other.kind is Kind.STAMP for other in later)),
        verdict=verdict,
        reason=telling[0].reason if verdict is not Outcome.OK and telling else "",
        findings=tuple(dict.fromkeys([*(one.reason for one in telling), *remarks])),  # remarks are worth saying and decide nothing
    )
    return Judged(report, None if out_of_order else proves)


def _when(signature: Signature, own: Stamped, around: Surroundings) -> When:
    proven, now = around.proofs.signature(signature.revision), around.proofs.now
    if signature.kind is Kind.STAMP:
        # Revocation data in a file is gathered when the stamp is made; what is known of later times is looked at as well.
        return When(proven or now, min(signature.claimed_time or now, proven or now), proven is not None)
    earliest = min((time for time in (own.time, proven) if time is not None), default=None)
    return When(earliest or now, earliest or now, earliest is not None)


def _out_of_order(signature: Signature, around: Surroundings) -> bool:
    """A stamp that tells a later time than one made after it."""
    proven = around.proofs.signature(signature.revision)
    return proven is not None and signature.claimed_time is not None and signature.claimed_time > proven + CLOCKS_DIFFER


def unreadable(field: str, *, known: bool) -> SignatureReport:
    """A filled signature field in which no signature could be read: broken, or (not `known`) of a kind that we do not read."""
    return _without_facts(
        field, Verdict(Outcome.FAILED, "FORMAT_FAILURE") if known else Verdict(Outcome.UNDETERMINED, "UNKNOWN_SIGNATURE_FORMAT")
    )


def unsettled(field: str, reason: str) -> SignatureReport:
    """A signature, or a whole file (`field` is ""), about which nothing could be found out."""
    return _without_facts(field, Verdict(Outcome.UNDETERMINED, reason))


def _without_facts(field: str, verdict: Verdict) -> SignatureReport:
    return SignatureReport(
        field=field,
        signer="",
        role=Role.UNKNOWN,
        signing_time=None,
        time_source="claimed",
        integrity=verdict.outcome,
        chain=Outcome.UNDETERMINED,
        revocation=Revocation.UNDETERMINED,
        covers_whole_document=False,
        modified_after_signing=False,
        level="unknown",
        verdict=verdict.outcome,
        reason=verdict.reason,
        findings=(verdict.reason,),
    )


def _about_bytes(checked: Checked, coverage: Coverage) -> list[Verdict]:
    found = [checked.integrity]
    if not coverage.clear:
        found.append(Verdict(Outcome.FAILED, "COVERAGE_UNCLEAR"))
    if coverage.modified:
        found.append(Verdict(Outcome.FAILED, "MODIFIED_AFTER_SIGNING"))
    return found


def _about_form(signature: Signature, others: Sequence[Signature], own: Stamped) -> list[Verdict]:
    found: list[Verdict] = []
    if any(other.byte_range == signature.byte_range for other in others):
        found.append(Verdict(Outcome.FAILED, "SIGNATURE_SHARED"))
    if signature.kind in (Kind.PADES, Kind.PBAD) and not names_certificate(signature):
        # Without it, any certificate for the same key could be put in the place of the signer's.
        found.append(Verdict(Outcome.UNDETERMINED, "SIG_CONSTRAINTS_FAILURE"))
    if signature.spare.strip(b"\x00"):
        found.append(Verdict(Outcome.UNDETERMINED, "UNSIGNED_BYTES_IN_VALUE"))
    if own.foreign:
        found.append(Verdict(Outcome.UNDETERMINED, "TIMESTAMP_OF_SOMETHING_ELSE"))
    return found


def _about_extent(coverage: Coverage) -> list[Verdict]:
    return [Verdict(Outcome.UNDETERMINED, "UNSIGNED_BYTES_AT_END")] if coverage.loose_bytes else []


def _doubts(signature: Signature, weak: bool, told: datetime | None, now: datetime) -> list[Verdict]:
    found = [Verdict(Outcome.UNDETERMINED, "CRYPTO_CONSTRAINTS_FAILURE")] if weak else []
    if told is None or signature.validity is None:
        return found
    start, end = signature.validity
    if told > now + CLOCKS_DIFFER:
        found.append(Verdict(Outcome.UNDETERMINED, "SIGNING_TIME_IN_FUTURE"))
    elif not start - CLOCKS_DIFFER <= told <= end + CLOCKS_DIFFER:
        found.append(Verdict(Outcome.UNDETERMINED, "SIGNING_TIME_OUTSIDE_CERTIFICATE"))
    return found
