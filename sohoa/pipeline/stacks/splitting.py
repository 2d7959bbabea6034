"""A stack of pages into documents: by its separator sheets, and where those fail by signs of first pages, the doubt kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sohoa.ocr.understanding.separators import FIRM
from sohoa.pipeline.stacks.marks import Kind, Place
from sohoa.pipeline.stacks.model import Document, Doubt, Missing, PageFacts, SeenSheet, Stack
from sohoa.pipeline.stacks.naming import named_by_order, names_from
from sohoa.pipeline.stacks.recognising import sheets_among
from sohoa.pipeline.stacks.reconciling import missing_sheets, odd_sheets, reconciled


@dataclass(frozen=True, slots=True)
class Segment:
    """The pages below one sheet, up to the next; sheet None for those above the first. May be empty."""

    sheet: SeenSheet | None
    pages: tuple[int, ...]


def split(pages: Sequence[PageFacts], *, two_sided: bool | None = None) -> Stack:
    """Documents, sheets taken out, and the reconciliation. pages: the whole stack, numbered from 1 without a gap.

    two_sided: whether the scanner took both sides; None when nobody says. Nothing is attached on a guess: a document
    without a doubt lies under a sheet that proved what it is, in a run whose neighbouring sheets are all there.
    """
    facts = {page.number: page for page in pages}
    sheets = sheets_among(pages, two_sided=two_sided)
    names = names_from([sheet.mark for sheet in sheets if sheet.mark is not None])
    sheets = named_by_order(sheets, names)
    segments = _segments(facts, sheets)
    if not sheets:
        found = _by_first_pages(segments[0].pages, facts) if pages else ()
        return Stack(len(pages), found, (), reconciled((), (), segments, two_sided=two_sided))
    missing = missing_sheets(segments, names)
    odd = odd_sheets(sheets)
    astray = {one.run for one in missing if one.pages is None}
    documents: list[Document] = []
    for segment in segments:
        if segment.pages:
            documents += _documents(segment, [one for one in missing if one.pages == segment.pages], facts, odd)
            if _run_of(segment) in astray:
                documents[-1] = replace(documents[-1], doubts=_once([*documents[-1].doubts, Doubt.SHEET_MISSING]))
    return Stack(len(pages), tuple(documents), sheets, reconciled(sheets, missing, segments, two_sided=two_sided))


def _run_of(segment: Segment) -> str | None:
    return segment.sheet.mark.run if segment.sheet and segment.sheet.mark else None


def worth_reading(pages: Sequence[PageFacts], *, two_sided: bool | None = None) -> tuple[int, ...]:
    """The pages whose text would help, first those that look like sheets: reading all of a stack takes minutes, this seconds."""
    facts = {page.number: page for page in pages}
    unread = [sheet.page for sheet in sheets_among(pages, two_sided=two_sided) if sheet.mark is None and not facts[sheet.page].text]
    if unread:
        return tuple(unread)
    stack = split(pages, two_sided=two_sided)
    if not stack.sheets:
        wanted = {page.number for page in pages}
    else:
        wanted = {number for one in stack.reconciliation.missing for number in one.pages or ()}
    return tuple(sorted(number for number in wanted if facts[number].first is None and not facts[number].blank))


def _segments(facts: Mapping[int, PageFacts], sheets: Sequence[SeenSheet]) -> tuple[Segment, ...]:
    taken = {page for sheet in sheets for page in (sheet.page, *sheet.backs)}
    starts = [None, *sheets]
    ends = [*(sheet.page for sheet in sheets), max(facts, default=0) + 1]
    found: list[Segment] = []
    for sheet, end in zip(starts, ends, strict=True):
        begin = sheet.page if sheet else 0
        found.append(Segment(sheet, tuple(number for number in sorted(facts) if begin < number < end and number not in taken)))
    return tuple(found)


def _documents(
    segment: Segment, missing: Sequence[Missing], facts: Mapping[int, PageFacts], odd: Mapping[int, tuple[Doubt, ...]]
) -> list[Document]:
    sheet, place = segment.sheet, _place(segment.sheet)
    doubts = _doubts(sheet, place, odd)
    whole = Document(segment.pages, place, _once(doubts), sheet.page if sheet else None)
    if not missing:
        return [whole]
    doubts.append(Doubt.SHEET_MISSING)
    likely = tuple(number for number in segment.pages[1:] if (first := facts[number].first) and first.evidence >= FIRM)
    begins = likely if place is not None else (segment.pages[0], *likely)
    if len(begins) != len(missing):
        return [replace(whole, doubts=_once(doubts), may_begin=likely)]
    starts = [(segment.pages[0], place)] if place is not None else []
    starts += [(number, one.place) for number, one in zip(begins, missing, strict=True)]
    ends = [*(number for number, _ in starts[1:]), segment.pages[-1] + 1]
    return [
        Document(
            tuple(number for number in segment.pages if begin <= number < end),
            where,
            _once(doubts),
            whole.sheet if begin == segment.pages[0] else None,
        )
        for (begin, where), end in zip(starts, ends, strict=True)
    ]


def _doubts(sheet: SeenSheet | None, place: Place | None, odd: Mapping[int, tuple[Doubt, ...]]) -> list[Doubt]:
    if sheet is None:
        return [Doubt.BEFORE_FIRST_SHEET]
    doubts = list(odd.get(sheet.page, ()))
    if sheet.mark is None or sheet.how == "order":
        doubts.append(Doubt.SHEET_UNREAD)
    elif place is None:
        doubts.append(Doubt.BEFORE_FIRST_SHEET)
    return [*doubts, Doubt.SHEET_BACK_PRINTED] if sheet.back_printed else doubts


def _place(sheet: SeenSheet | None) -> Place | None:
    if sheet is None or sheet.mark is None or sheet.mark.kind is Kind.BATCH or not sheet.mark.place.dossier:
        return None
    return sheet.mark.place


def _by_first_pages(pages: Sequence[int], facts: Mapping[int, PageFacts]) -> tuple[Document, ...]:
    """One document from each page that more likely than not is a first one to the next."""
    starts = [pages[0], *(number for number in pages[1:] if (first := facts[number].first) and first.evidence >= 0.5)]
    ends = [*starts[1:], pages[-1] + 1]
    documents: list[Document] = []
    for begin, end in zip(starts, ends, strict=True):
        own = tuple(number for number in pages if begin <= number < end)
        unsure = tuple(number for number in own if (first := facts[number].first) and not first.firm and number != pages[0])
        doubts = [Doubt.NO_SHEETS]
        doubts += [Doubt.FIRST_PAGE_UNSURE] if unsure else []
        doubts += [Doubt.PAGE_UNREAD] if any(facts[number].first is None and not facts[number].blank for number in own) else []
        documents.append(Document(own, None, tuple(doubts), None, unsure))
    return tuple(documents)


def _once(doubts: Sequence[Doubt]) -> tuple[Doubt, ...]:
    return tuple(dict.fromkeys(doubts))
