"""EAD.xml and EAD_doc_*.xml of a package: read in any order of elements, judged by the catalogue's tables.

Sample packages that circulate write a fixed year into docCode, say arcDocCode where the notes say docCode, or leave paperFileCode
empty. All three are read; each is told as a doubt, because the official annexes were not at hand to call them wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element

from sohoa.config.catalogue import rows
from sohoa.kernel.text import nfc
from sohoa.storage.exports.codes import CATALOGUE, codes
from sohoa.storage.exports.reading.arriving import Arrived
from sohoa.storage.exports.reading.report import DIP, Report
from sohoa.storage.exports.reading.xml_reading import local

_ALIASES = {"arcDocCode": "docCode", "arcFileCode": "fileCode"}
_DIGITISED = "02"


@dataclass(frozen=True, slots=True)
class Description:
    """One EAD file. values: by the catalogue's names; an element that is empty is "". odd: elements that no table knows.

    aliases: names that stood in for others. twice: elements that stand there more than once.
    """

    path: str
    values: Mapping[str, str]
    odd: tuple[str, ...]
    aliases: tuple[str, ...]
    twice: tuple[str, ...]


def read_dossier(trees: Mapping[str, Element]) -> tuple[Description | None, tuple[Description, ...]]:
    """The dossier's description and its documents'. trees: XML below any `descriptive` folder, by path."""
    dossier = next((name for name in trees if name.lower() == "metadata/descriptive/ead.xml"), None)
    documents = [name for name in trees if PurePosixPath(name).name.lower().startswith("ead_doc")]
    return (
        _read(trees[dossier], dossier, "dossier_field") if dossier else None,
        tuple(_read(trees[name], name, "document_field") for name in sorted(documents)),
    )


def _read(root: Element, path: str, table: str) -> Description:
    known = {row["name"] for row in rows(CATALOGUE, table)}
    values: dict[str, str] = {}
    odd: list[str] = []
    aliases: list[str] = []
    twice: list[str] = []
    for element in root:
        name = local(element)
        if name in _ALIASES and name not in known:
            aliases.append(name)
            name = _ALIASES[name]
        if name in values:
            twice.append(name)
        elif name in known:
            values[name] = nfc("".join(element.itertext())).strip()
        else:
            odd.append(name)
    return Description(path, values, tuple(odd), tuple(aliases), tuple(twice))


def judge_descriptions(arrived: Arrived, report: Report, dossier: Description | None, documents: tuple[Description, ...]) -> None:
    report.looked_at("eark.dossier", "eark.documents", "eark.codes", "eark.doc_codes", "eark.dates", "eark.counts")
    report.looked_at("eark.paper_file_code")
    if dossier is None:
        report.add("eark.dossier", "missing", "metadata/descriptive/EAD.xml")
    else:
        _elements(report, dossier, "dossier_field", "eark.dossier")
        _dates(report, dossier, ("startDate", "endDate"))
        # Papers without a dossier have none on paper either, and copies for readers need not lead back to the shelf.
        asked = report.kind != DIP and not report.profile.endswith("tailieu")
        if asked and dossier.values.get("confidenceLevel") == _DIGITISED and not dossier.values.get("paperFileCode"):
            report.add("eark.paper_file_code", "empty", dossier.path, doubtful=True)
    for document in documents:
        _elements(report, document, "document_field", "eark.documents")
        _dates(report, document, ("issuedDate",))
    _doc_codes(report, dossier, documents)
    _counts(arrived, report, dossier, documents)


def _elements(report: Report, description: Description, table: str, rule: str) -> None:
    for row in rows(CATALOGUE, table):
        name, value = row["name"], description.values.get(row["name"])
        if value is None:
            report.add(rule, f"{name}_missing", description.path, doubtful=not row.get("must"))
        elif not value and row.get("must"):
            report.add(rule, f"{name}_empty", description.path)
        elif value and "code" in row and value not in codes(row["code"]) and not _other_language(row["code"], value):
            report.add("eark.codes", f"{name}_unknown", description.path)
    # Names out of a stranger's file may be anything, a person's name included: only that there are some is told.
    for what, found in (("element_unknown", description.odd), ("element_other_name", description.aliases)):
        if found:
            report.add(rule, what, description.path, doubtful=True)
    if description.twice:
        report.add(rule, "element_twice", description.path)


def _other_language(table: str, value: str) -> bool:
    return table == "language" and re.fullmatch(r"0[1-9]|1[01]", value) is not None


def _dates(report: Report, description: Description, names: tuple[str, ...]) -> None:
    for name in names:
        value = description.values.get(name, "")
        if value and day_of(value) is None:
            report.add("eark.dates", f"{name}_unreadable", description.path)


def day_of(value: str) -> date | None:
    """DD/MM/YYYY; None for anything else."""
    found = re.fullmatch(r"(\d{2})/(\d{2})/(\d{4})", value, re.ASCII)
    try:
        return date(int(found[3]), int(found[2]), int(found[1])) if found else None
    except ValueError:
        return None


def _doc_codes(report: Report, dossier: Description | None, documents: tuple[Description, ...]) -> None:
    file_code = dossier.values.get("fileCode", "") if dossier else ""
    given = Counter(document.values.get("docCode", "") for document in documents)
    for document in documents:
        code = document.values.get("docCode", "")
        if code and given[code] > 1:
            report.add("eark.doc_codes", "twice", document.path)
        if code and not re.fullmatch(re.escape(file_code) + r"\.[0-9]{7}", code):
            report.add("eark.doc_codes", "other_form", document.path, doubtful=True)


def _counts(arrived: Arrived, report: Report, dossier: Description | None, documents: tuple[Description, ...]) -> None:
    told = dossier.values if dossier else {}
    if told.get("totalDoc") and told["totalDoc"] != str(len(documents)):
        report.add("eark.counts", "total_doc_differs", dossier.path if dossier else "")
    pages = [document.values.get("numberOfPage", "") for document in documents]
    if told.get("numberOfPage") and all(_whole(one) for one in pages) and told["numberOfPage"] != str(sum(map(int, pages))):
        report.add("eark.counts", "pages_differ", dossier.path if dossier else "", doubtful=True)
    data = data_files(arrived, documents)
    if len(data) != len(documents):
        report.add("eark.counts", "data_differs", "", doubtful=len(data) > len(documents))


def _whole(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 10


def data_files(arrived: Arrived, documents: tuple[Description, ...]) -> list[str]:
    """Content of the representations that EAD_doc files describe; of all of them, where there are none."""
    described = {"/".join(PurePosixPath(one.path).parts[:2]) for one in documents}
    found = [name for name in arrived.files if name.startswith("representations/") and "/data/" in name]
    return [name for name in found if not described or "/".join(PurePosixPath(name).parts[:2]) in described]
