"""A watched folder in the tests' own time: each look says how late it is, and what is ready is taken in for real."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

from PIL import Image

from sohoa.kernel.errors import SohoaError
from sohoa.pipeline.claiming import Claim, Order, claim
from sohoa.pipeline.models import Item, State
from sohoa.pipeline.sources.hotfolder import HotFolder
from sohoa.pipeline.sources.hotfolder_endings import Endings
from sohoa.pipeline.sources.hotfolder_errors import OfferedAgain
from sohoa.pipeline.sources.hotfolder_ripe import STILL_WRITTEN, Ripening, being_written

NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)
SETTLE, PATIENCE = 3.0, 600.0


def whole(number: int = 1) -> bytes:
    """A small picture of its own content."""
    out = BytesIO()
    Image.new("L", (40, 40), number % 256).save(out, "PNG", dpi=(100 + number // 256, 100))
    return out.getvalue()


@dataclass
class Watched:
    root: Path
    home: Path
    holder: str = "here:1:1"
    remove: bool = False
    accept_new: bool = False
    endings: Endings = field(default_factory=Endings)
    claims: list[Claim] = field(default_factory=list[Claim])

    def __post_init__(self) -> None:
        ripening = Ripening(settle=SETTLE, patience=PATIENCE, judge=self._problem)
        given = {"remove": self.remove, "accept_new": self.accept_new}
        self.folder = HotFolder(self.root, home=self.home, holder=self.holder, ripening=ripening, now=NOON, **given)

    def _problem(self, path: Path) -> str:
        return STILL_WRITTEN if being_written(path) else self.endings.problem(path)

    def look(self, at: float, *, room: Callable[[], bool] = lambda: True) -> list[Claim]:
        """What is taken in `at` seconds after noon."""
        now, taken = NOON + timedelta(seconds=at), list[Claim]()
        (self.home / "claims").mkdir(parents=True, exist_ok=True)
        for found in self.folder.ready(at=at, now=now, room=room):
            try:
                taken.append(claim(found, self.home / "claims", Order(), now=now))
            except OfferedAgain:
                continue
            self.folder.taken(found)
        self.claims += taken
        return taken

    def looks(self, *moments: float) -> list[Claim]:
        return [claimed for at in moments for claimed in self.look(at)]

    def end(self, claimed: Claim, state: State = State.ARCHIVED, at: float = 0.0, **columns: object) -> None:
        """As the pipeline ends a paper, as far as its source can see."""
        Item.objects.filter(pk=claimed.item.pk).update(state=state, **columns)
        self.folder.ended(claimed, Item.objects.get(pk=claimed.item.pk), now=NOON + timedelta(seconds=at))

    @property
    def waits_for(self) -> str:
        return self.folder.waiting.for_.code if self.folder.waiting else ""

    def lying(self, where: str = "") -> list[str]:
        """The files below `where`, without the names of tokens and what is ours to keep the folder."""
        top = self.root / ".sohoa" / where if where else self.root
        files = [path.relative_to(top) for path in top.rglob("*") if path.is_file() or path.is_symlink()]
        if not where:
            return sorted(str(path) for path in files if ".sohoa" not in path.parts)
        return sorted("/".join(path.parts[1:]) for path in files)


def names(claims: list[Claim]) -> list[str]:
    return [claimed.source.name for claimed in claims]


def quarantine(watched: Watched, claimed: Claim, error: SohoaError) -> None:
    watched.end(claimed, State.QUARANTINED, reason=error.as_dict())
