"""A page looked at while the next one feeds: what is measured, and what a person should know before the stack leaves the tray.

Nothing here changes a page. Thresholds were set on generated pages and their damaged copies (tests/pipeline/batches/test_quality.py); a
finding asks for a look, it proves nothing.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sohoa.ocr.imaging.preparing.inks import inks_of
from sohoa.ocr.imaging.preparing.pixels import Colour, Grey, darkest, paper_of, shrunk, square
from sohoa.ocr.imaging.preparing.skew import slant_of
from sohoa.ocr.reading.blankness import is_blank
from sohoa.pipeline.stacks.looking import CODE_DPI, has_bars, sheet_codes
from sohoa.pipeline.stacks.marks import Mark, read

SLANT_DPI = 225  # what slant_of expects
SKEW = 3.0  # degrees; reading straightens up to six, but the edge of such a sheet was often under the guide
DARK_PAPER = 140  # of 255; recycled paper measures 190 and more
FAINT = 70  # of 255, between paper and ink; pencil measures 90
INK, LEAST_INK = 0.8, 30  # of the paper's brightness; pixels at 150 dpi
STEEPEST = 300  # pixels of edges at 300 dpi
# Over so much (mm, and pixels) a stroke's edge runs: sharp scans measure 0.17 mm at 300 dpi and 0.22 at 200, which are 2 pixels.
BLURRED, BLURRED_PIXELS = 0.36, 3.0
CUT_LETTERS = 4  # letters that run into the same edge; one or two are a stamp or a pen's flourish
CORNERS = (12.0, 20.0, 32.0)  # mm: a smaller fold hides no print, margins are 15 to 35 mm (NĐ 30/2020/NĐ-CP, Phụ lục I)
# Lengths of paper (mm) that people really feed; what is longer than the sheets before it and none of these was two sheets, overlapping.
KNOWN_LENGTHS = (420.0, 355.6, 330.0, 297.0, 279.4, 257.0, 250.0, 210.0, 182.0, 176.0, 148.0, 105.0)
LENGTH_SLACK = 5.0  # mm: slipping rollers
LONGER = 6.0  # mm
GRID, INKED = (42, 60), 0.02  # cells across and down; the share of a cell that is ink


class Severity(enum.StrEnum):
    AGAIN = "again"  # scan this page again
    LOOK = "look"  # look at it


@dataclass(frozen=True, slots=True)
class Finding:
    """code: stable, see reporting.FINDINGS_VI. value: the measure, for people."""

    code: str
    severity: Severity
    value: str = ""

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Looked:
    """slant: degrees, clockwise positive. paper, contrast: of 255. edge: mm, None where no ink is. corners: of the four, how many are dark.
    cut: letters on the worst edge. length: mm. seal: a red seal is there; None on a grey page. look: where ink is, nearly the same for
    the same sheet. mark: of a separator sheet that was read.
    """

    dpi: int
    blank: bool
    slant: float
    paper: int
    contrast: int
    edge: float | None
    corners: int
    cut: int
    length: float
    seal: bool | None
    look: str
    separator: bool
    mark: Mark | None = None

    def as_facts(self) -> dict[str, Any]:
        """What is kept beside the page: pages that follow are held against it."""
        told = asdict(self)
        del told["mark"]
        return {**told, "place": [self.mark.place.dossier, self.mark.place.component] if self.mark else None}


def look(pixels: Grey | Colour, *, dpi: int) -> Looked:
    """pixels: the page as it came. About 0.4 s for A4 in colour at 300 dpi."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) if pixels.ndim == 3 else pixels
    coarse = shrunk(pixels, CODE_DPI / dpi)
    coarse_dpi = max(1, round(dpi * coarse.shape[1] / pixels.shape[1]))
    codes = sheet_codes(coarse, dpi=coarse_dpi, page=1)
    barred = has_bars(coarse, dpi=coarse_dpi)
    if barred and not codes:
        codes = sheet_codes(pixels, dpi=dpi, page=1)
    marks = {mark for code in codes if (mark := read(code.text)) is not None}
    blank = not codes and not barred and is_blank(coarse, dpi=coarse_dpi)
    small = darkest(coarse)
    paper = paper_of(small)
    contrast = _contrast(small, paper)
    return Looked(
        dpi=dpi,
        blank=blank,
        slant=0.0 if blank else slant_of(darkest(shrunk(pixels, SLANT_DPI / dpi))).degrees,
        paper=paper,
        contrast=contrast,
        edge=None if blank or contrast < FAINT else round(_edge_width(np.asarray(grey), contrast, dpi), 2),
        corners=_dark_corners(small, paper, coarse_dpi / 25.4),
        cut=_letters_cut(small, paper, contrast, coarse_dpi / 25.4),
        length=round(max(grey.shape) / dpi * 25.4, 1),
        seal=bool(inks_of(pixels, dpi).seals) if pixels.ndim == 3 else None,
        look=_look_of(small, paper, contrast),
        separator=bool(marks) or barred,
        mark=marks.pop() if len(marks) == 1 else None,
    )


def findings(seen: Looked, before: Sequence[dict[str, Any]], *, side: str, resumed: bool = False) -> tuple[Finding, ...]:
    """before: facts of the pages that came earlier in this run, the last one last. resumed: this is the first page after a run that was
    broken off, and the last of `before` is the page that came just before that.
    """
    if seen.separator:
        return ()
    told: list[Finding] = []
    if seen.blank:
        # A back is often white; a front is not, unless the stack lies upside down in the tray.
        return () if side == "back" else (Finding("blank", Severity.LOOK),)
    if seen.paper < DARK_PAPER:
        told.append(Finding("too_dark", Severity.AGAIN, str(seen.paper)))
    if seen.contrast < FAINT:
        told.append(Finding("too_faint", Severity.AGAIN, str(seen.contrast)))
    if seen.edge is not None and seen.edge > max(BLURRED, BLURRED_PIXELS * 25.4 / seen.dpi):
        told.append(Finding("blurred", Severity.AGAIN, f"{seen.edge:.2f}"))
    if abs(seen.slant) > SKEW:
        told.append(Finding("skewed", Severity.LOOK, f"{seen.slant:.1f}"))
    if seen.cut >= CUT_LETTERS:
        told.append(Finding("cut_edge", Severity.AGAIN, str(seen.cut)))
    if seen.corners and abs(seen.slant) <= 1.0 and seen.paper >= DARK_PAPER:
        told.append(Finding("cut_corner", Severity.LOOK, str(seen.corners)))
    if (usual := _usual_length(before)) and _is_overlap(seen.length, usual):
        told.append(Finding("doubled_feed", Severity.AGAIN, f"{seen.length:.0f}"))
    if resumed and before and _same_look(seen.look, str(before[-1].get("look", ""))):
        told.append(Finding("repeated", Severity.LOOK))
    return tuple(told)


def _usual_length(before: Sequence[dict[str, Any]]) -> float:
    lengths = [float(facts["length"]) for facts in before if facts.get("length")]
    return float(np.median(lengths)) if len(lengths) >= 2 else 0.0


def _is_overlap(length: float, usual: float) -> bool:
    known = any(abs(length - one) <= LENGTH_SLACK for one in KNOWN_LENGTHS)
    return length > usual + LONGER and not known


def _contrast(small: Grey, paper: int) -> int:
    """From paper to the darker part of what is ink: a page with one line on it is not fainter than a full one."""
    ink = small[small < INK * paper]
    return max(0, paper - int(np.percentile(ink, 20))) if ink.size >= LEAST_INK else round((1 - INK) * paper)


def _edge_width(grey: Grey, contrast: int, dpi: int) -> float:
    """Millimetres from paper to ink, across or down, whichever is more: few pixels where the picture is sharp, many where the page moved
    or was out of focus."""
    edge = max(1, round(4 / 25.4 * dpi))  # where the sheet itself ends
    middle = grey[edge:-edge, edge:-edge].astype(np.int16)
    across, down = middle[::2, 2:] - middle[::2, :-2], middle[2:, ::2] - middle[:-2, ::2]
    # A place among the steepest, not the steepest: specks are steep, too. One line of print has ten times as many edges.
    place = max(50, round(STEEPEST * (dpi / 300) ** 2))
    levels = min(_nth_largest(np.abs(across).ravel(), place), _nth_largest(np.abs(down).ravel(), place)) / 2  # a pixel
    return contrast / max(levels, 0.5) / dpi * 25.4


def _nth_largest(values: NDArray[np.int16], place: int) -> float:
    at = max(0, values.size - 1 - place)
    return float(np.partition(values, at)[at])


def _dark_corners(small: Grey, paper: int, mm: float) -> int:
    """Corners that are a dark triangle while the paper around them is not: folded over or torn off on a dark ground."""
    dark = small < paper * 0.6
    return sum(
        any(_is_triangle(turned, round(side * mm)) for side in CORNERS)
        for turned in (dark, dark[:, ::-1], dark[::-1], dark[::-1, ::-1])
    )


def _is_triangle(dark: NDArray[np.bool_], side: int) -> bool:
    if min(dark.shape) < 4 * side:
        return False
    within = dark[:side, :side][np.add.outer(np.arange(side), np.arange(side)) < side].mean()
    around = np.concatenate([dark[side : 2 * side, : 2 * side].ravel(), dark[:side, side : 2 * side].ravel()]).mean()
    return bool(within > 0.5 and around < 0.15)


def _letters_cut(small: Grey, paper: int, contrast: int, mm: float) -> int:
    """Blobs of ink of a letter's size that touch one edge of the picture; of the worst edge."""
    if contrast < FAINT:
        return 0
    ink = (small < paper - contrast / 2).astype(np.uint8)
    boxes = cv2.connectedComponentsWithStats(ink, connectivity=8)[2][1:]
    left, top, wide, high = (boxes[:, column] for column in range(4))
    letter = (high >= 1.5 * mm) & (high <= 9 * mm) & (wide <= 9 * mm) & (wide >= 0.3 * mm)
    rows, columns = ink.shape
    return max(
        int(np.count_nonzero(letter & touches)) for touches in (left == 0, left + wide == columns, top == 0, top + high == rows)
    )


def _look_of(small: Grey, paper: int, contrast: int) -> str:
    """Where ink is, in cells of about 5 mm: a bit each, row by row, in hexadecimal digits."""
    ink = (small < paper - max(contrast, FAINT) / 2).astype(np.float32)
    cells = cv2.resize(ink, GRID, interpolation=cv2.INTER_AREA) > INKED
    return np.packbits(cells).tobytes().hex()


def _same_look(one: str, other: str) -> bool:
    """The same print at the same places, a cell's width given or taken: a sheet never lies the same way twice."""
    if len(one) != len(other) or not one:
        return False
    first, second = (np.unpackbits(np.frombuffer(bytes.fromhex(told), np.uint8), count=GRID[0] * GRID[1]) for told in (one, other))
    first, second = first.reshape(GRID[::-1]), second.reshape(GRID[::-1])
    if not first.any() or not second.any():
        return False
    near = [cv2.dilate(told, square(3)) for told in (first, second)]
    within = min(float(near[1][first > 0].mean()), float(near[0][second > 0].mean()))
    return within >= 0.98 and float((first & second).sum() / (first | second).sum()) >= 0.55
