"""Where on the picture of a page the words stand that were asked for, read from the record's ALTO when somebody looks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from sohoa.kernel.text import nfc
from sohoa.storage.alto import TextUnreadable
from sohoa.storage.alto import _name as name_of
from sohoa.storage.alto import _pages as pages
from sohoa.storage.catalogue.records import Record
from sohoa.storage.objects.model import ObjectStore
from sohoa.storage.search.asking import Listener, asked_for
from sohoa.storage.search.forms import words_of


@dataclass(frozen=True, slots=True)
class Boxes:
    """width, height: of the page upright, in pixels. boxes: (x0, y0, x1, y1), origin top left, x1 and y1 just outside."""

    page: int
    width: int
    height: int
    boxes: tuple[tuple[int, int, int, int], ...]


def boxes(record: Record, page: int, query: str, match: str, store: ObjectStore) -> Boxes | None:
    """query and match: as asked and as the hit tells. None where there is nothing to show: page 0 is not on paper, and not every record
    has a text.

    A phrase marks each of its words wherever it stands. Raises TextUnreadable and the store's errors.
    """
    text = record.files.filter(role="text").first() if page else None
    if text is None:
        return None
    hears = Listener(asked_for(query), match).hears
    with store.open(text.bucket, text.key, text.version_id) as stream:
        for told in pages(stream):
            if told.get("PHYSICAL_IMG_NR") == str(page):
                words = (word for word in told.iter() if name_of(word) == "String")
                found = (word for word in words if any(hears(part) for part in words_of(nfc(word.get("CONTENT", "")))))
                return Boxes(page, _pixels(told, "WIDTH"), _pixels(told, "HEIGHT"), tuple(_box(word) for word in found))
    return None


def _box(word: Element) -> tuple[int, int, int, int]:
    left, top = _pixels(word, "HPOS"), _pixels(word, "VPOS")
    return left, top, left + _pixels(word, "WIDTH"), top + _pixels(word, "HEIGHT")


def _pixels(element: Element, name: str) -> int:
    """ALTO lets a measure be a fraction. Raises TextUnreadable for what is no measure."""
    try:
        measured = float(element.get(name, ""))
    except ValueError as failure:
        raise TextUnreadable from failure
    if not math.isfinite(measured):
        raise TextUnreadable
    return round(measured)
