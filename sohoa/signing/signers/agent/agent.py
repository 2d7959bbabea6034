"""The clerk's side: ask the server for work, show it, sign with the key at hand, answer.

    run_agent(server, pairing, holder, ask, http=Http(), journal=Journal(path), now=clock.now, wait=stopping.wait)

Errors of the line are waited out, with longer and longer pauses, once the server was reached for the first time; before that, what is
wrong is told at once, because somebody sits in front of the screen. Errors of the key (token pulled out, PIN refused) always end the
agent: nothing is tried again with a PIN. What was being asked waits at the server and is asked again by the next run.
"""

from __future__ import annotations

import enum
import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.signing.http import Http, ServiceUnreachable
from sohoa.signing.signers.agent.checking import AgentNotWhatItSays, must_be_document, must_be_pades, pages_of
from sohoa.signing.signers.agent.desk import ClockOff
from sohoa.signing.signers.agent.fields import MessageUnreadable
from sohoa.signing.signers.agent.journal import Journal, MachineCannotKeep
from sohoa.signing.signers.agent.link import Link, PairingRefused, ServerNotKnown, ServerRefused
from sohoa.signing.signers.agent.messages import Outcome, Request, Wanted
from sohoa.signing.signers.agent.question import Question, Shown
from sohoa.signing.signers.agent.sealing import Pairing
from sohoa.signing.signers.holder import Identity, KeyHolder, Pending, Refusal

POLL = 10  # seconds that a question for work may stay open at the server; below what Http waits for
PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)  # seconds, one after another while the server stays away
LARGEST_DOCUMENT = 256 << 20  # bytes; what a clerk's machine keeps for a moment
_LINE = (ServiceUnreachable, PairingRefused, ServerNotKnown, ServerRefused, ClockOff, MessageUnreadable)


class OtherCertificate(SohoaError):
    code = "signing.agent_other_certificate"
    vi = "Yêu cầu này được lập cho chứng thư khác với chứng thư trong máy ký hiện giờ."
    en = "This request was made for another certificate than the one in the agent's machine now."
    remedy = "Cắm đúng USB token, chạy lại sohoa agent, rồi gửi ký lại từ máy chủ."
    remedy_en = "Plug in the right token, start the agent again, then send it for signing again from the server."


class NothingToLookAt(SohoaError):
    code = "signing.agent_nothing_to_look_at"
    vi = "Máy chủ không gửi kèm tài liệu để xem, hoặc tài liệu quá lớn. Máy ký không ký tài liệu chưa xem được."
    en = "The server offered no document to look at, or one that is too large; the agent does not sign what cannot be seen."
    remedy = "Gửi ký lại từ máy chủ; nếu người giữ khóa chấp nhận ký không xem, bật tùy chọn đó trên máy ký."
    remedy_en = "Send it again from the server; if the owner of the key accepts to sign unseen, set that option on the agent."


class OthersInDoubt(SohoaError):
    code = "signing.agent_others_in_doubt"
    vi = "Không ký, vì một tài liệu khác trong cùng yêu cầu không đúng như máy chủ nói."
    en = "Not signed, because another document in the same request is not what the server says."
    remedy = "Báo người quản trị; sau khi rõ nguyên nhân, gửi ký lại tài liệu này."
    remedy_en = "Tell the administrator; once the cause is known, send this document for signing again."


class KeyNotAtHand(SohoaError):
    code, exit_code = "signing.agent_key_not_at_hand", Exit.USAGE
    vi = "Máy ký chỉ dùng được khóa có tại chỗ (USB token, thẻ, tệp PKCS#12)."
    en = "The agent works only with a key that answers at once (token, card, PKCS#12 file)."
    remedy = "Chọn khóa PKCS#11 hoặc PKCS#12 cho máy ký; dịch vụ ký từ xa thì cấu hình ở máy chủ."
    remedy_en = "Choose a PKCS#11 or PKCS#12 key for the agent; remote signing services belong into the server's settings."


class Happening(enum.StrEnum):
    CONNECTED = "connected"
    TROUBLE = "trouble"  # the line is down or doubtful; the agent will try again
    SIGNED = "signed"
    DECLINED = "declined"
    REFUSED = "refused"  # by the agent itself: nobody was asked
    NOT_WANTED = "not_wanted"  # withdrawn, expired or answered elsewhere in the meantime


@dataclass(frozen=True, slots=True)
class Told:
    """What the agent's screen may show. count: of documents. error: why."""

    happening: Happening
    count: int = 0
    error: SohoaError | None = None


def nobody_listens(told: Told) -> None:
    pass


def run_agent(
    server: str,
    pairing: Pairing,
    holder: KeyHolder,
    ask: Callable[[Question], bool],
    *,
    http: Http,
    journal: Journal,
    now: Callable[[], datetime],
    wait: Callable[[float], bool],
    tell: Callable[[Told], None] = nobody_listens,
    unseen: bool = False,
    folder: Path | None = None,
) -> None:
    """Serve requests until `wait` says stop.

    ask: shows a question and gives its answer; it may take as long as a person does. wait: waits so many seconds (0: none) and says
    whether to stop, like `threading.Event.wait`. unseen: also sign what the server offers no document for. folder: for documents
    while they are shown; None: the system's own.
    Raises what `holder` raises, MachineCannotKeep, KeyNotAtHand; and, as long as the server was never reached, PairingRefused,
    ServerNotKnown, ClockOff, ServerRefused.
    """
    identity = holder.identity()
    link = Link(http, server, pairing, now=now)
    clerk = _Clerk(link, holder, identity, ask, journal, now, tell, unseen, folder)
    reached, connected, failures = False, False, 0
    while not wait(0):
        try:
            if not connected:
                link.hello(identity)
                tell(Told(Happening.CONNECTED))
                connected, reached = True, True
            request, again = link.take(POLL)
            if request is not None:
                clerk.serve(request)
            failures = 0
        except _LINE as trouble:
            if not reached and not isinstance(trouble, ServiceUnreachable):
                raise
            tell(Told(Happening.TROUBLE, error=trouble))
            connected, again = False, PAUSES[min(failures, len(PAUSES) - 1)]
            failures += 1
        if again and wait(again):
            return


@dataclass(frozen=True, slots=True)
class _Clerk:
    """One request from beginning to end."""

    link: Link
    holder: KeyHolder
    identity: Identity
    ask: Callable[[Question], bool]
    journal: Journal
    now: Callable[[], datetime]
    tell: Callable[[Told], None]
    unseen: bool
    folder: Path | None

    def serve(self, request: Request) -> None:
        made = self.journal.unsent(request)
        if made is not None:
            self._deliver(request, made, {})
            return
        with _for_a_moment(self.folder) as kept:
            self._look_and_ask(request, kept)

    def _look_and_ask(self, request: Request, kept: Path) -> None:
        try:
            shown = tuple(self._looked_at(request, number, kept) for number in range(len(request.wanted)))
        except _Doubtful as doubt:
            self._refuse(request, doubt)
            return
        if not self.ask(Question(self.identity.name, shown, request.made, request.expires)):
            self.journal.declined(request, shown, now=self.now())
            self.link.decline(request.key)
            self.tell(Told(Happening.DECLINED, len(shown)))
            return
        # A person may have taken an hour: a signature that nobody waits for any more is not made.
        if self.now() > request.expires or not self.link.wanted(request.key):
            self.tell(Told(Happening.NOT_WANTED, len(shown)))
            return
        signatures, refused = self._signatures(request)
        self.journal.signed(request, shown, signatures, now=self.now())
        self._deliver(request, signatures, refused)

    def _looked_at(self, request: Request, number: int, kept: Path) -> Shown:
        wanted = request.wanted[number]
        try:
            if request.certificate != self.identity.fingerprint:
                raise OtherCertificate()
            must_be_pades(wanted.attributes, certificate=self.identity.certificate, document=wanted.document)
            if wanted.offered is None or wanted.offered.size > LARGEST_DOCUMENT:
                if not self.unseen:
                    raise NothingToLookAt()
                return Shown(wanted.title, wanted.profile, wanted.claimed, wanted.document, None, None, None)
            path = kept / f"{number + 1}.pdf"
            self._fetch(request.key, number, wanted.offered.size, path)
            must_be_document(path, wanted.offered, document=wanted.document)
            return Shown(wanted.title, wanted.profile, wanted.claimed, wanted.document, wanted.offered.size, pages_of(path), path)
        except (OtherCertificate, AgentNotWhatItSays, NothingToLookAt) as wrong:
            raise _Doubtful(wanted, wrong) from wrong
        except OSError as broken:
            raise MachineCannotKeep(why=type(broken).__name__) from broken

    def _fetch(self, key: str, number: int, size: int, path: Path) -> None:
        with path.open("wb") as out:
            while out.tell() < size:
                part = self.link.document(key, number, out.tell())
                if not part or out.tell() + len(part) > size:
                    raise AgentNotWhatItSays(why="size")
                out.write(part)

    def _refuse(self, request: Request, doubt: _Doubtful) -> None:
        others = Refusal(OthersInDoubt().as_dict(), final=False)
        refused = {one.id: others for one in request.wanted}
        refused[doubt.wanted.id] = Refusal(doubt.error.as_dict(), final=True)
        self.journal.refused(request, {one: refusal.error["code"] for one, refusal in refused.items()}, now=self.now())
        self.link.answer(request.key, {}, refused)
        self.tell(Told(Happening.REFUSED, len(refused), doubt.error))

    def _signatures(self, request: Request) -> tuple[Mapping[str, bytes], Mapping[str, Refusal]]:
        signatures: dict[str, bytes] = {}
        refused: dict[str, Refusal] = {}
        jobs = [one.job for one in request.wanted]
        for first in range(0, len(jobs), self.holder.max_batch):
            part = jobs[first : first + self.holder.max_batch]
            try:
                answer = self.holder.sign_hashes(part, transaction=f"{request.key}-{first}")
            except SohoaError as failed:
                if not signatures:
                    raise
                # What was signed is signed: it is kept and sent, the rest may be asked for again.
                refused.update((job.id, Refusal(failed.as_dict(), final=False)) for job in jobs[first:])
                return signatures, refused
            if isinstance(answer, Pending):
                raise KeyNotAtHand()
            for job in part:
                if job.id in answer.signatures:
                    self.identity.must_fit(job.attributes, answer.signatures[job.id])
            signatures.update(answer.signatures)
            refused.update(answer.refused)
        return signatures, refused

    def _deliver(self, request: Request, signatures: Mapping[str, bytes], refused: Mapping[str, Refusal]) -> None:
        wanted = self.link.answer(request.key, signatures, refused) is Outcome.ANSWERED
        self.journal.delivered(request, wanted=wanted, now=self.now())
        self.tell(Told(Happening.SIGNED if wanted else Happening.NOT_WANTED, len(signatures)))


@contextmanager
def _for_a_moment(folder: Path | None) -> Generator[Path]:
    """A folder that only this user can look into, gone after the block."""
    try:
        # A viewer that was left open may hold a document fast on some systems; that is no reason to lose an answer.
        kept = tempfile.TemporaryDirectory(prefix="sohoa-agent-", dir=folder, ignore_cleanup_errors=True)
    except OSError as broken:
        raise MachineCannotKeep(why=type(broken).__name__) from broken
    with kept as path:
        yield Path(path)


class _Doubtful(Exception):
    """One signature that must not be given, and why; it stops the looking at the others."""

    def __init__(self, wanted: Wanted, error: SohoaError) -> None:
        super().__init__(error.code)
        self.wanted = wanted
        self.error = error
