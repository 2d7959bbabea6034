"""Pages in type and wear that nothing in the product was tuned on: the sample office's texts, set and scanned otherwise.

The office prints in Tinos, Termes, Arimo and Cousine and wears its pages in three ways. Here other fonts answer to those names
while a paper is set, so that lines break as these fonts want, and the wear is drawn from ranges of its own, between the office's
medium and hard: faded or fat ink, light from one side, some with a binding's shadow, some with specks.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sohoa.pipeline.sources.sampleoffice import SamplePage, TruthLine, TruthWord, fonts
from sohoa.pipeline.sources.sampleoffice.chance import dice, seed_of
from sohoa.pipeline.sources.sampleoffice.kinds import BY_CODE
from sohoa.pipeline.sources.sampleoffice.kinds.story import telling
from sohoa.pipeline.sources.sampleoffice.layout import Sheet
from sohoa.pipeline.sources.sampleoffice.painting import PaintedLine, paint
from sohoa.pipeline.sources.sampleoffice.scanner import Matrix, Wear, as_jpeg, moved, scan

_GYRE = Path("/usr/share/texmf/fonts/opentype/public/tex-gyre")
# Palatino, Century Schoolbook, Helvetica and Courier by their free names; each has the whole Vietnamese alphabet.
ANSWERS_TO = {"tinos": "pagella", "termes": "schola", "arimo": "heros", "cousine": "cursor"}


def unseen_page(kind: str, seed: int, *, dpi: int, last: bool) -> SamplePage:
    """A page of a paper of `kind` that no strength of the office has: another text as well. last: its last printed page."""
    rng = dice("unseen", kind, seed)
    with other_fonts():
        draft = BY_CODE[kind](rng, telling(rng))
        printed = [sheet for sheet in draft.sheets if not sheet.blank]
        return _scanned(printed[-1 if last else 0], kind, seed_of("unseen page", kind, seed), dpi)


@contextmanager
def other_fonts() -> Iterator[None]:
    """Sizes and widths are remembered by face, so what was remembered of the office's own fonts goes, before and after."""
    faces = {
        f"{ours}-{style}": _GYRE / f"texgyre{theirs}-{style}.otf"
        for ours, theirs in ANSWERS_TO.items()
        for style in ("regular", "bold", "italic", "bolditalic")
    }
    own = {name: fonts.FACES[name] for name in faces}
    fonts.FACES.update(faces)
    _forget()
    try:
        yield
    finally:
        fonts.FACES.update(own)
        _forget()


def _forget() -> None:
    fonts.font.cache_clear()
    fonts.width_of.cache_clear()


def wear_of(rng: random.Random) -> Wear:
    white = rng.randint(238, 252)
    return Wear(
        skew=rng.choice((-1, 1)) * rng.uniform(0.2, 1.5),
        shift=(rng.uniform(-0.05, 0.05), rng.uniform(-0.05, 0.05)),
        fade=rng.uniform(0.72, 1.0),
        bleed=rng.choice((0, 0, rng.uniform(0.04, 0.1))),
        blur=rng.uniform(0.4, 0.95),
        slope=rng.uniform(0.05, 0.25),
        slope_angle=rng.uniform(0, 6.28),
        gutter=rng.choice((0, 0, rng.uniform(0.1, 0.35))),
        noise=rng.uniform(2, 8),
        specks=rng.choice((0, 0, rng.uniform(0.0002, 0.0008))),
        quality=rng.randint(45, 80),
        tint=(white, white - rng.randint(0, 4), white - rng.randint(1, 14)),
    )


def _scanned(sheet: Sheet, kind: str, seed: int, dpi: int) -> SamplePage:
    wear = wear_of(dice("unseen wear", seed))
    painted = paint(sheet, dpi)
    height, width = painted.pixels.shape[:2]
    scanned = scan(painted.pixels, wear, dpi=dpi, seed=seed)
    return SamplePage(
        number=1,
        kind=kind,
        width=width,
        height=height,
        dpi=dpi,
        strength="medium",  # the nearest of the office's own words; the benchmark calls these pages unseen
        jpeg=as_jpeg(scanned.pixels, quality=wear.quality, dpi=dpi),
        lines=tuple(_truth(line, scanned.matrix, width, height) for line in painted.lines),
        skew=wear.skew,
    )


def _truth(line: PaintedLine, matrix: Matrix, width: int, height: int) -> TruthLine:
    words = tuple(TruthWord(text, moved(box, matrix, width, height)) for text, box in line.words)
    boxes = [word.bbox for word in words]
    around = (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
    return TruthLine(words, line.region, around, line.handwritten)
