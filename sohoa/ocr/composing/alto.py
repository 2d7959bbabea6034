"""Pages as ALTO 4.4, the text format of libraries and archives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape, quoteattr

from sohoa import __version__
from sohoa.ocr.composing.metadata import plain
from sohoa.ocr.model import Box, Line, PageText

NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
_HEAD = f"""<?xml version="1.0" encoding="UTF-8"?>
<alto xmlns="{NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xsi:schemaLocation="{NAMESPACE} http://www.loc.gov/standards/alto/v4/alto-4-4.xsd" SCHEMAVERSION="4.4">
 <Description>
  <MeasurementUnit>pixel</MeasurementUnit>
  <Processing ID="reading">
   <processingStepDescription>text recognition</processingStepDescription>
   <processingSoftware><softwareName>sohoa</softwareName><softwareVersion>{escape(__version__)}</softwareVersion></processingSoftware>
  </Processing>
 </Description>
 <Layout>"""


def to_alto(pages: Iterable[PageText]) -> str:
    """Boxes are pixels of the upright page; WC and PC are 0 to 1. A page's lines are one block: columns are not told apart."""
    return "\n".join([_HEAD, *(row for page in pages for row in _page(page)), " </Layout>\n</alto>\n"])


def _page(page: PageText) -> Iterator[str]:
    number = page.number
    size = f'HEIGHT="{page.height}" WIDTH="{page.width}"'
    yield f'  <Page ID="page_{number}" PHYSICAL_IMG_NR="{number}" {size} PC="{page.confidence:.4f}">'
    yield f'   <PrintSpace HPOS="0" VPOS="0" {size}>'
    if page.lines:
        yield f'    <TextBlock ID="block_{number}" {_place(_around(page.lines))} LANG="vi">'
        for place, line in enumerate(page.lines, 1):
            if line.words:  # the schema knows no line without a String
                yield from _line(line, f"{number}_{place}")
        yield "    </TextBlock>"
    yield "   </PrintSpace>\n  </Page>"


def _line(line: Line, name: str) -> Iterator[str]:
    yield f'     <TextLine ID="line_{name}" {_place(line.bbox)}>'
    for place, word in enumerate(line.words):
        if place:
            before = line.words[place - 1].bbox[2]
            yield f'      <SP HPOS="{before}" VPOS="{word.bbox[1]}" WIDTH="{max(0, word.bbox[0] - before)}"/>'
        content = quoteattr(plain(word.text))
        yield f'      <String ID="word_{name}_{place + 1}" CONTENT={content} {_place(word.bbox)} WC="{word.confidence:.4f}"/>'
    yield "     </TextLine>"


def _place(box: Box) -> str:
    x0, y0, x1, y1 = box
    return f'HPOS="{x0}" VPOS="{y0}" WIDTH="{max(0, x1 - x0)}" HEIGHT="{max(0, y1 - y0)}"'


def _around(lines: Iterable[Line]) -> Box:
    x0, y0, x1, y1 = zip(*(line.bbox for line in lines), strict=True)
    return min(x0), min(y0), max(x1), max(y1)
