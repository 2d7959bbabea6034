from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest

from sohoa.kernel.durable import copy_durably, durable_file, sha256_of, write_durably


def test_a_write_that_fails_leaves_what_was_there_and_nothing_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "so.json"
    write_durably(target, b"truoc")
    with pytest.raises(RuntimeError), durable_file(target) as out:
        out.write(b"sau, nhung")
        raise RuntimeError
    assert target.read_bytes() == b"truoc"
    assert [path.name for path in tmp_path.iterdir()] == ["so.json"]


def test_a_copy_says_the_hash_of_what_it_wrote(tmp_path: Path) -> None:
    content = bytes(range(256)) * 9000
    said = copy_durably(io.BytesIO(content), tmp_path / "ban-sao")
    assert said == hashlib.sha256(content).hexdigest() == sha256_of(tmp_path / "ban-sao")


def test_a_secret_is_never_readable_by_others_not_even_for_a_moment(tmp_path: Path) -> None:
    with durable_file(tmp_path / "khoa", mode=0o600) as out:
        out.write(b"bi mat")
        beside = next(tmp_path.iterdir())
        assert beside.stat().st_mode & 0o077 == 0
    assert (tmp_path / "khoa").stat().st_mode & 0o777 == 0o600
