"""The log with what an office has: its key, its time-stamping service, its trusted roots. What the commands and workers call.

fix(office, store, lock, now=now())             # a checkpoint over all events
fix_when_due(office, store, lock, now=now())    # at the end of a run: only when an hour has passed; never fails the run
checked(office, store, now=now(), ...)          # sohoa audit verify
receipt(office, store, lock, about, now=now())  # sohoa audit prove; makes a checkpoint first where none covers the event
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sohoa.kernel.errors import SohoaError
from sohoa.kernel.verdicts import Outcome, Verdict
from sohoa.pipeline.signing.office import SigningOffice
from sohoa.signing.evidence_records.keeping import BROKEN, with_validation_data
from sohoa.signing.evidence_records.stamps import Token, judge, read
from sohoa.signing.trustservices.revocation import ValidationData
from sohoa.signing.validation.evidence import Evidence
from sohoa.signing.validation.trust import Trusted, trusted_roots
from sohoa.storage.archive import Lock
from sohoa.storage.audit import chain
from sohoa.storage.audit.checkpoint import Checkpoint, Stamp, TimeStamp
from sohoa.storage.audit.keys import LogKey, known_keys, open_key, public_key
from sohoa.storage.audit.making import EVERY, Made, checkpoint, due
from sohoa.storage.audit.models import AuditCheckpoint
from sohoa.storage.audit.proving import Receipt, last_event, prove
from sohoa.storage.audit.verifying import LogReport, StampJudge, verify
from sohoa.storage.objects.model import ObjectStore

LARGEST = 64 << 10  # bytes kept beside a time stamp about its authority: answers are 1 to 4 KB, some lists are megabytes


def log_key(office: SigningOffice) -> LogKey:
    """Made at first use. Raises KeyUnreadable."""
    return open_key(office.home / "keys")


def fix(office: SigningOffice, store: ObjectStore, lock: Lock, *, now: datetime) -> Made | None:
    """As storage.audit.making.checkpoint, stamped where a time-stamping service is named."""
    return checkpoint(store, now=now, sign=log_key(office), stamp=stamp_of(office, now), retention=lock.retention(now))


def fix_when_due(
    office: SigningOffice, store: ObjectStore, lock: Lock, *, now: datetime, every: timedelta = EVERY
) -> Made | SohoaError | None:
    """None: not yet. An error is given back, not raised: what was archived is archived, and the next run tries again."""
    try:
        return fix(office, store, lock, now=now) if due(now, every) else None
    except SohoaError as failure:
        return failure


def stamp_of(office: SigningOffice, now: datetime) -> Stamp | None:
    """None: no service is named. The token stays as the service made it, so that openssl reads it; what is known of its authority is
    kept beside it."""
    if office.services is None:
        return None
    services = office.services

    def stamp(body: bytes) -> TimeStamp:
        made = services.tsa.stamped(hashlib.sha256(body).digest(), "sha256")
        try:
            known = services.revocation.data_for(made.certificate, made.certificates, trust=services.trust, now=now)
        except SohoaError:
            return TimeStamp(made.token)  # nobody can be asked about revocation now; the time is proven all the same
        if sum(map(len, (*known.certificates, *known.ocsps, *known.crls))) > LARGEST:
            return TimeStamp(made.token, known.certificates)
        return TimeStamp(made.token, known.certificates, known.ocsps, known.crls)

    return stamp


def checked(
    office: SigningOffice,
    store: ObjectStore,
    *,
    now: datetime,
    keys: Sequence[Path] = (),
    trust: Sequence[Path] = (),
    witness: Checkpoint | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> LogReport:
    """keys, trust: more public keys of the log, more roots of time-stamping authorities, than the home knows.

    Raises KeyUnreadable, TrustUnreadable, TrustIsNotAuthority and the store's errors.
    """
    ours = known_keys(office.home / "keys") | {public_key(one) for one in keys}
    return verify(store, keys=ours, judge=StampsJudged([*trust, *office.trust], now), witness=witness, progress=progress)


def receipt(
    office: SigningOffice, store: ObjectStore, lock: Lock, about: str, *, now: datetime, only: str = "", newest: bool = False
) -> Receipt:
    """Raises what prove() and checkpoint() raise. That it was made is an event of the log."""
    last = last_event(about, only=only)
    if not AuditCheckpoint.objects.filter(size__gte=last).exclude(sha256="").exists():
        fix(office, store, lock, now=now)
    made = prove(about, store, only=only, newest=newest)
    chain.append("audit.receipt_made", about, now=now, details={"events": len(made.events), "size": made.checkpoint.body.size})
    return made


@dataclass(slots=True)
class _Newest:
    """Of one authority's certificate: its last stamp and how many there are."""

    size: int
    token: Token
    count: int


@dataclass
class StampsJudged(StampJudge):
    """Every stamp's signature is checked; the trust in its authority once for each of its certificates, by its last stamp.

    A stamp is covered by the stamps of the checkpoints after it, so it need be good only until the next authority certificate's first
    one: an authority whose certificate ended years ago is still believed.
    """

    trust: Sequence[Trusted]
    now: datetime
    _newest: dict[bytes, _Newest] = field(default_factory=dict[bytes, _Newest])
    _proven_at: dict[bytes, datetime] = field(default_factory=dict[bytes, datetime])
    _last: bytes = b""

    def look(self, size: int, body: bytes, stamp: TimeStamp) -> tuple[datetime | None, str]:
        data = ValidationData(stamp.certificates, stamp.ocsps, stamp.crls)
        token = read(stamp.token)
        if isinstance(token, Verdict):
            return None, token.reason
        if token.digest != "sha256" or token.imprint != hashlib.sha256(body).digest():
            return None, "DATA_NOT_COVERED"
        try:
            whole = read(with_validation_data(stamp.token, data))
        except BROKEN:
            whole = token  # what lies beside it is broken; the token is not
        if isinstance(whole, Verdict):
            whole = token
        known = self._newest.get(token.certificate)
        self._newest[token.certificate] = _Newest(size, whole, known.count + 1 if known else 1)
        if self._last and self._last != token.certificate:
            self._proven_at[self._last] = token.time
        self._proven_at.pop(token.certificate, None)
        self._last = token.certificate
        return token.time, ""

    def close(self) -> Iterator[tuple[int, str]]:
        roots = tuple(root.dump() for root in trusted_roots(self.trust))
        for certificate, newest in self._newest.items():
            moment = self._proven_at.get(certificate, self.now)
            verdict = judge(newest.token, moment=moment, roots=roots, known=Evidence(), now=self.now).verdict
            if verdict.outcome is not Outcome.OK:
                yield newest.size, f"{verdict.reason} ({newest.count})"
