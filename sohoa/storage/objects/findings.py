"""What the acceptance test of a store found, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sohoa.kernel.verdicts import Outcome, Verdict
from sohoa.storage.objects.model import RECORDS

Who = Literal["daily", "admin", "anyone", "store"]
Weight = Literal["versions", "safety", "lock", "note"]
Conclusion = Literal["WORM", "versions only", "unproven", "unfit"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One try. code: stable. who: with whose keys. verdict: ok when the store did as a WORM store must.

    weight: what it decides. versions, safety: without it the store is unfit. lock: without it the store is not WORM. note: told only.
    verdict.reason: `refused`, `intact`, `kept`; `succeeded` (it did what it must not), `altered` (the locked version is not what it
    was), `not_refused`, `missing`; `not_tried` with the why in the evidence. verdict.evidence: `status` and `code` of the answer.
    """

    code: str
    who: Who
    weight: Weight
    verdict: Verdict
    bucket: str = RECORDS

    def as_dict(self) -> dict[str, object]:
        return {
            "code": self.code,
            "who": self.who,
            "bucket": self.bucket,
            "weight": self.weight,
            "outcome": str(self.verdict.outcome),
            "reason": self.verdict.reason,
            "evidence": self.verdict.evidence,
        }


@dataclass(frozen=True, slots=True)
class Acceptance:
    """All findings and what follows from them.

    WORM: nothing that must not work worked, proven by a key that may delete what is not locked. versions only: older versions stay,
    but a lock can be got round. unproven: nothing worked, but no key was given that could have shown it. unfit: sohoa must not
    use this store. locked_for: seconds until what the tries left may be swept away.
    """

    findings: tuple[Finding, ...]
    conclusion: Conclusion
    locked_for: int = 0

    @property
    def worm(self) -> bool:
        return self.conclusion == "WORM"

    @property
    def against(self) -> tuple[Finding, ...]:
        """The findings that forbid a better conclusion."""
        return tuple(one for one in self.findings if one.verdict.outcome is Outcome.FAILED and one.weight != "note")


def conclude(findings: list[Finding]) -> Conclusion:
    """What follows from findings, of one bucket or of several."""
    failed = {one.weight for one in findings if one.verdict.outcome is Outcome.FAILED}
    if failed & {"versions", "safety"} or not any(one.weight == "versions" for one in findings):
        return "unfit"
    if "lock" in failed:
        return "versions only"
    buckets = {one.bucket for one in findings}
    controls = {(one.bucket, one.who) for one in findings if one.code == "control" and one.verdict.ok}
    proven = {one.bucket for one in findings if one.code == "delete_version" and (one.bucket, one.who) in controls}
    doubtful = any(one.weight == "lock" and one.verdict.outcome is Outcome.UNDETERMINED for one in findings)
    return "WORM" if proven == buckets and not doubtful else "unproven"


def worm_refused(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings for which a lock must not be promised on this store: something succeeded that must not.

    Empty for a store that held, and for one where nothing could be shown either way.
    """
    return tuple(one for one in findings if one.verdict.outcome is Outcome.FAILED and one.weight != "note")
