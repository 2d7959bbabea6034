"""XML from strangers: no DTD, so no entities and nothing to fetch; bounded size and depth."""

from __future__ import annotations

from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

LARGEST = 64 << 20  # bytes; the METS of a dossier of 100,000 papers has about 50 MB
DEEPEST = 64


class BadXml(Exception):
    """Not XML that we would read. `what`: malformed | has_dtd | too_deep | too_large."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


def parsed(data: bytes) -> Element:
    """The tree, names as `{namespace}local`. Raises BadXml."""
    if len(data) > LARGEST:
        raise BadXml("too_large")
    builder, depth = TreeBuilder(), 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise BadXml("too_deep")
        builder.start(_name(name), {_name(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_name(name))

    def refuse(*_: object) -> None:
        raise BadXml("has_dtd")

    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.ExternalEntityRefHandler = refuse
    try:
        parser.Parse(data, True)
        return builder.close()
    except (expat.ExpatError, AssertionError, ValueError, LookupError) as failure:
        raise BadXml("malformed") from failure


def local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _name(name: str) -> str:
    return "{" + name if "}" in name else name
