"""A store that is away, a byte changed behind its back, a disk that is full: said plainly, nothing lost, work goes on later."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sohoa.storage.objects.model import RECORDS
from sohoa.storage.objects.seaweed import embedded_store
from tests.papers import write_papers
from tests.running import COMMAND, Office


def test_a_store_that_does_not_answer_is_exit_three_and_the_work_resumes(office: Office, inbox: Path) -> None:
    write_papers(inbox, 2)
    away = {"SOHOA_S3_URL": "http://127.0.0.1:9", "SOHOA_S3_ACCESS_KEY": "a", "SOHOA_S3_SECRET_KEY": "b"}
    answer = office("digitize", inbox, "--json", **away)
    assert answer.code == 3
    assert not office.rows("SELECT 1 FROM pipeline_item WHERE state = 'quarantined'")
    assert {told["state"] for told in office.digitize(inbox).values()} == {"archived"}


@pytest.mark.timeout(300)
def test_one_byte_changed_behind_the_stores_back_is_reported_for_exactly_that_record(office: Office, inbox: Path) -> None:
    write_papers(inbox, 4)
    found = office.digitize(inbox)
    victim = found["giay-003.pdf"]
    place = victim["object"]
    with (
        embedded_store(office.home) as connection,
        connection.store() as store,
        store.open(RECORDS, place["key"], place["version_id"]) as stream,
    ):
        content = b"".join(stream)
    # The object's bytes stand in one of the store's volume files as they are; one of them is turned.
    (volume,) = [file for file in (office.home / "objects").rglob("*.dat") if content in file.read_bytes()]
    with volume.open("r+b") as opened:
        opened.seek(volume.read_bytes().index(content) + 2000)
        opened.write(bytes([content[2000] ^ 0xFF]))
    answer = office("verify", "--all", "--json")
    assert answer.code == 1
    assert [(failure["id"], failure["what"]) for failure in answer.json["failures"]] == [(victim["document_id"], "fixity")]
    assert (answer.json["checked"], answer.json["ok"], answer.json["failed"]) == (4, 3, 1)


def test_a_rewritten_log_is_found_by_verify(office: Office, inbox: Path) -> None:
    import sqlite3

    write_papers(inbox, 1)
    office.digitize(inbox)
    with sqlite3.connect(office.home / "catalogue.sqlite3") as database:
        database.execute("UPDATE audit_auditevent SET actor = 'ai đó khác' WHERE sequence = 1")
    answer = office("verify", "--all", "--json")
    assert answer.code == 1
    assert [failure["what"] for failure in answer.json["failures"]] == ["audit"]


@contextmanager
def small_disk(folder: Path) -> Iterator[list[str]]:
    """`folder` on a disk of 96 KiB, for the command that what is given begins: root mounts one, others ask bubblewrap."""
    if os.geteuid() != 0:
        yield ["bwrap", "--dev-bind", "/", "/", "--size", str(96 * 1024), "--tmpfs", str(folder), "--die-with-parent"]
        return
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96k", "small-disk", folder], check=True)
    try:
        yield []
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_is_said_plainly_and_the_same_command_goes_on_when_there_is_room(
    office: Office, inbox: Path, tmp_path: Path
) -> None:
    papers = write_papers(inbox, 2)
    assert office("register", "import", tmp_path / "none.csv").code == 2  # the home is made, on the large disk
    claims = office.home / "claims"
    claims.mkdir(parents=True, exist_ok=True)
    with small_disk(claims) as begin:
        typed = [*begin, *COMMAND, "digitize", str(inbox), "--json"]
        ran = subprocess.run(typed, env=office.environment(), capture_output=True, text=True, timeout=200, check=False)
    assert ran.returncode == 1, ran.stderr
    assert "Traceback" not in ran.stderr
    assert "Giải phóng chỗ" in " ".join(ran.stderr.split())
    assert not office.rows("SELECT 1 FROM pipeline_item WHERE state = 'quarantined'")
    assert {told["state"] for told in office.digitize(inbox).values()} == {"archived"}
    assert all(paper.exists() for paper in papers)


def test_a_file_that_may_not_be_read_is_named_and_the_others_are_archived(office: Office, inbox: Path) -> None:
    papers = write_papers(inbox, 2)
    papers[0].chmod(0)
    if os.geteuid() != 0:
        found = office.digitize(inbox)
    else:
        # Root may read anything; without these two capabilities it is held to the permissions like everybody else.
        held_to_them = ["setpriv", "--inh-caps=-dac_override,-dac_read_search", "--bounding-set=-dac_override,-dac_read_search"]
        typed = [*held_to_them, *COMMAND, "digitize", str(inbox), "--json"]
        ran = subprocess.run(typed, env=office.environment(), capture_output=True, text=True, timeout=200, check=False)
        assert "Traceback" not in ran.stderr, ran.stderr
        found = {Path(told["source"]).name: told for told in map(json.loads, ran.stdout.splitlines())}
    assert (found["giay-001.pdf"]["state"], found["giay-001.pdf"]["error"]["code"]) == (
        "quarantined",
        "pipeline.source_not_readable",
    )
    assert found["giay-002.pdf"]["state"] == "archived"
    papers[0].chmod(0o644)
    assert {told["state"] for told in office.digitize(inbox).values()} == {"archived"}
    assert office.rows("SELECT count(*) FROM pipeline_item WHERE state = 'quarantined'") == [(0,)]
