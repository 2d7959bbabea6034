"""One watched folder: which of its files can be taken in now, and where each goes when its paper has ended.

A file is claimed by renaming it into `.sohoa/claimed/<token>/`, which of two watchers only one can do. There it lies until its paper is
in the archive (or in quarantine), and then it is put away; what a killed watcher left there, the next one finds. Nothing is known only in
memory, so nothing needs to be written down.

    DIR/.sohoa/claimed/<token>/<sub-folder>/<file>        on its way
    DIR/.sohoa/done/<day>/<sub-folder>/<file>             archived
    DIR/.sohoa/quarantined/<token>/<sub-folder>/<file>    put aside, with reason.txt beside the sub-folder
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sohoa.kernel.clock import VIETNAM, iso_vietnam
from sohoa.kernel.durable import sha256_of
from sohoa.kernel.errors import SohoaError
from sohoa.kernel.text import nfc
from sohoa.pipeline.claiming import Claim
from sohoa.pipeline.errors import ChangedWhileReading, LinkLeavesFolder
from sohoa.pipeline.models import Item, State
from sohoa.pipeline.sources.folder import Found, is_paper
from sohoa.pipeline.sources.hotfolder_errors import FolderAway, FolderIsAnother, FolderOwned
from sohoa.pipeline.sources.hotfolder_owner import Ownership
from sohoa.pipeline.sources.hotfolder_place import OURS, Place, settle, write
from sohoa.pipeline.sources.hotfolder_ripe import Look, Ripening


@dataclass(frozen=True, slots=True)
class Waiting:
    """for_: what for. since: when it was first met."""

    for_: SohoaError
    since: datetime


@dataclass(frozen=True, slots=True)
class _Ended:
    """A claimed file whose paper has come to its end. content: SHA-256 that was taken in, or "" where it could not be read."""

    path: Path
    content: str
    reason: dict[str, str] | None


class HotFolder:
    """remove: archived files are deleted instead of kept in `done/`. Raises what hotfolder_place.settle raises."""

    def __init__(
        self,
        root: Path,
        *,
        home: Path,
        holder: str,
        ripening: Ripening,
        now: datetime,
        remove: bool = False,
        accept_new: bool = False,
    ) -> None:
        self.place = Place(root.absolute())
        self.waiting: Waiting | None = None
        self._id = settle(self.place, home, accept_new=accept_new, now=now)
        self._owner = Ownership(self.place.owner, holder)
        self._ripening = ripening
        self._remove = remove
        self._taken: set[Path] = set()
        self._ended: list[_Ended] = []

    # -- taking in ----------------------------------------------------------------------------------------------------

    def ready(self, *, at: float, now: datetime, room: Callable[[], bool]) -> Iterator[Found]:
        """What can be taken in now, the oldest first; claimed by us when it is given. at: seconds of a clock that only goes forward.
        room: asked before each claim whether more may come. A file that is given and not said to be taken is given again."""
        try:
            if not self._ours(at, now):
                return
            self._put_all_away(now)
            left = [one for one in _below(self.place.claimed, self.place.claimed) if one[1] not in self._taken]
            found = list(_below(self.place.root, self.place.root))
            self._ripening.keep_only({path for _, path, _ in (*left, *found)})
            for came, path, look in sorted(left):
                if room() and self._ripe(path, look, at, now.timestamp() - came):
                    yield self._as_found(path, look, fresh=False)
            for came, path, look in sorted(found):
                if room() and self._ripe(path, look, at, now.timestamp() - came):
                    claimed = self._claim(path, now)
                    # A file that was exchanged between the last look and the rename ripens where it lies now.
                    if claimed and _look(claimed) == look:
                        yield self._as_found(claimed, look, fresh=True)
        except OSError:
            self._wait(FolderAway(), now)

    def taken(self, found: Found) -> None:
        self._taken.add(found.path)
        self._ripening.forget(found.path)

    def will_offer_again(self, found: Found, problem: SohoaError) -> bool:
        """Whether a file that could not be read is to be left for later rather than called bad."""
        return isinstance(problem, ChangedWhileReading) or not self._there() or not os.path.lexists(found.path)

    @property
    def resting(self) -> bool:
        """Nothing here may become ready by itself soon."""
        return self.waiting is None and not self._ripening.settling and not self._ended

    @property
    def unripe(self) -> int:
        return self._ripening.settling + self._ripening.incomplete

    @property
    def incomplete(self) -> int:
        return self._ripening.incomplete

    def close(self) -> None:
        if self._there():
            self._owner.release()

    def _there(self) -> bool:
        return self.place.marked() == self._id

    def _ours(self, at: float, now: datetime) -> bool:
        marked = self.place.marked()
        if marked != self._id:
            self._wait(FolderIsAnother() if marked else FolderAway(), now)
            return False
        owner = self._owner.hold(at=at, now=now)
        if owner:
            self._wait(FolderOwned(host=owner.host, pid=owner.pid, since=owner.since), now)
            return False
        self.waiting = None
        for folder in (self.place.claimed, self.place.done, self.place.quarantined):
            folder.mkdir(exist_ok=True)  # somebody may have tidied up
        return True

    def _wait(self, reason: SohoaError, now: datetime) -> None:
        if self.waiting is None or self.waiting.for_.code != reason.code:
            self.waiting = Waiting(reason, now)

    def _ripe(self, path: Path, look: Look | None, at: float, age: float) -> bool:
        return look is None or self._ripening.ripe(path, look, at=at, age=age)

    def _claim(self, path: Path, now: datetime) -> Path | None:
        """Where the file lies now, or None when somebody was quicker."""
        token = self.place.claimed / f"{now.astimezone(VIETNAM):%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"
        spot = token / path.relative_to(self.place.root)
        token.mkdir()
        try:
            _make(spot.parent, below=token)
            os.rename(path, spot)
        except FileNotFoundError:
            self._tidy(spot.parent)
            return None
        self._ripening.forget(path)
        return spot

    def _as_found(self, claimed: Path, look: Look | None, *, fresh: bool) -> Found:
        came_from = self.place.root / Path(*claimed.relative_to(self.place.claimed).parts[1:])
        problem = None if look else LinkLeavesFolder()
        return Found(claimed, nfc(came_from.parent.name), problem, came_from=came_from, keeper=self, fresh=fresh)

    # -- putting away -------------------------------------------------------------------------------------------------

    def ended(self, claim: Claim, item: Item, *, now: datetime) -> None:
        """Its paper has ended, so the file is put away: now, or when the folder is there again."""
        content = "" if item.content.startswith("at:") else item.content
        self._ended.append(_Ended(claim.lies, content, item.reason if item.state == State.QUARANTINED else None))
        self._put_all_away(now)

    def _put_all_away(self, now: datetime) -> None:
        """What cannot be put away now (the mount went, a folder refuses us) is tried at every look."""
        ended, self._ended = self._ended, []
        for one in ended:
            try:
                if not self._there():
                    raise FileNotFoundError
                self._put_away(one, now)
                self._taken.discard(one.path)
            except OSError:
                self._ended.append(one)

    def _put_away(self, one: _Ended, now: datetime) -> None:
        """A kill between any two lines is harmless: the file is found in `claimed/` again, its paper is known by its content."""
        if not os.path.lexists(one.path):
            return
        if one.content and sha256_of(one.path) != one.content:
            return  # written to after it was taken in: it stays, ripens again, and is taken in as what it has become
        token, *inner = one.path.relative_to(self.place.claimed).parts
        if one.reason:
            aside = self.place.quarantined / token
            aside.mkdir(exist_ok=True)
            write(aside / "reason.txt", _reason(one.reason, Path(*inner), now).encode())
            _move(one.path, aside / Path(*inner), below=aside)
        elif self._remove:
            one.path.unlink()
        else:
            day = self.place.done / f"{now.astimezone(VIETNAM):%Y-%m-%d}"
            _move(one.path, day / Path(*inner), below=self.place.done)
        self._tidy(one.path.parent)

    def _tidy(self, folder: Path) -> None:
        """Remove what has become empty, up to `claimed/` itself."""
        with suppress(OSError):
            while folder != self.place.claimed:
                folder.rmdir()
                folder = folder.parent


def _below(folder: Path, root: Path) -> Iterator[tuple[float, Path, Look | None]]:
    """Files below, each with when it came (ctime: a copy may bear an old mtime) and what would differ had it changed; None for a link that
    leads out of the folder.

    Other links, devices and pipes are nobody's paper; other file systems mounted below cannot be claimed from by rename.
    """
    device = os.stat(root).st_dev
    for entry in list(os.scandir(folder)):
        if not is_paper(entry.name):
            continue
        path = Path(entry.path)
        with suppress(FileNotFoundError, PermissionError):  # renamed by its writer meanwhile; a folder that is not for us
            told = entry.stat(follow_symlinks=False)
            if entry.is_symlink():
                if not path.resolve().is_relative_to(root.resolve()):
                    yield told.st_ctime, path, None
            elif entry.is_dir() and told.st_dev == device:
                yield from _below(path, root)
            elif stat.S_ISREG(told.st_mode):
                yield told.st_ctime, path, Look.of(told)


def _look(path: Path) -> Look | None:
    told = path.lstat()
    return Look.of(told) if stat.S_ISREG(told.st_mode) else None


def _make(folder: Path, *, below: Path) -> None:
    """The folders on the way from `below`, which must be there: when the mount went this moment, nothing is made in its place."""
    for part in folder.relative_to(below).parts:
        below = below / part
        below.mkdir(exist_ok=True)


def _move(path: Path, target: Path, *, below: Path) -> None:
    """Rename, under another name where there is one already."""
    _make(target.parent, below=below)
    free, count = target, 1
    while os.path.lexists(free):
        count += 1
        free = target.with_name(f"{target.stem} ({count}){target.suffix}")
    os.rename(path, free)


def _reason(told: dict[str, str], name: Path, now: datetime) -> str:
    return (
        f"Tệp: {nfc(str(name))}\nBị cách ly lúc: {iso_vietnam(now)}\nVì sao: {told['vi']}\nViệc cần làm: {told['remedy']}\n"
        f"Mã lỗi: {told['code']}\n\n"
        "Tệp vẫn nguyên vẹn ở đây. Muốn đưa vào lại: sửa theo «việc cần làm», rồi chuyển tệp này về thư mục đang theo dõi\n"
        f"(thư mục ngoài cùng, nơi có {OURS}); sohoa sẽ nhận lại như tệp mới.\n"
    )
