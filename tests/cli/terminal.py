"""A command on a terminal of its own, as a person has it in front of them: what it says is read, answers are typed."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.running import COMMAND, Office

_LOOKS = re.compile(r"\x1b\[[0-9;]*m")  # bold and the like
PATIENCE = 60  # seconds; a hung command must fail its test, not the whole run


class Terminal:
    """said: everything that was on the screen so far."""

    def __init__(self, office: Office, *arguments: str | Path, **environment: str) -> None:
        self._screen, line = pty.openpty()
        self.said = ""
        self._read = 0  # how much of it was waited for already
        self.process = subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            env=office.environment(COLUMNS="160", NO_COLOR="1", TERM="xterm", **environment),
            stdin=line,
            stdout=line,
            stderr=line,
            preexec_fn=_with_terminal,
        )
        os.close(line)

    def until(self, words: str) -> str:
        """Read until the words come up; what came before them, since the last time."""
        return self._until(lambda: words in self.said[self._read :], words)

    def type(self, words: str) -> None:
        os.write(self._screen, (words + "\n").encode())

    def interrupt(self) -> None:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    def end(self) -> int:
        """Read to the end; the exit code."""
        self._until(lambda: False, "")
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)
        os.close(self._screen)

    def _until(self, found: object, words: str) -> str:
        assert callable(found)
        until = time.monotonic() + PATIENCE
        pending = b""
        while not found():
            ready, _, _ = select.select([self._screen], [], [], max(0, until - time.monotonic()))
            assert ready, f"{words!r} did not come\n{self.said}"
            try:
                part = os.read(self._screen, 65536)
            except OSError:  # the command ended
                part = b""
            if not part:
                assert not words, f"{words!r} did not come\n{self.said}"
                break
            pending += part
            try:
                self.said, pending = self.said + _LOOKS.sub("", pending.decode()), b""
            except UnicodeDecodeError:
                continue  # cut within a letter
        before, self._read = self.said[self._read :], len(self.said)
        return before


def _with_terminal() -> None:
    """The command's own session, with this terminal as the one that passwords are asked on."""
    os.setsid()
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@contextmanager
def terminal(office: Office, *arguments: str | Path, **environment: str) -> Generator[Terminal]:
    opened = Terminal(office, *arguments, **environment)
    try:
        yield opened
    finally:
        opened.close()
