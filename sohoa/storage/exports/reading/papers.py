"""The papers of a package that was found whole: what the intake can digitise, with what the sender says of each.

What a sender says is a claim. It is handed on beside the paper; nothing is archived on its word.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from sohoa.kernel.text import nfc
from sohoa.kernel.verdicts import Outcome
from sohoa.storage.exports.bag import HOLDING
from sohoa.storage.exports.errors import PackageRefused
from sohoa.storage.exports.parcel import safe_name
from sohoa.storage.exports.reading.arriving import Arrived
from sohoa.storage.exports.reading.descriptions import Description, data_files, day_of
from sohoa.storage.exports.reading.inspecting import inspect
from sohoa.storage.exports.reading.packages import inspect_package
from sohoa.storage.exports.reading.report import BAGIT, Report

_NAMES = {
    "code_number": "codeNumber",
    "code_notation": "codeNotation",
    "issuing_agency": "organName",
    "subject": "subject",
}
_LARGEST = 64 << 20


@dataclass(frozen=True, slots=True)
class ArrivingPaper:
    """path: of the file, readable while the package is open. name: its path in the package. dossier: its code, "" where not told.

    document_id: the sender's id of it, "" where not told. type_name: as the sender calls it. fields: by our names, dates as
    YYYY-MM-DD; a claim of the sender.
    """

    path: Path
    name: str
    dossier: str = ""
    document_id: str = ""
    type_name: str = ""
    fields: Mapping[str, str] = field(default_factory=dict[str, str])


def papers_of(arrived: Arrived) -> list[ArrivingPaper]:
    """In the order of the package. Raises PackageRefused when a rule fails; a doubt alone refuses nothing."""
    report = inspect(arrived)
    failed = [finding for finding in report.findings if not finding.doubtful]
    if report.outcome is Outcome.FAILED:
        raise PackageRefused(count=len(failed))
    if report.kind == BAGIT:
        return list(_from_bag(arrived))
    return list(_from_package(arrived))


def _from_package(arrived: Arrived) -> Iterator[ArrivingPaper]:
    opened = inspect_package(arrived, Report())
    dossier = opened.dossier.values.get("fileCode", "") if opened.dossier else ""
    data = data_files(arrived, opened.documents)
    matched = _matched(data, opened.documents)
    for name in data:
        yield _described(arrived, name, dossier, matched.get(name))


def _matched(data: list[str], documents: tuple[Description, ...]) -> dict[str, Description]:
    """Which description is about which file: by docCode, by the name of the description, or because only one of each is left.

    Anything else would be a guess; such a file comes without fields.
    """
    by_stem = {PurePosixPath(name).stem: name for name in data}
    matched: dict[str, Description] = {}
    left: list[Description] = []
    for document in documents:
        stems = (safe_name(document.values.get("docCode", "")), PurePosixPath(document.path).stem[len("EAD_doc_") :])
        name = next((by_stem[stem] for stem in stems if stem in by_stem and by_stem[stem] not in matched), None)
        if name:
            matched[name] = document
        else:
            left.append(document)
    files = [name for name in data if name not in matched]
    return matched | ({files[0]: left[0]} if len(files) == len(left) == 1 else {})


def _described(arrived: Arrived, name: str, dossier: str, document: Description | None) -> ArrivingPaper:
    if document is None:
        return ArrivingPaper(arrived.path(name), name, dossier)
    told = document.values
    fields = {ours: told[theirs] for ours, theirs in _NAMES.items() if told.get(theirs)}
    issued = day_of(told.get("issuedDate", ""))
    if issued:
        fields["issued_date"] = issued.isoformat()
    return ArrivingPaper(arrived.path(name), name, dossier, told.get("docId", ""), told.get("typeName", ""), fields)


def _from_bag(arrived: Arrived) -> Iterator[ArrivingPaper]:
    ours = _holding_of(arrived)
    if ours:
        yield from ours
        return
    for name in arrived.files:
        if name.startswith("data/"):
            yield ArrivingPaper(arrived.path(name), name)


def _holding_of(arrived: Arrived) -> list[ArrivingPaper]:
    """A bag that this house made names the file of each paper that counts. Nothing for any other bag, or where the telling is odd."""
    if HOLDING not in arrived.files or arrived.files[HOLDING] > _LARGEST:
        return []
    try:
        told: Any = json.loads(arrived.path(HOLDING).read_bytes())
        code, in_dossier = str(told["code"]), bool(told["in_dossier"])
        found = [_held(arrived, code, code if in_dossier else "", one) for one in told["documents"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []
    return found if all(paper.name in arrived.files for paper in found) else []


def _held(arrived: Arrived, code: str, dossier: str, told: Any) -> ArrivingPaper:
    numbered = safe_name(f"{code}.{int(told['ordinal']):07}")
    name = f"data/{numbered}/{told['current']}"
    fields = {str(key): nfc(str(value)) for key, value in told["fields"].items()}
    return ArrivingPaper(arrived.path(name), name, dossier, str(told["document_id"]), str(told["type"]["name"]), fields)
