"""Jobs to be signed, and the patience and the clock of the one who asks; for the tests of every remote key holder."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

from pyhanko.sign.signers import ExternalSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from sohoa.signing.names import from_der
from sohoa.signing.signers.holder import Answer, HashJob, Identity, KeyHolder, Pending
from tests.signing.pki import NOW

TRANSACTION = hashlib.sha256(b"lo ky 1").hexdigest()


def jobs(count: int, *, identity: Identity | None = None) -> list[HashJob]:
    """identity: with real signed attributes, which name its certificate; else any bytes."""
    made: list[HashJob] = []
    for number in range(count):
        document = hashlib.sha256(f"văn bản {number}".encode()).digest()
        attributes = attributes_for(identity, document) if identity else b"attributes %d" % number
        name = hashlib.sha256(b"job %d" % number).hexdigest()
        made.append(HashJob(name, f"Quyết định số {number:02d}/QĐ-UBND", attributes, document.hex()))
    return made


def attributes_for(identity: Identity, document: bytes) -> bytes:
    return asyncio.run(external(identity).signed_attrs(document, "sha256", use_pades=True)).dump()


def external(identity: Identity, signature: bytes = bytes(256)) -> ExternalSigner:
    store = SimpleCertificateStore()
    store.register_multiple(from_der(one) for one in identity.chain)
    return ExternalSigner(signing_cert=from_der(identity.certificate), cert_registry=store, signature_value=signature)


class Clock:
    def __init__(self) -> None:
        self.moment = NOW

    def __call__(self) -> datetime:
        return self.moment

    def later(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


def answered(holder: KeyHolder, asked: Sequence[HashJob], transaction: str = TRANSACTION) -> Answer | None:
    """Polls until it is no longer Pending; gives up after some ten seconds."""
    pause = threading.Event()
    for _ in range(2000):
        answer = holder.poll(transaction, asked)
        if not isinstance(answer, Pending):
            return answer
        pause.wait(0.005)
    raise AssertionError("still pending")
