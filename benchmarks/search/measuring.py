"""One database in a process of its own: load, index, ask, and one line of JSON for each size."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import quantiles

import django
from django.core.management import call_command

from sohoa.storage.search import state

PEERS_EACH = 3  # questions of a kind: on a million pages the plain way takes seconds for one


def run(sizes: Sequence[int], *, each: int, with_peer: bool) -> None:
    """Prints to stdout; tells its steps to stderr. SOHOA_HOME and SOHOA_DATABASE_URL say which database."""
    django.setup()
    call_command("migrate", verbosity=0)
    from django.db import connection

    from benchmarks.search import loading, peer
    from benchmarks.search.papers import Maker
    from benchmarks.search.questions import questions
    from sohoa.storage.catalogue.records import PageText, Record
    from sohoa.storage.search.index import find, reindex

    maker = Maker()
    sample = [page for paper in maker.papers(0, 4000) for page in paper.pages[1:]]
    asked = questions(sample, each=each)
    for size in sizes:
        begun = time.monotonic()
        there = PageText.objects.count()
        if there < size:
            loading.load(maker, Record.objects.count(), size - there)
        _say(f"{connection.vendor} {size}: loaded in {time.monotonic() - begun:.0f} s")
        begun = time.monotonic()
        before = _resident()
        stale = _indexed(connection) < size
        if stale:
            reindex(lambda done, of: _say(f"{done} of {of}") if done % 50_000 == 0 else None)
        load = os.getloadavg()[0]
        seconds = time.monotonic() - begun
        _say(
            f"{connection.vendor} {size}: indexed in {seconds:.0f} s, {before >> 20} MiB before and {_resident() >> 20} MiB at most after"
        )
        figures = {
            "database": connection.vendor, "pages": size, "index_seconds": round(seconds, 1),
            "index_bytes_per_page": round(_index_size(connection) / size), "peak": _resident(), "load": round(load, 1),
            "ours": _times([(one.kind, lambda one=one: find(one.query, one.narrowed)) for one in asked]),
        }  # fmt: skip
        if with_peer:
            if stale:
                peer.make()
                _say(f"{connection.vendor} {size}: peer's index made")
            few = questions(sample, each=PEERS_EACH)
            figures["peer"] = _times([(one.kind, lambda one=one: peer.find(one.query, one.narrowed)) for one in few], rounds=1)
        print(json.dumps(figures), flush=True)


def _times(asked: Sequence[tuple[str, Callable[[], object]]], rounds: int = 3) -> dict[str, list[float]]:
    """Milliseconds by kind: p50, p95, most."""
    took: dict[str, list[float]] = {}
    for _ in range(rounds):
        for kind, ask in asked:
            begun = time.perf_counter()
            ask()
            spent = (time.perf_counter() - begun) * 1000
            for name in (kind, "all"):
                took.setdefault(name, []).append(spent)
    return {kind: [round(figure, 2) for figure in (_at(spent, 50), _at(spent, 95), max(spent))] for kind, spent in took.items()}


def _at(spent: list[float], percent: int) -> float:
    return quantiles(spent, n=100, method="inclusive")[percent - 1]


def _indexed(connection) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM page_entry_{state.seen().active}")
        return cursor.fetchone()[0]


def _index_size(connection) -> int:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"SELECT sum(length(block)) FROM page_index_{state.seen().active}_data")
            return cursor.fetchone()[0]
        cursor.execute(
            "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c, index_state s"
            " WHERE c.relname IN ('page_index_' || s.active, 'page_about_' || s.active)"
        )
        return int(cursor.fetchone()[0])


def _resident() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _say(what: str) -> None:
    print(f"· {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    Path(given["home"]).mkdir(parents=True, exist_ok=True)
    run(given["sizes"], each=given["each"], with_peer=given["peer"])
