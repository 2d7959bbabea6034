from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sohoa.kernel.clock import now
from sohoa.storage.audit.models import AuditEvent
from sohoa.storage.catalogue.models import Component, Dossier, Filing, Record, Result
from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.objects.model import Retention
from sohoa.storage.register_import import COLUMNS, NUMBERED, Imported, NotARegister, weigh
from sohoa.storage.register_keeping import import_register

pytestmark = pytest.mark.django_db

ROW = {
    "dossier_code": "H99-260105-0001", "procedure_code": "1.009122", "procedure_name": "Cấp giấy phép", "sector": "Xây dựng",
    "unit_code": "H99.1", "unit_name": "UBND phường Thử", "unit_level": "commune", "channel": "online",
    "received_at": "2026-01-05T08:00:00+07:00", "due_at": "", "resolved_at": "", "returned_at": "", "status": "4",
    "yields_result": "yes", "kind": "component", "ordinal": "1", "document_type": "DON", "name": "Đơn", "decision": "required_by_rule",
    "sheets": "1",
}  # fmt: skip
KEPT = Retention("GOVERNANCE", datetime(2036, 1, 1, tzinfo=UTC))
RESULT = {**ROW, "kind": "result", "document_type": "GPXD", "name": "Giấy phép", "decision": "", "sheets": ""}


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    store = FolderStore(tmp_path / "store")
    store.prepare()
    return store


@pytest.fixture
def bring(tmp_path: Path, store: FolderStore):
    def bring(*rows: dict[str, str], encoding: str = "utf-8-sig", dry_run: bool = False) -> Imported:
        file = tmp_path / "so.csv"
        with file.open("w", encoding=encoding, newline="") as out:
            writer = csv.DictWriter(out, list(dict.fromkeys(name for row in (dict.fromkeys(COLUMNS), *rows) for name in row)))
            writer.writeheader()
            writer.writerows(rows)
        return weigh(file) if dry_run else import_register(file, store, retention=KEPT, now=now())

    return bring


def test_a_dossier_comes_in_with_its_components_and_results(bring) -> None:
    assert bring(ROW, RESULT).as_dict() == {"created": 1, "updated": 0, "unchanged": 0, "refused": []}
    assert Result.objects.get().code == "H99-260105-0001-KQ1"
    assert Component.objects.get().sheets == 1


def test_the_same_file_again_changes_nothing(bring) -> None:
    bring(ROW, RESULT)
    before = (Component.objects.get().pk, Result.objects.get().pk)
    assert bring(ROW, RESULT).unchanged == 1
    assert (Component.objects.get().pk, Result.objects.get().pk) == before


def test_a_changed_row_updates_and_a_component_no_longer_listed_goes(bring) -> None:
    bring(ROW, {**ROW, "ordinal": "2", "document_type": "TK"})
    assert bring({**ROW, "resolved_at": "2026-02-01T09:00:00+07:00"}).updated == 1
    assert Dossier.objects.get().resolved_at is not None
    assert [part.ordinal for part in Component.objects.all()] == [1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"dossier_code": ""}, {"channel": "fax"}, {"received_at": "hôm qua"}, {"received_at": ""}, {"decision": "maybe"}, {"kind": "thing"},
        {"dossier_code": "x" * 61}, {"unit_code": "x" * 41}, {"unit_level": "x" * 21}, {"status": "x" * 31}, {"name": "x" * 301},
        {"ordinal": "2147483648"}, {"sheets": "9" * 5000}, {"received_at": "0001-01-01T00:00:00+07:00"},
        {"ordinal": "một"}, {"yields_result": "perhaps"}, {"sheets": "nhiều"}, {"unit_code": ""},
    ],
    ids=lambda wrong: f"{next(iter(wrong))}-{next(iter(wrong.values())) or 'empty'}"[:40],
)  # fmt: skip
def test_a_bad_row_keeps_its_dossier_out_and_stops_nothing_else(bring, wrong: dict[str, str]) -> None:
    good = {**ROW, "dossier_code": "H99-260105-0002"}
    outcome = bring({**ROW, **wrong}, good)
    assert outcome.created == 1
    (refused,) = outcome.refused
    assert refused.line == 2 and refused.reason
    assert [dossier.pk for dossier in Dossier.objects.all()] == ["H99-260105-0002"]


def test_rows_of_one_dossier_that_contradict_each_other_are_refused(bring) -> None:
    outcome = bring(ROW, {**RESULT, "channel": "direct"})
    assert "channel" in outcome.refused[0].reason
    assert not Dossier.objects.exists() and not Component.objects.exists()


def test_a_dry_run_writes_nothing(bring) -> None:
    assert bring(ROW, dry_run=True).created == 1
    assert not Dossier.objects.exists() and not AuditEvent.objects.exists()


def test_papers_that_came_before_the_register_find_their_place_when_it_comes(bring) -> None:
    record = Record.objects.create(
        id="1" * 20, source_sha256="1" * 64, type_code="DON", pages=1, confidence=1, signed_on_arrival=False, archived_at=now()
    )
    Filing.objects.create(record=record, dossier_code=ROW["dossier_code"])
    bring(ROW)
    assert Filing.objects.get().component == Component.objects.get()


def test_a_time_without_a_zone_is_vietnams(bring) -> None:
    bring({**ROW, "received_at": "2026-01-05T08:00"})
    assert Dossier.objects.get().received_at.isoformat() == "2026-01-05T01:00:00+00:00"


def test_a_file_that_is_no_register_is_refused_whole(bring, tmp_path: Path) -> None:
    with pytest.raises(NotARegister):
        bring(ROW, encoding="utf-16")
    other = tmp_path / "khac.csv"
    other.write_text("a,b\n1,2\n")
    with pytest.raises(NotARegister) as refused:
        weigh(other)
    assert "dossier_code" in str(refused.value)


def test_an_export_may_say_number_notation_and_day_of_a_paper(bring) -> None:
    given = {**RESULT, "code_number": "05", "code_notation": "QĐ-UBND", "issued_date": "27/02/2026"}
    assert bring(given).created == 1
    result = Result.objects.get()
    assert (result.code_number, result.code_notation, str(result.issued_date)) == ("05", "QĐ-UBND", "2026-02-27")
    assert bring(given).unchanged == 1
    assert bring({**given, "code_number": "05/QĐ-UBND", "code_notation": "", "issued_date": "2026-02-27"}).unchanged == 1


def test_an_export_without_these_columns_leaves_them_as_they_are_and_an_empty_one_takes_them_away(bring) -> None:
    bring({**RESULT, "code_number": "05", "issued_date": "2026-02-27"})
    assert bring(RESULT).unchanged == 1
    assert Result.objects.get().code_number == "05"
    assert bring({**RESULT, "code_number": "", "issued_date": ""}).updated == 1
    assert (Result.objects.get().code_number, Result.objects.get().issued_date) == ("", None)


@pytest.mark.parametrize("wrong", [{"issued_date": "31/02/2026"}, {"issued_date": "hôm qua"}, {"code_number": "1" * 31}], ids=str)
def test_a_day_or_number_that_cannot_be_keeps_its_dossier_out(bring, wrong: dict[str, str]) -> None:
    (refused,) = bring({**RESULT, **wrong}).refused
    assert next(iter(wrong)) in refused.reason and not Dossier.objects.exists()


def test_the_columns_that_may_be_left_out_are_explained() -> None:
    page = (Path(__file__).parents[2] / "docs/vi/so-dang-ky.md").read_text(encoding="utf-8")
    assert [name for name in NUMBERED if f"\n| `{name}` |" not in page] == []
