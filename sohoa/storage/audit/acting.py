"""Who acts, from where and why, for all that happens below: set once by the web, a worker or a command, read by `chain.append`.

with acting(actor="nv.lan", origin="web@10.1.2.3", why="kiểm tra theo đơn 12/2026"):
    opened(document_id, now=now())          # its event carries all three
"""

from __future__ import annotations

import functools
import getpass
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Circumstances:
    """ "" is not told: then the account that the process runs under, this process, and no reason."""

    actor: str = ""
    origin: str = ""
    why: str = ""


_NOTHING = Circumstances()
_now: ContextVar[Circumstances] = ContextVar("audit_circumstances", default=_NOTHING)
_process = "cli"


@contextmanager
def acting(actor: str = "", origin: str = "", why: str = "") -> Iterator[None]:
    """What is not told stays as it was around this."""
    told = {name: value for name, value in (("actor", actor), ("origin", origin), ("why", why)) if value}
    token = _now.set(replace(_now.get(), **told))
    try:
        yield
    finally:
        _now.reset(token)


def circumstances() -> Circumstances:
    """All told."""
    given = _now.get()
    return Circumstances(given.actor or account(), given.origin or f"{_process}@{_host()}", given.why)


def this_process_is(kind: str) -> None:
    """`web`, `worker` … : what events say that name no origin of their own. Until it is called: `cli`."""
    global _process
    _process = kind


def account() -> str:
    """Whose account this process runs under: who the log says did it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"  # a container may run as a number that has no name


@functools.cache
def _host() -> str:
    return socket.gethostname() or "unknown"
