"""What the pages say about the code is so."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer

from sohoa.cli.main import COMMANDS, application
from sohoa.pipeline.models import State
from sohoa.signing.validation.explain import FINDINGS
from sohoa.storage.catalogue.register import TO_DIGITIZE, Channel, Decision
from sohoa.storage.indicators.count import indicators
from sohoa.storage.register_import import COLUMNS, DOSSIER_COLUMNS, OPTIONAL, weigh

HOME = Path(__file__).parents[2]
DOCS = HOME / "docs"
PAGES = sorted([HOME / "README.md", HOME / "CHANGELOG.md", *DOCS.rglob("*.md")])
PICTURES = sorted((DOCS / "pictures").iterdir())


def text_of(page: str | Path) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def one_line(text: str) -> str:
    return " ".join(text.split())


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one of any level."""
    found = re.search(rf"^#+ {re.escape(heading)}.*?\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


def first_column(text: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)


def name_of(page: Path) -> str:
    return str(page.relative_to(HOME))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if not (page.parent / link.partition("#")[0]).exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_page_names_an_address_or_a_folder_of_somebodys_machine(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"https?://|--(extra-)?index|--find-links", text)
    assert not re.search(r"(?<![\w.])/(?:tmp|home|root|work|mnt|srv|Users)/", text)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_make_target_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (HOME / "Makefile").read_text(), re.MULTILINE))
    told = re.findall(r"(?:^    |`|«)make ([a-z]+)\b", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(told) <= targets


def known_options() -> dict[str, set[str]]:
    root: Any = typer.main.get_command(application())
    known: dict[str, set[str]] = {}
    for name, command in root.commands.items():
        parts = [command, *getattr(command, "commands", {}).values()]
        known[name] = {option for part in parts for parameter in part.params for option in parameter.opts} | {"--help"}
    return known


def test_every_command_and_option_that_a_page_types_exists() -> None:
    known = known_options()
    assert set(known) == set(COMMANDS)
    typed = 0
    for page in PAGES:
        fragments = re.findall(r"^    .*$|`[^`\n]+`|«[^»\n]+»|^  sohoa .*$", page.read_text(encoding="utf-8"), re.MULTILINE)
        for fragment in fragments:
            for name, rest in re.findall(r"(?<![\w/.-])(?:\.venv/bin/)?sohoa ([a-z]+)\b([^`»&|]*)", fragment.partition("#")[0]):
                typed += 1
                assert name in known, (page.name, fragment)
                options = set(re.findall(r"(?<!\S)(--?[a-z][\w-]*)", rest))
                assert options <= known[name], (page.name, fragment, options - known[name])
    assert typed > 30


def test_the_two_commands_stand_on_the_first_screen_of_the_readme() -> None:
    first_screen = text_of("../README.md").splitlines()[:16]
    assert any(line.strip().startswith("make demo") for line in first_screen)
    assert any(line.strip().startswith("make test") for line in first_screen)
    assert any("docs/pictures/" in line for line in first_screen)


@pytest.mark.parametrize("picture", PICTURES, ids=name_of)
def test_a_picture_is_small_and_fetches_nothing(picture: Path) -> None:
    drawn = picture.read_text(encoding="utf-8")
    assert picture.stat().st_size < 200_000
    assert set(re.findall(r"https?://[^\s\"'<>)]+", drawn)) == {"http://www.w3.org/2000/svg"}
    assert all(link.startswith("#") for link in re.findall(r"href=\"([^\"]*)", drawn))
    assert not re.search(r"@import|@font-face|url\(", drawn)


def test_every_column_of_the_register_is_explained_in_its_order() -> None:
    page = text_of("vi/so-dang-ky.md")
    dossier = first_column(section(page, "Các cột của hồ sơ"))
    part = first_column(section(page, "Các cột của thành phần hoặc kết quả"))
    assert dossier == [*DOSSIER_COLUMNS, *OPTIONAL]
    assert [name for name in dossier + part if name not in OPTIONAL] == list(COLUMNS)


def test_every_value_that_the_register_allows_is_explained() -> None:
    page = text_of("vi/so-dang-ky.md")
    channels = next(line for line in page.splitlines() if line.startswith("| `channel` |"))
    assert set(re.findall(r"`(\w+)`", channels)) == {"channel", *Channel.values}
    rows = [line.split("|") for line in section(page, "Quyết định số hóa").splitlines() if line.startswith("| `")]
    told = {cells[1].strip(" `"): cells[3].strip().startswith("có") for cells in rows}
    assert told == {decision.value: decision in TO_DIGITIZE for decision in Decision}


@pytest.mark.django_db
def test_the_example_of_a_register_is_taken_in(tmp_path: Path) -> None:
    found = re.search(r"```csv\n(.*?)```", text_of("vi/so-dang-ky.md"), re.DOTALL)
    assert found
    assert next(csv.reader(io.StringIO(found[1]))) == list(COLUMNS)
    (tmp_path / "register.csv").write_text(found[1], encoding="utf-8")
    imported = weigh(tmp_path / "register.csv")
    assert (imported.created, imported.refused) == (1, [])


def test_every_indicator_is_published_word_for_word() -> None:
    page = text_of("vi/chi-so.md")
    for indicator in indicators():
        told = one_line(section(page, f"{indicator.name_vi} (`{indicator.id}`)"))
        for said in (indicator.definition_vi, indicator.legal_basis, indicator.caveat, f"`{indicator.basis}`"):
            assert one_line(said) in told
        target = re.search(r"Chỉ tiêu để so: ([\d,]+) %", told)
        assert (target and target[1].replace(",", ".")) == indicator.target
    assert len(re.findall(r"^### .* \(`\w+`\)$", page, re.MULTILINE)) == len(indicators())


def test_every_reason_of_a_verdict_on_a_signature_is_explained() -> None:
    rows = dict(re.findall(r"^\| `([A-Z_]+[A-Z])` \| (.*) \|$", text_of("vi/ky-so.md"), re.MULTILINE))
    assert rows == {code: said["vi"] for code, said in FINDINGS.items()}


@pytest.mark.parametrize("page", ["vi/quet.md", "en/states.md"])
def test_every_state_is_in_the_table_and_in_the_picture(page: str) -> None:
    text = text_of(page)
    picture = re.search(r"```\n(.*?)```", text, re.DOTALL)
    assert picture
    for state in State:
        assert f"`{state.value}`" in text
        assert state.value in picture[1] or state in (State.REVIEW, State.EXCLUDED)


def test_every_event_of_the_log_is_named() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (HOME / "sohoa").rglob("*.py"))
    written = set(re.findall(r"chain\.append\(\s*\"([a-z.]+)\"", sources))
    assert {"record.archived", "paper.claimed"} <= written
    assert {event for event in written if f"`{event}`" not in text_of("vi/kiem-chung.md")} == set()


@pytest.mark.parametrize("page", ["en/tour.md", "en/leases.md", "en/states.md", "en/privacy.md"])
def test_every_file_named_for_developers_exists(page: str) -> None:
    named = re.findall(r"`((?:\w+/)+\w*(?:\.\w+)?)`", text_of(page))
    runtime = ("objects/", "claims/", "logs/", "quarantine/", "keys/", "images/", "pages/")
    ours = [path for path in named if not path.startswith(runtime)]
    stale = [path for path in ours if not any((HOME / base / path).exists() for base in ("", "sohoa"))]
    assert not stale


def test_every_decision_has_its_parts_and_is_listed() -> None:
    records = sorted((DOCS / "adr").glob("0*.md"))
    assert [int(record.name[:4]) for record in records] == list(range(1, len(records) + 1))
    listed = re.findall(r"\]\((0\d+-[^)]+)\)", text_of("adr/README.md"))
    assert listed == [record.name for record in records]
    for record in records:
        told = record.read_text(encoding="utf-8")
        for part in ("**Question.**", "**Weighed**", "**Decision.**", "**It costs.**", "**Look again**", "accepted "):
            assert part in told, (record.name, part)


def test_the_changelog_begins_with_this_version() -> None:
    version = tomllib.loads((HOME / "pyproject.toml").read_text())["project"]["version"]
    assert re.findall(r"^## (\S+?),? ", text_of("../CHANGELOG.md"), re.MULTILINE)[0] == version
