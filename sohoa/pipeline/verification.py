"""Is what was archived still there, unchanged, and still signed? Packages from the bucket, rows from the catalogue, hashes from the
log, signatures and evidence from the files.

    report = verify_archive(store, Looking(trust, now()), ledger=ledger)        # every package of the bucket, then what is not in it
    report = verify_records(records, store, trust=trust, now=now())             # these records, and the packages they lie in
    verdict = verify_record(record, store, trust=trust, now=now())              # one, without the package around it

Bytes are read by a few threads; all else is done by the caller's. Nothing is mended here, see storage/fixity/repair.py.
"""

from __future__ import annotations

import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sohoa.kernel.verdicts import Outcome, worst
from sohoa.pipeline.signing.evidence import Coverage, verify_evidence
from sohoa.pipeline.verification_record import continued, signature, verify_record
from sohoa.pipeline.verification_report import Report
from sohoa.storage.audit import chain
from sohoa.storage.catalogue.records import Record, StoredFile
from sohoa.storage.fixity import log
from sohoa.storage.fixity.choice import Choice, choose, known_packages
from sohoa.storage.fixity.derived import LARGEST, Copies, differences, package_of
from sohoa.storage.fixity.ledger import Ledger, Result
from sohoa.storage.fixity.model import AUDIT, CATALOGUE, EVIDENCE, PACKAGE, Finding, Looked, Lying
from sohoa.storage.fixity.package import look_at
from sohoa.storage.fixity.reading import Reader, listed
from sohoa.storage.fixity.register import register_findings
from sohoa.storage.fixity.rows import Known, destroyed, known_of, package_rows, record_rows, signed_of, strangers
from sohoa.storage.fixity.throttle import Throttle
from sohoa.storage.fixity.walk import Walk, loose_findings
from sohoa.storage.objects.model import ObjectStore
from sohoa.storage.packages.layout import root_of
from sohoa.storage.packages.turns import turn

__all__ = ["Looking", "Report", "verify_archive", "verify_record", "verify_records"]

THREADS = 4  # each waits for the store about half of its time
YOUNG = timedelta(minutes=10)  # how long a writer may take from the bucket to the catalogue
MOST_OF_ONE = 20  # findings told of one package; the first say what is wrong with it


def chain_findings() -> Iterator[Finding]:
    """Where the log in the catalogue contradicts itself."""
    for broken in chain.breaks():
        yield Finding(str(broken.sequence), AUDIT, broken.reason)


@dataclass(frozen=True, slots=True)
class Looking:
    """How to look. trust: roots of signatures. rate: bytes a second, 0: as fast as it goes. signatures: False looks at bytes, rows and
    log alone. whole_log: what is wrong with the log. derived: compare the rows of each record with what
    its package tells.
    counted: is told after each package how many records were looked at just now."""

    trust: Sequence[Path]
    now: datetime
    rate: int = 0
    threads: int = THREADS
    signatures: bool = True
    whole_log: Callable[[], Iterable[Finding]] = chain_findings
    derived: bool = True
    counted: Callable[[int], None] = lambda _: None


def verify_archive(
    store: ObjectStore, looking: Looking, *, ledger: Ledger | None = None, choice: Choice | None = None, resume: bool = False
) -> Report:
    """Every package of the bucket, or those of `choice`, against itself, the catalogue, the log, signatures and evidence; then what the
    catalogue and the log know and the bucket does not have.

    ledger: remembers what was checked when. resume: go on with the run that was stopped, with its choice; where none was, begin.
    Raises StoreUnreachable: a store that is away proves nothing; what was checked until then is kept.
    """
    if ledger is not None:
        return _Run(store, looking, ledger).archive(choice or Choice(), resume=resume)
    with Ledger() as own:
        return _Run(store, looking, own).archive(choice or Choice(), resume=False)


def verify_records(
    records: Iterable[Record], store: ObjectStore, *, trust: Sequence[Path], now: datetime, looking: Looking | None = None
) -> Report:
    """These records, the frame of the packages they lie in, and the log. looking: in place of `trust` and `now`.

    Raises StoreUnreachable."""
    with Ledger() as ledger:
        return _Run(store, looking or Looking(trust, now), ledger).records(records)


@dataclass(frozen=True, slots=True)
class _Task:
    """A package to be looked at. package: its id, where the catalogue told it. only: these records of it, None: all."""

    lying: Lying
    package: str = ""
    only: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A task whose bytes are being read. kept: where copies of what is looked into are put, by key."""

    task: _Task
    scratch: tempfile.TemporaryDirectory[str]
    kept: Mapping[str, Path]
    looked: Future[Looked]


class _Run:
    def __init__(self, store: ObjectStore, looking: Looking, ledger: Ledger) -> None:
        self.store, self.looking, self.ledger, self.now = store, looking, ledger, looking.now
        self.reader = Reader(store, Throttle(looking.rate))
        self.late: list[_Task] = []
        self.began = time.monotonic()

    # -- what is looked at --------------------------------------------------------------------------------------------

    def archive(self, choice: Choice, *, resume: bool) -> Report:
        plan = self.ledger.unfinished() if resume else None
        walk = Walk(self.store)
        if plan is None:
            self.ledger.begin(choice.as_dict(), now=self.now)
        else:
            choice = Choice.from_dict(plan)
        if choice.all:
            self._look_at(_Task(lying) for lying in walk if not self.ledger.has(lying.root))
            # One after the other: what is looked for next depends on what was found before.
            self._look_at(self._packages_gone())
            self._look_at(self._records_gone())
        else:
            if self.ledger.count_chosen() == 0:
                choose(choice, self.ledger, walk)
            self._look_at(
                _Task(Lying(root, listed(self.store, root)), package)
                for root, package in self.ledger.chosen()
                if not self.ledger.has(root)
            )
        self._look_again()
        loose = list(loose_findings(walk.loose, self.reader, packages=self._any_package())) if walk.done else []
        if choice.all:
            loose += [Finding(record, AUDIT, "record: not_in_catalogue") for record in log.archived_without_row()]
            loose += register_findings(self.store) if self.looking.derived else ()
        report = self._report(loose)
        report.choice, report.resumed = choice, plan is not None
        self.ledger.end(now=self.now)
        return report

    def _any_package(self) -> bool:
        return next(self.ledger.results(), None) is not None

    def _packages_gone(self) -> Iterator[_Task]:
        """What the catalogue knows and the listing did not show."""
        begun: set[str] = set()
        for package in known_packages():
            root = root_of(package)
            if not self.ledger.has(root) and root not in begun:
                begun.add(root)
                yield _Task(Lying(root, listed(self.store, root)), package)

    def _records_gone(self) -> Iterator[_Task]:
        for pk, package in Record.objects.order_by("pk").values_list("pk", "package").iterator(chunk_size=1000):
            if not self.ledger.has_record(pk):
                root = root_of(package)
                yield _Task(Lying(root, listed(self.store, root)), package, frozenset({pk}))

    def records(self, records: Iterable[Record]) -> Report:
        asked: dict[str, set[str]] = {}
        for record in records:
            asked.setdefault(record.package, set()).add(record.pk)
        self.ledger.begin({}, now=self.now)
        self._look_at(
            _Task(Lying(root_of(package), listed(self.store, root_of(package))), package, frozenset(ids))
            for package, ids in asked.items()
        )
        self._look_again()
        return self._report([])

    def _report(self, loose: Iterable[Finding]) -> Report:
        report = Report()
        for result in self.ledger.results():
            report.take(result)
        report.failures += loose
        report.failures += self.looking.whole_log()
        report.seconds = time.monotonic() - self.began
        return report

    # -- one package after another ------------------------------------------------------------------------------------

    def _look_at(self, tasks: Iterable[_Task]) -> None:
        """A few packages are on their way at a time; they are judged in the order in which they were asked for."""
        waiting: deque[_Waiting] = deque()
        with ThreadPoolExecutor(self.looking.threads, thread_name_prefix="verify") as pool:
            try:
                for task in tasks:
                    scratch = tempfile.TemporaryDirectory(prefix="sohoa-verify-")
                    kept, repaired = self._kept(task, Path(scratch.name))
                    waiting.append(_Waiting(task, scratch, kept, pool.submit(self._read, task, kept, repaired)))
                    if len(waiting) > 2 * self.looking.threads:
                        self._judge(waiting.popleft())
                while waiting:
                    self._judge(waiting.popleft())
            finally:
                for one in waiting:
                    one.looked.cancel()
                pool.shutdown(wait=True)
                for one in waiting:
                    one.scratch.cleanup()

    def _kept(self, task: _Task, scratch: Path) -> tuple[Mapping[str, Path], Mapping[str, Mapping[str, str]]]:
        """Where to put the signed file of each record, and what is derived from, by key; and which versions stand for damaged ones."""
        documents = task.lying.documents if task.only is None else task.lying.documents & task.only
        repaired = log.repaired(documents)
        small = {
            versions[-1].key: scratch / str(place)
            for place, (path, versions) in enumerate(task.lying.keys.items())
            if self.looking.derived and path.endswith((".json", ".xml")) and "/content/" in path and versions[-1].size < LARGEST
        }
        if not self.looking.signatures:
            return small, repaired
        kept = {key: scratch / f"{record}.pdf" for key, record in known_of(documents).keys_to_keep().items()}
        return small | kept, repaired

    def _read(self, task: _Task, kept: Mapping[str, Path], repaired: Mapping[str, Mapping[str, str]]) -> Looked:
        return look_at(self.reader, task.lying, only=task.only, keep=kept, repaired=repaired)

    def _judge(self, waiting: _Waiting, *, last: bool = False) -> None:
        task, kept = waiting.task, waiting.kept
        with waiting.scratch as folder:
            looked = waiting.looked.result()
            known, findings = self._compared(task, looked, kept)
            if any(finding.passing for finding in findings) and (looked.id or task.package):
                # Somebody may have been writing. In the package's turn nobody is.
                with turn(looked.id or task.package):
                    task = self._again(task)
                    kept, repaired = self._kept(task, Path(folder))
                    looked = self._read(task, kept, repaired)
                    known, findings = self._compared(task, looked, kept)
            waits = [one for one in findings if one.passing and one.what in (CATALOGUE, AUDIT)]
            if waits and _young(looked, self.now):
                # The catalogue follows the bucket after the turn: ask once more when all else is done.
                if not last:
                    self.late.append(task)
                    return
                findings = [_doubtful(one) if one in waits else one for one in findings]
            self._note(task, looked, known, findings, Path(folder))

    def _look_again(self) -> None:
        tasks, self.late = self.late, []
        for task in map(self._again, tasks):
            scratch = tempfile.TemporaryDirectory(prefix="sohoa-verify-")
            kept, repaired = self._kept(task, Path(scratch.name))
            done: Future[Looked] = Future()
            done.set_result(self._read(task, kept, repaired))
            self._judge(_Waiting(task, scratch, kept, done), last=True)

    def _again(self, task: _Task) -> _Task:
        """With what lies there now."""
        return replace(task, lying=Lying(task.lying.root, listed(self.store, task.lying.root)))

    def _compared(self, task: _Task, looked: Looked, copies: Mapping[str, Path]) -> tuple[Known, list[Finding]]:
        """All that the bytes, the rows and the log say; signatures and evidence come when these are settled."""
        package = looked.id or task.package
        known = known_of(looked.documents | task.lying.documents, package)
        findings = list(looked.findings)
        if not task.lying.keys and destroyed(package):
            return known, []
        if not task.lying.keys:
            findings.append(Finding(package or task.lying.root, PACKAGE, "package: missing", passing=True))
        elif looked.id:
            findings += package_rows(looked, known)
            findings += strangers(looked, known)
        told = log.told_of(known.records)
        for pk, record in known.records.items():
            if task.only is None or pk in task.only:
                findings += record_rows(record, known.files[pk], looked, task.lying, self.reader)
                findings += log.differences(pk, looked.of(pk), told) if looked.id else ()
                findings += self._derived(record, looked, findings, copies)
        if task.only is not None:
            findings = [one for one in findings if one.id in task.only or one.id not in looked.documents]
        return known, findings

    def _derived(self, record: Record, looked: Looked, findings: Sequence[Finding], copies: Mapping[str, Path]) -> list[Finding]:
        """Only for a record that is well so far: from damaged files nothing can be derived."""
        if not self.looking.derived or not looked.id or any(one.id == record.pk for one in findings):
            return []
        names = differences(record, package_of(looked), Copies(self.store, copies))
        return [Finding(record.pk, CATALOGUE, f"{name}: differs", passing=True) for name in names]

    # -- what it amounts to -------------------------------------------------------------------------------------------

    def _note(self, task: _Task, looked: Looked, known: Known, findings: Sequence[Finding], folder: Path) -> None:
        records = [pk for pk in known.records if task.only is None or pk in task.only]
        stranger = sorted({one.id for one in findings} & looked.documents - known.records.keys())
        about: dict[str, list[Finding]] = {pk: [] for pk in [*records, *stranger]}
        package: list[Finding] = []
        for finding in findings:
            about.get(finding.id, package).append(finding)
        told: list[Finding] = package[:MOST_OF_ONE]
        counts = {str(outcome): 0 for outcome in Outcome}
        evidence: dict[str, list[str] | None] = {}
        for pk, wrong in about.items():
            record = known.records.get(pk)
            if record is not None and self.looking.signatures:
                wrong += self._signed(record, known.files[pk], wrong, folder)
                coverage = Coverage()
                coverage.count(record)
                evidence[pk] = None if coverage.none else coverage.partly.get(pk, [])
            counts[worst(one.outcome for one in wrong)] += 1
            told += _told(wrong)
        outcome = worst([*(one.outcome for one in package), *(Outcome(one) for one, count in counts.items() if count)])
        result = Result(str(outcome), counts, told, self.reader.taken(), evidence)
        whole = task.only is None
        root = task.lying.root if whole else f"{task.lying.root}|{min(task.only or '', default='')}"
        self.ledger.note(root, result, about, now=self.now, whole=whole)
        self.looking.counted(len(about))

    def _signed(self, record: Record, files: Sequence[StoredFile], wrong: Sequence[Finding], folder: Path) -> list[Finding]:
        """The signature of its newest version, and each version of its evidence."""
        found: list[Finding] = []
        newest, path = signed_of(record, files), folder / f"{record.pk}.pdf"
        if newest and not wrong and path.exists():
            older = (
                [] if record.signed_on_arrival else [file for file in files if file.role.startswith("record") and file != newest]
            )
            verdict = continued(path, newest, older) or signature(record, path, self.looking.trust, self.now)
            if not verdict.ok:
                found.append(Finding(record.pk, verdict.evidence["what"], verdict.reason, verdict.outcome))
        with suppress(OSError):
            path.unlink(missing_ok=True)
        # What differs from the catalogue may still be what was stamped; then the catalogue is wrong.
        proven = verify_evidence(record, self.store, trust=self.looking.trust, now=self.now, afresh=bool(wrong))
        if not proven.ok:
            found.append(Finding(record.pk, EVIDENCE, proven.reason, proven.outcome))
        return found


def _told(wrong: Sequence[Finding]) -> list[Finding]:
    """Of a record: the first thing of the gravest kind, and what its evidence says."""
    others = [one for one in wrong if one.what != EVIDENCE]
    gravest = worst(one.outcome for one in others)
    return [
        *[one for one in others if one.outcome is gravest][:1],
        *[one for one in wrong if one.what == EVIDENCE],
    ]


def _young(looked: Looked, now: datetime) -> bool:
    try:
        return datetime.fromisoformat(looked.created) > now - YOUNG
    except (ValueError, TypeError):
        return False


def _doubtful(finding: Finding) -> Finding:
    return Finding(finding.id, finding.what, finding.reason, Outcome.UNDETERMINED)
