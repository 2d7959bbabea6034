"""Validation of files that anybody may have made: always an answer, within bounded time and memory.

Parsing in Python cannot be interrupted safely from another thread, and a file of a few kilobytes can ask for hours and gigabytes. So
files are judged in a child process that is bounded from outside; one child serves a whole batch, because starting it costs about a
second, and a new one is started when a file has brought it down.

    with Validator(trust=[Path("roots/")]) as validator:
        for path in paths:
            report = validator.validate(path, now=now())
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.kernel.verdicts import Outcome
from sohoa.signing.model import FileReport, Revocation, Role, SignatureReport
from sohoa.signing.opening import FileUnreadable, NotAPdf, PdfDamaged, PdfEncrypted
from sohoa.signing.validation.judge import unsettled
from sohoa.signing.validation.policy import DEFAULT_POLICY, Policy
from sohoa.signing.validation.trust import Trusted, trusted_roots

MIB = 1 << 20
_ERRORS: dict[str, type[SohoaError]] = {error.code: error for error in (FileUnreadable, NotAPdf, PdfDamaged, PdfEncrypted)}


@dataclass(frozen=True, slots=True)
class Bounds:
    """For one file. seconds: wall time. memory: address space of the child in bytes, of which 85 MiB are the program itself."""

    seconds: float = 28.0
    memory: int = 480 * MIB


DEFAULT_BOUNDS = Bounds()


class ValidatorUnavailable(SohoaError):
    code, exit_code = "signing.validator_unavailable", Exit.UNREACHABLE
    vi = "Không khởi động được bộ kiểm tra chữ ký trên máy này."
    en = "The process that validates signatures could not be started ({why})."
    remedy = "Chạy «sohoa doctor» để kiểm tra bộ nhớ và cài đặt, rồi chạy lại."
    remedy_en = "Run `sohoa doctor` to check memory and the installation, then run again."


class Validator:
    """One child, used by one file at a time; safe to share between threads."""

    def __init__(self, *, trust: Sequence[Trusted], policy: Policy = DEFAULT_POLICY, bounds: Bounds = DEFAULT_BOUNDS) -> None:
        """trust, policy: as for validate_pdf. Raises TrustUnreadable, TrustIsNotAuthority; starts nothing yet."""
        self._setting = {
            "roots": [base64.b64encode(cast(bytes, root.dump())).decode() for root in trusted_roots(trust)],
            "policy": asdict(policy),
            "bounds": asdict(bounds),
        }
        self._child: subprocess.Popen[bytes] | None = None
        self._one_at_a_time = threading.Lock()

    def __enter__(self) -> Validator:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def validate(self, path: Path, *, now: datetime) -> FileReport:
        """As validate_pdf. A file beyond the bounds is `undetermined` with reason LIMIT_EXCEEDED, one that brings the validator
        down by a fault of ours with GENERIC; the next file is judged as if nothing had happened.

        Raises FileUnreadable, NotAPdf, PdfEncrypted, PdfDamaged, ValidatorUnavailable.
        """
        with self._one_at_a_time:
            child = self._running()
            answer = self._asked(child, {"file": str(path.absolute()), "now": now.isoformat()})
            if answer is None:
                ended = child.wait()
                self._forget()
                return gave_up("GENERIC" if ended == 1 else "LIMIT_EXCEEDED")
        if "error" in answer:
            raise _ERRORS[answer["error"]](**answer["facts"])
        return _report(answer)

    def close(self) -> None:
        with self._one_at_a_time:
            self._forget()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is None:
            return self._child
        self._forget()
        try:
            self._child = child = subprocess.Popen(
                [sys.executable, "-P", "-m", "sohoa.signing.validation.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # what a hostile file makes it say is nobody's log line
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        except OSError as refused:
            raise ValidatorUnavailable(why=type(refused).__name__) from refused
        if self._asked(child, self._setting) is None:
            status = child.wait()
            self._forget()
            raise ValidatorUnavailable(why=f"status {status}")
        return child

    def _asked(self, child: subprocess.Popen[bytes], question: dict[str, Any]) -> dict[str, Any] | None:
        """None: it is gone. The child ends itself by its alarm clock, so there is always an end to waiting."""
        if child.stdin is None or child.stdout is None:
            return None
        try:
            child.stdin.write(json.dumps(question).encode() + b"\n")
            child.stdin.flush()
        except OSError:
            return None
        line = child.stdout.readline()
        return cast(dict[str, Any], json.loads(line)) if line.endswith(b"\n") else None

    def _forget(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def gave_up(reason: str) -> FileReport:
    """The report of a file about which nothing could be found out; reason: LIMIT_EXCEEDED or GENERIC."""
    return FileReport(Outcome.UNDETERMINED, (unsettled("", reason),))


def as_plain(report: FileReport) -> dict[str, Any]:
    """For the pipe between child and parent; `_report` reads it back."""
    signatures = [asdict(one) for one in report.signatures]
    for one in signatures:
        one["signing_time"] = one["signing_time"] and one["signing_time"].isoformat()
    return {"verdict": report.verdict, "signatures": signatures}


def _report(plain: dict[str, Any]) -> FileReport:
    return FileReport(Outcome(plain["verdict"]), tuple(_signature(one) for one in plain["signatures"]))


def _signature(plain: dict[str, Any]) -> SignatureReport:
    time = plain["signing_time"]
    told: dict[str, Any] = {
        **plain,
        "role": Role(plain["role"]),
        "signing_time": datetime.fromisoformat(time) if time else None,
        "revocation": Revocation(plain["revocation"]),
        "findings": tuple(plain["findings"]),
        **{name: Outcome(plain[name]) for name in ("integrity", "chain", "verdict")},
    }
    return SignatureReport(**told)
