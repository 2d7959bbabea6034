"""Where a paper names its signer, found on the paper itself, so that an image of a signature or a seal goes between position and name.

    placed = signature_block(paper)      # PlacedBlock(page=1, block=SignatureBlock(position, name))
    placed = block_at("2,140,230")       # what a person points at: page, millimetres from the left and from the top

A place that is not sure is no place: a seal over the wrong lines is worse than a question. Then the error says how to point.
"""

from __future__ import annotations

import functools
import math
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sohoa.config.units import administrative_units, agency_names
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.ocr.imaging.intake import inspect
from sohoa.ocr.imaging.pages import page_image
from sohoa.ocr.model import Box as Pixels
from sohoa.ocr.model import PageImage, PageText, around
from sohoa.ocr.reading.own_text.page import own_text
from sohoa.ocr.reading.page import MODES, read_page
from sohoa.ocr.reading.structure import structured
from sohoa.ocr.understanding.capacity import capacity_of, is_position, is_role
from sohoa.ocr.understanding.foot import pieces_of, white_between
from sohoa.ocr.understanding.header import Layout, layout_of
from sohoa.ocr.understanding.lexicon import Lexicon
from sohoa.ocr.understanding.persons import name_in
from sohoa.ocr.understanding.signers import signature
from sohoa.ocr.understanding.strips import Strip, in_capitals
from sohoa.signing.opening import opened
from sohoa.signing.profiles.facts import SignatureBlock
from sohoa.signing.profiles.sheet import Box, sheet_of

MOST_PAGES = 12  # that are looked at from the end; a page that has to be read costs seconds
POINTS = 72 / 25.4  # in a millimetre
# Letter heights. A signature needs the first; a block is no taller than the second; position and name share their middle.
ROOM, TALLEST, OFF_MIDDLE = 2.0, 16.0, 3.0
_NEXT_LINE = 1.6  # letter heights of white to the second line of a position
_BELOW_LINE, _MARKS = 0.35, 0.6  # letter heights that a dot hangs below a line of capitals, and that marks stand above a name
_SURE = 0.5  # a line of scraps that a reader makes of a seal or of strokes is hardly believed
_SAME_SHAPE = 0.02  # of the sides of the page as read and as seen
_POINTED = (40.0, 15.0)  # millimetres around a place that a person points at: half of what the block is then taken to be

# One page is read at a time, however many papers are prepared at once: a reader fills a core.
_reading = threading.Lock()


class SignerBlockNotFound(SohoaError):
    code, exit_code = "pipeline.signer_block_not_found", Exit.NEEDS_A_PERSON
    vi = "Không thấy trên giấy chỗ ghi chức vụ và họ tên người ký. Chưa ký."
    en = "No signer's block (position and name) was found on the paper. Nothing was signed."
    remedy = "Chỉ chỗ ký bằng «--at TRANG,X,Y»: số trang, rồi khoảng cách từ mép trái và từ mép trên đến giữa chữ ký, tính bằng mm."
    remedy_en = (
        "Point at it with `--at PAGE,X,Y`: the page, then millimetres from the left and from the top to the signature's middle."
    )


class SignerBlockDoubtful(SohoaError):
    code, exit_code = "pipeline.signer_block_doubtful", Exit.NEEDS_A_PERSON
    vi = "Trang {page}: không chắc chỗ ký ở đâu, vì {why_vi}. Chưa ký."
    en = "Page {page}: it is not certain where the signature belongs ({why}). Nothing was signed."
    remedy = SignerBlockNotFound.remedy
    remedy_en = SignerBlockNotFound.remedy_en


class PlaceNotUnderstood(SohoaError):
    code, exit_code = "pipeline.place_not_understood", Exit.USAGE
    vi = "Không hiểu chỗ ký «{said}»."
    en = "The place {said!r} is not understood."
    remedy = "Viết «--at TRANG,X,Y», ví dụ «--at 2,140,230»: trang 2, cách mép trái 140 mm, cách mép trên 230 mm."
    remedy_en = "Write `--at PAGE,X,Y`, for instance `--at 2,140,230`: page 2, 140 mm from the left, 230 mm from the top."


_WHY = {
    "two_signers": ("trang có hơn một người ký", "more than one signer on the page"),
    "unread": ("không đọc chắc được chức vụ hoặc họ tên", "position or name was not read for certain"),
    "apart": ("chức vụ và họ tên không thẳng hàng hoặc không còn chỗ ở giữa", "position and name do not stand over one another"),
    "turned": ("trang nằm ngang hoặc ngược", "the page lies on its side or upside down"),
}


@dataclass(frozen=True, slots=True)
class PlacedBlock:
    """page: from 0. block: in points of that page as it is seen."""

    page: int
    block: SignatureBlock


@dataclass(frozen=True, slots=True)
class Doubt:
    """why: two_signers | unread | apart | turned."""

    why: str


@dataclass(frozen=True, slots=True)
class ReadBlock:
    """Boxes of the lines of capacity and position, and of the name, in pixels of the upright page."""

    position: Pixels
    name: Pixels


def block_at(said: str) -> PlacedBlock:
    """A block around a place that a person points at. Raises PlaceNotUnderstood."""
    try:
        page, x, y = said.replace(";", ",").split(",")
        number, across, down = int(page), float(x), float(y)
    except ValueError as wrong:
        raise PlaceNotUnderstood(said=said) from wrong
    if number < 1 or not all(math.isfinite(one) and 0 <= one < 10_000 for one in (across, down)):
        raise PlaceNotUnderstood(said=said)
    middle, wide, high = (across * POINTS, down * POINTS), _POINTED[0] * POINTS, _POINTED[1] * POINTS
    x0, x1, top, bottom = middle[0] - wide, middle[0] + wide, middle[1] - high, middle[1] + high
    return PlacedBlock(number - 1, SignatureBlock((x0, top, x1, top), (x0, bottom, x1, bottom)))


def signature_block(paper: Path) -> PlacedBlock:
    """From the last page backwards: the first page that has a signer's block, or a doubt about one, decides.

    What the file itself says is believed where it can be; else the page is read. Takes seconds for a scan.
    Raises SignerBlockNotFound, SignerBlockDoubtful, and what taking a PDF in, drawing and reading it raises.
    """
    for image, text, read_closely in _pages_from_the_end(paper):
        found = block_on(text, _lexicon())
        if read_closely and found == Doubt("unread"):
            text = read_closely()
            found = block_on(text, _lexicon())
        if isinstance(found, ReadBlock):
            found = _as_seen(found, paper, image, text)
        if isinstance(found, Doubt):
            vi, en = _WHY[found.why]
            raise SignerBlockDoubtful(page=image.number, why_vi=vi, why=en)
        if found is not None:
            return PlacedBlock(image.number - 1, found)
    raise SignerBlockNotFound()


def block_on(text: PageText, lexicon: Lexicon) -> ReadBlock | Doubt | None:
    """The one signer's block of a page that was read. None: the page has none at all."""
    if text.blank or not text.lines:
        return Doubt("unread") if text.failed else None
    layout = layout_of(text)
    who = signature([layout], lexicon)
    heads = [field.bbox for field in (who.capacity, who.position) if field is not None and field.bbox]
    if who.name is None and not heads:
        return None
    if who.name is None or who.name.bbox is None or not heads:
        return Doubt("unread")
    pieces, name = pieces_of(layout), who.name.bbox
    position = _with_its_next_lines(around(heads), pieces, name, layout.unit)
    if who.position is None and position == around(heads):
        return Doubt("unread")  # `KT. CHỦ TỊCH` alone: the signer's own position stands below it and was not read
    if _somebody_else(pieces, position, name, layout, lexicon):
        return Doubt("two_signers")
    position, name = _without_strokes(position, name, pieces, layout.unit)
    return ReadBlock(position, name) if _one_over_the_other(position, name, layout.unit) else Doubt("apart")


def _with_its_next_lines(position: Pixels, pieces: tuple[Strip, ...], name: Pixels, unit: float) -> Pixels:
    """Lines in capitals right below belong to it: a position of two lines, or one that was not understood."""
    for piece in pieces:
        x0, top, x1, bottom = piece.bbox
        near = position[3] - unit < top <= position[3] + _NEXT_LINE * unit and bottom > position[3]
        if near and bottom < name[1] and x0 < position[2] and position[0] < x1 and _is_print(piece) and in_capitals(piece.text):
            position = around([position, piece.bbox])
    return position


def _without_strokes(position: Pixels, name: Pixels, pieces: tuple[Strip, ...], unit: float) -> tuple[Pixels, Pixels]:
    """A pen or a seal between the two is read as part of the words that it touches, and these seem to reach into the room between.
    Words of one line end, and begin, at about one height."""
    lowest = [piece for piece in pieces if _inside(piece.bbox, position) and piece.bbox[3] == position[3]]
    foot = min((word.bbox[3] for piece in lowest for word in piece.words if len(word.text) > 1), default=position[3])
    of_name = [word for piece in pieces if _inside(piece.bbox, name) for word in piece.words if len(word.text) > 1]
    top = max((word.bbox[1] for word in of_name), default=name[1])
    bottom, begins = min(position[3], round(foot + _BELOW_LINE * unit)), max(name[1], round(top - _MARKS * unit))
    return (*position[:3], bottom), (name[0], begins, *name[2:])


def _is_print(piece: Strip) -> bool:
    sure = sum(len(word.text) for word in piece.words if word.confidence >= _SURE)
    return sure >= max(3, 0.6 * sum(len(word.text) for word in piece.words))


def _somebody_else(pieces: tuple[Strip, ...], position: Pixels, name: Pixels, layout: Layout, lexicon: Lexicon) -> bool:
    """Another head with a name below it, or one beside this block: of two signers nobody knows which one is meant."""
    unit, middle = layout.unit, (name[0] + name[2]) / 2
    for head in pieces:
        if _inside(head.bbox, position) or not (
            is_position(head.text) or is_role(head.text) or capacity_of(head.text, lexicon) is not None
        ):
            continue
        if position[1] - 2 * unit < head.bbox[1] < position[3] + unit and not head.bbox[0] < middle < head.bbox[2]:
            return True
        under = (p for p in pieces if head.bbox[0] - OFF_MIDDLE * unit < p.centre < head.bbox[2] + OFF_MIDDLE * unit)
        if any(
            0 < white_between(head, one) < TALLEST * unit and not _inside(one.bbox, name) and name_in(one.text) for one in under
        ):
            return True
    return False


def _inside(one: Pixels, other: Pixels) -> bool:
    """Its middle lies within the other, a little around it included."""
    x, y, around_it = (one[0] + one[2]) / 2, (one[1] + one[3]) / 2, other[3] - other[1]
    return other[0] - around_it <= x <= other[2] + around_it and other[1] - 2 <= y <= other[3] + 2


def _one_over_the_other(position: Pixels, name: Pixels, unit: float) -> bool:
    white = name[1] - position[3]
    off = abs((position[0] + position[2]) - (name[0] + name[2])) / 2
    return ROOM * unit <= white <= TALLEST * unit and off <= OFF_MIDDLE * unit


def _as_seen(found: ReadBlock, paper: Path, image: PageImage, text: PageText) -> SignatureBlock | Doubt:
    """From pixels of the page as it was read to points of the page as it is seen."""
    # An image set upright on a page that is seen lying would lie itself.
    turned = text.rotation != (image.rotation if image.lifted else 0)
    with opened(paper, encrypted=True) as reader:
        width, height = sheet_of(reader, image.number - 1).size
    across, down = width / text.width, height / text.height
    if turned or abs(across / down - 1) > _SAME_SHAPE:
        return Doubt("turned")

    def points(box: Pixels) -> Box:
        return box[0] * across, box[1] * down, box[2] * across, box[3] * down

    return SignatureBlock(points(found.position), points(found.name))


def _pages_from_the_end(paper: Path) -> Iterator[tuple[PageImage, PageText, Callable[[], PageText] | None]]:
    """With a way to read the page more closely, where it was read. Pictures are in a folder that lives as long as the page is
    looked at."""
    intake = inspect(paper)
    for number in range(intake.page_count, max(0, intake.page_count - MOST_PAGES), -1):
        with tempfile.TemporaryDirectory(prefix="sohoa-block-") as folder:
            into = Path(folder).resolve()
            with _reading:
                image = page_image(paper, intake, number, into)
                own = own_text(paper, intake, image, workspace=into)
                text = structured(own) if own else read_page(image, workspace=into, readers=MODES["fast"])
            yield image, text, None if own else functools.partial(_read_closely, image, into)


def _read_closely(image: PageImage, into: Path) -> PageText:
    with _reading:
        return read_page(image, workspace=into, readers=MODES["accurate"])


@functools.cache
def _lexicon() -> Lexicon:
    return Lexicon.of(administrative_units(), agency_names())
