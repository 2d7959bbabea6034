"""Kill a watcher at each touch of its folder, its home and its catalogue: the next one goes on, and every file ends where it belongs, once."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.papers import decision, pdf, write_papers
from tests.running import Office

SKIPPED = 5  # of so many touches one is the last in each run; which one changes from file to file


@contextmanager
def killable(office: Office) -> Iterator[subprocess.Popen[str]]:
    started = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.watch_run"],
        env={**office.environment(), "DJANGO_SETTINGS_MODULE": "sohoa.config.django"},
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield started
    finally:
        started.stdin.close()  # type: ignore[union-attr]
        started.wait()
        started.stdout.close()  # type: ignore[union-attr]


def watched_once(watcher: subprocess.Popen[str], folder: Path, *, remove: bool, kill_at: int = 0) -> tuple[int, int | None]:
    assert watcher.stdin and watcher.stdout
    watcher.stdin.write(json.dumps({"folder": str(folder), "remove": remove, "kill_at": kill_at}) + "\n")
    watcher.stdin.flush()
    status, touches = json.loads(watcher.stdout.readline())
    return status, touches


def lying(folder: Path, where: str) -> list[str]:
    return sorted(path.name for path in (folder / ".sohoa" / where).rglob("*") if path.is_file())


@pytest.mark.timeout(300)
def test_a_known_paper_and_a_bad_one_survive_a_kill_at_every_touch(office: Office, tmp_path: Path) -> None:
    (known,) = write_papers(tmp_path / "first", 1)
    assert office.digitize(known)["giay-001.pdf"]["state"] == "archived"
    folder = tmp_path / "may-quet"
    folder.mkdir()
    kills, last, kept = 0, 1, 0
    with killable(office) as watcher:
        for number in range(200):
            (folder / "sub").mkdir(exist_ok=True)
            shutil.copyfile(known, folder / "sub" / f"known-{number}.pdf")
            (folder / f"bad-{number}.pdf").write_bytes(pdf(decision(number))[: 4000 + number])
            remove = number % 2 == 1
            status, touches = watched_once(watcher, folder, remove=remove, kill_at=last)
            if status == 0:
                assert touches is not None and touches < last
                break
            assert status == -9
            kills, last = kills + 1, last + SKIPPED
            assert watched_once(watcher, folder, remove=remove)[0] == 0
            assert lying(folder, "claimed") == []
            assert [path.name for path in folder.rglob("*.pdf") if ".sohoa" not in path.parts] == []
            assert len(lying(folder, "quarantined")) == 2 * (number + 1), "each bad file once, with its reason"
            kept += not remove
            assert len(lying(folder, "done")) == kept
    assert kills > 12, kills
    assert office.rows("SELECT count(*) FROM pipeline_item WHERE state = 'archived'") == [(1,)]
    assert office.rows("SELECT count(*) FROM pipeline_item WHERE state = 'quarantined'") == [(number + 1,)]
    assert office.rows("SELECT count(*) FROM audit_auditevent WHERE action = 'paper.quarantined'") == [(number + 1,)]
    assert office.rows("SELECT count(*) FROM pipeline_item WHERE lease_holder != ''") == [(0,)]
