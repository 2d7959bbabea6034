"""One comparison: the same pages through every candidate, the runs interleaved so that a busy minute hits them all."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import pikepdf.pdfa

from benchmarks.hocr import words_of
from benchmarks.pages import STRENGTHS, benchmark_pages, write_scan
from benchmarks.runners import Candidate, Places, candidates, cores, versions
from benchmarks.scoring import Tally, score, total
from benchmarks.watching import Watched
from sohoa.pipeline.sources.sampleoffice import SamplePage

Tell = Callable[[str], None]
MEGABYTE = 1_000_000
MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Standing:
    """What one candidate did over all rounds; its PDF is the same in every round, so it is scored once."""

    name: str
    runs: tuple[Watched, ...]
    pages: int
    output: int  # bytes
    pdfa: bool
    groups: dict[str, Tally]
    strengths: dict[str, Tally]

    @property
    def seconds(self) -> float:
        return median(run.seconds for run in self.runs)

    @property
    def everything(self) -> Tally:
        return total(self.strengths.values())

    def figures(self) -> dict[str, Any]:
        """Medians over the rounds; nothing is rounded."""
        whole = self.everything
        return {
            "pages_per_minute": 60 * self.pages / self.seconds,
            "cpu_seconds_per_page": median(run.cpu for run in self.runs) / self.pages,
            "cer": whole.cer,
            **{f"cer_{strength}": tally.cer for strength, tally in self.strengths.items()},
            **{f"cer_{group}": self._share(group, tally) for group, tally in sorted(self.groups.items())},
            "wer": whole.wer,
            "tone_damage": whole.tone_damage,
            "output_megabytes": self.output / MEGABYTE,
            "peak_memory_mebibytes": median(run.peak for run in self.runs) / MEBIBYTE,
        }

    def _share(self, group: str, tally: Tally) -> float:
        """Words on no row have no letters of their own to be compared with: they are given in % of all."""
        return tally.cer if tally.letters else 100 * tally.errors / self.everything.letters


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

    def ratios(self) -> dict[str, dict[str, float | None]]:
        """Ours over each peer, figure by figure; None where the peer's is 0."""
        ours, *peers = (standing.figures() for standing in self.standings)
        return {
            standing.name: {name: ours[name] / theirs[name] if theirs.get(name) else None for name in ours}
            for standing, theirs in zip(self.standings[1:], peers, strict=True)
        }

    def as_dict(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "rounds": self.rounds,
            "pages": self.pages,
            "letters": self.letters,
            "scan_megabytes": self.scan / MEGABYTE,
            "figures": {standing.name: {**standing.figures(), "pdfa": standing.pdfa} for standing in self.standings},
            "ratios": self.ratios(),
            "machine": self.machine,
            "versions": self.versions,
        }


def compare(seed: int, rounds: int, *, tell: Tell, keep: Path | None = None) -> Comparison:
    """keep: a folder that shall hold the scan and the PDFs; otherwise they are gone afterwards. Raises RunFailed, ProgramAbsent."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="sohoa-bench-") as scratch:
            return _compare(Path(scratch), seed, rounds, tell)
    keep.mkdir(parents=True, exist_ok=True)
    return _compare(keep.resolve(), seed, rounds, tell)


def _compare(folder: Path, seed: int, rounds: int, tell: Tell) -> Comparison:
    runners = candidates()
    tell(f"making the pages (seed {seed})")
    pages = list(benchmark_pages(seed))
    scan = folder / "pages.pdf"
    write_scan([page.jpeg for page in pages], scan)
    places = {runner.name: _places(folder, scan, runner) for runner in runners}
    machine = {"kind": _processor(), "cores": cores(), "load_before": round(os.getloadavg()[0], 1)}
    runs: dict[str, list[Watched]] = {runner.name: [] for runner in runners}
    for number in range(1, rounds + 1):
        for runner in runners:
            tell(f"round {number} of {rounds}: {runner.name}")
            runs[runner.name].append(runner.run(places[runner.name]))
    tell("scoring (with one more run of ours, for its hOCR)")
    standings = tuple(_standing(runner, runs[runner.name], places[runner.name], pages) for runner in runners)
    letters = {group: tally.letters for group, tally in standings[0].groups.items()}
    return Comparison(seed, rounds, len(pages), letters, scan.stat().st_size, standings, machine, versions())


def _places(folder: Path, scan: Path, runner: Candidate) -> Places:
    stem = "read-by-" + "-".join(runner.name.lower().replace(",", "").split())
    return Places(scan, folder / f"{stem}.pdf", folder / f"{stem}.scratch")


def _standing(runner: Candidate, runs: Iterable[Watched], places: Places, pages: Sequence[SamplePage]) -> Standing:
    read = words_of(runner.hocr(places), [(page.width, page.height) for page in pages])
    shutil.rmtree(places.scratch, ignore_errors=True)
    scored = [score(page.lines, words, skew=page.skew) for page, words in zip(pages, read, strict=True)]
    groups = {group for tallies in scored for group in tallies}
    return Standing(
        name=runner.name,
        runs=tuple(runs),
        pages=len(pages),
        output=places.pdf.stat().st_size,
        pdfa=pikepdf.pdfa.validate_written(places.pdf, "2b").passed,
        groups={group: total(tallies[group] for tallies in scored if group in tallies) for group in groups},
        strengths={
            strength: total(
                total(tallies.values()) for page, tallies in zip(pages, scored, strict=True) if page.strength == strength
            )
            for strength in STRENGTHS
        },
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
