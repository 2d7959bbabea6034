"""Which pages are separator sheets, and which are the backs of those."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from rapidfuzz.distance import Levenshtein

from sohoa.kernel.text import fold, nfc
from sohoa.pipeline.stacks.marks import CHECK_LENGTH, MOST_SHEETS, RUN_LENGTH, Kind, Mark, Place, is_ours, proof_of, read
from sohoa.pipeline.stacks.model import PageFacts, SeenSheet

_LINE = re.compile(rf"\b(\w{{{RUN_LENGTH}}})\W{{0,3}}(\d{{1,3}})\s?/\s?(\d{{1,3}})\W{{0,3}}(\w{{{CHECK_LENGTH}}})\b")
_CODE_LIKE = re.compile(r"\S*\d\S*\d\S*")
_CONFUSED = str.maketrans("OoIl|", "00111")
# Components are tried up to here besides the numbers that were read: each try may hit the check by chance, one in 64 million.
_COMPONENTS_TRIED = 40


def sheets_among(pages: Sequence[PageFacts], *, two_sided: bool | None = None) -> tuple[SeenSheet, ...]:
    """Sheets in the order of the stack. two_sided: the scanner took both sides of each sheet of paper, None when nobody says."""
    by_number = {page.number: page for page in pages}
    marks = {page.number: mark for page in pages if (mark := _by_code(page)) is not None}
    known = list(dict.fromkeys(marks.values()))
    sheets: list[SeenSheet] = []
    for page in pages:
        mark = marks.get(page.number)
        if mark is None and not _means_to_be_one(page):
            continue
        if mark is not None:
            seen = SeenSheet(page.number, mark, "qr")
        else:
            told = by_line(page.text, known)
            seen = SeenSheet(page.number, told, "line" if told else "")
        if sheets and _is_other_side(sheets[-1], seen, two_sided):
            before = sheets.pop()
            named = before if before.mark is not None else seen
            sheets.append(replace(named, page=before.page, backs=(page.number,)))
        else:
            sheets.append(seen)
    return tuple(_with_back(sheet, by_number, {sheet.page for sheet in sheets}, two_sided) for sheet in sheets)


def _by_code(page: PageFacts) -> Mark | None:
    """Both codes of a sheet say the same; a page on which they do not is no sheet that can be believed."""
    found = {mark for code in page.codes if (mark := read(code.text)) is not None}
    return found.pop() if len(found) == 1 else None


def _means_to_be_one(page: PageFacts) -> bool:
    return page.barred or any(is_ours(code.text) for code in page.codes)


def _is_other_side(before: SeenSheet, seen: SeenSheet, two_sided: bool | None) -> bool:
    if seen.page != before.page + 1 or before.backs or two_sided is False:
        return False
    if two_sided and before.page % 2 == 0:
        return False
    if before.mark is not None and seen.mark is not None:
        return before.mark.key == seen.mark.key and before.mark.side != seen.mark.side
    return bool(two_sided)


def _with_back(sheet: SeenSheet, pages: Mapping[int, PageFacts], sheets: set[int], two_sided: bool | None) -> SeenSheet:
    """The blank side goes with its sheet. In a two-sided scan its place is certain; else it is the blank page that follows."""
    if sheet.backs or two_sided is False:
        return sheet
    other = sheet.page - 1 if two_sided and sheet.page % 2 == 0 else sheet.page + 1
    if other not in pages or other in sheets:
        return sheet
    if pages[other].blank:
        return replace(sheet, backs=(other,))
    return replace(sheet, back_printed=True) if two_sided else sheet


def by_line(text: str, known: Iterable[Mark] = ()) -> Mark | None:
    """The sheet whose printed line and code stand in the text as they were read, or None. Nothing is believed but what the line's
    check proves. known: sheets that were read in the same stack; they help with what was misread, and tell the batch.
    """
    known = list(known)
    upper = nfc(text).upper()
    lines = [fold(line).upper() for line in upper.splitlines()]
    for line in lines:
        for found in _LINE.finditer(line.replace("|", "/")):
            run, index, of, proof = found[1], int(found[2]), int(found[3]), found[4]
            if not index <= of <= MOST_SHEETS:
                continue
            for candidate in _candidates(run, index, of, lines, upper, known):
                if proof_of(candidate) == proof:
                    return _completed(candidate, known)
    return None


def _candidates(run: str, index: int, of: int, lines: list[str], text: str, known: list[Mark]) -> Iterable[Mark]:
    near = dict.fromkeys(mark.run for mark in known if Levenshtein.distance(mark.run, run, score_cutoff=1) <= 1)
    codes = dict.fromkeys(code for found in _CODE_LIKE.findall(text) if len(code := found.strip(".,;:()[]|")) >= 4)
    codes |= dict.fromkeys(code.translate(_CONFUSED) for code in list(codes))
    codes |= dict.fromkeys(re.sub(r"\s", "", line) for line in lines if _CODE_LIKE.search(line))
    codes |= dict.fromkeys(place.dossier for mark in known for place in (mark.place, mark.following) if place and place.dossier)
    numbers = dict.fromkeys([*(int(number) for number in re.findall(r"\b\d{1,3}\b", text)), *range(1, _COMPONENTS_TRIED + 1)])
    for name in [run, *near]:
        if index == 0:
            yield Mark(Kind.BATCH, name, 0, of)
        for code in codes:
            yield Mark(Kind.DOSSIER, name, index, of, place=Place(code))
            for component in numbers:
                yield Mark(Kind.COMPONENT, name, index, of, place=Place(code, component))


def _completed(mark: Mark, known: list[Mark]) -> Mark:
    batch = next((other.batch for other in known if other.run == mark.run), "")
    return replace(mark, batch=batch)
