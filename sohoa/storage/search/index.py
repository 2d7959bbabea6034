"""Full-text search that hears tones: an exact index and a folded one, exact hits above folded ones.

SQLite FTS5, contentless; one Python tokeniser (kernel.text.tokens) feeds both the index and the query, because the database's
own would break `05/QĐ-UBND` and fold only half of Vietnamese. Query words are quoted one by one: nothing of what a
person types reaches the query language.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import date

from django.db import connection, models, transaction

from sohoa.kernel.text import fold, nfc, tokens
from sohoa.storage.catalogue.records import Filing, PageText

RANKED = 1000  # only the newest matches are ranked: ranking costs per match, and a common word has a page of its own everywhere
SNIPPET_LETTERS = 160


@dataclass(frozen=True, slots=True)
class Hit:
    """match: "exact" or "folded". snippet: HTML-escaped text with `<mark>` around what was found. score: higher is better."""

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
class Narrowed:
    """Filters of a search; empty means any. unit: code; date_from and date_to: of the paper's own date, inclusive."""

    type: str = ""
    unit: str = ""
    date_from: date | None = None
    date_to: date | None = None


def add_page(page: PageText) -> None:
    """Index a page, once: inside the transaction that saves it."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO page_index(rowid, exact, folded) VALUES (%s, %s, %s)", [page.pk, *_indexed(page.text)])


@transaction.atomic
def change_page(page: PageText, text: str) -> None:
    """Give a saved and indexed page another text, in the table and in the index."""
    with connection.cursor() as cursor:
        # A contentless index keeps no text to look up: what is taken out must be told word for word as it was put in.
        taken_out = [page.pk, *_indexed(page.text)]
        cursor.execute("INSERT INTO page_index(page_index, rowid, exact, folded) VALUES ('delete', %s, %s, %s)", taken_out)
    page.text = text
    page.save()
    add_page(page)


def _indexed(text: str) -> tuple[str, str]:
    words = " ".join(tokens(text))
    return words, fold(words)


def search(query: str, narrowed: Narrowed = Narrowed(), *, limit: int = 20) -> list[Hit]:
    """The best page of each record, exact tones first; an empty list when nothing is asked or found."""
    asked = tokens(query)
    if not asked:
        return []
    hits: dict[str, Hit] = {}
    for match, words in (("exact", asked), ("folded", [fold(word) for word in asked])):
        for page_id, score in _matches(match, words):
            if len(hits) >= limit:
                break
            page = _narrowed_page(page_id, narrowed)
            if page and page.record_id not in hits:
                hits[page.record_id] = _hit(page, match, score, words)
    return list(hits.values())


def _matches(column: str, words: list[str]) -> list[tuple[int, float]]:
    expression = f"{column}: (" + " AND ".join(f'"{word}"' for word in words) + ")"
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute(
            "SELECT rowid, -rank FROM (SELECT rowid, bm25(page_index) AS rank FROM page_index WHERE page_index MATCH %s"
            " ORDER BY rowid DESC LIMIT %s) ORDER BY rank",
            [expression, RANKED],
        )
        return cursor.fetchall()


def _narrowed_page(page_id: int, narrowed: Narrowed) -> PageText | None:
    wanted = models.Q(pk=page_id)
    if narrowed.type:
        wanted &= models.Q(record__type_code__iexact=narrowed.type)
    if narrowed.unit:
        in_unit = Filing.objects.filter(component__dossier__unit_id=narrowed.unit).values("record")
        as_result = Filing.objects.filter(result__dossier__unit_id=narrowed.unit).values("record")
        wanted &= models.Q(record__unit=narrowed.unit) | models.Q(record__in=in_unit) | models.Q(record__in=as_result)
    if narrowed.date_from:
        wanted &= models.Q(record__issued_date__gte=narrowed.date_from)
    if narrowed.date_to:
        wanted &= models.Q(record__issued_date__lte=narrowed.date_to)
    return PageText.objects.select_related("record").filter(wanted).first()


def _hit(page: PageText, match: str, score: float, words: list[str]) -> Hit:
    record = page.record
    filing = record.filings.order_by("pk").first()
    return Hit(
        document_id=record.pk,
        dossier=filing.dossier_code if filing else "",
        title=" ".join(part for part in (record.type_name, record.title) if part),
        type=record.type_code,
        date=record.issued_date.isoformat() if record.issued_date else "",
        score=round(score, 4),
        match=match,
        page=page.number,
        snippet=snippet(page.text, words, folded=match == "folded"),
    )


def snippet(text: str, words: list[str], *, folded: bool) -> str:
    """The neighbourhood of the first word found, on one line; folding keeps length, so offsets in folded text are offsets in ours."""
    text = re.sub(r"\s+", " ", nfc(text))
    looked_at = fold(text) if folded else text.lower()
    if len(looked_at) != len(text):
        looked_at = text  # a letter whose lower case is longer (Turkish İ): give up marking rather than mark the wrong place
    found = [place.span() for place in re.finditer(r"[^\W_]+", looked_at) if place.group() in set(words)]
    start = max(0, found[0][0] - SNIPPET_LETTERS // 3) if found else 0
    end = min(len(text), start + SNIPPET_LETTERS)
    pieces, at = ["…" if start else ""], start
    for left, right in found:
        if at <= left and right <= end:
            pieces += [html.escape(text[at:left], quote=False), "<mark>", html.escape(text[left:right], quote=False), "</mark>"]
            at = right
    return "".join([*pieces, html.escape(text[at:end], quote=False), "…" if end < len(text) else ""])
