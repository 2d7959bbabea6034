"""First witness of a paper's type: the title line, centred in capitals under the head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import Levenshtein

from sohoa.kernel.text import fold
from sohoa.ocr.understanding.header import Layout
from sohoa.ocr.understanding.strips import Strip, in_capitals
from sohoa.ocr.understanding.types import DocumentType

UPPER_PART = 0.62  # of the page's height; below it a title belongs to an annex or a quotation
LETTERS_PER_SLIP = 6  # one misread letter is forgiven in six: BÁO CÁO one, GIẤY PHÉP XÂY DỰNG two
LINES_IN_A_TITLE = 3
OFF_CENTRE = 0.13  # of the page's width
AT_THE_MARGIN = 0.8  # the score of a title at the left margin, which is lowered for standing there: no slip is forgiven
# Phrases that stand in capitals near the head and are one slip away from a title.
LOOKALIKES = frozenset({"hoidong"})


@dataclass(frozen=True, slots=True)
class TitleMatch:
    """score: 0 to 1, how well the line equals the title. first, last: indices of its strips in `body`.

    whole: its last line ends with it. body: the strips among which it stands.
    """

    kind: DocumentType
    title: str
    score: float
    exact: bool
    first: int
    last: int
    whole: bool
    body: tuple[Strip, ...] = field(repr=False)


def title_matches(layout: Layout, types: Sequence[DocumentType], number: Strip | None = None) -> tuple[TitleMatch, ...]:
    """What the topmost title may be, best first; empty when nothing on the page is a title.

    A longer title beats the shorter one it begins with: GIẤY PHÉP XÂY DỰNG is not a GIẤY PHÉP. number: the strip of the number; some
    offices begin everything at the left margin, and the title stands below it where nothing in the middle of the page is one.
    """
    centred = _matches(layout, layout.body(), types)
    if centred or number is None or not layout.in_left(number):
        return centred
    below = tuple(strip for strip in layout.strips if strip.bbox[1] > number.bbox[3])
    return tuple(match for match in _matches(layout, below, types) if match.whole and match.score >= AT_THE_MARGIN)


def _matches(layout: Layout, body: tuple[Strip, ...], types: Sequence[DocumentType]) -> tuple[TitleMatch, ...]:
    wanted = [(kind, title, fold(title).split()) for kind in types for title in kind.titles]
    for first, strip in enumerate(body):
        if strip.bbox[1] > layout.page.height * UPPER_PART:
            break
        if not in_capitals(strip.text):
            continue
        matches = [match for kind, title, syllables in wanted if (match := _match(layout, body, first, kind, title, syllables))]
        if matches:
            longest: dict[str, TitleMatch] = {}
            for match in sorted(matches, key=_rank, reverse=True):
                longest.setdefault(match.kind.code, match)
            return tuple(longest.values())
    return ()


def _rank(match: TitleMatch) -> tuple[int, bool, float, float]:
    # Length first among those that fit about equally: the score moves in steps that a longer true title always pays for.
    # A line that is a title letter by letter is that title, whatever longer one it resembles.
    good = match.score >= 0.8
    return (match.last if good else match.first, match.exact and match.whole, len(match.title) if good else 0, match.score)


def _match(
    layout: Layout, body: tuple[Strip, ...], first: int, kind: DocumentType, title: str, syllables: list[str]
) -> TitleMatch | None:
    target = "".join(syllables)
    read = ""
    toned = ""
    for last in range(first, min(first + LINES_IN_A_TITLE, len(body))):
        strip = body[last]
        if last > first and not (in_capitals(strip.text) and _follows(body[last - 1], strip, layout.unit)):
            return None
        pieces = [
            piece for piece in zip(strip.folded.split(" "), strip.text.split(" "), strict=True) if any(map(str.isalnum, piece[0]))
        ]
        for position, (folded, text) in enumerate(pieces):
            read += "".join(filter(str.isalnum, folded))
            toned += "".join(filter(str.isalnum, text.casefold()))
            if len(read) > len(target) * 1.3 + 2:
                return None
            whole = position == len(pieces) - 1
            score = _score(read, toned, target, title, whole=whole)
            if score is None or (not whole and (len(syllables) < 2 or not _centred(layout, body[first]))):
                continue
            if not _centred(layout, body[first]):
                score *= 0.85
            return TitleMatch(kind, title, score, read == target, first, last, whole, body)
    return None


def _score(read: str, toned: str, target: str, title: str, *, whole: bool) -> float | None:
    if read in LOOKALIKES:
        return None
    slips = Levenshtein.distance(read, target)
    # A title that begins a longer line has less around it to confirm it, so fewer slips are forgiven.
    if slips > len(target) // (LETTERS_PER_SLIP if whole else 2 * LETTERS_PER_SLIP):
        return None
    tones = toned == "".join(filter(str.isalnum, title.casefold()))
    return (1.0 if tones else 0.97 - slips / len(target)) * (1.0 if whole else 0.97)


def _follows(above: Strip, below: Strip, unit: float) -> bool:
    return below.bbox[1] - above.bbox[3] < 1.6 * unit


def _centred(layout: Layout, strip: Strip) -> bool:
    """About the middle of the page: margins differ by up to 20 mm, and a scan may lie a little to one side."""
    return abs(strip.centre - layout.page.width / 2) <= OFF_CENTRE * layout.page.width
