"""What a look at the archive comes to; the shape of `sohoa verify --json`."""

from __future__ import annotations

from dataclasses import dataclass, field

from sohoa.kernel.verdicts import Outcome
from sohoa.pipeline.signing.evidence import Coverage
from sohoa.storage.fixity.choice import Choice
from sohoa.storage.fixity.ledger import Result
from sohoa.storage.fixity.model import ALGORITHMS, Finding


@dataclass(slots=True)
class Report:
    """failures: of records the first thing found wrong (and their evidence), of packages and keys everything.

    checked, ok, failed, undetermined count records; packages counts packages alike. bytes: read from the store.
    """

    checked: int = 0
    ok: int = 0
    failed: int = 0
    undetermined: int = 0
    failures: list[Finding] = field(default_factory=list[Finding])
    evidence: Coverage = field(default_factory=Coverage)
    packages: dict[str, int] = field(default_factory=lambda: {"checked": 0, **{str(one): 0 for one in Outcome}})
    bytes: int = 0
    seconds: float = 0.0
    choice: Choice = field(default_factory=Choice)
    resumed: bool = False

    @property
    def all_ok(self) -> bool:
        return not self.failures and self.ok == self.checked

    def take(self, result: Result) -> None:
        for outcome, count in result.counts.items():
            setattr(self, outcome, getattr(self, outcome) + count)
            self.checked += count
        self.packages["checked"] += 1
        self.packages[result.outcome] += 1
        self.failures += result.findings
        self.bytes += result.bytes
        for record, left in result.evidence.items():
            if left is None:
                self.evidence.none += 1
            elif left:
                self.evidence.partly[record] = left
            else:
                self.evidence.whole += 1

    def as_dict(self) -> dict[str, object]:
        failures = [{"id": f.id, "what": f.what, "reason": f.reason, "outcome": str(f.outcome)} for f in self.failures]
        return {
            "checked": self.checked,
            "ok": self.ok,
            "failed": self.failed,
            "undetermined": self.undetermined,
            "failures": failures,
            "evidence": self.evidence.as_dict(),
            "packages": self.packages,
            "bytes": self.bytes,
            "seconds": round(self.seconds, 3),
            "algorithms": list(ALGORITHMS),
            "choice": self.choice.as_dict(),
            "resumed": self.resumed,
        }
