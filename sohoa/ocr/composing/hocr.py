"""Pages as hOCR 1.2: HTML whose boxes other tools of the field can read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape

from sohoa import __version__
from sohoa.ocr.composing.metadata import plain
from sohoa.ocr.model import Box, Line, PageText

_HEAD = f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="vi" lang="vi">
 <head>
  <title></title>
  <meta http-equiv="Content-Type" content="text/html;charset=utf-8"/>
  <meta name="ocr-system" content="sohoa {__version__}"/>
  <meta name="ocr-capabilities" content="ocr_page ocr_line ocrx_word"/>
 </head>
 <body>"""


def to_hocr(pages: Iterable[PageText]) -> str:
    """Boxes are pixels of the upright page; x_wconf is in percent."""
    return "\n".join([_HEAD, *(row for page in pages for row in _page(page)), " </body>\n</html>\n"])


def _page(page: PageText) -> Iterator[str]:
    about = f"bbox 0 0 {page.width} {page.height}; ppageno {page.number - 1}; scan_res {page.dpi} {page.dpi}"
    yield f'  <div class="ocr_page" id="page_{page.number}" title="{about}">'
    for place, line in enumerate(page.lines, 1):
        yield from _line(line, f"{page.number}_{place}")
    yield "  </div>"


def _line(line: Line, name: str) -> Iterator[str]:
    yield f'   <span class="ocr_line" id="line_{name}" title="{_bbox(line.bbox)}">'
    for place, word in enumerate(line.words, 1):
        about = f"{_bbox(word.bbox)}; x_wconf {round(100 * word.confidence)}"
        yield f'    <span class="ocrx_word" id="word_{name}_{place}" title="{about}">{escape(plain(word.text))}</span>'
    yield "   </span>"


def _bbox(box: Box) -> str:
    return "bbox {} {} {} {}".format(*box)
