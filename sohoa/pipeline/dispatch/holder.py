"""Who holds a lease: host, process and the moment it started, so that a number used again is not taken for its forerunner."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def this_host() -> str:
    return socket.gethostname()


def this_process() -> str:
    return f"{this_host()}:{os.getpid()}:{_started(os.getpid())}"


def is_gone(holder: str) -> bool:
    """True only when we can know: the holder was on this host and its process is no more."""
    host, pid, started = holder.rsplit(":", 2)
    return host == this_host() and _started(int(pid)) != started


def _started(pid: int) -> str:
    try:
        # The name in brackets may hold blanks; what follows the last bracket does not. Field 22 is the start, in ticks since boot.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return "gone"
    return "gone" if fields[0] == "Z" else fields[19]
