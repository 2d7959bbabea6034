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

from sohoa.ocr.imaging.preparing.inks import inks_of
from sohoa.ocr.imaging.preparing.pixels import Colour, Grey, darkest, paper_of, shrunk
from sohoa.ocr.imaging.preparing.skew import slant_of
from sohoa.ocr.reading.blankness import is_blank
from sohoa.pipeline.stacks.looking import CODE_DPI, has_bars, sheet_codes
from sohoa.pipeline.stacks.marks import Mark, read

SLANT_DPI = 225  # what slant_of expects
SKEW = 3.0  # degrees; reading straightens up to six, but the edge of such a sheet was often under the guide
DARK_PAPER = 140  # of 255; recycled paper measures 190 and more
FAINT = 70  # of 255, between paper and ink; pencil measures 90
BLURRED = 0.55  # mm over which a stroke's edge runs; a sharp scan measures 0.17 at 300 dpi and 0.34 at 150
CUT_LETTERS = 4  # letters that run into the same edge; one or two are a stamp or a pen's flourish
CORNER = 12.0  # mm: a fold smaller than this hides no print, margins are 15 to 35 mm (NĐ 30/2020/NĐ-CP, Phụ lục I)
# Lengths of paper (mm) that people really feed; what is longer than the sheets before it and none of these was two sheets, overlapping.
KNOWN_LENGTHS = (420.0, 355.6, 330.0, 297.0, 279.4, 257.0, 250.0, 210.0, 182.0, 176.0, 148.0, 105.0)
LENGTH_SLACK = 5.0  # mm: slipping rollers
LONGER = 6.0  # mm
SAME_LOOK = 10  # of 256 bits that differ between two scans of one sheet


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
    cut: letters on the worst edge. length: mm. seal: a red seal is there; None on a grey page. look: 64 hexadecimal digits, nearly the
    same for the same sheet. mark: of a separator sheet that was read.
    """

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
        return told


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
    contrast = max(0, paper - int(np.percentile(small[::2, ::2], 0.5)))
    return Looked(
        blank=blank,
        slant=0.0 if blank else slant_of(darkest(shrunk(pixels, SLANT_DPI / dpi))).degrees,
        paper=paper,
        contrast=contrast,
        edge=None if blank or contrast < FAINT else round(_edge_width(np.asarray(grey), dpi), 2),
        corners=_dark_corners(small, paper, coarse_dpi / 25.4),
        cut=_letters_cut(small, paper, contrast, coarse_dpi / 25.4),
        length=round(max(grey.shape) / dpi * 25.4, 1),
        seal=bool(inks_of(pixels, dpi).seals) if pixels.ndim == 3 else None,
        look=_look_of(np.asarray(grey)),
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
    if seen.edge is not None and seen.edge > BLURRED:
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


def _edge_width(grey: Grey, dpi: int) -> float:
    """Millimetres from paper to ink at the steepest edges: few pixels where the picture is sharp, many where it moved or was out of focus."""
    height, width = grey.shape
    middle = grey[height // 12 : height - height // 12, width // 12 : width - width // 12].astype(np.int16)
    across = np.abs(middle[::2, 2:] - middle[::2, :-2])
    steepest = float(np.percentile(across, 99.9)) / 2  # levels a pixel
    dark, bright = np.percentile(middle[::4, ::4], (0.5, 50))
    return float(bright - dark) / max(steepest, 0.5) / dpi * 25.4


def _dark_corners(small: Grey, paper: int, mm: float) -> int:
    """Corners that are a dark triangle while the paper around them is not: folded over or torn off on a dark ground."""
    side = round(CORNER * mm)
    if min(small.shape) < 4 * side:
        return 0
    dark = small < paper * 0.6
    corner = np.add.outer(np.arange(side), np.arange(side)) < side
    count = 0
    for turned in (dark, dark[:, ::-1], dark[::-1], dark[::-1, ::-1]):
        within = turned[:side, :side][corner].mean()
        around = np.concatenate([turned[side : 2 * side, : 2 * side].ravel(), turned[:side, side : 2 * side].ravel()]).mean()
        count += bool(within > 0.5 and around < 0.15)
    return count


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
        int(np.count_nonzero(letter & touches))
        for touches in (left == 0, left + wide == columns, top == 0, top + high == rows)
    )


def _look_of(grey: Grey) -> str:
    """A difference hash: for each of 16 x 16 places, whether it is darker than the one to its right."""
    tiny = cv2.resize(cv2.blur(shrunk(grey, 0.25), (5, 5)), (17, 16), interpolation=cv2.INTER_AREA).astype(np.int16)
    return np.packbits((tiny[:, 1:] - tiny[:, :-1]) > 2).tobytes().hex()


def _same_look(one: str, other: str) -> bool:
    if len(one) != len(other) or not one:
        return False
    return (int(one, 16) ^ int(other, 16)).bit_count() <= SAME_LOOK
