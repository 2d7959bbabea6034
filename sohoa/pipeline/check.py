"""One thing that was looked at: whether it is as it must be, and how to mend it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.kernel.verdicts import Outcome


@dataclass(frozen=True, slots=True)
class Check:
    """what, found, remedy: Vietnamese. undetermined: work can go on, but somebody should know. exit_code: counts for a failed one."""

    what: str
    outcome: Outcome
    found: str
    remedy: str = ""
    exit_code: int = Exit.NEEDS_A_PERSON

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def failed(what: str, error: SohoaError) -> Check:
    told = error.as_dict()
    return Check(what, Outcome.FAILED, told["vi"], told["remedy"], error.exit_code)


def looked_at(what: str, look: Callable[[], str]) -> Check:
    """look: gives what was found, or raises why it is not as it must be."""
    try:
        return Check(what, Outcome.OK, look())
    except SohoaError as error:
        return failed(what, error)
