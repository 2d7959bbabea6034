"""A paper signed in memory with a key of the test PKI, without the flow around it; and services that ask that PKI."""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from pyhanko.pdf_utils.reader import PdfFileReader

from sohoa.kernel.durable import copy_durably
from sohoa.signing.flow.finishing import Finishing
from sohoa.signing.flow.job import Job
from sohoa.signing.flow.journal import Journal
from sohoa.signing.flow.session import Request, SigningSession
from sohoa.signing.http import Http
from sohoa.signing.opening import opened
from sohoa.signing.pades.cms import envelope_of
from sohoa.signing.pades.levels import TrustServices
from sohoa.signing.pades.prepare import INVISIBLE, Placed, fill, prepare
from sohoa.signing.signers.holder import KeyHolder
from sohoa.signing.trustservices.revocation import RevocationService
from sohoa.signing.trustservices.tsa import TimestampAuthority
from tests.signing.authority import Pki, Signer, der
from tests.signing.pki import NOW


def sign_pdf(
    source: Path,
    target: Path,
    *,
    signer: KeyHolder,
    field_name: str = "CoQuan",
    reason: str = "Số hóa",
    location: str | None = None,
    when: datetime = NOW,
    place: Callable[[PdfFileReader], Placed] = lambda _: INVISIBLE,
) -> Job:
    """One paper through the whole flow, with a key at hand and no services. Raises what the flow tells."""

    def put(job: Job, signed: Path) -> None:
        with signed.open("rb") as made:
            copy_durably(made, target)

    with tempfile.TemporaryDirectory() as room:
        journal = Journal(Path(room) / "journal")
        finishing = Finishing(journal, None, [], put, lambda: when)
        session = SigningSession(journal, signer, finishing, lambda: when, lambda _: None, lambda *_: None)
        wanted = Request(source, "Giấy tờ mẫu", "", field=field_name, reason=reason, location=location, place=place)
        (result,) = session.sign([wanted])
    if result.error:
        raise result.error
    assert result.job is not None
    return result.job


def quickly_signed(
    paper: Path, signer: Signer, *, stamped_by: TimestampAuthority | None = None, field: str = "CoQuan", when: datetime = NOW
) -> io.BytesIO:
    """B-B, or B-T when there is somebody to stamp it."""
    document = io.BytesIO()
    identity = signer.identity
    room = stamped_by.size_of_token() if stamped_by else 0
    with opened(paper) as reader:
        prepared = prepare(
            reader, document, identity=identity, field_name=field, reason=None, location=None, when=when, timestamp_size=room
        )
    signature = signer.sign(prepared.attributes)
    stamp = stamped_by.stamp(hashlib.sha256(signature).digest()) if stamped_by else None
    fill(document, prepared, envelope_of(identity).packed(prepared.attributes, signature, timestamp=stamp))
    return document


def services_of(pki: Pki, *, tsa: str | None = None) -> TrustServices:
    """Fresh ones: nothing is known from before. tsa: address of another authority than the good one."""
    http = Http(connect=2, read=5)
    return TrustServices(TimestampAuthority(tsa or pki.tsa_url, http), RevocationService(http), (der(pki.root),))
