"""When an evidence record has to be renewed, and how: before what it rests on ends or weakens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from cryptography.hazmat.primitives.asymmetric import rsa

from sohoa.signing.evidence_records.asn1 import read_record
from sohoa.signing.evidence_records.keeping import BROKEN
from sohoa.signing.evidence_records.model import EvidenceUnreadable
from sohoa.signing.evidence_records.stamps import Token, read
from sohoa.signing.pades.renewal import UNLIMITED, Strength
from sohoa.signing.trustservices.chain import chain_of
from sohoa.signing.trustservices.tsa import read_token


@dataclass(frozen=True, slots=True)
class EvidenceDue:
    """how: renew_timestamps, or renew_trees, which does for both. by: the moment after which it is too late."""

    how: Literal["timestamp", "tree"]
    by: datetime


def evidence_due(record: bytes, *, now: datetime, margin: timedelta, strength: Strength = UNLIMITED) -> EvidenceDue | None:
    """What has to be done within `margin`; None: nothing yet. Of both, the tree. Raises EvidenceUnreadable."""
    newest = read_record(record).newest
    token = read(newest.token)
    if not isinstance(token, Token):
        raise EvidenceUnreadable(why=token.reason)
    # The same hash in the token is not a reason of its own: the tree's end is its end.
    tree = strength.hashes.get(newest.digest)
    ends = [EvidenceDue("tree", tree)] if tree is not None else []
    ends.append(EvidenceDue("timestamp", min(_ends(token, strength))))
    return next((one for one in ends if one.by - now <= margin), None)


def _ends(token: Token, strength: Strength) -> list[datetime]:
    stamped, _ = read_token(token.der)
    try:
        chain = chain_of(stamped.certificate, stamped.certificates, trust=(), fetch=lambda _: ())
    except BROKEN as broken:
        raise EvidenceUnreadable(why=type(broken).__name__) from broken
    ends = [strength.hashes[name] for name in token.hashes if name in strength.hashes]
    for certificate in chain.certificates:
        ends.append(certificate.not_valid_after_utc)
        key = certificate.public_key()
        if isinstance(key, rsa.RSAPublicKey):
            ends += [end for size, end in strength.rsa.items() if key.key_size < size]
    return ends
