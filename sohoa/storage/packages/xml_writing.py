"""XML as this house writes it: the same tree gives the same bytes, and no text can break it."""

from __future__ import annotations

import re
from xml.etree import ElementTree as XML
from xml.etree.ElementTree import Element

from sohoa.kernel.text import nfc

# What XML 1.0 cannot hold at all, escaped or not; a reading or a program's complaint may well contain it.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def writable(text: str) -> str:
    """NFC, with a replacement sign for each letter that XML has no place for."""
    return _UNWRITABLE.sub("\ufffd", nfc(text))


def encoded(root: Element) -> bytes:
    """UTF-8 with a declaration, indented, ending in a line feed. `root` is indented in place."""
    XML.indent(root, " ")
    return XML.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"
