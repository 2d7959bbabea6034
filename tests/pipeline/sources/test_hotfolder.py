"""A watched folder: each file is taken in once, whole, and put away when its paper has ended; whatever the folder does meanwhile."""

from __future__ import annotations

import itertools
import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from sohoa.kernel.text import nfc
from sohoa.ocr.imaging.errors import TruncatedPdf
from sohoa.pipeline.errors import SourceMissing
from sohoa.pipeline.models import Item, State
from sohoa.pipeline.sources.hotfolder_endings import Endings
from sohoa.pipeline.sources.hotfolder_errors import FolderNotWritable
from tests.papers import decision, pdf
from tests.pipeline.sources.watched import NOON, PATIENCE, SETTLE, Watched, names, quarantine, whole

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def endings() -> Iterator[Endings]:
    asked = Endings()
    yield asked
    asked.close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "may-quet").mkdir()
    return tmp_path / "may-quet"


@pytest.fixture
def watched(root: Path, tmp_path: Path, endings: Endings) -> Watched:
    return Watched(root, tmp_path / "home", endings=endings)


def test_a_file_is_taken_in_once_it_has_lain_still(watched: Watched, root: Path) -> None:
    (root / "don.png").write_bytes(whole(1))
    assert watched.look(0) == []
    (root / "don.png").write_bytes(whole(1) + b"more")
    assert watched.look(2) == []
    assert watched.look(2 + SETTLE - 0.1) == []
    assert names(watched.look(2 + SETTLE)) == ["don.png"]
    assert watched.looks(10, 20, 30) == []
    assert watched.lying() == []


def test_a_file_that_somebody_has_open_to_write_is_left_alone_however_still_it_lies(watched: Watched, root: Path) -> None:
    with (root / "don.png").open("wb") as scanner:
        scanner.write(whole(1))
        scanner.flush()
        assert watched.looks(0, 5, 60, 120) == []
    assert names(watched.looks(200, 300)) == ["don.png"]


def test_a_file_cut_short_is_looked_at_less_and_less_often_and_then_quarantined_with_its_reason(
    watched: Watched, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "cut.pdf").write_bytes(pdf(decision(1))[:-2000])
    looked: list[float] = []
    asked = watched.endings.problem
    at = 0.0
    monkeypatch.setattr(watched.endings, "problem", lambda path: looked.append(at) or asked(path))
    while at < PATIENCE:
        assert watched.look(at) == []
        at += 1.0
    gaps = [after - before for before, after in itertools.pairwise(looked)]
    assert gaps == sorted(gaps) and gaps[0] < 10 and 59 <= gaps[-1] <= 61
    assert watched.folder.incomplete == 1
    at += 60
    (taken,) = watched.look(at)
    quarantine(watched, taken, TruncatedPdf(detail="cut"))
    assert watched.lying("quarantined") == ["cut.pdf", "reason.txt"]
    (reason,) = (root / ".sohoa" / "quarantined").glob("*/reason.txt")
    told = reason.read_text()
    assert TruncatedPdf.vi in told and TruncatedPdf.remedy in told and "cut.pdf" in told


def test_a_file_completed_after_a_pause_is_taken_in_whole(watched: Watched, root: Path) -> None:
    content = pdf(decision(1))
    (root / "slow.pdf").write_bytes(content[:9000])
    assert watched.looks(0, 5, 10, 30, 100) == []
    with (root / "slow.pdf").open("ab") as scanner:
        scanner.write(content[9000:])
    (taken,) = watched.looks(110, 110 + SETTLE)
    assert (watched.home / "claims" / taken.item.content / "source").read_bytes() == content


def test_what_scanners_and_editors_leave_beside_papers_is_not_touched(watched: Watched, root: Path) -> None:
    beside = [".hidden.png", "~$don.png", "don.png~", "scan.tmp", "scan.PART", "Thumbs.db"]
    for name in beside:
        (root / name).write_bytes(whole(1))
    os.mkfifo(root / "pipe.png")
    assert watched.looks(0, 5, 700, 1400) == []
    assert set(beside) <= {entry.name for entry in root.iterdir()}


def test_a_writer_that_renames_in_the_middle_of_its_work_gives_one_paper(watched: Watched, root: Path) -> None:
    (root / "scan0001.png").write_bytes(whole(1)[:60])
    assert watched.looks(0, 2) == []
    (root / "scan0001.png").rename(root / "don-xin.png")
    assert watched.looks(3, 6) == []
    (root / "don-xin.png").write_bytes(whole(1))
    assert names(watched.looks(7, 7 + SETTLE, 20)) == ["don-xin.png"]


def test_a_name_typed_on_another_system_is_found_by_its_letters_and_kept_as_it_came(watched: Watched, root: Path) -> None:
    name = unicodedata.normalize("NFD", "Đơn đề nghị của bà Nguyễn.png")
    folder = root / unicodedata.normalize("NFD", "hồ-sơ-1")
    folder.mkdir()
    (folder / name).write_bytes(whole(1))
    (taken,) = watched.looks(0, SETTLE)
    assert taken.found and taken.found.name == nfc(name) and taken.found.folder_name == "hồ-sơ-1"
    watched.end(taken)
    (day,) = (root / ".sohoa" / "done").iterdir()
    assert (day.name, [path.name for path in day.rglob("*.png")]) == ("2026-03-02", [name])


def test_archived_files_are_kept_by_day_under_names_that_never_take_one_anothers_place(watched: Watched, root: Path) -> None:
    for number in range(3):
        (root / "scan.png").write_bytes(whole(number))
        (taken,) = watched.looks(10 * number, 10 * number + SETTLE)
        watched.end(taken)
    kept = [root / ".sohoa" / "done" / "2026-03-02" / name for name in ("scan.png", "scan (2).png", "scan (3).png")]
    assert [path.read_bytes() for path in kept] == [whole(number) for number in range(3)]
    assert watched.lying("claimed") == []


def test_a_folder_that_somebody_tidied_up_is_put_in_order_again(watched: Watched, root: Path) -> None:
    (root / "scan.png").write_bytes(whole(1))
    (taken,) = watched.looks(0, SETTLE)
    (root / ".sohoa" / "done").rmdir()
    watched.end(taken)
    assert watched.lying("claimed") == ["scan.png"]
    assert watched.looks(10, 20) == []
    assert (watched.lying("claimed"), watched.lying("done")) == ([], ["scan.png"])


def test_archived_files_are_removed_where_that_is_asked_for(root: Path, tmp_path: Path, endings: Endings) -> None:
    watched = Watched(root, tmp_path / "home", endings=endings, remove=True)
    (root / "scan.png").write_bytes(whole(1))
    (taken,) = watched.looks(0, SETTLE)
    assert watched.lying("claimed") == ["scan.png"]
    watched.end(taken)
    assert watched.lying("claimed") == watched.lying("done") == watched.lying() == []


def test_the_same_content_again_is_a_copy_even_under_the_same_name(watched: Watched, root: Path) -> None:
    for name in ("scan.png", "scan.png", "again.png"):
        (root / name).write_bytes(whole(1))
        (taken,) = watched.looks(len(watched.claims) * 10, len(watched.claims) * 10 + SETTLE)
        watched.end(taken)
    assert [claimed.copy_of for claimed in watched.claims] == ["", str(root / "scan.png"), str(root / "scan.png")]
    assert Item.objects.count() == 1
    assert len(watched.lying("done")) == 3


def test_a_file_written_to_after_it_was_taken_in_is_taken_in_again_as_what_it_has_become(watched: Watched, root: Path) -> None:
    (root / "scan.png").write_bytes(whole(1))
    (first,) = watched.looks(0, SETTLE)
    first.lies.write_bytes(whole(2))
    watched.end(first)
    assert watched.lying("done") == []
    (second,) = watched.looks(10, 10 + SETTLE)
    watched.end(second)
    assert first.item.content != second.item.content
    assert watched.lying("done") == ["scan.png"]


def test_what_a_killed_watcher_had_claimed_is_found_by_the_next_one(watched: Watched, root: Path, tmp_path: Path) -> None:
    for number in range(3):
        (root / "sub").mkdir(exist_ok=True)
        (root / "sub" / f"{number}.png").write_bytes(whole(number))
    taken = watched.looks(0, SETTLE)
    Item.objects.filter(pk=taken[0].item.pk).update(state=State.QUARANTINED, reason=TruncatedPdf(detail="cut").as_dict())
    following = Watched(root, tmp_path / "home", endings=watched.endings)
    again = following.looks(100, 100 + SETTLE)
    assert sorted(map(str, names(again))) == ["0.png", "1.png", "2.png"]
    assert {claimed.found.folder_name for claimed in again if claimed.found} == {"sub"}
    assert not any(claimed.copy_of for claimed in again), "the same file is not a copy of itself"
    assert Item.objects.count() == 3


def test_a_folder_whose_mount_went_is_not_an_empty_one_and_is_not_written_to(watched: Watched, root: Path) -> None:
    (root / "scan.png").write_bytes(whole(1))
    (taken,) = watched.looks(0, SETTLE)
    (root / "late.png").write_bytes(whole(2))
    there = root.rename(root.with_name("unmounted"))
    root.mkdir()
    assert watched.looks(10, 20) == []
    assert watched.waits_for == "pipeline.folder_away"
    watched.end(taken)
    assert list(root.iterdir()) == []
    root.rmdir()
    assert watched.looks(30, 40) == [] and not root.exists()
    there.rename(root)
    assert names(watched.looks(50, 50 + SETTLE)) == ["late.png"]
    assert watched.waits_for == ""
    assert watched.lying("done") == ["scan.png"], "put away as soon as the folder was back"


def test_a_mount_that_goes_while_a_file_is_read_makes_nobody_guilty(watched: Watched, root: Path) -> None:
    (root / "scan.png").write_bytes(whole(1))
    watched.look(0)
    offered = watched.folder.ready(at=SETTLE, now=NOON, room=lambda: True)
    found = next(offered)
    root.rename(root.with_name("unmounted"))
    assert watched.folder.will_offer_again(found, TruncatedPdf(detail="cut"))
    root.with_name("unmounted").rename(root)
    assert names(watched.looks(10, 10 + SETTLE)) == ["scan.png"]
    assert not Item.objects.filter(state=State.QUARANTINED).exists()


def test_a_watch_started_while_the_mount_is_away_knows_that_it_is_away(watched: Watched, root: Path, tmp_path: Path) -> None:
    there = root.rename(root.with_name("unmounted"))
    root.mkdir()
    following = Watched(root, tmp_path / "home", endings=watched.endings)
    assert following.looks(0, 5) == [] and following.waits_for == "pipeline.folder_away"
    assert list(root.iterdir()) == []
    root.rmdir()
    there.rename(root)
    assert following.looks(10) == [] and following.waits_for == ""


def test_another_folder_in_the_same_place_is_taken_only_when_somebody_says_so(watched: Watched, root: Path, tmp_path: Path) -> None:
    root.rename(root.with_name("old-disk"))
    root.mkdir()
    Watched(root, tmp_path / "another-home", endings=watched.endings)
    assert watched.looks(0) == [] and watched.waits_for == "pipeline.folder_is_another"
    told = Watched(root, tmp_path / "home", endings=watched.endings, accept_new=True)
    assert told.looks(0) == [] and told.waits_for == ""
    assert Watched(root, tmp_path / "home", holder=told.holder, endings=watched.endings).looks(0) == []


def test_a_folder_that_was_never_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing):
        Watched(tmp_path / "nowhere", tmp_path / "home")


def test_a_folder_in_which_nothing_of_ours_can_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    (tmp_path / "share" / ".sohoa").write_bytes(b"a file stands in the way")
    with pytest.raises(FolderNotWritable):
        Watched(tmp_path / "share", tmp_path / "home")


def test_nothing_more_is_claimed_while_there_is_no_room(watched: Watched, root: Path) -> None:
    for number in range(4):
        (root / f"{number}.png").write_bytes(whole(number))
    watched.look(0)
    room = iter([True, True, False, False])
    assert len(watched.look(SETTLE, room=lambda: next(room))) == 2
    assert len(watched.lying()) == 2
    assert len(watched.look(SETTLE + 10)) == 2


def test_a_link_that_leaves_the_folder_is_put_aside_and_not_followed(watched: Watched, root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(whole(1))
    (root / "link.png").symlink_to(tmp_path / "secret.png")
    (taken,) = watched.look(0)
    assert taken.item.state == State.QUARANTINED and taken.item.reason["code"] == "pipeline.link_leaves_folder"
    watched.folder.ended(taken, taken.item, now=NOON)
    assert watched.lying("quarantined") == ["link.png", "reason.txt"]
    assert (tmp_path / "secret.png").read_bytes() == whole(1)
