"""One signature, judged: everything found about it, weighed into one verdict."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sohoa.kernel.verdicts import Outcome, Verdict, worst
from sohoa.signing.model import Revocation, Role, SignatureReport
from sohoa.signing.names import role_of
from sohoa.signing.opening import UNREADABLE
from sohoa.signing.validation.coverage import Coverage, coverage_of
from sohoa.signing.validation.crypto import Checked, Surroundings, check, is_weak, proven_time
from sohoa.signing.validation.evidence import Evidence
from sohoa.signing.validation.level import STAMP_ATTRIBUTE, level_of
from sohoa.signing.validation.policy import Policy
from sohoa.signing.validation.reading import Kind, Signature

CLOCKS_DIFFER = timedelta(days=1)  # clocks are wrong by minutes, and some signers write Vietnam's hour as if it were UTC


async def judged(
    signature: Signature, *, later: Sequence[Signature], around: Surroundings, document: Evidence, policy: Policy
) -> SignatureReport:
    """later: signatures of later revisions. document: the file's own evidence (DSS), which the level is told from."""
    stamped_later = any(other.kind is Kind.STAMP for other in later)
    try:
        coverage = coverage_of(signature, signed_again=any(other.kind is not Kind.STAMP for other in later))
        proven = await proven_time(signature, around)
        checked = await check(signature, around, proven or around.now)
        weak = is_weak(signature)
    except UNREADABLE:
        return unreadable(signature.field, known=signature.kind is not Kind.OTHER)
    untrusted_stamp = proven is None and STAMP_ATTRIBUTE in signature.unsigned_attributes
    if signature.kind is Kind.STAMP and checked.chain.ok and checked.integrity.ok:
        proven = signature.claimed_time
    told = proven or signature.claimed_time
    found = [
        *_about_bytes(checked, coverage),
        checked.chain,
        *_doubts(signature, weak, told, around.now),
        checked.revocation_verdict,
        *_about_extent(coverage),
    ]
    if checked.revocation is Revocation.NOT_CHECKED and checked.chain.ok and policy.revocation_always:
        found.append(Verdict(Outcome.UNDETERMINED, "TRY_LATER"))
    verdict = worst(one.outcome for one in found)
    telling = [one for one in found if one.reason]
    telling.sort(key=lambda one: one.outcome is not verdict)  # stable: what decided comes first, in the order of looking
    if untrusted_stamp:
        telling.append(Verdict(Outcome.OK, "TIMESTAMP_NOT_TRUSTED"))  # worth saying, decides nothing: then the time is only claimed
    return SignatureReport(
        field=signature.field,
        signer=signature.signer,
        role=Role.TIMESTAMP if signature.kind is Kind.STAMP else role_of(signature.signer, field=signature.field),
        signing_time=told,
        time_source="timestamp" if proven else "claimed",
        integrity=checked.integrity.outcome,
        chain=checked.chain.outcome,
        revocation=checked.revocation,
        covers_whole_document=coverage.whole,
        modified_after_signing=coverage.modified,
        level=level_of(signature, evidence=document, stamped_later=stamped_later),
        verdict=verdict,
        reason=telling[0].reason if verdict is not Outcome.OK and telling else "",
        findings=tuple(one.reason for one in telling),
    )


def unreadable(field: str, *, known: bool) -> SignatureReport:
    """A filled signature field in which no signature could be read: broken, or (not `known`) of a kind that we do not read."""
    verdict = Verdict(Outcome.FAILED, "FORMAT_FAILURE") if known else Verdict(Outcome.UNDETERMINED, "UNKNOWN_SIGNATURE_FORMAT")
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
