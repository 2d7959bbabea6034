"""A holding as SIP, AIP or DIP: E-ARK CSIP with the metadata that TT 05/2025 is said to ask for (domain notes; see codes.LABEL_VI).

SIP: the signed PDF of each paper, for another system. AIP: that, what was received (rep2), and every other object of the archive, with
PREMIS. DIP: copies for readers, each page marked; no signature survives that, and the package says so.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files as resources
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from sohoa.storage.exports.codes import Chosen
from sohoa.storage.exports.ead import doc_code, document_ead, dossier_ead
from sohoa.storage.exports.holdings import Document, HeldFile, Holding
from sohoa.storage.exports.introduction import LABELS_VI, introduction
from sohoa.storage.exports.mets import Described, Group, mets_of
from sohoa.storage.exports.parcel import Parcel, Written, safe_name
from sohoa.storage.exports.preservation import of_document, of_package
from sohoa.storage.objects.model import ObjectStore
from sohoa.storage.packages.premis import premis_of, premis_together

XML, PDF = "application/xml", "application/pdf"
SCHEMAS = ("DILCISExtensionMETS.xsd", "mets.xsd", "premis.xsd", "xlink.xsd")
Marker = Callable[[Path, Path], None]  # from a PDF, a copy of it that says on every page that it is one


class Kind(enum.StrEnum):
    SIP = "SIP"
    AIP = "AIP"
    DIP = "DIP"


@dataclass(frozen=True, slots=True)
class Making:
    """One package on its way out. mark: only a DIP needs it."""

    parcel: Parcel
    holding: Holding
    kind: Kind
    chosen: Chosen
    store: ObjectStore
    identifier: UUID
    mark: Marker | None

    @property
    def name(self) -> str:
        return f"uuid-{self.identifier}"

    @property
    def profile(self) -> str:
        """`SIP_hoso` for a dossier, `SIP_tailieu` for papers of one."""
        if self.kind is Kind.DIP:
            return "DIP"
        return f"{self.kind}_{'hoso' if self.holding.in_dossier and self.holding.whole else 'tailieu'}"


def write_package(making: Making) -> None:
    """Raises StoredFileDiffers, what `mark` raises, and the store's errors."""
    holding, parcel, masked = making.holding, making.parcel, making.kind is Kind.DIP
    parts = [_official(making)]
    if making.kind is Kind.AIP:
        received = _received(making)
        parts += [received] if received else []
    ead = parcel.put("metadata/descriptive/EAD.xml", dossier_ead(holding, making.chosen, masked=masked), XML)
    preservation = [_premis_of_package(making, ead, parts)] if making.kind is Kind.AIP else []
    documentation = parcel.put(
        "documentation/GIOI-THIEU.txt", introduction(holding, making.profile, making.chosen).encode(), "text/plain"
    )
    schemas = [
        parcel.put(f"schemas/{name}", resources("sohoa.storage.exports").joinpath("schemas", name).read_bytes(), XML)
        for name in SCHEMAS
    ]
    groups = [
        Group("Documentation", [documentation]),
        Group("Schemas", schemas),
        *(Group(base, [described]) for base, described in parts),
    ]
    parcel.put("METS.xml", mets_of(_described(making, making.name, "", [ead], preservation, [], groups)), XML)


def _official(making: Making) -> tuple[str, Written]:
    """rep1: the file that counts of each paper, or in a DIP its marked copy."""
    base, parcel, holding = "representations/rep1", making.parcel, making.holding
    data: list[Written] = []
    descriptive: list[Written] = []
    other: list[Written] = []
    preserved = []
    for document in holding.documents:
        code = safe_name(doc_code(holding, document))
        kept = document.current
        path = f"{base}/data/{code}{Path(kept.path).suffix}"
        written = _marked(making, kept, path) if making.kind is Kind.DIP else parcel.fetch(path, kept, making.store)
        data.append(written)
        about = document_ead(holding, document, making.chosen, masked=making.kind is Kind.DIP)
        descriptive.append(parcel.put(f"{base}/metadata/descriptive/EAD_doc_{code}.xml", about, XML))
        if making.kind is Kind.AIP:
            other += [parcel.fetch(f"{base}/metadata/other/{code}/{file.path}", file, making.store) for file in _beside(document)]
            preserved.append(of_document(document, [(kept.role, f"data/{Path(path).name}", written)]))
    preservation = (
        [parcel.put(f"{base}/metadata/preservation/PREMIS_rep1.xml", premis_together(preserved), XML)] if preserved else []
    )
    return base, _representation(making, base, descriptive, preservation, other, data)


def _received(making: Making) -> tuple[str, Written] | None:
    """rep2: papers as they came, where that is not what counts. None: there is nothing of the kind."""
    base, parcel = "representations/rep2", making.parcel
    data: list[Written] = []
    preserved = []
    for document in making.holding.documents:
        for file in document.files:
            if file.role == "original" and file is not document.current:
                name = f"{safe_name(doc_code(making.holding, document))}{Path(file.path).suffix}"
                written = parcel.fetch(f"{base}/data/{name}", file, making.store)
                data.append(written)
                preserved.append(of_document(document, [(file.role, f"data/{name}", written)]))
    if not data:
        return None
    premis = parcel.put(f"{base}/metadata/preservation/PREMIS_rep2.xml", premis_together(preserved), XML)
    return base, _representation(making, base, [], [premis], [], data)


def _beside(document: Document) -> list[HeldFile]:
    """Every object that no representation holds: older versions, text, reports, revisions, evidence."""
    return [file for file in document.files if file.role != "original" and file is not document.current]


def _marked(making: Making, file: HeldFile, path: str) -> Written:
    if making.mark is None:
        raise ValueError("a DIP needs something that marks copies")
    with TemporaryDirectory(prefix="sohoa-copy-") as scratch:
        source, copy = Path(scratch) / "source.pdf", Path(scratch) / "copy.pdf"
        Parcel(Path(scratch)).fetch(source.name, file, making.store)
        making.mark(source, copy)
        return making.parcel.take(path, copy, PDF)


def _representation(
    making: Making,
    base: str,
    descriptive: Sequence[Written],
    preservation: Sequence[Written],
    other: Sequence[Written],
    data: Sequence[Written],
) -> Written:
    about = _described(making, Path(base).name, base, descriptive, preservation, other, [Group("Data", data)])
    return making.parcel.put(f"{base}/METS.xml", mets_of(about), XML)


def _described(
    making: Making,
    objid: str,
    base: str,
    descriptive: Sequence[Written],
    preservation: Sequence[Written],
    other: Sequence[Written],
    groups: Sequence[Group],
) -> Described:
    return Described(
        objid=objid,
        base=base,
        seed=making.identifier,
        label=f"{making.holding.code} – {LABELS_VI[making.kind]}",
        content_type=making.profile,
        package_type=making.kind,
        created=making.holding.as_of,
        descriptive=descriptive,
        preservation=preservation,
        other=other,
        groups=groups,
    )


def _premis_of_package(making: Making, ead: Written, parts: Sequence[tuple[str, Written]]) -> Written:
    named = [("descriptive metadata", ead.path, ead), *(("representation", written.path, written) for _, written in parts)]
    kind = "dossier" if making.holding.in_dossier else "record"
    about = of_package(f"urn:sohoa:{kind}:{making.holding.code}", named, at=making.holding.as_of, package=making.profile)
    return making.parcel.put("metadata/preservation/PREMIS.xml", premis_of(about), XML)
