"""The schema of the ALTO board as a judge; nothing is fetched from anywhere."""

from __future__ import annotations

import functools
from pathlib import Path

from lxml import etree

SCHEMA = Path(__file__).parent / "schemas" / "alto-4-3.xsd"


@functools.cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMA, _careful()))


def _careful() -> etree.XMLParser:
    return etree.XMLParser(no_network=True, resolve_entities=False)


def parsed(alto: str) -> etree._Element:
    return etree.fromstring(alto.encode(), _careful())


def complaints(alto: str) -> list[str]:
    """What the schema has against it, a sentence each; IDs that occur twice included."""
    schema = _schema()
    schema.validate(parsed(alto))
    return [f"{entry.line}: {entry.message}" for entry in schema.error_log]
