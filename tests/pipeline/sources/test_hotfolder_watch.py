"""Several folders as one source: held back when disk or work runs short, going on by itself, outliving what is away."""

from __future__ import annotations

import shutil
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from sohoa.pipeline.claiming import Order, claim
from sohoa.pipeline.errors import DiskFull
from sohoa.pipeline.models import Item, State
from sohoa.pipeline.sources.folder import Found, Given
from sohoa.pipeline.sources.hotfolder_errors import FolderOwned
from sohoa.pipeline.sources.hotfolder_owner import Ownership
from sohoa.pipeline.sources.hotfolder_place import is_local
from sohoa.pipeline.sources.hotfolder_watch import SLOWER_ON_NETWORKS, Manner, Watching
from sohoa.storage.catalogue.database import DatabaseUnsuitable
from sohoa.storage.objects.errors import StoreUnreachable
from tests.pipeline.sources.watched import NOON, whole

pytestmark = pytest.mark.django_db
Disk = namedtuple("Disk", "total used free")


class Time:
    """A clock that goes on by a minute with each question."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        self.at += 60.0
        return self.at


@pytest.fixture
def roots(tmp_path: Path) -> list[Path]:
    made = [tmp_path / "quay-1", tmp_path / "quay-2"]
    for number, root in enumerate(made):
        root.mkdir()
        for paper in range(2):
            (root / f"{number}-{paper}.png").write_bytes(whole(10 * number + paper))
    return made


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home" / "claims").mkdir(parents=True)
    return tmp_path / "home"


def watching(roots: list[Path], home: Path, **manner: object) -> Watching:
    return Watching(roots, home, Manner(**manner), now=lambda: NOON, clock=Time())  # type: ignore[arg-type]


def taken_in(source: Watching | Given, home: Path, *, looks: int = 2) -> Iterator[str]:
    for _ in range(looks):
        for found in source.ready():
            claim(found, home / "claims", Order(), now=NOON)
            source.taken(found)
            yield found.name


def codes(source: Watching) -> list[str]:
    return [waiting.for_.code for _, waiting in source.waits()]


def test_papers_of_all_folders_are_taken_in(roots: list[Path], home: Path) -> None:
    source = watching(roots, home)
    assert list(taken_in(source, home)) == ["0-0.png", "0-1.png", "1-0.png", "1-1.png"]
    source.close()
    assert not list(home.parent.rglob("owner.json"))


def test_no_more_is_taken_in_while_too_many_wait_and_intake_goes_on_when_fewer_do(roots: list[Path], home: Path) -> None:
    source = watching(roots, home, most=3)
    assert len(list(taken_in(source, home, looks=5))) == 3
    assert codes(source) == ["pipeline.too_many_wait"]
    Item.objects.filter(source__endswith="0-0.png").update(state=State.ARCHIVED)
    assert list(taken_in(source, home)) == ["1-1.png"]
    Item.objects.update(state=State.ARCHIVED)
    assert list(taken_in(source, home)) == [] and codes(source) == []


def test_nothing_is_taken_in_while_the_disk_is_short_and_intake_goes_on_when_there_is_room(
    roots: list[Path], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = watching(roots, home)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(1 << 40, (1 << 40) - (1 << 20), 1 << 20))
    assert list(taken_in(source, home)) == []
    assert codes(source) == ["pipeline.disk_full"]
    assert len([path for root in roots for path in root.glob("*.png")]) == 4, "nothing was even claimed"
    monkeypatch.undo()
    assert len(list(taken_in(source, home))) == 4 and codes(source) == []


def test_a_lasting_watch_outlives_what_may_come_back_and_nothing_else(roots: list[Path], home: Path) -> None:
    source = watching(roots, home)
    assert source.waits_out(DiskFull()) and source.waits_out(StoreUnreachable(why="refused"))
    assert codes(source) == ["pipeline.disk_full", StoreUnreachable.code]
    assert not source.waits_out(DatabaseUnsuitable(found="C"))
    (found, *_) = [found for _ in range(2) for found in source.ready()]
    item = claim(found, home / "claims", Order(), now=NOON)
    source.taken(found)
    source.ended(item, item.item)
    assert codes(source) == [], "a paper came to its end, so what was away is back"


def test_who_looks_once_ends_when_all_is_taken_in_and_does_not_wait_for_another_owner(roots: list[Path], home: Path) -> None:
    source = watching(roots, home, once=True)
    list(source.ready())
    assert not source.over, "the files have not lain still yet"
    assert len(list(taken_in(source, home, looks=1))) == 4
    list(source.ready())
    assert source.over
    source.close()
    Ownership(roots[1] / ".sohoa" / "owner.json", "elsewhere:7:1").hold(at=0, now=NOON)
    following = watching(roots, home, once=True)
    with pytest.raises(FolderOwned) as told:
        list(following.ready())
    assert told.value.facts["host"] == "elsewhere"


def test_a_folder_on_a_file_server_is_looked_at_less_often(roots: list[Path], home: Path) -> None:
    mounts = "\n".join(
        [
            r"21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
            r"30 21 0:40 / /mnt/m\303\241y\040qu\303\251t rw shared:2 - cifs //nas/scan rw",
            r"31 30 0:41 / /mnt/m\303\241y\040qu\303\251t/local rw shared:3 - xfs /dev/sdb1 rw",
            r"32 21 0:42 / /nfs rw - nfs4 nas:/x rw",
        ]
    )
    assert is_local(Path("/home/scan"), mounts)
    assert not is_local(Path("/mnt/máy quét/hom-nay"), mounts)
    assert is_local(Path("/mnt/máy quét/local/x"), mounts)
    assert not is_local(Path("/nfs"), mounts)
    assert is_local(Path("/nfs2"), mounts)
    assert SLOWER_ON_NETWORKS > 1


def test_a_given_list_offers_again_what_was_not_taken(home: Path) -> None:
    papers = [Found(Path(f"/{number}.png"), "") for number in range(3)]
    source = Given(papers)
    offered = source.ready()
    source.taken(next(offered))
    assert next(offered) == papers[1]
    offered.close()  # the database went away in the middle of the second
    again = []
    for found in source.ready():
        again.append(found)
        source.taken(found)
    assert again == papers[1:] and source.over
