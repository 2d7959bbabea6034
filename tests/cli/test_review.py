"""The digitiser at the review desk: what waits, what it is, and settling it from the keyboard."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from fpdf import FPDF
from PIL import Image
from typer.testing import CliRunner

from sohoa.cli.review import add_to
from sohoa.storage.objects.seaweed import embedded_store
from tests.papers import TINOS, decision
from tests.running import COMMAND, PATIENCE, Answer, Office


def write_typed(path: Path, lines: tuple[str, ...]) -> None:
    """A typed page: it says itself what stands on it, so that nothing has to be read."""
    paper = FPDF(format="A4")
    paper.add_page()
    paper.add_font("Tinos", fname=TINOS)
    paper.set_font("Tinos", size=14)
    for line in lines:
        paper.cell(0, 10, line, new_x="LMARGIN", new_y="NEXT")
    paper.output(str(path))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office with papers that bear neither number nor date, so that each waits for a person. A test settles a paper of its own."""
    room = tmp_path_factory.mktemp("desk")
    office = Office(room / "home")
    (room / "inbox").mkdir()
    for number in range(3):
        write_typed(room / "inbox" / f"giay-{number}.pdf", decision(number))
    with embedded_store(office.home):
        assert {told["state"] for told in office.digitize(room / "inbox").values()} == {"archived"}
        yield office


@pytest.fixture(scope="module")
def papers(desk: Office) -> Iterator[str]:
    return iter([str(row[0]) for row in desk.rows("SELECT id FROM catalogue_record ORDER BY archived_at, id")])


@pytest.fixture
def paper(papers: Iterator[str]) -> str:
    """The id of a record that no test has touched yet, the longest archived first."""
    return next(papers)


def typed(office: Office, keys: str, *arguments: str | Path) -> Answer:
    """What `review next` says to these lines."""
    ran = subprocess.run(
        [*COMMAND, "review", "next", *map(str, arguments)],
        input=keys, env=office.environment(), capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert "Traceback" not in ran.stderr, ran.stderr
    return Answer(ran.returncode, ran.stdout, ran.stderr)


def test_walking_through_with_the_keyboard_settles_the_oldest_record_and_leaves_what_was_skipped(desk: Office, paper: str) -> None:
    asked = desk("review", "show", paper, "--json").json["fields"]
    answers = {"issued_date": "31/02/2026\n5/1/2026", "issuing_agency": "UBND phường Thanh Mẫu", "code_number": "3\n=3"}
    answers |= {"type": "QĐ", "code_notation": "-", "subject": "Về việc mẫu"}
    keys = "".join(answers.get(told["field"], "") + "\n" for told in asked)
    answer = typed(desk, keys + "q\n", "--by", "Trần Thị Mẫu")
    assert answer.code == 0 and not answer.out
    said = " ".join(answer.err.split())
    assert "không có trong lịch" in said and "gõ thêm dấu = phía trước" in said
    left = desk("review", "show", paper, "--json").json
    assert [field["field"] for field in left["fields"]] == ["code_notation"] and not left["complete"]
    assert typed(desk, "0\nu\n0\nq\n").code == 0
    kept = desk("show", paper, "--json").json
    assert (kept["fields"]["code_number"]["value"], kept["fields"]["issued_date"]["value"]) == ("3", "2026-01-05")
    assert kept["completeness"] == {"complete": True, "missing": [], "doubtful": [], "absent": ["code_notation"]}
    history = [revision["reason"] for revision in kept["revisions"] if revision["field"] == "code_notation"]
    assert history == ["corrected", "undone", "corrected"] and kept["revisions"][0]["by"] == "Trần Thị Mẫu"
    listed = desk("review", "list", "--json").json
    assert listed["today"]["records"] == {"numerator": 1, "denominator": 3, "percent": "33.33"}
    assert listed["waiting"] == 2 and paper not in [line["document_id"] for line in listed["records"]]


def test_one_field_is_shown_with_its_picture_set_found_again_and_taken_back(desk: Office, paper: str, tmp_path: Path) -> None:
    shown = desk("review", "show", paper, "--crop", tmp_path / "anh", "--json").json
    number = next(field for field in shown["fields"] if field["field"] == "code_number")
    assert (number["name"], number["value"], number["reason"]) == ("Số", None, "missing")
    assert Image.open(number["crop"]).width > 100
    refused = desk("review", "set", paper, "code_number", "05/QĐ-UBND", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (2, "storage.value_refused")
    told = desk("review", "set", paper, "code_number", "4711", "--by", "mau-1", "--seen", str(shown["version"]), "--json").json
    assert (told["value"], told["by"], told["version"]) == ("4711", "mau-1", shown["version"] + 1)
    late = desk("review", "set", paper, "code_number", "4712", "--seen", str(shown["version"]), "--json")
    assert (late.code, late.json["error"]["code"]) == (1, "storage.changed_meanwhile")
    assert [hit["document_id"] for hit in desk("search", "4711", "--json").json["hits"]] == [paper]
    assert desk("review", "set", paper, "code_number", "--undo", "--json").json["value"] is None


def test_the_screen_speaks_vietnamese_and_takes_nothing_on_the_paper_for_markup(desk: Office, paper: str) -> None:
    assert "[red]mẫu[/red]" in desk("review", "set", paper, "subject", "Về việc [red]mẫu[/red] [/]").err
    said = desk("review", "show", paper)
    assert "Số [code_number]" in said.out and "chưa tìm thấy trên giấy" in said.out
    assert "Còn" in said.err and "Ký hiệu (thiếu)" in " ".join(said.err.split())
    listed = desk("review", "list")
    assert paper in listed.out and "bản ghi chờ xem" in listed.err


def test_the_end_of_the_keyboard_ends_the_walk_with_nothing_written(desk: Office) -> None:
    answer = typed(desk, "")
    assert answer.code == 0 and "Đã ghi 0 trường" in answer.err


@pytest.mark.parametrize(
    "words",
    [("set", "0" * 20, "code_number"), ("set", "0" * 20, "code_number", "12", "--confirm"), ("list", "--limit", "0"), ("show",)],
    ids=" ".join,
)
def test_what_was_typed_wrong_ends_with_two(words: tuple[str, ...]) -> None:
    app = typer.Typer()
    add_to(app)
    app.command("another")(lambda: None)
    assert CliRunner().invoke(app, ["review", *words]).exit_code == 2
