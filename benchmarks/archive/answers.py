"""What the catalogue answers, so that two can be compared byte for byte: indicators, searches, the log's head and root."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from benchmarks.archive.office import UNITS, Office, sentences
from sohoa.storage.archive import document_id_of
from sohoa.storage.audit import chain
from sohoa.storage.audit.canonical import line_of
from sohoa.storage.audit.merkle import Tree, leaf_hash
from sohoa.storage.indicators.count import count
from sohoa.storage.indicators.period import period_of
from sohoa.storage.search.index import Narrowed, drain, find

PERIODS = (("2026", "civil"), ("2026-H1", "admin"), ("2026-Q2", "civil"), ("2026-05", "admin"), ("2026-03-01..2026-04-11", "civil"))


def answers(office: Office) -> dict[str, str]:
    """One JSON text for each of indicators, search and audit."""
    drain()
    told = {"indicators": list(_indicators()), "search": list(_searches(office)), "audit": _audit()}
    return {name: json.dumps(said, ensure_ascii=False, sort_keys=True) for name, said in told.items()}


def _indicators() -> Iterator[dict[str, Any]]:
    for given, calendar in PERIODS:
        figures = count(period_of(given, calendar), by_unit=True)
        yield {"period": given, "calendar": calendar, "rows": [figure.as_dict() for figure in figures]}


def _searches(office: Office) -> Iterator[dict[str, Any]]:
    for query, narrowed in questions(office):
        yield {"query": query, "found": asdict(find(query, narrowed))}


def questions(office: Office) -> list[tuple[str, Narrowed]]:
    """Thirty: words frequent and rare, without tones, phrases, beginnings, numbers, codes, filters, and one that finds nothing."""
    said = [sentences(office.seed)[place * 97 % 3000].split() for place in range(1, 9)]
    paper = office.paper(office.records // 2)
    plain = [
        *("quyết định", "quyet dinh", "hợp đồng", "ủy ban nhân dân", "uy ban nhan dan", "biên bản", "Số: 17/2026"),
        *(" ".join(words[1:4]) for words in said[:4]),
        *(f'"{" ".join(words[:3])}"' for words in said[2:6]),
        *("số hóa hồ sơ", "đất đai", "quyêt đinh", "nông thôn mớ*", "không đâu có chữ này qxz"),
        *(office.code(0), office.code(office.dossiers // 2), document_id_of(paper.sha256), paper.subject),
    ]
    any_of = Narrowed()
    narrow = [
        ("quyết định", Narrowed(unit=UNITS[0][0])),
        ("tờ trình", Narrowed(unit=UNITS[2][0])),
        ("thông báo", Narrowed(type="TB")),
        ("hợp đồng", Narrowed(signature="none")),
        ("hạnh phúc", Narrowed(dossier=office.code(office.dossiers // 3))),
        ("hạnh phúc", Narrowed(procedure="1.009003", signature="ok")),
    ]
    return [*((query, any_of) for query in plain), *narrow]


def _audit() -> dict[str, Any]:
    tree, last = Tree(), None
    for event in chain.events():
        tree.add(leaf_hash(line_of(event)))
        last = event
    return {"size": tree.size, "root": tree.root.hex(), "head": last.hash if last else ""}
