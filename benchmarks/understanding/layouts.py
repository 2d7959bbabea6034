"""Papers laid out as the product's own sample office never lays them out, in words it never uses, scanned as it scans: medium.

What differs from the office's own papers of medium strength is the layout and the text, and for every second seed the type as well.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.reading.unseen import other_fonts
from benchmarks.understanding import odd_heads as heads
from benchmarks.understanding import odd_matters as matters
from benchmarks.understanding.odd_heads import SetHead
from benchmarks.understanding.odd_matters import Matter, matter
from sohoa.kernel.text import nfc
from sohoa.pipeline.sources.sampleoffice import SamplePage, Strength, TruthLine, TruthWord
from sohoa.pipeline.sources.sampleoffice.agencies import Agency
from sohoa.pipeline.sources.sampleoffice.chance import dice, seed_of
from sohoa.pipeline.sources.sampleoffice.composer import Composer
from sohoa.pipeline.sources.sampleoffice.fonts import Family
from sohoa.pipeline.sources.sampleoffice.layout import Sheet
from sohoa.pipeline.sources.sampleoffice.painting import PaintedLine, paint
from sohoa.pipeline.sources.sampleoffice.scanner import as_jpeg, scan, wear_of
from sohoa.pipeline.sources.sampleoffice.zones import closing

STRENGTH: Strength = "medium"
FAMILIES: tuple[Family, ...] = ("tinos", "termes", "arimo")
BY_PEN = 1 / 4  # share of papers whose number and day are filled in


@dataclass(frozen=True, slots=True)
class Odd:
    kind: str
    agency: Agency
    head: SetHead
    copied: bool = False


LAYOUTS = {
    "number on the right": Odd("QĐ", matters.SCHOOL, heads.number_on_the_right),
    "title on the left": Odd("BC", matters.BOARD, heads.title_on_the_left),
    "date above number": Odd("KH", matters.HOSPITAL, heads.date_above_the_number),
    "notation in two lines": Odd("TTr", matters.CENTRE, heads.notation_in_two_lines),
    "subject under addressee": Odd("CV", matters.FORESTRY, heads.subject_under_the_addressee),
    "bilingual": Odd("TB", matters.HOSPITAL, heads.bilingual),
    "one column": Odd("QĐ", matters.COMMITTEE, heads.one_column),
    "letterhead": Odd("TB", matters.COMPANY, heads.letterhead),
    "table first": Odd("TTr", matters.FORESTRY, heads.table_first),
    "arrival stamp": Odd("CV", matters.COMMITTEE, heads.arrival_stamp),
    "party": Odd("CT", matters.PARTY, heads.of_the_party),
    "council": Odd("NQ", matters.COUNCIL, heads.session_of_the_council),
    "copy": Odd("KH", matters.BOARD, heads.decreed, copied=True),
    "three lines of agency": Odd("GM", matters.BOARD, heads.decreed),
}
NAMES: dict[str, str] = {name: odd.kind for name, odd in LAYOUTS.items()}


def draw(name: str, seed: int, *, dpi: int) -> tuple[dict[str, str], Sequence[SamplePage]]:
    """A paper in one of LAYOUTS: what it says about itself, and its pages. The same arguments give the same bytes."""
    rng = dice("odd layout", name, seed)
    odd = LAYOUTS[name]
    with other_fonts() if rng.random() < 0.5 else contextlib.nullcontext():
        said = matter(rng, odd.kind, odd.agency)
        sheets = _composed(rng, odd, said)
        pages = [
            _scanned(sheet, number, odd.kind, dpi, seed_of("odd page", name, seed, number))
            for number, sheet in enumerate(sheets, 1)
        ]
    return {field: nfc(value) for field, value in said.fields.items()}, pages


def _composed(rng: random.Random, odd: Odd, said: Matter) -> list[Sheet]:
    family = rng.choice(FAMILIES)
    page = Composer(rng, family=family, size=12.0 if family == "arimo" else 13.5, hand=rng.random() < BY_PEN)
    odd.head(page, said)
    for text in said.body:
        page.paragraph(text)
    closing(page, said.who, said.recipients, agency=odd.agency)
    if odd.copied:
        _copy_mark(page)
    return page.sheets


def _copy_mark(page: Composer) -> None:
    """`SAO Y` at the foot: another office's number and day, of another paper."""
    page.ensure_with_text(70)
    top = page.y + 12
    page.block("UBND XÃ BÌNH SA", "other", x0=page.left, x1=page.left + 170, y=top, style="bold", size=page.size - 1)
    page.block(f"Số: {page.rng.randint(10, 99)}/SY-UBND", "other", x0=page.left, x1=page.left + 170, y=top + 16, size=page.size - 1)
    y = page.block("SAO Y", "other", x0=page.left + 210, x1=page.right, y=top, style="bold", size=page.size - 1)
    page.block("Bình Sa, ngày 28 tháng 6 năm 2026", "other", x0=page.left + 210, x1=page.right, y=y, style="italic")


def _scanned(sheet: Sheet, number: int, kind: str, dpi: int, seed: int) -> SamplePage:
    wear = wear_of(STRENGTH, dice("odd wear", seed))
    painted = paint(sheet, dpi)
    height, width = painted.pixels.shape[:2]
    scanned = scan(painted.pixels, wear, dpi=dpi, seed=seed)
    return SamplePage(
        number=number,
        kind=kind,
        width=width,
        height=height,
        dpi=dpi,
        strength=STRENGTH,
        jpeg=as_jpeg(scanned.pixels, quality=wear.quality, dpi=dpi),
        lines=tuple(_truth(line) for line in painted.lines),
        skew=wear.skew,
    )


def _truth(line: PaintedLine) -> TruthLine:
    """Boxes are of the sheet before it was scanned: nobody asks here where a field stands, only what it says and who wrote it."""
    words = tuple(TruthWord(text, box) for text, box in line.words)
    return TruthLine(words, line.region, words[0].bbox, line.handwritten)
