"""The report on signatures, as Markdown: build/conformance/signing.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tests.conformance.matrix import LOOKS, Cell
from tests.conformance.verdicts import JUDGES, Said

REPORT = Path(__file__).parents[2] / "build" / "conformance" / "signing.md"
FINE = "✓"

Heard = Mapping[Cell, Mapping[str, Said]]


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A paper that was tampered with, or honestly changed, and what was said of it. dss: a line for each signature; warned: there is
    something about it that DSS does not say of the paper before."""

    name: str
    ours: str
    dss: tuple[str, ...]
    warned: bool

    @property
    def passed(self) -> bool:
        return any(line.startswith("TOTAL_PASSED") for line in self.dss)


@dataclass(frozen=True, slots=True)
class Aged:
    """A file at a later time, and what was said of it then. renewals: how often it had been renewed."""

    key: str
    years: float
    renewals: int
    dss: str
    ours: str


def matrix_section(heard: Heard) -> str:
    """A row for each level and key; a column for each look, over all judges, and for each judge, over all looks."""
    head = ("level", "key", *LOOKS, *JUDGES)
    rows = [_row(list(cells), heard) for _, cells in groupby(heard, lambda cell: (cell.level, cell.key, cell.coded))]
    return "\n\n".join(("# Signatures before the judges", _table(head, rows), *_exceptions(heard)))


def renewal_section(aged: Iterable[Aged]) -> str:
    rows = [(one.key, f"{one.years:g}", str(one.renewals), one.dss, one.ours) for one in aged]
    return "\n\n".join(("## Renewed at B-LTA, and judged later", _table(("key", "years later", "renewals", "DSS", "sohoa"), rows)))


def attacks_section(attacks: Sequence[Spoilt], honest: Sequence[Spoilt]) -> str:
    """For information: DSS looks at what was signed and warns of the rest, we refuse it."""
    passed = [one for one in attacks if one.passed]
    told = (
        f"Of {len(attacks)} papers that were tampered with, DSS passes a signature in {len(passed)}; ours are `ok` in none."
        f" It passes these without a warning: {', '.join(one.name for one in passed if not one.warned)}."
    )

    def rows(some: Iterable[Spoilt]) -> list[tuple[str, ...]]:
        return [(one.name, one.ours, "<br>".join(dict.fromkeys(one.dss)) or "no signature") for one in some]

    head = ("what was done", "sohoa", "DSS")
    return "\n\n".join(
        ("## Tampered with", told, _table(head, rows(attacks)), "## Changed afterwards, honestly", _table(head, rows(honest)))
    )


def write_report(*sections: str) -> None:
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text("\n\n".join(sections) + "\n", encoding="utf-8")


def _row(cells: list[Cell], heard: Heard) -> tuple[str, ...]:
    by_look = {cell.look: [name for name in JUDGES if heard[cell][name].complaints] for cell in cells}
    looks = (FINE if by_look.get(look) == [] else f"✗ {', '.join(by_look[look])}" if look in by_look else "" for look in LOOKS)
    level = cells[0].level.said.removeprefix("PAdES-")
    key = cells[0].key + (", a QR code first" if cells[0].coded else "")
    return (level, key, *looks, *(_over_all([heard[cell][name] for cell in cells]) for name in JUDGES))


def _over_all(said: list[Said]) -> str:
    fine = [one for one in said if not one.complaints]
    return f"{said[0].words} {len(fine)}/{len(said)}"


def _exceptions(heard: Heard) -> Iterator[str]:
    lines = [
        f"- {cell.name}, {name}: {complaint}"
        for cell, told in heard.items()
        for name, said in told.items()
        for complaint in said.complaints
    ]
    if lines:
        yield "Not as expected:"
        yield "\n".join(lines)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    wide = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(cell.ljust(width) for cell, width in zip(cells, wide, strict=True))} |"

    return "\n".join((line(head), line(["-" * width for width in wide]), *map(line, rows)))
