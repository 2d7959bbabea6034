"""What an ALTO file says, page by page: the text that search and rebuild go by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from sohoa.kernel.errors import SohoaError
from sohoa.kernel.text import nfc


class TextUnreadable(SohoaError):
    code = "storage.text_unreadable"
    vi = "Tệp chữ (ALTO) của bản ghi này trong kho không đọc được."
    en = "This record's text (ALTO) in the store cannot be read."
    remedy = "Chạy «sohoa verify» cho bản ghi và báo người quản trị."
    remedy_en = "Run `sohoa verify` on the record and tell the administrator."


def page_texts(chunks: Iterable[bytes]) -> Iterator[tuple[int, str]]:
    """Number and text of each page, a line of print a line; "" for a page without words. Raises TextUnreadable."""
    for page in _pages(chunks):
        lines = (line for line in page.iter() if _name(line) == "TextLine")
        text = "\n".join(" ".join(word.get("CONTENT", "") for word in line if _name(word) == "String") for line in lines)
        try:
            yield int(page.get("PHYSICAL_IMG_NR", "")), nfc(text)
        except ValueError as failure:
            raise TextUnreadable from failure


def _pages(chunks: Iterable[bytes]) -> Iterator[Element]:
    """Each page once it is whole; what was read before it is let go, so that a thousand pages need no more room than one."""
    parser = XMLPullParser(["end"])
    try:
        for chunk in chunks:
            parser.feed(chunk)
            for _, element in parser.read_events():
                if _name(element) == "Page":
                    yield element
                    element.clear()
        parser.close()
    except ParseError as failure:
        raise TextUnreadable from failure


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]
