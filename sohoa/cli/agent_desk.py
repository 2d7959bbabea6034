"""The clerk's side of a question at the agent: shown, looked at, answered; and a Ctrl-C that loses no signature."""

from __future__ import annotations

import shutil
import signal
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from rich.markup import escape

from sohoa.cli.agent_words import question_table, said
from sohoa.cli.asking import ask_pin
from sohoa.cli.output import people
from sohoa.kernel.clock import VIETNAM
from sohoa.signing.signers.agent.agent import Happening, Told
from sohoa.signing.signers.agent.question import Question, Shown
from sohoa.signing.signers.pins import PinNeeded

VIEWER = "xdg-open"
YES, NO, OPEN = ("y", "c"), ("n", "k"), ("o", "m")  # yes, no, open; có, không, mở
_ENDS = (Happening.SIGNED, Happening.DECLINED, Happening.REFUSED, Happening.NOT_WANTED)


class AgentDesk:
    """once: stop after the first request that came to its end."""

    def __init__(self, *, once: bool) -> None:
        self._once = once
        self._stop = threading.Event()
        self._signing = False  # between a yes and the moment the signatures are at the server
        self._trouble = ""

    def wait(self, seconds: float) -> bool:
        """For `run_agent`: whether to stop, after so many seconds at most."""
        self._signing = False
        return self._stop.wait(seconds)

    def ask(self, question: Question) -> bool:
        people.print()
        people.print(question_table(question))
        until = question.expires.astimezone(VIETNAM)
        people.print(f"Ký bằng: [bold]{escape(question.signer)}[/] · trả lời trước {until:%H:%M %d/%m/%Y}")
        self._signing = _agreed(question)
        return self._signing

    def ask_pin(self, needed: PinNeeded) -> str | None:
        """Nothing is signed yet while the PIN is asked for, so it may be interrupted."""
        was, self._signing = self._signing, False
        try:
            return ask_pin(needed)
        finally:
            self._signing = was

    def tell(self, told: Told) -> None:
        self._signing = False
        trouble = told.error.code if told.happening is Happening.TROUBLE and told.error else ""
        if not trouble or trouble != self._trouble:  # a line that is down for hours is told once
            people.print(said(told))
        self._trouble = trouble
        if self._once and told.happening in _ENDS:
            self._stop.set()

    @contextmanager
    def interruptible(self) -> Generator[None]:
        """Ctrl-C ends at once what only waits; signatures that are being made are finished and sent first."""
        before = {one: signal.signal(one, self._interrupted) for one in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        except KeyboardInterrupt:
            people.print()
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    def _interrupted(self, *_: object) -> None:
        self._stop.set()
        if not self._signing:
            raise KeyboardInterrupt


def _agreed(question: Question) -> bool:
    """y, n, or o to open a document first. Nothing else counts as an answer, and an end of input is a no."""
    many = len(question.shown) > 1
    told = f"Ký {'tất cả ' + str(len(question.shown)) if many else ''} tài liệu? ".replace("  ", " ")
    choices = "y = ký, n = không ký, o = mở xem" + (" (o 2: mở tài liệu số 2)" if many else "")
    while True:
        people.print(f"{told}\\[y/n/o] ({choices}): ", end="")
        try:
            words = input().strip().lower().split()
        except EOFError:
            return False
        if words[:1] and words[0] in YES and len(words) == 1:
            return True
        if words[:1] and words[0] in NO and len(words) == 1:
            return False
        if words[:1] and words[0] in OPEN:
            _open(question.shown, words[1] if len(words) > 1 else "1")


def _open(shown: tuple[Shown, ...], number: str) -> None:
    if not number.isdecimal() or not 1 <= int(number) <= len(shown):
        people.print(f"Ghi số từ 1 đến {len(shown)}.")
        return
    path = shown[int(number) - 1].path
    if path is None:
        people.print("Máy chủ không gửi kèm bản để xem.")
    elif not _shown_by_viewer(path):
        people.print(f"Máy này không có chương trình mở PDF ({VIEWER}). Mở tệp này bằng trình duyệt: {path}", markup=False)


def _shown_by_viewer(path: Path) -> bool:
    """Whether a viewer was started; it is not waited for."""
    program = shutil.which(VIEWER)
    if program is None:
        return False
    quiet = subprocess.DEVNULL
    subprocess.Popen([program, str(path)], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
    return True
