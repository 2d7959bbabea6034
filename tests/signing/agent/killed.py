"""Run by the tests of crashes: one side of the talk in a process of its own, which ends itself with SIGKILL at a named place.

python -m tests.signing.agent.killed agent FOLDER SERVER PLACE     PLACE: signed, kept, answered
python -m tests.signing.agent.killed desk FOLDER PLACE             PLACE: taken, stored; prints its address
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sohoa.signing.http import Http, Reply
from sohoa.signing.signers.agent.agent import run_agent
from sohoa.signing.signers.agent.journal import Journal
from sohoa.signing.signers.agent.sealing import read_pairing
from sohoa.signing.signers.agent.serving import serve
from sohoa.signing.signers.holder import HashJob
from sohoa.signing.signers.pkcs12 import load_pkcs12
from tests.signing.agent.office import Clerk, Clock, Counting, Middle, Office, stop_when_idle


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class KilledAfterSigning(Counting):
    def sign_hashes(self, jobs: Sequence[HashJob], *, transaction: str) -> Any:
        super().sign_hashes(jobs, transaction=transaction)
        die()


class KilledAroundAnswering(Http):
    """before: when about to answer. Otherwise when the server has taken the answer, before the agent knows."""

    def __init__(self, *, before: bool) -> None:
        super().__init__()
        self.before = before

    def post(self, url: str, body: bytes, *, service: str, headers: Mapping[str, str] | None = None) -> Reply:
        if url.endswith("/answer") and self.before:
            die()
        reply = super().post(url, body, service=service, headers=headers)
        if url.endswith("/answer"):
            die()
        return reply


def agent(folder: Path, server: str, place: str) -> None:
    key = load_pkcs12(folder / "key.p12", "")
    holder = KilledAfterSigning(key) if place == "signed" else key
    how = {"journal": Journal(folder / "journal.jsonl"), "now": Clock(), "wait": stop_when_idle, "folder": folder}
    run_agent(
        server, read_pairing(folder / "pairing.json"), holder, Clerk(), http=KilledAroundAnswering(before=place == "kept"), **how
    )


def desk(folder: Path, place: str) -> None:
    def change(path: str, status: str, headers: list[tuple[str, str]], body: bytes) -> object:
        if (path, place) in (("/take", "taken"), ("/answer", "stored")):
            die()  # everything was done, nothing was told
        return status, headers, body

    with serve(Middle(Office(folder).desk(), change)) as address:
        print(address, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    _, side, folder, *rest = sys.argv
    {"agent": agent, "desk": desk}[side](Path(folder), *rest)
