"""Kill anything, at any moment: starting again completes the work, once."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.papers import write_papers
from tests.running import PATIENCE, Office

KILLS = 12
WRITES = 11  # a paper is put in place this often between its claim and its archiving
INJECTOR = Path(__file__).parent / "inject"


def children_of(pid: int) -> list[int]:
    return [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]


def store_of(home: Path) -> int | None:
    """The store's server, if it runs."""
    try:
        pid = int(json.loads((home / "objects" / "server.json").read_text())["pid"])
        os.kill(pid, 0)
    except (FileNotFoundError, ValueError, KeyError, ProcessLookupError):
        return None
    return pid


def appeared(victim: str, run: subprocess.Popen[str], home: Path) -> int | None:
    """Wait until the victim is there; None when the run ended before."""
    while run.poll() is None:
        with suppress(FileNotFoundError, ProcessLookupError):
            there = {"run": [run.pid], "worker": children_of(run.pid), "store": [store_of(home)]}[victim]
            if there and there[-1]:
                return there[-1]
        time.sleep(0.02)
    return None


def assert_each_archived_once(office: Office, papers: list[Path]) -> None:
    assert office.rows("SELECT count(*), count(DISTINCT source_sha256) FROM catalogue_record") == [(len(papers), len(papers))]
    assert office.rows("SELECT count(*) FROM audit_auditevent WHERE action = 'record.archived'") == [(len(papers),)]
    versions = office.bucket()
    once = {key: count for key, count in versions.items() if "/v1/" in key or "=" in key}
    assert set(once.values()) == {1}, "an object was written twice"
    assert sum("/metadata-" in key for key in versions) == len(papers)
    assert sum("/original-" in key for key in versions) == len(papers)
    assert not [folder for folder in (office.home / "claims").iterdir() if len(folder.name) == 64], "work was left behind"


@pytest.mark.timeout(420)
def test_papers_survive_kills_of_the_run_a_worker_or_the_store_at_random_moments(office: Office, inbox: Path) -> None:
    chance = random.Random(20260105)
    papers: list[Path] = []
    killed = {"run": 0, "worker": 0, "store": 0}
    for kill in range(2 * KILLS):
        if sum(killed.values()) == KILLS:
            break
        papers += write_papers(inbox, 2, first=len(papers) + 1)
        victim = ("run", "worker", "store")[kill % 3]
        run = office.start("digitize", inbox)
        pid = appeared(victim, run, office.home)
        time.sleep(chance.uniform(0.0, 3.0))
        if pid and run.poll() is None:
            with suppress(ProcessLookupError):  # it ended on its own in this very moment
                os.kill(pid, signal.SIGKILL)
                killed[victim] += 1
        if victim == "run":
            run.wait(timeout=PATIENCE)
        else:
            run.communicate(timeout=PATIENCE)
    assert sum(killed.values()) >= 10 and all(killed.values()), killed
    last = office("digitize", inbox)
    assert last.code == 0, last.err
    assert_each_archived_once(office, papers)
    assert office("verify", "--all", "--json").json["ok"] == len(papers)


@pytest.mark.timeout(420)
def test_a_paper_survives_a_kill_after_every_single_durable_write(office: Office, inbox: Path) -> None:
    papers: list[Path] = []
    endings: list[int] = []
    for write in range(1, WRITES + 1):
        papers += write_papers(inbox, 1, first=write)
        run = office.start(
            "digitize",
            inbox,
            "--jobs",
            "1",
            PYTHONPATH=f"{INJECTOR}:{Path(__file__).parents[2]}",
            KILL_AFTER_WRITES=str(write),
        )
        run.communicate(timeout=PATIENCE)
        endings.append(run.returncode)
    assert endings.count(-signal.SIGKILL) >= 8, endings
    last = office("digitize", inbox)
    assert last.code == 0, last.err
    assert_each_archived_once(office, papers)


@pytest.mark.timeout(300)
def test_a_run_asked_to_stop_keeps_its_work_and_goes_on_when_started_again(office: Office, inbox: Path) -> None:
    papers = write_papers(inbox, 6)
    run = office.start("digitize", inbox)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if (office.home / "catalogue.sqlite3").exists() and (office.home / "claims").exists():
            try:
                if office.rows("SELECT count(*) FROM pipeline_item WHERE pages_read > 0") != [(0,)]:
                    break
            except Exception:  # the tables are just being made
                pass
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGINT)  # as Ctrl-C in a terminal does: every process of the group gets it
    _, err = run.communicate(timeout=PATIENCE)
    assert run.returncode == 1, err
    assert "chạy lại đúng lệnh này" in err.lower().replace("\n", " ")
    assert "Traceback" not in err
    assert office.rows("SELECT count(*) FROM pipeline_item WHERE lease_holder != ''") == [(0,)]
    assert office("digitize", inbox).code == 0
    assert_each_archived_once(office, papers)
