"""One run of a device: `scanimage` as a child that writes pages into a folder and names each one as soon as it is whole."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sohoa.pipeline.sources.scanner_devices import environment, program
from sohoa.pipeline.sources.scanner_errors import ScannerStopped
from sohoa.pipeline.sources.scanner_saying import NO_DOCUMENTS, meaning_of

SILENCE = 180  # seconds without a page: A3 at 600 dpi over a slow cable takes ninety
FAREWELL = 30  # seconds for the device to take the sheet out after it was told to stop
KEPT_WORDS = 20_000  # bytes of what it said that are looked at
LARGEST = 2 << 30  # bytes a page: A3 at 600 dpi in colour is 200 MB


@dataclass(slots=True)
class Feeder:
    """A run under way. Iterating gives each page's number and file as it arrives, and ends when the device has no more.

    `stop()` may be called from a signal handler: the sheet half-way in is given up, what came before stays.
    """

    child: subprocess.Popen[bytes]
    folder: Path
    words: Path
    pages: int | None
    silence: float = SILENCE
    arrived: int = 0
    stopped: int = field(default=0)

    def stop(self) -> None:
        """The first time the scan is cancelled, so that the device does not hang half-way; the second time the program ends itself."""
        self.stopped += 1
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGINT)

    def __iter__(self) -> Iterator[tuple[int, Path]]:
        """Raises what scanner_saying makes of the ending, after the last page was given."""
        for name in self._names():
            number = int(name[1:6])
            self.arrived = max(self.arrived, number)
            if self.stopped == 1:
                self.stop()  # between two pages there was nothing to cancel, and the feeder went on
            yield number, self.folder / name
        status = self._ended()
        done = status == 0 or (status == NO_DOCUMENTS and self.arrived)
        if self.stopped and (not done or self.stopped > 1):
            raise ScannerStopped(kept=self.arrived)
        if not done:
            raise meaning_of(status, self._said(), kept=self.arrived)

    def _names(self) -> Iterator[str]:
        assert self.child.stdout is not None
        descriptor, left = self.child.stdout.fileno(), b""
        while True:
            ready, _, _ = select.select([descriptor], [], [], FAREWELL if self.stopped else self.silence)
            if not ready:
                self._end()
                if not self.stopped:
                    raise meaning_of(0, "", kept=self.arrived, silent=round(self.silence))
                return
            told = os.read(descriptor, 4096)
            if not told:
                return
            *whole, left = (left + told).split(b"\n")
            yield from (name for line in whole if (name := line.decode("ascii", "replace").strip()))

    def _ended(self) -> int:
        try:
            return self.child.wait(timeout=FAREWELL)
        except subprocess.TimeoutExpired:
            self._end()
            return self.child.wait()

    def _said(self) -> str:
        with self.words.open("rb") as told:
            told.seek(max(0, self.words.stat().st_size - KEPT_WORDS))
            return told.read().decode("utf-8", "replace")

    def _end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGKILL)


@contextlib.contextmanager
def feeding(device: str, settings: Sequence[str], folder: Path, *, pages: int | None, holds: int) -> Iterator[Feeder]:
    """Start the device; it is stopped when the block is left. settings: as scanner_devices.settings_for gives them.

    holds: a descriptor that the child keeps open, so that whoever waits for its lock waits for the child, too. When we are killed the
    child is asked to stop. It is in no box: it has to reach the cable and the network. Raises ProgramMissing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    words = folder / "scanimage.txt"
    count = [f"--batch-count={pages}"] if pages else []
    command = [
        *_bounds(),
        program(),
        f"--device-name={device}",
        *settings,
        "--format=tiff",
        "--batch=p%05d.tif",
        "--batch-start=1",
        *count,
        "--batch-print",
    ]
    with words.open("wb") as told:
        child = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=told,
            start_new_session=True,
            pass_fds=(holds,),
        )
    feeder = Feeder(child, folder, words, pages)
    try:
        yield feeder
    finally:
        if child.poll() is None:
            feeder.stop()
            feeder._ended()
        if child.stdout:
            child.stdout.close()


def _bounds() -> list[str]:
    if not shutil.which("prlimit") or not shutil.which("setpriv"):
        return []
    return ["prlimit", f"--fsize={LARGEST}", "--core=0", "setpriv", "--pdeathsig", "TERM"]
