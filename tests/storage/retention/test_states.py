"""The standing of results: in the package first, once, by whoever came first; the rows can always be made again from it."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from django.db import transaction
from django.db.models import Exists, OuterRef

from sohoa.storage.audit import chain
from sohoa.storage.audit.models import AuditEvent
from sohoa.storage.catalogue.records import Filing, Record
from sohoa.storage.catalogue.register import Dossier
from sohoa.storage.catalogue.retention import ResultState
from sohoa.storage.retention.errors import StateBroken, StateRefused
from sohoa.storage.retention.states import Standing, State, StateChange, catch_up, change, not_revoked, path_of, state_of
from tests.made import put_beside
from tests.storage.retention.archived import NOW, For, dossier, paper

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
REVOKED = StateChange(State.REVOKED, "cấp sai thẩm quyền", "12/QĐ-UBND")
RESTORED = StateChange(State.VALID, "hủy quyết định thu hồi", "15/QĐ-UBND")


@pytest.fixture
def record(folder, tmp_path) -> Record:
    dossier("D1")
    return paper(folder, tmp_path, "D1")


def say(record: Record, folder, wanted: StateChange, **more) -> Record:
    return change(record.pk, wanted, folder, by="nv.lan", now=NOW, **more)


def test_a_result_is_valid_until_somebody_says_otherwise(record, folder) -> None:
    assert state_of(record, TODAY) == Standing(State.VALID, False, None, "", 0)
    say(record, folder, REVOKED)
    assert state_of(record, TODAY) == Standing(State.REVOKED, False, None, "", 1)
    say(record, folder, RESTORED)
    assert state_of(record, TODAY).state is State.VALID
    told = [(one.number, one.state, one.reason, one.decision, one.by) for one in record.states.order_by("number")]
    assert told[0] == (1, "revoked", "cấp sai thẩm quyền", "12/QĐ-UBND", "nv.lan") and len(told) == 2
    events = AuditEvent.objects.filter(action="record.state_changed", subject=record.pk)
    assert events.count() == 2 and not any("cấp sai" in event.details for event in events)
    assert not list(chain.breaks())


def test_that_its_last_day_has_passed_is_worked_out_and_not_written(record, folder) -> None:
    say(record, folder, StateChange(State.VALID, "có thời hạn", valid_until=TODAY))
    assert [state_of(record, day).state for day in (TODAY, TODAY + timedelta(days=1))] == [State.VALID, State.EXPIRED]
    assert state_of(record, TODAY + timedelta(days=1)).by_date and ResultState.objects.get().state == "valid"
    say(record, folder, StateChange(State.VALID, "gia hạn", valid_until=date(2030, 1, 1)))
    assert state_of(record, date(2029, 1, 1)).state is State.VALID


def test_a_revoked_result_drops_out_and_a_restored_one_comes_back(record, folder) -> None:
    def with_result() -> int:
        return Dossier.objects.filter(Exists(not_revoked(Filing.objects.filter(result__dossier=OuterRef("pk"))))).count()

    assert with_result() == 1
    say(record, folder, REVOKED)
    assert with_result() == 0
    say(record, folder, RESTORED)
    assert with_result() == 1


@pytest.mark.parametrize(
    ("before", "wanted", "told"),
    [
        (None, StateChange(State.REVOKED, "vì", ""), "số quyết định"),
        (None, StateChange(State.EXPIRED, " "), "lý do"),
        (None, StateChange(State.VALID, "vì"), "không có gì đổi"),
        (None, StateChange(State.EXPIRED, "vì", valid_until=TODAY), "ngày hết hạn"),
        (None, StateChange(State.EXPIRED, "vì", replaced_by="a" * 20), "chỉ kết quả bị thay thế"),
        (None, StateChange(State.REPLACED, "vì"), "nêu bản ghi thay thế"),
        (None, StateChange(State.REPLACED, "vì", replaced_by="a" * 20), "không có bản ghi thay thế ấy"),
        (None, StateChange(State.EXPIRED, "vì", "x" * 101), "dài quá"),
        (REVOKED, StateChange(State.EXPIRED, "vì"), "thì không thể thành"),
        (REVOKED, REVOKED, "thì không thể thành"),
        (REVOKED, StateChange(State.VALID, "vì"), "số quyết định"),
    ],
)
def test_only_what_makes_sense_is_taken(record, folder, before, wanted, told) -> None:
    if before:
        say(record, folder, before)
    rows = record.states.count()
    with pytest.raises(StateRefused) as refused:
        say(record, folder, wanted)
    assert told in refused.value.as_dict()["vi"] and record.states.count() == rows


def test_records_do_not_replace_each_other_in_a_circle(record, folder, tmp_path) -> None:
    other = paper(folder, tmp_path, "D1", name="b")
    say(record, folder, StateChange(State.REPLACED, "cấp lại", replaced_by=other.pk))
    assert state_of(record, TODAY).replaced_by == other.pk
    with pytest.raises(StateRefused):
        say(other, folder, StateChange(State.REPLACED, "cấp lại", replaced_by=record.pk))
    with pytest.raises(StateRefused):
        say(other, folder, StateChange(State.REPLACED, "cấp lại", replaced_by=other.pk))


def test_who_looked_before_somebody_else_changed_it_is_told(record, folder) -> None:
    say(record, folder, REVOKED, seen=0)
    with pytest.raises(StateRefused):
        say(record, folder, RESTORED, seen=0)
    assert record.states.count() == 1


def test_a_change_whose_rows_never_came_is_entered_from_the_package_once(record, folder) -> None:
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        say(record, folder, REVOKED)
        raise KeyboardInterrupt  # what a lost power does to rows that were not yet committed
    assert not record.states.exists()
    for _ in range(2):
        number, _ = catch_up(record, folder)
        assert number == 1
    assert record.states.get().state == "revoked" and record.files.filter(role="state-000001").count() == 1
    assert AuditEvent.objects.filter(action="record.state_changed").count() == 1


@pytest.mark.parametrize(
    "wrong",
    [{"previous": "0" * 64}, {"number": 2}, {"format": "x"}, {"state": "gone"}, {"at": "hôm qua"}, {"document_id": "b" * 20}],
)
def test_a_file_that_does_not_continue_the_change_before_it_is_refused(record, folder, wrong) -> None:
    told = {
        **{"format": "sohoa-state/1", "document_id": record.pk, "number": 1, "state": "revoked", "reason": "vì", "decision": "1"},
        **{"previous": record.files.get(role="manifest").sha256, "valid_until": None, "replaced_by": "", "by": "x"},
        "at": NOW.isoformat(),
    }
    put_beside(record, folder, {path_of(record.pk, 1): json.dumps({**told, **wrong}).encode()})
    with pytest.raises(StateBroken):
        catch_up(record, folder)
    assert not record.states.exists()


def test_what_is_added_is_locked_as_long_as_the_package_and_no_longer(folder, tmp_path) -> None:
    dossier("D1")
    for code, days, kept in (("D1", 0, None), ("", 500, 500)):
        record = paper(folder, tmp_path, code, lock=For(days))
        say(record, folder, REVOKED)
        file = record.files.get(role="state-000001")
        end = folder.head(file.bucket, file.key, file.version_id).retention
        assert (end and (end.until - record.archived_at).days) == kept
