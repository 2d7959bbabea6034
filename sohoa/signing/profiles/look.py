"""Where a signature goes on a paper and how it is drawn: `look_for`.

The caller hands `Look.page` and `Look.box` to `SigFieldSpec(name, on_page=look.page, box=look.box)` and `Look.style` to
`PdfSigner(stamp_style=look.style)`; where `Look.existing` is true the paper has this field already, and no new one is described.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from pyhanko.pdf_utils.generic import StreamObject
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.stamp import BaseStampStyle

from sohoa.signing.profiles.facts import Facts
from sohoa.signing.profiles.font import SignatureFont
from sohoa.signing.profiles.ink import ink_of, ink_on
from sohoa.signing.profiles.picture import Picture, picture_of
from sohoa.signing.profiles.place import CLEAR, NoRoomForStamp, Room, corner_zone
from sohoa.signing.profiles.profile import LEAST_SIZE, ImageKind, Place, Profile
from sohoa.signing.profiles.sheet import Box, Sheet, held, pages_of, sheet_of, widgets_on
from sohoa.signing.profiles.stamp import Drawing, DrawnStyle
from sohoa.signing.profiles.wording import PADDING, WITHOUT_VALUE, StampFactMissing, Text, fitted, said, shapes, sizes

POINTS = 72 / 25.4  # in a millimetre
COVERED = 1 / 3  # of the person's signature, on its left, by the seal; NĐ 30/2020/NĐ-CP, Phụ lục I
_BESIDE = 4.0  # points between an image and the text on its right
_LINE_COST = 4.0  # points that a stamp would rather move than be one line taller
_STEPS = 5  # in which an image shrinks to its least width
_LOW = 0.22  # of an image's height: where the words across it stand, below what is written in the middle of a seal
_UNSIGNED = (40.0, 15.0)  # millimetres that a signature is taken to have where only its place is known


@dataclass(frozen=True, slots=True)
class Look:
    """page: from 0. box: /Rect of the unrotated page, None for an invisible signature. seen: the same box as a reader sees it.

    rotation: of the page, degrees clockwise. size: of the text in points, 0 without text. existing: the field is on the paper.
    """

    page: int
    box: Box | None = None
    style: BaseStampStyle | None = None
    rotation: int = 0
    seen: Box | None = None
    size: float = 0.0
    existing: bool = False


def look_for(
    profile: Profile,
    reader: PdfFileReader,
    facts: Facts,
    *,
    font: SignatureFont,
    paper: Path,
    picture: Callable[[int], NDArray[np.uint8]] | None = None,
) -> Look:
    """paper: the file that `reader` reads, for poppler to draw. picture: spares that, where the caller has pictures of the pages:
    given a page from 0, the whole of it as seen, (height, width), 0 is black, any resolution.

    The stamp keeps its corner, moves within its zone to the nearest free place, and shrinks where there is none; ink, fields,
    stamps and `facts.avoid` stay uncovered (a seal alone may lie over print of the signer's block, as the law wants it).
    Raises NoRoomForStamp, StampFactMissing, LetterNotInFont, StampImageUnusable, PageNotDrawn.
    """
    page = _page(profile, reader, facts)
    paragraphs = said(profile, facts)
    for paragraph in paragraphs:
        font.must_have(paragraph)
    own = next(_of_field(reader, profile.field, page), None)
    if own is not None and _is_point(own[1]):
        return Look(own[0], existing=True)
    if profile.place is Place.NOWHERE:
        return Look(page)
    if own is not None:
        page = own[0]
    sheet = sheet_of(reader, page)
    job = _Job(profile, reader, facts, font, paper, picture, page, sheet, paragraphs)
    if own is not None:
        seen, drawing = _within(job, own[1])
    elif profile.place is Place.BETWEEN:
        seen, drawing = _between(job)
    elif profile.place is Place.OVER_PERSON:
        seen, drawing = _over_person(job)
    else:
        seen, drawing = _in_corner(job)
    box = job.sheet.to_page(seen)
    if min(box[2] - box[0], box[3] - box[1]) < 1:
        raise NoRoomForStamp()  # in units of an inch or so; pyHanko counts a stamp's sides in whole units
    style = DrawnStyle(drawing=drawing, font=font, rotation=job.sheet.rotation, blending=_blends(reader))
    size = drawing.text.size if drawing.text else 0.0
    return Look(job.page, box, style, job.sheet.rotation, seen, size, own is not None)


@dataclass(slots=True)
class _Job:
    """What the steps below need to know together."""

    profile: Profile
    reader: PdfFileReader
    facts: Facts
    font: SignatureFont
    paper: Path
    picture: Callable[[int], NDArray[np.uint8]] | None
    page: int
    sheet: Sheet
    paragraphs: tuple[str, ...]

    def room(self, part: Box) -> Room:
        margin = CLEAR + 1
        grown = part[0] - margin, part[1] - margin, part[2] + margin, part[3] + margin
        taken = [one.box for one in widgets_on(self.reader, self.page, self.sheet)]
        if self.picture is None:
            ink = ink_on(self.paper, self.page, self.sheet, grown)
        else:
            ink = ink_of(self.picture(self.page), self.sheet, grown)
        return Room(ink, (*taken, *self.facts.avoid))

    def image(self) -> Picture:
        """Fine enough for its largest print, so that it is made once whatever size finds room."""
        if self.facts.image is None:
            raise StampFactMissing.named("image")
        return picture_of(self.facts.image, max(self.widths()))

    def widths(self) -> Iterator[float]:
        """Of the image, in millimetres, from its real one to the least that the profile allows."""
        widest = self.facts.image_width or self.profile.width
        least = min(widest, self.profile.least_width)
        if self.facts.image_width and self.profile.least_width == self.profile.width:
            least = widest  # actual size, and the agency knows it better than the profile
        for step in range(_STEPS if least < widest else 1):
            yield widest - (widest - least) * step / max(1, _STEPS - 1)


def _page(profile: Profile, reader: PdfFileReader, facts: Facts) -> int:
    count = pages_of(reader)
    page = (count - 1 if profile.on_last_page else 0) if facts.page is None else facts.page
    if not 0 <= page < count:
        raise NoRoomForStamp()
    return page


def _of_field(reader: PdfFileReader, field: str, page: int) -> Iterator[tuple[int, Box]]:
    """Page and box of every widget of that signature field; the page that is meant comes first."""
    # Without this, a paper of a thousand pages would be walked through for a field that it does not have.
    if not any(cast(Iterable[object], enumerate_sig_fields(reader, with_name=field))):
        return
    for number in chain((page,), (other for other in range(pages_of(reader)) if other != page)):
        sheet = sheet_of(reader, number)
        yield from ((number, one.box) for one in widgets_on(reader, number, sheet) if one.field == field)


def _is_point(box: Box) -> bool:
    return box[2] - box[0] < 1 or box[3] - box[1] < 1


def _in_corner(job: _Job) -> tuple[Box, Drawing]:
    right = job.profile.place is Place.TOP_RIGHT
    zone = corner_zone(job.sheet.size, job.profile.zone, right=right)
    room = job.room(zone)
    for drawings in _drawings(job):
        best: tuple[float, Box, Drawing] | None = None
        for drawing in drawings:
            found = room.nearest(drawing.width, drawing.height, zone, right=right)
            if found is not None:
                cost = found[1] + _LINE_COST * (drawing.text.lines if drawing.text else 0)
                if best is None or cost < best[0]:
                    best = cost, found[0], drawing
        if best is not None:
            return best[1], best[2]
    raise NoRoomForStamp()


def _within(job: _Job, box: Box) -> tuple[Box, Drawing]:
    """In a field that somebody made beforehand: where it is and as large as it is."""
    width, height = box[2] - box[0], box[3] - box[1]
    for drawings in _drawings(job):
        for drawing in drawings:
            if drawing.width <= width and drawing.height <= height:
                return box, _moved(drawing, width, height)
    raise NoRoomForStamp()


def _drawings(job: _Job) -> Iterator[Iterable[Drawing]]:
    """Groups from the largest to the smallest; those of one group are equally good."""
    profile = job.profile
    letters = list(sizes(profile.size, profile.least_size)) if job.paragraphs else [0.0]
    if profile.image is ImageKind.NONE:
        for size in letters:
            yield [_beside(None, 0.0, text) for text in shapes(job.paragraphs, size=size, font=job.font)]
        return
    pairs = [(size, width) for size in letters for width in job.widths()]
    pairs.sort(key=lambda pair: -(pair[0] or 1.0) * pair[1])  # the least shrinking of both together comes first
    for size, width in pairs:
        texts = list(shapes(job.paragraphs, size=size, font=job.font)) if job.paragraphs else [None]
        yield [_marked(job, _beside(job.image(), width * POINTS, text)) for text in texts]


def _beside(picture: Picture | None, width: float, text: Text | None) -> Drawing:
    """The image on the left, the text on its right, both in the middle of the height."""
    high = picture.proportion * width if picture else 0.0
    text_width, text_height = (text.width, text.height) if text else (0.0, 0.0)
    gap = _BESIDE if picture and text else 0.0
    padding = PADDING if text else 0.0  # an image alone fills its box: what it covers is measured by it
    height = max(high, text_height) + 2 * padding
    return Drawing(
        width + gap + text_width + 2 * padding,
        height,
        text,
        (padding + width + gap, (height + text_height) / 2),
        picture,
        (padding, (height - high) / 2, width, high),
    )


def _moved(drawing: Drawing, width: float, height: float) -> Drawing:
    """In the middle of a larger box."""
    across, up = (width - drawing.width) / 2, (height - drawing.height) / 2
    left, bottom, wide, high = drawing.picture_box
    text_at = drawing.text_at[0] + across, drawing.text_at[1] + up
    return Drawing(width, height, drawing.text, text_at, drawing.picture, (left + across, bottom + up, wide, high))


def _marked(job: _Job, drawing: Drawing) -> Drawing:
    """An image by itself, signed with a test key, says across it that it is worth nothing."""
    if drawing.text is not None or not job.facts.without_legal_value:
        return drawing
    text = fitted(WITHOUT_VALUE, drawing.width, size=LEAST_SIZE, font=job.font)
    at = (drawing.width - text.width) / 2, max(text.height, _LOW * drawing.height + text.height / 2)
    return Drawing(drawing.width, drawing.height, text, at, drawing.picture, drawing.picture_box)


def _between(job: _Job) -> tuple[Box, Drawing]:
    block = job.facts.block
    if block is None:
        raise StampFactMissing.named("block")
    top, bottom = block.position[3], block.name[1]
    middle = sum((block.position[0], block.position[2], block.name[0], block.name[2])) / 4
    widest = max(job.widths()) * POINTS / 2
    room = job.room((middle - widest, top, middle + widest, bottom))
    for width in job.widths():
        drawing = _marked(job, _beside(job.image(), width * POINTS, None))
        free = bottom - top - drawing.height
        if free < 0:
            continue
        for up in sorted((free * step / 8 for step in range(9)), key=lambda up: abs(up - free / 2)):
            box = _at(middle - drawing.width / 2, top + up, drawing)
            if room.is_free(box):
                return box, drawing
    raise NoRoomForStamp()


def _over_person(job: _Job) -> tuple[Box, Drawing]:
    """Where the law puts a seal leaves no choice: print of the signer's block may show through it, other signatures may not."""
    page, person = next(_of_field(job.reader, job.profile.over, job.page), (job.page, None))
    if person is None or _is_point(person):
        page, person = job.page, _expected(job)
    job.page, job.sheet = page, sheet_of(job.reader, page)
    width, height = job.sheet.size
    for size in job.widths():
        drawing = _marked(job, _beside(job.image(), size * POINTS, None))
        left = person[0] + COVERED * (person[2] - person[0]) - drawing.width
        box = _at(left, (person[1] + person[3] - drawing.height) / 2, drawing)
        if box[0] >= 0 and box[1] >= 0 and box[2] <= width and box[3] <= height and not _on_others(job, box):
            return box, drawing
    raise NoRoomForStamp()


def _expected(job: _Job) -> Box:
    """Where the person's signature would be, had it an image."""
    block = job.facts.block
    if block is None:
        raise StampFactMissing.named("block")
    across, up = (side * POINTS / 2 for side in _UNSIGNED)
    x = sum((block.position[0], block.position[2], block.name[0], block.name[2])) / 4
    y = (block.position[3] + block.name[1]) / 2
    return x - across, y - up, x + across, y + up


def _on_others(job: _Job, box: Box) -> bool:
    others = [one.box for one in widgets_on(job.reader, job.page, job.sheet) if one.field != job.profile.over]
    return any(_meet(box, other) for other in (*others, *job.facts.avoid))


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _at(left: float, top: float, drawing: Drawing) -> Box:
    return left, top, left + drawing.width, top + drawing.height


def _blends(reader: PdfFileReader) -> bool:
    """Whether half transparent colours are welcome: PDF/A-2 wants to know in which colours a page with such is blended
    (ISO 19005-2, 6.2.10), and an output intent says so."""
    intents: Any = held(reader.root, "/OutputIntents") or ()
    if any(str(held(one.get_object(), "/S")) == "/GTS_PDFA1" for one in intents):
        return True
    metadata: Any = held(reader.root, "/Metadata")
    return not isinstance(metadata, StreamObject) or b"pdfaid" not in metadata.data
