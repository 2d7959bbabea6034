"""What ours tells of itself, and of its first reader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.reading.answers import answers_of
from benchmarks.watching import RunFailed


def told(text: str, **more: Any) -> dict[str, Any]:
    return {"text": text, "bbox": [100, 200, 300, 240], "confidence": 0.5, **more}


@pytest.fixture
def answer(tmp_path: Path) -> Path:
    words = [
        told("quyền", first_reading="quyên", reason="model", doubtful=True),
        told("sở"),
        told("hữu", first_reading="", reason="missed"),
    ]
    page = {"number": 2, "width": 1000, "height": 2000, "lines": [{"words": words}]}
    file = tmp_path / "read.json"
    file.write_text(json.dumps({"pages": [{**page, "number": 1, "lines": []}, page]}))
    return file


def test_the_first_readers_words_are_told_beside_the_chosen_ones(answer: Path) -> None:
    words = answers_of(answer, {2: (1000, 2000)})[2]
    assert [word.word.text for word in words] == ["quyền", "sở", "hữu"]
    assert [word.first.text if word.first else None for word in words] == ["quyên", "sở", None]
    assert [word.doubtful for word in words] == [True, False, False]


def test_words_are_laid_on_the_truths_page(answer: Path) -> None:
    (word, *_) = answers_of(answer, {2: (500, 4000)})[2]
    assert (word.word.x, word.word.y) == (100, 440)


def test_a_page_that_was_not_read_is_missed(answer: Path) -> None:
    with pytest.raises(RunFailed, match="not among them"):
        answers_of(answer, {3: (1000, 2000)})
