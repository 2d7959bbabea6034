"""`sohoa evidence`, as it is typed, with time stamps and revocation from a real authority on loopback."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sohoa.kernel.clock import iso_vietnam, now
from sohoa.pipeline.signing.evidence_files import create_for
from sohoa.pipeline.signing.office import open_office
from sohoa.signing.evidence_records.asn1 import read_record
from sohoa.storage.objects.model import RECORDS
from sohoa.storage.objects.seaweed import embedded_store
from sohoa.storage.packages import ocfl
from sohoa.storage.packages.model import package_of
from tests.pipeline.signing.archived import plain_paper
from tests.running import Office
from tests.signing.authority import YEAR, Pki, authority


@pytest.fixture(scope="module")
def _running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pki]:
    """Born four and a half years ago, so that what was stamped then is to be renewed now."""
    with authority(tmp_path_factory.mktemp("pki"), now=now().replace(microsecond=0) - 4.5 * YEAR) as pki:
        pki.now = None
        yield pki


@pytest.fixture
def pki(_running: Pki) -> Iterator[Pki]:
    _running.forget_counts()
    yield _running
    _running.now = None
    _running.start()


def office_in(home: Path, pki: Pki, services: bool = True) -> Office:
    home.mkdir(parents=True, exist_ok=True)
    told = f'[services]\ntimestamps = ["{pki.tsa_url}"]\n' if services else ""
    (home / "signing.toml").write_text(f'{told}[trust]\nroots = ["{pki.root_pem}"]\n', encoding="utf-8")
    return Office(home)


@pytest.fixture
def desk(tmp_path: Path, pki: Pki) -> Office:
    return office_in(tmp_path / "home", pki)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    found = [tmp_path / "ho-so" / f"giấy {number}.pdf" for number in range(3)]
    found[0].parent.mkdir()
    for file in found:
        file.write_text(file.name, encoding="utf-8")
    return found


def test_files_get_evidence_with_one_time_stamp_and_it_is_verified_without_any_service(
    desk: Office, files: list[Path], pki: Pki, tmp_path: Path
) -> None:
    proofs = tmp_path / "chung-cu"
    answer = desk("evidence", "create", *files, "-o", proofs, "--json")
    assert answer.code == 0, answer.err
    assert [line["evidence"] for line in answer.lines] == [str(proofs / f"{file.name}.ers") for file in files]
    assert {line["verdict"] for line in answer.lines} == {"ok"} and pki.counted(pki.tsa_url) == 1
    pki.stop()
    again = desk("evidence", "create", *files, "-o", proofs, "--json")
    assert again.code == 0 and [line["again"] for line in again.lines] == [True] * 3
    answer = desk("evidence", "verify", *files, "--evidence", proofs, "--json")
    assert answer.code == 0, answer.out
    for line, file in zip(answer.lines, files, strict=True):
        assert (line["files"], line["verdict"], line["findings"]) == ([str(file)], "ok", [])
        assert line["since"] == again.lines[0]["since"] and len(line["stamps"]) == 1
    stranger = office_in(tmp_path / "another", pki)
    (stranger.home / "signing.toml").unlink()
    unknown = stranger("evidence", "verify", files[0], "--evidence", proofs, "--json")
    assert (unknown.code, unknown.json["verdict"], unknown.json["reason"]) == (1, "undetermined", "NO_CERTIFICATE_CHAIN_FOUND")
    named = stranger("evidence", "verify", files[0], "--evidence", proofs, "--trust", pki.root_pem)
    assert named.code == 0 and "được chứng minh là có, nguyên vẹn" in named.out


def test_a_changed_a_missing_and_an_unreadable_file_are_told_each_in_words(desk: Office, files: list[Path], tmp_path: Path) -> None:
    proofs = tmp_path / "chung-cu"
    missing = tmp_path / "ho-so" / "mất.pdf"
    made = desk("evidence", "create", *files, missing, "-o", proofs, "--json")
    assert made.code == 1 and [bool(line["error"]) for line in made.lines] == [False, False, False, True]
    assert made.lines[3]["error"]["code"] == "signing.file_unreadable"
    files[0].write_text("đã sửa", encoding="utf-8")
    (proofs / f"{files[1].name}.ers").write_bytes(b"0\x03")
    (proofs / f"{files[2].name}.ers").unlink()
    answer = desk("evidence", "verify", *files, "--evidence", proofs, "--json")
    assert answer.code == 1
    told = [(line["verdict"], line["reason"], line["error"] and line["error"]["code"]) for line in answer.lines]
    assert told == [
        ("failed", "DATA_NOT_COVERED", None),
        ("failed", "FORMAT_FAILURE", None),
        (None, None, "pipeline.evidence_missing"),
    ]
    words = desk("evidence", "verify", *files, "--evidence", proofs)
    assert "đã bị sửa, hoặc là tệp khác (DATA_NOT_COVERED)" in words.out and "Không thấy chứng cứ" in words.err


def test_nothing_is_written_over_and_two_files_of_one_name_are_refused(desk: Office, files: list[Path], tmp_path: Path) -> None:
    proofs = tmp_path / "chung-cu"
    proofs.mkdir()
    (proofs / f"{files[0].name}.ers").write_bytes(b"someone's work")
    answer = desk("evidence", "create", *files, "-o", proofs, "--json")
    assert answer.code == 1 and answer.lines[0]["error"]["code"] == "pipeline.evidence_taken"
    assert (proofs / f"{files[0].name}.ers").read_bytes() == b"someone's work"
    assert [line["verdict"] for line in answer.lines[1:]] == ["ok", "ok"]
    twin = tmp_path / files[1].name
    shutil.copy(files[1], twin)
    refused = desk("evidence", "create", files[1], twin, "-o", tmp_path / "khac")
    assert refused.code == 2 and "cùng tên" in refused.err and not (tmp_path / "khac").exists()


def test_evidence_of_a_folder_is_renewed_when_it_comes_of_age_without_the_files(
    desk: Office, files: list[Path], pki: Pki, tmp_path: Path
) -> None:
    proofs = tmp_path / "chung-cu"
    old, young, *_ = files
    pki.now = pki.born
    (made,) = create_for(open_office(desk.home), [old], proofs, clock=lambda: pki.born)
    pki.now = None
    assert desk("evidence", "create", young, "-o", proofs).code == 0
    (proofs / "hong.ers").write_bytes(b"?")
    old.unlink()
    asked = desk("evidence", "renew", proofs, "--dry-run", "--json")
    states = {Path(line["evidence"]).name: line["state"] for line in asked.lines}
    assert asked.code == 1 and states == {f"{old.name}.ers": "due", f"{young.name}.ers": "left", "hong.ers": "failed"}
    pki.forget_counts()
    before = made.evidence.read_bytes()
    done = desk("evidence", "renew", proofs)
    assert done.code == 1 and pki.counted(pki.tsa_url) == 1
    assert "1 đã gia hạn · 1 chưa đến hạn · 1 cần người xem" in done.err
    assert [len(chain) for chain in read_record(made.evidence.read_bytes()).chains] == [2] and made.evidence.read_bytes() != before
    old.write_text(old.name, encoding="utf-8")
    answer = desk("evidence", "verify", old, "--evidence", proofs, "--json").json
    assert (answer["verdict"], answer["since"]) == ("ok", iso_vietnam(pki.born)) and len(answer["stamps"]) == 2


def test_without_a_time_stamping_service_what_to_do_is_said(tmp_path: Path, files: list[Path], pki: Pki) -> None:
    answer = office_in(tmp_path / "home", pki, services=False)("evidence", "create", *files, "-o", tmp_path / "chung-cu", "--json")
    assert (answer.code, answer.json["error"]["code"]) == (2, "pipeline.evidence_without_service")
    assert not (tmp_path / "chung-cu").exists()


def test_a_service_that_is_out_is_exit_three_and_nothing_is_written(
    desk: Office, files: list[Path], pki: Pki, tmp_path: Path
) -> None:
    pki.stop()
    answer = desk("evidence", "create", *files, "-o", tmp_path / "chung-cu", "--json")
    assert (answer.code, answer.json["error"]["code"]) == (3, "signing.timestamp_unavailable")
    assert not (tmp_path / "chung-cu").exists()


def deposited(home: Path, papers: list[Path]) -> list[str]:
    """Archived as the product does it, without being read; gives their ids."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.pipeline.signing.renewal_run"],
        input=json.dumps({"deposit": [str(paper) for paper in papers]}) + "\n",
        env=Office(home).environment(), capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    status, ids = json.loads(ran.stdout)
    assert status == 0, ran.stderr
    return ids


def test_the_archive_is_covered_verified_and_told_up_to_which_objects(desk: Office, pki: Pki, tmp_path: Path) -> None:
    papers = [plain_paper(tmp_path / f"{number}.pdf") for number in range(2)]
    papers[1].write_bytes(papers[1].read_bytes() + b"% another\n")
    with embedded_store(desk.home) as connection:
        first, _ = ids = deposited(desk.home, papers)
        made = desk("evidence", "archive", "--json")
        assert made.code == 0 and pki.counted(pki.tsa_url) == 1, made.err
        assert [(line["document_id"], line["covers"]) for line in made.lines] == [
            (pk, ["manifest", "premis", "record"]) for pk in ids
        ]
        again = desk("evidence", "archive")
        assert again.code == 0 and "không phải làm gì" in again.err and not again.out

        assert desk("review", "set", first, "issued_date", "2026-01-05").code == 0
        checked = desk("verify", "--all", "--json")
        partly = [{"id": first, "not_covered": ["revision-000001"]}]
        assert checked.code == 0 and checked.json["evidence"] == {"whole": 1, "partly": partly, "none": 0}
        words = desk("verify", first)
        assert words.code == 0 and f"{first}: chưa gồm revision-000001" in words.err and "sohoa evidence archive" in words.err
        shown = desk("show", first)
        assert "Chứng cứ từ" in shown.out and "chưa có chứng cứ: revision-000001" in shown.out

        with connection.store() as store:
            for held in ocfl.opened(store, package_of(first, "")).files.values():
                store.download(RECORDS, held.key, held.version_id, tmp_path / "copy" / held.path)
    copies = sorted((tmp_path / "copy" / first).glob("*.*"))
    der = tmp_path / "copy" / first / "evidence" / "000001.ers"
    alone = Office(tmp_path / "nobody")
    proven = alone("evidence", "verify", *copies, "--evidence", der, "--trust", pki.root_pem, "--json")
    assert (proven.code, proven.json["verdict"], len(proven.json["files"])) == (0, "ok", 3)
    part = alone("evidence", "verify", copies[0], "--evidence", der, "--trust", pki.root_pem, "--json")
    assert (part.code, part.json["reason"]) == (1, "GROUP_INCOMPLETE")
