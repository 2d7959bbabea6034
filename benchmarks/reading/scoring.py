"""How far a reading is from the truth, whatever order its words came in.

Every word read goes to the printed row its centre falls on, words are put in order from left to right, and the edit distance is
summed over the rows. So the order of columns costs nothing. Words that fall on no row count as insertions.
Text is compared in NFC with one kind of quotes, dashes and ellipses; case counts.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import Levenshtein

from sohoa.pipeline.sources.sampleoffice import TruthLine, TruthWord

_UNIFIED = str.maketrans(
    {**dict.fromkeys("“”„‟«»″", '"'), **dict.fromkeys("‘’‚‛′`´", "'"), **dict.fromkeys("‐‑‒–—―−", "-"), "…": "...", "\u00a0": " "}
)
_D_STROKE = str.maketrans("đĐ", "dD")
# A reader's box may be taller or lower than the ink (descents, marks); further than this share of a row's height is another row.
SLACK = 0.3
# A word beside a row's end, within this many row heights, is an error of that row (a rule read as a letter), not a stray.
REACH = 1.0

GROUPS = {
    "national_header": "header",
    "agency": "header",
    "code_number": "header",
    "place_date": "header",
    "title": "title",
    "subject": "title",
    "addressee": "title",
}
HANDWRITTEN, STRAY = "handwritten", "stray"


@dataclass(frozen=True, slots=True)
class ReadWord:
    """A word as read. x, y: its centre, in pixels of the truth's page."""

    text: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Tally:
    """letters: of the truth, spaces between words included. toneless: errors left when marks and the stroke of đ are dropped.
    words, wrong: the same by whole words.
    """

    letters: int = 0
    errors: int = 0
    toneless: int = 0
    words: int = 0
    wrong: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.letters + other.letters,
            self.errors + other.errors,
            self.toneless + other.toneless,
            self.words + other.words,
            self.wrong + other.wrong,
        )

    @property
    def cer(self) -> float:
        """Character errors in % of the truth's characters."""
        return 100 * self.errors / self.letters if self.letters else 0.0

    @property
    def wer(self) -> float:
        return 100 * self.wrong / self.words if self.words else 0.0

    @property
    def tone_damage(self) -> float:
        """What marks alone cost, in % of the truth's characters."""
        return 100 * (self.errors - self.toneless) / self.letters if self.letters else 0.0


NOTHING = Tally()


@dataclass(slots=True)
class _Row:
    """One printed row: a line, or a row of the words in a table cell. line: its place among the page's lines.

    top, bottom: of its tallest and deepest letters, with the page's slope taken out: pixels at x = 0.
    """

    line: int
    group: str
    words: list[TruthWord]
    top: float
    bottom: float
    read: list[ReadWord] = field(default_factory=list)


def score(lines: Sequence[TruthLine], words: Iterable[ReadWord], *, skew: float = 0.0) -> dict[str, Tally]:
    """Tallies of one page by group: header, title, body, table, signature, recipients, other; `handwritten` for lines with a
    pen's ink, whatever their region; `stray` for what fell on no row (errors without letters). Their sum is the page's tally.
    skew: degrees by which the page's lines are turned, clockwise positive.
    """
    slope = math.tan(math.radians(skew))
    rows = _rows_of(lines, slope)
    tallies: dict[str, Tally] = {}
    for word in words:
        row = _row_under(word, rows, slope)
        if row is None:
            insertion = len(unified(word.text))
            tallies[STRAY] = tallies.get(STRAY, NOTHING) + Tally(errors=insertion, toneless=insertion, wrong=1)
        else:
            row.read.append(word)
    for row in rows:
        tallies[row.group] = tallies.get(row.group, NOTHING) + _compared(row)
    return tallies


def lines_under(lines: Sequence[TruthLine], words: Iterable[ReadWord], *, skew: float = 0.0) -> list[int | None]:
    """For each word the place of its line in `lines`; None where it fell on no line. Scoring goes by the same rule."""
    slope = math.tan(math.radians(skew))
    rows = _rows_of(lines, slope)
    under = (_row_under(word, rows, slope) for word in words)
    return [None if row is None else row.line for row in under]


def total(tallies: Iterable[Tally]) -> Tally:
    return sum(tallies, NOTHING)


def unified(text: str) -> str:
    """NFC; curly and angled quotes, dashes and the ellipsis as a typewriter has them; runs of white space are one space."""
    return " ".join(unicodedata.normalize("NFC", text).translate(_UNIFIED).split())


def without_marks(text: str) -> str:
    """Vietnamese letters without tones, hats and the stroke of đ. Unlike the search's folding it keeps case."""
    bare = (letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
    return "".join(bare).translate(_D_STROKE)


def _rows_of(lines: Sequence[TruthLine], slope: float) -> list[_Row]:
    return [row for place, line in enumerate(lines) for row in _rows(place, line, slope)]


def _rows(place: int, line: TruthLine, slope: float) -> list[_Row]:
    """A cell of a table may hold several rows: a new one begins where the words jump back to the left."""
    group = HANDWRITTEN if line.handwritten else GROUPS.get(line.region, line.region)
    rows: list[_Row] = []
    edge = 0
    for word in line.words:
        x0, y0, x1, y1 = word.bbox
        lift = slope * (x0 + x1) / 2
        if not rows or x0 < edge:
            rows.append(_Row(place, group, [], y0 - lift, y1 - lift))
        row = rows[-1]
        row.words.append(word)
        row.top, row.bottom = min(row.top, y0 - lift), max(row.bottom, y1 - lift)
        edge = x0
    return rows


def _row_under(word: ReadWord, rows: Sequence[_Row], slope: float) -> _Row | None:
    nearest = min(rows, key=lambda row: _distance(word, row, slope), default=None)
    return None if nearest is None or _distance(word, nearest, slope) > 1 else nearest


def _distance(word: ReadWord, row: _Row, slope: float) -> float:
    """How far the word's centre is off the row: at most 1 is on it."""
    height = max(1.0, row.bottom - row.top)
    above_below = abs(word.y - slope * word.x - (row.top + row.bottom) / 2) / (height * (0.5 + SLACK))
    outside = max(row.words[0].bbox[0] - word.x, word.x - row.words[-1].bbox[2], 0.0) / (REACH * height)
    return max(above_below, outside)


def _compared(row: _Row) -> Tally:
    true = unified(" ".join(word.text for word in row.words))
    read = unified(" ".join(word.text for word in sorted(row.read, key=lambda word: word.x)))
    return Tally(
        letters=len(true),
        errors=Levenshtein.distance(true, read),
        toneless=Levenshtein.distance(without_marks(true), without_marks(read)),
        words=len(true.split()),
        wrong=Levenshtein.distance(true.split(), read.split()),
    )
