"""Signing a PDF from beginning to end with a key at hand: PAdES baseline B."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from sohoa.kernel.durable import copy_durably
from sohoa.signing.model import SignedPdf
from sohoa.signing.opening import opened
from sohoa.signing.pades.cms import envelope_of
from sohoa.signing.pades.prepare import fill, prepare
from sohoa.signing.signers.cached_key import CachedKeySigner
from sohoa.signing.signers.holder import DIGEST, Identity, Mechanism


def sign_pdf(
    source: Path,
    target: Path,
    *,
    signer: CachedKeySigner,
    field_name: str = "CoQuan",
    reason: str,
    location: str | None,
    when: datetime,
) -> SignedPdf:
    """Write `source` with one more signature to `target`, wholly or not at all; `source` is not touched.

    An invisible PAdES-B-B approval signature (ETSI.CAdES.detached, RSA PKCS#1 v1.5, SHA-256) as an incremental update, so PDF/A-2b
    stays PDF/A-2b and earlier signatures stay valid. `when` is the time claimed by the signer. Memory does not grow with the file.
    Call it outside any running event loop. Raises FileUnreadable, NotAPdf, PdfDamaged, PdfEncrypted, PdfNotSignable, FieldFilled,
    CertificateOutOfDate.
    """
    signer.must_be_valid_at(when)
    identity = _identity(signer)
    target.parent.mkdir(parents=True, exist_ok=True)
    # A file without a name: if we are killed, nothing half signed is left behind.
    with tempfile.TemporaryFile(dir=target.parent) as document:
        with opened(source) as reader:
            prepared = prepare(
                reader, document, identity=identity, field_name=field_name, reason=reason, location=location, when=when
            )
        signature = signer.sign_raw(prepared.attributes, DIGEST)
        identity.must_fit(prepared.attributes, signature)
        fill(document, prepared, envelope_of(identity).packed(prepared.attributes, signature))
        size = document.seek(0, 2)
        document.seek(0)
        sha256 = copy_durably(document, target)
    return SignedPdf("PAdES-B-B", signer.name, signer.fingerprint, when, sha256, size)


def _identity(signer: CachedKeySigner) -> Identity:
    chain = tuple(one.public_bytes(Encoding.DER) for one in signer.chain)
    return Identity(signer.certificate.public_bytes(Encoding.DER), chain, Mechanism.RSA_PKCS1)
