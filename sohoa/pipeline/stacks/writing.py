"""One file per document, its pages byte for byte as the scanner gave them.

Certain documents lie where `sohoa digitize` finds their dossier: in a folder named after it, the file named `<dossier>.<component>`.
Doubtful ones lie in a folder of their own, under names that attach them to nothing.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from sohoa.kernel.durable import durable_file, sha256_of, write_durably
from sohoa.ocr.imaging.pdf_structure import opened_pdf
from sohoa.pipeline.stacks.errors import FolderOfAnotherStack, StackNotSplittable
from sohoa.pipeline.stacks.gathering import Examined, Side, pages_of
from sohoa.pipeline.stacks.model import Document
from sohoa.pipeline.stacks.tiff_copying import TiffCopier, copy_frames

TO_LOOK_AT = "can-xem"
NOTE = ".chong-giay.json"  # hidden, so that it is not taken for a paper
_UNFIT = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class Written:
    """file: below the folder."""

    document: Document
    file: Path


def write_documents(examined: Examined, folder: Path) -> tuple[Written, ...]:
    """Write every document below `folder`. Doing it again changes nothing; what an earlier run wrote and this one does not is removed.

    Raises FolderOfAnotherStack, StackNotSplittable.
    """
    sources = [sha256_of(path) for path in dict.fromkeys(side.file for side in examined.sides)]
    earlier = _earlier(folder, sources)
    extension = examined.sides[0].intake.extension if examined.sides else ""
    written = tuple(
        Written(document, _name(number, document, extension)) for number, document in enumerate(examined.stack.documents, 1)
    )
    files = [str(one.file) for one in written]
    note = {"sources": sources, "files": sorted({*files, *earlier})}
    write_durably(folder / NOTE, json.dumps(note).encode())  # first: a run cut short leaves nothing that the next does not know
    _Writer(examined).write_all(written, folder)
    for stale in set(earlier) - set(files):
        (folder / stale).unlink(missing_ok=True)
    write_durably(folder / NOTE, json.dumps({"sources": sources, "files": sorted(files)}).encode())
    return written


def _earlier(folder: Path, sources: list[str]) -> list[str]:
    try:
        told = json.loads((folder / NOTE).read_text("utf-8"))
    except FileNotFoundError:
        return []
    except (ValueError, OSError) as unknown:
        raise FolderOfAnotherStack() from unknown
    if not isinstance(told, dict) or told.get("sources") != sources:
        raise FolderOfAnotherStack()
    files = [name for name in told.get("files", []) if isinstance(name, str)]
    return [name for name in files if not Path(name).is_absolute() and ".." not in Path(name).parts]


def _name(number: int, document: Document, extension: str) -> Path:
    """A code that no file name may hold as it is would lead to no dossier, or to another one; such a document is looked at, too."""
    place = document.place
    told = place.dossier if place else ""
    dossier = _UNFIT.sub("_", told).strip(".-")[:100]
    if place is None or document.doubts or dossier != told:
        component = f"-tp{place.component}" if place and place.component is not None else ""
        return Path(TO_LOOK_AT) / f"{number:03d}{f'-{dossier}{component}' if dossier else ''}{extension}"
    if place.component is None:
        return Path(dossier) / f"{number:03d}{extension}"
    return Path(dossier) / f"{dossier}.{place.component}{extension}"


class _Writer:
    def __init__(self, examined: Examined) -> None:
        self.examined = examined
        self.kinds = {side.intake.kind for side in examined.sides}

    def write_all(self, written: Sequence[Written], folder: Path) -> None:
        if len(self.kinds) != 1:
            raise StackNotSplittable(detail="fronts and backs of two kinds")
        files = list(dict.fromkeys(side.file for side in self.examined.sides))
        if self.kinds == {"tiff"}:
            copiers = {path: TiffCopier(path.read_bytes()) for path in files}
            for one in written:
                with durable_file(folder / one.file) as out:
                    copy_frames([(copiers[side.file], side.number) for side in self._sides(one)], out)
            return
        with contextlib.ExitStack() as opened:
            sources = {path: opened.enter_context(opened_pdf(path)) for path in files}
            for one in written:
                write_durably(folder / one.file, _pdf([(sources[side.file], side.number) for side in self._sides(one)]))

    def _sides(self, one: Written) -> tuple[Side, ...]:
        return pages_of(self.examined, one.document.pages)


def _pdf(pages: Sequence[tuple[pikepdf.Pdf, int]]) -> bytes:
    """The pages' streams are copied as they are; structure that belongs to the whole file (outlines, forms) is not."""
    with pikepdf.new() as pdf:
        for source, number in pages:
            pdf.pages.append(source.pages[number - 1])
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)
        return out.getvalue()
