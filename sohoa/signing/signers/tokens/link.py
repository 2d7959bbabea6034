"""The desk's end of the pipe to a token server: starts it, asks it one thing at a time, never waits for ever, ends it.

A child with a pipe rather than `multiprocessing`: that runs the caller's main module again, is forbidden in Celery's workers, and
believes pickles.
"""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import cast

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.signing.signers.tokens.frames import Frame, read_frame, write_frame

GOODBYE = 5.0  # seconds that a library gets to log out


class TokenStopped(SohoaError):
    code, exit_code = "signing.token_stopped", Exit.UNREACHABLE
    vi = "Phần mềm của thiết bị ký bị dừng đột ngột. Chưa có chữ ký nào được dùng."
    en = "The token's library ended in the middle of a request. No signature was used."
    remedy = "Ký lại; nếu lặp lại, rút thiết bị ra cắm lại và cập nhật phần mềm của nhà cung cấp."
    remedy_en = "Sign again; if it happens again, plug the token in anew and update the vendor's software."


class TokenSilent(SohoaError):
    code, exit_code = "signing.token_silent", Exit.UNREACHABLE
    vi = "Thiết bị ký không trả lời trong {seconds} giây, nên được ngắt. Chưa có chữ ký nào được dùng."
    en = "The token did not answer within {seconds} seconds and was let go. No signature was used."
    remedy = "Rút thiết bị ra cắm lại, rồi ký lại."
    remedy_en = "Plug the token in anew, then sign again."


class Complaint(Exception):
    """The library's own refusal. name: of the PKCS#11 error (`PinIncorrect`). flags: of the token, 0 when unknown."""

    def __init__(self, name: str, flags: int) -> None:
        super().__init__(name)
        self.name = name
        self.flags = flags


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds until a library counts as hung. opening: to load it and read the certificates. signing: for one signature; slow
    tokens have been seen to take ten."""

    opening: float = 60.0
    login: float = 60.0
    signing: float = 60.0


class TokenLink:
    """Not safe to use from several threads: the holder has the lock. Raises TokenStopped, TokenSilent, Complaint."""

    def __init__(self) -> None:
        try:
            self._process = _started()
        except OSError as refused:
            raise TokenStopped() from refused
        self._asked = 0
        self._questions, self._answers = cast(io.RawIOBase, self._process.stdin), cast(io.RawIOBase, self._process.stdout)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, question: Frame, *, seconds: float) -> object:
        """What the server gives. After TokenStopped and TokenSilent it is gone."""
        hung = threading.Event()

        def give_up() -> None:
            hung.set()
            self._process.kill()  # our read then ends

        clock = threading.Timer(seconds, give_up)
        clock.daemon = True
        clock.start()
        self._asked += 1
        try:
            write_frame(self._questions, {**question, "number": self._asked})
            answer = read_frame(self._answers)
        except (OSError, ValueError, RecursionError):
            answer = None
        finally:
            clock.cancel()
        if answer is None or answer.get("number") != self._asked:
            self._kill()
            raise TokenSilent(seconds=f"{seconds:g}") if hung.is_set() else TokenStopped()
        if "error" in answer:
            raise Complaint(str(answer["error"]), _whole(answer.get("flags")))
        return answer.get("ok")

    def end(self) -> None:
        """Log out and leave; without a word if the library does not hear."""
        with contextlib.suppress(TokenStopped, TokenSilent, Complaint):
            self.ask({"ask": "close"}, seconds=GOODBYE)
        self._kill()

    def forget(self) -> None:
        """In a process that was forked from ours: the token server is not its child and not its business."""
        for pipe in (self._questions, self._answers):
            with contextlib.suppress(OSError):
                pipe.close()
        self._process.returncode = 0

    def _kill(self) -> None:
        self._process.kill()
        for pipe in (self._questions, self._answers):
            with contextlib.suppress(OSError):
                pipe.close()
        # A driver that hangs in the kernel keeps its process from ending; that is no reason to hang as well.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(GOODBYE)


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _started() -> subprocess.Popen[bytes]:
    # The same import path as ours, wherever that came from; the folder we stand in is no part of it (-P).
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "sohoa.signing.signers.tokens.server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # what libraries print may hold a PIN
        env=environment,
        bufsize=0,  # nothing of ours lies in a buffer that a fork would copy
        start_new_session=True,  # Ctrl-C is for us; a signature under way is finished or forgotten by our word
    )
