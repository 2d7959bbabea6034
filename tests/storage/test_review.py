"""A person's word on a field: kept beside what was read, in the bucket first, once, by whoever came first."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from sohoa.kernel.clock import now
from sohoa.pipeline.verification import verify_record
from sohoa.storage.archive import Content, Deposit, Lock, deposit
from sohoa.storage.audit import chain
from sohoa.storage.audit.models import AuditEvent
from sohoa.storage.catalogue.fields import FieldRevision
from sohoa.storage.catalogue.models import Component, Dossier, Filing, PageText, Record, StoredFile, Unit
from sohoa.storage.completeness import completeness
from sohoa.storage.field_values import ValueRefused
from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.objects.model import RECORDS, ObjectStore
from sohoa.storage.objects.s3 import S3Store
from sohoa.storage.packages import ocfl
from sohoa.storage.reading_room import NoSuchRecord, opened
from sohoa.storage.review import at_the_desk, progress, verified, waiting
from sohoa.storage.revisions import ChangedMeanwhile, RevisionBroken, catch_up, path_of
from sohoa.storage.search.index import search
from sohoa.storage.settling import (
    Hand,
    NoSuchChoice,
    NothingToConfirm,
    NothingToUndo,
    choose,
    confirm,
    correct,
    say_absent,
    undo,
)
from tests.made import entered_again, put_beside, text_content

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
LOCK = Lock("GOVERNANCE", 1)
HAND = Hand("mau-1", NOON, LOCK.retention(NOON))
OTHER = replace(HAND, by="mau-2")


def read(value: str, confidence: float = 0.97, *alternatives: tuple[str, float], **more: Any) -> dict[str, Any]:
    others = [{"value": other, "confidence": sure} for other, sure in alternatives]
    told = {"value": value, "confidence": confidence, "page": 1, "bbox": [300, 200, 380, 240], "raw": "", "source": "ocr"}
    return {**told, "alternatives": others, "witnesses": [], **more}


FIELDS = {
    "code_number": read("17", 0.41, ("11", 0.3), ("77", 0.2), ("12", 0.05), ("1", 0.01), raw="l7"),
    "code_notation": read("QĐ-UBND"),
    "issued_date": read("2026-02-27"),
    "issuing_agency": read("Ủy ban nhân dân phường Thanh Mẫu"),
}
QD = {"code": "QĐ", "name": "Quyết định", "confidence": 0.98, "agreement": "title+notation", "witnesses": {"title": "QĐ"}}


@pytest.fixture
def folder(tmp_path: Path) -> FolderStore:
    store = FolderStore(tmp_path / "store")
    store.prepare()
    return store


def archived(store: ObjectStore, tmp_path: Path, name: str = "a", *, when: datetime = NOON, **more: Any) -> Record:
    """A paper archived as the product does it. Unless told otherwise its number is doubtful and its subject was not found."""
    original = tmp_path / f"{name}.pdf"
    original.write_bytes(f"giấy {name}".encode())
    told: dict[str, Any] = {
        "source_sha256": (name.encode().hex() * 64)[:64],
        "source_name": "giay.pdf",
        "contents": [Content("original", original, ".pdf", "application/pdf"), text_content(tmp_path, "chữ trên trang một")],
        "type": QD,
        "fields": FIELDS,
        "needs_review": ("subject", "code_number"),
        "flags": (),
        "pages": 1,
        "confidence": 0.9,
        "signed_on_arrival": False,
        "unit": "H99.1",
    }
    return deposit(Deposit(**{**told, **more}), store, LOCK, now=when)


def facts_of(record: Record) -> dict[str, Any]:
    """Everything about a record that a review may change."""
    record = Record.objects.get(pk=record.pk)
    columns = ("type_code", "type_name", "type_agreement", "title", "code_number", "code_notation", "issued_date", "waits")
    told = {name: getattr(record, name) for name in (*columns, "fields")} | {"needs_review": sorted(record.needs_review)}
    return {**told, "page 0": PageText.objects.get(record=record, number=0).text}


def test_a_correction_reaches_the_columns_the_search_and_the_list_and_keeps_what_was_read(folder, tmp_path) -> None:
    record = archived(folder, tmp_path)
    assert not search("12 qđ ubnd")
    correct(record.pk, "code_number", "12", folder, HAND)
    record = correct(record.pk, "subject", "Về việc  cấp giấy phép", folder, HAND)
    assert (record.code_number, record.title) == ("12", "Về việc cấp giấy phép")
    number = record.fields["code_number"]
    assert (number["value"], number["source"], number["verified_by"]) == ("12", "manual", "mau-1")
    assert number["read"] == {"value": "17", "confidence": 0.41, "source": "ocr"} and number["raw"] == "l7"
    assert number["bbox"] == [300, 200, 380, 240]
    assert [hit.document_id for hit in search("12 qđ ubnd")] == [record.pk]
    assert [hit.document_id for hit in search("cap giay phep")] == [record.pk]
    assert not search("17 qđ ubnd"), "the misread number must no longer be found"
    assert completeness(record).complete and not waiting()


def test_a_confirmed_reading_stays_the_readers_with_its_own_confidence(folder, tmp_path) -> None:
    record = confirm(archived(folder, tmp_path).pk, "code_number", folder, HAND)
    field = record.fields["code_number"]
    assert (field["value"], field["source"], field["confidence"]) == ("17", "ocr", 0.41)
    assert (field["verified_by"], field["verified_at"]) == ("mau-1", NOON.isoformat())
    assert record.revisions.get().reason == "confirmed"


def test_the_best_three_other_readings_are_offered_and_keep_their_numbers(folder, tmp_path) -> None:
    record = archived(folder, tmp_path)
    (number,) = (doubt for doubt in at_the_desk(record.pk, folder, now=NOON).doubts if doubt.field == "code_number")
    assert [value for value, _ in number.choices] == ["11", "77", "12"] and number.reason == "other_readings"
    choose(record.pk, "code_number", 1, folder, HAND)
    record = choose(record.pk, "code_number", 2, folder, HAND)
    assert record.code_number == "77"
    with pytest.raises(NoSuchChoice):
        choose(record.pk, "code_number", 4, folder, HAND)
    with pytest.raises(NoSuchChoice):
        choose(record.pk, "subject", 1, folder, HAND)


def test_why_a_pens_number_is_in_doubt_comes_from_who_read_it(folder, tmp_path) -> None:
    number = read("17", 0.5, ("11", 0.3), doubts=["contradicted:register=11", "outside_row:20-29"])
    record = archived(folder, tmp_path, fields={**FIELDS, "code_number": number})
    (told,) = (doubt for doubt in at_the_desk(record.pk, folder, now=NOON).doubts if doubt.field == "code_number")
    assert (told.reason, told.doubts) == ("contradicted", ("contradicted:register=11", "outside_row:20-29"))
    record = correct(record.pk, "code_number", "11", folder, HAND)
    assert "doubts" not in record.fields["code_number"], "a person's word is in no doubt"


def test_undoing_brings_back_what_was_there_step_by_step_and_is_itself_kept(folder, tmp_path) -> None:
    record = archived(folder, tmp_path)
    before = facts_of(record)
    correct(record.pk, "code_number", "12", folder, HAND)
    between = facts_of(record)
    correct(record.pk, "code_number", "13", folder, OTHER)
    undo(record.pk, "code_number", folder, HAND)
    assert facts_of(record) == between
    undo(record.pk, "code_number", folder, HAND)
    assert facts_of(record) == before
    with pytest.raises(NothingToUndo):
        undo(record.pk, "code_number", folder, HAND)
    kept = record.revisions.order_by("number").values_list("number", "reason", "undoes")
    assert list(kept) == [(1, "corrected", None), (2, "corrected", None), (3, "undone", 2), (4, "undone", 1)]


def test_a_corrected_type_asks_for_what_that_type_must_carry_and_moves_the_record_in_its_dossier(folder, tmp_path) -> None:
    unit = Unit.objects.create(code="H99.1", name="UBND phường Thanh Mẫu", level="commune")
    dossier = Dossier.objects.create(code="H99-1", unit=unit, channel="direct", received_at=NOON, yields_result=False)
    for ordinal, kind in ((1, "QĐ"), (2, "TB")):
        Component.objects.create(dossier=dossier, ordinal=ordinal, document_type=kind, name=kind, decision="required_by_rule")
    record = archived(folder, tmp_path, dossier="H99-1", needs_review=("type", "subject", "code_number"))
    before = facts_of(record)
    assert Filing.objects.get(record=record).component.document_type == "QĐ"
    record = correct(record.pk, "type", "thông báo", folder, HAND)
    assert (record.type_code, record.type_name, record.type_agreement) == ("TB", "Thông báo", "verified")
    assert Filing.objects.get(record=record).component.document_type == "TB"
    assert search("thông báo")[0].dossier == "H99-1"
    carries_little = correct(record.pk, "type", "KHAC", folder, HAND)
    assert carries_little.needs_review == ["code_number"], "a subject is nothing that such a paper must carry"
    undo(record.pk, "type", folder, HAND)
    undo(record.pk, "type", folder, HAND)
    assert facts_of(record) == before
    assert Filing.objects.get(record=record).component.document_type == "QĐ"


def test_disagreeing_witnesses_of_the_type_are_named_and_can_be_chosen(folder, tmp_path) -> None:
    doubted = {**QD, "agreement": "disagree", "witnesses": {"title": "QĐ", "notation": "TB", "text": "QĐ"}}
    record = archived(folder, tmp_path, type=doubted, needs_review=("type",))
    (doubt,) = at_the_desk(record.pk, folder, now=NOON).doubts
    assert (doubt.reason, doubt.choices) == ("witnesses_disagree", (("TB", None),))
    assert doubt.witnesses == doubted["witnesses"]
    assert choose(record.pk, "type", 1, folder, HAND).type_code == "TB"


def test_a_record_is_complete_only_when_nothing_mandatory_is_missing_and_nothing_doubtful_unseen(folder, tmp_path) -> None:
    record = archived(folder, tmp_path)
    told = completeness(record)
    assert (told.missing, told.doubtful, told.complete) == (("subject",), ("code_number",), False)
    confirm(record.pk, "code_number", folder, HAND)
    with pytest.raises(NothingToConfirm):
        confirm(record.pk, "subject", folder, HAND)
    with pytest.raises(ValueRefused):
        say_absent(record.pk, "subject", folder, HAND)
    assert not completeness(Record.objects.get()).complete
    assert completeness(correct(record.pk, "subject", "Về việc mẫu", folder, HAND)).complete


def test_a_number_that_the_paper_does_not_bear_is_said_to_be_absent_and_by_whom(folder, tmp_path) -> None:
    record = say_absent(archived(folder, tmp_path).pk, "code_number", folder, HAND)
    assert (record.code_number, record.fields["code_number"]["read"]["value"]) == ("", "17")
    assert completeness(record).absent == ("code_number",) and completeness(record).missing == ("subject",)
    assert "code_number" not in [field for _, field, _ in verified()]


def test_a_reading_that_breaks_its_rule_cannot_be_confirmed(folder, tmp_path) -> None:
    record = archived(folder, tmp_path, fields={**FIELDS, "code_number": read("17/QĐ")})
    assert at_the_desk(record.pk, folder, now=NOON).doubts[0].reason == "breaks_rule"
    with pytest.raises(ValueRefused):
        confirm(record.pk, "code_number", folder, HAND)


def test_the_bucket_alone_gives_every_settlement_back(folder, tmp_path) -> None:
    record = archived(folder, tmp_path)
    correct(record.pk, "type", "TB", folder, HAND)
    correct(record.pk, "code_number", "12", folder, HAND)
    confirm(record.pk, "issued_date", folder, HAND)
    undo(record.pk, "code_number", folder, OTHER)
    say_absent(record.pk, "code_notation", folder, OTHER)
    before, history = (
        facts_of(record),
        list(record.revisions.order_by("number").values_list("number", "reason", "by", "old", "new")),
    )
    for kind in (FieldRevision, StoredFile, PageText, Filing, Record):
        kind.objects.all().delete()
    again = entered_again(record, folder)
    assert facts_of(again) == before
    assert list(again.revisions.order_by("number").values_list("number", "reason", "by", "old", "new")) == history


def test_a_crash_between_object_and_row_is_made_up_for_once_by_the_next_command(folder, tmp_path) -> None:
    record = archived(folder, tmp_path)
    before = facts_of(record)
    correct(record.pk, "code_number", "12", folder, HAND)
    settled = facts_of(record)
    # What a crash leaves: the object is there, and nothing of the transaction.
    FieldRevision.objects.all().delete()
    StoredFile.objects.filter(role__startswith="revision").delete()
    AuditEvent.objects.filter(action="record.reviewed").delete()
    Record.objects.filter(pk=record.pk).update(**{name: value for name, value in before.items() if name != "page 0"})
    for _ in range(2):
        at_the_desk(record.pk, folder, now=NOON)
        assert {**facts_of(record), "page 0": ""} == {**settled, "page 0": ""}
    assert [event.actor for event in AuditEvent.objects.filter(action="record.reviewed")] == ["mau-1"]
    record = correct(record.pk, "code_number", "12", folder, HAND)
    assert record.revisions.count() == 1, "typed again after the crash, it is still one correction"


def test_whoever_comes_second_to_a_field_is_told_and_nothing_is_lost(folder, tmp_path) -> None:
    record = archived(folder, tmp_path)
    seen = at_the_desk(record.pk, folder, now=NOON).version
    correct(record.pk, "code_number", "12", folder, HAND)
    for late in (
        lambda: correct(record.pk, "code_number", "13", folder, replace(OTHER, seen=seen)),
        lambda: confirm(record.pk, "code_number", folder, replace(OTHER, seen=seen)),
        lambda: undo(record.pk, "code_number", folder, replace(OTHER, seen=seen)),
    ):
        with pytest.raises(ChangedMeanwhile):
            late()
    correct(record.pk, "code_number", "12", folder, replace(OTHER, seen=seen))  # both read the same: nobody need be stopped
    record = correct(record.pk, "subject", "Về việc mẫu", folder, replace(OTHER, seen=seen))  # another field is nobody's business
    assert (record.code_number, record.title, record.revisions.count()) == ("12", "Về việc mẫu", 2)


@pytest.mark.django_db(transaction=True)
def test_many_hands_at_one_record_at_once_leave_one_line_of_revisions(store: S3Store, tmp_path) -> None:
    present = now()  # the store keeps nothing locked until a day that is past
    record = archived(store, tmp_path, name="nhieu-tay", when=present)
    fields = ("signer_name", "signer_position", "place")
    outcomes: list[str] = []

    def settle(hand: Hand) -> None:
        try:
            for field in fields:
                correct(record.pk, field, f"{field} {hand.by}", store, hand)
            outcomes.append("wrote")
        except ChangedMeanwhile:
            outcomes.append("told")
        finally:
            connection.close()

    seen = at_the_desk(record.pk, store, now=present).version
    hands = [Hand(f"mau-{n}", present, LOCK.retention(present), seen) for n in range(4)]
    threads = [threading.Thread(target=settle, args=(hand,)) for hand in hands]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(outcomes) == 4 and "told" in outcomes
    kept = list(record.revisions.order_by("number"))
    assert [revision.number for revision in kept] == list(range(1, len(kept) + 1))
    assert sorted(revision.field for revision in kept) == sorted(fields), "each field was settled by one hand"
    package = ocfl.opened(store, record.package)
    assert [held.path for held in package.under(f"{record.pk}/revisions")] == [path_of(record.pk, one.number) for one in kept]
    assert package.head == 1 + len(kept)
    assert not list(chain.breaks())


def test_damage_to_a_revision_in_the_store_is_seen_by_verification(folder, tmp_path) -> None:
    record = correct(archived(folder, tmp_path).pk, "code_number", "12", folder, HAND)
    assert verify_record(record, folder, trust=[], now=NOON).ok
    content = tmp_path / "store" / "records" / record.files.get(role="revision-000001").key
    content.write_bytes(content.read_bytes().replace(b'"12"', b'"13"'))
    verdict = verify_record(Record.objects.get(), folder, trust=[], now=NOON)
    assert verdict.reason == "revision-000001: sha256_differs"


def test_each_revision_is_a_locked_object_whose_hash_the_row_knows(store: S3Store, tmp_path) -> None:
    present = now()
    record = archived(store, tmp_path, name="mot-tay", when=present)
    correct(record.pk, "code_number", "12", store, Hand("mau-1", present, LOCK.retention(present)))
    file = record.files.get(role="revision-000001")
    described = store.head(RECORDS, file.key, file.version_id)
    assert described.retention is not None and described.stored.sha256 == file.sha256 == record.revisions.get().sha256


def test_a_revision_that_does_not_continue_the_one_before_is_refused(folder, tmp_path) -> None:
    record = archived(folder, tmp_path)
    told = {"format": "sohoa-revision/1", "document_id": record.pk, "number": 1, "previous": "0" * 64}
    put_beside(record, folder, {path_of(record.pk, 1): json.dumps(told).encode()})
    before = facts_of(record)
    with pytest.raises(RevisionBroken):
        correct(record.pk, "code_number", "12", folder, HAND)
    with pytest.raises(RevisionBroken):
        catch_up(record, folder)
    assert facts_of(record) == before


def test_the_log_says_who_settled_which_field_and_never_a_value(folder, tmp_path) -> None:
    record = archived(folder, tmp_path)
    correct(record.pk, "signer_name", "Nguyễn Thị Mẫu", folder, HAND)
    event = AuditEvent.objects.get(action="record.reviewed")
    assert (event.actor, event.subject, json.loads(event.details)["field"]) == ("mau-1", record.pk, "signer_name")
    assert not [told for told in AuditEvent.objects.values_list("details", flat=True) if "Mẫu" in told]
    assert not list(chain.breaks())


def test_an_opened_record_shows_its_history_of_values(folder, tmp_path) -> None:
    record = archived(folder, tmp_path)
    correct(record.pk, "code_number", "12", folder, HAND)
    told = opened(record.pk, now=NOON)
    (revision,) = told["revisions"]
    assert (revision["old"]["value"], revision["new"]["value"], revision["by"]) == ("17", "12", "mau-1")
    assert told["completeness"] == {"complete": False, "missing": ["subject"], "doubtful": [], "absent": []}


def test_the_list_begins_with_the_record_that_waits_longest_and_keeps_to_the_unit(folder, tmp_path) -> None:
    first, second = archived(folder, tmp_path, "a"), archived(folder, tmp_path, "b")
    archived(folder, tmp_path, "c", needs_review=())
    archived(folder, tmp_path, "d", unit="H99.2")
    Record.objects.filter(pk=second.pk).update(archived_at=NOON - timedelta(days=1))
    listed = waiting("H99.1")
    assert [line.document_id for line in listed] == [second.pk, first.pk]
    assert listed[0].fields == ("code_number", "subject"), "in the order in which a person is asked"
    assert len(waiting()) == 3 and len(waiting(limit=1)) == 1


def test_the_list_finds_those_that_wait_without_looking_at_the_others() -> None:
    plan = Record.objects.filter(waits=True).order_by("archived_at", "pk")[:20].explain()
    assert "USING INDEX waits_for_a_person" in plan and "B-TREE" not in plan


def test_the_share_done_today_counts_finished_records_and_settled_fields_of_this_day_in_vietnam(folder, tmp_path) -> None:
    first, second = archived(folder, tmp_path, "a"), archived(folder, tmp_path, "b")
    yesterday = replace(HAND, now=datetime(2026, 3, 1, 16, 59, tzinfo=UTC))  # 23:59 in Vietnam
    confirm(first.pk, "code_number", folder, yesterday)
    correct(first.pk, "subject", "Về việc mẫu", folder, HAND)
    correct(second.pk, "subject", "Về việc mẫu", folder, HAND)
    undo(second.pk, "subject", folder, HAND)
    done = progress(now=NOON)
    assert (done.records_done, done.records_waiting, done.fields_done, done.fields_waiting) == (1, 1, 1, 2)


def test_what_people_vouched_for_can_be_learned_from_and_nothing_else(folder, tmp_path) -> None:
    record = archived(folder, tmp_path)
    archived(folder, tmp_path, "b")
    correct(record.pk, "signer_name", "Nguyễn Thị Mẫu", folder, HAND)
    correct(record.pk, "subject", "Về việc mẫu", folder, HAND)
    undo(record.pk, "subject", folder, HAND)
    confirm(record.pk, "type", folder, HAND)
    told = {(found.pk, field, value) for found, field, value in verified("H99.1")}
    assert told == {(record.pk, "type", "QĐ"), (record.pk, "signer_name", "Nguyễn Thị Mẫu")}
    assert not list(verified("H99.2"))
    ((text,),) = {tuple(found.texts.filter(number__gte=1).values_list("text", flat=True)) for found, *_ in verified()}
    assert text == "chữ trên trang một"


def test_a_record_or_field_that_does_not_exist_is_said_so_and_nothing_is_written(folder, tmp_path) -> None:
    record = archived(folder, tmp_path)
    with pytest.raises(NoSuchRecord):
        correct("0" * 20, "code_number", "12", folder, HAND)
    for field, by in (("so_hieu", "mau-1"), ("code_number", "  "), ("code_number", "m" * 101)):
        with pytest.raises(Exception) as refused:
            correct(record.pk, field, "12", folder, replace(HAND, by=by))
        assert refused.value.code in ("storage.unknown_field", "storage.reviewer_unnamed")
    assert not record.revisions.exists()
