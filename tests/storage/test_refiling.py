"""A person's word on the dossier moves the record, as one revision: counted, logged, taken back, and given back by the bucket."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from sohoa.storage.archive import Content, Deposit, Lock, deposit
from sohoa.storage.audit import chain
from sohoa.storage.audit.models import AuditEvent
from sohoa.storage.catalogue.fields import FieldRevision
from sohoa.storage.catalogue.filing import match
from sohoa.storage.catalogue.models import Component, Dossier, Filing, PageText, Record, StoredFile, Unit
from sohoa.storage.completeness import completeness
from sohoa.storage.indicators.count import count
from sohoa.storage.indicators.period import Period
from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.refiling import DossierNotInRegister
from sohoa.storage.review import Doubt, at_the_desk, waiting
from sohoa.storage.revisions import ChangedMeanwhile, catch_up, path_of
from sohoa.storage.search.index import search
from sohoa.storage.settling import Hand, choose, confirm, correct, say_absent, undo
from tests.made import entered_again, put_beside, text_content

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
LOCK = Lock("GOVERNANCE", 1)
HAND = Hand("mau-1", NOON, LOCK.retention(NOON))
FIRST, SECOND, THIRD, UNKNOWN = (f"H99.12-260105-000{n}" for n in (1, 2, 3, 7))
LY, VAN = "003163284406", "003301883911"
DON = {"code": "DON", "name": "Đơn", "confidence": 0.98, "agreement": "title", "witnesses": {"title": "DON"}}


def read(value: str, confidence: float = 0.97, **more: Any) -> dict[str, Any]:
    told = {"value": value, "confidence": confidence, "page": 1, "bbox": [1, 2, 3, 4], "raw": "", "source": "ocr"}
    return {**told, "alternatives": [], "witnesses": [], **more}


@pytest.fixture(autouse=True)
def register() -> None:
    unit = Unit.objects.create(pk="H99.12", name="UBND phường Đông Hải", level="commune")
    for code, owner in ((FIRST, LY), (SECOND, VAN), (THIRD, VAN)):
        dossier = Dossier.objects.create(
            pk=code,
            procedure_code="1.004194" if code != THIRD else "2.000815",
            procedure_name="Cấp giấy phép mẫu",
            unit=unit,
            channel="direct",
            received_at=datetime(2026, 1, 5, tzinfo=UTC),
            yields_result=False,
            owner_identifier=owner,
        )
        Component.objects.create(dossier=dossier, ordinal=1, document_type="DON", name="Đơn", decision="required_by_rule")


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    store = FolderStore(tmp_path / "store")
    store.prepare()
    return store


@pytest.fixture
def archived(store: FolderStore, tmp_path: Path):
    def archived(name: str = "a", **more: Any) -> Record:
        original = tmp_path / f"{name}.pdf"
        original.write_bytes(f"giấy {name}".encode())
        told: dict[str, Any] = {
            "source_sha256": (name.encode().hex() * 64)[:64],
            "source_name": "giay.pdf",
            "contents": [Content("original", original, ".pdf", "application/pdf"), text_content(tmp_path, "chữ trên trang một")],
            "type": DON,
            "fields": {"dossier_code": read(FIRST)},
            "needs_review": (),
            "flags": (),
            "pages": 1,
            "confidence": 0.9,
            "signed_on_arrival": False,
            "unit": "H99.12",
        }
        given = {**told, **more}
        given["fields"] = {"owner_name": read("Nguyễn Thị Mẫu"), **given["fields"]}
        return deposit(Deposit(**given), store, LOCK, now=NOON)

    return archived


def places() -> dict[str, list[str]]:
    """Of each dossier, the records that fill a component; those without a place in brackets."""
    found: dict[str, list[str]] = {}
    for filing in Filing.objects.order_by("record_id"):
        found.setdefault(filing.dossier_code, []).append(filing.record_id if filing.component else f"({filing.record_id})")
    return found


def digitised() -> set[str]:
    """The dossiers that the indicators do not miss."""
    figures = count(Period(date(2026, 1, 1), date(2026, 12, 31), "civil"))
    (figure,) = (figure for figure in figures if figure.indicator.id == "dossier_digitization_rate")
    return {FIRST, SECOND, THIRD} - set(figure.missing)


def about_dossier(record: Record, store: FolderStore) -> Doubt:
    (doubt,) = (doubt for doubt in at_the_desk(record.pk, store, now=NOON).doubts if doubt.field == "dossier_code")
    return doubt


def facts(record: Record) -> dict[str, Any]:
    record = Record.objects.get(pk=record.pk)
    about = PageText.objects.get(record=record, number=0).text
    return {
        "fields": record.fields,
        "flags": record.flags,
        "waits": record.waits,
        "asked": sorted(record.needs_review),
        "at": places(),
    } | {"about": about}


SUGGESTED = (f"dossier_suggested:{FIRST}:0.92:owner+procedure", f"dossier_suggested:{SECOND}:0.60:owner")


def test_a_corrected_code_moves_the_record_to_that_dossier_and_its_place_is_free_again(store, archived) -> None:
    record = archived(dossier=FIRST)
    waits_for_the_place = archived("b", dossier=FIRST)
    assert places() == {FIRST: [record.pk, f"({waits_for_the_place.pk})"]}
    correct(record.pk, "dossier_code", SECOND, store, HAND)
    assert places() == {FIRST: [waits_for_the_place.pk], SECOND: [record.pk]}
    assert [hit.document_id for hit in search(SECOND)] == [record.pk]
    (revision,) = record.revisions.all()
    assert (revision.filed["before"]["dossier"], revision.filed["after"]["dossier"]) == (FIRST, SECOND)


def test_the_indicators_follow_the_record(store, archived) -> None:
    record = archived(dossier=FIRST, signature={"level": "B-T", "verdict": "ok"})
    assert digitised() == {FIRST}
    correct(record.pk, "dossier_code", SECOND, store, HAND)
    assert digitised() == {SECOND}
    undo(record.pk, "dossier_code", store, HAND)
    assert digitised() == {FIRST}


def test_the_log_says_from_where_to_where_and_by_whom(store, archived) -> None:
    record = archived(dossier=FIRST)
    correct(record.pk, "dossier_code", SECOND, store, HAND)
    confirm(record.pk, "dossier_code", store, HAND)
    event = AuditEvent.objects.get(action="record.refiled")
    assert (event.actor, event.subject) == ("mau-1", record.pk)
    assert json.loads(event.details) == {"from": FIRST, "to": SECOND, "revision": 1}
    assert not list(chain.breaks())


def test_a_confirmed_code_files_a_record_that_lay_nowhere(store, archived) -> None:
    record = archived(needs_review=("dossier_code",), fields={"dossier_code": read(FIRST, 0.6)})
    assert places() == {}
    record = confirm(record.pk, "dossier_code", store, HAND)
    assert places() == {FIRST: [record.pk]} and not record.waits


def test_a_suggestion_is_shown_with_score_and_reasons_and_accepted_by_its_number(store, archived) -> None:
    record = archived(fields={"owner_identifier": read(LY)}, flags=("javascript", *SUGGESTED), needs_review=("dossier_code",))
    doubt = about_dossier(record, store)
    assert (doubt.reason, doubt.choices) == ("dossier_suggested", ((FIRST, 0.92), (SECOND, 0.6)))
    first = doubt.dossiers[0]
    assert (first.clues, first.registered, first.procedure) == (("owner+procedure",), True, "Cấp giấy phép mẫu")
    assert not completeness(record).complete
    record = choose(record.pk, "dossier_code", 2, store, HAND)
    assert places() == {SECOND: [record.pk]}
    assert record.flags == ["javascript"] and not waiting() and completeness(record).complete


def test_a_refused_suggestion_is_recorded_and_asked_no_more(store, archived) -> None:
    record = archived(fields={}, flags=SUGGESTED, needs_review=("dossier_code",))
    record = say_absent(record.pk, "dossier_code", store, HAND)
    assert (places(), record.flags, record.waits) == ({}, [], False)
    assert record.revisions.get().filed["before"]["flags"] == list(SUGGESTED)
    undo(record.pk, "dossier_code", store, HAND)
    record = Record.objects.get()
    assert (record.flags, record.needs_review) == (list(SUGGESTED), ["dossier_code"])


def test_a_disputed_dossier_offers_where_the_record_lies_and_the_other(store, archived) -> None:
    record = archived(
        dossier=SECOND,
        flags=(f"dossier_disputed:{FIRST}:0.93:text",),
        fields={"dossier_code": read(FIRST)},
        needs_review=("dossier_code",),
    )
    doubt = about_dossier(record, store)
    assert (doubt.reason, doubt.value, [code for code, _ in doubt.choices]) == ("dossier_disputed", FIRST, [SECOND])
    assert [about.code for about in doubt.dossiers if about.lies_here] == [SECOND]
    choose(record.pk, "dossier_code", 1, store, HAND)
    assert places() == {SECOND: [record.pk]} and Record.objects.get().flags == []


def test_choices_keep_their_numbers_after_one_was_taken(store, archived) -> None:
    record = archived(fields={}, flags=SUGGESTED, needs_review=("dossier_code",))
    choose(record.pk, "dossier_code", 1, store, HAND)
    choose(record.pk, "dossier_code", 2, store, HAND)
    assert places() == {SECOND: [record.pk]}


@pytest.mark.parametrize("way", ["correct", "confirm"])
def test_a_code_that_the_register_does_not_know_is_questioned_and_nothing_moves(store, archived, way: str) -> None:
    record = archived(fields={"dossier_code": read(UNKNOWN, 0.6)}, needs_review=("dossier_code",))
    before = facts(record)
    assert about_dossier(record, store).reason == "dossier_unknown"
    with pytest.raises(DossierNotInRegister) as refused:
        correct(record.pk, "dossier_code", UNKNOWN[:-1] + "8", store, HAND) if way == "correct" else confirm(
            record.pk, "dossier_code", store, HAND
        )
    assert FIRST in refused.value.as_dict()["vi"], "codes of the register that differ by a digit are named"
    assert facts(record) == before and not FieldRevision.objects.exists()


def test_an_unknown_code_that_is_meant_waits_in_its_dossier_until_the_register_comes(store, archived) -> None:
    record = archived(fields={"dossier_code": read(UNKNOWN, 0.6)}, needs_review=("dossier_code",))
    confirm(record.pk, "dossier_code", store, replace(HAND, unregistered=True))
    assert places() == {UNKNOWN: [f"({record.pk})"]} and digitised() == set()
    late = Dossier.objects.create(pk=UNKNOWN, unit_id="H99.12", channel="direct", received_at=NOON, yields_result=False)
    Component.objects.create(dossier=late, ordinal=1, document_type="DON", name="Đơn", decision="required_by_rule")
    match(UNKNOWN)
    assert places() == {UNKNOWN: [record.pk]}


def test_a_paper_that_bears_no_code_leaves_only_the_dossier_that_such_a_code_had_named(store, archived) -> None:
    by_code, by_hand = archived("a", dossier=FIRST, flags=("dossier_by:text",)), archived("b", dossier=SECOND)
    for record in (by_code, by_hand):
        say_absent(record.pk, "dossier_code", store, HAND)
    assert places() == {SECOND: [by_hand.pk]}


def test_a_corrected_owner_files_the_record_where_owner_and_procedure_leave_one_dossier(store, archived) -> None:
    fields = {"owner_identifier": read("003163284400"), "procedure_code": read("1.004194")}
    record = archived(
        fields=fields, flags=(f"dossier_suggested:{SECOND}:0.60:owner",), needs_review=("dossier_code", "owner_identifier")
    )
    before = facts(record)
    record = correct(record.pk, "owner_identifier", LY, store, HAND)
    assert (places(), record.flags, record.needs_review) == ({FIRST: [record.pk]}, ["dossier_by:owner+procedure"], [])
    record = correct(record.pk, "owner_identifier", VAN, store, HAND)
    assert places() == {SECOND: [record.pk]}, "what only its owner had filed goes where its owner now says"
    correct(record.pk, "procedure_code", "9.999999", store, HAND)
    assert places() == {} and about_dossier(record, store).reason == "dossier_suggested"
    for field in ("procedure_code", "owner_identifier", "owner_identifier"):
        undo(record.pk, field, store, HAND)
    assert facts(record) == before


def test_an_owner_never_moves_what_a_person_or_a_code_had_named_but_asks(store, archived) -> None:
    fields = {"owner_identifier": read("003163284400"), "procedure_code": read("1.004194")}
    record = archived(dossier=SECOND, fields=fields)
    before = facts(record)
    record = correct(record.pk, "owner_identifier", LY, store, HAND)
    assert places() == {SECOND: [record.pk]}
    assert about_dossier(record, store).reason == "dossier_disputed"
    undo(record.pk, "owner_identifier", store, HAND)
    assert facts(record) == before
    correct(record.pk, "dossier_code", SECOND, store, HAND)
    record = correct(record.pk, "owner_identifier", LY, store, HAND)
    assert places() == {SECOND: [record.pk]} and not record.waits, "a person has said which dossier it is"


def test_undoing_an_owner_leaves_the_record_where_a_later_word_on_the_dossier_put_it(store, archived) -> None:
    record = archived(fields={"procedure_code": read("1.004194")})
    correct(record.pk, "owner_identifier", LY, store, HAND)
    correct(record.pk, "dossier_code", THIRD, store, HAND)
    undo(record.pk, "owner_identifier", store, HAND)
    assert places() == {THIRD: [record.pk]}
    undo(record.pk, "dossier_code", store, HAND)
    assert places() == {}


def test_whoever_looked_before_the_move_is_told(store, archived) -> None:
    record = archived(dossier=FIRST)
    correct(record.pk, "dossier_code", SECOND, store, HAND)
    with pytest.raises(ChangedMeanwhile):
        correct(record.pk, "dossier_code", THIRD, store, replace(HAND, by="mau-2", seen=0))
    assert places() == {SECOND: [record.pk]}


def test_the_bucket_alone_gives_the_move_back_even_when_the_register_has_changed(store, archived) -> None:
    fields = {"procedure_code": read("1.004194")}
    record = archived(fields=fields, flags=SUGGESTED, needs_review=("dossier_code",))
    correct(record.pk, "owner_identifier", LY, store, HAND)
    moved = facts(record)
    Dossier.objects.filter(pk=FIRST).update(owner_identifier=VAN)
    for kind in (FieldRevision, StoredFile, PageText, Filing, Record):
        kind.objects.all().delete()
    assert facts(entered_again(record, store)) == moved


def test_a_revision_of_an_earlier_release_says_nothing_of_dossiers_and_moves_nothing(store, archived) -> None:
    record = archived(dossier=FIRST)
    told = {
        "format": "sohoa-revision/1", "document_id": record.pk, "number": 1, "previous": record.files.get(role="manifest").sha256,
        "at": NOON.isoformat(), "by": "mau-1", "field": "dossier_code", "reason": "corrected", "undoes": None, "waited": False,
        "old": read(FIRST), "new": {**read(SECOND), "verified_by": "mau-1"},
    }  # fmt: skip
    put_beside(record, store, {path_of(record.pk, 1): json.dumps(told).encode()})
    assert catch_up(record, store)[0] == 1
    assert places() == {FIRST: [record.pk]} and record.fields["dossier_code"]["value"] == SECOND


def test_a_crash_before_the_row_is_made_up_for_from_the_object_once(store, archived) -> None:
    record = archived(dossier=FIRST, fields={"dossier_code": read(FIRST)}, flags=(f"dossier_disputed:{SECOND}:0.98:qr",))
    before = {name: getattr(record, name) for name in ("fields", "flags", "needs_review", "waits")}
    correct(record.pk, "dossier_code", SECOND, store, HAND)
    moved = facts(record)
    # What a crash leaves: the object is there, and nothing of the transaction.
    FieldRevision.objects.all().delete()
    StoredFile.objects.filter(role__startswith="revision").delete()
    AuditEvent.objects.filter(action__in=("record.reviewed", "record.refiled")).delete()
    Record.objects.filter(pk=record.pk).update(**before)
    Filing.objects.update(dossier_code=FIRST, component=Component.objects.get(dossier=FIRST))
    for _ in range(2):
        at_the_desk(record.pk, store, now=NOON)
        assert facts(record) == moved
    assert AuditEvent.objects.filter(action="record.refiled").count() == 1
