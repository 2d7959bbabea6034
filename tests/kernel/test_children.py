from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from sohoa.kernel.children import GIB, MIB, Limits, ProgramMissing, isolation, run_limited

ROOM = Limits(seconds=20, memory=GIB, written=8 * MIB)


def test_a_program_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(ProgramMissing):
        run_limited("no-such-program-anywhere", limits=ROOM, folder=tmp_path)


def test_a_program_that_runs_too_long_is_ended_with_all_it_started(tmp_path: Path) -> None:
    ran = run_limited("sh", "-c", "sleep 300 & echo $! > child; sleep 300", limits=Limits(1, GIB, MIB), folder=tmp_path)
    assert ran.timed_out
    command_lines = [Path(f"/proc/{pid}/cwd") for pid in os.listdir("/proc") if pid.isdecimal()]
    still_here = []
    for link in command_lines:
        try:
            still_here.append(link.resolve() == tmp_path.resolve())
        except OSError:
            continue
    assert not any(still_here)


def test_a_program_cannot_write_more_than_it_was_given(tmp_path: Path) -> None:
    ran = run_limited("dd", "if=/dev/zero", "of=big", "bs=1M", "count=20", limits=Limits(20, GIB, 4 * MIB), folder=tmp_path)
    assert ran.status != 0
    assert (tmp_path / "big").stat().st_size <= 4 * MIB


def test_a_program_cannot_take_more_memory_than_it_was_given(tmp_path: Path) -> None:
    ran = run_limited(
        "dd", "if=/dev/zero", "of=/dev/null", "bs=600M", "count=1", limits=Limits(20, 300 * MIB, MIB), folder=tmp_path
    )
    assert ran.status != 0


def test_names_with_blanks_and_shell_letters_are_only_names(tmp_path: Path) -> None:
    odd = tmp_path / "a b; touch owned $(touch owned).txt"
    odd.write_text("giấy")
    ran = run_limited("cat", odd, limits=ROOM, folder=tmp_path)
    assert ran.stdout.decode() == "giấy"
    assert not (tmp_path / "owned").exists()


def test_a_file_that_is_a_link_can_be_read_under_the_links_name(tmp_path: Path) -> None:
    room, far = tmp_path / "room", tmp_path / "far"
    room.mkdir()
    far.mkdir()
    (far / "paper").write_text("giấy")
    (tmp_path / "link").symlink_to(far / "paper")
    assert run_limited("cat", tmp_path / "link", limits=ROOM, folder=room, reads=(tmp_path / "link",)).stdout.decode() == "giấy"


def test_in_its_box_a_program_reaches_no_server_and_no_file_but_its_own(tmp_path: Path) -> None:
    if not isolation().boxed:
        # Without user namespaces there is no box, and the product says so; the limits above hold all the same.
        assert isolation().why_not
        return
    room = tmp_path / "room"
    room.mkdir()
    (tmp_path / "secret").write_text("bí mật")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        reached = run_limited("bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{port}", limits=ROOM, folder=room)
    assert reached.status != 0
    assert run_limited("cat", tmp_path / "secret", limits=ROOM, folder=room).status != 0
    assert run_limited("cat", tmp_path / "secret", limits=ROOM, folder=room, reads=(tmp_path / "secret",)).status == 0
