"""Devices of SANE that need no hardware, and a feeder full of printed pages in front of one of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from sohoa.kernel.errors import SohoaError
from sohoa.pipeline.batches import keeping
from sohoa.pipeline.batches.models import Batch, BatchPage, Variant
from sohoa.pipeline.batches.receiving import Wanted
from sohoa.pipeline.batches.shelf import Shelf
from sohoa.pipeline.claiming import Order
from sohoa.pipeline.sources.scanner import Brake, Scanned, scan
from tests.papers import TINOS

NOON = datetime(2026, 1, 5, 5, tzinfo=UTC)
DPI = 100
A5 = (583, 827)  # pixels at DPI


def page(*lines: str, size: tuple[int, int] = A5) -> Image.Image:
    picture = Image.new("RGB", size, "white")
    draw, font = ImageDraw.Draw(picture), ImageFont.truetype(TINOS, 22)
    for row, line in enumerate(lines):
        draw.text((60, 70 + 36 * row), line, fill="black", font=font)
    return picture


def words(number: int, side: str) -> tuple[str, ...]:
    return (f"TỜ SỐ {number} MẶT {side}", "Về việc cấp giấy phép xây dựng nhà ở", "Người đề nghị: Nguyễn Thị Mẫu") * (
        1 + number % 5
    )


@dataclass(slots=True)
class Feeder:
    """A tray to put pictures into, and what the command must have in its environment to feed from it."""

    tray: Path
    environment: dict[str, str]
    put: int = 0
    laid: dict[tuple[int, str], Image.Image] = field(default_factory=dict)

    def load(self, *sheets: tuple[Image.Image, Image.Image | None]) -> None:
        """Lay sheets under those that are in the tray."""
        for front, back in sheets:
            self.put += 1
            self._lay(front, "front")
            if back is not None:
                self._lay(back, "back")

    def _lay(self, picture: Image.Image, side: str) -> None:
        self.laid[self.put, side] = picture
        picture.save(self.tray / f"s{self.put:03}-{side}.ppm")

    def lay_back(self, sheet: int) -> None:
        """The operator takes a sheet out of the machine and lays it on top of the rest again."""
        for side in ("front", "back"):
            if picture := self.laid.get((sheet, side)):
                picture.save(self.tray / f"s{sheet:03}-{side}.ppm")

    def load_printed(self, count: int, *, first: int = 1, two_sided: bool = False) -> None:
        self.load(*((page(*words(n, "TRƯỚC")), page(*words(n, "SAU")) if two_sided else None) for n in range(first, first + count)))

    def with_fault(self, fault: str) -> dict[str, str]:
        return {**self.environment, "SANE_FEEDER_FAULT": fault}


def sane_folder(folder: Path, drivers: Sequence[str] = ("test", "pnm")) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dll.conf").write_text("".join(f"{driver}\n" for driver in drivers))
    return folder


@pytest.fixture
def sane(tmp_path: Path) -> dict[str, str]:
    """SANE with its two drivers that need no device."""
    return {"SANE_CONFIG_DIR": str(sane_folder(tmp_path / "sane"))}


@pytest.fixture
def feeder(tmp_path: Path, sane: dict[str, str]) -> Feeder:
    tray = tmp_path / "tray"
    tray.mkdir()
    stand_in = Path(__file__).parent / "feeder"
    more = {"PATH": f"{stand_in}:{os.environ['PATH']}", "SANE_FEEDER_TRAY": str(tray), "SANE_FEEDER_FED": str(tmp_path / "fed")}
    return Feeder(tray, {**sane, **more})


class Seen:
    """Keeps what the clerk is shown; `at` is called with how many pages were shown so far."""

    def __init__(self, at: Callable[[int], None] = lambda _: None) -> None:
        self.pages: list[tuple[int, bool]] = []
        self._at = at

    def page(self, page: BatchPage, *, recovered: bool) -> None:
        self.pages.append((page.position, recovered))
        self._at(len(self.pages))


@dataclass(slots=True)
class Counter:
    """The desk with the feeder on it, in this process. `fault` is what happens next, once."""

    feeder: Feeder
    shelf: Shelf
    patch: pytest.MonkeyPatch

    def open(self, code: str = "LO-1", **told: object) -> Batch:
        return keeping.open_batch(keeping.Opening(Order(sign=False), code, **told), by="nv.lan", now=NOON)  # type: ignore[arg-type]

    def scan(
        self,
        batch: Batch,
        *,
        fault: str = "",
        seen: Seen | None = None,
        brake: Brake | None = None,
        device: str = "feeder:0",
        more: Sequence[str] = (),
        **wanted: object,
    ) -> Scanned:
        for name, value in self.feeder.with_fault(fault).items():
            self.patch.setenv(name, value)
        order = Wanted(**{"device": device, "dpi": 100, "mode": "color", **wanted})  # type: ignore[arg-type]
        return scan(batch, order, self.shelf, seen or Seen(), brake or Brake(), by="nv.lan", clock=lambda: NOON, more=more)


@pytest.fixture
def counter(feeder: Feeder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: None) -> Counter:
    return Counter(feeder, Shelf(tmp_path / "batches"), monkeypatch)


def stands(batch: Batch) -> list[tuple[int, int, str, str]]:
    """Place, sheet, side and variant of every page in the stack."""
    return [(page.position, page.sheet, page.side, page.variant) for page in keeping.current(batch)]


def shows(counter: Counter, batch: Batch, position: int, picture: Image.Image, variant: str = Variant.PLAIN) -> bool:
    """Whether exactly this picture is kept at a place."""
    page = keeping.current(batch).get(position=position, variant=variant)
    with Image.open(counter.shelf.page(page)) as kept:
        return bool(np.array_equal(np.asarray(kept.convert("RGB")), np.asarray(picture)))


def code_of(failure: SohoaError | None) -> str:
    return failure.code if failure else ""
