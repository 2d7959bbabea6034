"""Outside programs: no network, bounded time, memory and output, gone when we are gone.

Each call runs in a bubblewrap box where the machine allows one (user namespaces), and otherwise under prlimit and setpriv
alone; `isolation()` says which, and `sohoa doctor` shows it.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sohoa.kernel.errors import Exit, SohoaError

MIB = 1 << 20
GIB = 1 << 30
KEPT_STDERR = 4_000  # bytes of a program's complaint worth keeping


@dataclass(frozen=True, slots=True)
class Limits:
    """seconds: wall time. memory: address space in bytes. written: the largest file it may write, in bytes."""

    seconds: float
    memory: int
    written: int


@dataclass(frozen=True, slots=True)
class Ran:
    """How a program ended. `status` is its exit code, negative for a signal; `timed_out` when we ended it."""

    status: int
    stdout: bytes
    stderr: str
    timed_out: bool = False

    def or_raise(self, error: type[SohoaError], **facts: object) -> Ran:
        if self.status == 0 and not self.timed_out:
            return self
        why = "time-out" if self.timed_out else f"status {self.status}"
        raise error(status=why, **facts)


class ProgramMissing(SohoaError):
    code, exit_code = "kernel.program_missing", Exit.UNREACHABLE
    vi = "Máy này thiếu chương trình {program}."
    en = "The program {program} is not installed."
    remedy = "Chạy «make setup» (hoặc cài gói có trong deploy/apt.txt), rồi chạy lại."
    remedy_en = "Run `make setup` (or install the packages of deploy/apt.txt), then run again."


def run_limited(
    program: str,
    *arguments: str | Path | int | float,
    limits: Limits,
    folder: Path,
    reads: tuple[Path, ...] = (),
    environment: dict[str, str] | None = None,
) -> Ran:
    """Run `program` inside `folder`, the only place it may write; `reads` are files it may also see, at their own paths.

    Arguments go as they are, never through a shell. Raises ProgramMissing; every other ending is a value.
    """
    found = shutil.which(program)
    if found is None:
        raise ProgramMissing(program=program)
    folder = folder.resolve()
    command = [*_bounds(limits), *_box(folder, reads), found, *map(str, arguments)]
    kept = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent", "OMP_THREAD_LIMIT": "1", **(environment or {})}
    child = subprocess.Popen(
        command,
        cwd=folder,
        env=kept,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        out, complaint = child.communicate(timeout=limits.seconds)
    except subprocess.TimeoutExpired:
        _end(child)
        out, complaint = child.communicate()
        return Ran(child.returncode, out, _told(complaint), timed_out=True)
    except BaseException:
        _end(child)
        child.wait()
        raise
    return Ran(child.returncode, out, _told(complaint))


def _told(complaint: bytes) -> str:
    return complaint[-KEPT_STDERR:].decode("utf-8", "replace")


def _end(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):  # it ended between the time-out and now
        os.killpg(child.pid, 9)


def _bounds(limits: Limits) -> list[str]:
    processor = max(1, int(limits.seconds))
    return [
        "prlimit",
        f"--as={limits.memory}",
        f"--cpu={processor}:{processor + 5}",
        f"--fsize={limits.written}",
        "--core=0",
        "--nofile=256",
        "setpriv",
        "--pdeathsig",
        "KILL",
    ]


def _box(folder: Path, reads: tuple[Path, ...]) -> list[str]:
    if not isolation().boxed:
        return []
    # A link is shown as the file it leads to, under its own name: that is the name the program was given.
    shown = [flag for path in reads for flag in ("--ro-bind", str(path.resolve()), str(path.absolute()))]
    return [*_BWRAP, "--bind", str(folder), str(folder), *shown, "--chdir", str(folder)]


# /tmp comes before the binds that follow, because a work folder may well lie below it.
_BWRAP = (
    *("bwrap", "--unshare-all", "--die-with-parent", "--new-session"),
    *(
        "--ro-bind",
        "/usr",
        "/usr",
        "--symlink",
        "usr/bin",
        "/bin",
        "--symlink",
        "usr/lib",
        "/lib",
        "--symlink",
        "usr/lib64",
        "/lib64",
    ),
    *("--ro-bind-try", "/etc/fonts", "/etc/fonts", "--ro-bind-try", "/etc/alternatives", "/etc/alternatives"),
    *("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"),
)


@dataclass(frozen=True, slots=True)
class Isolation:
    boxed: bool
    why_not: str = ""


@functools.cache
def isolation() -> Isolation:
    """Whether bubblewrap works here. Asked once: containers and hardened kernels may forbid user namespaces."""
    if shutil.which("bwrap") is None:
        return Isolation(False, "bwrap is not installed")
    tried = subprocess.run([*_BWRAP, "/usr/bin/true"], stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False)
    return Isolation(tried.returncode == 0, _told(tried.stderr).strip())
