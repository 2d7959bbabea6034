"""Destruction by two persons: whole packages, only what was approved, and nothing left but what a tombstone tells."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sohoa.kernel.clock import now
from sohoa.storage.audit import chain
from sohoa.storage.audit.models import AuditEvent
from sohoa.storage.catalogue.fields import FieldRevision
from sohoa.storage.catalogue.packages import KnownPackage
from sohoa.storage.catalogue.records import Filing, PageText, Record, StoredFile
from sohoa.storage.catalogue.retention import DestroyedRecord, Destruction, Hold, ResultState, Tombstone
from sohoa.storage.indicators.count import count
from sohoa.storage.indicators.period import period_of
from sohoa.storage.objects.errors import ObjectLockRefused, StoreRefused
from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.objects.model import AUDIT, RECORDS, Retention
from sohoa.storage.packages.layout import root_of
from sohoa.storage.retention import holds, states, tombstones
from sohoa.storage.retention.carrying_out import carry_out
from sohoa.storage.retention.destruction import approve, examine, key_of, propose
from sohoa.storage.retention.errors import (
    DestructionBroken,
    DestructionRefused,
    ListChanged,
    NothingToDestroy,
    RecordDestroyed,
    SamePerson,
)
from sohoa.storage.retention.restore import destroyed, half_erased, restore
from sohoa.storage.search.index import search
from tests.made import put_beside
from tests.storage.retention.archived import NOW, SCANNED, WORDS, For, dossier, paper

pytestmark = pytest.mark.django_db
PERSONAL = ("Nguyễn Văn Mẫu", WORDS)


def proposed(store, plan, *packages: str, **more: Any) -> Destruction:
    found = examine(plan, store, packages, now=NOW)
    told = {"reason": "hết thời hạn lưu", "basis": "Biên bản 05/BB", "by": "nv.lan", "now": NOW, "retention": None}
    return propose(found, store, **{**told, **more})


def approved(store, plan, made: Destruction) -> Destruction:
    return approve(made.pk, store, plan, by="ld.hoa", now=NOW, retention=None)


def carried(store, plan, made: Destruction) -> list[tuple[str, tuple[str, ...]]]:
    every = carry_out(made.pk, store, plan, by="vt.minh", now=NOW, retention=None)
    return [(one.state, one.reasons) for one in every]


def left_of(store, package: str) -> int:
    return sum(1 for _ in store.list(RECORDS, root_of(package)))


def test_only_what_is_over_free_and_unlocked_may_be_proposed_and_the_rest_is_told_why(folder, plan, tmp_path) -> None:
    for code, procedure, ended in (
        ("D1", "1.10y", None),
        ("D2", "1.10y", SCANNED),
        ("D3", "1.forever", None),
        ("D4", "1.other", None),
    ):
        dossier(code, procedure, **({"ended": ended} if ended else {}))
    dossier("D5", ended=None)
    dossier("D6")
    dossier("D7")
    made = {
        code: paper(folder, tmp_path, code, lock=For(500 if code == "D6" else 0))
        for code in ("D1", "D2", "D3", "D4", "D5", "D6", "D7")
    }
    held = holds.hold("dossier", "D7", "thanh tra", folder, by="nv.lan", now=NOW, retention=None)
    found = examine(plan, folder, [one.package for one in made.values()], now=NOW)
    assert [one.term.dossier for one in found.candidates] == ["D1"]
    assert [one.reasons for one in found.barred] == [
        ("not_over",),
        ("permanent",),
        ("class_unknown",),
        ("not_ended",),
        ("locked",),
        (f"held:{held.pk}",),
    ]
    everything = examine(plan, folder, now=NOW)
    assert [one.term.dossier for one in everything.candidates] == ["D1"] and len(everything.barred) == 2
    assert not examine(plan, folder, ["urn:sohoa:dossier:D9"], now=NOW).candidates
    assert len(examine(plan, folder, now=NOW, most=1).candidates) == 1


def test_a_proposal_needs_a_reason_a_basis_and_something_to_destroy(folder, plan, tmp_path) -> None:
    with pytest.raises(NothingToDestroy):
        proposed(folder, plan)
    dossier("D1")
    paper(folder, tmp_path, "D1")
    for missing in ("reason", "basis", "by"):
        with pytest.raises(DestructionRefused):
            proposed(folder, plan, **{missing: " "})
    assert not Destruction.objects.exists() and not list(folder.list(AUDIT, "destructions/"))


@pytest.mark.parametrize("name", ["nv.lan", " NV.Lan ", "nv. lan"])
def test_who_proposed_cannot_approve(folder, plan, tmp_path, name) -> None:
    dossier("D1")
    paper(folder, tmp_path, "D1")
    made = proposed(folder, plan)
    with pytest.raises(SamePerson):
        approve(made.pk, folder, plan, by=name, now=NOW, retention=None)
    with pytest.raises(DestructionRefused):
        carried(folder, plan, made)
    assert not Tombstone.objects.exists()


def revised(store, record) -> None:
    put_beside(record, store, {f"{record.pk}/other.json": b"{}"})


def held(store, record) -> None:
    holds.hold("record", record.pk, "thanh tra", store, by="nv.lan", now=NOW, retention=None)


def locked(store, record) -> None:
    file = record.files.first()
    store.extend(RECORDS, file.key, file.version_id, Retention("GOVERNANCE", NOW + timedelta(days=1)))


def retyped(store, record) -> None:
    Record.objects.filter(pk=record.pk).update(type_code="BB")


@pytest.mark.parametrize(
    ("change", "told"),
    [(revised, "changed"), (held, "held"), (locked, "locked"), (retyped, "not_over")],
    ids=lambda one: getattr(one, "__name__", one),
)
def test_a_list_of_which_something_changed_is_refused_and_what_changed_later_is_left_alone(
    folder, plan, tmp_path, change, told
) -> None:
    dossier("D1")
    dossier("D2")
    first, second = paper(folder, tmp_path, "D1"), paper(folder, tmp_path, "D2")
    stale, made = proposed(folder, plan), proposed(folder, plan, by="nv.tu")
    approved(folder, plan, made)
    change(folder, first)
    with pytest.raises(ListChanged) as refused:
        approved(folder, plan, stale)
    assert refused.value.facts["count"] == 1 and not Destruction.objects.get(pk=stale.pk).approved_at
    before = left_of(folder, first.package)
    (stopped, reasons), done = carried(folder, plan, made)
    assert stopped == "stopped" and reasons[0].startswith(told) and done == ("destroyed", ())
    assert left_of(folder, first.package) == before and left_of(folder, second.package) == 0
    assert list(DestroyedRecord.objects.values_list("record", flat=True)) == [second.pk]


def test_nothing_is_left_of_a_destroyed_dossier_but_what_its_tombstone_tells(folder, plan, tmp_path) -> None:
    dossier("D1")
    record, kept = paper(folder, tmp_path, "D1"), paper(folder, tmp_path, "", kind="BB")
    figures = [(one.indicator.id, one.numerator, one.denominator) for one in count(period_of("2015"))]
    assert len(search(WORDS)) == 2
    made = approved(folder, plan, proposed(folder, plan))
    assert carried(folder, plan, made) == [("destroyed", ())]
    assert left_of(folder, record.package) == 0 and left_of(folder, kept.package) > 0
    assert [hit.document_id for hit in search(WORDS)] == [kept.pk]
    for table in (PageText, StoredFile, FieldRevision):
        assert not table.objects.filter(record=record.pk).exists()
    assert not KnownPackage.objects.filter(pk=record.package).exists()
    row = Record.objects.get(pk=record.pk)
    assert (row.title, row.fields, row.code_number, row.issued_date, row.renew_by) == ("", {}, "", None, None)
    assert row.destroyed.tombstone.destruction_id == made.pk and row.destroyed.tombstone.erased_at == NOW
    assert [(one.indicator.id, one.numerator, one.denominator) for one in count(period_of("2015"))] == figures
    told = b"".join(read(folder, listed.key) for listed in folder.list(AUDIT)).decode()
    assert record.pk in told and not any(word in told for word in PERSONAL)
    actions = list(AuditEvent.objects.order_by("sequence").values_list("action", "actor"))
    assert actions[-4:] == [
        ("destruction.proposed", "nv.lan"),
        ("destruction.approved", "ld.hoa"),
        ("record.destroyed", "vt.minh"),
        ("package.erased", "vt.minh"),
    ]
    assert not list(chain.breaks())
    assert carried(folder, plan, made) == [("done_before", ())]


def test_a_destroyed_paper_that_is_sent_in_again_is_refused(folder, plan, tmp_path) -> None:
    dossier("D1")
    record = paper(folder, tmp_path, "D1")
    tombstones.refuse_destroyed(record.package, record.pk)
    assert carried(folder, plan, approved(folder, plan, proposed(folder, plan))) == [("destroyed", ())]
    for package, document in ((record.package, "a" * 20), ("urn:sohoa:record:x", record.pk)):
        with pytest.raises(RecordDestroyed):
            tombstones.refuse_destroyed(package, document)
    with pytest.raises(RecordDestroyed):
        states.change(record.pk, states.StateChange(states.State.REVOKED, "vì", "1"), folder, by="x", now=NOW)


class LockedStore(FolderStore):
    """Its clock goes behind ours, so that it still keeps what we think is over."""

    def erase(self, bucket: str, key: str, version_id: str) -> None:
        if bucket == RECORDS:
            raise ObjectLockRefused(why="it says so")
        super().erase(bucket, key, version_id)


def test_a_store_that_still_keeps_an_object_stops_that_dossier_and_it_is_completed_later(folder, plan, tmp_path) -> None:
    dossier("D1")
    record = paper(folder, tmp_path, "D1")
    made = approved(folder, plan, proposed(folder, plan))
    keeping = LockedStore(tmp_path / "store", clock=lambda: NOW)
    (stopped,) = carry_out(made.pk, keeping, plan, by="vt.minh", now=NOW, retention=None)
    assert stopped.state == "stopped" and stopped.reasons == ("locked",) and isinstance(stopped.error, ObjectLockRefused)
    assert half_erased(folder) == {record.package} and Tombstone.objects.get().erased_at is None
    assert carried(folder, plan, made) == [("destroyed", ())] and not half_erased(folder)
    assert Tombstone.objects.get().erased_at == NOW and left_of(folder, record.package) == 0


class DailyKeys(FolderStore):
    def erase(self, bucket: str, key: str, version_id: str) -> None:
        raise StoreRefused(why="AccessDenied")


def test_keys_that_may_not_erase_are_found_out_before_anything_is_begun(folder, plan, tmp_path) -> None:
    dossier("D1")
    record = paper(folder, tmp_path, "D1")
    made = approved(folder, plan, proposed(folder, plan))
    before = left_of(folder, record.package)
    with pytest.raises(StoreRefused):
        list(carry_out(made.pk, DailyKeys(tmp_path / "store"), plan, by="vt.minh", now=NOW, retention=None))
    assert not Tombstone.objects.exists() and left_of(folder, record.package) == before


def test_what_came_into_a_package_after_its_tombstone_is_never_erased_with_it(folder, plan, tmp_path) -> None:
    dossier("D1")
    record = paper(folder, tmp_path, "D1")
    made = approved(folder, plan, proposed(folder, plan))
    keeping = LockedStore(tmp_path / "store", clock=lambda: NOW)
    assert [one.state for one in carry_out(made.pk, keeping, plan, by="vt.minh", now=NOW, retention=None)] == ["stopped"]
    stranger = folder.put_new(RECORDS, f"{root_of(record.package)}/v9/content/x", b"x", content_type="text/plain")
    assert carried(folder, plan, made) == [("destroyed", ())]
    assert [listed.key for listed in folder.list(RECORDS, root_of(record.package))] == [stranger.key]


def facts() -> list[Any]:
    tables: list[Any] = [Hold, Destruction, Tombstone, DestroyedRecord, ResultState, Filing, Record]
    hidden = {"id"}
    rows: list[Any] = []
    for table in tables:
        names = [one.attname for one in table._meta.concrete_fields if one.attname not in hidden or one.primary_key is False]
        names = [name for name in names if name != "tombstone_id"]
        rows.append(sorted(list(map(str, row)) for row in table.objects.values_list(*names)))
    return rows


@pytest.mark.parametrize("lost", ["everything", "a day"])
def test_the_audit_bucket_alone_gives_holds_destructions_and_tombstones_back(folder, plan, tmp_path, lost) -> None:
    dossier("D1")
    dossier("D2", "1.forever")
    record, other = paper(folder, tmp_path, "D1"), paper(folder, tmp_path, "D2")
    states.change(record.pk, states.StateChange(states.State.REVOKED, "cấp sai", "1"), folder, by="x", now=NOW)
    placed = holds.hold("dossier", "D2", "thanh tra", folder, by="nv.lan", now=NOW, retention=None)
    holds.release(placed.pk, "xong", folder, by="nv.lan", now=NOW, retention=None)
    living = Record.objects.get(pk=record.pk)
    made = approved(folder, plan, proposed(folder, plan))
    assert carried(folder, plan, made) == [("destroyed", ())]
    assert not states.not_revoked(Filing.objects.filter(record=record)).exists()
    before, events = facts(), AuditEvent.objects.count()
    assert set(destroyed(folder)) == {record.pk}
    DestroyedRecord.objects.all().delete()
    for table in (Tombstone, Destruction, Hold):
        table.objects.all().delete()
    if lost == "everything":
        for table in (ResultState, Filing, Record):
            table.objects.filter(**{"pk" if table is Record else "record": record.pk}).delete()
        tombstones.remember(destroyed(folder)[record.pk])
    else:
        ResultState.objects.all().delete()
        living.save()
        PageText.objects.create(record=living, number=1, text=WORDS)
    with chain.muted():
        for _ in range(2):
            restored = restore(folder)
            assert (restored.holds, restored.destructions, restored.tombstones) == (1, 1, 1)
    assert facts() == before and AuditEvent.objects.count() == events
    assert [hit.document_id for hit in search(WORDS)] == [other.pk]


@pytest.mark.parametrize("spoilt", ["list", "approver", "half", "other"])
def test_a_list_that_was_tampered_with_destroys_nothing(folder, plan, tmp_path, spoilt) -> None:
    dossier("D1")
    dossier("D2", ended=SCANNED)
    paper(folder, tmp_path, "D1")
    other = paper(folder, tmp_path, "D2")
    made = proposed(folder, plan)
    told = json.loads(read(folder, key_of(made.pk)))
    if spoilt == "list":
        told["packages"][0]["package"] = other.package
    elif spoilt == "half":
        del told["list_sha256"]
    name = "20260101-forged"
    key = key_of(name)
    content = json.dumps({**told, "id": made.pk if spoilt == "other" else name}).encode()
    folder.put_new(AUDIT, key, content, content_type="application/json")
    if spoilt == "approver":
        forged = {"format": "sohoa-destruction-approval/1", "id": name, "by": "NV.LAN", "at": NOW.isoformat()}
        forged |= {"list_sha256": told["list_sha256"], "proposal": folder.head(AUDIT, key).stored.sha256}
        folder.put_new(AUDIT, f"destructions/{name}/approval.json", json.dumps(forged).encode(), content_type="application/json")
    with pytest.raises(DestructionBroken):
        list(carry_out(name, folder, plan, by="vt.minh", now=NOW, retention=None))
    assert not Tombstone.objects.exists()


def test_a_list_nobody_made_is_told(folder, plan) -> None:
    with pytest.raises(DestructionRefused):
        approved(folder, plan, Destruction(pk="20260101-none"))


def test_a_plan_whose_rule_became_longer_stops_what_was_approved(folder, plan, tmp_path) -> None:
    dossier("D1")
    paper(folder, tmp_path, "D1")
    made = approved(folder, plan, proposed(folder, plan))
    longer = replace(plan, rules=tuple(replace(rule, years=rule.years and rule.years + 20) for rule in plan.rules))
    assert carried(folder, longer, made) == [("stopped", ("not_over",))]


@pytest.mark.django_db(transaction=True)
def test_on_a_real_store_a_locked_package_stays_and_an_unlocked_one_goes_version_by_version(store, plan, tmp_path) -> None:
    code = tmp_path.name.replace("_", "-")
    dossier(f"{code}-1")
    dossier(f"{code}-2")
    hour = For(until=now() + timedelta(hours=1))  # the store's own clock keeps it
    going, staying = paper(store, tmp_path, f"{code}-1"), paper(store, tmp_path, f"{code}-2", lock=hour)
    states.change(going.pk, states.StateChange(states.State.REVOKED, "vì", "1"), store, by="x", now=NOW)
    found = examine(plan, store, [going.package, staying.package], now=now())
    assert [one.reasons for one in found.barred] == [("locked",)] and len(found.candidates) == 1
    made = propose(found, store, reason="vì", basis="theo", by="nv.lan", now=NOW, retention=None)
    holds.hold("dossier", f"{code}-1", "thanh tra", store, by="nv.lan", now=NOW, retention=None)
    assert all(one.error is None and one.objects for one in holds.enforce(store, now=NOW))
    file = going.files.first()
    with pytest.raises(ObjectLockRefused):
        store.erase(RECORDS, file.key, file.version_id)
    (placed,) = holds.standing()
    holds.release(placed.pk, "xong", store, by="nv.lan", now=NOW, retention=None)
    assert all(one.error is None for one in holds.enforce(store, now=NOW))
    with pytest.raises(ListChanged):  # the notes of the hold and of its release are in the package now
        approve(made.pk, store, plan, by="ld.hoa", now=NOW, retention=None)
    again = propose(
        examine(plan, store, [going.package], now=NOW), store, reason="vì", basis="theo", by="nv.lan", now=NOW, retention=None
    )
    approve(again.pk, store, plan, by="ld.hoa", now=NOW, retention=None)
    (done,) = carry_out(again.pk, store, plan, by="vt.minh", now=NOW, retention=None)
    assert done.state == "destroyed" and done.objects > 10
    assert left_of(store, going.package) == 0 and left_of(store, staying.package) > 5


def read(store, key: str) -> bytes:
    with store.open(AUDIT, key, "") as stream:
        return b"".join(stream)
