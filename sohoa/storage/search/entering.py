"""Pages into a generation, so that it holds each as the catalogue has it now: done twice, nothing changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction

from sohoa.storage.catalogue.records import PageText
from sohoa.storage.search.facts import about
from sohoa.storage.search.forms import digest_of, lexemes
from sohoa.storage.search.model import Entry, Generation
from sohoa.storage.search.places import place_of

MOST_KNOWN = 200_000  # words a process keeps in mind: about 20 MB


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page as the catalogue has it. base: the place that its date, record and number give it."""

    page_id: int
    record_id: str
    base: int
    facts: tuple[str, ...]
    text: str
    digest: int

    @property
    def about(self) -> str:
        return " ".join(self.facts)


def wanted(page_ids: Iterable[int]) -> dict[int, Wanted]:
    """The pages of these that there still are."""
    pages = list(PageText.objects.filter(pk__in=list(page_ids)).values_list("id", "record_id", "number", "text"))
    known = about({record_id for _, record_id, _, _ in pages})
    return {
        page_id: Wanted(
            page_id,
            record_id,
            place_of(record_id, number, known[record_id].issued),
            known[record_id].lexemes,
            text,
            digest_of(text),
        )
        for page_id, record_id, number, text in pages
        if record_id in known
    }


def enter(into: Generation, page_ids: Sequence[int], pages: Mapping[int, Wanted], texts_before: Mapping[int, Sequence[str]]) -> int:
    """How many pages the generation had otherwise. texts_before: what these pages said earlier, by which they are taken out."""
    there = _entries(into.name, page_ids)
    changed: list[Wanted] = []
    gone = 0
    for page_id in page_ids:
        page, entry = pages.get(page_id), there.get(page_id)
        if entry and page and (entry.base, entry.about, entry.digest) == (page.base, page.about, page.digest):
            continue
        if entry:
            _take_out(into, entry, [*texts_before.get(page_id, ()), *([page.text] if page else [])])
            gone += page is None
        if page:
            changed.append(page)
    _put_in(into, changed)
    return len(changed) + gone


def _put_in(into: Generation, pages: Sequence[Wanted]) -> None:
    # By what they are, not by when they came: of two that want one place, which gets it should not depend on the order of work.
    pages = sorted(pages, key=lambda page: (page.base, page.record_id, page.page_id))
    taken = _taken(into.name, {page.base for page in pages})
    entries: list[Entry] = []
    for page in pages:
        place = page.base
        while place in taken:
            place += 1
            taken |= _taken(into.name, {place})
        taken.add(place)
        entries.append(
            Entry(place, page.page_id, page.record_id, page.base, page.about, page.digest, lexemes(page.text, page.facts))
        )
    if entries:
        into.add(entries)
        _remember(entries)


def _take_out(of: Generation, entry: Entry, texts: Iterable[str]) -> None:
    """With the words it was put in with. Where nobody knows them any more its words stay behind without a page, until `reindex`."""
    text = next((text for text in texts if digest_of(text) == entry.digest), None)
    with connection.cursor() as cursor:
        if text is None and connection.vendor == "sqlite":
            cursor.execute(f"UPDATE page_entry_{of.name} SET page_id = NULL WHERE place = %s", [entry.place])
            return
        of.remove(entry.place, lexemes(text or "", entry.about.split()))
        cursor.execute(f"DELETE FROM page_entry_{of.name} WHERE place = %s", [entry.place])


def _entries(name: str, page_ids: Sequence[int]) -> dict[int, Entry]:
    found: dict[int, Entry] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT place, page_id, record_id, base, about, digest FROM page_entry_{name} WHERE page_id IN ({holes(page_ids)})",
            list(page_ids),
        )
        for row in cursor.fetchall():
            found[row[1]] = Entry(*row, lexemes=())
    return found


def _taken(name: str, places: set[int]) -> set[int]:
    if not places:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT place FROM page_entry_{name} WHERE place IN ({holes(places)})", sorted(places))
        return {place for (place,) in cursor.fetchall()}


def _remember(entries: Iterable[Entry]) -> None:
    words = {lexeme for entry in entries for lexeme in entry.lexemes if lexeme[0] in "xfs"}
    # In one order, so that two processes that add the same words wait for each other and never in a ring.
    new = sorted(words - _known.words)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany("INSERT INTO index_word (lexeme) VALUES (%s) ON CONFLICT DO NOTHING", [(word,) for word in new])
        else:
            cursor.execute("INSERT INTO index_word (lexeme) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING", [new])
    transaction.on_commit(lambda: _known.add(new))


@dataclass
class _Known:
    """Words that are surely in the table, so that each page does not bring its "ủy ban" again."""

    words: set[str] = field(default_factory=set[str])

    def add(self, words: Sequence[str]) -> None:
        if len(self.words) > MOST_KNOWN:
            self.words.clear()
        self.words.update(words)


_known = _Known()


def forget_known() -> None:
    """At the start of a piece of work: since the last one the database may have become another, as after `sohoa rebuild`."""
    _known.words.clear()


def holes(values: Sequence[object] | set[int]) -> str:
    return ", ".join(["%s"] * len(values)) or "NULL"
