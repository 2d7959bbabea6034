"""SIP, AIP and DIP: laid out as the notes on TT 05/2025 have it, valid by the schemas, the same bytes each time."""

from __future__ import annotations

import zipfile
from pathlib import Path
from urllib.parse import unquote

import pytest
from lxml import etree

from sohoa.kernel.errors import SohoaError
from sohoa.kernel.verdicts import Outcome
from sohoa.pipeline.copying import mark_copy
from sohoa.storage.audit.models import AuditEvent
from sohoa.storage.catalogue.records import Record, StoredFile
from sohoa.storage.exports.codes import LABEL_VI, Chosen, chosen
from sohoa.storage.exports.errors import CodeRefused, StoredFileDiffers, TargetNotEmpty
from sohoa.storage.exports.exporting import Exported, Form, Order, export
from sohoa.storage.exports.holdings import gather
from sohoa.storage.exports.reading import arrive, inspect, papers_of
from sohoa.storage.objects.folder import FolderStore
from tests.storage.exports.conftest import DOSSIER, FILES, NOON, archived, pdf_of
from tests.storage.exports.judging import complaints

pytestmark = pytest.mark.django_db
XLINK = "{http://www.w3.org/1999/xlink}href"


def _made(form: Form, store: FolderStore, into: Path, **more: object) -> Exported:
    return export(gather([DOSSIER])[0], into, Order(form, **more), store, now=NOON)  # pyright: ignore[reportArgumentType]


def _ead(file: Path) -> dict[str, str]:
    return {one.tag: one.text or "" for one in etree.parse(file).getroot().iter("*")}


@pytest.mark.parametrize("form", [Form.SIP, Form.AIP])
def test_mets_and_premis_are_valid_by_their_schemas(form: Form, dossier: FolderStore, tmp_path: Path) -> None:
    package = _made(form, dossier, tmp_path).path
    for mets in package.rglob("METS.xml"):
        assert complaints("mets.xsd", mets.read_bytes()) == []
    premis = list(package.rglob("PREMIS*.xml"))
    assert len(premis) == (3 if form is Form.AIP else 0)
    for file in premis:
        assert complaints("premis.xsd", file.read_bytes()) == []


@pytest.mark.parametrize("form", [Form.SIP, Form.AIP])
def test_every_file_is_referenced_exactly_once(form: Form, dossier: FolderStore, tmp_path: Path) -> None:
    package = _made(form, dossier, tmp_path).path
    named = [
        (mets.parent / unquote(place.get(XLINK, ""))).relative_to(package).as_posix()
        for mets in package.rglob("METS.xml")
        for place in etree.parse(mets).iter("{*}mdRef", "{*}FLocat")
    ]
    there = [one.relative_to(package).as_posix() for one in package.rglob("*") if one.is_file()]
    assert sorted([*named, "METS.xml"]) == sorted(there)


def test_a_sip_says_of_dossier_and_papers_what_is_known_and_nothing_else(dossier: FolderStore, tmp_path: Path) -> None:
    package = _made(Form.SIP, dossier, tmp_path, chosen=chosen("06", "02")).path
    about = _ead(package / "metadata" / "descriptive" / "EAD.xml")
    assert len(about) == 1 + 18
    assert (about["fileCode"], about["paperFileCode"], about["maintenance"], about["mode"]) == (DOSSIER, DOSSIER, "06", "02")
    assert (about["startDate"], about["endDate"], about["totalDoc"], about["numberOfPage"]) == (
        "31/01/2026",
        "27/02/2026",
        "2",
        "4",
    )
    assert (about["confidenceLevel"], about["keyword"], about["riskRecovery"]) == ("03", "", "")
    paper = _ead(package / f"representations/rep1/metadata/descriptive/EAD_doc_{DOSSIER}.0000001.xml")
    assert len(paper) == 1 + 21
    assert (paper["docCode"], paper["issuedDate"], paper["confidenceLevel"]) == (f"{DOSSIER}.0000001", "05/01/2026", "02")
    assert paper["subject"] == "cấp giấy phép cho ông A, số 022123451234 & «bà B»"
    data = package / "representations/rep1/data"
    assert (data / f"{DOSSIER}.0000001.pdf").read_bytes() == FILES["record-000001"][1]
    assert (data / f"{DOSSIER}.0000002.pdf").read_bytes() == b"%PDF-1.7 came signed"


def test_an_aip_holds_every_object_of_the_archive(dossier: FolderStore, tmp_path: Path, tree) -> None:
    contents = list(tree(_made(Form.AIP, dossier, tmp_path).path).values())
    assert all(content in contents for _, content in FILES.values())


def test_a_package_says_that_nobody_checked_it_against_the_official_annexes(dossier: FolderStore, tmp_path: Path) -> None:
    package = _made(Form.SIP, dossier, tmp_path).path
    for file in ("METS.xml", "metadata/descriptive/EAD.xml", "documentation/GIOI-THIEU.txt"):
        assert LABEL_VI in (package / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("form", [Form.SIP, Form.AIP])
def test_the_same_holding_gives_the_same_package_and_zip(form: Form, dossier: FolderStore, tmp_path: Path, tree) -> None:
    first, second = (_made(form, dossier, tmp_path / name) for name in ("a", "b"))
    assert tree(first.path) == tree(second.path)
    zips = [_made(form, dossier, tmp_path / name, zipped=True).path.read_bytes() for name in ("c", "d")]
    assert zips[0] == zips[1]
    with zipfile.ZipFile(tmp_path / "c" / f"{first.path.name}.zip") as packed:
        assert {one.filename for one in packed.infolist()} == {f"{first.path.name}/{name}" for name in tree(first.path)}


def test_another_content_gets_another_identifier(dossier: FolderStore, tmp_path: Path) -> None:
    first = _made(Form.SIP, dossier, tmp_path)
    archived(dossier, "thêm")
    assert _made(Form.SIP, dossier, tmp_path).identifier != first.identifier


@pytest.mark.parametrize("zipped", [False, True])
def test_exporting_again_keeps_what_is_there_and_whole(zipped: bool, dossier: FolderStore, tmp_path: Path) -> None:
    first = _made(Form.BAGIT, dossier, tmp_path, zipped=zipped)
    assert (first.again, _made(Form.BAGIT, dossier, tmp_path, zipped=zipped).again) == (False, True)


def test_something_else_under_the_name_is_never_overwritten(dossier: FolderStore, tmp_path: Path, tree) -> None:
    package = _made(Form.BAGIT, dossier, tmp_path).path
    (package / "data" / "holding.json").write_text("sửa tay", encoding="utf-8")
    before = tree(tmp_path)
    with pytest.raises(TargetNotEmpty):
        _made(Form.BAGIT, dossier, tmp_path)
    assert tree(tmp_path) == before


def test_a_file_that_is_no_longer_what_was_archived_makes_no_package(dossier: FolderStore, tmp_path: Path) -> None:
    StoredFile.objects.filter(role="text").update(sha256="0" * 64)
    with pytest.raises(StoredFileDiffers):
        _made(Form.AIP, dossier, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
    assert not AuditEvent.objects.filter(action="record.exported").exists()


def test_what_a_killed_run_left_aside_is_cleared_and_never_taken_for_a_package(dossier: FolderStore, tmp_path: Path) -> None:
    aside = tmp_path / ".sohoa-export-part" / "uuid-half"
    aside.mkdir(parents=True)
    (aside / "METS.xml").write_text("<half")
    made = _made(Form.SIP, dossier, tmp_path)
    assert [one.name for one in tmp_path.iterdir() if one.name != "store"] == [made.path.name]


def test_every_paper_that_leaves_is_an_event_of_the_log(dossier: FolderStore, tmp_path: Path) -> None:
    made = _made(Form.SIP, dossier, tmp_path)
    events = AuditEvent.objects.filter(action="record.exported")
    assert {event.subject for event in events} == set(Record.objects.values_list("pk", flat=True))
    assert all(str(made.identifier) in event.details for event in events)


def test_copies_for_readers_are_marked_unsigned_and_masked(dossier: FolderStore, tmp_path: Path) -> None:
    files = {"record": ("record.pdf", pdf_of("trang một", "trang hai"))}
    loose = archived(dossier, "pdf thật", files, dossier="")
    (holding,) = gather([loose.pk])
    dips = [export(holding, tmp_path / name, Order(Form.DIP, mark=mark_copy), dossier, now=NOON).path for name in ("a", "b")]
    (copy,) = (dips[0] / "representations/rep1/data").iterdir()
    assert copy.read_bytes() == (dips[1] / copy.relative_to(dips[0])).read_bytes() != files["record"][1]
    (about,) = (dips[0] / "representations/rep1/metadata/descriptive").iterdir()
    assert "022*****1234" in _ead(about)["subject"]
    assert "BẢN SAO" in (dips[0] / "documentation/GIOI-THIEU.txt").read_text(encoding="utf-8")
    assert "BẢN SAO" in etree.parse(dips[0] / "METS.xml").getroot().get("LABEL", "")


def test_a_paper_that_nobody_can_mark_makes_no_dip(dossier: FolderStore, tmp_path: Path) -> None:
    with pytest.raises(SohoaError) as refused:
        _made(Form.DIP, dossier, tmp_path / "out", mark=mark_copy)
    assert refused.value.code == "pipeline.copy_not_made"
    assert list((tmp_path / "out").iterdir()) == []


def test_a_package_of_ours_gives_back_its_papers_with_what_it_says_of_them(dossier: FolderStore, tmp_path: Path) -> None:
    with arrive(_made(Form.SIP, dossier, tmp_path, zipped=True).path) as arrived:
        assert inspect(arrived).outcome is Outcome.OK
        first, second = papers_of(arrived)
        assert (first.dossier, first.type_name, first.fields["issued_date"]) == (DOSSIER, "Quyết định", "2026-01-05")
        assert second.path.read_bytes() == b"%PDF-1.7 came signed"


def test_a_code_that_no_table_has_is_refused() -> None:
    with pytest.raises(CodeRefused):
        chosen("08")
    assert chosen("", "") == Chosen()
