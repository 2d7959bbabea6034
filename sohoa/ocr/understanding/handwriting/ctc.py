"""From what each column may be to what the string may be (connectionist temporal classification, Graves et al. 2006).

A string is spelled by any row of columns that gives it once repeats are drawn together and nothings are left out; its chance is
the sum over all of them. `NOTHING` must stand between two equal digits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sohoa.ocr.understanding.handwriting.network import NOTHING

Logs = NDArray[np.float64]
IMPOSSIBLE = -1e30
# A digit this unlikely in a column opens no new way there; the strings found are scored exactly afterwards.
_NEGLIGIBLE = 1e-3


def likely_strings(chances: NDArray[np.float32], *, longest: int, beam: int = 10) -> list[str]:
    """The strings worth scoring, best first by a quick search over prefixes; "" may be one. chances: logarithms, (columns, classes)."""
    # A prefix's chance is kept in two parts, as in any such search: of ending with nothing, of ending with its last digit.
    held: dict[str, tuple[float, float]] = {"": (1.0, 0.0)}
    for column in np.exp(chances).tolist():
        nothing = column[NOTHING]
        digits = [(str(digit), chance) for digit, chance in enumerate(column[:NOTHING]) if chance > _NEGLIGIBLE]
        grown: dict[str, tuple[float, float]] = {}
        for prefix, (blank, ended) in held.items():
            _add(grown, prefix, (blank + ended) * nothing, 0.0)
            for digit, chance in digits:
                if prefix[-1:] == digit:
                    _add(grown, prefix, 0.0, ended * chance)
                    fresh = blank
                else:
                    fresh = blank + ended
                if fresh and len(prefix) < longest:
                    _add(grown, prefix + digit, 0.0, fresh * chance)
        held = dict(sorted(grown.items(), key=lambda one: -sum(one[1]))[:beam])
    return list(held)


def _add(grown: dict[str, tuple[float, float]], prefix: str, blank: float, ended: float) -> None:
    before = grown.get(prefix, (0.0, 0.0))
    grown[prefix] = (before[0] + blank, before[1] + ended)


def log_likelihoods(chances: NDArray[np.floating], strings: Sequence[str]) -> Logs:
    """The logarithm of each string's chance. chances: logarithms, (number, columns, classes), one for each string."""
    spelling = Spelling(strings)
    ahead = spelling.ahead(chances)
    return spelling.total(ahead[-1])


class Spelling:
    """The states strings are spelled through: nothing, digit, nothing, …, digit, nothing; short ones padded with nothing."""

    def __init__(self, strings: Sequence[str]) -> None:
        longest = max((len(string) for string in strings), default=0)
        self.states = np.full((len(strings), 2 * longest + 1), NOTHING)
        self.ends = np.zeros(self.states.shape, bool)
        for row, string in enumerate(strings):
            self.states[row, 1 : 2 * len(string) : 2] = [int(digit) for digit in string]
            self.ends[row, max(0, 2 * len(string) - 1) : 2 * len(string) + 1] = True
        self.starts = np.zeros(self.states.shape, bool)
        self.starts[:, :2] = True
        # From a digit straight to the next one, unless they are equal.
        self.leaps = np.zeros(self.states.shape, bool)
        self.leaps[:, 2:] = (self.states[:, 2:] != NOTHING) & (self.states[:, 2:] != self.states[:, :-2])

    def emitted(self, chances: NDArray[np.floating]) -> Logs:
        """(columns, number, states)."""
        states = np.broadcast_to(self.states[:, None, :], (*chances.shape[:2], self.states.shape[1]))
        return np.take_along_axis(chances.astype(np.float64), states, axis=2).transpose(1, 0, 2)

    def ahead(self, chances: NDArray[np.floating]) -> Logs:
        """Chance of everything up to each column and of standing in each state there, (columns, number, states)."""
        return _swept(self.emitted(chances), self.starts, self.leaps)

    def behind(self, chances: NDArray[np.floating]) -> Logs:
        """The same from the end backwards; a column's own chance is in both."""
        leaps = np.zeros_like(self.leaps)
        leaps[:, :-2] = self.leaps[:, 2:]
        return _swept(self.emitted(chances)[::-1, :, ::-1], self.ends[:, ::-1], leaps[:, ::-1])[::-1, :, ::-1]

    def total(self, last: Logs) -> Logs:
        return np.logaddexp.reduce(np.where(self.ends, last, IMPOSSIBLE), axis=1)


def _swept(emitted: Logs, starts: NDArray[np.bool_], leaps: NDArray[np.bool_]) -> Logs:
    swept = np.empty_like(emitted)
    swept[0] = np.where(starts, emitted[0], IMPOSSIBLE)
    for column in range(1, len(emitted)):
        stayed = swept[column - 1]
        stepped = np.full_like(stayed, IMPOSSIBLE)
        stepped[:, 1:] = stayed[:, :-1]
        leapt = np.full_like(stayed, IMPOSSIBLE)
        leapt[:, 2:] = np.where(leaps[:, 2:], stayed[:, :-2], IMPOSSIBLE)
        swept[column] = np.logaddexp(np.logaddexp(stayed, stepped), leapt) + emitted[column]
    return swept
