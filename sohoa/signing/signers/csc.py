"""Keys at a service that speaks the API of the Cloud Signature Consortium, version 1.0.4, with version 2 as a dialect.

One authorisation covers a batch: `credentials/authorize` for all its hashes, then one `signatures/signHash`. How the signer agrees is
the credential's own affair: `explicit` is a PIN or a one-time code that we send, and is answered at once; `implicit` is a telephone,
and the service keeps `authorize` open until the person has decided. The latter runs beside the caller, who gets `Pending` and polls.

**After a crash.** The protocol has no way to ask what became of an authorisation, so what ran in a process that died is gone, `poll`
gives None and the flow asks again: the person agrees a second time. The signed attributes are the same bytes, so it is the same
legal signature (with PKCS#1 v1.5 the same bytes, too). The transaction goes into `clientData`, where the service's own records keep
both together. Within one process nobody is asked twice for one transaction: while it waits it is found again, and when only `signHash`
failed it is repeated under the authorisation already given, as long as that lives.

Viettel MySign is this protocol under `…/adss/service/ras` (newer: `…/vtss/service/ras`) with a login of its own (`ClientLogin`) and the names of the documents
added (`VIETTEL`). What is said of it is gathered from public sources: chưa kiểm chứng với dịch vụ thật.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from pathlib import Path

from sohoa.signing.http import Http, ServiceUnreachable
from sohoa.signing.signers.csc_session import (
    CSC_1,
    CSC_2,
    SHA256_OID,
    VIETTEL,
    ClientLogin,
    Credential,
    CscSession,
    Dialect,
    Lasting,
    OAuthToken,
    RemoteWayUnsupported,
)
from sohoa.signing.signers.holder import Answer, HashJob, Identity, Pending, Refusal, Signed
from sohoa.signing.signers.remote import (
    LARGEST,
    JsonService,
    Wait,
    batch_title,
    decoded,
    explained,
    list_of,
    number_of,
    settled,
    shown_id,
    signable,
    text_of,
)
from sohoa.signing.signers.remote_errors import (
    RemoteAnswerUnreadable,
    RemoteBatchTooLarge,
    RemoteExpired,
)

__all__ = ["CSC_1", "CSC_2", "VIETTEL", "ClientLogin", "CscHolder", "Dialect", "OAuthToken", "RemoteWayUnsupported"]

PATIENCE = 180.0  # seconds that a person gets; Viettel itself gives about 120 (unverified)
MOST = 100  # documents in one approval, whatever the service would allow: more than that nobody has looked at
SAD_LIFE = 3600  # seconds, when the answer does not say; the protocol's own default
REMEMBERED = 64  # transactions that are kept in memory
NAME_BYTES = 72  # Viettel takes fewer than 100 letters of Base64 for a name (unverified)


class CscHolder:
    """A credential at a CSC service; see the module about waiting and crashes."""

    def __init__(
        self,
        url: str,
        login: ClientLogin | OAuthToken,
        *,
        clock: Callable[[], datetime],
        wait: Wait,
        credential: str | None = None,
        pin: str | None = None,
        otp: Callable[[], str] | None = None,
        dialect: Dialect = CSC_1,
        ca_file: Path | None = None,
        patience: float = PATIENCE,
        most: int = MOST,
    ) -> None:
        """url: what stands before `/csc/v1/…`. credential: its id; None: the account's only one.

        otp: asks the person, once for each authorisation. clock: aware. wait: how a 429 is waited out. patience: seconds. ca_file: as
        in Http. Nothing is sent before it is needed.
        """
        secrets = [pin, login.token if isinstance(login, OAuthToken) else login.client_secret]
        secrets += [login.user_id] if isinstance(login, ClientLogin) else []
        self._http = Http(ca_file=ca_file, largest=LARGEST)
        self._waiting_http = Http(ca_file=ca_file, read=patience, largest=LARGEST)
        service = JsonService(self._http, url, wait, frozenset(secret for secret in secrets if secret))
        self._session = CscSession(service, login, dialect=dialect, clock=clock)
        self._wanted, self._pin, self._otp, self._dialect = credential, pin, otp, dialect
        self._patience, self._most, self._clock = patience, most, clock
        self._lock = threading.RLock()
        self._known: Credential | None = None
        self._authorised: dict[str, Lasting] = {}
        self._requests: dict[str, tuple[Future[Signed], datetime]] = {}

    @property
    def kind(self) -> str:
        return "csc"

    @property
    def interactive(self) -> bool:
        """Asks the service the first time, like `identity`."""
        return self._credential().implicit or self._otp is not None

    @property
    def max_batch(self) -> int:
        """The service's `multisign`, never more than `most`. Asks the service the first time, like `identity`."""
        return self._credential().most

    def identity(self) -> Identity:
        """Raises RemoteCertificateNotChosen, RemoteCertificateUnusable, RemoteCredentialsWrong, RemoteAnswerUnreadable,
        KeyNotSupported, RemoteWayUnsupported, ServiceUnreachable, RemoteFailed, RemoteBusy."""
        return self._credential().identity

    def sign_hashes(self, jobs: Sequence[HashJob], *, transaction: str) -> Answer:
        """Pending when a telephone is waited for, else Signed. Raises what `identity` does, RemotePinWrong, RemoteDeclined,
        RemoteExpired, RemoteRefused, RemoteBatchTooLarge."""
        credential = self._credential()
        if len(jobs) > credential.most:
            raise RemoteBatchTooLarge(asked=len(jobs), most=credential.most)
        asked, refused = signable(credential.identity, jobs)
        if not asked:
            return Signed({}, refused)
        if not credential.implicit:
            return self._authorise_and_sign(credential, asked, refused, transaction)
        with self._lock:
            found = self._requests.get(transaction)
            if found is None or (found[0].done() and found[0].exception()):
                found = self._started(credential, asked, refused, transaction)
        return self._state(transaction, *found)

    def poll(self, transaction: str, jobs: Sequence[HashJob]) -> Answer | None:
        """None: not asked for in this process. Raises what `sign_hashes` does, when that is what became of it."""
        with self._lock:
            found = self._requests.get(transaction)
        return self._state(transaction, *found) if found else None

    def close(self) -> None:
        self._http.close()
        self._waiting_http.close()
        with self._lock:
            self._authorised.clear()
        self._session.forget()

    def _started(
        self, credential: Credential, jobs: Sequence[HashJob], refused: Mapping[str, Refusal], transaction: str
    ) -> tuple[Future[Signed], datetime]:
        future: Future[Signed] = Future()

        def run() -> None:
            try:
                future.set_result(self._authorise_and_sign(credential, jobs, refused, transaction))
            except BaseException as failed:  # handed to whoever polls; a thread's own border
                future.set_exception(failed)

        for old in [name for name, (done, _) in self._requests.items() if done.done()][: max(0, len(self._requests) - REMEMBERED)]:
            del self._requests[old]
        self._requests[transaction] = future, self._clock() + timedelta(seconds=self._patience)
        # A daemon: a process that ends does not wait for a telephone.
        threading.Thread(target=run, name="csc", daemon=True).start()
        return self._requests[transaction]

    def _state(self, transaction: str, request: Future[Signed], expires: datetime) -> Answer:
        if request.done():
            return request.result()
        return Pending(transaction, expires, "Mở ứng dụng ký số trên điện thoại và xác nhận yêu cầu.")

    def _authorise_and_sign(
        self, credential: Credential, jobs: Sequence[HashJob], refused: Mapping[str, Refusal], transaction: str
    ) -> Signed:
        hashes = [base64.b64encode(job.digest).decode() for job in jobs]
        sad = self._sad(credential, jobs, hashes, transaction)
        if sad.until <= self._clock():
            raise RemoteExpired()
        body = {"credentialID": credential.id, "SAD": sad.value, "clientData": transaction, **credential.algorithm}
        body |= self._named(jobs, hashes)
        # As patient as with a person: giving up on a slow HSM would cost a second approval.
        told = self._session.ask("/signatures/signHash", body, http=self._waiting_http)
        if told.status < 500:
            with self._lock:
                # Used up. While no answer came, or a failure, it is kept for the same transaction.
                self._authorised.pop(transaction, None)
        found = list_of(self._session.good(told, person=True).get("signatures"))
        if not found:
            raise RemoteAnswerUnreadable(what="no signatures")
        # The protocol promises the order of the hashes. Each is checked against its own document, so a batch that came back short
        # or shuffled keeps what does fit and refuses the rest.
        given = {job.id: [decoded(value)] for job, value in zip(jobs, found, strict=False)}
        signed = explained(settled(credential.identity, jobs, given), credential.identity, self._fresh_identity)
        return Signed(signed.signatures, {**signed.refused, **refused})

    def _sad(self, credential: Credential, jobs: Sequence[HashJob], hashes: list[str], transaction: str) -> Lasting:
        """Signature activation data, which stands for the person's consent; kept in memory only."""
        with self._lock:
            kept = self._authorised.get(transaction)
        if kept and kept.until > self._clock():
            return kept
        body: dict[str, object] = {"credentialID": credential.id, "numSignatures": len(jobs), "clientData": transaction}
        body |= self._named(jobs, hashes) | self._consent(credential)
        body["description"] = _short(batch_title(jobs)) if self._dialect.documents else batch_title(jobs)
        asked_at = self._clock()
        http = self._waiting_http if credential.implicit else None
        try:
            told = self._session.ask("/credentials/authorize", body, http=http, guarded=True)
        except ServiceUnreachable as silent:
            if credential.implicit and silent.facts.get("why") == "ReadTimeoutError":
                raise RemoteExpired() from silent  # the service was there, the person was not
            raise
        answer = self._session.good(told, person=True)
        value, life = text_of(answer.get("SAD")), number_of(answer.get("expiresIn"))
        if not value:
            raise RemoteAnswerUnreadable(what="no SAD")
        lives = timedelta(seconds=SAD_LIFE if life is None else min(life, SAD_LIFE))
        # A telephone is answered long after the question; the authorisation begins when it is given.
        sad = Lasting(value, (self._clock() if credential.implicit else asked_at) + lives)
        with self._lock:
            living = {name: one for name, one in self._authorised.items() if one.until > self._clock()}
            self._authorised = living | {transaction: sad}
        return sad

    def _named(self, jobs: Sequence[HashJob], hashes: list[str]) -> dict[str, object]:
        if self._dialect.version != "v1":
            return {"hashes": hashes, "hashAlgorithmOID": SHA256_OID}
        if self._dialect.documents:
            papers = [{"document_id": shown_id(job), "document_name": _short(job.title)} for job in jobs]
            return {"hash": hashes, "documents": papers}
        return {"hash": hashes}

    def _consent(self, credential: Credential) -> dict[str, object]:
        if credential.implicit:
            return {}
        spoken = {"PIN": self._pin, "OTP": self._otp() if self._otp else None}
        given = {name: value for name, value in spoken.items() if value}
        if not given:
            raise RemoteWayUnsupported(why="explicit, and neither PIN nor OTP is set")
        if self._dialect.version == "v1":
            return dict(given)
        return {"authData": [{"id": name, "value": value} for name, value in given.items()]}

    def _credential(self) -> Credential:
        with self._lock:
            if self._known is None:
                self._known = self._session.credential(self._wanted, most=self._most)
            return self._known

    def _fresh_identity(self) -> Identity:
        with self._lock:
            self._known = None
            return self._credential().identity


def _short(title: str) -> str:
    """Base64 of as much of the title as a telephone of Viettel's takes, no letter cut in two."""
    return base64.b64encode(title.encode(errors="replace")[:NAME_BYTES].decode(errors="ignore").encode()).decode()
