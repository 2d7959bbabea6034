"""The picture beside a doubtful field shows the right place of the right page, the right way up."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from sohoa.pipeline.crops import write_crops
from sohoa.storage.archive import Content, Deposit, Lock, deposit
from sohoa.storage.catalogue.records import Record
from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.review import at_the_desk

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
DPI, SIZE = 100, (827, 1169)
BOX = (200, 150, 260, 180)
INK = (200, 30, 40)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    made = FolderStore(tmp_path / "store")
    made.prepare()
    return made


def page(*, inked: bool, turn: int = 0) -> Image.Image:
    """A sheet with one block of red ink at BOX, as the scanner gave it when the sheet lay turned."""
    sheet = Image.new("RGB", SIZE, "white")
    if inked:
        ImageDraw.Draw(sheet).rectangle((BOX[0], BOX[1], BOX[2] - 1, BOX[3] - 1), fill=INK)
    return sheet.rotate(turn, expand=True)


def archived(store: FolderStore, tmp_path: Path, pages: list[Image.Image], rotations: list[int], **field: Any) -> Record:
    original = tmp_path / "original.tiff"
    pages[0].save(original, save_all=True, append_images=pages[1:], dpi=(DPI, DPI))
    told = {
        "value": "17",
        "confidence": 0.4,
        "page": 1,
        "bbox": list(BOX),
        "raw": "",
        "source": "ocr",
        "alternatives": [],
        "witnesses": [],
    }
    paper = Deposit(
        source_sha256="ab" * 32,
        source_name="giay.tiff",
        contents=[Content("original", original, ".tiff", "image/tiff")],
        rotations=dict(enumerate(rotations, 1)),
        type={"code": "QĐ", "name": "Quyết định", "agreement": "title", "witnesses": {}},
        fields={"code_number": {**told, **field}},
        needs_review=("code_number", "subject"),
        flags=(),
        pages=len(pages),
        confidence=0.9,
        signed_on_arrival=False,
    )
    return deposit(paper, store, Lock("GOVERNANCE", 1), now=NOON)


def crops(record: Record, store: FolderStore, into: Path) -> Any:
    return write_crops(record, at_the_desk(record.pk, store, now=NOON).doubts, store, into)


def ink_of(picture: Path) -> np.ndarray:
    pixels = np.asarray(Image.open(picture).convert("RGB")).astype(int)
    return np.abs(pixels - INK).sum(axis=2) < 60


@pytest.mark.parametrize(("turn", "rotation"), [(0, 0), (180, 180), (90, 90)], ids=["upright", "upside_down", "on_its_side"])
def test_the_place_is_shown_whole_upright_and_with_air_around_it(store, tmp_path, turn: int, rotation: int) -> None:
    record = archived(store, tmp_path, [page(inked=True, turn=turn)], [rotation])
    made = crops(record, store, tmp_path / "anh").paths["code_number"]
    ink = ink_of(made)
    rows, columns = np.nonzero(ink)
    assert ink.sum() >= 0.95 * (BOX[2] - BOX[0]) * (BOX[3] - BOX[1])
    assert (int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1) == pytest.approx((BOX[2] - BOX[0], BOX[3] - BOX[1]), abs=2)
    height, width = ink.shape
    assert rows.min() > 15 and rows.max() < height - 15 and columns.min() > 60 and columns.max() < width - 60
    assert (width, height) < SIZE


def test_the_place_is_looked_for_on_the_page_that_the_field_names(store, tmp_path) -> None:
    record = archived(store, tmp_path, [page(inked=False), page(inked=True)], [0, 0], page=2)
    assert ink_of(crops(record, store, tmp_path / "anh").paths["code_number"]).any()


def test_a_box_at_the_very_edge_is_cut_as_far_as_the_paper_goes(store, tmp_path) -> None:
    record = archived(store, tmp_path, [page(inked=True)], [0], bbox=[SIZE[0] - 5, SIZE[1] - 5, SIZE[0] + 40, SIZE[1] + 40])
    width, height = Image.open(crops(record, store, tmp_path / "anh").paths["code_number"]).size
    assert width > 60 and height > 15


def test_a_field_that_was_not_found_shows_the_head_of_the_first_page(store, tmp_path) -> None:
    record = archived(store, tmp_path, [page(inked=True)], [0])
    made = crops(record, store, tmp_path / "anh").paths["subject"]
    assert Image.open(made).width == SIZE[0] and ink_of(made).any()
    assert made.name == f"{record.pk}-subject.png" and made.stat().st_mode & 0o077 == 0


def test_a_page_that_cannot_be_drawn_costs_only_its_own_picture(store, tmp_path) -> None:
    record = archived(store, tmp_path, [page(inked=True)], [0])
    original = record.files.get(role="original")
    content = tmp_path / "store" / original.bucket / original.key
    content.write_bytes(b"II*\0" + bytes(100))
    made = crops(record, store, tmp_path / "anh")
    assert not made.paths and set(made.failed) == {"code_number", "subject"}
    assert all(code.startswith("ocr.") for code in made.failed.values())
