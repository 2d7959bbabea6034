"""The schemas that travel in our packages, as judges; nothing is fetched from anywhere."""

from __future__ import annotations

import functools
from importlib.resources import files
from pathlib import Path

from lxml import etree

SCHEMAS = Path(str(files("sohoa.storage.exports"))) / "schemas"


class _OurFolder(etree.Resolver):
    """METS asks the network for XLink; we have it."""

    def resolve(self, url, public_id, context):
        return self.resolve_filename(str(SCHEMAS / url.rsplit("/", 1)[-1]), context)


def _parser() -> etree.XMLParser:
    parser = etree.XMLParser(no_network=True, resolve_entities=False)
    parser.resolvers.add(_OurFolder())
    return parser


@functools.cache
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMAS / name, _parser()))


@functools.cache
def _csip() -> etree.XMLSchema:
    """Both at once: METS lets foreign attributes be, so it would not look at those of CSIP by itself."""
    both = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
      <xs:import namespace="http://www.loc.gov/METS/" schemaLocation="x/mets.xsd"/>
      <xs:import namespace="https://DILCIS.eu/XML/METS/CSIPExtensionMETS" schemaLocation="x/DILCISExtensionMETS.xsd"/>
    </xs:schema>"""
    return etree.XMLSchema(etree.fromstring(both, _parser()))


def complaints(schema: str, xml: bytes) -> list[str]:
    """What the schema has against it, a sentence each. schema: `mets.xsd`, with CSIP's attributes, or `premis.xsd`."""
    judge = _csip() if schema == "mets.xsd" else _schema(schema)
    judge.validate(etree.fromstring(xml, etree.XMLParser(no_network=True, resolve_entities=False)))
    return [f"{entry.line}: {entry.message}" for entry in judge.error_log]
