"""One owner a folder: a small file with who it is and a count that goes up while the owner lives.

Clocks of two machines differ, so a watcher that waits does not compare times: it looks whether the count still moves. Two owners for a
moment would do no harm (files are claimed by rename, papers by their content); one owner is for people, who want to know who has it.
"""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sohoa.kernel.clock import iso_vietnam
from sohoa.pipeline.dispatch.holder import is_gone

BEAT = 5.0  # seconds between two beats
GONE_AFTER = 60.0  # seconds without a beat: a slow file server is forgiven, a dead machine is not waited for all day
_ROOM = 400  # bytes; the file keeps its length, so that a beat is written over the last one in place


@dataclass(frozen=True, slots=True)
class Owner:
    """holder: as dispatch.holder.this_process names one. since: ISO 8601."""

    holder: str
    since: str
    beat: int

    @property
    def host(self) -> str:
        return self.holder.rsplit(":", 2)[0]

    @property
    def pid(self) -> str:
        return self.holder.rsplit(":", 2)[1]


class Ownership:
    def __init__(self, file: Path, holder: str) -> None:
        self._file, self._holder = file, holder
        self._beaten = -BEAT
        self._watched: Owner | None = None
        self._since = 0.0

    def hold(self, *, at: float, now: datetime) -> Owner | None:
        """Own the folder, or say who does. None: it is ours. at: seconds of a clock that only goes forward. Raises OSError."""
        found = self._read(self._file)
        if found is None:
            return self._make(now)
        if found.holder == self._holder:
            if at - self._beaten >= BEAT:
                self._beat(found)
                self._beaten = at
            return None
        if found != self._watched:
            self._watched, self._since = found, at
        if _ended(found) or at - self._since >= GONE_AFTER:
            return self._take_over(found, now)
        return found

    def release(self) -> None:
        """When the watch ends. A mount that is gone keeps our name; the count no longer moves, and that is enough."""
        with suppress(OSError):
            found = self._read(self._file)
            if found and found.holder == self._holder:
                self._file.unlink()

    def _make(self, now: datetime) -> Owner | None:
        mine = Owner(self._holder, iso_vietnam(now), 0)
        beside = self._file.with_name(f"owner-{secrets.token_hex(4)}.new")
        try:
            beside.write_bytes(_written(mine))
            os.link(beside, self._file)  # whole or not at all, and never over another's
        except FileExistsError:
            return self._read(self._file) or mine  # somebody was quicker; the next look tells who
        except OSError:
            return self._make_without_links(mine)
        finally:
            beside.unlink(missing_ok=True)
        return None

    def _make_without_links(self, mine: Owner) -> Owner | None:
        """On a file system that knows no links. Killed before the file is written, it is an owner without a name for a minute."""
        try:
            descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        except FileExistsError:
            return self._read(self._file) or mine
        with os.fdopen(descriptor, "wb") as out:
            out.write(_written(mine))
        return None

    def _beat(self, found: Owner) -> None:
        # The file that was read is written to, by its descriptor: if it was taken from us in between, we write into what was put aside.
        descriptor = os.open(self._file, os.O_RDWR)
        try:
            if _parsed(os.pread(descriptor, _ROOM, 0)) == found:
                os.pwrite(descriptor, _written(Owner(found.holder, found.since, found.beat + 1)), 0)
        finally:
            os.close(descriptor)

    def _take_over(self, gone: Owner, now: datetime) -> Owner | None:
        aside = self._file.with_name(f"owner-{secrets.token_hex(4)}.gone")
        try:
            os.rename(self._file, aside)  # of two that take over, one gets it
        except FileNotFoundError:
            return gone
        if self._read(aside) != gone:  # a third one was quicker than both: give it its name back
            os.rename(aside, self._file)
            return self._read(self._file) or gone
        aside.unlink()
        return self._make(now)

    @staticmethod
    def _read(file: Path) -> Owner | None:
        try:
            return _parsed(file.read_bytes())
        except FileNotFoundError:
            return None


def _written(owner: Owner) -> bytes:
    told = {"holder": owner.holder, "since": owner.since, "beat": owner.beat}
    return json.dumps(told).encode().ljust(_ROOM - 1) + b"\n"


def _parsed(content: bytes) -> Owner:
    """A file that is just being written, or that somebody spoilt, is an owner without a name: it is waited for like any other."""
    try:
        told = json.loads(content)
        return Owner(str(told["holder"]), str(told["since"]), int(told["beat"]))
    except (ValueError, KeyError, TypeError):
        return Owner("?:0:0", "", 0)


def _ended(owner: Owner) -> bool:
    try:
        return is_gone(owner.holder)
    except ValueError:
        return False
