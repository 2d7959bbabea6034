"""The figures on a screen."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks.understanding.figures import Run
from benchmarks.understanding.judging import FIELDS, SUBJECT_SLIPS, TYPE, Judged
from benchmarks.understanding.papers import LAYOUTS
from benchmarks.understanding.risk import ALLOWED, Share


def show(run: Run, console: Console) -> None:
    console.print(_exact(run))
    console.print(_straight(run))
    console.print(_reviews(run))
    _foot(run, console)


def _table(*heads: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(heads[0], no_wrap=True)
    for head in heads[1:]:
        table.add_column(head, justify="right")
    return table


def _columns(run: Run) -> dict[str, Run]:
    return {"all": run, "clean+medium": run.group("clean", "medium"), **{group: run.group(group) for group in run.groups}}


def _exact(run: Run) -> Table:
    columns = _columns(run)
    table = _table("exactly right, %", *columns)
    table.add_row("papers", *(str(len(of.papers)) for of in columns.values()))
    table.add_row("type", *(_percent(of.exact(TYPE)) for of in columns.values()))
    for name in FIELDS:
        table.add_row(f"{name}, printed", *(_percent(of.exact(name, written=False)) for of in columns.values()))
        if any(field.written for field in run.fields(name)):
            table.add_row(f"{name}, by pen", *(_percent(of.exact(name, written=True)) for of in columns.values()))
            table.add_row("  in the best three", *(_percent(of.among_best_three(name)) for of in columns.values()))
    table.add_section()
    table.add_row("number + notation + date, printed", *(_percent(of.printed_key()) for of in columns.values()))
    table.add_row("subject CER", *(_number(of.subject_errors()) for of in columns.values()))
    return table


def _straight(run: Run) -> Table:
    columns = _columns(run)
    table = _table("straight through", *columns)
    table.add_row("papers, %", *(_percent(of.straight()) for of in columns.values()))
    table.add_row("  95 % from – to", *(_interval(of.straight().wilson) for of in columns.values()))
    table.add_row("wrong fields among them, %", *(_percent(of.wrong_when_straight()) for of in columns.values()))
    table.add_row("  95 % at most", *(_most(of.wrong_when_straight()) for of in columns.values()))
    table.add_row("papers of them with a wrong field, %", *(_percent(of.spoilt_when_straight()) for of in columns.values()))
    table.add_row("wrong of all fields sent to nobody, %", *(_percent(of.wrong_unseen()) for of in columns.values()))
    table.add_section()
    for of_group in ("with a pen's number or day", "  straight through", "  of those wrong in it"):
        place = ("with a pen's number or day", "  straight through", "  of those wrong in it").index(of_group)
        table.add_row(of_group, *(str(of.written_straight()[place]) for of in columns.values()))
    table.add_section()
    curves = [of.curve() for of in columns.values()]
    widest = [curve.widest() for curve in curves]
    table.add_row(f"could pass at ≤ {ALLOWED:.1%} wrong, %", *(f"{100 * point.coverage:.0f}" if point else "0" for point in widest))
    table.add_row("  down to a certainty of", *(f"{point.certainty:.2f}" if point else "" for point in widest))
    table.add_row("AURC, %", *(_number(curve.area) for curve in curves))
    return table


def _reviews(run: Run) -> Table:
    table = _table("what goes to a person", "papers", "right all along", "rightly sent", "wrong, unseen", "not found, unseen")
    for load in run.loads():
        if load.sent or load.slipped or load.omitted:
            table.add_row(load.field, *(str(n or "·") for n in (load.sent, load.needless, load.caught, load.slipped, load.omitted)))
    return table


def _foot(run: Run, console: Console) -> None:
    confused = ", ".join(f"{truth} taken for {verdict or 'nothing'} {count}×" for truth, verdict, count in run.confusions())
    bands = "; ".join(f"from {low:g}: {_percent(share)} of {share.whole}" for low, share in run.calibration() if share.whole)
    each = 1000 * run.seconds / run.pages if run.pages else 0.0
    console.print(
        f"Types confused: {confused or 'none'}.\n"
        f"Right by confidence, %: {bands}.\n"
        f"{len(run.papers)} papers, seed {run.seed}, read {run.mode}; {each:.0f} ms of processor a page for understanding. "
        f"A subject is right with {SUBJECT_SLIPS:.0%} of its letters wrong or fewer. "
        f"{LAYOUTS}: papers as the sample office never lays them out.",
        style="dim",
        markup=False,
    )


def show_fields(fields: Sequence[Judged], console: Console) -> None:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    for head in ("paper", "field", "", "sent to", "conf.", "on the paper", "told"):
        table.add_column(head, overflow="fold")
    for field in fields:
        table.add_row(
            escape(field.paper),
            field.field + (" ✎" if field.written else ""),
            field.outcome,
            "review" if field.in_review else "[red]nobody[/]" if field.false else "nobody",
            f"{field.confidence:.2f}",
            escape(field.truth),
            escape(field.value),
        )
    console.print(table)


def _percent(share: Share) -> str:
    return "—" if share.value is None else f"{100 * share.value:.1f}"


def _number(value: float | None) -> str:
    return "—" if value is None else f"{100 * value:.2f}"


def _interval(bounds: tuple[float, float]) -> str:
    return f"{100 * bounds[0]:.0f} – {100 * bounds[1]:.0f}"


def _most(share: Share) -> str:
    return f"{100 * share.exact[1]:.1f}" if share.whole else "—"
