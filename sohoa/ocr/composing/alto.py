"""Pages as ALTO 4.3, the text format of libraries and archives.

Lines outside tables are blocks as they follow one another; a table is a ComposedBlock with a TextBlock for each cell that holds
print; a seal is an Illustration. What ALTO has no word for (zones, handwriting) is told by tags.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from sohoa import __version__
from sohoa.ocr.composing.metadata import plain
from sohoa.ocr.model import Box, Line, PageText, Table, Word, around

NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
LANGUAGE = "vi"
_READING = "reading"
_HANDWRITTEN = "handwritten"
_HEAD = f"""<?xml version="1.0" encoding="UTF-8"?>
<alto xmlns="{NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xsi:schemaLocation="{NAMESPACE} http://www.loc.gov/standards/alto/v4/alto-4-3.xsd" SCHEMAVERSION="4.3">
 <Description>
  <MeasurementUnit>pixel</MeasurementUnit>
  <Processing ID="{_READING}">
   <processingCategory>contentGeneration</processingCategory>
   <processingStepDescription>text recognition</processingStepDescription>
   <processingSoftware><softwareName>sohoa</softwareName><softwareVersion>{escape(__version__)}</softwareVersion></processingSoftware>
  </Processing>
 </Description>"""

_Tags = dict[str, str]
"""From a zone, or _HANDWRITTEN, to the ID of its tag."""


def to_alto(pages: Iterable[PageText]) -> str:
    """Boxes are pixels of the upright page; WC and PC are 0 to 1. Valid against the schema for one page or more, each with a
    number of its own."""
    read = list(pages)
    tags = _tags_of(read)
    rows = (row for page in read for row in _page(page, tags))
    return "\n".join([_HEAD, *_declared(tags), " <Layout>", *rows, " </Layout>\n</alto>\n"])


def _tags_of(pages: list[PageText]) -> _Tags:
    zones = sorted({line.zone for page in pages for line in page.lines if line.zone})
    tags = {zone: f"zone_{number}" for number, zone in enumerate(zones, 1)}
    if any(word.handwritten for page in pages for word in page.words):
        tags[_HANDWRITTEN] = _HANDWRITTEN
    return tags


def _declared(tags: _Tags) -> Iterator[str]:
    if tags:
        yield " <Tags>"
        for label, name in tags.items():
            kind, about = ("OtherTag", "ink") if label == _HANDWRITTEN else ("StructureTag", "zone")
            yield f'  <{kind} ID="{name}" TYPE="{about}" LABEL={quoteattr(plain(label))}/>'
        yield " </Tags>"


def _page(page: PageText, tags: _Tags) -> Iterator[str]:
    number = page.number
    size = f'HEIGHT="{page.height}" WIDTH="{page.width}"'
    more = ' PAGECLASS="blank"' if page.blank else ""
    more += f" QUALITY_DETAIL={quoteattr(plain(page.failed))}" if page.failed else ""
    more += f' PC="{page.confidence:.4f}"' if page.words else ""  # nothing read is not "nought per cent sure"
    yield f'  <Page ID="page_{number}" PHYSICAL_IMG_NR="{number}" {size}{more} PROCESSINGREFS="{_READING}">'
    yield f'   <PrintSpace HPOS="0" VPOS="0" {size}>'
    yield from _blocks(page, tags)
    for place, seal in enumerate(page.seals, 1):
        yield f'    <Illustration ID="seal_{number}_{place}" {_place(seal)} TYPE="seal"/>'
    yield "   </PrintSpace>\n  </Page>"


def _blocks(page: PageText, tags: _Tags) -> Iterator[str]:
    """In the order of the lines; a table stands where its first line stands."""
    table_of = {line: place for place, table in enumerate(page.tables) for cell in table.cells for line in cell.lines}
    told: set[int] = set()
    # The schema knows no line without a String.
    printed = (index for index, line in enumerate(page.lines) if line.words)
    for place, indices in groupby(printed, table_of.get):
        if place is None:
            some = list(indices)
            yield from _block(page, f"{page.number}_{some[0] + 1}", some, tags)
        elif place not in told:
            told.add(place)
            yield from _table(page, page.tables[place], place + 1, tags)


def _table(page: PageText, table: Table, place: int, tags: _Tags) -> Iterator[str]:
    yield f'    <ComposedBlock ID="table_{page.number}_{place}" {_place(table.bbox)} TYPE="table">'
    for cell in table.cells:
        printed = [index for index in cell.lines if page.lines[index].words]
        if printed:
            yield from _block(page, f"{page.number}_{place}_{cell.row + 1}_{cell.column + 1}", printed, tags)
    yield "    </ComposedBlock>"


def _block(page: PageText, name: str, indices: list[int], tags: _Tags) -> Iterator[str]:
    yield f'    <TextBlock ID="block_{name}" {_place(around(page.lines[index].bbox for index in indices))} LANG="{LANGUAGE}">'
    for index in indices:
        yield from _line(page.lines[index], f"{page.number}_{index + 1}", tags)
    yield "    </TextBlock>"


def _line(line: Line, name: str, tags: _Tags) -> Iterator[str]:
    yield f'     <TextLine ID="line_{name}" {_place(line.bbox)}{_tagged(tags[line.zone]) if line.zone else ""}>'
    for place, word in enumerate(line.words):
        if place:
            before = line.words[place - 1].bbox[2]
            yield f'      <SP HPOS="{before}" VPOS="{word.bbox[1]}" WIDTH="{max(0, word.bbox[0] - before)}"/>'
        yield f'      <String ID="word_{name}_{place + 1}" {_string(word)}{_tagged(_HANDWRITTEN) if word.handwritten else ""}/>'
    yield "     </TextLine>"


def _string(word: Word) -> str:
    return f'CONTENT={quoteattr(plain(word.text))} {_place(word.bbox)} WC="{word.confidence:.4f}"'


def _tagged(tag: str) -> str:
    return f' TAGREFS="{tag}"'


def _place(box: Box) -> str:
    x0, y0, x1, y1 = box
    return f'HPOS="{x0}" VPOS="{y0}" WIDTH="{max(0, x1 - x0)}" HEIGHT="{max(0, y1 - y0)}"'
