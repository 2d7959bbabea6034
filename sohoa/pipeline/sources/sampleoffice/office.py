"""The whole office on disk: papers in folders, the register of their dossiers, the truth about each page."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sohoa.kernel.durable import write_durably
from sohoa.kernel.text import fold, tokens
from sohoa.pipeline.sources.sampleoffice.chance import dice
from sohoa.pipeline.sources.sampleoffice.delivery import Suffix, delivered
from sohoa.pipeline.sources.sampleoffice.model import Dpi, Office, Paper, Strength
from sohoa.pipeline.sources.sampleoffice.papers import make_paper
from sohoa.pipeline.sources.sampleoffice.register import PlannedPaper, planned, register_csv

EDITION = 1  # goes up when the same seed gives other papers, so that an older folder is made anew
WEIGHTS: dict[Strength, int] = {"clean": 55, "medium": 38, "hard": 7}  # what an ordinary feeder delivers; hard is a stress set
ALL_STRENGTHS: tuple[Strength, ...] = ("clean", "medium", "hard")

Told = dict[str, Any]


def write_office(
    folder: Path,
    *,
    seed: int,
    papers: int,
    dpi: Dpi | None = None,
    strengths: tuple[Strength, ...] = ALL_STRENGTHS,
    progress: Callable[[int, int], None] | None = None,
) -> Office:
    """Write `papers` papers below folder/papers, with folder/register.csv and folder/truth.jsonl.

    A paper lies in papers/<dossier code>/, or in papers/van-thu/ when it belongs to no dossier. dpi None: some at 200, some at 300.
    strengths: drawn by WEIGHTS. progress: called with papers done and papers in all.
    Every file is written whole or not at all; what is there already from the same arguments is kept, so a second call is quick
    and one that was interrupted goes on. Raises SampleFontMissing.
    """
    order = {"edition": EDITION, "seed": seed, "papers": papers, "dpi": dpi, "strengths": list(strengths)}
    plan = planned(seed, papers)
    journal = folder / ".sample-office.jsonl"
    known = _known(journal, order)
    told: list[Told] = []
    made = 0
    if known is None:
        _clear(folder, journal)
        write_durably(journal, _line(order))
        known = {}
    for unfinished in folder.glob("papers/*/.*.part"):  # left by a call that was killed
        unfinished.unlink(missing_ok=True)
    with journal.open("ab") as log:
        for done, place in enumerate(plan.papers, 1):
            entry = known.get(_key(place))
            if entry is None or not (folder / entry["file"]).is_file():
                entry = _write_paper(folder, place, dpi, strengths)
                log.write(_line(entry))
                log.flush()
                made += 1
            told.append(entry)
            if progress is not None:
                progress(done, papers)
    truth, register = folder / "truth.jsonl", folder / "register.csv"
    _write_if_new(truth, b"".join(_line(_public(entry)) for entry in told))
    sheets = {(entry["dossier"], entry["seat"][0], entry["seat"][1]): entry["sheets"] for entry in told if entry["seat"]}
    _write_if_new(register, register_csv(plan.dossiers, sheets))
    return Office(
        folder=folder,
        papers_folder=folder / "papers",
        register=register,
        truth=truth,
        seed=seed,
        papers=len(told),
        pages=sum(len(entry["pages"]) for entry in told),
        dossiers=len(plan.dossiers),
        made=made,
        files=tuple(folder / entry["file"] for entry in told),
    )


def _write_paper(folder: Path, place: PlannedPaper, dpi: Dpi | None, strengths: tuple[Strength, ...]) -> Told:
    rng = dice("delivery", place.seed)
    strength = rng.choices(strengths, [WEIGHTS[strength] for strength in strengths])[0]
    paper = make_paper(place.kind, place.seed, strength=strength, dpi=dpi or rng.choice((200, 300, 300)), story=place.story)
    suffix = _suffix(paper, rng.random())
    slug = "-".join(tokens(fold(paper.name)))
    file = f"papers/{place.folder}/{place.ordinal:02d}-{slug}.{suffix}"
    write_durably(folder / file, delivered(paper, suffix, rotate_named=rng.random() < 0.3))
    dossier = place.folder if place.seat else None
    return {"file": file, "dossier": dossier, **paper.as_dict(), "sheets": paper.sheets, "seat": place.seat, "key": _key(place)}


def _suffix(paper: Paper, throw: float) -> Suffix:
    """Mostly PDF, as the centres' scanners are set; some TIFF; a photograph-like JPEG only where there is one page."""
    if len(paper.pages) == 1:
        return "pdf" if throw < 0.5 else "jpg" if throw < 0.8 else "tif"
    return "pdf" if throw < 0.78 else "tif"


def _key(place: PlannedPaper) -> str:
    return f"{place.folder}/{place.ordinal}"


def _public(entry: Told) -> Told:
    return {name: value for name, value in entry.items() if name not in ("seat", "key")}


def _known(journal: Path, order: Told) -> dict[str, Told] | None:
    """What an earlier call wrote down; None if there was none with this order. A line cut off by a crash is not believed."""
    if not journal.is_file():
        return None
    entries = list(_whole_lines(journal.read_bytes().splitlines(keepends=True)))
    if not entries or entries[0] != order:
        return None
    return {entry["key"]: entry for entry in entries[1:]}


def _clear(folder: Path, journal: Path) -> None:
    """Papers of another order would stand beside ours without a truth; only what our own journal names is removed."""
    if journal.is_file():
        for entry in list(_whole_lines(journal.read_bytes().splitlines(keepends=True)))[1:]:
            (folder / entry["file"]).unlink(missing_ok=True)


def _whole_lines(lines: Iterable[bytes]) -> Iterable[Told]:
    for line in lines:
        if not line.endswith(b"\n"):
            return
        try:
            yield json.loads(line)
        except ValueError:
            return


def _line(entry: Told) -> bytes:
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _write_if_new(path: Path, data: bytes) -> None:
    if not path.is_file() or path.read_bytes() != data:
        write_durably(path, data)
