"""A scanned stack looked at page by page: every page for codes, bars and emptiness; the few that need it, read."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sohoa.kernel.errors import SohoaError
from sohoa.ocr.imaging.intake import Intake, inspect
from sohoa.ocr.imaging.pages import page_image
from sohoa.ocr.imaging.preparing.pixels import Colour, Grey, pixels_of
from sohoa.ocr.model import PageImage, PageText
from sohoa.ocr.reading.blankness import is_blank
from sohoa.ocr.reading.engines.tesseract import Tesseract
from sohoa.ocr.reading.page import Readers, read_page
from sohoa.ocr.reading.pictures import plain_picture
from sohoa.ocr.understanding.separators import FirstPage, first_page_evidence
from sohoa.pipeline.stacks.collating import collate
from sohoa.pipeline.stacks.errors import StackIsSigned, StackNotSplittable
from sohoa.pipeline.stacks.looking import CODE_DPI, has_bars, sheet_codes
from sohoa.pipeline.stacks.model import PageFacts, Stack
from sohoa.pipeline.stacks.splitting import split, worth_reading

# Heads, titles and the large letters of a sheet need no second opinion, and a stack without sheets is read whole.
_READER = Readers(Tesseract("vie"))


@dataclass(frozen=True, slots=True)
class Side:
    """One page of the stack: where it is kept. number: in its own file."""

    file: Path
    intake: Intake
    number: int


@dataclass(frozen=True, slots=True)
class Examined:
    """sides: of the stack's pages, in its order. facts: what was seen on them."""

    sides: tuple[Side, ...]
    facts: tuple[PageFacts, ...]
    stack: Stack


def examine(
    source: Path,
    *,
    backs: Path | None = None,
    two_sided: bool | None = None,
    jobs: int = 1,
    page_done: Callable[[], None] = lambda: None,
) -> Examined:
    """Look at a stack and split it; nothing is written. backs: the second pass of a one-sided feeder.

    page_done: called after each page looked at or read. Raises what intake raises, and StackIsSigned, StackNotSplittable, SidesDiffer.
    A single page that cannot be opened is a page without facts: it stays in its document.
    """
    sides = _sides(source)
    if backs is not None:
        sides, two_sided = collate(sides, _sides(backs)), True
    with tempfile.TemporaryDirectory(prefix="sohoa-stack-") as scratch:
        folder = Path(scratch).resolve()
        facts = {number: _looked_at(side, number, folder, page_done) for number, side in enumerate(sides, 1)}
        tried: set[int] = set()
        with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
            while wanted := [n for n in worth_reading(tuple(facts.values()), two_sided=two_sided) if n not in tried]:
                tried.update(wanted)
                texts = pool.map(partial(_read, sides, folder, page_done), wanted)
                _note(dict(zip(wanted, texts, strict=True)), facts)
    known = tuple(facts[number] for number in sorted(facts))
    return Examined(tuple(sides), known, split(known, two_sided=two_sided))


def _sides(path: Path) -> tuple[Side, ...]:
    intake = inspect(path)
    if intake.signed:
        raise StackIsSigned()
    if intake.kind not in ("pdf", "tiff"):
        raise StackNotSplittable(detail=intake.kind)
    return tuple(Side(path, intake, number) for number in range(1, intake.page_count + 1))


def _looked_at(side: Side, number: int, folder: Path, page_done: Callable[[], None]) -> PageFacts:
    try:
        image = page_image(side.file, side.intake, side.number, folder)
        try:
            pixels, dpi = _coarse(image)
            codes = sheet_codes(pixels, dpi=dpi, page=number)
            barred = has_bars(pixels, dpi=dpi)
            if barred and not codes:
                with plain_picture(image) as picture:
                    codes = sheet_codes(pixels_of(picture), dpi=image.dpi, page=number)
            blank = not codes and not barred and is_blank(pixels, dpi=dpi)
        finally:
            image.path.unlink(missing_ok=True)
    except SohoaError:
        return PageFacts(number)
    finally:
        page_done()
    return PageFacts(number, codes, blank, barred)


def _coarse(image: PageImage) -> tuple[Grey | Colour, int]:
    """The page in as few pixels as sheets need: a JPEG gives them without decoding the rest."""
    with plain_picture(image) as picture:
        width = picture.width
        shrink = max(1, image.dpi // CODE_DPI)
        picture.draft(picture.mode, (picture.width // shrink, picture.height // shrink))
        pixels = pixels_of(picture)
    return pixels, max(1, round(image.dpi * pixels.shape[1] / width))


def _read(sides: Sequence[Side], folder: Path, page_done: Callable[[], None], number: int) -> PageText | None:
    side = sides[number - 1]
    with tempfile.TemporaryDirectory(dir=folder) as own:
        try:
            image = page_image(side.file, side.intake, side.number, Path(own))
            return replace(read_page(image, workspace=Path(own), readers=_READER), number=number)
        except SohoaError:
            return None
        finally:
            page_done()


def _note(texts: dict[int, PageText | None], facts: dict[int, PageFacts]) -> None:
    for number, text in texts.items():
        if text is not None and not text.failed:
            before = texts.get(number - 1)
            first: FirstPage = first_page_evidence(text, before)
            facts[number] = replace(facts[number], text=text.text, first=first)


def pages_of(examined: Examined, numbers: Iterable[int]) -> tuple[Side, ...]:
    return tuple(examined.sides[number - 1] for number in numbers)
