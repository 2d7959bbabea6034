"""The digitiser and the dossier of a paper: suggested, questioned, moved, taken back, and moved once even when the power goes."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sohoa.storage.objects.seaweed import embedded_store
from sohoa.storage.register_import import COLUMNS
from tests.cli.test_review import typed, write_typed
from tests.papers import decision
from tests.running import PATIENCE, Office

FIRST, SECOND, SLIP = "H99.12-260105-0001", "H99.12-260105-0002", "H99.12-260105-0007"
# The command, in a process that dies when the object is stored and the move is done, but neither logged nor committed.
DYING = """
import os, signal, django
os.environ["DJANGO_SETTINGS_MODULE"] = "sohoa.config.django"
django.setup()
from sohoa.storage import revisions
def die(*arguments, **options): os.kill(os.getpid(), signal.SIGKILL)
revisions.chain.append = die
from sohoa.cli.main import run; run()
"""


def register(folder: Path) -> Path:
    file = folder / "so.csv"
    row = dict.fromkeys(COLUMNS, "") | {
        "procedure_code": "1.004194", "procedure_name": "Cấp giấy phép mẫu", "unit_code": "H99.12", "unit_name": "UBND phường Thử",
        "channel": "direct", "received_at": "2026-01-05T08:00:00+07:00", "yields_result": "yes", "kind": "result", "ordinal": "1",
        "document_type": "QĐ", "name": "Quyết định mẫu",
    }  # fmt: skip
    lines = [",".join({**row, "dossier_code": code}[name] for name in COLUMNS) for code in (FIRST, SECOND)]
    file.write_text("\n".join([",".join(COLUMNS), *lines]) + "\n", encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office whose papers each bear a dossier's code that is one digit off any in the register."""
    room = tmp_path_factory.mktemp("dossiers")
    office = Office(room / "home")
    (room / "inbox").mkdir()
    for number in range(3):
        write_typed(room / "inbox" / f"giay-{number}.pdf", (*decision(number), f"Mã hồ sơ: {SLIP}"))
    with embedded_store(office.home):
        assert office("register", "import", register(room)).code == 0
        told = office.digitize(room / "inbox")
        assert {one["state"] for one in told.values()} == {"archived"}
        yield office


@pytest.fixture(scope="module")
def papers(desk: Office) -> Iterator[str]:
    return iter([str(row[0]) for row in desk.rows("SELECT id FROM catalogue_record ORDER BY archived_at, id")])


@pytest.fixture
def paper(papers: Iterator[str]) -> str:
    """The id of a record that no test has touched yet."""
    return next(papers)


def places_of(office: Office, paper: str) -> list[tuple[str]]:
    return office.rows("SELECT dossier_code FROM catalogue_filing WHERE record_id = ?", paper)


def test_walking_a_code_that_no_register_knows_is_questioned_and_the_right_one_files_the_record(desk: Office, paper: str) -> None:
    shown = desk("review", "show", paper, "--json").json
    asked = [told["field"] for told in shown["fields"]]
    assert asked[-1] == "dossier_code" and shown["fields"][-1]["reason"] == "dossier_unknown"
    others = "-\n" * (len(asked) - 1)
    answer = typed(desk, f"{others}\n{FIRST}\nu\n\n!\nu\n{SECOND}\nq\n", "--by", "mau-1")
    said = " ".join(answer.err.split())
    assert "chưa có trong sổ đăng ký" in said and f"gần giống: {FIRST}" in said
    assert f"Bản ghi nằm trong hồ sơ {FIRST}, ở chỗ" in said or f"Bản ghi nằm trong hồ sơ {FIRST}, chưa vào" in said
    assert f"Bản ghi nằm trong hồ sơ {SLIP}, chưa vào thành phần nào: sổ chưa có hồ sơ này." in said
    assert places_of(desk, paper) == [(SECOND,)]
    reasons = desk.rows("SELECT reason FROM catalogue_fieldrevision WHERE record_id = ? ORDER BY number", paper)
    assert [reason for (reason,) in reasons] == ["corrected", "undone", "confirmed", "undone", "corrected"]


def test_a_code_that_no_register_knows_is_kept_only_by_whoever_means_it(desk: Office, paper: str) -> None:
    refused = desk("review", "set", paper, "dossier_code", "--confirm", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (2, "storage.dossier_not_in_register")
    kept = desk("review", "set", paper, "dossier_code", "--confirm", "--unregistered", "--json")
    assert kept.json["dossiers"] == [SLIP]


def test_a_move_that_was_killed_is_done_once_by_the_next_command(desk: Office, paper: str) -> None:
    command = [sys.executable, "-c", DYING, "review", "set", paper, "dossier_code", FIRST, "--by", "mau-1"]
    killed = subprocess.run(command, env=desk.environment(), capture_output=True, timeout=PATIENCE, check=False)
    assert killed.returncode == -signal.SIGKILL and places_of(desk, paper) == []
    shown = desk("review", "show", paper, "--json").json
    assert (shown["dossier"], shown["version"]) == (FIRST, 1)
    assert desk("review", "set", paper, "dossier_code", FIRST, "--json").json["version"] == 1, (
        "typed again, it is still one correction"
    )
    moved = "SELECT count(*) FROM audit_auditevent WHERE action = 'record.refiled' AND subject = ?"
    assert (places_of(desk, paper), desk.rows(moved, paper)) == ([(FIRST,)], [(1,)])
