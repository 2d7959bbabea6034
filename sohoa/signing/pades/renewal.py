"""When a signed file has to be renewed: before what its proof of time rests on ends or weakens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from sohoa.signing.opening import opened
from sohoa.signing.pades.held import Held, Speaker, held_in
from sohoa.signing.trustservices.chain import chain_of


@dataclass(frozen=True, slots=True)
class Strength:
    """Until when algorithms are good for proving something; what is not named is good without end.

    hashes: by name (`sha256`). rsa: by the size that is no longer enough from then on: {3072: …} is about keys shorter than 3072.
    The dates are a matter of policy (ETSI TS 119 312, national rules) and change; they come from the settings.
    """

    hashes: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    rsa: Mapping[int, datetime] = field(default_factory=dict[int, datetime])


@dataclass(frozen=True, slots=True)
class RenewalDue:
    """by: the moment after which it is too late."""

    reason: Literal["certificate_ends", "algorithm_weakens"]
    by: datetime


UNLIMITED = Strength()


def renewal_due(path: Path, *, now: datetime, margin: timedelta, strength: Strength = UNLIMITED) -> RenewalDue | None:
    """Whether the file has to be renewed within `margin`; None: not yet, or there is nothing to renew because nobody signed.

    Looked at is what everything rests on: the newest timestamp with the certificates above it; in a file without one, the
    signers' certificates, after whose end nothing would prove when it was signed.
    Raises FileUnreadable, NotAPdf, PdfDamaged, PdfEncrypted.
    """
    with opened(path) as reader:
        held = held_in(reader)
    due = min(_ends(held, strength), key=lambda one: one.by, default=None)
    return due if due is not None and due.by - now <= margin else None


def _ends(held: Held, strength: Strength) -> list[RenewalDue]:
    newest = held.newest
    speakers = [newest.speaker] if newest else [one.speaker for one in held.signatures]
    ends: list[RenewalDue] = []
    for speaker in speakers:
        for certificate in _with_those_above(speaker):
            ends.append(RenewalDue("certificate_ends", certificate.not_valid_after_utc))
            key = certificate.public_key()
            if isinstance(key, rsa.RSAPublicKey):
                ends += [RenewalDue("algorithm_weakens", end) for size, end in strength.rsa.items() if key.key_size < size]
    used = newest.hashes if newest else frozenset[str]()
    return ends + [RenewalDue("algorithm_weakens", end) for name, end in strength.hashes.items() if name in used]


def _with_those_above(speaker: Speaker) -> tuple[x509.Certificate, ...]:
    """As far as they came along. Raises ValueError for a certificate that cannot be read."""
    return chain_of(speaker.certificate, speaker.carried, trust=(), fetch=lambda _: ()).certificates
