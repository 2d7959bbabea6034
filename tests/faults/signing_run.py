"""Piles signed in processes of their own, so that they can be killed: `python -m tests.faults.signing_run`, a wish as JSON on each line
of standard input, for each of which a child is forked; `[status, errors]` on each line of output.

kind: pkcs12 | pkcs11 | sp769. folder: of the papers, the journal, the signed files and `asked.log`, which gets a line for every hash
that a key at hand is asked to sign. kill_after_answer: die as soon as the key holder has answered that often;
kill_after_write: when that many files were put in place.
Services at B-LTA when tsa_url is there.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sohoa.signing.flow.finishing import Finishing
from sohoa.signing.flow.job import Job
from sohoa.signing.flow.journal import Journal
from sohoa.signing.flow.session import Request, SigningSession
from sohoa.signing.http import Http
from sohoa.signing.pades.levels import Level, TrustServices
from sohoa.signing.signers.holder import Answer, HashJob, Identity, KeyHolder, Signed
from sohoa.signing.signers.pins import PinFile
from sohoa.signing.signers.pkcs11 import Pkcs11Holder
from sohoa.signing.signers.pkcs12 import load_pkcs12
from sohoa.signing.signers.sp769 import Account, Sp769Holder
from sohoa.signing.trustservices.revocation import RevocationService
from sohoa.signing.trustservices.tsa import TimestampAuthority
from tests.faults.forking import serve
from tests.signing.pki import NOW


class Watched:
    """A key holder whose every answer is counted; after the n-th the process is no more."""

    def __init__(self, holder: KeyHolder, log: Path, last: int) -> None:
        self._holder, self._log, self._left = holder, log, last
        self.kind, self.interactive, self.max_batch = holder.kind, holder.interactive, holder.max_batch

    def identity(self) -> Identity:
        return self._holder.identity()

    def sign_hashes(self, jobs: Sequence[HashJob], *, transaction: str) -> Answer:
        with self._log.open("a") as log:
            log.writelines(f"{job.id} {job.digest.hex()}\n" for job in jobs)
        return self._answered(self._holder.sign_hashes(jobs, transaction=transaction))

    def poll(self, transaction: str, jobs: Sequence[HashJob]) -> Answer | None:
        answer = self._holder.poll(transaction, jobs)
        return self._answered(answer) if isinstance(answer, Signed) else answer

    def close(self) -> None:
        self._holder.close()

    def _answered(self, answer: Answer) -> Answer:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer


def holder_of(wish: dict[str, Any]) -> KeyHolder:
    if wish["kind"] == "pkcs12":
        return load_pkcs12(Path(wish["p12"]), wish["passphrase"])
    if wish["kind"] == "pkcs11":
        return Pkcs11Holder(Path(wish["library"]), PinFile(Path(wish["pin_file"])), clock=lambda: NOW)
    return Sp769Holder(wish["url"], Account(*wish["account"]), clock=lambda: NOW, wait=lambda _: None)


def sign(wish: dict[str, Any]) -> list[str]:
    folder = Path(wish["folder"])
    root = Path(wish["root"])
    services = None
    if wish.get("tsa_url"):
        http = Http()
        trusted = x509.load_pem_x509_certificate(root.read_bytes()).public_bytes(Encoding.DER)
        services = TrustServices(TimestampAuthority(wish["tsa_url"], http), RevocationService(http), (trusted,))
    journal = Journal(folder / "journal")
    holder = Watched(holder_of(wish), folder / "asked.log", wish.get("kill_after_answer", 0))
    finishing = Finishing(journal, services, [root], delivered, lambda: NOW)
    session = SigningSession(journal, holder, finishing, lambda: NOW, lambda _: None, lambda *_: None, threads=1)
    papers = sorted(folder.glob("paper-*.pdf"))
    wanted = Level.B_LTA if services else Level.B_B
    results = list(
        session.sign(Request(paper, paper.name, str(folder / f"signed-{paper.name}"), wanted=wanted) for paper in papers)
    )
    holder.close()
    return [result.error.code if result.error else "" for result in results]


def delivered(job: Job, signed: Path) -> None:
    beside = Path(f"{job.destination}.part")
    shutil.copyfile(signed, beside)
    os.replace(beside, job.destination)


def kill_after_writes(left: int) -> None:
    """The n-th file that is put in place is this process's last deed."""
    put = os.replace

    def put_and_die(*arguments: Any, **options: Any) -> None:
        nonlocal left
        put(*arguments, **options)
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    os.replace = put_and_die


def killed_or_signed(wish: dict[str, Any]) -> list[str]:
    os.environ |= wish.get("environment", {})
    kill_after_writes(wish.get("kill_after_write", 0))
    return sign(wish)


if __name__ == "__main__":
    serve(killed_or_signed)
