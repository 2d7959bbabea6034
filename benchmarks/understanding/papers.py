"""Papers whose fields are known: every kind of the sample office in three strengths, and layouts that no code of the product drew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sohoa.pipeline.sources.sampleoffice as sampleoffice
from benchmarks.understanding import layouts
from benchmarks.understanding.product import PAGES_UNDERSTOOD
from benchmarks.understanding.shelf import Shelf, version_of
from sohoa.ocr.model import PageImage, PageText
from sohoa.pipeline.sources.sampleoffice import KINDS, SamplePage, Strength, make_paper

STRENGTHS: tuple[Strength, ...] = ("clean", "medium", "hard")
LAYOUTS = "layouts"
GROUPS = (*STRENGTHS, LAYOUTS)
# Seeds of a run's rounds lie this far apart, so that a run of seed 77 meets the seeds 77, 1077, 2077, … that are for tuning.
STEP = 1000
FORM = 2  # of what is kept beside the pictures; a change of _drawn counts it up
_SIGNED = ("signer_name", "signer_position")
_DATED = ("issued_date", "place")
_LAYOUT_CODE = tuple(Path(__file__).with_name(f"{name}.py") for name in ("layouts", "odd_heads", "odd_matters"))


@dataclass(frozen=True, slots=True)
class KnownPaper:
    """truth: what stands on the pages that are read, by the names of the command-line contract. written: those of them that a
    pen wrote, in part at least. unasked: fields that stand on later pages only. tolerated: what stands where such a field would
    stand, on papers whose truth has none of it (a note under the title, `CHỦ TRÌ` over a name): to give it is right, to leave it
    out as well.
    """

    name: str
    group: str
    kind: str
    truth: dict[str, str]
    written: frozenset[str]
    unasked: frozenset[str]
    tolerated: dict[str, list[str]]
    images: tuple[PageImage, ...]

    def pages(self, shelf: Shelf) -> list[tuple[PageImage, PageText]]:
        return [(image, shelf.reading(image)) for image in self.images]


def known_papers(shelf: Shelf, seed: int, *, rounds: int, groups: Sequence[str], kinds: Sequence[str]) -> Iterator[KnownPaper]:
    """Each kind once a strength and round, and each layout once a round; resolutions take turns."""
    for round_ in range(rounds):
        drawn = seed + STEP * round_
        for index, kind in enumerate(KINDS):
            for turn, strength in enumerate(STRENGTHS):
                if strength in groups and kind in kinds:
                    yield _office_paper(shelf, kind, drawn, strength, dpi=(300, 200)[(index + turn + round_) % 2])
        if LAYOUTS in groups:
            for index, (name, kind) in enumerate(layouts.NAMES.items()):
                if kind in kinds:
                    yield _odd_paper(shelf, name, drawn, dpi=(300, 200)[(index + round_) % 2])


def _office_paper(shelf: Shelf, kind: str, seed: int, strength: Strength, *, dpi: int) -> KnownPaper:
    def make() -> tuple[dict[str, str], Sequence[SamplePage]]:
        paper = make_paper(kind, seed, strength=strength, dpi=dpi)
        return paper.fields, paper.pages

    return _kept(shelf, f"{kind} {seed} {strength} {dpi}", strength, kind, make)


def _odd_paper(shelf: Shelf, name: str, seed: int, *, dpi: int) -> KnownPaper:
    return _kept(shelf, f"{name} {seed} {dpi}", LAYOUTS, layouts.NAMES[name], lambda: layouts.draw(name, seed, dpi=dpi))


def _kept(
    shelf: Shelf, name: str, group: str, kind: str, make: Callable[[], tuple[dict[str, str], Sequence[SamplePage]]]
) -> KnownPaper:
    drawing = [Path(sampleoffice.__file__).parent, *(_LAYOUT_CODE if group == LAYOUTS else ())]
    folder, told = shelf.kept(f"papers/{version_of(*drawing)}-{FORM}/{name}", lambda folder: _drawn(*make(), folder))
    return KnownPaper(
        name=name,
        group=group,
        kind=kind,
        truth=told["truth"],
        written=frozenset(told["written"]),
        unasked=frozenset(told["unasked"]),
        tolerated=told["tolerated"],
        images=tuple(
            PageImage(number, folder / f"page-{number}.jpg", width, height, dpi, lifted=True)
            for number, (width, height, dpi) in enumerate(told["pages"], 1)
        ),
    )


def _drawn(fields: dict[str, str], pages: Sequence[SamplePage], folder: Path) -> dict[str, Any]:
    read = pages[:PAGES_UNDERSTOOD]
    for page in read:
        (folder / f"page-{page.number}.jpg").write_bytes(page.jpeg)
    unasked = _on_later_pages(fields, read) if len(pages) > len(read) else frozenset[str]()
    return {
        "truth": {name: value for name, value in fields.items() if name not in unasked},
        "written": sorted(_written(fields, read)),
        "unasked": sorted(unasked),
        "tolerated": {name: texts for name, texts in _tolerated(read).items() if name not in fields},
        # Stored, not upright: a page that went in the wrong way round keeps its width and height.
        "pages": [(page.width, page.height, page.dpi) for page in read],
    }


def _tolerated(read: Sequence[SamplePage]) -> dict[str, list[str]]:
    return {
        "subject": [" ".join(line.text for line in read[0].lines if line.region == "subject")],
        "signer_position": [line.text for page in read for line in page.lines if line.region == "signature"],
    }


def _on_later_pages(fields: dict[str, str], read: Sequence[SamplePage]) -> frozenset[str]:
    """A signature is not asked where its name stands on no page that was read; a date and place, where no line of them does."""
    lines = [line for page in read for line in page.lines]
    signed = any(line.region == "signature" and line.text == fields.get("signer_name") for line in lines)
    dated = any(line.region == "place_date" for line in lines)
    later = (*(() if signed else _SIGNED), *(() if dated else _DATED))
    return frozenset(name for name in later if name in fields)


def _written(fields: dict[str, str], read: Sequence[SamplePage]) -> Iterator[str]:
    by_pen = {line.region for page in read for line in page.lines if line.handwritten}
    for name, region in (("code_number", "code_number"), ("issued_date", "place_date")):
        if region in by_pen and name in fields:
            yield name
