"""From the raw signature to a file that validates: time stamps, evidence, and our own judgement of it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sohoa.kernel.errors import SohoaError
from sohoa.kernel.verdicts import Outcome
from sohoa.signing.beginning import Beginning
from sohoa.signing.flow.job import Job, State
from sohoa.signing.flow.journal import Journal
from sohoa.signing.model import FileReport
from sohoa.signing.pades.cms import envelope_of
from sohoa.signing.pades.levels import Level, TrustServices, raise_level
from sohoa.signing.pades.prepare import HoleTooSmall, fill
from sohoa.signing.trustservices.tsa import TimestampRefused, TimestampUnavailable
from sohoa.signing.validation.trust import Trusted
from sohoa.signing.validation.validate import validate_pdf


class MadeUnsound(SohoaError):
    code = "signing.made_unsound"
    vi = "Chữ ký vừa tạo không qua được kiểm tra của chính phần mềm ({reason}); tệp chưa được giao."
    en = "The signature just made did not pass our own validation ({reason}); the file was not delivered."
    remedy = "Không dùng tệp này. Kiểm tra chứng thư và danh sách gốc tin cậy («sohoa doctor»), rồi ký lại."
    remedy_en = "Do not use the file. Check the certificate and the trusted roots (`sohoa doctor`), then sign again."


@dataclass(frozen=True, slots=True)
class Finishing:
    """services: time stamps and revocation; None: B-B is all there is. trust: roots that our own judgement believes.
    deliver: puts a signed file where it belongs, in place of the one that went out before (job.delivered); harmless to repeat.
    judged: given our judgement of the file before it is delivered; harmless to repeat."""

    journal: Journal
    services: TrustServices | None
    trust: Sequence[Trusted]
    deliver: Callable[[Job, Path], None]
    clock: Callable[[], datetime]
    judged: Callable[[FileReport], None] = lambda _: None

    def room_for_stamp(self, wanted: Level) -> int:
        """Bytes to keep in the signature for a time stamp."""
        return self.services.tsa.size_of_token() if self.services and wanted > Level.B_B else 0

    def end(self, job: Job) -> Job:
        """From SIGNATURE_RECEIVED, or wherever it stands after that, to ARCHIVED. Raises MadeUnsound, and what `deliver` raises."""
        if job.state is State.SIGNATURE_RECEIVED:
            job = self._finish(job)
        if job.state is State.FINISHED:
            job = self._validate(job)
        if job.state is State.VALIDATED:
            self.deliver(job, self.journal.document(job.id))
            job = self.journal.advance(job, State.ARCHIVED, delivered=job.sha256)
        if job.state is State.ARCHIVED and not job.owes:
            self.journal.drop_document(job)
        return job

    def raise_owed(self, job: Job) -> Job:
        """Bring an ARCHIVED job nearer to the level that was wanted, and deliver it anew; the same job when nothing could be done."""
        if job.state is not State.ARCHIVED or not job.owes or self.services is None:
            return job
        with self.journal.document(job.id).open("r+b") as document:
            document.truncate(job.length)  # what an interrupted attempt has added
            beginning = Beginning(document, job.length)
            raised = raise_level(document, wanted=job.wanted, services=self.services, now=self.clock(), beginning=beginning)
            length, sha256 = _settled(document, beginning)
        lacking = raised.lacking.reason if raised.lacking else ""
        if sha256 == job.sha256:
            return self.journal.advance(job, job.state, lacking=lacking)
        return self.end(
            self.journal.advance(job, State.FINISHED, level=raised.level, lacking=lacking, length=length, sha256=sha256)
        )

    def _finish(self, job: Job) -> Job:
        """An outage of the services costs the level, never the signature."""
        packed = envelope_of(job.identity).packed
        stamp, lacking = self._stamp(job)
        with self.journal.document(job.id).open("r+b") as document:
            document.truncate(job.prepared.size)  # what an interrupted attempt has added
            try:
                fill(document, job.prepared, packed(job.prepared.attributes, job.signature, timestamp=stamp))
            except HoleTooSmall as small:
                if stamp is None:
                    raise
                stamp, lacking = None, small.code
                fill(document, job.prepared, packed(job.prepared.attributes, job.signature))
            # From here to the hole nothing changes any more; after it the file only grows.
            beginning = Beginning(document, job.prepared.hole[0])
            level = Level.B_B if stamp is None else Level.B_T
            if stamp is not None and self.services is not None and job.wanted > level:
                raised = raise_level(document, wanted=job.wanted, services=self.services, now=self.clock(), beginning=beginning)
                level, lacking = raised.level, raised.lacking.reason if raised.lacking else ""
            length, sha256 = _settled(document, beginning)
        return self.journal.advance(job, State.FINISHED, level=level, lacking=lacking, length=length, sha256=sha256)

    def _validate(self, job: Job) -> Job:
        """A doubt about trust is kept as one; a file that fails is not let out."""
        report = validate_pdf(self.journal.document(job.id), trust=self.trust, now=self.clock())
        if report.verdict is Outcome.FAILED:
            raise MadeUnsound(reason=report.reason)
        self.judged(report)
        return self.journal.advance(job, State.VALIDATED, verdict=report.verdict, reason=report.reason)

    def _stamp(self, job: Job) -> tuple[bytes | None, str]:
        if self.services is None or job.wanted is Level.B_B:
            return None, ""
        try:
            return self.services.tsa.stamp(hashlib.sha256(job.signature).digest()), ""
        except (TimestampUnavailable, TimestampRefused) as out:
            return None, out.code


def _settled(document: BinaryIO, beginning: Beginning) -> tuple[int, str]:
    """Length and SHA-256 of what is now safely on the disk."""
    document.flush()
    os.fsync(document.fileno())
    return document.seek(0, os.SEEK_END), beginning.to().hexdigest()
