"""Kill the desk at every line of a stack's way: the same command again completes it, each sheet once and in its place."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.pipeline.scanner.conftest import Feeder, sane_folder

SHEETS = 7


class Desk:
    def __init__(self, home: Path, feeder: Feeder) -> None:
        root = Path(__file__).parents[2]
        here = {"SOHOA_HOME": str(home), "PYTHONPATH": str(root), "DJANGO_SETTINGS_MODULE": "sohoa.config.django"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.batch_run"],
            env={**os.environ, **feeder.environment, **here},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, do: str, **wish: object) -> tuple[int, Any]:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": do, **wish}) + "\n")
        self.process.stdin.flush()
        status, answer = json.loads(self.process.stdout.readline())
        return status, answer


@pytest.fixture
def feeder(tmp_path: Path) -> Feeder:
    (tmp_path / "tray").mkdir()
    stand_in = Path(__file__).parents[1] / "pipeline" / "scanner" / "feeder"
    environment = {
        "SANE_CONFIG_DIR": str(sane_folder(tmp_path / "sane")),
        "PATH": f"{stand_in}:{os.environ['PATH']}",
        "SANE_FEEDER_TRAY": str(tmp_path / "tray"),
        "SANE_FEEDER_FED": str(tmp_path / "fed"),
    }
    return Feeder(tmp_path / "tray", environment)


@pytest.fixture
def desk(tmp_path: Path, feeder: Feeder) -> Iterator[Desk]:
    desk = Desk(tmp_path / "home", feeder)
    yield desk
    assert desk.process.stdin is not None
    desk.process.stdin.close()
    desk.process.wait(timeout=60)


@pytest.mark.parametrize("duplex", [False, True], ids=["one-sided", "two-sided"])
def test_a_desk_killed_after_every_single_deed_has_each_sheet_once_in_its_place(desk: Desk, feeder: Feeder, duplex: bool) -> None:
    sheets = SHEETS // 2 if duplex else SHEETS
    feeder.load_printed(sheets, two_sided=duplex)
    assert desk("open", expected=sheets)[0] == 0
    killed = until_done(desk, "scan", done=("", "pipeline.scanner_feeder_empty"), duplex=duplex)
    assert killed >= 5
    _, told = desk("show")
    assert told["count"]["verdict"] == "ok", told["count"]
    assert told["count"]["replaced"] == told["count"]["dropped"] == 0
    assert [(place, sheet, side) for place, sheet, side, _ in told["pages"]] == expected_order(sheets, duplex)
    for _, sheet, side, file in told["pages"]:
        with Image.open(file) as kept:
            assert np.array_equal(np.asarray(kept.convert("RGB")), np.asarray(feeder.laid[sheet, side]))

    assert until_done(desk, "close", done=(1,)) >= 5
    _, told = desk("show")
    assert told["state"] == "closed"
    assert [(paper["pages"], paper["state"]) for paper in told["papers"]] == [
        ([n for n, *_ in expected_order(sheets, duplex)], "claimed")
    ]


def until_done(desk: Desk, do: str, *, done: tuple[object, ...], **wish: object) -> int:
    """Each run is killed one deed later than the one before; gives how many were killed."""
    for deeds in range(1, 200):
        status, answer = desk(do, kill=deeds, **wish)
        if status == 0 and answer in done:
            return deeds - 1
        assert status == -signal.SIGKILL, (deeds, status, answer)
    raise AssertionError("it never ended")


def expected_order(sheets: int, duplex: bool) -> list[tuple[int, int, str]]:
    if not duplex:
        return [(n, n, "front") for n in range(1, sheets + 1)]
    return [(n, (n + 1) // 2, "front" if n % 2 else "back") for n in range(1, 2 * sheets + 1)]
