"""Where signatures on their way are kept: a folder for each, named by its idempotency key.

    KEY/job.json      what is known (job.py), replaced as a whole at each step
    KEY/document.pdf  the prepared document, later the signed one
    locks/KEY         held by the process that works on it
    locks/KEY         held by the process that works on it

A folder appears whole or not at all, so whoever finds one finds the bytes that are to be signed and never makes others.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from sohoa.kernel.durable import sync_folder, write_durably
from sohoa.kernel.errors import SohoaError
from sohoa.signing.flow.job import Job, State, from_json, to_json
from sohoa.signing.pades.prepare import Prepared

JOB, DOCUMENT = "job.json", "document.pdf"


class JobDamaged(SohoaError):
    code = "signing.job_damaged"
    vi = "Hồ sơ của một lượt ký dở dang bị hỏng nên không ký tiếp được."
    en = "What was kept about a signature on its way cannot be read ({why})."
    remedy = (
        "Chép thư mục lượt ký này ra nơi khác, xóa khỏi thư mục «signing» rồi ký lại; nếu đã ký từ xa, kiểm tra nhật ký dịch vụ ký."
    )
    remedy_en = "Move this job's folder out of `signing` and sign again; if a remote service was asked, check its own log first."


class SigningInProgress(SohoaError):
    code = "signing.in_progress"
    vi = "Tệp này đang được ký ở một cửa sổ hoặc máy khác."
    en = "This file is being signed by another process."
    remedy = "Đợi lượt ký kia xong rồi chạy lại."
    remedy_en = "Wait until the other one has ended, then run again."


class Journal:
    """Safe to use from several threads and processes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._sweep()

    def document(self, key: str) -> Path:
        return self.root / key / DOCUMENT

    def find(self, key: str) -> Job | None:
        """Raises JobDamaged."""
        try:
            told: dict[str, Any] = json.loads((self.root / key / JOB).read_bytes())
            return from_json(told)
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as broken:
            raise JobDamaged(why=type(broken).__name__) from broken

    def jobs(self) -> Iterator[Job]:
        """All of them, in no order; what cannot be read is left out here, and told when it is asked for by its key."""
        for folder in sorted(self.root.iterdir()):
            if len(folder.name) == 64:
                try:
                    found = self.find(folder.name)
                except JobDamaged:
                    continue
                if found:
                    yield found

    def begin(self, key: str, make: Callable[[BinaryIO], Prepared], job: Callable[[Prepared], Job]) -> Job:
        """Keep a new job, whole or not at all; whoever comes second is given the first one's."""
        beside = Path(tempfile.mkdtemp(prefix=".new-", dir=self.root))
        try:
            with (beside / DOCUMENT).open("w+b") as document:
                fcntl.flock(document, fcntl.LOCK_EX)  # tells the sweep that somebody is at it
                prepared = make(document)
                document.flush()
                os.fsync(document.fileno())
                made = job(prepared)
                write_durably(beside / JOB, json.dumps(to_json(made)).encode(), mode=0o600)
                try:
                    os.replace(beside, self.root / key)
                except OSError as taken:
                    if taken.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                        raise
                    found = self.find(key)
                    if found is None:
                        raise JobDamaged(why="nothing in it") from taken
                    return found
            sync_folder(self.root)
            return made
        finally:
            shutil.rmtree(beside, ignore_errors=True)

    def advance(self, job: Job, state: State, **changes: Any) -> Job:
        moved = replace(job, state=state, **changes)
        write_durably(self.root / job.id / JOB, json.dumps(to_json(moved)).encode(), mode=0o600)
        return moved

    def drop_document(self, job: Job) -> None:
        """The signed file is where it was to go and nothing more will be done to it."""
        self.document(job.id).unlink(missing_ok=True)

    def _sweep(self) -> None:
        """Remove what a killed process had begun and not yet put in its place."""
        for folder in self.root.glob(".new-*"):
            try:
                with (folder / DOCUMENT).open("rb") as document:
                    fcntl.flock(document, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder, ignore_errors=True)
            except OSError:  # somebody is at it, or has just begun
                continue

    @contextmanager
    def held(self, key: str) -> Generator[None]:
        """Nobody else works on this job meanwhile. Raises SigningInProgress."""
        # The lock stands beside the folders: a folder is renamed into place and must be empty of others' files by then.
        locks = self.root / "locks"
        locks.mkdir(exist_ok=True)
        descriptor = os.open(locks / key, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as busy:
                raise SigningInProgress() from busy
            yield
        finally:
            os.close(descriptor)
