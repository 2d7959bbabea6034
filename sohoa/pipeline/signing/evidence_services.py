"""With what an office makes, renews and judges evidence records: its time-stamping and revocation services, and its trusted roots."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.kernel.verdicts import Verdict
from sohoa.pipeline.signing.office import SigningOffice
from sohoa.signing.evidence_records.asn1 import read_record
from sohoa.signing.evidence_records.due import evidence_due
from sohoa.signing.evidence_records.keeping import complete, completed
from sohoa.signing.evidence_records.model import Data, EvidenceReport, Stamp
from sohoa.signing.evidence_records.verify import verify
from sohoa.signing.pades.levels import TrustServices
from sohoa.signing.pades.renewal import UNLIMITED, Strength
from sohoa.signing.trustservices.answers import RevocationUnavailable
from sohoa.signing.trustservices.chain import chain_of
from sohoa.signing.trustservices.revocation import ValidationData
from sohoa.signing.trustservices.tsa import Stamped
from sohoa.signing.validation.trust import Trusted

EVER = timedelta(days=365_000)


class EvidenceWithoutService(SohoaError):
    code, exit_code = "pipeline.evidence_without_service", Exit.USAGE
    vi = "Chưa khai dịch vụ cấp dấu thời gian, nên không lập hay gia hạn chứng cứ được."
    en = "No time-stamping service is named, so no evidence record can be made or renewed."
    remedy = "Khai services.timestamps trong signing.toml (xem docs/vi/ky-so.md), rồi chạy lại."
    remedy_en = "Name services.timestamps in signing.toml (docs/vi/ky-so.md), then run again."


class EvidenceUnsound(SohoaError):
    code = "pipeline.evidence_unsound"
    vi = "Chứng cứ này không qua được kiểm tra của chính phần mềm ({reason}), nên không được lưu hay gia hạn."
    en = "The evidence record does not pass our own check ({reason}); it was neither kept nor renewed."
    remedy = "Kiểm tra danh sách gốc tin cậy có gốc của dịch vụ cấp dấu thời gian chưa («sohoa doctor»), rồi chạy lại."
    remedy_en = "See whether the trusted roots include the time-stamping service's (`sohoa doctor`), then run again."


class EvidenceGainsNothing(SohoaError):
    code, exit_code = "pipeline.evidence_gains_nothing", Exit.OK
    vi = "Chứng thư hiện nay của dịch vụ cấp dấu thời gian không dài hạn hơn, nên gia hạn chứng cứ bây giờ chưa có ích."
    en = "The time-stamping service's present certificate does not last longer, so renewing evidence now would gain nothing."
    remedy = "Chưa cần làm gì; chạy lại khi dịch vụ đổi chứng thư. Gần đến hạn mà chưa đổi thì hỏi nơi cung cấp."
    remedy_en = "Nothing to do yet; run again once the service has a new certificate. Ask the provider when time runs short."


@dataclass(frozen=True, slots=True)
class Judge:
    """What is believed as of `now`; asks no service. trust: roots, as files, folders or certificates.

    now: of a moment after the time stamps that are judged; collecting what goes into one may have taken many minutes.
    """

    trust: Sequence[Trusted]
    now: datetime
    strength: Strength = UNLIMITED
    _ends: dict[bytes, datetime] = field(default_factory=dict[bytes, datetime])

    def verify(self, record: bytes, data: Data) -> EvidenceReport:
        """Raises FileUnreadable, TrustUnreadable, TrustIsNotAuthority."""
        return verify(record, data, trust=self.trust, now=self.now, strength=self.strength)

    def sound(self, record: bytes, data: Data) -> EvidenceReport:
        """Raises EvidenceUnsound, and what verify raises."""
        report = self.verify(record, data)
        if not report.verdict.ok:
            raise unsound(report.verdict)
        return report

    def end(self, record: bytes) -> datetime:
        """After which it can no longer be renewed. A batch shares its newest token, which is read once. Raises EvidenceUnreadable."""
        token = read_record(record).newest.token
        if token not in self._ends:
            due = evidence_due(record, now=self.now, margin=EVER, strength=self.strength)
            self._ends[token] = due.by if due else self.now + EVER
        return self._ends[token]


@dataclass(frozen=True, slots=True)
class Stamping:
    """One run's way to time stamps that carry all that a validator will want to know about their authority.

    Both raise EvidenceUnsound where its certificates lead to none of the trusted roots.
    """

    services: TrustServices
    clock: Callable[[], datetime]

    @property
    def stamp(self) -> Stamp:
        """Raises TimestampUnavailable, TimestampRefused, RevocationUnavailable."""
        return completed(self.services.tsa.stamp, self._about)

    def complete(self, token: bytes) -> bytes:
        """A token of an earlier day with what is known by now. Raises RevocationUnavailable, EvidenceUnreadable."""
        return complete(token, self._about)

    def _about(self, stamped: Stamped) -> ValidationData:
        services, certificate, others = self.services, stamped.certificate, stamped.certificates
        try:
            return services.revocation.data_for(certificate, others, trust=services.trust, now=self.clock())
        except RevocationUnavailable as out:
            if chain_of(certificate, others, trust=services.trust, fetch=lambda _: ()).complete:
                raise
            # Nobody could have been asked: whose it is leads nowhere.
            raise EvidenceUnsound(reason="NO_CERTIFICATE_CHAIN_FOUND") from out


def stamping(office: SigningOffice, clock: Callable[[], datetime]) -> Stamping:
    """Raises EvidenceWithoutService."""
    if office.services is None:
        raise EvidenceWithoutService()
    return Stamping(office.services, clock)


def unsound(verdict: Verdict) -> EvidenceUnsound:
    return EvidenceUnsound(reason=verdict.reason)
