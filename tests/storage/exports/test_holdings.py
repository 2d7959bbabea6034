"""What is exported: whole dossiers, some papers of one, papers that lie in none; numbered once and for all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sohoa.storage.audit import chain
from sohoa.storage.catalogue.records import Filing, Record, StoredFile
from sohoa.storage.catalogue.retention import ResultState
from sohoa.storage.exports.errors import NothingToExport, NotInDossier
from sohoa.storage.exports.holdings import Sources, gather
from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.packages import ocfl
from sohoa.storage.packages.model import Addition
from tests.storage.exports.conftest import DOSSIER, NOON, archived

pytestmark = pytest.mark.django_db


def test_a_dossier_comes_with_its_facts_and_all_its_papers(dossier: FolderStore) -> None:
    (holding,) = gather([DOSSIER])
    assert (holding.code, holding.whole, holding.unit_name) == (DOSSIER, True, "UBND phường Cửa Nam")
    scanned, came = holding.documents
    assert [scanned.current.path, came.current.path] == ["renewals/000001.pdf", "original.pdf"]
    assert scanned.fields["issued_date"] == "2026-01-05"


def test_a_paper_keeps_its_number_when_others_join(dossier: FolderStore) -> None:
    before = {one.id: one.ordinal for one in gather([DOSSIER])[0].documents}
    archived(dossier, "ba", at=NOON + timedelta(days=2))
    after = {one.id: one.ordinal for one in gather([DOSSIER])[0].documents}
    assert after.items() > before.items()
    (last,) = set(after) - set(before)
    (alone,) = gather([last])
    assert (alone.code, alone.whole, [one.ordinal for one in alone.documents]) == (DOSSIER, False, [3])


def test_papers_of_one_dossier_named_one_by_one_come_together_and_loose_ones_alone(dossier: FolderStore) -> None:
    loose = archived(dossier, "rời", dossier="")
    named = [*Record.objects.filter(filings__dossier_code=DOSSIER).values_list("pk", flat=True), loose.pk]
    assert [(one.code, one.in_dossier, len(one.documents)) for one in gather(named)] == [(DOSSIER, True, 2), (loose.pk, False, 1)]


def test_what_nobody_archived_is_refused(dossier: FolderStore) -> None:
    with pytest.raises(NothingToExport):
        gather(["H26.khong-co"])


def test_a_paper_is_exported_with_the_dossier_that_was_asked_for(dossier: FolderStore) -> None:
    record = Record.objects.order_by("archived_at")[0]
    Filing.objects.create(record=record, dossier_code="H26.khac")
    assert [one.code for one in gather([record.pk], "H26.khac")] == ["H26.khac"]
    with pytest.raises(NotInDossier):
        gather([record.pk], "H26.thu-ba")


def test_what_was_destroyed_is_left_out_and_the_rest_keeps_its_numbers(dossier: FolderStore) -> None:
    first = Record.objects.order_by("archived_at")[0]
    StoredFile.objects.filter(record=first).delete()
    (holding,) = gather([DOSSIER])
    assert ([one.ordinal for one in holding.documents], holding.whole) == ([2], True)
    with pytest.raises(NothingToExport):
        gather([first.pk])


def test_looking_at_a_paper_does_not_change_its_package_but_settling_something_does(dossier: FolderStore) -> None:
    before = gather([DOSSIER])[0].canonical()
    record = Record.objects.order_by("archived_at")[0]
    chain.append("record.read", record.pk, now=NOON + timedelta(days=9))
    chain.append("record.exported", record.pk, now=NOON + timedelta(days=9))
    assert gather([DOSSIER])[0].canonical() == before
    ResultState.objects.create(record=record, number=1, state="revoked", sha256="0" * 64, at=NOON)
    assert gather([DOSSIER])[0].documents[0].state == "revoked"
    assert gather([DOSSIER])[0].canonical() != before


def test_files_of_the_package_that_no_row_names_come_along(dossier: FolderStore) -> None:
    record = Record.objects.order_by("archived_at")[0]
    told = Addition(f"{record.pk}/renewals/000001.json", b'{"reason":"certificate_ends"}', "application/json")
    ocfl.add(dossier, record.package, [told], message="renewed", by="máy-đêm", now=NOON, retention=None)
    (holding,) = gather([DOSSIER], sources=Sources(dossier))
    assert "renewals/000001.json" in [file.path for file in holding.documents[0].files]
