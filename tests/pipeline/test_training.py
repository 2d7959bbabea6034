"""What training puts to use and what it leaves alone, on records of the archive."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from sohoa.kernel.clock import now
from sohoa.ocr.understanding.textmodel import TextModel, TextModelAltered
from sohoa.ocr.understanding.textmodel.fitting import Example, fit
from sohoa.ocr.understanding.textmodel.inventing import invented, shared_from, wordings_from
from sohoa.pipeline import modelfolder
from sohoa.pipeline.modelfolder import NoFormerModel, in_the_log, model_in_use, next_number, put_to_use, undo
from sohoa.pipeline.training import HOLD_BACK, TooFewRecords, Training, train
from sohoa.storage.audit import chain
from sohoa.storage.audit.models import AuditEvent
from sohoa.storage.catalogue.records import PageText, Record
from tests.ocr.understanding.written import CATALOGUE

pytestmark = pytest.mark.django_db

WORDING = tomllib.loads(CATALOGUE.with_name("type_wording.toml").read_text("utf-8"))
WORDINGS = [wording for wording in wordings_from(WORDING["wording"]) if wording.code in ("QĐ", "HĐ")]
SWAPPED = {"QĐ": "HĐ", "HĐ": "QĐ"}


def papers(each: int) -> list[Example]:
    return list(invented(WORDINGS, shared_from(WORDING["shared"][0]), each=each, seed=5))


SOUND = TextModel.shipped()  # any sound model will do where only its file matters


def keep(code: str, text: str, at: int, *, agreement: str = "title+notation", held_back: bool = False) -> None:
    """A record whose hash says that it is, or is not, held back from training."""
    tries = (hashlib.sha256(f"{at} {again}".encode()).hexdigest() for again in range(1000))
    sha256 = next(tried for tried in tries if (int(tried[:8], 16) % HOLD_BACK == 0) == held_back)
    record = Record.objects.create(
        id=sha256[:20],
        source_sha256=sha256,
        type_code=code,
        type_agreement=agreement,
        pages=1,
        confidence=1.0,
        signed_on_arrival=False,
        archived_at=now(),
    )
    PageText.objects.create(record=record, number=0, text="Mô tả của bản ghi")
    PageText.objects.create(record=record, number=1, text=text)


def keep_all(made: list[Example], *, learned_as: dict[str, str] | None = None) -> None:
    for at, example in enumerate(made):
        held_back = at % 4 == 0
        code = example.code if held_back or learned_as is None else learned_as[example.code]
        keep(code, example.text, at, held_back=held_back)


def trained(folder: Path) -> Training:
    return train(folder, now=now(), step=lambda what, count: None, invented_each=0)


def test_a_better_model_in_use_is_not_replaced(tmp_path: Path) -> None:
    made = papers(24)
    keep_all(made, learned_as=SWAPPED)
    good = put_to_use(tmp_path, fit(made, {}), number=1, told=in_the_log(now()))
    training = trained(tmp_path)
    assert training.before is not None
    assert training.after.right < training.before.right
    assert training.put_to_use is None
    assert model_in_use(tmp_path).version == good
    assert training.changes


def test_each_version_is_kept_and_undo_goes_back_one_at_a_time(tmp_path: Path) -> None:
    keep_all(papers(24))
    first = trained(tmp_path).put_to_use
    training = trained(tmp_path)
    assert training.former == first
    assert [path.name for path in sorted(tmp_path.glob("*.npz"))] == ["types-1.npz", "types-2.npz"]
    assert undo(tmp_path, told=in_the_log(now())) == first
    assert model_in_use(tmp_path).version == first
    assert undo(tmp_path, told=in_the_log(now())) is None
    assert model_in_use(tmp_path).model is TextModel.shipped()
    with pytest.raises(NoFormerModel):
        undo(tmp_path, told=in_the_log(now()))
    assert [event.action for event in AuditEvent.objects.order_by("sequence")] == ["model.put_to_use"] * 2 + ["model.undone"] * 2
    assert list(chain.breaks()) == []


def test_a_number_is_never_used_twice_even_after_undo(tmp_path: Path) -> None:
    assert next_number(tmp_path) == 1
    put_to_use(tmp_path, SOUND, number=1, told=in_the_log(now()))
    undo(tmp_path, told=in_the_log(now()))
    assert next_number(tmp_path) == 2


def test_an_altered_model_is_refused_and_training_replaces_it(tmp_path: Path) -> None:
    keep_all(papers(24))
    put_to_use(tmp_path, SOUND, number=1, told=in_the_log(now()))
    file = tmp_path / "types-1.npz"
    file.write_bytes(file.read_bytes()[:-1] + b"0")
    with pytest.raises(TextModelAltered):
        model_in_use(tmp_path)
    training = trained(tmp_path)
    assert training.altered
    assert training.before is None
    assert model_in_use(tmp_path).version == training.put_to_use


def test_a_sound_model_that_was_not_put_to_use_is_refused_in_its_place(tmp_path: Path) -> None:
    put_to_use(tmp_path, SOUND, number=1, told=in_the_log(now()))
    (tmp_path / "types-1.npz").write_bytes(replace(SOUND, about={"sealed": "anew"}).as_bytes())
    with pytest.raises(TextModelAltered):
        model_in_use(tmp_path)


@pytest.mark.parametrize("written", [b"", b"{}", b'{"current": 1, "former": []}', b"\xff"])
def test_a_damaged_pointer_is_refused_and_never_a_traceback(tmp_path: Path, written: bytes) -> None:
    (tmp_path / modelfolder.POINTER).write_bytes(written)
    with pytest.raises(TextModelAltered):
        model_in_use(tmp_path)


def test_a_missing_model_file_is_refused(tmp_path: Path) -> None:
    put_to_use(tmp_path, SOUND, number=1, told=in_the_log(now()))
    (tmp_path / "types-1.npz").unlink()
    with pytest.raises(TextModelAltered):
        model_in_use(tmp_path)


def test_records_whose_type_nobody_vouched_for_are_not_learned(tmp_path: Path) -> None:
    for at, example in enumerate(papers(40)):
        keep(example.code, example.text, at, agreement=("title", "notation", "text", "disagree")[at % 4])
    with pytest.raises(TooFewRecords) as refused:
        trained(tmp_path)
    assert refused.value.facts["records"] == 0
    assert list(tmp_path.iterdir()) == []


def test_one_type_alone_is_too_little_to_tell_types_apart(tmp_path: Path) -> None:
    for at, example in enumerate(papers(60)):
        if example.code == "QĐ":
            keep("QĐ", example.text, at, held_back=at % 4 == 0)
    with pytest.raises(TooFewRecords):
        trained(tmp_path)
