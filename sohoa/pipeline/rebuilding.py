"""`sohoa rebuild`: the catalogue from the bucket, into an empty database or beside the one in use, and what differs between them."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.db import connections

from sohoa.kernel.clock import VIETNAM
from sohoa.kernel.durable import sync_folder
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.storage import rebuild
from sohoa.storage.audit import bucket
from sohoa.storage.audit.errors import CheckpointUnreadable
from sohoa.storage.audit.keys import known_keys
from sohoa.storage.audit.models import AuditEvent
from sohoa.storage.audit.restoring import Restored, restore
from sohoa.storage.catalogue.comparing import Difference, differences
from sohoa.storage.catalogue.models import Dossier, Record
from sohoa.storage.objects.model import ObjectStore
from sohoa.storage.rebuild import Rebuilt

SHOWN = 200  # differences that are told one by one; the rest is counted
_BESIDE = "rebuilt"
# Papers under way are no part of the archive, so the bucket does not know them: they come along.
_UNDER_WAY = "pipeline_item"


class RebuildFailed(SohoaError):
    code = "pipeline.rebuild_failed"
    vi = "Chưa dựng lại được danh mục; danh mục đang dùng vẫn nguyên như cũ."
    en = "The catalogue could not be built again; the one in use is as it was."
    remedy = "Xem lý do in ở trên, rồi chạy lại."
    remedy_en = "See the reason printed above, then run it again."


class WorkUnderWay(SohoaError):
    code, exit_code = "pipeline.work_under_way", Exit.USAGE
    vi = "Đang có giấy tờ được xử lý, nên chưa thay danh mục."
    en = "Papers are being worked on, so the catalogue was not replaced."
    remedy = "Chờ lượt số hóa xong hoặc dừng nó, rồi chạy lại."
    remedy_en = "Wait for the run to end or stop it, then run this again."


@dataclass(slots=True)
class Comparison:
    """total: how many rows differ; shown: the first of them."""

    total: int = 0
    shown: list[Difference] = field(default_factory=list[Difference])


@dataclass(frozen=True, slots=True)
class Done:
    log: Restored
    rebuilt: Rebuilt
    key_unproven: bool


def catalogue_is_empty() -> bool:
    return not (Record.objects.exists() or Dossier.objects.exists() or AuditEvent.objects.exists())


def rebuild_here(store: ObjectStore, keys: Path, progress: Callable[[int, int], None]) -> Done:
    """Into the empty catalogue of this process. Where the log's own public key was lost with the machine, the bucket's word is taken for
    it, and that is told: a person then compares the fingerprint with the one that was written down."""
    known = known_keys(keys)
    restored = restore(store, keys=known or _keys_in_the_bucket(store))
    return Done(restored, rebuild.rebuild(store, progress=progress), key_unproven=not known and restored.size > 0)


def _keys_in_the_bucket(store: ObjectStore) -> frozenset[bytes]:
    found: set[bytes] = set()
    for kept in bucket.checkpoints(store):
        with suppress(CheckpointUnreadable):
            found.add(bucket.checkpoint_at(store, kept.key, kept.versions[0]).body.key)
    return frozenset(found)


def place_beside(home: Path, moment: datetime) -> Path:
    return home / f"catalogue.{_BESIDE}-{moment.astimezone(VIETNAM):%Y%m%d-%H%M%S}.sqlite3"


def run_beside(place: Path) -> bytes:
    """The same command in a process of its own whose catalogue is `place`; gives what it printed. Raises RebuildFailed."""
    command = [sys.executable, "-c", "from sohoa.cli.main import run; run()", "rebuild", "--only-to-compare", "--json"]
    ran = subprocess.run(
        command, env={**os.environ, "SOHOA_DATABASE_URL": f"sqlite://{place}"}, stdout=subprocess.PIPE, check=False
    )
    if ran.returncode not in (Exit.OK, Exit.NEEDS_A_PERSON):
        raise RebuildFailed
    return ran.stdout


def compared_with(place: Path) -> Comparison:
    """The catalogue in use against the one at `place`."""
    made = {**connections.settings["default"], "ENGINE": "django.db.backends.sqlite3", "NAME": place, "OPTIONS": {"timeout": 60}}
    connections.settings[_BESIDE] = made
    found = Comparison()
    try:
        for one in differences("default", _BESIDE):
            found.total += 1
            if len(found.shown) < SHOWN:
                found.shown.append(one)
    finally:
        connections[_BESIDE].close()
    return found


def put_in_place(made: Path, in_use: Path, moment: datetime) -> Path:
    """`made` becomes the catalogue; gives where the old one is kept. Raises WorkUnderWay."""
    connections.close_all()
    with closing(sqlite3.connect(in_use, timeout=60)) as old:
        old.execute("BEGIN IMMEDIATE")
        if old.execute(f"SELECT count(*) FROM {_UNDER_WAY} WHERE lease_holder != ''").fetchone()[0]:
            raise WorkUnderWay
        columns = [row[1] for row in old.execute(f"PRAGMA table_info({_UNDER_WAY})")]
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        with closing(sqlite3.connect(made)) as new, new:
            new.executemany(
                f"INSERT INTO {_UNDER_WAY} ({names}) VALUES ({marks})", old.execute(f"SELECT {names} FROM {_UNDER_WAY}")
            )
        with closing(sqlite3.connect(made)) as new:
            new.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        old.execute("COMMIT")
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = in_use.with_name(f"{in_use.stem}.before-{moment.astimezone(VIETNAM):%Y%m%d-%H%M%S}.sqlite3")
    os.link(in_use, kept)
    os.replace(made, in_use)
    for path in (in_use, made):
        for beside in ("-wal", "-shm"):
            path.with_name(path.name + beside).unlink(missing_ok=True)
    sync_folder(in_use.parent)
    return kept
