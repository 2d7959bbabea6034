"""Bags: the Library of Congress' own program is the judge of ours, and ours judges those of others."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import bagit
import pytest

from sohoa.kernel.verdicts import Outcome
from sohoa.storage.catalogue.register import Dossier
from sohoa.storage.exports.exporting import Exported, Form, Order, export
from sohoa.storage.exports.holdings import gather
from sohoa.storage.exports.reading import arrive, inspect, papers_of
from sohoa.storage.objects.folder import FolderStore
from tests.storage.exports.conftest import DOSSIER, FILES, NOON, archived

pytestmark = pytest.mark.django_db
BAG = Order(Form.BAGIT)


@pytest.fixture
def bag(dossier: FolderStore, tmp_path: Path) -> Exported:
    return export(gather([DOSSIER])[0], tmp_path / "out", BAG, dossier, now=NOON)


def _rules(package: Path) -> dict[str, list[str]]:
    with arrive(package) as arrived:
        report = inspect(arrived)
    return {rule: [one.what for one in report.findings if one.rule == rule] for rule in report.of(Outcome.FAILED)}


def test_the_library_of_congress_finds_the_bag_valid(bag: Exported) -> None:
    judged = bagit.Bag(str(bag.path))
    judged.validate()
    assert judged.info["External-Identifier"] == DOSSIER
    assert judged.info["Source-Organization"] == "UBND phường Cửa Nam"
    assert judged.info["Bagging-Date"] == "2026-03-02"
    assert {*judged.algorithms} == {"sha256", "sha512"}


def test_every_object_of_every_paper_is_in_it_byte_for_byte(bag: Exported) -> None:
    first = bag.path / "data" / f"{DOSSIER}.0000001"
    assert {one.relative_to(first).as_posix(): one.read_bytes() for one in first.rglob("*.*")} == dict(FILES.values())
    told = json.loads((bag.path / "data" / "holding.json").read_bytes())
    assert told["documents"][0]["fields"]["subject"] == "cấp giấy phép cho ông A, số 022123451234 & «bà B»"


def test_the_same_holding_gives_the_same_bytes_another_day(bag: Exported, dossier: FolderStore, tmp_path: Path, tree) -> None:
    later = NOON.replace(year=2031)
    again = export(gather([DOSSIER])[0], tmp_path / "other", BAG, dossier, now=later)
    assert tree(again.path) == tree(bag.path)


def test_a_code_with_odd_letters_makes_a_bag_that_stays_within_its_folder(
    registered: Dossier, plain: FolderStore, tmp_path: Path
) -> None:
    code = "../Hồ sơ 5%: «A/B»\n=x"
    archived(plain, "lạ", dossier=code)
    made = export(gather([code])[0], tmp_path / "out", BAG, plain, now=NOON)
    assert made.path.parent == tmp_path / "out"
    bagit.Bag(str(made.path)).validate()
    with arrive(made.path) as arrived:
        assert [paper.dossier for paper in papers_of(arrived)] == [code]


def _flip(bag: Path) -> None:
    file = next(bag.rglob("record.pdf"))
    file.write_bytes(file.read_bytes()[:-1] + b"\0")


SPOILED: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "a flipped byte": (_flip, "bag.checksums", "sha256_differs"),
    "a missing file": (lambda bag: next(bag.rglob("record.pdf")).unlink(), "bag.complete", "missing"),
    "a file more": (lambda bag: (bag / "data" / "x.pdf").write_bytes(b"x"), "bag.complete", "not_listed"),
    "an edited bag-info": (lambda bag: (bag / "bag-info.txt").write_text("A: b\n"), "bag.checksums", "sha256_differs"),
    "no manifest": (lambda bag: [one.unlink() for one in bag.glob("manifest-*")], "bag.manifest", "none"),
    "another version": (lambda bag: (bag / "bagit.txt").write_text("BagIt-Version: 9\n"), "bag.declaration", "version_unknown"),
    "parts elsewhere": (lambda bag: (bag / "fetch.txt").write_text("x"), "bag.whole", "parts_elsewhere"),
    "a path that climbs out": (
        lambda bag: (bag / "manifest-md5.txt").write_text("0" * 32 + "  data/../../../etc/passwd\n"),
        "bag.complete",
        "missing",
    ),
    "an unreadable line": (lambda bag: (bag / "manifest-md5.txt").write_text("oops\n"), "bag.manifest", "line_unreadable"),
    "not a text": (lambda bag: (bag / "manifest-md5.txt").write_bytes(b"\xff\xfe"), "bag.manifest", "not_utf8"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_what_was_done_to_a_bag_is_found_and_named(templates: Mapping[str, Path], tmp_path: Path, name: str) -> None:
    spoil, rule, what = SPOILED[name]
    bag = Path(shutil.copytree(templates["bag"], tmp_path / "bag"))
    assert _rules(bag) == {}
    spoil(bag)
    assert what in _rules(bag)[rule]


def test_a_bag_of_others_is_read_too(tmp_path: Path) -> None:
    papers = tmp_path / "túi"
    papers.mkdir()
    (papers / "Đơn xin 100% (a).pdf").write_bytes(b"%PDF-1.4")
    bagit.make_bag(str(papers), {"Contact-Name": "Nguyễn Văn A"}, checksums=["md5"])
    with arrive(papers) as arrived:
        assert inspect(arrived).outcome is Outcome.OK
        assert [paper.name for paper in papers_of(arrived)] == ["data/Đơn xin 100% (a).pdf"]


def test_a_bag_of_ours_gives_back_the_papers_that_count(bag: Exported) -> None:
    shutil.make_archive(str(bag.path), "zip", bag.path.parent, bag.path.name)
    with arrive(bag.path.with_name(bag.path.name + ".zip")) as arrived:
        papers = papers_of(arrived)
        assert [paper.path.read_bytes() for paper in papers] == [FILES["record-000001"][1], b"%PDF-1.7 came signed"]
        assert papers[0].fields["code_notation"] == "QĐ-UBND"
