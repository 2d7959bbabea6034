"""The place on the paper where a doubtful field stands, as a picture for the person who decides."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw

from sohoa.kernel.durable import write_durably
from sohoa.kernel.errors import SohoaError
from sohoa.ocr.imaging.intake import Intake, inspect
from sohoa.ocr.imaging.pages import page_image
from sohoa.ocr.imaging.preparing.pixels import pixels_of, turned
from sohoa.ocr.model import Box
from sohoa.ocr.reading.pictures import plain_picture
from sohoa.storage.catalogue.records import Record
from sohoa.storage.objects.errors import StoreUnreachable
from sohoa.storage.objects.model import ObjectStore
from sohoa.storage.review import Doubt

# Millimetres of paper left around the place: to its sides so much that the printed words about it are seen, too.
AIR_BESIDE, AIR_ABOVE = 30, 7
FRAME = 1.2  # millimetres between the ink and the line drawn around it
FRAME_COLOUR = (0, 96, 208)
HEAD = 0.4  # of the page's height: what has no place of its own is looked for here
MM_PER_INCH = 25.4


@dataclass(slots=True)
class Crops:
    """paths: a PNG a field. failed: the code of the error for which a field has none."""

    paths: dict[str, Path] = field(default_factory=dict[str, Path])
    failed: dict[str, str] = field(default_factory=dict[str, str])


def write_crops(record: Record, doubts: Sequence[Doubt], store: ObjectStore, into: Path) -> Crops:
    """One PNG a doubt, `{document_id}-{field}.png` in `into`, readable by its owner alone; made anew each time from the original.

    A field without a place gets the head of its page, or of the first. A page that cannot be drawn costs only its own pictures.
    Raises the store's errors, and OSError where `into` cannot be written.
    """
    crops = Crops()
    if not doubts:
        return crops
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="sohoa-crops-") as scratch:
        pages = _Pages(record, store, Path(scratch))
        for doubt in doubts:
            target = into / f"{record.pk}-{doubt.field}.png"
            try:
                picture, dpi = pages.upright(doubt.page or 1)
                write_durably(target, _png(_cut(picture, dpi, doubt.bbox)), mode=0o600)
                crops.paths[doubt.field] = target
            except StoreUnreachable:
                raise
            except SohoaError as error:
                crops.failed[doubt.field] = error.code
    return crops


class _Pages:
    """Pages of a record's original, turned as its reader turned them. One page is kept: doubts mostly share it."""

    def __init__(self, record: Record, store: ObjectStore, scratch: Path) -> None:
        self._record, self._store, self._scratch = record, store, scratch
        self._intake: Intake | None = None
        self._turned_by: dict[int, int] = {}
        self._kept: tuple[int, Image.Image, int] | None = None

    def upright(self, number: int) -> tuple[Image.Image, int]:
        """The page's picture and its dpi."""
        if self._kept is None or self._kept[0] != number:
            original = self._scratch / "original"
            if self._intake is None:
                self._download("original", original)
                self._turned_by = self._rotations()
                self._intake = inspect(original)
            image = page_image(original, self._intake, number, self._scratch)
            with plain_picture(image) as stored:
                pixels = turned(pixels_of(stored), self._turned_by.get(number, 0))
                self._kept = (number, Image.fromarray(pixels).convert("RGB"), image.dpi)
        return self._kept[1], self._kept[2]

    def _download(self, role: str, target: Path) -> None:
        file = self._record.files.get(role=role)
        self._store.download(file.bucket, file.key, file.version_id, target)

    def _rotations(self) -> dict[int, int]:
        """Boxes are of the page as it was read, and a reader turns a page that lay upside down."""
        self._download("manifest", self._scratch / "metadata.json")
        turned_by = json.loads((self._scratch / "metadata.json").read_bytes())["rotations"]
        return {int(number): degrees for number, degrees in turned_by.items()}


def _cut(picture: Image.Image, dpi: int, bbox: Box | None) -> Image.Image:
    width, height = picture.size
    if bbox is None:
        return picture.crop((0, 0, width, max(1, round(height * HEAD))))
    x0, y0, x1, y1 = bbox
    beside, above, frame = (round(length * dpi / MM_PER_INCH) for length in (AIR_BESIDE, AIR_ABOVE, FRAME))
    left, top = max(0, min(x0 - beside, width - 1)), max(0, min(y0 - above, height - 1))
    cut = picture.crop((left, top, max(left + 1, min(x1 + beside, width)), max(top + 1, min(y1 + above, height))))
    around = (x0 - left - frame, y0 - top - frame, x1 - left + frame, y1 - top + frame)
    ImageDraw.Draw(cut).rectangle(around, outline=FRAME_COLOUR, width=max(1, dpi // 100))
    return cut


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=4)
    return out.getvalue()
