"""Real papers with hand-checked text, and degraded born-digital ones, through raw Tesseract and through ours."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.programs import machine, versions
from benchmarks.reading.comparison import Tell
from benchmarks.reading.matching import Flags, PageWords, Words, compare, flags
from benchmarks.reading.readers import Reader, readers
from benchmarks.reading.truths import TruthPage, TruthUnreadable, degraded, hand_checked
from sohoa.pipeline.sources.sampleoffice import Strength

FLAGGED = 0.02  # the share of words that a person is asked to look at
STRENGTH: Strength = "medium"


@dataclass(frozen=True, slots=True)
class FileRead:
    """One file through one reader. cpu: processor seconds a page."""

    reader: str
    ours: bool
    file: str
    source: str
    pages: int
    prose: Words
    all: Words
    cpu: float


@dataclass(frozen=True, slots=True)
class RealReading:
    reads: tuple[FileRead, ...]
    machine: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def readers(self) -> list[str]:
        return list(dict.fromkeys(read.reader for read in self.reads))

    @property
    def files(self) -> list[tuple[str, str]]:
        """(source, file), by source."""
        return sorted(dict.fromkeys((read.source, read.file) for read in self.reads))

    @property
    def sources(self) -> list[str]:
        return list(dict.fromkeys(source for source, _ in self.files))

    def of(self, reader: str, *, source: str | None = None, file: str | None = None) -> list[FileRead]:
        chosen = (read for read in self.reads if read.reader == reader)
        return [read for read in chosen if source in (None, read.source) and file in (None, read.file)]

    def prose(self, reader: str, *, source: str | None = None, file: str | None = None) -> Words:
        return sum((read.prose for read in self.of(reader, source=source, file=file)), Words())

    def everything(self, reader: str, *, source: str | None = None, file: str | None = None) -> Words:
        return sum((read.all for read in self.of(reader, source=source, file=file)), Words())

    def cpu(self, reader: str, *, source: str | None = None) -> float:
        """Seconds a page, every page counting the same."""
        reads = self.of(reader, source=source)
        return sum(read.cpu * read.pages for read in reads) / sum(read.pages for read in reads)

    @property
    def ours(self) -> list[str]:
        return list(dict.fromkeys(read.reader for read in self.reads if read.ours))

    @property
    def raw(self) -> list[str]:
        return list(dict.fromkeys(read.reader for read in self.reads if not read.ours))

    def worse_than_raw(self, reader: str) -> dict[str, list[str]]:
        """For each raw reader the files on which `reader` got more words wrong, all printed words counted."""
        return {
            raw: [
                file
                for source, file in self.files
                if self.everything(reader, source=source, file=file).wrong > self.everything(raw, source=source, file=file).wrong
            ]
            for raw in self.raw
        }

    def flags(self, reader: str, source: str) -> tuple[Flags, Flags]:
        """Over running text: what the reader flagged itself, and its FLAGGED least confident words."""
        words = self.prose(reader, source=source)
        return flags(words), flags(words, share=FLAGGED)

    def as_dict(self) -> dict[str, Any]:
        return {
            "files": [
                {
                    "reader": read.reader,
                    "file": read.file,
                    "source": read.source,
                    "pages": read.pages,
                    "prose": read.prose.as_dict(),
                    "all": read.all.as_dict(),
                    "cpu_seconds_per_page": read.cpu,
                }
                for read in self.reads
            ],
            "sources": {
                source: {
                    reader: {
                        "prose": self.prose(reader, source=source).as_dict(),
                        "all": self.everything(reader, source=source).as_dict(),
                        "cpu_seconds_per_page": self.cpu(reader, source=source),
                    }
                    for reader in self.readers
                }
                for source in self.sources
            },
            "worse_than_raw": {reader: self.worse_than_raw(reader) for reader in self.ours},
            "flags": {
                reader: {
                    source: {"own": own.as_dict(), "least_confident_2_percent": least.as_dict()}
                    for source in self.sources
                    for own, least in [self.flags(reader, source)]
                }
                for reader in self.ours
            },
            "machine": self.machine,
            "versions": self.versions,
        }


def read_real(
    *, truth: Path | None, papers: Path | None, born_digital: Path | None, seed: int, tell: Tell, only: str = ""
) -> RealReading:
    """truth, papers: folders of JSON truths and of the PDFs they name. born_digital: a folder of PDFs with text. only: part of a name.

    Raises TruthUnreadable, RunFailed, ProgramAbsent.
    """
    if (truth is None) != (papers is None):
        raise TruthUnreadable("--truth and --papers go together")
    ran_on, of = machine(), versions(peers=False)
    with tempfile.TemporaryDirectory(prefix="sohoa-real-") as scratch:
        folder = Path(scratch)
        chosen = [
            *(_hand_checked(truth, papers, only) if truth and papers else ()),
            *(_degraded(born_digital, folder, seed, tell, only) if born_digital else ()),
        ]
        if not chosen:
            raise TruthUnreadable("there is nothing to read")
        reads = [_read(reader, pdf, pages, folder / "work", tell) for pdf, pages in chosen for reader in readers()]
    return RealReading(tuple(reads), ran_on, of)


def _hand_checked(truth: Path, papers: Path, only: str) -> Iterable[tuple[Path, list[TruthPage]]]:
    by_file: dict[str, list[TruthPage]] = {}
    for page in hand_checked(truth):
        by_file.setdefault(page.file, []).append(page)
    for file, pages in sorted(by_file.items()):
        if only not in file:
            continue
        pdf = papers / file
        if not pdf.is_file():
            raise TruthUnreadable(f"the truths name {file}, which is not among the papers")
        yield pdf, pages


def _degraded(originals: Path, folder: Path, seed: int, tell: Tell, only: str) -> Iterable[tuple[Path, list[TruthPage]]]:
    found = sorted(originals.glob("*.pdf"))
    if not found:
        raise TruthUnreadable(f"no PDF in {originals.name}")
    for pdf in (pdf for pdf in found if only in pdf.name):
        tell(f"{pdf.name}: printing and scanning ({STRENGTH}, seed {seed})")
        into = folder / pdf.name
        yield into, degraded(pdf, into, seed=seed, strength=STRENGTH)


def _read(reader: Reader, pdf: Path, pages: Sequence[TruthPage], work: Path, tell: Tell) -> FileRead:
    tell(f"{pdf.name}: {reader.name}")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    read = reader.read(pdf, {page.number: (page.width, page.height) for page in pages}, work)
    scored = [compare(page, read.words.get(page.number, [])) for page in pages]
    total = sum((page.prose for page in scored), Words())
    return FileRead(reader.name, reader.ours, pdf.name, pages[0].source, len(pages), total, _everything(scored), read.cpu)


def _everything(scored: Iterable[PageWords]) -> Words:
    return sum((page.all for page in scored), Words())
