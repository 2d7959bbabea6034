"""The free place nearest to a corner."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.signing.profiles.ink import Ink
from sohoa.signing.profiles.sheet import Box

CLEAR = 3.0  # points between a stamp and anything else
_EDGE, _EDGE_SHARE = 12.0, 0.04  # points left free along the paper's edge (printers do not reach it); of a small page, this share
_FAINT_COST = 60.0  # points that a stamp would rather move than stand wholly on a pattern


class NoRoomForStamp(SohoaError):
    code, exit_code = "signing.no_room_for_stamp", Exit.NEEDS_A_PERSON
    vi = "Trang này không còn chỗ trống cho chữ ký ở vị trí quy định; chữ ký không được che chữ, dấu hay chữ ký khác."
    en = "There is no free place on the page for this signature where it belongs, and it may not cover anything."
    remedy = "Chọn kiểu chữ ký ở góc khác, hoặc ký không hiển thị (kiểu «invisible»)."
    remedy_en = "Choose a profile for another corner, or sign invisibly (profile `invisible`)."


def corner_zone(size: tuple[float, float], share: tuple[float, float], *, right: bool) -> Box:
    """The part of a page of this size near its top left or top right corner in which a stamp may stand."""
    width, height = size
    edge = min(_EDGE, _EDGE_SHARE * min(size))
    x0, x1 = (width * (1 - share[0]), width - edge) if right else (edge, width * share[0])
    return x0, edge, x1, max(edge, height * share[1])


class Room:
    """A part of a page with what stands on it. Boxes are points as seen."""

    def __init__(self, ink: Ink, taken: Sequence[Box]) -> None:
        """taken: boxes that must stay free whether ink is on them or not."""
        self._ink = ink
        used = ink.taken.copy()
        for box in taken:
            self._mark(used, box)
        self._used, self._faint = _sums(used), _sums(ink.faint)

    def nearest(self, width: float, height: float, zone: Box, *, right: bool) -> tuple[Box, float] | None:
        """The free box of that size nearest to the zone's top corner, and what it costs (points away); None when there is none."""
        ink = self._ink
        clear = round(CLEAR * ink.dots)
        across, down = int(np.ceil(width * ink.dots)), int(np.ceil(height * ink.dots))
        x0, y0 = (int(np.ceil((zone[side] - ink.part[side]) * ink.dots - 1e-6)) for side in (0, 1))
        x1, y1 = (int(np.floor((zone[side + 2] - ink.part[side]) * ink.dots + 1e-6)) for side in (0, 1))
        if across < 1 or down < 1 or across > x1 - x0 or down > y1 - y0:
            return None
        x1, y1 = min(x1, ink.taken.shape[1]), min(y1, ink.taken.shape[0])
        rows, columns = slice(y0, y1 - down + 1), slice(x0, x1 - across + 1)
        used = _inside(self._used, across, down, clear)[rows, columns]
        share = _inside(self._faint, across, down, 0)[rows, columns] / (across * down)
        y, x = np.indices(used.shape)
        away = y + (used.shape[1] - 1 - x if right else x)
        cost = np.where(used > 0, np.inf, away / ink.dots + _FAINT_COST * share)
        best = int(np.argmin(cost))
        if not np.isfinite(cost.flat[best]):
            return None
        row, column = divmod(best, used.shape[1])
        left, top = ink.part[0] + (x0 + column) / ink.dots, ink.part[1] + (y0 + row) / ink.dots
        if right:  # the box is a fraction of a dot narrower than what was searched for; keep it at the edge
            left += across / ink.dots - width
        return (left, top, left + width, top + height), float(cost.flat[best])

    def is_free(self, box: Box) -> bool:
        """The whole box, the clearance around it not counted; what lies outside the part is not free."""
        part, sums = self._ink.part, self._used
        if box[0] < part[0] or box[1] < part[1] or box[2] > part[2] or box[3] > part[3]:
            return False
        x0, y0, x1, y1 = self._dots(box)
        return int(sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0]) == 0

    def _mark(self, used: NDArray[np.bool_], box: Box) -> None:
        x0, y0, x1, y1 = self._dots(box)
        used[y0:y1, x0:x1] = True

    def _dots(self, box: Box) -> tuple[int, int, int, int]:
        part, dots = self._ink.part, self._ink.dots
        rows, columns = self._ink.taken.shape
        x0, x1 = (box[0] - part[0]) * dots, (box[2] - part[0]) * dots
        y0, y1 = (box[1] - part[1]) * dots, (box[3] - part[1]) * dots
        return (
            *(int(np.clip(np.floor(x0), 0, columns)), int(np.clip(np.floor(y0), 0, rows))),
            *(int(np.clip(np.ceil(x1), 0, columns)), int(np.clip(np.ceil(y1), 0, rows))),
        )


def _sums(used: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Of all dots above and to the left, with a row and a column of zeros before."""
    return np.pad(used.astype(np.int64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))


def _inside(sums: NDArray[np.int64], across: int, down: int, margin: int) -> NDArray[np.int64]:
    """By its top left corner, the sum in each box of that size and a margin around; beyond the part there is nothing to count."""
    grown = np.pad(sums, ((margin, margin), (margin, margin)), mode="edge")
    grown[:margin, :] = 0
    grown[:, :margin] = 0
    down, across = down + 2 * margin, across + 2 * margin
    return grown[down:, across:] - grown[:-down, across:] - grown[down:, :-across] + grown[:-down, :-across]
