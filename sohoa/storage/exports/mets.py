"""METS 1.12 as E-ARK CSIP 2.0.4 wants it: one description value in, the bytes of METS.xml out.

Each file of the package is referenced by exactly one METS of it, exactly once, with its size and SHA-256; paths are relative to the
folder in which the METS lies, percent-encoded as addresses are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import UUID, uuid5
from xml.etree.ElementTree import Element, SubElement

import sohoa
from sohoa.storage.exports.parcel import Written
from sohoa.storage.packages.xml_writing import encoded, writable

METS = "http://www.loc.gov/METS/"
CSIP = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
XLINK = "http://www.w3.org/1999/xlink"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
PROFILE = "https://earkcsip.dilcis.eu/profile/E-ARK-CSIP.xml"
NEW = "NEW"  # RECORDSTATUS: what goes out here never replaces an earlier package


@dataclass(frozen=True, slots=True)
class Group:
    """Files of one kind. use: `Documentation`, `Schemas`, `Data`, or `Representations/rep1` for the METS of a representation."""

    use: str
    files: Sequence[Written]


@dataclass(frozen=True, slots=True)
class Described:
    """What one METS says. objid: the folder's name. base: its path in the package, "" for the root. seed: where identifiers come from.

    content_type: what kind of content, in this house's words. created: for every date in it. descriptive, preservation, other: files
    of metadata, referenced but in no group.
    """

    objid: str
    base: str
    seed: UUID
    label: str
    content_type: str
    package_type: str
    created: datetime
    descriptive: Sequence[Written]
    preservation: Sequence[Written]
    other: Sequence[Written]
    groups: Sequence[Group]


def mets_of(about: Described) -> bytes:
    root = Element(
        "mets:mets",
        {
            "xmlns:mets": METS,
            "xmlns:csip": CSIP,
            "xmlns:xlink": XLINK,
            "xmlns:xsi": _XSI,
            "xsi:schemaLocation": f"{METS} {_up(about.base)}schemas/mets.xsd {CSIP} {_up(about.base)}schemas/DILCISExtensionMETS.xsd",
            "OBJID": about.objid,
            "LABEL": writable(about.label),
            "TYPE": "Other",
            "csip:OTHERTYPE": about.content_type,
            "csip:CONTENTINFORMATIONTYPE": "OTHER",
            "csip:OTHERCONTENTINFORMATIONTYPE": about.content_type,
            "PROFILE": PROFILE,
        },
    )
    _header(root, about)
    for file in (*about.descriptive, *about.other):
        kind = "EAD_doc" if "EAD_doc" in file.path else "EAD" if file in about.descriptive else "sohoa"
        section = SubElement(root, "mets:dmdSec", {"ID": _id(about, "dmd", file), "CREATED": _time(about), "STATUS": "CURRENT"})
        _reference(section, about, file, "OTHER", kind)
    if about.preservation:
        administration = SubElement(root, "mets:amdSec", {"ID": _plain(about, "amd")})
        for file in about.preservation:
            section = SubElement(administration, "mets:digiprovMD", {"ID": _id(about, "prov", file), "STATUS": "CURRENT"})
            _reference(section, about, file, "PREMIS")
    files = SubElement(root, "mets:fileSec", {"ID": _plain(about, "fileSec")})
    for group in about.groups:
        _group(files, about, group)
    _structure(root, about)
    return encoded(root)


def _header(root: Element, about: Described) -> None:
    header = SubElement(
        root,
        "mets:metsHdr",
        {
            "CREATEDATE": _time(about),
            "LASTMODDATE": _time(about),
            "RECORDSTATUS": NEW,
            "csip:OAISPACKAGETYPE": about.package_type,
        },
    )
    agent = SubElement(header, "mets:agent", {"ROLE": "CREATOR", "TYPE": "OTHER", "OTHERTYPE": "SOFTWARE"})
    SubElement(agent, "mets:name").text = "sohoa"
    SubElement(agent, "mets:note", {"csip:NOTETYPE": "SOFTWARE VERSION"}).text = sohoa.__version__


def _reference(section: Element, about: Described, file: Written, kind: str, other: str = "") -> None:
    attributes = {"ID": _id(about, "ref", file), "LOCTYPE": "URL", "MDTYPE": kind}
    if other:
        attributes["OTHERMDTYPE"] = other
    SubElement(section, "mets:mdRef", {**attributes, **_link(about, file), **_measures(about, file)})


def _group(section: Element, about: Described, group: Group) -> None:
    attributes = {"ID": _plain(about, group.use), "USE": group.use}
    if group.use.startswith("Representations"):
        attributes |= {
            "csip:CONTENTINFORMATIONTYPE": "OTHER",
            "csip:OTHERCONTENTINFORMATIONTYPE": about.content_type,
        }
    written = SubElement(section, "mets:fileGrp", attributes)
    for file in group.files:
        one = SubElement(written, "mets:file", {"ID": _id(about, "file", file), **_measures(about, file)})
        SubElement(one, "mets:FLocat", {"LOCTYPE": "URL", **_link(about, file)})


def _structure(root: Element, about: Described) -> None:
    structure = SubElement(root, "mets:structMap", {"ID": _plain(about, "structMap"), "TYPE": "PHYSICAL", "LABEL": "CSIP"})
    top = SubElement(structure, "mets:div", {"ID": _plain(about, "div"), "LABEL": about.objid})
    described = {"ID": _plain(about, "div-metadata"), "LABEL": "Metadata"}
    if about.preservation:
        described["ADMID"] = " ".join(_id(about, "prov", file) for file in about.preservation)
    if about.descriptive or about.other:
        described["DMDID"] = " ".join(_id(about, "dmd", file) for file in (*about.descriptive, *about.other))
    SubElement(top, "mets:div", described)
    for group in about.groups:
        division = SubElement(top, "mets:div", {"ID": _plain(about, f"div-{group.use}"), "LABEL": group.use})
        if group.use.startswith("Representations/"):
            (pointed,) = group.files
            pointer = {"LOCTYPE": "URL", **_link(about, pointed), "xlink:title": _plain(about, group.use)}
            SubElement(division, "mets:mptr", pointer)
        else:
            SubElement(division, "mets:fptr", {"FILEID": _plain(about, group.use)})


def _link(about: Described, file: Written) -> dict[str, str]:
    return {"xlink:type": "simple", "xlink:href": quote(relative(about.base, file.path))}


def _measures(about: Described, file: Written) -> dict[str, str]:
    return {
        "MIMETYPE": file.media_type,
        "SIZE": str(file.size),
        "CREATED": _time(about),
        "CHECKSUM": file.sha256,
        "CHECKSUMTYPE": "SHA-256",
    }


def relative(base: str, path: str) -> str:
    """`path` as seen from `base`, which it lies below."""
    return path.removeprefix(f"{base}/") if base else path


def _up(base: str) -> str:
    return "../" * len(base.split("/")) if base else ""


def _time(about: Described) -> str:
    return about.created.astimezone(UTC).isoformat(timespec="seconds")


def _id(about: Described, what: str, file: Written) -> str:
    return _plain(about, f"{what}:{file.path}")


def _plain(about: Described, what: str) -> str:
    """Unique in the package and the same each time. E-ARK AIP wants `ID` in front."""
    return f"ID-{uuid5(about.seed, f'{about.base}:{what}')}"
