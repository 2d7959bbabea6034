"""The page that explains the log says every word that the verifier may say."""

from __future__ import annotations

import re
from pathlib import Path

from sohoa.storage.audit.findings import REASONS, Finding

PAGE = Path(__file__).parents[3] / "docs" / "vi" / "nhat-ky.md"


def test_every_reason_is_explained_on_the_page_and_no_other() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert {reason for row in rows for reason in re.findall(r"`(\w+)`", row.split("|")[1])} == set(REASONS)


def test_every_reason_has_a_sentence_in_both_languages() -> None:
    for reason in REASONS:
        told = Finding(reason, 7, 9).as_dict()
        assert told["vi"] != told["en"] and "{" not in f"{told['vi']}{told['en']}"
