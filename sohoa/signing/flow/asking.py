"""Asking the key holder for signatures, and waiting where a person has to agree."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sohoa.kernel.errors import InOthersWords, SohoaError
from sohoa.signing.flow.job import Job, State
from sohoa.signing.flow.journal import Journal
from sohoa.signing.signers.holder import Answer, HashJob, KeyDoesNotFit, KeyHolder, Pending, RequestOver, Signed

POLL = 5.0  # seconds between two questions whether somebody agreed
PATIENCE = timedelta(minutes=10)  # for a holder that does not say when waiting becomes pointless


class NotAgreed(SohoaError):
    code = "signing.not_agreed"
    vi = "Hết thời gian chờ người ký đồng ý. Chưa ký."
    en = "Nobody agreed to the signature in time. Nothing was signed."
    remedy = "Chạy lại lệnh ký khi người ký sẵn sàng; nếu họ đã đồng ý sau đó, chữ ký được lấy về mà không hỏi lại."
    remedy_en = (
        "Run the command again when the signer is ready; if they agreed meanwhile, the signature is fetched without asking again."
    )


class NoAnswer(SohoaError):
    code = "signing.no_answer"
    vi = "Nơi giữ khóa trả lời nhưng thiếu chữ ký của tệp này. Chưa ký."
    en = "The key holder answered without a signature for this file. It was not signed."
    remedy = "Chạy lại lệnh ký; nếu vẫn vậy, báo nơi cung cấp dịch vụ ký kèm mã lỗi này."
    remedy_en = "Run the command again; if it stays so, tell the signing service this error's code."


class RefusedByHolder(InOthersWords):
    """One job's refusal; what is said is what the key holder's own error says."""

    code = "signing.refused_by_holder"
    vi = "Nơi giữ khóa từ chối ký tệp này. Chưa ký."
    en = "The key holder refused this signature ({why}). It was not signed."
    remedy = "Xem lý do của nơi giữ khóa, rồi chạy lại lệnh ký."
    remedy_en = "Look at the key holder's reason, then run the command again."


@dataclass(frozen=True, slots=True)
class Asked:
    """jobs: those whose signature is kept now. refused: why not, by the job's id."""

    jobs: dict[str, Job] = field(default_factory=dict[str, Job])
    refused: dict[str, SohoaError] = field(default_factory=dict[str, SohoaError])


@dataclass(frozen=True, slots=True)
class Asking:
    """clock: the present. wait: sleeps that many seconds. told: a sentence for the person who waits."""

    holder: KeyHolder
    journal: Journal
    clock: Callable[[], datetime]
    wait: Callable[[float], None]
    told: Callable[[str], None]

    def have_signed(self, jobs: Sequence[Job]) -> Asked:
        """Bring PREPARED and SUBMITTED jobs to SIGNATURE_RECEIVED. What was submitted is asked for under its old transaction first,
        so that nobody agrees twice to the same. Raises the holder's errors that concern all."""
        asked = Asked()
        new = [job for job in jobs if job.state is State.PREPARED]
        submitted = [job for job in jobs if job.state is State.SUBMITTED]
        for transaction in dict.fromkeys(job.transaction for job in submitted):
            members = [job for job in submitted if job.transaction == transaction]
            # What the answer is silent about is asked for anew.
            new += self._answered(members, asked, taken_up=True)
        if new:
            transaction = _transaction(new)
            members = [self.journal.advance(job, State.SUBMITTED, transaction=transaction, asked=job.asked + 1) for job in new]
            for job in self._answered(members, asked, taken_up=False):
                asked.refused[job.id] = NoAnswer()
        return asked

    def _answered(self, jobs: Sequence[Job], asked: Asked, *, taken_up: bool) -> list[Job]:
        """Ask, or take up what was asked, and wait for the answer. Gives the jobs on which it is silent."""
        transaction, wanted = jobs[0].transaction, _hash_jobs(jobs)
        try:
            answer = self.holder.poll(transaction, wanted) if taken_up else None
            if answer is None:  # it never arrived
                answer = self.holder.sign_hashes(wanted, transaction=transaction)
            return self._keep(jobs, self._awaited(jobs, answer), asked)
        except NotAgreed as waited:
            asked.refused.update(dict.fromkeys((job.id for job in jobs), waited))
            return []
        except RequestOver as over:
            for job in jobs:
                self.journal.advance(job, State.PREPARED, transaction="")
                asked.refused[job.id] = over
            return []

    def _awaited(self, jobs: Sequence[Job], answer: Answer | None) -> Signed:
        """The final answer. Raises NotAgreed when our patience ends first; the request is kept then, since they may still agree."""
        given_up = self.clock() + PATIENCE
        said = ""
        while isinstance(answer, Pending):
            if answer.transaction != jobs[0].transaction:  # some services give a request a name of their own
                jobs = [self.journal.advance(job, State.SUBMITTED, transaction=answer.transaction) for job in jobs]
            if self.clock() >= (answer.expires or given_up):
                raise NotAgreed()
            if answer.told != said:
                self.told(said := answer.told)
            self.wait(POLL)
            answer = self.holder.poll(answer.transaction, _hash_jobs(jobs))
        return answer or Signed({})

    def _keep(self, jobs: Sequence[Job], answer: Signed, asked: Asked) -> list[Job]:
        """Keep the signatures that came. Gives the jobs on which the answer is silent, ready to be asked for anew."""
        silent: list[Job] = []
        for job in jobs:
            signature, refusal = answer.signatures.get(job.id), answer.refused.get(job.id)
            if signature is not None:
                try:
                    job.identity.must_fit(job.prepared.attributes, signature)
                    asked.jobs[job.id] = self.journal.advance(job, State.SIGNATURE_RECEIVED, signature=signature)
                    continue
                except KeyDoesNotFit as wrong:
                    asked.refused[job.id] = wrong
            elif refusal is not None:
                asked.refused[job.id] = RefusedByHolder(why=refusal.error.get("code", ""), told=refusal.error)
            again = self.journal.advance(job, State.PREPARED, transaction="")
            if job.id not in asked.refused:
                silent.append(again)
        return silent


def _hash_jobs(jobs: Sequence[Job]) -> list[HashJob]:
    return [job.hash_job for job in jobs]


def _transaction(jobs: Sequence[Job]) -> str:
    """A name for this request: the same jobs asked for anew are another request."""
    told = "\n".join(f"{job.id} {job.asked}" for job in jobs)
    return hashlib.sha256(told.encode()).hexdigest()[:32]
