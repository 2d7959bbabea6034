"""What a METS.xml says of files: which it names, where, with what size and sums. Elements in any order, prefixes of any name."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

from sohoa.storage.exports.mets import CSIP, METS, XLINK
from sohoa.storage.exports.reading.xml_reading import local


@dataclass(frozen=True, slots=True)
class Reference:
    """A file that a METS names. path: within the package, None when it leaves it. size: None where none or no number is told.

    algorithm: as METS spells it. pointer: it is an mptr, which tells no sums.
    """

    source: str
    path: str | None
    href: str
    size: int | None
    algorithm: str
    checksum: str
    pointer: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """One METS. profile_type: what kind of package in the sender's words, `SIP_hoso`."""

    path: str
    objid: str
    package_type: str
    profile: str
    profile_type: str
    has_structure: bool
    references: tuple[Reference, ...]


def told_by(root: Element, path: str) -> Told | None:
    """None: the root is no METS."""
    if root.tag != f"{{{METS}}}mets":
        return None
    header = root.find(f"{{{METS}}}metsHdr")
    package_type = header.get(f"{{{CSIP}}}OAISPACKAGETYPE", "") if header is not None else ""
    kinds = (root.get(f"{{{CSIP}}}{name}", "") for name in ("OTHERCONTENTINFORMATIONTYPE", "OTHERTYPE"))
    return Told(
        path=path,
        objid=root.get("OBJID", ""),
        package_type=package_type.upper(),
        profile=root.get("PROFILE", ""),
        profile_type=next((kind for kind in (*kinds, root.get("TYPE", "")) if kind), ""),
        has_structure=any(one.get("LABEL") == "CSIP" for one in root.iter(f"{{{METS}}}structMap")),
        references=tuple(_references(root, path)),
    )


def _references(root: Element, source: str) -> Iterator[Reference]:
    for element in root.iter():
        name = local(element)
        if name == "mdRef":
            yield _reference(element, element, source)
        elif name == "file":
            for place in element:
                if local(place) == "FLocat":
                    yield _reference(place, element, source)
        elif name == "mptr":
            yield _reference(element, element, source, pointer=True)


def _reference(place: Element, measured: Element, source: str, *, pointer: bool = False) -> Reference:
    href = place.get(f"{{{XLINK}}}href", "")
    size = measured.get("SIZE", "")
    return Reference(
        source=source,
        path=_within(href, posixpath.dirname(source)),
        href=href,
        size=int(size) if size.isascii() and size.isdigit() and len(size) < 19 else None,
        algorithm=measured.get("CHECKSUMTYPE", ""),
        checksum=measured.get("CHECKSUM", "").lower(),
        pointer=pointer,
    )


def _within(href: str, base: str) -> str | None:
    """The path in the package that an address means; None for one that means something outside of it."""
    try:
        parts = urlsplit(href)
    except ValueError:
        return None
    if parts.scheme not in ("", "file") or parts.netloc or not parts.path:
        return None
    # Some writers say `file:./data/x.pdf` or leave a space as it is; a `#` in a name of theirs lost the rest of it.
    path = posixpath.normpath(posixpath.join(base, unquote(parts.path)))
    return None if path.startswith(("/", "../")) or path in ("..", ".") else path
