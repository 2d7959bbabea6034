from __future__ import annotations

from sohoa.kernel.verdicts import Outcome, Verdict, worst


def test_one_failure_fails_all_and_a_doubt_never_passes_for_a_yes() -> None:
    assert worst([Outcome.OK, Outcome.UNDETERMINED, Outcome.FAILED]) is Outcome.FAILED
    assert worst([Outcome.OK, Outcome.UNDETERMINED]) is Outcome.UNDETERMINED
    assert worst([]) is Outcome.OK
    assert not Verdict(Outcome.UNDETERMINED).ok
