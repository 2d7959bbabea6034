"""One clear table: every figure, and ours as a ratio to each peer's."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.comparison import MEGABYTE, Comparison
from benchmarks.memory import Growth
from benchmarks.runners import OURS
from benchmarks.scoring import HANDWRITTEN, STRAY

# figure, what it is called, decimals, whether more is better; None begins a new block. A region that no page has is left out.
ROWS: tuple[tuple[str, str, int, bool] | None, ...] = (
    ("pages_per_minute", "pages a minute ↑", 1, True),
    ("cpu_seconds_per_page", "processor seconds a page ↓", 2, False),
    None,
    ("cer", "CER, all pages, % ↓", 2, False),
    ("cer_clean", "  clean", 2, False),
    ("cer_medium", "  medium", 2, False),
    ("cer_hard", "  hard", 2, False),
    None,
    ("cer_header", "  header", 2, False),
    ("cer_title", "  title, subject, addressee", 2, False),
    ("cer_body", "  body", 2, False),
    ("cer_table", "  table cells", 2, False),
    ("cer_signature", "  signature", 2, False),
    ("cer_recipients", "  recipients", 2, False),
    (f"cer_{HANDWRITTEN}", "  lines with handwriting", 2, False),
    ("cer_other", "  other", 2, False),
    (f"cer_{STRAY}", "  strays (% of all letters)", 2, False),
    None,
    ("tone_damage", "tone damage, % ↓", 2, False),
    ("wer", "wrong words, % ↓", 2, False),
    None,
    ("output_megabytes", "output, MB ↓", 1, False),
    ("peak_memory_mebibytes", "peak memory, MiB ↓", 0, False),
)


def show(comparison: Comparison, console: Console) -> None:
    console.print(_table(comparison))
    of, machine = comparison.versions, comparison.machine
    console.print(
        f"{comparison.pages} pages, seed {comparison.seed}, scan {comparison.scan / MEGABYTE:.1f} MB; "
        f"{'medians of ' + str(comparison.rounds) + ' interleaved rounds' if comparison.rounds > 1 else 'one round'}. "
        f"A ratio is sohoa / peer: above 1 is better where ↑, below 1 where ↓.\n"
        f"PDF/A-2b by pikepdf: {', '.join(f'{s.name} {_yes(s.pdfa)}' for s in comparison.standings)}.\n"
        f"sohoa {of['sohoa']}, OCRmyPDF {of['ocrmypdf']}, Tesseract {of['tesseract']} (vie), Ghostscript {of['ghostscript']}; "
        f"{machine['cores']} × {machine['kind']}, load {machine['load_before']} before the first run.\n"
        "Speed and memory are of this machine in this minute; compare ratios, and mind the load.",
        style="dim",
    )


def _table(comparison: Comparison) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    table.add_column("")
    table.add_column(OURS, justify="right", style="bold")
    for standing in comparison.standings[1:]:
        table.add_column(standing.name, justify="right")
        table.add_column("ratio", justify="right")
    figures = [standing.figures() for standing in comparison.standings]
    ratios = comparison.ratios()
    for row in ROWS:
        if row is None:
            table.add_section()
            continue
        name, called, decimals, more_is_better = row
        if not any(name in told for told in figures):
            continue
        cells = [f"{figures[0].get(name, 0):.{decimals}f}"]
        for told, standing in zip(figures[1:], comparison.standings[1:], strict=True):
            cells += [f"{told.get(name, 0):.{decimals}f}", _ratio(ratios[standing.name].get(name), more_is_better)]
        table.add_row(called, *cells)
    return table


def _ratio(ratio: float | None, more_is_better: bool) -> str:
    if ratio is None:
        return "—"
    shown = f"{ratio:.2f}"
    if abs(ratio - 1) < 0.005:
        return shown
    return f"[green]{shown}[/]" if (ratio > 1) == more_is_better else f"[red]{shown}[/]"


def show_growth(growths: list[Growth], console: Console) -> None:
    few, many = growths[0].few_pages, growths[0].many_pages
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    table.add_column("peak memory, MiB")
    for head in (f"{few} pages", f"{many} pages", "ratio", f"{many} pages, seconds"):
        table.add_column(head, justify="right")
    for growth in growths:
        table.add_row(f"{growth.name}: with all children", *_pair(growth.few.peak, growth.many.peak), f"{growth.many.seconds:.0f}")
        table.add_row(f"{growth.name}: largest process", *_pair(growth.few.largest, growth.many.largest), "")
    console.print(table)
    console.print(
        f"The scans: {growths[0].few_bytes / MEGABYTE:.1f} and {growths[0].many_bytes / MEGABYTE:.1f} MB. Goal: 1.30 or less.",
        style="dim",
    )


def _pair(few: int, many: int) -> tuple[str, str, str]:
    return f"{few / (1 << 20):.0f}", f"{many / (1 << 20):.0f}", f"{many / few:.2f}"


def _yes(so: bool) -> str:
    return "yes" if so else "no"
