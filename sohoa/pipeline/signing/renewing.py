"""Keep signatures provable: reach the level that is still owed, and renew what proves them before it ends.

Two queues, both found from what is stored, so that a run may be killed at any line and the next one does what is left, once:

- files of `sohoa sign` whose services were out: raised in the journal and delivered anew;
- records that we signed: a newer version is made from the newest one and archived beside it (storage/renewals.py).

    renewing = Renewing(office, store, lock, margin=timedelta(days=365), clock=now, by="account")
    for item in renewing.run(renewing.jobs(), renewing.records()): ...

A paper that arrived signed is kept byte for byte and never touched.
"""

from __future__ import annotations

import enum
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from django.db.models import Min, Q, QuerySet

from sohoa.kernel.errors import Exit, SohoaError
from sohoa.kernel.verdicts import Outcome
from sohoa.pipeline.signing.office import SigningOffice
from sohoa.pipeline.signing.papers import deliver_file
from sohoa.signing.flow.job import Job, State
from sohoa.signing.model import Role
from sohoa.signing.opening import opened
from sohoa.signing.pades.held import Level, held_in
from sohoa.signing.pades.levels import (
    NothingToRaise,
    Raised,
    RevocationNotOffered,
    TrustServices,
    add_document_timestamp,
    raise_level,
    renew,
)
from sohoa.signing.pades.renewal import UNLIMITED, RenewalDue, Strength, renewal_due
from sohoa.signing.trustservices.answers import RevocationUnavailable
from sohoa.signing.trustservices.chain import chain_of
from sohoa.signing.trustservices.tsa import Stamped, TimestampRefused, TimestampUnavailable
from sohoa.signing.validation.trust import TrustIsNotAuthority, TrustUnreadable
from sohoa.signing.validation.validate import validate_pdf
from sohoa.storage import renewals
from sohoa.storage.archive import Lock
from sohoa.storage.catalogue.records import Record, StoredFile
from sohoa.storage.objects.errors import BucketMissing, DiskFull, ObjectLockRefused, StoreRefused, StoreUnreachable
from sohoa.storage.objects.model import ObjectStore
from sohoa.storage.reading_room import NoSuchRecord
from sohoa.storage.renewals import Renewal, RenewedMeanwhile

LEVEL_OWED = "level_owed"
SAID = {one.said: one for one in Level}
OUTAGES = (TimestampUnavailable, TimestampRefused, RevocationUnavailable)
# What stops the run: it would meet every record alike.
STOPS = (StoreUnreachable, StoreRefused, BucketMissing, DiskFull, ObjectLockRefused, TrustUnreadable, TrustIsNotAuthority)
# Every lost race was won by a run that did the work, so after the first loss nothing is usually left to do.
ATTEMPTS = 5


class NoTimestampService(SohoaError):
    code, exit_code = "pipeline.no_timestamp_service", Exit.USAGE
    vi = "Chưa khai dịch vụ cấp dấu thời gian, nên không nâng mức hay gia hạn được."
    en = "No time-stamping service is named, so nothing can be raised or renewed."
    remedy = "Khai services.timestamps trong signing.toml (xem docs/vi/ky-so.md), rồi chạy lại «sohoa renew»."
    remedy_en = "Name services.timestamps in signing.toml (docs/vi/ky-so.md), then run `sohoa renew` again."


class RenewalGainsNothing(SohoaError):
    code = "pipeline.renewal_gains_nothing"
    vi = "Chứng thư hiện nay của dịch vụ cấp dấu thời gian không dài hạn hơn, nên gia hạn bây giờ chưa có ích."
    en = "The time-stamping service's present certificate does not last longer, so renewing now would gain nothing."
    remedy = "Chưa cần làm gì; «sohoa renew» sẽ tự gia hạn khi dịch vụ đổi chứng thư. Gần đến hạn mà chưa đổi thì hỏi nơi cung cấp."
    remedy_en = (
        "Nothing to do yet; `sohoa renew` renews once the service has a new certificate. Ask the provider when time runs short."
    )


class RenewalUnsound(SohoaError):
    code = "pipeline.renewal_unsound"
    vi = "Bản vừa gia hạn không qua được kiểm tra của chính phần mềm ({reason}); bản đang lưu được giữ nguyên."
    en = "The renewed version did not pass our own validation ({reason}); what is archived stays as it is."
    remedy = "Kiểm tra danh sách gốc tin cậy có gốc của dịch vụ cấp dấu thời gian chưa («sohoa doctor»), rồi chạy lại."
    remedy_en = "See whether the trusted roots include the time-stamping service's (`sohoa doctor`), then run again."


class StoredCopyDiffers(SohoaError):
    code = "pipeline.stored_copy_differs"
    vi = "Tệp đã ký lấy từ kho không đúng mã băm lúc lưu, nên không được gia hạn."
    en = "The signed file that came from the store does not have the hash it was archived with; it was not renewed."
    remedy = "Chạy «sohoa verify» cho bản ghi này và báo người quản trị; không dùng bản ghi cho tới khi khôi phục."
    remedy_en = "Run `sohoa verify` on this record and tell the administrator; do not use it until it is restored."


class SignedCopyMissing(SohoaError):
    code = "pipeline.signed_copy_missing"
    vi = "Bản đã ký mà phần mềm giữ để nâng mức không còn trong thư mục «signing»."
    en = "The signed copy kept for raising its level is no longer in the `signing` folder."
    remedy = "Tệp đã giao vẫn có hiệu lực ở mức đã đạt; muốn mức cao hơn thì ký lại từ tệp gốc."
    remedy_en = "The delivered file stands at the level it reached; sign the source again where a higher one is needed."


class Became(enum.StrEnum):
    RAISED = "raised"  # a higher level than before
    RENEWED = "renewed"  # the same level, provable for longer
    DUE = "due"  # would be raised or renewed (only asked, nothing done)
    OWED = "owed"  # could not be had now; the next run tries again
    WAITS = "waits"  # nothing can be gained at present, and nothing is wrong
    FAILED = "failed"  # needs a person
    LEFT = "left"  # nothing was to be done


@dataclass(frozen=True, slots=True)
class Item:
    """What became of one signed file. kind: file | record. id: of the signing job or the record. place: where the file lies, ""
    for records. reason: level_owed | certificate_ends | algorithm_weakens, or why it is left alone: arrived_signed | unsigned.
    before, level: as `PAdES-B-LT`. by: when it will be too late to renew, where that is known. error: what stood in the way."""

    kind: str
    id: str
    became: Became
    reason: str = ""
    place: str = ""
    before: str = ""
    level: str = ""
    wanted: str = ""
    by: datetime | None = None
    error: SohoaError | None = None

    @property
    def exit_code(self) -> Exit:
        """0 where no more can be done by anybody: the certificate allows no higher level, or a renewal would gain nothing."""
        if self.error is None or isinstance(self.error, RevocationNotOffered | RenewalGainsNothing):
            return Exit.OK
        return self.error.exit_code


@dataclass
class Renewing:
    """margin: how long before its end a proof is renewed. by: who does it, for the log. strength: until when algorithms are good.
    dry_run: only tell what would be done; nothing is written and no service is asked."""

    office: SigningOffice
    store: ObjectStore
    lock: Lock
    margin: timedelta
    clock: Callable[[], datetime]
    by: str
    dry_run: bool = False
    strength: Strength = UNLIMITED

    def jobs(self) -> list[Job]:
        """Of `sohoa sign`, those that owe a level, or were interrupted while it was being raised."""
        kept = self.office.journal.jobs()
        return [job for job in kept if (job.owes and job.state is State.ARCHIVED) or _interrupted(job)]

    def records(self, ids: Collection[str] = ()) -> list[str]:
        """Ids of those that may have something due, as far as the catalogue knows; or just these, whatever they are.

        Raises NoSuchRecord.
        """
        found = Record.objects.order_by("archived_at", "pk")
        if ids:
            named = list(found.filter(pk__in=ids).values_list("pk", flat=True))
            if len(named) < len(set(ids)):
                raise NoSuchRecord()
            return named
        enough = [one.said for one in Level if one >= self.office.level]
        due = Q(renew_by=None) | Q(renew_by__lte=self.clock() + self.margin) | ~Q(signature_level__in=enough)
        # Where algorithms end, the catalogue's dates say too little.
        wanted = ours(found) if self.strength != UNLIMITED else ours(found).filter(due)
        return list(wanted.values_list("pk", flat=True))

    def run(self, jobs: Iterable[Job], records: Iterable[str]) -> Iterator[Item]:
        """What became of each. One that cannot be helped does not stop the others. Raises what is wrong with the store as a whole,
        or with the trusted roots."""
        yield from (self._file(job) for job in jobs)
        yield from (self._record(Record.objects.get(pk=pk)) for pk in records)

    # -- files of `sohoa sign` ----------------------------------------------------------------------------------------

    def _file(self, job: Job) -> Item:
        before = job.level.said if job.level else ""
        item = Item("file", job.id, Became.OWED, LEVEL_OWED, job.destination, before, before, job.wanted.said)
        if self.dry_run:
            return replace(item, became=Became.DUE)
        journal = self.office.journal
        finishing = self.office.finishing(deliver_file, journal)
        try:
            with journal.held(job.id):
                after = finishing.raise_owed(finishing.end(journal.find(job.id) or job))
        except FileNotFoundError:
            return replace(item, became=Became.FAILED, error=SignedCopyMissing())
        except STOPS:
            raise
        except SohoaError as refused:
            return replace(item, became=Became.FAILED, error=refused)
        level = after.level.said if after.level else before
        error = None if not after.owes else self._lacking(after.lacking)
        became = Became.RAISED if level != before or not after.owes else Became.OWED
        return replace(item, became=became, level=level, error=error)

    def _lacking(self, code: str) -> SohoaError:
        """The error of which a job kept only the code."""
        if self.office.services is None:
            return NoTimestampService()
        kinds = {kind.code: kind for kind in (*OUTAGES, RevocationNotOffered)}
        return kinds.get(code, TimestampUnavailable)(why="at the last attempt")

    # -- records ------------------------------------------------------------------------------------------------------

    def _record(self, record: Record) -> Item:
        if not record.signature_verdict or record.signed_on_arrival:
            return replace(self._item(record), reason="arrived_signed" if record.signed_on_arrival else "unsigned")
        for _ in range(ATTEMPTS):
            try:
                return self._looked_after(record)
            except RenewedMeanwhile:
                record.refresh_from_db()
            except STOPS:
                raise
            except SohoaError as refused:
                return replace(self._item(record), became=_became(refused), reason=self._reason(record), error=refused)
        return self._item(record)

    def _looked_after(self, record: Record) -> Item:
        newest = renewals.versions(record).last() if self.dry_run else renewals.catch_up(record, self.store)
        if newest is None:
            raise NothingToRaise()
        owed = self._owed(SAID.get(record.signature_level))
        ends = self._ends(record.renew_by) if self.strength == UNLIMITED else None
        if owed is False and ends is False:
            return self._item(record)
        if (owed or ends) and not self.dry_run:  # before anything is fetched
            self._services(None if owed else record.renew_by)
        with tempfile.TemporaryDirectory(prefix="sohoa-renew-") as scratch:
            there = self._fetched(newest, Path(scratch))
            level, due = self._read(there)
            if not self._owed(level) and not self._ends(due.by):
                if not self.dry_run and record.renew_by != due.by:
                    Record.objects.filter(pk=record.pk).update(renew_by=due.by)
                return replace(self._item(record), by=due.by)
            if self.dry_run:
                reason = LEVEL_OWED if self._owed(level) else due.reason
                return replace(self._item(record), became=Became.DUE, reason=reason, by=due.by)
            return self._renewed(record, newest, there, level, due)

    def _renewed(self, record: Record, newest: StoredFile, there: Path, level: Level, due: RenewalDue) -> Item:
        """Make the next version, believe it ourselves, archive it."""
        owed, ends, now = self._owed(level), self._ends(due.by), self.clock()
        services = self._services(due.by if not owed and due.reason == "certificate_ends" else None)
        renewed = Path(shutil.copyfile(there, there.with_name("renewed.pdf")))
        with renewed.open("r+b") as document:
            raised = _extended(document, level, self.office.level, services, now=now, ends=bool(ends))
        lacking = self._lacking(raised.lacking.reason) if raised.lacking else None
        if lacking and (renewed.stat().st_size == there.stat().st_size or (isinstance(lacking, OUTAGES) and not ends)):
            raise lacking  # a version for each half of the way would be kept for years; there is time to wait for the whole
        until = self._read(renewed)[1].by
        if raised.level is level and until <= due.by:
            raise RenewalGainsNothing()
        verdict = self._believed(renewed, there)
        made = Renewal(raised.level.said, verdict, until, LEVEL_OWED if owed else due.reason, self.by, now)
        item = replace(self._item(record), reason=made.reason, level=made.level, by=until, error=lacking)
        retention = renewals.retention_of(record, self.store, otherwise=self.lock.retention(now), now=now)
        renewals.add(record, newest, renewed, made, self.store, retention=retention)
        return replace(item, became=Became.RAISED if raised.level > level else Became.RENEWED)

    def _item(self, record: Record) -> Item:
        level = record.signature_level
        return Item("record", record.pk, Became.LEFT, "", "", level, level, self.office.level.said, record.renew_by)

    def _reason(self, record: Record) -> str:
        return LEVEL_OWED if self._owed(SAID.get(record.signature_level)) else "certificate_ends"

    def _owed(self, level: Level | None) -> bool | None:
        return None if level is None else level < self.office.level

    def _ends(self, by: datetime | None) -> bool | None:
        """Whether it has to be renewed soon; None: not known."""
        return None if by is None else by - self.clock() <= self.margin

    def _fetched(self, newest: StoredFile, folder: Path) -> Path:
        there = folder / "signed.pdf"
        if self.store.download(newest.bucket, newest.key, newest.version_id, there) != newest.sha256:
            raise StoredCopyDiffers()
        return there

    def _read(self, path: Path) -> tuple[Level, RenewalDue]:
        """Its level, and until when that can be proven. Raises NothingToRaise, PdfDamaged, PdfEncrypted, NotAPdf."""
        with opened(path) as reader:
            level = held_in(reader).level
        due = renewal_due(path, now=self.clock(), margin=timedelta.max, strength=self.strength)
        if level is None or due is None:
            raise NothingToRaise()
        return level, due

    def _believed(self, renewed: Path, there: Path) -> Outcome:
        """The verdict on the renewed file. Raises RenewalUnsound where that is worse than the verdict on what is archived, or where
        roots are named that lead to the signers and not to who stamps."""
        trust, now = self.office.trust, self.clock()
        report = validate_pdf(renewed, trust=trust, now=now)
        stamps = [one for one in report.signatures if one.role is Role.TIMESTAMP]
        signers = [one for one in report.signatures if one.role is not Role.TIMESTAMP]
        if stamps and stamps[-1].chain is not Outcome.OK and all(one.chain is Outcome.OK for one in signers):
            raise RenewalUnsound(reason=stamps[-1].reason)
        # What cannot be believed may be what could not be before; only then the other file is judged too.
        doubtful = report.verdict is Outcome.UNDETERMINED
        if report.verdict is Outcome.FAILED or (doubtful and validate_pdf(there, trust=trust, now=now).verdict is Outcome.OK):
            raise RenewalUnsound(reason=report.reason)
        return report.verdict

    # -- services -----------------------------------------------------------------------------------------------------

    def _services(self, present_end: datetime | None) -> TrustServices:
        """present_end: where all that is wanted is a later one. Raises NoTimestampService, TimestampUnavailable, TimestampRefused,
        RenewalGainsNothing."""
        services, found = self.office.services, self._stamping
        if services is None:
            raise NoTimestampService()
        if isinstance(found, SohoaError):
            raise found
        if present_end and found and self.strength == UNLIMITED and _lasts_until(found) <= present_end:
            raise RenewalGainsNothing()
        return services

    @cached_property
    def _stamping(self) -> Stamped | SohoaError | None:
        """What the time-stamping service gives, asked once: when it is out, the archive need not be fetched to find that out."""
        if self.office.services is None:
            return None
        try:
            return self.office.services.tsa.stamped(hashlib.sha256(b"").digest())
        except (TimestampUnavailable, TimestampRefused) as out:
            return out


def ours(records: QuerySet[Record]) -> QuerySet[Record]:
    """Those that we signed, and that were not found false."""
    return records.filter(signed_on_arrival=False).exclude(signature_verdict__in=("", Outcome.FAILED))


def next_end() -> datetime | None:
    """When the first of our proofs ends, of those that have been looked at."""
    found: datetime | None = ours(Record.objects.all()).aggregate(first=Min("renew_by"))["first"]
    return found


def _interrupted(job: Job) -> bool:
    """Killed while its level was being raised. What never went out is taken up by `sohoa sign`, where its holder may be asked."""
    return bool(job.delivered) and job.state in (State.FINISHED, State.VALIDATED)


def _became(error: SohoaError) -> Became:
    if isinstance(error, RenewalGainsNothing):
        return Became.WAITS
    return Became.OWED if isinstance(error, (*OUTAGES, RevocationNotOffered, NoTimestampService)) else Became.FAILED


def _extended(document: BinaryIO, level: Level, wanted: Level, services: TrustServices, *, now: datetime, ends: bool) -> Raised:
    """Raises RevocationUnavailable, TimestampUnavailable, TimestampRefused."""
    if level >= wanted:
        raised = renew(document, services=services, now=now)
    else:
        raised = raise_level(document, wanted=wanted, services=services, now=now)
    stuck = raised.level is level and raised.lacking is not None and raised.lacking.reason == RevocationNotOffered.code
    if ends and stuck:  # then at least the time stays proven
        add_document_timestamp(document, services.tsa)
        return Raised(level)
    return raised


def _lasts_until(stamped: Stamped) -> datetime:
    """The end of what the service stamps with now."""
    chain = chain_of(stamped.certificate, stamped.certificates, trust=(), fetch=lambda _: ()).certificates
    return min(one.not_valid_after_utc for one in chain)
