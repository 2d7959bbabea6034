"""The signatures of a PDF: one report each, one verdict for the file. Offline, against roots that the caller names.

The order of looking is EN 319 102-1's (format, bytes, certificate, time), and to that what only PDF needs: what the signature
covers, and what was added to the file afterwards. Bytes that are not what was signed make `failed`; a chain, an algorithm or a
revocation that cannot be settled from what is at hand makes `undetermined`, never a yes and never a no.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from pyhanko.pdf_utils.misc import PdfDecodeLimitError
from pyhanko.pdf_utils.reader import PdfFileReader

from sohoa.kernel.verdicts import Outcome, worst
from sohoa.signing.model import FileReport, SignatureReport
from sohoa.signing.names import Asn1Certificate
from sohoa.signing.opening import PdfDamaged, has_signatures, opened
from sohoa.signing.validation.crypto import Surroundings
from sohoa.signing.validation.digests import read_once
from sohoa.signing.validation.evidence import evidence_in_document, evidence_in_signature
from sohoa.signing.validation.judge import judged, unreadable, unsettled
from sohoa.signing.validation.policy import DEFAULT_POLICY, Policy
from sohoa.signing.validation.proofs import Proof, Proofs
from sohoa.signing.validation.reading import Kind, signatures_in
from sohoa.signing.validation.trust import Trusted, trusted_roots

__all__ = ["has_signatures", "validate_pdf"]


def validate_pdf(path: Path, *, trust: Sequence[Trusted], now: datetime, policy: Policy = DEFAULT_POLICY) -> FileReport:
    """Judge every signature of the file. trust: root certificates, as PEM or DER files or as values; empty means nobody is trusted.

    A file without signatures gives an empty report with verdict `undetermined` (reason NO_SIGNATURE).
    `now` is the moment of judging: a chain is judged as of a trusted timestamp where the signature has one, else as of `now`,
    because a claimed time proves nothing; a certificate that has since expired is then a doubt (OUT_OF_BOUNDS_NO_POE).
    What makes `ok` when no revocation data is at hand: see Policy. No network is used. Call it outside any running event loop.
    For files of strangers use within_limits.Validator: this one takes the time and memory that a file asks for, but for streams that
    unpack to far more than they are (LIMIT_EXCEEDED).
    Raises FileUnreadable, NotAPdf, PdfEncrypted, PdfDamaged, TrustUnreadable, TrustIsNotAuthority.
    """
    roots = trusted_roots(trust)
    try:
        with opened(path, encrypted=True) as reader:
            reports = asyncio.run(_reports(reader, roots, now, policy))
    except PdfDamaged as damaged:
        if isinstance(damaged.__cause__, PdfDecodeLimitError):
            return FileReport(Outcome.UNDETERMINED, (unsettled("", "LIMIT_EXCEEDED"),))
        raise
    if not reports:
        return FileReport(Outcome.UNDETERMINED)
    return FileReport(worst(one.verdict for one in reports), tuple(reports))


async def _reports(
    reader: PdfFileReader, roots: tuple[Asn1Certificate, ...], now: datetime, policy: Policy
) -> list[SignatureReport]:
    signatures, unread = signatures_in(reader)
    read_once(signatures)
    document = evidence_in_document(reader, [one.revision for one in signatures if one.kind is Kind.STAMP])
    proofs = Proofs(now)
    reports: dict[int, SignatureReport] = {}  # by the value's identity; names of fields may come twice in a file made to deceive
    # Document timestamps first, the newest before the others: each settles the time as of which the earlier ones are judged.
    for signature in sorted(signatures, key=lambda one: (one.kind is not Kind.STAMP, -one.revision)):
        others = [other for other in signatures if other is not signature]
        around = Surroundings(roots, document + evidence_in_signature(signature), proofs)
        found = await judged(signature, others=others, around=around, document=document, policy=policy)
        reports[id(signature)] = found.report
        if found.proves is not None:
            proofs = proofs.and_(Proof(signature.revision, found.proves))
    return [reports[id(one)] for one in signatures] + [unreadable(one.field, known=one.known) for one in unread]
