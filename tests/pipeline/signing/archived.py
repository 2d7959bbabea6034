"""Papers signed with the test PKI and archived as the product does it, and an office whose services are that PKI's."""

from __future__ import annotations

import hashlib
import io
from datetime import datetime
from pathlib import Path

import pikepdf

from sohoa.pipeline.signing.office import SigningOffice, open_office
from sohoa.signing.pades.held import Level
from sohoa.signing.pades.levels import raise_level
from sohoa.storage.archive import Content, Deposit, Lock, deposit
from sohoa.storage.catalogue.records import Record
from sohoa.storage.objects.model import ObjectStore
from tests.signing.authority import Pki
from tests.signing.pki import write_paper
from tests.signing.quick import quickly_signed, services_of

LOCK = Lock("GOVERNANCE", 2)


def signed_paper(path: Path, pki: Pki, *, when: datetime, kind: str = "rsa2048", level: Level = Level.B_B) -> Path:
    """`path` tells the paper from others: no two have the same bytes."""
    told_apart(write_paper(path))
    services = services_of(pki)
    stamped_by = services.tsa if level > Level.B_B else None
    document: io.BytesIO = quickly_signed(path, pki.signer(kind), stamped_by=stamped_by, when=when)
    raise_level(document, wanted=level, services=services, now=when)
    path.write_bytes(document.getvalue())
    return path


def plain_paper(path: Path) -> Path:
    """A page that makes no claim to be PDF/A; `path` tells it from others."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        pdf.save(path)
    return told_apart(path)


def told_apart(path: Path) -> Path:
    """With its path among its bytes: files made within the same second would else be one and the same."""
    path.write_bytes(path.read_bytes() + f"\n% {path}\n".encode())
    return path


def archive(
    signed: Path,
    store: ObjectStore,
    *,
    now: datetime,
    level: Level = Level.B_B,
    on_arrival: bool = False,
    verdict: str = "undetermined",
) -> Record:
    """verdict: of validation then; a file that says nothing of revocation is in doubt."""
    sha256 = hashlib.sha256(signed.read_bytes()).hexdigest()
    return deposit(
        Deposit(
            source_sha256=sha256,
            source_name="giay.pdf",
            contents=[Content("original" if on_arrival else "record", signed, ".pdf", "application/pdf")],
            type={"code": "QĐ", "name": "Quyết định", "confidence": 0.98, "agreement": "title+notation", "witnesses": {}},
            fields={},
            needs_review=(),
            flags=(),
            pages=1,
            confidence=0.9,
            signed_on_arrival=on_arrival,
            signature={"level": level.said, "verdict": verdict} if verdict else {},
        ),
        store,
        LOCK,
        now=now,
    )


def office_of(home: Path, pki: Pki, *, tsa: str | None = None, services: bool = True, more: str = "") -> SigningOffice:
    home.mkdir(parents=True, exist_ok=True)
    told = f'[trust]\nroots = ["{pki.root_pem}"]\n{more}'
    if services:
        told = f'[services]\ntimestamps = ["{tsa or pki.tsa_url}"]\n' + told
    (home / "signing.toml").write_text(told, encoding="utf-8")
    return open_office(home)
