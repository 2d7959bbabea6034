"""A SIP, AIP or DIP against E-ARK CSIP's METS and the layout that TT 05/2025 is said to have."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from sohoa.kernel.text import nfc
from sohoa.storage.exports.reading.arriving import Arrived
from sohoa.storage.exports.reading.descriptions import Description, judge_descriptions, read_dossier
from sohoa.storage.exports.reading.hashing import ALGORITHMS, digests_of
from sohoa.storage.exports.reading.mets_reading import Reference, Told, told_by
from sohoa.storage.exports.reading.report import AIP, DIP, SIP, Report
from sohoa.storage.exports.reading.xml_reading import LARGEST, BadXml, parsed

ROOT_METS = "METS.xml"
_KINDS = {"SIP": SIP, "AIP": AIP, "DIP": DIP}


@dataclass(frozen=True, slots=True)
class Opened:
    """What was understood of a package. documents: by the path of each EAD_doc."""

    told: Told | None
    dossier: Description | None
    documents: tuple[Description, ...]


def inspect_package(arrived: Arrived, report: Report) -> Opened:
    report.looked_at("eark.xml", "eark.mets", "eark.type", "eark.profile", "eark.references", "eark.present", "eark.sizes")
    report.looked_at("eark.checksums", "eark.structure")
    names = [name for name in arrived.files if name == ROOT_METS or _is_representation(name)]
    every = [told for name in names if (told := _mets(arrived, name, report))]
    root = next((told for told in every if told.path == ROOT_METS), None)
    if root is None:
        report.add("eark.mets", "not_mets", ROOT_METS)
        return Opened(None, None, ())
    _root(arrived, root, report)
    _references(arrived, every, report)
    trees = {name: tree for name in _metadata(arrived) if (tree := _tree(arrived, name, report)) is not None}
    dossier, documents = read_dossier(trees)
    judge_descriptions(arrived, report, dossier, documents)
    _premis(arrived, report)
    return Opened(root, dossier, documents)


def _is_representation(name: str) -> bool:
    parts = name.split("/")
    return len(parts) == 3 and parts[0] == "representations" and parts[2] == ROOT_METS


def _metadata(arrived: Arrived) -> list[str]:
    kinds = ("/descriptive/", "/preservation/")
    return [name for name in arrived.files if name.lower().endswith(".xml") and any(kind in name for kind in kinds)]


def _tree(arrived: Arrived, name: str, report: Report) -> Element | None:
    if arrived.files[name] > LARGEST:
        report.add("eark.xml", "too_large", name)
        return None
    try:
        return parsed(arrived.path(name).read_bytes())
    except BadXml as bad:
        report.add("eark.xml", bad.what, name)
        return None


def _mets(arrived: Arrived, name: str, report: Report) -> Told | None:
    tree = _tree(arrived, name, report)
    told = told_by(tree, name) if tree is not None else None
    if tree is not None and told is None and name != ROOT_METS:
        report.add("eark.mets", "not_mets", name)
    return told


def _root(arrived: Arrived, root: Told, report: Report) -> None:
    report.kind, report.profile = _KINDS.get(root.package_type, ""), root.profile_type
    if not report.kind:
        report.add("eark.type", "unknown" if root.package_type else "missing", ROOT_METS)
    if nfc(root.objid) != nfc(arrived.name):
        # People rename folders; what is inside still says what it is.
        report.add("eark.mets", "objid_differs" if root.objid else "objid_missing", ROOT_METS, doubtful=bool(root.objid))
    if "CSIP" not in root.profile.upper() and "E-ARK" not in root.profile.upper():
        report.add("eark.profile", "other" if root.profile else "missing", ROOT_METS, doubtful=True)
    if not root.has_structure:
        report.add("eark.structure", "missing", ROOT_METS)


def _references(arrived: Arrived, every: list[Told], report: Report) -> None:
    named: dict[str, list[Reference]] = defaultdict(list)
    pointed: set[str] = set()
    spelled = {nfc(path): path for path in arrived.files}
    for reference in (one for told in every for one in told.references):
        if reference.path is None:
            report.add("eark.references", "leaves_package", reference.source)
        elif (path := spelled.get(nfc(reference.path))) is None:
            report.add("eark.present", "missing", reference.path)
        elif reference.pointer:
            pointed.add(path)
        else:
            named[path].append(reference)
    for path in arrived.files:
        if path not in named and path != ROOT_METS:
            report.add("eark.references", "pointed_only" if path in pointed else "not_referenced", path, doubtful=path in pointed)
    for path, references in sorted(named.items()):
        if len(references) > 1:
            report.add("eark.references", "referenced_twice", path, doubtful=True)
        _measures(arrived, path, references, report)


def _measures(arrived: Arrived, path: str, references: list[Reference], report: Report) -> None:
    for reference in references:
        if reference.size is None:
            report.add("eark.sizes", "not_told", path, doubtful=True)
        elif reference.size != arrived.files[path]:
            report.add("eark.sizes", "differs", path)
    claims = [(ALGORITHMS.get(one.algorithm.lower()), one.checksum) for one in references]
    found = digests_of(arrived.path(path), {algorithm for algorithm, _ in claims if algorithm})
    for algorithm, checksum in claims:
        if algorithm is None or not checksum:
            report.add("eark.checksums", "not_told" if not checksum else "algorithm_unknown", path, doubtful=True)
        elif found[algorithm] != checksum:
            report.add("eark.checksums", f"{algorithm}_differs", path)


def _premis(arrived: Arrived, report: Report) -> None:
    report.looked_at("eark.premis")
    there = [name for name in arrived.files if "/preservation/" in name]
    if report.kind == AIP and not there:
        report.add("eark.premis", "missing")
    elif report.kind in (SIP, DIP) and there:
        report.add("eark.premis", "not_expected", there[0], doubtful=True)
