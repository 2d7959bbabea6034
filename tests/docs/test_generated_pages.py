"""Pages that the code writes are as the code would write them now."""

from __future__ import annotations

import re

import pytest

from docs.generate import PAGES, VI, errors_page, import_everything
from sohoa.cli.main import COMMANDS
from sohoa.kernel.errors import all_errors


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_fresh(name: str) -> None:
    assert (VI / name).read_text(encoding="utf-8") == PAGES[name](), "run: python docs/generate.py"


def test_every_error_is_explained_and_no_other() -> None:
    import_everything()
    ours = {kind.code for kind in all_errors() if kind.__module__.startswith("sohoa.")}
    explained = re.findall(r"^### `([a-z_.0-9]+)`$", (VI / "loi.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(explained) == len(set(explained))
    assert set(explained) == ours
    assert len(ours) > 40


def test_no_sentence_of_an_error_shows_the_braces_of_its_facts() -> None:
    assert not re.search(r"\{\w+", errors_page())


def test_every_command_has_its_place() -> None:
    told = re.findall(r"^## `sohoa (\w+)", (VI / "lenh.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(told) == set(COMMANDS)
