"""Words and their places from a page's own text, as poppler sets them in reading order; and which font drew what."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from pathlib import Path

from sohoa.kernel.children import GIB, MIB, Limits, run_limited

# A dense page takes 0.02 s and 40 MiB. A page that needs more than this is read by OCR instead.
LIMITS = Limits(seconds=20, memory=GIB, written=16 * MIB)
WORDS_CAP = 20_000  # A0 drawings; a dense A4 page has 900
_LINE = re.compile(
    r"<(block|line|word) xMin=\"(-?[\d.]+)\" yMin=\"(-?[\d.]+)\" xMax=\"(-?[\d.]+)\" yMax=\"(-?[\d.]+)\">(?:([^<]*)</word>)?"
)
_PAGE = re.compile(r"<page width=\"([\d.]+)\" height=\"([\d.]+)\">")
_SPAN = re.compile(r"<text top=\"(-?[\d.]+)\" left=\"(-?[\d.]+)\" width=\"(-?[\d.]+)\" height=\"(-?[\d.]+)\" font=\"(\d+)\">")
_FONT = re.compile(r"<fontspec id=\"(\d+)\" size=\"-?\d+\" family=\"([^\"]*)\"")
_DRAWN = re.compile(r"<page number=\"\d+\" position=\"absolute\" top=\"-?\d+\" left=\"-?\d+\" height=\"(\d+)\" width=\"(\d+)\">")

Place = tuple[float, float, float, float]
"""(x0, y0, x1, y1) in parts of the displayed page's width and height, from its top left."""


@dataclass(frozen=True, slots=True)
class OwnWord:
    text: str  # as the file has it, neither converted nor mended
    place: Place


OwnLine = list[OwnWord]


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line that one font drew."""

    font: str
    place: Place


def own_blocks(source: Path, number: int, *, upright: tuple[float, float], workspace: Path) -> list[list[OwnLine]] | None:
    """Blocks of lines as poppler sets and orders them; None when it fails or the page is past the limits.

    upright: width and height of the displayed page in points. Words outside the crop box are not given; text at an angle neither.
    """
    return _blocks("-bbox-layout", source, number, upright, workspace)


def written_words(source: Path, number: int, *, upright: tuple[float, float], workspace: Path) -> list[OwnWord] | None:
    """The same words in the order in which the file shows them."""
    blocks = _blocks("-bbox", source, number, upright, workspace, "-raw")
    return None if blocks is None else [word for block in blocks for line in block for word in line]


def _blocks(
    boxes: str, source: Path, number: int, upright: tuple[float, float], workspace: Path, *order: str
) -> list[list[OwnLine]] | None:
    told = _told("pdftotext", boxes, *order, "-cropbox", "-nodiag", source=source, number=number, workspace=workspace)
    if told is None or _PAGE.search(told) is None:
        return None
    wide, high = upright
    blocks: list[list[OwnLine]] = [[[]]]
    count = 0
    for kind, *sides, text in _LINE.findall(told):
        if kind == "block":
            blocks.append([])
        if kind != "word":
            blocks[-1].append([])
            continue
        x0, y0, x1, y1 = map(float, sides)
        place = (x0 / wide, y0 / high, x1 / wide, y1 / high)
        if _is_within(place):
            blocks[-1][-1].append(OwnWord(html.unescape(text), place))
        count += 1
        if count > WORDS_CAP:
            return None
    kept = [[line for line in block if line] for block in blocks]
    return [block for block in kept if block]


def font_spans(source: Path, number: int, *, shown: Place, workspace: Path) -> list[Span] | None:
    """Which font drew what; None when poppler fails. Annotations are left out, and text set sideways has no width.

    shown: the part of the displayed media box that the crop box leaves, since pdftohtml knows no crop box.
    """
    flags = ("-xml", "-i", "-q", "-noroundcoord", "-fontfullname", "-zoom", 1)
    told = _told("pdftohtml", *flags, source=source, number=number, workspace=workspace)
    page = _DRAWN.search(told) if told is not None else None
    if told is None or page is None:
        return None
    high, wide = float(page.group(1)) or 1.0, float(page.group(2)) or 1.0
    fonts = {found.group(1): html.unescape(found.group(2)) for found in _FONT.finditer(told)}
    spans: list[Span] = []
    for found in _SPAN.finditer(told):
        top, left, width, height = (float(found.group(index)) for index in range(1, 5))
        in_media = (left / wide, top / high, (left + width) / wide, (top + height) / high)
        spans.append(Span(fonts.get(found.group(5), ""), _cropped(in_media, shown)))
    return spans


def _cropped(place: Place, shown: Place) -> Place:
    across, down = shown[2] - shown[0], shown[3] - shown[1]
    x0, y0, x1, y1 = place
    return (x0 - shown[0]) / across, (y0 - shown[1]) / down, (x1 - shown[0]) / across, (y1 - shown[1]) / down


def _told(program: str, *flags: str | int, source: Path, number: int, workspace: Path) -> str | None:
    """What a program of poppler writes about one page. It writes to a file, whose size has a bound; a pipe would have none."""
    source, workspace = source.absolute(), workspace.absolute()  # poppler runs in another folder
    target = workspace / f"page-{number:05}-own-{program}.xml"
    arguments = (*flags, "-f", number, "-l", number, source, target)
    try:
        ran = run_limited(program, *arguments, limits=LIMITS, folder=workspace, reads=(source,))
        return target.read_text("utf-8", "replace") if ran.status == 0 and target.exists() else None
    finally:
        target.unlink(missing_ok=True)


def _is_within(place: Place) -> bool:
    x, y = (place[0] + place[2]) / 2, (place[1] + place[3]) / 2
    return 0 <= x <= 1 and 0 <= y <= 1
