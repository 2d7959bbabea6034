"""What `sohoa digitize` signs with the scanning officer's profile: the stamp is there, or the record says that it had no room."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image

from sohoa.kernel.clock import now
from sohoa.ocr.model import PageImage, PageText
from sohoa.pipeline import stages
from sohoa.pipeline.signing.office import SigningOffice, open_office
from sohoa.pipeline.signing.papers import STAMP_LEFT_OUT, TargetTaken, sign_record
from sohoa.pipeline.workfolder import WorkFolder
from sohoa.storage.catalogue.matching import Belonging
from tests.signing.profiles.papers import SCAN, blank, changed_dots, crowded, decision, seen


@pytest.fixture
def office(tmp_path: Path) -> Iterator[SigningOffice]:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "signing.toml").write_text('[digitize]\nprofile = "capture_signature"', encoding="utf-8")
    with open_office(tmp_path / "home") as office:
        yield office


def composed(folder: Path, pages: list[Image.Image], *, turn: int = 0) -> WorkFolder:
    """A record as composing leaves it, its words aside (nothing here depends on them). turn: how its pictures are stored, as its
    source knows."""
    work = WorkFolder(folder / ("0" * 64))
    work.images.mkdir(parents=True)
    stored = [page.rotate(turn, expand=True) for page in pages]
    stored[0].save(work.source, "TIFF", save_all=True, append_images=stored[1:], dpi=(SCAN, SCAN))
    for number, (upright, lying) in enumerate(zip(pages, stored, strict=True), 1):
        path = work.images / f"{number}.png"
        lying.save(path, dpi=(SCAN, SCAN))
        image = PageImage(number, path, *lying.size, SCAN, turn)
        work.keep_page(image, PageText(number, *upright.size, SCAN, turn, 0.0, False, ()))
    stages.compose(work, title="Giấy tờ", identifier="x", now=now())
    return work


def flags(work: WorkFolder) -> list[str]:
    return stages.package(work, source=Path("p.tiff"), belongs=Belonging(), procedure="", unit="").flags


@pytest.mark.parametrize("turn", [0, 90, 180])
def test_the_officers_stamp_is_top_left_on_the_first_page_and_covers_nothing(
    tmp_path: Path, office: SigningOffice, turn: int
) -> None:
    work = composed(tmp_path, [decision(), decision()], turn=turn)
    stages.sign(work, office, wanted=True)
    before, after = seen(work.composed), seen(work.signed)
    changed = changed_dots(before, after)
    ys, xs = np.nonzero(changed)
    height, width = changed.shape
    assert len(xs) > 200 and xs.max() < width / 2 and ys.max() < height / 4
    assert before.pixels[changed].min() > 150  # on paper only
    assert not changed_dots(seen(work.composed, page=2), seen(work.signed, page=2)).any()
    assert STAMP_LEFT_OUT not in flags(work)


def test_a_page_without_a_free_corner_is_signed_all_the_same_and_says_so(tmp_path: Path, office: SigningOffice) -> None:
    work = composed(tmp_path, [crowded()])
    stages.sign(work, office, wanted=True)
    assert not changed_dots(seen(work.composed), seen(work.signed)).any()
    with pikepdf.open(work.signed) as signed:
        assert signed.Root.AcroForm.Fields[0].T == "NguoiKy"
    assert STAMP_LEFT_OUT in flags(work)
    assert b'"integrity": "ok"' in work.validation.read_bytes()


def test_a_record_that_was_interrupted_once_it_was_prepared_still_says_so(tmp_path: Path, office: SigningOffice) -> None:
    work = composed(tmp_path, [crowded()])
    work.signed.write_bytes(b"something else")  # so that the signature is made, and cannot be delivered
    with pytest.raises(TargetTaken):
        sign_record(office, work.composed, work.signed, judged=lambda _: None)
    work.signed.unlink()
    stages.sign(work, office, wanted=True)
    assert STAMP_LEFT_OUT in flags(work)


def test_the_picture_at_hand_is_looked_at_instead_of_drawing_the_page(
    tmp_path: Path, office: SigningOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = composed(tmp_path, [blank()])
    monkeypatch.setenv("PATH", str(tmp_path))  # poppler cannot be called
    stages.sign(work, office, wanted=True)
    monkeypatch.undo()
    out = io.BytesIO(work.signed.read_bytes())
    with pikepdf.open(out) as signed:
        assert [float(side) for side in signed.pages[0].Annots[0].Rect] != [0, 0, 0, 0]
