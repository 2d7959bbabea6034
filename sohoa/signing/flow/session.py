"""A pile of papers signed with one key holder: one session, one login, one approval for each batch.

Whatever is interrupted is taken up where its job stands: what was prepared is submitted, what was submitted is asked for under its
old transaction, what was received is finished. Nothing is prepared twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from pyhanko.pdf_utils.reader import PdfFileReader

from sohoa.kernel.durable import sha256_of
from sohoa.kernel.errors import SohoaError
from sohoa.signing.flow.asking import Asking
from sohoa.signing.flow.finishing import Finishing
from sohoa.signing.flow.job import Job, State, key_of
from sohoa.signing.flow.journal import Journal
from sohoa.signing.opening import FileUnreadable, opened
from sohoa.signing.pades.levels import Level
from sohoa.signing.pades.prepare import INVISIBLE, Placed, Prepared, prepare
from sohoa.signing.signers.holder import Identity, KeyHolder

LOCAL_BATCH = 16  # papers on their way at once with a key at hand


@dataclass(frozen=True, slots=True)
class Request:
    """A signature that is wanted. title: what who has to agree is shown, Vietnamese. place: where it shows, asked once, when the
    document is prepared. destination: given back to `deliver`. source_sha256: where it is known already."""

    source: Path
    title: str
    destination: str
    profile: str = "invisible"
    field: str = "CoQuan"
    reason: str | None = None
    location: str | None = None
    wanted: Level = Level.B_B
    place: Callable[[PdfFileReader], Placed] = lambda _: INVISIBLE
    source_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a request: the job as it stands, or why not. again: it had been done before."""

    request: Request
    job: Job | None
    error: SohoaError | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class SigningSession:
    """clock: the present. wait: sleeps that many seconds. fit: raises where the certificate may not be signed with now; asked before
    each batch. told: a sentence for the person who waits. threads: papers finished at once (most of that time is spent waiting)."""

    journal: Journal
    holder: KeyHolder
    finishing: Finishing
    clock: Callable[[], datetime]
    wait: Callable[[float], None]
    fit: Callable[[Identity, datetime], object]
    told: Callable[[str], None] = lambda _: None
    threads: int = 4

    def sign(self, requests: Iterable[Request]) -> Iterator[Result]:
        """Sign each, batch by batch, in order; one that cannot be signed does not stop the others.

        Raises what stops all: the holder's errors (a wrong PIN, a token that is gone, a service that cannot be reached).
        """
        size = self.holder.max_batch if self.holder.interactive else min(self.holder.max_batch, LOCAL_BATCH)
        rest = iter(requests)
        with ThreadPoolExecutor(self.threads, thread_name_prefix="sign") as pool:
            while batch := list(islice(rest, size)):
                yield from self._batch(batch, pool)

    def _batch(self, batch: Sequence[Request], pool: ThreadPoolExecutor) -> list[Result]:
        self.fit(self.holder.identity(), self.clock())
        with ExitStack() as held:
            mine: dict[str, Job] = {}
            results = [
                self._taken(request, job, held, mine) for request, job in zip(batch, pool.map(self._opened, batch), strict=True)
            ]
            unsigned = [job for job in mine.values() if job.state in (State.PREPARED, State.SUBMITTED)]
            asked = Asking(self.holder, self.journal, self.clock, self.wait, self.told).have_signed(unsigned)
            ready = [job for job in (mine | asked.jobs).values() if job.id not in asked.refused]
            ends = dict(zip((job.id for job in ready), pool.map(self._ended, ready), strict=True))
        return [_result(one, asked.refused | ends) for one in results]

    def _taken(self, request: Request, job: Job | SohoaError, held: ExitStack, mine: dict[str, Job]) -> Result:
        """Hold the job for the rest of the batch and put it among `mine`, if there is anything left to do."""
        if isinstance(job, SohoaError):
            return Result(request, None, job)
        if job.id in mine:
            return Result(request, job, again=True)
        try:
            held.enter_context(self.journal.held(job.id))
        except SohoaError as busy:
            return Result(request, None, busy)
        job = self.journal.find(job.id) or job  # whoever held it until now may have moved it on
        if job.state is State.ARCHIVED:
            return Result(request, job, again=True)
        mine[job.id] = job
        return Result(request, job)

    def _opened(self, request: Request) -> Job | SohoaError:
        """The job of a request: the one that is there, or a new one."""
        try:
            source = request.source_sha256 or _sha256(request.source)
            identity = self.holder.identity()
            key = key_of(source, profile=request.profile, fingerprint=identity.fingerprint, field=request.field)
            when = self.clock()

            def made(document: BinaryIO) -> Prepared:
                with opened(request.source) as reader:
                    return prepare(
                        reader,
                        document,
                        identity=identity,
                        field_name=request.field,
                        reason=request.reason,
                        location=request.location,
                        when=when,
                        placed=request.place(reader),
                        timestamp_size=self.finishing.room_for_stamp(request.wanted),
                    )

            def job(prepared: Prepared) -> Job:
                return Job(
                    id=key,
                    state=State.PREPARED,
                    source=source,
                    title=request.title,
                    profile=request.profile,
                    field=request.field,
                    destination=request.destination,
                    wanted=request.wanted,
                    identity=identity,
                    when=when,
                    prepared=prepared,
                )

            return self.journal.find(key) or self.journal.begin(key, made, job)
        except SohoaError as refused:
            return refused

    def _ended(self, job: Job) -> Job | SohoaError:
        try:
            return self.finishing.end(job)
        except SohoaError as refused:
            return refused


def _result(taken: Result, ends: Mapping[str, Job | SohoaError]) -> Result:
    end = ends.get(taken.job.id) if taken.job else None
    if end is None:
        return taken
    return replace(taken, error=end) if isinstance(end, SohoaError) else replace(taken, job=end)


def _sha256(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError as refused:
        raise FileUnreadable() from refused
