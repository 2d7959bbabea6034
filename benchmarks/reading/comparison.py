"""One comparison: the same pages through every candidate, the runs interleaved so that a busy minute hits them all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import pikepdf.pdfa

from benchmarks.programs import machine, versions
from benchmarks.reading.candidates import Candidate, Places, ReadPage, candidates
from benchmarks.reading.order import Order, in_order, order
from benchmarks.reading.pages import all_pages, write_scan
from benchmarks.reading.scoring import ReadWord, Tally, score, total
from benchmarks.watching import Watched
from sohoa.pipeline.sources.sampleoffice import SamplePage

Tell = Callable[[str], None]
Cells = dict[str, dict[str, Tally]]
MEGABYTE = 1_000_000
MEBIBYTE = 1 << 20

# What is told of a tally, in %: letters wrong, words wrong, letters whose marks alone are wrong.
RATES: dict[str, Callable[[Tally], float]] = {
    "cer": lambda tally: tally.cer,
    "wer": lambda tally: tally.wer,
    "tone": lambda tally: tally.tone_damage,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What one candidate did over all rounds; its PDF is the same in every round, so it is scored once.

    cells: tallies by strength and group. single: the same for its first reader alone, where that is known. orders: by strength.
    """

    name: str
    ours: bool
    runs: tuple[Watched, ...]
    pages: int
    output: int  # bytes
    pdfa: bool
    cells: Cells
    orders: dict[str, Order]
    single: Cells | None = None

    @property
    def everything(self) -> Tally:
        return total(tally for groups in self.cells.values() for tally in groups.values())

    @property
    def strengths(self) -> dict[str, Tally]:
        return {strength: total(groups.values()) for strength, groups in self.cells.items()}

    @property
    def groups(self) -> dict[str, Tally]:
        return by_group(self.cells)

    def figures(self) -> dict[str, float]:
        """Medians over the rounds; nothing is rounded."""
        return {
            "pages_per_minute": 60 * self.pages / median(run.seconds for run in self.runs),
            "cpu_seconds_per_page": median(run.cpu for run in self.runs) / self.pages,
            "output_megabytes": self.output / MEGABYTE,
            "peak_tree_mebibytes": median(run.peak for run in self.runs) / MEBIBYTE,
            "peak_process_mebibytes": median(run.largest for run in self.runs) / MEBIBYTE,
            "reading_order": in_order(self.orders.values()).share,
            **{f"reading_order_{strength}": order.share for strength, order in self.orders.items()},
            **{name: figure for rate in RATES for name, figure in self._rates(rate)},
            **self._single(),
        }

    def _rates(self, rate: str) -> Iterable[tuple[str, float]]:
        of = RATES[rate]
        yield rate, of(self.everything)
        yield from ((f"{rate}_{strength}", of(tally)) for strength, tally in self.strengths.items())
        yield from ((f"{rate}_{group}", self._rate(rate, tally)) for group, tally in self.groups.items())

    def _single(self) -> dict[str, float]:
        if self.single is None:
            return {}
        groups = by_group(self.single)
        return {"single": total(groups.values()).cer, **{f"single_{name}": of.cer for name, of in groups.items() if of.letters}}

    def _rate(self, rate: str, tally: Tally) -> float:
        """Words on no row have no letters of their own to be compared with: they are given in % of all."""
        if tally.letters:
            return RATES[rate](tally)
        whole = self.everything
        return RATES[rate](Tally(whole.letters, tally.errors, tally.toneless, whole.words, tally.wrong))

    def crossed(self) -> dict[str, dict[str, dict[str, float]]]:
        """Every rate by strength and group, where the truth has letters."""
        return {
            strength: {name: {rate: of(tally) for rate, of in RATES.items()} for name, tally in groups.items() if tally.letters}
            for strength, groups in self.cells.items()
        }


def by_group(cells: Cells) -> dict[str, Tally]:
    """Over all strengths."""
    names = sorted({name for groups in cells.values() for name in groups})
    return {name: total(groups[name] for groups in cells.values() if name in groups) for name in names}


@dataclass(frozen=True, slots=True)
class Comparison:
    seed: int
    rounds: int
    pages: int
    letters: dict[str, int]  # of the truth, by group
    scan: int  # bytes
    standings: tuple[Standing, ...]
    machine: dict[str, Any]
    versions: dict[str, str]

    def ratios(self) -> dict[str, dict[str, dict[str, float | None]]]:
        """Each of ours over each peer, figure by figure; None where the peer's is 0."""
        ours = {standing.name: standing.figures() for standing in self.standings if standing.ours}
        peers = {standing.name: standing.figures() for standing in self.standings if not standing.ours}
        return {
            name: {
                peer: {figure: _ratio(value, theirs.get(figure)) for figure, value in told.items()}
                for peer, theirs in peers.items()
            }
            for name, told in ours.items()
        }

    def as_dict(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "rounds": self.rounds,
            "pages": self.pages,
            "letters": self.letters,
            "scan_megabytes": self.scan / MEGABYTE,
            "figures": {standing.name: {**standing.figures(), "pdfa": standing.pdfa} for standing in self.standings},
            "by_strength_and_region": {standing.name: standing.crossed() for standing in self.standings},
            "ratios": self.ratios(),
            "machine": self.machine,
            "versions": self.versions,
        }


def _ratio(ours: float, theirs: float | None) -> float | None:
    return ours / theirs if theirs else None


def compare(seed: int, rounds: int, *, tell: Tell, keep: Path | None = None, limit: int | None = None) -> Comparison:
    """keep: a folder that shall hold the scan and the PDFs; otherwise they are gone afterwards. limit: so many pages of each
    strength only, for a quick look. Raises RunFailed, ProgramAbsent."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="sohoa-bench-") as scratch:
            return _compare(Path(scratch), seed, rounds, tell, limit)
    keep.mkdir(parents=True, exist_ok=True)
    return _compare(keep.resolve(), seed, rounds, tell, limit)


def _compare(folder: Path, seed: int, rounds: int, tell: Tell, limit: int | None) -> Comparison:
    runners = candidates()
    tell(f"making the pages (seed {seed})")
    pages = {strength: pages[:limit] for strength, pages in all_pages(seed).items()}
    scan = folder / "pages.pdf"
    write_scan([page.jpeg for pages in pages.values() for page in pages], scan)
    places = {runner.name: _places(folder, scan, runner) for runner in runners}
    ran_on = machine()
    runs: dict[str, list[Watched]] = {runner.name: [] for runner in runners}
    for number in range(1, rounds + 1):
        for runner in runners:
            tell(f"round {number} of {rounds}: {runner.name}")
            runs[runner.name].append(runner.run(places[runner.name]))
    tell("scoring (with one more run of each of ours, for its words)")
    standings = tuple(_standing(runner, runs[runner.name], places[runner.name], pages) for runner in runners)
    letters = {group: tally.letters for group, tally in standings[0].groups.items()}
    count = sum(map(len, pages.values()))
    return Comparison(seed, rounds, count, letters, scan.stat().st_size, standings, ran_on, versions())


def _places(folder: Path, scan: Path, runner: Candidate) -> Places:
    stem = "read-by-" + "-".join(runner.name.lower().replace(",", "").split())
    return Places(scan, folder / f"{stem}.pdf", folder / f"{stem}.scratch")


def _standing(runner: Candidate, runs: Iterable[Watched], places: Places, pages: Mapping[str, Sequence[SamplePage]]) -> Standing:
    everything = [page for pages in pages.values() for page in pages]
    found = runner.read(places, [(page.width, page.height) for page in everything])
    shutil.rmtree(places.scratch, ignore_errors=True)
    read = iter(found)
    by_strength = {strength: [(page, next(read)) for page in of_strength] for strength, of_strength in pages.items()}
    return Standing(
        name=runner.name,
        ours=runner.ours,
        runs=tuple(runs),
        pages=len(everything),
        output=places.pdf.stat().st_size,
        pdfa=pikepdf.pdfa.validate_written(places.pdf, "2b").passed,
        cells={strength: _tallies((page, read.words) for page, read in of) for strength, of in by_strength.items()},
        orders={
            strength: in_order(order(page.lines, read.words, skew=page.skew) for page, read in of)
            for strength, of in by_strength.items()
        },
        single=_single(by_strength),
    )


def _single(by_strength: Mapping[str, Sequence[tuple[SamplePage, ReadPage]]]) -> Cells | None:
    cells: Cells = {}
    for strength, of_strength in by_strength.items():
        first = [(page, read.first) for page, read in of_strength if read.first is not None]
        if len(first) < len(of_strength):
            return None
        cells[strength] = _tallies(first)
    return cells


def _tallies(read: Iterable[tuple[SamplePage, list[ReadWord]]]) -> dict[str, Tally]:
    scored = [score(page.lines, words, skew=page.skew) for page, words in read]
    groups = sorted({group for tallies in scored for group in tallies})
    return {group: total(tallies[group] for tallies in scored if group in tallies) for group in groups}
