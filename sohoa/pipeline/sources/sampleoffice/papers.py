"""One paper, from its kind and a seed to the pages a scanner delivers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from sohoa.pipeline.sources.sampleoffice.chance import dice, seed_of
from sohoa.pipeline.sources.sampleoffice.kinds import BY_CODE, KINDS
from sohoa.pipeline.sources.sampleoffice.kinds.story import Story, telling
from sohoa.pipeline.sources.sampleoffice.layout import Draft, Seal, Sheet
from sohoa.pipeline.sources.sampleoffice.model import Paper, SamplePage, Strength, TruthCode, TruthLine, TruthWord
from sohoa.pipeline.sources.sampleoffice.painting import PaintedLine, paint
from sohoa.pipeline.sources.sampleoffice.scanner import Matrix, as_jpeg, moved, scan, wear_of
from sohoa.pipeline.sources.sampleoffice.zones import SEAL_DIAMETER

UPSIDE_DOWN = 0.05  # one page in twenty went into the feeder the wrong way round
BOTH_SIDES = 0.25  # share of papers whose backs were scanned too


def make_paper(kind: str, seed: int, *, strength: Strength = "clean", dpi: int = 300, story: Story | None = None) -> Paper:
    """A paper of one of KINDS. The same arguments give the same bytes. story: who and what it is about; drawn when None.

    Raises KeyError for a kind that is not in KINDS, SampleFontMissing where the fonts are not installed.
    """
    rng = dice("paper", kind, seed)
    draft, sheets = _both_sides(BY_CODE[kind](rng, story or telling(rng)), rng)
    pages = (
        _scanned(sheet, number, kind, strength, dpi, seed_of("page", kind, seed, number))
        for number, sheet in enumerate(draft.sheets, 1)
    )
    return Paper(kind, draft.name, draft.fields, strength, dpi, sheets, tuple(pages))


def make_pages(seed: int, count: int, *, strength: Strength, dpi: int) -> Iterator[SamplePage]:
    """First pages of `count` papers, the kinds in turn; one page in memory at a time."""
    for index in range(count):
        kind = KINDS[index % len(KINDS)]
        rng = dice("pages", seed, index)
        draft = BY_CODE[kind](rng, telling(rng))
        yield _scanned(draft.sheets[0], 1, kind, strength, dpi, seed_of("pages", seed, index))


def _both_sides(draft: Draft, rng: random.Random) -> tuple[Draft, int]:
    """The paper as it went through a scanner that may have taken the backs too, and its number of physical sheets."""
    printed = len(draft.sheets)
    if draft.sheets[0].width < 300 or rng.random() >= BOTH_SIDES:
        return draft, printed
    if printed > 1:  # printed on both sides; only the last back can be empty
        last = (_back_of(draft.sheets[-1]),) if printed % 2 else ()
        return replace(draft, sheets=(*draft.sheets, *last)), (printed + 1) // 2
    return replace(draft, sheets=(draft.sheets[0], _back_of(draft.sheets[0]))), 1


def _back_of(sheet: Sheet) -> Sheet:
    """Nothing is printed on it, but the seal shows through the paper."""
    marks = [replace(mark, x=sheet.width - mark.x, strength=0.16, mirrored=True) for mark in sheet.marks if isinstance(mark, Seal)]
    return Sheet(sheet.width, sheet.height, marks=list(marks), blank=True)


def _scanned(sheet: Sheet, number: int, kind: str, strength: Strength, dpi: int, seed: int) -> SamplePage:
    rng = dice("scan", seed)
    wear = wear_of(strength, rng)
    upside_down = turned_over(seed) and not sheet.blank
    if strength == "hard" and not sheet.blank:
        sheet = replace(sheet, marks=[*sheet.marks, _stray_seal(sheet, rng)])
    painted = paint(sheet, dpi)
    height, width = painted.pixels.shape[:2]
    scanned = scan(painted.pixels, wear, dpi=dpi, seed=seed)
    pixels = np.asarray(cv2.rotate(scanned.pixels, cv2.ROTATE_180), np.uint8) if upside_down else scanned.pixels
    return SamplePage(
        number=number,
        kind=kind,
        width=width,
        height=height,
        dpi=dpi,
        strength=strength,
        jpeg=as_jpeg(pixels, quality=wear.quality, dpi=dpi),
        lines=tuple(_truth(line, scanned.matrix, width, height) for line in painted.lines),
        codes=tuple(TruthCode(text, "QRCode", moved(box, scanned.matrix, width, height)) for text, box in painted.codes),
        upside_down=upside_down,
        blank=sheet.blank,
        skew=wear.skew,
    )


def turned_over(page_seed: int) -> bool:
    """Whether this page went into the feeder the wrong way round. A throw of its own, so that nothing else hangs on it."""
    return dice("turned over", page_seed).random() < UPSIDE_DOWN


def _stray_seal(sheet: Sheet, rng: random.Random) -> Seal:
    """An arrival stamp that somebody set over the text."""
    x, y = rng.uniform(0.3, 0.75) * sheet.width, rng.uniform(0.35, 0.6) * sheet.height
    diameter = min(SEAL_DIAMETER, sheet.height * 0.5)
    return Seal(x, y, diameter, "VĂN THƯ LƯU TRỮ", "CÔNG VĂN ĐẾN", rng.randrange(1 << 32), rng.uniform(0.7, 0.9))


def _truth(line: PaintedLine, matrix: Matrix, width: int, height: int) -> TruthLine:
    words = tuple(TruthWord(text, moved(box, matrix, width, height)) for text, box in line.words)
    boxes = [word.bbox for word in words]
    around = (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
    return TruthLine(words, line.region, around, line.handwritten)
