"""Keys at VNPT SmartCA, by the interface named `sp769`.

Two ways to agree. With `Telephone` (v1) the request waits in the app of the signer, who agrees once for the whole batch; we poll. With
`Unattended` (v2) the account's password and a one-time code go along, and `confirm` gives the signatures at once.

**After a crash.** The service keeps a transaction under the number that we chose, so `poll` finds it again and nobody is asked twice; it
takes each number once (as its documents say), so sending the same transaction again cannot reach the telephone a second time either:
we then look up what became of the first. With `Unattended` a crash between `sign` and `confirm` leaves a transaction that nobody can
finish; `poll` gives None, and the flow's next try goes under the same number with `-2`, `-3` after it, which `poll` looks at as well; a
fourth wants a new transaction (RemoteExpired). The attributes are the same bytes, so whatever was signed is the same legal signature.

After any error from `sign_hashes` the request may have arrived all the same: ask `poll` before asking again.

Where public sources disagree the choice is a parameter, or a field of `Words` (sp769_answers.py); what stands as default is chưa kiểm
chứng với dịch vụ thật.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from sohoa.kernel.clock import VIETNAM
from sohoa.signing.http import Http
from sohoa.signing.signers.holder import (
    Answer,
    HashJob,
    Identity,
    KeyNotSupported,
    Mechanism,
    Pending,
    Refusal,
    Signed,
    public_key_of,
)
from sohoa.signing.signers.remote import (
    LARGEST,
    JsonService,
    Told,
    Wait,
    batch_title,
    certificates_of,
    decoded,
    explained,
    list_of,
    said,
    settled,
    shown_id,
    signable,
    table_of,
    text_of,
)
from sohoa.signing.signers.remote_errors import (
    RemoteAnswerUnreadable,
    RemoteBatchTooLarge,
    RemoteCertificateNotChosen,
    RemoteCertificateUnusable,
    RemoteDeclined,
    RemoteExpired,
    RemoteRefused,
)
from sohoa.signing.signers.sp769_answers import Words, good, meaning

PATIENCE = 240.0  # seconds; the published examples poll 24 times, 10 s apart
MOST = 100  # documents in one approval; the service names no limit
ATTEMPTS = 3  # transactions of one request with `Unattended`
READ = 30.0  # seconds; signing a batch takes the service longer than looking something up
CERTIFICATES = 50  # looked at in one answer


@dataclass(frozen=True, slots=True)
class Account:
    """What VNPT gave the agency's software (sp), and the signer's number (citizen identity or tax code)."""

    sp_id: str
    sp_password: str = field(repr=False)
    user_id: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Telephone:
    """v1: the signer agrees in the app. by_code: poll under the service's `tran_code` instead of our transaction. A crash before
    the answer would then lose it, so only where the service insists."""

    by_code: bool = False


@dataclass(frozen=True, slots=True)
class Unattended:
    """v2: password of the signer's account; `otp` gives the one-time code, once for each batch."""

    password: str = field(repr=False)
    otp: Callable[[], str] = field(repr=False)


class Sp769Holder:
    """One signer's certificate at SmartCA; see the module about crashes."""

    def __init__(
        self,
        url: str,
        account: Account,
        *,
        clock: Callable[[], datetime],
        wait: Wait,
        way: Telephone | Unattended | None = None,
        serial: str | None = None,
        fingerprint: str | None = None,
        ca_file: Path | None = None,
        patience: float = PATIENCE,
        most: int = MOST,
        read: float = READ,
        words: Words | None = None,
    ) -> None:
        """url: what stands before `/v1/…` (`https://…/sca/sp769`). way: None is Telephone().

        serial, fingerprint (both hex; the latter SHA-256 of the certificate): which certificate; neither: the account's only valid
        one. clock: aware. wait: how a 429 is waited out. patience, read: seconds. Nothing is sent before it is needed.
        """
        self._way = way or Telephone()
        secrets = {account.sp_password, account.user_id, self._way.password if isinstance(self._way, Unattended) else ""}
        self._http = Http(ca_file=ca_file, read=read, largest=LARGEST)
        self._service = JsonService(self._http, url, wait, frozenset(filter(None, secrets)))
        self._account, self._serial, self._fingerprint = account, serial, fingerprint
        self._patience, self._most, self._clock, self._words = patience, most, clock, words or Words()
        self._lock = threading.RLock()
        self._known: tuple[Identity, str] | None = None
        self._begun: dict[str, datetime] = {}

    @property
    def kind(self) -> str:
        return "sp769"

    @property
    def interactive(self) -> bool:
        return isinstance(self._way, Telephone)

    @property
    def max_batch(self) -> int:
        return self._most

    def identity(self) -> Identity:
        """Raises RemoteCertificateNotChosen, RemoteCertificateUnusable, RemoteCredentialsWrong, RemoteRefused,
        RemoteAnswerUnreadable, RemoteFailed, RemoteBusy, ServiceUnreachable."""
        return self._certificate()[0]

    def sign_hashes(self, jobs: Sequence[HashJob], *, transaction: str) -> Answer:
        """Pending (Telephone) or Signed (Unattended). Raises what `identity` does, RemotePinWrong, RemoteDeclined, RemoteExpired,
        RemoteBatchTooLarge."""
        if len(jobs) > self._most:
            raise RemoteBatchTooLarge(asked=len(jobs), most=self._most)
        identity, serial = self._certificate()
        asked, refused = signable(identity, jobs)
        if not asked:
            return Signed({}, refused)
        body = {
            **self._who(),
            "transaction_desc": batch_title(asked),
            "serial_number": serial,
            "time_stamp": f"{self._clock().astimezone(VIETNAM):%Y%m%d%H%M%S}",
            "sign_files": [
                {"doc_id": shown_id(job), "file_type": "pdf", "sign_type": "hash", "data_to_be_signed": job.digest.hex()}
                for job in asked
            ],
        }
        if isinstance(self._way, Unattended):
            return self._signed_unattended(self._way, body, asked, refused, identity, transaction)
        told = self._service.ask("/v1/signatures/sign", {**body, "transaction_id": transaction})
        try:
            data = self._good(told)
        except RemoteRefused:
            # The number may have been used: then what was asked under it before is the answer.
            found = self._looked_up(transaction, asked, refused)
            if found is None:
                raise
            return found
        code = text_of(data.get("tran_code"))
        named = code if self._way.by_code and code else transaction
        with self._lock:
            self._begun[named] = self._clock()
        return self._pending(named)

    def poll(self, transaction: str, jobs: Sequence[HashJob]) -> Answer | None:
        """None: the service does not know it. Raises RemoteDeclined, RemoteExpired and what `identity` does."""
        asked, refused = signable(self.identity(), jobs)
        return self._looked_up(transaction, asked, refused) if asked else Signed({}, refused)

    def close(self) -> None:
        self._http.close()

    def _signed_unattended(
        self,
        way: Unattended,
        body: Mapping[str, object],
        jobs: Sequence[HashJob],
        refused: Mapping[str, Refusal],
        identity: Identity,
        transaction: str,
    ) -> Answer:
        for name in _attempts(transaction):
            secret = {"password": way.password, "otp": way.otp()}
            told = self._service.ask("/v2/signatures/sign", {**body, **secret, "transaction_id": name})
            if meaning(told, self._words) != "duplicate":
                break
            found = self._looked_up(transaction, jobs, refused)
            if found is not None:
                return found
        else:
            raise RemoteExpired()  # all numbers of this transaction are begun and none can be finished
        sad = text_of(self._good(told).get("sad"))
        if not sad:
            raise RemoteAnswerUnreadable(what="no SAD")
        confirm = {**self._who(), "password": way.password, "transaction_id": name, "sad": sad}
        data = self._good(self._service.ask("/v2/signatures/confirm", confirm))
        return self._read_signatures(data, identity, jobs, refused)

    def _looked_up(self, transaction: str, jobs: Sequence[HashJob], refused: Mapping[str, Refusal]) -> Answer | None:
        if isinstance(self._way, Telephone):
            return self._state(transaction, transaction, jobs, refused)
        for name in _attempts(transaction):
            try:
                state = self._state(name, transaction, jobs, refused)
            except (RemoteExpired, RemoteDeclined):
                continue  # one that was never confirmed; the next may have been
            if isinstance(state, Signed):
                return state
            if state is None:
                break
        return None  # what was not confirmed was not signed, and its authorisation went with the process that had it

    def _state(self, name: str, transaction: str, jobs: Sequence[HashJob], refused: Mapping[str, Refusal]) -> Answer | None:
        told = self._service.ask(f"/v1/signatures/sign/{quote(name, safe='')}/status", {})
        if meaning(told, self._words) == "unknown":
            return None
        data = self._good(told)
        if list_of(data.get("signatures")):
            with self._lock:
                self._begun.pop(transaction, None)
            return self._read_signatures(data, self.identity(), jobs, refused)
        if said(text_of(told.body.get("message")), ("success",)):
            raise RemoteAnswerUnreadable(what="success without signatures")
        return self._pending(transaction)

    def _pending(self, transaction: str) -> Pending:
        with self._lock:
            begun = self._begun.get(transaction)
        expires = begun + timedelta(seconds=self._patience) if begun else None
        return Pending(transaction, expires, "Mở ứng dụng VNPT SmartCA trên điện thoại và xác nhận yêu cầu ký.")

    def _read_signatures(
        self, data: Mapping[str, object], identity: Identity, jobs: Sequence[HashJob], refused: Mapping[str, Refusal]
    ) -> Signed:
        given: dict[str, list[bytes]] = {}
        for one in list_of(data.get("signatures"))[: 4 * self._most]:
            item = table_of(one)
            given.setdefault(text_of(item.get("doc_id")), []).append(decoded(item.get("signature_value")))
        settled_so = settled(identity, jobs, {job.id: given.get(shown_id(job), []) for job in jobs})
        signed = explained(settled_so, identity, self._fresh_identity)
        return Signed(signed.signatures, {**signed.refused, **refused})

    def _certificate(self) -> tuple[Identity, str]:
        with self._lock:
            if self._known is None:
                number = hashlib.sha256(f"{self._account.sp_id} {self._clock().isoformat()}".encode()).hexdigest()[:32]
                body = {**self._who(), "serial_number": self._serial or "", "transaction_id": number}
                found = self._good(self._service.ask("/v1/credentials/get_certificate", body)).get("user_certificates")
                self._known = self._chosen(list_of(found)[:CERTIFICATES])
            return self._known

    def _chosen(self, offered: Sequence[object]) -> tuple[Identity, str]:
        """The one certificate that fits, by what stands in it, and its serial as the service writes it."""
        fitting: dict[str, tuple[Identity, str]] = {}
        out_of_date = 0
        for item in map(table_of, offered):
            try:
                der, *_ = certificates_of([item.get("cert_data")])
                above = table_of(item.get("chain_data"))
                chain = certificates_of(one for one in (above.get("ca_cert"), above.get("root_cert")) if one)
                elliptic = isinstance(public_key_of(der), ec.EllipticCurvePublicKey)
            except (RemoteAnswerUnreadable, KeyNotSupported):
                continue
            certificate = x509.load_der_x509_certificate(der)
            identity = Identity(der, chain, Mechanism.ECDSA if elliptic else Mechanism.RSA_PKCS1)
            if self._fingerprint and identity.fingerprint != self._fingerprint.lower().replace(":", ""):
                continue
            if self._serial and not _same_serial(self._serial, certificate.serial_number):
                continue
            if not certificate.not_valid_before_utc <= self._clock() <= certificate.not_valid_after_utc:
                out_of_date += 1
                continue
            serial = text_of(item.get("serial_number")) or f"{certificate.serial_number:x}"
            fitting.setdefault(identity.fingerprint, (identity, serial))
        if not fitting and out_of_date:
            raise RemoteCertificateUnusable()
        if len(fitting) != 1:
            raise RemoteCertificateNotChosen(found=len(fitting))
        return next(iter(fitting.values()))

    def _good(self, told: Told) -> Mapping[str, object]:
        return good(told, self._words, self._service)

    def _fresh_identity(self) -> Identity:
        with self._lock:
            self._known = None
            return self.identity()

    def _who(self) -> dict[str, object]:
        return {"sp_id": self._account.sp_id, "sp_password": self._account.sp_password, "user_id": self._account.user_id}


def _attempts(transaction: str) -> list[str]:
    return [transaction, *(f"{transaction}-{attempt}" for attempt in range(2, ATTEMPTS + 1))]


def _same_serial(wanted: str, serial: int) -> bool:
    try:
        return int(wanted.replace(":", "").replace(" ", ""), 16) == serial
    except ValueError:
        return False
