from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sohoa.storage.audit import chain
from sohoa.storage.audit.models import AuditEvent

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 1, 5, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def five_events() -> None:
    for number in range(5):
        chain.append("record.archived", f"{number:020}", now=NOON, details={"số": number}, actor="thử")


def test_an_untouched_chain_holds() -> None:
    assert list(chain.breaks()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "ai đó"},
        {"action": "record.read"},
        {"subject": "x"},
        {"details": "{}"},
        {"at": datetime(2026, 1, 5, 6, tzinfo=UTC)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_event_is_found_at_its_place(change: dict[str, object]) -> None:
    AuditEvent.objects.filter(sequence=3).update(**change)
    assert [(broken.sequence, broken.reason) for broken in chain.breaks()] == [(3, "content_differs")]


def test_a_removed_event_leaves_a_gap() -> None:
    AuditEvent.objects.filter(sequence=2).delete()
    assert ("sequence_gap" in {broken.reason for broken in chain.breaks()}) and (
        "previous_differs" in {b.reason for b in chain.breaks()}
    )


def test_an_event_rewritten_with_a_fitting_hash_breaks_the_next_one() -> None:
    event = AuditEvent.objects.get(sequence=3)
    event.actor = "ai đó"
    event.hash = chain._hash_of(event)
    event.save()
    assert [(broken.sequence, broken.reason) for broken in chain.breaks()] == [(4, "previous_differs")]
