"""Real papers with labels read by eye: type, number, notation, date and agency; right, withheld, or wrong and certain."""

from __future__ import annotations

import hashlib
import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks.understanding.figures import Run
from benchmarks.understanding.judging import FIELDS, TYPE, Judged, JudgedPaper, judged
from benchmarks.understanding.measuring import Tell
from benchmarks.understanding.papers import KnownPaper
from benchmarks.understanding.product import PAGES_UNDERSTOOD, known, understood
from benchmarks.understanding.shelf import Shelf
from benchmarks.watching import RunFailed
from sohoa.kernel.text import nfc
from sohoa.ocr.imaging.intake import inspect
from sohoa.ocr.imaging.pages import page_image
from sohoa.ocr.model import PageImage, PageText
from sohoa.ocr.reading.own_text.page import own_text
from sohoa.ocr.reading.structure import structured

REAL = "real"
ASKED = (TYPE, "code_number", "code_notation", "issued_date", "issuing_agency")
_CELL = re.compile(r"\s*\|\s*")


@dataclass(frozen=True, slots=True)
class Label:
    """kind: a code of the catalogue. truth: only what the table tells."""

    file: str
    kind: str
    truth: dict[str, str]


def labels(folder: Path) -> list[Label]:
    """From the table of a README.md beside the papers or above them: a row a file, columns file, type, number, date, issuer; a dash
    where nothing is known. Raises RunFailed.
    """
    for readme in (folder / "README.md", folder.parent / "README.md"):
        if readme.exists():
            found = list(_rows(nfc(readme.read_text(encoding="utf-8"))))
            if found:
                return found
    raise RunFailed(f"{folder.name}: no README.md with a table of labels here or above")


def _rows(text: str) -> Iterator[Label]:
    heads: list[str] = []
    for line in text.splitlines():
        cells = _CELL.split(line.strip().strip("|").strip())
        if len(cells) < 4:
            heads = []
        elif cells[0].startswith("file"):
            heads = cells
        elif heads and not set(line) <= set("|-: "):
            told = dict(zip(heads, cells, strict=False))
            yield _label(cells[0], told)


def _label(file: str, told: dict[str, str]) -> Label:
    kinds = [kind.code for kind in known().types if kind.name.casefold() == told.get("type", "").casefold()]
    if not kinds:
        raise RunFailed(f"{file}: the catalogue has no type named {told.get('type', '')!r}")
    number, _, notation = told.get("number", "").partition("/")
    truth = {"code_number": number, "code_notation": notation, "issued_date": told.get("date", "")}
    truth["issuing_agency"] = told.get("issuer", "")
    return Label(file, kinds[0], {name: value for name, value in truth.items() if value not in ("", "-", "–", "—")})


def measure_real(folder: Path, shelf: Shelf, tell: Tell) -> Run:
    """Raises RunFailed where no paper of the table is there."""
    present = [label for label in labels(folder) if (folder / label.file).exists()]
    if not present:
        raise RunFailed(f"{folder.name}: none of the labelled papers is here")
    papers: list[JudgedPaper] = []
    seconds, pages = 0.0, 0
    for label in present:
        source = folder / label.file
        read = list(_pages(source, shelf))
        begun = time.process_time()
        told = understood(read, source=source)
        seconds += time.process_time() - begun
        pages += len(read)
        papers.append(judged(_paper(label, [image for image, _ in read]), told))
        tell(f"{label.file}: {len(read)} pages")
    return Run(tuple(papers), 0, shelf.mode, seconds, pages)


def _paper(label: Label, images: list[PageImage]) -> KnownPaper:
    unasked = frozenset(name for name in FIELDS if name not in label.truth)
    return KnownPaper(label.file, REAL, label.kind, label.truth, frozenset(), unasked, {}, tuple(images))


def _pages(source: Path, shelf: Shelf) -> Iterator[tuple[PageImage, PageText]]:
    """As sohoa/pipeline/stages reads them: a page whose own file says what stands on it is believed."""
    intake = inspect(source)
    images = shelf.folder / REAL / hashlib.sha256(source.read_bytes()).hexdigest()[:24]
    images.mkdir(parents=True, exist_ok=True)
    for number in range(1, min(intake.page_count, PAGES_UNDERSTOOD) + 1):
        image = page_image(source, intake, number, images)
        with tempfile.TemporaryDirectory(prefix="sohoa-benchmark-") as scratch:
            own = own_text(source, intake, image, workspace=Path(scratch))
        yield image, structured(own) if own else shelf.reading(image)


def show_real(run: Run, console: Console) -> None:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    for head in ("paper", *ASKED):
        table.add_column(head, overflow="fold")
    for paper in run.papers:
        table.add_row(escape(paper.name), *(_cell(paper.of(name)) for name in ASKED))
    console.print(table)
    for name in ASKED:
        fields = list(run.fields(name))
        certain = [field for field in fields if not field.in_review]
        console.print(
            f"{name}: {sum(field.outcome == 'right' for field in fields)} of {len(fields)} right "
            f"({sum(field.outcome == 'right' for field in certain)} without a person); "
            f"withheld {sum(field.outcome == 'missing' for field in fields)}; "
            f"wrong and doubted {sum(field.false and field.in_review for field in fields)}; "
            f"wrong and certain {sum(field.false for field in certain)}",
            markup=False,
        )
    console.print("✓ right, ? sent to a person, ✗ wrong, — not found, ³ the truth is among the best three.", style="dim")


def _cell(field: Judged | None) -> str:
    if field is None:
        return ""
    three = " ³" if field.among_three and field.outcome != "right" else ""
    doubt = "?" if field.in_review else ""
    if field.outcome == "right":
        return f"✓{doubt} {field.confidence:.2f}"
    told = f"[red]✗{doubt} {escape(field.value)}[/]" if field.false else f"—{doubt}"
    return f"{told}{three}"
