"""A key in a USB token or an HSM, reached through the vendor's PKCS#11 library.

    holder = Pkcs11Holder(
        Path("/usr/lib/…/libtoken.so"), PinFile(Path("/run/credentials/sohoa/pin")), token=TokenWanted(label="CoQuan"), clock=now
    )
    holder.identity()                          # reads the certificate; no PIN is needed
    holder.sign_hashes(jobs, transaction=…)    # first time: one login; always Signed
    tokens_of(Path("/usr/lib/…/libtoken.so"))  # for a picker, and for `sohoa doctor`

The library is loaded in a process of its own (`tokens/server.py`), which gets hashes and never documents. What this module promises:

- one login per opening, and one session; signatures are asked for one after the other, whatever thread they come from;
- a wrong PIN is never tried again: the holder stays closed until `give_pin`, and a PIN file is not used while the token says that the
  last login failed (`pins.py`), so that neither a batch nor a service that restarts can lock a token;
- a token that went away, or a library that lost it, is opened once more within the same request; when that does not help, the holder
  rests for a while (`signing.token_gone`) instead of knocking for every paper of a batch;
- a library that dies or hangs over a signature fails that request alone; twice in a row, and the holder rests;
- after a fork the child process opens anew; it never speaks into its parent's pipe.
"""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.x509 import load_der_x509_certificate

from sohoa.kernel.clock import iso_vietnam
from sohoa.kernel.errors import Exit, SohoaError
from sohoa.signing.signers.holder import Answer, HashJob, Identity, Refusal, Signed
from sohoa.signing.signers.pins import PinNeeded, PinSource, Tries
from sohoa.signing.signers.pkcs12 import mechanism_for
from sohoa.signing.signers.tokens.link import Patience, TokenSilent, TokenStopped
from sohoa.signing.signers.tokens.seen import (
    CertificateSeen,
    CertificateWanted,
    TokenMissing,
    TokenSeen,
    TokenWanted,
    chain_above,
    chosen_certificate,
    chosen_token,
)
from sohoa.signing.signers.tokens.session import PinLocked, PinUnusable, PinWrong, SessionLost, TokenSession

MAX_BATCH = 1_000  # jobs; a slow token needs hours for as many
REST = timedelta(seconds=60)
ANY_TOKEN, ANY_CERTIFICATE, PATIENCE = TokenWanted(), CertificateWanted(), Patience()


class TokenChanged(SohoaError):
    code = "signing.token_changed"
    vi = "Thiết bị ký đang cắm không phải thiết bị lúc bắt đầu: chứng thư đã khác. Chưa ký."
    en = "This is not the token that was there before: its certificate differs. Nothing was signed."
    remedy = "Cắm lại đúng thiết bị ký, hoặc bắt đầu lại với thiết bị này."
    remedy_en = "Plug in the first token again, or begin anew with this one."


class TokenGone(SohoaError):
    code, exit_code = "signing.token_gone", Exit.UNREACHABLE
    vi = "Mất kết nối với thiết bị ký và mở lại không được; sẽ không thử lại trước {until}. Chưa ký."
    en = "The token is gone and could not be opened again ({why}); it is not tried before {until}. Nothing was signed."
    remedy = "Rút thiết bị ra cắm lại, chờ đến giờ đã nêu rồi ký lại."
    remedy_en = "Plug the token in anew, wait until that time, then sign again."


@dataclass(frozen=True, slots=True)
class HolderState:
    """For `sohoa doctor`. process: of the token server, None when closed. trouble: code of what keeps the holder closed, "" when nothing
    does. until: when it tries again by itself; None: at once, or not before `give_pin`."""

    process: int | None
    logged_in: bool
    trouble: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class _Opened:
    session: TokenSession
    token: TokenSeen
    certificate: CertificateSeen


@dataclass(frozen=True, slots=True)
class _Rest:
    since: datetime
    until: datetime
    why: str

    def error(self) -> TokenGone:
        return TokenGone(why=self.why, until=iso_vietnam(self.until))


class Pkcs11Holder:
    """A KeyHolder that answers at once. Safe to use from several threads; they wait for one another."""

    kind: str = "pkcs11"
    interactive: bool = False
    max_batch: int = MAX_BATCH

    def __init__(
        self,
        library: Path,
        pin: PinSource,
        *,
        clock: Callable[[], datetime],
        token: TokenWanted = ANY_TOKEN,
        certificate: CertificateWanted = ANY_CERTIFICATE,
        chain: Sequence[bytes] = (),
        pss: bool = False,
        patience: Patience = PATIENCE,
        rest: timedelta = REST,
    ) -> None:
        """Opens nothing yet. chain: DER of certificates above, for tokens that carry only the signer's; the needed ones are picked.
        pss: PSS instead of PKCS#1 v1.5 for RSA. rest: how long a token that is gone is left alone, by `clock`."""
        self._library, self._pin, self._clock = library, pin, clock
        self._token_wanted, self._certificate_wanted, self._more_chain = token, certificate, tuple(chain)
        self._pss, self._patience, self._rest_length = pss, patience, rest
        self._lock = threading.Lock()
        self._opened: _Opened | None = None
        self._identity: Identity | None = None
        self._pin_trouble: SohoaError | None = None
        self._shaken = False  # the last request ended with a library that died or hung
        self._rest: _Rest | None = None
        _HOLDERS.add(self)

    def identity(self) -> Identity:
        """Reads the token the first time; the PIN is needed only where a token hides its certificates without it.

        Raises LibraryUnusable, TokenMissing, TokenAmbiguous, CertificateMissing, CertificateAmbiguous, TokenStopped, TokenSilent,
        TokenGone, and those of the PIN.
        """
        with self._lock:
            if self._identity is None:
                self._must_not_rest()
                try:
                    with self._closed_by_failure():
                        self._connect()
                except SessionLost as lost:
                    raise self._gone(str(lost)) from lost
            return self._known()

    def sign_hashes(self, jobs: Sequence[HashJob], *, transaction: str) -> Answer:
        """What was signed before the token failed is kept; the rest is refused, not finally.

        Raises, when nothing was signed: those of `identity`, PinWrong, PinLocked, PinUnusable, PinInDoubt, PinNotGiven, PinFileExposed,
        PinFileUnreadable, KeyNotOnToken, TokenChanged, TokenRefused.
        """
        signatures: dict[str, bytes] = {}
        for number, job in enumerate(jobs):
            try:
                signatures[job.id] = self._sign(job.digest)
            except SohoaError as failed:
                if not signatures:
                    raise
                return Signed(signatures, {left.id: Refusal(failed.as_dict(), final=False) for left in jobs[number:]})
        return Signed(signatures)

    def poll(self, transaction: str, jobs: Sequence[HashJob]) -> Answer | None:
        return None

    def give_pin(self, source: PinSource) -> None:
        """After a refused PIN; also ends a rest, for a person has seen to the token."""
        with self._lock:
            self._pin, self._pin_trouble, self._rest, self._shaken = source, None, None, False

    def state(self) -> HolderState:
        opened, refused, rest = self._opened, self._pin_trouble, self._resting()
        process, logged_in = (opened.session.pid, opened.session.logged_in) if opened is not None else (None, False)
        if refused is not None:
            return HolderState(process, logged_in, refused.code, None)
        return HolderState(process, logged_in, TokenGone.code if rest else "", rest.until if rest else None)

    def close(self) -> None:
        """Log out. The next request opens the token again."""
        with self._lock:
            self._shut()

    def after_fork(self) -> None:
        """In the child of a fork, where neither our lock nor our pipe is what it was."""
        self._lock = threading.Lock()
        if self._opened is not None:
            self._opened.session.forget()
        self._opened = None

    def _sign(self, digest: bytes) -> bytes:
        # The lock is taken for each signature, so that a clerk's single paper need not wait for a pile.
        with self._lock:
            if (refused := self._pin_trouble) is not None:
                raise type(refused)(**refused.facts)
            self._must_not_rest()
            with contextlib.suppress(SessionLost):
                return self._attempt(digest)
            try:
                return self._attempt(digest)
            except (SessionLost, TokenMissing, TokenStopped, TokenSilent) as lost:
                raise self._gone(lost.code if isinstance(lost, SohoaError) else str(lost)) from lost

    def _attempt(self, digest: bytes) -> bytes:
        with self._closed_by_failure():
            opened = self._connect()
            if not opened.session.logged_in:
                self._log_in(opened.session, opened.token)
            if not opened.session.has_key:
                opened.session.take_key(opened.certificate)
            signature = opened.session.sign(digest, self._known().mechanism)
        self._shaken, self._rest = False, None
        return signature

    def _connect(self) -> _Opened:
        """A running library, the token found, its certificate known, and the same as before."""
        if self._opened is not None:
            self._opened.session.must_live()
            return self._opened
        session = TokenSession(self._library, self._patience)
        try:
            token = chosen_token(session.tokens(), self._token_wanted)
            certificates = token.certificates
            if not any(one.signs for one in certificates):
                self._log_in(session, token)
                certificates = session.certificates()
            self._opened = _Opened(session, token, self._same_as_before(certificates))
        except BaseException:
            session.end()
            raise
        return self._opened

    def _log_in(self, session: TokenSession, token: TokenSeen) -> None:
        if token.tries is Tries.NONE:
            raise PinLocked()
        with self._pin.given(PinNeeded(token.label, token.tries)) as pin:
            session.log_in(token, pin, never_when=self._pin.never_when)

    def _same_as_before(self, certificates: Sequence[CertificateSeen]) -> CertificateSeen:
        if self._identity is None:
            chosen = chosen_certificate(certificates, self._certificate_wanted, now=self._clock())
            mechanism = mechanism_for(load_der_x509_certificate(chosen.der), pss=self._pss)
            chain = chain_above(chosen.der, (*(one.der for one in certificates), *self._more_chain))
            self._identity = Identity(chosen.der, chain, mechanism)
            return chosen
        for one in certificates:
            if one.der == self._identity.certificate:
                return one
        raise TokenChanged()

    def _known(self) -> Identity:
        if self._identity is None:
            raise SessionLost("never opened")
        return self._identity

    @contextlib.contextmanager
    def _closed_by_failure(self) -> Generator[None]:
        try:
            yield
        except (PinWrong, PinLocked, PinUnusable) as refused:
            self._shut()
            self._pin_trouble = refused
            raise
        except (TokenStopped, TokenSilent) as broken:
            self._shut()
            if self._shaken:
                raise self._gone(broken.code) from broken
            self._shaken = True
            raise
        except BaseException:
            # Also when somebody presses Ctrl-C: an answer that nobody read must not be taken for the next one's.
            self._shut()
            raise

    def _shut(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.session.end()

    def _must_not_rest(self) -> None:
        if (rest := self._resting()) is not None:
            raise rest.error()

    def _resting(self) -> _Rest | None:
        # A clock that was set back must not make a minute's rest last for days.
        return self._rest if self._rest is not None and self._rest.since <= self._clock() < self._rest.until else None

    def _gone(self, why: str) -> TokenGone:
        since = self._clock()
        self._rest = _Rest(since, since + self._rest_length, why)
        return self._rest.error()


_HOLDERS: weakref.WeakSet[Pkcs11Holder] = weakref.WeakSet()


def _after_fork() -> None:
    for holder in list(_HOLDERS):
        holder.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def tokens_of(library: Path, *, patience: Patience = PATIENCE) -> list[TokenSeen]:
    """What is plugged in, as it shows itself without a login. Raises LibraryUnusable, TokenStopped, TokenSilent; TokenMissing for a
    library that cannot say what is plugged in."""
    session = TokenSession(library, patience)
    try:
        return session.tokens()
    except SessionLost as lost:
        raise TokenMissing() from lost
    finally:
        session.end()
