"""Tone-aware search: exact tones above folded ones above what a reader of print confuses.

The order of hits is a function of what the pages say, never of how the index came to be:
1. the tier: exact, folded, similar;
2. whether the words asked for stand side by side, in their order: with syllables for words that is what tells "đất đai" from
   two words of one page;
3. whether the record says it about itself (its number, title, agency, dossier) or its text does;
4. the paper's date, newest first, undated last; then the record.
A record is listed once, by its best page, of equals the first. How often a word occurs does not count: papers are forms, and the longest
would always win.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery

from sohoa.storage.catalogue.records import Filing, PageText
from sohoa.storage.search import state
from sohoa.storage.search.asking import (
    EXACT,
    FOLDED,
    SIMILAR,
    TIERS,
    Asked,
    Listener,
    asked_for,
    expression,
    prefix_lexemes,
    side_by_side,
)
from sohoa.storage.search.expressions import ButNot, Expression, all_of, any_of
from sohoa.storage.search.facts import Narrowed, filters
from sohoa.storage.search.forms import words_of
from sohoa.storage.search.generations import generation
from sohoa.storage.search.model import Generation, Match
from sohoa.storage.search.outbox import drain, waiting
from sohoa.storage.search.places import END, Span, spans
from sohoa.storage.search.snippets import snippet

ANY = Narrowed()
COUNTED = 1000  # records; who finds more asks more closely, and counting all of a common word would cost more than finding
# A few more than needed, since two pages of one date may have swapped places (places.py).
SPARE = 16
DRAINED_FIRST = (
    500  # changes; what was archived a moment ago is found, and a search after a large import need not wait for all of it
)
PAGES_EACH = 4  # of a record, about: so many more pages are asked for than records are wanted
LOOKED_INTO = 32  # records of which a page's text is read at once to see whether a phrase is there
# Pages whose text is looked into for phrases, in each of six steps; pairs have already sorted out nearly all that have none.
MOST_LOOKED_INTO = 800
# Past so many words a prefix may go on to, the database's own prefix search is quicker.
MOST_ENDINGS = 1000
_WORTH = {EXACT: 0.9, FOLDED: 0.6, SIMILAR: 0.3}


@dataclass(frozen=True, slots=True)
class Hit:
    """match: exact | folded | similar. snippet: HTML-escaped text with `<mark>` around what was found. page: 0 for what the record says
    about itself. score: 0 to 1, the same for all hits that differ in date or record only."""

    document_id: str
    dossier: str
    title: str
    type: str
    date: str
    score: float
    match: str
    page: int
    snippet: str


@dataclass(frozen=True, slots=True)
class Found:
    """total: records found, counted up to COUNTED. total_is_exact: False where there are more, or where it may count a page that has the
    words of a phrase but not the phrase. waiting: changes that the index did not know. cut: the question was longer than is looked for."""

    hits: tuple[Hit, ...]
    total: int
    total_is_exact: bool
    waiting: int
    cut: bool


@dataclass(frozen=True, slots=True)
class _Best:
    match: Match
    tier: str
    together: bool


def find(query: str, narrowed: Narrowed = ANY, *, allowed: QuerySet | None = None, limit: int = 20) -> Found:
    """allowed: a query for units whose records may be seen, asked once; None: all. Raises the database's errors only."""
    asked = asked_for(query)
    left = waiting(most=COUNTED)
    if left:
        left = drain(most=DRAINED_FIRST).waiting
    needed = filters(narrowed, allowed)
    if not asked.phrases or needed is None:
        return Found((), 0, True, left, asked.cut)
    while True:
        active = state.seen().active
        found = _find(asked, needed, narrowed, generation(active), limit)
        if state.seen().active == active:  # else `reindex` has switched, and emptied what was being searched
            return replace(found, waiting=left)


def _find(asked: Asked, needed: list[Expression], narrowed: Narrowed, index: Generation, limit: int) -> Found:
    search = _Search(asked, needed, spans(narrowed.date_from, narrowed.date_to), index)
    with index.reading():
        total = search.total()
        # Few between two dates may be many in all.
        few = total <= COUNTED and narrowed.date_from is None and narrowed.date_to is None
        best, complete = search.best(limit, few=few) if total else ([], True)
    hits = _hits(best, asked)
    if complete:
        return Found(hits, len(best), True, 0, asked.cut)
    exact = total <= COUNTED and not asked.held_together
    return Found(hits, max(min(total, COUNTED), len(best)), exact, 0, asked.cut)


class _Search:
    def __init__(self, asked: Asked, needed: list[Expression], where: tuple[Span, ...], index: Generation) -> None:
        self._asked, self._needed, self._where, self._index = asked, needed, where, index
        begins = _endings(asked)
        self._tiers = {tier: expression(asked, tier, begins) for tier in TIERS}
        self._pairs = side_by_side(asked)

    def total(self) -> int:
        """Records that the last tier hears, which hears all; COUNTED + 1 for more."""
        # Texts before what records say about themselves: there a common word has its thousand soonest.
        return self._index.count(all_of([self._tiers[SIMILAR], *self._needed]), self._where[::-1], most=COUNTED + 1)

    def best(self, limit: int, *, few: bool) -> tuple[list[_Best], bool]:
        """The best page of each record, and whether every match was looked at. few: there are no more than COUNTED."""
        found: dict[str, _Best] = {}
        complete = True
        for tier, together, wanted in self._steps():
            if len(found) >= limit:
                return list(found.values())[:limit], False
            some, all_seen = self._records(wanted, tier, limit, few, found.keys())
            found |= {match.record_id: _Best(match, tier, together) for match in some}
            complete = complete and all_seen
        return list(found.values())[:limit], complete and len(found) <= limit

    def _steps(self) -> Iterator[tuple[str, bool, Expression]]:
        """What is left for each step. What was found before it is taken away last of all: it is much, and what remains is little."""
        earlier: list[Expression] = []
        held_anyway = {pair for phrase in self._asked.phrases for pair in phrase.pairs}
        apart = not held_anyway.issuperset(self._asked.neighbours)
        for tier in TIERS:
            wanted = [self._tiers[tier], *self._needed]
            if self._pairs is None:
                yield tier, True, _but_not(wanted, earlier)
            else:
                yield tier, True, _but_not([self._pairs, *wanted], earlier)
                if apart:
                    yield tier, False, _but_not(wanted, [self._pairs, *earlier])
            earlier = [self._tiers[tier]]

    def _records(self, wanted: Expression, tier: str, limit: int, few: bool, known: Collection[str]) -> tuple[list[Match], bool]:
        """The first page of each of the next records, in their true order, and whether that is all there are."""
        found: dict[str, Match] = {}
        enough, left = limit + SPARE // 2, MOST_LOOKED_INTO
        for span in (Span(0, END),) if few else self._where:
            start, portion = span.start, PAGES_EACH * (limit + SPARE)
            while start < span.end:
                matches = self._index.matches(wanted, Span(start, span.end), most=portion, few=few)
                pages: dict[str, list[Match]] = {}
                for match in matches:
                    if match.record_id not in known and match.record_id not in found:
                        pages.setdefault(match.record_id, []).append(match)
                for some in _chunks(sorted(pages.values(), key=lambda of_one: _order(of_one[0])), LOOKED_INTO):
                    held, looked_into = self._hold(some, tier)
                    found |= {match.record_id: match for match in held}
                    left -= looked_into
                    if len(found) >= enough or left <= 0:
                        return sorted(found.values(), key=_order), False
                if len(matches) < portion:
                    break
                start, portion = matches[-1].place + 1, portion * 4
        return sorted(found.values(), key=_order), True

    def _hold(self, records: Sequence[Sequence[Match]], tier: str) -> tuple[list[Match], int]:
        """Of each record the first page that holds the phrases, and how many pages were looked into for that."""
        if not self._asked.held_together:
            return [min(pages, key=_order) for pages in records], 0
        hears = Listener(self._asked, tier).hears_phrases
        held: list[Match] = []
        looked_into = 0
        while records:
            said = dict(PageText.objects.filter(pk__in=[pages[0].page_id for pages in records]).values_list("pk", "text"))
            looked_into += len(said)
            holds = [hears(words_of(said.get(pages[0].page_id, ""))) for pages in records]
            held += [pages[0] for pages, yes in zip(records, holds, strict=True) if yes]
            records = [pages[1:] for pages, yes in zip(records, holds, strict=True) if not yes and len(pages) > 1]
        return held, looked_into


def _chunks(records: list[list[Match]], size: int) -> Iterator[list[list[Match]]]:
    return (records[at : at + size] for at in range(0, len(records), size))


def _but_not(wanted: list[Expression], unwanted: list[Expression]) -> Expression:
    return ButNot(all_of(wanted), any_of(unwanted)) if unwanted else all_of(wanted)


def _order(match: Match) -> tuple[int, str]:
    return match.base, match.record_id


def _endings(asked: Asked) -> dict[str, tuple[str, ...]]:
    """For each prefix that was asked for the lexemes that begin so, where they are few enough to name."""
    known: dict[str, tuple[str, ...]] = {}
    for word in asked.prefixes:
        for start in {lexeme for tier in TIERS for lexeme in prefix_lexemes(word, tier)}:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT lexeme FROM index_word WHERE lexeme >= %s AND lexeme < %s ORDER BY lexeme LIMIT %s",
                    [start, start + "\U0010ffff", MOST_ENDINGS + 1],
                )
                found = tuple(lexeme for (lexeme,) in cursor.fetchall())
            if len(found) <= MOST_ENDINGS:
                known[start] = found
    return known


def _hits(best: list[_Best], asked: Asked) -> tuple[Hit, ...]:
    columns = (
        "pk",
        "number",
        "text",
        "record_id",
        "record__type_code",
        "record__type_name",
        "record__title",
        "record__issued_date",
    )
    filed = Filing.objects.filter(record=OuterRef("record")).order_by("dossier_code")
    pages = {
        row["pk"]: row
        for row in PageText.objects.filter(pk__in=[one.match.page_id for one in best])
        .annotate(dossier=Subquery(filed.values("dossier_code")[:1]))
        .values(*columns, "dossier")
    }
    return tuple(_hit(pages[one.match.page_id], one, asked) for one in best if one.match.page_id in pages)


def _hit(page: dict, one: _Best, asked: Asked) -> Hit:
    issued = page["record__issued_date"]
    return Hit(
        document_id=page["record_id"],
        dossier=page["dossier"] or "",
        title=" ".join(part for part in (page["record__type_name"], page["record__title"]) if part),
        type=page["record__type_code"],
        date=issued.isoformat() if issued else "",
        score=round(_WORTH[one.tier] + (0.06 if one.together else 0) + (0.03 if page["number"] == 0 else 0), 2),
        match=one.tier,
        page=page["number"],
        snippet=snippet(page["text"], asked, one.tier),
    )
