"""What a page draws, told from its orders of drawing without any pixel: text that shows, text that does not, pictures.

Forms and the appearances of annotations are followed, within limits: bytes, orders and depth are bounded, and past a bound the
answer is None, which means a drawing or something hostile, to be read by OCR.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import pikepdf
from numpy.typing import NDArray
from pikepdf import Array, ContentStreamInlineImage, Dictionary, Matrix, Name, Object, Page, Pdf, Stream
from pikepdf.settings import qpdf_limit_errors

from sohoa.ocr.imaging.pdf_structure import items, page_box
from sohoa.ocr.imaging.whole_page import bounded_bytes

# A dense page of text has 200 kB of orders and 5,000 that matter here; maps and charts have megabytes of lines, left out by name.
CONTENT_CAP = 4 << 20
ORDERS_CAP = 60_000
SIGNS_CAP = 5 * ORDERS_CAP
NOTES_CAP = 500  # annotations of one page
DEEPEST_FORM = 6
COVERING = 0.05  # share of the page from which a picture is held to hide the text that was drawn there before it
FAINT = 0.1  # opacity below which text is there to be found, not to be seen

_FOLLOWED = "q Q cm Tr Tf Tm Td TD TL T* BT Tj TJ ' \" Do gs BI ID EI"
_SHOWS = frozenset(("Tj", "TJ", "'", '"'))
_UNSEEN_MODES = (3, 7)
_HIDDEN, _NO_VIEW = 1 << 1, 1 << 5
_GRID = 60  # the page is parcelled into this many squares each way to tell how much of it pictures cover

Area = tuple[float, float, float, float]
"""(x0, y0, x1, y1), parts of the upright page's width and height from its top left, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Orders:
    """letters: glyphs shown by the page itself. noted: by annotations (stamps, filled form fields). hidden: invisible, or painted
    over by a picture. in_programs: of `letters`, those of Type 3 fonts. fonts: visible glyphs by the font's name.

    turn: degrees clockwise by which the displayed page must be turned for most of its text to be upright.
    pictures, notes: where images and annotations lie. covered: share of the page below images.
    """

    letters: int
    noted: int
    hidden: int
    in_programs: int
    fonts: dict[str, int]
    turn: int
    pictures: tuple[Area, ...]
    notes: tuple[Area, ...]
    covered: float


@dataclass(frozen=True, slots=True)
class _State:
    matrix: Matrix
    unseen_mode: bool = False
    faint: bool = False
    font: object = None
    leading: float = 0.0


class _TooMuch(Exception):
    """A bound was passed."""


@dataclass(slots=True)
class _Seen:
    scratch: Pdf
    box: tuple[float, float, float, float]
    displayed: int  # /Rotate
    letters: int = 0
    noted: int = 0
    hidden: int = 0
    in_programs: int = 0
    room: int = CONTENT_CAP
    orders: int = ORDERS_CAP
    fonts: dict[str, int] = field(default_factory=dict[str, int])
    turns: dict[int, int] = field(default_factory=dict[int, int])
    pictures: list[Area] = field(default_factory=list[Area])
    notes: list[Area] = field(default_factory=list[Area])
    contents: dict[tuple[int, int], bytes] = field(default_factory=dict[tuple[int, int], bytes])
    in_note: bool = False
    # Letters by the square in which their string begins.
    spread: NDArray[np.int64] = field(default_factory=lambda: np.zeros((_GRID, _GRID), dtype=np.int64))

    def area(self, matrix: Matrix, x0: float, y0: float, x1: float, y1: float) -> Area:
        """A rectangle under `matrix`, as the part of the displayed page that it takes."""
        return displayed_area(self.box, [_point(matrix, x, y) for x in (x0, x1) for y in (y0, y1)], self.displayed)


def displayed_area(box: tuple[float, float, float, float], corners: list[tuple[float, float]], turned: int) -> Area:
    """What corners, in the page's own units, take of `box` once it is displayed, `turned` degrees clockwise."""
    left, low, right, high = box
    spots = [_displayed((x - left) / (right - left), (high - y) / (high - low), turned) for x, y in corners]
    across, down = [_clamped(x) for x, _ in spots], [_clamped(y) for _, y in spots]
    return min(across), min(down), max(across), max(down)


def has_fonts(page: Page) -> bool:
    """False only where no text can be shown. Costs a look into dictionaries, nothing is parsed."""
    seen: set[tuple[int, int]] = set()
    todo: list[object] = [page.obj.get("/Resources")]
    todo.extend(drawn.get("/Resources") for drawn in _appearances(page))
    while todo:
        resources = todo.pop()
        if not isinstance(resources, Dictionary) or (resources.is_indirect and resources.objgen in seen):
            continue
        seen.add(resources.objgen)
        if len(seen) > NOTES_CAP:
            return True
        fonts = resources.get("/Font")
        if isinstance(fonts, Dictionary) and len(fonts):
            return True
        forms = resources.get("/XObject")
        if isinstance(forms, Dictionary):
            todo.extend(_inner_resources(forms, seen))
    return False


def _inner_resources(forms: Dictionary, seen: set[tuple[int, int]]) -> list[object]:
    found: list[object] = []
    for name in forms.keys():  # noqa: SIM118
        form = forms.get(name)
        if isinstance(form, Stream) and form.get("/Subtype") == Name.Form and form.objgen not in seen:
            seen.add(form.objgen)
            found.append(form.get("/Resources"))
    return found


def orders_of(page: Page) -> Orders | None:
    """None past a bound, or where the orders are damaged or packed in an unusual way."""
    before = qpdf_limit_errors()
    with warnings.catch_warnings(record=True), pikepdf.new() as scratch:
        seen = _Seen(scratch, page_box(page), int(page.obj.get("/Rotate", 0)) % 360)
        try:
            _walk(_content(page, seen), page.obj.get("/Resources"), _State(Matrix.identity()), seen, 0)
            _walk_notes(page, seen)
        except _TooMuch:
            return None
    if qpdf_limit_errors() != before:
        return None
    return _summed(seen)


def _summed(seen: _Seen) -> Orders:
    turn = max(seen.turns, key=lambda angle: seen.turns[angle]) if seen.turns else 0
    return Orders(
        letters=seen.letters,
        noted=seen.noted,
        hidden=seen.hidden,
        in_programs=seen.in_programs,
        fonts=seen.fonts,
        turn=turn,
        pictures=tuple(seen.pictures),
        notes=tuple(seen.notes),
        covered=_share(seen.pictures),
    )


def _content(page: Page, seen: _Seen) -> bytes:
    contents = page.obj.get("/Contents")
    streams = list(items(contents)) if isinstance(contents, Array) else [contents]
    return b"\n".join(_bytes(stream, seen) for stream in streams if isinstance(stream, Stream))


def _bytes(stream: Stream, seen: _Seen) -> bytes:
    """Charged for each time it is drawn, unpacked once."""
    known = seen.contents.get(stream.objgen) if stream.is_indirect else None
    data = bounded_bytes(stream, seen.room) if known is None else known
    if data is None or len(data) > seen.room or _signs(data) > SIGNS_CAP:
        raise _TooMuch
    seen.room -= len(data)
    seen.contents[stream.objgen] = data
    return data


def _signs(data: bytes) -> int:
    """At least as many as there are orders to follow. The parser makes a list of them all before the first can be counted."""
    return sum(data.count(sign) for sign in (b"T", b"q", b"Q", b"'", b'"', b"cm", b"gs", b"Do", b"BI"))


def _walk(content: bytes, resources: object, start: _State, seen: _Seen, depth: int) -> None:
    state, stack = start, list[_State]()
    line = Matrix.identity()
    stream = seen.scratch.make_stream(content)  # pyright: ignore[reportUnknownMemberType]
    for order in pikepdf.parse_content_stream(stream, operators=_FOLLOWED):
        seen.orders -= 1
        if seen.orders < 0:
            raise _TooMuch
        if isinstance(order, ContentStreamInlineImage):
            _put_picture(state, seen, clear=True)
            continue
        name, operands = str(order.operator), order.operands
        if name == "q":
            stack.append(state)
        elif name == "Q":
            state = stack.pop() if stack else start
        elif name == "BT":
            line = Matrix.identity()
        elif name in _SHOWS:
            if name in "'\"":
                line = _moved(line, 0, -state.leading)
            _show(operands, line @ state.matrix, state, seen)
        elif name == "T*":
            line = _moved(line, 0, -state.leading)
        elif not operands:
            continue
        elif name == "cm":
            state = replace(state, matrix=_matrix(operands) @ state.matrix)
        elif name == "Tm":
            line = _matrix(operands)
        elif name in ("Td", "TD"):
            across, up = float(operands[0]), float(operands[1])
            line = _moved(line, across, up)
            state = replace(state, leading=-up) if name == "TD" else state
        elif name == "TL":
            state = replace(state, leading=float(operands[0]))
        elif name == "Tr":
            state = replace(state, unseen_mode=int(operands[0]) in _UNSEEN_MODES)
        elif name == "Tf":
            state = replace(state, font=_resource(resources, "/Font", operands[0]))
        elif name == "gs":
            opacity = _opacity(_resource(resources, "/ExtGState", operands[0]))
            state = state if opacity is None else replace(state, faint=opacity < FAINT)
        elif name == "Do":
            _draw(_resource(resources, "/XObject", operands[0]), resources, state, seen, depth)


def _show(operands: object, matrix: Matrix, state: _State, seen: _Seen) -> None:
    font = state.font if isinstance(state.font, Dictionary) else None
    wide = font is not None and font.get("/Subtype") == Name.Type0
    count = sum(_glyphs(bytes(text), wide=wide) for text in _strings(operands))
    if not count:
        return
    if state.unseen_mode or state.faint:
        seen.hidden += count
        return
    if seen.in_note:
        seen.noted += count
    else:
        seen.letters += count
        x, y, *_ = seen.area(matrix, 0, 0, 0, 0)
        seen.spread[_square(y), _square(x)] += count
        turn = _turn(matrix, seen.displayed)
        seen.turns[turn] = seen.turns.get(turn, 0) + count
        if font is not None and font.get("/Subtype") == Name.Type3:
            seen.in_programs += count
    name = str(font.get("/BaseFont", "")) if font is not None else ""
    seen.fonts[name] = seen.fonts.get(name, 0) + count


def _strings(operands: object) -> list[Object]:
    found: list[Object] = []
    for operand in operands:  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
        if isinstance(operand, pikepdf.String):
            found.append(operand)
        elif isinstance(operand, Array):
            found.extend(part for part in items(operand) if isinstance(part, pikepdf.String))
    return found


def _glyphs(text: bytes, *, wide: bool) -> int:
    """Spaces do not count: programs put them everywhere. In most wide fonts glyph 3 is the space."""
    if not wide:
        return len(text) - text.count(b" ")
    return sum(text[at : at + 2] not in (b"\0\3", b"\0 ") for at in range(0, len(text), 2))


def _turn(matrix: Matrix, displayed: int) -> int:
    """The quarter turn, clockwise, that would set this text upright on the displayed page."""
    if abs(matrix.a) >= abs(matrix.b):
        leaning = 0 if matrix.a >= 0 else 180
    else:
        leaning = 90 if matrix.b > 0 else 270
    return (leaning - displayed) % 360


def _draw(drawn: object, resources: object, state: _State, seen: _Seen, depth: int) -> None:
    if not isinstance(drawn, Stream):
        return
    if drawn.get("/Subtype") == Name.Image:
        _put_picture(state, seen, clear=any(key in drawn for key in ("/SMask", "/Mask", "/ImageMask", "/SMaskInData")))
    elif drawn.get("/Subtype") == Name.Form:
        if depth >= DEEPEST_FORM:
            raise _TooMuch
        own = list(items(drawn.get("/Matrix")))
        inner = replace(state, matrix=_matrix(own) @ state.matrix) if len(own) == 6 else state
        _walk(_bytes(drawn, seen), drawn.get("/Resources", resources), inner, seen, depth + 1)


def _put_picture(state: _State, seen: _Seen, *, clear: bool) -> None:
    """A picture that cannot be seen through hides what was shown where it lies."""
    area = seen.area(state.matrix, 0, 0, 1, 1)
    seen.pictures.append(area)
    if clear or state.faint or seen.in_note or _share([area]) < COVERING:
        return
    below = seen.spread[_squares(area)]
    hidden = int(below.sum())
    below[:] = 0
    seen.letters -= hidden
    seen.hidden += hidden


def _walk_notes(page: Page, seen: _Seen) -> None:
    seen.in_note = True
    for index, note in enumerate(items(page.obj.get("/Annots"))):
        if index >= NOTES_CAP:
            raise _TooMuch
        drawn = _appearance(note)
        sides = [float(side) for side in items(note.get("/Rect"))] if drawn is not None else []
        if drawn is None or len(sides) != 4 or sides[0] == sides[2] or sides[1] == sides[3]:
            continue
        seen.notes.append(seen.area(Matrix.identity(), *sides))
        box = [float(side) for side in items(drawn.get("/BBox"))]
        fitted = _fitted(box, sides) if len(box) == 4 else Matrix.identity()
        _walk(_bytes(drawn, seen), drawn.get("/Resources"), _State(fitted), seen, 1)


def _fitted(box: list[float], sides: list[float]) -> Matrix:
    """The appearance's box stretched over the annotation's place (its own /Matrix left out: only areas are measured here)."""
    wide, high = box[2] - box[0] or 1.0, box[3] - box[1] or 1.0
    across, up = (sides[2] - sides[0]) / wide, (sides[3] - sides[1]) / high
    return Matrix(across, 0, 0, up, sides[0] - box[0] * across, sides[1] - box[1] * up)


def _appearances(page: Page) -> list[Stream]:
    notes = list(items(page.obj.get("/Annots")))[:NOTES_CAP]
    return [drawn for note in notes if (drawn := _appearance(note)) is not None]


def _appearance(note: Object) -> Stream | None:
    """What a viewer draws for an annotation, or None."""
    if not isinstance(note, Dictionary):
        return None
    flags = note.get("/F", 0)
    if note.get("/Subtype") == Name.Popup or (isinstance(flags, int) and flags & (_HIDDEN | _NO_VIEW)):
        return None
    looks = note.get("/AP")
    drawn = looks.get("/N") if isinstance(looks, Dictionary) else None
    if isinstance(drawn, Dictionary) and not isinstance(drawn, Stream):
        drawn = drawn.get(str(note.get("/AS", "/Off")))
    return drawn if isinstance(drawn, Stream) else None


def _resource(resources: object, category: str, name: object) -> object:
    group = resources.get(category) if isinstance(resources, Dictionary) else None
    return group.get(str(name)) if isinstance(group, Dictionary) else None


def _opacity(state: object) -> float | None:
    opacity = state.get("/ca") if isinstance(state, Dictionary) else None
    return None if opacity is None else float(opacity)


def _matrix(operands: object) -> Matrix:
    return Matrix(*(float(part) for part in operands))  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType, reportUnknownArgumentType]


def _point(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    return matrix.a * x + matrix.c * y + matrix.e, matrix.b * x + matrix.d * y + matrix.f


def _displayed(x: float, y: float, turned: int) -> tuple[float, float]:
    """A spot of the page (parts from its top left) after /Rotate."""
    return {0: (x, y), 90: (1 - y, x), 180: (1 - x, 1 - y), 270: (y, 1 - x)}.get(turned, (x, y))


def _clamped(part: float) -> float:
    return min(1.0, max(0.0, part)) if part == part else 0.0  # a matrix of absurd numbers gives none


def _moved(line: Matrix, across: float, up: float) -> Matrix:
    return Matrix(1, 0, 0, 1, across, up) @ line


def _share(areas: Iterable[Area]) -> float:
    """Of the page, below at least one of `areas`."""
    squares: NDArray[np.bool_] = np.zeros((_GRID, _GRID), dtype=np.bool_)
    for area in areas:
        squares[_squares(area)] = True
    return float(squares.mean())


def _squares(area: Area) -> tuple[slice, slice]:
    x0, y0, x1, y1 = area
    return slice(round(y0 * _GRID), round(y1 * _GRID)), slice(round(x0 * _GRID), round(x1 * _GRID))


def _square(part: float) -> int:
    return min(int(part * _GRID), _GRID - 1)
