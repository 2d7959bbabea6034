"""No paper that was tampered with is ever called good, and every honest later change still is."""

from __future__ import annotations

import pytest

from sohoa.kernel.verdicts import Outcome
from sohoa.signing.validation.explain import FINDINGS, explain
from sohoa.signing.validation.validate import validate_pdf
from tests.signing.attacks import ATTACKS, HONEST, Workshop, attacked
from tests.signing.pki import NOW


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("attacks"))


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attacked_paper_is_never_ok_and_the_reason_is_told(workshop: Workshop, name: str):
    report = validate_pdf(attacked(workshop, name), trust=[workshop.root.certificate], now=NOW)
    findings = {finding for one in report.signatures for finding in one.findings}
    assert report.signatures
    assert report.verdict is (Outcome.FAILED if ATTACKS[name].fails else Outcome.UNDETERMINED), findings
    assert findings & ATTACKS[name].reasons, findings
    assert findings <= set(FINDINGS)
    assert len(explain(report)) > len(report.signatures)


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_later_change_leaves_every_signature_ok(workshop: Workshop, name: str):
    report = validate_pdf(HONEST[name](workshop), trust=[workshop.root.certificate], now=NOW)
    assert [(one.field, one.verdict, one.reason) for one in report.signatures] == [
        (one.field, Outcome.OK, "") for one in report.signatures
    ]
    assert report.verdict is Outcome.OK
