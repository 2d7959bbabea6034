"""What drops papers into a folder: devices and people that write slowly, pause, rename while they write, and name files as their system does.

Run as `python -m benchmarks.hotfolder.writers FOLDER FIRST COUNT SEED`; prints the SHA-256 of each paper it has dropped.
"""

from __future__ import annotations

import hashlib
import os
import random
import sys
import time
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from fpdf import FPDF

FACE = "/usr/share/fonts/truetype/croscore/Tinos-Regular.ttf"
LINES = ("QUYẾT ĐỊNH", "Về việc cấp giấy phép xây dựng nhà ở", "Số giấy {number} của năm nay", "Người đề nghị: Nguyễn Thị Mẫu")
CHUNK = 4000  # bytes
PAUSE = 0.02  # seconds between two chunks
LONG_PAUSE = 1.5  # and in the middle of some papers: longer than the watchers' patience with a file that lies still


def paper(number: int) -> bytes:
    """A born-digital page of its own content: it costs signing and archiving, not reading."""
    page = FPDF(format=(148, 210))
    page.add_font("tinos", "", FACE)
    page.set_font("tinos", size=14)
    page.add_page()
    for row, line in enumerate(LINES):
        page.text(20, 30 + 12 * row, line.format(number=number))
    page.set_creation_date(datetime(2026, 3, 2, tzinfo=UTC))
    return bytes(page.output())


def plainly(folder: Path, name: str, content: bytes) -> None:
    """Under its own name from the first byte."""
    _slowly(folder / name, content)


def with_a_pause(folder: Path, name: str, content: bytes) -> None:
    """Closed in the middle, opened again a while later: a scanner that waits for the next sheet."""
    half = len(content) // 2
    _slowly(folder / name, content[:half])
    time.sleep(LONG_PAUSE)
    _slowly(folder / name, content[half:])


def by_a_part(folder: Path, name: str, content: bytes) -> None:
    """As those do that know what they are about."""
    _slowly(folder / f"{name}.part", content)
    os.rename(folder / f"{name}.part", folder / name)


def renamed_meanwhile(folder: Path, name: str, content: bytes) -> None:
    """Renamed with half of it written and the file still open."""
    first, half = folder / f"scan-{name}", len(content) // 2
    with first.open("wb", buffering=0) as out:
        out.write(content[:half])
        time.sleep(PAUSE)
        os.rename(first, folder / name)
        time.sleep(PAUSE)
        out.write(content[half:])


def decomposed(folder: Path, name: str, content: bytes) -> None:
    """The name as macOS writes it, in a sub-folder named so too."""
    below = folder / unicodedata.normalize("NFD", "hồ sơ quầy một")
    below.mkdir(exist_ok=True)
    _slowly(below / unicodedata.normalize("NFD", f"Đơn đề nghị {name}"), content)


MANNERS: tuple[Callable[[Path, str, bytes], None], ...] = (plainly, with_a_pause, by_a_part, renamed_meanwhile, decomposed)


def _slowly(path: Path, content: bytes) -> None:
    with path.open("ab", buffering=0) as out:
        for start in range(0, len(content), CHUNK):
            out.write(content[start : start + CHUNK])
            time.sleep(PAUSE)


def main(folder: Path, first: int, count: int, seed: int) -> None:
    chance = random.Random(seed)
    for number in range(first, first + count):
        content = paper(number)
        chance.choice(MANNERS)(folder, f"giay-{number:05}.pdf", content)
        print(hashlib.sha256(content).hexdigest(), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:5]))
