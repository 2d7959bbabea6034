"""What was wrong on real pages: by file, by source, the worth of the flags, and errors against processor time."""

from __future__ import annotations

from collections.abc import Callable

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.reading.matching import Flags, Words
from benchmarks.reading.real import FLAGGED, RealReading

PROSE_GOALS = {"sohoa fast": 0.8, "sohoa accurate": 0.45}  # wrong words in %
CAUGHT_GOAL = 60  # % of what is wrong among the words flagged


def show(reading: RealReading, console: Console) -> None:
    console.print(_by_file(reading, "wrong words of running text, %", lambda read: read.prose))
    console.print(_by_file(reading, "wrong words of all print, %", lambda read: read.everything))
    for reader in reading.ours:
        for raw, files in reading.worse_than_raw(reader).items():
            console.print(
                f"{reader}: {'worse than ' + raw + ' on ' + ', '.join(files) if files else 'on no file worse than ' + raw}"
            )
    console.print(_flags(reading))
    console.print(_curve(reading))
    console.print(
        "Words of the truth not found in order in the reading. Not counted: handwriting, seals, digital stamps, page numbers. "
        "Running text is matched over the page, everything else line by line. Goals on running text: "
        + ", ".join(f"{reader} {goal} %" for reader, goal in PROSE_GOALS.items())
        + f"; {CAUGHT_GOAL} % of wrong words among the {100 * FLAGGED:.0f} % flagged.\n"
        f"Tesseract {reading.versions.get('tesseract', '?')}, {reading.machine.get('cores')} × {reading.machine.get('kind')}.",
        style="dim",
    )


def _table(*heads: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for number, head in enumerate(heads):
        table.add_column(head, justify="right" if number else "left")
    return table


def _by_file(reading: RealReading, called: str, of: Callable[[RealReading], Callable[..., Words]]) -> Table:
    table = _table(called, "words", *reading.readers)
    told = of(reading)
    for source in reading.sources:
        for file in (file for of_source, file in reading.files if of_source == source):
            best = min(told(raw, source=source, file=file).wrong for raw in reading.raw)
            words = [told(reader, source=source, file=file) for reader in reading.readers]
            cells = [
                _share(found, best if reader in reading.ours else None)
                for reader, found in zip(reading.readers, words, strict=True)
            ]
            table.add_row(file, str(words[0].words), *cells)
        whole = [told(reader, source=source) for reader in reading.readers]
        tones = [f"{found.share:.2f} (marks {100 * found.tone / max(found.words, 1):.2f})" for found in whole]
        table.add_row(f"all of source: {source}", str(whole[0].words), *tones, style="bold")
        table.add_section()
    return table


def _share(found: Words, best_raw: int | None) -> str:
    shown = f"{found.share:.2f}"
    return f"[red]{shown} ![/]" if best_raw is not None and found.wrong > best_raw else shown


def _flags(reading: RealReading) -> Table:
    table = _table(
        "flags in running text", "source", "words", "wrong", "own flags, % of words", "caught, %", "least sure 2 %: caught, %"
    )
    for reader in reading.ours:
        for source in reading.sources:
            own, least = reading.flags(reader, source)
            share = f"{100 * own.flagged / own.read:.1f}" if own.read else "—"
            table.add_row(reader, source, str(own.read), str(own.wrong), share, _caught(own), _caught(least))
    return table


def _caught(flags: Flags) -> str:
    return f"{100 * flags.caught / flags.wrong:.0f}" if flags.wrong else "nothing wrong"


def _curve(reading: RealReading) -> Table:
    table = _table(
        "errors against processor time", "s a page", *(f"{source}, % wrong" for source in reading.sources), "all sources, % wrong"
    )
    for reader in sorted(reading.readers, key=reading.cpu):
        cells = [f"{reading.prose(reader, source=source).share:.2f}" for source in reading.sources]
        table.add_row(reader, f"{reading.cpu(reader):.2f}", *cells, f"{reading.prose(reader).share:.2f}")
    return table
