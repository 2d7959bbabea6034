"""Evidence records for files in folders, with no archive: one time stamp over many files, `name.ers` for each; looked at; renewed.

A file that cannot be read, or evidence that is no good, is told by itself and stops none of the others. No database is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sohoa.kernel.durable import write_durably
from sohoa.kernel.errors import SohoaError
from sohoa.kernel.verdicts import Outcome
from sohoa.pipeline.signing.evidence_services import EvidenceGainsNothing, Judge, stamping, unsound
from sohoa.pipeline.signing.office import SigningOffice
from sohoa.signing.evidence_records.asn1 import LARGEST
from sohoa.signing.evidence_records.create import create
from sohoa.signing.evidence_records.due import evidence_due
from sohoa.signing.evidence_records.model import EvidenceReport, hashes_of
from sohoa.signing.evidence_records.renew import renew_timestamps
from sohoa.signing.opening import FileUnreadable

SUFFIX = ".ers"
DIGEST = "sha256"


class EvidenceTaken(SohoaError):
    code = "pipeline.evidence_taken"
    vi = "Ở nơi ghi chứng cứ đang có một tệp khác, không phải chứng cứ của tệp này; tệp đó không bị ghi đè."
    en = "Where the evidence record is to go there is a file that is not evidence for this one; it is not overwritten."
    remedy = "Chọn thư mục khác («-o»). Nếu tệp gốc đã bị sửa sau khi lập chứng cứ, lấy lại bản chưa sửa."
    remedy_en = "Choose another folder (-o). If the file was changed after its evidence was made, find the unchanged one."


class EvidenceMissing(SohoaError):
    code = "pipeline.evidence_missing"
    vi = "Không thấy chứng cứ của tệp này."
    en = "There is no evidence record for this file."
    remedy = "Kiểm tra đường dẫn sau --evidence: tệp chứng cứ mang tên «tên-tệp.ers»."
    remedy_en = "Look at the path after --evidence: an evidence record is called `name.ers`."


@dataclass(frozen=True, slots=True)
class Made:
    """A file, where its evidence lies, and what that proves. again: it was there before. report None: `error` says why there is none."""

    file: Path
    evidence: Path
    again: bool = False
    report: EvidenceReport | None = None
    renew_by: datetime | None = None
    error: SohoaError | None = None


@dataclass(frozen=True, slots=True)
class Renewed:
    """An evidence record in a folder. state: renewed | due (only asked) | left (not due yet) | waits (nothing to be gained) | failed."""

    evidence: Path
    state: str
    renew_by: datetime | None = None
    error: SohoaError | None = None


def place_of(file: Path, folder: Path) -> Path:
    return folder / (file.name + SUFFIX)


def create_for(office: SigningOffice, files: Sequence[Path], folder: Path, *, clock: Callable[[], datetime]) -> Iterator[Made]:
    """Evidence for each file, in their order, all from one time stamp; none is asked for when all have theirs.

    files: of different names. Run again, it makes what is missing. Raises EvidenceWithoutService, TimestampUnavailable,
    TimestampRefused, RevocationUnavailable and EvidenceUnsound before anything is written; OSError when `folder` cannot be written.
    """
    judge = Judge(office.trust, clock())
    known = {file: _as_it_is(judge, file, place_of(file, folder)) for file in files}
    new = [file for file, (hashes, made) in known.items() if hashes and made is None]
    made: Iterator[bytes] = iter(())
    if new:
        made = create([known[file][0] for file in new], stamping(office, clock).stamp, digest=DIGEST)
        judge = Judge(office.trust, clock())
        folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        hashes, there = known[file]
        if there is not None:
            yield there
            continue
        der, target = next(made), place_of(file, folder)
        report = judge.sound(der, {DIGEST: hashes})
        write_durably(target, der)
        yield Made(file, target, report=report, renew_by=judge.end(der))


def verify_files(
    files: Sequence[Path], evidence: Path, *, trust: Sequence[Path], now: datetime
) -> Iterator[tuple[list[Path], Path, EvidenceReport | SohoaError]]:
    """Files, their evidence, and what it is worth. evidence: a folder with a `name.ers` for each file; or one evidence record, which
    has to be about all the files together. Raises TrustUnreadable, TrustIsNotAuthority."""
    judge = Judge(trust, now)
    pairs = [([file], place_of(file, evidence)) for file in files] if evidence.is_dir() else [(list(files), evidence)]
    for group, place in pairs:
        try:
            yield group, place, judge.verify(_read(place), group)
        except (FileUnreadable, EvidenceMissing) as refused:
            yield group, place, refused


def renew_in(
    office: SigningOffice, folder: Path, *, clock: Callable[[], datetime], margin: timedelta, dry_run: bool = False
) -> Iterator[Renewed]:
    """What became of each `*.ers` of a folder: those that end within `margin` get one more time stamp, the same for all.

    The files are not needed; what can be told without them is verified before and after. Each record is replaced by the longer one
    in one step. Raises as create_for does, but for EvidenceUnsound, which is told about each.
    """
    judge = Judge(office.trust, clock())
    due: list[tuple[Path, datetime]] = []
    for place in sorted(folder.glob("*" + SUFFIX)):
        try:
            der = _read(place)
            _sound_without_files(judge, der)
            found = evidence_due(der, now=judge.now, margin=margin)
        except SohoaError as refused:
            yield Renewed(place, "failed", error=refused)
            continue
        if found is None:
            yield Renewed(place, "left", judge.end(der))
        elif dry_run:
            yield Renewed(place, "due", found.by)
        else:
            due.append((place, found.by))
    if not due:
        return
    services = stamping(office, clock)
    former = [_read(place) for place, _ in due]
    renewed = renew_timestamps(former, services.stamp, complete=services.complete)
    judge = Judge(office.trust, clock())
    for (place, by), der in zip(due, renewed, strict=True):
        try:
            _sound_without_files(judge, der)
        except SohoaError as refused:
            yield Renewed(place, "failed", by, refused)
            continue
        if judge.end(der) <= by:
            yield Renewed(place, "waits", by, EvidenceGainsNothing())
            continue
        write_durably(place, der)
        yield Renewed(place, "renewed", judge.end(der))


def _as_it_is(judge: Judge, file: Path, target: Path) -> tuple[list[bytes], Made | None]:
    """The hashes of a file, and what is known without asking anybody; None: its evidence has to be made."""
    try:
        hashes = list(hashes_of([file], DIGEST) or ())
        if not target.exists():
            return hashes, None
        der = _read(target)
        report = judge.verify(der, {DIGEST: hashes})
        if report.outcome is Outcome.FAILED:
            raise EvidenceTaken()
        return hashes, Made(file, target, again=True, report=report, renew_by=judge.end(der))
    except SohoaError as refused:
        return [], Made(file, target, error=refused)


def _sound_without_files(judge: Judge, der: bytes) -> None:
    """Raises EvidenceUnsound for what is wrong apart from that no file was given."""
    report = judge.verify(der, {})
    if set(report.findings) - {"HASH_NOT_GIVEN"}:
        raise unsound(report.verdict)


def _read(place: Path) -> bytes:
    """No further than what no honest record is as large as; the reader refuses that by itself. Raises EvidenceMissing, FileUnreadable."""
    try:
        with place.open("rb") as stream:
            return stream.read(LARGEST + 1)
    except FileNotFoundError as gone:
        raise EvidenceMissing() from gone
    except OSError as refused:
        raise FileUnreadable() from refused
