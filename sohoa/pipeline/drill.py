"""Does the backup give the archive back? A random sample is restored into a scratch store, and everything about it verified anew.

    done = drill(backup, keys=..., trust=..., sample=50, seed="7f3a", now=now())
    done.recoverable, done.drilled, done.at_least

Nothing here looks at the running archive: what counts is what one would have if it were gone.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from math import comb
from pathlib import Path

from sohoa.kernel.verdicts import Outcome, Verdict, worst
from sohoa.pipeline.verification_record import signature
from sohoa.storage.backup.dump import rows_of
from sohoa.storage.backup.model import SQLITE, BackupDamaged, Entry, entry_of
from sohoa.storage.backup.reading import Backup
from sohoa.storage.backup.restoring import put_back
from sohoa.storage.catalogue.records import Record
from sohoa.storage.fixity.choice import rank_of
from sohoa.storage.fixity.model import CATALOGUE, FIXITY, PACKAGE, SIGNATURE, Finding, Looked, Lying
from sohoa.storage.fixity.package import look_at
from sohoa.storage.fixity.reading import Reader, listed
from sohoa.storage.objects.folder import FolderStore
from sohoa.storage.objects.model import RECORDS
from sohoa.storage.packages.layout import root_of

CONFIDENCE = 0.95


@dataclass(slots=True)
class Drilled:
    """recoverable of drilled packages out of all came back whole. at_least: with 95 % confidence this share of all would, or exactly
    this share where all were tried. undetermined: came back, but something about it cannot be told here (a signature's root)."""

    backup: str
    at: str
    seed: str
    all: int = 0
    drilled: int = 0
    recoverable: int = 0
    undetermined: int = 0
    records: int = 0
    bytes: int = 0
    seconds: float = 0.0
    signed: Verdict = field(default_factory=lambda: Verdict(Outcome.OK))
    failures: list[Finding] = field(default_factory=list[Finding])

    @property
    def at_least(self) -> float:
        return self.recoverable / self.all if self.drilled == self.all and self.all else at_least(self.recoverable, self.drilled)

    @property
    def ok(self) -> bool:
        return bool(self.drilled) and self.recoverable == self.drilled and self.signed.outcome is not Outcome.FAILED

    def as_dict(self) -> dict[str, object]:
        return {
            "backup": self.backup,
            "made_at": self.at,
            "seed": self.seed,
            "packages": self.all,
            "drilled": self.drilled,
            "recoverable": self.recoverable,
            "undetermined": self.undetermined,
            "at_least_percent": f"{self.at_least * 100:.2f}",
            "confidence_percent": f"{CONFIDENCE * 100:.0f}",
            "records": self.records,
            "bytes": self.bytes,
            "seconds": round(self.seconds, 3),
            "signature": str(self.signed.outcome),
            "failures": [{"id": f.id, "what": f.what, "reason": f.reason, "outcome": str(f.outcome)} for f in self.failures],
        }


def drill(
    backup: Backup,
    *,
    keys: frozenset[bytes],
    trust: Sequence[Path],
    sample: int,
    seed: str,
    now: datetime,
    counted: Callable[[int], None] = lambda _: None,
) -> Drilled:
    """sample: how many packages; all of them where there are no more. keys: public ones of the log (DER). seed: the same draws the same.

    Raises BackupDamaged only where nothing at all can be restored: its list or its catalogue is not what was signed.
    """
    began = time.monotonic()
    done = Drilled(backup.name, str(backup.told.get("at", "")), seed, signed=backup.signed_by(keys))
    with (
        closing(_entries(backup)) as entries,
        _catalogue(backup) as rows,
        tempfile.TemporaryDirectory(prefix="sohoa-drill-") as folder,
    ):
        roots = [root for (root,) in entries.execute("SELECT DISTINCT root FROM entry WHERE root != '' ORDER BY root")]
        known = [root_of(package) for package in rows.packages()]
        everything = sorted({*roots, *known}, key=lambda root: rank_of(root, seed))
        done.all = len(everything)
        for number, root in enumerate(everything[:sample]):
            store = FolderStore(Path(folder) / str(number))
            store.prepare()
            findings = _restored(backup, root, _of(entries, root), store, now) or _verified(root, store, rows, trust, now, done)
            outcome = worst(one.outcome for one in findings)
            done.drilled += 1
            done.recoverable += outcome is not Outcome.FAILED
            done.undetermined += outcome is Outcome.UNDETERMINED
            done.failures += findings
            counted(1)
    done.seconds = time.monotonic() - began
    return done


def at_least(good: int, tried: int, *, confidence: float = CONFIDENCE) -> float:
    """The lowest share of good ones in a large archive that such a sample would still be likely to come from (Clopper and Pearson,
    one-sided); 0 for an empty sample."""
    if good == 0:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(60):
        share = (low + high) / 2
        by_chance = sum(comb(tried, k) * share**k * (1 - share) ** (tried - k) for k in range(good, tried + 1))
        low, high = (share, high) if by_chance < 1 - confidence else (low, share)
    return low


def _entries(backup: Backup) -> sqlite3.Connection:
    database = sqlite3.connect("", isolation_level=None)
    database.execute("CREATE TABLE entry (place INTEGER PRIMARY KEY, root TEXT, line BLOB)")
    database.execute("BEGIN")
    database.executemany("INSERT INTO entry (root, line) VALUES (?, ?)", ((_root_in(one), one.line()) for one in backup.entries()))
    database.execute("CREATE INDEX by_root ON entry (root)")
    database.execute("COMMIT")
    return database


def _root_in(entry: Entry) -> str:
    parts = entry.key.split("/")
    return "/".join(parts[:4]) if entry.bucket == RECORDS and len(parts) > 4 and len(parts[0]) == 3 else ""


def _of(entries: sqlite3.Connection, root: str) -> Iterator[Entry]:
    """Oldest version of a key first: the listing had them newest first."""
    for (line,) in entries.execute("SELECT line FROM entry WHERE root = ? ORDER BY place DESC", (root,)):
        yield entry_of(line)


def _restored(backup: Backup, root: str, entries: Iterable[Entry], store: FolderStore, now: datetime) -> list[Finding]:
    """What cannot be brought back; [] when all was."""
    findings: list[Finding] = []
    with tempfile.TemporaryDirectory(prefix="sohoa-drill-") as folder:
        for entry in entries:
            if entry.wrong:
                findings.append(Finding(entry.key, FIXITY, f"not_in_backup: {entry.wrong}"))
                continue
            try:
                put_back(backup, entry, store, Path(folder) / "part", now=now, moved=lambda *_: None)
            except BackupDamaged:
                findings.append(Finding(entry.key, FIXITY, "copy: sha256_differs"))
    return findings


def _verified(root: str, store: FolderStore, rows: _Rows, trust: Sequence[Path], now: datetime, done: Drilled) -> list[Finding]:
    reader = Reader(store)
    with tempfile.TemporaryDirectory(prefix="sohoa-drill-") as folder:
        lying = Lying(root, listed(store, root))
        signed = {key: Path(folder) / hashlib.sha256(key.encode()).hexdigest() for key, _ in rows.signed(root)}
        looked = look_at(reader, lying, keep=signed, repaired=rows.repaired(lying))
        done.bytes += reader.bytes
        done.records += len(looked.documents)
        if not lying.keys:
            return [Finding(root, PACKAGE, "package: missing")]
        findings = [*looked.findings, *_rows_kept(looked, rows)]
        for key, record in rows.signed(root):
            if not any(one.id == record.pk for one in findings) and signed[key].exists():
                verdict = signature(record, signed[key], trust, now)
                if not verdict.ok:
                    findings.append(Finding(record.pk, SIGNATURE, verdict.reason, verdict.outcome))
        return findings


def _rows_kept(looked: Looked, rows: _Rows) -> Iterator[Finding]:
    """Every file that the backup's catalogue names came back with the hash it has there."""
    there = {file.key: file for file in looked.files.values()}
    for record, role, key, sha256 in rows.files(looked.root):
        file = there.get(key)
        if file is None or file.seen is None or file.seen.sha256 != sha256:
            yield Finding(record, CATALOGUE, f"{role}: {'sha256_differs' if file else 'missing'}")


class _Rows:
    """The backup's catalogue, as far as a drill asks."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def packages(self) -> Iterator[str]:
        for (package,) in self._database.execute(
            "SELECT DISTINCT package FROM catalogue_record UNION SELECT id FROM catalogue_knownpackage"
        ):
            if not self._destroyed(package):
                yield package

    def _destroyed(self, package: str) -> bool:
        question = "SELECT 1 FROM catalogue_tombstone WHERE package = ? AND erased_at IS NOT NULL"
        return self._database.execute(question, (package,)).fetchone() is not None

    def files(self, root: str) -> list[tuple[str, str, str, str]]:
        question = "SELECT record_id, role, key, sha256 FROM catalogue_storedfile WHERE key >= ? AND key < ?"
        return self._database.execute(question, (f"{root}/", f"{root}0")).fetchall()  # "0" is the sign after "/"

    def signed(self, root: str) -> list[tuple[str, Record]]:
        """The key of the file that holds the signatures of each signed record, as they were last."""
        newest: dict[str, tuple[str, str]] = {}
        records: dict[str, Record] = {}
        for record_id, role, key, _ in self.files(root):
            if record_id not in records:
                question = "SELECT signature_verdict, signed_on_arrival FROM catalogue_record WHERE id = ?"
                verdict, arrived = self._database.execute(question, (record_id,)).fetchone() or ("", 0)
                records[record_id] = Record(pk=record_id, signature_verdict=verdict, signed_on_arrival=bool(arrived))
            record = records[record_id]
            holds = role == "original" if record.signed_on_arrival else role.startswith("record")
            if record.signature_verdict and holds and role >= newest.get(record_id, ("", ""))[0]:
                newest[record_id] = (role, key)
        return [(key, records[record_id]) for record_id, (_, key) in newest.items()]

    def repaired(self, lying: Lying) -> dict[str, dict[str, str]]:
        """The store gave its versions new names when it was restored; the one that counts is the last then, as it was made last."""
        told: dict[str, dict[str, str]] = {}
        question = "SELECT details FROM audit_auditevent WHERE action = 'record.repaired' AND subject = ?"
        for document in lying.documents:
            for (details,) in self._database.execute(question, (document,)):
                role = json.loads(details).get("role", "")
                key = next((path for record, named, path, _ in self.files(lying.root) if (record, named) == (document, role)), "")
                versions = lying.keys.get(key.removeprefix(f"{lying.root}/"), ())
                if versions:
                    told.setdefault(document, {})[role] = versions[0].version_id
        return told


@contextmanager
def _catalogue(backup: Backup) -> Iterator[_Rows]:
    """SQLite's copy as it is; rows as lines are put into tables first. Raises BackupDamaged."""
    with backup.catalogue() as file:
        if backup.catalogue_file == SQLITE:
            if rows_of(file) != backup.told["catalogue"]["rows"]:
                raise BackupDamaged(
                    why="its catalogue has other rows than were counted", why_vi="số dòng của cơ sở dữ liệu trong đó không khớp"
                )
            with closing(sqlite3.connect(f"file:{file}?immutable=1", uri=True)) as database:
                yield _Rows(database)
            return
        with closing(_from_lines(file)) as database:
            yield _Rows(database)


_TABLES = {
    "catalogue.record": ("catalogue_record", ("id", "package", "signature_verdict", "signed_on_arrival")),
    "catalogue.storedfile": ("catalogue_storedfile", ("record_id", "role", "key", "sha256")),
    "catalogue.knownpackage": ("catalogue_knownpackage", ("id",)),
    "catalogue.tombstone": ("catalogue_tombstone", ("package", "erased_at")),
    "audit.auditevent": ("audit_auditevent", ("action", "subject", "details")),
}


def _from_lines(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect("", isolation_level=None)
    database.execute("BEGIN")
    for table, columns in _TABLES.values():
        database.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
    try:
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                told = json.loads(line)
                if told["model"] in _TABLES:
                    table, columns = _TABLES[told["model"]]
                    given = {"id": told["pk"], **told["fields"], "record_id": told["fields"].get("record")}
                    database.execute(
                        f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", [given[one] for one in columns]
                    )
    except (ValueError, KeyError, TypeError) as failure:
        raise BackupDamaged(why="its rows cannot be read", why_vi="các dòng của cơ sở dữ liệu không đọc được") from failure
    database.execute("CREATE INDEX by_key ON catalogue_storedfile (key)")
    database.execute("COMMIT")
    return database
