"""One clear table: every figure, and ours as a ratio to each peer's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.reading.comparison import MEGABYTE, Comparison
from benchmarks.reading.pages import STRENGTHS, UNSEEN
from benchmarks.reading.scoring import HANDWRITTEN, STRAY

REGIONS = {
    "header": "header",
    "title": "title, subject, addressee",
    "body": "body",
    "table": "table cells",
    "signature": "signature",
    "recipients": "recipients",
    HANDWRITTEN: "lines with handwriting",
    "other": "other",
    STRAY: "strays (% of all)",
}
RATES = {"cer": "CER, letters wrong, %", "wer": "WER, words wrong, %", "tone": "tone-only errors, % of letters"}


@dataclass(frozen=True, slots=True)
class Row:
    """figure: its name; called: in the table. more_is_better: decides the colour of a ratio, and the arrow."""

    figure: str
    called: str
    decimals: int = 2
    more_is_better: bool = False
    begins: bool = False  # a new block


def rows() -> Iterator[Row]:
    yield Row("pages_per_minute", "pages a minute, PDF/A included", 1, more_is_better=True)
    yield Row("cpu_seconds_per_page", "processor seconds a page")
    yield Row("output_megabytes", "output, MB", 1)
    yield Row("peak_process_mebibytes", "peak memory, largest process, MiB", 0)
    yield Row("peak_tree_mebibytes", "peak memory, all processes, MiB", 0)
    yield Row("reading_order", "reading order, % of steps right", 1, more_is_better=True)
    yield from (Row(f"reading_order_{strength}", f"  {strength}", 1, more_is_better=True) for strength in (*STRENGTHS, UNSEEN))
    for rate, called in RATES.items():
        yield Row(rate, called, begins=True)
        yield from (Row(f"{rate}_{strength}", f"  {strength}") for strength in (*STRENGTHS, UNSEEN))
        yield from (Row(f"{rate}_{region}", f"    {name}") for region, name in REGIONS.items())
    yield Row("single", "CER of the first reading alone, %", begins=True)
    yield from (Row(f"single_{region}", f"    {name}") for region, name in REGIONS.items())


def show(comparison: Comparison, console: Console) -> None:
    console.print(_table(comparison))
    of, machine = comparison.versions, comparison.machine
    console.print(
        f"{comparison.pages} pages, seed {comparison.seed}, scan {comparison.scan / MEGABYTE:.1f} MB; "
        f"{'medians of ' + str(comparison.rounds) + ' interleaved rounds' if comparison.rounds > 1 else 'one round'}. "
        f"A ratio is sohoa / peer: above 1 is better where ↑, below 1 where ↓.\n"
        f"PDF/A-2b by pikepdf: {', '.join(f'{s.name} {_yes(s.pdfa)}' for s in comparison.standings)}.\n"
        f"sohoa {of['sohoa']}, OCRmyPDF {of['ocrmypdf']} (vie), Tesseract {of['tesseract']}, Ghostscript {of['ghostscript']}; "
        f"{machine['cores']} × {machine['kind']}, load {machine['load_before']} before the first run.\n"
        "Speed and memory are of this machine in this minute; compare ratios, and mind the load.",
        style="dim",
    )


def _table(comparison: Comparison) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    for standing in comparison.standings:
        table.add_column(standing.name, justify="right", style="bold" if standing.ours else None)
    ratios = comparison.ratios()
    for ours, peers in ratios.items():
        for peer in peers:
            table.add_column(f"{_short(ours)} / {_short(peer)}", justify="right")
    figures = [standing.figures() for standing in comparison.standings]
    for row in rows():
        if not any(row.figure in told for told in figures):
            continue  # no page has that region
        if row.begins:
            table.add_section()
        cells = [_cell(told, row) for told in figures]
        if not row.figure.startswith("single"):
            cells += [_ratio(told.get(row.figure), row.more_is_better) for peers in ratios.values() for told in peers.values()]
        table.add_row(f"{row.called} {'↑' if row.more_is_better else '↓'}", *cells)
    return table


def _cell(told: dict[str, float], row: Row) -> str:
    """Of a candidate that makes no strays there are none; of a peer's first reading nothing is known."""
    if row.figure not in told and row.figure.startswith("single"):
        return ""
    return f"{told.get(row.figure, 0):.{row.decimals}f}"


def _short(name: str) -> str:
    """`fast`, `accurate`, `OCRmyPDF`, `Sauvola`: ten columns have to stand side by side."""
    return name.split()[-1]


def _ratio(ratio: float | None, more_is_better: bool) -> str:
    if ratio is None:
        return "—"
    shown = f"{ratio:.2f}"
    if abs(ratio - 1) < 0.005:
        return shown
    return f"[green]{shown}[/]" if (ratio > 1) == more_is_better else f"[red]{shown}[/]"


def _yes(so: bool) -> str:
    return "yes" if so else "no"
