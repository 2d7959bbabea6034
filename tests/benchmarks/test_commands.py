"""The commands of docs/en/benchmarks.md are there, and bad input is a sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.__main__ import main

PAGE = Path(__file__).parents[2] / "docs" / "en" / "benchmarks.md"
TOLD = sorted(set(re.findall(r"-m benchmarks\.(\w+)(?: (overhead|real|long))?", PAGE.read_text(encoding="utf-8"))))


@pytest.mark.parametrize("words", [[word for word in words if word] for words in TOLD], ids=" ".join)
def test_every_command_told_explains_itself(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*words, "--help"])
    assert ended.value.code == 0
    assert "usage: python -m benchmarks" in capsys.readouterr().out


def test_truths_without_their_papers_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reading", "real", "--truth", str(tmp_path)]) == 1
    assert "--truth and --papers go together" in capsys.readouterr().err


def test_no_pages_are_no_benchmark(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["reading", "--pages", "0"])
    assert ended.value.code == 2
