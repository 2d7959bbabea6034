"""Packages from strangers: broken, sloppy or hostile; each gets a verdict with a name, none does any harm."""

from __future__ import annotations

import io
import os
import re
import shutil
import stat
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sohoa.kernel.verdicts import Outcome
from sohoa.storage.exports.errors import PackageRefused, PackageUnreadable
from sohoa.storage.exports.reading import Report, arrive, inspect, papers_of
from sohoa.storage.exports.reading.arriving import Bounds
from sohoa.storage.exports.reading.xml_reading import BadXml, parsed
from tests.storage.exports.conftest import DOSSIER

EAD = "metadata/descriptive/EAD.xml"
DOC = f"representations/rep1/metadata/descriptive/EAD_doc_{DOSSIER}.0000001.xml"
PDF = f"representations/rep1/data/{DOSSIER}.0000001.pdf"


@pytest.fixture
def aip(templates: Mapping[str, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(templates["aip"], tmp_path / templates["aip"].name))


def _look(package: Path) -> Report:
    with arrive(package) as arrived:
        return inspect(arrived)


def _found(report: Report) -> set[tuple[str, str]]:
    return {(one.rule, one.what) for one in report.findings}


def test_a_whole_package_has_no_finding(aip: Path) -> None:
    report = _look(aip)
    assert (report.findings, report.kind, report.profile, report.outcome) == ([], "aip", "AIP_hoso", Outcome.OK)


def _edit(file: str, old: str, new: str) -> Callable[[Path], object]:
    """A change that keeps METS' word about the file, so that only what is said in it is wrong."""

    def change(package: Path) -> None:
        target = package / file
        before = target.read_text(encoding="utf-8")
        after = re.sub(old, new, before, count=1, flags=re.DOTALL)
        assert after != before
        target.write_text(after, encoding="utf-8")

    return change


def _link(package: Path) -> None:
    (package / PDF).unlink()
    (package / PDF).symlink_to("/etc/passwd")


LOL = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><simpledc>&b;</simpledc>'
FOREIGN = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><simpledc>&a;</simpledc>'
FAILS: dict[str, tuple[Callable[[Path], object], tuple[str, str]]] = {
    "a flipped byte": (lambda p: (p / PDF).write_bytes(b"%PDF-1.7 signed, stamped agaim"), ("eark.checksums", "sha256_differs")),
    "a cut file": (lambda p: (p / PDF).write_bytes(b"%PDF"), ("eark.sizes", "differs")),
    "a missing file": (lambda p: (p / PDF).unlink(), ("eark.present", "missing")),
    "a file that nothing names": (lambda p: (p / "documentation/x.exe").write_bytes(b"MZ"), ("eark.references", "not_referenced")),
    "a link": (_link, ("package.paths_safe", "unsafe_path")),
    "a pipe": (lambda p: os.mkfifo(p / "documentation/x"), ("package.paths_safe", "unsafe_path")),
    "two names for one file": (lambda p: (p / "documentation/gioi-thieu.TXT").touch(), ("package.paths_safe", "unsafe_path")),
    "entities": (lambda p: (p / EAD).write_text(LOL), ("eark.xml", "has_dtd")),
    "an entity from elsewhere": (lambda p: (p / DOC).write_text(FOREIGN), ("eark.xml", "has_dtd")),
    "half an XML": (lambda p: (p / DOC).write_text("<simpledc><docCode>"), ("eark.xml", "malformed")),
    "a METS of another kind": (lambda p: (p / "METS.xml").write_text("<mets/>"), ("eark.mets", "not_mets")),
    "no METS": (lambda p: (p / "METS.xml").unlink(), ("package.recognised", "neither_bag_nor_mets")),
    "an address that climbs out": (
        _edit("METS.xml", 'href="schemas/mets.xsd"', 'href="../../etc/passwd"'),
        ("eark.references", "leaves_package"),
    ),
    "an address on the network": (
        _edit("METS.xml", 'href="schemas/mets.xsd"', 'href="ftp://x/mets.xsd"'),
        ("eark.references", "leaves_package"),
    ),
    "no kind": (_edit("METS.xml", 'csip:OAISPACKAGETYPE="AIP"', ""), ("eark.type", "missing")),
    "another count": (_edit(EAD, "<totalDoc>2", "<totalDoc>3"), ("eark.counts", "total_doc_differs")),
    "a day that is none": (_edit(DOC, "05/01/2026", "31/02/2026"), ("eark.dates", "issuedDate_unreadable")),
    "an unknown code": (_edit(EAD, "<mode />", "<mode>09</mode>"), ("eark.codes", "mode_unknown")),
    "an empty fileCode": (_edit(EAD, "<fileCode>.*?</fileCode>", "<fileCode/>"), ("eark.dossier", "fileCode_empty")),
    "two papers of one number": (_edit(DOC, "0000001</docCode>", "0000002</docCode>"), ("eark.doc_codes", "twice")),
    "an element twice": (_edit(DOC, "<docId>", "<docId/><docId>"), ("eark.documents", "element_twice")),
    "no PREMIS": (
        lambda p: [one.unlink() for one in p.rglob("PREMIS*.xml")],
        ("eark.premis", "missing"),
    ),
}


@pytest.mark.parametrize("name", FAILS)
def test_what_is_wrong_with_a_package_is_found_named_and_no_paper_is_taken(aip: Path, name: str) -> None:
    spoil, finding = FAILS[name]
    spoil(aip)
    report = _look(aip)
    assert (finding in _found(report), report.outcome) == (True, Outcome.FAILED)
    with arrive(aip) as arrived, pytest.raises(PackageRefused):
        papers_of(arrived)


DOUBTS: dict[str, tuple[Callable[[Path], object], tuple[str, str]]] = {
    "a year fixed in docCode": (
        _edit(DOC, r"<docCode>.*?</docCode>", "<docCode>2024.0000001</docCode>"),
        ("eark.doc_codes", "other_form"),
    ),
    "arcDocCode": (
        _edit(DOC, r"<docCode>(.*?)</docCode>", r"<arcDocCode>\1</arcDocCode>"),
        ("eark.documents", "element_other_name"),
    ),
    "an element of their own": (_edit(DOC, "<docId>", "<nguoiNop>A</nguoiNop><docId>"), ("eark.documents", "element_unknown")),
    "an element left out": (_edit(DOC, "<keyword />", ""), ("eark.documents", "keyword_missing")),
}


@pytest.mark.parametrize("name", DOUBTS)
def test_the_known_ways_of_other_senders_are_read_and_told_as_doubts(aip: Path, name: str) -> None:
    spoil, finding = DOUBTS[name]
    spoil(aip)
    _truthful(aip)
    report = _look(aip)
    assert _found(report) == {finding}
    assert report.outcome is Outcome.UNDETERMINED
    with arrive(aip) as arrived:
        assert [paper.fields["code_number"] for paper in papers_of(arrived) if paper.name.startswith("representations/rep1")] == [
            "05"
        ] * 2


def test_a_digitised_dossier_without_its_paper_code_is_a_doubt(aip: Path) -> None:
    _edit(EAD, "<paperFileCode>.*?</paperFileCode>", "<paperFileCode/>")(aip)
    _edit(EAD, "<confidenceLevel>03", "<confidenceLevel>02")(aip)
    _truthful(aip)
    assert _found(_look(aip)) == {("eark.paper_file_code", "empty")}


def test_elements_are_read_in_any_order_and_under_any_prefix(aip: Path) -> None:
    target = aip / DOC
    lines = re.findall(r"<(\w+)>([^<]*)</\w+>", target.read_text(encoding="utf-8"))
    turned = "".join(f"<v:{name}>{value}</v:{name}>" for name, value in reversed(lines))
    empty = re.findall(r"<(\w+) />", target.read_text(encoding="utf-8"))
    target.write_text(
        f'<v:simpledc xmlns:v="urn:v">{turned}{"".join(f"<v:{name}/>" for name in empty)}</v:simpledc>', encoding="utf-8"
    )
    _truthful(aip)
    assert _found(_look(aip)) == set()


def _truthful(package: Path) -> None:
    """Let every METS tell the truth about the files as they are now."""
    import hashlib
    from urllib.parse import unquote

    for mets in sorted(package.rglob("METS.xml"), key=lambda one: -len(one.parts)):
        text = mets.read_text(encoding="utf-8")
        for element in re.findall(r"<mets:(?:mdRef|file) .*?>(?:\s*<mets:FLocat .*?>)?", text, re.DOTALL):
            (href,) = re.findall(r'xlink:href="(.*?)"', element)
            content = (mets.parent / unquote(href)).read_bytes()
            new = re.sub(r'SIZE="\d+"', f'SIZE="{len(content)}"', element)
            new = re.sub(r'CHECKSUM="\w+"', f'CHECKSUM="{hashlib.sha256(content).hexdigest()}"', new)
            text = text.replace(element, new)
        mets.write_text(text, encoding="utf-8")


def _zip(*entries: tuple[str, bytes], mode: int = 0o100644) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in entries:
            entry = zipfile.ZipInfo(name)
            entry.external_attr, entry.create_system, entry.compress_type = mode << 16, 3, zipfile.ZIP_DEFLATED
            packed.writestr(entry, content)
    return out.getvalue()


UNSAFE_ZIPS = {
    "climbs out": _zip(("../../x", b"x")),
    "absolute": _zip(("/etc/x", b"x")),
    "of another system": _zip(("a\\..\\x", b"x")),
    "a drive": _zip(("C:x", b"x")),
    "a link": _zip(("METS.xml", b"/etc/passwd"), mode=stat.S_IFLNK | 0o777),
    "one name twice": _zip(("a/METS.xml", b"x"), ("a/mets.xml", b"y")),
}


@pytest.mark.parametrize("name", UNSAFE_ZIPS)
def test_a_zip_with_an_unsafe_path_is_not_unpacked_at_all(tmp_path: Path, name: str) -> None:
    package = tmp_path / "p.zip"
    package.write_bytes(UNSAFE_ZIPS[name])
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with arrive(package, scratch=scratch) as arrived:
        assert _found(inspect(arrived)) == {("package.paths_safe", "unsafe_path")}
        assert [one for one in scratch.rglob("*") if one.is_file()] == []


def test_a_zip_that_swells_is_refused_before_anything_is_unpacked(tmp_path: Path) -> None:
    package = tmp_path / "p.zip"
    package.write_bytes(_zip(("a/METS.xml", bytes(3 << 20))))
    with pytest.raises(PackageUnreadable), arrive(package, bounds=Bounds(small=1 << 20)):
        pass


def test_a_package_of_countless_files_is_refused(tmp_path: Path) -> None:
    package = tmp_path / "p.zip"
    package.write_bytes(_zip(*((f"a/{number}", b"") for number in range(40))))
    with pytest.raises(PackageUnreadable), arrive(package, bounds=Bounds(entries=30)):
        pass


@given(st.binary(max_size=200), st.integers(0, 400))
@settings(max_examples=60, deadline=None)
def test_no_damage_to_a_zip_is_a_traceback(tmp_path_factory: pytest.TempPathFactory, noise: bytes, where: int) -> None:
    package = tmp_path_factory.mktemp("noise") / "p.zip"
    whole = _zip(("uuid-x/METS.xml", b"<mets/>"), ("uuid-x/data/a.pdf", b"%PDF" * 20))
    package.write_bytes(whole[:where] + noise + whole[where + len(noise) :])
    try:
        report = _look(package)
    except PackageUnreadable:
        return
    assert report.outcome is not Outcome.OK


@pytest.mark.parametrize("name", ["khong-co.zip", "khong-co"])
def test_a_package_that_is_not_there_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(PackageUnreadable), arrive(tmp_path / name):
        pass


@pytest.mark.parametrize(
    ("xml", "what"),
    [
        (b"<a>" * 100, "too_deep"),
        (b"\x00", "malformed"),
        (b"", "malformed"),
        (b'<?xml version="1.0" encoding="zz"?><a/>', "malformed"),
    ],
)
def test_xml_that_cannot_be_read_says_why(xml: bytes, what: str) -> None:
    with pytest.raises(BadXml) as refused:
        parsed(xml)
    assert refused.value.what == what
