"""The log's own key: ECDSA on P-256, made at first use, in keys/audit-log.pem. It signs checkpoints and nothing else.

    key = open_key(home / "keys")           # made when there is none
    key.sign(body); key.public; key.fingerprint
    known_keys(home / "keys")               # whose signatures count: ours, and the public keys in keys/audit-log-former/

A new machine without the old key signs with a new one; the checkpoints of before are believed again once somebody has put the old
public key, whose fingerprint was written down, into keys/audit-log-former/.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

from sohoa.kernel.durable import write_durably
from sohoa.storage.audit.errors import KeyUnreadable

PRIVATE, FORMER = "audit-log.pem", "audit-log-former"
MOST_BYTES = 10_000  # of a key file

_UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm)


@dataclass(frozen=True, slots=True)
class LogKey:
    """public: DER (SubjectPublicKeyInfo)."""

    private: ec.EllipticCurvePrivateKey
    public: bytes

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.public)

    @property
    def public_pem(self) -> str:
        return self.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def sign(self, body: bytes) -> bytes:
        """DER, over SHA-256 of `body`."""
        return self.private.sign(body, ec.ECDSA(hashes.SHA256()))


def open_key(keys: Path) -> LogKey:
    """keys: folder. Made once, whoever else is starting up. Raises KeyUnreadable; OSError where the folder cannot be written."""
    place = keys / PRIVATE
    if not place.exists():
        pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write_new(place, pem)
    try:
        private = load_pem_private_key(_bytes_of(place), None)
    except _UNREADABLE as broken:
        raise KeyUnreadable(why=type(broken).__name__) from broken
    if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
        raise KeyUnreadable(why="not a key on P-256")
    return LogKey(private, private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def known_keys(keys: Path) -> frozenset[bytes]:
    """DER of the public keys whose signatures count; none where the log never had a key. Raises KeyUnreadable."""
    ours = {open_key(keys).public} if (keys / PRIVATE).exists() else set[bytes]()
    return frozenset(ours | {public_key(place) for place in sorted((keys / FORMER).glob("*.pem"))})


def public_key(place: Path) -> bytes:
    """DER of the public key in a PEM file. Raises KeyUnreadable."""
    try:
        key = load_pem_public_key(_bytes_of(place))
    except (OSError, *_UNREADABLE) as broken:
        raise KeyUnreadable(why=type(broken).__name__) from broken
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def is_signed(body: bytes, signature: bytes, public: bytes) -> bool:
    """public: DER, from whoever may have written anything."""
    try:
        key = load_der_public_key(public)
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        key.verify(signature, body, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, *_UNREADABLE):
        return False
    return True


def fingerprint(public: bytes) -> str:
    """SHA-256 of the DER, in eight groups that a person can compare."""
    told = hashlib.sha256(public).hexdigest()
    return " ".join(told[start : start + 8] for start in range(0, 64, 8))


def _write_new(place: Path, pem: bytes) -> None:
    """Of two processes that make the key at the same time, the first one's stays."""
    aside = place.with_name(f".{place.name}.{token_hex(4)}")
    write_durably(aside, pem, mode=0o600)
    try:
        with suppress(FileExistsError):
            os.link(aside, place)
    finally:
        aside.unlink()


def _bytes_of(place: Path) -> bytes:
    with place.open("rb") as stream:
        return stream.read(MOST_BYTES)
