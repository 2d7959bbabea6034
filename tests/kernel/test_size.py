from __future__ import annotations

from pathlib import Path

import sohoa.kernel


def test_what_every_room_may_know_stays_under_five_hundred_lines() -> None:
    folder = Path(sohoa.kernel.__file__).parent
    assert sum(len(file.read_text().splitlines()) for file in folder.glob("*.py")) < 500
