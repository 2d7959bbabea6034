"""The acceptance test for a configured store, all its locked buckets at once; and its answer noted, so that work may begin at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex

from sohoa.kernel.durable import write_durably
from sohoa.kernel.verdicts import Outcome, Verdict
from sohoa.storage.objects.acceptance import examine, sweep
from sohoa.storage.objects.errors import LockNotKept
from sohoa.storage.objects.findings import Acceptance, Finding, conclude, worm_refused
from sohoa.storage.objects.model import LOCKED
from sohoa.storage.objects.raw import Keys
from sohoa.storage.objects.seaweed import Connection

HOLDS_FOR = timedelta(days=30)  # a store can be replaced or rebuilt behind the same address
SECONDS = 15  # that our tries stay locked; all of them take one to five


def check_store(connection: Connection, *, token: str, seconds: int, clock: Callable[[], datetime]) -> Acceptance:
    """Every try on every locked bucket. A plain folder has no lock, and nothing there is worth trying.

    Raises StoreUnreachable. Afterwards, when Acceptance.locked_for seconds are over, call sweep_store().
    """
    if connection.folder is not None:
        found = [Finding("folder", "store", "lock", Verdict(Outcome.FAILED, "no_lock"))]
        return Acceptance(tuple(found), "versions only")

    def look(number: int, bucket: str) -> Acceptance:
        return examine(
            connection.url,
            daily=Keys(connection.access_key, connection.secret_key),
            admin=Keys(*connection.admin) if connection.admin else None,
            bucket=bucket,
            token=f"{token}{number}",
            seconds=seconds,
            clock=clock,
        )

    with ThreadPoolExecutor(len(LOCKED)) as lookers:  # most of the time is waiting for the store
        looked = list(lookers.map(look, range(len(LOCKED)), LOCKED))
    findings = [finding for one in looked for finding in one.findings]
    return Acceptance(tuple(findings), conclude(findings), max(one.locked_for for one in looked))


def sweep_store(connection: Connection, *, token: str) -> int:
    """Take away what check_store() left. Gives how many versions the store still keeps: locked yet, or our keys may not."""
    if connection.folder is not None:
        return 0
    keys = Keys(*(connection.admin or (connection.access_key, connection.secret_key)))
    return sum(sweep(connection.url, keys=keys, bucket=bucket, token=f"{token}{number}") for number, bucket in enumerate(LOCKED))


def refuse_unless_locked(home: Path, connection: Connection, *, mode: str, clock: Callable[[], datetime]) -> None:
    """At the start of work: a store that is known not to keep its lock is not told to lock anything.

    mode: SOHOA_LOCK_MODE; "NONE" asks for no lock and nothing is tried. The answer is noted in `home` and holds for HOLDS_FOR, so this
    costs the reading of a small file; a store that failed is tried anew each time. Call it after prepare(). Raises LockNotKept,
    StoreUnreachable. A store where nothing could be shown either way passes.
    """
    if mode == "NONE":
        return
    note, endpoint, now = _Note(home), "embedded" if connection.disk else connection.url, clock()
    if note.holds(endpoint, now):
        note.sweep(connection, endpoint, now)
        return
    token = token_hex(6)
    looked = check_store(connection, token=token, seconds=SECONDS, clock=clock)
    against = worm_refused(looked.findings)
    note.write(endpoint, holds=not against, at=now, token=token, until=now + timedelta(seconds=looked.locked_for))
    if against:
        what = ", ".join(dict.fromkeys(one.code for one in against))
        raise LockNotKept(what=what, findings=[one.as_dict() for one in against])


class _Note:
    """`store-check.json` in the home: for each endpoint when it was tried, whether it held, and what is left to sweep away."""

    def __init__(self, home: Path) -> None:
        self._file = home / "store-check.json"

    def holds(self, endpoint: str, now: datetime) -> bool:
        told = self._read().get(endpoint, {})
        try:
            return bool(told["holds"]) and abs(now - datetime.fromisoformat(str(told["at"]))) < HOLDS_FOR
        except (KeyError, ValueError, TypeError):
            return False

    def sweep(self, connection: Connection, endpoint: str, now: datetime) -> None:
        told = self._read()
        left = told[endpoint].get("left")
        if left and datetime.fromisoformat(str(told[endpoint]["until"])) < now:
            sweep_store(connection, token=str(left))
            told[endpoint]["left"] = ""  # once: keys that may not delete would only ask again at every start
            self._write(told)

    def write(self, endpoint: str, *, holds: bool, at: datetime, token: str, until: datetime) -> None:
        told = self._read()
        told[endpoint] = {"holds": holds, "at": at.isoformat(), "left": token, "until": until.isoformat()}
        self._write(told)

    def _read(self) -> dict[str, dict[str, object]]:
        try:
            return dict(json.loads(self._file.read_text()))
        except (OSError, ValueError, TypeError):
            return {}

    def _write(self, told: dict[str, dict[str, object]]) -> None:
        write_durably(self._file, json.dumps(told, indent=1).encode(), mode=0o600)
