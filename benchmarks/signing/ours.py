"""sohoa's own flow: each paper prepared, kept, signed, stamped, validated and delivered.

`python -m benchmarks.signing.ours SERVICES [unjudged]`, tasks on standard input. unjudged: without our own validation of what was made,
which is as much as pyHanko does when it signs.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from benchmarks.signing.work import Services, Task, serve, services
from sohoa.kernel.clock import now
from sohoa.kernel.verdicts import Outcome
from sohoa.signing.flow.finishing import Finishing
from sohoa.signing.flow.job import Job, State
from sohoa.signing.flow.journal import Journal
from sohoa.signing.flow.session import Request, SigningSession
from sohoa.signing.http import Http
from sohoa.signing.pades.levels import Level, TrustServices
from sohoa.signing.signers.pkcs12 import KeyInMemory, load_pkcs12
from sohoa.signing.trustservices.revocation import RevocationService
from sohoa.signing.trustservices.tsa import TimestampAuthority

LEVELS = {"b": Level.B_B, "lta": Level.B_LTA}


class Office:
    """Services and key as a long-running office holds them."""

    def __init__(self, by: Services, kind: type[Finishing] = Finishing) -> None:
        self._kind = kind
        http = Http()
        self._root = Path(by.root_pem)
        root = x509.load_pem_x509_certificate(self._root.read_bytes()).public_bytes(Encoding.DER)
        self._services = TrustServices(TimestampAuthority(by.tsa_url, http), RevocationService(http), (root,))
        self._key: KeyInMemory = load_pkcs12(Path(by.signer), by.passphrase)

    def sign(self, task: Task) -> None:
        journal = Journal(Path(task.folder, "journal"))
        finishing = self._kind(journal, self._services if task.level == "lta" else None, [self._root], _deliver, now)
        session = SigningSession(journal, self._key, finishing, now, time.sleep, lambda *_: None)
        source = Path(task.source)
        wanted = [
            # One paper many times: each is a signature of its own because it goes into a field of its own.
            Request(
                source, "Giấy tờ mẫu", str(Path(task.folder, f"{number}.pdf")), field=f"CoQuan{number}", wanted=LEVELS[task.level]
            )
            for number in range(task.count)
        ]
        for result in session.sign(wanted):
            if result.error:
                raise result.error
            assert result.job is not None and not result.job.owes


class Unjudged(Finishing):
    def _validate(self, job: Job) -> Job:
        return self.journal.advance(job, State.VALIDATED, verdict=Outcome.UNDETERMINED)


def _deliver(job: Job, signed: Path) -> None:
    shutil.copyfile(signed, job.destination)


if __name__ == "__main__":
    office = Office(services(), Unjudged if "unjudged" in sys.argv[2:] else Finishing)
    serve(office.sign)
