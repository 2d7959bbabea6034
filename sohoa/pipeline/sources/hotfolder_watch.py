"""The watched folders of one command as a source of papers: all looked at in turn, all held back when work or disk runs short."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.pipeline.claiming import SPARE, Claim
from sohoa.pipeline.dispatch.holder import this_process
from sohoa.pipeline.dispatch.sweeper import sweep
from sohoa.pipeline.errors import DiskFull
from sohoa.pipeline.models import Item, State
from sohoa.pipeline.sources.folder import Found
from sohoa.pipeline.sources.hotfolder import HotFolder, Waiting
from sohoa.pipeline.sources.hotfolder_endings import Endings
from sohoa.pipeline.sources.hotfolder_errors import FolderOwned, TooManyWait
from sohoa.pipeline.sources.hotfolder_place import is_local
from sohoa.pipeline.sources.hotfolder_ripe import STILL_WRITTEN, Ripening, being_written

SLOWER_ON_NETWORKS = 3  # listing a folder over the network is work for somebody else's server too


@dataclass(frozen=True, slots=True)
class Manner:
    """every: seconds between two looks at a local folder. settle, patience: as Ripening has them. most: papers that may wait for work
    before no more are taken in. once: take what is there, and end. remove, accept_new: as HotFolder has them."""

    every: float = 2.0
    settle: float = 3.0
    patience: float = 600.0
    most: int = 1000
    remove: bool = False
    once: bool = False
    accept_new: bool = False


class Watching:
    """Implements dispatch.local.Source. clock: seconds that only go forward. Raises what HotFolder raises."""

    def __init__(
        self,
        roots: Sequence[Path],
        home: Path,
        manner: Manner,
        *,
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.lasting, self.over = not manner.once, False
        self._home, self._manner, self._now, self._clock = home, manner, now, clock
        self._endings = Endings()
        self._held_back: Waiting | None = None
        self._away: Waiting | None = None
        self._paces: dict[HotFolder, float] = {}
        self._next: dict[HotFolder, float] = {}
        holder = this_process()
        for root in dict.fromkeys(root.absolute() for root in roots):
            local = is_local(root.resolve())
            ripening = Ripening(settle=manner.settle, patience=manner.patience, judge=self._judge(local), by_age=manner.once)
            folder = HotFolder(
                root,
                home=home,
                holder=holder,
                ripening=ripening,
                now=now(),
                remove=manner.remove,
                accept_new=manner.accept_new,
            )
            self._paces[folder] = manner.every * (1 if local else SLOWER_ON_NETWORKS)

    @property
    def folders(self) -> list[HotFolder]:
        return list(self._paces)

    def waits(self) -> list[tuple[Path | None, Waiting]]:
        """What is waited for now, and by which folder; None: by all of them."""
        own = [(folder.place.root, folder.waiting) for folder in self._paces if folder.waiting]
        return [*((None, one) for one in (self._held_back, self._away) if one), *own]

    def unripe(self) -> int:
        return sum(folder.unripe for folder in self._paces)

    def close(self) -> None:
        self._endings.close()
        for folder in self._paces:
            folder.close()

    # -- as a source of papers ----------------------------------------------------------------------------------------

    def ready(self) -> Iterator[Found]:
        at = self._clock()
        if self._held_back:
            self._room()
        for folder, pace in self._paces.items():
            if at >= self._next.get(folder, at):
                self._next[folder] = at + pace
                others = folder.waiting is not None and folder.waiting.for_.code == FolderOwned.code
                yield from folder.ready(at=at, now=self._now(), room=self._room)
                if others and folder.waiting is None:
                    sweep(now=self._now(), whole_run_ended=True)  # its last owner's workers may have gone with it
        if self._manner.once:
            self._end_when_done()

    def taken(self, found: Found) -> None:
        assert isinstance(found.keeper, HotFolder)
        found.keeper.taken(found)

    def ended(self, claim: Claim, item: Item) -> None:
        assert claim.found and isinstance(claim.found.keeper, HotFolder)
        claim.found.keeper.ended(claim, item, now=self._now())
        self._away = None  # what a paper needs to come to its end is there

    def waits_out(self, problem: SohoaError) -> bool:
        """A lasting watch outlives a full disk and services that are away."""
        if not self.lasting:
            self.over = True
            return False
        if isinstance(problem, DiskFull):
            self._hold_back(problem)
        elif problem.exit_code is Exit.UNREACHABLE:
            self._away = self._away or Waiting(problem, self._now())
        else:
            return False
        return True

    def _end_when_done(self) -> None:
        """Raises what a folder waits for: who wants to run once does not want to wait for it."""
        for _, waiting in self.waits():
            if waiting.for_.code != TooManyWait.code:
                raise waiting.for_
        self.over = not self._held_back and all(folder.resting for folder in self._paces)

    def _room(self) -> bool:
        reason = self._short()
        if reason:
            self._hold_back(reason)
        else:
            self._held_back = None
        return reason is None

    def _short(self) -> SohoaError | None:
        claims = self._home / "claims"
        if shutil.disk_usage(claims if claims.exists() else self._home).free < SPARE:
            return DiskFull()
        wait = Item.objects.filter(state__in=State.workable()).count()
        return TooManyWait(count=wait) if wait >= self._manner.most else None

    def _hold_back(self, reason: SohoaError) -> None:
        if self._held_back is None or self._held_back.for_.code != reason.code:
            self._held_back = Waiting(reason, self._now())

    def _judge(self, local: bool) -> Callable[[Path], str]:
        def judge(path: Path) -> str:
            return STILL_WRITTEN if local and being_written(path) else self._endings.problem(path)

        return judge
