"""`sohoa watch` as a service: started, fed, asked who owns the folder, killed, ended."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.faults.test_kills import assert_each_archived_once
from tests.papers import write_papers
from tests.running import PATIENCE, Office

QUICK = ("--settle", "0.3", "--every", "0.1", "--jobs", "1", "--json")


def next_outcome(run: subprocess.Popen[str]) -> dict[str, Any]:
    assert run.stdout
    line = run.stdout.readline()
    assert line, "the watch ended"
    return json.loads(line)


def waits(run: subprocess.Popen[str]) -> None:
    """Until it has said that another owns the folder."""
    assert run.stderr
    while "tiến trình" not in (line := run.stderr.readline()):
        assert line, "the watch ended"


def drop(paper: Path, folder: Path, name: str) -> None:
    """As a scanner does that knows what it is about."""
    shutil.copyfile(paper, folder / f"{name}.part")
    (folder / f"{name}.part").rename(folder / name)


@pytest.mark.timeout(PATIENCE)
def test_a_watch_that_waited_takes_over_from_a_killed_one_and_ends_well_when_asked(
    office: Office, inbox: Path, tmp_path: Path
) -> None:
    papers = write_papers(tmp_path / "tray", 4)
    first = office.start("watch", inbox, *QUICK)
    drop(papers[0], inbox, "một.pdf")
    told = next_outcome(first)
    assert (Path(told["source"]), told["state"]) == (inbox / "một.pdf", "archived")
    second = office("watch", inbox, "--once", "--json")
    assert (second.code, second.json["error"]["code"]) == (2, "pipeline.folder_owned")
    assert f"tiến trình {first.pid}" in " ".join(second.err.split())
    third = office.start("watch", inbox, *QUICK, "--remove")
    waits(third)
    for number, paper in enumerate(papers[1:3]):
        drop(paper, inbox, f"{number}.pdf")
    while not (claimed := list((inbox / ".sohoa" / "claimed").rglob("*.pdf"))):
        assert first.poll() is None
    os.kill(first.pid, signal.SIGKILL)
    first.communicate(timeout=PATIENCE)
    assert claimed
    drop(papers[0], inbox, "một.pdf")
    drop(papers[3], inbox, "bốn.pdf")
    outcomes = [next_outcome(third) for _ in range(4)]
    assert sorted((Path(one["source"]).name, one["state"]) for one in outcomes) == [
        ("0.pdf", "archived"),
        ("1.pdf", "archived"),
        ("bốn.pdf", "archived"),
        ("một.pdf", "duplicate"),
    ]
    third.send_signal(signal.SIGTERM)
    _, err = third.communicate(timeout=PATIENCE)
    assert third.returncode == 0, err
    assert "Traceback" not in err and "Đã nhận 4" in err
    lying = sorted(path.name for path in inbox.rglob("*") if path.is_file())
    assert lying == ["folder.json", "một.pdf"], "the first one was kept, the others were removed, nobody owns the folder"
    assert_each_archived_once(office, papers)
