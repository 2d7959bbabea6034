"""A stand-in for VNPT SmartCA, which cannot be had here, made from VNPT's published integration document (v1 with the telephone, v2 with
password and one-time code). What it says where the document is silent (a declined, expired or unknown transaction) is a guess, and
named so in the product. Its keys count for nothing."""

from __future__ import annotations

import base64
import itertools
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding

from sohoa.signing.signers.holder import Identity, Mechanism
from sohoa.signing.signers.sp769 import Account
from tests.signing.pki import Held, issue
from tests.signing.services.loopback import Answer, Faults, loopback, told
from tests.signing.services.person import APPROVES_LATER, Person

ACCOUNT = Account("4184-mau.apps.signserviceapi.com", "mat-khau-ket-noi", "001099000001")
PASSWORD, OTP = "mat-khau-nguoi-ky", "249560"


@dataclass
class Transaction:
    files: list[tuple[str, bytes]]
    polls: int = 0
    sad: str | None = None
    signatures: list[dict[str, object]] | None = None


class Sp769Service:
    """authorisations: how often somebody was asked (or a v2 transaction began). approvals: how often they agreed.

    offered: the certificates of the account, the one that signs first. packed: how a signature is wrapped (raw unless said).
    """

    def __init__(self, held: Held, person: Person) -> None:
        self.url, self.faults, self.person = "", Faults(), person
        self.offered: list[Held] = [held]
        self.authorisations = self.approvals = 0
        self.expired = False
        self.packed: Callable[[bytes, bytes], bytes] = lambda signature, digest: signature
        self.seen: list[tuple[str, dict[str, object]]] = []
        self._lock, self._names = threading.Lock(), itertools.count(1)
        self._transactions: dict[str, Transaction] = {}

    @property
    def identity(self) -> Identity:
        held = self.offered[0]
        above = (_der(held.issuer.certificate),) if held.issuer else ()
        return Identity(_der(held.certificate), above, Mechanism.RSA_PKCS1)

    def restart(self, *, forgetting: bool) -> None:
        """Comes back with all its transactions, or with none."""
        with self._lock:
            if forgetting:
                self._transactions.clear()

    def asked(self, path_end: str) -> list[dict[str, object]]:
        return [body for path, body in self.seen if path.endswith(path_end)]

    def work(self, path: str, headers: Mapping[str, str], raw: bytes) -> Answer:
        body = json.loads(raw)
        with self._lock:
            self.seen.append((path, body))
            if path.startswith("/v1/signatures/sign/") and path.endswith("/status"):
                return self._status(path.removeprefix("/v1/signatures/sign/").removesuffix("/status"))
            if (body.get("sp_id"), body.get("sp_password")) != (ACCOUNT.sp_id, ACCOUNT.sp_password):
                return _said(401, "SP_CREDENTIAL_INVALID")
            steps = {
                "/v1/credentials/get_certificate": self._certificates,
                "/v1/signatures/sign": self._sign,
                "/v2/signatures/sign": self._sign_unattended,
                "/v2/signatures/confirm": self._confirm,
            }
            return steps[path](body) if path in steps else _said(400, "BAD_REQUEST")

    def _certificates(self, body: dict[str, object]) -> Answer:
        offered = [
            {
                "service_type": "SMARTCA" if number == 0 else "ESEAL",
                "cert_status": "Đang hoạt động",
                "serial_number": f"{held.certificate.serial_number:x}",
                "cert_data": base64.encodebytes(_der(held.certificate)).decode().replace("\n", "\r\n"),
                "chain_data": {"ca_cert": base64.b64encode(_der(held.issuer.certificate)).decode(), "root_cert": None},
                "transaction_id": body["transaction_id"],
            }
            for number, held in enumerate(self.offered)
        ]
        return _said(200, "Success", {"user_certificates": offered})

    def _begin(self, body: dict[str, object]) -> Transaction | None:
        name = str(body["transaction_id"])
        if name in self._transactions:
            return None
        self.authorisations += 1
        files = [(one["doc_id"], bytes.fromhex(one["data_to_be_signed"])) for one in body["sign_files"]]
        self._transactions[name] = Transaction(files)
        return self._transactions[name]

    def _sign(self, body: dict[str, object]) -> Answer:
        if self._begin(body) is None:
            return _said(400, "TRANSACTION_ID_DUPLICATED")
        code = f"acd9be84-{next(self._names)}"
        self._transactions[code] = self._transactions[str(body["transaction_id"])]
        return _said(200, "sig_wait_for_user_confirm", {"transaction_id": body["transaction_id"], "tran_code": code})

    def _sign_unattended(self, body: dict[str, object]) -> Answer:
        if (body["password"], body["otp"]) != (PASSWORD, OTP):
            return _said(400, "OTP_INVALID")
        begun = self._begin(body)
        if begun is None:
            return _said(400, "TRANSACTION_ID_DUPLICATED")
        begun.sad = f"eyJ0{next(self._names)}"
        told_so = {"transaction_id": body["transaction_id"], "tran_code": "b40d5ec4", "sad": begun.sad, "expired_in": 299}
        return _said(200, "sig_wait_for_user_confirm", told_so)

    def _confirm(self, body: dict[str, object]) -> Answer:
        begun = self._transactions.get(str(body["transaction_id"]))
        if begun is None or begun.sad is None or begun.sad != body["sad"] or body["password"] != PASSWORD:
            return _said(400, "SAD_INVALID")
        begun.sad = None
        self._agreed(begun)
        return _said(200, "Success", {"transaction_id": body["transaction_id"], "signatures": begun.signatures})

    def _status(self, name: str) -> Answer:
        known = self._transactions.get(name)
        if known is None:
            return _said(404, "TRANSACTION_NOT_FOUND")
        known.polls += 1
        if known.signatures is None and self.expired:
            return _said(400, "TRANSACTION_EXPIRED")
        if known.signatures is None and known.polls > self.person.after and known.sad is None:
            if self.person.agrees is False:
                return _said(400, "USER_REJECTED")
            if self.person.agrees:
                self._agreed(known)
        if known.signatures is None:
            return _said(200, "sig_wait_for_user_confirm", {"transaction_id": name})
        return _said(200, "SUCCESS", {"transaction_id": name, "signatures": known.signatures})

    def _agreed(self, known: Transaction) -> None:
        self.approvals += 1
        known.signatures = [
            {"doc_id": name, "signature_value": base64.b64encode(self._signature(digest)).decode(), "timestamp_signature": None}
            for name, digest in known.files
        ]

    def _signature(self, digest: bytes) -> bytes:
        return self.packed(self.offered[0].key.sign(digest, padding.PKCS1v15(), Prehashed(hashes.SHA256())), digest)


@contextmanager
def sp769_service(folder: Path, *, person: Person = APPROVES_LATER, held: Held | None = None) -> Iterator[Sp769Service]:
    """folder gets `root.pem`, to trust what is signed."""
    root = (held.issuer if held else None) or issue("CA SmartCA mẫu – KHÔNG CÓ GIÁ TRỊ PHÁP LÝ", 70, ca=True)
    root.pem(folder / "root.pem")
    service = Sp769Service(held or issue("Người ký SmartCA – KHÔNG CÓ GIÁ TRỊ PHÁP LÝ", 71, issuer=root), person)
    with loopback(service.work, service.faults) as service.url:
        yield service


def _said(status: int, message: str, data: object = None) -> Answer:
    """The document shows the status in the body and calls some of them HTTP's own: both are sent."""
    return told({"status_code": status, "message": message, "data": data}, status)


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
