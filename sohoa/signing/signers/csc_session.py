"""The conversation with a CSC service: logging in, asking, understanding what went wrong, and what a credential can do."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.signing.http import Http
from sohoa.signing.signers.holder import Identity, KeyNotSupported, Mechanism, public_key_of
from sohoa.signing.signers.remote import (
    JsonService,
    Told,
    certificates_of,
    list_of,
    number_of,
    said,
    table_of,
    text_of,
)
from sohoa.signing.signers.remote_errors import (
    RemoteAnswerUnreadable,
    RemoteCertificateNotChosen,
    RemoteCertificateUnusable,
    RemoteCredentialsWrong,
    RemoteDeclined,
    RemoteExpired,
    RemoteFailed,
    RemotePinWrong,
    RemoteRefused,
)

TOKEN_LIFE = 600  # seconds, when the answer does not say
EARLY = timedelta(seconds=30)  # a login is not used in its last moments
SHA256_OID = "2.16.840.1.101.3.4.2.1"
RSA_OID, RSA_SHA256_OID, RSA_PSS_OID = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.10"
EC_OID, ECDSA_SHA256_OID = "1.2.840.10045.2.1", "1.2.840.10045.4.3.2"
# RSASSA-PSS-params: SHA-256, MGF1 with SHA-256, salt of 32 bytes (RFC 4055).
PSS_PARAMS = base64.b64encode(
    bytes.fromhex("3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120")
).decode()


class RemoteWayUnsupported(SohoaError):
    code, exit_code = "signing.remote_way_unsupported", Exit.USAGE
    vi = "Cách xác nhận ký của chứng thư này chưa được hỗ trợ, hoặc thiếu mã PIN/OTP trong cấu hình."
    en = "This credential's way of agreeing is not supported, or its PIN or one-time code is not set ({why})."
    remedy = "Đổi cách xác nhận sang ứng dụng điện thoại hoặc mã PIN/OTP với nhà cung cấp, và khai báo trong cấu hình người ký."
    remedy_en = "Change it to the telephone app or a PIN or code with the provider, and name it in the signer's settings."


@dataclass(frozen=True, slots=True)
class ClientLogin:
    """A login as Viettel has it: POST to `path`, an access token comes back, and when it has run out the same again."""

    client_id: str
    client_secret: str = field(repr=False)
    user_id: str = field(repr=False)
    profile_id: str = "adss:ras:profile:001"
    path: str = "/v1/login"


@dataclass(frozen=True, slots=True)
class OAuthToken:
    """An access token from elsewhere; it cannot be renewed here."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Dialect:
    """documents: whether the documents' numbers and names are sent along, the names as Base64 (Viettel)."""

    version: str = "v1"
    documents: bool = False


CSC_1, CSC_2, VIETTEL = Dialect(), Dialect("v2"), Dialect("v1", documents=True)


@dataclass(frozen=True, slots=True)
class Credential:
    """implicit: a telephone is asked. most: signatures in one authorisation. algorithm: `signAlgo` and, where it needs them, the
    hash's OID and parameters, as signHash takes them."""

    id: str
    identity: Identity
    implicit: bool
    most: int
    algorithm: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Lasting:
    """A token or an authorisation, and until when it is used."""

    value: str = field(repr=False)
    until: datetime


class CscSession:
    """Logged in as one account. Safe to use from several threads."""

    def __init__(
        self, service: JsonService, login: ClientLogin | OAuthToken, *, dialect: Dialect, clock: Callable[[], datetime]
    ) -> None:
        self._service, self._login, self._dialect, self._clock = service, login, dialect, clock
        self._lock = threading.RLock()
        self._token: Lasting | None = None

    def ask(self, path: str, body: Mapping[str, object], *, http: Http | None = None, guarded: bool = False) -> Told:
        """POST under `/csc/v…`; a login that has run out is renewed once.

        guarded: a wrong PIN may be behind a 401, so it is only asked again if the answer blames the token.
        """
        path = f"/csc/{self._dialect.version}{path}"
        token = self._bearer()
        told = self._service.ask(path, body, bearer=token.value, http=http)
        if told.status != 401 or isinstance(self._login, OAuthToken):
            return told
        if guarded and text_of(told.body.get("error")) not in ("invalid_token", "expired_token"):
            return told
        with self._lock:
            if self._token is token:
                self._token = None
        return self._service.ask(path, body, bearer=self._bearer().value, http=http)

    def good(self, told: Told, *, person: bool = False) -> Mapping[str, object]:
        """The body of an answer that is no error, else the error that it is, raised.

        person: whether somebody was asked; otherwise it is the account that was denied something, not the signer who said no.
        """
        error, description = told.body.get("error"), text_of(told.body.get("error_description"))
        if told.status == 200 and not error:
            return told.body
        name = self._service.code(error)
        if name in _NUMBERS:
            raise _NUMBERS[name](why=name)
        # Of the description only known words are looked for; it is never shown, for it may hold whatever was sent.
        for kind, words in _BLAME:
            if said(f"{name} {description}", words):
                raise (kind if person or kind is not RemoteDeclined else RemoteCredentialsWrong)(why=name)
        if told.status == 401:
            raise RemoteCredentialsWrong(why=name)
        if told.status >= 500:
            raise RemoteFailed(status=told.status)
        raise RemoteRefused(why=name)

    def credential(self, wanted: str | None, *, most: int) -> Credential:
        """What the service says of the credential `wanted`, or of the account's only one."""
        wanted = wanted or self._only_credential()
        asked = {"credentialID": wanted, "certificates": "chain", "certInfo": True, "authInfo": True}
        answer = self.good(self.ask("/credentials/info", asked))
        key, certificate, auth = table_of(answer.get("key")), table_of(answer.get("cert")), table_of(answer.get("auth"))
        if text_of(key.get("status")) == "disabled" or text_of(certificate.get("status")) in ("expired", "revoked", "suspended"):
            raise RemoteCertificateUnusable()
        chain = certificates_of(list_of(certificate.get("certificates")))
        if not chain:
            raise RemoteAnswerUnreadable(what="no certificate")
        mode = text_of(answer.get("authMode")) or text_of(auth.get("mode"))
        if mode not in ("implicit", "explicit"):
            raise RemoteWayUnsupported(why=self._service.code(mode))
        mechanism, algorithm = _algorithm(chain[0], list_of(key.get("algo")), hash_named_apart=self._dialect.version != "v1")
        batch = max(1, min(number_of(answer.get("multisign")) or 1, most))
        return Credential(wanted, Identity(chain[0], chain[1:], mechanism), mode == "implicit", batch, algorithm)

    def forget(self) -> None:
        with self._lock:
            self._token = None

    def _only_credential(self) -> str:
        body = {"userID": self._login.user_id} if isinstance(self._login, ClientLogin) else {}
        listed = list_of(self.good(self.ask("/credentials/list", body)).get("credentialIDs"))
        found = {one for one in map(text_of, listed) if one}
        if len(found) != 1:
            raise RemoteCertificateNotChosen(found=len(found))
        return found.pop()

    def _bearer(self) -> Lasting:
        login = self._login
        if isinstance(login, OAuthToken):
            return Lasting(login.token, self._clock() + EARLY)
        with self._lock:
            if self._token is None or self._token.until <= self._clock():
                self._token = self._logged_in(login)
            return self._token

    def _logged_in(self, login: ClientLogin) -> Lasting:
        fields = {"client_id": login.client_id, "client_secret": login.client_secret, "user_id": login.user_id}
        told = self._service.ask(login.path, {**fields, "profile_id": login.profile_id})
        value, life = text_of(told.body.get("access_token")), number_of(told.body.get("expires_in"))
        if value.isascii() and value.isprintable() and value:
            return Lasting(value, self._clock() + max(timedelta(), timedelta(seconds=min(life or TOKEN_LIFE, 86400)) - EARLY))
        if told.status >= 500:
            raise RemoteFailed(status=told.status)
        if told.status == 200 and not told.body.get("error"):
            raise RemoteAnswerUnreadable(what="no token")
        raise RemoteCredentialsWrong(why=self._service.code(told.body.get("error")))


# Words of the protocol's error codes and of its descriptions, folded. The first that fits decides.
_BLAME: tuple[tuple[type[SohoaError], tuple[str, ...]], ...] = (
    (RemotePinWrong, ("invalid pin", "invalid otp", "parameter pin", "parameter otp", "wrong pin", "wrong otp")),
    (
        RemoteExpired,
        ("expired sad", "invalid sad", "parameter sad", "sad expired", "authorization expired", "timed out", "timeout"),
    ),
    (RemoteDeclined, ("declined", "denied by", "rejected", "user cancel", "access denied", "authorization denied", "tu choi")),
    (RemoteCertificateUnusable, ("certificate expired", "certificate revoked", "credential disabled", "key disabled")),
    (RemoteCredentialsWrong, ("invalid client", "invalid grant", "invalid token", "unauthorized")),
)
# Viettel's own numbers (chưa kiểm chứng với dịch vụ thật).
_NUMBERS: dict[str, type[SohoaError]] = {
    **dict.fromkeys(("58007", "58008", "86024"), RemoteCredentialsWrong),
    "59033": RemotePinWrong,
    "4001": RemoteExpired,
    "4002": RemoteDeclined,
    "13004": RemoteCertificateUnusable,
}


def _algorithm(certificate: bytes, offered: list[object], *, hash_named_apart: bool) -> tuple[Mechanism, dict[str, str]]:
    """How this key is to sign, and how that is said in signHash. Raises KeyNotSupported."""
    plain: dict[str, str] = {}
    hashed = plain if hash_named_apart else {"hashAlgo": SHA256_OID}
    elliptic = isinstance(public_key_of(certificate), ec.EllipticCurvePublicKey)
    known: tuple[tuple[str, Mechanism, dict[str, str]], ...] = (
        (ECDSA_SHA256_OID, Mechanism.ECDSA, plain),
        (EC_OID, Mechanism.ECDSA, hashed),
        (RSA_OID, Mechanism.RSA_PKCS1, hashed),
        (RSA_SHA256_OID, Mechanism.RSA_PKCS1, plain),
        (RSA_PSS_OID, Mechanism.RSA_PSS, {"signAlgoParams": PSS_PARAMS, **hashed}),
    )
    for oid, mechanism, more in known:
        if oid in offered and (mechanism is Mechanism.ECDSA) == elliptic:
            return mechanism, {"signAlgo": oid, **more}
    raise KeyNotSupported(found="no algorithm of the service")
