"""A typist: paragraphs, blocks and tables run down the sheet and over to the next one."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from sohoa.pipeline.sources.sampleoffice.fonts import Family
from sohoa.pipeline.sources.sampleoffice.layout import (
    BLACK,
    GREY,
    MM,
    PEN_BLACK,
    PEN_BLUE,
    Align,
    Colour,
    Mark,
    Rule,
    Run,
    SetLine,
    Sheet,
    Word,
    balanced,
    broken,
    moved_down,
    set_line,
    space_of,
    words_of,
)
from sohoa.pipeline.sources.sampleoffice.model import Region

SPECIMEN = "MẪU – KHÔNG CÓ GIÁ TRỊ PHÁP LÝ"

Text = str | Sequence[Run]


class Composer:
    """Sets a paper in one family and size. Positions are points from the top left corner; `y` is where the next line's top goes.

    Margins follow Nghị định 30/2020/NĐ-CP, Phụ lục I: 20 to 25 mm above and below, 30 to 35 left, 15 to 20 right.
    """

    def __init__(self, rng: random.Random, *, family: Family = "tinos", size: float = 13.5, hand: bool = False) -> None:
        self.rng = rng
        self.family = family
        self.size = size
        self.hand = rng.choice(("hand-dkg", "hand-dkg", "hand-chorus")) if hand else ""
        self.pen: Colour = rng.choice((PEN_BLUE, PEN_BLUE, PEN_BLACK))
        self.leading = rng.choice((1.18, 1.24, 1.3))
        self.left = rng.uniform(30, 33) * MM
        self.right = Sheet().width - rng.uniform(15, 19) * MM
        self.top = rng.uniform(20, 23) * MM
        self.bottom = Sheet().height - rng.uniform(20, 23) * MM
        self.sheets: list[Sheet] = []
        self.y = 0.0
        self.last_lines = 0  # of the latest paragraph, on the current sheet
        self.new_sheet()

    # words in a face -----------------------------------------------------------------------------------------------

    def run(self, text: str, style: str = "regular", *, size: float | None = None, colour: Colour = BLACK) -> Run:
        return Run(text, f"{self.family}-{style}", self.size if size is None else size, colour)

    def written(self, text: str, style: str = "regular", *, size: float | None = None) -> Run:
        """Digits by hand where this paper's clerk fills them in by pen, else in print."""
        if not self.hand:
            return self.run(text, style, size=size)
        base = self.size if size is None else size
        large = base * self.rng.uniform(1.2, 1.45)
        return Run(text, self.hand, large, self.pen, pad=self.rng.uniform(1.5, 4.0), shift=self.rng.uniform(-1.0, 1.6))

    def runs(self, text: Text, style: str = "regular", *, size: float | None = None) -> list[Run]:
        return [self.run(text, style, size=size)] if isinstance(text, str) else list(text)

    # sheets --------------------------------------------------------------------------------------------------------

    @property
    def sheet(self) -> Sheet:
        return self.sheets[-1]

    @property
    def width(self) -> float:
        return self.right - self.left

    def new_sheet(self) -> None:
        self.sheets.append(Sheet())
        self.y = self.top
        self.last_lines = 0
        self._specimen_line()
        if len(self.sheets) > 1:
            self._page_number(len(self.sheets))

    def _page_number(self, number: int) -> None:
        words = words_of([self.run(str(number), size=13)])
        self.sheet.lines.append(set_line(words, self.left, self.right, self.top - 14, "centre", "other"))
        self.y = self.top + 4

    def _specimen_line(self) -> None:
        words = words_of([Run(SPECIMEN, "arimo-regular", 8.5, GREY)])
        self.sheet.lines.append(set_line(words, 56, self.right, self.sheet.height - 30, "left", "other"))

    def ensure(self, height: float) -> None:
        if self.y + height > self.bottom:
            self.new_sheet()

    def ensure_with_text(self, height: float) -> None:
        """As `ensure`, but the end of the latest paragraph comes along: Nghị định 30 wants no signature alone on a sheet."""
        if self.y + height <= self.bottom:
            return
        before = self.sheet
        moving = self.last_lines if self.last_lines <= 3 else 2
        room = self.bottom + 1
        lines = before.lines[len(before.lines) - moving :] if moving and self.y < room + 40 else []
        top = min((word.pieces[0].baseline for line in lines for word in line.words), default=0.0)
        del before.lines[len(before.lines) - len(lines) :]
        down = self.y
        self.new_sheet()
        if lines:
            by = self.y + self.size * 0.95 - top
            self.sheet.lines.extend(moved_down(line, by) for line in lines)
            self.y = down + by

    def skip(self, points: float) -> None:
        self.y += points

    def mark(self, mark: Mark) -> None:
        self.sheet.marks.append(mark)

    def add(self, line: SetLine) -> None:
        self.sheet.lines.append(line)

    # text ----------------------------------------------------------------------------------------------------------

    def paragraph(
        self,
        text: Text,
        region: Region = "body",
        *,
        style: str = "regular",
        align: Align = "justify",
        first: float = 34.0,
        indent: float = 0.0,
        after: float = 5.0,
        size: float | None = None,
        keep: float = 0.0,
    ) -> None:
        """A paragraph between the margins; at least two of its lines stay together at the foot of a sheet.

        keep: points that must be free below it, so that a heading does not end a sheet.
        """
        runs = self.runs(text, style, size=size)
        step = self.line_height(runs)
        lines = broken(words_of(runs), self.width - indent, first)
        self.ensure(step * min(2, len(lines)) + keep)
        self.last_lines = 0
        for number, words in enumerate(lines):
            self.ensure(step)
            x0 = self.left + indent + (first if number == 0 else 0.0)
            last = number == len(lines) - 1
            kept: Align = "left" if align == "justify" and last else align
            self.add(set_line(words, x0, self.right, self.y + self.ascent(runs), kept, region))
            self.y += step
            self.last_lines += 1
        self.y += after

    def line_height(self, runs: Sequence[Run]) -> float:
        return max(run.size for run in runs if not run.face.startswith("hand-")) * self.leading

    @staticmethod
    def ascent(runs: Sequence[Run]) -> float:
        return max(run.size for run in runs if not run.face.startswith("hand-")) * 0.95

    def block(
        self,
        text: Text,
        region: Region,
        *,
        x0: float,
        x1: float,
        y: float,
        style: str = "regular",
        align: Align = "centre",
        size: float | None = None,
        leading: float = 1.16,
        shrink: bool = False,
        even: bool = False,
    ) -> float:
        """Lines in a column of their own, from y down; gives the y below them.

        shrink: smaller type rather than a second line. even: lines of like length.
        """
        runs = self.runs(text, style, size=size)
        words = words_of(runs)
        if shrink:
            natural = sum(word.width for word in words) + sum(_gaps(words))
            if natural > x1 - x0:
                words = _scaled(words, (x1 - x0) / natural * 0.995)
        step = max(run.size for run in runs if not run.face.startswith("hand-")) * leading
        for line in balanced(words, x1 - x0) if even else broken(words, x1 - x0):
            self.add(set_line(line, x0, x1, y + step * 0.8, align, region))
            y += step
        self.last_lines = 0
        return y

    def rule(self, centre: float, y: float, length: float) -> None:
        self.mark(Rule(centre - length / 2, y, centre + length / 2, y, 0.7))


def _gaps(words: Sequence[Word]) -> list[float]:
    return [space_of(word) for word in words[1:]]


def _scaled(words: Sequence[Word], factor: float) -> list[Word]:
    return [replace(word, runs=tuple(replace(run, size=run.size * factor) for run in word.runs)) for word in words]
