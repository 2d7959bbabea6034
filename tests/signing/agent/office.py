"""An office for the tests: a server's folder with its desk on loopback, prepared papers, and agents that work until nothing waits."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sohoa.signing.http import Http
from sohoa.signing.opening import opened
from sohoa.signing.pades.prepare import Prepared, prepare
from sohoa.signing.signers.agent.agent import Told, run_agent
from sohoa.signing.signers.agent.desk import Desk
from sohoa.signing.signers.agent.holder import AgentHolder, PreparedDocument
from sohoa.signing.signers.agent.journal import Journal
from sohoa.signing.signers.agent.question import Question
from sohoa.signing.signers.agent.registering import pair
from sohoa.signing.signers.agent.sealing import Pairing
from sohoa.signing.signers.holder import HashJob, Identity, KeyHolder
from sohoa.signing.signers.pkcs12 import KeyInMemory
from tests.signing.pki import NOW, key, write_paper
from tests.signing.tokens import WORTHLESS, certificate_for

MACHINE = "Máy một cửa số 3"


class Clock:
    def __init__(self) -> None:
        self.moment = NOW

    def __call__(self) -> datetime:
        return self.moment

    def pass_by(self, length: timedelta) -> None:
        self.moment += length


@functools.cache
def in_memory(number: int, *, pss: bool = False) -> KeyInMemory:
    return KeyInMemory(certificate_for(key(number), f"Cán bộ thử số {number} – {WORTHLESS}"), key(number), pss=pss)


class Counting:
    """A real key that counts what it was asked to sign."""

    kind, interactive = "pkcs12", False

    def __init__(self, holder: KeyHolder, *, max_batch: int = 1000) -> None:
        self.holder = holder
        self.max_batch = max_batch
        self.signed: list[str] = []

    def identity(self) -> Identity:
        return self.holder.identity()

    def sign_hashes(self, jobs: Sequence[HashJob], *, transaction: str) -> Any:
        self.signed += [job.id for job in jobs]
        return self.holder.sign_hashes(jobs, transaction=transaction)

    def poll(self, transaction: str, jobs: Sequence[HashJob]) -> Any:
        return self.holder.poll(transaction, jobs)

    def close(self) -> None:
        self.holder.close()


@dataclass(frozen=True)
class Paper:
    job: HashJob
    path: Path
    prepared: Prepared

    def document(self) -> PreparedDocument:
        return PreparedDocument(self.path, self.prepared.hole, "SAO Y", NOW)


class Clerk:
    """Says yes or no, and remembers what was shown. `meanwhile`: what happens in the world while the person thinks."""

    def __init__(self, *, agrees: bool = True, meanwhile: Callable[[Question], object] | None = None) -> None:
        self.agrees = agrees
        self.meanwhile = meanwhile
        self.questions: list[Question] = []

    def __call__(self, question: Question) -> bool:
        self.questions.append(question)
        if self.meanwhile is not None:
            self.meanwhile(question)
        return self.agrees


@dataclass
class Office:
    """root: all files. `papers` are known to `documents` once prepared."""

    root: Path
    clock: Clock = field(default_factory=Clock)
    papers: dict[str, Paper] = field(default_factory=dict)

    @property
    def post(self) -> Path:
        return self.root / "post"

    @property
    def journal(self) -> Path:
        return self.root / "journal.jsonl"

    def desk(self, *, longest_wait: float = 0) -> Desk:
        return Desk(self.post, now=self.clock, longest_wait=longest_wait)

    def pair(self, name: str = MACHINE) -> Pairing:
        return pair(self.post, name, now=self.clock())

    def paper(self, number: int, identity: Identity, *, title: str = "") -> Paper:
        """A paper prepared for a signature by `identity`; every number makes another one."""
        source = self.root / "paper.pdf"
        if not source.exists():
            write_paper(source)
        path = self.root / f"prepared-{number}.pdf"
        when = NOW + timedelta(seconds=number)
        with path.open("w+b") as out, opened(source) as reader:
            made = prepare(reader, out, identity=identity, field_name="NguoiKy", reason="Số hóa", location=None, when=when)
        ident = hashlib.sha256(f"{number} {identity.fingerprint}".encode()).hexdigest()
        job = HashJob(ident, title or f"Quyết định số {number}/QĐ-UBND", made.attributes, made.digest.hex())
        self.papers[ident] = Paper(job, path, made)
        return self.papers[ident]

    def documents(self, job: HashJob) -> PreparedDocument | None:
        return self.papers[job.id].document() if job.id in self.papers else None

    def holder(self, name: str = MACHINE, **more: Any) -> AgentHolder:
        return AgentHolder(self.post, name, **{"documents": self.documents, "now": self.clock, **more})

    def work(self, server: str, pairing: Pairing, key_holder: KeyHolder, ask: Clerk, **more: Any) -> list[Told]:
        """Let an agent run until nothing waits, or the line fails; what it told."""
        told: list[Told] = []
        how = {"http": HTTP, "now": self.clock, "wait": stop_when_idle, "tell": told.append, "folder": self.root, **more}
        if "journal" not in how:
            how["journal"] = Journal(self.journal)
        run_agent(server, pairing, key_holder, ask, **how)
        return told


def stop_when_idle(seconds: float) -> bool:
    return seconds > 0


HTTP = Http(connect=5, read=15)


def unchanged(path: str, *answer: Any) -> Any:
    return answer


class Middle:
    """Somebody on the line between agent and server: sees every answer, may send another one. `lost`: paths that never get through."""

    def __init__(self, desk: Desk, change: Callable[..., Any] = unchanged, *, lost: Iterable[str] = ()) -> None:
        self.desk = desk
        self.change = change
        self.lost = lost

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] in self.lost:
            start_response("502 Bad Gateway", [("Content-Length", "0")])
            return [b""]
        kept: list[Any] = []
        body = b"".join(self.desk(environ, lambda status, headers: kept.extend((status, headers))))
        status, headers, body = self.change(environ["PATH_INFO"], *kept, body)
        start_response(status, [(name, str(len(body)) if name == "Content-Length" else value) for name, value in headers])
        return [body]

    def close(self) -> None:
        self.desk.close()
