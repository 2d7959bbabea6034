"""Tokens of software for the tests: SoftHSM2 with a folder and a configuration of its own, filled by a process of its own."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from sohoa.signing.signers.holder import HashJob, KeyHolder, Signed
from sohoa.signing.signers.pins import PinNeeded
from sohoa.signing.signers.pkcs11 import Pkcs11Holder
from tests.signing.pki import NOW, YEAR

LIBRARY = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN, SO_PIN = "mat-khau-7291", "quan-tri-5678"
WORTHLESS = "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ"

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
REST = timedelta(minutes=1)  # of the holders in these tests

_FILL = """
import json, sys
import pkcs11
from pkcs11 import Attribute, ObjectClass
from pkcs11.util.ec import decode_ec_private_key
from pkcs11.util.rsa import decode_rsa_private_key
from pkcs11.util.x509 import decode_x509_certificate
wish = json.load(sys.stdin)
token = pkcs11.lib(wish["library"]).get_token(token_label=wish["label"])
with token.open(rw=True, user_pin=wish["pin"]) as session:
    for thing in wish["things"]:
        about = {Attribute.TOKEN: True, Attribute.LABEL: thing["label"], Attribute.ID: bytes.fromhex(thing["id"])}
        if thing["certificate"]:
            certificate = decode_x509_certificate(bytes.fromhex(thing["certificate"]))
            session.create_object({**certificate, **about, Attribute.PRIVATE: thing["hidden"]})
        if thing["key"]:
            decode = decode_rsa_private_key if thing["kind"] == "rsa" else decode_ec_private_key
            key = {**decode(bytes.fromhex(thing["key"])), **about, Attribute.PRIVATE: True, Attribute.SENSITIVE: True}
            session.create_object({**key, Attribute.SIGN: thing["may_sign"], Attribute.ALWAYS_AUTHENTICATE: thing["every_time"]})
"""


@dataclass(frozen=True)
class Placed:
    """A certificate and a key (either may be missing) under one id and label.

    hidden: the certificate shows only after a login. every_time: the key wants the PIN for every signature. may_sign: CKA_SIGN.
    """

    certificate: x509.Certificate | None
    key: Key | None
    id: str = "01"
    label: str = "CoQuan"
    hidden: bool = False
    every_time: bool = False
    may_sign: bool = True

    def as_json(self) -> dict[str, object]:
        der = self.certificate.public_bytes(serialization.Encoding.DER).hex() if self.certificate else ""
        key, kind = "", ""
        if self.key:
            kind = "rsa" if isinstance(self.key, rsa.RSAPrivateKey) else "ec"
            # As each kind is read by python-pkcs11: PKCS#1, SEC 1.
            packed = self.key.private_bytes(
                serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
            )
            key = packed.hex()
        flags = {"hidden": self.hidden, "every_time": self.every_time, "may_sign": self.may_sign}
        return {"certificate": der, "key": key, "kind": kind, "id": self.id, "label": self.label, **flags}


class SoftTokens:
    """The tokens of one SoftHSM2 configuration. `environment` points to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "tokens"
        self.folder.mkdir()
        self.configuration = folder / "softhsm2.conf"
        self.configuration.write_text(f"directories.tokendir = {self.folder}\nobjectstore.backend = file\nlog.level = ERROR\n")

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "SOFTHSM2_CONF": str(self.configuration)}

    def add(self, label: str, things: Sequence[Placed], *, pin: str = PIN) -> str:
        """A new token; gives its serial number."""
        command = ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", SO_PIN]
        subprocess.run(command, env=self.environment, capture_output=True, check=True, timeout=30)
        wish = {"library": str(LIBRARY), "label": label, "pin": pin, "things": [thing.as_json() for thing in things]}
        subprocess.run(
            [sys.executable, "-c", _FILL],
            input=json.dumps(wish).encode(),
            env=self.environment,
            capture_output=True,
            check=True,
            timeout=30,
        )
        return self._told(label, "Serial number")

    def log_in(self, label: str, pin: str) -> bool:
        """What another program does that uses the token; whether the token let it in."""
        ask = "import sys, pkcs11; pkcs11.lib(sys.argv[1]).get_token(token_label=sys.argv[2]).open(user_pin=sys.argv[3])"
        command = [sys.executable, "-c", ask, str(LIBRARY), label, pin]
        return subprocess.run(command, env=self.environment, capture_output=True, check=False, timeout=30).returncode == 0

    def _told(self, label: str, what: str) -> str:
        shown = subprocess.run(
            ["softhsm2-util", "--show-slots"], env=self.environment, capture_output=True, text=True, check=True, timeout=30
        ).stdout
        for slot in shown.split("Slot ")[1:]:
            lines = dict(line.strip().split(":", 1) for line in slot.splitlines() if ":" in line)
            if lines.get("Label", "").strip() == label:
                return lines[what].strip()
        raise LookupError(label)


def certificate_for(
    key: Key,
    name: str = f"Đơn vị thử – {WORTHLESS}",
    *,
    issuer: tuple[x509.Certificate, Key] | None = None,
    ca: bool = False,
    encrypts: bool = False,
    start: datetime = NOW - YEAR,
    end: datetime = NOW + YEAR,
) -> x509.Certificate:
    """encrypts: a certificate for encryption, as many tokens carry beside the one that signs."""
    subject = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"), x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signs = not ca and not encrypts
    usage = x509.KeyUsage(signs, signs, encrypts, False, False, ca, ca, False, False)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(issuer[1] if issuer else key, hashes.SHA256())
    )


def job(attributes: bytes = b"1") -> HashJob:
    return HashJob(hashlib.sha256(attributes).hexdigest(), "Quyết định số 5", attributes, "00" * 32)


def signature_by(holder: KeyHolder, attributes: bytes) -> bytes:
    asked = job(attributes)
    answer = holder.sign_hashes([asked], transaction="1")
    assert isinstance(answer, Signed)
    return answer.signatures[asked.id]


CURVE, OTHER_CURVE = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
OURS = certificate_for(CURVE)


class Person:
    """Who is asked for a PIN, and remembers how often."""

    def __init__(self, answer: str | None = PIN) -> None:
        self.answer = answer
        self.asked: list[PinNeeded] = []

    def __call__(self, needed: PinNeeded) -> str | None:
        self.asked.append(needed)
        return self.answer


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def signs(holder: Pkcs11Holder, attributes: bytes = b"attributes") -> bool:
    holder.identity().must_fit(attributes, signature_by(holder, attributes))
    return True


def process_of(holder: Pkcs11Holder) -> int:
    process = holder.state().process
    assert process is not None
    return process
