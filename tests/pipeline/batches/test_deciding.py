"""Decided before scanning: what need not be scanned is offered first, what must not be is refused before anything is kept."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sohoa.pipeline.batches import deciding, keeping
from sohoa.pipeline.batches.deciding import decide, decided
from sohoa.pipeline.batches.errors import BatchReasonMissing, ComponentUnknown, DossierUnknown, StateSecretInDossier
from sohoa.pipeline.batches.models import BatchPage
from sohoa.storage.audit.models import AuditEvent
from sohoa.storage.catalogue.records import Filing, Record
from sohoa.storage.catalogue.register import Component, Decision, Dossier, Unit
from tests.pipeline.scanner.conftest import Counter, code_of, page
from tests.pipeline.scanner.conftest import counter as counter
from tests.pipeline.scanner.conftest import feeder as feeder
from tests.pipeline.scanner.conftest import sane as sane
from tests.pipeline.stacks.scanned import DOSSIER, run, sheet_pictures

NOON = datetime(2026, 1, 5, 5, tzinfo=UTC)
HERE, EARLIER = DOSSIER.format(1), DOSSIER.format(2)
pytestmark = pytest.mark.django_db


@pytest.fixture
def register() -> None:
    unit = Unit.objects.create(code="H40.1", name="Xã Mẫu", level="commune")
    for code in (HERE, EARLIER):
        Dossier.objects.create(
            code=code,
            procedure_code="1.0",
            procedure_name="Thử",
            unit=unit,
            channel="direct",
            received_at=NOON,
            yields_result=True,
            owner_identifier="022123451234",
        )
    for ordinal, (kind, decision) in enumerate(
        [("GKS", Decision.REQUIRED_BY_RULE), ("ĐƠN", Decision.REQUIRED_BY_RULE), ("BĐ", Decision.EXCLUDED_STATE_SECRET)], 1
    ):
        Component.objects.create(
            dossier_id=HERE, ordinal=ordinal, document_type=kind, name=f"Thành phần {ordinal}", decision=decision
        )


def test_what_the_owner_has_already_is_offered_and_a_persons_word_comes_before_the_registers(register: None) -> None:
    record = Record.objects.create(
        id="a1b2",
        source_sha256="0" * 64,
        package="p",
        type_code="GKS",
        pages=1,
        confidence=1,
        signed_on_arrival=False,
        archived_at=NOON,
    )
    Filing.objects.create(record=record, dossier_code=EARLIER)
    assert [(one.reuse, one.to_scan) for one in decided(HERE)] == [(("a1b2",), True), ((), True), ((), False)]
    decide(HERE, 1, Decision.REUSE_EXISTING, reason="đã số hóa ở hồ sơ trước", by="nv.lan", now=NOON)
    first = decided(HERE)[0]
    assert (first.decision, first.reason, first.by, first.to_scan) == ("reuse_existing", "đã số hóa ở hồ sơ trước", "nv.lan", False)
    assert AuditEvent.objects.get(action="component.decided").why == "đã số hóa ở hồ sơ trước"


def test_a_decision_needs_a_reason_a_dossier_and_a_component(register: None) -> None:
    for dossier, component, reason, refused in (
        (HERE, 1, " ", BatchReasonMissing),
        ("H40-0", 1, "vì", DossierUnknown),
        (HERE, 9, "vì", ComponentUnknown),
    ):
        with pytest.raises(refused):
            decide(dossier, component, Decision.EXCLUDED_COPY, reason=reason, by="nv.lan", now=NOON)


def test_a_dossier_with_state_secrets_opens_no_batch_until_somebody_says_they_are_taken_out(register: None) -> None:
    with pytest.raises(StateSecretInDossier, match="Component 3"):
        deciding.must_be_without_secrets(HERE, taken_out=False)
    deciding.must_be_without_secrets(HERE, taken_out=True)
    deciding.must_be_without_secrets(EARLIER, taken_out=False)


def test_the_feeder_stops_at_the_sheet_of_a_secret_paper_and_no_page_under_it_is_kept(register: None, counter: Counter) -> None:
    _, second, third = (one.convert("RGB") for one in sheet_pictures(run(1, 3), dpi=100))
    secret = page("BẢN ĐỒ MẬT")
    counter.feeder.load((second, None), (page("ĐƠN ĐỀ NGHỊ"), None), (third, None), (secret, None), (secret, None))
    batch = counter.open()
    stopped = counter.scan(batch)
    assert code_of(stopped.failure) == "pipeline.state_secret_sheet"
    assert [(one.position, one.separator) for one in keeping.current(batch)] == [(1, True), (2, False), (3, True)]
    left = [path for path in counter.shelf.root.rglob("*") if path.is_file() and path.name != "feeding.lock"]
    assert {path.name for path in left} == {one.file_name for one in BatchPage.objects.filter(batch=batch)}
