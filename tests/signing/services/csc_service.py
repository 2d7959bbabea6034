"""A stand-in for a remote signing service (Viettel MySign and its like cannot be had here), made from the published protocol of the
Cloud Signature Consortium 1.0.4, its version 2 names, and a login as Viettel describes it. Its keys count for nothing."""

from __future__ import annotations

import base64
import itertools
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding

from sohoa.signing.signers.csc import ClientLogin
from sohoa.signing.signers.holder import Identity, Mechanism
from tests.signing.pki import Held, issue
from tests.signing.services.loopback import Answer, Faults, loopback, told
from tests.signing.services.person import APPROVES, Person

LOGIN = ClientLogin("ung-dung-mau", "bi-mat-cua-ung-dung", "CMT_001099000001")
PIN = "20262026"
CREDENTIAL = "001099000001_1_20260305"
SHA256, RSA = "2.16.840.1.101.3.4.2.1", "1.2.840.113549.1.1.1"


class CscService:
    """authorisations: how often somebody was asked. approvals: how often they agreed. signings: how often signHash signed."""

    def __init__(self, held: Held, person: Person, *, mode: str, multisign: int, version: str, life: int) -> None:
        self.url, self.faults, self.person, self.mode = "", Faults(), person, mode
        self.credentials, self.status, self.multisign = [CREDENTIAL], "valid", multisign
        self.authorisations = self.approvals = self.signings = self.logins = 0
        self.seen: list[tuple[str, dict[str, object]]] = []
        self.decided = threading.Event()  # what NEVER_ANSWERS waits for; `approve` sets it
        self.life = life
        self._held, self._version, self._lock = held, version, threading.Lock()
        self._names = itertools.count(1)
        self._tokens: set[str] = set()
        self._sads: dict[str, list[str]] = {}

    @property
    def identity(self) -> Identity:
        return Identity(_der(self._held.certificate), tuple(_der(one) for one in self._above()), Mechanism.RSA_PKCS1)

    def approve(self) -> None:
        """The person who did not answer does, now."""
        self.person = APPROVES
        self.decided.set()

    def renew_certificate(self) -> None:
        """The same key under a new certificate, as at the end of a year, then another key."""
        self._held = issue("Người ký từ xa (mới) – KHÔNG CÓ GIÁ TRỊ PHÁP LÝ", 72, issuer=self._held.issuer)

    def restart(self) -> None:
        """Forgets logins and authorisations, as services that keep them in memory do."""
        with self._lock:
            self._tokens.clear()
            self._sads.clear()

    def asked(self, path_end: str) -> list[dict[str, object]]:
        return [body for path, body in self.seen if path.endswith(path_end)]

    def work(self, path: str, headers: Mapping[str, str], raw: bytes) -> Answer:
        body = json.loads(raw)
        with self._lock:
            self.seen.append((path, body))
        if path == LOGIN.path:
            return self._login(body)
        if headers.get("Authorization", "").removeprefix("Bearer ") not in self._tokens:
            return told({"error": "invalid_token", "error_description": "The access token is not valid"}, 401)
        prefix = f"/csc/{self._version}"
        steps = {
            f"{prefix}/credentials/list": self._list,
            f"{prefix}/credentials/info": self._info,
            f"{prefix}/credentials/authorize": self._authorize,
            f"{prefix}/signatures/signHash": self._sign,
        }
        return steps[path](body) if path in steps else told({"error": "invalid_request"}, 404)

    def _login(self, body: dict[str, str]) -> Answer:
        if (body["client_id"], body["client_secret"], body["user_id"]) != (LOGIN.client_id, LOGIN.client_secret, LOGIN.user_id):
            return told({"error": "86024", "error_description": f"Client secret is invalid: {body['client_secret']}"}, 401)
        with self._lock:
            self.logins += 1
            token = f"the-{next(self._names)}"
            self._tokens.add(token)
        return told({"access_token": token, "refresh_token": "", "token_type": "Bearer", "expires_in": "3600"})

    def _list(self, body: dict[str, object]) -> Answer:
        return told({"credentialIDs": self.credentials})

    def _info(self, body: dict[str, object]) -> Answer:
        if body["credentialID"] not in self.credentials:
            return told({"error": "invalid_request", "error_description": "Invalid parameter credentialID"}, 400)
        chain = [base64.encodebytes(der).decode() for der in (self.identity.certificate, *self.identity.chain)]
        known = {
            "key": {"status": "enabled", "algo": [RSA], "len": "2048"},
            "cert": {"status": self.status, "certificates": chain},
            "multisign": self.multisign,
            "SCAL": "2",
        }
        return told(known | ({"authMode": self.mode} if self._version == "v1" else {"auth": {"mode": self.mode}}))

    def _authorize(self, body: dict[str, object]) -> Answer:
        wanted = self._hashes(body)
        if len(wanted) != body["numSignatures"] or len(wanted) > self.multisign:
            return told({"error": "invalid_request", "error_description": "Invalid parameter numSignatures"}, 400)
        if self._version == "v1":
            consent = {name: body[name] for name in ("PIN", "OTP") if name in body}
        else:
            consent = {one["id"]: one["value"] for one in body.get("authData", [])}
        with self._lock:
            self.authorisations += 1
        if self.mode == "explicit" and consent.get("PIN", PIN) != PIN:
            return told({"error": "invalid_request", "error_description": f"Invalid parameter PIN {consent['PIN']}"}, 400)
        if self.mode == "explicit" and consent.get("OTP", "123456") != "123456":
            return told({"error": "invalid_otp"}, 400)
        if self.mode == "implicit" and self.person.agrees is None:
            self.decided.wait(20)
        if not self.person.agrees:
            return told({"error": "access_denied", "error_description": "The user rejected the transaction"}, 400)
        with self._lock:
            self.approvals += 1
            sad = f"SAD-{next(self._names)}"
            self._sads[sad] = wanted
        return told({"SAD": sad, "expiresIn": self.life})

    def _sign(self, body: dict[str, object]) -> Answer:
        with self._lock:
            agreed = self._sads.pop(body["SAD"], None)
        if agreed is None:
            return told({"error": "invalid_request", "error_description": "Invalid parameter SAD"}, 400)
        hashed = body.get("hashAlgo") if self._version == "v1" else body.get("hashAlgorithmOID")
        if self._hashes(body) != agreed or body["signAlgo"] != RSA or hashed != SHA256:
            return told({"error": "invalid_request", "error_description": "Invalid parameter hash"}, 400)
        with self._lock:
            self.signings += 1
        return told({"signatures": [base64.encodebytes(self._signature(base64.b64decode(one))).decode() for one in agreed]})

    def _signature(self, digest: bytes) -> bytes:
        return self._held.key.sign(digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))

    def _hashes(self, body: dict[str, object]) -> list[str]:
        return body["hash"] if self._version == "v1" else body["hashes"]

    def _above(self) -> list[x509.Certificate]:
        return [self._held.issuer.certificate] if self._held.issuer else []


@contextmanager
def csc_service(
    folder: Path,
    *,
    person: Person = APPROVES,
    mode: str = "implicit",
    multisign: int = 100,
    version: str = "v1",
    life: int = 300,
    held: Held | None = None,
) -> Iterator[CscService]:
    """mode: `implicit` asks the person on their telephone, `explicit` wants PIN. life: seconds of an authorisation. held: whose key.

    folder gets `root.pem`, to trust what is signed.
    """
    root = (held.issuer if held else None) or issue("CA ký từ xa – KHÔNG CÓ GIÁ TRỊ PHÁP LÝ", 70, ca=True)
    root.pem(folder / "root.pem")
    held = held or issue("Người ký từ xa – KHÔNG CÓ GIÁ TRỊ PHÁP LÝ", 71, issuer=root)
    service = CscService(held, person, mode=mode, multisign=multisign, version=version, life=life)
    with loopback(service.work, service.faults) as service.url:
        yield service
        service.decided.set()


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
