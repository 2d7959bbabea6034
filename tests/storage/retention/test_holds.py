"""Legal holds: what is held cannot be destroyed, and says so wherever it lies."""

from __future__ import annotations

import json

import pytest
from django.db import transaction

from sohoa.storage.audit.models import AuditEvent
from sohoa.storage.catalogue.retention import Hold
from sohoa.storage.objects.model import AUDIT
from sohoa.storage.packages import ocfl
from sohoa.storage.retention.errors import DestructionBroken, HoldRefused
from sohoa.storage.retention.holds import catch_up, enforce, hold, holding, key_of, release, standing
from sohoa.storage.retention.locking import every_version
from sohoa.storage.retention.terms import term_of
from tests.storage.retention.archived import NOW, dossier, paper

pytestmark = pytest.mark.django_db


def place(store, scope: str, subject: str) -> Hold:
    placed = hold(scope, subject, "đang thanh tra", store, by="nv.lan", now=NOW, retention=None)
    assert not [one.error for one in enforce(store, now=NOW) if one.error]
    return placed


def free(store, placed: Hold) -> Hold:
    freed = release(placed.pk, "kết luận thanh tra", store, by="nv.hoa", now=NOW, retention=None)
    assert not [one.error for one in enforce(store, now=NOW) if one.error]
    return freed


def held_objects(store, package: str) -> set[bool]:
    return {about.legal_hold for about in every_version(store, package)}


@pytest.mark.parametrize("scope", ["record", "dossier", "procedure"])
def test_a_hold_reaches_every_object_and_its_release_lets_all_of_them_go(folder, plan, tmp_path, scope) -> None:
    dossier("D1")
    dossier("D2", "1.other")
    record, other = paper(folder, tmp_path, "D1"), paper(folder, tmp_path, "D2")
    placed = place(folder, scope, {"record": record.pk, "dossier": "D1", "procedure": "1.10y"}[scope])
    assert held_objects(folder, record.package) == {True} and held_objects(folder, other.package) == {False}
    assert holding(term_of(plan, record.package)) == [placed.pk] and not holding(term_of(plan, other.package))
    assert f"holds/{placed.pk}.json" in ocfl.opened(folder, record.package).files
    free(folder, placed)
    assert held_objects(folder, record.package) == {False} and not holding(term_of(plan, record.package))
    assert f"holds/{placed.pk}-released.json" in ocfl.opened(folder, record.package).files
    events = list(AuditEvent.objects.filter(subject=placed.pk).order_by("sequence").values_list("action", "actor"))
    assert events == [("hold.placed", "nv.lan"), ("hold.released", "nv.hoa")]
    assert not AuditEvent.objects.filter(details__contains="thanh tra").exists()


def test_of_two_holds_one_release_lets_nothing_go(folder, tmp_path) -> None:
    dossier("D1")
    record = paper(folder, tmp_path, "D1")
    first, second = place(folder, "dossier", "D1"), place(folder, "procedure", "1.10y")
    free(folder, first)
    assert held_objects(folder, record.package) == {True}
    free(folder, second)
    assert held_objects(folder, record.package) == {False}


def test_what_is_archived_into_a_held_dossier_later_is_held_too(folder, plan, tmp_path) -> None:
    dossier("D1")
    paper(folder, tmp_path, "D1")
    placed = place(folder, "dossier", "D1")
    record = paper(folder, tmp_path, "D1", name="late")
    assert holding(term_of(plan, record.package)) == [placed.pk]
    assert [one.objects > 0 for one in enforce(folder, now=NOW)] == [True]
    assert held_objects(folder, record.package) == {True} and not list(enforce(folder, now=NOW))


@pytest.mark.parametrize(
    ("scope", "subject", "reason"),
    [
        ("unit", "U1", "vì"),
        ("dossier", "D9", "vì"),
        ("record", "a" * 20, "vì"),
        ("dossier", "D1", " "),
        ("procedure", "x" * 61, "vì"),
    ],
)
def test_a_hold_on_nothing_or_without_a_reason_is_refused(folder, tmp_path, scope, subject, reason) -> None:
    dossier("D1")
    paper(folder, tmp_path, "D1")
    with pytest.raises(HoldRefused):
        hold(scope, subject, reason, folder, by="nv.lan", now=NOW, retention=None)
    assert not Hold.objects.exists() and not list(folder.list(AUDIT, "holds/"))


def test_a_release_needs_a_standing_hold_and_a_reason(folder, tmp_path) -> None:
    dossier("D1")
    paper(folder, tmp_path, "D1")
    placed = place(folder, "dossier", "D1")
    for name, reason in ((placed.pk, ""), ("other", "vì")):
        with pytest.raises(HoldRefused):
            release(name, reason, folder, by="nv.hoa", now=NOW, retention=None)
    assert standing().count() == 1
    free(folder, placed)
    with pytest.raises(HoldRefused):
        release(placed.pk, "vì", folder, by="nv.hoa", now=NOW, retention=None)


def test_a_hold_whose_row_never_came_comes_back_from_the_bucket_once(folder, tmp_path) -> None:
    dossier("D1")
    paper(folder, tmp_path, "D1")
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        hold("dossier", "D1", "vì", folder, by="nv.lan", now=NOW, retention=None)
        raise KeyboardInterrupt
    assert not Hold.objects.exists()
    (listed,) = folder.list(AUDIT, "holds/")
    for _ in range(2):
        found = catch_up(folder, listed.key.removeprefix("holds/").removesuffix(".json"))
        assert found is not None and found.subject == "D1"
    assert AuditEvent.objects.filter(action="hold.placed").count() == 1


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"format": "sohoa-hold/1"}', b"\xff", json.dumps({"format": "x"}).encode()])
def test_an_object_that_is_no_hold_is_told_and_not_believed(folder, content) -> None:
    folder.put_new(AUDIT, key_of("20260101-abc"), content, content_type="application/json")
    with pytest.raises(DestructionBroken):
        catch_up(folder, "20260101-abc")
