"""`sohoa validate` as it is typed: roots from folders and from signing.toml, files of strangers, reports on paper."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sohoa.cli.main import application
from sohoa.config.settings import settings
from sohoa.kernel.clock import now
from sohoa.kernel.errors import SohoaError
from sohoa.signing.signers.pkcs12 import KeyInMemory
from tests.signing.attacks import Workshop
from tests.signing.bombs import table_of_a_thousand_million_entries
from tests.signing.pki import YEAR, Held, issue, write_paper
from tests.signing.quick import sign_pdf

Type = Callable[..., Result]


@pytest.fixture(scope="module")
def person() -> Held:
    start, end = now() - YEAR, now() + YEAR
    return issue("Nguyễn Thị Mẫu", 2, issuer=issue("Gốc khác", 1, ca=True, start=start, end=end), start=start, end=end)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory, person: Held) -> Path:
    folder = tmp_path_factory.mktemp("papers")
    signer = KeyInMemory(person.certificate, person.key, [person.issuer.certificate])
    sign_pdf(write_paper(folder / "paper.pdf"), folder / "ket-qua.pdf", signer=signer, when=now())
    return folder / "ket-qua.pdf"


@pytest.fixture
def roots(tmp_path: Path, person: Held) -> Path:
    (tmp_path / "roots").mkdir()
    (tmp_path / "roots" / "GHI-CHU.txt").write_text("chứng thư lấy ngày 1/1")
    person.issuer.pem(tmp_path / "roots" / "goc.crt")
    return tmp_path / "roots"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("SOHOA_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    yield tmp_path / "home"
    settings.cache_clear()


@pytest.fixture
def validate(home: Path) -> Type:
    return lambda *words: CliRunner().invoke(application("validate"), ["validate", *map(str, words)])


def verdicts(told: Result) -> list[str | None]:
    return [json.loads(line)["verdict"] for line in told.stdout.splitlines()]


def text_of(report: Path) -> str:
    ran = subprocess.run(["pdftotext", "-layout", report, "-"], capture_output=True, check=True, timeout=20)
    return " ".join(ran.stdout.decode().split())


def test_a_folder_of_roots_is_believed_and_so_are_those_of_the_settings(validate: Type, home: Path, roots: Path, signed: Path):
    told = validate(signed, "--json")
    assert (verdicts(told), told.exit_code) == (["undetermined"], 1)
    assert json.loads(told.stdout)["reason"] == "NO_CERTIFICATE_CHAIN_FOUND"
    told = validate(signed, "--trust", roots, "--json")
    assert (verdicts(told), told.exit_code) == (["ok"], 0)
    (home / "signing.toml").write_text(f'[trust]\nroots = ["{roots}"]\n')
    assert validate(signed).exit_code == 0


def test_what_is_no_root_is_named_before_any_file_is_judged(validate: Type, roots: Path, signed: Path, person: Held):
    person.pem(roots / "ca-nhan.pem")
    told = validate(signed, "--trust", roots)
    assert isinstance(told.exception, SohoaError)
    assert (told.exception.code, told.exception.exit_code) == ("signing.trust_is_not_authority", 2)
    assert "ca-nhan.pem" in told.stderr.replace("\n", "")
    assert told.stdout == ""


def test_a_file_that_asks_for_more_than_a_machine_has_is_doubtful_and_the_next_is_judged(
    validate: Type, roots: Path, signed: Path, tmp_path: Path
):
    (tmp_path / "bomb.pdf").write_bytes(table_of_a_thousand_million_entries(Workshop(tmp_path)))
    (tmp_path / "letter.pdf").write_text("không phải PDF")
    told = validate(tmp_path / "bomb.pdf", tmp_path / "letter.pdf", tmp_path / "missing.pdf", signed, "--trust", roots, "--json")
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert [line["verdict"] for line in lines] == ["undetermined", None, None, "ok"]
    assert lines[0]["reason"] == "LIMIT_EXCEEDED"
    assert [line["error"] and line["error"]["code"] for line in lines[1:]] == ["signing.not_a_pdf", "signing.file_unreadable", None]
    assert told.exit_code == 1


def test_one_file_gives_one_report_in_the_language_that_was_asked_for(validate: Type, roots: Path, signed: Path, tmp_path: Path):
    vi, en = tmp_path / "phieu.pdf", tmp_path / "report.pdf"
    assert validate(signed, "--trust", roots, "--report", vi).exit_code == 0
    told = validate(signed, "--trust", roots, "--report", en, "--lang", "en", "--json")
    assert json.loads(told.stdout)["report"] == str(en)
    for expected in ("HỢP LỆ", "ket-qua.pdf", "Nguyễn Thị Mẫu", "Gốc khác ("):
        assert expected in text_of(vi)
    assert "SIGNATURE VALIDATION REPORT" in text_of(en)


def test_several_files_give_as_many_reports_in_a_folder_whatever_their_names(
    validate: Type, roots: Path, signed: Path, tmp_path: Path
):
    twin = tmp_path / "khac" / "ket-qua.pdf"
    twin.parent.mkdir()
    twin.write_bytes(signed.read_bytes() + b"x")
    told = validate(signed, twin, "--trust", roots, "--report", tmp_path / "phieu", "--json")
    assert [Path(json.loads(line)["report"]).name for line in told.stdout.splitlines()] == [
        "ket-qua-kiem-tra.pdf",
        "ket-qua-2-kiem-tra.pdf",
    ]
    first, second = (text_of(Path(json.loads(line)["report"])) for line in told.stdout.splitlines())
    assert first != second


@pytest.mark.parametrize("name", ["ket-qua.pdf", "dang-co.pdf", "thu-muc"])
def test_a_report_is_written_over_nothing(validate: Type, roots: Path, signed: Path, tmp_path: Path, name: str):
    mine, other = tmp_path / "ket-qua.pdf", tmp_path / "dang-co.pdf"
    mine.write_bytes(signed.read_bytes())
    other.write_bytes(b"%PDF-1.7 other")
    (tmp_path / "thu-muc").mkdir()
    (tmp_path / "thu-muc" / "ket-qua-kiem-tra.pdf").write_bytes(b"%PDF-1.7 old")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.pdf")}
    told = validate(mine, "--trust", roots, "--report", tmp_path / name)
    assert told.exit_code == 2
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.pdf")} == before


def test_settings_that_cannot_be_read_are_told_rather_than_left_out(validate: Type, home: Path, signed: Path):
    (home / "signing.toml").write_text("[trust]\nrots = []\n")
    told = validate(signed)
    assert isinstance(told.exception, SohoaError)
    assert told.exception.code == "config.signing_refused"
