"""The catalogue against a package as it was just found: every row of a file, every file without a row, who comes before whom."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Prefetch, Q

from sohoa.kernel.verdicts import Outcome
from sohoa.storage.catalogue.evidence import Evidence
from sohoa.storage.catalogue.fields import FieldRevision
from sohoa.storage.catalogue.packages import KnownPackage
from sohoa.storage.catalogue.records import Record, StoredFile
from sohoa.storage.catalogue.retention import Tombstone
from sohoa.storage.fixity.model import CATALOGUE, FIXITY, PACKAGE, File, Finding, Looked, Lying, Seen
from sohoa.storage.fixity.reading import Reader
from sohoa.storage.objects.model import RECORDS, ObjectStore

# What a row is made for; the texts beside renewals and evidence have none.
_WITH_ROW = re.compile(r"(original|record|text|validation|premis|manifest|(record|revision|evidence)-\d{6})")

Derived = Callable[[Record, ObjectStore], Sequence[str]]
"""Which columns and rows of a record differ from what its package tells: names, never values (they are personal data)."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the catalogue says of a package and of the records in it, asked for in one go."""

    package: KnownPackage | None
    records: dict[str, Record]
    files: dict[str, list[StoredFile]]

    def keys_to_keep(self) -> dict[str, str]:
        """The object with the signatures of each record as they are now: its key, and the record."""
        return {file.key: record for record, files in self.files.items() if (file := signed_of(self.records[record], files))}


def known_of(documents: set[str], package: str = "") -> Known:
    """package: also what the catalogue believes to lie in it."""
    asked = Q(pk__in=documents) | Q(package=package) if package else Q(pk__in=documents)
    found = Record.objects.filter(asked).prefetch_related(Prefetch("files", StoredFile.objects.order_by("role")))
    records = {record.pk: record for record in found}
    files = {pk: list(record.files.all()) for pk, record in records.items()}
    return Known(KnownPackage.objects.filter(pk=package).first() if package else None, records, files)


def signed_of(record: Record, files: Sequence[StoredFile]) -> StoredFile | None:
    """storage.renewals.signed_file over rows that are here already."""
    if not record.signature_verdict:
        return None
    if record.signed_on_arrival:
        return next((file for file in files if file.role == "original"), None)
    return max((file for file in files if file.role.startswith("record")), key=lambda file: file.role, default=None)


def destroyed(package: str) -> bool:
    """Whether a package is gone because two persons decided so, and nothing of it was left."""
    return Tombstone.objects.filter(package=package).exclude(erased_at=None).exists()


def package_rows(looked: Looked, known: Known) -> Iterator[Finding]:
    """How far the catalogue has followed the package."""
    row = known.package
    if row is None:
        if looked.head:
            yield Finding(looked.id, CATALOGUE, "package: not_in_catalogue", passing=True)
    elif row.head > looked.head:
        yield Finding(looked.id or row.pk, PACKAGE, f"v{row.head}: missing")
    elif row.head < looked.head:
        yield Finding(looked.id, CATALOGUE, f"v{looked.head}: not_in_catalogue", passing=True)
    elif row.inventory_sha512 != looked.inventory_sha512:
        yield Finding(looked.id, PACKAGE, f"v{row.head}: sha512_differs")


def record_rows(record: Record, files: Sequence[StoredFile], looked: Looked, lying: Lying, reader: Reader) -> Iterator[Finding]:
    """One record's rows against what its package holds. Where no inventory can be read, the rows' objects are read as they lie."""
    if not files:
        yield Finding(record.pk, CATALOGUE, "no_files")
    if looked.id and record.package != looked.id:
        yield Finding(record.pk, CATALOGUE, "package: differs")
    there = looked.of(record.pk)
    by_key = {file.key: file for file in looked.files.values()}
    for row in files:
        yield from _row(record, row, there.get(row.role), by_key, lying, reader)
    rows = {row.role for row in files}
    for role in sorted(there):
        if role not in rows and _WITH_ROW.fullmatch(role):
            yield Finding(record.pk, CATALOGUE, f"{role}: not_in_catalogue", passing=True)
    yield from _histories(record, there)


def _row(
    record: Record, row: StoredFile, file: File | None, by_key: dict[str, File], lying: Lying, reader: Reader
) -> Iterator[Finding]:
    named = by_key.get(row.key)
    if file is None or row.key != file.key:
        if row.bucket == RECORDS and named is None and file is None:
            seen = _as_it_lies(row, lying, reader)
            reason = seen.trouble or ("sha256_differs" if seen.sha256 != row.sha256 else "")
            if reason:
                yield Finding(record.pk, FIXITY, f"{row.role}: {reason}", seen.doubt, passing=reason == "missing")
        else:
            yield Finding(record.pk, CATALOGUE, f"{row.role}: key_differs")
        return
    if row.bucket != RECORDS:
        yield Finding(record.pk, CATALOGUE, f"{row.role}: bucket_differs")
    if row.version_id != file.version_id and not (file.seen and file.seen.trouble):
        gone = file.version_id and all(one.version_id != row.version_id for one in lying.keys.get(_rest(row.key, lying), ()))
        yield Finding(record.pk, CATALOGUE, f"{row.role}: {'version_missing' if gone else 'version_differs'}")
    if row.sha256 != file.sha256:
        yield Finding(record.pk, CATALOGUE, f"{row.role}: sha256_differs")
    if file.seen and not file.seen.trouble and row.size != file.seen.size:
        yield Finding(record.pk, CATALOGUE, f"{row.role}: size_differs")


def _as_it_lies(row: StoredFile, lying: Lying, reader: Reader) -> Seen:
    versions = lying.keys.get(_rest(row.key, lying), ())
    exact = next((one for one in versions if one.version_id == row.version_id), None)
    return reader.look(exact) if exact else Seen(trouble="missing")


def _rest(key: str, lying: Lying) -> str:
    return key.removeprefix(f"{lying.root}/")


def _histories(record: Record, there: dict[str, File]) -> Iterator[Finding]:
    """The tables that tell a record's later life name the hash of the object that each row comes from."""
    for kind, rows in (("revision", FieldRevision.objects), ("evidence", Evidence.objects)):
        told = dict(rows.filter(record=record).values_list("number", "sha256"))
        files = {role: file for role, file in there.items() if role.startswith(f"{kind}-")}
        for number, sha256 in told.items():
            file = files.pop(f"{kind}-{number:06}", None)
            if file is None or file.sha256 != sha256:
                yield Finding(record.pk, CATALOGUE, f"{kind}-{number:06}: {'sha256_differs' if file else 'missing'}")
        for role in files:
            yield Finding(record.pk, CATALOGUE, f"{role}: not_in_catalogue", passing=True)


def strangers(looked: Looked, known: Known) -> Iterator[Finding]:
    """Records that the package holds and the catalogue does not know: an older catalogue was put in place, or a row was taken out."""
    for document in sorted(looked.documents - known.records.keys()):
        yield Finding(document, CATALOGUE, "record: not_in_catalogue", Outcome.FAILED, passing=True)
