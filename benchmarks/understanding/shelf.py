"""What is dear to make is kept on disk: papers by the code that draws them, readings by the picture and the code that reads.

A change of understanding is then measured in seconds; a change of reading or drawing makes anew just what it touches.
"""

from __future__ import annotations

import functools
import hashlib
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sohoa
from sohoa.kernel.durable import write_durably
from sohoa.ocr.composing.json import page_text_from_dict, page_text_to_dict
from sohoa.ocr.model import PageImage, PageText
from sohoa.ocr.reading.page import MODES, read_page

_PRODUCT = Path(sohoa.__file__).parent
_READING = (_PRODUCT / "ocr" / "imaging", _PRODUCT / "ocr" / "reading")


@functools.cache
def version_of(*places: Path) -> str:
    """Of the code and the weights in these files and folders."""
    hashed = hashlib.sha256()
    for place in places:
        files = sorted(place.rglob("*")) if place.is_dir() else [place]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                hashed.update(f"{file.relative_to(place.parent)}\0".encode() + file.read_bytes())
    return hashed.hexdigest()[:16]


@dataclass(slots=True)
class Shelf:
    """folder: the cache; pictures of pages stay there, too. mode: `fast` or `accurate`. stale: a reading by earlier code will do, the
    latest of them; for quick looks, never for figures. read: pages really read, not found.
    """

    folder: Path
    mode: str = "accurate"
    stale: bool = False
    read: int = field(default=0)

    def kept(self, name: str, make: Callable[[Path], dict[str, Any]]) -> tuple[Path, dict[str, Any]]:
        """A folder of its own and what `make` told about what it put there; made once. name: tells all that it depends on."""
        folder = self.folder / name
        told = folder / "told.json"
        if not told.exists():
            folder.mkdir(parents=True, exist_ok=True)
            write_durably(told, json.dumps(make(folder), ensure_ascii=False).encode())
        return folder, json.loads(told.read_bytes())

    def reading(self, image: PageImage) -> PageText:
        """As the product reads that picture. A page that failed (a busy machine's time-out) is not kept: it may succeed next time."""
        kept, found = self._places(image)
        if found:
            return page_text_from_dict(json.loads(found.read_bytes()))
        text = read(image, self.mode)
        self.read += 1
        if not text.failed:
            kept.parent.mkdir(parents=True, exist_ok=True)
            write_durably(kept, json.dumps(page_text_to_dict(text), ensure_ascii=False).encode())
        return text

    def has(self, image: PageImage) -> bool:
        return self._places(image)[1] is not None

    def _places(self, image: PageImage) -> tuple[Path, Path | None]:
        """Where its reading is kept, and where one is now."""
        picture = hashlib.sha256(image.path.read_bytes()).hexdigest()[:24]
        stem = f"{picture}-{image.number}-{image.rotation}-{self.mode}"
        kept = self.folder / "readings" / f"{stem}-{version_of(*_READING)}.json"
        older = sorted(kept.parent.glob(f"{stem}-*.json"), key=lambda file: file.stat().st_mtime) if self.stale else []
        return kept, kept if kept.exists() else older[-1] if older else None


def read(image: PageImage, mode: str) -> PageText:
    with tempfile.TemporaryDirectory(prefix="sohoa-benchmark-") as scratch:
        return read_page(image, workspace=Path(scratch), readers=MODES[mode])
