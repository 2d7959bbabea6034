"""A key in a clerk's own machine, as everybody else sees it: a key holder like any other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sohoa.kernel import clock
from sohoa.kernel.errors import SohoaError
from sohoa.signing.signers.agent import post, registering
from sohoa.signing.signers.agent.messages import LARGEST_DOCUMENT, MOST_JOBS, Offered, Outcome, Request, Settled, Wanted
from sohoa.signing.signers.holder import Answer, HashJob, Identity, Pending, Signed

PATIENCE = timedelta(hours=8)  # one working day


class PreparedDocumentMissing(SohoaError):
    code = "signing.agent_prepared_document_missing"
    vi = "Tài liệu đã chuẩn bị để ký không còn trên máy chủ, hoặc không đọc được."
    en = "The prepared document is no longer on the server, or cannot be read."
    remedy = "Chạy lại lệnh ký từ tệp gốc."
    remedy_en = "Run the signing again from the original file."


@dataclass(frozen=True, slots=True)
class PreparedDocument:
    """What the clerk may see before agreeing. path: of the prepared PDF; it must stay there until the request has ended. hole: first
    and last+1 byte of what is not signed, brackets included. profile: name of the way of signing, for people. claimed: the time that
    the signature will claim."""

    path: Path
    hole: tuple[int, int]
    profile: str = ""
    claimed: datetime | None = None


Documents = Callable[[HashJob], PreparedDocument | None]


def no_documents(job: HashJob) -> PreparedDocument | None:
    """Agents refuse to sign what they cannot look at, unless their owner allowed it."""
    return None


class AgentHolder:
    """The agent that is paired under `name`. Requests and answers go through `folder` (see `post`), so the process that asks, the one
    that serves agents and the one that polls may be three."""

    kind = "agent"
    interactive = True
    max_batch = MOST_JOBS

    def __init__(
        self,
        folder: Path,
        name: str,
        *,
        documents: Documents = no_documents,
        now: Callable[[], datetime] = clock.now,
        patience: timedelta = PATIENCE,
    ) -> None:
        """folder: of the post. documents: finds the prepared document of a job. patience: how long a request may wait.
        Raises AgentUnknown."""
        self._agent = registering.find(folder, name)
        self._folder = folder
        self._here = registering.folder_of(folder, self._agent.id)
        self._documents = documents
        self._now = now
        self._patience = patience
        self._identity: Identity | None = None

    def identity(self) -> Identity:
        """As the agent told when it last connected. Raises AgentUnknown (the pairing was ended), AgentNeverSeen."""
        if self._identity is None:
            registering.find(self._folder, self._agent.id)
            self._identity = registering.registered(self._folder, self._agent.id)
        if self._identity is None:
            raise registering.AgentNeverSeen()
        return self._identity

    def sign_hashes(self, jobs: Sequence[HashJob], *, transaction: str) -> Answer:
        """Put the request into the post; with a transaction that is there already, tell how that one stands.

        Raises AgentUnknown, AgentNeverSeen, TransactionTaken, PostDamaged, PreparedDocumentMissing.
        """
        if not jobs:
            return Signed({})
        registering.find(self._folder, self._agent.id)
        known = self.poll(transaction, jobs)
        if known is not None:
            return known
        now = self._now().replace(microsecond=0)  # as it is written down, so that every process tells the same
        documents = {job.id: found for job in jobs if (found := self._documents(job)) is not None}
        wanted = tuple(_wanted(job, documents.get(job.id)) for job in jobs)
        identity = self.identity()
        request = Request(post.key_of(transaction), now, now + self._patience, identity.fingerprint, wanted)
        paths = {job: document.path.absolute() for job, document in documents.items()}
        standing = post.submit(self._here, post.Posted(request, identity, paths))
        return self._answer(standing, transaction)

    def poll(self, transaction: str, jobs: Sequence[HashJob]) -> Answer | None:
        """Raises PostDamaged, TransactionTaken when the transaction was about other jobs."""
        key = post.key_of(transaction)
        posted = post.find(self._here, key)
        if posted is None:
            # Swept away after its ending was kept for long, or never there; an ending alone can still tell.
            settled = post.ending(self._here, key)
            return None if settled is None else _signed(settled)
        if {(job.id, job.attributes) for job in jobs} - {(job.id, job.attributes) for job in posted.jobs}:
            raise post.TransactionTaken()
        return self._answer(posted, transaction)

    def cancel(self, transaction: str) -> Answer | None:
        """Withdraw a request; a signature that came before is returned rather than lost. None: there was no such request."""
        settled = post.cancel(self._here, transaction, now=self._now())
        return None if settled is None else _signed(settled)

    def close(self) -> None:
        """Nothing is held open."""

    def _answer(self, posted: post.Posted, transaction: str) -> Answer:
        now = self._now()
        settled = post.ending(self._here, posted.request.key)
        if settled is None and now > posted.request.expires:
            # Told once, it stands: an answer that came later would be a signature nobody waits for.
            settled = post.settle_all(self._here, posted, Outcome.EXPIRED, now=now)
        if settled is not None:
            return _signed(settled)
        told = f"Trên máy «{self._agent.name}», mở cửa sổ sohoa agent, xem danh sách tài liệu và bấm đồng ý."
        return Pending(transaction, posted.request.expires, told)


def _wanted(job: HashJob, document: PreparedDocument | None) -> Wanted:
    if document is None:
        return Wanted(job.id, job.title, job.attributes, job.document)
    try:
        size = document.path.stat().st_size
    except OSError as gone:
        raise PreparedDocumentMissing() from gone
    offered = Offered(size, document.hole) if size <= LARGEST_DOCUMENT else None
    return Wanted(job.id, job.title, job.attributes, job.document, document.profile, document.claimed, offered)


def _signed(settled: Settled) -> Signed:
    return Signed(settled.signatures, settled.refused)
