"""Is a PDF page nothing but one picture? Then the picture can be taken out as it is instead of being drawn again.

A scan's page draws one image over the whole sheet, with perhaps an invisible text layer of an earlier reading, clips and
marked content around it. Anything else that may leave ink (a second image, visible text, a line, a stamp's annotation, a mask,
transparency) makes the page one to rasterise. In doubt the answer is no: a page rendered needlessly costs a second, a stamp
lost costs a record.
"""

from __future__ import annotations

import warnings
import zlib
from dataclasses import dataclass, field, replace

import pikepdf
from pikepdf import Array, ContentStreamInlineImage, Dictionary, Matrix, Name, Object, Page, Pdf, Stream
from pikepdf.settings import qpdf_limit_errors

from sohoa.ocr.imaging.pdf_structure import items, page_box, user_unit

COVERED = 0.9  # of the page's area; scanners leave a margin where the sheet ended
OVERHANG = 0.02  # of the page's sides; beyond it the crop box hides a part on purpose, and so must we
# An invisible text layer of a dense page has 200 kB of orders; a drawing has megabytes, and need not be parsed to know it.
CONTENT_CAP = 4 << 20
_DEEPEST_FORM = 4
_HIDDEN, _NO_VIEW = 1 << 1, 1 << 5

_HARMLESS = frozenset(
    {
        *("ri", "i", "J", "j", "M", "d", "w"),  # how lines would be drawn
        *("g", "G", "rg", "RG", "k", "K", "cs", "CS", "sc", "scn", "SC", "SCN"),  # in which colour
        *("BT", "ET", "Tf", "Tm", "Td", "TD", "T*", "Tc", "Tw", "Tz", "TL", "Ts"),  # where text would stand
        *("BMC", "BDC", "EMC", "MP", "DP", "BX", "EX"),  # marks for other programs
    }
)
_SHOWS_TEXT = frozenset(("Tj", "TJ", "'", '"'))
_OPENS_PATH = frozenset(["m", "l", "c", "v", "y", "h"])
_INVISIBLE_TEXT = 3


@dataclass(frozen=True, slots=True)
class WholeImage:
    """The one image of a page. dots_x, dots_y: pixels per inch along the picture's own sides.

    rotation: degrees clockwise by which the stored picture must be turned to be read upright.
    """

    stream: Stream
    width: int
    height: int
    dots_x: float
    dots_y: float
    rotation: int


@dataclass(frozen=True, slots=True)
class _State:
    matrix: Matrix
    text_mode: int = 0


@dataclass(slots=True)
class _Seen:
    """What the walk over the orders has met. `ink` ends it."""

    images: list[tuple[Stream, Matrix]] = field(default_factory=list[tuple[Stream, Matrix]])
    clips: list[tuple[float, float, float, float]] = field(default_factory=list[tuple[float, float, float, float]])
    ink: bool = False


def whole_image(page: Page) -> WholeImage | None:
    """The image that is all of `page`, or None."""
    if any(_leaves_ink(note) for note in items(page.obj.get("/Annots"))):
        return None
    content = _bounded_content(page)
    if content is None:
        return None
    seen = _Seen()
    before = qpdf_limit_errors()
    # The orders are parsed in a document of their own: adding a stream to `page`'s would number all of its objects first.
    with warnings.catch_warnings(record=True) as complaints, pikepdf.new() as scratch:
        _walk(scratch, content, page.obj.get("/Resources"), _State(Matrix.identity()), seen, 0)
    # Past fifteen errors the parser stops without a word, and what stands behind them would be missed.
    if complaints or qpdf_limit_errors() != before or seen.ink or len(seen.images) != 1:
        return None
    stream, matrix = seen.images[0]
    return _placed(page, stream, matrix, seen.clips)


def _leaves_ink(note: Object) -> bool:
    if not isinstance(note, Dictionary):
        return False
    flags = note.get("/F", 0)
    kind = note.get("/Subtype")
    if kind in (Name.Link, Name.Popup) or (isinstance(flags, int) and flags & (_HIDDEN | _NO_VIEW)):
        return False
    x0, y0, x1, y1 = (float(side) for side in items(note.get("/Rect")))
    return x0 != x1 and y0 != y1 and not (kind == Name.Widget and "/AP" not in note)


def _bounded_content(page: Page) -> bytes | None:
    contents = page.obj.get("/Contents")
    streams = list(items(contents)) if isinstance(contents, Array) else [contents]
    read: list[bytes] = []
    room = CONTENT_CAP
    for stream in streams:
        data = bounded_bytes(stream, room) if isinstance(stream, Stream) else None
        if data is None:
            return None
        read.append(data)
        room -= len(data)
    return b"\n".join(read)


def bounded_bytes(stream: Stream, room: int) -> bytes | None:
    """The stream's decoded bytes if there are at most `room`, and if it is plain or deflated; else None."""
    if int(stream.get("/Length", 0)) > room:
        return None
    filters = stream.get("/Filter")
    names = [str(name) for name in items(filters)] if isinstance(filters, Array) else [str(filters)] * (filters is not None)
    raw = stream.read_raw_bytes()
    if not names:
        return raw
    if names != ["/FlateDecode"] or "/DecodeParms" in stream:
        return None
    inflater = zlib.decompressobj()
    try:
        data = inflater.decompress(raw, room)
    except zlib.error:
        return None
    return None if inflater.unconsumed_tail else data


def _walk(scratch: Pdf, content: bytes, resources: object, start: _State, seen: _Seen, depth: int) -> None:
    """Follow the orders, keeping only what decides: the matrix, the text mode, rectangles that clip."""
    state, stack = start, list[_State]()
    path: list[tuple[float, float, float, float]] | None = []
    clips = False
    stream = scratch.make_stream(content)  # pyright: ignore[reportUnknownMemberType]
    for order in pikepdf.parse_content_stream(stream):
        if isinstance(order, ContentStreamInlineImage):
            seen.ink = True
            return
        name, operands = str(order.operator), order.operands
        if name in _HARMLESS:
            continue
        if name == "q":
            stack.append(state)
        elif name == "Q":
            state = stack.pop() if stack else start
        elif name == "cm":
            state = replace(state, matrix=Matrix(*(float(part) for part in operands)) @ state.matrix)
        elif name == "Tr":
            state = replace(state, text_mode=int(operands[0]))
        elif name in _SHOWS_TEXT and state.text_mode == _INVISIBLE_TEXT:
            continue
        elif name == "re" and path is not None:
            x, y, wide, high = (float(part) for part in operands)
            path.append(_bounds(state.matrix, x, y, x + wide, y + high))
        elif name in _OPENS_PATH:
            path = None  # only rectangles are followed
        elif name in ("W", "W*"):
            clips = True
        elif name == "n":
            if clips and (path is None or len(path) != 1):
                seen.ink = True
                return
            if clips and path:
                seen.clips.extend(path)
            path, clips = [], False
        elif name == "gs" and _is_plain(_resource(resources, "/ExtGState", operands[0])):
            continue
        elif name == "Do":
            _draw(scratch, _resource(resources, "/XObject", operands[0]), state, seen, depth)
        else:
            seen.ink = True
        if seen.ink or len(seen.images) > 1:
            return


def _draw(scratch: Pdf, drawn: object, state: _State, seen: _Seen, depth: int) -> None:
    if not isinstance(drawn, Stream) or "/OC" in drawn:
        seen.ink = True
    elif drawn.get("/Subtype") == Name.Image:
        seen.images.append((drawn, state.matrix))
    elif drawn.get("/Subtype") == Name.Form and depth < _DEEPEST_FORM:
        content = bounded_bytes(drawn, CONTENT_CAP)
        group = drawn.get("/Group")
        if content is None or (isinstance(group, Dictionary) and group.get("/S") == Name.Transparency and "/SMask" in group):
            seen.ink = True
            return
        own = [float(part) for part in items(drawn.get("/Matrix"))]
        inner = replace(state, matrix=Matrix(*own) @ state.matrix) if len(own) == 6 else state
        box = [float(side) for side in items(drawn.get("/BBox"))]
        if len(box) == 4:
            seen.clips.append(_bounds(inner.matrix, *box))
        _walk(scratch, content, drawn.get("/Resources"), inner, seen, depth + 1)
    else:
        seen.ink = True


def _resource(resources: object, category: str, name: object) -> object:
    group = resources.get(category) if isinstance(resources, Dictionary) else None
    return group.get(str(name)) if isinstance(group, Dictionary) else None


def _is_plain(state: object) -> bool:
    """A graphics state without transparency, so that it cannot change how the image looks."""
    if not isinstance(state, Dictionary):
        return False
    opaque = all(float(state.get(alpha, 1)) == 1 for alpha in ("/ca", "/CA"))
    blend, mask = state.get("/BM", Name.Normal), state.get("/SMask", Name("/None"))
    return (
        opaque and blend in (Name.Normal, Name.Compatible) and mask == Name("/None") and "/TR" not in state and "/TR2" not in state
    )


def _bounds(matrix: Matrix, x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
    corners = [_point(matrix, x, y) for x in (x0, x1) for y in (y0, y1)]
    across, up = [x for x, _ in corners], [y for _, y in corners]
    return min(across), min(up), max(across), max(up)


def _point(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    return matrix.a * x + matrix.c * y + matrix.e, matrix.b * x + matrix.d * y + matrix.f


def _placed(page: Page, stream: Stream, matrix: Matrix, clips: list[tuple[float, float, float, float]]) -> WholeImage | None:
    box = page_box(page)
    if any(not _covers(clip, box) for clip in clips):
        return None
    spot = _bounds(matrix, 0, 0, 1, 1)
    if not _covers(spot, box) or not _within(spot, box):
        return None
    turn = _quarter_turn(matrix)
    width, height = stream.get("/Width"), stream.get("/Height")
    if turn is None or not isinstance(width, int) or not isinstance(height, int) or width < 1 or height < 1:
        return None
    inch = 72 / user_unit(page)
    across, up = (matrix.a**2 + matrix.b**2) ** 0.5 / inch, (matrix.c**2 + matrix.d**2) ** 0.5 / inch
    turned = int(page.obj.get("/Rotate", 0))
    return WholeImage(stream, width, height, width / across, height / up, (turned - turn) % 360)


def _covers(spot: tuple[float, float, float, float], box: tuple[float, float, float, float]) -> bool:
    wide = max(0.0, min(spot[2], box[2]) - max(spot[0], box[0]))
    high = max(0.0, min(spot[3], box[3]) - max(spot[1], box[1]))
    return wide * high >= COVERED * (box[2] - box[0]) * (box[3] - box[1])


def _within(spot: tuple[float, float, float, float], box: tuple[float, float, float, float]) -> bool:
    across, up = OVERHANG * (box[2] - box[0]), OVERHANG * (box[3] - box[1])
    return spot[0] >= box[0] - across and spot[1] >= box[1] - up and spot[2] <= box[2] + across and spot[3] <= box[3] + up


def _quarter_turn(matrix: Matrix) -> int | None:
    """Degrees counter-clockwise by which the image is placed; None when skewed, mirrored or turned by some other angle."""
    a, b, c, d = matrix.a, matrix.b, matrix.c, matrix.d
    if a * d - b * c <= 0:
        return None
    slack = 1e-3 * max(abs(a), abs(b), abs(c), abs(d))
    if abs(b) <= slack and abs(c) <= slack:
        return 0 if a > 0 else 180
    if abs(a) <= slack and abs(d) <= slack:
        return 90 if b > 0 else 270
    return None
